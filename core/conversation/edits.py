"""What people make of their messages after they were heard: another text, or none. Of what Todd has
acted on already, he offers to make up for it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from core.heard import Amended, clean
from core.reply import as_text
from core.tasks import public, receipts
from core.tools import confirming
from db import confirmations, conversations, edits, heard, history, outbox
from db.database import become
from db.history import Change
from db.jobs import Jobs
from db.models import Confirmation, Message, Task
from db.session import Session
from db.states import MessageState
from db.tasks import Cause


async def amend(session: Session, jobs: Jobs, amended: Amended) -> bool:
    """Takes note of what a person has made of a message; False when that changes nothing."""
    message = await heard.heard_as(session, amended.platform, amended.channel, amended.external_id)
    if message is None or message.state in (MessageState.PRESSED, MessageState.WITHDRAWN):
        return False
    text = None if amended.text is None else _named(clean(amended.text), message).strip()
    if message.amended and message.amended["text"] == text:
        return False  # it was delivered twice, or a preview was added
    if text == message.content.strip():
        return await _as_it_was(session, message)
    if message.state in (MessageState.WAITING, MessageState.OVERHEARD):
        mentions = {handle: asdict(person) for handle, person in amended.mentions.items()}
        await edits.rewrite(session, message, text, mentions)
        return True
    await edits.amend(session, message, {"text": text, "reply_to": amended.reply_to})
    await jobs.wake(session, amended.platform, message.conversation_id)
    return True


async def _as_it_was(session: Session, message: Message) -> bool:
    """A message reads as it did when it was answered: there is nothing to make up for."""
    if message.amended is None:
        return False
    await edits.amend(session, message, None)
    await become(session, message.user_id, message.conversation_id)
    await confirmations.void(session, {"message": message.answer_id})
    return True


def _named(text: str, message: Message) -> str:
    """A text with the names that were put into the message for the ids in it."""
    for handle, who in (message.mentions or {}).items():
        text = text.replace(f"@{who['external_id']}", f"@{handle}")
    return text


# ── making up for it ─────────────────────────────────────────────────────────────────────────


async def offer(session: Session, heard: Message, now: datetime, zone: ZoneInfo) -> Message | None:
    """A question whether to take back what the message led to, and do what it says now; None when
    nothing that it led to still stands."""
    assert heard.answer_id is not None
    amended = heard.amended or {}
    acting = Cause(heard.user_id, heard.conversation_id, 0, 0, 0)
    about = await history.standing(session, acting, heard.answer_id)
    if not about:
        if amended["text"] is not None:
            await edits.rewrite(session, heard, amended["text"], heard.mentions or {})
        return None
    changes = await history.changes_of(session, heard.user_id, heard.answer_id)
    place = await conversations.get(session, heard.conversation_id)
    hides = await public.mask(session, heard.user_id, place)
    message = await outbox.write(
        session,
        user_id=heard.user_id,
        conversation_id=heard.conversation_id,
        content=hides(_question(changes, amended["text"] is None, now, zone)),
        reply_to=amended["reply_to"] or heard.reply_to,
        reply_token=heard.reply_token,
        reply_until=heard.reply_until,
    )
    asked = await _ask(session, heard, message, about, now)
    choices = [[each.label, each.action, each.about] for each in confirming.choices(asked)]
    await outbox.write_content(session, message.id or 0, message.content, choices)
    return message


def _question(changes: Sequence[Change], deleted: bool, now: datetime, zone: ZoneInfo) -> str:
    said = as_text("\n".join(receipts.say(changes, (), now, zone)))
    if deleted:
        return f"You deleted a message that I had acted on:\n{said}\n\nShall I take that back?"
    return (
        f"You changed a message that I had acted on:\n{said}\n\nShall I take that back, and do "
        "what it says now?"
    )


async def _ask(
    session: Session,
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
        {"tool": "undo_message", "arguments": back, "says": "undoes that"},
        {"tool": "hear_again", "arguments": again, "says": "does what it says now"},
    ]
    seen = {task.id or 0: task.updated_at for task in about}
    for call in calls:
        await confirmations.ask(session, cause, call, seen, now + confirming.STANDS_FOR)
    asked = await confirmations.of_message(session, message.id)
    assert asked is not None
    return asked
