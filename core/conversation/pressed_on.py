"""What becomes of a message in which a button was pressed: what is over is struck through, and can
be pressed no more."""

import re
from collections.abc import Sequence
from typing import Any

from core.reply import as_text

SNOOZES = frozenset({"later", "hour", "snooze", "stop"})
OF_TASK = SNOOZES | {"done", "decline", "delete", "reopen"}
OF_WORDS = frozenset({"words_later", "words_hour", "words_snooze", "words_keep", "words_stop"})
# The choices that are over once one of them was taken, of those about the same thing.
OVER = {
    "done": OF_TASK,
    "decline": OF_TASK,
    "delete": OF_TASK,
    **dict.fromkeys(SNOOZES, SNOOZES),
    **dict.fromkeys(OF_WORDS, OF_WORDS),
    "undo": frozenset({"undo"}),
    "confirm": frozenset({"confirm", "leave"}),
    "leave": frozenset({"confirm", "leave"}),
    "allow": frozenset({"allow", "refuse"}),
    "refuse": frozenset({"allow", "refuse"}),
}
_LINE = re.compile(r"(?P<head>(?:- |⏰ |✓ \w+ )*)(?P<rest>.*\S)\s*")


def left(choices: Sequence[Sequence[Any]], action: str, about: int) -> list[list[Any]]:
    """What can still be pressed."""
    over = OVER.get(action, frozenset())
    return [list(each) for each in choices if each[1] not in over or each[2] != about]


def struck(content: str, title: str) -> str:
    """The message with the lines struck through that name a task, which is done."""
    named = re.compile(rf"(?:(?:.*\s)?#\d{{1,9}} )?{re.escape(as_text(title))}(?=$| · | \(|, )")
    return "\n".join(_strike(line, named) for line in content.split("\n"))


def _strike(line: str, named: re.Pattern[str]) -> str:
    found = _LINE.fullmatch(line)
    if found is None or not named.match(found["rest"]):
        return line
    return f"{found['head']}~~{found['rest']}~~ · done"
