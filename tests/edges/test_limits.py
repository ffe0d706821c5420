"""Each named limit, just inside and just outside, through the real worker and a model's calls."""

import json
from typing import Any

import pytest
from support.stage import BOB, THREAD, call
from support.stage import say as words
from support.talk import Said, a_talk

from bots.settings import Settings
from core.heard import Place
from core.models.scripted import ScriptedModel
from core.reminders.times import LONGEST_LEAD
from core.tasks.fields import LABEL_LIMIT, LABELS_LIMIT
from core.tasks.naming import BATCH_LIMIT
from core.tools.confirming import AT_ONCE
from core.tools.find_tasks import PAGE
from core.tools.perform import CALLS
from core.tools.remind import TO_ONE, WORDS_LIMIT
from core.tools.undo_changes import UNDO_LIMIT
from core.turn import prompt
from core.turn.afterwords import CHOICES
from core.turn.turn import STEPS, TOO_LONG
from core.understanding.english import UNSURE, lines
from core.understanding.english.grammar import BATCH
from core.understanding.english.lines import LONGEST
from db.models import DESCRIPTION_LIMIT, TITLE_LIMIT
from db.turns import RUN_LENGTH, RUN_LIMIT

# A constant that is changed is a promise that is changed: pages and people know these.
PROMISED = {
    "AT_ONCE": (AT_ONCE, 3), "STEPS": (STEPS, 10), "CALLS": (CALLS, 20), "PAGE": (PAGE, 25),
    "BATCH_LIMIT": (BATCH_LIMIT, 50), "TITLE_LIMIT": (TITLE_LIMIT, 200),
    "DESCRIPTION_LIMIT": (DESCRIPTION_LIMIT, 2_000), "LABEL_LIMIT": (LABEL_LIMIT, 40),
    "LABELS_LIMIT": (LABELS_LIMIT, 10), "UNDO_LIMIT": (UNDO_LIMIT, 20),
    "WORDS_LIMIT": (WORDS_LIMIT, 500), "TO_ONE": (TO_ONE, 20), "RUN_LIMIT": (RUN_LIMIT, 20),
    "RUN_LENGTH": (RUN_LENGTH, 30_000), "LONGEST_LEAD": (LONGEST_LEAD, 43_200),
    "CHOICES": (CHOICES, 4), "LONGEST": (LONGEST, 500), "BATCH": (BATCH, 50),
    "WINDOW_TOKENS": (prompt.WINDOW_TOKENS, 6_000), "WINDOW_MESSAGES": (prompt.WINDOW_MESSAGES, 60),
    "MESSAGE_TOKENS": (prompt.MESSAGE_TOKENS, 1_500),
}  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_a_limit_is_what_pages_and_people_know(name: str) -> None:
    is_so, promised = PROMISED[name]
    assert is_so == promised


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def calls(
    said: Said, *asked: tuple[str, dict[str, Any]], **more: Any
) -> list[dict[str, Any]]:
    """What a model's calls in one step led to, as the journal has them."""
    step = [call(name, json.dumps(arguments)) for name, arguments in asked]
    said.model.answers_from_now = ScriptedModel(step, words("Ok."))
    await said("go", **more)
    (row,) = await said.stage.rows(
        "select tool_calls from messages where role = 'assistant' and tool_calls is not null"
        " order by id desc limit 1"
    )
    return json.loads(row["tool_calls"])


async def one(said: Said, name: str, **arguments: Any) -> dict[str, Any]:
    return (await calls(said, (name, arguments)))[0]


def task(**more: Any) -> dict[str, Any]:
    return {"title": "milk", **more}


LABEL = "l" * LABEL_LIMIT


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (task(title="t" * TITLE_LIMIT), task(title="t" * (TITLE_LIMIT + 1))),
        (
            task(description="d" * DESCRIPTION_LIMIT),
            task(description="d" * (DESCRIPTION_LIMIT + 1)),
        ),
        (task(labels=[LABEL]), task(labels=[LABEL + "l"])),
        (
            task(labels=[f"l{n}" for n in range(LABELS_LIMIT)]),
            task(labels=[f"l{n}" for n in range(LABELS_LIMIT + 1)]),
        ),
        (task(due="tomorrow" + " " * 92), task(due="tomorrow" + " " * 93)),
    ],
    ids=["title", "description", "label", "labels", "due"],
)
async def test_of_a_new_task(scene, inside: dict[str, Any], outside: dict[str, Any]) -> None:
    async with scene() as said:
        assert (await one(said, "add_tasks", tasks=[inside]))["outcome"] == "done"
        assert (await one(said, "add_tasks", tasks=[outside]))["outcome"] in ("failed", "refused")
        assert len(await said.tasks()) == 1


