"""One turn at a time a conversation: advisory locks on a connection that a process keeps for them.

PostgreSQL frees them when the process or its connection ends, so nothing has to expire.
The lock keeps others away; the token on the conversation (db/conversations.py) makes sure.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from db.database import connect

log = logging.getLogger(__name__)

WATCH_EVERY = 2.0  # seconds between looks at the connection
WATCH_PATIENCE = 10.0  # seconds for it to answer


class Locks:
    """The locks this process holds. `key` is a conversation's id, or a message's made negative."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._connecting = asyncio.Lock()
        # Session locks are re-entrant: without this, two jobs of one process would both get one.
        self._held: dict[int, asyncio.Task[Any] | None] = {}

    @asynccontextmanager
    async def hold(self, key: int) -> AsyncIterator[bool]:
        """True inside the block when the lock is ours, False when somebody else works on it."""
        if key in self._held:
            yield False
            return
        self._held[key] = None
        try:
            connection = await self._connect()
            try:
                yield await _first(connection, "select pg_try_advisory_lock(%s)", key)
            finally:
                # Also when cancelled while taking it: to unlock what is not held is harmless.
                await asyncio.shield(self._unlock(connection, key))
        finally:
            del self._held[key]

    def guard(self, key: int, task: asyncio.Task[Any]) -> None:
        """From here on, losing the lock cancels `task`."""
        self._held[key] = task

    async def watch(self) -> None:
        """Looks after the connection for ever: when it is gone, so are the locks; the turns end."""
        while True:
            await asyncio.sleep(WATCH_EVERY)
            connection = self._connection
            if connection is None:
                continue
            try:
                async with asyncio.timeout(WATCH_PATIENCE):
                    await connection.execute("select 1")
            except (psycopg.Error, TimeoutError):
                log.warning("the lock connection is lost; its turns end, others take them up")
                await self._lose(connection)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        async with self._connecting:
            if self._connection is None or self._connection.closed:
                if self._connection is not None:
                    await self._lose(self._connection)
                self._connection = await connect(self._url)
            return self._connection

    async def _lose(self, connection: psycopg.AsyncConnection[Any]) -> None:
        if connection is self._connection:
            self._connection = None
        for task in list(self._held.values()):
            if task is not None:
                task.cancel("the lock was lost")
        with contextlib.suppress(psycopg.Error):
            await connection.close()

    async def _unlock(self, connection: psycopg.AsyncConnection[Any], key: int) -> None:
        with contextlib.suppress(psycopg.Error):
            await connection.execute("select pg_advisory_unlock(%s)", (key,))


async def _first(connection: psycopg.AsyncConnection[Any], query: Any, key: int) -> bool:
    row = await (await connection.execute(query, (key,))).fetchone()
    return bool(row and row[0])
