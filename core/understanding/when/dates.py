"""Words → a date or a moment, in the speaker's zone; None when in doubt."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.understanding.when.clock import WAKING, Clock, clock
from core.understanding.when.day import day
from core.understanding.when.length import length
from core.understanding.when.saying import name_of
from core.understanding.when.values import When, midnight, moment
from core.understanding.when.words import PARTS, tokens, unled

LONGEST = 100  # characters; nobody says a date at greater length
LAST_YEAR = 2199  # nobody means a later one, and a calendar has an end
ISO = re.compile(r"(\d{4}-\d\d-\d\d)[t ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?\s*(z|[+-]\d\d:?\d\d)?")
STAMP = re.compile(r"<t:(\d{1,11})(?::[a-z])?>")  # a moment, as chats write it
_ZONED = re.compile(r"(.*\S)\s*\(([a-z0-9_+/-]+)\)", re.I)
# Languages in which people say twelve hours twice; in all others 6:40 is the morning's.
TWICE_TWELVE = frozenset("en hi ur bn ta te ml pa ar ko fil tl ms".split())
ASLEEP = 23  # the hour from which a bare "at 11" is not meant


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


def beside(words: str, said: When, than: When, now: datetime, zone: ZoneInfo) -> When:
    """A date that was said of something which has one: a day alone leaves its time as it is, a time
    alone its day, unless that would be past."""
    day_only = not said.has_time
    if day_only and than.has_time:
        clock_of = than.at.astimezone(zone).time()
        kept = When(moment(said.at.date(), clock_of, zone), True)
    elif said.has_time and is_clock(words):
        day_of = (than.at.astimezone(zone) if than.has_time else than.at.astimezone(UTC)).date()
        kept = When(moment(day_of, said.at.astimezone(zone).time(), zone), True)
    else:
        return said
    return kept if kept.at > now else said


def is_clock(words: str) -> bool:
    """Whether words say a time of day alone: "7:30", "at noon"."""
    said = tokens(words)
    return bool(said) and clock(said, after_day=False) is not None


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
        moved = moment(local.date(), local.time(), zone) + found.hours
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
    words = clocked(tokens(said), locale)
    if not words:
        return None
    alone = " ".join(unled(words))
    iso = ISO.fullmatch(alone)
    if iso:
        return _iso(iso, zone)
    stamp = STAMP.fullmatch(alone)
    if stamp:
        return When(datetime.fromtimestamp(int(stamp[1]), UTC), True)
    words = _part_first(words)
    span = _span(words, now)
    if span is not None:
        return span
    local = now.astimezone(zone)
    read = _day_and_clock(words, local.date(), locale)
    return _resolve(*read, now, zone) if read else None


def _part_first(words: list[str]) -> list[str]:
    """The morning of 24 dec: 24 dec, morning."""
    match unled(words):
        case [part, "of", *rest] | ["the", part, "of", *rest] if part in PARTS and rest:
            return [*rest, part]
    return words


def clocked(words: list[str], locale: str | None) -> list[str]:
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
        return When(midnight(named), False) if named else None
    if named:
        return _at(named, timed, zone)
    if timed.today:
        return _at(today, timed, zone)
    if timed.days:
        return _at(_today(now, timed, zone), timed, zone)  # the midnight that ends this day
    times = [timed.at]
    if timed.either:
        later = timed.at.hour % 12 + 12
        times = sorted({timed.at, timed.at.replace(hour=later)})
    for days in (0, 1):
        for at in times:
            found = _at(
                _today(now, timed, zone) + timedelta(days=days), Clock(at, zone=timed.zone), zone
            )
            if found.at > now and (not timed.either or WAKING <= at.hour < ASLEEP):
                return found
    return None


def _today(now: datetime, timed: Clock, zone: ZoneInfo) -> date:
    """Today, where the time of day is said for."""
    return now.astimezone(timed.zone or zone).date()


def _at(named: date, timed: Clock, zone: ZoneInfo) -> When:
    day = named + timedelta(days=timed.days)
    return When(moment(day, timed.at, timed.zone or zone), True)


def _iso(match: re.Match[str], zone: ZoneInfo) -> When | None:
    day_of, hour, minute, offset = match.groups()
    try:
        if offset:
            sign = "+00:00" if offset == "z" else offset
            at = datetime.fromisoformat(f"{day_of}T{hour}:{minute}:00{sign}")
            return When(at.astimezone(UTC), True)
        return When(moment(date.fromisoformat(day_of), time(int(hour), int(minute)), zone), True)
    except ValueError:
        return None
