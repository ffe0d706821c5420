"""How people want Todd to be: what is kept of it with them, read and said back."""

from datetime import datetime, time, timedelta

from core.people.zones import zone_of
from core.understanding import when
from db.models import User

MORNING = time(9)  # when a day is meant and no time is said


def silent_until(user: User, now: datetime) -> datetime | None:
    """Until when a person is not to be told anything; None when they may be told now."""
    at = now
    muted, quiet = muted_until(user), quiet_of(user)
    for _ in range(3):  # the end of one may fall into the other
        if muted is not None and muted > at:
            at = muted
        elif quiet is not None:
            at = _after(quiet, at, user) or at
    return at if at > now else None


def _after(quiet: tuple[time, time], at: datetime, user: User) -> datetime | None:
    """The end of the quiet hours in which a moment lies; None when it lies in none."""
    start, end = quiet
    zone = zone_of(user)
    local = at.astimezone(zone)
    clock = local.time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if start > end and clock >= start else 0)
    return when.on_clock(datetime.combine(day, end), True, zone).at


def muted_until(user: User) -> datetime | None:
    said = user.preferences.get("muted")
    return datetime.fromisoformat(said) if said else None


def quiet_of(user: User) -> tuple[time, time] | None:
    said = user.preferences.get("quiet")
    if not said:
        return None
    start, end = said.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def quiet_as_kept(quiet: tuple[time, time]) -> str:
    return "-".join(f"{at:%H:%M}" for at in quiet)


def say_quiet(quiet: tuple[time, time]) -> str:
    return " to ".join(f"{at:%H:%M}" for at in quiet)


def say_lead(wanted: str | None) -> str:
    """How long before a task's time: "at its time", "15 minutes before"."""
    if wanted == "off":
        return "not at all"
    minutes = int(wanted or 0)
    return f"{length(minutes)} before" if minutes else "at its time"


def length(minutes: int) -> str:
    """So many minutes in words: "15 minutes", "an hour", "2 days"."""
    for size, one, many in ((1_440, "a day", "days"), (60, "an hour", "hours")):
        if minutes and minutes % size == 0:
            return one if minutes == size else f"{minutes // size} {many}"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
