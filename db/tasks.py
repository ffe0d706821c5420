"""The tasks: every change writes what it changed in the same transaction, for receipts and undo."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.errors import NotThere
from db.models import Conversation, Task, TaskChange, TaskNumber, utcnow

State = Literal["open", "done", "all"]
NORMAL = 3  # priority, of 1 (urgent) to 4 (low)

# What a change can alter, and so what its row keeps of before and after.
KEPT = (
    "title",
    "description",
    "completed",
    "completed_at",
    "due_at",
    "due_has_time",
    "priority",
    "labels",
    "recurrence",
    "assignee_id",
    "parent_id",
    "deleted_at",
)


@dataclass(frozen=True, slots=True)
class Cause:
    """By whom and by which call something is changed: message, step and position name the call."""

    user_id: str
    conversation_id: int
    message_id: int
    step: int
    position: int


@dataclass(frozen=True, slots=True)
class Numbered:
    """A task with the number by which the acting person knows it."""

    number: int
    task: Task


@dataclass(frozen=True, slots=True)
class Change:
    """What truly happened, read back: an action, the person's number, before and after."""

    action: str
    task_id: int
    number: int
    step: int
    position: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def add(
    session: AsyncSession,
    cause: Cause,
    *,
    title: str,
    description: str = "",
    due_at: datetime | None = None,
    due_has_time: bool = False,
    priority: int = NORMAL,
    labels: Sequence[str] = (),
) -> Numbered:
    """A new task of the acting person's, under their next number."""
    task = Task(
        user_id=cause.user_id,
        title=title,
        description=description,
        due_at=due_at,
        due_has_time=due_has_time,
        priority=priority,
        labels=sorted(set(labels)),
        conversation_id=cause.conversation_id,
        message_id=cause.message_id,
    )
    session.add(task)
    await session.flush()
    assert task.id is not None
    number: int = (
        await session.execute(
            text(
                "update users set last_number = last_number + 1 where id = :me"
                " returning last_number"
            ),
            {"me": cause.user_id},
        )
    ).scalar_one()
    session.add(TaskNumber(user_id=cause.user_id, number=number, task_id=task.id))
    _note(session, cause, task, "added", None)
    await session.flush()
    return Numbered(number, task)


async def update(session: AsyncSession, cause: Cause, task: Task, **fields: Any) -> bool:
    """Sets fields of a task; False, and no change noted, when they were so already."""
    if all(getattr(task, name) == value for name, value in fields.items()):
        return False
    await _change(session, cause, task, "updated", fields)
    return True


async def complete(session: AsyncSession, cause: Cause, task: Task) -> None:
    await _change(session, cause, task, "completed", {"completed": True, "completed_at": utcnow()})


async def reopen(session: AsyncSession, cause: Cause, task: Task) -> None:
    await _change(session, cause, task, "reopened", {"completed": False, "completed_at": None})


async def delete(session: AsyncSession, cause: Cause, task: Task) -> None:
    """Takes a task out of sight; the row stays, so that it can come back."""
    await _change(session, cause, task, "deleted", {"deleted_at": utcnow()})


async def numbered(
    session: AsyncSession, user_id: str, number: int, *, among: Conversation | None
) -> Numbered:
    """The person's task of that number; raises NotThere. `among`: see `find`."""
    found = await _select(
        session, user_id, [TaskNumber.number == number, *_belongs(among)], limit=1, lock=True
    )
    if not found:
        raise NotThere(f"#{number}")
    return found[0]


async def number_of(session: AsyncSession, user_id: str, task_id: int) -> int | None:
    """The person's number for a task; None when it is none of theirs."""
    number: int | None = await session.scalar(
        select(TaskNumber.number).where(
            TaskNumber.user_id == user_id, TaskNumber.task_id == task_id
        )
    )
    return number


