"""How tasks read: in one line, with all there is to them, and as what happened to them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from core.people.zones import ASSUMED
from core.understanding import when
from core.work import Work
from db import people, tasks
from db.models import Task
from db.tasks import NORMAL, Numbered

PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
WORDS_OF = {number: word for word, number in PRIORITIES.items()}


async def lines(work: Work, found: Sequence[Numbered], *, zoned: bool = True) -> list[str]:
    """Tasks in one line each: "#12 Send invoice · Fri 27 Nov 17:00 (Europe/Berlin) · for Ana". In a
    list, not `zoned`, the reader's own zone goes without saying, once it is known."""
    ids = {other for each in found for other in _others(work, each.task)}
    names = await people.names(work.session, ids) if ids else {}
    wholes = {each.task.parent_id for each in found if each.task.parent_id}
    numbers = await tasks.numbers_of(work.session, work.me, wholes) if wholes else {}
    zoned = zoned or work.zone is ASSUMED
    return [_line(work, each, names, numbers, zoned=zoned) for each in found]


async def line(work: Work, numbered: Numbered) -> str:
    return (await lines(work, [numbered]))[0]


def _line(
    work: Work,
    numbered: Numbered,
    names: Mapping[str, str],
    numbers: Mapping[int, int],
    *,
    zoned: bool,
) -> str:
    task = numbered.task
    said = [f"#{numbered.number} {task.title}"]
    if task.due_at is not None:
        said.append(when.say(task.due_at, task.due_has_time, work.now, work.zone, zoned=zoned))
        if not task.completed and is_overdue(task.due_at, task.due_has_time, work):
            said.append("overdue")
    if task.recurrence and task.recurs_on:
        said.append(when.say_every(task.recurrence, task.recurs_on))
    said.extend(extras(task.priority, task.labels))
    if task.parent_id in numbers:
        said.append(f"part of #{numbers[task.parent_id or 0]}")
    if task.user_id != work.me:
        said.append(f"from {names.get(task.user_id) or 'somebody'}")
    elif task.assignee_id and task.assignee_id != work.me:
        declined = " (who says it is not theirs)" if task.declined_at else ""
        said.append(f"for {names.get(task.assignee_id) or 'somebody'}{declined}")
    if task.completed:
        said.append("done")
    return " · ".join(said)


def _others(work: Work, task: Task) -> set[str]:
    return {other for other in (task.user_id, task.assignee_id) if other} - {work.me}


def extras(priority: int, labels: Sequence[str]) -> list[str]:
    """Priority and labels, where they are anything but usual: "urgent", "#home #garden"."""
    made = [] if priority == NORMAL else [WORDS_OF[priority]]
    return [*made, " ".join(f"#{label}" for label in labels)] if labels else made


def is_overdue(at: datetime, has_time: bool, work: Work) -> bool:
    if has_time:
        return at < work.now
    return at.astimezone(UTC).date() < work.now.astimezone(work.zone).date()


def named(found: Sequence[Numbered], limit: int = 10) -> str:
    """Tasks as they are named in a sentence: "#1 milk, #2 eggs and 3 more"."""
    some = ", ".join(f"#{each.number} {each.task.title}" for each in found[:limit])
    return some if len(found) <= limit else f"{some} and {len(found) - limit} more"
