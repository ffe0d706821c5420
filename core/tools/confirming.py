"""Asking before what is large (rule 4): exactly these calls, after the same person's yes, once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.errors import Refused
from core.reply import Choice
from core.tasks import showing
from core.work import Result, Work
from db import confirmations, history
from db.models import ASKED, CONFIRMED, VOID, Confirmation
from db.tasks import Numbered

AT_ONCE = 3  # deletions and reassignments that a turn does without asking
STANDS_FOR = timedelta(minutes=15)
COUNTED = frozenset({"deleted", "assigned"})

NOT_YOURS = "There is nothing of yours to confirm there."
ALREADY = "That has been answered already."
TOO_LATE = "I asked that more than 15 minutes ago, so I changed nothing. Say it once more."
CHANGED = "Some of these tasks were changed since I asked, so I changed nothing. Say it once more."
LEFT = "All right, I leave everything as it is."

# A yes is a whole message. Anything else, however it begins, is for the model or the grammar.
YES = frozenset("""
yes|y|yep|yeah|yup|ya|sure|ok|okay|go ahead|do it|yes do it|yes please|yes please do|confirm
confirmed|i confirm|of course|sure do it|ok do it|yes go ahead|please do|absolutely|definitely
yes delete them|yes delete all|yes all of them|yes i am sure|yes i'm sure|i am sure|i'm sure
ja|ja bitte|klar|mach das|jawohl|oui|vas-y|sí|si|claro|adelante|sim|claro que sim|certo|va bene
procedi|ja graag|doe maar|da|да|tak|hai|はい|是|好|好的
""".replace("\n", "|").strip("|").split("|"))  # fmt: skip
NO = frozenset("""
nope keep them|no keep them|keep them|keep it
no|n|nope|nah|no thanks|don't|do not|stop|cancel|leave it|leave them|no leave it|never mind
nevermind|nein|non|não|nee|нет|nie|いいえ|不|不要|no gracias|nein danke|no leave them
""".replace("\n", "|").strip("|").split("|"))  # fmt: skip


def is_yes(said: str) -> bool:
    return _plain(said) in YES


def is_no(said: str) -> bool:
    return _plain(said) in NO


def _plain(said: str) -> str:
    words = said.lower().replace("’", "'").replace(",", " ").strip(" .!👍🙏\n")
    return " ".join(words.removesuffix("todd").removesuffix("please").split()) or said.strip()


async def is_large(work: Work, more: int) -> bool:
    """Whether so many more would be too many for one turn, all its calls counted together."""
    if work.confirmed or more == 0:
        return False
    changes = await history.changes_of(work.session, work.me, work.cause.message_id)
    return sum(change.action in COUNTED for change in changes) + more > AT_ONCE


async def ask(
    work: Work,
    tool: str,
    arguments: Mapping[str, Any],
    says: str,
    found: Sequence[Numbered],
    failures: Sequence[str] = (),
) -> Result:
    """Keeps a call until the person has said yes; code asks them at the end of the turn, and tells
    what could not be found."""
    listed = showing.named(found)
    await confirmations.ask(
        work.session,
        work.cause,
        {
            "tool": tool,
            "arguments": dict(arguments),
            "says": f"{says}: {listed}",
            "mentioned": dict(work.mentioned),
        },
        {each.task.id or 0: each.task.updated_at for each in found},
        work.now + STANDS_FOR,
    )
    return Result(
        f"Not done yet: it {says}, so the person has to confirm it. Code asks them beside your "
        "words; do not ask yourself.",
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
        asked.state = VOID
        return Result(CHANGED, (CHANGED,))
    asked.state = CONFIRMED
    said: list[str] = []
    failures: list[str] = []
    for call in asked.calls:
        mine = work.after_yes(call.get("mentioned") or {})
        try:
            async with work.session.begin_nested():
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
    asked.state = VOID
    return Result(LEFT)


async def _standing(work: Work, confirmation_id: int) -> Confirmation | Result:
    asked = await confirmations.take(work.session, confirmation_id)
    if asked is None:
        raise Refused(NOT_YOURS)
    if asked.state != ASKED:
        return Result(ALREADY, (ALREADY,))
    if asked.expires_at <= work.now:
        asked.state = VOID
        return Result(TOO_LATE, (TOO_LATE,))
    return asked
