"""Zones that are said beside a time of day: 5pm EST, 9am pacific, 6pm london time, 10:00+05:30."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from core.understanding import cities

# What people call zones by, however the clocks stand: "EST" is said in summer too. Those of two
# zones (IST: India, Ireland, Israel) are left out: Todd asks.
NAMED = {
    "utc": "Etc/UTC", "gmt": "Etc/UTC", "zulu": "Etc/UTC",
    "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York",
    "eastern": "America/New_York", "cst": "America/Chicago", "cdt": "America/Chicago",
    "ct": "America/Chicago", "central": "America/Chicago", "mst": "America/Denver",
    "mdt": "America/Denver", "mt": "America/Denver", "mountain": "America/Denver",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles", "akst": "America/Anchorage", "hst": "Pacific/Honolulu",
    "bst": "Europe/London", "wet": "Europe/Lisbon", "west": "Europe/Lisbon",
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "eet": "Europe/Helsinki",
    "eest": "Europe/Helsinki", "msk": "Europe/Moscow", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong", "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland",
}  # fmt: skip
LONGEST = 3  # words of a city
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(0?\d|1[0-4])(?::?([0-5]\d))?")
_GLUED = re.compile(r"(\d{1,2}:\d\d)(z|[+-]\d\d:?\d\d)")
# Places are known by more than the tables of zones have.
ALSO = {"ny": "new york", "india": "kolkata", "east coast": "new york", "west coast": "los angeles"}


def split(words: list[str]) -> tuple[list[str], tzinfo | None] | None:
    """The words of a time without those of its zone, and the zone: None for one's own ("my time").
    None when no zone is said."""
    *rest, last = words
    if rest and last == "time":
        return _timed(rest)
    if rest and last in NAMED:
        return rest, _zone(NAMED[last])
    offset = _OFFSET.fullmatch(last)
    if rest and offset and _apart(offset):
        named = rest[-1] in ("utc", "gmt") and not last[0].isalpha()
        return (rest[:-1] if named else rest), _fixed(*offset.groups())
    glued = _GLUED.fullmatch(last)
    if glued:
        offset = _OFFSET.fullmatch(glued[2])
        if offset is None and glued[2] != "z":
            return None  # no clock is so far off
        return [*rest, glued[1]], _fixed(*offset.groups()) if offset else UTC
    return None


def _timed(words: list[str]) -> tuple[list[str], tzinfo | None] | None:
    if words[-1:] == ["my"] or words[-1:] == ["local"]:
        return words[:-1], None
    for size in range(min(LONGEST, len(words) - 1), 0, -1):
        name = " ".join(words[-size:])
        zone = _zone(NAMED[name]) if name in NAMED else cities.zone(ALSO.get(name, name))
        if zone is not None:
            return words[:-size], zone
    return None


def _apart(offset: re.Match[str]) -> bool:
    # "+2" by itself is no zone; "utc+2", "+02:00" and "utc +2" are.
    return offset[0][0].isalpha() or len(offset[2]) == 2


def _fixed(sign: str, hours: str, minutes: str | None) -> tzinfo:
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-away if sign == "-" else away)


def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def said(words: str) -> tuple[str, tzinfo] | None:
    """The zone that stands beside an hour in words, as it was said; None when none does, or one's
    own."""
    parts = words.split()
    for end in range(2, len(parts) + 1):
        found = split([part.lower().strip(",;") for part in parts[:end]])
        if found and found[0] and found[1] is not None and _HOUR.search(found[0][-1]):
            return " ".join(parts[len(found[0]) : end]).strip(",;"), found[1]
    return None


_HOUR = re.compile(r"\d|noon|midnight|[ap]m$")
