"""Times of day: 5pm, 17h30, half past 7, ten to five, noon, midnight, end of day."""

import re
from dataclasses import dataclass, replace
from datetime import time, tzinfo

from core.understanding.when import offsets
from core.understanding.when.words import ABOUT, LEADS, PARTS, POINTS, amount

WAKING = 7  # the hour from which a bare "at 9" may be meant


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. `either`: it may be meant in the morning or in the evening. `days`: it is of
    a later day than the one that is named (midnight ends it). `zone`: where it is said for another
    zone. `today`: only today's is meant, when no day is named."""

    at: time
    either: bool = False
    days: int = 0
    zone: tzinfo | None = None
    today: bool = False


END_OF_DAY = Clock(time(17), today=True)
MIDNIGHT = Clock(time(0), days=1)
_FIGURES = re.compile(r"(?P<h>\d{1,2})(?:(?P<sep>[:.h])(?P<m>\d\d)|(?P<hour>h))?(?P<half>am|pm|p)?")
_COMPACT = re.compile(r"(\d{1,2})([0-5]\d)(am|pm)")
_YEAR = re.compile(r"20[2-9]\d")
_FOUR = re.compile(r"([01]\d|2[0-3])([0-5]\d)")


def clock(words: list[str], *, after_day: bool) -> Clock | None:
    """The time of day that the words say. After a day bare hours from 1 to 6 are the evening's,
    and parts of a day need no "in the"."""
    words, led = _unled(words)
    elsewhere = offsets.split(words) if words else None
    if elsewhere:
        rest, zone = elsewhere
        found = clock(rest, after_day=after_day) or _figures(rest, led=True, after_day=True)
        if found is None or zone is None:
            return found
        return replace(found, zone=zone, either=False)
    match words:
        case ["midnight"] | ["12", "midnight"]:
            return MIDNIGHT
        case ["12" | "12:00", "noon" | "midday"]:
            return Clock(PARTS["noon"])
        case ["in", "the", part] if part in PARTS:
            return Clock(PARTS[part])
        case ["this", part] if part in PARTS and not after_day:
            return Clock(PARTS[part], today=True)
        case [part] if part in PARTS and (after_day or led or part in POINTS):
            return Clock(PARTS[part])
        case ["eod" | "cob"] | ["end", "of", "day"] | ["end", "of", "the", "day"]:
            return END_OF_DAY
        case ["close", "of", "business"] | ["the", "end", "of", "the", "day"]:
            return END_OF_DAY
        case ["first", "thing"] if after_day:
            return Clock(PARTS["morning"])
        case ["first", "thing", "in", "the", "morning"]:
            return Clock(PARTS["morning"])
        case [*rest, "in", "the", part] if part in PARTS:
            return _of_part(_figures(rest, led=True, after_day=False), part)
        case [part, *rest] if part in PARTS and after_day and rest:
            return _of_part(
                clock(rest, after_day=False) or _figures(rest, led=True, after_day=False), part
            )
        case [*rest, part] if part in PARTS and part not in POINTS and after_day and rest:
            return _of_part(_figures(rest, led=True, after_day=False), part)
    return _figures(words, led=led, after_day=after_day)


def _unled(words: list[str]) -> tuple[list[str], bool]:
    """Without "at", "by", "around": whether there was one."""
    led = False
    while len(words) > 1 and (words[0] in LEADS or words[0] in ABOUT):
        led = led or words[0] not in ("due", "for", "on")  # "at 5" is a time, "for 5" a table
        words = words[1:]
    return words, led


def _figures(words: list[str], *, led: bool, after_day: bool) -> Clock | None:
    spoken = _spoken(words)
    if spoken:
        return _clock(*spoken, led=True, after_day=after_day)
    if words[1:] == ["o'clock"] and amount(words[0]):
        return _clock(amount(words[0]) or 0, None, "", led=True, after_day=after_day)
    if len(words) != 1:
        return None
    four = _FOUR.fullmatch(words[0]) if led and not _YEAR.fullmatch(words[0]) else None
    if four:
        return Clock(time(int(four[1]), int(four[2])))
    compact = _COMPACT.fullmatch(words[0])  # 630pm
    word = f"{compact[1]}:{compact[2]}{compact[3]}" if compact else words[0]
    found = _FIGURES.fullmatch(word)
    if found is None:
        return None
    hour, half = int(found["h"]), found["half"] or ""
    half = "pm" if half == "p" else half
    minute = int(found["m"]) if found["m"] else None
    if found["hour"] or found["sep"] == "h":  # 17h, 17h30
        return Clock(time(hour, minute or 0)) if hour < 24 and (minute or 0) < 60 else None
    if found["sep"] == "." and not half and not led and 1 <= (minute or 0) <= 12:
        return None  # 5.12 may be a date, or a version
    as_it_stands = found["h"].startswith("0")
    return _clock(hour, minute, half, led=led, after_day=after_day, as_it_stands=as_it_stands)


def _clock(
    hour: int,
    minute: int | None,
    half: str,
    *,
    led: bool,
    after_day: bool,
    as_it_stands: bool = False,
) -> Clock | None:
    if hour > 23 or (minute or 0) > 59:
        return None
    if half:
        if not 1 <= hour <= 12:
            return None
        midnight = half == "am" and hour == 12 and not after_day
        at = time(hour % 12 + (12 if half == "pm" else 0), minute or 0)
        return Clock(at, days=1) if midnight and not minute else Clock(at)
    bare = 1 <= hour <= 12 and not as_it_stands
    if minute is None and not led:
        return None  # "invoice 7 friday": a bare number is no time unless "at" says so
    if minute is None and hour == 0:
        return None
    if bare and after_day:
        return Clock(time(hour + 12 if hour < WAKING else hour, minute or 0))
    return Clock(time(hour, minute or 0), either=bare and led)


def _spoken(words: list[str]) -> tuple[int, int, str] | None:
    """Hour, minute and am or pm of half past 7, quarter to 9pm, ten to five, half 7 (7:30)."""
    *first, last = words
    half = last[-2:] if last[-2:] in ("am", "pm") else ""
    hour = amount(last.removesuffix(half))
    if hour is None or not 1 <= hour <= 12:
        return None
    match first:
        case ["half"] | ["half", "past"]:
            return hour, 30, half
        case ["quarter", way] | ["a", "quarter", way]:
            minutes: int | None = 15
        case [number, way] | [number, "minutes" | "mins", way]:
            minutes = amount(number)
        case _:
            return None
    if minutes is None or minutes > 29:
        return None
    if way in ("past", "after"):
        return hour, minutes, half
    if way in ("to", "til", "till", "before"):
        return hour - 1 or 12, 60 - minutes, half
    return None


def _of_part(found: Clock | None, part: str) -> Clock | None:
    """A bare hour that is said with its part of the day: 8 in the evening."""
    if found is None or not (1 <= found.at.hour <= 12):
        return found if found and not found.either else None
    morning = part == "morning"
    if part == "night" and found.at.hour < 6:
        return Clock(found.at, days=1)  # the night that follows the day
    if part != "night" and (found.at.hour == 12) == morning and found.at.hour > 10:
        return None  # "morning at 12", "afternoon at 11": a slip, but which?
    hour = found.at.hour % 12 + (0 if morning else 12)
    if part == "night" and found.at.hour == 12:
        return Clock(time(0, found.at.minute), days=1)
    return Clock(found.at.replace(hour=hour))
