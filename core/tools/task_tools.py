"""The tools for tasks. Their docstrings and annotations are what a model reads of them."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from core.errors import Refused
from core.people import zones
from core.reminders import schedule
from core.tasks import naming, receipts, showing, windows
from core.tasks.naming import BATCH_LIMIT, Name, Names
from core.tasks.showing import PRIORITIES
from core.tools import confirming
from core.tools.batch import each_found, one_by_one
from core.tools.hear_again import hear_again
from core.understanding import when
from core.understanding.when import Every, When
from core.work import Result, Work
from db import history, people
from db import tasks as kept
from db.models import DESCRIPTION_LIMIT, TITLE_LIMIT, Task
from db.tasks import Numbered, Occurrence, State

PAGE = 25  # tasks in one answer
NONE = "none"
LABEL_LIMIT, LABELS_LIMIT = 40, 10  # characters of one, labels of a task
UNDO_LIMIT = 20  # messages whose changes are undone at once

# Lengths are told to the model here and checked item by item, so that one does not fail the rest.
Title = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": TITLE_LIMIT})]
Description = Annotated[str, Field(json_schema_extra={"maxLength": DESCRIPTION_LIMIT})]
Due = Annotated[
    str,
    Field(
        max_length=100,
        description="When it is due, in the person's own words put into English"
        " ('friday 5pm', 'in two weeks'), or ISO. Never compute a date.",
    ),
]
Repeat = Annotated[
    str,
    Field(max_length=100, description="How it comes again, in English: 'every friday at 9'"),
]
Assignee = Annotated[
    str, Field(max_length=200, description="'@ana', as mentioned in the message; 'me'")
]
Priority = Literal["urgent", "high", "normal", "low"]
Labels = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LABEL_LIMIT)]],
    Field(max_length=LABELS_LIMIT),
]


class NewTask(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: Title
    description: Description = ""
    due: Due = ""
    repeat: Repeat = ""
    priority: Priority = "normal"
    labels: Labels = []
    assignee: Assignee = ""
    part_of: Annotated[str, Field(description="The task of which it is a part, if any")] = ""


class TaskEdit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    task: Annotated[str, Field(min_length=1, description="As in complete_tasks, for one or many")]
    title: Title | None = None
    description: Annotated[str | None, Field(description="'none' clears it")] = None
    note: Annotated[str | None, Field(description="A line to add to the description")] = None
    due: Annotated[
        str | None,
        Field(
            description="As in add_tasks; 'a week later' counts from its due date; 'none' clears "
            "it. Of a repeating task only this one moves"
        ),
    ] = None
    repeat: Annotated[
        str | None,
        Field(description="As in add_tasks, from now on; 'skip' leaves this one out; 'none' ends"),
    ] = None
    priority: Priority | None = None
    add_labels: Labels = []
    remove_labels: Labels = []
    assignee: Annotated[str | None, Field(description="As in add_tasks; 'none' takes it back")] = (
        None
    )
    part_of: Annotated[str | None, Field(description="As in add_tasks; 'none' frees it")] = None


async def add_tasks(
    work: Work,
    tasks: Annotated[list[NewTask], Field(min_length=1, max_length=BATCH_LIMIT)],
) -> Result:
    """Add tasks to the person's list, in the order they were said. Titles are short and without
    the date; what else they said about it goes into the description."""

    async def add(new: NewTask) -> str:
        whole = await _whole(work, new.part_of) if new.part_of else None
        fields = _dated(work, new.due, new.repeat)
        if whole and fields.get("recurrence"):
            raise Refused("A part of a task does not repeat by itself; the whole does.")
        assignee = naming.person(work, new.assignee) if new.assignee else None
        if whole and not new.assignee:
            assignee = whole.task.assignee_id  # who does the whole does its parts
        added = await kept.add(
            work.session,
            work.cause,
            title=_title(new.title),
            description=_description(new.description),
            priority=PRIORITIES[new.priority],
            labels=[_label(label) for label in new.labels],
            link=work.link,
            assignee_id=assignee,
            parent_id=whole.task.id if whole else None,
            **fields,
        )
        if assignee and new.assignee:
            await schedule.assigned(work, added.task)
        return f"Added {await showing.line(work, added)}."

    return await one_by_one(work, tasks, add)


async def find_tasks(
    work: Work,
    text: Annotated[str, "Words that the title or description must have"] = "",
    due: Annotated[
        str,
        "'overdue', 'today', 'tomorrow', 'this week', 'next month', 'in may', or a date in words",
    ] = "",
    state: Annotated[Literal["open", "done", "all"], "Which ones; open unless asked"] = "open",
    done: Annotated[str, "Done when: 'today', 'yesterday', 'this week', 'since monday'"] = "",
    priority: Priority | None = None,
    label: str = "",
    assignee: Annotated[
        str, "'@ana'; 'me' for one's own to do; 'given' to one by others; 'others'"
    ] = "",
    repeating: Annotated[bool, "Only those that repeat"] = False,
    page: Annotated[int, Field(ge=1, le=1000)] = 1,
) -> Result:
    """List or search the person's tasks. In a channel it shows only those made there."""
    window, finished = windows.due(work, due), windows.done(work, done)
    state = "done" if done else state
    found, total = await kept.find(
        work.session,
        work.me,
        words=text,
        state=state,
        due_from=window.start,
        due_before=window.end,
        dates=window.dates,
        priority=PRIORITIES[priority] if priority else None,
        label=_label(label) if label else "",
        assignee=_whose(work, assignee) if assignee else None,
        done_since=finished.start,
        done_before=finished.end,
        repeating=repeating,
        among=work.shown_to,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )
    asked = _asked(total, text, due, state, done, priority, label, assignee, repeating)
    if not found and text and page == 1:
        close = await naming.close(work, text, state)
        if close:
            said = "\n".join(f"- {each}" for each in await showing.lines(work, close))
            return Result(f"No {asked}. Close to it:\n{said}")
    if not found:
        return Result(
            f"No {asked}." if total == 0 else f"There is no page {page}: {total} {asked}."
        )
    head = f"{total} {asked}" + ("" if total <= PAGE else f", page {page} of {-(-total // PAGE)}")
    lines = await showing.lines(work, found)
    return Result("\n".join([f"{head}:", *(f"- {each}" for each in lines)]))


