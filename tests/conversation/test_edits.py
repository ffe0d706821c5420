"""Messages that their people change or delete: before the turn, and after it."""

import asyncio

import pytest
from fakes.slack import TODD
from support.scenes import on_discord, on_slack_http, user_of
from support.stage import BOB, DM, heard
from support.talk import Said, a_talk

from bots.settings import Settings
from core.heard import Amended
from core.tools.confirming import TOO_LATE
from core.understanding.english import Grammar

CHANGED = (
    "You changed a message that I had acted on:\n✓ Added #1 milk\n\nShall I take that back, and do "
    "what it says now?"
)
DELETED = "You deleted a message that I had acted on:\n✓ Added #1 milk\n\nShall I take that back?"


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def amend(said: Said, external_id: str, text: str | None, times: int = 1) -> None:
    amended = Amended("fake", DM.channel, external_id, text)
    for _ in range(times):
        await said.stage.todd.inbox.amend(amended)


async def keep_two(said: Said) -> None:
    """Two messages that wait, "a" and "b"."""
    for name, text in (("a", "add milk"), ("b", "add eggs")):
        await said.stage.todd.inbox.keep(heard(text, external_id=name, order_key=name))


async def last(said: Said, count: int) -> str:
    """The last of so many replies."""
    await said.stage.until(
        "select 1 from messages where role = 'assistant' and state = 'said'"
        " having count(*) = %s", count,
    )  # fmt: skip
    return (await said.stage.replies())[-1]


async def test_before_the_turn_it_changes_what_is_answered(scene) -> None:
    async with scene(working=False) as said:
        await keep_two(said)
        await amend(said, "a", "add oat milk")
        await amend(said, "b", None)
        said.stage.start()
        await said.stage.settled()
        assert await said.tasks() == ["oat milk"]
        assert await said.stage.replies() == ["✓ Added #1 oat milk"]


async def test_after_it_todd_offers_to_do_what_it_says_now(scene) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, "add oat milk tomorrow", times=3)
        assert await last(said, 2) == CHANGED
        assert await said.tasks() == ["milk"]
        assert await said("yes") == "✓ Undone: #1 milk is off the list"
        await said.stage.settled()
        assert await said.tasks() == ["oat milk 11-26"]
        assert (await said.stage.replies())[-1] == "✓ Added #2 oat milk · Thu 26 Nov, tomorrow"


@pytest.mark.parametrize(("minutes", "is_in_time"), [("14:59", True), ("15:00", False)])
async def test_the_offer_stands_for_fifteen_minutes(scene, minutes: str, is_in_time: bool) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, "add oat milk")
        await last(said, 2)
        said.clock.to(f"2026-11-25T09:{minutes}+00:00")
        reply = await said("yes")
        await said.stage.settled()
        assert (TOO_LATE in reply) != is_in_time
        assert await said.tasks() == (["oat milk"] if is_in_time else ["milk"])


async def test_what_was_said_beside_it_is_done_again_too(scene) -> None:
    async with scene(working=False) as said:
        await keep_two(said)
        said.stage.start()
        await said.stage.settled()
        await amend(said, "a", None)
        await said.stage.until("select 1 from confirmations")
        await said.stage.settled()
        await said("yes")
        await said.stage.settled()
        assert await said.tasks() == ["eggs"]


async def test_a_deletion_offers_to_take_it_back(scene) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, None)
        assert await last(said, 2) == DELETED
        about = dict(await said.offered())["leave"]
        assert "leave everything as it is" in await said.press("leave", about)
        assert await said.tasks() == ["milk"]


async def test_a_later_change_voids_an_earlier_offer(scene) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, "add bread")
        await last(said, 2)
        about = dict(await said.offered())["confirm"]
        await amend(said, first.external_id, "add tea")
        await last(said, 3)
        assert "answered already" in await said.press("confirm", about)
        await said.press("confirm", dict(await said.offered()).get("confirm", 0) or about + 1)
        await said.stage.settled()
        assert await said.tasks() == ["tea"]


@pytest.mark.parametrize("text", ["what is on my list", "add milk"])
async def test_where_nothing_changed_nothing_is_offered(scene, text: str) -> None:
    async with scene() as said:
        first = await said.stage.hear(text)
        await said.stage.settled()
        # A preview that the platform adds comes as an edit to the same text.
        await amend(said, first.external_id, text if "add" in text else "what is on my lists")
        await said("hello")
        assert len(await said.stage.replies()) == 2


async def test_what_was_undone_meanwhile_is_not_offered(scene) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await said("undo")
        await amend(said, first.external_id, None)
        await said("hello")
        assert len(await said.stage.replies()) == 3


