"""When a task is due, how it comes again, and what follows from saying either anew."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.people import zones
from core.tasks import fields, windows
from core.understanding import when
from core.understanding.when import Every, When
from core.work import Work
from db import people, tasks
from db.models import Task
from db.tasks import Numbered, Occurrence


def dated(work: Work, due: str, repeat: str) -> dict[str, Any]:
    """When a task is due, and how it comes again."""
    every = _every(work, repeat) if repeat else every_or_none(work, due)
    if every is None:
        return _on(windows.date_of(work, due)) if due else {}
    if repeat and due and not every_or_none(work, due):
        return _repeating(work, every, windows.date_of(work, due))
    return _repeating(work, every, None)


async def redated(
    work: Work, found: Numbered, due: str | None, repeat: str | None
) -> dict[str, Any]:
    """When it is due from now on: this one alone, or by another rule."""
    if repeat is not None and repeat.strip().lower() == "skip":
        return await _skipped(work, found)
    ends = {"recurrence": None, "recurs_on": None}
    if repeat is not None and not fields.clears(repeat):
        return _repeated(work, found, _every(work, repeat), due)
    if due is not None and fields.clears(due):
        return {**_on(None), **ends}
    changed = ends if repeat is not None else {}
    if due is None:
        return changed
    every = every_or_none(work, due)
    if every:
        return _repeated(work, found, every, None)
    return {**changed, **_on(new_due(work, found, due))}


def _repeated(work: Work, found: Numbered, every: Every, due: str | None) -> dict[str, Any]:
    """Another rule for a task. A day that the rule leaves open ("every month"), and a time, are
    those that it is due on already."""
    task = found.task
    if task.parent_id is not None:
        raise Refused("A part of a task does not repeat by itself; the whole does.")
    if task.user_id != work.me:
        raise Refused(f"#{found.number} repeats on its owner's clock; only its owner changes that.")
    if due and not fields.clears(due):
        return _repeating(work, every, windows.date_of(work, due))
    if task.due_at is None:
        return _repeating(work, every, None)
    local = task.due_at.astimezone(work.zone if task.due_has_time else UTC).replace(tzinfo=None)
    today = work.now.astimezone(work.zone).replace(tzinfo=None)
    on = every.on
    if local >= today or (not task.due_has_time and local.date() >= today.date()):
        anchored = when.anchored(every, local)
        every, on = (anchored, anchored.on) if anchored else (every, on)
    if task.due_has_time and not when.has_time(on):
        on = datetime.combine(on.date(), local.time())
    if when.has_time(on) and on <= today:
        following = when.following(every.rule, on, work.now, work.zone)
        on = following[1] if following else on
    due_at = when.on_clock(on, when.has_time(on), work.zone)
    return {**_on(due_at), "recurrence": every.rule, "recurs_on": on}


async def _skipped(work: Work, found: Numbered) -> dict[str, Any]:
    following = _following(work, found.task, await _owners_zone(work, found.task))
    if found.task.recurrence is None:
        raise Refused(f"#{found.number} does not repeat, so there is nothing to skip.")
    if following is None:
        raise Refused(f"This is the last one of #{found.number}. Complete or delete it.")
    return {
        "due_at": following.due_at,
        "due_has_time": following.due_has_time,
        "recurs_on": following.recurs_on,
        "recurrence": following.recurrence,
    }


def new_due(work: Work, found: Numbered, words: str) -> When:
    """A date in words, or a length of time after the one that it has: "a week later". A day alone
    leaves the time as it is, a time alone the day."""
    said = words.strip().lower()
    task = found.task
    if not said.endswith(" later"):
        due = windows.date_of(work, words)
        if task.due_at is None:
            return due
        return when.beside(words, due, When(task.due_at, task.due_has_time), work.now, work.zone)
    later = when.later(
        said.removesuffix(" later"),
        When(task.due_at, task.due_has_time) if task.due_at else None,
        work.zone,
    )
    if later is None:
        raise Refused(
            f"#{found.number} has no date to count from, or “{words}” is no length of time."
        )
    return later


async def follow(work: Work, task: Task) -> Numbered | None:
    """Makes the next one of a task that comes again, on its owner's clock."""
    following = _following(work, task, await _owners_zone(work, task))
    return await tasks.follow(work.session, work.cause, task, following) if following else None


def _following(work: Work, task: Task, zone: ZoneInfo) -> Occurrence | None:
    """The occurrence after a task's own; None after the last, and of what does not repeat."""
    if task.recurrence is None or task.recurs_on is None:
        return None
    found = when.following(task.recurrence, task.recurs_on, work.now, zone)
    if found is None:
        return None
    due, on, left = found
    return Occurrence(due.at, due.has_time, on, left)


async def _owners_zone(work: Work, task: Task) -> ZoneInfo:
    """What comes again does so on its owner's clock, whoever completes it."""
    if task.user_id == work.me:
        return work.zone
    return zones.zone_of(await people.get(work.session, task.user_id))


def _every(work: Work, words: str) -> Every:
    every = every_or_none(work, words)
    if every is None:
        raise Refused(
            f"I am not sure how “{words}” repeats. Say it like “every friday at 9”, “every 2 "
            "weeks” or “every month on the 5th”."
        )
    return every


def every_or_none(work: Work, words: str) -> Every | None:
    return when.repeats(words, work.now, work.zone, locale=work.locale) if words else None


def _repeating(work: Work, every: Every, first: When | None) -> dict[str, Any]:
    """What comes again, from its first occurrence on, or from another day."""
    on = every.on
    if first is not None:
        on = first.at.astimezone(work.zone if first.has_time else UTC).replace(tzinfo=None)
        if not first.has_time:
            on = datetime.combine(on.date(), every.on.time())
        anchored = when.anchored(every, on)
        if anchored is not None:
            every, on = anchored, datetime.combine(on.date(), on.time())
    due = when.on_clock(on, when.has_time(on), work.zone)
    return {**_on(due), "recurrence": every.rule, "recurs_on": on}


def _on(due: When | None) -> dict[str, Any]:
    return {"due_at": due.at if due else None, "due_has_time": due.has_time if due else False}
