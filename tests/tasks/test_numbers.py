"""A number means the same to all who read it: one's own in private, the channel's before others."""

import asyncio

import pytest
from support.stage import BOB, THREAD, heard
from support.talk import a_talk

from bots.bootstrap import build
from bots.settings import Settings
from core.heard import Person, Place
from core.understanding.english import Grammar

BESIDE = Place("fake", "general", thread="t2")
ELSEWHERE = Place("fake", "random", thread="t3")


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def test_two_people_in_one_thread_have_one_numbering(scene) -> None:
    async with scene() as said:
        await said("add own one")
        await said("add own two")
        assert await said("@todd add slides", place=THREAD) == "✓ Added #1 slides"
        assert await said("@todd add venue", BOB, THREAD) == "✓ Added #2 venue"
        assert await said("@todd add flowers", place=THREAD) == "✓ Added #3 flowers"
        assert "#3 flowers" in await said("@todd list", place=THREAD)
        assert "#2 venue" in await said("@todd list", BOB, THREAD)


async def test_a_number_means_what_stands_where_it_is_typed(scene) -> None:
    async with scene() as said:
        await said("add own one")
        await said("add own two")
        await said("@todd add slides", place=THREAD)
        await said("@todd add venue", BOB, THREAD)
        assert await said("@todd done 2", place=THREAD) == (
            "I could not do this: There is no task #2 here."
        )
        assert await said("@todd done 1", place=THREAD) == "✓ Done #1 slides"
        assert await said("done 1") == "✓ Done #1 own one"
        assert "#3 slides" in await said("show 3")  # their own, in private
        assert await said.tasks() == ["✓ own one", "own two", "✓ slides", "venue"]


async def test_one_numbering_a_channel_over_all_of_its_threads(scene) -> None:
    async with scene() as said:
        await said("@todd add slides", place=THREAD)
        assert await said("@todd add venue", place=BESIDE) == "✓ Added #2 venue"
        assert await said("@todd add other", place=ELSEWHERE) == "✓ Added #1 other"
        assert await said("@todd done 1", place=BESIDE) == "✓ Done #1 slides"


async def test_owner_and_assignee_read_the_same_number_there_and_their_own_in_private(
    scene,
) -> None:
    async with scene() as said:
        await said("add own", BOB)
        assert "#1 slides" in await said("@todd add slides for @bob", place=THREAD)
        assert "#1 slides" in await said("@todd list", BOB, THREAD)
        assert "#2 slides" in await said("list", BOB)
        assert await said("@todd done 1", BOB, THREAD) == "✓ Done #1 slides"


async def test_what_comes_again_goes_on_in_the_channel_wherever_it_was_done(scene) -> None:
    async with scene() as said:
        await said("@todd add rent every month on the 1st", place=THREAD)
        await said("@todd add other", BOB, THREAD)
        await said("done 1")
        assert "#3 rent" in await said("@todd list", place=THREAD)


async def test_a_press_means_its_task_whatever_its_number(scene) -> None:
    async with scene() as said:
        await said("add own one")
        await said("@todd add slides", place=THREAD)
        (slides,) = await said.stage.rows("select id from tasks where title = 'slides'")
        await said.press("done", slides["id"], place=THREAD)
        assert await said.tasks() == ["own one", "✓ slides"]
        assert await said.press("done", slides["id"], BOB, place=THREAD) == (
            "I could not do this: That task is not on your list."
        )


async def test_undo_and_history_say_the_number_of_their_place(scene) -> None:
    async with scene() as said:
        await said("add own one")
        await said("@todd add slides", place=THREAD)
        await said("@todd done 1", place=THREAD)
        assert "#1 slides" in await said("@todd undo", place=THREAD)
        assert "#1 slides" in await said("@todd show 1", place=THREAD)


async def test_a_number_is_never_given_again(scene) -> None:
    async with scene() as said:
        await said("@todd add slides", place=THREAD)
        await said("@todd delete 1", place=THREAD)
        assert await said("@todd add venue", place=THREAD) == "✓ Added #2 venue"


async def test_many_who_add_at_once_by_two_workers_have_a_number_each(
    url: str, settings: Settings
) -> None:
    people = [Person(f"p{number}", name=f"P{number}") for number in range(12)]
    async with (
        a_talk(url, settings) as said,
        build(settings, url, platforms=[said.stage.platform], model=Grammar()) as other,
    ):
        working = asyncio.create_task(other.worker.run())
        try:
            places = [Place("fake", "general", thread=f"t{at}") for at in range(12)]
            await asyncio.gather(*(
                said.stage.todd.inbox.keep(
                    heard("@todd add one, two and three", place=place, person=who, addressed=True)
                )
                for who, place in zip(people, places, strict=True)
            ))  # fmt: skip
            await said.stage.settled()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        rows = await said.stage.rows("select number from channel_numbers order by number")
        assert [row["number"] for row in rows] == list(range(1, 37))