async def titled(
    session: AsyncSession,
    user_id: str,
    words: str,
    *,
    state: State,
    among: Conversation | None,
    limit: int = 6,
) -> list[Numbered]:
    """The tasks that words name: those of that very title, else those whose title has them all."""
    shared = [*_in_state(state), *_belongs(among)]
    same = func.lower(col(Task.title)) == words.strip().lower()
    exact = await _select(session, user_id, [same, *shared], limit=limit, lock=True)
    if exact or not words.split():
        return exact
    # Each from the beginning of a word: "it" does not name "Write report".
    has_all = [
        # and "room 1" not "Room 12".
        col(Task.title).regexp_match(
            rf"(^|\W){re.escape(word)}" + (r"(?!\d)" if word[-1].isdigit() else ""), "i"
        )
        for word in words.split()
    ]
    return await _select(session, user_id, [*has_all, *shared], limit=limit, lock=True)


async def titles(
    session: AsyncSession, user_id: str, *, state: State, among: Conversation | None, limit: int
) -> list[tuple[int, str]]:
    """Number and title of the person's tasks, the newest first, to seek a misspelt one in."""
    query = (
        select(TaskNumber.number, Task.title)
        .join(Task, _mine(user_id))
        .where(col(Task.deleted_at).is_(None), *_in_state(state), *_belongs(among))
        .order_by(col(TaskNumber.number).desc())
        .limit(limit)
    )
    return [(number, title) for number, title in (await session.exec(query)).all()]


async def undo(session: AsyncSession, cause: Cause) -> list[tuple[int, str, bool]]:
    """Takes back what the acting person changed last in this conversation, all that one message
    did; what was undone last is redone. Number, title, and whether it was taken back: what was
    changed since by something else is left as it is. Empty when there is nothing.
    """
    last = await session.scalar(
        LAST_CHANGED,
        {"me": cause.user_id, "here": cause.conversation_id, "this": cause.message_id},
    )
    if last is None:
        return []
    query = (
        select(TaskChange, Task, TaskNumber.number)
        .join(Task, col(Task.id) == col(TaskChange.task_id))
        .join(TaskNumber, _mine(cause.user_id))
        .where(TaskChange.message_id == last, TaskChange.user_id == cause.user_id)
        .order_by(col(TaskChange.id).desc())
        .with_for_update(of=Task)
    )
    undone: list[tuple[int, str, bool]] = []
    for change, task, number in (await session.exec(query)).all():
        as_left = _kept(task) == change.after
        if as_left:
            before = change.before or {**_kept(task), "deleted_at": utcnow().isoformat()}
            await _change(session, cause, task, "undone", _values(before))
        undone.append((number, task.title, as_left))
    return undone


# An undo is itself a change, so undoing twice is redoing.
LAST_CHANGED = text("""
select c.message_id from task_changes c
join messages m on m.id = c.message_id
join task_numbers n on n.task_id = c.task_id and n.user_id = c.user_id
where c.user_id = :me and m.conversation_id = :here and m.id <> :this
order by c.id desc limit 1
""")


def _values(kept: dict[str, Any]) -> dict[str, Any]:
    """What a change has kept, as the fields of a task again."""
    moments = ("completed_at", "due_at", "deleted_at")
    return {
        name: datetime.fromisoformat(value) if name in moments and value else value
        for name, value in kept.items()
    }


async def find(
    session: AsyncSession,
    user_id: str,
    *,
    words: str = "",
    state: State = "open",
    due_from: datetime | None = None,
    due_before: datetime | None = None,
    dates: tuple[date | None, date | None] = (None, None),
    priority: int | None = None,
    label: str = "",
    among: Conversation | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Numbered], int]:
    """The person's tasks that fit, and how many fit in all; soonest due first, then by number.

    A due window is given twice: as moments for tasks with a time of day (`due_from` inclusive,
    `due_before` exclusive) and as `dates` (first, last) for tasks that are due on a date.
    With `among`, only what was made in that conversation's channel: in front of others a list
    shows what belongs there (rule 9).
    """
    wanted: list[ColumnElement[bool]] = [*_in_state(state), *_belongs(among)]
    for word in words.split():
        wanted.append(
            or_(
                col(Task.title).icontains(word, autoescape=True),
                col(Task.description).icontains(word, autoescape=True),
            )
        )
    if priority is not None:
        wanted.append(col(Task.priority) == priority)
    if label:
        wanted.append(col(Task.labels).contains([label]))
    window = _due(due_from, due_before, dates)
    if window is not None:
        wanted.append(window)
    found = await _select(session, user_id, wanted, limit=limit, offset=offset)
    if len(found) < limit and (found or not offset):
        return found, offset + len(found)  # the last page tells how many there are
    query = select(func.count()).select_from(Task).join(TaskNumber, _mine(user_id))
    total = (await session.exec(query.where(col(Task.deleted_at).is_(None), *wanted))).one()
    return found, total


