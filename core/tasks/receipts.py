"""Receipts: what truly happened, read back from the database after the commit, in words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.tasks import showing
from core.understanding import when
from db.history import Change, Event
from db.states import TaskAction
from db.tasks import NORMAL

TICK = "✓"


def say(
    changes: Sequence[Change], arranged: Sequence[str], now: datetime, zone: ZoneInfo
) -> list[str]:
    """A line for each change, in the order in which they happened, and for what was arranged."""
    return [f"{TICK} {line}" for line in (*(_say(each, now, zone) for each in changes), *arranged)]


def told(event: Event, now: datetime, zone: ZoneInfo) -> str:
    """One thing in the life of a task: "Wed 25 Nov 10:00: you changed it · was “Call”"."""
    change = event.change
    after = change.after or {}
    given = f"gave it to {_assignee(change)}" if after.get("assignee_id") else "took it back"
    done = {
        TaskAction.ADDED: "added it",
        TaskAction.FOLLOWED: "made it, by completing the one before",
        TaskAction.COMPLETED: "completed it",
        TaskAction.REOPENED: "reopened it",
        TaskAction.DELETED: "deleted it",
        TaskAction.DECLINED: "said that it is not theirs",
        TaskAction.ASSIGNED: given,
    }.get(change.action)
    if done is None:
        verb = "undid" if change.action == TaskAction.UNDONE else "changed it"
        said = _undone(change, "", now, zone) if verb == "undid" else _all(change, now, zone)
        said = (
            said.strip(" ·").replace("is ", "it is ", 1)
            if said.startswith(" is")
            else said.strip(" ·")
        )
        done = f"{verb}: {said}" if said else verb
    elif change.action == TaskAction.ADDED:
        done = " · ".join([done, f"“{after.get('title', '')}”", *_beside(change, now, zone)])
    at = when.say(event.at, True, now, zone).rsplit(" (", 1)[0]
    return f"{at}: {'you' if event.by_me else event.who or 'somebody'} {done}"


def _say(change: Change, now: datetime, zone: ZoneInfo) -> str:
    after = change.after or {}
    name = f"#{change.number} {after.get('title', '')}"
    match change.action:
        case TaskAction.ADDED:
            return " · ".join(["Added " + name, *_beside(change, now, zone)])
        case TaskAction.FOLLOWED:
            return " · ".join(["Next: " + name, *_beside(change, now, zone)])
        case TaskAction.ASSIGNED if after.get("assignee_id"):
            return f"Gave {name} to {_assignee(change)}"
        case TaskAction.ASSIGNED:
            return f"Took {name} back"
        case TaskAction.DECLINED:
            return f"Not yours: {name}"
        case TaskAction.UNDONE:
            return "Undone: " + _undone(change, name, now, zone)
        case TaskAction.COMPLETED:
            return f"Done {name}"
        case TaskAction.REOPENED:
            return f"Reopened {name}"
        case TaskAction.DELETED:
            return f"Deleted {name}"
        case TaskAction.UPDATED:
            return " · ".join(["Changed " + name, _all(change, now, zone)])
    raise ValueError(f"no words for what was done: {change.action}")


def _all(change: Change, now: datetime, zone: ZoneInfo) -> str:
    return " · ".join(_differences(change, now, zone))


def _beside(change: Change, now: datetime, zone: ZoneInfo) -> list[str]:
    """What there is to a new task besides its title."""
    after = change.after or {}
    extras = showing.extras(after.get("priority", NORMAL), after.get("labels") or ())
    given = [f"for {_assignee(change)}"] if after.get("assignee_id") else []
    part = ["part of another"] if after.get("parent_id") else []
    return [*_due(after, now, zone), *_every(after), *extras, *given, *part]


def _differences(change: Change, now: datetime, zone: ZoneInfo) -> list[str]:
    before, after = change.before or {}, change.after or {}
    said = []
    if before.get("title") != after.get("title"):
        said.append(f"was “{before.get('title')}”")
    if _when(before) != _when(after):
        said.extend(_due(after, now, zone) or ["no date"])
    if _often(before) != _often(after):
        said.extend(_every(after) or ["no longer repeats"])
    if before.get("description") != after.get("description"):
        said.append(_note(before.get("description") or "", after.get("description") or ""))
    if before.get("priority") != after.get("priority"):
        said.append(f"{showing.WORDS_OF[after.get('priority', NORMAL)]} priority")
    if before.get("labels") != after.get("labels"):
        said.extend(showing.extras(NORMAL, after.get("labels") or ()) or ["no labels"])
    if before.get("parent_id") != after.get("parent_id"):
        said.append("part of another" if after.get("parent_id") else "a task of its own")
    if before.get("assignee_id") != after.get("assignee_id"):
        said.append(f"for {_assignee(change)}" if after.get("assignee_id") else "given back")
    return said


def _note(before: str, after: str) -> str:
    """What was added to a description, or that there is none any more."""
    if not after:
        return "no description"
    added = after.removeprefix(before).strip() if after.startswith(before) else after
    short = " ".join(added.split())
    return f"“{short[:NOTE]}…”" if len(short) > NOTE else f"“{short}”"


NOTE = 60  # characters of a description in a receipt


def _undone(change: Change, name: str, now: datetime, zone: ZoneInfo) -> str:
    """What an undo has brought about."""
    before, after = change.before or {}, change.after or {}
    if bool(before.get("deleted_at")) != bool(after.get("deleted_at")):
        return f"{name} is off the list" if after.get("deleted_at") else f"{name} is back"
    if before.get("completed") != after.get("completed"):
        return f"{name} is {'done' if after.get('completed') else 'open'} again"
    if bool(before.get("declined_at")) != bool(after.get("declined_at")):
        return f"{name} is {'not yours' if after.get('declined_at') else 'yours'} again"
    return " · ".join([name, *_differences(change, now, zone)])


def _assignee(change: Change) -> str:
    return _name((change.after or {}).get("assignee_id"), change.names)


def _name(user_id: str | None, names: Mapping[str, str]) -> str:
    return (names.get(user_id) if user_id else None) or "somebody"


def _when(kept: dict[str, Any]) -> tuple[Any, Any]:
    return kept.get("due_at"), kept.get("due_has_time")


def _often(kept: dict[str, Any]) -> tuple[Any, Any]:
    rule, on = kept.get("recurrence"), kept.get("recurs_on")
    # Skipping leaves the rule as it is, but for what is left of its count.
    return (rule.split(";COUNT")[0] if rule else None), (on or "")[11:]


def _every(kept: dict[str, Any]) -> list[str]:
    if not kept.get("recurrence"):
        return []
    return [when.say_every(kept["recurrence"], datetime.fromisoformat(kept["recurs_on"]))]


def _due(kept: dict[str, Any], now: datetime, zone: ZoneInfo) -> list[str]:
    if not kept.get("due_at"):
        return []
    at = datetime.fromisoformat(kept["due_at"]).astimezone(UTC)
    has_time = bool(kept["due_has_time"])
    said = [when.say(at, has_time, now, zone), when.ahead(at, has_time, now, zone)]
    return [", ".join(filter(None, said))]
