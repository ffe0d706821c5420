"""Hours of the day in words, from one to another: 10pm to 7am."""

import re
from datetime import time

from core.errors import Refused

_HOUR = re.compile(
    r"(?:at |from )?(?:(\d{1,2})(?::(\d\d))?\s*(am|pm|a\.m\.|p\.m\.|h)?|(midnight|noon))"
)


_SIDES = re.compile(r"\s*(?:-|–|\bto\b|\btill\b|\buntil\b|\band\b)\s*")


def quiet_hours(words: str) -> tuple[time, time]:
    """From when to when somebody does not want to be told anything: "10pm to 7am", "22:00-07:00".
    Without am and pm they begin in the evening and end in the morning. Raises Refused."""
    said = re.sub(r"^(?:from|between)\s+", "", words.strip().lower().rstrip("."))
    sides = _SIDES.split(said)
    found = [_HOUR.fullmatch(side) for side in sides]
    if len(found) == 2 and found[0] and found[1]:
        start, end = _clock(found[0], evening=True), _clock(found[1], evening=False)
        if start is not None and end is not None and start != end:
            return start, end
    raise Refused(f"I am not sure from when to when “{words}” is. Say it like “10pm to 7am”.")


def _clock(found: re.Match[str], *, evening: bool) -> time | None:
    if found[4]:
        return time(0) if found[4] == "midnight" else time(12)
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "")[:1]
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    elif evening and found[2] is None and not half and 5 <= hour <= 11:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
