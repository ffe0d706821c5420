"""Messages as they are heard: kept once, and looked up by what their platform calls them."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import or_, text
from sqlmodel import col, select

from db.models import (
    Conversation,
    Message,
)
from db.session import Session, as_model, columns
from db.states import MessageState

KEEP = text("""
insert into messages (user_id, conversation_id, role, content, external_id, order_key, state,
                      reply_to, reply_token, reply_until, mentions, link, under, attached,
                      created_at)
values (:user_id, :here, 'user', :content, :external_id, :order_key, :state,
        cast(:reply_to as jsonb), :reply_token, :reply_until, cast(:mentions as jsonb), :link,
        :under, cast(:attached as jsonb), clock_timestamp())
on conflict (conversation_id, external_id) do update
   set state = excluded.state, reply_to = excluded.reply_to, content = excluded.content,
       mentions = excluded.mentions
 where messages.state = 'overheard' and :addressed
returning id
""")


async def keep(
    session: Session,
    *,
    user_id: str,
    conversation_id: int,
    content: str,
    external_id: str,
    order_key: str,
    state: str,
    addressed: bool,
    reply_to: dict[str, Any] | None,
    reply_token: str | None = None,
    reply_until: datetime | None = None,
    mentions: dict[str, Any] | None = None,
    link: str | None = None,
    under: str | None = None,
    attached: list[Any] | None = None,
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
            "reply_token": reply_token,
            "reply_until": reply_until,
            "mentions": json.dumps(mentions) if mentions else None,
            "link": link,
            "under": under,
            "attached": json.dumps(attached) if attached else None,
        },
    )
    return kept


HEAD = text(f"""
select {columns("m", Message)} from conversations here
join conversations c on c.platform = here.platform and c.workspace = here.workspace
                    and c.channel = here.channel and c.id <> here.id
join messages m on m.conversation_id = c.id and m.external_id = here.thread and m.role = 'user'
where here.id = :here and m.state <> 'withdrawn' limit 1
""")


async def head_of(session: Session, conversation_id: int) -> Message | None:
    """What a thread hangs under, if that was heard in its channel."""
    found = (await session.execute(HEAD, {"here": conversation_id})).first()
    return None if found is None else as_model(Message, found)


async def heard_as(
    session: Session, platform: str, channel: str, external_id: str
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
        # The one that Todd answers goes before what he has only overheard of it.
        .order_by(col(Message.state) == MessageState.OVERHEARD, col(Message.id).desc())
        .with_for_update(of=Message)
    )
    return (await session.exec(query)).first()


async def rename(session: Session, message: Message) -> None:
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


STATES = text("""
select m.state, r.state as reply_state from messages m left join messages r on r.id = m.answer_id
where m.conversation_id = :here and m.external_id = :external
""")


async def state_of(
    session: Session, conversation_id: int, external_id: str
) -> tuple[str, str | None] | None:
    """The state of a heard message and of its reply, if it has one; None while it is not kept."""
    row = (
        await session.execute(STATES, {"here": conversation_id, "external": external_id})
    ).first()
    return (row[0], row[1]) if row else None


async def get(session: Session, message_id: int) -> Message | None:
    return (await session.exec(select(Message).where(Message.id == message_id))).first()
