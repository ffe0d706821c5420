"""Talking with Todd in one process: somebody says something at a time, and hears the reply."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bots.settings import Settings
from core.heard import Person, Place
from core.models.port import Model, Prompt, Saying
from core.understanding.english import Grammar
from support.stage import ANA, DM, Stage, on_stage, pressed

NOW = "2026-11-25T09:00:00+00:00"  # a Wednesday, 10:00 in Berlin


class Clock:
    """The time for people, moved by hand."""

    def __init__(self, now: str) -> None:
        self.now = datetime.fromisoformat(now)

    def __call__(self) -> datetime:
        return self.now

    def to(self, now: str) -> None:
        self.now = datetime.fromisoformat(now)


class Switched:
    """A model in whose stead another can answer from a moment on."""

    def __init__(self, model: Model) -> None:
        self.answers_from_now = model

    def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        return self.answers_from_now.speak(prompt)


class Said:
    """Somebody says something, and hears the reply."""

    def __init__(self, stage: Stage, clock: Clock, model: Switched) -> None:
        self.stage, self.clock, self.model = stage, clock, model

    async def __call__(
        self, text: str, person: Person = ANA, place: Place | None = None, link: str | None = None
    ) -> str:
        mentions = {name: Person(name) for name in re.findall(r"@(\w+)", text) if name != "todd"}
        where = place or (
            DM if person is ANA else Place("fake", f"dm-{person.external_id}", private=True)
        )
        heard = await self.stage.hear(
            text, person=person, place=where, mentions=mentions, addressed=True, link=link
        )
        await self.stage.settled()
        (row,) = await self.stage.rows(
            "select r.content from messages m join messages r on r.id = m.answer_id"
            " where m.external_id = %s", heard.external_id,
        )  # fmt: skip
        return row["content"]

    async def press(self, action: str, about: int, person: Person = ANA, **more) -> str:
        place = DM if person is ANA else Place("fake", f"dm-{person.external_id}", private=True)
        await self.stage.todd.inbox.press(
            pressed(about, action, person=person, **{"place": place, **more})
        )
        await self.stage.settled()
        rows = await self.stage.rows(
            "select content from messages m where role = 'assistant' and tool_calls is not null"
            " order by id desc limit 1"
        )
        return rows[0]["content"]

    async def tasks(self) -> list[str]:
        """What is on the lists: title, due in Berlin, done."""
        rows = await self.stage.rows(
            "select title, due_at, due_has_time, completed from tasks where deleted_at is null"
            " order by id"
        )
        return [
            ("✓ " if row["completed"] else "") + row["title"]
            + (f" {row['due_at']:%m-%d %H:%M}" if row["due_has_time"] else
               f" {row['due_at']:%m-%d}" if row["due_at"] else "")
            for row in rows
        ]  # fmt: skip

    async def told(self, who: str) -> list[str]:
        """What somebody was told unasked."""
        rows = await self.stage.rows(
            "select m.content from messages m join users u on u.id = m.user_id"
            " where u.name = %s and m.role = 'assistant' and m.state = 'said'"
            " and m.tool_calls is null and not exists"
            " (select 1 from messages h where h.answer_id = m.id)"
            " and exists (select 1 from posts p where p.message_id = m.id) order by m.id", who,
        )  # fmt: skip
        return [row["content"] for row in rows]

    async def until_told(self, who: str, count: int = 1) -> list[str]:
        async with asyncio.timeout(10):
            while len(found := await self.told(who)) < count:
                await asyncio.sleep(0.02)
        return found

    async def offered(self) -> list[tuple[str, int]]:
        """What can be pressed under the last reply: action and what it is about."""
        (row,) = await self.stage.rows(
            "select choices from messages where role = 'assistant' order by id desc limit 1"
        )
        return [(action, about) for _, action, about in row["choices"] or []]


@asynccontextmanager
async def a_talk(
    url: str, settings: Settings, model: Model | None = None, *, now: str = NOW, **more: Any
) -> AsyncIterator[Said]:
    """A stage on which the grammar answers, unless another model does."""
    clock = Clock(now)
    switched = Switched(model or Grammar())
    async with on_stage(url, settings, switched, clock=clock, **more) as stage:
        yield Said(stage, clock, switched)
