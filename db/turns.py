"""What the next turn is about, and its journal while it runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from db import conversations, posts
from db.database import become
from db.errors import TurnLost
from db.models import Conversation, Message, User, utcnow
from db.session import Session, as_model, columns
from db.states import MessageState, Role

RUN_LIMIT = 20  # messages of one speaker that one turn takes on
RUN_LENGTH = 30_000  # characters of them; a longer first one is taken alone


@dataclass(slots=True)
class TurnToRun:
    """All that a turn begins with: the row of its reply, the messages that it answers, those before
    them, whom it answers, and where.

    `subject` is what the messages are about, where they stand under something (rule 12); None where
    they go on from what was said last, which is the end of the window.
    `again`: it was begun before, and broke off; then `stands` says which parts of its reply stand
    where (part → the platform's id), and `others` are the ids of other replies' posts nearby.
    """

    reply: Message
    run: list[Message]
    window: list["PastMessage"]
    speaker: User
    conversation: Conversation
    subject: list["PastMessage"] | None = None
    again: bool = False
    stands: dict[int, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of the past, as much of it as a turn reads, with its speaker's name."""

    id: int
    user_id: str
    role: str
    content: str
    tool_calls: str | None
    order_key: str
    answer_id: int | None
    choices: list[Any] | None
    attached: list[Any] | None
    link: str | None
    state: str
    name: str


NEXT = text(f"""
select {columns("m", Message)} from messages m
where m.conversation_id = :here and m.state in ('waiting', 'speaking', 'whole')
order by m.role, m.order_key, m.id limit :limit
""")


async def next_run(session: Session, conversation_id: int) -> tuple[Message | None, list[Message]]:
    """What the next turn is about: a reply that is begun and not yet said, or else a run.

    A run is what waits of one speaker about one thing, consecutive in the platform's order; a
    command, which has an answer of its own waiting at the platform, is a run by itself. The open
    reply goes before.
    """
    found = await session.execute(NEXT, {"here": conversation_id, "limit": RUN_LIMIT})
    run: list[Message] = []
    length = 0
    for message in (as_model(Message, row) for row in found):
        if message.role == "assistant":
            return message, []
        length += len(message.content)
        length += sum(len(each["text"]) for each in message.attached or ())
        if run and (message.user_id != run[0].user_id or length > RUN_LENGTH):
            break
        if run and (_is_command(message) or _is_command(run[-1])):
            break
        if run and message.under != run[0].under:
            break
        run.append(message)
    return None, run


def _is_command(message: Message) -> bool:
    return message.reply_until is not None


async def take_next(session: Session, conversation_id: int, window_limit: int) -> TurnToRun | None:
    """The turn that broke off, else the next; None when nothing waits or it has to rest. From here
    on the session acts as the person whom it answers."""
    opened, run = await next_run(session, conversation_id)
    if opened is None and not run:
        return None
    if opened is not None and opened.retry_at is not None and opened.retry_at > utcnow():
        return None
    subject: list[PastMessage] | None = None
    stands: dict[int, str] = {}
    others: frozenset[str] = frozenset()
    if opened is not None:
        assert opened.id is not None
        run = await answered_by(session, opened.id)
        opened.begun = await begun_again(session, opened.id)
        stands = await posts.of(session, opened.id)
        others = await posts.others(session, conversation_id, opened.id)
    if run and run[0].under and run[0].under != run[0].external_id:
        subject = await about(session, conversation_id, run, window_limit) or None
    await become(session, (opened or run[0]).user_id, conversation_id)
    reply = opened or await begin(session, run)
    speaker, conversation = await conversations.scene(session, reply)
    return TurnToRun(
        reply,
        run,
        await window(session, reply, window_limit),
        speaker,
        conversation,
        subject=subject,
        again=opened is not None,
        stands=stands,
        others=others,
    )


BEGIN = text("""
with opened as (
    insert into messages (user_id, conversation_id, role, content, state, begun, reply_to,
                          reply_token, reply_until, order_key, created_at)
    select m.user_id, m.conversation_id, 'assistant', '', 'speaking', 1, m.reply_to,
           m.reply_token, m.reply_until, m.order_key, clock_timestamp()
    from messages m where m.id = :last
    returning id, created_at
), taken as (
    update messages set state = 'answering', answer_id = (select id from opened)
     where id = any(:run) and state = 'waiting'
)
select id, created_at from opened
""")


async def begin(session: Session, run: Sequence[Message]) -> Message:
    """Opens the reply to a run: from here on the assistant's row is the turn's journal."""
    last = run[-1]
    ids = [message.id for message in run]
    opened = (await session.execute(BEGIN, {"last": last.id, "run": ids})).one()
    return Message(
        id=opened.id,
        user_id=last.user_id,
        conversation_id=last.conversation_id,
        role=Role.ASSISTANT,
        state=MessageState.SPEAKING,
        begun=1,
        reply_to=last.reply_to,
        reply_token=last.reply_token,
        reply_until=last.reply_until,
        order_key=last.order_key,
        created_at=opened.created_at,
    )


async def begun_again(session: Session, reply_id: int) -> int:
    """Counts that the turn is taken up, and says how often: a crash leaves no other trace."""
    count: int = (
        await session.execute(
            text("update messages set begun = begun + 1 where id = :id returning begun"),
            {"id": reply_id},
        )
    ).scalar_one()
    return count


ANSWERED = text(f"""
select {columns("m", Message)} from messages m where m.answer_id = :id order by m.order_key, m.id
""")


async def answered_by(session: Session, reply_id: int) -> list[Message]:
    """The messages that a reply answers, in the platform's order."""
    found = await session.execute(ANSWERED, {"id": reply_id})
    return [as_model(Message, row) for row in found]


# Plain rows: sixty of them as whole models cost more than all else that a turn reads.
PAST = """
select m.id, m.user_id, m.role, m.content, m.tool_calls, m.order_key, m.answer_id, m.choices,
       m.attached, m.link, m.state, coalesce(u.name, '') as name
from messages m left join users u on u.id = m.user_id
"""
WINDOW = text(f"""{PAST}
where m.conversation_id = :here and m.id < :before
  and m.state not in ('waiting', 'answering', 'withdrawn')
order by m.id desc limit :limit
""")


async def window(session: Session, reply: Message, limit: int) -> list[PastMessage]:
    """The newest `limit` messages before a reply's own, as they were answered, with names.

    What still waits for its turn is not among them. Its cost does not grow with the conversation.
    """
    rows = await session.execute(
        WINDOW, {"here": reply.conversation_id, "before": reply.id, "limit": limit}
    )
    return sorted((PastMessage(*row) for row in rows), key=_order)


# What stands at the head of a thread or was replied to, all that stands under the same, and their
# answers, or what they answer; in any thread of the channel, as a reply may open one of its own.
ABOUT = text(f"""
with near as (
    select c.id from conversations c, conversations here
    where here.id = :here and c.platform = here.platform and c.workspace = here.workspace
      and c.channel = here.channel
), stands as (
    select array[cast(:under as text), here.channel || '/' || cast(:under as text),
                 here.thread || '/' || cast(:under as text), '@/' || cast(:under as text)] as names
    from conversations here where here.id = :here
), heads as (
    select m.id, m.answer_id from messages m
    where m.conversation_id in (select id from near) and m.external_id = cast(:under as text)
    union select m.id, m.answer_id from messages m
    where m.conversation_id = :here and m.under = cast(:under as text)
    union select m.id, m.answer_id from posts p join messages m on m.id = p.message_id
    where p.external_id in (select unnest(names) from stands)
      and m.conversation_id in (select id from near)
), kin as (
    select id from heads union select answer_id from heads
    union select m.id from messages m join heads h on m.answer_id = h.id
)
{PAST}
where m.id in (select id from kin) and m.id <> all(:run)
  and m.state not in ('waiting', 'answering', 'speaking', 'withdrawn')
order by m.id desc limit :limit
""")


async def about(
    session: Session, conversation_id: int, run: Sequence[Message], limit: int
) -> list[PastMessage]:
    """What a run stands under (rule 12), with what else was said there; empty when nothing of it is
    known. For the engine's session: what is replied to may stand in another thread."""
    rows = await session.execute(
        ABOUT,
        {
            "here": conversation_id,
            "under": run[0].under,
            "run": [message.id for message in run],
            "limit": limit,
        },
    )
    return sorted((PastMessage(*row) for row in rows), key=_order)


def _order(past: PastMessage) -> tuple[int, bool, str, int]:
    # What a reply answers stands right before it, in the platform's order, however it arrived.
    return past.answer_id or past.id, past.role == "assistant", past.order_key, past.id


LOCK = text("""
select m.tool_calls from messages m join conversations c on c.id = m.conversation_id
 where m.id = :id and c.token = :token for no key update of m for share of c
""")


async def lock(session: Session, reply_id: int, token: str) -> str | None:
    """A turn's journal, held against every other writer until the commit.

    Raises TurnLost when `token` no longer stands on the conversation.
    """
    row = (await session.execute(LOCK, {"id": reply_id, "token": token})).first()
    if row is None:
        raise TurnLost("another process has taken this conversation")
    return row[0]  # type: ignore[no-any-return]


async def write_journal(session: Session, reply: Message, tool_calls: str | None) -> None:
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


WRITE_WHOLE = text("""
with written as (
    update messages
       set content = :content, choices = cast(:choices as jsonb), state = 'whole',
           retry_at = null, attempts = :attempts, input_tokens = :input, output_tokens = :output
     where id = :id
)
update conversations set updated_at = :now, asking_id = :asking where id = :here
""")


async def write_whole(
    session: Session,
    reply: Message,
    content: str,
    choices: list[list[Any]],
    *,
    asking_id: str | None,
    now: datetime,
) -> None:
    """Writes the finished text of a reply, what can be pressed under it, and to whom Todd's
    question, if it ends in one, is; from here on it only has to be said."""
    reply.content, reply.state, reply.choices = content, MessageState.WHOLE, choices
    await session.execute(
        WRITE_WHOLE,
        {
            "id": reply.id,
            "here": reply.conversation_id,
            "content": content,
            "choices": json.dumps(choices),
            "attempts": reply.attempts,
            "input": reply.input_tokens,
            "output": reply.output_tokens,
            "asking": asking_id,
            "now": now,
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


async def has_work(session: Session, conversation_id: int, now: datetime) -> bool:
    """Whether a turn could run here now: something waits and is not put off."""
    return bool(await session.scalar(WORK, {"here": conversation_id, "now": now}))
