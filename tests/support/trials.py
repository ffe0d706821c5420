"""Acts that are begun by a worker which dies of it, and finished by another."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from fakes.wall import NAME, Wall
from psycopg.rows import dict_row

from core.heard import Heard, Person, Place
from support.worker_process import WorkerProcess


class Trial:
    """Workers on one database, and the wall on which they speak."""

    def __init__(self, url: str, wall: Wall, data: Path, inbox: Any) -> None:
        self.url, self.wall, self.data, self.inbox = url, wall, data, inbox
        self._count = 0

    async def worker(self, **variables: str) -> WorkerProcess:
        process = WorkerProcess(
            DATABASE_URL=self.url, WALL=self.wall.url, TODD_DATA=str(self.data), **variables
        )
        await process.ready()
        return process

    async def prepared(self, said: Iterable[tuple[int, str]]) -> None:
        """What people say before, done by a worker that lives."""
        helper = await self.worker()
        for who, text in said:
            await self.hear(who, text)
        await self.settled()
        helper.end()

    async def dies_of_it(self, at: int) -> bool:
        """What waits is begun by a worker that dies before its commit of that number, and finished
        by another; False when the first had nothing left to die of."""
        worker = await self.worker(KILL_AT=f"{at},before")
        await self.settled(worker)
        died = not worker.is_alive()
        worker.end()
        helper = await self.worker()
        await self.settled()
        helper.end()
        return died

    async def hear(self, who: int, text: str) -> None:
        self._count += 1
        await self.inbox.keep(
            Heard(
                Place(NAME, f"dm-p{who}", private=True), Person(f"p{who}", name=f"P{who}"),
                f"m{self._count}", f"{self._count:020d}", text,
                mentions={"bob": Person(f"bob{who}", name=f"Bob{who}")} if "@bob" in text else {},
            )
        )  # fmt: skip

    async def rows(self, query: str) -> list[dict[str, Any]]:
        admin = self.url.replace("//todd:", "//postgres:")
        async with await psycopg.AsyncConnection.connect(
            admin, autocommit=True, row_factory=dict_row
        ) as connection:
            return await (await connection.execute(query)).fetchall()

    async def settled(self, process: WorkerProcess | None = None) -> None:
        """Waits until all is said and told, or until a process has died of it."""
        waiting = (
            "select 1 from messages where state in ('waiting','answering','speaking','whole',"
            "'telling') union all select 1 from reminders where state = 'waiting'"
            " and at <= now()"
        )
        async with asyncio.timeout(60):
            while await self.rows(waiting):
                if process is not None and not process.is_alive():
                    return
                await asyncio.sleep(0.05)
