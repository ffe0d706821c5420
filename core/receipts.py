"""Receipts: what truly happened, read back from the database after the commit, in words."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core import task_tools, when
from db.tasks import NORMAL, Change

MARK = "✓"


def say(changes: list[Change], now: datetime, zone: ZoneInfo) -> list[str]:
    """A line for each change, in the order in which they happened."""
    return [f"{MARK} {_say(change, now, zone)}" for change in changes]


def _say(change: Change, now: datetime, zone: ZoneInfo) -> str:
    after = change.after or {}
    name = f"#{change.number} {after.get('title', '')}"
    match change.action:
        case "added":
            marks = task_tools.marks(after.get("priority", NORMAL), after.get("labels") or ())
            return " · ".join(["Added " + name, *_due(after, now, zone), *marks])
        case "undone":
            return "Undone: " + _undone(change, name, now, zone)
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
    if before.get("priority") != after.get("priority"):
        said.append(f"{task_tools.WORDS_OF[after.get('priority', NORMAL)]} priority")
    if before.get("labels") != after.get("labels"):
        said.extend(task_tools.marks(NORMAL, after.get("labels") or ()) or ["no labels"])
    return said


def _undone(change: Change, name: str, now: datetime, zone: ZoneInfo) -> str:
    """What an undo has brought about."""
    before, after = change.before or {}, change.after or {}
    if bool(before.get("deleted_at")) != bool(after.get("deleted_at")):
        return f"{name} is off the list" if after.get("deleted_at") else f"{name} is back"
    if before.get("completed") != after.get("completed"):
        return f"{name} is {'done' if after.get('completed') else 'open'} again"
    return " · ".join([name, *_differences(before, after, now, zone)])


def _when(kept: dict[str, Any]) -> tuple[Any, Any]:
    return kept.get("due_at"), kept.get("due_has_time")


def _due(kept: dict[str, Any], now: datetime, zone: ZoneInfo) -> list[str]:
    if not kept.get("due_at"):
        return []
    at = datetime.fromisoformat(kept["due_at"]).astimezone(UTC)
    has_time = bool(kept["due_has_time"])
    said = [when.say(at, has_time, now, zone), when.ahead(at, has_time, now, zone)]
    return [", ".join(filter(None, said))]
