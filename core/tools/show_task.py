"""The tool that shows all there is to one task."""

from core.tasks import naming, parts, receipts, showing
from core.tasks.naming import Name
from core.work import Result, Work
from db import history


async def show_task(work: Work, task: Name) -> Result:
    """All there is to one task: its description, parts, where it came from, and what happened to it
    (who added, changed or finished it, and when)."""
    found = await naming.one(work, task, "all")
    said = [await showing.line(work, found)]
    if found.task.description:
        said.append(found.task.description)
    belonging = await parts.of(work, found, "all")
    if belonging:
        said.append("Parts:")
        said.extend(f"- {each}" for each in await showing.lines(work, belonging))
    if found.task.link:
        said.append(f"From {found.task.link}")
    said.append("What happened:")
    events = await history.of_task(work.session, work.me, found.task, found.number)
    said.extend(f"- {receipts.told(event, work.now, work.zone)}" for event in events)
    return Result("\n".join(said))
