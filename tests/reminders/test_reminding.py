"""Being reminded: at the time, or before it, once, late with a word, together, and not for nothing."""

import pytest
from support.stage import BOB
from support.talk import Said, a_talk

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
        assert [action for action, _ in await said.offered()] == [
            "done", "later", "hour", "snooze", "stop",
        ]  # fmt: skip


async def test_as_long_before_as_the_person_wants(scene) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        reply = await said("remind me 15 minutes before")
        assert reply == "✓ I remind you of each task 15 minutes before."
        said.clock.to("2026-11-25T16:45:00+00:00")
        assert len(await said.until_told("Ana")) == 1
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert len(await said.told("Ana")) == 1, "not again at the time itself"


async def test_not_at_all_for_who_does_not_want_it(scene) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        assert await said("reminders off") == (
            "✓ I no longer remind you of tasks at their time. “my reminders” shows what is left."
        )
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
        assert (await said.until_told("Ana", 2))[1].startswith("⏰ #1 tea · Wed 25 Nov 18:00")


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
        assert await waiting(said) == ["26 17:00"]
        said.clock.to("2026-11-26T17:00:00+00:00")
        told = await said.until_told("Ana")
        assert told == ["⏰ #2 pills · Thu 26 Nov 18:00 (Europe/Berlin)"]


async def test_of_one_task_as_long_before_as_is_said(scene) -> None:
    async with scene() as said:
        await said("add dentist today at 18:00")
        await said("add gym today at 18:00")
        assert await said("remind me half an hour before the dentist") == (
            "✓ I remind you of #1 dentist 30 minutes before: Wed 25 Nov 17:30 (Europe/Berlin)."
        )
        assert await waiting(said) == ["25 16:30", "25 17:00"]
        said.clock.to("2026-11-25T16:30:00+00:00")
        assert await said.until_told("Ana") == ["⏰ #1 dentist · Wed 25 Nov 18:00 (Europe/Berlin)"]
        await said("rename 1 to dentist with Bo")
        said.clock.to(SIX)
        assert (await said.until_told("Ana", 2))[1].startswith("⏰ #2 gym"), "once is enough"
        assert await waiting(said) == []


async def test_a_lead_of_its_own_goes_with_what_repeats(scene) -> None:
    async with scene() as said:
        await said("add standup every day at 18:00")
        await said("remind me 10 minutes before 1")
        await said("done 1")
        assert await waiting(said) == ["26 16:50"]


async def test_when_before_is_past_by_now_it_is_at_its_time(scene) -> None:
    async with scene() as said:
        await said("add call today at 10:20")
        assert await said("remind me 30 minutes before 1") == (
            "✓ 30 minutes before #1 call is past by now, so I remind you at its time."
        )
        said.clock.to("2026-11-25T09:20:00+00:00")
        await said.until_told("Ana")


async def test_what_has_no_time_has_no_before(scene) -> None:
    async with scene() as said:
        await said("add call")
        reply = await said("remind me 30 minutes before 1")
        assert reply.startswith("I could not do this: #1 call is due at no time of day")
        reply = await said("remind me 3 blue moons before 1")
        assert "remind" not in reply or "not" in reply


async def test_what_repeats_is_reminded_of_each_time_until_it_is_done(scene) -> None:
    async with scene() as said:
        await said("remind me every day at 18:00 to take pills")
        for day, count in (("25", 1), ("26", 2), ("27", 3)):
            said.clock.to(f"2026-11-{day}T17:00:00+00:00")
            told = await said.until_told("Ana", count)
        assert told == [
            "⏰ #1 take pills · Wed 25 Nov 18:00 (Europe/Berlin)",
            "⏰ #1 take pills · Thu 26 Nov 18:00 (Europe/Berlin), open since Wed 25 Nov",
            "⏰ #1 take pills · Fri 27 Nov 18:00 (Europe/Berlin), open since Wed 25 Nov",
        ]
        await said("done 1")
        assert await waiting(said) == ["28 17:00"], "of the next, once"


