"""Wake-ups, carried by Procrastinate. A lost job costs seconds, a doubled one nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.types import JSONDict

from db.database import KEEPALIVE, SERVER_SIDE, driver_connection
from db.session import Session

log = logging.getLogger(__name__)

STOP_AGAIN = 0.2  # seconds until a worker is told once more to stop
POLL = 1.0  # seconds until a scheduled wake-up is seen; others are notified at once
STALLED = 60.0  # seconds without a heartbeat after which a worker's jobs are cleared away

Starts = Callable[..., Awaitable[None]]


class Jobs:
    """The wake-ups of one database. A platform is a queue: a worker takes those it can speak on."""

    def __init__(self, url: str) -> None:
        connector = PsycopgConnector(
            conninfo=url,
            min_size=1,
            max_size=4,
            kwargs={**KEEPALIVE, "options": SERVER_SIDE, "application_name": "todd"},
        )
        self.app = App(connector=connector)

    async def wake(
        self,
        session: Session,
        platform: str,
        conversation_id: int,
        at: datetime | None = None,
    ) -> None:
        """Wakes a worker for a conversation when the session commits, or at a later time."""
        await self._defer(session, "wake", platform, at, conversation_id=conversation_id)

    async def tell(self, session: Session, platform: str, message_id: int) -> None:
        """Wakes a worker for a finished message that has yet to be said."""
        await self._defer(session, "tell", platform, None, message_id=message_id)

    async def remind(self, session: Session, found: Sequence[tuple[int, str]]) -> None:
        """Wakes workers for reminders whose time has come, each an id and its platform."""
        connection = await driver_connection(session)
        for platform in sorted({platform for _, platform in found}):
            ids: list[JSONDict] = [
                {"reminder_id": each} for each, queue in found if queue == platform
            ]
            job = self.app.configure_task("remind", queue=platform, connection=connection)
            await job.batch_defer_async(*ids)

    async def _defer(
        self, session: Session, name: str, queue: str, at: datetime | None, **arguments: int
    ) -> None:
        connection = await driver_connection(session)
        job = self.app.configure_task(name, queue=queue, schedule_at=at, connection=connection)
        await job.defer_async(**arguments)

    async def work(
        self,
        platforms: Sequence[str],
        *,
        wake: Starts,
        tell: Starts,
        remind: Starts,
        concurrency: int,
        grace: float,
    ) -> None:
        """Wakes until cancelled, then waits up to `grace` seconds for what is running.

        Returns or raises when the database goes away: the caller begins again.
        """
        for name, start in (("wake", wake), ("tell", tell), ("remind", remind)):
            self.app.tasks.pop(name, None)
            self.app.task(name=name)(start)
        try:
            # Not `async with`: cancelled while it opens, the pool must be closed all the same.
            await self.app.open_async()
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError  # opening the pool can swallow it
            worker = asyncio.create_task(
                self.app.run_worker_async(
                    queues=list(platforms),
                    concurrency=concurrency,
                    fetch_job_polling_interval=POLL,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    shutdown_graceful_timeout=grace,
                    install_signal_handlers=False,
                )
            )
            try:
                await asyncio.shield(worker)
            except asyncio.CancelledError:
                await _stopped(worker)
                raise
        finally:
            await self.app.close_async()

    async def clear_stalled(self) -> int:
        """Deletes the jobs of workers that are gone; their rows are woken by the sweep."""
        manager = self.app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED))
        for job in stalled:
            await manager.finish_job(job, Status.FAILED, delete_job=True)
        return len(stalled)


async def _stopped(worker: asyncio.Task[None]) -> None:
    """Stops a worker and waits for its end.

    Procrastinate 3.10 forgets a stop that comes before its worker's first step, and would then run
    for ever: it is said a second time, which changes nothing for one that has heard the first.
    """
    worker.cancel()
    done, _ = await asyncio.wait([worker], timeout=STOP_AGAIN)
    if not done:
        worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
