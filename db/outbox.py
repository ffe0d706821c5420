"""What Todd has to say: finished, waiting for its platform, said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from db import turns
from db.errors import TurnLost
from db.models import Message
from db.session import Session
from db.states import MessageState, Role

WRITE = text("""
insert into messages (user_id, conversation_id, role, content, state, reply_to, reply_token,
                      reply_until, choices, mentions, begun, under, created_at)
values (:user_id, :conversation_id, 'assistant', :content, 'telling', cast(:reply_to as jsonb),
        :reply_token, :reply_until, cast(:choices as jsonb), cast(:mentions as jsonb), :begun,
        :under, clock_timestamp())
returning id, created_at
""")


async def write(
    session: Session,
    *,
    user_id: str,
    conversation_id: int,
    content: str,
    reply_to: dict[str, Any] | None,
    reply_token: str | None = None,
    reply_until: datetime | None = None,
    choices: list[list[Any]] | None = None,
    mentions: dict[str, Any] | None = None,
    begun: int = 0,
    under: str | None = None,
) -> Message:
    """Opens an assistant's row outside any turn; its text is finished and has yet to be said.
    `mentions`: whom it calls by name. `begun`: 1 when it is being said from now on. `under`: see
    Message."""
    fields: dict[str, Any] = {
        "user_id": user_id,
        "conversation_id": conversation_id,
        "content": content,
        "reply_to": reply_to,
        "reply_token": reply_token,
        "reply_until": reply_until,
        "choices": choices,
        "mentions": mentions,
        "begun": begun,
        "under": under,
    }
    as_json = {
        name: None if fields[name] is None else json.dumps(fields[name])
        for name in ("reply_to", "choices", "mentions")
    }
    written = (await session.execute(WRITE, {**fields, **as_json})).one()
    return Message(
        **fields,
        id=written.id,
        created_at=written.created_at,
        role=Role.ASSISTANT,
        state=MessageState.TELLING,
    )


async def write_outcome(
    session: Session, message_id: int, content: str, tool_calls: str | None
) -> None:
    """Writes what came of the call that a message outside any turn is about."""
    await session.execute(
        text("update messages set content = :content, tool_calls = :calls where id = :id"),
        {"id": message_id, "content": content, "calls": tool_calls},
    )


async def say_elsewhere(
    session: Session,
    message_id: int,
    reply_to: dict[str, Any],
    reply_token: str | None,
    reply_until: datetime | None,
) -> None:
    """Sends what has yet to be said to another address."""
    await session.execute(
        text(
            "update messages set reply_to = cast(:to as jsonb), reply_token = :token,"
            " reply_until = :until where id = :id"
        ),
        {"id": message_id, "to": json.dumps(reply_to), "token": reply_token, "until": reply_until},
    )


async def say_again(
    session: Session, message_id: int, content: str, choices: list[list[Any]]
) -> None:
    """What was said is said anew where it stands, with another text and other choices."""
    await session.execute(
        text(
            "update messages set content = :content, choices = cast(:choices as jsonb),"
            " state = 'telling', attempts = 0, begun = 0, retry_at = null where id = :id"
        ),
        {"id": message_id, "content": content, "choices": json.dumps(choices)},
    )


async def to_tell(session: Session, message_id: int) -> Message | None:
    """A message that belongs to no turn and has yet to be said; counts that it is taken up."""
    query = select(Message).where(Message.id == message_id, Message.state == MessageState.TELLING)
    message = (await session.exec(query)).first()
    if message is not None:
        message.begun = await turns.begun_again(session, message_id)
    return message


async def write_content(
    session: Session, reply_id: int, content: str, choices: list[list[Any]]
) -> None:
    """Writes the text of a reply that belongs to no turn, and what can be pressed under it."""
    await session.execute(
        text(
            "update messages set content = :content, choices = cast(:choices as jsonb)"
            " where id = :id"
        ),
        {"id": reply_id, "content": content, "choices": json.dumps(choices)},
    )


# All that is true once a reply stands, in one statement: where its last part stands, that it is
# said, and what it answers is done with; and whether there is anything else to do here.
SAID = text("""
with held as (
    select id from conversations
    where id = :here and (cast(:token as text) is null or token = :token) for share
), posted as (
    insert into posts (message_id, part, external_id)
    select :id, p.part, p.external_id from held,
           unnest(cast(:parts as int[]), cast(:ids as text[])) as p (part, external_id)
    on conflict (message_id, part) do update set external_id = excluded.external_id
), done as (
    update messages
       set state = case when id = :id then 'said' when :failed then 'failed' else 'answered' end,
           retry_at = null
     where (id = :id or (answer_id = :id and state = 'answering')) and exists (select 1 from held)
)
select exists (select 1 from held) as is_held,
       exists (select 1 from messages m where m.conversation_id = :here and m.id <> :id
                and (m.state in ('waiting', 'speaking', 'whole') or m.amended is not null)) as more
""")


async def said(
    session: Session,
    reply: Message,
    *,
    failed: bool,
    token: str | None = None,
    stands: Mapping[int, str] | None = None,
) -> bool:
    """The reply stands on the platform; what it answers is done with. Whether something else may
    wait in its conversation. With a `token`, raises TurnLost when that no longer stands."""
    parts = dict(stands or {})
    row = (
        await session.execute(
            SAID,
            {
                "id": reply.id,
                "here": reply.conversation_id,
                "token": token,
                "failed": failed,
                "parts": list(parts),
                "ids": list(parts.values()),
            },
        )
    ).one()
    if not row.is_held:
        raise TurnLost("another process has taken this conversation")
    return bool(row.more)


async def put_off(session: Session, reply_id: int, until: datetime, *, failed: bool) -> int:
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


async def is_fresh(session: Session, message_id: int) -> bool:
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


async def unheld(session: Session, platforms: Sequence[str], limit: int = 500) -> list[Unheld]:
    """What waits, is due, and is held by no process."""
    rows = await session.execute(UNHELD, {"platforms": list(platforms), "limit": limit})
    return [Unheld(**row._asdict()) for row in rows]


async def forget_tokens(session: Session, now: datetime) -> int:
    """Drops sealed tokens whose time is over; where else the reply may go stays. How many."""
    dropped = await session.execute(
        text(
            "update messages set reply_token = null"
            " where reply_token is not null and reply_until < :now returning id"
        ),
        {"now": now},
    )
    return len(dropped.all())
