"""What happened to tasks, told and taken back: receipts, history and undo are read from here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import text
from sqlmodel import col, select

from db import people, tasks
from db.models import NUMBERS_HERE, Task, TaskChange, utcnow
from db.session import Session
from db.states import TaskAction
from db.tasks import KEPT, Cause

REACH = 500  # of the person's latest changes in a conversation, looked through for what to undo
EVENTS = 50  # of one task, told


@dataclass(frozen=True, slots=True)
class Change:
    """What truly happened, read back: an action, the acting person's number, before and after.
    `names` has those of the people in it, by id."""

    action: TaskAction
    task_id: int
    number: int
    step: int
    position: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing in the life of a task."""

    at: datetime
    who: str
    by_me: bool
    change: Change


@dataclass(frozen=True, slots=True)
class Undone:
    """A task whose change an undo was to take back; False when it was changed since, which stays
    as it is. `by` is who did that, empty when it was the person."""

    number: int
    title: str
    taken_back: bool
    by: str = ""


# Not `tasks.mine`: what was declined just now is told all the same.
OF_MESSAGE = text("""
select c.task_id, c.step, c.position, c.action, c.before, c.after, n.number
from task_changes c join tasks t on t.id = c.task_id
join numbers_here n on n.task_id = t.id and n.user_id = :me
where c.message_id = :id order by c.step, c.position, c.id
""")


class Told(Protocol):
    """What is read of a change, be it a model or a row."""

    task_id: int
    step: int
    position: int
    action: Any
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def changes_of(session: Session, user_id: str, message_id: int) -> list[Change]:
    """What the calls of a message truly changed, in order; empty when nothing was."""
    found = await session.execute(OF_MESSAGE, {"me": user_id, "id": message_id})
    rows = [row for row in found if _tells(row)]
    names = await people.names(session, _given(rows))
    return [_change(row, row.number, names) for row in rows]


async def of_task(session: Session, user_id: str, task: Task, number: int) -> list[Event]:
    """The life of a task, the newest last; of a long one the latest part."""
    query = (
        select(TaskChange)
        .where(TaskChange.task_id == task.id)
        .order_by(col(TaskChange.id).desc())
        .limit(EVENTS)
    )
    rows = [row for row in (await session.exec(query)).all() if _tells(row)]
    names = await _names(session, rows)
    if task.user_id != user_id:  # what was before it was given to them is its owner's
        given = [at for at, row in enumerate(rows) if _gives(row, user_id)]
        rows = rows[: given[0] + 1] if given else rows
    return [
        Event(
            row.created_at,
            names.get(row.user_id, ""),
            row.user_id == user_id,
            _change(row, number, names),
        )
        for row in reversed(rows)
    ]


async def undo(
    session: Session,
    cause: Cause,
    *,
    steps: int = 1,
    message_id: int | None = None,
    among: Collection[int] | None = None,
) -> list[Undone]:
    """Takes back what the acting person changed last in this conversation; empty when there is
    nothing. A step is all that one message did.

    One step is the last one, be it an undo, which is thereby redone. Several are those that stand,
    newest first. With `message_id` it is that message's, once; with `among` a step is one of those
    messages. What somebody has changed since is
    left as it is, and noted as dealt with, so that the next undo goes on before it.
    """
    latest = await _latest(session, cause)
    if among is not None:
        latest = [row for row in latest if row.message_id in among]
    chosen = _chosen(latest, steps, message_id)
    if not chosen:
        return []
    query = (
        select(TaskChange, Task, NUMBERS_HERE.number)
        .join(Task, col(Task.id) == col(TaskChange.task_id))
        .join(NUMBERS_HERE.number.table, _numbered(cause.user_id))
        .where(col(TaskChange.id).in_([row.id for row in chosen]))
        .order_by(col(TaskChange.id).desc())
        .with_for_update(of=Task)
    )
    undone: list[Undone] = []
    stays: set[int | None] = set()  # what was completed, and whose follower has a life of its own
    for change, task, number in (await session.exec(query)).all():
        fields = _fields(change)
        by = await _changed_since(session, cause, change, task, fields)
        if task.id in stays and by is None:
            by = ""
        if by is not None and change.action == TaskAction.FOLLOWED:
            stays.add(task.previous_id)
        await tasks.change(
            session,
            cause,
            task,
            TaskAction.UNDONE,
            {} if by is not None else _values(fields),
            change.id,
        )
        undone.append(Undone(number, task.title, by is None, by or ""))
    return undone


async def standing(session: Session, cause: Cause, message_id: int) -> list[Task]:
    """The tasks that a message has changed and that were not undone, held until the commit."""
    chosen = _chosen(await _latest(session, cause), 1, message_id)
    ids = select(TaskChange.task_id).where(col(TaskChange.id).in_([row.id for row in chosen]))
    query = select(Task).where(col(Task.id).in_(ids)).with_for_update()
    return list((await session.exec(query)).all())


