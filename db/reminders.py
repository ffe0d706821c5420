"""What Todd has to tell people of his own accord: the rows are the truth, jobs only ring."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, text
from sqlmodel import col, select

from db.database import as_the_engine
from db.models import NEVER, Reminder, Task, User, utcnow
from db.session import Session
from db.states import ReminderState

ADD = text("""
insert into reminders (id, user_id, task_id, kind, content, from_id, platform, said_in, made_in,
                       of_id, at, try_at, recurrence, recurs_on, state)
values (:id, :user_id, :task_id, :kind, :content, :from_id, :platform, :said_in, :made_in,
        :of_id, :at, :at, :recurrence, :recurs_on, 'waiting')
on conflict do nothing  -- to be told again is asked for once
""")


async def add(
    session: Session,
    *,
    user_id: str,
    kind: str,
    from_id: str,
    platform: str,
    at: datetime,
    **more: Any,
) -> int:
    """The id of something that is to be told to somebody at a time; `more` are other fields of the
    row."""
    # Without RETURNING: whoever gives a task away may not see what the other is told.
    reminder_id: int = (
        await session.execute(text("select nextval(pg_get_serial_sequence('reminders', 'id'))"))
    ).scalar_one()
    given = {"user_id": user_id, "kind": kind, "from_id": from_id, "platform": platform, "at": at}
    others = (
        "task_id", "content", "said_in", "made_in", "of_id", "recurrence", "recurs_on",
    )  # fmt: skip
    await session.execute(ADD, {**dict.fromkeys(others), **given, **more, "id": reminder_id})
    return reminder_id


async def leads(
    session: Session, user_id: str, task_ids: Sequence[int]
) -> dict[int, timedelta | None]:
    """How long before its time the person is reminded of each task, None: not at all. To be asked
    in their own name."""
    rows = await session.execute(
        text(
            "select t.id, n.remind_before, u.preferences->>'remind' as wanted"
            " from users u cross join unnest(cast(:tasks as bigint[])) t(id)"
            " left join task_numbers n on n.task_id = t.id and n.user_id = u.id where u.id = :user"
        ),
        {"user": user_id, "tasks": list(task_ids)},
    )
    return {row.id: _lead(row.remind_before, row.wanted) for row in rows}


def _lead(own: int | None, wanted: str | None) -> timedelta | None:
    if own is None and wanted == "off" or own == NEVER:
        return None
    return timedelta(minutes=int(wanted or 0) if own is None else own)


async def lead(session: Session, user_id: str, task_id: int, minutes: int | None) -> None:
    """Keeps how long before its time the person is reminded of one task; NEVER: not at all; None:
    as of all of them."""
    await session.execute(
        text(
            "update task_numbers set remind_before = :minutes"
            " where user_id = :user and task_id = :task"
        ),
        {"user": user_id, "task": task_id, "minutes": minutes},
    )


async def all_due(session: Session, user_id: str, now: datetime) -> list[Task]:
    """The open tasks of a person's that are due at a time to come, or come again at one."""
    query = select(Task).where(
        or_(
            and_(col(Task.assignee_id).is_(None), col(Task.user_id) == user_id),
            col(Task.assignee_id) == user_id,
        ),
        col(Task.completed).is_(False),
        col(Task.deleted_at).is_(None),
        col(Task.due_has_time).is_(True),
        or_(col(Task.due_at) > now, col(Task.recurrence).is_not(None)),
    )
    return list((await session.exec(query)).all())


TOLD_LATELY = timedelta(days=31)  # nobody is reminded longer before


async def of_tasks(session: Session, user_id: str, task_ids: Sequence[int]) -> list[Reminder]:
    """What reminds the person of tasks at their time: what waits, and what was told lately."""
    query = select(Reminder).where(
        Reminder.user_id == user_id,
        col(Reminder.task_id).in_(task_ids),
        Reminder.kind == "due",
        or_(
            col(Reminder.state).in_([ReminderState.WAITING, ReminderState.UNREACHED]),
            and_(
                col(Reminder.state) == ReminderState.TOLD, col(Reminder.at) > utcnow() - TOLD_LATELY
            ),
        ),
    )
    # As it is now: a session may have loaded them before they were settled.
    fresh = query.execution_options(populate_existing=True)
    return list((await session.exec(fresh)).all())


async def forget(session: Session, user_id: str, task_id: int) -> None:
    """Takes back all that the person was to be told of a task."""
    await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and task_id = :task"
            " and kind in ('due', 'again') and state in ('waiting', 'unreached')"
        ),
        {"user": user_id, "task": task_id},
    )