async def show_task(work: Work, task: Name) -> Result:
    """All there is to one task: its description, parts, where it came from, and what happened to it
    (who added, changed or finished it, and when)."""
    found = await naming.one(work, task, "all")
    said = [await showing.line(work, found)]
    if found.task.description:
        said.append(found.task.description)
    parts = await _parts(work, found, "all")
    if parts:
        said.append("Parts:")
        said.extend(f"- {each}" for each in await showing.lines(work, parts))
    if found.task.link:
        said.append(f"From {found.task.link}")
    said.append("What happened:")
    events = await history.of_task(work.session, work.me, found.task, found.number)
    said.extend(f"- {receipts.told(event, work.now, work.zone)}" for event in events)
    return Result("\n".join(said))


async def update_tasks(
    work: Work,
    changes: Annotated[list[TaskEdit], Field(min_length=1, max_length=BATCH_LIMIT)],
) -> Result:
    """Change tasks, or give them to somebody. Only what is given is changed."""
    changes = [_without_blanks(edit) for edit in changes]
    if any(edit.assignee is not None for edit in changes) and not work.confirmed:
        exact, failures = await _exactly(work, changes)
        found = [each for edit, each in exact if edit.assignee is not None]
        found += [part for each in found for part in await _parts(work, each, "open")]
        found = list({each.number: each for each in found}.values())
        if await confirming.is_large(work, len(found)):
            arguments = {"changes": [edit.model_dump(exclude_unset=True) for edit, _ in exact]}
            said = f"gives away {len(found)} task{'' if len(found) == 1 else 's'}"
            return await confirming.ask(work, "update_tasks", arguments, said, found, failures)

    async def change(edit: TaskEdit, found: Numbered) -> str:
        fields = await _fields(work, edit, found)
        given = edit.assignee is not None and await _assign(work, edit.assignee, found)
        if not fields and edit.assignee is None:
            raise Refused(
                f"What is to change about #{found.number}? Give title, description, due, repeat, "
                "priority, labels or assignee."
            )
        changed = bool(fields) and await kept.update(work.session, work.cause, found.task, **fields)
        said = await showing.line(work, found)
        return f"Changed: {said}." if changed or given else f"{said} is so already."

    return await each_found(work, changes, lambda edit: edit.task, "open", change)


