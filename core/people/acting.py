"""Somebody acts: what tools do for them, they do on that person's clock and in their name."""

from collections.abc import Mapping
from datetime import datetime

from core.heard import Attached
from core.people.zones import zone_of
from core.work import Work
from db.models import Conversation, User
from db.session import Session
from db.tasks import Cause


def work_of(
    person: User,
    conversation: Conversation,
    session: Session,
    now: datetime,
    *,
    message_id: int = 0,
    step: int = 0,
    position: int = 0,
    link: str | None = None,
    mentioned: Mapping[str, str] | None = None,
    attached: tuple[Attached, ...] = (),
    subject: frozenset[int] | None = None,
) -> Work:
    """What a call acts with, named by message, step and position; the session is open for the
    person already."""
    assert conversation.id is not None
    return Work(
        session,
        Cause(person.id, conversation.id, message_id, step, position),
        conversation,
        zone_of(person),
        now,
        person.locale,
        link,
        mentioned or {},
        attached,
        subject,
    )
