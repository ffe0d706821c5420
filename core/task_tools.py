"""The tools for tasks. Their docstrings and annotations are what a model reads of them."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import OSA

from core import when, zones
from core.errors import Refused
from core.toolbox import Result, Work
from core.when import When, name_of
from core.when.words import MONTHS
from db import people
from db import tasks as kept
from db.errors import NotThere
from db.models import DESCRIPTION_LIMIT, TITLE_LIMIT
from db.tasks import Numbered, State

BATCH_LIMIT = 50  # items in one call
PAGE = 25  # tasks in one answer
DELETE_LIMIT = 3  # more at once will need a confirmation (rule 4)
NONE = "none"
LABEL_LIMIT, LABELS_LIMIT = 40, 10  # characters of one, labels of a task
TITLES = 5_000  # the newest titles in which a misspelt one is sought

# Lengths are told to the model here and checked item by item, so that one does not fail the rest.
Title = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": TITLE_LIMIT})]
Description = Annotated[str, Field(json_schema_extra={"maxLength": DESCRIPTION_LIMIT})]
Due = Annotated[
    str,
    Field(
        max_length=100,
        description="When it is due, in the person's own words put into English"
        " ('friday 5pm', 'in two weeks'), or ISO. Never compute a date.",
    ),
]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]],
    Field(min_length=1, max_length=BATCH_LIMIT),
]


PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
Priority = Literal["urgent", "high", "normal", "low"]
Labels = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LABEL_LIMIT)]],
    Field(max_length=LABELS_LIMIT),
]


class NewTask(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: Title
    description: Description = ""
    due: Due = ""
    priority: Priority = "normal"
    labels: Labels = []


class TaskEdit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    task: str = Field(min_length=1, description="Its number (#12) or words of its title")
    title: Title | None = None
    description: Annotated[str | None, Field(description="'none' clears it")] = None
    due: Annotated[
        str | None,
        Field(
            description="As in add_tasks; 'a week later' counts from its due date; 'none' clears it"
        ),
    ] = None
    priority: Priority | None = None
    add_labels: Labels = []
    remove_labels: Labels = []


async def add_tasks(
    work: Work,
    tasks: Annotated[list[NewTask], Field(min_length=1, max_length=BATCH_LIMIT)],
) -> Result:
    """Add tasks to the person's list, in the order they were said. Titles are short and without
    the date; what else they said about it goes into the description."""

    async def add(new: NewTask) -> str:
        due = _due(work, new.due) if new.due else None
        added = await kept.add(
            work.session,
            work.cause,
            title=_title(new.title),
            description=_description(new.description),
            due_at=due.at if due else None,
            due_has_time=due.has_time if due else False,
            priority=PRIORITIES[new.priority],
            labels=[_label(label) for label in new.labels],
        )
        return f"Added {line(work, added)}."

    return await _each(work, tasks, add)


async def find_tasks(
    work: Work,
    text: Annotated[str, "Words that the title or description must have"] = "",
    due: Annotated[
        str,
        "'overdue', 'today', 'tomorrow', 'this week', 'next month', 'in may', or a date in words",
    ] = "",
    state: Annotated[Literal["open", "done", "all"], "Which ones; open unless asked"] = "open",
    priority: Priority | None = None,
    label: str = "",
    page: Annotated[int, Field(ge=1, le=1000)] = 1,
) -> Result:
    """List or search the person's tasks. In a channel it shows only those made there."""
    window = _window(work, due)
    found, total = await kept.find(
        work.session,
        work.me,
        words=text,
        state=state,
        due_from=window[0],
        due_before=window[1],
        dates=window[2],
        priority=PRIORITIES[priority] if priority else None,
        label=_label(label) if label else "",
        among=work.shown_to,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )
    asked = _asked(total, text, due, state, priority, label)
    if not found:
        return Result(
            f"No {asked}." if total == 0 else f"There is no page {page}: {total} {asked}."
        )
    head = f"{total} {asked}" + ("" if total <= PAGE else f", page {page} of {-(-total // PAGE)}")
    return Result("\n".join([f"{head}:", *(f"- {line(work, each)}" for each in found)]))


