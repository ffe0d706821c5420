"""Measures what docs/performance.md quotes: `make bench`, or `python -m bench NAME …` for some.

These machines are noisy: figures are medians of one run, and ratios compare within it.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.doors import doors
from bench.finding import find
from bench.platforms import discord, slack
from bench.processes import idle, start
from bench.reminding import remind
from bench.stage import ROOT, Row, work
from bench.turns import accept, length, rate, turn
from bench.words import words
from db import migrate
from db.embedded import Embedded

BENCHES: dict[str, Callable[[str, Row], Awaitable[None]]] = {
    "doors": doors,
    "accept": accept,
    "turn": turn,
    "rate": rate,
    "length": length,
    "idle": idle,
    "start": start,
    "slack": slack,
    "discord": discord,
    "words": words,
    "find": find,
    "remind": remind,
}


async def main(names: list[str]) -> None:
    sys.path.insert(0, str(ROOT / "tests"))  # its fakes
    with tempfile.TemporaryDirectory() as folder:
        embedded = await Embedded.start(Path(folder))
        try:
            print("| what | figure |\n|---|---|", flush=True)
            for name in names or list(BENCHES):
                url = await embedded.database(f"bench_{name}")
                await migrate.upgrade(url)
                await BENCHES[name](url, lambda what, so: print(f"| {what} | {so} |", flush=True))
        finally:
            await embedded.stop()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[2]) if sys.argv[1:2] == ["worker"] else main(sys.argv[1:]))
