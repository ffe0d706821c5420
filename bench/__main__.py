"""Measures what docs/performance.md quotes: `make bench`, or `python -m bench NAME …` for some.

These machines are noisy: figures are medians of one run, and ratios compare within it.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import text

from bots.bootstrap import Todd, build
from bots.settings import Settings
from core.heard import Heard, Person, Place
from core.models.port import RequestedCall, Text
from core.reply import Address, LiveReply, Reply
from db import migrate
from db.embedded import Embedded

ROOT = Path(__file__).resolve().parent.parent
NAME = "bench"


class Instant:
    """Two tool calls, then a sentence, at once; notes when it was asked first and was done."""

    def __init__(self) -> None:
        self.asked: dict[str, float] = {}
        self.done: dict[str, float] = {}

    async def speak(self, prompt):  # type: ignore[no-untyped-def]
        (said,) = prompt.said[-1:]
        if prompt.results:
            yield Text("There you are.")
            self.done[said] = time.perf_counter()
            return
        self.asked[said] = time.perf_counter()
        yield RequestedCall("add_tasks", '{"tasks": [{"title": "Measure"}]}')
        yield RequestedCall("find_tasks", '{"text": "nothing like it"}')


class Ear:
    """A platform that notes when a whole reply was handed over."""

    name = NAME

    def __init__(self) -> None:
        self.over = asyncio.Condition()
        self.times: dict[int, float] = {}

    async def say(self, live: LiveReply, to: Address) -> None:
        async for reply in live:
            if reply.whole:
                handed = time.perf_counter()
                await live.stands_as(0, "x")
                async with self.over:
                    self.times[to.conversation_id] = handed
                    self.over.notify_all()

    async def said(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        return {}


def message(conversation: object, said: str) -> Heard:
    return Heard(
        place=Place(NAME, channel=f"c-{conversation}", private=True),
        person=Person(f"p-{conversation}", name="Somebody"),
        external_id=said,
        order_key=f"{time.time_ns():020d}",
        text=said,
    )


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95) - 1]
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms"


@asynccontextmanager
async def at_work(
    url: str, model: Instant, ear: Ear, *, working: bool = True
) -> AsyncIterator[Todd]:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    async with build(settings, url, platforms=[ear], model=model) as todd:
        engine = asyncio.create_task(todd.worker.run()) if working else None
        await asyncio.sleep(0.5)
        try:
            yield todd
        finally:
            if engine:
                engine.cancel()
                await asyncio.gather(engine, return_exceptions=True)


async def accept(url: str, row: Callable[[str, str], None]) -> None:
    """From a message in hand to the commit after which a platform is acked."""
    async with at_work(url, Instant(), Ear(), working=False) as todd:
        for conversation in range(20):
            await todd.inbox.keep(message(conversation, f"warm {conversation}"))
        times = []
        for number in range(600):
            heard = message(number % 20, f"accept {number}")
            began = time.perf_counter()
            await todd.inbox.keep(heard)
            times.append(time.perf_counter() - began)
    row("accept, one at a time", spread(times))


async def turn(url: str, row: Callable[[str, str], None]) -> None:
    """One turn after the other in ten conversations: what Todd adds to the model's own time."""
    model, ear = Instant(), Ear()
    before, after, overhead = [], [], []
    async with at_work(url, model, ear) as todd:
        for number in range(220):
            heard = message(number % 10, f"turn {number}")
            ear.times.clear()
            began = time.perf_counter()
            await todd.inbox.keep(heard)
            async with ear.over:
                await ear.over.wait_for(lambda: ear.times)
            (handed,) = ear.times.values()
            if number >= 20:
                before.append(model.asked[heard.text] - began)
                after.append(handed - model.done[heard.text])
                overhead.append(handed - began)
    row("heard → model asked", spread(before))
    row("model done → reply handed over", spread(after))
    row("a whole turn with an instant model and two tool calls", spread(overhead))


async def rate(url: str, row: Callable[[str, str], None]) -> None:
    """Many conversations at once, one process, its database on the same machine."""
    model, ear = Instant(), Ear()
    turns = 600
    async with at_work(url, model, ear) as todd:
        began = time.perf_counter()
        for start in range(0, turns, 20):
            batch = (message(f"r{n}", f"rate {n}") for n in range(start, start + 20))
            await asyncio.gather(*(todd.inbox.keep(heard) for heard in batch))
        async with ear.over:
            await ear.over.wait_for(lambda: len(ear.times) == turns)
        took = time.perf_counter() - began
    row("turns/s, two tool calls each, one process", f"{turns / took:.0f}")