async def complete_tasks(work: Work, tasks: Names) -> Result:
    """Mark tasks as done. Of a repeating one the next is made."""

    async def complete(_: str, found: Numbered) -> str:
        if found.task.completed:
            return f"#{found.number} {found.task.title} is done already."
        await kept.complete(work.session, work.cause, found.task, work.now)
        for part in await _parts(work, found, "open"):
            await kept.complete(work.session, work.cause, part.task, work.now)
        await schedule.completed(work, found.task)
        following = await _follow(work, found.task)
        again = f" The next: {await showing.line(work, following)}." if following else ""
        return f"Done: #{found.number} {found.task.title}.{again}"

    return await each_found(work, tasks, str, "open", complete)


async def reopen_tasks(work: Work, tasks: Names) -> Result:
    """Put done tasks back on the list."""

    async def reopen(_: str, found: Numbered) -> str:
        if not found.task.completed:
            return f"#{found.number} {found.task.title} is open already."
        together = found.task.completed_at
        for part in await _parts(work, found, "done"):
            if part.task.completed_at == together:
                await kept.reopen(work.session, work.cause, part.task)
        await kept.reopen(work.session, work.cause, found.task)
        following = await kept.next_of(work.session, work.me, found.task)
        if following:
            those = [following, *await _parts(work, following, "all")]
            if all([await _is_as_made(work, each) for each in those]):
                for each in those:
                    await kept.delete(work.session, work.cause, each.task)
        return f"Reopened #{found.number} {found.task.title}."

    return await each_found(work, tasks, str, "done", reopen)


async def delete_tasks(work: Work, tasks: Names) -> Result:
    """Delete tasks that were a mistake or are no longer wanted. What was done is completed, not
    deleted. More than three in one turn have to be confirmed: code asks the person."""

    async def found_of(name: str) -> list[Numbered]:
        found = await naming.those(work, name, "all", sure=not work.confirmed)
        if naming.is_everything(name):
            found = [each for each in found if each.task.user_id == work.me]
        for each in found:
            if each.task.user_id != work.me:
                raise Refused(f"#{each.number} is somebody else's; only its owner deletes it.")
        if work.confirmed:
            return found  # exactly what was asked about
        parts = [part for each in found for part in await _parts(work, each, "all")]
        return [*found, *(part for part in parts if part.task.user_id == work.me)]

    async def delete(_: str, found: Numbered) -> str:
        if found.task.deleted_at is None:
            await kept.delete(work.session, work.cause, found.task)
        return f"Deleted #{found.number} {found.task.title}."

    if not work.confirmed:
        found: list[Numbered] = []
        failures: list[str] = []
        for name in tasks:
            try:
                found.extend(await found_of(name))
            except Refused as refused:
                failures.append(str(refused))
        found = list({each.number: each for each in found}.values())
        clears = len(found) > 1 and any(map(naming.is_everything, tasks))
        if clears or await confirming.is_large(work, len(found)):
            arguments = {"tasks": [f"#{each.number}" for each in found]}
            said = f"deletes {len(found)} task{'' if len(found) == 1 else 's'}"
            return await confirming.ask(work, "delete_tasks", arguments, said, found, failures)
    return await each_found(work, tasks, str, "all", delete, found_of)


