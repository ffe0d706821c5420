"""Places in words → a time zone: Lisbon, Kenya, UTC+2, Europe/Berlin."""

import re
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

# Places that people name and that no zone is called after. From the same region, same clocks.
ALSO = {
    "san francisco": "America/Los_Angeles", "sf": "America/Los_Angeles",
    "la": "America/Los_Angeles", "seattle": "America/Los_Angeles",
    "california": "America/Los_Angeles",
    "nyc": "America/New_York", "boston": "America/New_York", "washington": "America/New_York",
    "miami": "America/New_York", "atlanta": "America/New_York", "philadelphia": "America/New_York",
    "texas": "America/Chicago", "dallas": "America/Chicago", "houston": "America/Chicago",
    "austin": "America/Chicago", "montreal": "America/Toronto", "ottawa": "America/Toronto",
    "rio": "America/Sao_Paulo", "rio de janeiro": "America/Sao_Paulo",
    "brasilia": "America/Sao_Paulo",
    "munich": "Europe/Berlin", "hamburg": "Europe/Berlin", "cologne": "Europe/Berlin",
    "frankfurt": "Europe/Berlin", "geneva": "Europe/Zurich", "basel": "Europe/Zurich",
    "barcelona": "Europe/Madrid", "milan": "Europe/Rome", "lyon": "Europe/Paris",
    "porto": "Europe/Lisbon", "krakow": "Europe/Warsaw", "kyiv": "Europe/Kyiv",
    "kiev": "Europe/Kyiv", "edinburgh": "Europe/London", "manchester": "Europe/London",
    "england": "Europe/London", "scotland": "Europe/London", "uk": "Europe/London",
    "bangalore": "Asia/Kolkata", "bengaluru": "Asia/Kolkata", "mumbai": "Asia/Kolkata",
    "delhi": "Asia/Kolkata", "new delhi": "Asia/Kolkata", "chennai": "Asia/Kolkata",
    "beijing": "Asia/Shanghai", "shenzhen": "Asia/Shanghai", "osaka": "Asia/Tokyo",
    "tel aviv": "Asia/Jerusalem", "abu dhabi": "Asia/Dubai", "cape town": "Africa/Johannesburg",
    "wellington": "Pacific/Auckland", "canberra": "Australia/Sydney", "hanoi": "Asia/Bangkok",
}  # fmt: skip


# Words that are zones' names too, and mean something else when somebody says where they are.
NO_PLACES = frozenset({"center", "north", "south", "west", "easter", "reunion", "christmas",
                       "victoria", "troll", "act", "georgia", "general", "eastern"})  # fmt: skip


AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
         "Indian", "Pacific")  # fmt: skip


_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?00)?")


def zone(words: str) -> ZoneInfo | None:
    """The zone of a city, a country with one zone, an IANA name or a whole offset from UTC; None
    when it is not known, or a country has several."""
    said = " ".join(words.lower().replace("_", " ").strip(" .!?").split())
    if said in ("utc", "gmt", "z"):
        return ZoneInfo("Etc/UTC")
    offset = _OFFSET.fullmatch(said)
    if offset:
        hours = int(offset[2])
        # The signs of Etc/GMT zones are the other way round.
        name = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "Etc/UTC"
        return ZoneInfo(name) if name in available_timezones() else None
    if said in NO_PLACES:
        return None
    name = ALSO.get(said) or _names().get(said) or _countries().get(said) or ""
    return ZoneInfo(name) if name else None


@cache
def _names() -> dict[str, str]:
    """Lower-case names and cities of all zones that are called after a place."""
    names: dict[str, str] = {}
    for name in sorted(available_timezones()):
        if name.split("/")[0] not in AREAS:
            continue
        plain = name.lower().replace("_", " ")
        names[plain] = name
        names.setdefault(plain.rsplit("/", 1)[-1], name)
    return names


@cache
def _countries() -> dict[str, str]:
    """Countries that have one zone. From tzdata's tables, which are in the public domain."""
    folder = files("tzdata") / "zoneinfo"
    zones: dict[str, list[str]] = {}
    for line in _rows((folder / "zone.tab").read_text()):
        zones.setdefault(line[0], []).append(line[2])
    return {
        name.lower(): zones[code][0]
        for code, name in (row[:2] for row in _rows((folder / "iso3166.tab").read_text()))
        if len(zones.get(code, ())) == 1
    }


def _rows(table: str) -> list[list[str]]:
    return [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
