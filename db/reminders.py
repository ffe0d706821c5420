"""What Todd has to tell people of his own accord: the rows are the truth, jobs only ring."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db import tasks
from db.models import DUE, Reminder, Task


async def add(
    session: AsyncSession,
    *,
    user_id: str,
    task_id: int,
    kind: str,
    from_id: str,
    platform: str,
    at: datetime,
) -> int:
    """The id of something that is to be told to somebody at a time."""
    # Without RETURNING: whoever gives a task away may not see what the other is told.
    reminder_id: int = (
        await session.execute(text("select nextval(pg_get_serial_sequence('reminders', 'id'))"))
    ).scalar_one()
    await session.execute(
        text(
            "insert into reminders (id, user_id, task_id, kind, from_id, platform, at, state)"
            " values (:id, :user, :task, :kind, :from, :platform, :at, 'waiting')"
            " on conflict do nothing"  # to be told again is asked for once
        ),
        {
            "id": reminder_id,
            "user": user_id,
            "task": task_id,
            "kind": kind,
            "from": from_id,
            "platform": platform,
            "at": at,
        },
    )
    return reminder_id


async def due(
    session: AsyncSession, task: Task, by: str, platform: str, now: datetime
) -> tuple[int, datetime] | None:
    """What reminds of a task at its time, or before it, as the person to do it wants to be; its id
    and time. None when there is nothing to be reminded of."""
    if task.completed or task.deleted_at or not task.due_has_time or task.due_at is None:
        return None
    doer = tasks.doer(task)
    lead = await lead_of(session, doer)
    if lead is None or task.due_at - lead <= now:
        return None
    assert task.id is not None
    at = task.due_at - lead
    reminder_id = await add(
        session, user_id=doer, task_id=task.id, kind="due", from_id=by, platform=platform, at=at
    )
    return reminder_id, at


async def lead_of(session: AsyncSession, user_id: str) -> timedelta | None:
    """How long before a task's time its person is reminded; None when they do not want to be."""
    wanted = await session.scalar(
        text("select preferences->>'remind' from users where id = :id"), {"id": user_id}
    )
    if wanted == "off":
        return None
    return timedelta(minutes=int(wanted or 0))


async def all_due(session: AsyncSession, user_id: str, now: datetime) -> list[Task]:
    """The open tasks of a person's that are due at a time to come."""
    query = select(Task).where(
        or_(
            and_(col(Task.assignee_id).is_(None), col(Task.user_id) == user_id),
            col(Task.assignee_id) == user_id,
        ),
        col(Task.completed).is_(False),
        col(Task.deleted_at).is_(None),
        col(Task.due_has_time).is_(True),
        col(Task.due_at) > now,
    )
    return list((await session.exec(query)).all())


async def forget_again(session: AsyncSession, user_id: str, task_id: int) -> None:
    """Takes back that the person wanted to be told of a task again."""
    await session.execute(
        text(
            "update reminders set state = 'quiet' where user_id = :user and task_id = :task"
            " and kind = 'again' and state = 'waiting'"
        ),
        {"user": user_id, "task": task_id},
    )


async def one_at_a_time(session: AsyncSession, user_id: str) -> None:
    """Waits until nobody else is about to tell this person something; until the commit."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtext('tell'), hashtext(:user))"), {"user": user_id}
    )


async def with_it(session: AsyncSession, reminder: Reminder, now: datetime) -> list[Reminder]:
    """The others that the same person is to be told now: many at once are one message. To be asked
    while nobody else tells this person anything (`one_at_a_time`)."""
    query = (
        select(Reminder)
        .where(
            Reminder.user_id == reminder.user_id,
            Reminder.platform == reminder.platform,
            Reminder.state == DUE,
            Reminder.id != reminder.id,
            col(Reminder.at) <= now,
        )
        .order_by(col(Reminder.at), col(Reminder.id))
        .limit(TOGETHER)
    )
    return list((await session.exec(query)).all())


TOGETHER = 24  # more of what is told in one message


async def get(session: AsyncSession, reminder_id: int) -> Reminder | None:
    """A reminder that has yet to be told; None when it is told already."""
    query = select(Reminder).where(Reminder.id == reminder_id, Reminder.state == DUE)
    return (await session.exec(query)).first()


async def put_off(session: AsyncSession, reminder_id: int, until: datetime) -> None:
    """A try that came to nothing: not again before `until`."""
    await session.execute(
        text("update reminders set at = :until, attempts = attempts + 1 where id = :id"),
        {"id": reminder_id, "until": until},
    )


async def settle(
    session: AsyncSession, reminder_id: int, state: str, message_id: int | None = None
) -> None:
    """Notes what became of a reminder."""
    await session.execute(
        text("update reminders set state = :state, message_id = :message where id = :id"),
        {"id": reminder_id, "state": state, "message": message_id},
    )


# What is due and for which no job is on its way.
UNRUNG = text("""
select r.id, r.platform from reminders r
where r.state = 'waiting' and r.at <= :now and r.platform = any(:platforms)
  and not exists (
      select 1 from procrastinate_jobs j
      where j.task_name = 'remind' and j.status = 'todo'
        and (j.scheduled_at is null or j.scheduled_at <= now())
        and (j.args->>'reminder_id')::bigint = r.id)
order by r.at limit :limit
""")


async def unrung(
    session: AsyncSession, platforms: Sequence[str], now: datetime, limit: int = 500
) -> list[tuple[int, str]]:
    """Reminders that are due and that nobody is at: id and platform."""
    rows = await session.execute(UNRUNG, {"platforms": list(platforms), "now": now, "limit": limit})
    return [(row.id, row.platform) for row in rows]