async def forget_again(session: Session, user_id: str, task_id: int) -> None:
    """Takes back that the person wanted to be told of a task once more; what comes again stays."""
    await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and task_id = :task"
            " and kind = 'again' and recurrence is null and state in ('waiting', 'unreached')"
        ),
        {"user": user_id, "task": task_id},
    )


async def forget_all(session: Session, user_id: str) -> None:
    """Takes back all that the person has asked to be told or to have said."""
    await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and from_id = :user"
            " and kind in ('due', 'again', 'words', 'announcement')"
            " and state in ('waiting', 'unreached')"
        ),
        {"user": user_id},
    )


async def forget_snoozed(session: Session, user_id: str, reminder_id: int) -> None:
    """Takes back that the person wanted to be told the words of a reminder once more."""
    await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and of_id = :of"
            " and state = 'waiting'"
        ),
        {"user": user_id, "of": reminder_id},
    )


async def count_words(session: Session, user_id: str, from_id: str) -> int:
    """How many notes of somebody's wait for a person."""
    query = (
        select(func.count())
        .select_from(Reminder)
        .where(
            Reminder.user_id == user_id,
            Reminder.from_id == from_id,
            Reminder.kind == "words",
            col(Reminder.state).in_(
                [ReminderState.WAITING, ReminderState.HELD, ReminderState.UNREACHED]
            ),
        )
    )
    return (await session.exec(query)).one()


async def forget_kind(session: Session, user_id: str, kind: str, said_in: int | None = None) -> int:
    """Takes back all of a kind: the person's, or whoever's in a place; how many rows."""
    async with _in_a_place(session, said_in):
        rows = await session.execute(
            text(
                "update reminders set state = 'quiet' where kind = :kind"
                " and state in ('waiting', 'unreached')"
                " and case when cast(:here as bigint) is null then user_id = :user"
                " else said_in = :here end returning id"
            ),
            {"user": user_id, "kind": kind, "here": said_in},
        )
        return len(rows.all())


async def to_come(session: Session, user_id: str, here: int | None) -> list[Reminder]:
    """What the person is to be told, has others told, or has posted where they are; the soonest
    first, at most LISTED."""
    mine = and_(
        col(Reminder.user_id) == user_id,
        col(Reminder.kind).in_(["due", "again", "words", "announcement"]),
    )
    sent = and_(col(Reminder.from_id) == user_id, col(Reminder.kind) == "words")
    posted = and_(col(Reminder.said_in) == here, col(Reminder.kind).in_(["announcement", "list"]))
    query = (
        select(Reminder)
        .where(
            or_(mine, sent, posted) if here is not None else or_(mine, sent),
            col(Reminder.state).in_(["waiting", "held"]),
        )
        .order_by(col(Reminder.at), col(Reminder.id))
        .limit(LISTED)
    )
    return list((await session.exec(query)).all())


LISTED = 50


async def with_words(session: Session, user_id: str, here: int | None) -> list[Reminder]:
    """The words that wait to be said: to the person, by them to others, or in a place."""
    mine = or_(col(Reminder.user_id) == user_id, col(Reminder.from_id) == user_id)
    query = select(Reminder).where(
        or_(mine, col(Reminder.said_in) == here) if here is not None else mine,
        col(Reminder.kind).in_(["words", "announcement"]),
        col(Reminder.state).in_(
            [ReminderState.WAITING, ReminderState.HELD, ReminderState.UNREACHED]
        ),
    )
    return list((await session.exec(query)).all())


async def coming(
    session: Session, user_id: str, kind: str, said_in: int | None = None
) -> Reminder | None:
    """The one of a kind that comes again and again: the person's, or a place's."""
    whose = Reminder.user_id == user_id if said_in is None else Reminder.said_in == said_in
    query = select(Reminder).where(
        whose,
        Reminder.kind == kind,
        col(Reminder.state).in_([ReminderState.WAITING, ReminderState.UNREACHED]),
        col(Reminder.recurrence).is_not(None),
    )
    async with _in_a_place(session, said_in):
        return (await session.exec(query.order_by(col(Reminder.id).desc()).limit(1))).first()


@asynccontextmanager
async def _in_a_place(session: Session, said_in: int | None) -> AsyncIterator[None]:
    """What is posted in a channel is everybody's there, from whichever of its threads."""
    if said_in is None:
        yield
        return
    async with as_the_engine(session):
        yield


async def recurring(session: Session, user_id: str) -> list[Reminder]:
    """All of the person's that come again on their own clock."""
    query = select(Reminder).where(
        Reminder.user_id == user_id,
        col(Reminder.state).in_([ReminderState.WAITING, ReminderState.UNREACHED]),
        col(Reminder.recurrence).is_not(None),
    )
    return list((await session.exec(query)).all())


