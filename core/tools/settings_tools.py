"""The tools for how people want Todd to be: shown, changed, and said back."""

from datetime import datetime, time
from typing import Annotated, Literal

from pydantic import Field

from core.errors import Refused
from core.people import preferences, zones
from core.people.preferences import MORNING
from core.reminders import schedule
from core.tasks import naming, windows
from core.tools import reminder_tools
from core.understanding import cities, hours, when
from core.understanding.when import name_of
from core.work import Result, Work
from db import consents, conversations, people, reminders

EVENING = time(17)  # of a look back, if no time is said
OFF = frozenset({"off", "none", "never", "no", "stop"})
ON = frozenset({"on", "yes", "daily", "weekly"})
Speaks = Literal["auto", "always", "mentioned"]
SPEAKS = {
    "auto": "I answer when I am mentioned, and whoever is alone with me in a thread",
    "always": "I answer everything that is said",
    "mentioned": "I answer only when I am mentioned",
}
Often = Annotated[str | None, Field(max_length=100)]


async def set_time_zone(
    work: Work, place: Annotated[str, "A city, a country, an IANA zone or an offset like UTC+2"]
) -> Result:
    """Keep where the person is, for dates and times, when they say so."""
    zone = cities.zone(place)
    if zone is None:
        raise Refused(f"I do not know the time zone of “{place}”. Name a large city nearby.")
    await people.set_zone(work.session, work.me, zone.key)
    await schedule.reclock(work.session, work.me, zone, work.now)
    local = work.now.astimezone(zone)
    return Result(f"Your time zone is {name_of(zone)}; there it is {local:%a %H:%M} now.")


async def show_settings(work: Work) -> Result:
    """Show how the person wants Todd to be: zone, reminders, digest, quiet hours and the rest."""
    if not work.conversation.private:
        here = await conversations.line_of(work.session, work.conversation)
        return Result(
            f"Here: {SPEAKS[work.conversation.speaks]}.\n"
            f"Open tasks posted in this channel: {await _often(work, 'list', here)}.\n"
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
        f"Daily digest: {await _often(work, 'digest')}",
        f"Weekly look back: {await _often(work, 'back')}",
        f"Quiet hours: {preferences.say_quiet(quiet) if quiet else 'none'}",
    ]
    if is_muted and muted:
        lines.append(f"Muted until {when.say(muted, True, work.now, work.zone)}")
    return Result("\n".join(["Your settings:", *(f"- {line}" for line in lines)]))


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
        said.append(await _recurring(work, "digest", digest, "every day", MORNING))
    if look_back is not None:
        said.append(await _recurring(work, "back", look_back, "every friday", EVENING))
    if quiet_hours is not None:
        said.append(await _quiet(work, quiet_hours))
    if mute_until is not None:
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


SETTINGS_TOOLS = (set_time_zone, show_settings, change_settings)

NAMES = {
    "digest": "a digest of your day",
    "back": "a look back on your week",
    "list": "the open tasks of this channel",
}


async def _reminders(work: Work, words: str) -> str:
    said = words.strip().lower()
    before = "off" if said in OFF else "0" if said in ON else None
    if before is None:
        before = str(reminder_tools.minutes_of(words))
    await people.prefer(work.session, work.me, "remind", before)
    await schedule.due_from_now(work)
    if before == "off":
        return "I no longer remind you of tasks at their time. “my reminders” shows what is left."
    return f"I remind you of each task {preferences.say_lead(before)}."


async def _recurring(work: Work, kind: str, words: str, days: str, at: time) -> str:
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
    stopped = await reminders.forget_kind(work.session, work.me, "list", here)
    if words.strip().lower() in OFF:
        return (
            "I no longer post the open tasks here."
            if stopped
            else "I do not post the open tasks here."
        )
    first, rule, on = _every(work, words, "every monday", MORNING)
    await schedule.tell(work, work.me, "list", first, recurrence=rule, recurs_on=on, said_in=here)
    return f"I post {NAMES['list']} {_say_every(work, rule, on, first)}"


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
    person = naming.person(work, who)
    if person is None:
        raise Refused("You can always have yourself reminded.")
    about = await consents.say(work.session, work.me, person)
    act = reminder_tools.allow if yes else reminder_tools.refuse
    return (await act(work, about)).text


async def _often(work: Work, kind: str, said_in: int | None = None) -> str:
    row = await reminders.coming(work.session, work.me, kind, said_in)
    if row is None or row.recurrence is None or row.recurs_on is None:
        return "off"
    return when.say_every(row.recurrence, row.recurs_on)
