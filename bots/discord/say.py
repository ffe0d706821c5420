"""Says replies in Discord, by REST alone: any worker can, whoever heard the message."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bots.discord import payloads
from bots.discord.payloads import NAME
from bots.discord.rest import EXPIRED, Rest, failed
from bots.markdown import split
from bots.parts import PartWriter, grow
from bots.sealed import Seal
from core.errors import PlatformFailed
from core.heard import Heard, Person, Place, ReplyToken
from core.reply import Address, Choice, LiveReply, Reply

log = logging.getLogger(__name__)

LIMIT = 2_000  # characters of one message
EDIT_EVERY = 1.0  # seconds between edits of one message
TYPING_AFTER = 0.5  # seconds; what is answered at once needs none
TYPING = 8.0  # seconds for which "Todd is typing" is shown; Discord's own are ten
ARCHIVE = 1_440  # minutes after which a quiet thread is folded away
EARLY = timedelta(minutes=1)  # by which the clock here may be ahead of Discord's
LOOK = 100  # messages looked through for a reply that may stand
BY_TOKEN = "@"
EPHEMERAL, NO_EMBEDS = 1 << 6, 1 << 2
HAS_THREAD = 160004
GONE = 10008  # unknown message
NO_ENTRY = frozenset({10003, 50001, 50013})  # a channel where Todd may not write
CANNOT = frozenset({50001, 50013, 50024, 160006})  # open a thread here
PRESS = "todd"  # custom ids of buttons: todd:done:12
BUTTONS_IN_A_ROW, ROWS = 5, 5


class Discord:
    """The Platform (bots/platform.py).

    A post is noted as "channel/message"; one that was made by a command's token as "@/message",
    since it can be changed by that token alone.
    """

    name = NAME

    def __init__(self, rest: Rest, seal: Seal) -> None:
        self._rest = rest
        self._seal = seal

    async def say(self, live: LiveReply, to: Address) -> None:
        where = to.reply_to or {}
        try:
            token = self._token(to.reply_token)
            if token and await self._by_token(live, token, where):
                return
            self._without_token(live, where)
            try:
                await self._in(await self._channel(live, to), live, where, to.calls)
            except discord.HTTPException as error:
                # A command may come from where Todd is no member; its answer goes to the person.
                if "person" not in where or where["private"] or error.code not in NO_ENTRY:
                    raise
                live.stands.clear()
                await self._in(await self._dm(where["person"]), live, where)
        except discord.HTTPException as error:
            raise failed(error) from error

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        """Looks for the reply's parts among Todd's messages after the one that it answers.

        Within minutes of a crash Discord itself takes no post twice (nonces, see `_InChannel`);
        this is for later ones. A post that grew when it broke off is the beginning of its part.
        """
        where = to.reply_to or {}
        if where.get("private"):
            return {}  # by a token that fills the same response again, or in a DM, by its nonce
        found: dict[int, str] = {}
        me = str(await self._rest.me())
        for channel in [where["after"], where["channel"]] if "open" in where else [_channel_of(to)]:
            mine = [
                message
                for message in await self._after(channel, where.get("after") or _since(to))
                if message["author"]["id"] == me and f"{channel}/{message['id']}" not in others
            ]
            for part, content in enumerate(contents(reply, to.calls)):
                stands = (m for m in mine if m["content"] and content.startswith(m["content"]))
                message = next(stands, None)
                if message and part not in found:
                    found[part] = f"{channel}/{message['id']}"
                    mine.remove(message)
        return found

    async def head(self, place: Place) -> Heard | None:
        """The message that a thread was made from: of its channel, or of itself in a forum."""
        for channel in (place.channel, place.thread):
            try:
                found = await self._rest.ask(
                    "GET",
                    "/channels/{channel_id}/messages/{message_id}",
                    channel_id=channel,
                    message_id=place.thread,
                )
            except discord.HTTPException:
                continue
            return payloads.head(found, place)
        return None

    async def private_place(self, external_id: str) -> Place:
        """The person's DM with Todd, opened if it is new."""
        try:
            return Place(NAME, await self._dm(external_id), private=True)
        except discord.HTTPException as error:
            raise failed(error) from error

    async def _after(self, channel: str, message: str) -> list[dict[str, Any]]:
        """What stands in a channel after a message, oldest first; nothing where it is closed."""
        query = {"limit": LOOK, "after": message}
        try:
            found = await self._rest.ask(
                "GET", "/channels/{channel_id}/messages", query=query, channel_id=channel
            )
        except (discord.NotFound, discord.Forbidden):
            return []
        except discord.HTTPException as error:
            raise failed(error) from error
        return list(reversed(found))

    def _token(self, kept: ReplyToken | None) -> tuple[str, str] | None:
        """The application and token by which a command is answered, while they can be used."""
        if kept is None or datetime.now(UTC) > kept.until:
            return None
        opened = self._seal.open(kept.sealed)
        if opened is None:
            log.warning("a command's token cannot be opened: is TODD_SECRET the same everywhere?")
            return None
        application, _, token = opened.partition(":")
        return application, token

    async def _by_token(
        self, live: LiveReply, token: tuple[str, str], where: dict[str, Any]
    ) -> bool:
        """Answers a command; False when its token is over before its time, or its response gone."""
        try:
            await grow(live, _ByToken(self._rest, token, where), EDIT_EVERY)
        except discord.HTTPException as error:
            if error.code not in EXPIRED and not (error.code == GONE and not live.stands):
                raise
            return False
        return True

    def _without_token(self, live: LiveReply, where: dict[str, Any]) -> None:
        """What stands by a token that is over: a private one can no longer be changed, a public
        one is a message of its channel."""
        for part, external_id in list(live.stands.items()):
            channel, _, message = external_id.partition("/")
            if channel != BY_TOKEN:
                continue
            if where.get("private"):
                del live.stands[part]
            else:
                live.stands[part] = f"{where['channel']}/{message}"

    async def _in(
        self, channel: str, live: LiveReply, where: dict[str, Any], calls: Person | None = None
    ) -> None:
        async with self._typing(channel, live):
            await grow(live, _InChannel(self._rest, channel, where, calls), EDIT_EVERY)

    async def _channel(self, live: LiveReply, to: Address) -> str:
        """Where an ordinary message goes: a thread that has to be opened, a DM, or the Place."""
        where = to.reply_to or {}
        if "open" in where:
            return await self._thread(where["channel"], where["after"], where["open"])
        if where.get("private"):
            return await self._dm(where["person"])
        return _channel_of(to)

    async def _thread(self, channel: str, message: str, name: str) -> str:
        """Opens the thread that a mention asks for. Where Todd may not, he answers beside it."""
        try:
            await self._rest.ask(
                "POST",
                "/channels/{channel_id}/messages/{message_id}/threads",
                {"name": name, "auto_archive_duration": ARCHIVE},
                channel_id=channel,
                message_id=message,
            )
        except discord.HTTPException as error:
            if error.code == HAS_THREAD:
                return message
            if error.code not in CANNOT:
                raise
            return channel
        return message

    async def _dm(self, person: str) -> str:
        opened = await self._rest.ask("POST", "/users/@me/channels", {"recipient_id": person})
        return str(opened["id"])

    @contextlib.asynccontextmanager
    async def _typing(self, channel: str, live: LiveReply) -> AsyncIterator[None]:
        """Shows that Todd is at it until something of the reply stands."""

        async def type_on() -> None:
            await asyncio.sleep(TYPING_AFTER)
            while not live.stands:
                with contextlib.suppress(discord.HTTPException, PlatformFailed):
                    await self._rest.ask(
                        "POST", "/channels/{channel_id}/typing", channel_id=channel
                    )
                await asyncio.sleep(TYPING)

        typing = asyncio.create_task(type_on())
        try:
            yield
        finally:
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)


