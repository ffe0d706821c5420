"""A Slack of our own for tests, on the loopback: stateful, strict, and able to fail.

What it holds Todd to: tokens and signatures, an ack within its patience or the event comes again
with Slack's retry headers (HTTP) or fields (Socket Mode), a mention as both `message` and
`app_mention` with event ids of their own, sizes of messages and blocks, metadata that only
include_all_metadata shows. What it does not do: rates of its own (429 comes on demand), rich text,
more than one workspace, files, views. Real Bolt and the real slack_sdk talk to it.
"""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web
from support.loopback import on_loopback

TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "signing-secret"
TODD, TEAM = "UTODD", "T1"
RETRIES = 3


@dataclass
class FakeSlack:
    """`faults[method]` are used up one a call: 429, 500, "reset", an error's name, or "" for none."""

    patience: float = 1.0  # seconds for an ack; Slack's own are three
    url: str = ""
    events_url: str = ""  # where events go by HTTP; without, they go by the sockets
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(lambda: {TODD}))
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    ephemerals: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    scopes: str = "app_mentions:read,chat:write,im:history,users:read"
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)  # channels in which Todd may not write
    retried: int = 0
    strict: list[str] = field(default_factory=list)
    undelivered: list[dict[str, Any]] = field(default_factory=list)
    _acks: dict[str, asyncio.Event] = field(default_factory=dict)
    _count: Any = field(default_factory=lambda: itertools.count(1))
    _random: random.Random = field(default_factory=lambda: random.Random(3))

    # ── people ───────────────────────────────────────────────────────────────────────────────

    def person(self, user: str, name: str, tz: str = "Europe/Berlin") -> None:
        self.users[user] = {"name": name, "tz": tz}

    async def say(
        self, user: str, text: str, channel: str, thread: str = "", times: int = 1, **more: Any
    ) -> str:
        """Somebody says something; every event of it is delivered `times` times. Returns its ts."""
        ts = self.ts()
        message = {"type": "message", "user": user, "text": text, "ts": ts, "team": TEAM, **more}
        if thread:
            message["thread_ts"] = thread
        self.messages[channel].append(dict(message))
        kind = "im" if channel.startswith("D") else "channel"
        events = [{**message, "channel": channel, "channel_type": kind}]
        if f"<@{TODD}>" in text and kind != "im":
            events.append({**message, "type": "app_mention", "channel": channel})
        self._random.shuffle(events)
        for event in events:
            await self.event(event, times)
        return ts

    async def edit(self, channel: str, ts: str, text: str | None, times: int = 1) -> None:
        """Somebody changes a message, or deletes it (None)."""
        message = self.message(channel, ts)
        before = dict(message)
        event: dict[str, Any] = {"type": "message", "channel": channel, "previous_message": before,
                                 "hidden": True, "ts": self.ts()}  # fmt: skip
        if text is None:
            self.messages[channel].remove(message)
            event |= {"subtype": "message_deleted", "deleted_ts": ts}
        else:
            message["text"] = text
            event |= {"subtype": "message_changed", "message": dict(message)}
        await self.event(event, times)

    async def event(self, event: dict[str, Any], times: int = 1) -> None:
        number = next(self._count)
        body = {
            "type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "event": event,
            "event_id": f"Ev{number}", "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": TODD, "is_bot": True}],
        }  # fmt: skip
        await asyncio.gather(*(self.deliver("events_api", body) for _ in range(times)))

    async def command(self, user: str, text: str, channel: str) -> None:
        body = {
            "command": "/todd", "text": text, "user_id": user, "channel_id": channel,
            "team_id": TEAM, "trigger_id": f"trigger{next(self._count)}", "api_app_id": "A1",
            "response_url": f"{self.url}never-used",
        }  # fmt: skip
        await self.deliver("slash_commands", body)

    async def press(self, user: str, channel: str, ts: str, label: str, times: int = 1) -> None:
        """Presses a button of a message by its label."""
        hidden = [whisper for whisper in self.ephemerals if whisper["ts"] == ts]
        message = hidden[0] if hidden else self.message(channel, ts)
        ((button, block_id),) = [
            (element, block.get("block_id", "b"))
            for block in message["blocks"]
            for element in block.get("elements", [])
            if element["type"] == "button" and element["text"]["text"] == label
        ]
        body = {
            "type": "block_actions", "user": {"id": user, "team_id": TEAM},
            "team": {"id": TEAM}, "channel": {"id": channel}, "api_app_id": "A1",
            "trigger_id": f"trigger{next(self._count)}", "message": message,
            "container": {"type": "message", "channel_id": channel, "message_ts": ts,
                          "is_ephemeral": bool(hidden),
                          **({} if hidden else {"thread_ts": message.get("thread_ts", ts)})},
            "actions": [{"action_id": button["action_id"], "value": button["value"],
                         "type": "button", "block_id": block_id, "action_ts": self.ts()}],
        }  # fmt: skip
        await asyncio.gather(*(self.deliver("interactive", body) for _ in range(times)))

    def ts(self) -> str:
        # Times, as Slack's are; in their order, however quickly they come.
        return f"{time.time():.0f}.{next(self._count):06d}"

    def message(self, channel: str, ts: str) -> dict[str, Any]:
        return next(message for message in self.messages[channel] if message["ts"] == ts)

    def said(self, channel: str, thread: str = "") -> list[dict[str, Any]]:
        """What Todd has said there, in order."""
        return [
            message
            for message in self.messages[channel]
            if message["user"] == TODD and (not thread or message.get("thread_ts") == thread)
        ]

    # ── delivery ─────────────────────────────────────────────────────────────────────────────

    async def deliver(self, kind: str, body: dict[str, Any]) -> None:
        """At least once: again, as Slack does, until it is acked in time, four times in all."""
        for attempt in range(RETRIES + 1):
            if attempt:
                self.retried += 1
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, ConnectionError):
                async with asyncio.timeout(self.patience):
                    if await self._deliver(kind, body, attempt):
                        return
            await asyncio.sleep(0.3 * attempt)
        self.undelivered.append(body)

    async def _deliver(self, kind: str, body: dict[str, Any], attempt: int) -> bool:
        if self.events_url:
            return await self._post(kind, body, attempt)
        sockets = [socket for socket in self.sockets if not socket.closed]
        if not sockets:
            await asyncio.sleep(self.patience / 2)
            return False
        envelope_id = f"env{next(self._count)}"
        acked = self._acks[envelope_id] = asyncio.Event()
        envelope: dict[str, Any] = {"envelope_id": envelope_id, "type": kind, "payload": body}
        if attempt:
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout"}
        await self._random.choice(sockets).send_json(envelope)
        await acked.wait()
        return True

    async def _post(self, kind: str, body: dict[str, Any], attempt: int) -> bool:
        if kind == "events_api":
            data, content = json.dumps(body), "application/json"
        else:
            fields = body if kind == "slash_commands" else {"payload": json.dumps(body)}
            data, content = urlencode(fields), "application/x-www-form-urlencoded"
        now = str(int(time.time()))
        signature = hmac.new(SECRET.encode(), f"v0:{now}:{data}".encode(), hashlib.sha256)
        headers = {
            "Content-Type": content,
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": f"v0={signature.hexdigest()}",
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.events_url, data=data, headers=headers) as answer,
        ):
            return answer.status == 200

    # ── the Web API ──────────────────────────────────────────────────────────────────────────

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        fault = self.faults[method].pop(0) if self.faults[method] else ""
        if fault == "reset":
            request.transport.abort()  # type: ignore[union-attr]
            return web.Response()
        if fault == 429:
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
            )
        if fault == 500:
            return web.json_response({"ok": False, "error": "internal_error"}, status=500)
        if fault:
            return web.json_response({"ok": False, "error": fault})
        wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("Authorization") != f"Bearer {wanted}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        arguments = await _arguments(request)
        act = getattr(self, "_" + method.replace(".", "_"), None)
        if act is None:
            return web.json_response({"ok": False, "error": "unknown_method"})
        answer = act(arguments)
        ok = {"ok": "error" not in answer, **answer}
        return web.json_response(ok, headers={"x-oauth-scopes": self.scopes})

    def _auth_test(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"user_id": TODD, "team_id": TEAM, "bot_id": "B1", "url": "https://x.slack.com/"}

    def _apps_connections_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.url.replace("http", "ws").replace("/api/", "/socket")}

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        (user,) = str(arguments["users"]).split(",")
        return (
            {"channel": {"id": f"D{user}"}} if user in self.users else {"error": "user_not_found"}
        )

    def _users_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self.users.get(arguments["user"])
        if user is None:
            return {"error": "user_not_found"}
        profile = {"display_name": user["name"]}
        return {"user": {"id": arguments["user"], "tz": user["tz"], "profile": profile,
                         "locale": "en-US"}}  # fmt: skip

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = arguments["channel"]
        if channel in self.users:
            channel = f"D{channel}"
        wrong = "channel_not_found" if channel in self.closed else _too_large(arguments)
        if wrong:
            return {"error": wrong}
        ts = self.ts()
        kept = {key: arguments[key] for key in ("text", "blocks", "metadata") if key in arguments}
        if len(arguments.get("text", "")) > 4_000:
            self.strict.append("a post that could not be edited")
        message = {"type": "message", "user": TODD, "bot_id": "B1", "ts": ts, **kept}
        if arguments.get("thread_ts"):
            message["thread_ts"] = arguments["thread_ts"]
        self.messages[channel].append(message)
        self._show(message)
        return {"ts": ts, "channel": channel}

    def _chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if len(arguments.get("text", "")) > 4_000:
            return {"error": "msg_too_long"}
        wrong = _too_large(arguments)
        if wrong:
            return {"error": wrong}
        try:
            message = self.message(arguments["channel"], arguments["ts"])
        except StopIteration:
            return {"error": "message_not_found"}
        message |= {"text": arguments.get("text", ""), "blocks": arguments.get("blocks", [])}
        self._show(message)
        return {"ts": arguments["ts"]}

    def _show(self, message: dict[str, Any]) -> None:
        """Remembers what a message said, and when."""
        self.versions[message["ts"]].append(rendered(message))
        self.shown[message["ts"]].append(time.perf_counter())

    def _chat_delete(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = [m for m in self.messages[arguments["channel"]] if m["ts"] == arguments["ts"]]
        for message in found:
            self.messages[arguments["channel"]].remove(message)
        return {"ts": arguments["ts"]} if found else {"error": "message_not_found"}

    def _chat_postEphemeral(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if TODD not in self.members[arguments["channel"]]:
            return {"error": "not_in_channel"}
        wrong = _too_large(arguments)
        if wrong:
            return {"error": wrong}
        ts = self.ts()
        self.ephemerals.append({**arguments, "ts": ts})
        return {"message_ts": ts}

    def _conversations_history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        oldest = str(arguments.get("oldest") or "")
        found = [
            dict(message)
            for message in reversed(self.messages[arguments["channel"]])
            if "thread_ts" not in message and message["ts"] >= oldest
        ]
        return {"messages": found, "has_more": False, "response_metadata": {"next_cursor": ""}}

    def _conversations_replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        root = arguments["ts"]
        found = [
            dict(message)
            for message in self.messages[arguments["channel"]]
            if root in (message["ts"], message.get("thread_ts"))
            and message["ts"] >= (arguments.get("oldest") or "")
        ]
        if not found:
            return {"error": "thread_not_found"}
        start = int(arguments.get("cursor") or 0)
        page, more = found[start : start + 3], len(found) > start + 3  # small pages, to be turned
        if str(arguments.get("include_all_metadata", "")).lower() not in ("1", "true"):
            for message in page:
                message.pop("metadata", None)
        cursor = {"next_cursor": str(start + 3) if more else ""}
        return {"messages": page, "has_more": more, "response_metadata": cursor}

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets) + 1})
        self.sockets.append(socket)
        async for frame in socket:
            if frame.type == WSMsgType.TEXT:
                acked = self._acks.get(json.loads(frame.data).get("envelope_id", ""))
                if acked:
                    acked.set()
        self.sockets.remove(socket)
        return socket


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        return dict(await request.json())
    arguments: dict[str, Any] = {**request.query, **await request.post()}
    for name in ("blocks", "metadata"):
        if isinstance(arguments.get(name), str):
            arguments[name] = json.loads(arguments[name])
    return arguments


