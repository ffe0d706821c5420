"""Times → words, for whoever reads them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.understanding.when import repeat
from core.understanding.when.values import has_time


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


def say(at: datetime, has_time: bool, now: datetime, zone: ZoneInfo, *, zoned: bool = True) -> str:
    """A due time in words, in the reader's zone: "Fri 27 Nov 17:00 (Europe/Berlin)"."""
    local = at.astimezone(zone) if has_time else at.astimezone(UTC)
    this_year = now.astimezone(zone).year
    day = f"{local:%a} {local.day} {local:%b}" + ("" if local.year == this_year else f" {local:%Y}")
    if not has_time:
        return day
    return f"{day} {local:%H:%M} ({name_of(zone)})" if zoned else f"{day} {local:%H:%M}"


def say_every(rule: str, occurrence: datetime) -> str:
    """A recurrence in words: "every friday at 09:00"."""
    return repeat.say(rule, occurrence.time() if has_time(occurrence) else None)
