"""What code adds to a model's words: what failed, what can be pressed, what else is to be known."""

import json
from collections.abc import Sequence
from datetime import datetime

from core.models.port import OFFLINE
from core.people import preferences
from core.people.zones import zone_of
from core.reminders.wishes import NEW
from core.reply import Choice
from core.tools.journal import Journal
from core.tools.registry import CHANGING, arranged
from core.understanding.when import offsets
from db import people
from db.history import Change
from db.models import User
from db.session import Session
from db.states import TaskAction

CHOICES = 4  # tasks that can be marked as done beside one reply
NOTHING_CHANGED = "To be exact: nothing was changed."
LESS_CHANGED = "To be exact: only what is listed below was changed."
TAKEN_BACK = "Not done: something else that was asked for could not be."
ALL_OR_NONE = "So I changed nothing of it. Say it again without that, please."
ASK_ZONE = "I do not know your time zone, so this is in UTC. Where are you, say in Lisbon?"
NO_TIME = (
    "No time was said for {names}, so it only stands on your list. Say when to remind you of it, "
    "like “remind me of it tomorrow at 9”."
)
QUIET_BY_THEN = "That is in your quiet hours ({hours}): I remind you when they are over, at {told}."


def corrections(journal: Journal, changes: Sequence[Change], *, untrue: bool) -> list[str]:
    """What code says by itself: changes that failed, and claims that nothing bears out."""
    said = failures(journal)
    if untrue:
        said.append(LESS_CHANGED if changes or arranged(journal) else NOTHING_CHANGED)
    return said


def failures(journal: Journal) -> list[str]:
    """What could not be done, in code's own words; reads that failed are the model's to tell.

    A call that never ran, because it was malformed, does not count once a later one of the same
    tool has run.
    """
    said: list[str] = []
    for at, call in enumerate(journal.calls):
        if call.name not in CHANGING or call.outcome in ("done", None):
            continue
        later = journal.calls[at + 1 :]
        if call.outcome == "refused":
            if any(other.name == call.name and other.outcome == "done" for other in later):
                continue
            said.append("I could not do one of the changes: I got its details wrong.")
            continue
        said.extend(f"I could not do this: {failure}" for failure in call.failures)
    if any(call.result == TAKEN_BACK for call in journal.calls) or _are_partly(journal):
        said.append(ALL_OR_NONE)
    return list(dict.fromkeys(said))


def _are_partly(journal: Journal) -> bool:
    """Whether a call that code read could do some of its items, and was taken back whole."""
    return any(
        call.by == OFFLINE
        and call.outcome == "failed"
        and len((call.result or "").splitlines()) > len(call.failures)
        for call in journal.calls
    )


def choices(changes: list[Change], message_id: int) -> tuple[Choice, ...]:
    """What can be pressed beside the receipts: taking them back, and marking as done what was
    added."""
    if not changes:
        return ()
    undone = all(change.action == TaskAction.UNDONE for change in changes)
    undo = Choice("Redo" if undone else "Undo", "undo", message_id)
    added = [change for change in changes if change.action == TaskAction.ADDED]
    done = [Choice(f"Done #{change.number}", "done", change.task_id) for change in added[:CHOICES]]
    return (*done, undo)


def asks(words: str) -> bool:
    """Whether a reply ends in a question: the next words of the person asked are its answer."""
    return words.rstrip(" *_)”\"'`").endswith("?")


async def zone_question(session: Session, speaker: User, changes: Sequence[Change]) -> str | None:
    """Asks where somebody is: once, when a time of theirs is first kept without knowing."""
    timed = any(
        (change.after or {}).get("due_has_time")
        and (change.before or {}).get("due_at") != (change.after or {}).get("due_at")
        for change in changes
    )
    if speaker.timezone or not timed or not await people.zone_asked(session, speaker.id):
        return None
    return ASK_ZONE


def untimed(journal: Journal, changes: Sequence[Change], speaker: User) -> str | None:
    """A word about new tasks of which the person wants to be reminded, and has not said when."""
    asked = {
        (call.step, call.position - 1)
        for call in journal.calls
        if call.name == "remind" and call.outcome == "done" and _is_of_new(call.arguments)
    }
    names = [
        f"#{change.number} {(change.after or {}).get('title')}"
        for change in changes
        if change.action == TaskAction.ADDED
        and (change.step, change.position) in asked
        and not (change.after or {}).get("due_at")
        and (change.after or {}).get("assignee_id") in (None, speaker.id)
    ]
    return NO_TIME.format(names=", ".join(names)) if names else None


def in_both_zones(journal: Journal, changes: Sequence[Change], speaker: User) -> str | None:
    """A time that was said in another zone, said back in that and in the person's own."""
    said = []
    for call in journal.calls:
        those = [
            each for each in changes if (each.step, each.position) == (call.step, call.position)
        ]
        dates = call.outcome == "done" and call.name in ("add_tasks", "update_tasks")
        asked = _due_of(call.arguments) if dates else []
        if len(asked) != len(those):
            continue
        for words, change in zip(asked, those, strict=True):
            found = offsets.said(words)
            after = change.after or {}
            if found is None or not after.get("due_at") or not after.get("due_has_time"):
                continue
            at = datetime.fromisoformat(after["due_at"])
            zone = zone_of(speaker)
            if at.astimezone(found[1]).utcoffset() != at.astimezone(zone).utcoffset():
                said.append(
                    f"{at.astimezone(found[1]):%H:%M} {found[0]} is {at.astimezone(zone):%H:%M} "
                    f"where you are."
                )
    return " ".join(dict.fromkeys(said)) or None


def _due_of(arguments: str) -> list[str]:
    read = json.loads(arguments or "{}")  # it was done: its arguments are what the tool takes
    return [str(each.get("due") or "") for each in read.get("tasks") or read.get("changes") or []]


def _is_of_new(arguments: str) -> bool:
    read = json.loads(arguments or "{}")
    return read.get("what") == NEW and not read.get("when")


def quiet_by_then(speaker: User, changes: Sequence[Change]) -> str | None:
    """A word about what falls into hours in which the person wants to be told nothing."""
    quiet = preferences.quiet_of(speaker)
    if quiet is None or speaker.preferences.get("remind") == "off":
        return None
    for change in changes:
        after = change.after or {}
        theirs = after.get("assignee_id") in (None, speaker.id)
        if change.action not in (TaskAction.ADDED, TaskAction.UPDATED) or not theirs:
            continue
        moved = after.get("due_at") != (change.before or {}).get("due_at")
        if not moved or not after.get("due_at") or not after.get("due_has_time"):
            continue
        until = preferences.silent_until(speaker, datetime.fromisoformat(after["due_at"]))
        if until is not None:
            told = f"{until.astimezone(zone_of(speaker)):%H:%M}"
            return QUIET_BY_THEN.format(hours=preferences.say_quiet(quiet), told=told)
    return None
