"""Lists: pages to turn by a word and by a button, groups by when things are due, and questions that
are answered from rows."""

import re

import pytest
from support.scenes import on_discord, on_slack_http, plain
from support.stage import BOB, call, say
from support.talk import a_talk

from bots.settings import Settings
from core.models.scripted import ScriptedModel
from core.understanding.english import Grammar

MANY = 47


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda **more: a_talk(url, settings, **more)


async def many(said, count: int = MANY) -> None:
    for first in range(1, count + 1, 8):
        titles = [f"job {number:02}" for number in range(first, min(first + 8, count + 1))]
        await said("add:\n" + "\n".join(f"- {title}" for title in titles))


def items(text: str) -> list[str]:
    return re.findall(r"^- #\d+ (.+)$", text, re.M)


async def test_more_goes_on_after_what_was_shown(scene) -> None:
    async with scene() as said:
        await many(said)
        first = await said("list")
        assert first.startswith("47 open tasks, page 1 of 2:")
        assert [action for action, _ in await said.offered()] == ["more"]
        second = await said("more")
        assert items(first) + items(second) == [f"job {n:02}" for n in range(1, MANY + 1)]
        assert [action for action, _ in await said.offered()] == ["back"]
        assert (await said("more")).startswith("That was all: 47 open tasks")
        assert items(await said("list")) == items(first)


async def test_back_shows_what_was_before(scene) -> None:
    async with scene() as said:
        await many(said)
        first = await said("list")
        await said("next page")
        assert items(await said("back")) == items(first)


async def test_what_was_done_meanwhile_lets_nothing_be_skipped(scene) -> None:
    async with scene() as said:
        await many(said)
        shown = items(await said("list"))
        await said("done 1 and 2")
        rest = items(await said("more"))
        assert rest[0] == "job 26"
        assert len(shown) + len(rest) == MANY


async def test_more_keeps_to_what_was_asked_for(scene) -> None:
    async with scene() as said:
        await many(said, 30)
        await said("add tea, milk, rice")
        await said("find job")
        assert items(await said("more")) == [f"job {n:02}" for n in range(26, 31)]


async def test_numbers_of_a_later_page_are_still_the_tasks(scene) -> None:
    async with scene() as said:
        await many(said, 30)
        await said("list")
        await said("more")
        assert await said("done 3") == "✓ Done #3 job 03"


@pytest.mark.parametrize(
    "asked", ["how many have i got left", "what's next?", "what should i do first", "more"]
)
async def test_what_is_left_is_listed_the_soonest_first(scene, asked: str) -> None:
    async with scene() as said:
        await said("add buy a rug")
        await said("add call the bank tomorrow at 9")
        await said("hello")
        assert [each.split(" · ")[0] for each in items(await said(asked))] == [
            "call the bank", "buy a rug",
        ]  # fmt: skip


async def test_ones_own_zone_is_told(scene) -> None:
    async with scene() as said:
        assert "Europe/Berlin" in await said("whats my timezone")


async def test_more_without_a_list_adds_nothing(scene) -> None:
    async with scene() as said:
        await said("more")
        await said("back")
        assert await said.tasks() == []


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_press_turns_the_page_where_the_list_stands(url, settings, platform: str) -> None:
    opened = {"slack": on_slack_http, "discord": on_discord}[platform]
    async with opened(url, settings, Grammar()) as scene:

        async def said(text: str) -> None:
            await scene.say("ana", text)
            await scene.stage.settled()

        await many(said, 30)
        await said("list")
        before = len(scene.stands("ana"))

        async def press(label: str) -> str:
            if platform == "slack":
                post = scene.slack.said("DUANA")[-1]
                await scene.slack.press("UANA", "DUANA", post["ts"], label)
            else:
                from support.scenes import user_of

                dm = scene.discord.dm_of(user_of("ana"))
                count = await scene.stage.rows("select count(*) from messages")
                await scene.discord.press(user_of("ana"), scene.discord.said(dm)[-1], label)
                await scene.stage.until(
                    "select 1 from messages having count(*) > %s", count[0]["count"]
                )
            await scene.stage.settled()
            return plain(scene.stands("ana")[-1])

        assert items(await press("More")) == [f"job {n:02}" for n in range(26, 31)]
        assert items(await press("Back")) == [f"job {n:02}" for n in range(1, 26)]
        assert len(scene.stands("ana")) == before  # nothing was posted anew


async def test_only_whose_list_it_is_turns_its_pages(scene) -> None:
    async with scene() as said:
        await many(said, 30)
        await said("list")
        ((_, about),) = await said.offered()
        assert "page 2" not in await said.press("more", about, person=BOB)


