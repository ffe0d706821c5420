"""What people are to be told unasked, and when: that a task is due or theirs, what came of it, and
what they want to be reminded of. It is worded when its time comes (core/reminders/wording.py)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.people.zones import zone_of
from core.understanding import when
from core.work import Work
from db import people, reminders, tasks
from db.database import in_the_name_of
from db.models import Task
from db.session import Session
from db.states import ReminderKind, ReminderState


async def assigned(work: Work, task: Task) -> None:
    """Lets somebody know that a task is theirs to do."""
    if task.assignee_id and task.assignee_id != work.me:
        await _of_task(work, task, task.assignee_id, ReminderKind.ASSIGNED, work.now)


async def completed(work: Work, task: Task) -> None:
    """Lets the owner know that what they gave away is done."""
    if task.user_id != work.me:
        await _of_task(work, task, task.user_id, ReminderKind.COMPLETED, work.now)


async def declined(work: Work, task: Task) -> None:
    """Lets the owner know that somebody says it is not theirs."""
    await _of_task(work, task, task.user_id, ReminderKind.DECLINED, work.now)


async def again(work: Work, task: Task, at: datetime) -> None:
    """Tells the person of a task at a time of their own."""
    await _of_task(work, task, work.me, ReminderKind.AGAIN, at)


async def _of_task(work: Work, task: Task, user_id: str, kind: ReminderKind, at: datetime) -> None:
    await tell(work, user_id, kind, at, task_id=task.id)


async def tell(work: Work, user_id: str, kind: ReminderKind, at: datetime, **more: object) -> int:
    """Somebody is told something at a time; `more` are fields of its row. Its id."""
    return await reminders.add(
        work.session,
        user_id=user_id,
        kind=kind,
        from_id=work.me,
        platform=work.platform,
        at=at,
        made_in=work.conversation.id,
        **more,
    )


async def reclock(session: Session, user_id: str, zone: ZoneInfo, now: datetime) -> None:
    """What comes again for a person does so on their own clock, wherever that is by now. What is
    due already moves on once it is told."""
    for row in await reminders.recurring(session, user_id):
        if row.at <= now or row.recurrence is None or row.recurs_on is None:
            continue
        coming = when.coming(row.recurrence, row.recurs_on, now, zone)
        if coming is None:
            continue
        at, on, rule = coming
        await reminders.move_on(session, row.id or 0, at, rule, on)


async def due_since(work: Work) -> None:
    """Sees to it that people are reminded of what was changed in the session, at its time."""
    those = await tasks.touched(work.session)
    await due(work.session, those, work.platform, work.now)


async def due_from_now(work: Work) -> None:
    """The same for all that the person has to do, after they have said how they want it."""
    those = await reminders.all_due(work.session, work.me, work.now)
    await due(work.session, those, work.platform, work.now)


async def due(session: Session, those: Iterable[Task], platform: str, now: datetime) -> None:
    """One row for the next time at which whoever is to do a task is reminded of it, as they want to
    be; earlier ones that no longer hold are taken back."""
    by_doer: dict[str, list[Task]] = {}
    for task in those:
        by_doer.setdefault(tasks.doer(task), []).append(task)
    for doer, theirs in sorted(by_doer.items()):
        async with in_the_name_of(session, doer):
            await _due(session, doer, theirs, platform, now)


async def _due(
    session: Session, doer: str, theirs: Sequence[Task], platform: str, now: datetime
) -> None:
    timed = [task for task in theirs if task.due_has_time and task.due_at]
    ids = [task.id or 0 for task in theirs]
    rows = await reminders.of_tasks(session, doer, ids)
    if not timed and not rows:
        return
    leads = await reminders.leads(session, doer, ids)
    zones = {task.user_id for task in timed if task.recurrence}
    zone = {owner: zone_of(await people.get(session, owner)) for owner in zones}
    for task in theirs:
        assert task.id is not None
        mine = [row for row in rows if row.task_id == task.id]
        told = {row.at for row in mine if row.state == ReminderState.TOLD}
        at = next_ring(task, leads[task.id], told, now, zone.get(task.user_id))
        waiting = [row for row in mine if row.state != ReminderState.TOLD]
        for row in waiting:
            if row.at != at and row.at > now:
                await reminders.settle(session, row.id or 0, ReminderState.QUIET)
        if at is not None and not any(row.at == at for row in waiting):
            await reminders.add(
                session,
                user_id=doer,
                kind=ReminderKind.DUE,
                from_id=doer,
                platform=platform,
                at=at,
                task_id=task.id,
                made_in=task.conversation_id,
            )


def next_ring(
    task: Task,
    lead: timedelta | None,
    told: set[datetime],
    now: datetime,
    zone: ZoneInfo | None,
) -> datetime | None:
    """When a task is reminded of next: before its time, or at it when that is past; of one that
    repeats and is still open, also before the times after. None: not any more. `zone` is its
    owner's."""
    if task.completed or task.deleted_at or not task.due_has_time or not task.due_at:
        return None
    if lead is None:
        return None
    for moment in _moments(task, now, zone):
        if moment - lead in told or moment in told:
            continue
        return moment - lead if moment - lead > now else moment
    return None


def _moments(task: Task, now: datetime, zone: ZoneInfo | None) -> list[datetime]:
    """The times of a task that are not past: its own, and the next few of what repeats."""
    assert task.due_at is not None
    moments = [task.due_at] if task.due_at > now else []
    if task.recurrence is None or task.recurs_on is None or zone is None:
        return moments
    if not when.has_time(task.recurs_on) or when.from_done(task.recurrence):
        return moments  # a day comes again, and the time is of this one alone; or it waits for it
    after = max(now, task.due_at)
    for _ in range(AHEAD):
        found = when.following(task.recurrence, task.recurs_on, after, zone)
        if found is None:
            break
        after = found[0].at
        moments.append(after)
    return moments


AHEAD = 3


def falls_on(task: Task, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment is a task's own time, or, of one that repeats, one of the times after."""
    if task.due_at == moment:
        return True
    if not task.recurrence or not task.recurs_on or not task.due_at or moment < task.due_at:
        return False
    if not when.has_time(task.recurs_on) or when.from_done(task.recurrence):
        return False
    found = when.following(task.recurrence, task.recurs_on, moment - timedelta(seconds=1), zone)
    return found is not None and found[0].at == moment