async def test_of_many_in_one_call(scene) -> None:
    async with scene() as said:
        many = [task(title=f"t{n}") for n in range(BATCH_LIMIT)]
        assert (await one(said, "add_tasks", tasks=many))["outcome"] == "done"
        assert len(await said.tasks()) == BATCH_LIMIT
        assert (await one(said, "add_tasks", tasks=[*many, task()]))["outcome"] == "refused"
        assert len(await said.tasks()) == BATCH_LIMIT
        # Fifty that words name, and one more.
        assert (await one(said, "complete_tasks", tasks=["everything"]))["outcome"] == "done"
        await one(said, "reopen_tasks", tasks=["everything"])
        await one(said, "add_tasks", tasks=[task()])
        assert (await one(said, "complete_tasks", tasks=["everything"]))["outcome"] == "failed"


async def test_of_a_page(scene) -> None:
    async with scene() as said:
        await one(said, "add_tasks", tasks=[task(title=f"t{n}") for n in range(PAGE)])
        assert "page" not in (await one(said, "find_tasks"))["result"]
        await one(said, "add_tasks", tasks=[task()])
        first = (await one(said, "find_tasks"))["result"]
        assert first.startswith("26 open tasks, page 1 of 2:")
        assert first.count("\n- ") == PAGE
        assert (await one(said, "find_tasks", page=2))["result"].count("\n- ") == 1
        assert "There is no page 3" in (await one(said, "find_tasks", page=3))["result"]


async def test_of_calls_in_a_step(scene) -> None:
    async with scene() as said:
        step = [("add_tasks", {"tasks": [task(title=f"t{n}")]}) for n in range(CALLS + 1)]
        journal = await calls(said, *step)
        assert [each["outcome"] for each in journal] == ["done"] * CALLS + ["refused"]
        assert len(await said.tasks()) == CALLS


async def test_of_steps_in_a_turn(scene) -> None:
    look = [call("find_tasks", "{}")]
    async with scene(ScriptedModel(*[look] * (STEPS - 1), words("At last."))) as said:
        assert await said("go") == "At last."
    model = ScriptedModel(*[look] * STEPS)
    async with scene(model) as said:
        assert TOO_LONG in await said("go on")
        model.assert_done()


async def test_of_what_is_pressed_beside_a_reply(scene) -> None:
    async with scene() as said:
        await one(said, "add_tasks", tasks=[task(title=f"t{n}") for n in range(CHOICES)])
        assert [action for action, _ in await said.offered()] == ["done"] * CHOICES + ["undo"]
        await one(said, "add_tasks", tasks=[task(title=f"u{n}") for n in range(CHOICES + 1)])
        assert [action for action, _ in await said.offered()] == ["done"] * CHOICES + ["undo"]


async def test_of_undo(scene) -> None:
    async with scene() as said:
        for number in range(UNDO_LIMIT + 1):
            await one(said, "add_tasks", tasks=[task(title=f"t{number}")])
        assert (await one(said, "undo_changes", steps=UNDO_LIMIT + 1))["outcome"] == "refused"
        assert (await one(said, "undo_changes", steps=UNDO_LIMIT))["outcome"] == "done"
        assert await said.tasks() == ["t0"]


async def test_of_words_to_be_said_and_how_long_before(scene) -> None:
    async with scene() as said:
        long = {"what": "w" * WORDS_LIMIT, "when": "tomorrow 9am"}
        assert (await one(said, "remind", **long))["outcome"] == "done"
        too = {"what": "w" * (WORDS_LIMIT + 1), "when": "tomorrow 9am"}
        assert (await one(said, "remind", **too))["outcome"] == "refused"
        await one(said, "add_tasks", tasks=[task(due="2027-03-01 09:00")])
        days = LONGEST_LEAD // 1_440
        assert (await one(said, "remind", what="#1", before=f"{days} days"))["outcome"] == "done"
        too_long = await one(said, "remind", what="#1", before=f"{days} days 1 minute")
        assert too_long["outcome"] == "failed"
        assert (await one(said, "remind", what="#1", before="1 minute"))["outcome"] == "done"


