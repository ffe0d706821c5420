"""Days of the calendar: friday, next week, 24 dec, the 5th, 3/4, 2026-W50, a week from monday."""

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from core.understanding.when.holidays import holiday
from core.understanding.when.length import length
from core.understanding.when.words import DAYS, MONTHS, ORDINALS, amount, ordinal, unled

MONTH_FIRST = frozenset({"en-us", "en-ph"})
FRIDAY, SATURDAY = 4, 5
ALWAYS = "24/7"
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)?")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{4})(\d\d)(\d\d)")
_ISO_WEEK = re.compile(r"(\d{4})-w(\d\d)(?:-([1-7]))?")


def day(words: list[str], today: date, locale: str | None) -> date | None:
    """The day that the words name; None when they name none, or leave a doubt."""
    words = unled(words)
    return (
        _named(words, today)
        or holiday(words, today, locale)
        or _of_week(words, today)
        or _edge(words, today)
        or _of_quarter(words, today)
        or _in_month(words, today)
        or _of_month(words, today)
        or _numeric(words, today, locale)
        or _counted(words, today, locale)
    )


def _named(words: list[str], today: date) -> date | None:
    match words:
        case ["today"]:
            return today
        case ["tomorrow"]:
            return today + timedelta(days=1)
        case ["overmorrow"] | ["day", "after", "tomorrow"] | ["the", "day", "after", "tomorrow"]:
            return today + timedelta(days=2)
        case ["yesterday"]:
            return today - timedelta(days=1)
        case ["day", "before", "yesterday"] | ["the", "day", "before", "yesterday"]:
            return today - timedelta(days=2)
    return None


def _of_week(words: list[str], today: date) -> date | None:
    match words:
        case [name] if name in DAYS:
            return coming(DAYS[name], today)
        case ["this", name] | [name, "this", "week"] if name in DAYS:
            return today + timedelta(days=(DAYS[name] - today.weekday()) % 7)
        case ["next", name] if name in DAYS:
            # The one of next week, Monday to Sunday: never the one that is only days away.
            return next_monday(today) + timedelta(days=DAYS[name])
        case [name, "next", "week"] | ["next", "week", name] if name in DAYS:
            return next_monday(today) + timedelta(days=DAYS[name])
        case ["next", "week", "on", name] if name in DAYS:
            return next_monday(today) + timedelta(days=DAYS[name])
        case [name, "week"] | ["a", "week", "on", name] | ["week", "on", name] if name in DAYS:
            return coming(DAYS[name], today) + timedelta(days=7)
        case ["weekend"] | ["this" | "the", "weekend"]:
            return today + timedelta(days=(SATURDAY - today.weekday()) % 7)
        case ["next", "weekend"]:
            return next_monday(today) + timedelta(days=SATURDAY)
        case ["next", "week"]:
            return next_monday(today)
    return None


def _edge(words: list[str], today: date) -> date | None:
    """Beginnings and ends of weeks, months and years."""
    match words:
        case ["next", "month"]:
            return (today + relativedelta(months=1)).replace(day=1)
        case ["next", "year"]:
            return date(today.year + 1, 1, 1)
        case ["the", *rest] if rest and rest[0] in ("start", "beginning", "end"):
            return _edge(rest, today)
        case ["start" | "beginning", "of", "next", "week" | "month" | "year" as unit]:
            return day(["next", unit], today, None)
        case ["eow"] | ["end", "of", "week"] | ["end", "of", "the" | "this", "week"]:
            return today + timedelta(days=(FRIDAY - today.weekday()) % 7)
        case ["end", "of", "next", "week"]:
            return next_monday(today) + timedelta(days=FRIDAY)
        case ["eom"] | ["month", "end"] | ["end", "of", "month"]:
            return today + relativedelta(day=31)
        case ["end", "of", "the" | "this", "month"]:
            return today + relativedelta(day=31)
        case ["end", "of", "next", "month"]:
            return today + relativedelta(months=1, day=31)
        case ["end", "of", month] if month in MONTHS:
            first = _first_of(MONTHS[month], today)
            end = first + relativedelta(day=31)
            return end if end >= today else end + relativedelta(years=1, day=31)
        case ["eoy"] | ["end", "of", "year"] | ["end", "of", "the" | "this", "year"]:
            return date(today.year, 12, 31)
        case ["end", "of", "next", "year"]:
            return date(today.year + 1, 12, 31)
        case ["in", month] if month in MONTHS:
            first = _first_of(MONTHS[month], today)
            return first if first > today else first + relativedelta(years=1)
    return None


