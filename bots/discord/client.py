"""The gateway's side: hands on what is said, asked and pressed, and what was missed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import discord

from bots.discord import commands, invite
from bots.discord.hearing import Hearing
from bots.discord.interactions import Interactions
from bots.discord.missed import Missed
from bots.discord.rest import away, refused
from bots.sealed import Seal
from core.conversation.inbox import Inbox
from core.errors import NotConfigured, PlatformFailed
from db.database import Database

log = logging.getLogger(__name__)


class DiscordClient(discord.Client):
    """Hears Discord. It only keeps: what a reply needs, a worker does."""

    def __init__(
        self,
        inbox: Inbox,
        database: Database,
        seal: Seal,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        """`begun` is told once that Discord is heard."""
        super().__init__(
            intents=invite.intents(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.fault: NotConfigured | None = None
        self._begun = begun
        self.hearing = Hearing(self, inbox)
        self.interactions = Interactions(inbox, seal)
        self.missed = Missed(self, database, self.hearing)
        self.tree = commands.tree_of(self, self.interactions)
        self.add_dynamic_items(commands.Press)
        self._watermark: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Before the gateway is heard."""
        if await commands.publish(self.tree, self):
            log.info("the commands are published anew")
        self._watermark = asyncio.create_task(self.missed.keep_watermark())

    async def close(self) -> None:
        if self._watermark is not None:
            self._watermark.cancel()
        self.missed.stop()
        await super().close()
        await self.hearing.finish()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Nothing is heard once it is closed: discord.py's own tasks go on for a while."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    # ── what is heard ────────────────────────────────────────────────────────────────────────

    async def on_message(self, message: discord.Message) -> None:
        await self.hearing.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self.hearing.edit(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        await self.hearing.deletion(payload.channel_id, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in payload.message_ids:
            await self.hearing.deletion(payload.channel_id, message_id)

    # ── the connection ───────────────────────────────────────────────────────────────────────

    async def on_disconnect(self) -> None:
        self.missed.connected = False

    async def on_resumed(self) -> None:
        """Discord has sent again what came meanwhile."""
        self.missed.connected = True

    async def on_ready(self) -> None:
        """At the start, and whenever a session could not be resumed."""
        self.fault = self._lacking()
        if self.fault:
            await self.close()
            return
        begun, self._begun = self._begun, lambda: None
        begun()
        self.missed.connected = True
        self.missed.read_again()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server whose own outage is over: it may have been missed when the rest was read."""
        if self.missed.connected:
            self.missed.read_again()

    def _lacking(self) -> NotConfigured | None:
        """What Todd may not do, when no server at all lets him work; else it is logged."""
        there = [guild for guild in self.guilds if not guild.unavailable and guild.me]
        lacking = {guild.id: invite.lacking(guild.me.guild_permissions) for guild in there}
        for guild, names in lacking.items():
            if names:
                log.warning("server %d does not give Todd: %s", guild, ", ".join(names))
        if not lacking or not all(lacking.values()):
            return None
        names = sorted({name for each in lacking.values() for name in each})
        return NotConfigured(
            f"Discord gives Todd too few permissions ({', '.join(names)}): invite him again with "
            "the address that `todd discord invite` prints."
        )


async def listen(client: DiscordClient, token: str) -> None:
    """Hears until cancelled. Raises NotConfigured or PlatformFailed, in one clear line."""
    try:
        async with client:
            await client.start(token)
    except discord.LoginFailure as error:
        raise refused() from error
    except discord.PrivilegedIntentsRequired as error:
        raise NotConfigured(
            "Discord does not let Todd read messages: turn on “Message Content Intent” on your "
            "application's page (Bot → Privileged Gateway Intents)."
        ) from error
    except discord.ConnectionClosed as error:
        raise PlatformFailed(f"Discord ended the connection ({error.code}).") from error
    except (aiohttp.ClientError, OSError, TimeoutError, discord.HTTPException) as error:
        raise away(error) from None
    except Exception as error:
        # discord.py has none of its own for some, such as a gateway that was never there.
        log.debug("the gateway's client failed", exc_info=True)
        raise away(error) from error
    if client.fault:
        raise client.fault
    raise PlatformFailed("Discord's gateway was left.")
