"""What is pressed beside a reminder of a task: tell me again, stop."""

from core.reminders import schedule, stopping, times
from core.tasks.naming import Names
from core.tools.batch import each_found
from core.understanding import when
from core.work import Result, Work
from db import reminders
from db.tasks import Numbered


async def remind_again(work: Work, tasks: Names, minutes: int = 0) -> Result:
    """Tells the person of tasks again, so many minutes from now, or (0) tomorrow morning. What they
    wanted before does not count any more."""
    at = times.later(work, minutes)

    async def again(_: str, found: Numbered) -> str:
        await reminders.forget_again(work.session, work.me, found.task.id or 0)
        await schedule.again(work, found.task, at)
        said = when.say(at, True, work.now, work.zone)
        return f"I will tell you of #{found.number} {found.task.title} again, {said}."

    return await each_found(work, tasks, str, "open", again)


async def stop_reminding(work: Work, tasks: Names) -> Result:
    """Does not remind the person of tasks any more."""

    async def stop(_: str, found: Numbered) -> str:
        return await stopping.of_task(work, found)

    return await each_found(work, tasks, str, "open", stop)