def _of_quarter(words: list[str], today: date) -> date | None:
    """Beginnings and ends of quarters."""
    first = date(today.year, today.month - (today.month - 1) % 3, 1)
    match words:
        case ["the", *rest] if rest and rest[0] in ("start", "beginning", "end"):
            return _of_quarter(rest, today)
        case ["next", "quarter"] | ["start" | "beginning", "of", "next", "quarter"]:
            return first + relativedelta(months=3)
        case ["end", "of", "quarter"] | ["end", "of", "the" | "this", "quarter"] | ["eoq"]:
            return first + relativedelta(months=2, day=31)
        case ["end", "of", "next", "quarter"]:
            return first + relativedelta(months=5, day=31)
        case ["end", "of", "q1" | "q2" | "q3" | "q4" as quarter]:
            end = date(today.year, 3 * int(quarter[1]), 1) + relativedelta(day=31)
            return end if end >= today else end + relativedelta(years=1, day=31)
    return None


def _in_month(words: list[str], today: date) -> date | None:
    """A day by its place in a month: first monday of december, last friday of the month, the 15th
    of next month, last day of january, last working day of the month."""
    if words[:1] == ["the"]:
        words = words[1:]
    for at, word in enumerate(words):
        if word in ("of", "in") and at:
            for month in _months(words[at + 1 :], today):
                found = _place_in(words[:at], month)
                if found is None or found >= today:
                    return found  # no fifth friday: which month is meant, nobody knows
            return None
    return None


def _months(words: list[str], today: date) -> list[date]:
    """The first days of the months that are meant: this one or the next, where it is left open."""
    this = today.replace(day=1)
    match words:
        case ["this", "month"]:
            return [this]
        case ["month"] | ["the", "month"]:
            return [this, this + relativedelta(months=1)]
        case ["next", "month"]:
            return [this + relativedelta(months=1)]
        case [name] if name in MONTHS:
            first = _first_of(MONTHS[name], today)
            return [first, first + relativedelta(years=1)]
        case [name, year] if name in MONTHS and re.fullmatch(r"20\d\d", year):
            return [date(int(year), MONTHS[name], 1)]
    return []


def _place_in(words: list[str], month: date) -> date | None:
    last = month + relativedelta(day=31)
    match words:
        case ["last", "day"]:
            return last
        case ["last" | "first" as end, "working" | "business" | "week", "day"] | [
            "last" | "first" as end,
            "workday" | "weekday",
        ]:
            found, step = (last, -1) if end == "last" else (month, 1)
            while found.weekday() >= SATURDAY:
                found += timedelta(days=step)
            return found
        case [nth, name] if nth in ORDINALS and name in DAYS:
            if ORDINALS[nth] < 0:
                return last - timedelta(days=(last.weekday() - DAYS[name]) % 7)
            found = month + timedelta(days=(DAYS[name] - month.weekday()) % 7)
            found += timedelta(weeks=ORDINALS[nth] - 1)
            return found if found.month == month.month else None
        case [nth] if ordinal(nth) or (nth in ORDINALS and ORDINALS[nth] > 0):
            return _date(month.year, month.month, ordinal(nth) or ORDINALS[nth])
    return None


def _first_of(month: int, today: date) -> date:
    return date(today.year, month, 1)


def _of_month(words: list[str], today: date) -> date | None:
    if len(words) > 2 and words[0] in DAYS:
        # A weekday beside a date has to be that date's.
        dated = _of_month(words[1:], today)
        return dated if dated and dated.weekday() == DAYS[words[0]] else None
    match words:
        case ["the", number] if ordinal(number):
            return _next_with(ordinal(number) or 0, today)
        case [number] if ordinal(number):
            return _next_with(ordinal(number) or 0, today)
        case ["the", *rest] if len(rest) > 1 and ordinal(rest[0]):
            return _of_month(rest, today)
        case [number, "of", month, *year] if month in MONTHS:
            return _dated(number, month, year, today)
        case [number, month, *year] if month in MONTHS:
            return _dated(number, month, year, today)
        case [month, "the", number, *year] if month in MONTHS and ordinal(number):
            return _dated(number, month, year, today)
        case [month, number, *year] if month in MONTHS:
            return _dated(number, month, year, today)
    return None