class _Written(PartWriter):
    """What both ways of writing share: a part that stands is changed and taken back alike."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def parts(self, reply: Reply) -> list[dict[str, Any]]:
        return messages(reply)

    async def edit(self, external_id: str, message: dict[str, Any]) -> bool:
        # What is not named stays: buttons are taken away by naming none.
        return await self._if_there("PATCH", external_id, {"components": [], **message})

    async def delete(self, external_id: str) -> None:
        await self._if_there("DELETE", external_id, None)

    def path_of(self, channel: str) -> tuple[str, dict[str, Any]]:
        """Where the messages of a channel are, and what fills that path."""
        raise NotImplementedError

    async def _if_there(self, method: str, external_id: str, body: dict[str, Any] | None) -> bool:
        """Changes a message; False when it is gone."""
        channel, _, message = external_id.partition("/")
        path, filled = self.path_of(channel)
        try:
            await self._rest.ask(
                method, f"{path}/{{message_id}}", body, message_id=message, **filled
            )
        except discord.HTTPException as error:
            if error.code != GONE:
                raise
            return False
        return True


class _InChannel(_Written):
    """Writes ordinary messages. Each carries a nonce made of the reply and the part: Discord
    answers a repeated one, for some minutes, with the message that stands."""

    def __init__(
        self, rest: Rest, channel: str, where: dict[str, Any], calls: Person | None
    ) -> None:
        super().__init__(rest)
        self._channel = channel
        self._calls = calls
        # A mention that could open no thread is answered as a reply to it.
        self._beside = where["after"] if "open" in where and channel == where["channel"] else None

    def parts(self, reply: Reply) -> list[dict[str, Any]]:
        return messages(reply, self._calls)

    async def post(self, reply: Reply, part: int, message: dict[str, Any]) -> str:
        body = {
            **message,
            "flags": NO_EMBEDS,
            "nonce": f"{reply.id}-{part}",
            "enforce_nonce": True,
        }
        if self._beside and part == 0:
            body["message_reference"] = {
                "message_id": self._beside,
                "fail_if_not_exists": False,
            }
        path, filled = self.path_of(self._channel)
        posted = await self._rest.ask("POST", path, body, **filled)
        external_id = f"{self._channel}/{posted['id']}"
        if _is_older(posted, message):
            await self.edit(external_id, message)
        return external_id

    def path_of(self, channel: str) -> tuple[str, dict[str, Any]]:
        return "/channels/{channel_id}/messages", {"channel_id": channel}


class _ByToken(_Written):
    """Answers a command by its interaction's token. The first part fills the response that was
    deferred, which can be repeated without harm; later parts follow it, and Discord takes no
    nonce for those."""

    def __init__(self, rest: Rest, token: tuple[str, str], where: dict[str, Any]) -> None:
        super().__init__(rest)
        application, secret = token
        self._major: dict[str, Any] = {"webhook_id": application, "webhook_token": secret}
        self._flags = EPHEMERAL if where["private"] else 0
        # What answers a press that was only acked follows it; its response is the pressed message.
        self._follows = bool(where.get("follows"))

    async def post(self, reply: Reply, part: int, message: dict[str, Any]) -> str:
        if part == 0 and not self._follows:
            path, filled = self.path_of(BY_TOKEN)
            posted = await self._rest.ask("PATCH", f"{path}/@original", message, **filled)
        else:
            body = {**message, "flags": self._flags | NO_EMBEDS}
            path = "/webhooks/{webhook_id}/{webhook_token}?wait=true"
            posted = await self._rest.ask("POST", path, body, **self._major)
        return f"{BY_TOKEN}/{posted['id']}"

    def path_of(self, channel: str) -> tuple[str, dict[str, Any]]:
        return "/webhooks/{webhook_id}/{webhook_token}/messages", self._major


def _is_older(posted: dict[str, Any], message: dict[str, Any]) -> bool:
    """Whether Discord has answered with a message of an earlier try, which says something else."""
    same_words = posted["content"].strip() == message["content"].strip()
    return not same_words or bool(posted["components"]) != bool(message.get("components"))


def _channel_of(to: Address) -> str:
    where = to.reply_to or {}
    return str(where.get("channel") or to.place.thread or to.place.channel)


def _since(to: Address) -> str:
    """Discord's ids grow with time: one of shortly before a reply was begun."""
    return str(discord.utils.time_snowflake(to.since - EARLY)) if to.since else "0"