async def update_tasks(
    work: Work,
    changes: Annotated[list[TaskEdit], Field(min_length=1, max_length=BATCH_LIMIT)],
) -> Result:
    """Change titles, descriptions, due dates, priorities or labels of tasks. Only what is given is
    changed."""

    async def change(edit: TaskEdit) -> str:
        found = await _named(work, edit.task, "open")
        fields: dict[str, object] = {}
        if edit.title is not None:
            fields["title"] = _title(edit.title)
        if edit.description is not None:
            fields["description"] = (
                "" if _clears(edit.description) else _description(edit.description)
            )
        if edit.due is not None:
            due = None if _clears(edit.due) else _new_due(work, found, edit.due)
            fields["due_at"] = due.at if due else None
            fields["due_has_time"] = due.has_time if due else False
        if edit.priority is not None:
            fields["priority"] = PRIORITIES[edit.priority]
        if edit.add_labels or edit.remove_labels:
            removed = {_label(label) for label in edit.remove_labels}
            added = {_label(label) for label in edit.add_labels}
            fields["labels"] = sorted({*found.task.labels, *added} - removed)
        if not fields:
            raise Refused(
                f"What is to change about #{found.number}? Give title, description, due, "
                "priority or labels."
            )
        if not await kept.update(work.session, work.cause, found.task, **fields):
            return f"{line(work, found)} is so already."
        return f"Changed: {line(work, found)}."

    return await _each(work, changes, change)


async def complete_tasks(
    work: Work, tasks: Annotated[Names, "Numbers (#12) or words of the titles"]
) -> Result:
    """Mark tasks as done."""

    async def complete(name: str) -> str:
        found = await _named(work, name, "open")
        if found.task.completed:
            return f"#{found.number} {found.task.title} is done already."
        await kept.complete(work.session, work.cause, found.task)
        return f"Done: #{found.number} {found.task.title}."

    return await _each(work, tasks, complete)


async def reopen_tasks(
    work: Work, tasks: Annotated[Names, "Numbers (#12) or words of the titles"]
) -> Result:
    """Put done tasks back on the list."""

    async def reopen(name: str) -> str:
        found = await _named(work, name, "done")
        if not found.task.completed:
            return f"#{found.number} {found.task.title} is open already."
        await kept.reopen(work.session, work.cause, found.task)
        return f"Reopened #{found.number} {found.task.title}."

    return await _each(work, tasks, reopen)


async def delete_tasks(
    work: Work, tasks: Annotated[Names, "Numbers (#12) or words of the titles"]
) -> Result:
    """Delete tasks that were a mistake or are no longer wanted. What was done is completed, not
    deleted. At most three in one turn."""
    already = await kept.changes_of(work.session, work.me, work.cause.message_id)
    deleted = sum(change.action == "deleted" for change in already)
    if deleted + len(tasks) > DELETE_LIMIT:
        raise Refused(
            f"I delete at most {DELETE_LIMIT} tasks at a time, so that no list is lost by a slip. "
            f"Nothing was deleted; name up to {DELETE_LIMIT}."
        )

    async def delete(name: str) -> str:
        found = await _named(work, name, "all")
        if found.task.user_id != work.me:
            raise Refused(f"#{found.number} is somebody else's; only its owner deletes it.")
        await kept.delete(work.session, work.cause, found.task)
        return f"Deleted #{found.number} {found.task.title}."

    return await _each(work, tasks, delete)


async def undo_changes(work: Work) -> Result:
    """Take back what the person changed last in this conversation, all of it. Undoing twice does
    it again."""
    undone = await kept.undo(work.session, work.cause)
    if not undone:
        raise Refused("There is nothing to undo here.")
    left = tuple(
        f"#{number} {title} was changed since, so it stays as it is."
        for number, title, taken_back in undone
        if not taken_back
    )
    names = ", ".join(f"#{number} {title}" for number, title, back in undone if back)
    return Result("\n".join([*([f"Undone: {names}."] if names else []), *left]), left)


