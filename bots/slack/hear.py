"""From Slack's payloads to what core hears. It stands before the ack, and asks Slack nothing."""

import re
import time
from typing import Any

from core.heard import Heard, Person, Place, Pressed

NAME = "slack"
# Subtypes of `message` in which a person says something; all others are joins, edits, bots …
SAID = frozenset({None, "file_share", "me_message", "thread_broadcast"})
ACTION = "todd"  # block_actions whose action_id is "todd:done" and the like
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+(?:\|([^>]*))?>")


def message(event: dict[str, Any], body: dict[str, Any], me: str) -> Heard | None:
    """What a `message` or `app_mention` event says; None when it is never for Todd.

    `me` is the bot's user id. Both events of one mention give the same Heard but for `addressed`,
    which the text decides: they have the same channel, ts and text (facts: docs/slack.md).
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
    return Heard(
        place=Place(
            NAME,
            channel=event["channel"],
            # A DM is one Place whatever its threads. In a channel a mention opens a thread; what
            # else is said at the top is the channel's own line.
            thread="" if private else root if addressed else thread,
            workspace=_team(event, body),
            private=private,
        ),
        person=Person(event["user"], workspace=_home(event, body)),
        external_id=event["ts"],
        order_key=event["ts"],
        text=plain(text, me),
        addressed=addressed,
        to_others=not addressed and bool(mentioned),
        with_todd=event.get("parent_user_id") == me,
        reply_to={"thread_ts": root},
    )


def command(body: dict[str, Any]) -> Heard:
    """What was said by /todd: a private Place of its own for each person, never the channel's."""
    person, channel = body["user_id"], body["channel_id"]
    in_dm = channel.startswith("D")
    return Heard(
        place=Place(
            NAME,
            channel=f"{channel}/{person}",
            workspace=body.get("team_id", ""),
            private=True,
        ),
        person=Person(person, workspace=body.get("enterprise_id") or body.get("team_id", "")),
        external_id=body["trigger_id"],
        order_key=f"{time.time():.6f}",
        text=body.get("text") or "help",
        addressed=True,
        reply_to={"ephemeral": {"channel": channel, "user": person, "dm": in_dm}},
    )


def press(body: dict[str, Any]) -> Pressed | None:
    """What a button of Todd's was pressed for; None for any other."""
    action = body["actions"][0]
    prefix, _, name = action["action_id"].partition(":")
    if prefix != ACTION or not str(action.get("value", "")).isdecimal():
        return None
    container = body.get("container") or {}
    channel = container.get("channel_id") or body["channel"]["id"]
    root = container.get("thread_ts") or container.get("message_ts") or ""
    private = channel.startswith("D")
    team = (body.get("team") or {}).get("id") or ""
    enterprise = (body.get("enterprise") or {}).get("id")
    return Pressed(
        place=Place(
            NAME,
            channel=channel,
            thread="" if private else root,
            workspace=team,
            private=private,
        ),
        person=Person(
            body["user"]["id"], workspace=enterprise or body["user"].get("team_id") or team
        ),
        external_id=body["trigger_id"],
        order_key=str(action.get("action_ts") or f"{time.time():.6f}"),
        action=name.split("-")[0],
        task_id=int(action["value"]),
        reply_to={"thread_ts": root} if root else None,
    )


def plain(text: str, me: str) -> str:
    """Slack's text as people see it: the mention of Todd gone, links and entities resolved."""
    text = _MENTION.sub(lambda match: "" if match[1] == me else f"@{match[1]}", text)
    text = _LINK.sub(lambda match: match[1], text)
    text = _CHANNEL.sub(lambda match: f"#{match[1] or 'channel'}", text)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text.strip()


def _team(event: dict[str, Any], body: dict[str, Any]) -> str:
    return str(body.get("team_id") or event.get("team") or "")


def _home(event: dict[str, Any], body: dict[str, Any]) -> str:
    """Whose person it is: the enterprise, else the person's own team (shared channels)."""
    enterprise = body.get("enterprise_id")
    return str(enterprise or event.get("user_team") or event.get("team") or _team(event, body))
