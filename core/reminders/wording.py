"""What reminders say when their time has come, verbatim and without a model, and what can be
pressed beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.people.zones import zone_of
from core.reminders import digest, schedule
from core.reply import Choice, as_text
from core.tasks import showing
from core.understanding import when
from core.work import Work
from db import consents, people, reminders, tasks
from db.models import Reminder, Task
from db.states import ConsentState
from db.states import ReminderKind as Kind
from db.tasks import Numbered

LATE = timedelta(minutes=1)  # after its time a reminder says when that was
# What is told together when several are due at once; each other kind is a message of its own.
GATHERED = frozenset({
    Kind.DUE, Kind.AGAIN, Kind.ASSIGNED, Kind.COMPLETED, Kind.DECLINED, Kind.WORDS, Kind.ANSWER,
})  # fmt: skip
# What may be told where others read along, if it was made there; it calls its person by name.
CALLS = frozenset({Kind.DUE, Kind.AGAIN, Kind.ASSIGNED, Kind.WORDS, Kind.MAY})


class NotHere(Exception):
    """Others read along here, and none of it was ever said before them."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a reminder, and what can be pressed beside them."""

    text: str
    choices: tuple[Choice, ...] = ()


async def words(work: Work, reminder: Reminder, names: Mapping[str, str]) -> Wording | None:
    """What a reminder says; None when there is nothing left to say: the task is done, gone, or
    somebody else's by now. `names` are of those from whom reminders come. Raises NotHere for what
    may not be said where others read along."""
    by = as_text(names.get(reminder.from_id or "") or "Somebody")
    if reminder.task_id is not None:
        found = await tasks.of_id(work.session, work.me, reminder.task_id)
        return await _of_task(work, reminder, found, by) if found else None
    content = as_text(reminder.content or "")
    match reminder.kind:
        case Kind.WORDS if reminder.from_id != work.me:
            return Wording(
                f"⏰ From {by}: {content}{_late(work, reminder)}", _beside_words(reminder)
            )
        case Kind.WORDS:
            return Wording(f"⏰ {content}{_late(work, reminder)}", _beside_words(reminder))
        case Kind.ANNOUNCEMENT:
            return Wording(f"⏰ {content}{_late(work, reminder)}")
        case Kind.ANSWER:
            return Wording(content)
        case Kind.MAY:
            return await _may(work, reminder, by)
        case Kind.DIGEST:
            found_today = await digest.today(work)
            return _overview(work, reminder, found_today)
        case Kind.BACK:
            return _overview(work, reminder, await digest.back(work))
        case Kind.LIST:
            return _overview(work, reminder, await digest.of_channel(work))
    raise ValueError(f"no words for a reminder without a task: {reminder.kind}")


def _overview(work: Work, reminder: Reminder, found: digest.Overview | None) -> Wording | None:
    if found is None:
        return None
    return Wording(f"{found.head}{_late(work, reminder)}\n\n{found.text}", found.choices)


async def _of_task(work: Work, reminder: Reminder, found: Numbered, by: str) -> Wording | None:
    task = found.task
    match reminder.kind:
        case Kind.DUE:
            moment = await _moment(work, reminder, task)
            if moment is None:
                return None
            late = moment if work.now - moment > LATE else None
            return await _said(work, found, "⏰ ", moment, late)
        case Kind.AGAIN if not task.completed:
            late = reminder.at if work.now - reminder.at > LATE else None
            return await _said(work, found, "⏰ ", task.due_at, late)
        case Kind.ASSIGNED if not task.completed and task.assignee_id == work.me:
            head = f"{by} has given you "
            said = await _said(work, found, head, task.due_at, None, theirs=True)
            if work.shown_to:
                return said
            note = f"\n{as_text(task.description)}" if task.description else ""
            from_ = f"\nFrom {task.link}" if task.link else ""
            return Wording(f"{said.text}{note}{from_}", said.choices)
        case Kind.COMPLETED if task.completed:
            return Wording(f"{by} has done {_name(work, found, task.due_at)}")
        case Kind.DECLINED if task.declined_at is not None:
            name = _name(work, found, task.due_at)
            return Wording(
                f"{by} says that {name} is not theirs. You can give it to somebody else."
            )
    return None


