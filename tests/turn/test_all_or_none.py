"""All of a message or none of it, where code reads the message; a model's calls stand each for
itself (rule 15)."""

import pytest
from support.stage import call
from support.stage import say as words
from support.talk import a_talk

from bots.settings import Settings
from core.models.scripted import ScriptedModel
from core.turn.afterwords import ALL_OR_NONE


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


@pytest.mark.parametrize(
    "line",
    [
        "done 1, 2 and 99",
        "delete 1 and 99",
        "move 1 and 99 to friday",
        "done 1\nadd eggs\ndelete 99",
        "add eggs\ndone 99",
        "assign 1 and 99 to @bob",
    ],
)
async def test_what_cannot_be_takes_the_rest_along(scene, line: str) -> None:
    async with scene() as said:
        await said("add milk, bread and tea")
        reply = await said(line)
        assert await said.tasks() == ["milk", "bread", "tea"]
        assert "There is no task #99." in reply
        assert reply.endswith(ALL_OR_NONE)
        assert "✓" not in reply
        assert not await said.stage.rows("select 1 from tasks where assignee_id is not null")
        # Nothing is left of it to undo, or to be told.
        await said("undo")
        assert await said.tasks() == []


async def test_what_cannot_be_alone_says_only_why(scene) -> None:
    async with scene() as said:
        await said("add milk")
        assert await said("done 99") == "I could not do this: There is no task #99."


async def test_what_is_done_already_is_no_failure(scene) -> None:
    async with scene() as said:
        await said("add milk and tea")
        await said("done 1")
        assert "✓ Done #2 tea" in await said("done 1 and 2")
        assert await said.tasks() == ["✓ milk", "✓ tea"]


async def test_a_models_calls_stand_each_for_itself(scene) -> None:
    model = ScriptedModel(
        [call("complete_tasks", '{"tasks": ["#1", "#99"]}')], words("There.")
    )  # fmt: skip
    async with scene() as said:
        await said("add milk")
        said.model.answers_from_now = model
        reply = await said("both, please")
        assert "There is no task #99." in reply
        assert "✓ Done #1 milk" in reply
        assert ALL_OR_NONE not in reply
