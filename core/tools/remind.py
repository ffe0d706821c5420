"""The tool that has something said at a time. What is wanted is read first (wishes.py)."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from core.errors import Refused
from core.people import names, preferences
from core.people.preferences import MORNING
from core.people.zones import zone_of
from core.reminders import schedule, stopping, times, wishes
from core.reminders.wishes import Before, ForSomebody, OfTask, OfWhatIsNew, OfWords, Stop, ToAll
from core.understanding import when as dates
from core.work import Result, Work
from db import consents, history, people, reminders, tasks
from db.states import ConsentState, ReminderKind, ReminderState, TaskAction

WORDS_LIMIT = 500  # characters of what is to be said
TO_ONE = 20  # reminders of words that wait for one person, of one other
AFTERNOON = time(17)


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
    wish = await wishes.read(
        work, what=what, when=when, before=before, who=who, here=here, instead=instead
    )
    match wish:
        case OfWhatIsNew():
            return Result(await _of_what_is_new(work))
        case Stop():
            return Result(await stopping.stop(work, wish.what))
        case Before():
            return Result(await _before(work, wish))
        case OfTask():
            return Result(await _of_task(work, wish))
        case OfWords() | ToAll():
            return Result(await _of_words(work, wish))
        case ForSomebody():
            return Result(await _for_somebody(work, wish))


async def _of_words(work: Work, wish: OfWords | ToAll) -> str:
    at, more = times.moment(work, wish.when)
    kind = ReminderKind.ANNOUNCEMENT if isinstance(wish, ToAll) else ReminderKind.WORDS
    await schedule.tell(work, work.me, kind, at, content=wish.words, said_in=wish.said_in, **more)
    here = "remind you here of" if wish.said_in else "remind you of"
    how = "say here" if isinstance(wish, ToAll) else here
    return f"I will {how} “{wish.words}”{times.say(work, at, more)}"


async def _of_task(work: Work, wish: OfTask) -> str:
    task = wish.task.task
    name = f"#{wish.task.number} {task.title}"
    if task.completed:
        raise Refused(f"{name} is done already.")
    at, more = times.moment(work, wish.when)
    if wish.instead:
        await reminders.forget_again(work.session, work.me, task.id or 0)
    await schedule.tell(
        work, work.me, ReminderKind.AGAIN, at, task_id=task.id, said_in=wish.said_in, **more
    )
    return f"I will tell you of {name}{times.say(work, at, more)}"


async def _of_what_is_new(work: Work) -> str:
    """Sees to it that the person is reminded of what the last call has added: at its time, or on
    its day."""
    said = []
    changes = await history.changes_of(work.session, work.me, work.cause.message_id)
    added = [change for change in changes if change.action == TaskAction.ADDED]
    for change in added:
        found = await tasks.of_id(work.session, work.me, change.task_id)
        is_last = (change.step, change.position) == (added[-1].step, added[-1].position)
        if not is_last or found is None or tasks.doer(found.task) != work.me:
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
            said.append(f"I remind you of {name}: {dates.say(at, True, work.now, work.zone)}.")
    return "\n".join(said)


def _on_the_day(work: Work, day: datetime) -> datetime:
    """In the morning of a day; of today later, or in an hour."""
    for clock in (MORNING, AFTERNOON):
        at = dates.on_clock(datetime.combine(day.astimezone(UTC).date(), clock), True, work.zone).at
        if at > work.now:
            return at
    return work.now + timedelta(hours=1)


async def _before(work: Work, wish: Before) -> str:
    """How long before its time the person is reminded of one task."""
    task, words = wish.task.task, wish.length
    name = f"#{wish.task.number} {task.title}"
    minutes = times.minutes_of(words)
    if not task.due_has_time or task.due_at is None:
        raise Refused(
            f"{name} is due at no time of day, so there is nothing to count from. Say when, like "
            "“remind me of it tomorrow at 9”."
        )
    if tasks.doer(task) != work.me:
        at = task.due_at - timedelta(minutes=minutes)
        if at <= work.now:
            raise Refused(f"{words} before {name} is past by now.")
        await schedule.again(work, task, at)
        return f"I will tell you of {name}: {dates.say(at, True, work.now, work.zone)}."
    await reminders.lead(work.session, work.me, task.id or 0, minutes)
    await schedule.due(work.session, [task], work.platform, work.now)
    rows = await reminders.of_tasks(work.session, work.me, [task.id or 0])
    coming = [row.at for row in rows if row.state == ReminderState.WAITING]
    said = f"{preferences.length(minutes)} before" if minutes else "at its time"
    if not coming:
        return f"{words} before {name} is past by now, so there is nothing to remind of."
    if minutes and min(coming) == task.due_at:
        return f"{words} before {name} is past by now, so I remind you at its time."
    at_said = dates.say(min(coming), True, work.now, work.zone)
    return f"I remind you of {name} {said}: {at_said}."


async def _for_somebody(work: Work, wish: ForSomebody) -> str:
    """Words for somebody else, who is asked once whether they want to hear such."""
    person, content = wish.person, wish.words
    said, is_first = await consents.ask(work.session, person, work.me)
    name = await names.name_of(work, person)
    if said == ConsentState.REFUSED:
        raise Refused(f"{name} would rather not be reminded by you.")
    if await reminders.count_words(work.session, person, work.me) >= TO_ONE:
        raise Refused(f"{TO_ONE} reminders wait for {name} already; that is as many as I keep.")
    them = await people.get(work.session, person)
    at, more = times.moment(work, wish.when, zone_of(them) if them.timezone else None)
    await schedule.tell(work, person, ReminderKind.WORDS, at, content=content, **more)
    if is_first:
        await schedule.tell(work, person, ReminderKind.MAY, work.now, content=content)
    often = times.say(work, at, more)
    asked = "I have asked them" if is_first else "I asked them before"
    once = f" But first they have to say that I may; {asked}." if said == ConsentState.ASKED else ""
    return f"I will remind {name} of “{content}”{often}{once}"
