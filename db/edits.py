"""What people make of their messages after they were heard."""

import json
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from db.models import Message
from db.session import Session
from db.states import MessageState


async def rewrite(
    session: Session, message: Message, content: str | None, mentions: dict[str, Any]
) -> None:
    """Another text for a message that is not answered yet; without one it was never said."""
    await session.execute(
        text(
            "update messages set content = :content, mentions = cast(:mentions as jsonb),"
            " state = case when :gone then 'withdrawn' else state end where id = :id"
        ),
        {
            "id": message.id,
            "content": content or "",
            "mentions": json.dumps(mentions) if mentions else None,
            "gone": content is None,
        },
    )


async def amend(session: Session, message: Message, amended: dict[str, Any] | None) -> None:
    """Keeps what was made of a message that is answered, or about to be; None: it is as it was."""
    await session.execute(
        text("update messages set amended = cast(:amended as jsonb) where id = :id"),
        {"id": message.id, "amended": json.dumps(amended) if amended else None},
    )


async def set_aside(session: Session, message: Message) -> str:
    """Lets another row be what its platform calls so; returns that name."""
    name = message.external_id or ""
    await session.execute(
        text("update messages set external_id = :aside where id = :id"),
        {"id": message.id, "aside": f"{name}+{message.id}"},
    )
    return name


async def take_amended(session: Session, conversation_id: int) -> Message | None:
    """An answered message of which its person has made something else since, which is thereby dealt
    with; None when there is none."""
    query = (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            col(Message.amended).is_not(None),
            text("not messages.amended ? 'offered'"),
            col(Message.state).in_([MessageState.ANSWERED, MessageState.FAILED]),
        )
        .order_by(col(Message.id))
        .limit(1)
    )
    message = (await session.exec(query)).first()
    if message is not None:
        await session.execute(
            text("update messages set amended = amended || '{\"offered\": true}' where id = :id"),
            {"id": message.id},
        )
    return message
