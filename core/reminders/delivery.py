"""Tells people what is due to be told: once, in time or late with a word, where they are reached.

The job only rings; the row decides. What is told is written as a Message in one transaction with
what becomes of the row, and said like the receipt of a press (core/conversation/outbox.py).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.errors import PlatformFailed
from core.heard import Place
from core.patience import Patience
from core.people import preferences
from core.people.acting import work_of
from core.people.places import open_place
from core.reminders import schedule, wording
from core.reminders.wording import GATHERED, Wording
from core.reply import choices_as_kept, without_escapes
from core.tasks import public
from core.understanding import when
from core.work import Work
from db import consents, conversations, outbox, people, reminders, tasks
from db.database import DOWN, Database, as_the_engine, become, in_the_name_of
from db.models import Conversation, Message, Reminder, User
from db.session import Session
from db.states import ConsentState, ReminderKind, ReminderState

log = logging.getLogger(__name__)

TRIES = 300  # of telling somebody something, five minutes apart: a day
ELSEWHERE = "I could not answer where you asked me, so I tell you here:"
ENDED = "I could not say this where you asked me to, so I no longer do: “{words}”."
UNANSWERED = "I could not remind {name} of “{words}”: they have not said that I may."


class Reaches(Protocol):
    """What knows where somebody can be told something alone (part of worker.Voice)."""

    async def private_place(self, platform: str, external_id: str) -> Place: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What has been told and has to be said, and where."""

    message: Message
    conversation: Conversation


