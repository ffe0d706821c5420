"""What Todd tells people of his own accord: that a task is due, that they were given one, and what
came of it."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core import showing, when
from core.reply import Choice
from core.toolbox import Ring, Work
from db import reminders, tasks
from db.models import Reminder, Task, User
from db.tasks import Numbered

MORNING = time(9)
LATE = timedelta(minutes=1)  # after its time a reminder says when that was


async def assigned(work: Work, task: Task) -> None:
    """Lets somebody know that a task is theirs to do."""
    if task.assignee_id and task.assignee_id != work.me:
        await _tell(work, task, task.assignee_id, "assigned", work.now)


async def completed(work: Work, task: Task) -> None:
    """Lets the owner know that what they gave away is done."""
    if task.user_id != work.me:
        await _tell(work, task, task.user_id, "completed", work.now)


async def declined(work: Work, task: Task) -> None:
    """Lets the owner know that somebody says it is not theirs."""
    await _tell(work, task, task.user_id, "declined", work.now)


async def again(work: Work, task: Task, minutes: int) -> datetime:
    """Tells the person of a task once more, so many minutes from now, or (0) tomorrow morning; says
    when. What they wanted before does not count any more."""
    assert task.id is not None
    await reminders.forget_again(work.session, work.me, task.id)
    at = work.now + timedelta(minutes=minutes)
    if not minutes:
        day = work.now.astimezone(work.zone).date() + timedelta(days=1)
        at = when.on_clock(datetime.combine(day, MORNING), True, work.zone).at
    await _tell(work, task, work.me, "again", at)
    return at


async def due(work: Work, those: Iterable[Task]) -> None:
    """Sees to it that people are reminded of tasks at their time."""
    for task in those:
        made = await reminders.due(work.session, task, work.me, work.platform, work.now)
        if made is not None:
            work.rings.append(Ring(work.platform, made[1], made[0]))


async def due_since(work: Work) -> None:
    """The same for all that was changed in the session."""
    await due(work, await tasks.touched(work.session))


async def due_from_now(work: Work) -> None:
    """The same for all that the person has to do, after they have said how they want it."""
    await due(work, await reminders.all_due(work.session, work.me, work.now))


async def _tell(work: Work, task: Task, user_id: str, kind: str, at: datetime) -> None:
    assert task.id is not None
    platform = work.platform
    reminder_id = await reminders.add(
        work.session,
        user_id=user_id,
        task_id=task.id,
        kind=kind,
        from_id=work.me,
        platform=platform,
        at=at,
    )
    work.rings.append(Ring(platform, at, reminder_id))


def words(
    reminder: Reminder,
    found: Numbered | None,
    to: User,
    by: str,
    lead: timedelta | None,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[str, list[Choice]] | None:
    """What a reminder says, and what can be pressed beside it; None when there is nothing left to
    say: the task is done, gone, or somebody else's by now."""
    if found is None:
        return None
    task = found.task
    name = _name(found, now, zone)
    match reminder.kind:
        case "due" if _is_due(reminder, task, to, lead):
            late = now - reminder.at > LATE
            local = reminder.at.astimezone(zone)
            was = f" (was due {local:%H:%M})" if late else ""
            return f"⏰ {name}{was}", _pressed(found, theirs=False)
        case "assigned" if not task.completed and task.assignee_id == to.id:
            from_ = f"\nFrom {task.link}" if task.link else ""
            note = f"\n{task.description}" if task.description else ""
            return f"{by} has given you {name}{note}{from_}", _pressed(found, theirs=True)
        case "again" if not task.completed:
            return f"You wanted to be told again: {name}", _pressed(found, theirs=False)
        case "completed" if task.completed:
            return f"{by} has done {name}", []
        case "declined" if task.declined_at is not None:
            return f"{by} says that {name} is not theirs. You can give it to somebody else.", []
    return None


def _is_due(reminder: Reminder, task: Task, to: User, lead: timedelta | None) -> bool:
    """Whether a task is still to be done by this person, and at the time of the reminder."""
    return (
        not task.completed
        and tasks.doer(task) == to.id
        and lead is not None
        and task.due_has_time
        and task.due_at is not None
        and task.due_at - lead == reminder.at
    )


def _name(found: Numbered, now: datetime, zone: ZoneInfo) -> str:
    task = found.task
    parts = [f"#{found.number} {task.title}"]
    if task.due_at is not None:
        parts.append(when.say(task.due_at, task.due_has_time, now, zone))
    return " · ".join([*parts, *showing.marks(task.priority, task.labels)])


def _pressed(found: Numbered, *, theirs: bool) -> list[Choice]:
    assert found.task.id is not None
    choices = [
        Choice(f"Done #{found.number}", "done", found.task.id),
        Choice("In 15 min", "later", found.task.id),
        Choice("In 1 h", "hour", found.task.id),
        Choice("Tomorrow", "snooze", found.task.id),
    ]
    return [*choices, Choice("Not mine", "decline", found.task.id)] if theirs else choices
