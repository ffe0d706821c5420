"""Where people are reached: a closed DM, a place that is gone, a platform that fails for a day, and
people who come back."""

import asyncio
import itertools

import pytest
from support.stage import BOB, THREAD
from support.talk import Said, a_talk

from bots.settings import Settings
from core.errors import PlatformFailed
from core.heard import Place

SIX = "2026-11-25T17:00:00+00:00"


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


NO_JOBS = "select 1 where not exists (select 1 from procrastinate_jobs)"


def stands(said: Said) -> list[tuple[str, str]]:
    """What stands where, in order."""
    platform = said.stage.platform
    return [(platform.places[reply].channel, text) for (reply, _), text in platform.stands.items()]


async def test_a_closed_dm_is_told_in_the_place_it_was_made_naming_that_person(scene) -> None:
    async with scene() as said:
        await said("hello")
        await said("@todd add release at 18:00", place=THREAD)
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        await said.until_told("Ana")
        assert stands(said)[-1] == (THREAD.channel, "@ana ⏰ release")


async def test_there_only_what_was_public_there_is_said(scene) -> None:
    async with scene() as said:
        await said("@todd add release at 18:00", place=THREAD)
        await said("rename 1 to how Bo is fired")
        await said("note on 1: hush")
        await said("add secret at 18:00")
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        await said.until_told("Ana")
        await said.stage.until("select 1 from reminders where state = 'unreached'")
        assert stands(said)[-1] == (THREAD.channel, "@ana ⏰ release")
        assert not any("secret" in text or "fired" in text for where, text in stands(said)
                       if where == THREAD.channel)  # fmt: skip
        (row,) = await said.stage.rows(
            "select choices from messages where mentions is not null and role = 'assistant'"
        )
        assert row["choices"] == [], "a receipt would say what it is called now"


async def test_with_no_such_place_it_is_told_when_they_are_heard_of_again(scene) -> None:
    async with scene() as said:
        for time in ("18:00", "18:30", "19:00"):
            await said(f"add task of {time} at {time}")
        said.stage.platform.closed.add("dm")
        said.clock.to("2026-11-25T19:00:00+00:00")
        await said.stage.until("select 1 from reminders where state = 'unreached' offset 2")
        await said.stage.settled()
        assert await said.told("Ana") == []
        await said.stage.until(NO_JOBS)
        said.stage.platform.closed.clear()
        await said("hello again")
        (told,) = await said.until_told("Ana")
        assert told.splitlines()[0].endswith("(was due 18:00)")
        assert len(told.splitlines()) == 3


