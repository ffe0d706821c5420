"""Says replies in Slack, by its Web API alone: any worker can, whoever heard the message."""

import logging
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bots.markdown import split
from bots.parts import grow
from bots.slack import payloads
from bots.slack.payloads import ACTION, NAME, THREAD
from core.errors import PlatformFailed
from core.heard import Heard, Person, Place
from core.reply import Address, Choice, LiveReply, Reply, without_escapes

log = logging.getLogger(__name__)

LIMIT = 3_500  # characters of one message: chat.update takes about 4,000 in practice
RECEIPTS = 2_900  # characters of one section; Slack takes 3,000
EDIT_EVERY = 1.2  # seconds between edits of one message
METADATA = "todd_reply"
PAGE = 200  # messages of a thread in one look for a reply
PAGES = 5
EARLY = 60  # seconds by which the clock here may be ahead of Slack's
# The person or place is gone, or lets Todd in no more.
GONE = frozenset({
    "channel_not_found", "is_archived", "not_in_channel", "user_not_found", "users_not_found",
    "user_disabled", "cannot_dm_bot", "messages_tab_disabled", "restricted_action",
    "thread_locked", "thread_not_found", "cannot_reply_to_message",
})  # fmt: skip
# Blocks that Slack does not take: the same is said as plain text.
NO_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
# The post is one that Slack will never take.
FINAL = frozenset({
    "invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text",
})  # fmt: skip


def client(token: str, base_url: str | None = None) -> AsyncWebClient:
    """A Web API client that waits out 429, and tries 5xx and lost connections again.

    Not for posting: a post whose answer was lost may stand (see `poster`).
    """
    web = AsyncWebClient(token=token, base_url=base_url or AsyncWebClient.BASE_URL)
    web.retry_handlers = [
        AsyncConnectionErrorRetryHandler(max_retry_count=2),
        AsyncRateLimitErrorRetryHandler(max_retry_count=4),
        AsyncServerErrorRetryHandler(max_retry_count=3),
    ]
    return web


def poster(token: str, base_url: str | None = None) -> AsyncWebClient:
    """A client for posts, which Slack takes twice when asked twice: it only waits out 429.

    Whatever else goes wrong is raised; the reply is taken up again, and looked up first.
    """
    web = AsyncWebClient(token=token, base_url=base_url or AsyncWebClient.BASE_URL)
    web.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=4)]
    return web


