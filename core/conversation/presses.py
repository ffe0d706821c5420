"""What people press, done in the transaction that keeps the press: it waits for no turn."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.conversation import introductions, pressed_on
from core.errors import Refused
from core.heard import Pressed
from core.people.acting import work_of
from core.reply import as_text, choices_as_kept, without_escapes
from core.tasks import public
from core.tools import turn_page
from core.tools.journal import Call, Journal
from core.tools.perform import PRESS, follow_up, perform
from core.tools.registry import CHANGING
from core.tools.toolbox import Toolbox
from core.work import Result
from db import conversations, heard, history, outbox, people, posts, tasks
from db.database import as_the_engine, become
from db.jobs import Jobs
from db.session import Session
from db.states import MessageState

NOT_YOURS = "That task is not on your list."


@dataclass(frozen=True, slots=True)
class Press:
    """What a press does: the tool, what it is about (the name of the argument; a task's number by
    default), and what else is said to the tool."""

    tool: str
    about: str | None = "tasks"
    more: Mapping[str, Any] = field(default_factory=dict)


# What a press may do; a platform cannot name any other.
PRESSES = {
    "done": Press("complete_tasks"),
    "reopen": Press("reopen_tasks"),
    "delete": Press("delete_tasks"),
    "decline": Press("decline_tasks"),
    "later": Press("remind_again", more={"minutes": 15}),
    "hour": Press("remind_again", more={"minutes": 60}),
    "snooze": Press("remind_again"),
    "stop": Press("stop_reminding"),
    "words_later": Press("words_again", "reminder", {"minutes": 15}),
    "words_hour": Press("words_again", "reminder", {"minutes": 60}),
    "words_snooze": Press("words_again", "reminder"),
    "words_keep": Press("words_keep", "reminder"),
    "words_stop": Press("words_stop", "reminder"),
    "allow": Press("allow", "consent"),
    "refuse": Press("refuse", "consent"),
    "list": Press("find_tasks", None),
    "more": Press("turn_page", "list", {"by": 1}),
    "back": Press("turn_page", "list", {"by": -1}),
    "settings": Press("show_settings", None),
    "undo": Press("undo_message", "message"),
    "confirm": Press("confirm", "confirmation"),
    "leave": Press("leave", "confirmation"),
}
# By these names buttons that were posted by earlier versions call the same.
PRESSES |= {
    f"note_{name}": PRESSES[f"words_{name}"] for name in ("later", "hour", "snooze", "keep", "stop")
}


class Presses:
    """Does what is pressed, through the same tools and the same journal as a turn's calls."""

    def __init__(self, jobs: Jobs, toolbox: Toolbox, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._toolbox = toolbox
        self._clock = clock

    async def press(self, session: Session, pressed: Pressed) -> bool:
        """Keeps a press and does it, together; False when it was done before."""
        press, now, token = PRESSES[pressed.action], self._clock(), pressed.reply_token
        user_id, here, _ = await introductions.enter(
            session, pressed.place, pressed.person, now, speaks=pressed.place.private
        )
        await become(session, user_id, here)
        kept = await heard.keep(
            session,
            user_id=user_id,
            conversation_id=here,
            content=f"[{pressed.action}]",
            external_id=pressed.external_id,
            order_key=pressed.order_key,
            state=MessageState.PRESSED,
            addressed=False,
            reply_to=pressed.reply_to,
            under=pressed.under,
        )
        if kept is None:
            return False
        if press.tool == "turn_page" and await self._turned(session, pressed, user_id, here):
            return True
        reply = await outbox.write(
            session,
            user_id=user_id,
            conversation_id=here,
            content="",
            reply_to=pressed.reply_to,
            reply_token=token.sealed if token else None,
            reply_until=token.until if token else None,
            under=pressed.under,
        )
        assert reply.id is not None
        is_theirs, arguments = await _arguments(session, user_id, press, pressed.about)
        call = Call(0, 0, press.tool, json.dumps(arguments), by=PRESS)
        journal = Journal([call])
        if is_theirs:
            person = await people.get(session, user_id)
            conversation = await conversations.get(session, here)
            work = work_of(person, conversation, session, now, message_id=reply.id)
            settled = await perform(self._toolbox, work, journal, call)
            await follow_up(self._jobs, work)
        else:
            settled = journal.settle(call, "failed", NOT_YOURS, (NOT_YOURS,))
        changes = await history.changes_of(session, user_id, reply.id)
        # What changed is said by its receipts, and what of it failed by code.
        changing = press.tool in CHANGING
        if settled.outcome == "done":
            await self._change_message(session, pressed)
        elif pressed.privately and not changes and token is None:
            private = pressed.private_token
            await outbox.say_elsewhere(
                session,
                reply.id,
                pressed.privately,
                private.sealed if private else None,
                private.until if private else None,
            )
        said = "" if changing else as_text((settled.result or "").removeprefix("Not done: "))
        await outbox.write_outcome(session, reply.id, said, journal.write())
        await self._jobs.tell(session, pressed.place.platform, reply.id)
        return True

    async def _turned(self, session: Session, pressed: Pressed, user_id: str, here: int) -> bool:
        """Turns the page of a list where it stands; False when it is not the person's to turn."""
        shown = await heard.get(session, pressed.about or 0)
        if shown is None or shown.user_id != user_id or shown.id is None:
            return False
        listed = turn_page.listed(shown.tool_calls, without_escapes(shown.content))
        if listed is None:
            return False
        person = await people.get(session, user_id)
        conversation = await conversations.get(session, here)
        work = work_of(person, conversation, session, self._clock(), message_id=shown.id)
        by = PRESSES[pressed.action].more["by"]
        hides = await public.mask(session, user_id, conversation)
        try:
            page = await turn_page.turn_page(work, listed.of, list(listed.shown), by)
        except Refused:
            return False
        page = Result(hides(page.text))
        choices = choices_as_kept(turn_page.choices(page.text, shown.id))
        if pressed.on and pressed.reply_token is None:
            await outbox.say_again(session, shown.id, as_text(page.text), choices)
            await self._jobs.tell(session, pressed.place.platform, shown.id)
            return True
        # It stands where it cannot be changed: the page is a message of its own.
        token = pressed.reply_token
        reply = await outbox.write(
            session, user_id=user_id, conversation_id=here, content=as_text(page.text),
            reply_to=pressed.reply_to, reply_token=token.sealed if token else None,
            reply_until=token.until if token else None, under=pressed.under,
        )  # fmt: skip
        assert reply.id is not None
        call = Call(0, 0, "turn_page", json.dumps(
            {"of": listed.of, "shown": list(listed.shown), "by": by}), PRESS)  # fmt: skip
        journal = Journal([call])
        journal.settle(call, "done", page.text, ())
        await outbox.write_outcome(session, reply.id, as_text(page.text), journal.write())
        await outbox.write_content(
            session, reply.id, as_text(page.text),
            choices_as_kept(turn_page.choices(page.text, reply.id)),
        )  # fmt: skip
        await self._jobs.tell(session, pressed.place.platform, reply.id)
        return True

    async def _change_message(self, session: Session, pressed: Pressed) -> None:
        """Changes the message that was pressed, where that is not one person's own view of it."""
        if not pressed.on:
            return
        about = pressed.about or 0
        title = await tasks.title_of(session, about) if pressed.action == "done" else ""
        async with as_the_engine(session):
            shown = await posts.reply_at(session, pressed.place, pressed.on)
            if shown is None or shown.id is None:
                return
            choices = pressed_on.left(shown.choices or [], pressed.action, about)
            content = shown.content
            if title:
                content = pressed_on.struck(content, title)
            if content == shown.content and choices == shown.choices:
                return
            await outbox.say_again(session, shown.id, content, choices)
        await self._jobs.tell(session, pressed.place.platform, shown.id)


async def _arguments(
    session: Session, user_id: str, press: Press, about: int | None
) -> tuple[bool, dict[str, Any]]:
    """The arguments of a press's call; False when it is about a task that is not the person's.

    Numbers are each person's own; the button means the task, whoever presses it.
    """
    if press.about is None:
        return True, dict(press.more)
    if press.about == "list":
        return False, {}  # whose it is turns it (_turned)
    if press.about != "tasks":
        return True, {press.about: about, **press.more}
    number = await tasks.number_of(session, user_id, about or 0)
    return number is not None, {"tasks": [f"#{number or 0}"], **press.more}
