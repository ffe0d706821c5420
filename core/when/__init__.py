"""Words for dates → a time, in the speaker's zone; None when in doubt. And a time → words.

A grammar for what people really type. It answers None rather than guess: a wrong date that nobody
notices is worse than a question. `words` has the words, `length`, `day`, `clock` and `repeat` what
they come to; tests/when.txt holds what is meant by each.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from core.when import repeat
from core.when.clock import WAKING, Clock, clock
from core.when.day import day
from core.when.length import length
from core.when.words import DAYS, LEADS, MONTHS, PARTS, bare, tokens, unled

WORDS_LIMIT = 9  # the longest expression looked for inside a line
LONGEST = 100  # characters; nobody says a date at greater length
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[t ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?\s*(z|[+-]\d\d:?\d\d)?")
_NUMBERED = re.compile(r"\d{1,2}(?:st|nd|rd|th)?")
_DATED = re.compile(r"\d{4}-\d\d-\d\d")
_TIMED = re.compile(r"\d{1,2}:\d\d|\d{1,2}[ap]m|\d{1,2}/\d{1,2}/\d{2,4}")
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}|\d{1,2}(?:[:.]\d\d)?-\d{1,2}(?:[:.]\d\d)?[ap]m")
_ZONED = re.compile(r"(.*\S)\s*\(([a-z0-9_+/-]+)\)", re.I)


@dataclass(frozen=True, slots=True)
class When:
    """A moment (`has_time`, `at` in UTC), or a calendar date (`at` is its midnight in UTC)."""

    at: datetime
    has_time: bool


@dataclass(frozen=True, slots=True)
class Every:
    """A recurrence: an RRULE without DTSTART (RFC 5545; UNTIL is on the person's clock, the whole
    day included), and its first occurrence. What repeats keeps its time of day in the zone."""

    rule: str
    first: When
    on: datetime  # the same on the person's own clock, without a zone
    counted: bool = False  # its day was not said: it is that of today


@dataclass(frozen=True, slots=True)
class Found:
    """A date found inside a line: what it is, and which words of the line say it."""

    when: When
    first: int
    last: int  # exclusive


def parse(
    words: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    locale: str | None = None,
    past_ok: bool = False,
) -> When | None:
    """What `words` mean, heard at `now` by somebody in `zone`; None when in doubt, or past.

    Words without a time of day give a date. A time that is past today means tomorrow's; a bare
    "at 7" is the next seven o'clock of a waking day. `locale` (BCP 47) decides what 3/4 is; without
    one it is in doubt. `past_ok`: what is past counts too, to search.
    """
    try:
        found = _parse(words.strip(), now, zone, locale)
    except (OverflowError, ValueError):
        return None  # beyond what a calendar holds
    if found is not None and found.at.year > LAST_YEAR:
        return None
    if found is None or past_ok:
        return found
    if found.has_time:
        return found if found.at > now else None
    return found if found.at.date() >= now.astimezone(zone).date() else None


LAST_YEAR = 2199  # nobody means a later one, and a calendar has an end


def beside(words: str, said: When, than: When, now: datetime, zone: ZoneInfo) -> When:
    """A date that was said of something which has one: a day alone leaves its time as it is, a time
    alone its day, unless that would be past."""
    day_only = not said.has_time
    if day_only and than.has_time:
        clock_of = than.at.astimezone(zone).time()
        kept = When(_moment(said.at.date(), clock_of, zone), True)
    elif said.has_time and is_clock(words):
        day_of = (than.at.astimezone(zone) if than.has_time else than.at.astimezone(UTC)).date()
        kept = When(_moment(day_of, said.at.astimezone(zone).time(), zone), True)
    else:
        return said
    return kept if kept.at > now else said


def is_clock(words: str) -> bool:
    """Whether words say a time of day alone: "7:30", "at noon"."""
    said = tokens(words)
    return bool(said) and clock(said, after_day=False) is not None


def anchored(every: Every, on: datetime) -> Every | None:
    """The rule as counted from a time that it may fall on, on the person's own clock: "every month"
    from the 27th is on the 27th; None when it does not fall on it."""
    rule = repeat.counted_from(every.rule, on.date(), counted=every.counted)
    if rule is None:
        return None
    at = on.time() if not has_time(every.on) else every.on.time()
    return replace(every, rule=rule, on=datetime.combine(on.date(), at))


def repeats(
    words: str, now: datetime, zone: ZoneInfo, *, locale: str | None = None
) -> Every | None:
    """The recurrence that `words` say; None when they say none, or leave a doubt."""
    said = _clocked(tokens(words), locale)
    if not said or len(words) > LONGEST:
        return None
    try:
        found = repeat.rule(said, now.astimezone(zone), locale)
        if found is None:
            return None
        rule, first = found
        due = on_clock(first, rule.clock is not None, zone)
        return Every(rule.text(), due, first, rule.counted)
    except (OverflowError, ValueError):
        return None


def following(
    rule: str, occurrence: datetime, now: datetime, zone: ZoneInfo
) -> tuple[When, datetime, str] | None:
    """The next occurrence of a rule after the one at `occurrence` (the person's own clock) and
    after now, a date's after today: when it is, the same on that clock, and what is left of the
    rule. None after the last."""
    local = now.astimezone(zone).replace(tzinfo=None)
    if not has_time(occurrence):
        local = datetime.combine(local.date(), time(0))
    found = repeat.following(rule, occurrence, local)
    if found is None:
        return None
    at, left = found
    return on_clock(at, has_time(at), zone), at, left


def coming(
    rule: str, on: datetime, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime, str] | None:
    """The first time of a rule that is not past, from the one at `on` (the person's own clock, with
    a time of day): the moment, the same on that clock, and what is left of the rule. None after the
    last."""
    at = on_clock(on, True, zone).at
    if at > now:
        return at, on, rule
    found = following(rule, on, now, zone)
    return (found[0].at, found[1], found[2]) if found else None


def has_time(on: datetime) -> bool:
    """Whether an occurrence, on the person's own clock, has a time of day: midnight is none."""
    return on.time() != time(0)


def on_clock(at: datetime, timed: bool, zone: ZoneInfo) -> When:
    """A time of the person's own clock as the moment, or the date, that it is."""
    if timed:
        return When(_moment(at.date(), at.time(), zone), True)
    return When(_midnight(at.date()), False)


def say_every(rule: str, occurrence: datetime) -> str:
    """A recurrence in words: "every friday at 09:00"."""
    return repeat.say(rule, occurrence.time() if has_time(occurrence) else None)


def later(words: str, than: When | None, zone: ZoneInfo) -> When | None:
    """A length of time after a date or moment that is known: "two weeks" later, at the same time
    of the clock; None when there is nothing to count from, or the words are no length."""
    found = length(tokens(words))
    if than is None or found is None:
        return None
    try:
        if not than.has_time:
            return None if found.has_time else When(than.at + found.days, False)
        local = than.at.astimezone(zone) + found.days
        moved = _moment(local.date(), local.time(), zone) + found.hours
        return When(moved, True)
    except (OverflowError, ValueError):
        return None


def minutes(words: str) -> int | None:
    """A length of time in minutes, a day being 24 hours: "30 minutes", "half an hour", "a day";
    None for months and years, and when the words are none."""
    found = length(tokens(words))
    if found is None or found.days.months or found.days.years:
        return None
    return int((timedelta(days=found.days.days) + found.hours) / timedelta(minutes=1))


def _parse(said: str, now: datetime, zone: ZoneInfo, locale: str | None) -> When | None:
    if not said or len(said) > LONGEST:
        return None
    zoned = _ZONED.fullmatch(said)
    if zoned:  # as we say it back: Fri 27 Nov 17:00 (Europe/Berlin)
        said = zoned[1]
        if zoned[2].lower() != name_of(zone).lower():
            return None
    words = _clocked(tokens(said), locale)
    if not words:
        return None
    iso = _ISO.fullmatch(" ".join(unled(words)))
    if iso:
        return _iso(iso, zone)
    span = _span(words, now)
    if span is not None:
        return span
    local = now.astimezone(zone)
    read = _day_and_clock(words, local.date(), locale)
    return _resolve(*read, now, zone) if read else None


# Languages in which people say twelve hours twice; in all others 6:40 is the morning's.
TWICE_TWELVE = frozenset("en hi ur bn ta te ml pa ar ko fil tl ms".split())


def _clocked(words: list[str], locale: str | None) -> list[str]:
    """The words with times as they are meant: where people count to 24, 6:40 is 06:40."""
    if locale is None or re.split("[-_]", locale.lower())[0] in TWICE_TWELVE:
        return words
    return [f"0{word}" if re.fullmatch(r"\d:\d\d", word) else word for word in words]


def _span(words: list[str], now: datetime) -> When | None:
    """In 2 hours, in half an hour, 90 min from now: elapsed time, whatever the clocks do."""
    words = unled(words)
    if words[0] == "in":
        found = length(words[1:])
    elif words[-2:] == ["from", "now"]:
        found = length(words[:-2])
    else:
        return None
    if found is None or not found.has_time:
        return None
    return When(now.astimezone(UTC) + found.days + found.hours, True)


def _day_and_clock(
    words: list[str], today: date, locale: str | None
) -> tuple[date | None, Clock | None] | None:
    """Splits the words into those of a day and those of a time, in either order."""
    for cut in range(len(words), -1, -1):
        head, tail = words[:cut], words[cut:]
        for day_words, clock_words in ((head, tail), (tail, head)):
            if day_words and (tonight := _tonight(day_words, clock_words, today)):
                return tonight
            named = day(day_words, today, locale) if day_words else None
            timed = clock(clock_words, after_day=bool(day_words)) if clock_words else None
            if (named is None and day_words) or (timed is None and clock_words):
                continue
            return named, timed
    return None


def _tonight(
    day_words: list[str], clock_words: list[str], today: date
) -> tuple[date, Clock] | None:
    """The evening of today, and the night that follows it."""
    if day_words != ["tonight"]:
        return None
    if not clock_words:
        return today, Clock(PARTS["night"])
    said = clock(clock_words, after_day=False)
    if said is None:
        return None
    hour = said.at.hour
    if said.either and 5 <= hour < 12:
        return today, Clock(said.at.replace(hour=hour + 12))
    if said.days or (said.either and hour == 12):
        return today + timedelta(days=1), Clock(said.at.replace(hour=0))
    if hour >= 17:
        return today, said
    return (today + timedelta(days=1), said) if hour < 5 else None


def _resolve(named: date | None, timed: Clock | None, now: datetime, zone: ZoneInfo) -> When | None:
    today = now.astimezone(zone).date()
    if timed is None:
        return When(_midnight(named), False) if named else None
    if named:
        return _at(named, timed, zone)
    if timed.today:
        return _at(today, timed, zone)
    if timed.days:
        return _at(today, timed, zone)  # the midnight that ends this day
    times = [timed.at]
    if timed.either:
        later = timed.at.hour % 12 + 12
        times = sorted({timed.at, timed.at.replace(hour=later)})
    for days in (0, 1):
        for at in times:
            found = _at(today + timedelta(days=days), Clock(at, utc=timed.utc), zone)
            if found.at > now and (not timed.either or WAKING <= at.hour < ASLEEP):
                return found
    return None


ASLEEP = 23  # the hour from which a bare "at 11" is not meant


def _at(named: date, timed: Clock, zone: ZoneInfo) -> When:
    day = named + timedelta(days=timed.days)
    return When(_moment(day, timed.at, UTC if timed.utc else zone), True)


def _iso(match: re.Match[str], zone: ZoneInfo) -> When | None:
    day_of, hour, minute, offset = match.groups()
    try:
        if offset:
            sign = "+00:00" if offset == "z" else offset
            at = datetime.fromisoformat(f"{day_of}T{hour}:{minute}:00{sign}")
            return When(at.astimezone(UTC), True)
        return When(_moment(date.fromisoformat(day_of), time(int(hour), int(minute)), zone), True)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(day: date, clock: time, zone: tzinfo) -> datetime:
    # A time that the clocks skip is shifted forward, one that comes twice is the first.
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def find(
    tokens: list[str],
    now: datetime,
    zone: ZoneInfo,
    *,
    locale: str | None = None,
    past_ok: bool = False,
) -> Found | None:
    """The longest date said in a line, rather at its end or its start than inside; None when there
    is none. A number or a month's name inside a title is part of the title: inside a line only
    what is plainly a day counts ("call bob tomorrow about the lease").
    """
    count = len(tokens)
    for size in range(min(WORDS_LIMIT, count), 0, -1):
        inside = range(1, count - size)
        for first in (count - size, 0, *inside):
            words = [word.lower() for word in tokens[first : first + size]]
            if first in inside and not (
                _is_plain_day(words) and not tokens[first + size][:1].isdigit()
            ):
                continue
            led = size > 1 and words[0] in LEADS
            when = parse(" ".join(words), now, zone, locale=locale, past_ok=past_ok)
            if when is None and led:
                when = parse(" ".join(words[1:]), now, zone, locale=locale, past_ok=past_ok)
            if when is not None and (led or not _bare(words)):
                return Found(when, first, first + size)
    return None


def _is_plain_day(words: list[str]) -> bool:
    if not has_day(words):
        return False
    said = tokens(" ".join(words))
    return bool(said) and (
        said[0] in DAY_WORDS
        or (said[0] in ("on", "by", "next", "this") and any(word in DAY_WORDS for word in said))
    )


def may_repeat(word: str) -> bool:
    """Whether a recurrence may be said with this word: without such a one there is none."""
    return bare(word) in REPEATING


REPEATING = frozenset({
    "every", "each", "everyday", "weekdays", "weekends", "workdays", "month", "quarterly",
    "fortnightly", "and", "&", *repeat.OFTEN, *repeat.PLURALS, *(f"{part}s" for part in PARTS),
})  # fmt: skip


def doubtful(words: list[str]) -> str:
    """Words left in a line that say a date which could not be understood; empty when none do:
    a month beside a number, a date in figures, a time of day at either end."""
    said = [bare(word) for word in words]
    last = len(said) - 1
    for at, word in enumerate(said):
        near = said[max(0, at - 1) : at] + said[at + 1 : at + 2]
        if word in MONTHS and any(_NUMBERED.fullmatch(each) for each in near):
            return " ".join(words[max(0, at - 1) : at + 2])
        if _DATED.fullmatch(word):
            return words[at]
        led = at > 0 and said[at - 1] in LEADS
        if led and at == last and _SLASHED.fullmatch(word):
            return " ".join(words[at - 1 : at + 1])
        if near and at in (0, last) and _TIMED.fullmatch(word) and (led or word[-1] == "m"):
            return " ".join(words[max(0, at - 1) : at + 1])
    return ""


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
    return any(bare(word) in DAY_WORDS for word in words)


def has_more(word: str) -> bool:
    """Whether a word next to a date that was found belongs to a date that was not."""
    said = bare(word)
    return said in MORE or bool(_ISO.match(said)) or bool(re.fullmatch(r"(19|20)\d\d", said))


def _bare(words: list[str]) -> bool:
    # "room 12", "may", "john 3:16", "python 3.11": too little without a word that leads up to it.
    word = words[0]
    return len(words) == 1 and (
        word.isdecimal()
        or word in ("may", "march", "sun", "sat", "mar", "jan", "second")
        or bool(re.fullmatch(r"\d:\d\d|\d{1,2}\.\d\d", word))
    )


def name_of(zone: ZoneInfo) -> str:
    """A zone as people read it: Europe/Berlin, UTC+2."""
    name = zone.key.removeprefix("Etc/")
    if name.startswith("GMT") and name[3:4] in ("+", "-"):
        return f"UTC{'-' if name[3] == '+' else '+'}{name[4:]}"  # the signs are the other way round
    return name


def ahead(at: datetime, has_time: bool, now: datetime, zone: ZoneInfo) -> str:
    """How far away a due time is, by the reader's calendar: "today", "in 5 days"; empty when it is
    past."""
    day = (at.astimezone(zone) if has_time else at.astimezone(UTC)).date()
    days = (day - now.astimezone(zone).date()).days
    if days < 0:
        return ""
    return ("today", "tomorrow")[days] if days < 2 else f"in {days} days"


def say(at: datetime, has_time: bool, now: datetime, zone: ZoneInfo) -> str:
    """A due time in words, in the reader's zone: "Fri 27 Nov 17:00 (Europe/Berlin)"."""
    local = at.astimezone(zone) if has_time else at.astimezone(UTC)
    this_year = now.astimezone(zone).year
    day = f"{local:%a} {local.day} {local:%b}" + ("" if local.year == this_year else f" {local:%Y}")
    return f"{day} {local:%H:%M} ({name_of(zone)})" if has_time else day