async def test_a_list_is_grouped_by_when_things_are_due(scene) -> None:
    async with scene(now="2026-12-02T09:00:00+00:00") as said:
        await said("add renew the domain, buy filters")
        await said("add pay the rent on 3 dec")
        await said("add call the school today at 4pm")
        await said("add book the train on monday")
        said.clock.to("2026-12-02T16:00:00+00:00")
        listed = await said("list")
        assert [line for line in listed.splitlines() if line.endswith(":")][1:] == [
            "Overdue:", "Next:", "No date:",
        ]  # fmt: skip
        assert "Europe/Berlin" not in listed  # the reader's own zone goes without saying


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("which have no date", ["oil the gate"]),
        ("what has no date?", ["oil the gate"]),
        ("tasks without a date", ["oil the gate"]),
        ("when is the venue due?", ["book the venue"]),
        ("what's left for the trip", ["buy adapters"]),
        ("what is left to do for the trip?", ["buy adapters"]),
        ("anything left for the venue?", ["book the venue"]),
        ("when did i say i'd book the venue", ["book the venue"]),
        ("what time is the venue", ["book the venue"]),
        ("who has the gate", ["oil the gate"]),
        ("did I pay the fee?", ["pay the fee"]),
        ("is the fee done?", ["pay the fee"]),
        ("have i paid the fee yet", ["pay the fee"]),
        ("how many are due this month?", ["book the venue"]),
        ("am i free on 11 december?", ["book the venue"]),
        ("has the fee been paid?", ["pay the fee"]),
        ("when will you remind me about the venue?", ["book the venue"]),
        ("have i got anything on 11 december?", ["book the venue"]),
    ],
)
async def test_questions_are_answered_from_rows(scene, asked: str, found: list[str]) -> None:
    async with scene(now="2026-12-02T09:00:00+00:00") as said:
        await said("add book the venue on 11 dec")
        await said("add buy adapters on 5 january #trip")
        await said("add oil the gate")
        await said("add pay the fee")
        await said("done pay the fee")
        before = await said.tasks()
        answer = await said(asked)
        assert [item.split(" · ")[0] for item in items(answer)] == found, answer
        assert await said.tasks() == before
        assert "✓" not in answer


@pytest.mark.parametrize("asked", ["when is the marathon due?", "did I book the marathon?"])
async def test_what_is_not_there_is_said_to_be_none(scene, asked: str) -> None:
    async with scene() as said:
        await said("add book the venue")
        answer = await said(asked)
        assert answer.startswith("No ")
        assert items(answer) == []


async def test_settings_have_receipts_and_a_long_silence_is_asked_about(scene) -> None:
    async with scene() as said:
        assert (await said("set my timezone to lisbon")).startswith("✓ Your time zone is")
        assert (await said("quiet hours 10pm to 7am")).startswith("✓")
        asked = await said("mute for 6 weeks")
        assert asked.endswith("Shall I?")
        await said("no")
        assert "Muted" not in await said("settings")
        await said("mute for 6 weeks")
        assert (await said("yes")).startswith("✓ I tell you nothing unasked until")
        assert "Muted until" in await said("settings")
        assert (await said("mute until tomorrow")).startswith("✓")


async def test_what_cannot_be_set_is_said(scene) -> None:
    async with scene() as said:
        assert "language" in await said("set my language to german")
        assert await said.tasks() == []


async def test_a_list_in_a_models_words_gives_way_to_the_rows(scene) -> None:
    async with scene() as said:
        await said("add buy milk, call mum")
        told = "Sure!\n\n1. #1 Buy a cow\n2. #2 call mum (done)\n\nAnything else?"
        said.model.answers_from_now = ScriptedModel([call("find_tasks", "{}")], say(told))
        answer = await said("what is on my list")
        assert "cow" not in answer
        assert items(answer) == ["buy milk", "call mum"]
        assert answer.startswith("Sure!")
        assert answer.endswith("Anything else?")


async def test_a_models_other_lists_stay(scene) -> None:
    async with scene() as said:
        await said("add buy milk, call mum")
        told = "Two ideas:\n- go early\n- take a bag"
        said.model.answers_from_now = ScriptedModel([call("find_tasks", "{}")], say(told))
        assert await said("any tips?") == told


@pytest.mark.parametrize(
    "odd",
    [
        call("find_tasks", '{"due": '),
        call("find_tasks", "null"),
        call("update_tasks", '{"changes": 1}'),
        call("add_tasks", '{"tasks": true}'),
    ],
    ids=lambda each: each.arguments,
)
async def test_a_call_that_is_none_spoils_no_later_turn(scene, odd) -> None:
    async with scene() as said:
        await said("add buy milk, call mum")
        listed = "Here:\n- #1 buy milk\n- #2 call mum"
        said.model.answers_from_now = ScriptedModel(
            [call("find_tasks", "{}")], [odd], say(listed), say("Fine.")
        )
        assert "- #1 buy milk" in await said("what is on my list")
        assert await said("thanks") == "Fine."
