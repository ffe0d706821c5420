"""Whether a sentence claims that something was changed, and whether what happened bears it out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from core.tasks.receipts import TICK
from core.turn.claims.dutch import DUTCH
from core.turn.claims.english import ENGLISH
from core.turn.claims.french import FRENCH
from core.turn.claims.german import GERMAN
from core.turn.claims.italian import ITALIAN
from core.turn.claims.portuguese import PORTUGUESE
from core.turn.claims.spanish import SPANISH
from core.turn.claims.tongue import ANY, PROMISED, Tongue

TONGUES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH)
RECEIPT = "receipt"
# What bears out a claim of a kind: the actions (db/states.py), or that something was arranged.
BORNE_OUT_BY = {
    "added": {"added", "updated", "followed", "arranged"},
    "updated": {"updated", "added", "assigned", "undone", "declined", "arranged"},
    "completed": {"completed"},
    "reopened": {"reopened", "undone"},
    "deleted": {"deleted", "undone"},
    PROMISED: {"arranged", "added", "updated", "followed", "reopened", "undone"},
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of claiming one kind of change; what denies it is looked for before it."""

    kind: str
    fits: re.Pattern[str]
    denies: re.Pattern[str]
    clause: re.Pattern[str]


def _ways(tongue: Tongue) -> list[Way]:
    """The ways in which a language claims."""
    clause = re.compile(rf"[,;:—–]|\b(?:{tongue.joints})\b", re.I)
    denies = re.compile(rf"\b(?:{tongue.denies})\b|n['’]t\b|['’]ll\b", re.I)
    only_if = re.compile(r"\b(?:if|when|once|before|unless|until|not that)\b", re.I)
    made: list[Way] = []

    def way(kind: str, pattern: str, denied: re.Pattern[str] = denies) -> None:
        made.append(Way(kind, re.compile(pattern, re.I), denied, clause))

    opens = rf"^\W*(?:(?:{tongue.opens})\b\W+){{0,3}}"
    not_then = rf"(?!\W+{tongue.past})"
    far = r"[^.!?,;]{0,60}? ?"  # other languages part the verb from its participle
    english = tongue is ENGLISH
    for kind, done in tongue.done.items():
        # I've added, ich habe … hinzugefügt.
        way(kind, rf"\b{tongue.i_have} (?:{done})\b", only_if if english else denies)
        # It has been added, it is now moved; wurde … verschoben.
        if english:
            been = rf"(?:\b{tongue.was}|\b{tongue.is_}(?: (?:{tongue.now}))+)"
            way(kind, rf"{been}(?: (?:{tongue.now}|all))* (?:{done})\b{not_then}")
        else:
            way(kind, rf"(?:{tongue.was})\b{far}\b(?:{done})\b{not_then}")
            way(kind, rf"\b(?:{tongue.is_}) (?:{tongue.now})\b{far}\b(?:{done})\b")
        # It is deleted, but not "is set", a state.
        plain = _without(done, tongue.states)
        if plain:
            way(kind, rf"\b(?:{tongue.is_})(?: all)? (?:{plain})\b{not_then}")
        # Task #3 deleted.
        if plain and english:
            way(kind, rf"(?<!you )(?<!they )(?<!was )(?<!be )\b(?:{plain})\W*$")
        # Added! Ok, moved it. But not "Completed:" or "Finished today".
        if kind != ANY:
            way(kind, rf"{opens}(?:{done})\b(?!{tongue.header}){not_then}")
    too = r"\b(?:y|e|também|también|ya|já|eu|yo|la|lo|te) "
    for kind, did in tongue.did.items():
        way(kind, rf"(?:{opens}|{too})(?:{did})\b{not_then}")
    for kind, phrase in tongue.phrases.items():
        way(kind, rf"(?:{phrase})")
    way(ANY, rf"{opens}(?:{tongue.whole})\b(?=\W*$|\s*[!.,—–])(?!\s*:)")
    return made


def prepare() -> None:
    """Makes the patterns, before there are turns whose model may claim something."""
    _all_ways()


def _without(words: str, states: str) -> str:
    """Participles without those that rather describe how things stand."""
    if not states:
        return words
    kept = [word for word in re.split(r"\|(?![^()]*\))", words) if not re.fullmatch(states, word)]
    return "|".join(kept)


@cache
def _all_ways() -> tuple[Way, ...]:
    """The ways of all languages. They take a tenth of a second and more to make, which is not to be
    spent within a turn: everybody else's would wait for it."""
    return tuple(way for tongue in TONGUES for way in _ways(tongue))


QUOTED = re.compile(r"[“\"«„][^”\"»“]*[”\"»“]|\*\*[^*]*\*\*(?!\s*$)")
MARKS = re.compile(r"[*_`]+")
_TAG = re.compile(r",\s+(?:right|ok|okay|(?:haven|didn|hasn)['’]t (?:i|it))\?$", re.I)
NUMBER = re.compile(r"\b(?:nr|no|num|n)\s?[.°º]\s*(?=\d)", re.I)


def claimed(sentence: str) -> frozenset[str]:
    """The kinds of change that a sentence says were made just now; empty when it claims none.

    A line that looks like a receipt is a claim too: receipts are written by code alone.
    """
    return frozenset(kind for claim in _claims(sentence) for kind in claim)


@lru_cache(4_096)  # a reply that grows is looked through again and again
def _claims(sentence: str) -> tuple[frozenset[str], ...]:
    """The claims of a sentence, in order, each with the kinds that it may be of: ways that overlap
    are one claim. What stands in quotes is a title."""
    said = sentence.strip()
    if said.startswith(TICK):
        return (frozenset({RECEIPT}),)
    said = _TAG.sub(".", said)
    if re.search(r"\?\W*$", said):
        return ()
    said = NUMBER.sub("#", MARKS.sub("", QUOTED.sub("“x”", said)))
    found = sorted(
        (match.start(), match.end(), way.kind)
        for way in _all_ways()
        for match in way.fits.finditer(said)
        if not way.denies.search(way.clause.split(said[: match.start()])[-1])
        and not INSIDE.search(match[0])
    )
    claims: list[set[str]] = []
    until = -1
    for start, end, kind in found:
        if start < until:
            claims[-1].add(kind)
        else:
            claims.append({kind})
        until = max(until, end)
    return tuple(map(frozenset, claims))


# What denies it inside of what looks like a claim: ich habe nichts hinzugefügt.
INSIDE = re.compile(
    r"\b(?:nicht|nichts|nie|kein\w*|noch|niets|niet|geen|nog|rien|pas|nada|nulla|"
    r"nessun\w*)\b",
    re.I,
)


def holds(sentence: str, actions: Iterable[str]) -> bool:
    """Whether all that a sentence claims is borne out by the actions that truly happened."""
    happened = set(actions)
    return all(_borne_out(claim, happened) for claim in _claims(sentence))


def _borne_out(kinds: frozenset[str], happened: set[str]) -> bool:
    if RECEIPT in kinds:
        return False
    if ANY in kinds:
        return bool(happened)
    return any(BORNE_OUT_BY[kind] & happened for kind in kinds)
