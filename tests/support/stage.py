"""A stage for tests in one process: Todd on a real database, a scripted model, a recording platform."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bots.bootstrap import Todd, build
from bots.platform import FakePlatform
from bots.settings import Settings
from core.heard import Heard, Person, Place, Pressed
from core.models.port import Model, RequestedCall, Text
from core.patience import Patience

DM = Place("fake", channel="dm", private=True)
THREAD = Place("fake", channel="general", thread="t1")
ANA = Person("ana", name="Ana", timezone="Europe/Berlin")
BOB = Person("bob", name="Bob", timezone="America/New_York")
QUICK = Patience(
    first_wait=0.05,
    sweep=0.2,
    due_watch=0.1,
    wake_again=0.5,
    housekeeping=0.5,
    grace=5.0,
    reconnect=0.05,
    longest_reconnect=0.5,
)
_ids = itertools.count(1)


def heard(text: str, *, place: Place = DM, person: Person = ANA, **more: Any) -> Heard:
    """A message as a platform would hand it in, later than all before."""
    number = next(_ids)
    more = {"external_id": f"m{number}", "order_key": f"{number:020d}", **more}
    return Heard(place=place, person=person, text=text, **more)


def pressed(about: int, action: str = "done", *, person: Person = ANA, **more: Any) -> Pressed:
    number = next(_ids)
    more = {"place": DM, "external_id": f"p{number}", "order_key": f"{number:020d}", **more}
    return Pressed(person=person, action=action, about=about, **more)


def call(name: str, arguments: str) -> RequestedCall:
    return RequestedCall(name, arguments)


def add(*titles: str) -> RequestedCall:
    tasks = ", ".join(f'{{"title": "{title}"}}' for title in titles)
    return RequestedCall("add_tasks", f'{{"tasks": [{tasks}]}}')


def say(*words: str) -> list[Text]:
    return [Text(word) for word in words]


@dataclass
class Stage:
    """Todd at work, and what can be seen of him from outside."""

    todd: Todd
    url: str
    platform: FakePlatform
    _working: list[asyncio.Task[None]] = field(default_factory=list)
    _admin: psycopg.AsyncConnection[dict[str, Any]] | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def hear(self, text: str, **more: Any) -> Heard:
        message = heard(text, **more)
        await self.todd.inbox.keep(message)
        return message

    def start(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self.todd.worker.run())
        self._working.append(task)
        return task

    async def stop(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        self._working.clear()

    async def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Rows as a superuser sees them: what is truly there."""
        async with self._looking:
            if self._admin is None or self._admin.closed:
                self._admin = await psycopg.AsyncConnection.connect(
                    self.url.replace("//todd:", "//postgres:"),
                    autocommit=True,
                    row_factory=dict_row,
                )
            cursor = await self._admin.execute(query, parameters)
            return await cursor.fetchall() if cursor.description else []

    async def close(self) -> None:
        if self._admin is not None:
            await self._admin.close()

    async def until(self, query: str, *parameters: Any, timeout: float = 20) -> None:
        """Waits until a query finds something."""
        async with asyncio.timeout(timeout):
            while not await self.rows(query, *parameters):
                await asyncio.sleep(0.02)

    async def settled(self, timeout: float = 20) -> None:
        """Waits until nothing is waiting and everything is said."""
        open_ = "select 1 from messages where state in ('waiting','answering','speaking','whole','telling')"
        async with asyncio.timeout(timeout):
            while await self.rows(open_):
                await asyncio.sleep(0.02)

    async def rounds(self, count: int = 3) -> None:
        """Waits until it was looked so many times more for what is due, and all of it is said: what
        has not been told by then is not told."""
        until = self.todd.due_watch.looks + count
        async with asyncio.timeout(20):
            while self.todd.due_watch.looks < until:
                await asyncio.sleep(0.02)
        await self.settled()

    async def replies(self) -> list[str]:
        found = await self.rows("select content from messages where role = 'assistant' order by id")
        return [row["content"] for row in found]

    async def answered(self, text: str, **more: Any) -> str:
        """Says something and waits for the reply."""
        await self.hear(text, **more)
        await self.settled()
        return (await self.replies())[-1]


@asynccontextmanager
async def on_stage(
    url: str,
    settings: Settings,
    model: Model | None = None,
    *,
    patience: Patience = QUICK,
    platform: FakePlatform | None = None,
    working: bool = True,
    more: Iterable[Any] = (),
    **built: Any,
) -> AsyncIterator[Stage]:
    """Todd built as the command builds him; with `working`, his engine runs."""
    platform = platform or FakePlatform()
    async with build(
        settings, url, platforms=[platform, *more], model=model, patience=patience, **built
    ) as todd:
        stage = Stage(todd, url, platform)
        if working:
            stage.start()
        try:
            yield stage
        finally:
            await stage.stop()
            await stage.close()