async def undo_changes(work: Work, steps: Annotated[int, Field(ge=1, le=UNDO_LIMIT)] = 1) -> Result:
    """Take back what the person changed last in this conversation: all that one message did, or the
    last few messages. Undoing twice does it again."""
    undone = await history.undo(work.session, work.cause, steps=steps)
    if not undone:
        raise Refused("There is nothing to undo here.")
    return _undone(undone)


# ── what people press ────────────────────────────────────────────────────────────────────────


async def undo_step(work: Work, message: int) -> Result:
    """Takes back what one message did, once."""
    undone = await history.undo(work.session, work.cause, message_id=message)
    if not undone:
        raise Refused("There is nothing of yours to undo there, or it is undone already.")
    return _undone(undone)


async def decline_tasks(work: Work, tasks: Names) -> Result:
    """Say that tasks which somebody gave to the person are not theirs; their owner is told."""

    async def decline(_: str, found: Numbered) -> str:
        if found.task.user_id == work.me or found.task.assignee_id != work.me:
            raise Refused(f"#{found.number} is not given to you by somebody.")
        await kept.decline(work.session, work.cause, found.task)
        await schedule.declined(work, found.task)
        return f"#{found.number} {found.task.title} is not yours."

    return await each_found(work, tasks, str, "all", decline)


async def confirm(work: Work, confirmation: int) -> Result:
    """Does what was asked about, now that the person has said yes."""
    return await confirming.confirm(work, confirmation, CONFIRMED)


async def leave(work: Work, confirmation: int) -> Result:
    """Leaves what was asked about as it is."""
    return await confirming.leave(work, confirmation)


TASK_TOOLS = (
    add_tasks,
    find_tasks,
    show_task,
    update_tasks,
    complete_tasks,
    reopen_tasks,
    delete_tasks,
    decline_tasks,
    undo_changes,
)
PRESSED = (undo_step, confirm, leave)
# What may wait for a yes, and how its arguments are read again.
CONFIRMED: dict[str, Callable[[Work, dict[str, Any]], Awaitable[Result]]] = {
    "delete_tasks": lambda work, asked: delete_tasks(work, asked["tasks"]),
    "update_tasks": lambda work, asked: update_tasks(
        work, [TaskEdit.model_validate(each) for each in asked["changes"]]
    ),
    "undo_step": lambda work, asked: undo_step(work, asked["message"]),
    "hear_again": lambda work, asked: hear_again(work, **asked),
}


# ── what is asked about ──────────────────────────────────────────────────────────────────────


async def _exactly(
    work: Work, changes: Sequence[TaskEdit]
) -> tuple[list[tuple[TaskEdit, Numbered]], list[str]]:
    """Edits as they are to be asked about: each of one task, by number, its date worked out; and
    what could not be found."""
    exact: list[tuple[TaskEdit, Numbered]] = []
    failures: list[str] = []
    for edit in changes:
        try:
            for found in await naming.those(work, edit.task, "open"):
                fixed = {"task": f"#{found.number}"}
                if edit.due and not _clears(edit.due) and not _every_or_none(work, edit.due):
                    due = _new_due(work, found, edit.due)
                    said = "%Y-%m-%d %H:%M+00:00" if due.has_time else "%Y-%m-%d"
                    fixed["due"] = f"{due.at:{said}}"
                exact.append((edit.model_copy(update=fixed), found))
        except Refused as refused:
            failures.append(str(refused))
    return exact, failures


async def _parts(work: Work, whole: Numbered, state: State) -> list[Numbered]:
    """The parts of a task that may be shown and touched here."""
    return await kept.parts(work.session, work.me, whole.task, state=state, among=work.shown_to)


