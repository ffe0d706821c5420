"""Looks whether any reminder is due, on a connection of its own: cheap enough to do so often."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from db.database import connect

DUE = (
    "select exists (select 1 from reminders r where r.state = 'waiting' and r.try_at <= %s"
    " and r.platform = any(%s))"
)


class DueWatch:
    """One statement a look, without a transaction around it; as the engine (`Database.tending`)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self.looks = 0  # so far

    async def is_due(self, platforms: Sequence[str], now: datetime) -> bool:
        """Whether anything is due; raises when the database is away."""
        if self._connection is None or self._connection.closed:
            self._connection = await connect(self._url)
            await self._connection.execute("select set_config('todd.engine', 'on', false)")
        cursor = await self._connection.execute(DUE, (now, list(platforms)))
        row = await cursor.fetchone()
        self.looks += 1
        return bool(row and row[0])

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