async def test_a_press_is_a_sign_of_life_too(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'unreached'")
        said.stage.platform.closed.clear()
        await said.press("list", 0)
        await said.until_told("Ana")


async def test_a_platform_that_fails_is_tried_for_a_day_and_then_at_the_next_contact(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        said.stage.platform.fail = [PlatformFailed("away")] * 3
        said.clock.to(SIX)
        assert len(await said.until_told("Ana")) == 1, "a few failures are waited out"
        await said("add cake at 19:00")
        said.stage.platform.fail = [PlatformFailed("away")] * 1_000
        said.clock.to("2026-11-25T18:00:00+00:00")
        await said.stage.until("select 1 from messages where state = 'telling' and begun > 1")
        await said.stage.rows("update messages set created_at = now() - interval '25 hours'"
                              " where state = 'telling'")  # fmt: skip
        await said.stage.until("select 1 from reminders where state = 'unreached'")
        said.stage.platform.fail.clear()
        await said("hello")
        assert "cake" in (await said.until_told("Ana", 2))[1]


async def test_where_nobody_can_be_opened_a_dm_it_is_the_same(scene) -> None:
    """Somebody who was mentioned, never met, and cannot be written to."""
    async with scene() as said:

        async def closed(external_id: str):
            raise PlatformFailed("nobody", gone=True)

        said.stage.platform.private_place = closed
        await said("@todd assign slides to @zoe", place=THREAD)
        await said("@todd add slides for @zoe", place=THREAD)
        await said.stage.until("select 1 from reminders where state = 'told'")
        await said.stage.settled()
        assert stands(said)[-1] == (THREAD.channel, "@zoe Ana has given you slides")


async def test_a_place_that_is_gone_is_told_in_private(scene) -> None:
    async with scene() as said:
        await said("hello")
        await said("@todd remind me here at 18:00 to deploy", place=THREAD)
        said.stage.platform.closed.add(THREAD.channel)
        said.clock.to(SIX)
        await said.until_told("Ana")
        assert stands(said)[-1] == ("dm", "⏰ deploy")


async def test_a_post_of_a_place_that_is_gone_ends_with_a_word(scene) -> None:
    async with scene() as said:
        await said("hello")
        await said("@todd remind us every day at 18:00 to clean up", place=THREAD)
        said.stage.platform.closed.add(THREAD.channel)
        said.clock.to(SIX)
        assert (await said.until_told("Ana"))[-1] == (
            "I could not say this where you asked me to, so I no longer do: “clean up”."
        )
        said.clock.to("2026-11-26T17:00:00+00:00")
        await said.stage.settled()
        assert await said.stage.rows("select 1 from reminders where state = 'waiting'") == []


async def test_neither_here_nor_there_is_kept(scene) -> None:
    async with scene() as said:
        await said("@todd add release at 18:00", place=THREAD)
        said.stage.platform.closed.update({"dm", "dm-ana", THREAD.channel})
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'unreached'")
        said.stage.platform.closed.clear()
        await said("hello")
        assert "⏰ #1 release" in (await said.until_told("Ana"))[0]


async def test_a_digest_is_not_for_a_channel(scene) -> None:
    async with scene() as said:
        await said("@todd add release today", place=THREAD)
        await said("@todd digest every day at 18:00", place=THREAD)
        said.stage.platform.closed.update({"dm", "dm-ana"})
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'unreached'")
        assert all("Your Wednesday" not in text for _, text in stands(said))


async def test_somebody_elses_failure_holds_up_nobody(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        await said("add tea at 12:00", BOB)
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        assert len(await said.until_told("Bob")) == 1


async def test_each_has_its_own_time_though_the_dm_is_closed(scene) -> None:
    async with scene() as said:
        await said("hello")
        await said("@todd add one at 18:00", place=THREAD)
        await said("@todd add two at 19:00", place=THREAD)
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        await said.until_told("Ana")
        said.clock.to("2026-11-25T18:00:00+00:00")
        await said.until_told("Ana", 2)
        assert [text for _, text in stands(said)][-2:] == ["@ana ⏰ one", "@ana ⏰ two"]


async def test_a_time_of_what_comes_again_is_not_lost_with_its_message(scene) -> None:
    async with scene() as said:
        await said("add tea by today")
        await said("digest every day at 18:00")
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where state = 'unreached'")
        said.stage.platform.closed.clear()
        said.clock.to("2026-11-25T18:00:00+00:00")
        await said("hello")
        assert "(was due 18:00)" in (await said.until_told("Ana"))[0]
        said.clock.to("2026-11-26T17:00:00+00:00")
        assert "Thursday" in (await said.until_told("Ana", 2))[1], "and the next on its day"


async def test_what_was_told_in_public_once_is_private_again(scene) -> None:
    async with scene() as said:
        await said("hello")
        await said("@todd add release", place=THREAD)
        await said("@todd remind me of 1 every day at 18:00", place=THREAD)
        said.stage.platform.closed.add("dm")
        said.clock.to(SIX)
        await said.until_told("Ana")
        assert stands(said)[-1] == (THREAD.channel, "@ana ⏰ release")
        said.stage.platform.closed.clear()
        said.clock.to("2026-11-26T17:00:00+00:00")
        await said.until_told("Ana", 2)
        assert stands(said)[-1] == ("dm", "⏰ #1 release")


async def test_from_another_thread_of_the_channel(scene) -> None:
    async with scene() as said:
        await said("@todd add release", place=THREAD)
        other = Place("fake", THREAD.channel, "t2")
        await said("@todd remind me here of 1 at 18:00", place=other)
        said.clock.to(SIX)
        await said.until_told("Ana")
        assert stands(said)[-1] == (THREAD.channel, "@ana ⏰ release")


async def test_a_slow_failure_undoes_nothing_that_was_told_meanwhile(scene) -> None:
    async with scene() as said:
        await said("@todd add release at 18:00", place=THREAD)
        slow, asked = asyncio.Event(), itertools.count()

        async def opened(external_id: str) -> Place:
            if next(asked) == 0:
                await slow.wait()
                raise PlatformFailed("nobody", gone=True)
            return Place("fake", "dm-ana", private=True)

        said.stage.platform.private_place = opened
        said.clock.to(SIX)
        await said.until_told("Ana")
        slow.set()
        await said.stage.until(NO_JOBS)
        await said.stage.settled()
        assert len(await said.told("Ana")) == 1


async def test_what_another_process_has_said_is_not_said_again(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        worker = said.stage.todd.worker
        posts = said.stage.platform.posts
        deliver = worker._delivery.deliver

        async def overtaken(reminder_id: int):
            told = await deliver(reminder_id)
            if told:
                await worker.tell(told.message.id)  # as the sweep of another process would have
            return told

        worker._delivery.deliver = overtaken
        said.clock.to(SIX)
        await said.until_told("Ana")
        await said.stage.until(NO_JOBS)
        assert said.stage.platform.posts == posts + 1
