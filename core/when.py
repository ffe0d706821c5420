"""Words for dates → a time, in the speaker's zone; None when in doubt. And a time → words.

A small grammar for what people really type. It answers None rather than guess: a wrong date that
nobody notices is worse than a question.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

DAYS = {
    "monday": 0, "mon": 0, "tuesday": 1, "tue": 1, "tues": 1, "wednesday": 2, "wed": 2,
    "thursday": 3, "thu": 3, "thur": 3, "thurs": 3, "friday": 4, "fri": 4, "saturday": 5,
    "sat": 5, "sunday": 6, "sun": 6,
}  # fmt: skip
MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9,
    "sep": 9, "sept": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12,
    "dec": 12,
}  # fmt: skip
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
TYPOS = {
    "tmrw": "tomorrow", "tmr": "tomorrow", "tomorow": "tomorrow", "tommorow": "tomorrow",
    "tommorrow": "tomorrow", "2moro": "tomorrow", "wensday": "wednesday", "wednsday": "wednesday",
    "thrusday": "thursday", "saterday": "saturday", "tonite": "tonight",
}  # fmt: skip
PARTS = {
    "morning": time(9), "noon": time(12), "midday": time(12), "lunchtime": time(12),
    "afternoon": time(15), "evening": time(18), "night": time(20),
}  # fmt: skip
UNITS = {
    "minute": "minutes", "min": "minutes", "hour": "hours", "hr": "hours", "h": "hours",
    "day": "days", "week": "weeks", "month": "months", "year": "years",
}  # fmt: skip
WORDS_LIMIT = 8  # the longest expression looked for inside a line
LONGEST = 100  # characters; nobody says a date at greater length
WAKING = 7  # the hour from which a bare "at 9" may be meant

_CLOCK = re.compile(r"(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))?\s*(?P<half>am|pm|a\.m\.|p\.m\.|h)?$")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?$")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::\d\d)?(z|[+-]\d\d:?\d\d)?)?$")


@dataclass(frozen=True, slots=True)
class When:
    """A moment (`has_time`, `at` in UTC), or a calendar date (`at` is its midnight in UTC)."""

    at: datetime
    has_time: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; `either`: it may be meant in the morning or in the evening."""

    at: time
    either: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A date found inside a line: what it is, and which words of the line say it."""

    when: When
    first: int
    last: int  # exclusive


def parse(words: str, now: datetime, zone: ZoneInfo, *, past_ok: bool = False) -> When | None:
    """What `words` mean, heard at `now` by somebody in `zone`; None when in doubt, or past.

    Words without a time of day give a date. A time that is past today means tomorrow's; a bare
    "at 7" is the next seven o'clock of a waking day. `past_ok`: ISO dates may be past, to search.
    """
    try:
        found = _parse(words.strip().lower(), now, zone)
    except (OverflowError, ValueError):
        return None  # beyond what a calendar holds
    if found is None or past_ok:
        return found
    if found.has_time:
        return found if found.at > now else None
    return found if found.at.date() >= now.astimezone(zone).date() else None


def _parse(said: str, now: datetime, zone: ZoneInfo) -> When | None:
    iso = _ISO.match(said)
    if iso:
        return _iso(iso, zone)
    tokens = [TYPOS.get(token, token) for token in re.sub(r",| @ ?|^@", " ", said).split()]
    if not tokens or len(said) > LONGEST:
        return None
    local = now.astimezone(zone)
    span = _span(tokens, now, local)
    if span is not None:
        return span
    read = _day_and_clock(tokens, now, local)
    if read is None:
        return None
    day, clock = read
    if clock is None:
        return None if day is None else When(_midnight(day), False)
    if day is not None:
        return When(_moment(day, clock.at, zone), True)
    times = [clock.at]
    if clock.either and 7 <= clock.at.hour + 12 < 23:
        times = [clock.at, clock.at.replace(hour=clock.at.hour + 12)]
    for days in (0, 1):
        for at in times:
            moment = _moment(local.date() + timedelta(days=days), at, zone)
            if moment > now and (at.hour >= WAKING or not clock.either):
                return When(moment, True)
    return None


def find(tokens: list[str], now: datetime, zone: ZoneInfo) -> Found | None:
    """The longest date said at the start or the end of a line; None when there is none.

    Only the edges count: a number or a month's name inside a title is part of the title.
    """
    count = len(tokens)
    for size in range(min(WORDS_LIMIT, count), 0, -1):
        for first in (count - size, 0):
            words = [word.lower() for word in tokens[first : first + size]]
            led = size > 1 and words[0] in LEADS
            when = parse(" ".join(words), now, zone)
            if when is None and led:
                when = parse(" ".join(words[1:]), now, zone)
            if when is not None and (led or not _bare(words)):
                return Found(when, first, first + size)
    return None


LEADS = frozenset({"by", "on", "at", "due", "for", "until", "before"})
# Beside a date that was found these say that there is more to it than was understood.
MORE = frozenset({
    "in", "of", "after", "before", "last", "every", "each", "next", "this", "from", "to", "until",
    "till", "between", "or", "the", "not", "days", "weeks", "hours", "months", "past", "quarter",
    "half", "end", "start", "beginning", *DAYS, *MONTHS, *PARTS, "today", "tomorrow", "tonight",
    "yesterday", "and", "&", "weekdays", "daily", "weekly", "monthly",
})  # fmt: skip


DAY_WORDS = frozenset({"today", "tonight", "tomorrow", *(day for day in DAYS if len(day) > 5)})


def has_day(words: list[str]) -> bool:
    """Whether what is left of a line after a date was found still names a day."""
    said = (word.lower().strip(",.;") for word in words)
    return any(TYPOS.get(word, word) in DAY_WORDS for word in said)


def has_more(word: str) -> bool:
    """Whether a word next to a date that was found belongs to a date that was not."""
    said = TYPOS.get(word.lower().strip(",.;"), word.lower().strip(",.;"))
    return said in MORE or bool(_ISO.match(said)) or bool(re.fullmatch(r"(19|20)\d\d", said))


def _bare(words: list[str]) -> bool:
    # "room 12", "may", "john 3:16", "python 3.11": too little without a word that leads up to it.
    word = words[0]
    return len(words) == 1 and (
        word.isdecimal()
        or word in ("may", "march", "sun", "sat", "mar", "jan", "second")
        or bool(re.fullmatch(r"\d:\d\d|\d{1,2}\.\d\d", word))
    )


def _span(tokens: list[str], now: datetime, local: datetime) -> When | None:
    """in 2 hours, in half an hour, two weeks from now: what is not a day with a time beside it."""
    if tokens[0] == "in":
        tokens = tokens[1:]
    elif tokens[-2:] == ["from", "now"]:
        tokens = tokens[:-2]
    else:
        return None
    if tokens[:1] == ["half"] and tokens[1:] in (["an", "hour"], ["a", "hour"], ["hour"]):
        return When(now + timedelta(minutes=30), True)
    if len(tokens) == 1:
        glued = re.fullmatch(r"([0-9]{1,4})([a-z]+)", tokens[0])
        tokens = list(glued.groups()) if glued else tokens
    if len(tokens) != 2:
        return None
    unit = UNITS.get(tokens[1]) or UNITS.get(tokens[1].removesuffix("s"))
    amount = _amount(tokens[0])
    if amount is None or unit is None:
        return None
    if unit in ("minutes", "hours"):
        return When(now + timedelta(**{unit: amount}), True)
    return When(_midnight(_later(local.date(), amount, unit)), False)


def _amount(word: str) -> int | None:
    """A number in words or figures, from 1 to 1,000."""
    number = NUMBERS.get(word) or (int(word) if re.fullmatch("[0-9]{1,4}", word) else None)
    return number if number and number <= 1_000 else None


def _later(day: date, amount: int, unit: str) -> date:
    later = relativedelta(**{unit: amount})  # type: ignore[arg-type]
    return day + later


def _day_and_clock(
    tokens: list[str], now: datetime, local: datetime
) -> tuple[date | None, Clock | None] | None:
    """Splits the words into those of a day and those of a time, in either order."""
    for cut in range(len(tokens) + 1):
        head, tail = tokens[:cut], tokens[cut:]
        for day_words, clock_words in ((head, tail), (tail, head)):
            day = _day(day_words, local.date()) if day_words else None
            clock = _clock(clock_words, after_day=bool(day_words)) if clock_words else None
            if (day is None and day_words) or (clock is None and clock_words):
                continue
            if day_words == ["tonight"]:
                return _tonight(local.date(), clock)
            return day, clock
    return None


def _tonight(today: date, clock: Clock | None) -> tuple[date, Clock] | None:
    """The evening of today, and the night that follows it."""
    if clock is None:
        return today, Clock(PARTS["night"])
    hour = clock.at.hour
    if clock.either and 5 <= hour < 12:
        return today, Clock(clock.at.replace(hour=hour + 12))
    if clock.either and hour == 12:
        return today + timedelta(days=1), Clock(clock.at.replace(hour=0))
    if hour >= 17:
        return today, clock
    return (today + timedelta(days=1), clock) if hour < 5 else None


def _day(words: list[str], today: date) -> date | None:
    words = words[1:] if len(words) > 1 and words[0] in ("on", "this", "by") else words
    match words:
        case ["today" | "tonight"]:
            return today
        case ["tomorrow"]:
            return today + timedelta(days=1)
        case ["day", "after", "tomorrow"] | ["the", "day", "after", "tomorrow"]:
            return today + timedelta(days=2)
        case ["in", number, unit] if UNITS.get(unit.removesuffix("s")) in ("days", "weeks"):
            amount = _amount(number)
            return _later(today, amount, UNITS[unit.removesuffix("s")]) if amount else None
        case ["next", "week"]:
            return today + timedelta(days=7 - today.weekday())
        case ["next", "month"]:
            return (today + relativedelta(months=1)).replace(day=1)
        case ["next", name] if name in DAYS:
            # The one of next week, Monday to Sunday: never the one that is only days away.
            return today + timedelta(days=7 - today.weekday() + DAYS[name])
        case [name] if name in DAYS:
            return today + timedelta(days=(DAYS[name] - today.weekday() - 1) % 7 + 1)
        case [number, month] if month in MONTHS:
            return _date(number, month, today)
        case [month, number] if month in MONTHS:
            return _date(number, month, today)
        case ["the", number] if _ORDINAL.match(number) and not number.isdigit():
            return _day_of_month(int(_ORDINAL.match(number).group(1)), today)  # type: ignore[union-attr]
        case ["end", "of", "month"] | ["end", "of", "the", "month"]:
            return today + relativedelta(day=31)
    return None


def _date(number: str, month: str, today: date) -> date | None:
    ordinal = _ORDINAL.match(number)
    if ordinal is None:
        return None
    for year in (today.year, today.year + 1):
        try:
            day = date(year, MONTHS[month], int(ordinal.group(1)))
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _day_of_month(number: int, today: date) -> date | None:
    for months in range(3):
        try:
            day = (today + relativedelta(months=months)).replace(day=number)
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _clock(words: list[str], *, after_day: bool) -> Clock | None:
    led = words[0] in ("at", "by")
    words = words[1:] if led and len(words) > 1 else words
    match words:
        case ["in", "the", part] if part in PARTS:
            return Clock(PARTS[part])
        case ["this", part] if part in PARTS and not after_day:
            return Clock(PARTS[part])
        case [part] if part in PARTS and (after_day or led or part in ("noon", "midday")):
            return Clock(PARTS[part])
        case ["eod"] | ["end", "of", "day"]:
            return Clock(time(17))
    clock = _CLOCK.match(" ".join(words))
    if clock is None or len(words) > 2:
        return None
    hour, minute, half = int(clock["h"]), int(clock["m"] or 0), (clock["half"] or "")[:1]
    if minute > 59 or hour > 23:
        return None
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            return None
        return Clock(time(hour % 12 + (12 if half == "p" else 0), minute))
    if clock["m"] is None and not half:
        if not led or hour == 0:
            return None  # "invoice 7 friday": a bare number is no time unless "at" says so
        if after_day and hour < WAKING:
            return Clock(time(hour + 12))  # "tomorrow at 6" is the evening's
        return Clock(time(hour), either=1 <= hour <= 12)
    by_twelve = not half and 1 <= hour <= 12 and clock["h"][0] != "0"
    if by_twelve and after_day and hour < WAKING:
        return Clock(time(hour + 12, minute))  # and so is "tomorrow at 6:30"
    return Clock(time(hour, minute), either=by_twelve and led)


def _iso(match: re.Match[str], zone: ZoneInfo) -> When | None:
    year, month, day, hour, minute, offset = match.groups()
    try:
        if hour is None:
            return When(datetime(int(year), int(month), int(day), tzinfo=UTC), False)
        if offset:
            sign = "+00:00" if offset == "z" else offset
            text = f"{year}-{month}-{day}T{hour}:{minute}:00{sign}"
            return When(datetime.fromisoformat(text).astimezone(UTC), True)
        return When(
            _moment(date(int(year), int(month), int(day)), time(int(hour), int(minute)), zone), True
        )
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # A time that the clocks skip is shifted forward, one that comes twice is the first.
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def say(at: datetime, has_time: bool, now: datetime, zone: ZoneInfo) -> str:
    """A due time in words, in the reader's zone: "Fri 27 Nov 17:00 (Europe/Berlin)"."""
    local = at.astimezone(zone) if has_time else at.astimezone(UTC)
    this_year = now.astimezone(zone).year
    day = f"{local:%a} {local.day} {local:%b}" + ("" if local.year == this_year else f" {local:%Y}")
    return f"{day} {local:%H:%M} ({zone.key.removeprefix('Etc/')})" if has_time else day
