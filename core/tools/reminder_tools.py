"""The tools for reminders, and what people press beside them."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from core.errors import Refused
from core.people import preferences
from core.people.preferences import MORNING
from core.people.zones import zone_of
from core.reminders import schedule
from core.tasks import naming, showing, windows
from core.tasks.naming import Names
from core.tools.batch import each_found
from core.understanding import when
from core.work import Result, Work
from db import consents, history, people, reminders
from db import tasks as kept
from db.models import ALLOWED, ASKED, DUE, NEVER, QUIET, REFUSED, TITLE_LIMIT, Reminder
from db.tasks import Numbered

WORDS_LIMIT = 500  # characters of what is to be said
TO_ONE = 20  # notes that wait for one person, of one other
LONGEST_LEAD = 60 * 24 * 30  # minutes before a task
AFTERNOON = time(17)
NEW = "new"
EVERYTHING = frozenset({"everything", "all", "all of them", "anything"})
STOPS = frozenset({"never", "stop", "off", "none", "not at all"})
AT_ITS_TIME = frozenset({"0", "at its time", "at the time", "on time"})


async def remind(
    work: Work,
    what: Annotated[
        str,
        Field(min_length=1, max_length=WORDS_LIMIT),
        "Number or title of a task (#12); 'new': those just added, of which they asked to be "
        "reminded; or else the words to say",
    ],
    when: Annotated[
        str,
        Field(max_length=100),
        "In their words put into English: 'tomorrow 9am', 'in 2 hours', 'every friday at 9'; "
        "'never' stops it",
    ] = "",
    before: Annotated[
        str, Field(max_length=40), "Instead: how long before the task's time, '30 minutes'"
    ] = "",
    who: Annotated[
        str, Field(max_length=200), "'me'; '@ana' as mentioned; 'all' who are here"
    ] = "me",
    here: Annotated[bool, "Say it in this conversation, not in private"] = False,
    instead: Annotated[bool, "They snooze: only then, not as they wanted before"] = False,
) -> Result:
    """Say something at a time. For what the person has to do use add_tasks: a task that is due at
    a time is said then by itself."""
    everybody = who.strip().lower() in ("all", "us", "everybody", "everyone")
    person = None if everybody else naming.person(work, who)
    if what.strip().lower() == NEW and not when and not before:
        return await _new(work)
    if when.strip().lower() in STOPS:
        return await _stop(work, what)
    if before:
        return await _before(work, await naming.one(work, what, "open"), before)
    if not when.strip():
        raise Refused("When? Say it like “tomorrow at 9”, “in 2 hours” or “every friday at 9”.")
    if person is not None:
        return await _somebody_else(work, person, what, when)
    if everybody and work.conversation.private:
        raise Refused("Here we are alone. Say it in a channel or thread, or mention one person.")
    shared = (here or everybody) and not work.conversation.private
    said_in = work.conversation.id if shared else None
    found = await _task(work, what, exact=not instead)
    if found and not everybody:
        return await _of_task(work, found, when, said_in, instead=instead)
    words = _words(found.task.title if found else what)
    at, more = _time(work, when)
    kind = "post" if everybody else "note"
    await schedule.tell(work, work.me, kind, at, content=words, said_in=said_in, **more)
    how = "say here" if everybody else "remind you here of" if shared else "remind you of"
    return Result(f"I will {how} “{words}”{_often(work, at, more)}")


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


# ── what people press ────────────────────────────────────────────────────────────────────────


async def remind_again(work: Work, tasks: Names, minutes: int = 0) -> Result:
    """Tells the person of tasks again, so many minutes from now, or (0) tomorrow morning. What they
    wanted before does not count any more."""
    at = _later(work, minutes)

    async def again(_: str, found: Numbered) -> str:
        await reminders.forget_again(work.session, work.me, found.task.id or 0)
        await schedule.again(work, found.task, at)
        said = when.say(at, True, work.now, work.zone)
        return f"I will tell you of #{found.number} {found.task.title} again, {said}."

    return await each_found(work, tasks, str, "open", again)


async def stop_reminding(work: Work, tasks: Names) -> Result:
    """Does not remind the person of tasks any more."""

    async def stop(_: str, found: Numbered) -> str:
        return await _stop_task(work, found)

    return await each_found(work, tasks, str, "open", stop)


async def note_again(work: Work, reminder: int, minutes: int = 0) -> Result:
    """Says the words of a reminder again, so many minutes from now, or (0) tomorrow morning."""
    row = await _mine(work, reminder)
    at = _later(work, minutes)
    words = row.content or ""
    if row.from_id != work.me:
        names = await people.names(work.session, [row.from_id or ""])
        words = f"{words} (from {names.get(row.from_id or '') or 'somebody'})"
    await reminders.forget_snoozed(work.session, work.me, reminder)
    here = None if row.moved else row.said_in
    await schedule.tell(work, work.me, "note", at, content=words, said_in=here, of_id=reminder)
    said = when.say(at, True, work.now, work.zone)
    return Result(f"I will remind you of “{words}” again, {said}.")


async def note_keep(work: Work, reminder: int) -> Result:
    """Makes a task of the words of a reminder."""
    row = await _mine(work, reminder)
    words = row.content or ""
    more = words if len(words) > TITLE_LIMIT else ""
    title = words if not more else words[: TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"
    added = await kept.add(work.session, work.cause, title=title, description=more)
    return Result(f"Added {await showing.line(work, added)}.")


async def note_stop(work: Work, reminder: int) -> Result:
    """Ends a reminder that comes again, or those of somebody else."""
    row = await _mine(work, reminder)
    if row.from_id and row.from_id != work.me:
        about = await consents.id_of(work.session, work.me, row.from_id)
        return await refuse(work, about)
    await reminders.settle(work.session, reminder, QUIET)
    return Result(f"I no longer remind you of “{row.content}”.")


async def allow(work: Work, consent: int) -> Result:
    """The person wants to hear what somebody has them reminded of."""
    from_id = await consents.answer(work.session, work.me, consent, ALLOWED)
    if from_id is None:
        raise Refused(NOT_ASKED)
    await consents.release(work.session, work.me, from_id, work.now)
    return Result(f"All right, I tell you what {await _name(work, from_id)} asks me to.")


async def refuse(work: Work, consent: int) -> Result:
    """The person does not want to be reminded by somebody; who has asked for it is told so."""
    from_id = await consents.answer(work.session, work.me, consent, REFUSED)
    if from_id is None:
        raise Refused(NOT_ASKED)
    name = await _name(work, from_id)
    if await consents.drop(work.session, work.me, from_id):
        mine = await _name(work, work.me)
        words = f"{mine} would rather not be reminded by you, so I do not pass it on."
        await schedule.tell(work, from_id, "answer", work.now, content=words)
    return Result(f"All right, I do not remind you of what {name} asks me to.")


NOT_ASKED = "Nobody has asked you that."
REMINDER_TOOLS = (remind, list_reminders)
PRESSED = (remind_again, stop_reminding, note_again, note_keep, note_stop, allow, refuse)


# ── how ──────────────────────────────────────────────────────────────────────────────────────


async def _task(work: Work, what: str, *, exact: bool = True) -> Numbered | None:
    """The task that words name, if they name one; its number always means a task. `exact`: by its
    whole title, since words of one's own are said as they are, and to others."""
    if re.fullmatch(r"\s*#?\d+\s*", what):
        return await naming.one(work, what, "open")
    found = await kept.titled(
        work.session, work.me, what, state="open", among=work.shown_to, limit=2
    )
    if len(found) != 1 or (exact and found[0].task.title.lower() != what.strip().lower()):
        return None
    return found[0]


