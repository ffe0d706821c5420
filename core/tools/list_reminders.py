"""The tool that lists what there is to be reminded of."""

from core.people import names
from core.reminders.stopping import is_for_here
from core.understanding import when
from core.work import Result, Work
from db import consents, reminders, tasks
from db.models import Reminder
from db.states import ConsentState, ReminderKind
from db.tasks import Numbered


async def list_reminders(work: Work) -> Result:
    """List what the person is to be reminded of, and what is to be said here."""
    here = None if work.conversation.private else work.conversation.id
    lines = []
    for row in await reminders.to_come(work.session, work.me, here):
        said = await _listed(work, row)
        if said:
            lines.append(f"- {said}")
    if not lines:
        return Result("There are no reminders to come.")
    return Result("\n".join(["Reminders to come:", *lines]))


async def _listed(work: Work, row: Reminder) -> str | None:
    """A reminder in a line; None when it has nothing to say any more, or it is not for this place
    to know."""
    at = when.say(max(row.at, row.try_at), True, work.now, work.zone)
    often = ""
    if row.recurrence is not None and row.recurs_on is not None:
        often = f" · {when.say_every(row.recurrence, row.recurs_on)}"
    if row.task_id is not None:
        found = await tasks.of_id(work.session, work.me, row.task_id)
        if found is None or found.task.completed or not await _is_shown(work, found):
            return None
        return f"{at}{often}: #{found.number} {found.task.title}"
    if not is_for_here(work, row):
        return None
    if row.kind == ReminderKind.LIST:
        return f"{at}{often}: the open tasks here"
    return f"{at}{often}: {await _whose(work, row)}“{row.content}”"


async def _whose(work: Work, row: Reminder) -> str:
    """From whom, or for whom, a note is, and whether its person lets it be told."""
    if row.kind != ReminderKind.WORDS or row.user_id == row.from_id:
        return ""
    waits = await consents.of(work.session, row.user_id, row.from_id or "") == ConsentState.ASKED
    if row.user_id == work.me:
        name = await names.name_of(work, row.from_id or "")
        how = f" (if you say “allow reminders from @{name}”)" if waits else ""
        return f"from {name}{how}: "
    held = " (they have not said that I may)" if waits else ""
    return f"for {await names.name_of(work, row.user_id)}{held}: "


async def _is_shown(work: Work, found: Numbered) -> bool:
    if work.shown_to is None:
        return True
    return await tasks.belongs(work.session, found.task, work.shown_to)