def _dated(number: str, month: str, year: list[str], today: date) -> date | None:
    found = ordinal(number) or (int(number) if re.fullmatch(r"\d{1,2}", number) else None)
    if found is None or len(year) > 1:
        return None
    if year:
        return (
            _date(int(year[0]), MONTHS[month], found) if re.fullmatch(r"\d{4}", year[0]) else None
        )
    return _next_date(MONTHS[month], found, today)


def _next_with(number: int, today: date) -> date | None:
    """The next day of that number; months that have none are passed over."""
    first = today.replace(day=1)
    for months in range(3):
        month = first + relativedelta(months=months)
        found = _date(month.year, month.month, number)
        if found and found >= today:
            return found
    return None


def _next_date(month: int, number: int, today: date) -> date | None:
    """The next such day, today included; a leap day's may be years away."""
    for year in range(today.year, today.year + 9):
        found = _date(year, month, number)
        if found and found >= today:
            return found
    return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _numeric(words: list[str], today: date, locale: str | None) -> date | None:
    match words:
        case ["week" | "cw" | "kw", number] if re.fullmatch(r"\d{1,2}", number):
            return _week(int(number), today)
        case [word]:
            return _figures(word, today, locale)
    return None


def _figures(word: str, today: date, locale: str | None) -> date | None:
    if word == ALWAYS:
        return None
    iso = _ISO.fullmatch(word)
    if iso:
        year, month, number = (int(part) for part in iso.groups() if part)
        return _date(year, month, number)
    week = _ISO_WEEK.fullmatch(word)
    if week:
        try:
            return date.fromisocalendar(int(week[1]), int(week[2]), int(week[3] or 1))
        except ValueError:
            return None
    dotted = _DOTTED.fullmatch(word)
    if dotted:
        return _with_year(int(dotted[2]), int(dotted[1]), dotted[3], today)
    slashed = _SLASHED.fullmatch(word)
    if slashed is None:
        return None
    first, second = int(slashed[1]), int(slashed[2])
    if first <= 12 and second <= 12 and first != second:
        if locale is None:
            return None  # two readings, and nothing to choose by
        month_first = locale.replace("_", "-").lower() in MONTH_FIRST
    else:
        month_first = second > 12
    month, number = (first, second) if month_first else (second, first)
    return _with_year(month, number, slashed[3], today)


def _with_year(month: int, number: int, year: str | None, today: date) -> date | None:
    if year is None:
        return _next_date(month, number, today) if 1 <= month <= 12 else None
    return _date(int(year) if len(year) == 4 else 2000 + int(year), month, number)


def _week(number: int, today: date) -> date | None:
    """The Monday of the next such week; this week's, on a Monday."""
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday >= today:
            return monday
    return None


def _counted(words: list[str], today: date, locale: str | None) -> date | None:
    """In two weeks; three days from now; a week after friday."""
    if words[0] == "in":
        return _working(words[1:], today) or _later(words[1:], today)
    match words:
        case ["day", "before" | "after" as way, *rest] | [
            "the",
            "day",
            "before" | "after" as way,
            *rest,
        ] if rest:
            base = day(rest, today, locale)
            return base + timedelta(days=1 if way == "after" else -1) if base else None
    for at, word in enumerate(words):
        if word in ("from", "after") and at and at + 1 < len(words):
            rest = words[at + 1 :]
            base = today if rest in (["now"], ["today"]) else day(rest, today, locale)
            return _later(words[:at], base) if base else None
        if word == "before" and at and at + 1 < len(words):
            base = day(words[at + 1 :], today, locale)
            found = length(words[:at])
            return base - found.days if base and found and not found.has_time else None
    return None


def _working(words: list[str], today: date) -> date | None:
    """So many working days on; what is kept free where, nobody knows here."""
    match words:
        case [number, "business" | "working" | "week", "days" | "day"] | [
            number,
            "workdays" | "weekdays" | "workday",
        ]:
            left = amount(number) or 0
        case _:
            return None
    found = today
    while 0 < left <= 260:
        found += timedelta(days=1)
        left -= found.weekday() < SATURDAY
    return found if found > today else None


def _later(words: list[str], base: date) -> date | None:
    found = length(words)
    return base + found.days if found and not found.has_time else None


def coming(weekday: int, today: date) -> date:
    """The next such weekday, strictly after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())
