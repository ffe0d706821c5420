"""Filters of tasks as they are said: read from words, and said back."""

from core.tasks import fields, naming, windows
from core.tasks.showing import PRIORITIES, WORDS_OF
from core.tasks.windows import OVERDUE
from core.work import Work
from db.tasks import Filter, State

WHOSE = {"me": "for you to do", "given": "given to you", "others": "given to others"}


def read(
    work: Work,
    *,
    text: str = "",
    due: str = "",
    state: State = "open",
    done: str = "",
    priority: str | None = None,
    label: str = "",
    assignee: str = "",
    repeating: bool = False,
) -> Filter:
    """The filter that words make; raises Refused, with what to say instead."""
    return Filter(
        words=text,
        state="done" if done else state,
        due=windows.due(work, due),
        done=windows.done(work, done),
        priority=PRIORITIES[priority] if priority else None,
        label=fields.label(label) if label else "",
        whose=_whose(work, assignee) if assignee else None,
        whose_said=assignee.strip(),
        repeating=repeating,
    )


def _whose(work: Work, words: str) -> str:
    said = words.strip().lower()
    return said if said in WHOSE else naming.mentioned(work, words) or "me"


def say(wanted: Filter, count: int) -> str:
    """So many tasks of a filter, said back: "2 open tasks with “milk”, due today" without the 2."""
    is_overdue = wanted.due.said.lower() == OVERDUE
    named_so = is_overdue and wanted.state == "open"  # "overdue" rather than "open"
    said = {"open": "open task", "done": "done task", "all": "task"}[wanted.state]
    said = "task" if wanted.done.said else "overdue task" if named_so else said
    said = f"{WORDS_OF[wanted.priority]} {said}" if wanted.priority else said
    said += "" if count == 1 else "s"
    if wanted.repeating:
        said += " that repeat" + ("s" if count == 1 else "")
    if wanted.label:
        said += f" labelled #{wanted.label}"
    if wanted.words:
        said += f" with “{wanted.words}”"
    if wanted.whose_said:
        said += f" {WHOSE.get(wanted.whose_said.lower(), f'for {wanted.whose_said}')}"
    if wanted.done.said:
        said += f" done {wanted.done.said}"
    if wanted.due.undated:
        return f"{said} without a date"
    if wanted.due.said and not named_so:
        said += ", overdue" if is_overdue else f", due {wanted.due.said}"
    return said
