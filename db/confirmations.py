"""What waits for a yes: asked once, answered once, by the person who was asked."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from db.models import Confirmation, Task
from db.session import Session
from db.states import ConfirmationState
from db.tasks import Cause


async def ask(
    session: Session,
    cause: Cause,
    call: Mapping[str, Any],
    about: Mapping[int, datetime],
    expires_at: datetime,
) -> None:
    """Keeps a call until it is confirmed; all calls of one message are asked about together.

    `about` says of each task in it when it was changed last.
    """
    seen = {str(task_id): at.isoformat() for task_id, at in about.items()}
    there = await of_message(session, cause.message_id)
    if there is not None:
        if any(each["arguments"] == call["arguments"] for each in there.calls):
            return  # asked for twice
        there.calls = [*there.calls, dict(call)]
        there.seen = {**there.seen, **seen}
        await session.flush()
        return
    session.add(
        Confirmation(
            user_id=cause.user_id,
            conversation_id=cause.conversation_id,
            message_id=cause.message_id,
            calls=[dict(call)],
            seen=seen,
            expires_at=expires_at,
        )
    )
    await session.flush()


async def of_message(session: Session, message_id: int) -> Confirmation | None:
    """What a reply asks to have confirmed; None when it asks nothing, or has its answer."""
    query = select(Confirmation).where(
        Confirmation.message_id == message_id, Confirmation.state == ConfirmationState.ASKED
    )
    return (await session.exec(query)).first()


async def take(session: Session, confirmation_id: int) -> Confirmation | None:
    """A confirmation of the acting person's in this conversation, held until the commit."""
    query = select(Confirmation).where(Confirmation.id == confirmation_id).with_for_update()
    return (await session.exec(query)).first()


async def void(session: Session, arguments: Mapping[str, Any]) -> None:
    """Voids what was asked before about a call with these arguments."""
    await session.execute(
        text(
            "update confirmations set state = 'void' where state = 'asked'"
            " and calls @> cast(:calls as jsonb)"
        ),
        {"calls": json.dumps([{"arguments": dict(arguments)}])},
    )


async def stands(session: Session, asked: Confirmation) -> bool:
    """Whether nothing that was asked about has been changed since; held until the commit."""
    ids = [int(task_id) for task_id in asked.seen]
    query = select(Task.id, Task.updated_at).where(col(Task.id).in_(ids)).with_for_update()
    now = {str(task_id): updated.isoformat() for task_id, updated in await session.exec(query)}
    return now == asked.seen
