"""On which clock somebody lives."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from db.models import User

ASSUMED = ZoneInfo("UTC")


def zone_of(user: User) -> ZoneInfo:
    """The person's zone; UTC while nobody knows it."""
    try:
        return ZoneInfo(user.timezone) if user.timezone else ASSUMED
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ASSUMED