async def _is_as_made(work: Work, found: Numbered) -> bool:
    """Whether an occurrence that completing has made is still as it was made."""
    return (
        found.task.previous_id is not None
        and not found.task.completed
        and await kept.is_untouched(work.session, found.task)
    )


# ── what is said of a task ───────────────────────────────────────────────────────────────────


def _title(words: str) -> str:
    title = " ".join(words.split())
    if not title:
        raise Refused("A task needs a title.")
    if len(title) > TITLE_LIMIT:
        raise Refused(
            f"A title has at most {TITLE_LIMIT} characters, “{title[:40]}…” has {len(title)}. "
            "A shorter title, please; the rest can go into the description."
        )
    return title


def _description(words: str) -> str:
    if len(words) > DESCRIPTION_LIMIT:
        raise Refused(
            f"A description has at most {DESCRIPTION_LIMIT} characters, this one has {len(words)}."
        )
    return words


def _label(word: str) -> str:
    """A label as it is kept: lower case, without its #."""
    label = word.strip().lstrip("#").lower()
    if not re.fullmatch(r"[\w-]+", label):
        raise Refused(f"A label is one word, like #home; “{word}” is none.")
    return label


def _clears(word: str) -> bool:
    return word.strip().lower() == NONE


def _without_blanks(edit: TaskEdit) -> TaskEdit:
    """An edit in which what is blank was not said: models fill in what they leave out."""
    blank = {name for name in edit.model_fields_set if getattr(edit, name) == ""}
    return edit.model_copy(update=dict.fromkeys(blank))


async def _fields(work: Work, edit: TaskEdit, found: Numbered) -> dict[str, Any]:
    """The fields of a task that an edit sets."""
    fields: dict[str, Any] = {}
    task = found.task
    if edit.title is not None:
        fields["title"] = _title(edit.title)
    if edit.description is not None:
        fields["description"] = "" if _clears(edit.description) else _description(edit.description)
    if edit.note is not None and edit.note.strip():
        before = fields.get("description", task.description)
        fields["description"] = _description("\n".join(filter(None, [before, edit.note.strip()])))
    fields.update(await _redated(work, edit, found))
    if edit.priority is not None:
        fields["priority"] = PRIORITIES[edit.priority]
    if edit.add_labels or edit.remove_labels:
        removed = {_label(label) for label in edit.remove_labels}
        added = {_label(label) for label in edit.add_labels}
        fields["labels"] = sorted({*task.labels, *added} - removed)
    if edit.part_of is not None:
        whole = None if _clears(edit.part_of) else await _whole(work, edit.part_of, found)
        fields["parent_id"] = whole.task.id if whole else None
    return fields


def _dated(work: Work, due: str, repeat: str) -> dict[str, Any]:
    """When a task is due, and how it comes again."""
    every = _every(work, repeat) if repeat else _every_or_none(work, due)
    if every is None:
        return _on(windows.date_of(work, due)) if due else {}
    if repeat and due and not _every_or_none(work, due):
        return _repeating(work, every, windows.date_of(work, due))
    return _repeating(work, every, None)


async def _redated(work: Work, edit: TaskEdit, found: Numbered) -> dict[str, Any]:
    """When it is due from now on: this one alone, or by another rule."""
    if edit.repeat is not None and edit.repeat.strip().lower() == "skip":
        return await _skipped(work, found)
    ends = {"recurrence": None, "recurs_on": None}
    if edit.repeat is not None and not _clears(edit.repeat):
        return _repeated(work, found, _every(work, edit.repeat), edit.due)
    if edit.due is not None and _clears(edit.due):
        return {**_on(None), **ends}
    fields = ends if edit.repeat is not None else {}
    if edit.due is None:
        return fields
    every = _every_or_none(work, edit.due)
    if every:
        return _repeated(work, found, every, None)
    return {**fields, **_on(_new_due(work, found, edit.due))}


