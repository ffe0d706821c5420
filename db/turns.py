"""What the next turn is about, and its journal while it runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db import conversations, posts
from db.database import become
from db.errors import TurnLost
from db.models import Conversation, Message, User, utcnow
from db.states import MessageState

RUN_LIMIT = 20  # messages of one speaker that one turn takes on
RUN_LENGTH = 30_000  # characters of them; a longer first one is taken alone


@dataclass(slots=True)
class TurnToRun:
    """All that a turn begins with: the row of its reply, the messages that it answers, those before
    them, whom it answers, and where.

    `again`: it was begun before, and broke off; then `stands` says which parts of its reply stand
    where (part → the platform's id), and `others` are the ids of other replies' posts nearby.
    """

    reply: Message
    run: list[Message]
    window: list["PastMessage"]
    speaker: User
    conversation: Conversation
    again: bool = False
    stands: dict[int, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of the past with its speaker's name, for the window that a model sees."""

    message: Message
    name: str


async def next_run(
    session: AsyncSession, conversation_id: int
) -> tuple[Message | None, list[Message]]:
    """What the next turn is about: a reply that is begun and not yet said, or else a run.

    A run is what waits of one speaker, consecutive in the platform's order; a command, which has
    an answer of its own waiting at the platform, is a run by itself. The open reply goes before.
    """
    query = (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            col(Message.state).in_(
                [MessageState.WAITING, MessageState.SPEAKING, MessageState.WHOLE]
            ),
        )
        .order_by(col(Message.role), col(Message.order_key), col(Message.id))
        .limit(RUN_LIMIT)
    )
    run: list[Message] = []
    length = 0
    for message in (await session.exec(query)).all():
        if message.role == "assistant":
            return message, []
        length += len(message.content)
        if run and (message.user_id != run[0].user_id or length > RUN_LENGTH):
            break
        if run and (_is_command(message) or _is_command(run[-1])):
            break
        run.append(message)
    return None, run


def _is_command(message: Message) -> bool:
    return message.reply_until is not None


async def take_next(
    session: AsyncSession, conversation_id: int, window_limit: int
) -> TurnToRun | None:
    """The turn that broke off, else the next; None when nothing waits or it has to rest. From here
    on the session acts as the person whom it answers."""
    opened, run = await next_run(session, conversation_id)
    if opened is None and not run:
        return None
    if opened is not None and opened.retry_at is not None and opened.retry_at > utcnow():
        return None
    stands: dict[int, str] = {}
    others: frozenset[str] = frozenset()
    if opened is not None:
        assert opened.id is not None
        run = await answered_by(session, opened.id)
        opened.begun = await begun_again(session, opened.id)
        stands = await posts.of(session, opened.id)
        others = await posts.others(session, conversation_id, opened.id)
    await become(session, (opened or run[0]).user_id, conversation_id)
    reply = opened or await begin(session, run)
    speaker, conversation = await conversations.scene(session, reply)
    return TurnToRun(
        reply,
        run,
        await window(session, reply, window_limit),
        speaker,
        conversation,
        again=opened is not None,
        stands=stands,
        others=others,
    )


async def begin(session: AsyncSession, run: Sequence[Message]) -> Message:
    """Opens the reply to a run: from here on the assistant's row is the turn's journal."""
    first = run[0]
    reply = Message(
        user_id=first.user_id,
        conversation_id=first.conversation_id,
        role="assistant",
        state=MessageState.SPEAKING,
        begun=1,
        reply_to=run[-1].reply_to,
        reply_token=run[-1].reply_token,
        reply_until=run[-1].reply_until,
        order_key=run[-1].order_key,
    )
    session.add(reply)
    await session.flush()
    await session.execute(
        update(Message)
        .where(
            col(Message.id).in_([message.id for message in run]),
            col(Message.state) == MessageState.WAITING,
        )
        .values(state=MessageState.ANSWERING, answer_id=reply.id)
    )
    return reply


