"""The messages: what was heard, what a turn makes of it, what has still to be said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, text, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.errors import TurnLost
from db.models import (
    ANSWERED,
    ANSWERING,
    FAILED,
    SPEAKING,
    TELLING,
    WAITING,
    WHOLE,
    WITHDRAWN,
    Conversation,
    Message,
    User,
)

RUN_LIMIT = 20  # messages of one speaker that one turn takes on
RUN_LENGTH = 30_000  # characters of them; a longer first one is taken alone

KEEP = text("""
insert into messages (user_id, conversation_id, role, content, external_id, order_key, state,
                      reply_to, mentions, link, created_at)
values (:user_id, :here, 'user', :content, :external_id, :order_key, :state,
        cast(:reply_to as jsonb), cast(:mentions as jsonb), :link, clock_timestamp())
on conflict (conversation_id, external_id) do update
   set state = excluded.state, reply_to = excluded.reply_to
 where messages.state = 'overheard' and :addressed
returning id
""")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of the past with its speaker's name, for the window that a model sees."""

    message: Message
    name: str


async def keep(
    session: AsyncSession,
    *,
    user_id: str,
    conversation_id: int,
    content: str,
    external_id: str,
    order_key: str,
    state: str,
    addressed: bool,
    reply_to: dict[str, Any] | None,
    mentions: dict[str, Any] | None = None,
    link: str | None = None,
) -> int | None:
    """The id of the message now kept; None when it was there already.

    A message that was only overheard, and comes again addressed to Todd, is kept anew: Slack
    delivers a mention as two events in no fixed order (facts/slack.md).
    """
    kept: int | None = await session.scalar(
        KEEP,
        {
            "user_id": user_id,
            "here": conversation_id,
            "content": content,
            "external_id": external_id,
            "order_key": order_key,
            "state": state,
            "addressed": addressed,
            "reply_to": json.dumps(reply_to) if reply_to is not None else None,
            "mentions": json.dumps(mentions) if mentions else None,
            "link": link,
        },
    )
    return kept


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
            col(Message.state).in_([WAITING, SPEAKING, WHOLE]),
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
    return "sealed" in (message.reply_to or {})


