"""Finding tasks: what fits, said back, and as fast with a million as with a hundred."""

import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from support.many_tasks import MANY
from support.stage import BOB
from support.talk import a_talk

from bots.settings import Settings
from db import tasks
from db.database import Database
from db.session import Session
from db.tasks import Filter, Window


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def test_by_words_wherever_they_stand_and_nearly(scene) -> None:
    async with scene() as said:
        for text in (
            "add buy oat milk",
            "add call the milkman",
            "add write report",
            "add 100% wool",
        ):
            await said(text)
        await said("note on 3: mention the milk prices")
        found = await said("find milk")
        assert found.startswith("3 open tasks with “milk”:")
        assert await said("find milk oat") == "1 open task with “milk oat”:\n- #1 buy oat milk"
        assert "#4 100% wool" in await said("find 100%")
        assert await said("find reprot") == (
            "No open tasks with “reprot”. Close to it:\n- #3 write report"
        )
        assert await said("find quux") == "No open tasks with “quux”."


async def test_by_whose_it_is(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add own")
        await said("add slides for @bob")
        assert await said("what is assigned to @bob") == (
            "1 open task for @bob:\n- #2 slides · for Bob"
        )
        assert await said("what is assigned to me", BOB) == (
            "1 open task given to you:\n- #1 slides · from Ana"
        )
        assert await said("what did I delegate") == (
            "1 open task given to others:\n- #2 slides · for Bob"
        )


async def test_by_when_it_was_done(scene) -> None:
    async with scene() as said:
        await said("add milk, eggs and bread")
        await said("done 1 and 2")
        await said.stage.rows(
            "update tasks set completed_at = '2026-11-24T10:00Z' where title = 'milk'"
        )
        await said.stage.rows(
            "update tasks set completed_at = '2026-11-25T08:00Z' where title = 'eggs'"
        )
        assert await said("what did i finish yesterday") == (
            "1 task done yesterday:\n- #1 milk · done"
        )
        assert await said("what did i finish this week") == (
            "2 tasks done this week:\n- #2 eggs · done\n- #1 milk · done"
        )
        assert (await said("what did i finish since yesterday")).startswith("2 tasks done since")
        assert (await said("what did i finish since 20 november")).startswith("2 tasks done since")
        assert await said("what did i finish last week") == "No tasks done last week."


async def test_those_that_repeat(scene) -> None:
    async with scene() as said:
        await said("add milk")
        await said("add gym every friday")
        assert await said("which tasks repeat?") == (
            "1 open task that repeats:\n- #2 gym · Fri 27 Nov · every friday"
        )


async def test_all_there_is_to_a_task(scene) -> None:
    async with scene() as said:
        await said("add party friday 8pm", link="https://example.org/p1")
        await said("add subtask cake to party")
        await said("note on 1: bring a friend")
        await said("done 2")
        shown = re.sub(r"\w+ \d+ \w+ \d\d:\d\d:", "then:", await said("what happened to party?"))
        assert shown.splitlines() == [
            "#1 party · Fri 27 Nov 20:00 (Europe/Berlin)", "bring a friend", "Parts:",
            "- #2 cake · part of #1 · done", "From https://example.org/p1", "What happened:",
            "- then: you added it · “party” · Fri 27 Nov 20:00 (Europe/Berlin), in 2 days",
            "- then: you changed it: “bring a friend”",
        ]  # fmt: skip


# A million tasks of a hundred people, ten thousand of them one person's.


async def test_nobody_waits_for_other_peoples_tasks(url: str, database: Database) -> None:
    """The plans, under row-level security: none reads more than the person's own tasks."""
    admin = url.replace("//todd:", "//postgres:")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(MANY)
    now = datetime.now(UTC)
    looks: dict[str, Callable[[Session], Awaitable[object]]] = {
        "open": lambda s: tasks.find(s, "u1", Filter(), limit=25),
        "words": lambda s: tasks.find(s, "u1", Filter(words="thing 77"), limit=25),
        "overdue": lambda s: tasks.find(s, "u1", Filter(due=Window(end=now, last=now.date()))),
        "done": lambda s: tasks.find(
            s, "u1", Filter(state="done", done=Window(now - timedelta(days=7)))
        ),
        "label": lambda s: tasks.find(s, "u1", Filter(label="home")),
        "urgent": lambda s: tasks.find(s, "u1", Filter(priority=1)),
        "given": lambda s: tasks.find(s, "u1", Filter(whose="given")),
        "to others": lambda s: tasks.find(s, "u1", Filter(whose="u2")),
        "last page": lambda s: tasks.find(s, "u1", Filter(), limit=25, offset=7_475),
        "named": lambda s: tasks.titled(s, "u1", "thing 777", state="open", among=None),
        "misspelt": lambda s: tasks.titles(s, "u1", state="open", among=None, limit=5_000),
        "number": lambda s: tasks.numbered(s, "u1", 777, among=None),
    }
    asked: list[tuple[str, Any]] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def keep(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    for name, look in looks.items():
        asked.clear()
        async with database.acting("u1", 1) as session:
            await look(session)
            statements = [each for each in asked if re.search(r"\btasks\b", each[0])]
            assert statements, name
            connection = await session.connection()
            for statement, parameters in statements:
                rows = await connection.exec_driver_sql(
                    f"explain (analyze, buffers, format json) {statement}", parameters
                )
                ((plan,),) = rows.all()
                read = [node for node in nodes(plan[0]["Plan"])
                        if node.get("Relation Name") == "tasks"]  # fmt: skip
                assert read, name
                for node in read:
                    assert node["Node Type"] != "Seq Scan", (name, node)
                    removed = node.get("Rows Removed by Filter", 0)
                    seen = (node["Actual Rows"] + removed) * node["Actual Loops"]
                    if node.get("Index Name") == "tasks_pkey":
                        seen = node["Actual Loops"]  # one each; averages are rounded up
                    assert seen <= 10_100, (name, seen)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
