"""Taking back what messages did: the tool, and what is pressed."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from core.errors import Refused
from core.work import Result, Work
from db import history

UNDO_LIMIT = 20  # messages whose changes are undone at once


async def undo_changes(work: Work, steps: Annotated[int, Field(ge=1, le=UNDO_LIMIT)] = 1) -> Result:
    """Take back what the person changed last in this conversation: all that one message did, or the
    last few messages. Undoing twice does it again."""
    undone = await history.undo(work.session, work.cause, steps=steps, among=work.subject)
    if not undone:
        raise Refused("There is nothing to undo here.")
    return _undone(undone)


async def undo_message(work: Work, message: int) -> Result:
    """Takes back what one message did, once."""
    undone = await history.undo(work.session, work.cause, message_id=message)
    if not undone:
        raise Refused("There is nothing of yours to undo there, or it is undone already.")
    return _undone(undone)


def _undone(undone: Sequence[history.Undone]) -> Result:
    left = tuple(
        f"#{each.number} {each.title} was changed since{f' by {each.by}' if each.by else ''}, so "
        "it stays as it is."
        for each in undone
        if not each.taken_back
    )
    names = ", ".join(
        dict.fromkeys(f"#{each.number} {each.title}" for each in undone if each.taken_back)
    )
    return Result("\n".join([*([f"Undone: {names}."] if names else []), *left]), left)
