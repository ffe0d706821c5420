"""Does one call: effect and outcome together, whoever asks for it."""

import logging

from core.errors import Malformed, Refused
from core.models.port import OFFLINE
from core.reminders import schedule
from core.tasks import public
from core.tools.journal import Call, Journal, Outcome
from core.tools.toolbox import Toolbox
from core.work import Result, Work
from db.database import DOWN
from db.errors import TurnLost
from db.jobs import Jobs

log = logging.getLogger(__name__)

CALLS = 20  # calls in one step
CODE, PRESS = "code", "press"  # who calls a tool, when no model does
FAULT = "something on my side went wrong with it."


async def perform(toolbox: Toolbox, work: Work, journal: Journal, call: Call) -> Call:
    """Does one call inside the given transaction, and settles it in the journal.

    A call that is none, or that fails, changes nothing; the model reads why, and what to try.
    """
    outcome: Outcome = "done"
    try:
        async with work.session.savepoint():
            if call.position >= CALLS:
                raise Malformed(f"At most {CALLS} calls at once; ask again for the rest.")
            by_code = call.by in (CODE, PRESS, OFFLINE)
            arguments = toolbox.read(call.name, call.arguments, by_code=by_code)
            result = await toolbox.use(work, call.name, arguments)
        if result.asked:
            outcome = "asked"
        elif result.failures:
            outcome = "failed"
    except Malformed as error:
        outcome, result = "refused", Result(str(error), (str(error),))
    except Refused as error:
        outcome, result = "failed", Result(f"Not done: {error}", (str(error),))
    except (TurnLost, *DOWN):
        raise
    except Exception:
        # A fault of ours. The savepoint took back what it did; the model may try another way.
        log.exception("tool %s failed", call.name)
        outcome, result = "failed", Result(f"Not done: {FAULT}", (FAULT,))
    hides = await public.mask(work.session, work.me, work.conversation)
    return journal.settle(call, outcome, hides(result.text), tuple(map(hides, result.failures)))


async def follow_up(jobs: Jobs, work: Work) -> None:
    """Sees to what follows from what a call has made or changed, in its transaction."""
    await schedule.due_since(work)
    for conversation_id in work.wakes:
        await jobs.wake(work.session, work.platform, conversation_id)
