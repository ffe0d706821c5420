"""The Bolt app: acks Slack only after the commit, by HTTP or by Socket Mode."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiohttp import ClientError, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import payloads
from bots.slack.manifest import COMMAND, NEEDED
from bots.slack.say import fault_of
from core.conversation.inbox import Inbox
from core.conversation.presses import PRESSES
from core.errors import NotConfigured, PlatformFailed

log = logging.getLogger(__name__)

CONNECTED_EVERY = 5.0  # seconds between looks at the socket
# What Slack says of a token that is wrong, rather than of itself.
REFUSALS = frozenset({
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
    "not_allowed_token_type", "missing_scope",
})  # fmt: skip
LOST_FOR = 60.0  # seconds without a connection after which the process ends, to be started again


def build(inbox: Inbox, installed: AuthorizeResult, base_url: str, secret: str | None) -> AsyncApp:
    """The app and its listeners. They only keep: what they return after is acked.

    `installed` is what `check` has found; asked again by Bolt itself, at the first event, Slack's
    silence would stand before an ack, and its error would be acked. `secret` signs requests over
    HTTP; a socket needs none.

    Bolt acks events before their listeners run unless process_before_response is set; a crash in
    between would lose the message. A listener that raises is not acked, and Slack delivers again.
    """

    async def authorize(**_: Any) -> AuthorizeResult:
        return installed

    app = AsyncApp(
        client=AsyncWebClient(base_url=base_url),
        authorize=authorize,
        signing_secret=secret or "",
        process_before_response=True,
        request_verification_enabled=secret is not None,
        name="todd",
    )
    me, team = installed.bot_user_id or "", installed.team_id or ""
    site = installed.url or ""

    async def heard(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("subtype") in payloads.AMENDED:
            said = payloads.mentioning_since(event, body, me, team, site)
            if said is not None and await inbox.keep(said):
                return
            amended = payloads.amended(event, me)
            if amended is not None:
                await inbox.amend(amended)
            return
        said = payloads.message(event, body, me, team, site)
        if said is not None:
            await inbox.keep(said)

    async def commanded(ack: Callable[[], Awaitable[Any]], body: dict[str, Any]) -> None:
        await inbox.keep(payloads.command(body, me, team))
        await ack()

    async def pressed(ack: Callable[[], Awaitable[Any]], body: dict[str, Any]) -> None:
        press = payloads.press(body, team)
        if press is not None and press.action in PRESSES:
            await inbox.press(press)
        await ack()

    async def unanswered() -> None:
        """Every subscribed event needs a listener: Slack counts one without as a failure."""

    app.event("message")(heard)
    app.event("app_mention")(heard)
    app.event("app_home_opened")(unanswered)
    app.event("user_change")(unanswered)
    app.command(COMMAND)(commanded)
    app.action(re.compile(f"^{payloads.ACTION}:"))(pressed)
    return app


async def check(web_client: AsyncWebClient) -> AuthorizeResult:
    """Who Todd is in Slack. Raises NotConfigured, in one clear line, when the token is wrong or
    lacks scopes, PlatformFailed when Slack does not answer."""
    with _asking("SLACK_BOT_TOKEN", "the Bot User OAuth Token (xoxb-…), OAuth & Permissions"):
        answer = await web_client.auth_test()
    granted = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes")
    missing = NEEDED - set(re.split(r",\s*", granted)) if granted else set()
    if missing:
        raise NotConfigured(
            f"SLACK_BOT_TOKEN lacks the scopes {', '.join(sorted(missing))}: put `todd slack "
            "manifest` into your app's manifest and install it again."
        )
    return AuthorizeResult.from_auth_test_response(
        bot_token=web_client.token, auth_test_response=answer
    )


@contextmanager
def _asking(setting: str, where: str) -> Iterator[None]:
    """Turns Slack's refusal of a token, and its silence, into one line each."""
    try:
        yield
    except SlackApiError as error:
        fault = fault_of(error)
        if fault not in REFUSALS:
            raise PlatformFailed(f"Slack does not answer as it should ({fault}).") from error
        raise NotConfigured(
            f"Slack refuses {setting} ({fault}). Copy it from your app's page: {where}."
        ) from error
    except (OSError, TimeoutError, ClientError) as error:
        raise PlatformFailed(f"Slack cannot be reached ({type(error).__name__}).") from error


@asynccontextmanager
async def over_http(
    app: AsyncApp, port: int, healthy: Callable[[], Awaitable[None]], host: str = "0.0.0.0"
) -> AsyncIterator[int]:
    """Listens for Slack on /slack/events, and says on /healthz whether it could keep anything."""

    async def events(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def healthz(request: web.Request) -> web.Response:
        try:
            await healthy()
        except Exception:
            log.warning("not healthy: the database does not answer")
            return web.json_response({"ok": False}, status=503)
        return web.json_response({"ok": True})

    server = web.Application()
    server.router.add_post("/slack/events", events)
    server.router.add_get("/healthz", healthz)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def over_socket(app: AsyncApp, app_token: str) -> None:
    """Listens by Socket Mode for ever; raises when Slack stays away, to be started again."""
    # Asked for once by hand: the socket's own client tries a refused token for ever.
    where = "App-Level Tokens (xapp-…, with the scope connections:write), Basic Information"
    with _asking("SLACK_APP_TOKEN", where):
        await app.client.apps_connections_open(app_token=app_token)
    handler = AsyncSocketModeHandler(app, app_token, web_client=app.client)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        lost = 0.0
        while lost < LOST_FOR:
            await asyncio.sleep(CONNECTED_EVERY)
            lost = 0.0 if await handler.client.is_connected() else lost + CONNECTED_EVERY
        raise ConnectionError("Slack's socket was away for a minute")
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