async def begin(session: AsyncSession, run: Sequence[Message]) -> Message:
    """Opens the reply to a run: from here on the assistant's row is the turn's journal."""
    first = run[0]
    reply = Message(
        user_id=first.user_id,
        conversation_id=first.conversation_id,
        role="assistant",
        state=SPEAKING,
        begun=1,
        reply_to=run[-1].reply_to,
        order_key=run[-1].order_key,
    )
    session.add(reply)
    await session.flush()
    await session.execute(
        update(Message)
        .where(col(Message.id).in_([message.id for message in run]), col(Message.state) == WAITING)
        .values(state=ANSWERING, answer_id=reply.id)
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


async def window(session: AsyncSession, reply: Message, limit: int) -> list[Spoken]:
    """The newest `limit` messages before a reply's own, as they were answered, with names.

    What still waits for its turn is not among them. Its cost does not grow with the conversation.
    """
    query = (
        select(Message, User.name)
        .join(User, col(User.id) == col(Message.user_id), isouter=True)
        .where(
            Message.conversation_id == reply.conversation_id,
            col(Message.id) < reply.id,
            col(Message.state).not_in([WAITING, ANSWERING, WITHDRAWN]),
        )
        .order_by(col(Message.id).desc())
        .limit(limit)
    )
    rows = [Spoken(message, name or "") for message, name in (await session.exec(query)).all()]
    return sorted(rows, key=_place)


def _place(spoken: Spoken) -> tuple[int, bool, str, int]:
    # What a reply answers stands right before it, in the platform's order, however it arrived.
    message = spoken.message
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
    reply.content, reply.state, reply.choices = content, WHOLE, choices
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


async def rename(session: AsyncSession, message: Message) -> None:
    """Writes a heard message anew, with names for the people it mentions."""
    await session.execute(
        text(
            "update messages set content = :content, mentions = cast(:mentions as jsonb)"
            " where id = :id"
        ),
        {
            "id": message.id,
            "content": message.content,
            "mentions": json.dumps(message.mentions),
        },
    )


async def heard_as(
    session: AsyncSession, platform: str, channel: str, external_id: str
) -> Message | None:
    """The message that a platform calls so, held until the commit; None when it was never kept."""
    query = (
        select(Message)
        .join(Conversation, col(Conversation.id) == col(Message.conversation_id))
        .where(
            Message.external_id == external_id,
            Conversation.platform == platform,
            or_(col(Conversation.channel) == channel, col(Conversation.thread) == channel),
        )
        .with_for_update(of=Message)
    )
    return (await session.exec(query)).first()


async def rewrite(
    session: AsyncSession, message: Message, content: str | None, mentions: dict[str, Any]
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


async def amend(session: AsyncSession, message: Message, amended: dict[str, Any] | None) -> None:
    """Keeps what was made of a message that is answered, or about to be; None: it is as it was."""
    await session.execute(
        text("update messages set amended = cast(:amended as jsonb) where id = :id"),
        {"id": message.id, "amended": json.dumps(amended) if amended else None},
    )


async def set_aside(session: AsyncSession, message: Message) -> str:
    """Lets another row be what its platform calls so; returns that name."""
    name = message.external_id or ""
    message.external_id = f"{name}+{message.id}"
    await session.flush()
    return name


async def take_amended(session: AsyncSession, conversation_id: int) -> Message | None:
    """An answered message of which its person has made something else since, which is thereby dealt
    with; None when there is none."""
    query = (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            col(Message.amended).is_not(None),
            text("not messages.amended ? 'offered'"),
            col(Message.state).in_([ANSWERED, FAILED]),
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


async def write_content(
    session: AsyncSession, reply_id: int, content: str, choices: list[list[Any]]
) -> None:
    """Writes the text of a reply that belongs to no turn, and what can be pressed under it."""
    await session.execute(
        text(
            "update messages set content = :content, choices = cast(:choices as jsonb)"
            " where id = :id"
        ),
        {"id": reply_id, "content": content, "choices": json.dumps(choices)},
    )


async def get(session: AsyncSession, message_id: int) -> Message | None:
    return (await session.exec(select(Message).where(Message.id == message_id))).first()


DONE = text("""
update messages
   set state = case when id = :id then 'said' when :failed then 'failed' else 'answered' end,
       retry_at = null
 where id = :id or (answer_id = :id and state = 'answering')
""")


async def said(session: AsyncSession, reply: Message, *, failed: bool) -> None:
    """The reply stands on the platform; what it answers is done with."""
    await session.execute(DONE, {"id": reply.id, "failed": failed})


async def put_off(session: AsyncSession, reply_id: int, until: datetime, *, failed: bool) -> int:
    """A try that came to nothing: not again before `until`; says how many failed so far."""
    attempts: int = (
        await session.execute(
            text(
                "update messages set attempts = attempts + :one, retry_at = :until"
                " where id = :id returning attempts"
            ),
            {"id": reply_id, "until": until, "one": int(failed)},
        )
    ).scalar_one()
    return attempts


async def tell(
    session: AsyncSession,
    *,
    user_id: str,
    conversation_id: int,
    content: str,
    reply_to: dict[str, Any] | None,
    choices: list[list[Any]] | None = None,
    mentions: dict[str, Any] | None = None,
    begun: int = 0,
) -> Message:
    """Opens an assistant's row outside any turn; its text is finished and has yet to be said.
    `mentions`: whom it calls by name. `begun`: 1 when it is being said from now on."""
    reply = Message(
        user_id=user_id,
        conversation_id=conversation_id,
        role="assistant",
        content=content,
        state=TELLING,
        reply_to=reply_to,
        choices=choices,
        mentions=mentions,
        begun=begun,
    )
    session.add(reply)
    await session.flush()
    return reply


async def is_fresh(session: AsyncSession, message_id: int) -> bool:
    """Whether a message that is being said for the first time is still to be said, and nobody else
    has begun to."""
    found = await session.scalar(
        text("select 1 from messages where id = :id and state = 'telling' and begun = 1"),
        {"id": message_id},
    )
    return found is not None


# Whose work nobody holds. An advisory lock on a bigint shows in pg_locks as its two halves.
UNHELD = text("""
select distinct m.conversation_id,
       case when m.state = 'telling' then m.id end as telling_id, c.platform
from messages m join conversations c on c.id = m.conversation_id
where (m.state in ('waiting', 'speaking', 'whole', 'telling')
       or (m.amended is not null and m.state in ('answered', 'failed')
           and not m.amended ? 'offered'))
  and (m.retry_at is null or m.retry_at <= now())
  and c.platform = any(:platforms)
  and not exists (
      select 1 from pg_locks l
      where l.locktype = 'advisory' and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and ((l.classid::bigint << 32) | l.objid::bigint) =
            case when m.state = 'telling' then -m.id else m.conversation_id end)
  and (m.state <> 'waiting' or not exists (
      select 1 from messages o where o.conversation_id = m.conversation_id
        and o.state in ('speaking', 'whole') and o.retry_at > now()))
  and not exists (
      select 1 from procrastinate_jobs j
      where j.status = 'todo' and (j.scheduled_at is null or j.scheduled_at <= now())
        and case when m.state = 'telling'
                 then j.task_name = 'tell' and (j.args->>'message_id')::bigint = m.id
                 else j.task_name = 'wake'
                      and (j.args->>'conversation_id')::bigint = m.conversation_id end)
limit :limit
""")


@dataclass(frozen=True, slots=True)
class Unheld:
    """Something to be done that nobody is doing: a conversation, or one message to be told."""

    conversation_id: int
    telling_id: int | None
    platform: str


async def unheld(session: AsyncSession, platforms: Sequence[str], limit: int = 500) -> list[Unheld]:
    """What waits, is due, and is held by no process."""
    rows = await session.execute(UNHELD, {"platforms": list(platforms), "limit": limit})
    return [Unheld(**row._mapping) for row in rows]


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


async def state_of(
    session: AsyncSession, conversation_id: int, external_id: str
) -> tuple[str, str | None] | None:
    """The state of a heard message and of its reply, if it has one; None while it is not kept."""
    row = (
        await session.execute(
            text(
                "select m.state, r.state from messages m left join messages r on r.id = m.answer_id"
                " where m.conversation_id = :here and m.external_id = :external"
            ),
            {"here": conversation_id, "external": external_id},
        )
    ).first()
    return (row[0], row[1]) if row else None


async def forget_sealed(session: AsyncSession, now: datetime) -> int:
    """Drops sealed tokens whose time is over; where else the reply may go stays. How many."""
    dropped = await session.execute(
        text(
            "update messages set reply_to = reply_to - 'sealed'"
            " where reply_to ? 'sealed' and (reply_to->>'until')::bigint < :now"
            " returning id"
        ),
        {"now": int(now.timestamp())},
    )
    return len(dropped.all())
