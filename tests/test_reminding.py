"""Being reminded: at the time, or before it, once, late with a word, together, and not for nothing."""

import pytest
from stage import BOB
from talk import Said, a_talk

from bots.settings import Settings

SIX = "2026-11-25T17:00:00+00:00"  # in Berlin


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def waiting(said: Said) -> list[str]:
    rows = await said.stage.rows("select at from reminders where state = 'waiting' order by at")
    return [f"{row['at']:%d %H:%M}" for row in rows]


async def test_at_the_time_in_private_with_what_can_be_pressed(scene) -> None:
    async with scene() as said:
        assert await said("remind me to call mum at 6") == (
            "✓ Added #1 call mum · Wed 25 Nov 18:00 (Europe/Berlin), today"
        )
        said.clock.to(SIX)
        told = await said.until_told("Ana")
        assert told == ["⏰ #1 call mum · Wed 25 Nov 18:00 (Europe/Berlin)"]
        assert [action for action, _ in await said.offered()] == ["done", "later", "hour", "snooze"]


async def test_as_long_before_as_the_person_wants(scene) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        reply = await said("remind me 15 minutes before")
        assert reply == "I remind you of a task 15 minutes before."
        said.clock.to("2026-11-25T16:45:00+00:00")
        assert len(await said.until_told("Ana")) == 1
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert len(await said.told("Ana")) == 1, "not again at the time itself"


async def test_not_at_all_for_who_does_not_want_it(scene) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        assert await said("reminders off") == "I no longer remind you of tasks at their time."
        await said("add gym today at 18:00")
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert await said.told("Ana") == []


@pytest.mark.parametrize(
    "meanwhile", ["done 1", "delete 1", "move 1 to 20:00", "clear the date of 1"]
)
async def test_what_is_no_longer_due_is_not_told(scene, meanwhile: str) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        await said(meanwhile)
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert await said.told("Ana") == []


async def test_moved_and_moved_back_is_told_once(scene) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        await said("move 1 to 20:00")
        await said("undo")
        said.clock.to(SIX)
        assert len(await said.until_told("Ana")) == 1
        said.clock.to("2026-11-25T19:00:00+00:00")
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert len(await said.told("Ana")) == 1


async def test_late_ones_say_so_and_come_together(scene) -> None:
    async with scene() as said:
        for task in ("tea at 14:00", "call Bo at 15:00", "gym at 16:00"):
            await said(f"add {task}")
        await said.stage.stop()
        said.clock.to(SIX)
        said.stage.start()
        (told,) = await said.until_told("Ana")
        assert told.splitlines() == [
            "⏰ #1 tea · Wed 25 Nov 14:00 (Europe/Berlin) (was due 14:00)",
            "⏰ #2 call Bo · Wed 25 Nov 15:00 (Europe/Berlin) (was due 15:00)",
            "⏰ #3 gym · Wed 25 Nov 16:00 (Europe/Berlin) (was due 16:00)",
        ]


async def test_a_snooze_is_told_when_it_is_over(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        said.clock.to(SIX)
        await said.until_told("Ana")
        (task,) = await said.stage.rows("select id from tasks")
        reply = await said.press("later", task["id"])
        assert reply == "I will tell you of #1 tea again, Wed 25 Nov 18:15 (Europe/Berlin)."
        await said.press("hour", task["id"])
        assert await waiting(said) == ["25 18:00"], "the last one counts"
        said.clock.to("2026-11-25T18:00:01+00:00")
        assert (await said.until_told("Ana", 2))[1].startswith(
            "You wanted to be told again: #1 tea"
        )


async def test_who_is_to_do_it_is_reminded(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob at 18:00")
        await said.until_told("Bob")
        said.clock.to(SIX)
        told = await said.until_told("Bob", 2)
        assert told[1] == "⏰ #1 slides · Wed 25 Nov 12:00 (America/New_York)"
        assert await said.told("Ana") == []


async def test_each_one_of_what_repeats(scene) -> None:
    async with scene() as said:
        await said("add pills every day at 18:00")
        await said("done 1")
        assert await waiting(said) == ["25 17:00", "26 17:00"]
        said.clock.to("2026-11-26T17:00:00+00:00")
        told = await said.until_told("Ana")
        assert told == ["⏰ #2 pills · Thu 26 Nov 18:00 (Europe/Berlin)"]