class Delivery:
    """Tells what is due. Any number of processes may be at it."""

    def __init__(
        self,
        database: Database,
        voice: Reaches,
        patience: Patience,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._voice = voice
        self._patience = patience
        self._clock = clock

    async def deliver(self, reminder_id: int, *, opened: bool = False) -> Written | None:
        """Tells somebody what they are to be told, if it is time: what has to be said now. None
        when it is told already, or not yet. `opened`: a place for it was just opened."""
        reminder: Reminder | None = None
        try:
            async with self._database.tending() as session:
                if not await reminders.begin(session, reminder_id):
                    return None
                found = await reminders.get(session, reminder_id)
                if found is None or found[0].try_at > self._clock():
                    return None  # it was told, or has moved on, while this waited
                reminder, person = found
                for row in found:
                    session.expunge(row)  # to be read after a rollback too
                if not await self._may_be_told(session, reminder, person):
                    return None
                here, known = await reminders.where(session, person.id, reminder.platform)
                here = reminder.said_in or here
                if here is not None:
                    return await self._told(session, reminder, person, here, known)
            if known is None or opened:
                raise PlatformFailed("nobody to tell", gone=True)
            place = await self._voice.private_place(reminder.platform, known)
            async with self._database.tending() as session:
                opened_id = await open_place(session, person.id, place)
                await conversations.join(session, opened_id, person.id)
            return await self.deliver(reminder_id, opened=True)
        except DOWN:
            raise
        except PlatformFailed as error:
            fault = error
        except Exception as error:
            log.exception("reminder %s cannot be told", reminder_id)
            fault = PlatformFailed(type(error).__name__)
        if reminder is not None:
            await self._not_told(reminder, fault)
        return None

    async def not_said(self, session: Session, message_id: int, *, gone: bool) -> None:
        """What was told in a message that its platform never took: it is told elsewhere, or when
        its person is heard of again. The session is the engine's own."""
        for reminder in await reminders.of_message(session, message_id):
            if gone:
                await self._elsewhere(session, reminder)
            else:
                await reminders.unreached(session, reminder)

    async def answer_privately(self, session: Session, reply: Message) -> None:
        """An answer that a place where others read along has refused is told to its person alone.
        The session is the engine's own."""
        assert reply.id is not None
        place = await conversations.get(session, reply.conversation_id)
        if place.private or not reply.content:
            return
        async with in_the_name_of(session, reply.user_id):
            await reminders.add(
                session,
                user_id=reply.user_id,
                kind=ReminderKind.ANSWER,
                from_id=reply.user_id,
                platform=place.platform,
                at=self._clock(),
                content=f"{ELSEWHERE}\n\n{without_escapes(reply.content)}",
            )

    async def _may_be_told(self, session: Session, reminder: Reminder, person: User) -> bool:
        """Whether this is the time for it: not while its person wants to hear nothing, and not from
        somebody whom they have not allowed to."""
        if reminder.said_in is None:
            until = preferences.silent_until(person, self._clock())
            if until is not None:
                await reminders.put_off(session, reminder.id or 0, until, failed=False)
                return False
        if not _is_from_others(reminder):
            return True
        said = await _consent(session, reminder)
        if said == ConsentState.ASKED:
            await self._hold(session, reminder)
        elif said == ConsentState.REFUSED:
            await reminders.settle(session, reminder.id or 0, ReminderState.QUIET)
        return said == ConsentState.ALLOWED

    async def _hold(self, session: Session, reminder: Reminder) -> None:
        """Keeps a note until its person says that they want it, and lets its sender know."""
        await reminders.settle(session, reminder.id or 0, ReminderState.HELD)
        name = (await people.names(session, [reminder.user_id])).get(reminder.user_id) or "them"
        words = UNANSWERED.format(name=name, words=reminder.content)
        await self._answer(session, reminder, reminder.from_id or "", words)

    async def _answer(self, session: Session, reminder: Reminder, to: str, words: str) -> None:
        """Tells somebody what came of what they asked for."""
        async with in_the_name_of(session, reminder.user_id):
            await reminders.add(
                session,
                user_id=to,
                kind=ReminderKind.ANSWER,
                from_id=reminder.user_id,
                platform=reminder.platform,
                at=self._clock(),
                content=words,
            )

    async def _not_told(self, reminder: Reminder, error: PlatformFailed) -> None:
        """Somebody cannot be told now: again later, for a day; then when they are heard of."""
        log.warning("reminder %s is not told yet: %s", reminder.id, error)
        async with self._database.tending() as session:
            # Somebody else may have told it, or it was taken back, while the platform was asked.
            found = await reminders.get(session, reminder.id or 0)
            if found is None or (found[0].at, found[0].try_at) != (reminder.at, reminder.try_at):
                return
            if error.final:
                await self._elsewhere(session, reminder)
            elif reminder.attempts >= TRIES:
                await reminders.unreached(session, reminder)
            else:
                until = self._clock() + self._patience.wait(reminder.attempts + 1)
                await reminders.put_off(session, reminder.id or 0, until)

    async def _elsewhere(self, session: Session, reminder: Reminder) -> None:
        """Where somebody was to be told something is closed to Todd, or gone."""
        assert reminder.id is not None
        if reminder.moved:  # there neither
            await reminders.unreached(session, reminder)
            return
        if reminder.said_in is None:
            place = await self._public_place(session, reminder)
            await reminders.unreached(session, reminder)
            if place is not None:
                await reminders.elsewhere(session, reminder.id, place, self._clock())
        elif reminder.kind in (ReminderKind.ANNOUNCEMENT, ReminderKind.LIST):
            await reminders.settle(session, reminder.id, ReminderState.QUIET)
            words = ENDED.format(words=reminder.content or "the open tasks of a channel")
            await reminders.end(session, reminder)
            await self._answer(session, reminder, reminder.user_id, words)
        else:
            await reminders.elsewhere(session, reminder.id, None, self._clock())

    async def _public_place(self, session: Session, reminder: Reminder) -> int | None:
        """Where what is to be told was made, if others read along there."""
        if reminder.kind not in wording.CALLS or reminder.made_in is None:
            return None
        place = await conversations.get(session, reminder.made_in)
        return None if place.private or place.platform != reminder.platform else place.id

    async def _told(
        self, session: Session, reminder: Reminder, to: User, here: int, known: str | None
    ) -> Written | None:
        """Writes what is told as a Message, once, together with what became of the reminder. What
        else is due for the same person is told with it."""
        await become(session, to.id, here)
        place = await conversations.get(session, here)
        work = work_of(to, place, session, self._clock())
        together = [reminder]
        if reminder.kind in GATHERED:
            others = await reminders.with_it(session, reminder, GATHERED, work.now)
            together += [each for each in others if await _is_allowed(session, each)]
            together.sort(key=lambda each: (each.at, each.id))
        told, not_here = await self._worded(session, work, together)
        message: Message | None = None
        if told:
            # The same words twice, as of a task once and again, are said once.
            said = list({each.text: each for each in told.values()}.values())
            message = await self._write(session, work, reminder, to, known, said)
        for each in together:
            if each in not_here:
                async with as_the_engine(session):
                    await self._elsewhere(session, each)
            else:
                told_in = message.id if message and each.id in told else None
                await self._settle(session, work, each, told_in)
        return Written(message, place) if message else None

    async def _worded(
        self, session: Session, work: Work, together: Sequence[Reminder]
    ) -> tuple[dict[int | None, Wording], list[Reminder]]:
        """What there is to say, by the id of its reminder; and what may not be said here."""
        others = {each.from_id for each in together if each.from_id} - {work.me}
        names = await people.names(session, others)
        told: dict[int | None, Wording] = {}
        not_here: list[Reminder] = []
        for each in together:
            try:
                said = await wording.words(work, each, names)
            except wording.NotHere:
                not_here.append(each)
                continue
            if said is not None:
                told[each.id] = said
        return told, not_here

    async def _write(
        self,
        session: Session,
        work: Work,
        reminder: Reminder,
        to: User,
        known: str | None,
        said: Sequence[Wording],
    ) -> Message:
        hides = await public.mask(session, to.id, work.conversation)
        offered = [choice for each in said for choice in each.choices]
        if len(said) > 1:
            offered = [choice for choice in offered if choice.action in ("done", "words_keep")]
        calls: dict[str, Any] | None = None
        if not work.conversation.private and reminder.kind in wording.CALLS and known:
            calls = {to.name: {"external_id": known, "name": to.name}}
        return await outbox.write(
            session,
            user_id=to.id,
            conversation_id=work.conversation.id or 0,
            content=hides("\n".join(each.text for each in said)),
            reply_to=None,
            choices=choices_as_kept(offered),
            mentions=calls,
            begun=1,
        )

    async def _settle(
        self, session: Session, work: Work, reminder: Reminder, message_id: int | None
    ) -> None:
        """Notes what became of a reminder, told in a message or not; what comes again moves on to
        its next time."""
        assert reminder.id is not None
        following = _following(reminder, work)
        ended = reminder.task_id is not None and message_id is None  # the task is done, or gone
        if following and not ended:
            at, on, left = following
            if message_id is not None:
                await reminders.told_once(session, reminder, message_id)
            await reminders.move_on(session, reminder.id, at, left, on)
            return
        state = ReminderState.QUIET if message_id is None else ReminderState.TOLD
        await reminders.settle(session, reminder.id, state, message_id)
        if reminder.kind == ReminderKind.DUE and reminder.task_id is not None:
            found = await tasks.of_id(session, work.me, reminder.task_id)
            those = [found.task] if found else []
            await schedule.due(session, those, reminder.platform, work.now)


async def _is_allowed(session: Session, reminder: Reminder) -> bool:
    """Whether the person wants to hear this from whoever sends it."""
    return (
        not _is_from_others(reminder) or await _consent(session, reminder) == ConsentState.ALLOWED
    )


def _is_from_others(reminder: Reminder) -> bool:
    return reminder.kind == ReminderKind.WORDS and reminder.from_id not in (None, reminder.user_id)


async def _consent(session: Session, reminder: Reminder) -> str:
    return await consents.of(session, reminder.user_id, reminder.from_id or "")


def _following(reminder: Reminder, work: Work) -> tuple[datetime, datetime, str] | None:
    """The next time of one that comes again: the moment, the same on the person's clock, and what
    is left of its rule. None when it comes no more."""
    if reminder.recurrence is None or reminder.recurs_on is None:
        return None
    found = when.following(reminder.recurrence, reminder.recurs_on, work.now, work.zone)
    return (found[0].at, found[1], found[2]) if found else None