def _words(what: str) -> str:
    words = " ".join(what.split())
    if not words:
        raise Refused("Remind of what?")
    return words


def _time(work: Work, words: str, zone: Any = None) -> tuple[datetime, dict[str, Any]]:
    """When words are to be said; of what comes again also how. A day without a time is its
    morning, in `zone` if that is another's."""
    zone = zone or work.zone
    every = when.repeats(words, work.now, work.zone, locale=work.locale)
    if every is not None:
        # On the clock of whoever is told: there it goes on.
        on = every.on if when.has_time(every.on) else datetime.combine(every.on.date(), MORNING)
        found = when.coming(every.rule, on, work.now, zone)
        if found is None:
            raise Refused(f"“{words}” is past by now.")
        at, on, rule = found
        return at, {"recurrence": rule, "recurs_on": on}
    due = windows.date_of(work, words)
    if due.has_time:
        return due.at, {}
    at = when.on_clock(datetime.combine(due.at.date(), MORNING), True, zone).at
    if at <= work.now:
        raise Refused(f"At what time? Say it like “{words} at 17:00”.")
    return at, {}


def _often(work: Work, at: datetime, more: dict[str, Any]) -> str:
    if more.get("recurrence"):
        often = when.say_every(more["recurrence"], more["recurs_on"])
        return f" {often}: first {when.say(at, True, work.now, work.zone)}."
    return f": {when.say(at, True, work.now, work.zone)}."


def _later(work: Work, minutes: int) -> datetime:
    if minutes:
        return work.now + timedelta(minutes=minutes)
    day = work.now.astimezone(work.zone).date() + timedelta(days=1)
    return when.on_clock(datetime.combine(day, MORNING), True, work.zone).at


