"""Receipts: what truly happened, read back from the database after the commit, in words."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core import when
from db.tasks import Change

MARK = "✓"


def say(changes: list[Change], now: datetime, zone: ZoneInfo) -> list[str]:
    """A line for each change, in the order in which they happened."""
    return [f"{MARK} {_say(change, now, zone)}" for change in changes]


def _say(change: Change, now: datetime, zone: ZoneInfo) -> str:
    after = change.after or {}
    name = f"#{change.number} {after.get('title', '')}"
    match change.action:
        case "added":
            return " · ".join(["Added " + name, *_due(after, now, zone)])
        case "completed":
            return f"Done {name}"
        case "reopened":
            return f"Reopened {name}"
        case "deleted":
            return f"Deleted {name}"
    return " · ".join(["Changed " + name, *_differences(change.before or {}, after, now, zone)])


def _differences(
    before: dict[str, Any], after: dict[str, Any], now: datetime, zone: ZoneInfo
) -> list[str]:
    said = []
    if before.get("title") != after.get("title"):
        said.append(f"was “{before.get('title')}”")
    if _when(before) != _when(after):
        said.extend(_due(after, now, zone) or ["no date"])
    if before.get("description") != after.get("description"):
        said.append("description" if after.get("description") else "no description")
    return said


def _when(kept: dict[str, Any]) -> tuple[Any, Any]:
    return kept.get("due_at"), kept.get("due_has_time")


def _due(kept: dict[str, Any], now: datetime, zone: ZoneInfo) -> list[str]:
    if not kept.get("due_at"):
        return []
    at = datetime.fromisoformat(kept["due_at"]).astimezone(UTC)
    return [when.say(at, bool(kept["due_has_time"]), now, zone)]
