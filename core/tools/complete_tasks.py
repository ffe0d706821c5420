"""The tool that marks tasks as done."""

from core.reminders import schedule
from core.tasks import dates, parts, showing
from core.tasks.naming import Names
from core.tools.batch import each_found
from core.work import Result, Work
from db import tasks as task_rows
from db.tasks import Numbered


async def complete_tasks(work: Work, tasks: Names) -> Result:
    """Mark tasks as done. Of a repeating one the next is made."""

    async def complete(_: str, found: Numbered) -> str:
        if found.task.completed:
            return f"#{found.number} {found.task.title} is done already."
        await task_rows.complete(work.session, work.cause, found.task, work.now)
        for part in await parts.of(work, found, "open"):
            await task_rows.complete(work.session, work.cause, part.task, work.now)
        await schedule.completed(work, found.task)
        following = await dates.follow(work, found.task)
        again = f" The next: {await showing.line(work, following)}." if following else ""
        return f"Done: #{found.number} {found.task.title}.{again}"

    return await each_found(work, tasks, str, "open", complete)
