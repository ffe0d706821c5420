"""Reminders: how late."""

import asyncio
import statistics
import sys
import time

import psycopg
from sqlalchemy import text

from bench.stage import NAME, ROOT, Instant, Recorder, Row
from bots.bootstrap import Todd, build
from bots.settings import Settings
from core.heard import Person, Place


async def remind(url: str, row: Row) -> None:
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
    platform = Recorder()
    async with build(settings, url, platforms=[platform], model=Instant()) as todd:
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
