"""One command in a line, or several that are joined."""

import re

from core.understanding.english import rules
from core.understanding.english.acts import Act, Meaning
from core.understanding.english.things import Doubt, Scene
from core.understanding.english.words import WORDS

JOINTS = 8  # commands in one line
_JOINT = re.compile(
    r"\s*;\s*(?:and\s+)?|\.\s+|\s*,\s*(?:(?:and|then|also)\s+)*|\s+(?:and|then)\s+(?:(?:then|also)\s+)?",
    re.I,
)


def read(said: str, scene: Scene) -> list[Meaning] | None:
    """One command, or several that are joined; each has to be understood."""
    joints = [] if _WHOLE.match(said) else list(_JOINT.finditer(said))
    if len(joints) > JOINTS:
        joints = []  # a long list of things; each joint is tried with all that come after it
    for joint in joints:
        head, rest = said[: joint.start()].strip(), said[joint.end() :].strip()
        if not head or not rest or _quotes(head) % 2 or not _begins_command(rest):
            continue
        try:
            first = rules.understood(head, scene, rules.ACTS) or rules.imperative(
                {"new": head}, scene
            )
            after = _joined(rest, scene) if first is not None else None
        except Doubt:
            continue
        if first is not None and after and _plainly(first, joint[0], after):
            return [first, *after]
    whole = rules.understood(said, scene, rules.ACTS) or rules.imperative({"new": said}, scene)
    return [whole] if whole is not None else None


def _plainly(first: Meaning, joint: str, after: list[Meaning]) -> bool:
    """Whether what comes after a new task is a command, rather than more of its title ("call bob
    and cancel the meeting"): it adds, it looks, it names tasks by number, or stands apart."""
    if not isinstance(first, Act) or first.tool != "add_tasks":
        return True
    apart = bool(re.search(r"[,;.]\s*(?:and|then)\b|[;.]", joint))
    return all(
        isinstance(each, Act)
        and each.tool != "undo_changes"
        and (
            each.tool in ("add_tasks", "find_tasks")
            or apart
            or all(one.startswith("#") for one in each.about)
        )
        for each in after
    )


# What is said of a task may be anything: no joint in it parts commands.
_WHOLE = re.compile(
    r"(?:(?:add|make|write|put) (?:a |the )?)?(?:note|comment|description|describe|annotate)\b|"
    r"(?:add |remind me to )?(?:tell|ask|text|message)\b",
    re.I,
)


def _joined(said: str, scene: Scene) -> list[Meaning] | None:
    """What comes after "and": commands that begin as such, never a bare task."""
    if re.match(r"(?:me|it|them)\b", said, re.I):
        return None
    if _LOOKS.match(said):
        looked = rules.understood(said, scene, rules.LOOKS)
        return [looked] if isinstance(looked, Act) else None
    if not _begins_command(said):
        return None
    return read(said, scene)


_BEGINS = re.compile(
    r"(?:assign|unassign|skip|repeat|stop repeating|"
    rf"{WORDS['add']}|{WORDS['remind']}|{WORDS['delete']}|{WORDS['reopen']}|{WORDS['rename']}|"
    rf"{WORDS['undo']}|mark|make|label|tag|set|done|complete|completed|finished|tick off|check off|"
    r"cross off|move|postpone|push|cancel|note on|remove|clear|prioriti[sz]e|(?:#?\d+ )|"
    r"(?:check|tick|finish|drop|close) #?\d)\b|#?\d+ (?:is |are )?done",
    re.I,
)
_LOOKS = re.compile(rf"(?:{WORDS['show']}|{WORDS['find']})\b", re.I)


def _begins_command(said: str) -> bool:
    return bool(_BEGINS.match(said) or _LOOKS.match(said))


def _quotes(said: str) -> int:
    return len(re.findall(r"[\"“”]", said))
