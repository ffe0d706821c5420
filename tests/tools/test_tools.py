"""The tools: batches with per-item outcomes, short prose, and what they refuse, kindly."""

import json
from datetime import UTC, datetime

import pytest
from support.stage import BOB, DM, THREAD, add, call, on_stage, say

from bots.settings import Settings
from core.heard import channel_named
from core.models.scripted import ScriptedModel
from core.tools import registry
from core.turn.prompt import tokens
from core.understanding.english import Grammar


async def used(stage, model: ScriptedModel, name: str, arguments: dict, **more) -> str:
    """What a tool answers when the model calls it in a turn of its own."""
    model._steps += [[call(name, json.dumps(arguments))], [*say("Ok.")]]
    await stage.answered("go", **more)
    return next(line.text for line in reversed(model.prompts[-1].lines) if line.role == "tool")


def test_the_definitions_fit_their_budget() -> None:
    specs = registry.toolbox().specs
    wire = json.dumps(
        [{"name": s.name, "description": s.description, "parameters": s.parameters} for s in specs]
    )
    assert tokens(wire) <= 3_000


def test_a_model_reads_what_each_argument_is() -> None:
    specs = {spec.name: json.dumps(spec.parameters) for spec in registry.toolbox().specs}
    assert "'overdue', 'today', 'this week'" in specs["find_tasks"]
    assert "Numbers (#12) or words of the titles" in specs["delete_tasks"]
    assert "Never compute a date" in specs["add_tasks"]


def test_no_tool_has_a_user_argument() -> None:
    for spec in registry.toolbox().specs:
        text = json.dumps(spec.parameters).lower()
        assert "user" not in text
        assert "owner" not in text
        assert spec.description


