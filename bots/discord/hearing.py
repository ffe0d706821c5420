"""What is said, changed and deleted in Discord: kept, however often that has to be tried."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

import discord

from bots.discord import payloads
from core.conversation.inbox import Inbox
from core.heard import Amended, Heard

log = logging.getLogger(__name__)

FINISH = 5.0  # seconds in which what is being kept at the end is
KEEP_AGAIN, KEEP_AGAIN_MOST = 0.5, 30.0  # seconds between tries to keep a message


class Hearing:
    """Hands on what the gateway says. Discord delivers once: what cannot be kept is tried until it
    is, or read back later (missed.py)."""

    def __init__(self, client: discord.Client, inbox: Inbox) -> None:
        self._client = client
        self._inbox = inbox
        self.pending = 0  # what is heard and not yet kept
        self._keeping: set[asyncio.Task[None]] = set()

    async def message(self, message: discord.Message) -> None:
        self.pending += 1
        try:
            await self.until_done(f"message {message.id}", lambda: self._keep(message))
        finally:
            self.pending -= 1

    async def edit(self, message: discord.Message) -> None:
        amended = payloads.edited(message, self._me)
        said = payloads.message(message, self._me)
        if amended is not None:
            await self.until_done("an edit", lambda: self._edit(amended, said))

    async def deletion(self, channel_id: int, message_id: int) -> None:
        amend = partial(self._amend, payloads.deleted(channel_id, message_id))
        await self.until_done("a deletion", amend)

    async def finish(self) -> None:
        """Waits for what is being kept, once the client is closed: nothing is begun any more."""
        if self._keeping:
            await asyncio.wait(self._keeping, timeout=FINISH)

    async def until_done(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        """Tries until it works, or the client is closed."""
        wait = KEEP_AGAIN
        while not self._client.is_closed():
            keeping = asyncio.ensure_future(act())
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)
            try:
                return await keeping
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

    async def _edit(self, amended: Amended, said: Heard | None) -> None:
        if said is not None and said.addressed and not said.place.private:
            # It may not have mentioned Todd before; if it did, it is kept already.
            if await self._inbox.keep(said):
                return
        await self._inbox.amend(amended)

    async def _amend(self, amended: Amended) -> None:
        await self._inbox.amend(amended)

    @property
    def _me(self) -> int:
        assert self._client.user is not None
        return self._client.user.id
