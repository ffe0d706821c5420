"""The console: Todd in a terminal, or in a pipe. The first platform, and the plainest.

Any process may say a console's reply: it writes down that the reply stands, and sends a notice.
The terminals that show the place listen, show it, and mark it as seen; what was said while no
terminal was open is shown by the next one.
"""

import asyncio
import contextlib
import json
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

from core.conversation.inbox import Inbox
from core.heard import Heard, Person, Place
from core.reply import Address, LiveReply, Reply, without_escapes
from db import heard, notices, posts
from db.database import DOWN, Database
from db.models import Message, utcnow
from db.states import MessageState

NAME = "console"
CHANNEL = "todd_console"
UNSEEN, SEEN = "unseen", "seen"
CHUNK = 1_000  # characters in one notice: as JSON escapes, up to 6 bytes each
MISSED = timedelta(minutes=1)  # after which a reminder that is shown says when it was said
POLL = 0.03  # seconds between looks at a piped line's state
LINE_LIMIT = 20_000  # characters of one message
_TODD = re.compile(r"(?<!\w)@todd\b|^\W*(?:(?:hey|hi|hello|ok)\W+)?todd\b", re.I)
_MENTION = re.compile(r"(?<!\w)@([A-Za-z][\w.-]*\w)")
_SOMEBODY = re.compile(r"(?<!\w)@[a-z]\w+", re.I)


def place_of(name: str, thread: str | None) -> Place:
    """The Place of `todd chat --as NAME`, or of the thread that `--in` names."""
    if thread is None:
        return Place(NAME, channel=f"@{name}", private=True)
    return Place(NAME, channel=thread, thread=thread)


class Console:
    """The Platform (bots/platform.py), for any process."""

    name = NAME

    def __init__(self, database: Database) -> None:
        self._database = database

    async def say(self, live: LiveReply, to: Address) -> None:
        shown = ""
        async for reply in live:
            if reply.whole:
                if 0 not in live.stands:
                    await live.stands_as(0, UNSEEN)
                await self._notify(to, {"whole": reply.id})
            elif reply.text != shown or reply.status:
                for notice in grown(reply, shown):
                    await self._notify(to, notice)
                shown = reply.text

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        # What stands is what `posts` says: noting and standing are the same thing here.
        return {}

    async def private_place(self, external_id: str) -> Place:
        return place_of(external_id, None)

    async def _notify(self, to: Address, notice: dict[str, Any]) -> None:
        async with self._database.acting(to.person_id, to.conversation_id) as session:
            await notices.send(session, CHANNEL, json.dumps({"here": to.conversation_id, **notice}))


def grown(reply: Reply, shown: str) -> list[dict[str, Any]]:
    """The notices that bring a terminal which shows `shown` to what a reply says by now."""
    text = reply.text
    begin = len(shown) if text.startswith(shown) else 0
    pieces = [
        {"id": reply.id, "at": at, "more": text[at : at + CHUNK]}
        for at in range(begin, len(text), CHUNK)
    ]
    return [*pieces, {"id": reply.id, "status": reply.status}]


class Screen(Protocol):
    """Where a terminal shows things; a real one, a pipe, or a test's."""

    def grow(self, text: str, status: str) -> None:
        """Shows a reply that is not whole yet."""
        ...

    async def show(self, who: str, text: str) -> None:
        """Shows for good what somebody said."""
        ...


