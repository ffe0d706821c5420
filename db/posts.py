"""Where the parts of a reply stand on its platform."""

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.models import Message, Post

OTHERS = 200  # posts of other replies that one is told apart from


async def of(session: AsyncSession, message_id: int) -> dict[int, str]:
    """Part → the platform's id, for what is known to stand."""
    posts = (await session.exec(select(Post).where(Post.message_id == message_id))).all()
    return {post.part: post.external_id for post in posts}


async def add(session: AsyncSession, message_id: int, part: int, external_id: str) -> None:
    """Notes where a part stands; a later note is where it stands from then on."""
    await session.execute(
        text(
            "insert into posts (message_id, part, external_id) values (:id, :part, :external)"
            " on conflict (message_id, part) do update set external_id = excluded.external_id"
        ),
        {"id": message_id, "part": part, "external": external_id},
    )


async def others(session: AsyncSession, conversation_id: int, message_id: int) -> frozenset[str]:
    """Where parts of the conversation's other replies stand, of the latest ones."""
    query = (
        select(Post.external_id)
        .join(Message, col(Post.message_id) == col(Message.id))
        .where(Message.conversation_id == conversation_id, Post.message_id != message_id)
        .order_by(col(Post.message_id).desc())
        .limit(OTHERS)
    )
    return frozenset((await session.exec(query)).all())


async def unseen(session: AsyncSession, conversation_id: int, mark: str) -> list[Message]:
    """Replies that stand under `mark`: said while nobody was there to see them, oldest first."""
    query = (
        select(Message)
        .join(Post, col(Post.message_id) == col(Message.id))
        .where(Message.conversation_id == conversation_id, Post.external_id == mark)
        .order_by(col(Message.id))
    )
    return list((await session.exec(query)).all())
