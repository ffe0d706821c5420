"""What Todd has to tell people of his own accord: the rows are the truth, jobs only ring."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.models import DUE, Reminder


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


async def hold(session: AsyncSession, reminder_id: int) -> Reminder | None:
    """A reminder that has yet to be told, held until the commit; None when it is told already, or
    somebody else is at it."""
    query = (
        select(Reminder)
        .where(Reminder.id == reminder_id, Reminder.state == DUE)
        .with_for_update(skip_locked=True)
    )
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
