"""What people say and press, as it comes from a platform, before it is a row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where people talk. Exactly one Conversation stands for it.

    `private`: one person and Todd, nobody else reads along. A private command in a channel has a
    Place of its own for each person, never the channel's (`aside`): it is for its answer alone.
    """

    platform: str
    channel: str
    thread: str = ""
    workspace: str = ""
    private: bool = False
    aside: bool = False

    def aside_for(self, external_id: str) -> "Place":
        """The Place of what one person says privately in this one."""
        channel = f"{self.channel}/{external_id}"
        return Place(self.platform, channel, workspace=self.workspace, private=True, aside=True)


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, as the platform authenticated them; what it does not say is empty."""

    external_id: str
    workspace: str = ""
    name: str = ""
    timezone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """What a command is answered by, sealed, and until when it can be."""

    sealed: str
    until: datetime


class Kind(StrEnum):
    """How something comes with a message."""

    ANSWERED = "answered"  # the message that it replies to
    FORWARDED = "forwarded"
    FILE = "file"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Attached:
    """What comes with a message and was not said by it: what it replies to, forwards or carries.

    `text` is what that says, of a file its name; `by` who said it, as far as the platform tells.
    `external_id` is the platform's id of a message that is replied to.
    """

    kind: Kind
    text: str
    by: str = ""
    link: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it came from a person.

    `external_id` is the platform's id of the message, unique in its Place. `order_key` sorts as
    text in the platform's own order (pad numbers with zeros). `addressed`: Todd is mentioned, or
    it came by a command. `to_others`: it mentions somebody else and not Todd. `with_todd`: the
    thread was opened for Todd. `reply_to`: the platform's own words for where the reply goes, and
    `reply_token` what a command is answered by.
    `mentions`: who else is mentioned, by the handle that stands in the text after an @. `link`
    leads people to the message.
    `under`: the platform's id of what it stands under, which is what it is about: in a DM the head
    of its thread (its own id, if it is that), elsewhere what it replies to; None in a place where
    that says nothing. `attached` comes with it.
    """

    place: Place
    person: Person
    external_id: str
    order_key: str
    text: str
    addressed: bool = False
    to_others: bool = False
    with_todd: bool = False
    reply_to: dict[str, Any] | None = None
    reply_token: ReplyToken | None = None
    mentions: Mapping[str, Person] = field(default_factory=dict)
    link: str | None = None
    under: str | None = None
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Amended:
    """A message that its person has changed, or deleted, after it was sent.

    `channel` is that of its Place, or its thread. `text` is None when it was deleted. `reply_to`:
    where an offer to make up for it goes, if elsewhere than the reply went.
    """

    platform: str
    channel: str
    external_id: str
    text: str | None
    mentions: Mapping[str, Person] = field(default_factory=dict)
    reply_to: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button or a structured command, unique by its interaction id.

    `action` is one of PRESSES (core/conversation/presses.py); what it is `about` is a task's id, a
    reply's, or a question's, as the action has it. `under`: see Heard. `on` is the platform's id of
    the message that the button stands in. `privately` and `private_token` are where an answer goes
    that only the person who pressed is to see, where others read along.
    """

    place: Place
    person: Person
    external_id: str
    order_key: str
    action: str
    about: int | None
    reply_to: dict[str, Any] | None = None
    reply_token: ReplyToken | None = None
    under: str | None = None
    on: str | None = None
    privately: dict[str, Any] | None = None
    private_token: ReplyToken | None = None


ATTACHED_LENGTH = 4_000  # characters of a text that comes with a message


def as_kept(attached: Attached) -> dict[str, Any]:
    """As it is kept with its message, in Message.attached."""
    return {
        "kind": attached.kind,
        "text": clean(attached.text)[:ATTACHED_LENGTH],
        "by": clean(attached.by),
        "link": attached.link,
        "external_id": attached.external_id,
    }


def attached_of(kept: Iterable[Mapping[str, Any]] | None) -> tuple[Attached, ...]:
    """What came with a message, as it was kept."""
    return tuple(Attached(**{**each, "kind": Kind(each["kind"])}) for each in kept or ())


NO_LABEL = "\u2060"  # a word joiner, which nobody sees: after # it says that this is no label


def channel_named(name: str) -> str:
    """The name of a channel as it stands in a text: "#general", which is no label."""
    return f"#{NO_LABEL}{name}"


def clean(text: str) -> str:
    """Text as PostgreSQL takes it: without NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
