"""A Discord of our own for tests, on the loopback: a gateway and REST, stateful, strict, able to fail.

What it holds Todd to: tokens, identify with the intents it asks for (content only with the content
intent, 4014 when that is not granted), heartbeats, RESUME with replay, sizes of messages, one
response to an interaction and none after its end, nonces, members' permissions for threads. What it
does not do: rates of its own (429 comes on demand, with buckets named in every answer), shards,
embeds, files, roles beyond one bot role, moderation. Real discord.py talks to it; `simcord`, which
has more of Discord and no wire, is used beside it (tests/platforms/test_discord.py).
"""

import contextlib
import itertools
import json
import time
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from discord.gateway import DiscordWebSocket
from discord.http import Route
from support.loopback import on_loopback

TOKEN = "discord-test-token"
TODD, APPLICATION, GUILD, GENERAL, TODD_ROLE = "900", "901", "500", "600", "910"
EPHEMERAL = 1 << 6
TEXT, DM, PUBLIC_THREAD = 0, 1, 11
CONTENT = 1 << 15
EVERYTHING = str((1 << 50) - 1)
EPOCH = 1_420_070_400_000


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str = "no") -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Session:
    """One client of the gateway; what it was sent is kept to be replayed."""

    id: str
    intents: int
    socket: web.WebSocketResponse | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)
    deflate: Any = None

    async def dispatch(self, kind: str, data: dict[str, Any]) -> None:
        event = {"op": 0, "t": kind, "d": data, "s": len(self.sent) + 1}
        self.sent.append(event)
        await self.send(event)

    async def send(self, payload: dict[str, Any]) -> None:
        if self.socket is None or self.socket.closed:
            return
        with contextlib.suppress(ConnectionError):
            packed = self.deflate.compress(json.dumps(payload).encode())
            await self.socket.send_bytes(packed + self.deflate.flush(zlib.Z_SYNC_FLUSH))


