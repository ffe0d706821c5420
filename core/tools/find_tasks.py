"""The tool that lists and searches tasks."""

from typing import Annotated, Literal

from pydantic import Field

from core.tasks import filters, naming, showing
from core.tasks.fields import Priority
from core.work import Result, Work
from db import tasks

PAGE = 25  # tasks in one answer


async def find_tasks(
    work: Work,
    text: Annotated[str, "Words that the title or description must have"] = "",
    due: Annotated[
        str,
        "'overdue', 'today', 'this week', 'next month', 'in may', 'before friday', 'by friday',"
        " 'next 7 days', 'this week and overdue', or a date in words",
    ] = "",
    state: Annotated[Literal["open", "done", "all"], "Which ones; open unless asked"] = "open",
    done: Annotated[str, "Done when: 'today', 'yesterday', 'this week', 'since monday'"] = "",
    priority: Priority | None = None,
    label: str = "",
    assignee: Annotated[
        str, "'@ana'; 'me' for one's own to do; 'given' to one by others; 'others'"
    ] = "",
    repeating: Annotated[bool, "Only those that repeat"] = False,
    page: Annotated[int, Field(ge=1, le=1000)] = 1,
) -> Result:
    """List or search the person's tasks. In a channel it shows only those made there."""
    wanted = filters.read(
        work,
        text=text,
        due=due,
        state=state,
        done=done,
        priority=priority,
        label=label,
        assignee=assignee,
        repeating=repeating,
    )
    found, total = await tasks.find(
        work.session,
        work.me,
        wanted,
        among=work.shown_to,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )
    asked = filters.say(wanted, total)
    if not found and text and page == 1:
        close = await naming.close(work, text, wanted.state)
        if close:
            said = "\n".join(f"- {each}" for each in await showing.lines(work, close))
            return Result(f"No {asked}. Close to it:\n{said}")
    if not found:
        return Result(
            f"No {asked}." if total == 0 else f"There is no page {page}: {total} {asked}."
        )
    head = f"{total} {asked}" + ("" if total <= PAGE else f", page {page} of {-(-total // PAGE)}")
    lines = await showing.lines(work, found)
    return Result("\n".join([f"{head}:", *(f"- {each}" for each in lines)]))