async def _moment(work: Work, reminder: Reminder, task: Task) -> datetime | None:
    """The time of a task of which a due reminder reminds; None when that holds no more: it is done,
    moved, somebody else's, or not wanted."""
    assert task.id is not None
    if task.completed or tasks.doer(task) != work.me or not task.due_has_time:
        return None
    lead = (await reminders.leads(work.session, work.me, [task.id]))[task.id]
    if lead is None:
        return None
    zone = work.zone
    if task.recurrence and task.user_id != work.me:
        zone = zone_of(await people.get(work.session, task.user_id))
    for moment in (reminder.at + lead, reminder.at):
        if schedule.falls_on(task, moment, zone):
            return moment
    return None


async def _said(
    work: Work,
    found: Numbered,
    head: str,
    moment: datetime | None,
    late: datetime | None,
    *,
    theirs: bool = False,
) -> Wording:
    """A task with what can be pressed; where others read along only what was said of it there."""
    here = work.shown_to
    task = found.task
    assert task.id is not None
    was = f" (was due {_at(work, late)})" if late else ""
    if here is None:
        name = _name(work, found, moment)
        if task.recurrence and moment and task.due_at and moment > task.due_at:
            since = when.say(task.due_at, False, work.now, work.zone)
            was += f", open since {since}"
        return Wording(f"{head}{name}{was}", _beside(found, theirs=theirs))
    title = (await tasks.titles_here(work.session, [task.id], here)).get(task.id)
    if title is None:
        raise NotHere
    # The receipt of a press says what it is called now.
    offered = (_done(found),) if title == task.title else ()
    return Wording(f"{head}{as_text(title)}{was}", offered)


def _name(work: Work, found: Numbered, moment: datetime | None) -> str:
    task = found.task
    parts = [f"#{found.number} {task.title}"]
    if moment is not None:
        parts.append(when.say(moment, task.due_has_time, work.now, work.zone))
    return as_text(" · ".join([*parts, *showing.extras(task.priority, task.labels)]))


def _late(work: Work, reminder: Reminder) -> str:
    return f" (was due {_at(work, reminder.at)})" if work.now - reminder.at > LATE else ""


def _at(work: Work, at: datetime) -> str:
    """A time as it is said of today, with its day when that was another."""
    local, today = at.astimezone(work.zone), work.now.astimezone(work.zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%a} {local.day} {local:%b %H:%M}"


async def _may(work: Work, reminder: Reminder, by: str) -> Wording | None:
    """Asks whether somebody may have the person reminded; None when they have said so already."""
    if await consents.of(work.session, work.me, reminder.from_id or "") != ConsentState.ASKED:
        return None
    about = await consents.id_of(work.session, work.me, reminder.from_id or "")
    text = (
        f"{by} would like me to remind you of this: “{as_text(reminder.content or '')}”. "
        f"May I tell you what {by} asks me to? You can also say so later: “allow reminders from "
        f"@{by}”."
    )
    return Wording(text, (Choice("Yes", "allow", about), Choice("No", "refuse", about)))


def _done(found: Numbered) -> Choice:
    return Choice(f"Done #{found.number}", "done", found.task.id or 0)


def _beside(found: Numbered, *, theirs: bool) -> tuple[Choice, ...]:
    task_id = found.task.id or 0
    last = Choice("Not mine", "decline", task_id) if theirs else Choice("Stop", "stop", task_id)
    return (
        _done(found),
        Choice("In 15 min", "later", task_id),
        Choice("In 1 h", "hour", task_id),
        Choice("Tomorrow", "snooze", task_id),
        last,
    )


def _beside_words(reminder: Reminder) -> tuple[Choice, ...]:
    about = reminder.id or 0
    return (
        Choice("In 15 min", "words_later", about),
        Choice("In 1 h", "words_hour", about),
        Choice("Tomorrow", "words_snooze", about),
        Choice("Make it a task", "words_keep", about),
        *((Choice("Stop", "words_stop", about),) if _can_stop(reminder) else ()),
    )


def _can_stop(reminder: Reminder) -> bool:
    return reminder.recurrence is not None or reminder.from_id != reminder.user_id
