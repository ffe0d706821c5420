"""The gateway's side: keeps what is said, asked and pressed, and reads back what was missed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import aiohttp
import discord
from discord import app_commands
from discord.utils import time_snowflake

from bots.discord import hear, invite
from bots.discord.rest import away, refused
from bots.discord.say import PRESS
from bots.sealed import Seal
from core.conversation.inbox import Inbox
from core.conversation.presses import PRESSES
from core.errors import NotConfigured, PlatformFailed
from core.heard import Amended
from db import conversations, watermarks
from db.database import Database

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)  # read again before what was handled last: some may have been at it
MISSED_FOR = timedelta(days=3)  # what is older is not answered any more
MISSED = 500  # messages of one channel
KNOWN_FOR, KNOWN = timedelta(days=90), 2_000  # DMs and threads that are not listed by Discord
MARK_EVERY = 20.0  # seconds
LAG = timedelta(seconds=5)  # what was said by then has reached the gateway
ACKED = 40060  # the interaction was acknowledged already
READ_AT_ONCE = 4  # channels
KEEP_AGAIN, KEEP_AGAIN_MOST = 0.5, 30.0  # seconds between tries to keep a message
KEPT_NOT = (
    "I can't keep anything at the moment, so nothing was done. Please say it again in a minute."
)
Interaction: TypeAlias = discord.Interaction[Any]


class Ear(discord.Client):
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
        self._inbox = inbox
        self._database = database
        self._seal = seal
        self._pending = 0  # what is heard and not yet kept
        self._connected = False
        self._again = False  # something may have been missed since the reading began
        self._reading: asyncio.Task[None] | None = None  # of what may have been missed
        self._marking: asyncio.Task[None] | None = None
        self.tree = app_commands.CommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        for command in commands(self):
            self.tree.add_command(command)
        self.add_dynamic_items(Press)

    async def setup_hook(self) -> None:
        """Before the gateway is heard."""
        await self._sync()
        self._marking = asyncio.create_task(self._mark())

    async def close(self) -> None:
        for task in (self._marking, self._reading):
            if task is not None:
                task.cancel()
        await super().close()

    # ── what is heard ────────────────────────────────────────────────────────────────────────

    async def on_message(self, message: discord.Message) -> None:
        """Discord delivers once: what cannot be kept is tried until it is, or read back later."""
        self._pending += 1
        try:
            await self._until_done(f"message {message.id}", lambda: self._hear(message))
        finally:
            self._pending -= 1

    async def _hear(self, message: discord.Message) -> None:
        if isinstance(message.channel, discord.PartialMessageable):
            # A thread that is not in the cache: whose it is has to be asked.
            try:
                channel = await self.fetch_channel(message.channel.id)
            except (discord.Forbidden, discord.NotFound, discord.InvalidData):
                return
            message.channel = channel  # type: ignore[assignment]
        heard = hear.message(message, self._me)
        if heard is not None:
            await self._inbox.keep(heard)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        amended = hear.edited(payload.message, self._me)
        if amended is not None:
            await self._until_done("an edit", lambda: self._amend(amended))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        amended = hear.deleted(payload.channel_id, payload.message_id)
        await self._until_done("a deletion", lambda: self._amend(amended))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in payload.message_ids:
            amend = partial(self._amend, hear.deleted(payload.channel_id, message_id))
            await self._until_done("a deletion", amend)

    async def _amend(self, amended: Amended) -> None:
        await self._inbox.amend(amended)

    async def asked(self, interaction: Interaction, text: str, private: bool) -> None:
        private = private and not hear.in_dm(interaction)
        seal = await self._deferred(interaction, private)
        heard = hear.command(interaction, text, private, seal)
        await self._or_say_so(interaction, seal, lambda: self._inbox.keep(heard))

    async def pressed(self, interaction: Interaction, action: str, about: int | None) -> None:
        """A button is answered where it stands; privately when its message is private."""
        if action not in PRESSES:
            return
        shown = interaction.message
        private = about is None or (shown is not None and shown.flags.ephemeral)
        private = private and not hear.in_dm(interaction)
        if private or about is None or not self._may_write(interaction):
            seal = await self._deferred(interaction, private)
        else:
            seal = None
            await self._acked(interaction)
        press = hear.press(interaction, action, about, private, seal)
        await self._or_say_so(interaction, seal, lambda: self._inbox.press(press))

    async def _until_done(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        wait = KEEP_AGAIN
        while not self.is_closed():
            try:
                return await act()
            except Exception as error:
                log.error("%s failed, again in %.1f s: %s", what, wait, type(error).__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, KEEP_AGAIN_MOST)

    async def _deferred(self, interaction: Interaction, private: bool) -> Seal | None:
        """Takes the interaction at once, within Discord's three seconds; what it returns keeps
        the token for the answer. None when Discord did not take it: answered without."""
        try:
            await interaction.response.defer(ephemeral=private, thinking=True)
        except discord.HTTPException as error:
            if error.code == ACKED:
                return self._seal  # by another process that hears the same
            log.warning("an interaction could not be deferred: %d", error.code)
            return None
        except (aiohttp.ClientError, OSError) as error:
            log.warning("an interaction could not be deferred: %s", type(error).__name__)
            return None
        return self._seal

    async def _acked(self, interaction: Interaction) -> None:
        try:
            await interaction.response.defer()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("a press could not be acked: %s", type(error).__name__)

    async def _or_say_so(
        self, interaction: Interaction, seal: Seal | None, keep: Callable[[], Awaitable[bool]]
    ) -> None:
        """Interactions are not delivered again: who asked is told that nothing was kept."""
        try:
            await keep()
        except Exception as error:
            log.error("interaction %s is not kept: %s", interaction.id, type(error).__name__)
            with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
                if seal:
                    await interaction.edit_original_response(content=KEPT_NOT)
                else:
                    await interaction.followup.send(KEPT_NOT, ephemeral=True)

    def _may_write(self, interaction: Interaction) -> bool:
        """Whether an ordinary message of Todd's can stand where the interaction was."""
        if hear.in_dm(interaction):
            return True
        may = interaction.app_permissions
        in_thread = isinstance(interaction.channel, discord.Thread)
        return interaction.is_guild_integration() and (
            may.send_messages_in_threads if in_thread else may.send_messages
        )

    @property
    def _me(self) -> int:
        assert self.user is not None
        return self.user.id

    # ── what was missed ──────────────────────────────────────────────────────────────────────

    async def on_disconnect(self) -> None:
        self._connected = False

    async def on_resumed(self) -> None:
        """Discord has sent again what came meanwhile."""
        self._connected = True

    async def on_ready(self) -> None:
        """At the start, and whenever a session could not be resumed."""
        self.fault = self._lacking()
        if self.fault:
            await self.close()
            return
        begun, self._begun = self._begun, lambda: None
        begun()
        self._connected = True
        self._read_again()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server whose own outage is over: it may have been missed when the rest was read."""
        if self._connected:
            self._read_again()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Nothing is heard once it is closed: discord.py's own tasks go on for a while."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

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

    async def _mark(self) -> None:
        """Notes up to when nothing was missed, while nothing is missing."""
        while True:
            await asyncio.sleep(MARK_EVERY)
            await self._until_done("the mark", self._advance)

    def _misses_nothing(self) -> bool:
        away = any(guild.unavailable for guild in self.guilds)
        return self._connected and not (self._reading or away or self._pending)

    async def _advance(self) -> None:
        if not self._misses_nothing():
            return
        async with self._database.tending() as session:
            await watermarks.advance(session, hear.NAME, datetime.now(UTC) - LAG)

    def _read_again(self) -> None:
        self._again = True
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())

    async def _read_all(self) -> None:
        while self._again:
            self._again = False
            await self._until_done("reading back", self._read_back)
        self._reading = None
        await self._until_done("the mark", self._advance)

    async def _read_back(self) -> None:
        """Hears what was said while nobody listened, oldest first; what is known is dropped.

        From the mark, which does not move before all is read; what failed is read again.
        """
        now = datetime.now(UTC)
        async with self._database.tending() as session:
            until = await watermarks.heard_until(session, hear.NAME)
            places = await conversations.lately(session, hear.NAME, now - KNOWN_FOR, KNOWN)
            if until is None:
                # Heard for the first time: from now on nothing is to be missed.
                await watermarks.advance(session, hear.NAME, now)
                return
        after = time_snowflake(max(until - OVERLAP, now - MISSED_FOR))
        here = {place.id: place for guild in self.guilds for place in _readable(guild)}
        elsewhere = {
            int(thread or channel)
            for channel, thread, private in places
            if (private or thread) and "/" not in channel
        } - set(here)
        newer = [each for each in here.values() if (each.last_message_id or 0) > after]
        few = asyncio.Semaphore(READ_AT_ONCE)

        async def read(place: Any) -> None:
            async with few:
                await self._until_done("reading a channel", lambda: self._read(place, after))

        await asyncio.gather(*map(read, [*newer, *elsewhere]))

    async def _read(self, place: Any, after: int) -> None:
        """Reads one channel; one that is no longer there, or not for Todd, has nothing."""
        try:
            if isinstance(place, int):
                known = await self.http.get_channel(place)
                if int(known.get("last_message_id") or 0) <= after:  # type: ignore[call-overload]
                    return
                place = await self.fetch_channel(place)
            count = 0
            history = place.history(limit=MISSED, after=discord.Object(after), oldest_first=True)
            async for message in history:
                count += 1
                await self.on_message(message)
        except (discord.Forbidden, discord.NotFound, discord.InvalidData):
            return
        if count == MISSED:
            log.warning("channel %d had more than %d messages to read back", place.id, MISSED)

    # ── commands ─────────────────────────────────────────────────────────────────────────────

    async def _sync(self) -> None:
        """Publishes the commands, only when they are others than Discord knows."""
        ours = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        theirs = await self.http.get_global_commands(self.application_id or 0)
        if not _same(ours, theirs):
            await self.tree.sync()
            log.info("the commands are published anew")


class Press(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"{PRESS}:(?P<action>[a-z_]+):(?P<task>[0-9]+)",
):
    """A button under a reply. What it does is in its id, so it works after any restart."""

    def __init__(self, action: str, about: int) -> None:
        custom_id = f"{PRESS}:{action}:{about}"
        super().__init__(discord.ui.Button(label=action, custom_id=custom_id))
        self.action = action
        self.about = about

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: Any, /) -> "Press":
        return cls(match["action"], int(match["task"]))

    async def callback(self, interaction: Interaction) -> None:
        ear: Ear = interaction.client
        await ear.pressed(interaction, self.action, self.about)


def commands(ear: Ear) -> list[app_commands.Command[Any, ..., Any]]:
    """The slash commands."""

    @app_commands.command(description="Tell Todd something, in your own words")
    @app_commands.describe(text="add send invoice friday 5pm", private="Only you see the answer")
    async def ask(
        interaction: Interaction,
        text: app_commands.Range[str, 1, 4000],
        private: bool = False,
    ) -> None:
        await ear.asked(interaction, text, private)

    @app_commands.command(description="Your open tasks, for your eyes only")
    async def tasks(interaction: Interaction) -> None:
        await ear.pressed(interaction, "list", None)

    @app_commands.command(description="How Todd is for you: zone, reminders, digest, quiet hours")
    async def settings(interaction: Interaction) -> None:
        await ear.pressed(interaction, "settings", None)

    return [ask, tasks, settings]


def _readable(guild: discord.Guild) -> list[Any]:
    return [
        *guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads,
    ]  # fmt: skip


def _same(ours: Any, theirs: Any) -> bool:
    """Whether what Discord has says all that we say; what it adds by itself does not count."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            _same(value, theirs.get(key)) for key, value in ours.items()
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return False
        if ours and isinstance(ours[0], dict):
            ours, theirs = (sorted(each, key=lambda item: item["name"]) for each in (ours, theirs))
        return all(map(_same, ours, theirs))
    return bool(ours == theirs) or (not ours and not theirs)


async def listen(ear: Ear, token: str) -> None:
    """Hears until cancelled. Raises NotConfigured or PlatformFailed, in one clear line."""
    try:
        async with ear:
            await ear.start(token)
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
    if ear.fault:
        raise ear.fault
    raise PlatformFailed("Discord's gateway was left.")
