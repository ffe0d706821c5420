"""The worker: its loops, and what each wake-up starts.

Jobs are wake-ups, rows are the truth (docs/decisions.md): whatever a crash leaves open is found
again by the sweep, and goes on after what was done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from procrastinate.exceptions import ConnectorException

from core.conversation.answering import Answering
from core.conversation.heads import Heads, KnowsHeads
from core.conversation.introductions import Introductions, KnowsPeople
from core.conversation.outbox import Outbox, Says
from core.models.port import Model
from core.patience import Patience
from core.reminders.delivery import Delivery, Reaches
from core.tools.toolbox import Toolbox
from db import outbox, reminders
from db.database import DOWN, Database
from db.due_watch import DueWatch
from db.jobs import Jobs
from db.locks import Locks
from db.models import utcnow

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=60)  # of reminders that were told


class Voice(Says, KnowsPeople, KnowsHeads, Reaches, Protocol):
    """All that a worker needs of the platforms (bots/relay.py)."""


class Worker:
    """Answers, and tells what is due. Any number of them share a database."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        locks: Locks,
        due_watch: DueWatch,
        model: Model,
        toolbox: Toolbox,
        voice: Voice,
        platforms: Sequence[str],
        *,
        concurrency: int = 100,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        """`clock` says what the time is for people: what "tomorrow" is, and what is overdue."""
        self._database = database
        self._jobs = jobs
        self._locks = locks
        self._due_watch = due_watch
        self._platforms = platforms
        self._concurrency = concurrency
        self._patience = patience = patience or Patience()
        self._clock = clock
        self._delivery = Delivery(database, voice, patience, clock)
        self._outbox = Outbox(database, jobs, voice, self._delivery, patience, clock)
        self._answering = Answering(
            database,
            jobs,
            locks,
            model,
            toolbox,
            Introductions(database, voice, clock),
            Heads(database, voice),
            self._outbox,
            patience,
            clock,
        )

    async def run(self) -> None:
        """Works until cancelled; then finishes what runs, or leaves it so that another goes on."""
        helpers = [
            asyncio.create_task(self._for_ever("sweep", self._sweep)),
            asyncio.create_task(self._for_ever("due watch", self._wake_for_due)),
            asyncio.create_task(self._for_ever("housekeeping", self._housekeep)),
            asyncio.create_task(self._for_ever("locks", self._locks.watch)),
        ]
        try:
            await self._for_ever("worker", self._work)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await self._locks.close()
            await self._due_watch.close()

    # ── what a wake-up starts ────────────────────────────────────────────────────────────────

    async def wake(self, conversation_id: int) -> None:
        """Answers what waits in a conversation, unless somebody else is at it."""
        while await self._answering.answer(conversation_id):
            pass

    async def tell(self, message_id: int) -> None:
        """Says a finished message that belongs to no turn, such as the receipt of a press."""
        await self._answering.alone(-message_id, lambda: self._outbox.tell(message_id))

    async def remind(self, reminder_id: int) -> None:
        """Tells somebody what they are to be told, and says it at once; the row decides."""
        written = await self._delivery.deliver(reminder_id)
        if written is None:
            return
        message, conversation = written.message, written.conversation
        assert message.id is not None
        await self._answering.alone(
            -message.id, lambda: self._outbox.tell_now(message, conversation)
        )

    # ── the loops ────────────────────────────────────────────────────────────────────────────

    async def _for_ever(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """Runs `act` again and again; an error delays it, and never ends it."""
        wait = self._patience.reconnect
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await act()
            except Exception as error:
                down = isinstance(error, (*DOWN, ConnectorException))
                log.error("%s failed, again in %.1f s", name, wait, exc_info=not down)
            if asyncio.get_running_loop().time() - began > self._patience.longest_reconnect:
                wait = self._patience.reconnect
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._patience.longest_reconnect)

    async def _work(self) -> None:
        await self._jobs.work(
            self._platforms,
            wake=self.wake,
            tell=self.tell,
            remind=self.remind,
            concurrency=self._concurrency,
            grace=self._patience.grace,
        )

    async def _sweep(self) -> None:
        """Wakes for what waits and nobody holds: after a crash, or while the database was away."""
        while True:
            async with self._database.tending() as session:
                for each in await outbox.unheld(session, self._platforms):
                    if each.telling_id is not None:
                        await self._jobs.tell(session, each.platform, each.telling_id)
                    else:
                        await self._jobs.wake(session, each.platform, each.conversation_id)
            await asyncio.sleep(self._patience.sweep)

    async def _wake_for_due(self) -> None:
        """Wakes a worker for each reminder whose time has come. Nothing waits in the queue before
        that, so that a time can be moved and ten thousand cost nothing."""
        while True:
            if await self._due_watch.is_due(self._platforms, self._clock()):
                async with self._database.tending() as session:
                    due = await reminders.take_due(
                        session, self._platforms, self._clock(), self._patience.wake_again
                    )
                    await self._jobs.remind(session, due)
            await asyncio.sleep(self._patience.due_watch)

    async def _housekeep(self) -> None:
        while True:
            await asyncio.sleep(self._patience.housekeeping)
            cleared = await self._jobs.clear_stalled()
            if cleared:
                log.info("cleared %d jobs of workers that are gone", cleared)
            async with self._database.tending() as session:
                await outbox.forget_tokens(session, utcnow())
                await reminders.sweep_out(session, self._clock() - KEPT_FOR)
