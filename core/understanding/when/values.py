"""What words for dates come to: a moment or a date, a recurrence; and how both stand on a clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo


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


def has_time(on: datetime) -> bool:
    """Whether an occurrence, on the person's own clock, has a time of day: midnight is none."""
    return on.time() != time(0)


def on_clock(at: datetime, timed: bool, zone: ZoneInfo) -> When:
    """A time of the person's own clock as the moment, or the date, that it is."""
    if timed:
        return When(moment(at.date(), at.time(), zone), True)
    return When(midnight(at.date()), False)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def moment(day: date, clock: time, zone: tzinfo) -> datetime:
    # A time that the clocks skip is shifted forward, one that comes twice is the first.
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
