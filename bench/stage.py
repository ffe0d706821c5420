"""What the benchmarks stand on: Todd at work, an instant model, a platform that takes times."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from bots.bootstrap import Todd, build
from bots.settings import Settings
from core.heard import Heard, Person, Place
from core.models.port import RequestedCall, Text
from core.reply import Address, LiveReply, Reply

ROOT = Path(__file__).resolve().parent.parent
NAME = "bench"
Row = Callable[[str, str], None]  # what is measured, and the figure


class Instant:
    """Two tool calls, then a sentence, at once; notes when it was asked first and was done."""

    def __init__(self) -> None:
        self.asked: dict[str, float] = {}
        self.done: dict[str, float] = {}

    async def speak(self, prompt):  # type: ignore[no-untyped-def]
        (said,) = prompt.heard[-1:]
        if prompt.results:
            yield Text("There you are.")
            self.done[said] = time.perf_counter()
            return
        self.asked[said] = time.perf_counter()
        yield RequestedCall("add_tasks", '{"tasks": [{"title": "Measure"}]}')
        yield RequestedCall("find_tasks", '{"text": "nothing like it"}')


class Recorder:
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

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
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
    url: str, model: Instant, platform: Recorder, *, working: bool = True
) -> AsyncIterator[Todd]:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    async with build(settings, url, platforms=[platform], model=model) as todd:
        engine = asyncio.create_task(todd.worker.run()) if working else None
        await asyncio.sleep(0.5)
        try:
            yield todd
        finally:
            if engine:
                engine.cancel()
                await asyncio.gather(engine, return_exceptions=True)


async def work(url: str) -> None:
    """A worker of its own process, until it is ended."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    async with build(settings, url, platforms=[Recorder()], model=Instant()) as todd:
        await todd.worker.run()


def environment(**variables: str) -> dict[str, str]:
    import os

    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}


def database_seconds() -> float:
    """CPU seconds of all PostgreSQL processes of this machine; a benchmark runs alone."""
    seconds = 0.0
    for process in psutil.process_iter(["name", "cpu_times"]):
        if "postgres" in (process.info["name"] or "") and process.info["cpu_times"]:
            times = process.info["cpu_times"]
            seconds += times.user + times.system
    return seconds