@dataclass(slots=True)
class Terminal:
    """One person in one place: what they type is heard, what is said there is shown."""

    database: Database
    inbox: Inbox
    place: Place
    person: Person
    screen: Screen
    conversation_id: int = 0
    user_id: str = ""
    _growing: str = ""
    _shown: set[int] = field(default_factory=set)

    async def enter(self) -> None:
        """Finds the person's and the place's rows, so that there is something to listen for."""
        self.user_id, self.conversation_id = await self.inbox.enter(self.place, self.person)

    async def hear(self, line: str) -> str:
        """Keeps a line that was typed; returns its id as a message."""
        heard = self.heard(line)
        await self.inbox.keep(heard)
        if not self.place.private:
            said = {"here": self.conversation_id, "from": self.person.external_id}
            with contextlib.suppress(*DOWN):  # it is kept; that others see it at once is extra
                async with self._acting() as session:
                    await notices.send(session, CHANNEL, json.dumps({**said, "text": line[:CHUNK]}))
        return heard.external_id

    def heard(self, line: str) -> Heard:
        """A typed line as a message; opening a terminal is opening a thread with Todd."""
        addressed = bool(_TODD.search(line))
        return Heard(
            place=self.place,
            person=self.person,
            external_id=uuid4().hex,
            order_key=f"{time.time_ns():020d}",
            text=line,
            addressed=addressed,
            to_others=not addressed and bool(_SOMEBODY.search(line)),
            with_todd=True,
            mentions={
                name: Person(name, name=name) for name in _MENTION.findall(line) if name != "todd"
            },
        )

    async def settled(self, external_id: str) -> None:
        """Waits until a line is answered, and its reply shown, or needs no answer."""
        while True:
            try:
                async with self._acting() as session:
                    state = await heard.state_of(session, self.conversation_id, external_id)
                    unseen = await posts.unseen(session, self.conversation_id, UNSEEN)
            except DOWN:
                await asyncio.sleep(0.5)
                continue
            if (
                state
                and (
                    state[0] in (MessageState.OVERHEARD, MessageState.FAILED) or state[1] == "said"
                )
                and not unseen
            ):
                return
            await asyncio.sleep(POLL)

    async def watch(self, ready: asyncio.Event) -> None:
        """Shows what is said here, for ever; a lost connection is made again."""
        wait = 0.2
        while True:
            try:
                async for notice in notices.listen(self.database.url, CHANNEL):
                    wait = 0.2
                    await self._notice(json.loads(notice) if notice else {})
                    if not notice:
                        ready.set()
            except DOWN:
                pass  # it was away; what was said meanwhile is shown when it is back
            await asyncio.sleep(wait)
            wait = min(wait * 2, 5.0)

    async def _notice(self, notice: dict[str, Any]) -> None:
        if notice and notice.get("here") != self.conversation_id:
            return
        if "text" in notice:
            if notice["from"] != self.person.external_id:
                await self.screen.show(printable(notice["from"]), printable(notice["text"]))
        elif "more" in notice:
            self._growing = self._growing[: notice["at"]] + printable(notice["more"])
            self.screen.grow(without_escapes(self._growing), "")
        elif "status" in notice:
            self.screen.grow(without_escapes(self._growing), notice["status"])
        elif "whole" in notice:
            async with self._acting() as session:
                reply = await heard.get(session, notice["whole"])
            await self._show([reply] if reply else [])
        else:
            async with self._acting() as session:
                unseen = await posts.unseen(session, self.conversation_id, UNSEEN)
            await self._show(unseen)

    async def _show(self, replies: list[Message]) -> None:
        """Shows replies that this terminal has not shown, and marks them as seen."""
        for reply in replies:
            if reply.id is None or reply.id in self._shown:
                continue
            self._shown.add(reply.id)
            self._growing = ""
            called = "".join(f"@{name} " for name in reply.mentions or {})
            content = without_escapes(reply.content)
            await self.screen.show("todd", printable(f"{called}{content}{_missed(reply)}"))
            async with self._acting() as session:
                await posts.add(session, reply.id, 0, SEEN)

    def _acting(self) -> Any:
        return self.database.acting(self.user_id, self.conversation_id)


def _missed(reply: Message) -> str:
    """A word about what was said of Todd's own accord while no terminal was open."""
    unasked = reply.tool_calls is None and reply.content.startswith("⏰")
    if not unasked or utcnow() - reply.created_at < MISSED:
        return ""
    return f" (said at {reply.created_at.astimezone():%H:%M})"


class Pipe:
    """Output that is not a terminal: whole replies, nothing else."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def grow(self, text: str, status: str) -> None:
        pass

    async def show(self, who: str, text: str) -> None:
        self._write(f"{text}\n" if who == "todd" else f"{who}: {text}\n")


async def talk(terminal: Terminal, lines: AsyncIterator[str], *, wait: bool) -> None:
    """Hears the lines until they end or say /quit; `wait`: each is answered before the next."""
    await terminal.enter()
    ready = asyncio.Event()
    watching = asyncio.create_task(terminal.watch(ready))
    try:
        await asyncio.wait(
            [watching, asyncio.ensure_future(ready.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        async for line in lines:
            said = line.strip()
            if said in ("/quit", "/exit", "/q"):
                break
            if not said:
                continue
            if len(said) > LINE_LIMIT:
                await terminal.screen.show("todd", too_long(said))
                continue
            external_id = await terminal.hear(said)
            if wait:
                await terminal.settled(external_id)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def printable(text: str) -> str:
    """Text without what would steer a terminal; what people and models write is only text."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def too_long(line: str) -> str:
    return f"That line has {len(line):,} characters; I read up to {LINE_LIMIT:,} at once."
