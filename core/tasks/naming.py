"""Which tasks words name: numbers, titles, and "everything overdue"."""

import re
from typing import Annotated

from pydantic import Field
from rapidfuzz.distance import OSA

from core.errors import Refused
from core.tasks import windows
from core.work import Work
from db import tasks
from db.errors import NotThere
from db.models import TITLE_LIMIT
from db.tasks import Filter, Numbered, State

BATCH_LIMIT = 50  # tasks in one call
TITLES = 5_000  # the newest titles in which a misspelt one is sought
Name = Annotated[
    str, Field(min_length=1, max_length=TITLE_LIMIT, description="Number (#12) or words of titles")
]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]],
    Field(
        min_length=1,
        max_length=BATCH_LIMIT,
        description="Numbers (#12) or words of the titles; 'everything overdue', 'everything due"
        " today', 'everything #label' or 'everything' for many",
    ),
]
# Words that point at something said before: no title, and never guessed at.
POINTING = frozenset(
    "it that this these those them all both anything one ones last first the".split()
)
EVERYTHING = re.compile(
    r"(?:everything|all tasks|all of it|all my tasks)(?: (?P<window>overdue)"
    r"| due (?P<due>.+)|(?: labelled)? #(?P<label>[\w-]+))?"
)


async def those(work: Work, name: str, state: State, *, sure: bool = False) -> list[Numbered]:
    """The tasks that words name, one as a rule; raises Refused, with what to say instead."""
    group = EVERYTHING.fullmatch(name.strip().lower())
    if group is None:
        return [await one(work, name, state, sure=sure)]
    due = group["window"] or group["due"] or ""
    found, total = await tasks.find(
        work.session,
        work.me,
        Filter(
            state="done" if state == "done" else "open",
            due=windows.due(work, due),
            label=group["label"] or "",
        ),
        among=work.shown_to,
        limit=BATCH_LIMIT,
        lock=True,
    )
    if total > BATCH_LIMIT:
        raise Refused(
            f"“{name.strip()}” is {total} tasks; I take at most {BATCH_LIMIT} at once. Name fewer."
        )
    if not found:
        what = f" {group['window'] or f'due {due}'}" if due else ""
        label = f" labelled #{group['label']}" if group["label"] else ""
        raise Refused(f"There is nothing{what}{label}.")
    return found


def is_everything(name: str) -> bool:
    """Whether words name a whole list rather than tasks of it."""
    return EVERYTHING.fullmatch(name.strip().lower()) is not None


async def one(work: Work, name: str, state: State, *, sure: bool = False) -> Numbered:
    """The one task that a number or words name; raises Refused, with what to say instead.

    In quotes, “like this”, it is the whole title; `sure`: a misspelt title is asked about.
    """
    number = name.strip().removeprefix("#")
    if re.fullmatch("[0-9]{1,20}", number):
        return await _by_number(work, int(number))
    quoted = re.fullmatch("“(.+)”", name.strip())
    words = quoted[1] if quoted else name
    found = await tasks.titled(work.session, work.me, words, state=state, among=work.shown_to)
    if not found and state != "all":
        found = await tasks.titled(work.session, work.me, words, state="all", among=work.shown_to)
    is_title = bool(found) and found[0].task.title.lower() == words.strip().lower()
    if name.strip().lower() in POINTING and not is_title:
        raise Refused(f"I am not sure which task “{name.strip()}” is. Say its number or title.")
    if not found:
        return await _misspelt(work, words, state, sure=sure or bool(quoted))
    still_open = [each for each in found if not each.task.completed]
    if len(found) > 1 and len(still_open) == 1:
        found = still_open
    if quoted and not is_title:
        raise Refused(f"No task is called just “{words}”: {_some(found)}. Which number?")
    if len(found) > 1:
        raise Refused(f"Several tasks fit “{words}”: {_some(found)}. Which number?")
    return found[0]


def _some(found: list[Numbered]) -> str:
    return "; ".join(f"#{each.number} {each.task.title}" for each in found)


async def close(work: Work, name: str, state: State, limit: int = 5) -> list[Numbered]:
    """Tasks whose titles are nearly what was said; few, or none."""
    titles = await tasks.titles(
        work.session, work.me, state=state, among=work.shown_to, limit=TITLES
    )
    near = [number for number, title in titles if is_close(name, title)]
    return [await _by_number(work, number) for number in near[:limit]]


async def _misspelt(work: Work, name: str, state: State, *, sure: bool) -> Numbered:
    """The one task whose title is close to a name; raises Refused when none or several are."""
    titles = await tasks.titles(
        work.session, work.me, state=state, among=work.shown_to, limit=TITLES
    )
    close = [(number, title) for number, title in titles if is_close(name, title)]
    if len(close) == 1 and not sure:
        return await _by_number(work, close[0][0])
    some = "; ".join(f"#{number} {title}" for number, title in close[:6])
    if len(close) == 1:
        raise Refused(f"No task is called quite “{name}”: {some}. Which number?")
    if close:
        raise Refused(f"Several tasks are close to “{name}”: {some}. Which number?")
    raise Refused(f"No task is called “{name}”.")


def is_close(name: str, title: str) -> bool:
    """Whether each word of a name is a word of the title, give or take a slip of the keys."""
    words = re.findall(r"\w+", title.lower())
    return all(
        any(word == each or (len(word) > 3 and _slip(word, each)) for each in words)
        for word in re.findall(r"\w+", name.lower()) or [""]
    )


def _slip(word: str, other: str) -> bool:
    if word[:1] != other[:1] or re.search(r"\d", word + other):
        return False  # another number, or another word
    allowed = 1 if len(word) < 8 else 2
    return bool(OSA.distance(word, other, score_cutoff=allowed) <= allowed)


async def _by_number(work: Work, number: int) -> Numbered:
    if number < 2**31:
        try:
            return await tasks.numbered(work.session, work.me, number, among=work.shown_to)
        except NotThere:
            pass
    here = " here" if work.shown_to else ""
    raise Refused(f"There is no task #{number}{here}.")


def mentioned(work: Work, words: str) -> str | None:
    """Who is meant by a mention; None for the person themselves."""
    said = words.strip().lower()
    if said in ("me", "myself", "i"):
        return None
    person = work.mentioned.get(said.lstrip("@"))
    if person is None:
        raise Refused(
            f"I do not know who “{words.strip()}” is. Mention them with @ in the same message."
        )
    return None if person == work.me else person
