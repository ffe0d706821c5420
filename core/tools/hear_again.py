"""What is done after a yes to Todd's offer to make up for a message that was changed."""

from core.work import Result, Work
from db import edits, heard, turns
from db.states import MessageState


async def hear_again(work: Work, answer: int, message: int, text: str | None) -> Result:
    """Hears again what a reply answered, with one message as it reads by now, or without it; what
    that says is done by a turn of its own."""
    for before in await turns.answered_by(work.session, answer):
        said = text if before.id == message else before.content
        if said is None or before.user_id != work.me:
            continue
        name = await edits.set_aside(work.session, before)
        await heard.keep(
            work.session,
            user_id=work.me,
            conversation_id=before.conversation_id,
            content=said,
            external_id=name,
            order_key=f"{before.order_key}+",
            state=MessageState.WAITING,
            addressed=True,
            reply_to=before.reply_to,
            reply_token=before.reply_token,
            reply_until=before.reply_until,
            mentions=before.mentions,
            link=before.link,
        )
        work.wakes.append(before.conversation_id)
    return Result("")
