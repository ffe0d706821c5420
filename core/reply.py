"""What is said back: words, receipts, choices; and the live of it while a turn runs."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.heard import Person, Place, ReplyToken


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a person can press: `action` is one of PRESSES (core/conversation/presses.py),
    `about` the id of what it is done to."""

    label: str
    action: str
    about: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, or as much of it as may be shown by now.

    `id` is opaque, the same for one reply for ever. `words` is Markdown; `receipts` are lines of
    plain text; `status` is what Todd is doing, shown while it is not `whole`.
    """

    id: int
    words: str = ""
    receipts: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    status: str = ""
    whole: bool = False

    @property
    def text(self) -> str:
        """All of it as one Markdown text, as it is kept in the Message."""
        receipts = as_text("\n".join(self.receipts))
        return "\n\n".join(part for part in (self.words, receipts) if part)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply goes: a Place, the person it answers, and the platform's own words for it.

    `reply_token`: what a command is answered by. `calls`: who is called by name there, the only one
    whom a post may ping. `since`: when the reply was begun; what stands of it, stands after that.
    """

    place: Place
    conversation_id: int
    person_id: str
    reply_to: dict[str, Any] | None = None
    reply_token: ReplyToken | None = None
    calls: Person | None = None
    since: datetime | None = None


# What Markdown, or a platform, would take for more than text. Addresses stay whole, so that they
# can be followed; what hides one ("[words](address)") does not.
_MARKUP = re.compile(
    r"(?P<link>https?://[^\s<>|*`]+)|(?P<head>^[ \t]*(?:-?#+|>+)(?=\s))|[\\*`]|~~|\|\||"
    r"(?<![^\W_])_|_(?![^\W_])|\[(?=[^\[\]\n]{0,300}\]\()|<(?=[@#!:/a-z])",
    re.M | re.I,
)
_ESCAPED = re.compile(r"\\([\\*`~|_\[<>#-])")


def as_text(words: str) -> str:
    """Plain text as Markdown that shows just that: titles and names are text wherever they stand.
    A list's "- " at the beginning of a line stays one."""

    def escaped(found: re.Match[str]) -> str:
        if found["link"]:
            return found[0]
        if found["head"]:
            mark = found[0].lstrip()
            return found[0].replace(mark, f"\\{mark}")
        return "".join(f"\\{char}" for char in found[0])

    return _MARKUP.sub(escaped, words)


def without_escapes(words: str) -> str:
    """Markdown as it reads where there is none: in a terminal, and to whoever reads it again."""
    return _ESCAPED.sub(r"\1", words)


def choices_as_kept(offered: Iterable[Choice]) -> list[list[Any]]:
    """Choices as they are kept with the reply, in Message.choices."""
    return [[choice.label, choice.action, choice.about] for choice in offered]


def choices_of(kept: Iterable[Sequence[Any]] | None) -> tuple[Choice, ...]:
    """Choices as they were kept."""
    return tuple(Choice(label, action, about) for label, action, about in kept or ())


Record = Callable[[int, str], Awaitable[None]]
Check = Callable[[], Awaitable[None]]
CHECK_EVERY = 0.5  # seconds; a reply that was checked within them is still this process's


async def _nowhere(_part: int, _external_id: str) -> None:
    return None


async def _nobody_else() -> None:
    return None


@dataclass(slots=True)
class LiveReply:
    """A reply that grows until it is whole; a slow reader sees the latest state, not every one.

    `stands` says which parts stand where (part → the platform's id); `record` notes a new one. The
    last part of a whole reply is noted by whoever notes that it is said (`unrecorded`).
    `again`: this reply was begun before, by a process that may have posted without noting it;
    `others` are the ids of posts nearby that are known to be other replies'.
    `check` raises when the reply is no longer this process's to say: asked whenever a while has
    passed since it was known (a stopped process goes on). Whoever takes a reply over waits longer
    than that while before posting (bots/relay.py SETTLE).
    """

    reply: Reply
    stands: dict[int, str] = field(default_factory=dict)
    again: bool = False
    others: frozenset[str] = frozenset()
    record: Record = _nowhere
    check: Check = _nobody_else
    unrecorded: dict[int, str] = field(default_factory=dict)
    _checked: float = field(default_factory=time.monotonic)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: bool = False

    def show(self, reply: Reply) -> None:
        """A later state; a whole one is the last."""
        self.reply = reply
        self._over = self._over or reply.whole
        self._changed.set()

    def break_off(self) -> None:
        """It will not become whole this time: readers come to their end."""
        self._over = True
        self._changed.set()

    async def ended(self) -> bool:
        """Waits until it grows no more: whether it is whole, rather than broken off."""
        while not self._over:
            self._changed.clear()
            await self._changed.wait()
        return self.reply.whole

    async def stands_as(self, part: int, external_id: str, *, is_last: bool = False) -> None:
        """A part stands at the platform, under this id; `is_last`: and with it all of the reply."""
        self.stands[part] = external_id
        if is_last:
            self.unrecorded[part] = external_id
        else:
            await self.record(part, external_id)

    def is_ours(self) -> None:
        """The database has just said that this process may say it."""
        self._checked = time.monotonic()

    async def _still_ours(self) -> None:
        if time.monotonic() - self._checked > CHECK_EVERY:
            await self.check()
            self.is_ours()

    async def __aiter__(self) -> AsyncIterator[Reply]:
        seen: Reply | None = None
        while True:
            if self.reply is not seen:
                await self._still_ours()
                seen = self.reply
                yield seen
                continue
            if self._over:
                return
            self._changed.clear()
            await self._changed.wait()
