"""Asking before what is large (rule 4): of whom, for exactly what, once, in time."""

import asyncio
import json

import pytest
from support.stage import ANA, BOB, THREAD, call
from support.stage import say as words
from support.talk import a_talk

from bots.settings import Settings
from core.heard import Place
from core.models.scripted import ScriptedModel
from core.tools import registry
from core.tools.confirming import ALREADY, CHANGED, LEFT, NOT_YOURS, TOO_LATE

FIVE = "add milk, eggs, bread, tea and rice"
ASKED = "This deletes 5 tasks: #1 milk, #2 eggs, #3 bread, #4 tea, #5 rice. Shall I?"


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def test_more_than_three_are_asked_about_and_done_after_a_yes(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        assert await said("delete 1-5") == ASKED
        assert len(await said.tasks()) == 5
        reply = await said("yes")
        assert reply.count("✓ Deleted") == 5
        assert await said.tasks() == []
        assert (await said("undo")).count("is back") == 5


async def test_three_are_deleted_at_once(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        assert (await said("delete 1, 2 and 3")).count("✓ Deleted") == 3


@pytest.mark.parametrize("no", ["no", "nope", "No, leave it.", "stop"])
async def test_a_no_leaves_everything(scene, no: str) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        assert await said(no) == LEFT
        assert (
            await said("yes")
            == "There is nothing waiting for a yes. Tell me what to do, or say “help”."
        )
        assert len(await said.tasks()) == 5


async def test_a_yes_counts_only_right_after_the_question(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        await said("list")
        await said("yes")
        assert len(await said.tasks()) == 5


async def test_nobody_elses_yes_or_press_counts(scene) -> None:
    async with scene() as said:
        await said("@todd " + FIVE, place=THREAD)
        await said("@todd delete everything", place=THREAD)
        about = dict(await said.offered())["confirm"]
        await said("@todd yes", BOB, THREAD)
        assert NOT_YOURS in await said.press("confirm", about, BOB, place=THREAD)
        assert NOT_YOURS in await said.press("leave", about, BOB, place=THREAD)
        assert len(await said.tasks()) == 5
        # And not in another place, by the person themselves.
        assert NOT_YOURS in await said.press("confirm", about, ANA)
        assert (await said.press("confirm", about, place=THREAD)).count("✓ Deleted") == 5


async def test_it_is_used_once_however_it_is_answered(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        about = dict(await said.offered())["confirm"]
        await asyncio.gather(*(said.press("confirm", about) for _ in range(3)))
        rows = await said.stage.rows("select 1 from task_changes where action = 'deleted'")
        assert len(rows) == 5
        assert await said.press("confirm", about) == f"I could not do this: {ALREADY}"
        await said("undo")
        assert await said.press("leave", about) == ALREADY


async def test_after_fifteen_minutes_it_is_over(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        said.clock.to("2026-11-25T09:15:00+00:00")
        assert TOO_LATE in await said("yes")
        assert len(await said.tasks()) == 5


@pytest.mark.parametrize("meanwhile", ["rename 2 to oat milk", "done 3", "delete 4"])
async def test_a_changed_list_voids_it(scene, meanwhile: str) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        about = dict(await said.offered())["confirm"]
        await said(meanwhile)
        before = await said.tasks()
        assert CHANGED in await said.press("confirm", about)
        assert ALREADY in await said.press("confirm", about), "void from then on"
        assert await said.tasks() == before


async def test_what_was_added_since_is_not_deleted(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        about = dict(await said.offered())["confirm"]
        await said("add salt")
        await said.press("confirm", about)
        assert await said.tasks() == ["salt"]


async def test_it_survives_a_restart(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        await said.stage.stop()
        said.stage.start()
        assert (await said("yes")).count("✓ Deleted") == 5


async def test_all_calls_of_a_turn_are_counted_together(scene) -> None:
    deletes = [call("delete_tasks", json.dumps({"tasks": [f"#{n}"]})) for n in range(1, 6)]
    model = ScriptedModel(
        [call("add_tasks", json.dumps({"tasks": [{"title": f"T{n}"} for n in range(5)]}))],
        words("Ok."), deletes, words("There."),
    )  # fmt: skip
    async with scene(model) as said:
        await said("go")
        reply = await said("clean up")
        assert reply.startswith(
            "There.\n\nThis deletes 1 task: #4 T3; it also deletes 1 task: #5 T4. Shall I?"
        )
        assert reply.count("✓ Deleted") == 3
        assert (await said("ja")).count("✓ Deleted") == 2
        model.assert_done()


async def test_giving_many_away_is_asked_about(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        reply = await said("assign 1, 2, 3 and 4 to @bob")
        assert reply == ("This gives away 4 tasks: #1 milk, #2 eggs, #3 bread, #4 tea. Shall I?")
        reply = await said("yes")
        assert reply.count("✓ Gave") == 4
        assert (await said("undo")).count("given back") == 4


async def test_parts_count(scene) -> None:
    async with scene() as said:
        await said("add party")
        for part in ("cake", "candles", "music"):
            await said(f"add subtask {part} to party")
        assert "This deletes 4 tasks" in await said("delete party")


async def test_a_model_cannot_confirm_by_itself(scene) -> None:
    model = ScriptedModel(
        [call("add_tasks", json.dumps({"tasks": [{"title": f"T{n}"} for n in range(5)]}))],
        words("Ok."),
        [call("delete_tasks", '{"tasks": ["everything"]}')],
        [call("confirm", '{"confirmation": 1}'), call("undo_message", '{"message": 2}')],
        words("There."),
    )  # fmt: skip
    async with scene(model) as said:
        await said("go")
        await said("clean up")
        assert len(await said.tasks()) == 5
        results = [line.text for line in model.prompts[-1].lines if line.role == "tool"]
        assert any("There is no tool 'confirm'" in result for result in results)


def test_no_model_is_offered_what_is_codes_own() -> None:
    offered = {spec.name for spec in registry.toolbox().specs}
    assert offered.isdisjoint({entry.name for entry in registry.CODES_OWN})


async def test_the_question_names_at_most_ten_and_how_many_more(scene) -> None:
    async with scene() as said:
        for at in range(0, 15, 5):
            await said("add " + ", ".join(f"thing{n}" for n in range(at, at + 5)))
        assert "#10 thing9 and 5 more. Shall I?" in await said("delete everything")


async def test_a_private_question_is_not_answered_elsewhere(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        await said("yes", place=Place("fake", "dm-other", private=True))
        assert len(await said.tasks()) == 5


async def test_a_yes_gives_away_exactly_what_was_asked_about(scene) -> None:
    async with scene() as said:
        await said("add milk, eggs, bread and tea")
        assert "gives away 4 tasks" in await said("assign everything to @bob")
        about = dict(await said.offered())["confirm"]
        await said("add secret")
        assert "secret" not in await said.press("confirm", about)


async def test_a_part_that_was_added_since_is_not_deleted(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        await said("delete everything")
        about = dict(await said.offered())["confirm"]
        await said("add subtask cake to 1")
        await said.press("confirm", about)
        assert await said.tasks() == ["cake"]


async def test_what_todd_tells_in_between_does_not_take_the_question_away(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said(FIVE)
        await said("delete everything")
        await said("done 1", BOB)
        await said.until_told("Ana")
        # What was asked about has changed by that: it says so, rather than not knowing of it.
        assert CHANGED in await said("yes")


async def test_what_could_not_be_found_is_told_beside_the_question(scene) -> None:
    async with scene() as said:
        await said(FIVE)
        reply = await said("delete 1, 2, 3, 4 and 99")
        assert "There is no task #99." in reply
        assert reply.endswith("Shall I?")
