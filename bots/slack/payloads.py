"""From Slack's payloads to what core hears. It stands before the ack, and asks Slack nothing."""

import re
import time
from collections.abc import Iterator
from typing import Any

from core.heard import Amended, Attached, Heard, Kind, Person, Place, Pressed, channel_named

NAME = "slack"
# Subtypes of `message` in which a person says something; all others are joins, edits, bots …
SAID = frozenset({None, "file_share", "me_message", "thread_broadcast"})
THREAD = "todd-thread:"  # block_ids of buttons under what only one person sees in a thread
AMENDED = frozenset({"message_changed", "message_deleted"})
ACTION = "todd"  # block_actions whose action_id is "todd:done" and the like
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!(?:subteam\^)?(\w+)(?:\|@?([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+(?:\|([^>]*))?>")


def message(
    event: dict[str, Any], body: dict[str, Any], me: str, team: str, site: str = ""
) -> Heard | None:
    """What a `message` or `app_mention` event says; None when it is never for Todd.

    `site` is the workspace's address, `me` the bot's user id, `team` the workspace it is installed
    in: in channels that are shared with others, what the payload calls its team depends on who
    speaks. Both events of one mention give the same Heard: the same channel, ts and text.
    """
    if event.get("subtype") not in SAID or event.get("bot_id") or not event.get("user"):
        return None
    if event["user"] in (me, "USLACKBOT"):
        return None
    text = event.get("text") or ""
    mentioned = set(_MENTION.findall(text))
    addressed = me in mentioned or event.get("type") == "app_mention"
    private = event.get("channel_type") == "im" or event["channel"].startswith("D")
    thread = event.get("thread_ts") or ""
    root = thread or event["ts"]
    home = _home(body, event.get("user_team") or team)
    return Heard(
        place=Place(
            NAME,
            channel=event["channel"],
            # A DM is one Place whatever its threads. In a channel a mention opens a thread; what
            # else is said at the top is the channel's own line.
            thread="" if private else root if addressed else thread,
            workspace=team,
            private=private,
        ),
        person=Person(event["user"], workspace=home),
        external_id=event["ts"],
        order_key=event["ts"],
        text=plain(text, me),
        addressed=addressed,
        to_others=not addressed and bool(mentioned or _SPECIAL.search(text)),
        with_todd=event.get("parent_user_id") == me,
        reply_to={"thread_ts": root, "after": event["ts"]},
        mentions=_mentions(text, me, home),
        link=_link_to(site, event["channel"], event["ts"], thread),
        under=root if private else None,
        attached=tuple(_attached(event, me)),
    )


def _attached(event: dict[str, Any], me: str) -> Iterator[Attached]:
    """What a message forwards or carries."""
    for each in event.get("attachments") or ():
        text = plain(each.get("text") or each.get("fallback") or "", me)
        if (each.get("is_share") or each.get("is_msg_unfurl")) and text:
            by = each.get("author_subname") or each.get("author_name") or ""
            yield Attached(Kind.FORWARDED, text, by, each.get("from_url"))
    for file in event.get("files") or ():
        is_voice = file.get("subtype") == "slack_audio"
        said = ((file.get("transcription") or {}).get("preview") or {}).get("content") or ""
        if is_voice and said:
            yield Attached(Kind.FORWARDED, said)
        else:
            name = file.get("name") or file.get("title") or "a file"
            yield Attached(Kind.VOICE if is_voice else Kind.FILE, name)


def mentioning_since(
    event: dict[str, Any], body: dict[str, Any], me: str, team: str, site: str = ""
) -> Heard | None:
    """What a changed message says that mentions Todd in a channel, as if it had been said so; it is
    kept once, however often it is changed."""
    changed = event.get("message") or {}
    if event["subtype"] != "message_changed" or event["channel"].startswith("D"):
        return None
    if me not in _MENTION.findall(changed.get("text") or ""):
        return None
    said = {**changed, "channel": event["channel"], "channel_type": event.get("channel_type")}
    return message(said, body, me, team, site)


def amended(event: dict[str, Any], me: str) -> Amended | None:
    """What was made of a message since: another text, or none; None when it is never for Todd."""
    deleted = event["subtype"] == "message_deleted"
    message = event.get("previous_message" if deleted else "message") or {}
    # What has answers is not deleted but blanked.
    deleted = deleted or message.get("subtype") == "tombstone"
    person = message.get("user") or (event.get("previous_message") or {}).get("user")
    ts = event.get("deleted_ts") or message.get("ts")
    if not ts or message.get("bot_id") or not person or person in (me, "USLACKBOT"):
        return None
    channel, text = event["channel"], message.get("text") or ""
    to = None
    if not channel.startswith("D"):
        thread = message.get("thread_ts") or ts
        to = {"ephemeral": {"channel": channel, "user": person, "dm": False, "thread": thread}}
    return Amended(
        NAME,
        channel,
        ts,
        None if deleted else plain(text, me),
        {} if deleted else _mentions(text, me, ""),
        to,
    )


def command(body: dict[str, Any], me: str, team: str) -> Heard:
    """What was said by /todd: a private Place of its own for each person, never the channel's."""
    person, channel = body["user_id"], body["channel_id"]
    home = _home(body, body.get("team_id") or team)
    text = body.get("text") or "help"
    return Heard(
        place=_for_one(channel, person, team),
        person=Person(person, workspace=home),
        external_id=body["trigger_id"],
        order_key=f"{time.time():.6f}",
        text=plain(text, me),
        addressed=True,
        mentions=_mentions(text, me, home),
        reply_to=_ephemerally(channel, person),
    )


def press(body: dict[str, Any], team: str) -> Pressed | None:
    """What a button of Todd's was pressed for; None for any other."""
    action = body["actions"][0]
    prefix, _, name = action["action_id"].partition(":")
    if prefix != ACTION or not str(action.get("value", "")).isdecimal():
        return None
    container = body.get("container") or {}
    channel = container.get("channel_id") or body["channel"]["id"]
    person = body["user"]["id"]
    root = container.get("thread_ts") or container.get("message_ts") or ""
    private = channel.startswith("D")
    place = Place(NAME, channel, "" if private else root, workspace=team, private=private)
    reply_to: dict[str, Any] | None = {"thread_ts": root, "after": root} if root else None
    thread = action.get("block_id", "").removeprefix(THREAD)
    if container.get("is_ephemeral") and action["block_id"].startswith(THREAD):
        # An offer that only its person sees, about what was said in a thread.
        place = Place(NAME, channel, thread, workspace=team)
        reply_to = {"ephemeral": {"channel": channel, "user": person, "dm": False,
                                  "thread": thread}}  # fmt: skip
    elif container.get("is_ephemeral"):
        # A button of a private answer: what it does is as private.
        place, reply_to = _for_one(channel, person, team), _ephemerally(channel, person)
    return Pressed(
        place=place,
        person=Person(person, workspace=_home(body, body["user"].get("team_id") or team)),
        external_id=body["trigger_id"],
        order_key=str(action.get("action_ts") or f"{time.time():.6f}"),
        action=name.split("-")[0],
        about=int(action["value"]),
        reply_to=reply_to,
        under=root if private and root else None,
        on=None if container.get("is_ephemeral") else container.get("message_ts"),
        privately=None
        if private
        else {
            "ephemeral": {
                "channel": channel,
                "user": person,
                "dm": False,
                "thread": place.thread,
            }
        },
    )


def _mentions(text: str, me: str, home: str) -> dict[str, Person]:
    """Who else is mentioned, by the id that stands in the text; their names are asked for later."""
    return {
        person: Person(person, workspace=home) for person in _MENTION.findall(text) if person != me
    }


def _link_to(site: str, channel: str, ts: str, thread: str) -> str | None:
    """Where people find a message (Slack's permalinks are made of what an event says)."""
    if not site:
        return None
    link = f"{site.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return f"{link}?thread_ts={thread}&cid={channel}" if thread and thread != ts else link


def plain(text: str, me: str) -> str:
    """Slack's text as people see it: the mention of Todd gone, links and entities resolved."""
    text = _MENTION.sub(lambda match: "" if match[1] == me else f"@{match[1]}", text)
    text = _LINK.sub(_link, text)
    text = _CHANNEL.sub(lambda match: channel_named(match[1] or "channel"), text)
    text = _SPECIAL.sub(lambda match: match[2] or f"@{match[1]}", text)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text.strip()


def _link(match: re.Match[str]) -> str:
    """A link as it was typed: Slack makes one of every address, number and domain. Words of a link
    and its address both stay, the address in the open."""
    target, label = match[1], match[2] or ""
    typed = re.sub(r"^(?:https?://|mailto:|tel:)", "", target).rstrip("/")
    if not label or label.rstrip("/") in (typed, target):
        return label or target
    return f"{label} {target}"


def _for_one(channel: str, person: str, team: str) -> Place:
    return Place(NAME, channel, workspace=team).aside_for(person)


def _ephemerally(channel: str, person: str) -> dict[str, Any]:
    return {"ephemeral": {"channel": channel, "user": person, "dm": channel.startswith("D")}}


def _home(body: dict[str, Any], team: str) -> str:
    """Whose person it is: the enterprise, wherever the payload says it, else their own team."""
    authorization = (body.get("authorizations") or [{}])[0]
    enterprise = (
        authorization.get("enterprise_id")
        or body.get("enterprise_id")
        or (body.get("enterprise") or {}).get("id")
    )
    return str(enterprise or team)
