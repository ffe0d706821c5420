"""What comes with a message: "this", where somebody's words, a forward or a file are meant."""

import re
from collections.abc import Sequence

from core.heard import Attached, Kind
from db.models import DESCRIPTION_LIMIT, TITLE_LIMIT

THERE = "\ufffc"  # stands in a line for what comes with it
NO_THIS = (
    "I do not see what “this” is, so I added nothing. Say it in words, or reply to the message "
    "that you mean."
)
SEVERAL = "Which message do you mean? Reply to it, or say it in words; I added nothing."
OFFER = (
    "Say “yes”, “yes, for friday” or “remind me of it tomorrow at 9”. Shall I keep it as a task?"
)
NO_EARS = "I cannot listen to voice messages: write to me what it says."
NO_EYES = "I cannot look into files, but I can keep a task about it."

_THIS = (
    r"(?:(?:this|that|the|their|his|her) (?:one|message|msg|file|document|doc|thread|post|email|"
    r"mail|forward|note|picture|photo|image|screenshot|link|request|comment)|"
    r"what (?:she|he|they|@?[\w.-]+) (?:just )?(?:said|says|wrote|asked(?: for)?|sent|posted|wants|"
    r"needs)|(?:the|everything) above|above|these|those|this|that|it)"
)
_ADDS = (
    r"(?:add|save|keep|track|log|capture|note(?: down)?|take|put|create|make|turn|remember|todo|"
    r"task|file)"
)
_REMINDS = (
    r"(?:remind me|reminder|nudge me|ping me|set (?:me )?a reminder|make sure i remember|bug me|"
    r"follow up|don't let me forget|remember)"
)
_AS_TASK = (
    r"(?: (?:as|into|to) (?:an? |my |the )?(?:new )?(?:tasks?|to-?dos?|todos?|list|to-?do list|"
    r"reminders?))*"
)
_ADD_THIS = re.compile(
    rf"{_ADDS}(?: (?:me|a|an|new|task|to-?do|for|from|of|out of|about|on))* {_THIS}"
    rf"{_AS_TASK}(?: to)?(?P<rest>(?:[\s,:].*)?)",
    re.I,
)
_REMIND_THIS = re.compile(
    rf"{_REMINDS}(?: (?!(?:of|about|to|on|with|for)\b)(?P<when>.+?))?"
    rf"(?: (?:of|about|to do|on|with|for))? {_THIS}"
    rf"(?P<rest>(?:[\s,].*)?)",
    re.I,
)
_BARE = re.compile(
    rf"(?:{_ADDS}|task|to-?do|add (?:as |a )?(?:task|to-?do)|as (?:a )?task)"
    rf"(?P<rest> (?:for|by|on|due|today|tomorrow|tonight|next|in|at|every)\b.*)?",
    re.I,
)
_ONLY_THIS = re.compile(_THIS, re.I)


def pointing(title: str) -> bool:
    """Whether a title only points at something: "this", "what she said"."""
    return _ONLY_THIS.fullmatch(title.strip(" .!")) is not None


def filled(line: str) -> str:
    """A line about what comes with it, with THERE in its place; any other line as it is."""
    found = _ADD_THIS.fullmatch(line)
    if found:
        return f"add {THERE}{found['rest']}"
    found = _REMIND_THIS.fullmatch(line)
    if found:
        return " ".join(f"remind me of {THERE} {found['when'] or ''} {found['rest']}".split())
    found = _BARE.fullmatch(line)
    if found:
        return f"add {THERE}{found['rest'] or ''}"
    return line


def are_several(attached: Sequence[Attached]) -> bool:
    """Whether "this" may be one of several things that were said."""
    return sum(each.kind == Kind.ANSWERED for each in attached) > 1


def title(attached: Sequence[Attached]) -> str:
    """A title for what comes with a message."""
    words = " ".join(_words(_meant(attached)).split())
    return words if len(words) <= TITLE_LIMIT else words[: TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"


def description(attached: Sequence[Attached]) -> str:
    """What does not stand in the title."""
    words = _words(_meant(attached))
    return "" if words == title(attached) else words[:DESCRIPTION_LIMIT]


def _meant(attached: Sequence[Attached]) -> Sequence[Attached]:
    return [each for each in attached if each.kind == Kind.ANSWERED] or attached


def _words(attached: Sequence[Attached]) -> str:
    separate = "\n" if any(each.kind == Kind.FORWARDED for each in attached) else ", "
    return separate.join(filter(None, (each.text.strip() for each in attached)))


def offer(attached: Sequence[Attached]) -> str:
    """What can be done with a message that is nothing but what comes with it."""
    kinds = {each.kind for each in attached}
    if Kind.VOICE in kinds:
        return f"{NO_EARS} {OFFER}"
    if kinds == {Kind.FILE}:
        names = ", ".join(each.text for each in attached)
        return f"{names}: {NO_EYES} {OFFER}"
    shown = [f"“{title([each])}”" + (f", from {each.by}" if each.by else "") for each in attached]
    return f"{'; '.join(shown)}. {OFFER}"
