"""The tasks: every change writes what it changed in the same transaction, for receipts and undo
(db/history.py)."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import psycopg
from sqlalchemy import ColumnElement, TextClause, and_, func, or_, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import col, select

from db.database import as_the_engine
from db.errors import NotThere
from db.models import NUMBERS_HERE, SEARCH, Conversation, Task, TaskChange, utcnow
from db.session import Rows, Session
from db.states import TaskAction

State = Literal["open", "done", "all"]
# Whose a task is to do: "me": one's own; "given": one's own, by somebody else; "others": somebody
# else's; or a user's id.
Whose = str
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
    "recurs_on",
    "assignee_id",
    "declined_at",
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
class Window:
    """A span of time, given twice: as moments (`start` inclusive, `end` exclusive) for what has a
    time of day, and as dates (`first` and `last` of them) for what is due on a date. None is open.
    `said`: the words for it. `undated`: what has no date at all."""

    start: datetime | None = None
    end: datetime | None = None
    first: date | None = None
    last: date | None = None
    said: str = ""
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tasks are looked for; `whose_said` are the words for whose they are to do."""

    words: str = ""
    state: State = "open"
    due: Window = Window()
    done: Window = Window()
    priority: int | None = None
    label: str = ""
    whose: Whose | None = None
    whose_said: str = ""
    repeating: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The next one of a task that comes again: when it is due, which occurrence of the rule it is,
    and what is left of the rule from there on."""

    due_at: datetime
    due_has_time: bool
    recurs_on: datetime
    recurrence: str


async def add(
    session: Session,
    cause: Cause,
    *,
    title: str,
    link: str | None = None,
    labels: Sequence[str] = (),
    **fields: Any,
) -> Numbered:
    """A new task of the acting person's, under their next number; `fields` as in Task."""
    task = Task(
        user_id=cause.user_id,
        title=title,
        labels=sorted(set(labels)),
        conversation_id=cause.conversation_id,
        message_id=cause.message_id,
        link=link,
        **fields,
    )
    return await _insert(session, cause, task, TaskAction.ADDED)


async def follow(
    session: Session, cause: Cause, task: Task, occurrence: Occurrence
) -> Numbered | None:
    """The next one of a task that comes again, with its parts; None when there is one already."""
    following = Task(
        **_lasting(task),
        due_at=occurrence.due_at,
        due_has_time=occurrence.due_has_time,
        recurs_on=occurrence.recurs_on,
        recurrence=occurrence.recurrence,
        previous_id=task.id,
        parent_id=task.parent_id,
        message_id=cause.message_id,
    )
    made = await _insert_once(session, cause, following)
    if made is None:
        return None
    for part in await parts(session, cause.user_id, task, state="all"):
        again = Task(
            **_lasting(part.task),
            previous_id=part.task.id,
            parent_id=made.task.id,
            message_id=cause.message_id,
        )
        await _insert_once(session, cause, again)
    return made


def _lasting(task: Task) -> dict[str, Any]:
    """What the next one of a task has of it. What its assignee has declined is its owner's."""
    fields = {name: getattr(task, name) for name in LASTING}
    return {**fields, "assignee_id": None if task.declined_at else task.assignee_id}


async def _insert_once(session: Session, cause: Cause, task: Task) -> Numbered | None:
    """The follower of a task; None when there is one already, to be seen from here or not."""
    try:
        async with session.nested():
            return await _insert(session, cause, task, TaskAction.FOLLOWED)
    except (IntegrityError, psycopg.errors.UniqueViolation):
        return None


# What the next one of a task has of the one before.
LASTING = (
    "user_id", "title", "description", "priority", "labels", "assignee_id", "conversation_id",
    "link",
)  # fmt: skip


async def parts(
    session: Session,
    user_id: str,
    whole: Task,
    *,
    state: State = "open",
    among: Conversation | None = None,
) -> list[Numbered]:
    """The parts of a task, by number; at most PARTS. `among`: see `find`."""
    wanted: list[Any] = [Task.parent_id == whole.id, *_in_state(state), *_belongs(among)]
    return await _select(session, user_id, wanted, limit=PARTS, lock=True)


PARTS = 50


