"""When words are to be said: a moment, what comes again, a length of time ahead."""

from datetime import datetime, timedelta
from typing import Any

from core.errors import Refused
from core.people.preferences import MORNING
from core.tasks import windows
from core.understanding import when
from core.work import Work


def moment(work: Work, words: str, zone: Any = None) -> tuple[datetime, dict[str, Any]]:
    """When words are to be said; of what comes again also how. A day without a time is its
    morning, in `zone` if that is another's."""
    zone = zone or work.zone
    every = when.repeats(words, work.now, work.zone, locale=work.locale)
    if every and when.from_done(every.rule):
        raise Refused("Only a task can count from when it is done; add it as one.")
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


def say(work: Work, at: datetime, more: dict[str, Any]) -> str:
    if more.get("recurrence"):
        often = when.say_every(more["recurrence"], more["recurs_on"])
        return f" {often}: first {when.say(at, True, work.now, work.zone)}."
    return f": {when.say(at, True, work.now, work.zone)}."


def later(work: Work, minutes: int) -> datetime:
    if minutes:
        return work.now + timedelta(minutes=minutes)
    day = work.now.astimezone(work.zone).date() + timedelta(days=1)
    return when.on_clock(datetime.combine(day, MORNING), True, work.zone).at


def minutes_of(words: str) -> int:
    said = words.strip().lower().removesuffix("before").strip()
    if said in AT_ITS_TIME:
        return 0
    minutes = when.minutes(said) or 0
    if not 0 < minutes <= LONGEST_LEAD:
        raise Refused(f"“{words}” is no length of time. Say it like “30 minutes” or “2 hours”.")
    return minutes


LONGEST_LEAD = 60 * 24 * 30  # minutes before a task
AT_ITS_TIME = frozenset({"0", "at its time", "at the time", "on time"})
STOPS = frozenset({"never", "stop", "off", "none", "not at all"})
