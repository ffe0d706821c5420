"""Keeping: one transaction, duplicates do nothing; and rule 10, when Todd speaks."""

import asyncio

import pytest
from procrastinate.exceptions import ConnectorException
from support.stage import ANA, BOB, THREAD, add, heard, on_stage, pressed, say

from bots.settings import Settings
from core.heard import Heard, Person, Place
from core.models.scripted import ScriptedModel

CHANNEL = Place("fake", channel="general")


async def kept(stage) -> list[tuple[str, str]]:
    rows = await stage.rows("select content, state from messages where role = 'user' order by id")
    return [(row["content"], row["state"]) for row in rows]


async def test_a_message_delivered_twice_is_kept_once(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, working=False) as stage:
        message = heard("hello")
        assert await stage.todd.inbox.keep(message) is True
        assert await stage.todd.inbox.keep(message) is False
        assert await kept(stage) == [("hello", "waiting")]
        assert len(await stage.rows("select 1 from procrastinate_jobs")) == 1


async def test_five_deliveries_at_once_by_two_processes_are_kept_once(
    url: str, settings: Settings
) -> None:
    async with (
        on_stage(url, settings, working=False) as one,
        on_stage(url, settings, working=False) as two,
    ):
        message = heard("hello")
        inboxes = [one.todd.inbox, two.todd.inbox] * 5
        results = await asyncio.gather(*(inbox.keep(message) for inbox in inboxes))
        assert results.count(True) == 1
        assert len(await one.rows("select 1 from users")) == 1
        assert len(await one.rows("select 1 from conversations")) == 1
        assert len(await one.rows("select 1 from messages")) == 1


async def test_one_id_in_two_places_is_two_messages(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, working=False) as stage:
        await stage.hear("a", external_id="1")
        await stage.hear("b", external_id="1", place=Place("fake", "other", private=True))
        assert len(await kept(stage)) == 2


async def test_a_message_not_for_todd_does_not_poison_the_mention_that_follows(
    url: str, settings: Settings
) -> None:
    async with on_stage(url, settings, working=False) as stage:
        plain = heard("@todd hello", place=CHANNEL)
        mention = Heard(**{**_fields(plain), "addressed": True})
        await stage.todd.inbox.keep(plain)
        assert await kept(stage) == [("@todd hello", "overheard")]
        assert await stage.todd.inbox.keep(mention) is True
        assert await stage.todd.inbox.keep(mention) is False
        assert await stage.todd.inbox.keep(plain) is False
        assert await kept(stage) == [("@todd hello", "waiting")]


async def test_nothing_is_kept_when_the_wake_up_cannot_be(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, working=False) as stage:
        await stage.rows("alter table procrastinate_jobs rename to gone")
        with pytest.raises(ConnectorException):
            await stage.hear("hello")
        assert await kept(stage) == []


async def test_text_that_postgres_does_not_take_is_kept_all_the_same(
    url: str, settings: Settings
) -> None:
    async with on_stage(url, settings, working=False) as stage:
        await stage.hear("nul \0 and half \ud83d a pair")
        assert await kept(stage) == [("nul  and half ? a pair", "waiting")]


async def test_what_a_platform_learns_of_a_person_later_is_kept(
    url: str, settings: Settings
) -> None:
    async with on_stage(url, settings, working=False) as stage:
        await stage.hear("one", person=Person("ana"))
        await stage.hear("two", person=ANA)
        await stage.hear("three", person=Person("ana"))
        (row,) = await stage.rows("select name, timezone from users")
        assert row == {"name": "Ana", "timezone": "Europe/Berlin"}


