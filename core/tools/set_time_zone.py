"""The tool that keeps where somebody is."""

from typing import Annotated

from core.errors import Refused
from core.reminders import schedule
from core.understanding import cities
from core.understanding.when import name_of
from core.work import Result, Work
from db import people


async def set_time_zone(
    work: Work, place: Annotated[str, "A city, a country, an IANA zone or an offset like UTC+2"]
) -> Result:
    """Keep where the person is, for dates and times, when they say so."""
    zone = cities.zone(place)
    if zone is None:
        raise Refused(f"I do not know the time zone of “{place}”. Name a large city nearby.")
    await people.set_zone(work.session, work.me, zone.key)
    await schedule.reclock(work.session, work.me, zone, work.now)
    local = work.now.astimezone(zone)
    return Result(f"Your time zone is {name_of(zone)}; there it is {local:%a %H:%M} now.")
