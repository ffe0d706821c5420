"""The tool that changes how somebody wants Todd to be, and says it back."""

from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from core.errors import Refused
from core.people import preferences, zones
from core.people.preferences import MORNING
from core.people.speaking import SPEAKS, Speaks
from core.reminders import schedule, times
from core.tasks import naming, windows
from core.tools import confirming
from core.tools.consent import allow, refuse
from core.understanding import hours, when
from core.work import Result, Work
from db import confirmations, consents, conversations, people, reminders
from db.states import ReminderKind

EVENING = time(17)  # of a look back, if no time is said
LONG_MUTE = timedelta(days=31)  # what is longer is asked about
ASKED = "Not done yet: the person has to confirm it. Code asks them; do not ask yourself."
OFF = frozenset({"off", "none", "never", "no", "stop"})
ON = frozenset({"on", "yes", "daily", "weekly"})
Often = Annotated[str | None, Field(max_length=100)]
NAMES = {
    ReminderKind.DIGEST: "a digest of your day",
    ReminderKind.BACK: "a look back on your week",
    ReminderKind.LIST: "the open tasks of this channel",
}


async def change_settings(
    work: Work,
    reminders_before: Annotated[
        str | None,
        Field(max_length=40),
        "How long before a task's time it is said: '15 minutes', '0' at the time, 'off'",
    ] = None,
    digest: Annotated[Often, "Overview of the day: 'every weekday at 8', 'off'"] = None,
    look_back: Annotated[Often, "On the week: 'every friday at 17:00', 'off'"] = None,
    quiet_hours: Annotated[Often, "Nothing is said in them: '22:00 to 7:00', 'off'"] = None,
    mute_until: Annotated[Often, "Nothing is said until then: 'tomorrow', 'off'"] = None,
    post_tasks_here: Annotated[
        Often, "When the open tasks of this channel are posted: 'every monday at 9', 'off'"
    ] = None,
    speak: Annotated[Speaks | None, "When Todd answers in this conversation; auto as usual"] = None,
    hear_from: Annotated[Often, "'@ana', who may have the person reminded"] = None,
    not_from: Annotated[Often, "'@ana', who may not"] = None,
) -> Result:
    """Change how the person wants Todd to be."""
    said = []
    if reminders_before is not None:
        said.append(await _reminders(work, reminders_before))
    if digest is not None:
        said.append(await _recurring(work, ReminderKind.DIGEST, digest, "every day", MORNING))
    if look_back is not None:
        said.append(await _recurring(work, ReminderKind.BACK, look_back, "every friday", EVENING))
    if quiet_hours is not None:
        said.append(await _quiet(work, quiet_hours))
    if mute_until is not None:
        if await _asks_to_mute(work, mute_until):
            return Result(" ".join([*said, ASKED]), asked=True)
        said.append(await _mute(work, mute_until))
    if post_tasks_here is not None:
        said.append(await _post(work, post_tasks_here))
    if speak is not None:
        said.append(await _speak(work, speak))
    if hear_from is not None:
        said.append(await _hear(work, hear_from, yes=True))
    if not_from is not None:
        said.append(await _hear(work, not_from, yes=False))
    if not said:
        raise Refused("What is to change? Say “settings” to see what there is.")
    return Result(" ".join(said))


async def _reminders(work: Work, words: str) -> str:
    said = words.strip().lower()
    before = "off" if said in OFF else "0" if said in ON else None
    if before is None:
        before = str(times.minutes_of(words))
    await people.prefer(work.session, work.me, "remind", before)
    await schedule.due_from_now(work)
    if before == "off":
        return "I no longer remind you of tasks at their time. “my reminders” shows what is left."
    return f"I remind you of each task {preferences.say_lead(before)}."


async def _recurring(work: Work, kind: ReminderKind, words: str, days: str, at: time) -> str:
    """A digest or a look back, at a time of the person's own; nothing to say is nothing said."""
    await reminders.forget_kind(work.session, work.me, kind)
    if words.strip().lower() in OFF:
        return f"I no longer send you {NAMES[kind]}."
    first, rule, on = _every(work, words, days, at)
    await schedule.tell(work, work.me, kind, first, recurrence=rule, recurs_on=on)
    return f"I send you {NAMES[kind]} {_say_every(work, rule, on, first)}"


