"""The Model port: one method, a stream of what the model says next; beside it, who keeps it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from core.heard import Attached

OFFLINE = "grammar"  # the name by which what needs no model speaks


@dataclass(frozen=True, slots=True)
class Spec:
    """A tool as a model sees it; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """More words, to be added to what the step has said."""

    delta: str


@dataclass(frozen=True, slots=True)
class RequestedCall:
    """A whole tool call; `arguments` is JSON as the model wrote it, checked by nobody yet."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """What the step cost, in tokens."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class StartOver:
    """What the step said so far is void: another try, or another model, begins it anew."""


@dataclass(frozen=True, slots=True)
class SpokenBy:
    """Who speaks from here on, for the journal; `notice` is code's own word about it.

    `exact`: what it says is read from rows or fixed text, so no claim in it needs a check.
    """

    name: str
    notice: str = ""
    exact: bool = False


Saying = Text | RequestedCall | TokensUsed | StartOver | SpokenBy


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what a model sees. A 'tool' line is the result of the call `call_id`."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple["LineCall", ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class LineCall:
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a model is given for one step.

    `lines`: rules first, then who speaks, then the window, then this turn. `heard` are the plain
    texts that the turn answers, and `by` names who asked for the calls made in it, if any: a
    model that reads no prose (the grammar) goes by them.
    """

    lines: tuple[Line, ...]
    tools: tuple[Spec, ...]
    heard: tuple[str, ...]
    results: tuple[tuple[str, str], ...]  # (tool, its result), of this turn
    by: str | None
    conversation_id: int
    now: datetime
    zone: ZoneInfo
    locale: str | None = None
    # What comes with the texts, or was said right before them by others: what "this" is.
    attached: tuple[Attached, ...] = ()
    # The list that was said last, if there is one: what was asked for, and the numbers it showed.
    listed: tuple[dict[str, Any], tuple[int, ...]] | None = None
    # The lines before this turn that it is about: of its thread, or all of the window.
    about: tuple[Line, ...] = ()
    # Whether what is said stands under something that Todd said or answered (rule 12).
    is_under: bool = False


class Model(Protocol):
    def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """The next step: words, calls, use. Ends when the step is whole; raises ModelFailed."""
        ...
