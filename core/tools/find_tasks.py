"""The tool that lists and searches tasks."""

from typing import Annotated, Literal

from pydantic import Field

from core.tasks import filters, naming, showing
from core.tasks.fields import Priority
from core.tasks.pages import PAGE, page_at
from core.work import Result, Work


async def find_tasks(
    work: Work,
    text: Annotated[str, "Words that the title or description must have"] = "",
    due: Annotated[
        str,
        "'overdue', 'today', 'this week', 'next month', 'in may', 'before friday', 'by friday',"
        " 'next 7 days', 'this week and overdue', 'no date', or a date in words",
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
    listed = await page_at(work, wanted, (page - 1) * PAGE)
    if listed.text == f"No {filters.say(wanted, 0)}." and text:
        close = await naming.close(work, text, wanted.state)
        if close:
            said = "\n".join(f"- {each}" for each in await showing.lines(work, close, zoned=False))
            return Result(f"No {filters.say(wanted, 0)}. Close to it:\n{said}")
    return listed
