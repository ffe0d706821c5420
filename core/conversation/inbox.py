"""Keeps what was heard: one transaction, and nothing slow, before a platform is acked."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from core.conversation import when_to_answer
from core.heard import Amended, Heard, Person, Place, Pressed, clean
from core.people.places import open_place
from core.people.zones import zone_of
from core.reminders import schedule
from core.tools.journal import Call, Journal
from core.tools.registry import CHANGING
from core.tools.toolbox import Toolbox
from core.turn.turn import PRESS, perform, ring
from core.work import Work
from db import confirmations, conversations, messages, people, reminders, tasks
from db.conversations import Known
from db.database import DOWN, Database, become
from db.jobs import Jobs
from db.models import OVERHEARD, PRESSED, WAITING, WITHDRAWN, Message, utcnow
from db.tasks import Cause

log = logging.getLogger(__name__)


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
    "note_later": Press("note_again", "reminder", {"minutes": 15}),
    "note_hour": Press("note_again", "reminder", {"minutes": 60}),
    "note_snooze": Press("note_again", "reminder"),
    "note_keep": Press("note_keep", "reminder"),
    "note_stop": Press("note_stop", "reminder"),
    "allow": Press("allow", "consent"),
    "refuse": Press("refuse", "consent"),
    "list": Press("find_tasks", None),
    "settings": Press("show_settings", None),
    "undo": Press("undo_step", "message"),
    "confirm": Press("confirm", "confirmation"),
    "leave": Press("leave", "confirmation"),
}

TRIES = 3  # with a connection that turns out to be dead

Result = TypeVar("Result")


class _MetMeanwhile(Exception):
    """Another process has just met the same person: look again."""


class Inbox:
    """What stands between a platform's event and its ack."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        toolbox: Toolbox,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        """`clock` says what the time is for people, as in Engine."""
        self._database = database
        self._jobs = jobs
        self._toolbox = toolbox
        self._clock = clock

    async def keep(self, heard: Heard) -> bool:
        """Keeps a message and the wake-up for it, together; False when it was there already.

        Once this has returned the platform may be acked. When it raises, nothing was kept, and
        the platform will deliver again.
        """
        return await self._within(lambda session: self._keep(session, heard))

    async def enter(self, place: Place, person: Person) -> tuple[str, int]:
        """The ids of a person and a place, made if they are new, before anything is said."""

        async def act(session: AsyncSession) -> tuple[str, int]:
            user_id, here, _ = await _enter(session, place, person, self._clock())
            return user_id, here

        return await self._within(act)

    async def press(self, pressed: Pressed) -> bool:
        """Does what was pressed and keeps that it was, together; False when it was done before.

        It waits for no turn. The receipt is said afterwards, by a worker.
        """
        return await self._within(lambda session: self._press(session, pressed))

    async def amend(self, amended: Amended) -> bool:
        """Takes note of what a person has made of a message; False when that changes nothing.

        Before it is answered it is simply another message, or none. Afterwards the engine offers to
        make up for it (`Engine.wake`).
        """
        return await self._within(lambda session: self._amend(session, amended))

    async def _within(self, act: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """One transaction; begun anew when somebody met the same person, or a connection of the
        pool was dead. Nothing of a failed one is kept, and a repeated one finds what was."""
        tries = 0
        while True:
            try:
                async with self._database.tending() as session:
                    return await act(session)
            except _MetMeanwhile:
                continue
            except DOWN:
                tries += 1
                if tries == TRIES:
                    raise

    async def _keep(self, session: AsyncSession, heard: Heard) -> bool:
        user_id, here, known = await _enter(session, heard.place, heard.person, self._clock())
        await self._reached(session, user_id, heard.place.platform, known)
        answered = when_to_answer.answers(heard, known)
        await become(session, user_id, here)
        kept = await messages.keep(
            session,
            user_id=user_id,
            conversation_id=here,
            content=clean(heard.text),
            external_id=heard.external_id,
            order_key=heard.order_key,
            state=WAITING if answered else OVERHEARD,
            addressed=answered and heard.addressed,
            reply_to=heard.reply_to,
            mentions={handle: asdict(person) for handle, person in heard.mentions.items()},
            link=heard.link,
        )
        if kept is None:
            return False
        if answered:
            is_answer = known.asking_id is not None and known.asking_id == known.user_id
            if is_answer or not known.joined:
                await conversations.heard_by_todd(session, here, answers_question=is_answer)
            await self._jobs.wake(session, heard.place.platform, here)
        log.info("kept message %d of conversation %d", kept, here)
        return True

    async def _reached(
        self, session: AsyncSession, user_id: str, platform: str, known: Known
    ) -> None:
        """Somebody who could not be told things is there again: they are told now, together."""
        if known.unreached:
            await reminders.reached(session, user_id, platform, self._clock())

    async def _amend(self, session: AsyncSession, amended: Amended) -> bool:
        message = await messages.heard_as(
            session, amended.platform, amended.channel, amended.external_id
        )
        if message is None or message.state in (PRESSED, WITHDRAWN):
            return False
        text = None if amended.text is None else _named(clean(amended.text), message).strip()
        if message.amended and message.amended["text"] == text:
            return False  # it was delivered twice, or a preview was added
        if text == message.content.strip():
            return await self._as_it_was(session, message)
        if message.state in (WAITING, OVERHEARD):
            mentions = {handle: asdict(person) for handle, person in amended.mentions.items()}
            await messages.rewrite(session, message, text, mentions)
            return True
        await messages.amend(session, message, {"text": text, "reply_to": amended.reply_to})
        await self._jobs.wake(session, amended.platform, message.conversation_id)
        return True

    async def _as_it_was(self, session: AsyncSession, message: Message) -> bool:
        """A message reads as it did when it was answered: there is nothing to make up for."""
        if message.amended is None:
            return False
        await messages.amend(session, message, None)
        await become(session, message.user_id, message.conversation_id)
        await confirmations.void(session, {"message": message.answer_id})
        return True

    async def _press(self, session: AsyncSession, pressed: Pressed) -> bool:
        tool = PRESSES[pressed.action].tool
        user_id, here, known = await _enter(session, pressed.place, pressed.person, self._clock())
        await self._reached(session, user_id, pressed.place.platform, known)
        await become(session, user_id, here)
        kept = await messages.keep(
            session,
            user_id=user_id,
            conversation_id=here,
            content=f"[{pressed.action}]",
            external_id=pressed.external_id,
            order_key=pressed.order_key,
            state=PRESSED,
            addressed=False,
            reply_to=pressed.reply_to,
        )
        if kept is None:
            return False
        reply = await messages.tell(
            session, user_id=user_id, conversation_id=here, content="", reply_to=pressed.reply_to
        )
        assert reply.id is not None
        asked, arguments = await _asked(session, user_id, pressed)
        call = Call(0, 0, tool, json.dumps(arguments), by=PRESS)
        person = await people.get(session, user_id)
        work = Work(
            session,
            Cause(user_id, here, reply.id, 0, 0),
            await conversations.get(session, here),
            zone_of(person),
            self._clock(),
            person.locale,
        )
        journal = Journal([call])
        if asked:
            settled = await perform(self._toolbox, work, journal, call)
            await ring(self._jobs, work)
            if tool not in CHANGING:
                # What changed is said by its receipts.
                reply.content = (settled.result or "").removeprefix("Not done: ")
        else:
            journal.settle(call, "failed", NOT_YOURS, (NOT_YOURS,))
        reply.tool_calls = journal.write()
        session.add(reply)
        await self._jobs.tell(session, pressed.place.platform, reply.id)
        return True


def _named(text: str, message: Message) -> str:
    """A text with the names that were put into the message for the ids in it."""
    for handle, who in (message.mentions or {}).items():
        text = text.replace(f"@{who['external_id']}", f"@{handle}")
    return text


NOT_YOURS = "That task is not on your list."


async def _asked(
    session: AsyncSession, user_id: str, pressed: Pressed
) -> tuple[bool, dict[str, Any]]:
    """The arguments of a press's call; False when it is about a task that is not the person's.

    Numbers are each person's own; the button means the task, whoever presses it.
    """
    press = PRESSES[pressed.action]
    if press.about is None:
        return True, dict(press.more)
    if press.about != "tasks":
        return True, {press.about: pressed.about, **press.more}
    number = await tasks.number_of(session, user_id, pressed.about or 0)
    return number is not None, {"tasks": [f"#{number or 0}"], **press.more}


async def _enter(
    session: AsyncSession, place: Place, person: Person, now: datetime
) -> tuple[str, int, Known]:
    """The person's and the place's rows, made if they are new, and what was known before."""
    known = await conversations.known(
        session,
        platform=place.platform,
        workspace=place.workspace,
        channel=place.channel,
        thread=place.thread,
        person_workspace=person.workspace,
        person=person.external_id,
    )
    user_id = known.user_id or await _meet(session, place.platform, person)
    if known.user_id and _says_more(person, known):
        await describe(session, user_id, person, now)
    here = known.conversation_id or await open_place(session, user_id, place)
    if not known.is_member:
        await conversations.join(session, here, user_id)
    return user_id, here, known


async def describe(session: AsyncSession, user_id: str, person: Person, now: datetime) -> None:
    """Keeps what a platform says of a person."""
    moved = await people.describe(
        session,
        user_id,
        name=person.name,
        timezone=person.timezone,
        locale=person.locale,
    )
    if moved is not None:
        zone = zone_of(await people.get(session, user_id))
        await schedule.reclock(session, user_id, zone, now)


async def _meet(session: AsyncSession, platform: str, person: Person) -> str:
    user_id = await people.meet(
        session,
        platform=platform,
        workspace=person.workspace,
        external_id=person.external_id,
        name=clean(person.name),
        timezone=person.timezone,
        locale=person.locale,
    )
    if user_id is None:
        raise _MetMeanwhile
    return user_id


def _says_more(person: Person, known: Known) -> bool:
    return bool(
        (person.name and person.name != known.name)
        or (person.timezone and person.timezone != known.timezone)
        or (person.locale and person.locale != known.locale)
    )