async def test_to_be_reminded_on_a_day_is_in_its_morning(scene) -> None:
    async with scene() as said:
        assert await said("remind me tomorrow to call the school") == (
            "✓ Added #1 call the school · Thu 26 Nov, tomorrow\n"
            "✓ I remind you of #1 call the school: Thu 26 Nov 09:00 (Europe/Berlin)."
        )
        said.clock.to("2026-11-26T08:00:00+00:00")
        assert await said.until_told("Ana") == ["⏰ #1 call the school · Thu 26 Nov"]


async def test_who_asks_is_reminded_though_tasks_are_not(scene) -> None:
    async with scene() as said:
        await said("reminders off")
        assert "✓ I remind you of #1 call mum at its time." in await said(
            "remind me to call mum at 6"
        )
        await said("add gym at 6")
        said.clock.to(SIX)
        assert await said.until_told("Ana") == ["⏰ #1 call mum · Wed 25 Nov 18:00 (Europe/Berlin)"]


async def test_of_a_task_at_a_time_of_its_own(scene) -> None:
    async with scene() as said:
        await said("add report by friday")
        assert await said("remind me of it tomorrow at 15:00") == (
            "✓ I will tell you of #1 report: Thu 26 Nov 15:00 (Europe/Berlin)."
        )
        await said("remind me about 1 at 11:00")
        said.clock.to("2026-11-25T10:00:00+00:00")
        assert await said.until_told("Ana") == ["⏰ #1 report · Fri 27 Nov"]
        said.clock.to("2026-11-26T14:00:00+00:00")
        await said.until_told("Ana", 2)


async def test_snoozed_by_words(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        said.clock.to(SIX)
        await said.until_told("Ana")
        assert "Wed 25 Nov 20:00" in await said("snooze it 2 hours")
        said.clock.to("2026-11-25T19:00:00+00:00")
        assert len(await said.until_told("Ana", 2)) == 2


async def test_answered_in_a_word_or_two(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        said.clock.to(SIX)
        await said.until_told("Ana")
        assert "Wed 25 Nov 18:05" in await said("snooze 5 minutes")
        said.clock.to("2026-11-25T17:05:00+00:00")
        await said.until_told("Ana", 2)
        assert await said("done") == "✓ Done #1 tea"
        assert "is done already" in await said("snooze 1 until tomorrow")


async def test_a_length_that_is_not_understood_is_no_part_of_a_title(scene) -> None:
    async with scene() as said:
        assert "not sure when “in 30 seconds” is" in await said("remind me to eat in 30 seconds")
        assert await said.tasks() == []


async def test_stop_is_for_this_task_alone(scene) -> None:
    async with scene() as said:
        await said("add pills every day at 18:00")
        await said("add gym tomorrow at 18:00")
        said.clock.to(SIX)
        await said.until_told("Ana")
        (stop,) = [about for action, about in await said.offered() if action == "stop"]
        assert await said.press("stop", stop) == (
            "I no longer remind you of #1 pills. It stays on your list."
        )
        assert await waiting(said) == ["26 17:00"]
        said.clock.to("2026-11-26T17:00:00+00:00")
        assert (await said.until_told("Ana", 2))[1].startswith("⏰ #2 gym")
        await said("remind me at the time of 1")  # not understood: it changes nothing
        await said("remind me 5 minutes before 1")
        assert await waiting(said) == ["27 16:55"]


async def test_the_reminders_to_come_are_shown(scene) -> None:
    async with scene() as said:
        assert await said("what reminders do I have?") == "There are no reminders to come."
        await said("add tea at 18:00")
        await said("remind me of 1 tomorrow at 9")
        await said("move 1 to 19:00")
        assert await said("my reminders") == (
            "Reminders to come:\n"
            "- Wed 25 Nov 19:00 (Europe/Berlin): #1 tea\n"
            "- Thu 26 Nov 09:00 (Europe/Berlin): #1 tea"
        )
        await said("stop reminding me of 1")
        assert await said("my reminders") == "There are no reminders to come."
