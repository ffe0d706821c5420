"""Where the parts of a reply stand on its platform."""

from typing import Protocol

from sqlalchemy import text
from sqlmodel import col, select

from db.models import Message, Post
from db.session import Session, as_model, columns


class Where(Protocol):
    """A place, as far as it is looked for."""

    @property
    def platform(self) -> str: ...

    @property
    def workspace(self) -> str: ...

    @property
    def channel(self) -> str: ...


OTHERS = 200  # posts of other replies that one is told apart from


async def of(session: Session, message_id: int) -> dict[int, str]:
    """Part → the platform's id, for what is known to stand."""
    found = await session.execute(
        text("select part, external_id from posts where message_id = :id"), {"id": message_id}
    )
    return {row.part: row.external_id for row in found}


async def add(session: Session, message_id: int, part: int, external_id: str) -> None:
    """Notes where a part stands; a later note is where it stands from then on."""
    await session.execute(
        text(
            "insert into posts (message_id, part, external_id) values (:id, :part, :external)"
            " on conflict (message_id, part) do update set external_id = excluded.external_id"
        ),
        {"id": message_id, "part": part, "external": external_id},
    )


async def others(session: Session, conversation_id: int, message_id: int) -> frozenset[str]:
    """Where parts of the conversation's other replies stand, of the latest ones."""
    query = (
        select(Post.external_id)
        .join(Message, col(Post.message_id) == col(Message.id))
        .where(Message.conversation_id == conversation_id, Post.message_id != message_id)
        .order_by(col(Post.message_id).desc())
        .limit(OTHERS)
    )
    return frozenset((await session.exec(query)).all())


AT = text(f"""
select {columns("m", Message)} from posts p
join messages m on m.id = p.message_id join conversations c on c.id = m.conversation_id
where p.external_id = :on and m.state = 'said' and c.platform = :platform
  and c.workspace = :workspace and c.channel = :channel limit 1
""")


async def reply_at(session: Session, place: Where, external_id: str) -> Message | None:
    """The reply of which a part stands at this id of the platform's, in any thread of a channel;
    None when there is none, or it is being said."""
    where = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
    found = (await session.execute(AT, {**where, "on": external_id})).first()
    return None if found is None else as_model(Message, found)


async def unseen(session: Session, conversation_id: int, mark: str) -> list[Message]:
    """Replies that stand under `mark`: said while nobody was there to see them, oldest first."""
    query = (
        select(Message)
        .join(Post, col(Post.message_id) == col(Message.id))
        .where(Message.conversation_id == conversation_id, Post.external_id == mark)
        .order_by(col(Message.id))
    )
    return list((await session.exec(query)).all())
