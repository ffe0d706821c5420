"""What every platform keeps, written once and played on each of them (tests/support/scenes.py)."""

import asyncio

import pytest
from support.scenes import SCENES
from support.talk import NOW, Clock

from bots.settings import Settings
from core.errors import ModelFailed
from core.models.port import RequestedCall, Text
from core.turn.turn import APOLOGY
from core.understanding.english import Grammar


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest, url: str, settings: Settings):
    return lambda model, **more: SCENES[request.param](url, settings, model, **more)


class Adds:
    """Adds a task of what was said, then says so."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, ...]] = []

    async def speak(self, prompt):
        if prompt.results:
            yield Text("There.")
            return
        self.turns.append(prompt.heard)
        for text in prompt.heard:
            title = text.removeprefix("@todd ")
            yield RequestedCall("add_tasks", f'{{"tasks": [{{"title": "{title}"}}]}}')


class Says:
    def __init__(self, words: str, fail: int = 0, pause: float = 0) -> None:
        self.words = words
        self.pause = pause
        self.fail = fail
        self.prompts = []

    async def speak(self, prompt):
        self.prompts.append(prompt)
        if self.fail:
            self.fail -= 1
            raise ModelFailed("down")
        for at in range(0, len(self.words), 50):
            yield Text(self.words[at : at + 50])
            await asyncio.sleep(self.pause)


async def seen(scene, who: str, place: str, count: int) -> list[str]:
    """What stands once there are `count` replies, and no more come."""
    await scene.stage.settled()
    async with asyncio.timeout(10):
        while len(scene.stands(who, place)) < count:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    return scene.stands(who, place)


async def test_heard_twice_is_answered_once(scene) -> None:
    async with scene(Adds()) as scene:
        await scene.say("ana", "milk", times=5)
        assert await seen(scene, "ana", "dm", 1) == ["There.\n\n✓ Added #1 milk"]
        assert len(await scene.stage.rows("select 1 from tasks")) == 1


async def test_order_is_kept(scene) -> None:
    model = Adds()
    async with scene(model) as scene:
        for number in range(12):
            await scene.say("ana", f"task {number}")
        await scene.stage.settled()
        titles = await scene.stage.rows("select title from tasks order by id")
        assert [row["title"] for row in titles] == [f"task {number}" for number in range(12)]
        assert len(await seen(scene, "ana", "dm", len(model.turns))) == len(model.turns)


async def test_two_people_in_a_thread_act_on_their_own_tasks(scene) -> None:
    async with scene(Adds()) as scene:
        await scene.say("ana", "@todd anas", "thread")
        await scene.say("bob", "@todd bobs", "thread")
        await seen(scene, "ana", "thread", 1)
        rows = await scene.stage.rows(
            "select u.name, t.title from tasks t join users u on u.id = t.user_id order by 1"
        )
        assert [tuple(row.values()) for row in rows] == [("ana", "anas"), ("bob", "bobs")]
        numbers = await scene.stage.rows("select number from task_numbers")
        assert [row["number"] for row in numbers] == [1, 1]


async def test_a_long_reply_is_whole(scene) -> None:
    words = " ".join(f"Sentence number {number}." for number in range(1, 1200)).strip()
    async with scene(Says(words)) as scene:
        await scene.say("ana", "tell me everything")
        stands = await seen(scene, "ana", "dm", 1)
        assert " ".join(" ".join(stands).split()) == words


async def test_a_reply_grows_and_never_shrinks(scene) -> None:
    async with scene(Says("One here. Two here. " * 30, pause=0.05)) as scene:
        await scene.say("ana", "talk")
        (whole,) = await seen(scene, "ana", "dm", 1)
        grown = [text for text in scene.grew("ana") if text]
        assert grown
        assert all(whole.startswith(text.rstrip()) for text in grown)


async def test_a_failure_is_apologised_for(scene) -> None:
    async with scene(Says("never", fail=99)) as scene:
        await scene.say("ana", "hello")
        assert await seen(scene, "ana", "dm", 1) == [APOLOGY]


async def test_a_passing_failure_is_not_noticed(scene) -> None:
    async with scene(Says("Here.", fail=2)) as scene:
        await scene.say("ana", "hello")
        assert await seen(scene, "ana", "dm", 1) == ["Here."]


async def test_what_is_overheard_is_kept_and_not_answered(scene) -> None:
    model = Says("Yes.")
    async with scene(model) as scene:
        await scene.say("ana", "@todd hello", "thread")
        await scene.say("bob", "the launch is on friday", "thread")
        assert await seen(scene, "ana", "thread", 1) == ["Yes."]
        await scene.say("ana", "@todd when?", "thread")
        await seen(scene, "ana", "thread", 2)
        assert any("the launch is on friday" in line.text for line in model.prompts[-1].lines)


async def test_a_reply_stands_where_it_was_asked_for(scene) -> None:
    async with scene(Adds()) as scene:
        await scene.say("ana", "private")
        assert await seen(scene, "ana", "dm", 1) == ["There.\n\n✓ Added #1 private"]
        await scene.say("ana", "@todd public", "thread")
        assert await seen(scene, "ana", "dm", 1) == ["There.\n\n✓ Added #1 private"]
        assert await seen(scene, "ana", "thread", 1) == ["There.\n\n✓ Added #1 public"]


async def told(scene, who: str, count: int) -> list[str]:
    """What somebody sees in their DM once there are so many."""
    async with asyncio.timeout(10):
        while len(scene.stands(who, "dm")) < count:
            await asyncio.sleep(0.02)
    return scene.stands(who, "dm")


async def in_berlin(scene) -> None:
    """Not every platform says where people are."""
    await scene.stage.rows("update users set timezone = 'Europe/Berlin'")


async def said(scene, who: str, text: str, place: str = "dm") -> str:
    """What Todd answers."""
    count = len(scene.stands(who, place))
    await scene.say(who, text, place)
    return (await seen(scene, who, place, count + 1))[-1]


async def test_a_task_is_given_by_mention_and_told_once(scene) -> None:
    async with scene(Grammar()) as scene:
        await said(scene, "bob", "hello")
        await said(scene, "ana", "add own")
        mention = scene.mention("bob")
        assert await said(scene, "ana", f"add slides for {mention}") == (
            "✓ Added #2 slides · for bob"
        )
        heard = await told(scene, "bob", 2)
        assert heard[1].startswith("ana has given you #1 slides")
        assert await said(scene, "bob", "done 1") == "✓ Done #1 slides"
        assert (await told(scene, "ana", 3))[2] == "bob has done #2 slides"


async def test_somebody_never_met_is_told_in_a_dm(scene) -> None:
    async with scene(Grammar()) as scene:
        await scene.say("ana", f"add slides for {scene.mention('zoe')}")
        await scene.stage.until("select 1 from reminders where state = 'told'")
        await scene.stage.settled()
        rows = await scene.stage.rows(
            "select m.content from messages m join reminders r on r.message_id = m.id"
        )
        assert [row["content"].split("\n")[0] for row in rows] == ["ana has given you #1 slides"]


async def test_what_repeats_is_undone_with_its_next_and_redone(scene) -> None:
    async with scene(Grammar()) as scene:
        await said(scene, "ana", "add standup every day")
        assert "✓ Next: #2 standup" in await said(scene, "ana", "done 1")
        assert "#2 standup is off the list" in await said(scene, "ana", "undo")
        assert "#2 standup is back" in await said(scene, "ana", "undo")
        assert "you completed it" in await said(scene, "ana", "what happened to 1")


async def test_a_large_change_waits_for_a_yes_of_who_asked(scene) -> None:
    async with scene(Grammar()) as scene:
        await said(scene, "ana", "@todd add tea, jam, milk and eggs", "thread")
        assert (await said(scene, "ana", "@todd delete everything", "thread")).endswith("Shall I?")
        await said(scene, "bob", "@todd yes", "thread")
        assert len(await scene.stage.rows("select 1 from tasks where deleted_at is null")) == 4
        await said(scene, "ana", "@todd delete everything", "thread")
        assert (await said(scene, "ana", "yes", "thread")).count("✓ Deleted") == 4


async def test_a_reminder_comes_in_time_in_private(scene) -> None:
    clock = Clock(NOW)
    async with scene(Grammar(), clock=clock) as scene:
        await said(scene, "ana", "hello")
        await in_berlin(scene)
        await said(scene, "ana", "@todd remind me to call mum at 18:00", "thread")
        clock.to("2026-11-25T17:00:00+00:00")
        heard = await told(scene, "ana", 2)
        assert heard[1].startswith("⏰ #1 call mum · Wed 25 Nov 18:00")
        clock.to("2026-11-25T18:00:00+00:00")
        await scene.stage.settled()
        assert len(scene.stands("ana", "dm")) == 2
        assert len(scene.stands("ana", "thread")) == 1


async def test_somebody_else_is_asked_once_and_told(scene) -> None:
    clock = Clock(NOW)
    async with scene(Grammar(), clock=clock) as scene:
        await said(scene, "bob", "hello")
        await said(scene, "ana", "hello")
        await in_berlin(scene)
        mention = scene.mention("bob")
        assert "first they have to say" in await said(
            scene, "ana", f"remind {mention} to eat at 18:00"
        )
        assert (await told(scene, "bob", 2))[1].startswith("ana would like me to remind you")
        await said(scene, "bob", "yes")
        clock.to("2026-11-25T17:00:00+00:00")
        assert (await told(scene, "bob", 4))[3] == "⏰ From ana: eat"


async def test_a_closed_dm_is_told_in_public_calling_that_person_alone(scene) -> None:
    clock = Clock(NOW)
    async with scene(Grammar(), clock=clock) as scene:
        await said(scene, "ana", "hello")
        await in_berlin(scene)
        await said(scene, "ana", "@todd add release at 18:00", "thread")
        await said(scene, "ana", "rename 1 to release @here")
        if not scene.close_dm("ana"):
            pytest.skip("nobody closes a terminal to Todd")
        clock.to("2026-11-25T17:00:00+00:00")
        async with asyncio.timeout(10):
            while len(scene.stands("ana", "thread")) < 2:
                await asyncio.sleep(0.02)
        assert scene.stands("ana", "thread")[1].split() == [scene.mention("ana"), "⏰", "release"]


async def test_who_cannot_be_told_is_told_when_they_are_back(scene) -> None:
    clock = Clock(NOW)
    async with scene(Grammar(), clock=clock) as scene:
        await said(scene, "ana", "add tea at 18:00")
        await in_berlin(scene)
        await scene.stage.rows(
            "update tasks set due_at = '2026-11-25T17:00Z'; "
            "update reminders set at = '2026-11-25T17:00Z', try_at = '2026-11-25T17:00Z'"
        )
        if not scene.close_dm("ana"):
            pytest.skip("nobody closes a terminal to Todd")
        clock.to("2026-11-25T18:30:00+00:00")
        await scene.stage.until("select 1 from reminders where state = 'unreached'")
        await scene.stage.until("select 1 where not exists (select 1 from procrastinate_jobs)")
        assert len(scene.stands("ana", "dm")) == 1
        scene.open_dm("ana")
        await scene.say("ana", "hello")
        async with asyncio.timeout(10):
            while not any("was due 18:00" in text for text in scene.stands("ana", "dm")):
                await asyncio.sleep(0.02)


async def test_what_is_asked_for_here_is_said_here_and_the_open_tasks_in_the_channel(scene) -> None:
    clock = Clock(NOW)
    async with scene(Grammar(), clock=clock) as scene:
        await said(scene, "ana", "hello")
        await in_berlin(scene)
        await said(scene, "ana", "@todd remind us at 18:00 to clean up", "thread")
        clock.to("2026-11-25T17:00:00+00:00")
        async with asyncio.timeout(10):
            while len(scene.stands("ana", "thread")) < 2:
                await asyncio.sleep(0.02)
        assert scene.stands("ana", "thread")[1] == "⏰ clean up"


async def test_a_digest_comes_at_the_persons_hour(scene) -> None:
    clock = Clock(NOW)
    async with scene(Grammar(), clock=clock) as scene:
        await said(scene, "ana", "add milk by today")
        await in_berlin(scene)
        await said(scene, "ana", "digest every day at 18:00")
        clock.to("2026-11-25T17:00:00+00:00")
        assert "#1 milk" in (await told(scene, "ana", 3))[2]


async def test_what_was_finished_and_not_said_is_said_after_a_restart(scene) -> None:
    async with scene(Says("Here.")) as scene:
        await scene.stage.stop()
        await scene.say("ana", "hello")
        scene.stage.start()
        assert await seen(scene, "ana", "dm", 1) == ["Here."]
        await scene.stage.stop()
        scene.stage.start()
        assert await seen(scene, "ana", "dm", 1) == ["Here."]
