"""What somebody says to being reminded by others."""

from core.errors import Refused
from core.people import names
from core.reminders import schedule
from core.work import Result, Work
from db import consents
from db.states import ConsentState, ReminderKind


async def allow(work: Work, consent: int) -> Result:
    """The person wants to hear what somebody has them reminded of."""
    from_id = await consents.answer(work.session, work.me, consent, ConsentState.ALLOWED)
    if from_id is None:
        raise Refused(NOT_ASKED)
    await consents.release(work.session, work.me, from_id, work.now)
    return Result(f"All right, I tell you what {await names.name_of(work, from_id)} asks me to.")


async def refuse(work: Work, consent: int) -> Result:
    """The person does not want to be reminded by somebody; who has asked for it is told so."""
    from_id = await consents.answer(work.session, work.me, consent, ConsentState.REFUSED)
    if from_id is None:
        raise Refused(NOT_ASKED)
    name = await names.name_of(work, from_id)
    if await consents.drop(work.session, work.me, from_id):
        mine = await names.name_of(work, work.me)
        words = f"{mine} would rather not be reminded by you, so I do not pass it on."
        await schedule.tell(work, from_id, ReminderKind.ANSWER, work.now, content=words)
    return Result(f"All right, I do not remind you of what {name} asks me to.")


NOT_ASKED = "Nobody has asked you that."