async def length(url: str, row: Callable[[str, str], None]) -> None:
    """The same turn in conversations of 10, 1,000 and 100,000 earlier messages, taken in turns."""
    model, ear = Instant(), Ear()
    sizes = (10, 1_000, 100_000)
    times: dict[int, list[float]] = {size: [] for size in sizes}
    async with at_work(url, model, ear) as todd:

        async def one(size: int, number: int) -> float:
            ear.times.clear()
            began = time.perf_counter()
            await todd.inbox.keep(message(f"l{size}", f"length {size} {number}"))
            async with ear.over:
                await ear.over.wait_for(lambda: ear.times)
            return next(iter(ear.times.values())) - began

        for size in sizes:
            await one(size, -1)
        for size in sizes:
            await fill(todd, f"c-l{size}", size)
        async with todd.database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
                text("analyze")
            )
        for number in range(130):
            for size in sizes:
                took = await one(size, number)
                if number >= 30:  # by then each has a full window
                    times[size].append(took)
    for size in sizes:
        row(f"a turn after {size:,} messages", spread(times[size]))
    medians = {size: statistics.median(times[size]) for size in sizes}
    row("ratio 100,000 / 10", f"{medians[100_000] / medians[10]:.2f}")
    row("ratio 1,000 / 10", f"{medians[1_000] / medians[10]:.2f}")


async def fill(todd: Todd, channel: str, size: int) -> None:
    """Gives a conversation its past: half said by the person, half by Todd."""
    async with todd.database.tending() as session:
        where = text("select id, user_id from conversations where channel = :channel")
        here, user_id = (await session.execute(where, {"channel": channel})).one()
    async with todd.database.acting(user_id, here) as session:
        await session.execute(
            text(
                "insert into messages (user_id, conversation_id, role, content, state)"
                " select :me, :here, case when n % 2 = 0 then 'user' else 'assistant' end,"
                " 'Something was said here, number ' || n, case when n % 2 = 0 then 'answered'"
                " else 'said' end from generate_series(1, :size) n"
            ),
            {"me": user_id, "here": here, "size": size},
        )


async def idle(url: str, row: Callable[[str, str], None]) -> None:
    """A worker with nothing to do, and what the database does for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "worker", cwd=ROOT, stderr=asyncio.subprocess.DEVNULL,
        env=_environment(DATABASE_URL=url),
    )  # fmt: skip
    try:
        await asyncio.sleep(5)
        worker = psutil.Process(process.pid)
        began, seconds = worker.cpu_times(), 30
        database = _database_seconds()
        await asyncio.sleep(seconds)
        ended = worker.cpu_times()
        used = (ended.user + ended.system) - (began.user + began.system)
        row("idle worker, CPU", f"{used / seconds:.2%} of a core")
        row("its database, CPU", f"{(_database_seconds() - database) / seconds:.2%} of a core")
        row("idle worker, memory", f"{worker.memory_info().rss / 2**20:.0f} MB")
    finally:
        process.terminate()
        await process.wait()


async def start(url: str, row: Callable[[str, str], None]) -> None:
    """From the command to the first line answered, with the embedded database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        times = [await _chat(folder) for _ in range(6)]
    row("todd chat, first start to first answer", f"{times[0]:.1f} s")
    row("todd chat, warm start to first answer", f"median {statistics.median(times[1:]):.2f} s")


async def _chat(folder: str) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "chat", cwd=ROOT, env=_environment(TODD_DATA=folder),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    began = time.perf_counter()
    process.stdin.write(b"list\n")
    await process.stdout.readline()
    took = time.perf_counter() - began
    process.stdin.close()
    await process.wait()
    return took


class Words:
    """One answer of one sentence, at once; notes when it was done."""

    def __init__(self) -> None:
        self.done = 0.0

    async def speak(self, prompt):  # type: ignore[no-untyped-def]
        yield Text("There you are.")
        self.done = time.perf_counter()

    async def answer(self) -> str:
        return "".join([said.delta async for said in self.speak(None)])


