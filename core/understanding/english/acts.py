"""What a rule of the grammar makes of a line: a tool to use, or words to say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.understanding.english.things import Scene


@dataclass(frozen=True, slots=True)
class Act:
    """A tool to use, on the tasks that it is `about`. For an edit the arguments are each task's.
    `reminds`: the person asked to be reminded of what it adds."""

    tool: str
    arguments: dict[str, Any]
    about: tuple[str, ...] = ()
    reminds: bool = False


class Unclear(str):
    """Words about something that was not clear enough to do anything, and what to do about it."""


Meaning = Act | Unclear | str
Parts = dict[str, str]
# What the parts of a line mean; None when they make no sense after all. May raise Doubt.
Make = Callable[[Parts, Scene], Meaning | None]


def act(tool: str, **arguments: Any) -> Make:
    return lambda parts, scene: Act(tool, arguments)


def say(words: str) -> Make:
    return lambda parts, scene: words