async def _post(work: Work, words: str) -> str:
    if work.conversation.private:
        raise Refused("I post open tasks in channels, for all who are there; say it in one.")
    here = await conversations.line_of(work.session, work.conversation)
    stopped = await reminders.forget_kind(work.session, work.me, ReminderKind.LIST, here)
    if words.strip().lower() in OFF:
        return (
            "I no longer post the open tasks here."
            if stopped
            else "I do not post the open tasks here."
        )
    first, rule, on = _every(work, words, "every monday", MORNING)
    await schedule.tell(
        work, work.me, ReminderKind.LIST, first, recurrence=rule, recurs_on=on, said_in=here
    )
    return f"I post {NAMES[ReminderKind.LIST]} {_say_every(work, rule, on, first)}"


def _every(work: Work, words: str, days: str, at: time) -> tuple[datetime, str, datetime]:
    """The first time of what comes again, its rule, and that time on the person's clock."""
    said = words.strip().lower()
    every = None
    for way in (said, days if said in ON else f"{days} {said}", f"{days} at {said}"):
        every = every or when.repeats(way, work.now, work.zone, locale=work.locale)
    if every is None:
        raise Refused(
            f"I am not sure how often “{words}” is. Say it like “every weekday at 8” or “off”."
        )
    on = every.on if when.has_time(every.on) else datetime.combine(every.on.date(), at)
    found = when.coming(every.rule, on, work.now, work.zone)
    if found is None:
        raise Refused(f"“{words}” is past by now.")
    first, on, rule = found
    return first, rule, on


def _say_every(work: Work, rule: str, on: datetime, first: datetime) -> str:
    often = when.say_every(rule, on)
    said = f"{often}, first {when.say(first, True, work.now, work.zone)}."
    if work.zone is zones.ASSUMED:
        return f"{said} I do not know your time zone: say it like “I am in Lisbon”."
    return said


async def _quiet(work: Work, words: str) -> str:
    if words.strip().lower() in OFF:
        await people.prefer(work.session, work.me, "quiet", None)
        await reminders.put_off_no_more(work.session, work.me, work.now)
        return "You have no quiet hours any more."
    quiet = hours.quiet_hours(words)
    kept = preferences.quiet_as_kept(quiet)
    await people.prefer(work.session, work.me, "quiet", kept)
    await reminders.put_off_no_more(work.session, work.me, work.now)
    return (
        f"Your quiet hours are {preferences.say_quiet(quiet)}: what falls into them I tell you "
        "when they are over."
    )


async def _asks_to_mute(work: Work, words: str) -> bool:
    """Whether it is for so long that the person has to confirm it (rule 4), and is asked to."""
    if work.confirmed or words.strip().lower() in OFF:
        return False
    due = windows.date_of(work, words.strip().lower().removeprefix("until "))
    if due.at <= work.now + LONG_MUTE:
        return False
    until = when.say(due.at, False, work.now, work.zone)
    await confirmations.ask(
        work.session,
        work.cause,
        {
            "tool": "change_settings",
            "arguments": {"mute_until": words},
            "says": f"keeps me silent until {until}: no reminders, no digests",
            "mentioned": {},
        },
        {},
        work.now + confirming.STANDS_FOR,
    )
    return True


async def _mute(work: Work, words: str) -> str:
    said = words.strip().lower()
    if said in OFF:
        await people.prefer(work.session, work.me, "muted", None)
        await reminders.put_off_no_more(work.session, work.me, work.now)
        return "I tell you things again."
    due = windows.date_of(work, said.removeprefix("until "))
    at = due.at
    if not due.has_time:
        at = when.on_clock(datetime.combine(due.at.date(), MORNING), True, work.zone).at
    if at <= work.now:
        raise Refused(f"“{words}” is past by now. Say it like “mute until tomorrow”.")
    await people.prefer(work.session, work.me, "muted", at.isoformat())
    await reminders.put_off_no_more(work.session, work.me, work.now)
    return (
        f"I tell you nothing unasked until {when.say(at, True, work.now, work.zone)}; then what "
        "there was, in one."
    )


async def _speak(work: Work, speak: Speaks) -> str:
    if work.conversation.private:
        raise Refused("Here, where we are alone, I always answer. Say it in a channel or thread.")
    await conversations.speaks(work.session, work.conversation.id or 0, speak)
    return f"In this conversation {SPEAKS[speak]}."


async def _hear(work: Work, who: str, *, yes: bool) -> str:
    person = naming.mentioned(work, who)
    if person is None:
        raise Refused("You can always have yourself reminded.")
    about = await consents.say(work.session, work.me, person)
    act = allow if yes else refuse
    return (await act(work, about)).text