# The person's own, in this conversation (messages of others are not to be seen from here).
LATEST = text("""
select c.id, c.message_id, c.action, c.undoes, c.before = c.after as empty
from task_changes c join messages m on m.id = c.message_id
where c.user_id = :me and m.conversation_id = :here and c.message_id <> :this
order by c.id desc limit :reach
""")


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    message_id: int
    action: str
    undoes: int | None
    empty: bool | None


async def _latest(session: Session, cause: Cause) -> list[_Row]:
    """The changes that stand, newest first: those that were undone are left out, and what undid
    them stays."""
    rows = await session.execute(
        LATEST,
        {
            "me": cause.user_id,
            "here": cause.conversation_id,
            "this": cause.message_id,
            "reach": REACH,
        },
    )
    undone: set[int] = set()
    standing: list[_Row] = []
    for row in (_Row(**found._asdict()) for found in rows):
        if row.id in undone:
            continue
        if row.undoes is not None:
            undone.add(row.undoes)
        if not (row.action == TaskAction.UNDONE and row.empty):
            standing.append(row)
    return standing


def _chosen(latest: Sequence[_Row], steps: int, message_id: int | None) -> list[_Row]:
    if message_id is not None:
        return [row for row in latest if row.message_id == message_id]
    if steps > 1:
        latest = [row for row in latest if row.action != TaskAction.UNDONE]
    messages = list(dict.fromkeys(row.message_id for row in latest))[:steps]
    return [row for row in latest if row.message_id in messages]


def _fields(change: TaskChange) -> dict[str, Any]:
    """What a change has to set so that it is as if it had not been."""
    if change.before is None:
        return {"deleted_at": utcnow().isoformat()}
    after = change.after or {}
    return {
        name: change.before.get(name) for name in KEPT if change.before.get(name) != after.get(name)
    }


async def _changed_since(
    session: Session, cause: Cause, change: TaskChange, task: Task, fields: dict[str, Any]
) -> str | None:
    """Who changed the same thing since, so that undoing would overwrite it; None when nobody did.

    Taking a new task back would overwrite whatever somebody else did to it.
    """
    now, after = tasks.kept(task), change.after or {}
    if change.action == TaskAction.FOLLOWED and now != after:
        others = await _others_since(session, cause, change)
        return others[0] if others else ""
    if all(now[name] == after.get(name) for name in fields) and not await _has_other(
        session, task, fields
    ):
        if change.before is not None:
            return None
        others = await _others_since(session, cause, change)
        return others[0] if others else None
    others = await _others_since(session, cause, change)
    return others[0] if others else ""


async def _has_other(session: Session, task: Task, fields: dict[str, Any]) -> bool:
    """Whether a task that is to come back has been followed by another in its stead."""
    if "deleted_at" not in fields or fields["deleted_at"] or task.previous_id is None:
        return False
    other = await session.scalar(
        select(Task.id).where(
            Task.previous_id == task.previous_id,
            Task.id != task.id,
            col(Task.deleted_at).is_(None),
        )
    )
    return other is not None


async def _others_since(session: Session, cause: Cause, change: TaskChange) -> list[str]:
    """The names of those who changed the task since, the latest first."""
    query = (
        select(TaskChange)
        .where(
            TaskChange.task_id == change.task_id,
            col(TaskChange.id) > change.id,
            TaskChange.user_id != cause.user_id,
        )
        .order_by(col(TaskChange.id).desc())
        .limit(1)
    )
    rows = list((await session.exec(query)).all())
    names = await _names(session, rows)
    return [names.get(row.user_id) or "somebody" for row in rows]


def _values(fields: dict[str, Any]) -> dict[str, Any]:
    """What a change has kept, as the fields of a task again."""
    moments = ("completed_at", "due_at", "deleted_at", "declined_at", "recurs_on")
    return {
        name: datetime.fromisoformat(value) if name in moments and value else value
        for name, value in fields.items()
    }


def _tells(row: Told) -> bool:
    return not (row.action == TaskAction.UNDONE and row.before == row.after)


def _gives(row: TaskChange, user_id: str) -> bool:
    before, after = row.before or {}, row.after or {}
    return after.get("assignee_id") == user_id != before.get("assignee_id")


def _change(row: Told, number: int, names: Mapping[str, str]) -> Change:
    return Change(
        TaskAction(row.action),
        row.task_id,
        number,
        row.step,
        row.position,
        row.before,
        row.after,
        names,
    )


async def _names(session: Session, rows: Sequence[TaskChange]) -> dict[str, str]:
    """The names of those who made changes and of those to whom tasks were given."""
    return await people.names(session, {*_given(rows), *(row.user_id for row in rows)})


def _given(rows: Sequence[Told]) -> set[str]:
    """Those to whom tasks were given, before or after."""
    kept = [fields or {} for row in rows for fields in (row.before, row.after)]
    return {fields["assignee_id"] for fields in kept if fields.get("assignee_id")}


def _numbered(user_id: str) -> Any:
    # Not `mine`: what was declined just now is told all the same.
    return (NUMBERS_HERE.task_id == col(Task.id)) & (NUMBERS_HERE.user_id == user_id)
