"""What a tool acts with, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.heard import Attached
from db.models import Conversation
from db.session import Session
from db.tasks import Cause


@dataclass(frozen=True, slots=True)
class Work:
    """What a tool acts with: a transaction opened for the speaker, and the call's own name."""

    session: Session
    cause: Cause
    conversation: Conversation
    zone: ZoneInfo
    now: datetime
    locale: str | None = None
    # A link to the message that asks for it, and whom that mentions: their handle → user id.
    link: str | None = None
    mentioned: Mapping[str, str] = field(default_factory=dict)
    # What comes with that message.
    attached: tuple[Attached, ...] = ()
    # The messages that make up what the person speaks about (rule 12); None: all that was said.
    subject: frozenset[int] | None = None
    # The person has said yes to exactly this call (rule 4).
    confirmed: bool = False
    # Conversations to be woken with the commit.
    wakes: list[int] = field(default_factory=list)

    @property
    def me(self) -> str:
        return self.cause.user_id

    @property
    def shown_to(self) -> Conversation | None:
        """In front of others only what was made there is shown and touched (rule 9)."""
        return None if self.conversation.private else self.conversation

    @property
    def platform(self) -> str:
        return self.conversation.platform

    def link_for(self, title: str) -> str | None:
        """Back to where a task comes from: what it is called after, or the message that asks."""
        words = " ".join(title.casefold().rstrip("…").split())
        for each in self.attached:
            if each.link and words in " ".join(each.text.casefold().split()):
                return each.link
        return self.link

    def after_yes(self, mentioned: Mapping[str, str]) -> "Work":
        """The same, for a call that the person has confirmed, with whom it mentioned then."""
        return replace(self, confirmed=True, mentioned=mentioned)


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool answers: short prose for the model, and what could not be done, item by item.
    `asked`: nothing is done yet, the person has to confirm it."""

    text: str
    failures: tuple[str, ...] = ()
    asked: bool = False