INSERTED = tuple(name for name in Task.model_fields if name != "id")
INSERT = text(f"""
insert into tasks ({", ".join(INSERTED)}) values ({", ".join(f":{name}" for name in INSERTED)})
returning id
""")


async def _insert(session: Session, cause: Cause, task: Task, action: TaskAction) -> Numbered:
    fields = {name: getattr(task, name) for name in INSERTED}
    task.id = (await session.execute(INSERT, fields)).scalar_one()
    make_transient_to_detached(task)
    session.add(task)  # as if it had been read
    recorded = await record(session, cause, task, action, None, query=RECORD_NEW)
    return Numbered(recorded.scalar_one(), task)


async def update(session: Session, cause: Cause, task: Task, **fields: Any) -> bool:
    """Sets fields of a task; False, and no change recorded, when they were so already."""
    if all(getattr(task, name) == value for name, value in fields.items()):
        return False
    await change(session, cause, task, TaskAction.UPDATED, fields)
    return True


async def assign(session: Session, cause: Cause, task: Task, user_id: str | None) -> bool:
    """Gives a task to somebody, or to nobody; False when it was so already."""
    if task.assignee_id == user_id and task.declined_at is None:
        return False
    fields = {"assignee_id": user_id, "declined_at": None}
    await change(session, cause, task, TaskAction.ASSIGNED, fields)
    return True


async def decline(session: Session, cause: Cause, task: Task) -> None:
    """Its assignee says that it is not theirs: they no longer see it, its owner decides."""
    await change(session, cause, task, TaskAction.DECLINED, {"declined_at": utcnow()})


def doer(task: Task) -> str:
    """Who is to do a task: its assignee, unless they have declined it; else its owner."""
    return task.user_id if task.assignee_id is None or task.declined_at else task.assignee_id


async def is_untouched(session: Session, task: Task) -> bool:
    """Whether nothing has happened to a task since it was made."""
    query = select(func.count()).select_from(TaskChange).where(TaskChange.task_id == task.id)
    return (await session.exec(query)).one() == 1


async def next_of(session: Session, user_id: str, task: Task) -> Numbered | None:
    """The occurrence that followed a task, as long as it is there."""
    found = await _select(session, user_id, [Task.previous_id == task.id], limit=1, lock=True)
    return found[0] if found else None


async def complete(session: Session, cause: Cause, task: Task, at: datetime) -> None:
    await change(
        session, cause, task, TaskAction.COMPLETED, {"completed": True, "completed_at": at}
    )


async def reopen(session: Session, cause: Cause, task: Task) -> None:
    await change(
        session, cause, task, TaskAction.REOPENED, {"completed": False, "completed_at": None}
    )


async def delete(session: Session, cause: Cause, task: Task) -> None:
    """Takes a task out of sight; the row stays, so that it can come back."""
    await change(session, cause, task, TaskAction.DELETED, {"deleted_at": utcnow()})


async def numbered(
    session: Session, user_id: str, number: int, *, among: Conversation | None
) -> Numbered:
    """The person's task of that number; raises NotThere. `among`: see `find`."""
    found = await _select(
        session, user_id, [NUMBERS_HERE.number == number, *_belongs(among)], limit=1, lock=True
    )
    if not found:
        raise NotThere(f"#{number}")
    return found[0]


async def of_id(session: Session, user_id: str, task_id: int) -> Numbered | None:
    """A task of the person's; None when it is gone, or none of theirs."""
    found = await _select(session, user_id, [Task.id == task_id], limit=1)
    return found[0] if found else None


async def belongs(session: Session, task: Task, place: Conversation) -> bool:
    """Whether a task was made in the channel of a place."""
    query = select(Task.id).where(Task.id == task.id, *_belongs(place))
    return (await session.exec(query)).first() is not None


