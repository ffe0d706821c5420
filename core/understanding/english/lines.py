"""A line: cleaned of what is only said around it, and told apart from talk."""

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from core.understanding.english import attached, commands, pasted, rules
from core.understanding.english.acts import Act, Meaning, Unclear
from core.understanding.english.rules import HELLO, WELCOME
from core.understanding.english.things import Doubt, Scene
from core.understanding.english.words import CONDITIONS, DENIALS, IDIOMS, QUESTIONS, SLIPS, WORDS

UNSURE = "I did not understand that, so I changed nothing. Say “help” for what I understand."
TOO_LONG = "That is more than I understand at once, so I changed nothing. Say it in parts, please."
LONGEST = 500  # characters of one line
AFTER = frozenset("please the my me with on done finished also and mark delete".split())
_POLITE_START = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|and|also|well|oh|um|now|just|oops|whoops|ah|wait|todd|@todd|"
    rf"bot|{WORDS['please']}|actually|no wait|wait no|sorry|"
    r"can you|could you|would you mind|would you|will you|i want you to|"
    r"i would like you to|i'd like to|i would like to|i want to|let's|lets|can u|could u|you can|"
    r"you should)"
    r"(?:[\s,:!]+|$))+", re.I,
)  # fmt: skip
_POLITE_END = re.compile(
    rf"[\s,;]*(?:\b(?:{WORDS['please']}|thanks|thank you|thx|cheers|for me|todd|(?<!from )now)\b)?"
    r"[\s.!?…🙏]*$", re.I,
)  # fmt: skip
_POLITE_QUESTION = re.compile(
    r"^\W*(?:(?:hey|hi|hello|ok|todd|please|pls)\W+)*(?:can|could|would|will) (?:you|u)\b", re.I
)
_PICTURES = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D\u2B00-\u2BFF]+")
_SMILES = re.compile(r"(?<!\S)[:;]-?[)(DPp](?!\S)")
_DOTTED_END = re.compile(r"(?<!\S)(\d{1,2}\.\d{1,2})\.[\s!?]*$")  # 24.12. is a date
_LISTED = re.compile(r"(?:[-*•–]|\d+[.)]|\[[ xX]?\])\s+(?=[^\W\d])")
_LIST_HEAD = re.compile(
    rf"(?:(?:{WORDS['please']})\s+)?(?:add|new|create|todos?|to-dos?|tasks?|note)"
    r"(?:\s+(?:these|this|the following|tasks?|items?|todos?|some|new|to|my|the|list|all))*\s*:?",
    re.I,
)


def mean(
    line: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    locale: str | None = None,
    shown: tuple[int, ...] = (),
) -> list[Meaning]:
    """What one line commands: tools to use, or words to say when it commands nothing. `shown` are
    the numbers of tasks that Todd's last reply named, in order."""
    return read(line, Scene(now, zone, locale, shown))


def split(text: str) -> Iterator[str]:
    """The commands of a message, one a line; a list under "add:" is an add a line."""
    adding = False
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            continue
        if _LIST_HEAD.fullmatch(line) and "\n" in text.strip():
            adding = True
        elif adding:
            yield "add " + pasted.BULLET.sub("", line)
        else:
            listed = "\n" in text.strip() or _LISTED.match(line)
            yield pasted.BULLET.sub("", line) if listed else line


def strange(text: str, scene: Scene) -> list[str]:
    """The items of a list under somebody's heading, which is no command: nobody's either."""
    heading, items = pasted.listed(text)
    if not items or _LIST_HEAD.fullmatch(heading):
        return []
    commanded = [each for each in read(heading, scene) if isinstance(each, Act)]
    only_looks = all(each.tool == "find_tasks" for each in commanded)
    return items if not commanded or (only_looks and heading.endswith(":")) else []


