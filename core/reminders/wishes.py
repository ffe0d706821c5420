"""What somebody wants to be said at a time: seven wishes, read from the words of one call."""

import re
from dataclasses import dataclass

from core.errors import Refused
from core.reminders.times import STOPS
from core.tasks import naming
from core.work import Work
from db import tasks
from db.tasks import Numbered

NEW = "new"
ALL = frozenset({"all", "us", "everybody", "everyone"})
WHEN = "When? Say it like “tomorrow at 9”, “in 2 hours” or “every friday at 9”."
ALONE = "Here we are alone. Say it in a channel or thread, or mention one person."


@dataclass(frozen=True, slots=True)
class OfWhatIsNew:
    """To be reminded of what the last call has added."""


@dataclass(frozen=True, slots=True)
class Stop:
    """To hear no more of a task, of words, or of everything."""

    what: str


@dataclass(frozen=True, slots=True)
class Before:
    """To be reminded of one task so long before its time."""

    task: Numbered
    length: str


@dataclass(frozen=True, slots=True)
class OfTask:
    """To be told of a task at a time of one's own. `said_in`: here, rather than in private;
    `instead`: at that time alone, whatever was wanted before."""

    task: Numbered
    when: str
    said_in: int | None
    instead: bool


@dataclass(frozen=True, slots=True)
class OfWords:
    """To be told words at a time."""

    words: str
    when: str
    said_in: int | None


@dataclass(frozen=True, slots=True)
class ToAll:
    """Words to be said at a time to all who are here."""

    words: str
    when: str
    said_in: int | None


@dataclass(frozen=True, slots=True)
class ForSomebody:
    """Words to be told to somebody else."""

    person: str
    words: str
    when: str


Wish = OfWhatIsNew | Stop | Before | OfTask | OfWords | ToAll | ForSomebody


async def read(
    work: Work, *, what: str, when: str, before: str, who: str, here: bool, instead: bool
) -> Wish:
    """The one wish that a call's words make; raises Refused, with what to say instead."""
    to_all = who.strip().lower() in ALL
    person = None if to_all else naming.mentioned(work, who)
    if what.strip().lower() == NEW and not when and not before:
        return OfWhatIsNew()
    if when.strip().lower() in STOPS:
        return Stop(what)
    if before:
        return Before(await naming.one(work, what, "open"), before)
    if not when.strip():
        raise Refused(WHEN)
    if to_all and work.conversation.private:
        raise Refused(ALONE)
    shared = (here or to_all) and not work.conversation.private
    said_in = work.conversation.id if shared else None
    task = await task_named(work, what, exact=person is not None or not instead)
    if task and person is None and not to_all:
        return OfTask(task, when, said_in, instead)
    words = _words(task.task.title if task else what)
    if person is not None:
        return ForSomebody(person, words, when)
    return (ToAll if to_all else OfWords)(words, when, said_in)


async def task_named(work: Work, what: str, *, exact: bool = True) -> Numbered | None:
    """The task that words name, if they name one; its number always means a task. `exact`: by its
    whole title, since words of one's own are said as they are, and to others."""
    if re.fullmatch(r"\s*#?\d+\s*", what):
        return await naming.one(work, what, "open")
    found = await tasks.titled(
        work.session, work.me, what, state="open", among=work.shown_to, limit=2
    )
    if len(found) != 1 or (exact and found[0].task.title.lower() != what.strip().lower()):
        return None
    return found[0]


def _words(what: str) -> str:
    words = " ".join(what.split())
    if not words:
        raise Refused("Remind of what?")
    return words
