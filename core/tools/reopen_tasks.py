"""The tool that puts done tasks back."""

from core.tasks import parts
from core.tasks.naming import Names
from core.tools.batch import each_found
from core.work import Result, Work
from db import tasks as task_rows
from db.tasks import Numbered


async def reopen_tasks(work: Work, tasks: Names) -> Result:
    """Put done tasks back on the list."""

    async def reopen(_: str, found: Numbered) -> str:
        if not found.task.completed:
            return f"#{found.number} {found.task.title} is open already."
        together = found.task.completed_at
        for part in await parts.of(work, found, "done"):
            if part.task.completed_at == together:
                await task_rows.reopen(work.session, work.cause, part.task)
        await task_rows.reopen(work.session, work.cause, found.task)
        following = await task_rows.next_of(work.session, work.me, found.task)
        if following:
            those = [following, *await parts.of(work, following, "all")]
            if all([await _is_as_made(work, each) for each in those]):
                for each in those:
                    await task_rows.delete(work.session, work.cause, each.task)
        return f"Reopened #{found.number} {found.task.title}."

    return await each_found(work, tasks, str, "done", reopen)


async def _is_as_made(work: Work, found: Numbered) -> bool:
    """Whether an occurrence that completing has made is still as it was made."""
    return (
        found.task.previous_id is not None
        and not found.task.completed
        and await task_rows.is_untouched(work.session, found.task)
    )
