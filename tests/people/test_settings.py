"""How people want Todd to be: shown, changed, kept, and kept to."""

from datetime import time

import pytest
from support.stage import BOB, THREAD
from support.talk import a_talk

from bots.settings import Settings
from core.errors import Refused
from core.understanding.hours import quiet_hours


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def test_they_are_shown_as_they_are(scene) -> None:
    async with scene() as said:
        assert await said("settings") == (
            "Your settings:\n- Time zone: Europe/Berlin\n- Reminder of a task: at its time\n"
            "- Daily digest: off\n- Weekly look back: off\n- Quiet hours: none"
        )
        await said("remind me 15 minutes before")
        await said("digest every weekday at 8")
        await said("weekly review every sunday at 18:00")
        await said("quiet hours 10pm to 7am")
        await said("mute until tomorrow")
        assert await said("show my settings") == (
            "Your settings:\n- Time zone: Europe/Berlin\n"
            "- Reminder of a task: 15 minutes before\n"
            "- Daily digest: every weekday at 08:00\n- Weekly look back: every sunday at 18:00\n"
            "- Quiet hours: 22:00 to 07:00\n"
            "- Muted until Thu 26 Nov 09:00 (Europe/Berlin)"
        )
        assert "- Reminder of a task: at its time" in await said("settings", BOB), "his own"


async def test_they_stay_as_they_are_once_something_was_told(scene) -> None:
    async with scene() as said:
        await said("add tea by today")
        await said("digest every day at 18:00")
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.until_told("Ana")
        assert "- Daily digest: every day at 18:00" in await said("settings")


async def test_in_a_channel_also_when_todd_speaks_there(scene) -> None:
    async with scene() as said:
        await said("quiet hours 22:00 to 7:00")
        assert await said("@todd settings", place=THREAD) == (
            "Here: I answer when I am mentioned, and whoever is alone with me in a thread.\n"
            "Open tasks posted in this channel: off.\n"
            "Your own settings I show where we are alone."
        )
        reply = await said("@todd add lock up at 23:00", place=THREAD)
        assert "quiet" not in reply, "what was said in private stays there"


async def test_todd_speaks_as_he_is_told_to(scene) -> None:
    async with scene() as said:
        assert await said("@todd only answer when mentioned", place=THREAD) == (
            "✓ In this conversation I answer only when I am mentioned."
        )
        count = len(await said.stage.replies())
        await said.stage.hear("add milk", place=THREAD)
        await said.stage.settled()
        assert len(await said.stage.replies()) == count
        await said("@todd answer everything here", place=THREAD)
        await said("@todd hello", BOB, THREAD)
        assert await said.stage.answered("add eggs", person=BOB, place=THREAD) == "✓ Added #1 eggs"
        await said("@todd answer as usual", place=THREAD)
        count = len(await said.stage.replies())
        await said.stage.hear("add ham", person=BOB, place=THREAD)
        await said.stage.settled()
        assert len(await said.stage.replies()) == count
        assert await said("only answer when mentioned") == (
            "I could not do this: Here, where we are alone, I always answer. Say it in a channel or"
            " thread."
        )


async def test_quiet_hours_are_quiet_and_what_fell_into_them_is_told_after(scene) -> None:
    async with scene() as said:
        assert await said("quiet hours 22:00 to 7:00") == (
            "✓ Your quiet hours are 22:00 to 07:00: what falls into them I tell you when they are"
            " over."
        )
        assert await said("add lock up at 23:00") == (
            "That is in your quiet hours (22:00 to 07:00): I remind you when they are over, at"
            " 07:00.\n\n✓ Added #1 lock up · Wed 25 Nov 23:00 (Europe/Berlin), today"
        )
        await said("add meds tomorrow at 6:00am")
        await said("add train tomorrow at 7:00am")
        said.clock.to("2026-11-25T22:00:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at")
        said.clock.to("2026-11-26T05:59:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at offset 1")
        assert await said.told("Ana") == []
        said.clock.to("2026-11-26T06:00:00+00:00")
        (told,) = await said.until_told("Ana")
        assert told.splitlines() == [
            "⏰ #1 lock up · Wed 25 Nov 23:00 (Europe/Berlin) (was due Wed 25 Nov 23:00)",
            "⏰ #2 meds · Thu 26 Nov 06:00 (Europe/Berlin) (was due 06:00)",
            "⏰ #3 train · Thu 26 Nov 07:00 (Europe/Berlin)",
        ]