def _too_large(arguments: dict[str, Any]) -> str:
    """What Slack would refuse in a message; empty when nothing."""
    blocks = arguments.get("blocks") or []
    if len(arguments.get("text", "")) > 40_000:
        return "msg_too_long"
    if not blocks and not arguments.get("text"):
        return "no_text"
    if len(blocks) > 50:
        return "invalid_blocks"
    if sum(len(block.get("text", "")) for block in blocks if block["type"] == "markdown") > 12_000:
        return "msg_blocks_too_long"
    for block in blocks:
        if block["type"] == "section" and not 1 <= len(block["text"]["text"]) <= 3_000:
            return "invalid_blocks"
        if block["type"] == "actions" and not 1 <= len(block["elements"]) <= 25:
            return "invalid_blocks"
        ids = [element["action_id"] for element in block.get("elements", [])]
        if len(set(ids)) != len(ids):
            return "invalid_blocks"
    return ""


def rendered(message: dict[str, Any]) -> str:
    """A message as people read it: Markdown and plain text, without its buttons."""
    shown = []
    for block in message.get("blocks") or []:
        if block["type"] == "markdown":
            text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", block["text"])  # Markdown's escapes
            shown.append(text.replace("&lt;", "<").replace("&amp;", "&"))
        elif block["type"] == "section":
            shown.append(block["text"]["text"])
    return "\n\n".join(shown) or message.get("text", "")


@asynccontextmanager
async def a_slack(**more: Any) -> AsyncIterator[FakeSlack]:
    slack = FakeSlack(**more)
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.api)
    app.router.add_get("/socket", slack.socket)
    async with on_loopback(app) as port:
        slack.url = f"http://127.0.0.1:{port}/api/"
        try:
            yield slack
        finally:
            for socket in list(slack.sockets):
                await socket.close()