async def changes_of(session: AsyncSession, user_id: str, message_id: int) -> list[Change]:
    """What the calls of a message truly changed, in order; empty when nothing was."""
    query = (
        select(TaskChange, TaskNumber.number)
        .join(
            TaskNumber,
            and_(
                col(TaskNumber.task_id) == col(TaskChange.task_id),
                col(TaskNumber.user_id) == user_id,
            ),
        )
        .where(TaskChange.message_id == message_id)
        .order_by(col(TaskChange.step), col(TaskChange.position), col(TaskChange.id))
    )
    return [
        Change(row.action, row.task_id, number, row.step, row.position, row.before, row.after)
        for row, number in (await session.exec(query)).all()
    ]


async def _change(
    session: AsyncSession, cause: Cause, task: Task, action: str, fields: dict[str, Any]
) -> None:
    before = _kept(task)
    for name, value in fields.items():
        setattr(task, name, value)
    task.updated_at = utcnow()
    _note(session, cause, task, action, before)
    await session.flush()


def _note(
    session: AsyncSession, cause: Cause, task: Task, action: str, before: dict[str, Any] | None
) -> None:
    assert task.id is not None
    session.add(
        TaskChange(
            task_id=task.id,
            user_id=cause.user_id,
            message_id=cause.message_id,
            step=cause.step,
            position=cause.position,
            action=action,
            before=before,
            after=_kept(task),
        )
    )


def _kept(task: Task) -> dict[str, Any]:
    values = {name: getattr(task, name) for name in KEPT}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


async def _select(
    session: AsyncSession,
    user_id: str,
    wanted: Sequence[ColumnElement[bool] | bool],
    *,
    limit: int,
    offset: int = 0,
    lock: bool = False,
) -> list[Numbered]:
    query = (
        select(Task, TaskNumber.number)
        .join(TaskNumber, _mine(user_id))
        .where(col(Task.deleted_at).is_(None), *wanted)
        .order_by(col(Task.due_at).asc().nulls_last(), col(TaskNumber.number))
        .limit(limit)
        .offset(offset)
    )
    if lock:
        query = query.with_for_update(of=Task)
    return [Numbered(number, task) for task, number in (await session.exec(query)).all()]


def _mine(user_id: str) -> ColumnElement[bool]:
    # The number's owner is the acting person: the tasks are then theirs, or assigned to them.
    return and_(col(TaskNumber.task_id) == col(Task.id), col(TaskNumber.user_id) == user_id)


def _in_state(state: State) -> list[ColumnElement[bool]]:
    return [] if state == "all" else [col(Task.completed).is_(state == "done")]


def _belongs(place: Conversation | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    there = select(Conversation.id).where(
        Conversation.platform == place.platform,
        Conversation.workspace == place.workspace,
        Conversation.channel == place.channel,
        col(Conversation.private).is_(False),
    )
    return [col(Task.conversation_id).in_(there)]


def _due(
    due_from: datetime | None,
    due_before: datetime | None,
    dates: tuple[date | None, date | None],
) -> ColumnElement[bool] | None:
    timed: list[ColumnElement[bool]] = [col(Task.due_has_time).is_(True)]
    dated: list[ColumnElement[bool]] = [col(Task.due_has_time).is_(False)]
    day = func.date(func.timezone("UTC", col(Task.due_at)))
    if due_from is not None:
        timed.append(col(Task.due_at) >= due_from)
    if due_before is not None:
        timed.append(col(Task.due_at) < due_before)
    if dates[0] is not None:
        dated.append(day >= dates[0])
    if dates[1] is not None:
        dated.append(day <= dates[1])
    if len(timed) == 1 and len(dated) == 1:
        return None
    return and_(col(Task.due_at).is_not(None), or_(and_(*timed), and_(*dated)))