def _repeated(work: Work, found: Numbered, every: Every, due: str | None) -> dict[str, Any]:
    """Another rule for a task. A day that the rule leaves open ("every month"), and a time, are
    those that it is due on already."""
    task = found.task
    if task.parent_id is not None:
        raise Refused("A part of a task does not repeat by itself; the whole does.")
    if task.user_id != work.me:
        raise Refused(f"#{found.number} repeats on its owner's clock; only its owner changes that.")
    if due and not _clears(due):
        return _repeating(work, every, windows.date_of(work, due))
    if task.due_at is None:
        return _repeating(work, every, None)
    local = task.due_at.astimezone(work.zone if task.due_has_time else UTC).replace(tzinfo=None)
    today = work.now.astimezone(work.zone).replace(tzinfo=None)
    on = every.on
    if local >= today or (not task.due_has_time and local.date() >= today.date()):
        anchored = when.anchored(every, local)
        every, on = (anchored, anchored.on) if anchored else (every, on)
    if task.due_has_time and not when.has_time(on):
        on = datetime.combine(on.date(), local.time())
    if when.has_time(on) and on <= today:
        following = when.following(every.rule, on, work.now, work.zone)
        on = following[1] if following else on
    due_at = when.on_clock(on, when.has_time(on), work.zone)
    return {**_on(due_at), "recurrence": every.rule, "recurs_on": on}


def _on(due: When | None) -> dict[str, Any]:
    return {"due_at": due.at if due else None, "due_has_time": due.has_time if due else False}


def _repeating(work: Work, every: Every, first: When | None) -> dict[str, Any]:
    """What comes again, from its first occurrence on, or from another day."""
    on = every.on
    if first is not None:
        on = first.at.astimezone(work.zone if first.has_time else UTC).replace(tzinfo=None)
        if not first.has_time:
            on = datetime.combine(on.date(), every.on.time())
    due = when.on_clock(on, when.has_time(on), work.zone)
    return {**_on(due), "recurrence": every.rule, "recurs_on": on}


def _every(work: Work, words: str) -> Every:
    every = _every_or_none(work, words)
    if every is None:
        raise Refused(
            f"I am not sure how “{words}” repeats. Say it like “every friday at 9”, “every 2 "
            "weeks” or “every month on the 5th”."
        )
    return every


def _every_or_none(work: Work, words: str) -> Every | None:
    return when.repeats(words, work.now, work.zone, locale=work.locale) if words else None


async def _skipped(work: Work, found: Numbered) -> dict[str, Any]:
    following = _following(work, found.task, await _owners_zone(work, found.task))
    if found.task.recurrence is None:
        raise Refused(f"#{found.number} does not repeat, so there is nothing to skip.")
    if following is None:
        raise Refused(f"This is the last one of #{found.number}. Complete or delete it.")
    return {
        "due_at": following.due_at,
        "due_has_time": following.due_has_time,
        "recurs_on": following.recurs_on,
        "recurrence": following.recurrence,
    }


def _following(work: Work, task: Task, zone: ZoneInfo) -> Occurrence | None:
    """The occurrence after a task's own; None after the last, and of what does not repeat."""
    if task.recurrence is None or task.recurs_on is None:
        return None
    found = when.following(task.recurrence, task.recurs_on, work.now, zone)
    if found is None:
        return None
    due, on, left = found
    return Occurrence(due.at, due.has_time, on, left)


async def _follow(work: Work, task: Task) -> Numbered | None:
    """Makes the next one of a task that comes again, on its owner's clock."""
    following = _following(work, task, await _owners_zone(work, task))
    return await kept.follow(work.session, work.cause, task, following) if following else None


async def _owners_zone(work: Work, task: Task) -> ZoneInfo:
    """What comes again does so on its owner's clock, whoever completes it."""
    if task.user_id == work.me:
        return work.zone
    return zones.zone_of(await people.get(work.session, task.user_id))


