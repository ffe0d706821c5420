"""A list, a page at a time, grouped by when its tasks are due."""

from datetime import UTC

from core.tasks import filters, showing
from core.work import Result, Work
from db import tasks
from db.models import Task
from db.tasks import Filter

PAGE = 25  # tasks in one answer


async def page_at(work: Work, wanted: Filter, offset: int) -> Result:
    """The page of a list that begins after so many of its tasks."""
    found, total = await tasks.find(
        work.session, work.me, wanted, among=work.shown_to, limit=PAGE, offset=offset
    )
    asked = filters.say(wanted, total)
    page, pages = -(-offset // PAGE) + 1, -(-total // PAGE)
    if not found:
        return Result(
            f"No {asked}." if total == 0 else f"There is no page {page}: {total} {asked}."
        )
    head = f"{total} {asked}" + ("" if total <= PAGE else f", page {page} of {max(page, pages)}")
    lines = await showing.lines(work, found, zoned=False)
    groups = [_group(work, each.task) for each in found]
    grouped = wanted.state == "open" and not wanted.due.said and len(set(groups)) > 1
    said = [f"{head}:"]
    for place, (group, line) in enumerate(zip(groups, lines, strict=True)):
        if grouped and (place == 0 or group != groups[place - 1]):
            said.append(f"{group}:")
        said.append(f"- {line}")
    return Result("\n".join(said))


def _group(work: Work, task: Task) -> str:
    """Under what a task of a list stands: when it is due."""
    if task.due_at is None:
        return "No date"
    if showing.is_overdue(task.due_at, task.due_has_time, work):
        return "Overdue"
    zone = work.zone if task.due_has_time else UTC
    today = work.now.astimezone(work.zone).date()
    return "Today" if task.due_at.astimezone(zone).date() == today else "Next"
