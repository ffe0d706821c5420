"""What is asked by command and pressed: taken at once, kept, and answered by its token."""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import aiohttp
import discord

from bots.discord import payloads
from bots.sealed import Seal
from core.conversation.inbox import Inbox
from core.conversation.presses import PRESSES

log = logging.getLogger(__name__)

ACKED = 40060  # the interaction was acknowledged already
KEPT_NOT = (
    "I can't keep anything at the moment, so nothing was done. Please say it again in a minute."
)
Interaction: TypeAlias = discord.Interaction[Any]


class Interactions:
    """Takes commands and presses within Discord's three seconds, before they are kept: silence
    would save nothing, since Discord delivers them once."""

    def __init__(self, inbox: Inbox, seal: Seal) -> None:
        self._inbox = inbox
        self._seal = seal

    async def asked(self, interaction: Interaction, text: str, private: bool) -> None:
        private = private and not payloads.in_dm(interaction)
        seal = await self._deferred(interaction, private)
        heard = payloads.command(interaction, text, private, seal)
        await self._or_say_so(interaction, seal, lambda: self._inbox.keep(heard))

    async def pressed(self, interaction: Interaction, action: str, about: int | None) -> None:
        """A button is answered where it stands; privately when its message is private."""
        if action not in PRESSES:
            return
        shown = interaction.message
        private = about is None or (shown is not None and shown.flags.ephemeral)
        private = private and not payloads.in_dm(interaction)
        if private or about is None or not _may_write(interaction):
            seal = await self._deferred(interaction, private)
        else:
            seal = None
            await self._acked(interaction)
        press = payloads.press(interaction, action, about, private, seal, self._seal)
        await self._or_say_so(interaction, seal, lambda: self._inbox.press(press))

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


def _may_write(interaction: Interaction) -> bool:
    """Whether an ordinary message of Todd's can stand where the interaction was."""
    if payloads.in_dm(interaction):
        return True
    may = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    return interaction.is_guild_integration() and (
        may.send_messages_in_threads if in_thread else may.send_messages
    )
