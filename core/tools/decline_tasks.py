"""The tool by which somebody says that a task is not theirs."""

from core.errors import Refused
from core.reminders import schedule
from core.tasks.naming import Names
from core.tools.batch import each_found
from core.work import Result, Work
from db import tasks as task_rows
from db.tasks import Numbered


async def decline_tasks(work: Work, tasks: Names) -> Result:
    """Say that tasks which somebody gave to the person are not theirs; their owner is told."""

    async def decline(_: str, found: Numbered) -> str:
        if found.task.user_id == work.me or found.task.assignee_id != work.me:
            raise Refused(f"#{found.number} is not given to you by somebody.")
        await task_rows.decline(work.session, work.cause, found.task)
        await schedule.declined(work, found.task)
        return f"#{found.number} {found.task.title} is not yours."

    return await each_found(work, tasks, str, "all", decline)