async def begin(session: Session, reminder_id: int) -> bool:
    """Waits until nobody else is about to tell the same person something, until the commit; False
    when there is nothing to be told any more."""
    found = await session.execute(
        text(
            "select pg_advisory_xact_lock(hashtext('tell'), hashtext(user_id))"
            " from reminders where id = :id and state = 'waiting'"
        ),
        {"id": reminder_id},
    )
    return found.first() is not None


async def get(session: Session, reminder_id: int) -> tuple[Reminder, User] | None:
    """A reminder that has yet to be told, and its person; None when it is told already."""
    query = (
        select(Reminder, User)
        .join(User, col(User.id) == col(Reminder.user_id))
        .where(Reminder.id == reminder_id, Reminder.state == ReminderState.WAITING)
        .with_for_update(of=Reminder)  # who takes it back meanwhile waits, and finds it as it is
    )
    found = (await session.exec(query)).first()
    return (found[0], found[1]) if found else None


WHERE = text("""
select (select c.id from conversations c join members m on m.conversation_id = c.id
        where m.user_id = :user and c.platform = :platform and c.private and not c.aside
        order by c.updated_at desc limit 1) as here,
       (select external_id from identities where user_id = :user and platform = :platform
        limit 1) as known
""")


async def where(session: Session, user_id: str, platform: str) -> tuple[int | None, str | None]:
    """Where the person talks with Todd alone on a platform, and their id there; None for what is
    not known."""
    row = (await session.execute(WHERE, {"user": user_id, "platform": platform})).one()
    return row.here, row.known


async def with_it(
    session: Session, reminder: Reminder, kinds: Iterable[str], now: datetime
) -> list[Reminder]:
    """The others that the same person is to be told now in the same place: many at once are one
    message. To be asked while nobody else tells this person anything (`begin`)."""
    query = (
        select(Reminder)
        .where(
            Reminder.user_id == reminder.user_id,
            Reminder.platform == reminder.platform,
            col(Reminder.kind).in_(list(kinds)),
            col(Reminder.said_in).is_not_distinct_from(reminder.said_in),
            Reminder.state == ReminderState.WAITING,
            Reminder.attempts == 0,  # what failed is told alone: it takes nothing along
            Reminder.id != reminder.id,
            col(Reminder.at) <= now,
        )
        .order_by(col(Reminder.at), col(Reminder.id))
        .limit(TOGETHER)
        .with_for_update()
    )
    return list((await session.exec(query)).all())


TOGETHER = 24  # more of what is told in one message


async def of_id(session: Session, reminder_id: int) -> Reminder | None:
    """A reminder, whatever became of it; None when it is not to be seen."""
    return (await session.exec(select(Reminder).where(Reminder.id == reminder_id))).first()


async def of_message(session: Session, message_id: int) -> list[Reminder]:
    """What was told in a message, and was not taken back since."""
    query = select(Reminder).where(
        Reminder.message_id == message_id, Reminder.state == ReminderState.TOLD
    )
    rows = list((await session.exec(query.order_by(col(Reminder.id)))).all())
    for row in list(rows):
        main = await of_id(session, row.of_id) if row.of_id else None
        if main is not None and main.recurrence is not None and main.state == ReminderState.QUIET:
            rows.remove(row)  # it comes no more
    return rows


async def put_off(
    session: Session, reminder_id: int, until: datetime, *, failed: bool = True
) -> None:
    """Not to be tried again before `until`; `failed` when a try came to nothing."""
    await session.execute(
        text(
            "update reminders set woken_at = null, try_at = :until, attempts = attempts + :one"
            " where id = :id"
        ),
        {"id": reminder_id, "until": until, "one": int(failed)},
    )


async def put_off_no_more(session: Session, user_id: str, now: datetime) -> None:
    """What the person was not told because they wanted to hear nothing is tried now."""
    await session.execute(
        text(
            "update reminders set try_at = :now, woken_at = null where user_id = :user"
            " and state = 'waiting' and at <= :now and try_at > :now"
        ),
        {"user": user_id, "now": now},
    )


async def settle(
    session: Session, reminder_id: int, state: str, message_id: int | None = None
) -> None:
    """Notes what became of a reminder."""
    await session.execute(
        text(
            "update reminders set state = :state,"
            " message_id = coalesce(:message, message_id) where id = :id"
        ),
        {"id": reminder_id, "state": state, "message": message_id},
    )


async def end(session: Session, reminder: Reminder) -> None:
    """What comes again in a place comes no more."""
    await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and kind = :kind"
            " and said_in = :here and content is not distinct from :content and state = 'waiting'"
        ),
        {
            "user": reminder.user_id,
            "kind": reminder.kind,
            "here": reminder.said_in,
            "content": reminder.content,
        },
    )


