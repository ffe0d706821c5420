"""What Todd offers when somebody changes or deletes a message that he has acted on already."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from core.tasks import receipts
from core.tools import confirming
from db import confirmations, history, messages
from db.history import Change
from db.models import Confirmation, Message, Task
from db.tasks import Cause


async def offer(
    session: AsyncSession, heard: Message, now: datetime, zone: ZoneInfo
) -> Message | None:
    """A question whether to take back what the message led to, and do what it says now; None when
    nothing that it led to still stands."""
    assert heard.answer_id is not None
    amended = heard.amended or {}
    acting = Cause(heard.user_id, heard.conversation_id, 0, 0, 0)
    about = await history.standing(session, acting, heard.answer_id)
    if not about:
        if amended["text"] is not None:
            await messages.rewrite(session, heard, amended["text"], heard.mentions or {})
        return None
    changes = await history.changes_of(session, heard.user_id, heard.answer_id)
    message = await messages.tell(
        session,
        user_id=heard.user_id,
        conversation_id=heard.conversation_id,
        content=_question(changes, amended["text"] is None, now, zone),
        reply_to=amended["reply_to"] or heard.reply_to,
    )
    asked = await _ask(session, heard, message, about, now)
    message.choices = [[each.label, each.action, each.about] for each in confirming.choices(asked)]
    session.add(message)
    return message


def _question(changes: Sequence[Change], deleted: bool, now: datetime, zone: ZoneInfo) -> str:
    said = "\n".join(receipts.say(changes, (), now, zone))
    if deleted:
        return f"You deleted a message that I had acted on:\n{said}\n\nShall I take that back?"
    return (
        f"You changed a message that I had acted on:\n{said}\n\nShall I take that back, and do "
        "what it says now?"
    )


async def _ask(
    session: AsyncSession,
    heard: Message,
    message: Message,
    about: Sequence[Task],
    now: datetime,
) -> Confirmation:
    assert message.id is not None
    cause = Cause(heard.user_id, heard.conversation_id, message.id, 0, 0)
    assert heard.answer_id is not None
    back = {"message": heard.answer_id}
    await confirmations.void(session, back)  # what was offered for an earlier change
    again = {"answer": heard.answer_id, "message": heard.id, "text": (heard.amended or {})["text"]}
    calls = [
        {"tool": "undo_step", "arguments": back, "says": "undoes that"},
        {"tool": "hear_again", "arguments": again, "says": "does what it says now"},
    ]
    seen = {task.id or 0: task.updated_at for task in about}
    for call in calls:
        await confirmations.ask(session, cause, call, seen, now + confirming.STANDS_FOR)
    asked = await confirmations.of_message(session, message.id)
    assert asked is not None
    return asked