async def test_of_reminders_from_one_to_another(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        for number in range(TO_ONE + 1):
            reply = await said(f"remind @bob to eat {number} tomorrow at 9")
            assert ("is as many as I keep" in reply) == (number == TO_ONE)


async def test_of_a_line(scene) -> None:
    async with scene() as said:
        inside = "x" * (LONGEST - len("add ") - 1)
        assert await said(f"add {inside}y") != lines.TOO_LONG
        assert await said(f"add {inside}yz") == lines.TOO_LONG


async def test_of_a_run(scene) -> None:
    """Twenty messages of one person are one turn; the next is another's."""
    async with scene(working=False) as said:
        said.model.answers_from_now = model = ScriptedModel(words("One."), words("Two."))
        for number in range(RUN_LIMIT + 1):
            await said.stage.hear(f"message {number}")
        said.stage.start()
        await said.stage.settled()
        assert [len(prompt.heard) for prompt in model.prompts] == [RUN_LIMIT, 1]


async def test_of_a_runs_length(scene) -> None:
    half = "x" * (RUN_LENGTH // 2)
    async with scene(working=False) as said:
        said.model.answers_from_now = model = ScriptedModel(words("One."), words("Two."))
        for text in (half, half, "y"):
            await said.stage.hear(text)
        said.stage.start()
        await said.stage.settled()
        assert [len(prompt.heard) for prompt in model.prompts] == [2, 1]


# ── asking first (rule 4) ────────────────────────────────────────────────────────────────────


async def fill(said: Said, count: int) -> None:
    await said("hello", BOB)
    await one(said, "add_tasks", tasks=[task(title=f"t{n}") for n in range(count)])


def give(*numbers: int) -> tuple[str, dict[str, Any]]:
    return "update_tasks", {"changes": [{"task": f"#{n}", "assignee": "@bob"} for n in numbers]}


def delete(*numbers: int) -> tuple[str, dict[str, Any]]:
    return "delete_tasks", {"tasks": [f"#{n}" for n in numbers]}


@pytest.mark.parametrize("act", [give, delete])
async def test_in_one_call(scene, act) -> None:
    async with scene() as said:
        await fill(said, 2 * AT_ONCE + 1)
        inside = await asked_of_bob(said, act(*range(1, AT_ONCE + 1)))
        assert inside == ["done"]
        outside = await asked_of_bob(said, act(*range(AT_ONCE + 1, 2 * AT_ONCE + 2)))
        assert outside == ["asked"]


@pytest.mark.parametrize("second", [give, delete])
@pytest.mark.parametrize("first", [give, delete])
async def test_over_the_calls_of_a_turn(scene, first, second) -> None:
    """Two and one are three, two and two are one too many, whichever of both they are."""
    async with scene() as said:
        await fill(said, 8)
        assert await asked_of_bob(said, first(1, 2), second(3)) == ["done", "done"]
        assert await asked_of_bob(said, first(4, 5), second(6, 7)) == ["done", "asked"]


async def test_other_changes_do_not_count(scene) -> None:
    async with scene() as said:
        await fill(said, 6)
        complete = ("complete_tasks", {"tasks": ["#1", "#2", "#3"]})
        assert await asked_of_bob(said, complete, delete(4, 5, 6)) == ["done", "done"]


async def test_parts_count_with_what_is_given(scene) -> None:
    async with scene() as said:
        await fill(said, 1)
        parts = [task(title=f"p{n}", part_of="#1") for n in range(AT_ONCE)]
        await one(said, "add_tasks", tasks=parts)
        assert await asked_of_bob(said, give(1)) == ["asked"]


async def test_what_is_named_twice_counts_once(scene) -> None:
    async with scene() as said:
        await fill(said, AT_ONCE)
        assert await asked_of_bob(said, delete(1, 2, 3, 1)) != ["asked"]
        assert await said.tasks() == []


async def test_clearing_a_list_of_two_is_asked_about(scene) -> None:
    async with scene() as said:
        await fill(said, 2)
        assert (await one(said, "delete_tasks", tasks=["everything"]))["outcome"] == "asked"
        await said("no")
        await one(said, "delete_tasks", tasks=["#1"])
        assert (await one(said, "delete_tasks", tasks=["everything"]))["outcome"] == "done"


async def asked_of_bob(said: Said, *asked: tuple[str, dict[str, Any]]) -> list[str]:
    """The outcomes of calls in a message that mentions Bob."""
    step = [call(name, json.dumps(arguments)) for name, arguments in asked]
    said.model.answers_from_now = ScriptedModel(step, words("Ok."))
    await said("for @bob")
    (row,) = await said.stage.rows(
        "select tool_calls from messages where role = 'assistant' and tool_calls is not null"
        " order by id desc limit 1"
    )
    return [each["outcome"] for each in json.loads(row["tool_calls"])]


# ── what a model sees ────────────────────────────────────────────────────────────────────────


async def test_of_an_earlier_message(scene) -> None:
    limit = int(prompt.MESSAGE_TOKENS * prompt.BYTES_PER_TOKEN)
    async with scene() as said:
        said.model.answers_from_now = ScriptedModel(*[words("Ok.")] * 2)
        await said("x" * limit)
        await said("y" * (limit + 1))
        said.model.answers_from_now = model = ScriptedModel(words("Ok."))
        await said("go")
        seen = [line.text for line in model.prompts[0].lines]
        assert "x" * limit in seen
        assert any("[… 1 characters left out …]" in text for text in seen)


async def test_unsure_changes_nothing_in_front_of_others(scene) -> None:
    async with scene() as said:
        assert await said("@todd frobnicate the gizmo", place=THREAD) == UNSURE
        here = Place("fake", "general", private=False)
        assert await said("@todd list", place=here) == "No open tasks."