# What an act in the channel has called it: others keep what it was called in private meanwhile.
TITLES_HERE = text("""
select distinct on (c.task_id) c.task_id as id, c.after->>'title' as title
from task_changes c join messages m on m.id = c.message_id
join conversations p on p.id = m.conversation_id
where c.task_id = any(:tasks) and c.after is not null and not p.private
  and p.platform = :platform and p.workspace = :workspace and p.channel = :channel
  and c.action not in ('followed', 'undone')
  and (c.before is null or c.before->>'title' is distinct from c.after->>'title')
order by c.task_id, c.id desc
""")
# What was made of one's tasks of a channel, where: there, or elsewhere. Words only.
SAID_OF = text("""
select c.task_id, c.before->>'title' as title_before, c.after->>'title' as title,
       coalesce(c.before->>'description', '') as notes_before,
       coalesce(c.after->>'description', '') as notes,
       c.before->'labels' as labels_before, c.after->'labels' as labels,
       not p.private and p.platform = :platform and p.workspace = :workspace
           and p.channel = :channel as is_here
from task_changes c join messages m on m.id = c.message_id
join conversations p on p.id = m.conversation_id
where c.task_id = any(:tasks) and c.after is not null and c.action not in ('followed', 'undone')
  and (c.before is null or c.before->>'title' is distinct from c.after->>'title'
       or c.before->>'description' is distinct from c.after->>'description'
       or c.before->'labels' is distinct from c.after->'labels')
order by c.id desc limit :limit
""")
SAID_LIMIT = 5_000  # changes that are looked through for private words


async def titles_here(
    session: Session, task_ids: Sequence[int], place: Conversation
) -> dict[int, str]:
    """What tasks were called when they were last made or changed in the channel of a place: what
    may be said there of them. Those are missing of which that never happened there."""
    where = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
    async with as_the_engine(session):
        rows = await session.execute(TITLES_HERE, {**where, "tasks": list(task_ids)})
    return {row.id: row.title for row in rows}


async def private_words(
    session: Session, user_id: str, place: Conversation
) -> dict[str, str | None]:
    """What was said of a person's tasks elsewhere than in the channel of a place where they were
    made: titles → what each is called there; notes and labels → None."""
    mine_here = await session.execute(
        text("select task_id from numbers_here where user_id = :me"), {"me": user_id}
    )
    ids = [row.task_id for row in mine_here]
    where = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
    async with as_the_engine(session):
        found = await session.execute(SAID_OF, {**where, "tasks": ids, "limit": SAID_LIMIT})
    if all(row.is_here for row in found):
        return {}
    called = await titles_here(session, ids, place)
    public: set[str] = set()
    hidden: dict[str, str | None] = {}
    for row in found:
        words: dict[str, str | None] = {}
        if row.title != row.title_before:
            words[row.title] = called.get(row.task_id)
        told = set(row.notes_before.splitlines())
        words |= {line.strip(): None for line in row.notes.splitlines() if line not in told}
        labels = set(row.labels or ()) - set(row.labels_before or ())
        words |= {f"#{label}": None for label in labels}
        if row.is_here:
            public |= set(words)
        else:
            hidden = {**words, **hidden}
    return {words: known for words, known in hidden.items() if words and words not in public}


async def number_of(session: Session, user_id: str, task_id: int) -> int | None:
    """The number of a person's task where the session acts: their own in private, the channel's in
    front of others; None when it is none of theirs, or was not made there."""
    number: int | None = await session.scalar(
        text("select number from numbers_here where user_id = :me and task_id = :task"),
        {"me": user_id, "task": task_id},
    )
    return number


async def title_of(session: Session, task_id: int) -> str:
    """What a task is called; empty where it is not to be seen."""
    found: str | None = await session.scalar(
        text("select title from tasks where id = :id"), {"id": task_id}
    )
    return found or ""


async def numbers_of(
    session: Session, user_id: str, task_ids: Iterable[int | None]
) -> dict[int, int]:
    """The person's numbers for tasks that are there, by the tasks' ids."""
    query = (
        select(NUMBERS_HERE.task_id, NUMBERS_HERE.number)
        .join(Task, mine(user_id))
        .where(col(Task.id).in_(list(task_ids)), col(Task.deleted_at).is_(None))
    )
    return dict((await session.exec(query)).all())


async def titled(
    session: Session,
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
    session: Session, user_id: str, *, state: State, among: Conversation | None, limit: int
) -> list[tuple[int, str]]:
    """Number and title of the person's tasks, the newest first, to seek a misspelt one in."""
    query = (
        select(NUMBERS_HERE.number, Task.title)
        .join(Task, mine(user_id))
        .where(col(Task.deleted_at).is_(None), *_in_state(state), *_belongs(among))
        .order_by(NUMBERS_HERE.number.desc())
        .limit(limit)
    )
    return [(number, title) for number, title in (await session.exec(query)).all()]


