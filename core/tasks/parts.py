"""Parts of a task, and the task that a new one is to be a part of."""

from core.errors import Refused
from core.tasks import naming
from core.work import Work
from db import tasks
from db.tasks import Numbered, State


async def of(work: Work, whole: Numbered, state: State) -> list[Numbered]:
    """The parts of a task that may be shown and touched here."""
    return await tasks.parts(work.session, work.me, whole.task, state=state, among=work.shown_to)


async def whole_of(work: Work, name: str, part: Numbered | None = None) -> Numbered:
    """The task of which another is to be a part."""
    whole = await naming.one(work, name, "open")
    if part and part.task.user_id != work.me:
        raise Refused(f"#{part.number} is somebody else's; only its owner says what it belongs to.")
    if part and part.task.recurrence:
        raise Refused(f"#{part.number} repeats by itself, so it cannot be a part.")
    if whole.task.parent_id is not None:
        raise Refused(f"#{whole.number} is a part itself; parts have no parts.")
    if part and (
        part.task.id == whole.task.id
        or await tasks.parts(work.session, work.me, part.task, state="all")
    ):
        raise Refused(f"#{part.number} has parts itself, so it cannot be one.")
    if whole.task.user_id != work.me:
        raise Refused(f"#{whole.number} is somebody else's; add a note to it instead.")
    return whole
