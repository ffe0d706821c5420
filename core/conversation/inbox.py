"""Keeps what was heard: one transaction, and nothing slow, before a platform is acked."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from core.conversation import edits, introductions, when_to_answer
from core.conversation.introductions import MetMeanwhile
from core.conversation.presses import Presses
from core.heard import Amended, Heard, Person, Place, Pressed, as_kept, clean
from core.tools.toolbox import Toolbox
from db import conversations, heard
from db.database import DOWN, Database, become
from db.jobs import Jobs
from db.models import utcnow
from db.session import Session
from db.states import MessageState

log = logging.getLogger(__name__)

ATTACHED_LIMIT = 10  # things that come with one message
TRIES = 3  # with a connection that turns out to be dead

Result = TypeVar("Result")


class Inbox:
    """What stands between a platform's event and its ack."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        toolbox: Toolbox,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        """`clock` says what the time is for people, as in Worker."""
        self._database = database
        self._jobs = jobs
        self._presses = Presses(jobs, toolbox, clock)
        self._clock = clock

    async def keep(self, message: Heard) -> bool:
        """Keeps a message and the wake-up for it, together; False when it was there already.

        Once this has returned the platform may be acked. When it raises, nothing was kept, and
        the platform will deliver again.
        """
        return await self._within(lambda session: self._keep(session, message))

    async def enter(self, place: Place, person: Person) -> tuple[str, int]:
        """The ids of a person and a place, made if they are new, before anything is said."""

        async def act(session: Session) -> tuple[str, int]:
            entered = await introductions.enter(session, place, person, self._clock())
            return entered[:2]

        return await self._within(act)

    async def press(self, pressed: Pressed) -> bool:
        """Does what was pressed and keeps that it was, together; False when it was done before.

        It waits for no turn. The receipt is said afterwards, by a worker.
        """
        return await self._within(lambda session: self._presses.press(session, pressed))

    async def amend(self, amended: Amended) -> bool:
        """Takes note of what a person has made of a message; False when that changes nothing.

        Before it is answered it is simply another message, or none. Afterwards the worker offers to
        make up for it (answering.py).
        """
        return await self._within(lambda session: edits.amend(session, self._jobs, amended))

    async def _within(self, act: Callable[[Session], Awaitable[Result]]) -> Result:
        """One transaction; begun anew when somebody met the same person, or a connection of the
        pool was dead. Nothing of a failed one is kept, and a repeated one finds what was."""
        tries = 0
        while True:
            try:
                async with self._database.tending() as session:
                    return await act(session)
            except MetMeanwhile:
                continue
            except DOWN:
                tries += 1
                if tries == TRIES:
                    raise

    async def _keep(self, session: Session, message: Heard) -> bool:
        user_id, here, known = await introductions.enter(
            session, message.place, message.person, self._clock()
        )
        answered = when_to_answer.answers(message, known)
        token = message.reply_token
        await become(session, user_id, here)
        kept = await heard.keep(
            session,
            user_id=user_id,
            conversation_id=here,
            content=clean(message.text),
            external_id=message.external_id,
            order_key=message.order_key,
            state=MessageState.WAITING if answered else MessageState.OVERHEARD,
            addressed=answered and message.addressed,
            reply_to=message.reply_to,
            reply_token=token.sealed if token else None,
            reply_until=token.until if token else None,
            mentions={handle: asdict(person) for handle, person in message.mentions.items()},
            link=message.link,
            under=message.under,
            attached=[as_kept(each) for each in message.attached[:ATTACHED_LIMIT]],
        )
        if kept is None:
            return False
        if answered:
            is_answer = known.asking_id is not None and known.asking_id == known.user_id
            if is_answer or not known.joined:
                await conversations.heard_by_todd(session, here, answers_question=is_answer)
            await self._jobs.wake(session, message.place.platform, here)
        log.info("kept message %d of conversation %d", kept, here)
        return True
