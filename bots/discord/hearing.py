"""What is said, changed and deleted in Discord: kept, however often that has to be tried."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

import discord

from bots.discord import payloads
from core.conversation.inbox import Inbox
from core.heard import Amended

log = logging.getLogger(__name__)

KEEP_AGAIN, KEEP_AGAIN_MOST = 0.5, 30.0  # seconds between tries to keep a message


class Hearing:
    """Hands on what the gateway says. Discord delivers once: what cannot be kept is tried until it
    is, or read back later (missed.py)."""

    def __init__(self, client: discord.Client, inbox: Inbox) -> None:
        self._client = client
        self._inbox = inbox
        self.pending = 0  # what is heard and not yet kept

    async def message(self, message: discord.Message) -> None:
        self.pending += 1
        try:
            await self.until_done(f"message {message.id}", lambda: self._keep(message))
        finally:
            self.pending -= 1

    async def edit(self, message: discord.Message) -> None:
        amended = payloads.edited(message, self._me)
        if amended is not None:
            await self.until_done("an edit", lambda: self._amend(amended))

    async def deletion(self, channel_id: int, message_id: int) -> None:
        amend = partial(self._amend, payloads.deleted(channel_id, message_id))
        await self.until_done("a deletion", amend)

    async def until_done(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        """Tries until it works, or the client is closed."""
        wait = KEEP_AGAIN
        while not self._client.is_closed():
            try:
                return await act()
            except Exception as error:
                log.error("%s failed, again in %.1f s: %s", what, wait, type(error).__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, KEEP_AGAIN_MOST)

    async def _keep(self, message: discord.Message) -> None:
        if isinstance(message.channel, discord.PartialMessageable):
            # A thread that is not in the cache: whose it is has to be asked.
            try:
                channel = await self._client.fetch_channel(message.channel.id)
            except (discord.Forbidden, discord.NotFound, discord.InvalidData):
                return
            message.channel = channel  # type: ignore[assignment]
        heard = payloads.message(message, self._me)
        if heard is not None:
            await self._inbox.keep(heard)

    async def _amend(self, amended: Amended) -> None:
        await self._inbox.amend(amended)

    @property
    def _me(self) -> int:
        assert self._client.user is not None
        return self._client.user.id