def _new_due(work: Work, found: Numbered, words: str) -> When:
    """A date in words, or a length of time after the one that it has: "a week later". A day alone
    leaves the time as it is, a time alone the day."""
    said = words.strip().lower()
    task = found.task
    if not said.endswith(" later"):
        due = windows.date_of(work, words)
        if task.due_at is None:
            return due
        return when.beside(words, due, When(task.due_at, task.due_has_time), work.now, work.zone)
    later = when.later(
        said.removesuffix(" later"),
        When(task.due_at, task.due_has_time) if task.due_at else None,
        work.zone,
    )
    if later is None:
        raise Refused(
            f"#{found.number} has no date to count from, or “{words}” is no length of time."
        )
    return later


async def _whole(work: Work, name: str, part: Numbered | None = None) -> Numbered:
    """The task of which another is to be a part."""
    whole = await naming.one(work, name, "open")
    if part and part.task.user_id != work.me:
        raise Refused(f"#{part.number} is somebody else's; only its owner says what it belongs to.")
    if part and part.task.recurrence:
        raise Refused(f"#{part.number} repeats by itself, so it cannot be a part.")
    if whole.task.parent_id is not None:
        raise Refused(f"#{whole.number} is a part itself; parts have no parts.")
    if part and (
        part.task.id == whole.task.id
        or await kept.parts(work.session, work.me, part.task, state="all")
    ):
        raise Refused(f"#{part.number} has parts itself, so it cannot be one.")
    if whole.task.user_id != work.me:
        raise Refused(f"#{whole.number} is somebody else's; add a note to it instead.")
    return whole


# ── people ───────────────────────────────────────────────────────────────────────────────────


def _whose(work: Work, words: str) -> str:
    said = words.strip().lower()
    return said if said in ("me", "given", "others") else naming.person(work, words) or "me"


async def _assign(work: Work, words: str, found: Numbered) -> bool:
    """Gives a task to somebody; False when it was so already."""
    if found.task.user_id != work.me:
        raise Refused(f"#{found.number} is somebody else's; only its owner gives it away.")
    person = None if _clears(words) else naming.person(work, words)
    given = await kept.assign(work.session, work.cause, found.task, person)
    for part in await _parts(work, found, "open"):
        await kept.assign(work.session, work.cause, part.task, person)
    if given and person:
        await schedule.assigned(work, found.task)
    return given


# ── what is said of it ───────────────────────────────────────────────────────────────────────


def _undone(undone: Sequence[history.Undone]) -> Result:
    left = tuple(
        f"#{each.number} {each.title} was changed since{f' by {each.by}' if each.by else ''}, so "
        "it stays as it is."
        for each in undone
        if not each.taken_back
    )
    names = ", ".join(
        dict.fromkeys(f"#{each.number} {each.title}" for each in undone if each.taken_back)
    )
    return Result("\n".join([*([f"Undone: {names}."] if names else []), *left]), left)


def _asked(
    count: int,
    text: str,
    due: str,
    state: State,
    done: str,
    priority: str | None,
    label: str,
    assignee: str,
    repeating: bool,
) -> str:
    """The filter that was applied, said back: "open tasks with “milk”, due today"."""
    overdue = due.strip().lower() == "overdue"
    asked = {"open": "open task", "done": "done task", "all": "task"}[state]
    asked = "task" if done else "overdue task" if overdue and state == "open" else asked
    asked = f"{priority} {asked}" if priority else asked
    asked += "" if count == 1 else "s"
    if repeating:
        asked += " that repeat" + ("s" if count == 1 else "")
    if label:
        asked += f" labelled #{_label(label)}"
    if text:
        asked += f" with “{text}”"
    if assignee:
        whose = {"me": "for you to do", "given": "given to you", "others": "given to others"}
        asked += f" {whose.get(assignee.strip().lower(), f'for {assignee.strip()}')}"
    if done:
        asked += f" done {done.strip()}"
    if due and not (overdue and state == "open"):
        asked += ", overdue" if overdue else f", due {due.strip()}"
    return asked
