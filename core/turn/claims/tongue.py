"""The words in which one language claims that something was changed."""

from dataclasses import dataclass, field

ANY = "any"  # "Done!": some change, it does not say which
PROMISED = "promised"  # "I'll remind you": nothing comes of it unless it was asked of a tool


def one_of(phrases: str) -> str:
    """Phrases, one a line, as a regular expression that fits any of them."""
    return "|".join(line.strip() for line in phrases.strip().splitlines())


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language, as regular expressions.

    `done`: what can have been done, by kind, as participles (or, where a language says it in one
    word, `did` in the first person). `i_have`: who did it. `now`: what tells a claim from a
    state. `was`: passives that tell of a moment; `is_`: those that may tell how things stand.
    `whole`: sentences that claim without saying what. `phrases`: whole ways of saying it, by kind.
    `denies`: what before it, in its clause, says that it did not happen, or not yet. `past`: when
    it happened, if not just now. `opens`: what a sentence may begin with before the claim.
    """

    done: dict[str, str]
    i_have: str
    now: str
    was: str
    is_: str
    whole: str
    denies: str
    past: str
    opens: str
    did: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
    states: str = ""  # participles that rather describe: they claim only with `now`
    header: str = r"\s*:\W*$"  # after a participle these make it a heading, or a count
    joints: str = "and|but|so|because|that"