async def move_on(
    session: Session, reminder_id: int, at: datetime, recurrence: str, recurs_on: datetime
) -> None:
    """The next time of one that comes again; where others read along for want of better, it is
    private again."""
    await session.execute(
        text(
            "update reminders set woken_at = null, at = :at, try_at = :at, recurrence = :rule,"
            " recurs_on = :on, state = 'waiting', attempts = 0,"
            " said_in = case when moved then null else said_in end, moved = false where id = :id"
        ),
        {"id": reminder_id, "at": at, "rule": recurrence, "on": recurs_on},
    )


async def told_once(session: Session, reminder: Reminder, message_id: int) -> None:
    """Keeps one time of what comes again as told, as a row by itself: should its platform not take
    it after all, that time is still there to be told."""
    async with as_the_engine(session):
        await session.execute(
            text(
                "insert into reminders (user_id, task_id, kind, content, from_id, platform,"
                " said_in, made_in, of_id, at, try_at, moved, state, message_id)"
                " select user_id, task_id, kind, content, from_id, platform, said_in, made_in,"
                " id, at, try_at, moved, 'told', :message from reminders where id = :id"
            ),
            {"id": reminder.id, "message": message_id},
        )


async def unreached(session: Session, reminder: Reminder) -> None:
    """It is told when its person is heard of again; of what comes again the latest time alone."""
    await settle(session, reminder.id or 0, ReminderState.UNREACHED)
    await session.execute(
        text(
            "update reminders set state = 'quiet' where of_id = :of and id <> :id"
            " and state = 'unreached'"
        ),
        {"of": reminder.of_id, "id": reminder.id},
    )


# Another row that says the same.
TWIN = """
exists (select 1 from reminders w where w.user_id = r.user_id and w.task_id = r.task_id
        and w.kind = r.kind and w.at = r.at and w.id <> r.id
        and w.recurrence is null and r.recurrence is null
        and (w.state = 'waiting' or (w.state = 'unreached' and w.id < r.id)))
"""


async def elsewhere(session: Session, reminder_id: int, said_in: int | None, now: datetime) -> None:
    """It is told in another place (None: in private), from now on: where it was meant to failed."""
    await session.execute(
        text(
            "update reminders r set woken_at = null, said_in = :here, try_at = :now,"
            f" state = 'waiting', attempts = 0, moved = true where id = :id and not {TWIN}"
        ),
        {"id": reminder_id, "here": said_in, "now": now},
    )


async def reached(session: Session, user_id: str, platform: str, now: datetime) -> None:
    """Somebody is there again: what they could not be told is due."""
    about = {"user": user_id, "platform": platform}
    await session.execute(
        text(
            "update reminders r set state = 'quiet' where user_id = :user and platform = :platform"
            f" and state = 'unreached' and {TWIN}"
        ),
        about,
    )
    await session.execute(
        text(
            "update reminders set state = 'waiting', try_at = greatest(at, :now), woken_at = null,"
            " attempts = 0, said_in = case when moved then null else said_in end, moved = false"
            " where user_id = :user and platform = :platform and state = 'unreached'"
        ),
        {**about, "now": now},
    )


async def sweep_out(session: Session, before: datetime) -> None:
    """Forgets what was told, or had nothing to say, long ago."""
    await session.execute(
        text("delete from reminders where state in ('told', 'quiet') and try_at < :before"),
        {"before": before},
    )


# What is due, and no worker was woken for just now; each wakes one, whoever looks.
TAKE_DUE = text("""
update reminders set woken_at = clock_timestamp() where id in (
    select r.id from reminders r
    where r.state = 'waiting' and r.try_at <= :now and r.platform = any(:platforms)
      and (r.woken_at is null or (
          (r.woken_at < clock_timestamp() - :again * interval '1 second'
           or r.woken_at > clock_timestamp())  -- its clock was set back
          and not exists (
              select 1 from procrastinate_jobs j
              where j.task_name = 'remind' and j.status = 'todo'
                and (j.args->>'reminder_id')::bigint = r.id)))
    order by r.try_at limit :limit for update skip locked)
returning id, platform
""")


async def take_due(
    session: Session, platforms: Sequence[str], now: datetime, again: float
) -> list[tuple[int, str]]:
    """What is due, for which a worker is to be woken: id and platform. `again`: seconds after which
    one is woken once more, should nothing have come of it."""
    rows = await session.execute(
        TAKE_DUE, {"platforms": list(platforms), "now": now, "again": again, "limit": WOKEN}
    )
    return [(row.id, row.platform) for row in rows]


WOKEN = 500  # reminders at once
