"""The tool that shows how somebody wants Todd to be."""

from core.people import preferences
from core.people.speaking import SPEAKS
from core.understanding import when
from core.understanding.when import name_of
from core.work import Result, Work
from db import conversations, people, reminders
from db.states import ReminderKind


async def show_settings(work: Work) -> Result:
    """Show how the person wants Todd to be: zone, reminders, digest, quiet hours and the rest."""
    if not work.conversation.private:
        here = await conversations.line_of(work.session, work.conversation)
        return Result(
            f"Here: {SPEAKS[work.conversation.speaks]}.\n"
            f"Open tasks posted in this channel: {await _often(work, ReminderKind.LIST, here)}.\n"
            "Your own settings I show where we are alone."
        )
    me = await people.get(work.session, work.me)
    wanted = me.preferences
    muted = preferences.muted_until(me)
    quiet = preferences.quiet_of(me)
    is_muted = muted is not None and muted > work.now
    lines = [
        f"Time zone: {name_of(work.zone)}" + ("" if me.timezone else " (I do not know yours)"),
        f"Reminder of a task: {preferences.say_lead(wanted.get('remind'))}",
        f"Daily digest: {await _often(work, ReminderKind.DIGEST)}",
        f"Weekly look back: {await _often(work, ReminderKind.BACK)}",
        f"Quiet hours: {preferences.say_quiet(quiet) if quiet else 'none'}",
    ]
    if is_muted and muted:
        lines.append(f"Muted until {when.say(muted, True, work.now, work.zone)}")
    return Result("\n".join(["Your settings:", *(f"- {line}" for line in lines)]))


async def _often(work: Work, kind: ReminderKind, said_in: int | None = None) -> str:
    row = await reminders.coming(work.session, work.me, kind, said_in)
    if row is None or row.recurrence is None or row.recurs_on is None:
        return "off"
    return when.say_every(row.recurrence, row.recurs_on)