async def slack(url: str, row: Callable[[str, str], None]) -> None:
    """Todd beside a bare Bolt app without database or tools, against the same Slack."""
    sys.path.insert(0, str(ROOT / "tests"))
    from fake_slack import SECRET, TOKEN, a_slack
    from slack_bolt.async_app import AsyncApp

    from bots.slack import app as slack_app
    from bots.slack.say import Slack, client

    async with a_slack() as fake:
        fake.person("U1", "somebody")
        web = client(TOKEN, fake.url)
        installed = await slack_app.check(web)
        bare = AsyncApp(client=web, signing_secret=SECRET)
        beside = Beside("Todd", "a bare Bolt")

        async def answer(event, say):  # type: ignore[no-untyped-def]
            await say(await beside.models["a bare Bolt"].answer(), thread_ts=event["ts"])

        bare.event("message")(answer)
        async with (
            at_work(url, beside.models["Todd"], Slack(TOKEN, fake.url)) as todd,  # type: ignore[arg-type]
            slack_app.over_http(
                slack_app.build(todd.inbox, installed, fake.url, SECRET),
                0,
                todd.database.answers,
                "127.0.0.1",
            ) as todds,
            slack_app.over_http(bare, 0, todd.database.answers, "127.0.0.1") as bares,
        ):
            ports = {"Todd": todds, "a bare Bolt": bares}

            async def say(name: str, text: str) -> list[float]:
                fake.events_url = f"http://127.0.0.1:{ports[name]}/slack/events"
                before = len(fake.said("DU1"))
                await fake.say("U1", text, "DU1")
                beside.acked(name)
                while len(fake.said("DU1")) == before:
                    await asyncio.sleep(0.0005)
                return fake.shown[fake.said("DU1")[-1]["ts"]]

            await beside.run(say)
    beside.tell(row, "Slack")


async def discord(url: str, row: Callable[[str, str], None]) -> None:
    """Todd beside a bare discord.py bot without database or tools, against the same Discord.

    Discord acks nothing: in place of the ack stands the commit that keeps the message."""
    sys.path.insert(0, str(ROOT / "tests"))
    import discord as library
    from fake_discord import TOKEN, a_discord

    from bots.discord.app import Ear, listen
    from bots.discord.rest import Rest, point_at
    from bots.discord.say import Discord
    from bots.sealed import Seal

    async with a_discord() as fake:
        point_at(fake.url, fake.gateway_url)
        fake.person("10001", "somebody")
        dm = fake.dm_of("10001")
        beside = Beside("Todd", "a bare discord.py")
        listening: set[str] = set()  # both hear everything, as two bots would; one answers

        class Bare(library.Client):
            async def on_message(self, message: library.Message) -> None:
                if message.author.id != 10001 or "a bare discord.py" not in listening:
                    return
                await message.channel.send(await beside.models["a bare discord.py"].answer())

        rest = Rest(TOKEN)
        seal = Seal("a secret for benchmarks")
        async with at_work(url, beside.models["Todd"], Discord(rest, seal)) as todd:  # type: ignore[arg-type]
            kept = todd.inbox.keep

            async def keep(heard: Heard) -> bool:
                if "Todd" not in listening:
                    return False
                done = await kept(heard)
                beside.acked("Todd")
                return done

            todd.inbox.keep = keep  # type: ignore[method-assign]
            ear = Ear(todd.inbox, todd.database, seal)
            bare = Bare(intents=library.Intents(messages=True, message_content=True, guilds=True))
            tasks = [
                asyncio.create_task(listen(ear, TOKEN)),
                asyncio.create_task(bare.start(TOKEN)),
            ]
            while fake.connected < 2:
                await asyncio.sleep(0.05)
            await asyncio.sleep(3)

            async def say(name: str, text: str) -> list[float]:
                listening.clear()
                listening.add(name)
                before = len(fake.said(dm))
                await fake.say("10001", text, dm)
                while len(fake.said(dm)) == before:
                    await asyncio.sleep(0.0005)
                return fake.shown[fake.said(dm)[-1]["id"]]

            await beside.run(say)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await bare.close()
            await rest.aclose()
    beside.tell(row, "Discord")