def contents(reply: Reply, calls: Person | None = None) -> list[str]:
    """A reply as texts that Discord takes: who is called by name, then Markdown."""
    called = f"<@{calls.external_id}> " if calls else ""
    return split(f"{called}{reply.text}", LIMIT) if reply.text else []


def messages(reply: Reply, calls: Person | None = None) -> list[dict[str, Any]]:
    """A reply as Discord's messages, with what to press under the last. They ping nobody but whom
    it calls by name."""
    pings: dict[str, Any] = {"parse": [], **({"users": [calls.external_id]} if calls else {})}
    made: list[dict[str, Any]] = [
        {"content": content, "allowed_mentions": pings} for content in contents(reply, calls)
    ]
    if made and reply.whole and reply.choices:
        buttons = [_button(choice) for choice in reply.choices[: BUTTONS_IN_A_ROW * ROWS]]
        made[-1]["components"] = [
            {
                "type": discord.ComponentType.action_row.value,
                "components": buttons[at : at + BUTTONS_IN_A_ROW],
            }
            for at in range(0, len(buttons), BUTTONS_IN_A_ROW)
        ]
    return made


def _button(choice: Choice) -> dict[str, Any]:
    return {
        "type": discord.ComponentType.button.value,
        "style": discord.ButtonStyle.secondary.value,
        "label": choice.label[:80],
        "custom_id": f"{PRESS}:{choice.action}:{choice.about}",
    }
