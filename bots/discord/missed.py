"""What was said in Discord while nobody listened: read back, once and in order."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord.utils import time_snowflake

from bots.discord import payloads
from bots.discord.hearing import Hearing
from db import conversations, watermarks
from db.database import Database

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)  # read again before what was handled last: some may have been at it
MISSED_FOR = timedelta(days=3)  # what is older is not answered any more
MISSED = 500  # messages of one channel
KNOWN_FOR, KNOWN = timedelta(days=90), 2_000  # DMs and threads that are not listed by Discord
WATERMARK_EVERY = 20.0  # seconds
LAG = timedelta(seconds=5)  # what was said by then has reached the gateway
READ_AT_ONCE = 4  # channels


class Missed:
    """Knows up to when nothing was missed, and reads back what may have been."""

    def __init__(self, client: discord.Client, database: Database, hearing: Hearing) -> None:
        self._client = client
        self._database = database
        self._hearing = hearing
        self.connected = False
        self.looks = 0  # whether the watermark may move, so far
        self._again = False  # something may have been missed since the reading began
        self._reading: asyncio.Task[None] | None = None

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def keep_watermark(self) -> None:
        """Notes up to when nothing was missed, while nothing is missing."""
        while True:
            await asyncio.sleep(WATERMARK_EVERY)
            await self._hearing.until_done("the watermark", self._advance)

    def _misses_nothing(self) -> bool:
        away = any(guild.unavailable for guild in self._client.guilds)
        return self.connected and not (self._reading or away or self._hearing.pending)

    async def _advance(self) -> None:
        self.looks += 1
        if not self._misses_nothing():
            return
        async with self._database.tending() as session:
            await watermarks.advance(session, payloads.NAME, datetime.now(UTC) - LAG)

    def read_again(self) -> None:
        self._again = True
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())

    async def _read_all(self) -> None:
        while self._again:
            self._again = False
            await self._hearing.until_done("reading back", self._read_back)
        self._reading = None
        await self._hearing.until_done("the watermark", self._advance)

    async def _read_back(self) -> None:
        """Hears what was said while nobody listened, oldest first; what is known is dropped.

        From the watermark, which does not move before all is read; what failed is read again.
        """
        now = datetime.now(UTC)
        async with self._database.tending() as session:
            until = await watermarks.heard_until(session, payloads.NAME)
            places = await conversations.lately(session, payloads.NAME, now - KNOWN_FOR, KNOWN)
            if until is None:
                # Heard for the first time: from now on nothing is to be missed.
                await watermarks.advance(session, payloads.NAME, now)
                return
        after = time_snowflake(max(until - OVERLAP, now - MISSED_FOR))
        here = {place.id: place for guild in self._client.guilds for place in _readable(guild)}
        elsewhere = {
            int(thread or channel) for channel, thread, private in places if private or thread
        } - set(here)
        newer = [each for each in here.values() if (each.last_message_id or 0) > after]
        few = asyncio.Semaphore(READ_AT_ONCE)

        async def read(place: Any) -> None:
            async with few:
                await self._hearing.until_done(
                    "reading a channel", lambda: self._read(place, after)
                )

        await asyncio.gather(*map(read, [*newer, *elsewhere]))

    async def _read(self, place: Any, after: int) -> None:
        """Reads one channel; one that is no longer there, or not for Todd, has nothing."""
        try:
            if isinstance(place, int):
                known = await self._client.http.get_channel(place)
                if int(known.get("last_message_id") or 0) <= after:  # type: ignore[call-overload]
                    return
                place = await self._client.fetch_channel(place)
            count = 0
            history = place.history(limit=MISSED, after=discord.Object(after), oldest_first=True)
            async for message in history:
                count += 1
                await self._hearing.message(message)
        except (discord.Forbidden, discord.NotFound, discord.InvalidData):
            return
        if count == MISSED:
            log.warning("channel %d had more than %d messages to read back", place.id, MISSED)


def _readable(guild: discord.Guild) -> list[Any]:
    return [
        *guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads,
    ]  # fmt: skip