async def find(
    session: Session,
    user_id: str,
    wanted: Filter,
    *,
    among: Conversation | None = None,
    limit: int = 50,
    offset: int = 0,
    lock: bool = False,
) -> tuple[list[Numbered], int]:
    """The person's tasks that fit, and how many fit in all; soonest due first, then by number.
    Done ones stand the newest first.

    With `among`, only what was made in that conversation's channel: in front of others a list
    shows what belongs there (rule 9).
    """
    conditions = [*_conditions(user_id, wanted), *_belongs(among)]
    found = await _select(
        session,
        user_id,
        conditions,
        limit=limit,
        offset=offset,
        lock=lock,
        newest_done=wanted.state == "done",
    )
    if len(found) < limit and (found or not offset):
        return found, offset + len(found)  # the last page tells how many there are
    query = select(func.count()).select_from(Task).join(NUMBERS_HERE.number.table, mine(user_id))
    total = (await session.exec(query.where(col(Task.deleted_at).is_(None), *conditions))).one()
    return found, total


async def in_order(
    session: Session,
    user_id: str,
    wanted: Filter,
    *,
    among: Conversation | None = None,
    limit: int,
) -> list[int]:
    """The numbers of the tasks that fit, in the order of `find`."""
    query = (
        select(NUMBERS_HERE.number)
        .select_from(Task)
        .join(NUMBERS_HERE.number.table, mine(user_id))
        .where(col(Task.deleted_at).is_(None), *_conditions(user_id, wanted), *_belongs(among))
        .order_by(*_order(newest_done=wanted.state == "done"))
        .limit(limit)
    )
    return list((await session.exec(query)).all())


def _order(*, newest_done: bool) -> list[Any]:
    order: list[Any] = [col(Task.due_at).asc().nulls_last(), NUMBERS_HERE.number]
    return [col(Task.completed_at).desc(), *order] if newest_done else order


def _conditions(user_id: str, wanted: Filter) -> list[ColumnElement[bool]]:
    """What a task has to be so that a filter lets it through."""
    made = _in_state(wanted.state)
    if wanted.words.strip():
        made.append(_has(wanted.words))
    if wanted.priority is not None:
        made.append(col(Task.priority) == wanted.priority)
    if wanted.label:
        made.append(col(Task.labels).contains([wanted.label]))
    if wanted.whose is not None:
        made.append(_for(user_id, wanted.whose))
    if wanted.repeating:
        made.append(col(Task.recurrence).is_not(None))
    if wanted.done.start is not None:
        made.append(col(Task.completed_at) >= wanted.done.start)
    if wanted.done.end is not None:
        made.append(col(Task.completed_at) < wanted.done.end)
    window = _due(wanted.due)
    return made if window is None else [*made, window]


async def change(
    session: Session,
    cause: Cause,
    task: Task,
    action: TaskAction,
    fields: dict[str, Any],
    undoes: int | None = None,
) -> None:
    """Sets fields of a task, and records what was changed and by what."""
    before = kept(task)
    for name, value in fields.items():
        setattr(task, name, value)
    if fields:
        task.updated_at = utcnow()
    await record(session, cause, task, action, before, undoes)


_RECORD = """
insert into task_changes (task_id, user_id, message_id, step, position, action, before, after,
                          undoes, created_at)
values (:task, :me, :message, :step, :position, :action, cast(:before as jsonb),
        cast(:after as jsonb), :undoes, :now)
"""
RECORD = text(_RECORD)
# And the number that a trigger has given.
RECORD_NEW = text(f"""
with recorded as ({_RECORD})
select number from numbers_here where user_id = :me and task_id = :task
""")


async def record(
    session: Session,
    cause: Cause,
    task: Task,
    action: TaskAction,
    before: dict[str, Any] | None,
    undoes: int | None = None,
    query: TextClause = RECORD,
) -> Rows:
    """Writes what happened to a task; what `query` gives."""
    assert task.id is not None
    after = kept(task)
    if _tells_when(before) != _tells_when(after):
        session.info.setdefault(TOUCHED, set()).add(task.id)
    return await session.execute(
        query,
        {
            "task": task.id,
            "me": cause.user_id,
            "message": cause.message_id,
            "step": cause.step,
            "position": cause.position,
            "action": action,
            "before": None if before is None else json.dumps(before),
            "after": json.dumps(after),
            "undoes": undoes,
            "now": utcnow(),
        },
    )


