"""The digest of a day, the look back on a week, the open tasks of a channel."""

import asyncio

import pytest
from support.stage import BOB, THREAD
from support.talk import a_talk

from bots.settings import Settings
from core.heard import Place
from core.reminders import digest


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def test_the_day_at_the_hour_that_was_asked_for(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add pay rent by today")
        await said("add dentist tomorrow at 15:00")
        await said("add party in 3 days")
        await said("add slides for @ana", BOB)
        await said("add milk")
        await said("done milk")
        assert await said("send me a digest every morning at 8") == (
            "✓ I send you a digest of your day every day at 08:00, first Thu 26 Nov 08:00"
            " (Europe/Berlin)."
        )
        before = len(await said.told("Ana"))
        said.clock.to("2026-11-26T07:00:00+00:00")
        told = (await said.until_told("Ana", before + 1))[-1]
        assert told == (
            "**Your Thursday, 26 November**\n\n"
            "**Overdue**\n- #1 pay rent · Wed 25 Nov · overdue\n\n"
            "**Due today**\n- #2 dentist · Thu 26 Nov 15:00 (Europe/Berlin)\n\n"
            "**Given to you**\n- #4 slides · from Bob\n\n"
            "**Done yesterday**\n- #5 milk · done"
        )
        actions = [action for action, _ in await said.offered()]
        assert actions == ["done", "done", "done", "list"]
        assert "✓ Done #1 pay rent" in await said.press(*(await said.offered())[0])


async def test_each_day_once_and_nothing_when_there_is_nothing(scene) -> None:
    async with scene() as said:
        await said("digest every weekday at 8")
        for day in ("26", "27"):
            said.clock.to(f"2026-11-{day}T07:00:00+00:00")
            await said.stage.until(
                "select 1 from reminders where recurs_on::date > %s::date", f"2026-11-{day}"
            )
        assert await said.told("Ana") == []
        await said("add milk by monday")
        said.clock.to("2026-11-29T12:00:00+00:00")
        await said.stage.settled()
        assert await said.told("Ana") == [], "a sunday is no weekday"
        said.clock.to("2026-11-30T07:00:00+00:00")
        assert len(await said.until_told("Ana")) == 1


async def test_late_it_says_so_and_days_that_were_missed_are_one(scene) -> None:
    async with scene() as said:
        await said("add milk by today")
        await said("digest every day at 8")
        await said.stage.stop()
        said.clock.to("2026-11-28T13:00:00+00:00")
        said.stage.start()
        (told,) = await said.until_told("Ana")
        assert told.startswith("**Your Saturday, 28 November** (was due Thu 26 Nov 08:00)")
        said.clock.to("2026-11-29T07:00:00+00:00")
        assert (await said.until_told("Ana", 2))[1].startswith("**Your Sunday, 29 November**\n")


async def test_changed_and_ended(scene) -> None:
    async with scene() as said:
        await said("add milk by today")
        await said("digest every day at 8")
        await said("digest at 9:30")
        assert (
            await said.stage.rows("select 1 from reminders where state = 'waiting' offset 1") == []
        )
        assert await said("digest off") == "✓ I no longer send you a digest of your day."
        said.clock.to("2026-11-26T12:00:00+00:00")
        await said.stage.settled()
        assert await said.told("Ana") == []


async def test_ended_while_it_is_told_it_is_ended(scene, monkeypatch) -> None:
    async with scene() as said:
        await said("add tea by today")
        await said("digest every day at 18:00")
        go, begun = asyncio.Event(), asyncio.Event()
        today = digest.today

        async def slow(work):
            begun.set()
            await go.wait()
            return await today(work)

        monkeypatch.setattr(digest, "today", slow)
        said.clock.to("2026-11-25T17:00:00+00:00")
        await begun.wait()
        ending = asyncio.create_task(said("digest off"))
        await asyncio.sleep(0.3)  # it waits for what is being told; should it not, that is fine too
        go.set()
        await ending
        await said.stage.settled()
        assert await said.stage.rows("select 1 from reminders where state = 'waiting'") == []


async def test_on_the_clock_of_where_the_person_is_by_now(scene) -> None:
    async with scene() as said:
        await said("add milk by today")
        await said("digest every day at 8")
        await said("I am in New York")
        said.clock.to("2026-11-26T08:00:00+00:00")
        await said.stage.settled()
        assert await said.told("Ana") == []
        said.clock.to("2026-11-26T13:00:00+00:00")
        assert len(await said.until_told("Ana")) == 1


async def test_who_has_no_zone_is_told_which_clock_counts(scene) -> None:
    async with scene() as said:
        from core.heard import Person

        reply = await said("digest every day at 8", Person("yan", name="Yan"))
        assert reply.endswith("I do not know your time zone: say it like “I am in Lisbon”.")


async def test_the_week_behind_and_ahead(scene) -> None:
    async with scene() as said:
        assert "every friday at 17:00" in await said("weekly look back")
        said.clock.to("2026-11-27T16:00:00+00:00")
        await said.stage.until("select 1 from reminders where recurs_on > '2026-11-28'")
        assert await said.told("Ana") == [], "nothing was done, nothing is late"
        await said("add milk")
        await said("add rent by today")
        await said("add gym by wednesday")
        await said("done milk")
        said.clock.to("2026-12-04T16:00:00+00:00")
        (told,) = await said.until_told("Ana")
        assert told == (
            "**Your week**\n\n**Done**\n- #1 milk · done\n\n"
            "**Overdue**\n- #2 rent · Fri 27 Nov · overdue\n- #3 gym · Wed 2 Dec · overdue"
        )


async def test_a_channels_open_tasks_are_those_that_were_made_there(scene) -> None:
    async with scene() as said:
        other = Place("fake", "general", "t2")
        await said("add secret")
        await said("@todd add ship it by friday", place=THREAD)
        await said("@todd add test it", BOB, other)
        await said("@todd add done thing", BOB, other)
        await said("@todd done 3", BOB, other)
        assert await said("@todd every monday at 9 post our open tasks here", place=THREAD) == (
            "✓ I post the open tasks of this channel every monday at 09:00, first Mon 30 Nov 09:00"
            " (Europe/Berlin)."
        )
        said.clock.to("2026-11-30T08:00:00+00:00")
        assert await said.until_told("Ana") == [
            "**2 open tasks here**\n\n- #1 ship it · Fri 27 Nov · overdue · Ana\n- #2 test it · Bob"
        ]
        platform = said.stage.platform
        assert list(platform.places.values())[-1] == Place("fake", "general"), "for all to see"
        reply = await said("@todd stop posting our tasks here", BOB, other)
        assert reply == "✓ I no longer post the open tasks here."
        said.clock.to("2026-12-07T08:00:00+00:00")
        await said.stage.settled()
        assert len(await said.told("Ana")) == 1


async def test_what_cannot_be_says_why(scene) -> None:
    async with scene() as said:
        assert await said("every monday at 9 post our open tasks here") == (
            "I could not do this: I post open tasks in channels, for all who are there; say it in"
            " one."
        )
        assert "how often" in await said("digest every blue moon")