class Beside:
    """Todd and a bare bot take turns in one process, against one fake platform."""

    def __init__(self, *names: str) -> None:
        self.models = {name: Words() for name in names}
        self._began = self._ack = 0.0
        self._acks: dict[str, list[float]] = {name: [] for name in names}
        self._firsts: dict[str, list[float]] = {name: [] for name in names}
        self._saids: dict[str, list[float]] = {name: [] for name in names}
        self._cpu = dict.fromkeys(names, 0.0)

    def acked(self, name: str) -> None:
        self._ack = time.perf_counter()

    async def run(self, say: Callable[[str, str], Awaitable[list[float]]]) -> None:
        for number in range(170):
            for name, model in self.models.items():
                self._ack = 0.0
                spent, self._began = time.process_time(), time.perf_counter()
                shown = await say(name, f"hello {number}")
                await asyncio.sleep(0.05)  # what is done after it has been said counts too
                if number < 20:
                    continue
                if self._ack:
                    self._acks[name].append(self._ack - self._began)
                self._firsts[name].append(shown[0] - self._began)
                self._saids[name].append(shown[-1] - model.done)
                self._cpu[name] += time.process_time() - spent

    def tell(self, row: Callable[[str, str], None], platform: str) -> None:
        for name in self.models:
            if self._acks[name]:
                row(f"{platform}, {name}: event in → ack or commit", spread(self._acks[name]))
            row(f"{platform}, {name}: event in → first text", spread(self._firsts[name]))
            row(f"{platform}, {name}: model done → said", spread(self._saids[name]))
            row(
                f"{platform}, {name}: CPU of 150 messages, the platform in the same process too",
                f"{self._cpu[name]:.1f} s",
            )
        todds, bares = (statistics.median(self._firsts[name]) for name in self.models)
        row(
            f"{platform}: Todd's first text after the bare one's, medians",
            f"{(todds - bares) * 1000:.1f} ms",
        )


async def words(url: str, row: Callable[[str, str], None]) -> None:
    """Reading dates and lines, on the expressions and lines that the tests hold."""
    sys.path.insert(0, str(ROOT / "tests"))
    from test_lines import BERLIN, NOW, blocks
    from test_when import lines

    from core.understanding import english, when

    dates = list(lines("when.txt"))
    said = [text for block in blocks("lines.txt") for text in block.said]
    for name, act in (
        ("a date read", lambda: [_timed(when.parse, d[3], d[0], d[1], locale=d[2]) for d in dates]),
        (
            "a rule read",
            lambda: [_timed(when.repeats, d[3], d[0], d[1], locale=d[2]) for d in dates],
        ),
        (
            "a line understood by the grammar",
            lambda: [_timed(english.mean, s, NOW, BERLIN) for s in said],
        ),
    ):
        act()
        times = act()
        row(
            name,
            f"median {statistics.median(times) * 1000:.3f} ms, most {max(times) * 1000:.2f} ms",
        )


async def find(url: str, row: Callable[[str, str], None]) -> None:
    """Lists and searches of somebody with 10,000 tasks, among a million of others."""
    sys.path.insert(0, str(ROOT / "tests"))
    from test_finding import MANY

    from db import tasks
    from db.database import Database, connect
    from db.tasks import Filter

    admin = await connect(url.replace("//todd:", "//postgres:"))
    await admin.execute(MANY)
    await admin.close()
    database = Database(url)
    looks: dict[str, Callable[[Any], Awaitable[object]]] = {
        "open tasks, first page": lambda s: tasks.find(s, "u1", Filter(), limit=25),
        "open tasks by words": lambda s: tasks.find(s, "u1", Filter(words="thing 77"), limit=25),
        "a task by its number": lambda s: tasks.numbered(s, "u1", 777, among=None),
        "a task by words of its title": lambda s: tasks.titled(
            s, "u1", "thing 777", state="open", among=None
        ),
    }
    for name, look in looks.items():
        times = []
        for _ in range(20):
            async with database.acting("u1", 1) as session:
                began = time.perf_counter()
                await look(session)
                times.append(time.perf_counter() - began)
        row(f"{name}, of 10,000 among 1,000,000", spread(times))
    await database.close()


async def remind(url: str, row: Callable[[str, str], None]) -> None:
    """200 people are reminded of something that is due in the same second, while 10,000 others
    wait for later: how late what is said is handed over, with one process and with two."""
    for workers in (1, 2):
        late = await _late(url, WAITING if workers == 1 else 0, workers)
        ordered = sorted(late)
        p99 = ordered[int(len(ordered) * 0.99) - 1]
        median = statistics.median(ordered)
        beside = "a process" if workers == 1 else f"{workers} processes"
        row(
            f"remind, {SAME_SECOND} in a second, {WAITING:,} waiting, {beside}",
            f"p50 {median:.2f} s, p99 {p99:.2f} s, most {ordered[-1]:.2f} s late",
        )


