"""Asking before what is large (rule 4): exactly these calls, after the same person's yes, once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.errors import Refused
from core.reply import Choice
from core.tasks import showing
from core.tools.batch import once
from core.work import Result, Work
from db import confirmations, history
from db.models import Confirmation
from db.states import ConfirmationState, TaskAction
from db.tasks import Numbered

AT_ONCE = 3  # deletions and reassignments that a turn does without asking
ARRANGED = "✓ "  # begins a line of what was confirmed that is a receipt of its own
STANDS_FOR = timedelta(minutes=15)
COUNTED = frozenset({TaskAction.DELETED, TaskAction.ASSIGNED})

NOT_YOURS = "There is nothing of yours to confirm there."
ALREADY = "That has been answered already."
TOO_LATE = "I asked that more than 15 minutes ago, so I changed nothing. Say it once more."
CHANGED = "Some of these tasks were changed since I asked, so I changed nothing. Say it once more."
LEFT = "All right, I leave everything as it is."


async def is_large(work: Work, more: int) -> bool:
    """Whether so many more would be too many for one turn, all its calls counted together."""
    if work.confirmed or more == 0:
        return False
    changes = await history.changes_of(work.session, work.me, work.cause.message_id)
    return sum(change.action in COUNTED for change in changes) + more > AT_ONCE


@dataclass(frozen=True, slots=True)
class Call:
    """A call that may have to be asked about: what it is, and what it does to tasks, as a verb."""

    tool: str
    arguments: Mapping[str, Any]
    does: str


async def if_large(
    work: Work,
    found: Sequence[Numbered],
    call: Call,
    failures: Sequence[str] = (),
    *,
    clears: bool = False,
) -> Result | None:
    """Keeps a call until the person has said yes, when so many tasks are to be asked about first,
    or it clears a list of several; None when it may be done at once.

    Code asks them at the end of the turn, and tells what could not be found.
    """
    those = once(found)
    if not (clears and len(those) > 1) and not await is_large(work, len(those)):
        return None
    count = f"{len(those)} task{'' if len(those) == 1 else 's'}"
    await confirmations.ask(
        work.session,
        work.cause,
        {
            "tool": call.tool,
            "arguments": dict(call.arguments),
            "says": f"{call.does} {count}: {showing.named(those)}",
            "mentioned": dict(work.mentioned),
        },
        {each.task.id or 0: each.task.updated_at for each in those},
        work.now + STANDS_FOR,
    )
    return Result(
        f"Not done yet: it {call.does} {count}, so the person has to confirm it. Code asks them "
        "beside your words; do not ask yourself.",
        tuple(failures),
        asked=True,
    )


def question(asked: Confirmation) -> str:
    """What is asked, in code's own words."""
    said = "; it also ".join(call["says"] for call in asked.calls)
    return f"This {said}. Shall I?"


def choices(asked: Confirmation) -> tuple[Choice, ...]:
    assert asked.id is not None
    return Choice("Yes", "confirm", asked.id), Choice("No", "leave", asked.id)


Does = Mapping[str, Callable[[Work, dict[str, Any]], Awaitable[Result]]]


async def confirm(work: Work, confirmation_id: int, does: Does) -> Result:
    """Does what was asked about. What has become void says so, and is void from then on."""
    asked = await _standing(work, confirmation_id)
    if isinstance(asked, Result):
        return asked
    if not await confirmations.stands(work.session, asked):
        asked.state = ConfirmationState.VOID
        return Result(CHANGED, (CHANGED,))
    asked.state = ConfirmationState.CONFIRMED
    said: list[str] = []
    failures: list[str] = []
    for call in asked.calls:
        mine = work.after_yes(call.get("mentioned") or {})
        try:
            async with work.session.nested():
                result = await does[call["tool"]](mine, call["arguments"])
        except Refused as refused:
            result = Result(f"Not done: {refused}", (str(refused),))
        said.append(result.text)
        failures.extend(result.failures)
    return Result("\n".join(said), tuple(failures))


async def leave(work: Work, confirmation_id: int) -> Result:
    """Answers with no."""
    asked = await _standing(work, confirmation_id)
    if isinstance(asked, Result):
        return Result(asked.text)
    asked.state = ConfirmationState.VOID
    return Result(LEFT)


async def _standing(work: Work, confirmation_id: int) -> Confirmation | Result:
    asked = await confirmations.take(work.session, confirmation_id)
    if asked is None:
        raise Refused(NOT_YOURS)
    if asked.state != ConfirmationState.ASKED:
        return Result(ALREADY, (ALREADY,))
    if asked.expires_at <= work.now:
        asked.state = ConfirmationState.VOID
        return Result(TOO_LATE, (TOO_LATE,))
    return asked
