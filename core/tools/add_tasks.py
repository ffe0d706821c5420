"""The tool that adds tasks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.errors import Refused
from core.reminders import schedule
from core.tasks import dates, fields, naming, parts, showing
from core.tasks.fields import Assignee, Description, Due, Labels, Priority, Repeat, Title
from core.tasks.naming import BATCH_LIMIT
from core.tasks.showing import PRIORITIES
from core.tools.batch import one_by_one
from core.work import Result, Work
from db import tasks as task_rows


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


async def add_tasks(
    work: Work,
    tasks: Annotated[list[NewTask], Field(min_length=1, max_length=BATCH_LIMIT)],
) -> Result:
    """Add tasks to the person's list, in the order they were said. Titles are short and without
    the date; what else they said about it goes into the description."""

    async def add(new: NewTask) -> str:
        whole = await parts.whole_of(work, new.part_of) if new.part_of else None
        dated = dates.dated(work, new.due, new.repeat)
        if whole and dated.get("recurrence"):
            raise Refused("A part of a task does not repeat by itself; the whole does.")
        assignee = naming.mentioned(work, new.assignee) if new.assignee else None
        if whole and not new.assignee:
            assignee = whole.task.assignee_id  # who does the whole does its parts
        title = fields.title(new.title)
        added = await task_rows.add(
            work.session,
            work.cause,
            title=title,
            description=fields.description(new.description),
            priority=PRIORITIES[new.priority],
            labels=[fields.label(label) for label in new.labels],
            link=work.link_for(title),
            assignee_id=assignee,
            parent_id=whole.task.id if whole else None,
            **dated,
        )
        if assignee and new.assignee:
            await schedule.assigned(work, added.task)
        return f"Added {await showing.line(work, added)}."

    return await one_by_one(work, tasks, add)