class Slack:
    """The Platform (bots/platform.py)."""

    name = NAME

    def __init__(self, token: str, base_url: str | None = None) -> None:
        self._web = client(token, base_url)
        self._poster = poster(token, base_url)
        self._team = ""

    async def say(self, live: LiveReply, to: Address) -> None:
        try:
            ephemeral = (to.reply_to or {}).get("ephemeral")
            if ephemeral:
                await self._whisper(live, ephemeral, to.place)
            else:
                await grow(live, _Page(self._web, self._poster, to), EDIT_EVERY)
        except SlackApiError as error:
            raise _failed(error) from error
        except (OSError, TimeoutError, ClientError) as error:
            raise PlatformFailed(f"slack: {type(error).__name__}") from error

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        """Looks through the thread, or what was said since in the DM or channel, for messages that
        carry the reply's id."""
        where = to.reply_to or {}
        if "ephemeral" in where:
            return {}
        thread = where.get("thread_ts") or _thread_of(to.place)
        since = where.get("after") or thread
        if not thread:
            since = f"{to.since.timestamp() - EARLY:.6f}" if to.since else "0"
        found: dict[int, str] = {}
        cursor = ""
        for _ in range(PAGES):
            try:
                answer = await self._page(to.place.channel, thread, since, cursor)
            except SlackApiError as error:
                if fault_of(error) in ("thread_not_found", "missing_scope"):
                    return found
                raise _failed(error) from error
            for message in answer.get("messages") or []:
                metadata = message.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if (
                    message.get("bot_id")
                    and metadata.get("event_type") == METADATA
                    and payload.get("reply") == str(reply.id)
                ):
                    found.setdefault(int(payload.get("part", 0)), message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return found

    async def _page(self, channel: str, thread: str, since: str, cursor: str) -> Any:
        """What was said since, in a thread or outside of any."""
        shared: dict[str, Any] = {
            "channel": channel, "oldest": since, "limit": PAGE, "cursor": cursor,
            "include_all_metadata": True,
        }  # fmt: skip
        if thread:
            return await self._web.conversations_replies(ts=thread, **shared)
        return await self._web.conversations_history(**shared)

    async def who(self, external_id: str) -> Person | None:
        """What Slack knows of a person; None when it does not say."""
        try:
            answer = await self._web.users_info(user=external_id, include_locale=True)
        except (TimeoutError, SlackApiError, OSError):
            return None
        user = answer.get("user") or {}
        profile = user.get("profile") or {}
        return Person(
            external_id,
            name=profile.get("display_name") or profile.get("real_name") or user.get("name") or "",
            timezone=user.get("tz"),
            locale=user.get("locale"),
        )

    async def head(self, place: Place) -> Heard | None:
        """The root of a thread, as far as a person wrote it."""
        try:
            todd = await self._web.auth_test()
            found = await self._web.conversations_replies(
                channel=place.channel, ts=place.thread, limit=1, inclusive=True
            )
        except (TimeoutError, SlackApiError, OSError, ClientError):
            return None
        root = next(iter(found.get("messages") or []), None)
        if root is None or root["ts"] != place.thread:
            return None
        event = {**root, "channel": place.channel, "channel_type": "channel"}
        return payloads.message(event, {}, todd["user_id"], place.workspace, todd.get("url") or "")

    async def private_place(self, external_id: str) -> Place:
        """The person's DM with Todd, opened if it is new."""
        try:
            installed = await self._installed()
            opened = await self._web.conversations_open(users=[external_id])
        except SlackApiError as error:
            raise _failed(error) from error
        except (OSError, TimeoutError, ClientError) as error:
            raise PlatformFailed(f"slack: {type(error).__name__}") from error
        return Place(NAME, opened["channel"]["id"], workspace=installed, private=True)

    async def _installed(self) -> str:
        """The workspace that Todd's token is for."""
        if not self._team:
            self._team = str((await self._web.auth_test())["team_id"])
        return self._team

    async def _whisper(self, live: LiveReply, where: dict[str, Any], place: Place) -> None:
        """Answers a command, for its person's eyes only: whole, since it cannot be edited."""
        async for reply in live:
            if not reply.whole:
                continue
            shown = messages(reply, None if place.private else place.thread)
            for part, message in enumerate(shown):
                if part in live.stands:
                    continue
                await live.stands_as(part, await self._whispered(where, message))

    async def _whispered(self, where: dict[str, Any], message: dict[str, Any]) -> str:
        try:
            if not where["dm"]:
                thread = {"thread_ts": where["thread"]} if where.get("thread") else {}
                posted = await self._poster.chat_postEphemeral(
                    channel=where["channel"], user=where["user"], **thread, **message
                )
                return str(posted["message_ts"])
        except SlackApiError as error:
            if fault_of(error) not in GONE:
                raise
        # Todd is not in that channel, or it is his own DM: there, only this person reads along.
        posted = await self._poster.chat_postMessage(channel=where["user"], **message)
        return str(posted["ts"])


class _Page:
    """The part writer (bots/parts.py) for where everybody in the Place reads."""

    def __init__(self, web: AsyncWebClient, poster: AsyncWebClient, to: Address) -> None:
        self._web = web
        self._poster = poster
        self._channel = to.place.channel
        self._thread = (to.reply_to or {}).get("thread_ts") or _thread_of(to.place)
        self._calls = to.calls

    def parts(self, reply: Reply) -> list[dict[str, Any]]:
        return calling(messages(reply), self._calls)

    async def post(self, reply: Reply, part: int, message: dict[str, Any]) -> str:
        try:
            return await self._post(reply, part, message)
        except SlackApiError as error:
            if fault_of(error) not in NO_BLOCKS or "blocks" not in message:
                raise
        log.warning("Slack takes no blocks of reply %d: said as plain text", reply.id)
        return await self._post(reply, part, {"text": message["text"]})

    async def _post(self, reply: Reply, part: int, message: dict[str, Any]) -> str:
        posted = await self._poster.chat_postMessage(
            channel=self._channel,
            thread_ts=self._thread or None,
            metadata={
                "event_type": METADATA,
                "event_payload": {"reply": str(reply.id), "part": part},
            },
            unfurl_links=False,
            unfurl_media=False,
            **message,
        )
        return str(posted["ts"])

    async def edit(self, external_id: str, message: dict[str, Any]) -> bool:
        try:
            await self._update(external_id, message)
        except SlackApiError as error:
            if fault_of(error) != "message_not_found":
                raise
            return False
        return True

    async def _update(self, external_id: str, message: dict[str, Any]) -> None:
        try:
            await self._web.chat_update(channel=self._channel, ts=external_id, **message)
        except SlackApiError as error:
            if fault_of(error) not in NO_BLOCKS:
                raise
            await self._web.chat_update(
                channel=self._channel, ts=external_id, text=message["text"], blocks=[]
            )

    async def delete(self, external_id: str) -> None:
        try:
            await self._web.chat_delete(channel=self._channel, ts=external_id)
        except SlackApiError as error:
            if fault_of(error) != "message_not_found":
                raise


def fault_of(error: SlackApiError) -> str:
    """Slack's own word for what went wrong; its answer is no JSON when it is in trouble itself."""
    answer = getattr(error.response, "data", error.response)
    return str(answer.get("error") or "failed") if isinstance(answer, dict) else "no answer"


def _failed(error: SlackApiError) -> PlatformFailed:
    fault = fault_of(error)
    return PlatformFailed(f"slack: {fault}", final=fault in FINAL, gone=fault in GONE)


def messages(reply: Reply, place: str | None = None) -> list[dict[str, Any]]:
    """A reply as Slack's messages: Markdown, then receipts as plain text, then what to press. What
    only one person sees, of a conversation that others read, says with its buttons which: the
    thread of its `place`."""
    # Escaped first: it is what Slack counts.
    parts = split(_markdown(reply.words), LIMIT) if reply.words else []
    made: list[dict[str, Any]] = [
        {"text": without_escapes(part), "blocks": [{"type": "markdown", "text": part}]}
        for part in parts
    ]
    receipts = "\n".join(reply.receipts)
    for number, piece in enumerate(split(receipts, RECEIPTS) if receipts else []):
        section = {"type": "section", "text": {"type": "plain_text", "text": piece, "emoji": False}}
        if number == 0 and made and len(parts[-1]) + len(escape(piece)) <= LIMIT:
            made[-1] = {
                "text": f"{made[-1]['text']}\n\n{escape(piece)}",
                "blocks": [*made[-1]["blocks"], section],
            }
        else:
            made.append({"text": escape(piece), "blocks": [section]})
    if made and reply.whole and reply.choices:
        elements = [_button(number, choice) for number, choice in enumerate(reply.choices)]
        actions: dict[str, Any] = {"type": "actions", "elements": elements}
        if place is not None:
            actions["block_id"] = f"{THREAD}{place}"
        made[-1] = {**made[-1], "blocks": [*made[-1]["blocks"], actions]}
    return made


def calling(parts: list[dict[str, Any]], person: Person | None) -> list[dict[str, Any]]:
    """The messages of a reply, which calls one person by name before it says anything."""
    if person is None or not parts:
        return parts
    mention = f"<@{person.external_id}>"
    first = {
        "text": f"{mention} {parts[0]['text']}",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": mention}},
            *parts[0]["blocks"],
        ],
    }
    return [first, *parts[1:]]


def _thread_of(place: Place) -> str:
    """Where in a channel what nobody has asked for just now goes."""
    return "" if place.private else place.thread


def escape(text: str) -> str:
    """Text that is only text: it pings nobody and links to nothing that is not spelt out."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _markdown(words: str) -> str:
    """Markdown as Slack takes it, which knows "<" by another name; that needs no backslash."""
    return escape(words.replace("\\<", "<"))


def _button(number: int, choice: Choice) -> dict[str, Any]:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": choice.label[:75]},
        "action_id": f"{ACTION}:{choice.action}-{number}",
        "value": str(choice.about),
    }