async def _of_task(
    work: Work, found: Numbered, words: str, said_in: int | None, *, instead: bool
) -> Result:
    """The person is told of a task at a time of their own."""
    name = f"#{found.number} {found.task.title}"
    if found.task.completed:
        raise Refused(f"{name} is done already.")
    at, more = _time(work, words)
    if instead:
        await reminders.forget_again(work.session, work.me, found.task.id or 0)
    await schedule.tell(work, work.me, "again", at, task_id=found.task.id, said_in=said_in, **more)
    return Result(f"I will tell you of {name}{_often(work, at, more)}")


async def _new(work: Work) -> Result:
    """Sees to it that the person is reminded of what the last call has added: at its time, or on
    its day."""
    said = []
    changes = await history.changes_of(work.session, work.me, work.cause.message_id)
    added = [change for change in changes if change.action == "added"]
    for change in added:
        found = await kept.of_id(work.session, work.me, change.task_id)
        is_last = (change.step, change.position) == (added[-1].step, added[-1].position)
        if not is_last or found is None or kept.doer(found.task) != work.me:
            continue
        task = found.task
        name = f"#{found.number} {task.title}"
        if task.due_has_time:
            leads = await reminders.leads(work.session, work.me, [change.task_id])
            if leads[change.task_id] is None:  # they asked for it of this one
                await reminders.lead(work.session, work.me, change.task_id, 0)
                await schedule.due(work.session, [task], work.platform, work.now)
                said.append(f"I remind you of {name} at its time.")
        elif task.due_at is not None:
            at = _on_the_day(work, task.due_at)
            await schedule.again(work, task, at)
            said.append(f"I remind you of {name}: {when.say(at, True, work.now, work.zone)}.")
    return Result("\n".join(said))


def _on_the_day(work: Work, day: datetime) -> datetime:
    """In the morning of a day; of today later, or in an hour."""
    for clock in (MORNING, AFTERNOON):
        at = when.on_clock(datetime.combine(day.astimezone(UTC).date(), clock), True, work.zone).at
        if at > work.now:
            return at
    return work.now + timedelta(hours=1)


async def _before(work: Work, found: Numbered, words: str) -> Result:
    """How long before its time the person is reminded of one task."""
    task = found.task
    name = f"#{found.number} {task.title}"
    minutes = minutes_of(words)
    if not task.due_has_time or task.due_at is None:
        raise Refused(
            f"{name} is due at no time of day, so there is nothing to count from. Say when, like "
            "“remind me of it tomorrow at 9”."
        )
    if kept.doer(task) != work.me:
        at = task.due_at - timedelta(minutes=minutes)
        if at <= work.now:
            raise Refused(f"{words} before {name} is past by now.")
        await schedule.again(work, task, at)
        return Result(f"I will tell you of {name}: {when.say(at, True, work.now, work.zone)}.")
    await reminders.lead(work.session, work.me, task.id or 0, minutes)
    await schedule.due(work.session, [task], work.platform, work.now)
    rows = await reminders.of_tasks(work.session, work.me, [task.id or 0])
    coming = [row.at for row in rows if row.state == DUE]
    said = f"{preferences.length(minutes)} before" if minutes else "at its time"
    if not coming:
        return Result(f"{words} before {name} is past by now, so there is nothing to remind of.")
    if minutes and min(coming) == task.due_at:
        return Result(f"{words} before {name} is past by now, so I remind you at its time.")
    at_said = when.say(min(coming), True, work.now, work.zone)
    return Result(f"I remind you of {name} {said}: {at_said}.")


def minutes_of(words: str) -> int:
    said = words.strip().lower().removesuffix("before").strip()
    if said in AT_ITS_TIME:
        return 0
    minutes = when.minutes(said) or 0
    if not 0 < minutes <= LONGEST_LEAD:
        raise Refused(f"“{words}” is no length of time. Say it like “30 minutes” or “2 hours”.")
    return minutes


async def _somebody_else(work: Work, person: str, what: str, words: str) -> Result:
    """Words for somebody else, who is asked once whether they want to hear such."""
    found = await _task(work, what)
    content = _words(found.task.title if found else what)
    said, is_first = await consents.ask(work.session, person, work.me)
    name = await _name(work, person)
    if said == REFUSED:
        raise Refused(f"{name} would rather not be reminded by you.")
    if await reminders.count_notes(work.session, person, work.me) >= TO_ONE:
        raise Refused(f"{TO_ONE} reminders wait for {name} already; that is as many as I keep.")
    them = await people.get(work.session, person)
    at, more = _time(work, words, zone_of(them) if them.timezone else None)
    await schedule.tell(work, person, "note", at, content=content, **more)
    if is_first:
        await schedule.tell(work, person, "may", work.now, content=content)
    often = _often(work, at, more)
    asked = "I have asked them" if is_first else "I asked them before"
    once = f" But first they have to say that I may; {asked}." if said == ASKED else ""
    return Result(f"I will remind {name} of “{content}”{often}{once}")


