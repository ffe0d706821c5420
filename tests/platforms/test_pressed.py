"""A press changes the message that it stands in; what is refused is told to the presser alone."""

from typing import Any

import pytest
from fakes.slack import rendered
from support.scenes import DiscordScene, SlackScene, on_discord, on_slack_http, plain, user_of

from core.conversation import pressed_on


class InSlack:
    def __init__(self, scene: SlackScene) -> None:
        self.scene, self.stage = scene, scene.stage

    async def add(self, what: str) -> None:
        await self.scene.say("ana", f"@todd add {what}", "thread")
        await self.stage.settled()

    def posts(self) -> list[dict[str, Any]]:
        return self.scene.slack.said("C1", self.scene.root)

    async def press(self, who: str, post: dict[str, Any], label: str, times: int = 1) -> None:
        self.scene.slack.person(f"U{who.upper()}", who)
        await self.scene.slack.press(f"U{who.upper()}", "C1", post["ts"], label, times)
        await self.stage.settled()

    def text(self, post: dict[str, Any]) -> str:
        return rendered(post)

    def buttons(self, post: dict[str, Any]) -> list[str]:
        return [
            element["text"]["text"]
            for block in post["blocks"] if block["type"] == "actions"
            for element in block["elements"]
        ]  # fmt: skip

    def whispered(self) -> list[tuple[str, str]]:
        return [(each["user"], rendered(each)) for each in self.scene.slack.ephemerals]


class InDiscord:
    def __init__(self, scene: DiscordScene) -> None:
        self.scene, self.stage = scene, scene.stage

    async def add(self, what: str) -> None:
        await self.scene.say("ana", f"@todd add {what}", "thread")
        await self.stage.settled()

    def posts(self) -> list[dict[str, Any]]:
        return [m for m in self.scene.discord.said(self.scene.root) if not m["flags"] & 64]

    async def press(self, who: str, post: dict[str, Any], label: str, times: int = 1) -> None:
        self.scene.discord.person(user_of(who), who)
        pressed = await self.stage.rows("select count(*) from messages where state = 'pressed'")
        await self.scene.discord.press(user_of(who), post, label, times)
        await self.stage.until(
            "select 1 from messages where state = 'pressed' having count(*) > %s",
            pressed[0]["count"],
        )
        await self.stage.settled()

    def text(self, post: dict[str, Any]) -> str:
        return plain(post["content"])

    def buttons(self, post: dict[str, Any]) -> list[str]:
        return [each["label"] for row in post["components"] for each in row["components"]]

    def whispered(self) -> list[tuple[str, str]]:
        return [
            ("", m["content"]) for m in self.scene.discord.messages[self.scene.root]
            if m["flags"] & 64
        ]  # fmt: skip


@pytest.fixture(params=["slack", "discord"])
def people(request, url, settings):
    scene = {"slack": on_slack_http, "discord": on_discord}[request.param]
    view = {"slack": InSlack, "discord": InDiscord}[request.param]
    return lambda: scene(url, settings), view


async def test_what_is_done_is_struck_through_and_cannot_be_pressed_again(people) -> None:
    opened, view = people
    async with opened() as scene:
        there = view(scene)
        await there.add("lock the shed")
        (post,) = there.posts()
        assert "Done #1" in there.buttons(post)
        await there.press("ana", post, "Done #1", times=2)
        post, receipt = there.posts()
        assert "~~" in there.text(post)
        assert "lock the shed" in there.text(post)
        assert "Done #1" not in there.buttons(post)
        assert "✓ Done #1 lock the shed" in there.text(receipt)


async def test_a_refusal_is_for_the_presser_alone(people) -> None:
    opened, view = people
    async with opened() as scene:
        there = view(scene)
        await there.add("feed the fish")
        (post,) = there.posts()
        before = there.text(post), there.buttons(post)
        await there.press("eve", post, "Done #1")
        (post,) = there.posts()
        assert (there.text(post), there.buttons(post)) == before
        assert len(there.whispered()) == 1
        assert not await there.stage.rows("select 1 from tasks where completed")


async def test_a_question_that_is_answered_cannot_be_answered_again(people) -> None:
    opened, view = people
    async with opened() as scene:
        there = view(scene)
        await there.add("cups, forks, plates, napkins")
        await scene.say("ana", "@todd delete 1, 2, 3 and 4", "thread")
        await there.stage.settled()
        question = there.posts()[-1]
        assert there.buttons(question)[:2] == ["Yes", "No"]
        await there.press("eve", question, "Yes")
        assert len(await there.stage.rows("select 1 from tasks where deleted_at is null")) == 4
        assert len(there.whispered()) == 1
        old = {**question, "blocks": list(question.get("blocks") or [])}
        await there.press("ana", question, "No")
        answered = next(p for p in there.posts() if there.text(p) == there.text(old))
        assert there.buttons(answered) == []
        assert len(await there.stage.rows("select 1 from tasks where deleted_at is null")) == 4


def test_only_lines_of_the_task_are_struck() -> None:
    said = "⏰ #1 call the vet · 10:30\n⏰ #2 feed the cat"
    assert pressed_on.struck(said, "feed the cat") == (
        "⏰ #1 call the vet · 10:30\n⏰ ~~#2 feed the cat~~ · done"
    )
    digest = "- #3 Call\n- #4 Call mom · Fri 4 Dec\nBob has given you #5 Call"
    assert pressed_on.struck(digest, "Call") == (
        "- ~~#3 Call~~ · done\n- #4 Call mom · Fri 4 Dec\n~~Bob has given you #5 Call~~ · done"
    )
    once = pressed_on.struck("✓ Added #1 tea", "tea")
    assert once == "✓ Added ~~#1 tea~~ · done"
    assert pressed_on.struck(once, "tea") == once


def test_what_is_left_to_press() -> None:
    offered = [
        ["Done #1", "done", 5],
        ["In 1 h", "hour", 5],
        ["Done #2", "done", 6],
        ["Undo", "undo", 9],
    ]
    assert pressed_on.left(offered, "done", 5) == [["Done #2", "done", 6], ["Undo", "undo", 9]]
    assert pressed_on.left(offered, "hour", 5) == [offered[0], *offered[2:]]
    assert pressed_on.left(offered, "list", 0) == offered
