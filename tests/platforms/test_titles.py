"""Titles, names and notes are text wherever they stand, on every platform (rule 8)."""

import asyncio
import re
from typing import Any

import pytest
from support.scenes import SCENES, DiscordScene, SlackScene, user_of
from support.talk import Clock

from core.reply import as_text, without_escapes
from core.understanding.english import Grammar

TITLES = [
    "fix __init__.py and **kwargs",
    "see [your salary letter](https://evil.example/a_b)",
    "rename `user_id` to `owner_id`",
    "wrap ||the lego set|| and ~~no~~ more",
    "write <b>bold</b> & <@1234> to <!here>",
    "# not a heading",
]
BACKSLASHES = "C:\\_backup\\*.txt"
# What is left of Markdown once each escaped character is gone.
MARKUP = re.compile(r"\*|__|`|~~|\|\||\[[^\]]*\]\(|<@|<!")


def bare(raw: str) -> str:
    """Without what is escaped, and without addresses."""
    return re.sub(r"https?://\S+", "", re.sub(r"\\.", "", raw))


def raw_words(scene: Any, who: str) -> list[str]:
    """What a platform that knows Markdown was given of Todd's words to render as such."""
    if isinstance(scene, DiscordScene):
        return [m["content"] for m in scene.discord.said(scene.discord.dm_of(user_of(who)))]
    if isinstance(scene, SlackScene):
        return [
            block["text"]
            for message in scene.slack.said(f"DU{who.upper()}")
            for block in message["blocks"]
            if block["type"] == "markdown"
        ]
    return []


@pytest.mark.parametrize("platform", ["console", "slack over http", "discord"])
async def test_a_title_reads_as_it_was_typed_wherever_it_stands(url, settings, platform) -> None:
    clock = Clock("2026-11-25T09:00:00+00:00")
    async with SCENES[platform](url, settings, Grammar(), clock=clock) as scene:

        async def answered(text: str) -> str:
            if platform.startswith("slack"):
                text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            await scene.say("ana", text)
            await scene.stage.settled()
            return scene.stands("ana")[-1]

        for number, title in enumerate(TITLES, start=1):
            if platform == "discord":
                title = title.replace("<@1234>", "@1234")
            assert title in await answered(f'add "{title}"'), "receipt"
            assert title in await answered(f"note on {number}: {title}"), "receipt of a note"
            assert (await answered(f"show {number}")).count(title) >= 2, "details"
            await answered(f"remind me of {number} in 5 minutes")
        listed = await answered("list")
        asked = await answered("delete everything")
        clock.to("2026-11-25T09:06:00+00:00")
        before = len(scene.stands("ana"))
        async with asyncio.timeout(20):
            while len(scene.stands("ana")) == before:
                await asyncio.sleep(0.05)
        told = scene.stands("ana")[-1]
        for title in TITLES:
            if platform == "discord":
                title = title.replace("<@1234>", "@1234")
            assert title in listed
            assert title in told
        assert all(title in asked for title in TITLES[:2])
        for words in raw_words(scene, "ana"):
            assert not MARKUP.search(bare(words)), words


@pytest.mark.parametrize("title", [*TITLES, BACKSLASHES])
def test_text_is_the_same_after_escaping_and_reading_it_again(title: str) -> None:
    assert without_escapes(as_text(title)) == title
    assert not MARKUP.search(bare(as_text(title)))


def test_what_needs_no_escape_has_none() -> None:
    for plain in ("- #1 buy milk · today", "snake_case_name", "https://a.example/b_c__d", "3 < 4"):
        assert as_text(plain) == plain