class TestWhenToSpeak:
    async def test_in_a_dm_always(self, url: str, settings: Settings) -> None:
        async with on_stage(url, settings, working=False) as stage:
            await stage.hear("hello", to_others=True)
            assert await kept(stage) == [("hello", "waiting")]

    async def test_in_a_channel_only_when_addressed(self, url: str, settings: Settings) -> None:
        async with on_stage(url, settings, working=False) as stage:
            await stage.hear("lunch?", place=CHANNEL)
            await stage.hear("@todd add milk", place=CHANNEL, addressed=True)
            await stage.hear("and now?", place=CHANNEL)
            assert [state for _, state in await kept(stage)] == [
                "overheard",
                "waiting",
                "overheard",
            ]
            assert len(await stage.rows("select 1 from procrastinate_jobs")) == 1

    async def test_in_a_thread_while_alone_with_one_person(
        self, url: str, settings: Settings
    ) -> None:
        async with on_stage(url, settings, working=False) as stage:
            await stage.hear("talking to myself", place=THREAD)
            await stage.hear("@todd help", place=THREAD, addressed=True)
            await stage.hear("and another thing", place=THREAD)
            await stage.hear("me too", place=THREAD, person=BOB)
            await stage.hear("and again", place=THREAD)
            assert [state for _, state in await kept(stage)] == [
                "overheard", "waiting", "waiting", "overheard", "overheard",
            ]  # fmt: skip

    async def test_in_a_thread_that_was_opened_for_todd(self, url: str, settings: Settings) -> None:
        async with on_stage(url, settings, working=False) as stage:
            await stage.hear("hello", place=THREAD, with_todd=True)
            assert await kept(stage) == [("hello", "waiting")]

    async def test_never_when_somebody_else_is_addressed(
        self, url: str, settings: Settings
    ) -> None:
        async with on_stage(url, settings, working=False) as stage:
            await stage.hear("hello", place=THREAD, with_todd=True)
            await stage.hear("@bob look", place=THREAD, to_others=True)
            assert [state for _, state in await kept(stage)] == ["waiting", "overheard"]

    async def test_when_it_answers_his_own_question_once(
        self, url: str, settings: Settings
    ) -> None:
        model = ScriptedModel(say("Which one?"), say("Fine."))
        async with on_stage(url, settings, model) as stage:
            await stage.hear("bob is here", place=THREAD, person=BOB)
            await stage.answered("@todd done", place=THREAD, addressed=True)
            await stage.hear("not asked", place=THREAD, person=BOB)
            assert await stage.answered("the second", place=THREAD) == "Fine."
            await stage.hear("never mind", place=THREAD)
            assert [state for _, state in await kept(stage)] == [
                "overheard", "answered", "overheard", "answered", "overheard",
            ]  # fmt: skip
        model.assert_done()

    @pytest.mark.parametrize(
        ("speaks", "states"),
        [
            ("auto", ["waiting", "waiting", "overheard"]),
            ("mentioned", ["waiting", "overheard", "overheard"]),
            ("always", ["waiting", "waiting", "waiting"]),
        ],
    )
    async def test_as_the_conversation_is_set(
        self, url: str, settings: Settings, speaks: str, states: list[str]
    ) -> None:
        async with on_stage(url, settings, working=False) as stage:
            await stage.hear("@todd hello", place=THREAD, addressed=True)
            await stage.rows("update conversations set speaks = %s returning id", speaks)
            await stage.hear("more", place=THREAD)
            await stage.hear("from bob", place=THREAD, person=BOB)
            assert [state for _, state in await kept(stage)] == states

    async def test_what_was_overheard_is_context(self, url: str, settings: Settings) -> None:
        model = ScriptedModel(say("Yes."))
        async with on_stage(url, settings, model) as stage:
            await stage.hear("the launch is on friday", place=CHANNEL, person=BOB)
            await stage.answered("@todd did you hear?", place=CHANNEL, addressed=True)
        assert any("the launch is on friday" in line.text for line in model.prompts[0].lines)


class TestPresses:
    async def test_a_press_is_done_at_once_and_said_after(
        self, url: str, settings: Settings
    ) -> None:
        async with on_stage(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as stage:
            await stage.answered("add milk")
            (task,) = await stage.rows("select id from tasks")
            assert await stage.todd.inbox.press(pressed(task["id"])) is True
            assert await stage.rows("select 1 from tasks where completed")
            await stage.settled()
            assert (await stage.replies())[-1] == "✓ Done #1 Milk"

    async def test_twice_pressed_is_once_done(self, url: str, settings: Settings) -> None:
        async with on_stage(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as stage:
            await stage.answered("add milk")
            (task,) = await stage.rows("select id from tasks")
            press = pressed(task["id"])
            pressings = [stage.todd.inbox.press(press) for _ in range(5)]
            assert (await asyncio.gather(*pressings)).count(True) == 1
            await stage.settled()
            assert len(await stage.rows("select 1 from task_changes where action='completed'")) == 1
            assert stage.platform.posts == 2

    async def test_a_press_waits_for_no_turn(self, url: str, settings: Settings) -> None:
        gate = asyncio.Event()

        class Model:
            async def speak(self, prompt):
                if prompt.heard == ("add milk",) and not prompt.results:
                    yield add("Milk")
                elif prompt.heard == ("wait",):
                    await gate.wait()

        async with on_stage(url, settings, Model()) as stage:
            await stage.answered("add milk")
            (task,) = await stage.rows("select id from tasks")
            await stage.hear("wait")
            await stage.until("select 1 from messages where state = 'speaking'")
            await stage.todd.inbox.press(pressed(task["id"]))
            await stage.until("select 1 from messages where content = '✓ Done #1 Milk'"
                              " and state = 'said'")  # fmt: skip
            gate.set()
            await stage.settled()

    async def test_somebody_elses_button_means_their_task_not_mine(
        self, url: str, settings: Settings
    ) -> None:
        model = ScriptedModel([add("Anas")], say("Ok."), [add("Bobs")], say("Ok."))
        async with on_stage(url, settings, model) as stage:
            await stage.answered("add", place=THREAD, person=ANA, addressed=True)
            await stage.answered("add", place=THREAD, person=BOB, addressed=True)
            (task,) = await stage.rows("select id from tasks where title = 'Anas'")
            await stage.todd.inbox.press(pressed(task["id"], person=BOB, place=THREAD))
            await stage.settled()
            assert not await stage.rows("select 1 from tasks where completed")
            assert "not on your list" in (await stage.replies())[-1]

    async def test_a_press_that_was_not_said_is_said_by_the_next_worker(
        self, url: str, settings: Settings
    ) -> None:
        async with on_stage(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as stage:
            await stage.answered("add milk")
            await stage.stop()
            (task,) = await stage.rows("select id from tasks")
            await stage.todd.inbox.press(pressed(task["id"]))
            await stage.rows("delete from procrastinate_jobs returning id")
            stage.start()
            await stage.settled()
            assert stage.platform.posts == 2


def _fields(message: Heard) -> dict[str, object]:
    return {name: getattr(message, name) for name in Heard.__dataclass_fields__}