async def set_time_zone(
    work: Work, place: Annotated[str, "A city, a country, an IANA zone or an offset like UTC+2"]
) -> Result:
    """Keep where the person is, for dates and times, when they say so."""
    zone = zones.zone(place)
    if zone is None:
        raise Refused(f"I do not know the time zone of “{place}”. Name a large city nearby.")
    await people.set_zone(work.session, work.me, zone.key)
    local = work.now.astimezone(zone)
    return Result(f"Your time zone is {name_of(zone)}; there it is {local:%a %H:%M} now.")


TASK_TOOLS = (
    add_tasks,
    find_tasks,
    update_tasks,
    complete_tasks,
    reopen_tasks,
    delete_tasks,
    undo_changes,
    set_time_zone,
)
CHANGING = frozenset(tool.__name__ for tool in TASK_TOOLS) - {"find_tasks", "set_time_zone"}


WORDS_OF = {number: word for word, number in PRIORITIES.items()}


def line(work: Work, numbered: Numbered) -> str:
    """A task in one line: "#12 Send invoice · Fri 27 Nov 17:00 (Europe/Berlin)"."""
    task = numbered.task
    parts = [f"#{numbered.number} {task.title}"]
    if task.due_at is not None:
        parts.append(when.say(task.due_at, task.due_has_time, work.now, work.zone))
        if not task.completed and is_overdue(task.due_at, task.due_has_time, work):
            parts.append("overdue")
    parts.extend(marks(task.priority, task.labels))
    if task.completed:
        parts.append("done")
    return " · ".join(parts)


def marks(priority: int, labels: Sequence[str]) -> list[str]:
    """Priority and labels, where they are anything but usual: "urgent", "#home #garden"."""
    made = [] if priority == PRIORITIES["normal"] else [WORDS_OF[priority]]
    return [*made, " ".join(f"#{label}" for label in labels)] if labels else made


def is_overdue(at: datetime, has_time: bool, work: Work) -> bool:
    if has_time:
        return at < work.now
    return at.astimezone(UTC).date() < work.now.astimezone(work.zone).date()


# Words that point at something said before, or at everything: no title, and never guessed at.
POINTING = frozenset(
    "it that this these those them all both everything anything one ones last first the".split()
)
Item = TypeVar("Item")


async def _each(work: Work, items: list[Item], act: Callable[[Item], Awaitable[str]]) -> Result:
    """Acts on each item by itself: one that cannot be done does not take the others along."""
    if len(items) == 1:
        return Result(await act(items[0]))  # the call has a savepoint of its own
    said: list[str] = []
    failures: list[str] = []
    for item in items:
        try:
            async with work.session.begin_nested():
                said.append(await act(item))
        except Refused as refused:
            said.append(f"Not done: {refused}")
            failures.append(str(refused))
    return Result("\n".join(said), tuple(failures))


def _title(words: str) -> str:
    title = " ".join(words.split())
    if not title:
        raise Refused("A task needs a title.")
    if len(title) > TITLE_LIMIT:
        raise Refused(
            f"A title has at most {TITLE_LIMIT} characters, “{title[:40]}…” has {len(title)}. "
            "A shorter title, please; the rest can go into the description."
        )
    return title


def _description(words: str) -> str:
    if len(words) > DESCRIPTION_LIMIT:
        raise Refused(
            f"A description has at most {DESCRIPTION_LIMIT} characters, this one has {len(words)}."
        )
    return words


def _label(word: str) -> str:
    """A label as it is kept: lower case, without its #."""
    label = word.strip().lstrip("#").lower()
    if not re.fullmatch(r"[\w-]+", label):
        raise Refused(f"A label is one word, like #home; “{word}” is none.")
    return label


def _clears(word: str) -> bool:
    return word.strip().lower() in ("", NONE)


def _new_due(work: Work, found: Numbered, words: str) -> When:
    """A date in words, or a length of time after the one that it has: "a week later"."""
    said = words.strip().lower()
    if not said.endswith(" later"):
        return _due(work, words)
    task = found.task
    due = when.later(
        said.removesuffix(" later"),
        When(task.due_at, task.due_has_time) if task.due_at else None,
        work.zone,
    )
    if due is None:
        raise Refused(
            f"#{found.number} has no date to count from, or “{words}” is no length of time."
        )
    return due


