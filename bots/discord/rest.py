"""Discord by REST alone: discord.py's client with its rate limits, logged in, never connected."""

import asyncio
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from core.errors import NotConfigured, PlatformFailed

# Discord will never take it: malformed or refused, no right to write there, no such place.
FINAL = frozenset({400, 403, 404})
# The person or place is gone, or lets Todd in no more: unknown channel, server, user; no access, no
# right; a person who takes no DMs, or who shares no server with Todd; a thread that is locked; a
# message that was deleted, whose words are not to be repeated beside where it stood.
GONE = frozenset({
    10003, 10004, 10008, 10013, 50001, 50007, 50013, 50083, 50278, 160005,
})  # fmt: skip
# A token of an interaction that is over, or was never acked.
EXPIRED = frozenset({10015, 10062, 50027})


def point_at(api_base: str | None, gateway: str | None) -> None:
    """The one place where discord.py is sent to another server than Discord's, for tests."""
    if api_base:
        Route.BASE = api_base
    if gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


class Rest:
    """Asks Discord things; logs in when it is first asked."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._client = discord.Client(intents=discord.Intents(guilds=True))
        self._one_at_a_time = asyncio.Lock()
        self._logged_in = False

    async def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        **parameters: Any,
    ) -> Any:
        """One request; `parameters` fill the path. 429 and most 5xx are waited out by discord.py.

        Raises discord.HTTPException for what Discord refuses, PlatformFailed when it is away.
        """
        try:
            await self._log_in()
            more: dict[str, Any] = {"json": body} if body is not None else {}
            if query:
                more["params"] = query
            return await self._client.http.request(Route(method, path, **parameters), **more)
        except discord.LoginFailure as error:
            raise PlatformFailed("Discord refuses DISCORD_TOKEN") from error
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            # Not `from error`: it may name the address, and a command's address holds its token.
            raise PlatformFailed(f"discord: {type(error).__name__}") from None

    async def application(self) -> int:
        """The application's id. Raises NotConfigured for a wrong token."""
        try:
            await self._log_in()
        except discord.LoginFailure as error:
            raise refused() from error
        except (OSError, TimeoutError, aiohttp.ClientError, discord.HTTPException) as error:
            raise away(error) from error
        return self._client.application_id or 0

    async def me(self) -> int:
        """The id of Todd's own user."""
        await self.application()
        return self._client.user.id if self._client.user else 0

    async def aclose(self) -> None:
        await self._client.close()

    async def _log_in(self) -> None:
        async with self._one_at_a_time:
            if not self._logged_in:
                await self._client.login(self._token)
                self._logged_in = True


def failed(error: discord.HTTPException) -> PlatformFailed:
    """What could not be said, and whether it ever can be."""
    fault = f"discord: {error.status} {error.code}"
    return PlatformFailed(fault, final=error.status in FINAL, gone=error.code in GONE)


def refused() -> NotConfigured:
    return NotConfigured(
        "Discord refuses DISCORD_TOKEN. Copy it from your application's page: Bot → Reset Token."
    )


def away(error: Exception) -> PlatformFailed:
    return PlatformFailed(f"Discord cannot be reached ({type(error).__name__}).")
