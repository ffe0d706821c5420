"""Accepting and answering, in one process with the database beside it."""

import asyncio
import statistics
import time

from sqlalchemy import text

from bench.stage import Instant, Recorder, Row, at_work, message, spread
from bots.bootstrap import Todd


async def accept(url: str, row: Row) -> None:
    """From a message in hand to the commit after which a platform is acked."""
    async with at_work(url, Instant(), Recorder(), working=False) as todd:
        for conversation in range(20):
            await todd.inbox.keep(message(conversation, f"warm {conversation}"))
        times = []
        for number in range(600):
            heard = message(number % 20, f"accept {number}")
            began = time.perf_counter()
            await todd.inbox.keep(heard)
            times.append(time.perf_counter() - began)
    row("accept, one at a time", spread(times))


async def turn(url: str, row: Row) -> None:
    """One turn after the other in ten conversations: what Todd adds to the model's own time."""
    model, platform = Instant(), Recorder()
    before, after, overhead = [], [], []
    async with at_work(url, model, platform) as todd:
        for number in range(220):
            heard = message(number % 10, f"turn {number}")
            platform.times.clear()
            began = time.perf_counter()
            await todd.inbox.keep(heard)
            async with platform.over:
                await platform.over.wait_for(lambda: platform.times)
            (handed,) = platform.times.values()
            if number >= 20:
                before.append(model.asked[heard.text] - began)
                after.append(handed - model.done[heard.text])
                overhead.append(handed - began)
    row("heard → model asked", spread(before))
    row("model done → reply handed over", spread(after))
    row("a whole turn with an instant model and two tool calls", spread(overhead))


async def rate(url: str, row: Row) -> None:
    """Many conversations at once, one process, its database on the same machine."""
    model, platform = Instant(), Recorder()
    turns = 600
    async with at_work(url, model, platform) as todd:
        began = time.perf_counter()
        for start in range(0, turns, 20):
            batch = (message(f"r{n}", f"rate {n}") for n in range(start, start + 20))
            await asyncio.gather(*(todd.inbox.keep(heard) for heard in batch))
        async with platform.over:
            await platform.over.wait_for(lambda: len(platform.times) == turns)
        took = time.perf_counter() - began
    row("turns/s, two tool calls each, one process", f"{turns / took:.0f}")


async def length(url: str, row: Row) -> None:
    """The same turn in conversations of 10, 1,000 and 100,000 earlier messages, taken in turns."""
    model, platform = Instant(), Recorder()
    sizes = (10, 1_000, 100_000)
    times: dict[int, list[float]] = {size: [] for size in sizes}
    async with at_work(url, model, platform) as todd:

        async def one(size: int, number: int) -> float:
            platform.times.clear()
            began = time.perf_counter()
            await todd.inbox.keep(message(f"l{size}", f"length {size} {number}"))
            async with platform.over:
                await platform.over.wait_for(lambda: platform.times)
            return next(iter(platform.times.values())) - began

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
