"""Whether people let others have them reminded."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import select

from db.models import Consent
from db.session import Session
from db.states import ConsentState

FIRST = text(
    "insert into consents (user_id, from_id, state) values (:user, :from, 'asked')"
    " on conflict do nothing returning id"
)


async def ask(session: Session, user_id: str, from_id: str) -> tuple[str, bool]:
    """What somebody says to being reminded by another, and whether this is the first that they are
    to be asked it."""
    is_first = (await session.execute(FIRST, {"user": user_id, "from": from_id})).first()
    return await of(session, user_id, from_id), is_first is not None


async def of(session: Session, user_id: str, from_id: str) -> str:
    """What somebody has said to it: 'asked' (nothing yet), 'allowed' or 'refused'."""
    query = select(Consent.state).where(Consent.user_id == user_id, Consent.from_id == from_id)
    return (await session.exec(query)).one()


async def id_of(session: Session, user_id: str, from_id: str) -> int:
    query = select(Consent.id).where(Consent.user_id == user_id, Consent.from_id == from_id)
    return (await session.exec(query)).one() or 0


async def is_asked(session: Session, user_id: str, consent_id: int) -> bool:
    """Whether the person has been asked it, and has not answered yet."""
    query = select(Consent.id).where(
        Consent.id == consent_id, Consent.user_id == user_id, Consent.state == ConsentState.ASKED
    )
    return (await session.exec(query)).first() is not None


async def answer(session: Session, user_id: str, consent_id: int, state: str) -> str | None:
    """Keeps what the person says to it; whom that is about. None when it is not theirs to say."""
    query = select(Consent).where(Consent.id == consent_id, Consent.user_id == user_id)
    consent = (await session.exec(query.with_for_update())).first()
    if consent is None:
        return None
    consent.state = state
    await session.flush()
    return consent.from_id


async def say(session: Session, user_id: str, from_id: str) -> int:
    """The id of what the person says to being reminded by another, asked or not."""
    await session.execute(FIRST, {"user": user_id, "from": from_id})
    return await id_of(session, user_id, from_id)


async def release(session: Session, user_id: str, from_id: str, now: datetime) -> None:
    """The notes of somebody that were held back are to be told now."""
    await session.execute(
        text(
            "update reminders set state = 'waiting', try_at = :now, woken_at = null"
            " where user_id = :user and from_id = :from and kind = 'words' and state = 'held'"
        ),
        {"user": user_id, "from": from_id, "now": now},
    )


async def drop(session: Session, user_id: str, from_id: str) -> int:
    """The notes of somebody are not told any more: how many there were."""
    rows = await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and from_id = :from"
            " and kind = 'words' and state in ('waiting', 'held', 'unreached') returning id"
        ),
        {"user": user_id, "from": from_id},
    )
    return len(rows.all())