def read(line: str, scene: Scene) -> list[Meaning]:
    """What a line commands, all of its parts or none."""
    if len(line) > LONGEST:
        return [Unclear(TOO_LONG)]
    said = plain(line)
    if _adds(said.lower()):
        said = plain(line, pictures=True)  # they are the title's
    if scene.attached:
        said = attached.filled(said)
    if not said:
        return [WELCOME if re.search(r"\bth(?:an)?x|\bthank|\bcheers", line, re.I) else HELLO]
    if IDIOMS.fullmatch(said):
        return [Unclear(UNSURE)]
    try:
        under = rules.of_subject(said, scene)
        if under is not None:
            return [under]
        looked = rules.understood(said, scene, rules.LOOKS)
        if looked is not None:
            return [looked]
        if _only_told(line, said):
            return [Unclear(UNSURE)]
        return commands.read(said, scene) or [Unclear(UNSURE)]
    except Doubt as doubt:
        return [Unclear(doubt)]


def plain(line: str, *, pictures: bool = False) -> str:
    """A line as the rules want it: without pictures and politeness, its slips mended."""
    said = line if pictures else _PICTURES.sub(" ", line)
    said = _SMILES.sub(" ", said).replace("’", "'").strip()
    said = re.sub(r"\s+", " ", re.sub(r"([,;.]|(?<!\S)-(?!-*\w))(?:\s*\1)+", r"\1", said))
    dated = _DOTTED_END.search(said)
    said = re.sub(r"^(it|that|this|everything)'s\b", r"\1 is", said, flags=re.I)
    said = re.sub(r"^(?:show|tell|give) me (?=what|which|when)", "", said, flags=re.I)
    for _ in range(2):
        said = _POLITE_END.sub("", _POLITE_START.sub("", _mended(said)))
    said = re.sub(
        r"^(?:add|todo|task|note|reminder|to-do)(?=:)",
        lambda found: found[0] + " ",
        said,
        flags=re.I,
    )
    if dated and said.endswith(dated[1]):
        said += "."
    return re.sub(r"(?<=\S)(:|,(?= (?:it|they)\b))(?=\s|$)", r" \1", said).strip()


def _mended(said: str) -> str:
    """Slips in the first words, which are those of command; the rest may be a title."""
    words = said.split(" ")
    for at, word in enumerate(words[:5]):
        plain = word.lower()
        if plain in SLIPS and (at == 0 or words[at - 1].lower() in AFTER):
            words[at] = SLIPS[plain]
    return " ".join(words)


def _only_told(line: str, said: str) -> bool:
    """Whether a line asks, denies, imagines or tells, and commands nothing."""
    lowered = said.lower()
    first = re.split(r"[\s,]", lowered, maxsplit=1)[0]
    forget = re.match(r"(?:please )?(?:don't|do not|dont) let me forget", lowered)
    if _NOTES.match(lowered):
        return False  # a note may be a question
    if line.rstrip().endswith("?") or first in QUESTIONS:
        return not _POLITE_QUESTION.match(line.replace("’", "'"))
    if first in CONDITIONS or re.search(r"\b(?:if|unless|in case) (?!necessary\b)", lowered):
        return not _adds(lowered) or first in CONDITIONS
    if forget or _adds(lowered):
        return False
    reopens = re.match(
        r"(?:mark|set|put)\b.*\bnot (?:done|finished)$|.*(?:\bnot|n't) (?:done|finished) after all",
        lowered,
    )
    if re.match(r"(?:rename|note|describe|annotate|add a note)\b", lowered):
        return False
    ends = re.match(r"(?:don't|dont|do not) repeat\b|.*\brepeats?\b", lowered)
    if ends and re.search(r"\b(?:no longer|n't|not|dont)\b", lowered):
        return False
    stops = _STOPS.match(lowered)
    return not reopens and not stops and bool(_DENIED.search(lowered))


# Denials that command something.
_STOPS = re.compile(
    rf"(?:do not|don't|dont) (?:{WORDS['nudge']}|nag|disturb|post|message|bother|dm|contact|let|"
    r"allow)\b|no (?:more )?(?:reminders|pings|messages|notifications)\b|"
    r"@\S+ (?:may not|can't|cannot|must not)\b"
)
_NOTES = re.compile(r"(?:add |make |write |put )?(?:a |the )?(?:note|comment)s? (?:on|to|for)\b")
_DENIED = re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, DENIALS))})(?!\w)")
_ADDS = re.compile(rf"(?:{WORDS['add']}|{WORDS['remind']}|todo|to-do|put)\b")


def _adds(said: str) -> bool:
    return bool(_ADDS.match(said))