async def begun_again(session: AsyncSession, reply_id: int) -> int:
    """Counts that the turn is taken up, and says how often: a crash leaves no other trace."""
    count: int = (
        await session.execute(
            text("update messages set begun = begun + 1 where id = :id returning begun"),
            {"id": reply_id},
        )
    ).scalar_one()
    return count


async def answered_by(session: AsyncSession, reply_id: int) -> list[Message]:
    """The messages that a reply answers, in the platform's order."""
    query = (
        select(Message)
        .where(Message.answer_id == reply_id)
        .order_by(col(Message.order_key), col(Message.id))
    )
    return list((await session.exec(query)).all())


async def window(session: AsyncSession, reply: Message, limit: int) -> list[PastMessage]:
    """The newest `limit` messages before a reply's own, as they were answered, with names.

    What still waits for its turn is not among them. Its cost does not grow with the conversation.
    """
    query = (
        select(Message, User.name)
        .join(User, col(User.id) == col(Message.user_id), isouter=True)
        .where(
            Message.conversation_id == reply.conversation_id,
            col(Message.id) < reply.id,
            col(Message.state).not_in(
                [MessageState.WAITING, MessageState.ANSWERING, MessageState.WITHDRAWN]
            ),
        )
        .order_by(col(Message.id).desc())
        .limit(limit)
    )
    rows = [PastMessage(message, name or "") for message, name in (await session.exec(query)).all()]
    return sorted(rows, key=_order)


def _order(past: PastMessage) -> tuple[int, bool, str, int]:
    # What a reply answers stands right before it, in the platform's order, however it arrived.
    message = past.message
    assert message.id is not None
    return (
        message.answer_id or message.id,
        message.role == "assistant",
        message.order_key,
        message.id,
    )


LOCK = text("""
select m.tool_calls from messages m join conversations c on c.id = m.conversation_id
 where m.id = :id and c.token = :token for no key update of m for share of c
""")


async def lock(session: AsyncSession, reply_id: int, token: str) -> str | None:
    """A turn's journal, held against every other writer until the commit.

    Raises TurnLost when `token` no longer stands on the conversation.
    """
    row = (await session.execute(LOCK, {"id": reply_id, "token": token})).first()
    if row is None:
        raise TurnLost("another process has taken this conversation")
    return row[0]  # type: ignore[no-any-return]


async def write_journal(session: AsyncSession, reply: Message, tool_calls: str | None) -> None:
    """Writes a turn's journal, and what it has cost so far."""
    await session.execute(
        text(
            "update messages set tool_calls = :calls, input_tokens = :input,"
            " output_tokens = :output where id = :id"
        ),
        {
            "id": reply.id,
            "calls": tool_calls,
            "input": reply.input_tokens,
            "output": reply.output_tokens,
        },
    )


async def write_whole(
    session: AsyncSession, reply: Message, content: str, choices: list[list[Any]]
) -> None:
    """Writes the finished text of a reply, and what can be pressed under it; from here on it only
    has to be said."""
    reply.content, reply.state, reply.choices = content, MessageState.WHOLE, choices
    await session.execute(
        text(
            "update messages set content = :content, choices = cast(:choices as jsonb),"
            " state = 'whole', retry_at = null, attempts = :attempts, input_tokens = :input,"
            " output_tokens = :output where id = :id"
        ),
        {
            "id": reply.id,
            "content": content,
            "choices": json.dumps(choices),
            "attempts": reply.attempts,
            "input": reply.input_tokens,
            "output": reply.output_tokens,
        },
    )


# An open turn goes before what waits: while it is put off, all of its conversation is.
WORK = text("""
select coalesce(
    (select retry_at is null or retry_at <= :now from messages
      where conversation_id = :here and state in ('speaking', 'whole') order by id limit 1),
    exists (select 1 from messages where conversation_id = :here and state = 'waiting')
    or exists (select 1 from messages where conversation_id = :here and amended is not null
                and state in ('answered', 'failed') and not amended ? 'offered'))
""")


async def has_work(session: AsyncSession, conversation_id: int, now: datetime) -> bool:
    """Whether a turn could run here now: something waits and is not put off."""
    return bool(await session.scalar(WORK, {"here": conversation_id, "now": now}))