def _tells_when(fields: dict[str, Any] | None) -> tuple[Any, ...] | None:
    """What reminders of a task rest on; None when nobody is reminded of it at any time."""
    if fields is None or not fields["due_has_time"]:
        return None
    return tuple(fields[name] for name in RESTS_ON)


RESTS_ON = (
    "due_at", "completed", "recurrence", "recurs_on", "assignee_id", "declined_at", "deleted_at",
)  # fmt: skip
TOUCHED = "tasks whose reminders may be others now"  # in a session's info: their ids


async def touched(session: Session) -> list[Task]:
    """The tasks that were changed in the session since this was asked last, in what their reminders
    rest on, as they are now; what a savepoint has taken back is none."""
    ids = session.info.pop(TOUCHED, set())
    if not ids:
        return []
    return list((await session.exec(select(Task).where(col(Task.id).in_(ids)))).all())


def kept(task: Task) -> dict[str, Any]:
    """What a change keeps of a task, as JSON."""
    values = {name: getattr(task, name) for name in KEPT}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


async def _select(
    session: Session,
    user_id: str,
    wanted: Sequence[ColumnElement[bool] | bool],
    *,
    limit: int,
    offset: int = 0,
    lock: bool = False,
    newest_done: bool = False,
) -> list[Numbered]:
    query = (
        select(Task, NUMBERS_HERE.number)
        .join(NUMBERS_HERE.number.table, mine(user_id))
        .where(col(Task.deleted_at).is_(None), *wanted)
        .order_by(*_order(newest_done=newest_done))
        .limit(limit)
        .offset(offset)
    )
    if lock:
        query = query.with_for_update(of=Task)
    return [Numbered(number, task) for task, number in (await session.exec(query)).all()]


def mine(user_id: str) -> ColumnElement[bool]:
    """How tasks and the acting person's numbers belong together: the tasks are theirs, or assigned
    to them and not declined."""
    return and_(
        NUMBERS_HERE.task_id == col(Task.id),
        NUMBERS_HERE.user_id == user_id,
        or_(col(Task.user_id) == user_id, col(Task.declined_at).is_(None)),
    )


def _has(words: str) -> ColumnElement[bool]:
    """Each word begins a word of title or description; or they stand in the title as they are; or
    they are a label."""
    title = col(Task.title).icontains(words.strip(), autoescape=True)
    query = " & ".join(f"{word}:*" for word in re.findall(r"\w+", words))
    if not query:
        return or_(title, col(Task.description).icontains(words.strip(), autoescape=True))
    label = col(Task.labels).contains([words.strip().lower().replace(" ", "-")])
    return or_(title, label, SEARCH.bool_op("@@")(func.to_tsquery("simple", query)))


def _for(user_id: str, whose: Whose) -> ColumnElement[bool]:
    match whose:
        case "me":  # what is the person's own to do
            return or_(
                col(Task.assignee_id) == user_id,
                and_(col(Task.assignee_id).is_(None), col(Task.user_id) == user_id),
            )
        case "others":
            return and_(col(Task.assignee_id).is_not(None), col(Task.assignee_id) != user_id)
        case "given":  # to the person, by somebody
            return and_(col(Task.assignee_id) == user_id, col(Task.user_id) != user_id)
    return col(Task.assignee_id) == whose


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


def _due(window: Window) -> ColumnElement[bool] | None:
    if window.undated:
        return col(Task.due_at).is_(None)
    timed: list[ColumnElement[bool]] = [col(Task.due_has_time).is_(True)]
    dated: list[ColumnElement[bool]] = [col(Task.due_has_time).is_(False)]
    day = func.date(func.timezone("UTC", col(Task.due_at)))
    if window.start is not None:
        timed.append(col(Task.due_at) >= window.start)
    if window.end is not None:
        timed.append(col(Task.due_at) < window.end)
    if window.first is not None:
        dated.append(day >= window.first)
    if window.last is not None:
        dated.append(day <= window.last)
    if len(timed) == 1 and len(dated) == 1:
        return None
    return and_(col(Task.due_at).is_not(None), or_(and_(*timed), and_(*dated)))