async def test_in_slack_the_offer_is_for_the_author_alone(url: str, settings: Settings) -> None:
    async with on_slack_http(url, settings, Grammar()) as scene:
        slack = scene.slack
        await scene.say("ana", "@todd add milk", "thread")
        await scene.stage.settled()
        await slack.edit("C1", scene.root, f"<@{TODD}> add oat milk")
        async with asyncio.timeout(10):
            while not slack.ephemerals:
                await asyncio.sleep(0.02)
        await scene.stage.settled()
        (offer,) = slack.ephemerals
        assert offer["user"] == "UANA"
        assert offer["thread_ts"] == scene.root
        assert "You changed a message that I had acted on" in offer["text"]
        assert len(scene.stands("ana", "thread")) == 1
        await slack.press("UANA", "C1", offer["ts"], "Yes")
        await scene.stage.until("select 1 from tasks where title = 'oat milk'")
        await scene.stage.settled()
        rows = await scene.stage.rows("select title from tasks where deleted_at is null")
        assert [row["title"] for row in rows] == ["oat milk"]
        await slack.edit("C1", scene.root, None)
        async with asyncio.timeout(10):
            while "You deleted a message" not in slack.ephemerals[-1]["text"]:
                await asyncio.sleep(0.02)
        await scene.stage.settled()


async def test_in_slack_before_the_turn(url: str, settings: Settings) -> None:
    async with on_slack_http(url, settings, Grammar()) as scene:
        await scene.stage.stop()
        await scene.say("ana", "add milk")
        ts = scene.slack.messages["DUANA"][-1]["ts"]
        await scene.slack.edit("DUANA", ts, "add bread")
        scene.stage.start()
        await scene.stage.settled()
        assert scene.stands("ana") == ["✓ Added #1 bread"]


async def test_in_discord(url: str, settings: Settings) -> None:
    async with on_discord(url, settings, Grammar()) as scene:
        await scene.say("ana", "add milk")
        await scene.stage.settled()
        dm = scene.discord.dm_of(user_of("ana"))
        (first,) = [each for each in scene.discord.messages[dm] if each["content"] == "add milk"]
        await scene.discord.edit(dm, first["id"], "add oat milk")
        async with asyncio.timeout(10):
            while len(scene.stands("ana")) < 2:
                await asyncio.sleep(0.02)
        assert "You changed a message that I had acted on" in scene.stands("ana")[-1]
        await scene.stage.settled()
        await scene.say("ana", "yes")
        await scene.stage.until("select 1 from tasks where title = 'oat milk'")
        await scene.stage.settled()
        count = len(scene.stands("ana"))
        await scene.discord.edit(dm, first["id"], None)
        async with asyncio.timeout(10):
            while len(scene.stands("ana")) == count:
                await asyncio.sleep(0.02)
        assert "You deleted a message that I had acted on" in scene.stands("ana")[-1]
        await scene.stage.settled()


async def test_nobody_changes_what_somebody_else_said(scene) -> None:
    # Whose a message is was fixed when it was heard; platforms let only its author change it.
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, "add bread")
        await last(said, 2)
        about = dict(await said.offered())["confirm"]
        assert "nothing of yours to confirm" in await said.press("confirm", about, BOB, place=DM)


async def test_a_message_deleted_twice_is_gone_once(scene) -> None:
    async with scene(working=False) as said:
        message = heard("add milk", external_id="a")
        await said.stage.todd.inbox.keep(message)
        await amend(said, "a", None, times=2)
        said.stage.start()
        await said.stage.hear("hello")
        await said.stage.settled()
        (row,) = await said.stage.rows("select * from messages where external_id = 'a'")
        assert (row["state"], row["content"], row["amended"]) == ("withdrawn", "", None)


async def test_a_deletion_can_be_taken_back_by_an_offer(scene) -> None:
    async with scene() as said:
        await said("add milk")
        second = await said.stage.hear("delete 1")
        await said.stage.settled()
        await amend(said, second.external_id, None)
        await last(said, 3)
        assert await said("yes") == "✓ Undone: #1 milk is back"


async def test_what_was_heard_again_can_be_changed_again(scene) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, "add oat milk")
        await last(said, 2)
        await said("yes")
        await said.stage.settled()
        await amend(said, first.external_id, "add soy milk")
        await last(said, 5)
        await said("yes")
        await said.stage.settled()
        assert await said.tasks() == ["soy milk"]


async def test_changed_back_there_is_nothing_to_make_up_for(scene) -> None:
    async with scene() as said:
        first = await said.stage.hear("add milk")
        await said.stage.settled()
        await amend(said, first.external_id, "add oat milk")
        await last(said, 2)
        await amend(said, first.external_id, "add oat milk")  # a preview was added
        await amend(said, first.external_id, "add milk")
        assert "answered already" in await said("yes")
        assert await said.tasks() == ["milk"]
        assert len(await said.stage.replies()) == 3
