"""The tour (docs/tour.md), played again in two terminals: every word of it has to come out so."""

import asyncio
import os
import re
from datetime import UTC, datetime

from support.command import ROOT
from support.scenes import ConsoleScene, on_console

from bots.settings import Settings
from core.understanding.english import Grammar

TOUR = ROOT / "docs" / "tour.md"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


async def test_the_tour_happens_as_it_is_written(url: str, settings: Settings) -> None:
    written = TOUR.read_text()
    async with on_console(url, settings, Grammar(), clock=lambda: NOW) as scene:
        played = await play(scene, written)
    # The hours of what happened are those of the machine's clock.
    if "TODD_WRITE" in os.environ:
        TOUR.write_text(played)
    assert played == written
    assert len(re.findall(r"^\w+ › ", played, re.M)) >= 100


async def play(scene: ConsoleScene, written: str) -> str:
    """The same page with what Todd answers now."""
    page: list[str] = []
    seen = {"ana": 0, "bob": 0}
    inside = False
    for line in written.splitlines():
        spoken = re.fullmatch(r"(ana|bob) › (.+)", line)
        if not inside or spoken or line.startswith("```"):
            page.append(line)
        if line.startswith("```"):
            inside = line == "```text"
        if spoken is None:
            continue
        await scene.say(spoken[1], spoken[2])
        await settled(scene)
        for who in sorted(seen, key=lambda each: each != spoken[1]):
            for reply in scene.stands(who)[seen[who] :]:
                to = "" if who == spoken[1] else f"(to {who}) "
                page.extend(f"    {to}{line}".rstrip() for line in _timeless(reply).splitlines())
                seen[who] += 1
    return "\n".join(page) + "\n"


async def settled(scene: ConsoleScene) -> None:
    await scene.stage.settled()
    waiting = "select 1 from reminders where state = 'waiting' and at <= '2026-11-25T09:00Z' union all select 1 from posts" \
              " where external_id = 'unseen' union all select 1 from messages where state = 'telling'"  # fmt: skip
    async with asyncio.timeout(10):
        while await scene.stage.rows(waiting):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)
    await scene.stage.settled()


def _timeless(reply: str) -> str:
    """History has the hours of the machine's own clock."""
    return re.sub(r"^- \w{3} \d+ \w{3} \d\d:\d\d: ", "- Wed 25 Nov 10:00: ", reply, flags=re.M)
