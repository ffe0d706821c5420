"""What a yes or a no to Todd's question does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from core.tools import confirming
from core.tools.change_settings import change_settings
from core.tools.confirming import ARRANGED
from core.tools.delete_tasks import delete_tasks
from core.tools.hear_again import hear_again
from core.tools.undo_changes import undo_message
from core.tools.update_tasks import TaskEdit, update_tasks
from core.work import Result, Work


async def confirm(work: Work, confirmation: int) -> Result:
    """Does what was asked about, now that the person has said yes."""
    return await confirming.confirm(work, confirmation, CONFIRMED)


async def leave(work: Work, confirmation: int) -> Result:
    """Leaves what was asked about as it is."""
    return await confirming.leave(work, confirmation)


async def _arranged(work: Work, asked: dict[str, Any]) -> Result:
    """Settings change no task: their own words are the receipt, and are marked as such."""
    result = await change_settings(work, **asked)
    return replace(result, text=f"{ARRANGED}{result.text}")


# What may wait for a yes, and how its arguments are read again.
CONFIRMED: dict[str, Callable[[Work, dict[str, Any]], Awaitable[Result]]] = {
    "delete_tasks": lambda work, asked: delete_tasks(work, asked["tasks"]),
    "update_tasks": lambda work, asked: update_tasks(
        work, [TaskEdit.model_validate(each) for each in asked["changes"]]
    ),
    "change_settings": _arranged,
    "undo_message": lambda work, asked: undo_message(work, asked["message"]),
    "hear_again": lambda work, asked: hear_again(work, **asked),
}
