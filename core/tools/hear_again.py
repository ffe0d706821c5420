"""What is done after a yes to Todd's offer to make up for a message that was changed."""

from core.work import Result, Work
from db import messages
from db.models import WAITING


async def hear_again(work: Work, answer: int, message: int, text: str | None) -> Result:
    """Hears again what a reply answered, with one message as it reads by now, or without it; what
    that says is done by a turn of its own."""
    for heard in await messages.answered_by(work.session, answer):
        said = text if heard.id == message else heard.content
        if said is None or heard.user_id != work.me:
            continue
        name = await messages.set_aside(work.session, heard)
        await messages.keep(
            work.session,
            user_id=work.me,
            conversation_id=heard.conversation_id,
            content=said,
            external_id=name,
            order_key=f"{heard.order_key}+",
            state=WAITING,
            addressed=True,
            reply_to=heard.reply_to,
            mentions=heard.mentions,
            link=heard.link,
        )
        work.wakes.append(heard.conversation_id)
    return Result("")