def _due(work: Work, words: str, *, past_ok: bool = False) -> When:
    due = when.parse(words, work.now, work.zone, locale=work.locale, past_ok=past_ok)
    if due is None:
        raise Refused(
            f"I am not sure what date “{words}” is, or it is past. Say it like "
            "“friday 5pm”, “in two weeks” or “2027-03-01 14:00”."
        )
    return due


async def _named(work: Work, name: str, state: State) -> Numbered:
    """The one task that a number or words name; raises Refused, with what to say instead."""
    number = name.strip().removeprefix("#")
    if re.fullmatch("[0-9]{1,20}", number):
        return await _by_number(work, int(number))
    if name.strip().lower() in POINTING:
        raise Refused(f"I am not sure which task “{name.strip()}” is. Say its number or title.")
    found = await kept.titled(work.session, work.me, name, state=state, among=work.shown_to)
    if not found and state != "all":
        found = await kept.titled(work.session, work.me, name, state="all", among=work.shown_to)
    if not found:
        return await _misspelt(work, name, state)
    if len(found) > 1:
        some = "; ".join(f"#{each.number} {each.task.title}" for each in found)
        raise Refused(f"Several tasks fit “{name}”: {some}. Which number?")
    return found[0]


async def _misspelt(work: Work, name: str, state: State) -> Numbered:
    """The one task whose title is close to a name; raises Refused when none or several are."""
    titles = await kept.titles(
        work.session, work.me, state=state, among=work.shown_to, limit=TITLES
    )
    close = [number for number, title in titles if _is_close(name, title)]
    if len(close) == 1:
        return await _by_number(work, close[0])
    if close:
        some = "; ".join(f"#{number} {title}" for number, title in titles if number in close[:6])
        raise Refused(f"Several tasks are close to “{name}”: {some}. Which number?")
    raise Refused(f"No task is called “{name}”.")


def _is_close(name: str, title: str) -> bool:
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
            return await kept.numbered(work.session, work.me, number, among=work.shown_to)
        except NotThere:
            pass
    here = " here" if work.shown_to else ""
    raise Refused(f"There is no task #{number}{here}.")


def _window(
    work: Work, words: str
) -> tuple[datetime | None, datetime | None, tuple[date | None, date | None]]:
    """A due window in words, as moments and as dates (see db.tasks.find)."""
    said = words.strip().lower()
    today = work.now.astimezone(work.zone).date()
    if not said:
        return None, None, (None, None)
    if said == "overdue":
        return None, work.now, (None, today - timedelta(days=1))
    monday = today - timedelta(days=today.weekday())
    saturday = today + timedelta(days=5 - today.weekday())
    first_day = today.replace(day=1)
    known = {
        "today": (today, today),
        "this week": (monday, monday + timedelta(days=6)),
        "next week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "this weekend": (saturday, saturday + timedelta(days=1)),
        "the weekend": (saturday, saturday + timedelta(days=1)),
        "this month": (first_day, today + relativedelta(day=31)),
        "next month": (
            first_day + relativedelta(months=1),
            first_day + relativedelta(months=1, day=31),
        ),
    }
    month = MONTHS.get(said.removeprefix("in "))
    if said in known:
        first, last = known[said]
    elif month:
        first = first_day + relativedelta(months=(month - today.month) % 12)
        last = first + relativedelta(day=31)
    else:
        due = _due(work, said, past_ok=True)
        first = last = due.at.astimezone(work.zone if due.has_time else UTC).date()
    return _start(work, first), _start(work, last + timedelta(days=1)), (first, last)


def _start(work: Work, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=work.zone).astimezone(UTC)


def _asked(count: int, text: str, due: str, state: State, priority: str | None, label: str) -> str:
    """The filter that was applied, said back: "open tasks with “milk”, due today"."""
    asked = {"open": "open task", "done": "done task", "all": "task"}[state]
    asked = f"{priority} {asked}" if priority else asked
    asked += "" if count == 1 else "s"
    if label:
        asked += f" labelled #{_label(label)}"
    if text:
        asked += f" with “{text}”"
    if due:
        asked += f", {due.strip()}" if due.strip().lower() == "overdue" else f", due {due.strip()}"
    return asked
