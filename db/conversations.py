"""The conversations: finding a Place's row, and holding it for one turn."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, text
from sqlmodel import col, select

from db.database import as_the_engine
from db.errors import TurnLost
from db.models import Conversation, Message, User
from db.session import Session, as_model, columns


@dataclass(frozen=True, slots=True)
class Known:
    """What is already known when something is heard; None for what is new."""

    user_id: str | None
    name: str | None
    timezone: str | None
    locale: str | None
    conversation_id: int | None
    speaks: str
    joined: bool
    asking_id: str | None
    is_member: bool
    others: bool
    unreached: bool  # there is something that they could not be told


# One round trip before anything is written: this stands on the way of every message.
KNOWN = text("""
select i.user_id, u.name, u.timezone, u.locale,
       c.id as conversation_id, coalesce(c.speaks, 'auto') as speaks,
       coalesce(c.joined, false) as joined, c.asking_id,
       exists (select 1 from members m
               where m.conversation_id = c.id and m.user_id = i.user_id) as is_member,
       exists (select 1 from members m where m.conversation_id = c.id
               and m.user_id is distinct from i.user_id) as others,
       exists (select 1 from reminders r where r.user_id = i.user_id
               and r.platform = :platform and r.state = 'unreached') as unreached
from (select 1) one
left join identities i on i.platform = :platform and i.workspace = :person_workspace
                      and i.external_id = :person
left join users u on u.id = i.user_id
left join conversations c on c.platform = :platform and c.workspace = :workspace
                         and c.channel = :channel and c.thread = :thread
""")

OPEN = text("""
insert into conversations (user_id, platform, workspace, channel, thread, private, aside)
values (:user_id, :platform, :workspace, :channel, :thread, :private, :aside)
on conflict (platform, workspace, channel, thread) do update set updated_at = now()
returning id
""")


async def known(
    session: Session,
    *,
    platform: str,
    workspace: str,
    channel: str,
    thread: str,
    person_workspace: str,
    person: str,
) -> Known:
    """What the database knows of a person and a place, in one query."""
    row: Row[tuple[object, ...]] = (
        await session.execute(
            KNOWN,
            {
                "platform": platform,
                "workspace": workspace,
                "channel": channel,
                "thread": thread,
                "person_workspace": person_workspace,
                "person": person,
            },
        )
    ).one()
    return Known(**row._asdict())


async def open_for(
    session: Session,
    user_id: str,
    *,
    platform: str,
    workspace: str,
    channel: str,
    thread: str,
    private: bool,
    aside: bool = False,
) -> int:
    """The id of the Place's one row, opened by `user_id` if it is new."""
    result = await session.execute(
        OPEN,
        {
            "user_id": user_id,
            "platform": platform,
            "workspace": workspace,
            "channel": channel,
            "thread": thread,
            "private": private,
            "aside": aside,
        },
    )
    conversation_id: int = result.scalar_one()
    return conversation_id


async def join(session: Session, conversation_id: int, user_id: str) -> None:
    """Notes that a person has spoken in a conversation."""
    await session.execute(
        text(
            "insert into members (conversation_id, user_id) values (:here, :user)"
            " on conflict do nothing"
        ),
        {"here": conversation_id, "user": user_id},
    )


async def heard_by_todd(session: Session, conversation_id: int, *, answers_question: bool) -> None:
    """Notes that Todd was spoken to here, and that his open question, if any, has its answer."""
    await session.execute(
        text(
            "update conversations set joined = true,"
            " asking_id = case when :answers then null else asking_id end where id = :here"
        ),
        {"here": conversation_id, "answers": answers_question},
    )


GET = text(f"select {columns('c', Conversation)} from conversations c where c.id = :here")


async def get(session: Session, conversation_id: int) -> Conversation:
    """The conversation; raises when it is not there or not to be seen from here."""
    return as_model(Conversation, (await session.execute(GET, {"here": conversation_id})).one())


