"""The gateway's side: keeps what is said, asked and pressed, and reads back what was missed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import aiohttp
import discord
from discord import app_commands
from discord.utils import time_snowflake

from bots.discord import hear, invite
from bots.discord.rest import away, refused
from bots.discord.say import PRESS
from bots.sealed import Seal
from core.errors import NotConfigured, PlatformFailed
from core.heard import Heard
from core.inbox import PRESSES, Inbox
from db import conversations
from db.database import Database

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)  # read again before what was handled last: some may have been at it
MISSED_FOR = timedelta(days=3)  # what is older is not answered any more
MISSED = 500  # messages of one channel
READ_AT_ONCE = 4  # channels
KEEP_AGAIN, KEEP_AGAIN_MOST = 0.5, 30.0  # seconds between tries to keep a message
KEPT_NOT = (
    "I can't keep anything at the moment, so nothing was done. Please say it again in a minute."
)
Interaction: TypeAlias = discord.Interaction[Any]
Done = TypeVar("Done")


@dataclass(slots=True)
class Marks:
    """Up to where messages were handled: by channel, thread or DM, and anywhere. Snowflakes."""

    anywhere: int = 0
    by_channel: dict[int, int] = field(default_factory=dict)
    dms: list[int] = field(default_factory=list)

    @classmethod
    async def read(cls, database: Database) -> "Marks":
        async with database.tending() as session:
            ends = await conversations.ends(session, hear.NAME, MISSED_FOR)
        marks = cls()
        for end in ends:
            channel, thread = end.channel.split("/")[0], end.thread
            last = int(end.order_key or 0)
            marks._note(int(thread or channel), last)
            if thread:
                marks._note(int(channel), int(thread))  # its first message stands in the channel
            if end.private and "/" not in end.channel:
                marks.dms.append(int(channel))
        return marks

    def _note(self, channel: int, last: int) -> None:
        self.by_channel[channel] = max(last, self.by_channel.get(channel, 0))
        self.anywhere = max(last, self.anywhere)

    def no_later_than(self, snowflake: int) -> None:
        """Takes nothing for handled that came after a moment."""
        self.anywhere = min(self.anywhere, snowflake)
        for channel, last in self.by_channel.items():
            self.by_channel[channel] = min(last, snowflake)

    def of(self, channel: int) -> int:
        """The message after which a channel is to be read again; 0 for not at all."""
        mark = self.by_channel.get(channel, self.anywhere)
        if not mark:
            return 0
        before = time_snowflake(discord.utils.snowflake_time(mark) - OVERLAP)
        return max(before, time_snowflake(datetime.now(UTC) - MISSED_FOR))


class Ear(discord.Client):
    """Hears Discord. It only keeps: what a reply needs, a worker does."""

    def __init__(self, inbox: Inbox, database: Database, seal: Seal) -> None:
        super().__init__(
            intents=invite.intents(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.begun: Callable[[], None] = lambda: None  # told once that Discord is heard
        self.fault: NotConfigured | None = None
        self._inbox = inbox
        self._database = database
        self._seal = seal
        self._marks: Marks | None = None  # as they were before the gateway was heard
        self._lost: int | None = None  # since when nothing was heard, as a snowflake
        self._reading: asyncio.Task[None] | None = None
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
        """Before the gateway: what was handled is asked while nothing new comes."""
        self._marks = await Marks.read(self._database)
        await self._sync()

    # ── what is heard ────────────────────────────────────────────────────────────────────────

    async def on_message(self, message: discord.Message) -> None:
        if isinstance(message.channel, discord.PartialMessageable):
            # A thread that is not in the cache: whose it is has to be asked.
            message.channel = await self.fetch_channel(message.channel.id)  # type: ignore[assignment]
        heard = hear.message(message, self._me)
        if heard is not None:
            await self._keep(heard)

    async def asked(self, interaction: Interaction, text: str, private: bool) -> None:
        private = private and not hear.in_dm(interaction)
        seal = await self._deferred(interaction, private)
        heard = hear.command(interaction, text, private, seal)
        await self._or_say_so(interaction, seal, lambda: self._inbox.keep(heard))

    async def pressed(self, interaction: Interaction, action: str, task_id: int | None) -> None:
        """A button is answered where it stands; privately when its message is private."""
        if action not in PRESSES:
            return
        shown = interaction.message
        private = task_id is None or (shown is not None and shown.flags.ephemeral)
        private = private and not hear.in_dm(interaction)
        if private or task_id is None or not self._may_write(interaction):
            seal = await self._deferred(interaction, private)
        else:
            seal = None
            await self._acked(interaction)
        press = hear.press(interaction, action, task_id, private, seal)
        await self._or_say_so(interaction, seal, lambda: self._inbox.press(press))

    async def _keep(self, heard: Heard) -> None:
        """Discord delivers once: what cannot be kept is tried until it is, or read back later."""
        await self._until_done(f"message {heard.external_id}", lambda: self._inbox.keep(heard))

    async def _until_done(self, what: str, act: Callable[[], Awaitable[Done]]) -> Done:
        wait = KEEP_AGAIN
        while True:
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
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
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
            if seal:
                await interaction.edit_original_response(content=KEPT_NOT)
            else:
                await interaction.followup.send(KEPT_NOT, ephemeral=True)

    def _may_write(self, interaction: Interaction) -> bool:
        return hear.in_dm(interaction) or interaction.is_guild_integration()

    @property
    def _me(self) -> int:
        assert self.user is not None
        return self.user.id

    # ── what was missed ──────────────────────────────────────────────────────────────────────

    async def on_disconnect(self) -> None:
        if self._lost is None:
            self._lost = time_snowflake(datetime.now(UTC))

    async def on_resumed(self) -> None:
        self._lost = None  # Discord has sent again what came meanwhile

    async def on_ready(self) -> None:
        """At the start, and whenever a session could not be resumed."""
        marks, self._marks = self._marks, None
        lost, self._lost = self._lost, None
        self.fault = self._lacking()
        if self.fault:
            await self.close()
            return
        begun, self.begun = self.begun, lambda: None
        begun()
        if self._reading:
            self._reading.cancel()
        self._reading = asyncio.create_task(self._read_back(marks, lost))

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Nothing is heard once it is closed: discord.py's own tasks go on for a while."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    def _lacking(self) -> NotConfigured | None:
        """What Todd may not do, when no server at all lets him work; else it is logged."""
        lacking = {guild.id: invite.lacking(guild.me.guild_permissions) for guild in self.guilds}
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

    async def _read_back(self, marks: Marks | None, lost: int | None) -> None:
        """Hears what was said while nobody listened, oldest first; what is known is dropped."""
        if marks is None:
            marks = await self._until_done("marks", lambda: Marks.read(self._database))
            marks.no_later_than(lost or marks.anywhere)
        if not marks.anywhere:
            return
        few = asyncio.Semaphore(READ_AT_ONCE)
        places: list[Any] = [
            place
            for guild in self.guilds
            for place in _readable(guild)
            if (place.last_message_id or 0) > marks.of(place.id) > 0
        ]

        async def read(place: Any) -> None:
            async with few:
                try:
                    if isinstance(place, int):
                        place = await self.fetch_channel(place)
                    await self._read(place, marks.of(place.id))
                except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                    log.warning("a channel could not be read back: %s", type(error).__name__)

        await asyncio.gather(*map(read, [*places, *marks.dms]))

    async def _read(self, channel: Any, after: int) -> None:
        count = 0
        history = channel.history(limit=MISSED, after=discord.Object(after), oldest_first=True)
        async for message in history:
            count += 1
            await self.on_message(message)
        if count == MISSED:
            log.warning("channel %d had more than %d messages to read back", channel.id, MISSED)

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
    template=rf"{PRESS}:(?P<action>[a-z]+):(?P<task>[0-9]+)",
):
    """A button under a reply. What it does is in its id, so it works after any restart."""

    def __init__(self, action: str, task_id: int) -> None:
        custom_id = f"{PRESS}:{action}:{task_id}"
        super().__init__(discord.ui.Button(label=action, custom_id=custom_id))
        self.action = action
        self.task_id = task_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: Any, /) -> "Press":
        return cls(match["action"], int(match["task"]))

    async def callback(self, interaction: Interaction) -> None:
        ear: Ear = interaction.client
        await ear.pressed(interaction, self.action, self.task_id)


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

    return [ask, tasks]


def _readable(guild: discord.Guild) -> list[Any]:
    return [*guild.text_channels, *guild.voice_channels, *guild.threads]


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


async def listen(ear: Ear, token: str, begun: Callable[[], None]) -> None:
    """Hears until cancelled. Raises NotConfigured or PlatformFailed, in one clear line."""
    try:
        async with ear:
            ear.begun = begun
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
        raise away(error) from error
    if ear.fault:
        raise ear.fault
    raise PlatformFailed("Discord's gateway was left.")