WAITING, SAME_SECOND = 10_000, 200


async def _late(url: str, waiting: int, workers: int) -> list[float]:
    """Seconds after its time at which each reminder stood."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    ear = Ear()
    async with build(settings, url, platforms=[ear], model=Instant()) as todd:
        for number in range(SAME_SECOND):
            place = Place(NAME, f"r-{number}", private=True)
            await todd.inbox.enter(place, Person(f"r-{number}", name="Somebody"))
        due = time.time() + 12
        # As the superuser: policies let nobody write for 200 people at once.
        async with await psycopg.AsyncConnection.connect(
            url.replace("//todd:", "//postgres:"), autocommit=True
        ) as admin:
            await admin.execute(LATER, {"count": waiting})
            made = await admin.execute(IN_A_SECOND, {"due": due})
            ids = (await made.fetchone() or [[]])[0]
        helpers = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench", "worker", url, cwd=ROOT
            )
            for _ in range(workers)
        ]
        try:
            async with asyncio.timeout(90):
                while len(found := await _stand(todd, ids)) < SAME_SECOND:
                    await asyncio.sleep(0.5)
        finally:
            for helper in helpers:
                helper.terminate()
                await helper.wait()
    return [at - due for at in found]


async def _stand(todd: Todd, ids: list[int]) -> list[float]:
    async with todd.database.tending() as session:
        rows = await session.execute(
            text(
                "select extract(epoch from p.created_at) as at from reminders r"
                " join posts p on p.message_id = r.message_id where r.id = any(:ids)"
            ),
            {"ids": ids},
        )
    return [float(found.at) for found in rows]


# Of one person each.
IN_A_SECOND = """
with made as (
    insert into reminders (user_id, kind, content, from_id, platform, at, try_at, state)
    select u.user_id, 'words', 'Water the plants', u.user_id, 'bench', to_timestamp(%(due)s),
           to_timestamp(%(due)s), 'waiting'
    from identities u where u.external_id like 'r-%%' returning id)
select array_agg(id) from made
"""
LATER = IN_A_SECOND.replace(
    "from identities u where u.external_id like 'r-%%'",
    "from (select min(user_id) as user_id from identities where external_id like 'r-%%') u,"
    " generate_series(1, %(count)s)",
).replace("to_timestamp(%(due)s)", "now() + interval '1 day'")


async def work(url: str) -> None:
    """A worker of its own process, until it is ended."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    async with build(settings, url, platforms=[Ear()], model=Instant()) as todd:
        await todd.worker.run()


def _timed(act: Callable[..., object], *arguments: object, **more: object) -> float:
    began = time.perf_counter()
    act(*arguments, **more)
    return time.perf_counter() - began


def _environment(**variables: str) -> dict[str, str]:
    import os

    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}


def _database_seconds() -> float:
    """CPU seconds of all PostgreSQL processes of this machine; a benchmark runs alone."""
    seconds = 0.0
    for process in psutil.process_iter(["name", "cpu_times"]):
        if "postgres" in (process.info["name"] or "") and process.info["cpu_times"]:
            times = process.info["cpu_times"]
            seconds += times.user + times.system
    return seconds


BENCHES: dict[str, Callable[[str, Callable[[str, str], None]], Awaitable[None]]] = {
    "accept": accept,
    "turn": turn,
    "rate": rate,
    "length": length,
    "idle": idle,
    "start": start,
    "slack": slack,
    "discord": discord,
    "words": words,
    "find": find,
    "remind": remind,
}


async def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        embedded = await Embedded.start(Path(folder))
        try:
            print("| what | figure |\n|---|---|", flush=True)
            for name in names or list(BENCHES):
                url = await embedded.database(f"bench_{name}")
                await migrate.upgrade(url)
                await BENCHES[name](url, lambda what, so: print(f"| {what} | {so} |", flush=True))
        finally:
            await embedded.stop()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[2]) if sys.argv[1:2] == ["worker"] else main(sys.argv[1:]))