@dataclass
class FakeDiscord:
    """`faults["POST message"]` and the like are used up one a request: 429, 500, 503, "reset", "redirect", a
    (status, code) pair, or "" for none. `gateway_faults`: close codes for the next identifies."""

    url: str = ""
    gateway_url: str = ""
    granted: int = CONTENT
    permissions: str = EVERYTHING
    users: dict[str, str] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    interactions: dict[str, dict[str, Any]] = field(default_factory=dict)  # token → its state
    commands: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sessions: dict[str, Session] = field(default_factory=dict)
    gateway_faults: list[int] = field(default_factory=list)
    resumable: bool = True
    strict: list[str] = field(default_factory=list)
    nonces: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    away: bool = False  # the server is in an outage of its own
    nicks: dict[str, str] = field(default_factory=dict)  # what people are called on the server
    archived: set[str] = field(default_factory=set)  # threads that the gateway does not list
    no_entry: set[str] = field(default_factory=set)  # channels in which Todd may not write
    _count: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.channels[GENERAL] = {"id": GENERAL, "type": TEXT, "name": "general", "guild_id": GUILD,
                                  "position": 0, "permission_overwrites": []}  # fmt: skip

    # ── what people do ───────────────────────────────────────────────────────────────────────

    def snowflake(self) -> str:
        return str(((int(time.time() * 1000) - EPOCH) << 22) + next(self._count) % (1 << 22))

    def person(self, user: str, name: str) -> None:
        self.users[user] = name

    def dm_of(self, user: str) -> str:
        channel = f"7{user}"
        self.channels.setdefault(
            channel, {"id": channel, "type": DM, "recipients": [self.user(user)]}
        )
        return channel

    async def say(self, user: str, text: str, channel: str, times: int = 1, **more: Any) -> str:
        """Somebody says something; its event is dispatched `times` times. Returns its id."""
        message = self._message(channel, self.user(user), text)
        message["mentions"] = [
            self._mentioned(each) for each in (TODD, *self.users) if f"<@{each}>" in text
        ]
        message["mention_roles"] = [TODD_ROLE] if f"<@&{TODD_ROLE}>" in text else []
        message |= more
        self.messages[channel].append(message)
        for _ in range(times):
            await self._to_all("MESSAGE_CREATE", self._seen(message, channel))
        return str(message["id"])

    async def reply(self, user: str, text: str, channel: str, to: str, **more: Any) -> str:
        """Somebody replies to a message, with its ping off."""
        (answered,) = [each for each in self.messages[channel] if each["id"] == to]
        reference = {"type": 0, "message_id": to, "channel_id": channel}
        more = {"type": 19, "message_reference": reference, "referenced_message": answered, **more}
        return await self.say(user, text, channel, **more)

    async def edit(self, channel: str, message_id: str, text: str | None) -> None:
        """Somebody changes a message, or deletes it (None)."""
        (message,) = [each for each in self.messages[channel] if each["id"] == message_id]
        if text is None:
            self.messages[channel].remove(message)
            gone = {"id": message_id, "channel_id": channel}
            await self._to_all("MESSAGE_DELETE", gone)
            return
        message["content"] = text
        message["mentions"] = [
            self._mentioned(each) for each in (TODD, *self.users) if f"<@{each}>" in text
        ]
        await self._to_all("MESSAGE_UPDATE", self._seen(message, channel))

    async def command(
        self, user: str, name: str, channel: str, guild: bool = True, **options: Any
    ) -> str:
        """A slash command; returns its interaction's token."""
        typed = [{"name": key, "value": value, "type": 5 if isinstance(value, bool) else 3}
                 for key, value in options.items()]  # fmt: skip
        (known,) = [each for each in self.commands if each["name"] == name]
        data = {"id": known["id"], "name": name, "type": 1, "options": typed}
        return await self._interact(user, 2, data, channel, None, guild)

    async def press(self, user: str, message: dict[str, Any], label: str, times: int = 1) -> str:
        (button,) = [each for row in message["components"] for each in row["components"]
                     if each["label"] == label]  # fmt: skip
        data = {"component_type": 2, "custom_id": button["custom_id"]}
        for _ in range(times):  # the same interaction, delivered again
            token = await self._interact(
                user, 3, data, message["channel_id"], message, again=times > 1
            )
        return token

    async def _interact(
        self,
        user: str,
        kind: int,
        data: Any,
        channel: str,
        message: Any,
        guild: bool = True,
        again: bool = False,
    ) -> str:
        token = f"token-{'again' if again else next(self._count)}"
        number = self.interactions[token]["id"] if token in self.interactions else self.snowflake()
        place = self.channels[channel]
        in_guild = place["type"] != DM
        event: dict[str, Any] = {
            "id": number, "application_id": APPLICATION, "type": kind, "data": data, "token": token,
            "version": 1, "channel_id": channel, "channel": {**place, "permissions": EVERYTHING},
            "locale": "de", "app_permissions": EVERYTHING, "entitlements": [], "attachment_size_limit": 10,
            "context": 0 if in_guild else 1,
            "authorizing_integration_owners": {"0": GUILD if in_guild else "0"} if guild else {"1": user},
        }  # fmt: skip
        if in_guild:
            event |= {"guild_id": GUILD, "guild_locale": "en-US", "member": self._member(user)}
        else:
            event["user"] = self.user(user)
        if message:
            event["message"] = message
        self.interactions.setdefault(token, {"id": number, "channel": channel, "acks": [], "message": None,
                                             "flags": 0, "over": False})  # fmt: skip
        await self._to_all("INTERACTION_CREATE", event)
        return token

    def said(self, channel: str) -> list[dict[str, Any]]:
        """What Todd has said there, in order, without what was never filled in."""
        return [m for m in self.messages[channel] if m["author"]["id"] == TODD and m["content"]]

    def user(self, user: str) -> dict[str, Any]:
        name = "todd" if user == TODD else self.users.setdefault(user, f"user{user}")
        return {"id": user, "username": name, "global_name": name, "discriminator": "0",
                "avatar": None, "bot": user == TODD}  # fmt: skip

    def _member(self, user: str) -> dict[str, Any]:
        return {"user": self.user(user), "roles": [TODD_ROLE] if user == TODD else [], "deaf": False,
                "mute": False, "joined_at": "2026-01-01T00:00:00+00:00", "flags": 0,
                "permissions": EVERYTHING, "nick": self.nicks.get(user)}  # fmt: skip

    def _mentioned(self, user: str) -> dict[str, Any]:
        member = self._member(user)
        member.pop("user")
        return {**self.user(user), "member": member}

    def _message(self, channel: str, author: dict[str, Any], text: str) -> dict[str, Any]:
        return {
            "id": self.snowflake(), "channel_id": channel, "author": author, "content": text,
            "timestamp": "2026-11-25T09:00:00.000000+00:00", "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "components": [], "pinned": False, "type": 0, "flags": 0,
        }  # fmt: skip

    def _seen(self, message: dict[str, Any], channel: str) -> dict[str, Any]:
        place = self.channels[channel]
        if place["type"] == DM:
            return message
        member = self._member(message["author"]["id"])
        member.pop("user")
        return {**message, "guild_id": GUILD, "member": member}

    # ── the gateway ──────────────────────────────────────────────────────────────────────────

    async def _to_all(self, kind: str, data: dict[str, Any]) -> None:
        for session in list(self.sessions.values()):
            shown = dict(data)
            mine = data.get("author", {}).get("id") == TODD or kind != "MESSAGE_CREATE"
            dm = "guild_id" not in data
            mentions = any(user["id"] == TODD for user in data.get("mentions", []))
            if not (mine or dm or mentions or session.intents & CONTENT):
                shown["content"] = ""
            await session.dispatch(kind, shown)

    async def cut(self, *, code: int | None = None) -> None:
        """Drops every connection: by a close code, or by asking to reconnect (op 7)."""
        for session in list(self.sessions.values()):
            if session.socket is None or session.socket.closed:
                continue
            if code is None:
                await session.send({"op": 7, "d": None})
            else:
                await session.socket.close(code=code)

    @property
    def connected(self) -> int:
        return sum(1 for each in self.sessions.values() if each.socket and not each.socket.closed)

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.query.get("compress") != "zlib-stream":
            self.strict.append(f"compress={request.query.get('compress')}")
        deflate = zlib.compressobj()
        session = Session("", 0, socket, deflate=deflate)
        await session.send({"op": 10, "d": {"heartbeat_interval": 5_000}})
        async for frame in socket:
            if frame.type != WSMsgType.TEXT:
                continue
            payload = json.loads(frame.data)
            if payload["op"] == 1:
                await session.send({"op": 11})
            elif payload["op"] == 2:
                session = await self._identify(payload["d"], session)
            elif payload["op"] == 6:
                session = await self._resume(payload["d"], session)
        if self.sessions.get(session.id) is session and not self.resumable:
            del self.sessions[session.id]
        return socket

    async def _identify(self, data: dict[str, Any], session: Session) -> Session:
        assert session.socket
        self.calls["identify"] += 1
        code = self.gateway_faults.pop(0) if self.gateway_faults else 0
        if data["token"] != TOKEN:
            code = 4004
        if data["intents"] & CONTENT & ~self.granted:
            code = 4014
        if code:
            await session.socket.close(code=code)
            return session
        session.id, session.intents = f"session{next(self._count)}", data["intents"]
        self.sessions[session.id] = session
        await session.dispatch("READY", {
            "v": 10, "user": {**self.user(TODD), "verified": True, "email": None, "flags": 0},
            "session_id": session.id, "resume_gateway_url": self.gateway_url, "private_channels": [],
            "guilds": [{"id": GUILD, "unavailable": True}],
            "application": {"id": APPLICATION, "flags": 0},
        })  # fmt: skip
        if not self.away:
            await session.dispatch("GUILD_CREATE", self._guild())
        return session

    async def come_back(self) -> None:
        """The server's outage is over."""
        self.away = False
        await self._to_all("GUILD_CREATE", {**self._guild(), "unavailable": False})

    async def _resume(self, data: dict[str, Any], session: Session) -> Session:
        self.calls["resume"] += 1
        old = self.sessions.get(data["session_id"])
        if old is None:
            await session.send({"op": 9, "d": False})
            return session
        old.socket, old.deflate = session.socket, session.deflate
        for event in old.sent[data["seq"] :]:
            await old.send(event)
        await old.dispatch("RESUMED", {})
        return old

    def _guild(self) -> dict[str, Any]:
        def channel(each: dict[str, Any]) -> dict[str, Any]:
            last = self.messages[each["id"]][-1]["id"] if self.messages[each["id"]] else None
            return {**each, "last_message_id": last}

        places = [channel(each) for each in self.channels.values() if each.get("guild_id")]
        role = {"color": 0, "colors": {"primary_color": 0}, "hoist": False, "managed": False, "flags": 0,
                "mentionable": False, "position": 0}  # fmt: skip
        return {
            "id": GUILD, "name": "guild", "owner_id": "1", "member_count": 5, "large": False,
            "roles": [{**role, "id": GUILD, "name": "@everyone", "permissions": self.permissions},
                      {**role, "id": TODD_ROLE, "name": "todd", "permissions": "0", "managed": True,
                       "tags": {"bot_id": TODD}}],
            "channels": [each for each in places if each["type"] != PUBLIC_THREAD],
            "threads": [each for each in places
                        if each["type"] == PUBLIC_THREAD and each["id"] not in self.archived],
            "members": [self._member(TODD)], "emojis": [], "stickers": [], "features": [],
            "presences": [], "voice_states": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [], "afk_timeout": 60, "verification_level": 0, "premium_tier": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "nsfw_level": 0, "system_channel_flags": 0, "preferred_locale": "en-US",
        }  # fmt: skip

    # ── REST ─────────────────────────────────────────────────────────────────────────────────

    async def rest(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        words = path.split("/")
        kind = f"{request.method} {_kind(words)}"
        self.calls[kind] += 1
        headers = {"X-RateLimit-Bucket": kind.replace(" ", "-"), "X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "49",
                   "X-RateLimit-Reset": str(time.time() + 1), "X-RateLimit-Reset-After": "1", "Via": "1.1 fake"}  # fmt: skip
        fault = self.faults[kind].pop(0) if self.faults[kind] else ""
        if fault == "reset":
            request.transport.abort()  # type: ignore[union-attr]
            return web.Response()
        if fault == "redirect":  # for ever: what goes wrong then names the address
            return web.Response(status=307, headers={"Location": str(request.url)})
        if fault == 429:
            headers["X-RateLimit-Remaining"] = "0"
            return _json({"message": "slow", "retry_after": 0.2, "global": False}, 429, headers)
        if isinstance(fault, int):
            return web.Response(status=fault, text="trouble")
        if isinstance(fault, tuple):
            return _json({"code": fault[1], "message": "fault"}, fault[0], headers)
        by_token = words[0] in ("webhooks", "interactions")
        if not by_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return _json({"code": 0, "message": "401: Unauthorized"}, 401, headers)
        body = await request.json() if request.can_read_body else {}
        try:
            answer = await self._act(request.method, words, body, request.query)
        except Refusal as refusal:
            return _json({"code": refusal.code, "message": str(refusal)}, refusal.status, headers)
        if answer is None:
            return web.Response(status=204, headers=headers)
        return _json(answer, 200, headers)

    async def _act(self, method: str, words: list[str], body: Any, query: Any) -> Any:
        match method, *words:
            case "GET", "users", "@me":
                return {**self.user(TODD), "verified": True, "flags": 0}
            case "GET", "oauth2", "applications", "@me":
                return {"id": APPLICATION, "name": "Todd", "description": "", "icon": None, "bot_public": True,
                        "bot_require_code_grant": False, "verify_key": "k", "flags": 1 << 19, "owner": self.user("1"),
                        "summary": "", "team": None}  # fmt: skip
            case "POST", "users", "@me", "channels":
                return self.channels[self.dm_of(body["recipient_id"])]
            case "GET", "channels", channel:
                last = self.messages[channel][-1:]
                return {
                    **self._channel(channel),
                    "last_message_id": last[0]["id"] if last else None,
                }
            case "GET", "channels", channel, "messages":
                return self._history(self._channel(channel), query)
            case "GET", "channels", channel, "messages", number:
                return self._one(self._channel(channel), number)
            case "POST", "channels", channel, "messages":
                return await self._post(self._channel(channel), body)
            case "PATCH", "channels", channel, "messages", number:
                return self._edit(self._own(self.messages[channel], number), body)
            case "DELETE", "channels", channel, "messages", number:
                self.messages[channel].remove(self._own(self.messages[channel], number))
                return None
            case "POST", "channels", channel, "messages", number, "threads":
                return await self._thread(channel, number, body)
            case "POST", "channels", channel, "typing":
                return None
            case "GET", "applications", _, "commands":
                return self.commands
            case "PUT", "applications", _, "commands":
                self.commands = [{**each, "id": self.snowflake(), "application_id": APPLICATION, "version": "1",
                                  "nsfw": each.get("nsfw", False)} for each in body]  # fmt: skip
                return self.commands
            case "POST", "interactions", _, token, "callback":
                return self._callback(token, body)
            case "POST", "webhooks", _, token:
                return self._follow_up(self._live(token), body)
            case "PATCH", "webhooks", _, token, "messages", number:
                return self._fill(self._live(token), number, body)
            case "DELETE", "webhooks", _, token, "messages", number:
                state = self._live(token)
                self.messages[state["channel"]].remove(
                    self._own(self.messages[state["channel"]], number)
                )
                return None
        raise Refusal(404, 0, f"no such route: {method} {words}")

    def _channel(self, channel: str) -> dict[str, Any]:
        if channel not in self.channels:
            raise Refusal(404, 10003, "Unknown Channel")
        return self.channels[channel]

    def _history(self, channel: dict[str, Any], query: Any) -> list[dict[str, Any]]:
        after, limit = int(query.get("after", 0)), int(query.get("limit", 50))
        found = [m for m in self.messages[channel["id"]] if int(m["id"]) > after]
        found = found[:limit] if after else found[-limit:]
        return [{key: value for key, value in m.items() if key != "nonce"} for m in reversed(found)]

    def _one(self, channel: dict[str, Any], number: str) -> dict[str, Any]:
        for message in self.messages[channel["id"]]:
            if message["id"] == number:
                return dict(message)
        raise Refusal(404, 10008, "Unknown Message")

    async def _post(self, channel: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        where = channel["id"]
        if where in self.no_entry:
            raise Refusal(403, 50007 if channel["type"] == DM else 50013, "Missing Permissions")
        self._check(body)
        nonce = (where, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self.nonces:
            self.calls["repeated nonce"] += 1
            return self.nonces[nonce]
        message = self._message(where, self.user(TODD), body.get("content", ""))
        message |= {"components": body.get("components", []), "flags": body.get("flags", 0),
                    "nonce": body.get("nonce")}  # fmt: skip
        if body.get("message_reference"):
            message["message_reference"] = {**body["message_reference"], "channel_id": where}
        self.nonces[nonce] = message
        self.messages[where].append(message)
        self._show(message)
        await self._to_all("MESSAGE_CREATE", self._seen(message, where))
        return message

    async def _thread(self, channel: str, number: str, body: dict[str, Any]) -> dict[str, Any]:
        if number in self.channels:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        if channel in self.no_entry:
            raise Refusal(403, 50013, "Missing Permissions")
        if not any(message["id"] == number for message in self.messages[channel]):
            raise Refusal(404, 10008, "Unknown Message")
        if not 1 <= len(body["name"]) <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        thread = {
            "id": number, "type": PUBLIC_THREAD, "name": body["name"], "guild_id": GUILD, "parent_id": channel,
            "owner_id": TODD, "message_count": 0, "member_count": 1, "rate_limit_per_user": 0,
            "thread_metadata": {"archived": False, "auto_archive_duration": body["auto_archive_duration"],
                                "archive_timestamp": "2026-11-25T09:00:00+00:00", "locked": False},
        }  # fmt: skip
        self.channels[number] = thread
        await self._to_all("THREAD_CREATE", {**thread, "newly_created": True})
        starter = {**self._message(number, self.user(TODD), ""), "type": 21}
        await self._to_all("MESSAGE_CREATE", self._seen(starter, number))
        return thread

    def _callback(self, token: str, body: dict[str, Any]) -> Any:
        state = self.interactions.get(token)
        if state is None or state["over"]:
            raise Refusal(404, 10062, "Unknown interaction")
        if state["acks"]:
            raise Refusal(400, 40060, "Interaction has already been acknowledged")
        state["acks"].append(body["type"])
        if body["type"] == 5:
            state["flags"] = (body.get("data") or {}).get("flags", 0)
            message = self._message(state["channel"], self.user(TODD), "")
            message |= {"flags": state["flags"] | 1 << 7, "by": state["id"]}
            state["message"] = message
            self.messages[state["channel"]].append(message)
        return {"interaction": {"id": state["id"], "type": 2, "response_message_loading": True},
                "resource": {"type": body["type"]}}  # fmt: skip

    def _live(self, token: str) -> dict[str, Any]:
        state = self.interactions.get(token)
        if state is None or state["over"] or not state["acks"]:
            raise Refusal(404, 10015, "Unknown Webhook")
        return state

    def _fill(self, state: dict[str, Any], number: str, body: dict[str, Any]) -> dict[str, Any]:
        if number == "@original":
            if state["message"] is None:
                raise Refusal(404, 10008, "Unknown Message")
            message = state["message"]
        else:
            message = self._own(self.messages[state["channel"]], number)
        return self._edit(message, body)

    def _follow_up(self, state: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        self._check(body)
        message = self._message(state["channel"], self.user(TODD), body["content"])
        message |= {
            "flags": body.get("flags", 0),
            "by": state["id"],
            "components": body.get("components", []),
        }
        self.messages[state["channel"]].append(message)
        self._show(message)
        return message

    def _own(self, messages: list[dict[str, Any]], number: str) -> dict[str, Any]:
        for message in messages:
            if message["id"] == number:
                return message
        raise Refusal(404, 10008, "Unknown Message")

    def _edit(self, message: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        self._check(body)
        message |= {
            "content": body["content"],
            "components": body.get("components", message["components"]),
        }
        self._show(message)
        return message

    def _check(self, body: dict[str, Any]) -> None:
        if not 1 <= len(body.get("content") or "") <= 2_000:
            raise Refusal(400, 50035, "Invalid Form Body")
        if body.get("allowed_mentions") != {"parse": []}:
            self.strict.append("a message that could ping")
        rows = body.get("components") or []
        ids = [each["custom_id"] for row in rows for each in row["components"]]
        if (
            len(rows) > 5
            or any(not 1 <= len(row["components"]) <= 5 for row in rows)
            or len(set(ids)) != len(ids)
        ):
            raise Refusal(400, 50035, "Invalid Form Body")

    def _show(self, message: dict[str, Any]) -> None:
        self.versions[message["id"]].append(message["content"])
        self.shown[message["id"]].append(time.perf_counter())


def _kind(words: list[str]) -> str:
    """What a path is about, for faults and counts: message, thread, callback …"""
    known = {"messages": "message", "threads": "thread", "callback": "callback", "typing": "typing",
             "commands": "commands", "webhooks": "webhook", "users": "user", "channels": "channel"}  # fmt: skip
    if words[0] == "webhooks":
        return "webhook"
    return next((known[word] for word in reversed(words) if word in known), words[-1])


def _json(data: Any, status: int, headers: dict[str, str]) -> web.Response:
    # discord.py wants this content type to the letter.
    return web.Response(body=json.dumps(data).encode(), status=status,
                        headers={**headers, "content-type": "application/json"})  # fmt: skip


@asynccontextmanager
async def a_discord(**more: Any) -> AsyncIterator[FakeDiscord]:
    discord = FakeDiscord(**more)
    real = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    app = web.Application()
    app.router.add_get("/gateway/", discord.gateway)
    app.router.add_route("*", "/api/{path:.*}", discord.rest)
    async with on_loopback(app) as port:
        discord.url = f"http://127.0.0.1:{port}/api"
        discord.gateway_url = f"ws://127.0.0.1:{port}/gateway/"
        try:
            yield discord
        finally:
            for session in discord.sessions.values():
                if session.socket:
                    await session.socket.close()
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = real
