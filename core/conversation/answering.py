"""One conversation at a time: holds it, runs its turns one after the other, lets it go."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from core.conversation import edits
from core.conversation.heads import Heads
from core.conversation.introductions import NOBODY, Introductions
from core.conversation.outbox import Outbox
from core.models.port import Model
from core.patience import Patience
from core.people.zones import zone_of
from core.tools.journal import Journal
from core.tools.toolbox import Toolbox
from core.turn.prompt import WINDOW_MESSAGES
from core.turn.turn import Turn
from db import conversations, people, turns
from db import edits as edited
from db.database import DOWN, Database, become
from db.errors import TurnLost
from db.jobs import Jobs
from db.locks import Locks
from db.models import utcnow
from db.states import MessageState

log = logging.getLogger(__name__)


class Answering:
    """Answers what waits in conversations, each held by one process at a time."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        locks: Locks,
        model: Model,
        toolbox: Toolbox,
        introductions: Introductions,
        heads: Heads,
        outbox: Outbox,
        patience: Patience,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._locks = locks
        self._model = model
        self._toolbox = toolbox
        self._introductions = introductions
        self._heads = heads
        self._outbox = outbox
        self._patience = patience
        self._clock = clock

    async def answer(self, conversation_id: int) -> bool:
        """Answers all there is, unless somebody else is at it; True when more came as the
        conversation was let go."""
        if not await self.alone(conversation_id, lambda: self._answer_all(conversation_id)):
            return False  # its holder looks again after letting go
        async with self._database.tending() as session:
            return await turns.has_work(session, conversation_id, utcnow())

    async def alone(self, key: int, act: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Does something under a lock, as long as it is held; False when somebody else has it, or
        it was lost. `key`: a conversation's id, or a message's made negative."""
        async with self._locks.hold(key) as held:
            if not held:
                return False
            task = asyncio.create_task(act())
            self._locks.guard(key, task)
            try:
                await task
            except TurnLost:
                log.warning("%d was taken by another process", key)
                return False
            except asyncio.CancelledError:
                if not task.done() or _being_cancelled():
                    raise
                log.warning("%d: the lock was lost", key)
                return False
            return True

    async def _answer_all(self, conversation_id: int) -> None:
        token: str | None = None
        while (turn := await self._next_turn(conversation_id, token)) is not None:
            token = turn.token
            more = await self._run(turn)
            if not more:
                return  # it has to rest, or there is nothing else
        while await self._offer_amends(conversation_id):
            pass

    async def _next_turn(self, conversation_id: int, token: str | None) -> Turn | None:
        """The turn that broke off, else the next; None when nothing waits or it has to rest.

        Without a token the conversation is taken first: a fresh one is written on it. Of a thread
        whose head was not heard in it, that is looked for before the first turn.
        """
        found, who, is_headless = None, NOBODY, False
        async with self._database.tending() as session:
            # The token first: from here to the commit nobody else can begin a turn on what is read.
            if token is None:
                token, is_headless = await conversations.take(session, conversation_id)
            else:
                await conversations.assert_held(session, conversation_id, token)
            if not is_headless or self._heads.were_asked_for(conversation_id):
                found = await turns.take_next(session, conversation_id, WINDOW_MESSAGES)
                if found is None:
                    return None
                if found.reply.state != MessageState.WHOLE:
                    who = await self._introductions.look(session, found)
        if found is None:
            await self._heads.keep(conversation_id)
            return await self._next_turn(conversation_id, token)
        await self._introductions.make(found, who)
        turn = Turn(
            database=self._database,
            jobs=self._jobs,
            model=self._model,
            toolbox=self._toolbox,
            clock=self._clock,
            token=token,
            of=found,
            live=self._outbox.live_reply(found, token),
            mentioned=who.mentioned,
            journal=Journal.read(found.reply.tool_calls),
        )
        turn.live.check = turn.assert_held
        return turn

    async def _run(self, turn: Turn) -> bool | None:
        """One turn, from its messages to a reply that stands: whether something else may wait. None
        when it has to rest."""
        speaking = self._outbox.speak(turn.live, turn.of)
        try:
            if turn.of.reply.state == MessageState.WHOLE:
                turn.live.show(await self._outbox.finished(turn.of.reply, turn.of.speaker))
            elif turn.of.reply.begun > self._patience.crashes:
                log.error("turn %s broke off too often, given up", turn.of.reply.id)
                await self._give_up(turn)
            elif not await self._answered(turn):
                turn.live.break_off()
                with contextlib.suppress(Exception):
                    await speaking
                return None
            return await self._outbox.spoken(turn.of, turn.live, turn.token, speaking)
        finally:
            turn.live.break_off()
            if not speaking.done():
                speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    async def _answered(self, turn: Turn) -> bool:
        """Whether the turn came to its whole text; after the last try, to an apology."""
        reply = turn.of.reply
        try:
            await turn.answer()
        except (TurnLost, *DOWN):
            raise
        except Exception as error:
            tries = reply.attempts + 1
            log.warning(
                "turn %s failed (try %d): %s",
                reply.id,
                tries,
                type(error).__name__,
                exc_info=tries >= self._patience.tries,
            )
            if tries >= self._patience.tries:
                await self._give_up(turn)
                return True
            wait = self._patience.wait(tries)
            await self._outbox.put_off(reply, turn.token, wait, failed=True)
            return False
        return True

    async def _give_up(self, turn: Turn) -> None:
        # Written with the apology: whoever says it knows that this turn has failed.
        turn.of.reply.attempts = self._patience.tries
        await turn.give_up()

    async def _offer_amends(self, conversation_id: int) -> bool:
        """Offers to make up for one message that was changed after it was answered; False when
        there is none."""
        async with self._database.tending() as session:
            message = await edited.take_amended(session, conversation_id)
            if message is None:
                return False
            if message.answer_id is None:
                return True
            await become(session, message.user_id, conversation_id)
            person = await people.get(session, message.user_id)
            now = self._clock()
            offer = await edits.offer(session, message, now, zone_of(person))
            if offer is not None:
                place = await conversations.get(session, conversation_id)
                await conversations.end_turn(session, conversation_id, asking_id=person.id, now=now)
                await self._jobs.tell(session, place.platform, offer.id or 0)
        return True


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
