"""Lists and searches among many tasks."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.stage import Row, spread


async def find(url: str, row: Row) -> None:
    """Lists and searches of somebody with 10,000 tasks, among a million of others."""
    from support.many_tasks import MANY

    from db import tasks
    from db.database import Database, connect
    from db.tasks import Filter

    admin = await connect(url.replace("//todd:", "//postgres:"))
    await admin.execute(MANY)
    await admin.close()
    database = Database(url)
    looks: dict[str, Callable[[Any], Awaitable[object]]] = {
        "open tasks, first page": lambda s: tasks.find(s, "u1", Filter(), limit=25),
        "open tasks by words": lambda s: tasks.find(s, "u1", Filter(words="thing 77"), limit=25),
        "a task by its number": lambda s: tasks.numbered(s, "u1", 777, among=None),
        "a task by words of its title": lambda s: tasks.titled(
            s, "u1", "thing 777", state="open", among=None
        ),
    }
    for name, look in looks.items():
        times = []
        for _ in range(20):
            async with database.acting("u1", 1) as session:
                began = time.perf_counter()
                await look(session)
                times.append(time.perf_counter() - began)
        row(f"{name}, of 10,000 among 1,000,000", spread(times))
    await database.close()
