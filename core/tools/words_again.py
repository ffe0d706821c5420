"""What is pressed beside a reminder of words: tell me again, make it a task, stop."""

from core.errors import Refused
from core.reminders import schedule, times
from core.tasks import showing
from core.tools.consent import refuse
from core.understanding import when
from core.work import Result, Work
from db import consents, people, reminders
from db import tasks as task_rows
from db.models import TITLE_LIMIT, Reminder
from db.states import ReminderKind, ReminderState


async def words_again(work: Work, reminder: int, minutes: int = 0) -> Result:
    """Says the words of a reminder again, so many minutes from now, or (0) tomorrow morning."""
    row = await _mine(work, reminder)
    at = times.later(work, minutes)
    words = row.content or ""
    if row.from_id != work.me:
        names = await people.names(work.session, [row.from_id or ""])
        words = f"{words} (from {names.get(row.from_id or '') or 'somebody'})"
    await reminders.forget_snoozed(work.session, work.me, reminder)
    here = None if row.moved else row.said_in
    await schedule.tell(
        work, work.me, ReminderKind.WORDS, at, content=words, said_in=here, of_id=reminder
    )
    said = when.say(at, True, work.now, work.zone)
    return Result(f"I will remind you of “{words}” again, {said}.")


async def words_keep(work: Work, reminder: int) -> Result:
    """Makes a task of the words of a reminder."""
    row = await _mine(work, reminder)
    words = row.content or ""
    more = words if len(words) > TITLE_LIMIT else ""
    title = words if not more else words[: TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"
    added = await task_rows.add(work.session, work.cause, title=title, description=more)
    return Result(f"Added {await showing.line(work, added)}.")


async def words_stop(work: Work, reminder: int) -> Result:
    """Ends a reminder that comes again, or those of somebody else."""
    row = await _mine(work, reminder)
    if row.from_id and row.from_id != work.me:
        about = await consents.id_of(work.session, work.me, row.from_id)
        return await refuse(work, about)
    await reminders.settle(work.session, reminder, ReminderState.QUIET)
    return Result(f"I no longer remind you of “{row.content}”.")


async def _mine(work: Work, reminder_id: int) -> Reminder:
    row = await reminders.of_id(work.session, reminder_id)
    if row is None or row.user_id != work.me or row.content is None:
        raise Refused("That reminder is not yours, or long past.")
    return row