async def _stop(work: Work, what: str) -> Result:
    """Takes reminders back: of a task, of words, or all that were asked for."""
    found = await _task(work, what, exact=False)
    if found:
        return Result(await _stop_task(work, found))
    here = None if work.conversation.private else work.conversation.id
    words = " ".join(what.split()).lower()
    if words in EVERYTHING:
        return await _stop_all(work)
    named = set(re.findall(r"\w+", words)) - {"to", "the", "about", "of"}
    if not named or words in naming.POINTING:
        raise Refused("Which reminder? Say words of it, or “everything”.")
    fit = [
        row
        for row in await reminders.with_words(work.session, work.me, here)
        if _belongs(work, row) and named <= set(re.findall(r"\w+", (row.content or "").lower()))
    ]
    stopped = list(dict.fromkeys(f"“{row.content}”" for row in fit))
    if len(stopped) > 1:
        raise Refused(f"Several reminders fit: {'; '.join(stopped)}. Say more of the one.")
    for row in fit:
        await reminders.settle(work.session, row.id or 0, QUIET)
    if not stopped:
        raise Refused(f"There is no reminder of “{what.strip()}”. Say “my reminders” to see them.")
    return Result(f"I no longer remind of {stopped[0]}.")


async def _stop_all(work: Work) -> Result:
    """Nothing that the person has asked for is said any more, and no task is reminded of."""
    if work.shown_to is not None:
        raise Refused("All of them I stop where we are alone. Here, say which.")
    await reminders.forget_all(work.session, work.me)
    await people.prefer(work.session, work.me, "remind", "off")
    await schedule.due_from_now(work)
    return Result(
        "I no longer remind you of anything. Your tasks stay; “reminders on” brings those back that"
        " are due at a time."
    )


def _belongs(work: Work, row: Reminder) -> bool:
    """Where others read along only what was made, or is said, there is named and touched."""
    return work.shown_to is None or work.conversation.id in (row.said_in, row.made_in)


async def _stop_task(work: Work, found: Numbered) -> str:
    assert found.task.id is not None
    await reminders.lead(work.session, work.me, found.task.id, NEVER)
    await reminders.forget(work.session, work.me, found.task.id)
    return f"I no longer remind you of #{found.number} {found.task.title}. It stays on your list."


async def _mine(work: Work, reminder_id: int) -> Reminder:
    row = await reminders.of_id(work.session, reminder_id)
    if row is None or row.user_id != work.me or row.content is None:
        raise Refused("That reminder is not yours, or long past.")
    return row


async def _name(work: Work, user_id: str) -> str:
    return (await people.names(work.session, [user_id])).get(user_id) or "Somebody"


async def _listed(work: Work, row: Reminder) -> str | None:
    """A reminder in a line; None when it has nothing to say any more, or it is not for this place
    to know."""
    at = when.say(max(row.at, row.try_at), True, work.now, work.zone)
    often = ""
    if row.recurrence is not None and row.recurs_on is not None:
        often = f" · {when.say_every(row.recurrence, row.recurs_on)}"
    if row.task_id is not None:
        found = await kept.of_id(work.session, work.me, row.task_id)
        if found is None or found.task.completed or not await _is_shown(work, found):
            return None
        return f"{at}{often}: #{found.number} {found.task.title}"
    if not _belongs(work, row):
        return None
    if row.kind == "list":
        return f"{at}{often}: the open tasks here"
    return f"{at}{often}: {await _whose(work, row)}“{row.content}”"


async def _whose(work: Work, row: Reminder) -> str:
    """From whom, or for whom, a note is, and whether its person lets it be told."""
    if row.kind != "note" or row.user_id == row.from_id:
        return ""
    waits = await consents.of(work.session, row.user_id, row.from_id or "") == ASKED
    if row.user_id == work.me:
        name = await _name(work, row.from_id or "")
        how = f" (if you say “allow reminders from @{name}”)" if waits else ""
        return f"from {name}{how}: "
    held = " (they have not said that I may)" if waits else ""
    return f"for {await _name(work, row.user_id)}{held}: "


async def _is_shown(work: Work, found: Numbered) -> bool:
    if work.shown_to is None:
        return True
    return await kept.belongs(work.session, found.task, work.shown_to)
