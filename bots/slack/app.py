"""The Bolt app: acks Slack only after the commit, by HTTP or by Socket Mode."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import hear
from bots.slack.manifest import COMMAND, NEEDED
from core.errors import NotConfigured
from core.inbox import PRESSES, Inbox

log = logging.getLogger(__name__)

CONNECTED_EVERY = 5.0  # seconds between looks at the socket
LOST_FOR = 60.0  # seconds without a connection after which the process ends, to be started again


def build(inbox: Inbox, web_client: AsyncWebClient, signing_secret: str | None) -> AsyncApp:
    """The app and its listeners. They only keep: what they return after is acked.

    Bolt acks events before their listeners run unless process_before_response is set; a crash in
    between would lose the message. A listener that raises is not acked, and Slack delivers again.
    """
    app = AsyncApp(
        client=web_client,
        signing_secret=signing_secret or "",
        process_before_response=True,
        request_verification_enabled=signing_secret is not None,
        name="todd",
    )

    async def heard(event: dict[str, Any], body: dict[str, Any], context: Any) -> None:
        said = hear.message(event, body, context.bot_user_id or "")
        if said is not None:
            await inbox.keep(said)

    async def commanded(ack: Callable[[], Awaitable[Any]], body: dict[str, Any]) -> None:
        await inbox.keep(hear.command(body))
        await ack()

    async def pressed(ack: Callable[[], Awaitable[Any]], body: dict[str, Any]) -> None:
        press = hear.press(body)
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
    app.action(re.compile(f"^{hear.ACTION}:"))(pressed)
    return app


async def check(web_client: AsyncWebClient) -> None:
    """Raises NotConfigured, in one clear line, when the token is wrong or lacks scopes."""
    try:
        answer = await web_client.auth_test()
    except SlackApiError as error:
        fault = error.response.get("error")
        raise NotConfigured(
            f"Slack refuses SLACK_BOT_TOKEN ({fault}). Copy the Bot User OAuth Token (xoxb-…) from "
            "your app's page, OAuth & Permissions."
        ) from error
    granted = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes")
    missing = NEEDED - set(re.split(r",\s*", granted)) if granted else set()
    if missing:
        raise NotConfigured(
            f"SLACK_BOT_TOKEN lacks the scopes {', '.join(sorted(missing))}: put `todd slack "
            "manifest` into your app's manifest and install it again."
        )


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
    try:
        # Asked for once by hand: the socket's own client tries a refused token for ever.
        await app.client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        fault = error.response.get("error")
        raise NotConfigured(
            f"Slack refuses SLACK_APP_TOKEN ({fault}). Make an app-level token (xapp-…) with the "
            "scope connections:write on your app's page, Basic Information."
        ) from error
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