async def test_what_is_done_in_quiet_hours_is_not_told_after(scene) -> None:
    async with scene() as said:
        await said("quiet hours 22:00 to 7:00")
        await said("add lock up at 23:00")
        said.clock.to("2026-11-25T22:00:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at")
        await said("done 1")
        said.clock.to("2026-11-26T06:00:00+00:00")
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert await said.told("Ana") == []


async def test_muted_until_and_unmuted(scene) -> None:
    async with scene() as said:
        assert await said("mute until tomorrow") == (
            "✓ I tell you nothing unasked until Thu 26 Nov 09:00 (Europe/Berlin); then what there"
            " was, in one."
        )
        for task in ("tea at 14:00", "gym at 16:00"):
            await said(f"add {task}")
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at offset 1")
        assert await said.told("Ana") == []
        assert await said("unmute") == "✓ I tell you things again."
        (told,) = await said.until_told("Ana")
        assert len(told.splitlines()) == 2
        await said("mute for 2 hours")
        await said("add nap at 18:30")
        said.clock.to("2026-11-25T19:00:00+00:00")
        assert "was due 18:30" in (await said.until_told("Ana", 2))[1]


async def test_quiet_hours_that_end_early_let_go_what_they_held(scene) -> None:
    async with scene() as said:
        await said("quiet hours 22:00 to 7:00")
        await said("add lock up at 23:00")
        said.clock.to("2026-11-25T22:00:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at")
        await said("quiet hours off")
        await said.until_told("Ana")


async def test_a_new_zone_loses_nothing_that_is_due(scene) -> None:
    async with scene() as said:
        await said("add milk")
        await said("remind me of 1 every day at 23:00")
        await said("quiet hours 22:00 to 7:00")
        said.clock.to("2026-11-25T22:00:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at")
        await said("I am in Paris")
        said.clock.to("2026-11-26T06:01:00+00:00")
        assert "(was due Wed 25 Nov 23:00)" in (await said.until_told("Ana"))[0]


async def test_quiet_hours_hold_when_the_clocks_change(scene) -> None:
    # In Berlin 02:00 becomes 03:00 on 28 March 2027.
    async with scene(now="2027-03-27T20:00:00+00:00") as said:
        await said("quiet hours 22:00 to 2:30")
        await said("add lock up at 23:00")
        said.clock.to("2027-03-27T22:00:00+00:00")
        await said.stage.until("select 1 from reminders where try_at > at")
        (row,) = await said.stage.rows("select try_at from reminders")
        assert row["try_at"].isoformat() == "2027-03-28T01:30:00+00:00", (
            "03:30, as there is no 02:30"
        )


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("10pm to 7am", time(22), time(7)),
        ("22:00-07:00", time(22), time(7)),
        ("from 22 to 7", time(22), time(7)),
        ("between 9pm and 6:30am", time(21), time(6, 30)),
        ("10 to 7", time(22), time(7)),
        ("midnight to 6", time(0), time(6)),
        ("12pm until 1pm", time(12), time(13)),
    ],
)
def test_quiet_hours_are_read(words: str, start: time, end: time) -> None:
    assert quiet_hours(words) == (start, end)


@pytest.mark.parametrize("words", ["", "at night", "25:00 to 7", "7 to 7am to 8", "9pm", "7am-7am"])
def test_what_are_no_quiet_hours_is_said(words: str) -> None:
    with pytest.raises(Refused, match="Say it like “10pm to 7am”"):
        quiet_hours(words)