SCENE = text(f"""
select {columns("u", User, "u_")}, {columns("c", Conversation, "c_")}
from users u, conversations c where u.id = :user and c.id = :here
""")


async def scene(session: Session, reply: Message) -> tuple[User, Conversation]:
    """Whom a reply answers, and where."""
    asked = {"user": reply.user_id, "here": reply.conversation_id}
    row = (await session.execute(SCENE, asked)).one()
    return as_model(User, row, "u_"), as_model(Conversation, row, "c_")


TAKE = text("""
update conversations c set token = :token where c.id = :here
returning c.thread <> '' and not exists
    (select 1 from messages m where m.conversation_id = c.id and m.external_id = c.thread)
""")


async def take(session: Session, conversation_id: int) -> tuple[str, bool]:
    """A fresh token on the conversation: from here on only what its bearer writes counts. And
    whether it is a thread whose head was not heard in it."""
    token = secrets.token_hex(8)
    is_headless: bool = await session.scalar(TAKE, {"token": token, "here": conversation_id})
    return token, is_headless


async def assert_held(session: Session, conversation_id: int, token: str) -> None:
    """Raises TurnLost unless `token` still stands, and keeps it standing until the commit."""
    held = await session.scalar(
        text("select 1 from conversations where id = :here and token = :token for share"),
        {"here": conversation_id, "token": token},
    )
    if held is None:
        raise TurnLost("another process has taken this conversation")


async def end_turn(
    session: Session, conversation_id: int, *, asking_id: str | None, now: datetime
) -> None:
    """The end of a turn: when it was, and to whom Todd's question, if it ends in one, is."""
    await session.execute(
        text("update conversations set updated_at = :now, asking_id = :asking where id = :here"),
        {"now": now, "asking": asking_id, "here": conversation_id},
    )


async def line_of(session: Session, place: Conversation) -> int:
    """The id of the channel's own line, outside of its threads; where a thread is all that there is
    of a channel, its own."""
    if not place.thread or place.thread == place.channel:
        return place.id or 0
    async with as_the_engine(session):
        return await open_for(
            session,
            place.user_id,
            platform=place.platform,
            workspace=place.workspace,
            channel=place.channel,
            thread="",
            private=False,
        )


async def speaks(session: Session, conversation_id: int, how: str) -> None:
    """Keeps when Todd speaks in a conversation: 'auto', 'always' or 'mentioned'."""
    await session.execute(
        text("update conversations set speaks = :how where id = :here"),
        {"how": how, "here": conversation_id},
    )


MEMBERS = text("""
select u.id, u.name from users u where exists (
    select 1 from members m join conversations c on c.id = m.conversation_id
    where m.user_id = u.id and not c.private
      and c.platform = :platform and c.workspace = :workspace and c.channel = :channel)
order by u.id limit :limit
""")
IN_A_CHANNEL = 500  # people whose tasks are looked for


async def members_of_channel(session: Session, place: Conversation) -> dict[str, str]:
    """Who has spoken in the channel of a conversation, and what they are called."""
    where = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
    async with as_the_engine(session):
        rows = await session.execute(MEMBERS, {**where, "limit": IN_A_CHANNEL})
    return {row.id: row.name for row in rows}


async def lately(
    session: Session, platform: str, since: datetime, limit: int
) -> list[tuple[str, str, bool]]:
    """Channel, thread and privacy of the Places in which Todd answered since, newest first; without
    those of private commands, which no message is said in."""
    query = (
        select(Conversation.channel, Conversation.thread, Conversation.private)
        .where(
            Conversation.platform == platform,
            col(Conversation.updated_at) > since,
            col(Conversation.aside).is_(False),
        )
        .order_by(col(Conversation.updated_at).desc())
        .limit(limit)
    )
    found = (await session.exec(query)).all()
    return [(channel, thread, private) for channel, thread, private in found]
