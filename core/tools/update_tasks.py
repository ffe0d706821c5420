"""The tool that changes tasks, or gives them to somebody."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.errors import Refused
from core.reminders import schedule
from core.tasks import dates, fields, naming, parts, showing
from core.tasks.fields import Labels, Priority, Title
from core.tasks.naming import BATCH_LIMIT
from core.tasks.showing import PRIORITIES
from core.tools import confirming
from core.tools.batch import each_found, each_named
from core.tools.confirming import Call
from core.work import Result, Work
from db import tasks
from db.tasks import Numbered


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


async def update_tasks(
    work: Work,
    changes: Annotated[list[TaskEdit], Field(min_length=1, max_length=BATCH_LIMIT)],
) -> Result:
    """Change tasks, or give them to somebody. Only what is given is changed."""
    changes = [_without_blanks(edit) for edit in changes]
    if not work.confirmed and any(edit.assignee is not None for edit in changes):
        exact, failures = await each_named(changes, lambda edit: _exactly(work, edit))
        given = [found for edit, found in exact if edit.assignee is not None]
        given += [part for each in given for part in await parts.of(work, each, "open")]
        arguments = {"changes": [edit.model_dump(exclude_unset=True) for edit, _ in exact]}
        asked = await confirming.if_large(
            work, given, Call("update_tasks", arguments, "gives away"), failures
        )
        if asked:
            return asked

    async def change(edit: TaskEdit, found: Numbered) -> str:
        values = await _values(work, edit, found)
        given = edit.assignee is not None and await _assign(work, edit.assignee, found)
        if not values and edit.assignee is None:
            raise Refused(
                f"What is to change about #{found.number}? Give title, description, due, repeat, "
                "priority, labels or assignee."
            )
        changed = bool(values) and await tasks.update(
            work.session, work.cause, found.task, **values
        )
        said = await showing.line(work, found)
        return f"Changed: {said}." if changed or given else f"{said} is so already."

    return await each_found(work, changes, lambda edit: edit.task, "open", change)


async def _exactly(work: Work, edit: TaskEdit) -> list[tuple[TaskEdit, Numbered]]:
    """An edit as it is to be asked about: one for each task, by number, its date worked out."""
    exact: list[tuple[TaskEdit, Numbered]] = []
    for found in await naming.those(work, edit.task, "open"):
        fixed = {"task": f"#{found.number}"}
        if edit.due and not fields.clears(edit.due) and not dates.every_or_none(work, edit.due):
            due = dates.new_due(work, found, edit.due)
            said = "%Y-%m-%d %H:%M+00:00" if due.has_time else "%Y-%m-%d"
            fixed["due"] = f"{due.at:{said}}"
        exact.append((edit.model_copy(update=fixed), found))
    return exact


def _without_blanks(edit: TaskEdit) -> TaskEdit:
    """An edit in which what is blank was not said: models fill in what they leave out."""
    blank = {name for name in edit.model_fields_set if getattr(edit, name) == ""}
    return edit.model_copy(update=dict.fromkeys(blank))


async def _values(work: Work, edit: TaskEdit, found: Numbered) -> dict[str, Any]:
    """The fields of a task that an edit sets."""
    values: dict[str, Any] = {}
    task = found.task
    if edit.title is not None:
        values["title"] = fields.title(edit.title)
    if edit.description is not None:
        values["description"] = (
            "" if fields.clears(edit.description) else fields.description(edit.description)
        )
    if edit.note is not None and edit.note.strip():
        before = values.get("description", task.description)
        values["description"] = fields.description(
            "\n".join(filter(None, [before, edit.note.strip()]))
        )
    values.update(await dates.redated(work, found, edit.due, edit.repeat))
    if edit.priority is not None:
        values["priority"] = PRIORITIES[edit.priority]
    if edit.add_labels or edit.remove_labels:
        removed = {fields.label(label) for label in edit.remove_labels}
        added = {fields.label(label) for label in edit.add_labels}
        values["labels"] = sorted({*task.labels, *added} - removed)
    if edit.part_of is not None:
        whole = (
            None if fields.clears(edit.part_of) else await parts.whole_of(work, edit.part_of, found)
        )
        values["parent_id"] = whole.task.id if whole else None
    return values


async def _assign(work: Work, words: str, found: Numbered) -> bool:
    """Gives a task to somebody; False when it was so already."""
    if found.task.user_id != work.me:
        raise Refused(f"#{found.number} is somebody else's; only its owner gives it away.")
    person = None if fields.clears(words) else naming.mentioned(work, words)
    given = await tasks.assign(work.session, work.cause, found.task, person)
    for part in await parts.of(work, found, "open"):
        await tasks.assign(work.session, work.cause, part.task, person)
    if given and person:
        await schedule.assigned(work, found.task)
    return given
