"""Reminders under two workers, a clock that jumps, clocks that change, and workers that are killed."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.wall import a_wall
from support.stage import QUICK
from support.talk import Said, a_talk
from support.trials import Trial

from bots.bootstrap import build
from bots.settings import Settings
from core.heard import Person, Place
from core.reminders.schedule import next_ring
from core.understanding.english import Grammar
from db.models import Task

POINTS = range(1, 16) if os.environ.get("TODD_TRIALS") == "long" else (1, 2, 3, 4, 5)
# The days on which the clocks change.
CHANGES = [
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Berlin", date(2027, 3, 28)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2027, 3, 14)),
    ("Australia/Sydney", date(2026, 10, 4)),
    ("Australia/Sydney", date(2027, 4, 4)),
]


@asynccontextmanager
async def two_workers(url: str, settings: Settings, now: datetime) -> AsyncIterator[Said]:
    """A talk with two engines at work, on one clock."""
    async with a_talk(url, settings, now=now.isoformat()) as said:
        other = build(
            settings, url, platforms=[said.stage.platform], model=Grammar(), patience=QUICK,
            clock=said.clock,
        )  # fmt: skip
        async with other as todd:
            working = asyncio.create_task(todd.worker.run())
            try:
                yield said
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)


async def told_by(said: Said, now: datetime) -> None:
    """Moves the clock, and waits until all that is due by then is told."""
    said.clock.now = now
    async with asyncio.timeout(20):
        while await said.stage.rows(
            "select 1 from reminders where state = 'waiting' and try_at <= %s", now
        ):
            await asyncio.sleep(0.02)
    await said.stage.settled()


def at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))


@pytest.mark.parametrize(("name", "change"), CHANGES)
async def test_the_hour_stays_the_persons_own_when_the_clocks_change(
    name: str, change: date, url: str, settings: Settings
) -> None:
    zone = ZoneInfo(name)
    days = [change + timedelta(days=number) for number in range(-1, 3)]
    person = Person("ana", name="Ana", timezone=name)
    async with two_workers(url, settings, at(days[0], "07:00", zone)) as said:
        await said("add something by tomorrow", person)
        await said("digest every day at 8", person)
        await said("remind me every day at 9 to take pills", person)
        await said("quiet hours 22:00 to 7:30", person)
        for day in days:
            for clock, count in (("07:59", 0), ("08:00", 1), ("08:59", 1), ("09:00", 2)):
                await told_by(said, at(day, clock, zone))
                told = await said.told("Ana")
                assert len(told) == days.index(day) * 2 + count, (day, clock, told)
            # A clock that is set back, and right again, tells nothing twice.
            await told_by(said, at(day, "08:30", zone))
            await told_by(said, at(day, "09:01", zone))
            assert len(await said.told("Ana")) == days.index(day) * 2 + 2
        digests = [text for text in told if text.startswith("**Your ")]
        assert [text.splitlines()[0] for text in digests] == [
            f"**Your {day:%A}, {day.day} {day:%B}**" for day in days
        ], "each on its own day, none late"
        assert not any("was due" in text for text in told)


async def test_a_clock_that_jumps_ahead_tells_all_there_was_once(
    url: str, settings: Settings
) -> None:
    async with two_workers(url, settings, datetime.fromisoformat("2026-11-25T06:00+00:00")) as said:
        for hour in range(8, 18):
            await said(f"add task {hour} at {hour}:00")
        await told_by(said, datetime.fromisoformat("2026-11-27T12:00+00:00"))
        told = await said.told("Ana")
        lines = Counter(line for text in told for line in text.splitlines())
        assert len(lines) == 10
        assert set(lines.values()) == {1}
        assert all("(was due Wed 25 Nov " in line for line in lines)
        assert len(told) <= 2, "as one message, as far as they were due at once"


async def test_many_at_once_are_each_told_once(url: str, settings: Settings) -> None:
    async with two_workers(url, settings, datetime.fromisoformat("2026-11-25T06:00+00:00")) as said:
        people = [Person(f"p{number}", name=f"P{number}", timezone="UTC") for number in range(40)]
        for person in people:
            await said.stage.hear(
                "add tea at 12:00", person=person, place=Place("fake", f"dm-{person.name}", private=True)
            )  # fmt: skip
        await said.stage.settled(60)
        await told_by(said, datetime.fromisoformat("2026-11-25T12:00+00:00"))
        stands = Counter(
            said.stage.platform.places[reply].channel
            for (reply, _), text in said.stage.platform.stands.items()
            if text.startswith("⏰")
        )
        assert stands == {f"dm-{person.name}": 1 for person in people}


KINDS = {
    "of a task": ("add tea at 23:59", "⏰ #1 tea"),
    "of words, from somebody else": ("remind @bob to eat at 23:59", "⏰ From P"),
    "that comes again": ("remind me every day at 23:59 to eat", "⏰ #1 eat"),
    "of the day": ("digest every day at 23:59", "**Your "),
}


@pytest.mark.trial
@pytest.mark.parametrize("kind", KINDS)
async def test_told_once_whoever_dies_of_it(
    kind: str, url: str, settings: Settings, tmp_path: Path
) -> None:
    text, said = KINDS[kind]
    async with a_wall() as wall, build(settings, url) as todd:
        trial = Trial(url, wall, tmp_path, todd.inbox)
        before = [text, "add milk by today"] if kind == "of the day" else [text]
        await trial.prepared((point, each) for point in POINTS for each in before)
        await trial.rows("update consents set state = 'allowed' returning id")
        died = 0
        for point in POINTS:
            await trial.rows(
                "with due as (select id, task_id from reminders where state = 'waiting'"
                f" and coalesce(from_id, user_id) in (select user_id from identities where external_id = 'p{point}')),"
                " moved as (update tasks set due_at = date_trunc('second', now()) where id in (select task_id from due)"
                " returning id) update reminders set at = date_trunc('second', now()), try_at = now()"
                " where id in (select id from due) returning id"
            )
            died += await trial.dies_of_it(point)
        assert died >= 3, "the workers have to die of it"
        standing = wall.standing()
        assert all(len(texts) == 1 for texts in standing.values()), "nothing is said twice"
        told = [texts[0] for texts in standing.values() if texts[0].startswith(said)]
        assert len(told) == len(POINTS), told


def test_a_clock_that_is_behind_makes_no_second_one() -> None:
    due = datetime.fromisoformat("2026-11-25T18:00+00:00")
    task = Task(user_id="ana", title="tea", due_at=due, due_has_time=True)
    behind = due - timedelta(seconds=2)
    assert next_ring(task, timedelta(0), {due}, behind, None) is None
    assert next_ring(task, timedelta(0), set(), behind, None) == due
