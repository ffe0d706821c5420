"""Where a reply is refused by its place, it reaches its person all the same; what was deleted is not
repeated there."""

import asyncio

import pytest
from fakes.discord import GENERAL
from fakes.discord import TODD as DISCORD_TODD
from support.scenes import on_discord, on_slack_http, user_of


@pytest.mark.parametrize("fault", ["is_archived", "not_in_channel", "restricted_action"])
async def test_in_slack_an_answer_that_its_channel_refuses_comes_in_private(
    url, settings, fault: str
) -> None:
    async with on_slack_http(url, settings) as scene:
        scene.slack.person("UANA", "ana")
        scene.slack.faults["chat.postMessage"] = [fault]
        await scene.say("ana", "@todd add email the press", "thread")
        async with asyncio.timeout(20):
            while not scene.stands("ana"):
                await asyncio.sleep(0.05)
        (told,) = scene.stands("ana")
        assert "✓ Added #1 email the press" in told
        assert told.startswith("I could not answer where you asked me")
        assert scene.stands("ana", "thread") == []
        assert len(await scene.stage.rows("select 1 from tasks")) == 1


async def test_in_slack_blocks_that_are_refused_are_said_as_plain_text(url, settings) -> None:
    async with on_slack_http(url, settings) as scene:
        scene.slack.faults["chat.postMessage"] = ["invalid_blocks"]
        await scene.say("ana", "add email the press")
        await scene.stage.settled()
        (post,) = scene.slack.said("DUANA")
        assert post["text"].endswith("✓ Added #1 email the press")
        assert "blocks" not in post


@pytest.mark.parametrize("fault", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_a_refusal_for_a_moment_loses_nothing(url, settings, fault: str) -> None:
    async with on_slack_http(url, settings) as scene:
        scene.slack.faults["chat.postMessage"] = [fault, fault]
        await scene.say("ana", "add email the press")
        await scene.stage.settled()
        assert scene.stands("ana") == ["✓ Added #1 email the press"]


@pytest.mark.parametrize("code", [50083, 160005, 50013])
async def test_in_discord_an_answer_that_its_thread_refuses_comes_in_private(
    url, settings, code: int
) -> None:
    async with on_discord(url, settings) as scene:
        await scene.say("ana", "@todd add pitch the tent", "thread")
        await scene.stage.settled()
        scene.discord.faults["POST message"] = [(400 if code == 50083 else 403, code)]
        await scene.say("ana", "@todd add fold the map", "thread")
        async with asyncio.timeout(20):
            while not scene.stands("ana"):
                await asyncio.sleep(0.05)
        (told,) = scene.stands("ana")
        assert "✓ Added #2 fold the map" in told or "✓ Added #3 fold the map" in told
        assert len(scene.stands("ana", "thread")) == 1


async def test_what_was_deleted_meanwhile_is_not_repeated_in_the_channel(url, settings) -> None:
    async with on_discord(url, settings) as scene:
        scene.discord.person(user_of("ana"), "ana")
        scene.discord.faults["POST thread"] = [(404, 10008)]
        sent = await scene.discord.say(
            user_of("ana"), f"<@{DISCORD_TODD}> add call hr about it", GENERAL
        )
        await scene.stage.until("select 1 from messages where external_id = %s", sent)
        async with asyncio.timeout(20):
            while not scene.stands("ana"):
                await asyncio.sleep(0.05)
        assert "call hr" in scene.stands("ana")[0]
        assert scene.discord.said(GENERAL) == []
