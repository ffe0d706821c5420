"""Windows of time in words, as lists are asked for: overdue, this week, in may."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from core.errors import Refused
from core.understanding import spans, when
from core.understanding.when import When
from core.understanding.when.words import DAYS, MONTHS, amount
from core.work import Work
from db.tasks import Window

OVERDUE = spans.OVERDUE


def due(work: Work, words: str) -> Window:
    """When something is due; raises Refused when the words say no window."""
    said = words.strip().lower()
    today = work.now.astimezone(work.zone).date()
    if not said:
        return Window()
    if said == OVERDUE:
        return Window(None, work.now, None, today - timedelta(days=1), words.strip())
    if spans.UNDATED.fullmatch(said):
        return Window(said="no date", undated=True)
    both = spans.AND_OVERDUE.fullmatch(said)
    if both:
        return replace(due(work, both[1] or both[2]), start=None, first=None, said=words.strip())
    return replace(_of(work, said, today), said=words.strip())


def _of(work: Work, said: str, today: date) -> Window:
    """The window of words that may have an end left open: before friday, by friday, after the 3rd,
    from monday to wednesday, next 7 days."""
    soon = spans.NEXT_DAYS.fullmatch(said)
    count = amount(soon[1]) if soon else None
    if soon and count:
        last = today + timedelta(days=count * (7 if soon[2].startswith("week") else 1))
        return days(work, today, last)
    between = spans.BETWEEN.fullmatch(said)
    if between:
        first, _ = _span(work, between[1], today, ahead=True)
        _, last = _span(work, between[2], today, ahead=True)
        if last >= first:
            return days(work, first, last)
    way, _, rest = said.partition(" ")
    if way not in spans.OPEN_ENDED or not rest:
        return days(work, *_span(work, said, today, ahead=True))
    first, last = _span(work, rest, today, ahead=True)
    whole = days(work, first, last)
    match spans.OPEN_ENDED[way]:
        case "before":
            return Window(None, whole.start, None, first - timedelta(days=1))
        case "after":
            return Window(whole.end, None, last + timedelta(days=1), None)
    return Window(None, whole.end, None, last)


def done(work: Work, words: str) -> Window:
    """When something was done: today, yesterday, this week, last week, since monday."""
    said = words.strip().lower()
    today = work.now.astimezone(work.zone).date()
    if not said:
        return Window()
    since = said.startswith("since ")
    first, last = _span(work, said.removeprefix("since "), today, ahead=False)
    return days(work, first, today if since else last, words.strip())


def date_of(work: Work, words: str, *, past_ok: bool = False) -> When:
    """One date or moment in words; raises Refused with what to say instead."""
    found = when.parse(words, work.now, work.zone, locale=work.locale, past_ok=past_ok)
    if found is None and when.minutes(words):  # "20 mins", as a due date, is from now on
        found = when.parse(f"in {words}", work.now, work.zone, locale=work.locale)
    if found is None:
        raise Refused(
            f"I am not sure what date “{words}” is, or it is past. Say it like "
            "“friday 5pm”, “in two weeks” or “2027-03-01 14:00”."
        )
    return found


def _span(work: Work, said: str, today: date, *, ahead: bool) -> tuple[date, date]:
    """First and last day of what is said; a month or a weekday alone is the next one or, looking
    back, the latest."""
    monday = today - timedelta(days=today.weekday())
    saturday = monday + timedelta(days=5)
    first_day = today.replace(day=1)
    week, month = timedelta(days=7), relativedelta(months=1)
    known = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "this week": (monday, monday + timedelta(days=6)),
        "next week": (monday + week, monday + timedelta(days=13)),
        "last week": (monday - week, monday - timedelta(days=1)),
        "this weekend": (saturday, saturday + timedelta(days=1)),
        "the weekend": (saturday, saturday + timedelta(days=1)),
        "this month": (first_day, today + relativedelta(day=31)),
        "next month": (first_day + month, first_day + month + relativedelta(day=31)),
        "last month": (first_day - month, first_day - timedelta(days=1)),
    }
    if said in known:
        return known[said]
    number = MONTHS.get(said.removeprefix("in "))
    if number:
        away = (number - today.month) % 12 if ahead else -((today.month - number) % 12)
        first = first_day + relativedelta(months=away)
        return first, first + relativedelta(day=31)
    found = date_of(work, said, past_ok=True)
    day = found.at.astimezone(work.zone if found.has_time else UTC).date()
    if not ahead and day > today:
        day = _before(said, day, today)
    return day, day


def _before(said: str, day: date, today: date) -> date:
    """What was: "monday" is the last one, "20 november" this year's or the last."""
    if re.search(r"\d", said):
        while day > today:
            day += relativedelta(years=-1)
        return day
    if said.split()[-1] in DAYS and day - today <= timedelta(days=7):
        return day - timedelta(days=7)
    raise Refused(f"“{said}” is not past yet.")


def days(work: Work, first: date, last: date, said: str = "") -> Window:
    """The window of whole days, on the person's own clock."""
    start, end = _start(work, first), _start(work, last + timedelta(days=1))
    return Window(start, end, first, last, said)


def _start(work: Work, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=work.zone).astimezone(UTC)
