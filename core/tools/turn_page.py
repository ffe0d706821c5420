"""Turning the pages of a list: by a word, or by what is pressed under it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from core.reply import Choice
from core.tasks import filters
from core.tasks.pages import PAGE, page_at
from core.tools.journal import Journal
from core.work import Result, Work
from db import tasks

LISTS = frozenset({"find_tasks", "turn_page"})
REACH = 5_000  # tasks of a list in which a page is sought
_HEAD = re.compile(r"^[^\n]*, page (?P<page>\d+) of (?P<pages>\d+):$", re.M)
_ITEM = re.compile(r"^- #(\d{1,9})\b", re.M)
ASKED = ("text", "due", "state", "done", "priority", "label", "assignee", "repeating")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was said: what was asked for, and the numbers of the tasks that it showed."""

    of: dict[str, Any]
    shown: tuple[int, ...]


async def turn_page(
    work: Work,
    of: dict[str, Any],
    shown: Annotated[list[int], Field(max_length=200)],
    by: Annotated[int, Field(ge=-1, le=1)],
) -> Result:
    """What stands in a list after, or before, the tasks that were shown, as the list is by now."""
    wanted = filters.read(work, **{name: of[name] for name in ASKED if name in of})
    numbers = await tasks.in_order(work.session, work.me, wanted, among=work.shown_to, limit=REACH)
    places = [place for place, number in enumerate(numbers) if number in set(shown)]
    if by < 0:
        return await page_at(work, wanted, max(0, min(places, default=0) - PAGE))
    offset = max(places, default=-1) + 1
    if offset >= len(numbers):
        return Result(f"That was all: {len(numbers)} {filters.say(wanted, len(numbers))}.")
    return await page_at(work, wanted, offset)


def listed(tool_calls: str | None, content: str) -> Listed | None:
    """The list that a reply of Todd's shows; None when it shows none."""
    calls = [
        call
        for call in Journal.read(tool_calls).calls
        if call.name in LISTS and call.outcome == "done"
    ]
    shown = tuple(int(number) for number in _ITEM.findall(content))
    if not calls or not shown:
        return None
    asked = json.loads(calls[-1].arguments or "{}")  # it was done: its arguments are an object
    of = asked.get("of", asked)
    return Listed(of, shown) if isinstance(of, dict) else None


def choices(said: str, message_id: int) -> tuple[Choice, ...]:
    """What turns the pages of a list that is said."""
    heads = list(_HEAD.finditer(said))
    if not heads:
        return ()
    page, pages = int(heads[-1]["page"]), int(heads[-1]["pages"])
    back = (Choice("Back", "back", message_id),) if page > 1 else ()
    more = (Choice("More", "more", message_id),) if page < pages else ()
    return (*back, *more)


def of_turn(journal: Journal, message_id: int) -> tuple[Choice, ...]:
    """The same for the last list of a turn."""
    results: Sequence[str] = [
        call.result or "" for call in journal.calls if call.name in LISTS and call.outcome == "done"
    ]
    return choices(results[-1], message_id) if results else ()