async def test_adding_with_dates_in_the_speakers_zone(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        said = await used(
            stage, model, "add_tasks", {"tasks": [{"title": "Call", "due": "2031-07-01 14:00"}]}
        )
        assert said == "Added #1 Call · Tue 1 Jul 2031 14:00 (Europe/Berlin)."
        (task,) = await stage.rows("select due_at, due_has_time from tasks")
        assert task["due_at"] == datetime(2031, 7, 1, 12, tzinfo=UTC)
        said = await used(
            stage, model, "add_tasks", {"tasks": [{"title": "Day", "due": "2031-07-01"}]}
        )
        assert said == "Added #2 Day · Tue 1 Jul 2031."


@pytest.mark.parametrize("due", ["soonish", "yesterday", "32 january", "2020", "!"])
async def test_a_date_in_doubt_adds_nothing_and_says_what_to_say(
    url: str, settings: Settings, due: str
) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        said = await used(stage, model, "add_tasks", {"tasks": [{"title": "A", "due": due}]})
        assert said.startswith(f"Not done: I am not sure what date “{due}” is")
        assert await stage.rows("select 1 from tasks") == []


async def test_finding(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    tasks = [
        {"title": "Old milk"}, {"title": "Milk the cow", "due": "2031-01-01"},
        {"title": "Bread", "description": "with milk"}, {"title": "100% wool"},
    ]  # fmt: skip
    async with on_stage(url, settings, model) as stage:
        await used(stage, model, "add_tasks", {"tasks": tasks})
        await stage.rows("update tasks set due_at = '2020-01-01Z' where title = 'Old milk'")
        assert await used(stage, model, "find_tasks", {"text": "milk"}) == (
            "3 open tasks with “milk”:\nOverdue:\n- #1 Old milk · Wed 1 Jan 2020 · overdue\n"
            "Next:\n- #2 Milk the cow · Wed 1 Jan 2031\nNo date:\n- #3 Bread"
        )
        assert "#1 Old milk" in await used(stage, model, "find_tasks", {"due": "overdue"})
        assert await used(stage, model, "find_tasks", {"text": "%"}) == (
            "1 open task with “%”:\n- #4 100% wool"
        )
        assert await used(stage, model, "find_tasks", {"due": "2031-01-01"}) == (
            "1 open task, due 2031-01-01:\n- #2 Milk the cow · Wed 1 Jan 2031"
        )
        assert (
            await used(stage, model, "find_tasks", {"text": "yak"}) == "No open tasks with “yak”."
        )
        assert await used(stage, model, "find_tasks", {"state": "done"}) == "No done tasks."


async def test_pages(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        await used(stage, model, "add_tasks", {"tasks": [{"title": f"T{n}"} for n in range(30)]})
        first = await used(stage, model, "find_tasks", {})
        assert first.startswith("30 open tasks, page 1 of 2:")
        assert "#25 T24" in first
        assert "#26" not in first
        assert "#30 T29" in await used(stage, model, "find_tasks", {"page": 2})
        assert "no page 3" in await used(stage, model, "find_tasks", {"page": 3})


async def test_changing_and_clearing(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        task = {"title": "Milk", "description": "oat", "due": "2031-01-01"}
        await used(stage, model, "add_tasks", {"tasks": [task]})
        change = {"task": "#1", "title": "Oat milk", "due": "none", "description": "none"}
        said = await used(stage, model, "update_tasks", {"changes": [change]})
        assert said == "Changed: #1 Oat milk."
        (row,) = await stage.rows("select title, description, due_at from tasks")
        assert row == {"title": "Oat milk", "description": "", "due_at": None}
        assert (await stage.replies())[-1].endswith(
            "✓ Changed #1 Oat milk · was “Milk” · no date · no description"
        )
        again = await used(
            stage, model, "update_tasks", {"changes": [{"task": "1", "title": "Oat milk"}]}
        )
        assert again == "#1 Oat milk is so already."
        assert "What is to change" in await used(
            stage, model, "update_tasks", {"changes": [{"task": "1"}]}
        )


async def test_naming_by_words(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        await used(
            stage,
            model,
            "add_tasks",
            {"tasks": [{"title": t} for t in ("Buy milk", "Milk", "Buy bread")]},
        )
        assert await used(stage, model, "complete_tasks", {"tasks": ["milk"]}) == "Done: #2 Milk."
        both = await used(stage, model, "complete_tasks", {"tasks": ["buy"]})
        assert both == "Not done: Several tasks fit “buy”: #1 Buy milk; #3 Buy bread. Which number?"
        assert "No task is called “yak”" in await used(
            stage, model, "delete_tasks", {"tasks": ["yak"]}
        )
        assert await used(stage, model, "reopen_tasks", {"tasks": ["Milk"]}) == "Reopened #2 Milk."
        assert "is open already" in await used(stage, model, "reopen_tasks", {"tasks": ["#2"]})


@pytest.mark.parametrize("name", ["#99", "99", "99999999999999999999", "#0"])
async def test_a_number_that_is_not_there(url: str, settings: Settings, name: str) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        said = await used(stage, model, "complete_tasks", {"tasks": [name]})
        assert said.startswith("Not done: There is no task #")


async def test_in_a_channel_only_what_was_made_there_is_shown_and_touched(
    url: str, settings: Settings
) -> None:
    model = ScriptedModel([add("Private matter")], say("Ok."), [add("Channel matter")], say("Ok."))
    other_thread = type(THREAD)("fake", channel="general", thread="t2")
    other_channel = type(THREAD)("fake", channel="random", thread="t3")
    async with on_stage(url, settings, model) as stage:
        await stage.answered("add", place=DM)
        await stage.answered("add", place=THREAD, addressed=True)
        there = {"place": THREAD, "addressed": True}
        assert await used(stage, model, "find_tasks", {"state": "all"}, **there) == (
            "1 task:\n- #1 Channel matter"
        )
        beside = await used(stage, model, "find_tasks", {}, place=other_thread, addressed=True)
        assert "#1 Channel matter" in beside
        elsewhere = await used(stage, model, "find_tasks", {}, place=other_channel, addressed=True)
        assert elsewhere == "No open tasks."
        for tool in ("complete_tasks", "delete_tasks"):
            said = await used(stage, model, tool, {"tasks": ["#2"]}, **there)
            assert said == "Not done: There is no task #2 here."
            said = await used(stage, model, tool, {"tasks": ["private"]}, **there)
            assert "Private matter" not in said
        assert "#1 Private matter" in await used(stage, model, "find_tasks", {}, place=DM)
        assert "No open" in await used(stage, model, "find_tasks", {}, person=BOB, **there)


async def test_priorities_and_labels(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        said = await used(
            stage, model, "add_tasks",
            {"tasks": [{"title": "Bank", "priority": "urgent", "labels": ["#Home", "money"]}]},
        )  # fmt: skip
        assert said == "Added #1 Bank · urgent · #home #money."
        change = {
            "task": "#1",
            "priority": "low",
            "add_labels": ["garden"],
            "remove_labels": ["Money"],
        }
        said = await used(stage, model, "update_tasks", {"changes": [change]})
        assert said == "Changed: #1 Bank · low · #garden #home."
        await used(stage, model, "add_tasks", {"tasks": [{"title": "Tea"}]})
        said = await used(stage, model, "find_tasks", {"label": "home", "priority": "low"})
        assert said == "1 low open task labelled #home:\n- #1 Bank · low · #garden #home"
        assert "No urgent open tasks." == await used(
            stage, model, "find_tasks", {"priority": "urgent"}
        )
        said = await used(
            stage, model, "update_tasks", {"changes": [{"task": "#2", "add_labels": ["a b"]}]}
        )
        assert "A label is one word" in said


@pytest.mark.parametrize(
    ("due", "length", "moved"),
    [("2031-07-01", "a week later", "Tue 8 Jul 2031"), ("2031-07-01 14:00", "2 hours later", "16:00"),
     ("2031-03-29 02:30", "a day later", "Sun 30 Mar 2031 03:30")],
)  # fmt: skip
async def test_a_date_is_put_off_from_where_it_is(
    url: str, settings: Settings, due: str, length: str, moved: str
) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        await used(stage, model, "add_tasks", {"tasks": [{"title": "Call", "due": due}]})
        said = await used(
            stage, model, "update_tasks", {"changes": [{"task": "#1", "due": length}]}
        )
        assert moved in said


async def test_what_has_no_date_cannot_be_put_off(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        await used(stage, model, "add_tasks", {"tasks": [{"title": "Call"}]})
        said = await used(
            stage, model, "update_tasks", {"changes": [{"task": "#1", "due": "a week later"}]}
        )
        assert "has no date to count from" in said


async def test_a_misspelt_title_fits_when_only_one_is_close(url: str, settings: Settings) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        titles = ["Quarterly report", "Call Anna", "Call Anne"]
        await used(stage, model, "add_tasks", {"tasks": [{"title": title} for title in titles]})
        said = await used(stage, model, "complete_tasks", {"tasks": ["quaterly reprot"]})
        assert said == "Done: #1 Quarterly report."
        said = await used(stage, model, "complete_tasks", {"tasks": ["call annx"]})
        assert (
            "Several tasks are close to “call annx”: #3 Call Anne; #2 Call Anna. Which number?"
            in said
        )
        assert "No task is called" in await used(stage, model, "delete_tasks", {"tasks": ["zzzz"]})


async def test_undo_takes_back_what_a_message_changed_and_twice_does_it_again(
    url: str, settings: Settings
) -> None:
    model = ScriptedModel()
    async with on_stage(url, settings, model) as stage:
        open_ = "select title from tasks where deleted_at is null and not completed order by id"

        async def titles() -> list[str]:
            return [row["title"] for row in await stage.rows(open_)]

        await used(stage, model, "add_tasks", {"tasks": [{"title": "Milk"}, {"title": "Bread"}]})
        await used(stage, model, "complete_tasks", {"tasks": ["#1", "#2"]})
        assert await titles() == []
        assert await used(stage, model, "undo_changes", {}) == "Undone: #2 Bread, #1 Milk."
        assert await titles() == ["Milk", "Bread"]
        await used(stage, model, "undo_changes", {})
        assert await titles() == []
        await used(stage, model, "undo_changes", {})
        await used(stage, model, "delete_tasks", {"tasks": ["#1"]})
        reply = (await stage.replies())[-1]
        assert "✓ Deleted #1 Milk" in reply
        await used(stage, model, "undo_changes", {})
        assert "✓ Undone: #1 Milk is back" in (await stage.replies())[-1]
        assert await titles() == ["Milk", "Bread"]


async def test_a_channel_in_a_title_is_no_label_and_keeps_its_name(
    url: str, settings: Settings
) -> None:
    async with on_stage(url, settings, Grammar()) as stage:
        await stage.answered(f"add post notes in {channel_named('general')} tomorrow #work")
        (task,) = await stage.rows("select title, labels, due_at is not null as dated from tasks")
        assert task == {"title": "post notes in #general", "labels": ["work"], "dated": True}
        assert "#1 post notes in #general" in await stage.answered("find general")
