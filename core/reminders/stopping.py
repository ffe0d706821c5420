"""Taking reminders back: of a task, of words, or all that somebody asked for."""

import re

from core.errors import Refused
from core.reminders import schedule, wishes
from core.tasks import naming
from core.work import Work
from db import people, reminders
from db.models import NEVER, Reminder
from db.states import ReminderState
from db.tasks import Numbered

EVERYTHING = frozenset({"everything", "all", "all of them", "anything"})


async def stop(work: Work, what: str) -> str:
    """Takes back what words name; raises Refused, with what to say instead."""
    task = await wishes.task_named(work, what, exact=False)
    if task:
        return await of_task(work, task)
    if " ".join(what.split()).lower() in EVERYTHING:
        return await _of_everything(work)
    return await _of_words(work, what)


async def of_task(work: Work, found: Numbered) -> str:
    """The person is not reminded of one task any more."""
    assert found.task.id is not None
    await reminders.lead(work.session, work.me, found.task.id, NEVER)
    await reminders.forget(work.session, work.me, found.task.id)
    return f"I no longer remind you of #{found.number} {found.task.title}. It stays on your list."


async def _of_words(work: Work, what: str) -> str:
    here = None if work.conversation.private else work.conversation.id
    words = " ".join(what.split()).lower()
    named = set(re.findall(r"\w+", words)) - {"to", "the", "about", "of"}
    if not named or words in naming.POINTING:
        raise Refused("Which reminder? Say words of it, or “everything”.")
    fit = [
        row
        for row in await reminders.with_words(work.session, work.me, here)
        if is_for_here(work, row) and named <= set(re.findall(r"\w+", (row.content or "").lower()))
    ]
    stopped = list(dict.fromkeys(f"“{row.content}”" for row in fit))
    if len(stopped) > 1:
        raise Refused(f"Several reminders fit: {'; '.join(stopped)}. Say more of the one.")
    for row in fit:
        await reminders.settle(work.session, row.id or 0, ReminderState.QUIET)
    if not stopped:
        raise Refused(f"There is no reminder of “{what.strip()}”. Say “my reminders” to see them.")
    return f"I no longer remind of {stopped[0]}."


async def _of_everything(work: Work) -> str:
    """Nothing that the person has asked for is said any more, and no task is reminded of."""
    if work.shown_to is not None:
        raise Refused("All of them I stop where we are alone. Here, say which.")
    await reminders.forget_all(work.session, work.me)
    await people.prefer(work.session, work.me, "remind", "off")
    await schedule.due_from_now(work)
    return (
        "I no longer remind you of anything. Your tasks stay; “reminders on” brings those back that"
        " are due at a time."
    )


def is_for_here(work: Work, row: Reminder) -> bool:
    """Where others read along only what was made, or is said, there is named and touched."""
    return work.shown_to is None or work.conversation.id in (row.said_in, row.made_in)
