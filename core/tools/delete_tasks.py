"""The tool that deletes tasks."""

from core.errors import Refused
from core.tasks import naming, parts
from core.tasks.naming import Names
from core.tools import confirming
from core.tools.batch import each_found, each_named, once
from core.tools.confirming import Call
from core.work import Result, Work
from db import tasks as task_rows
from db.tasks import Numbered


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
        theirs = [part for each in found for part in await parts.of(work, each, "all")]
        return [*found, *(part for part in theirs if part.task.user_id == work.me)]

    async def delete(_: str, found: Numbered) -> str:
        if found.task.deleted_at is None:
            await task_rows.delete(work.session, work.cause, found.task)
        return f"Deleted #{found.number} {found.task.title}."

    if not work.confirmed:
        found, failures = await each_named(tasks, found_of)
        arguments = {"tasks": [f"#{each.number}" for each in once(found)]}
        clears = any(map(naming.is_everything, tasks))
        asked = await confirming.if_large(
            work, found, Call("delete_tasks", arguments, "deletes"), failures, clears=clears
        )
        if asked:
            return asked
    return await each_found(work, tasks, str, "all", delete, found_of)
