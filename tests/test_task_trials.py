"""Completing what repeats, undoing, giving away and confirming, by workers that are killed at it.

Each act is begun by a real worker process that kills itself before one of its commits, and finished
by another: what is done then is done once, told once, said once.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command import environment
from psycopg.rows import dict_row
from wall import NAME, Wall, a_wall

from bots.bootstrap import build
from bots.settings import Settings
from core.heard import Heard, Person, Place

ROOT = Path(__file__).parent.parent
POINTS = range(1, 13) if os.environ.get("TODD_TRIALS") == "long" else (2, 3, 4, 5, 6, 8)

ACTS: dict[str, tuple[list[str], str]] = {
    "completing": (["add standup every day at 9"], "done 1"),
    "undoing": (["add standup every day at 9", "done 1"], "undo"),
    "giving": (["add slides"], "assign 1 to @bob"),
    "confirming": (["add ale, beer, cider and dates", "delete everything"], "yes"),
}
# After it, of each person: titles that are open and done, and how many changes of each kind.
AFTER: dict[str, dict[str, Any]] = {
    "completing": {"open": 1, "done": 1, "kinds": {"added": 1, "completed": 1, "followed": 1}},
    "undoing": {"open": 1, "done": 0,
                "kinds": {"added": 1, "completed": 1, "followed": 1, "undone": 2}},
    "giving": {"open": 1, "done": 0, "kinds": {"added": 1, "assigned": 1}},
    "confirming": {"open": 0, "done": 0, "kinds": {"added": 4, "deleted": 4}},
}  # fmt: skip


class Trial:
    """Workers on one database, and the wall on which they speak."""

    def __init__(self, url: str, wall: Wall, data: Path, inbox: Any) -> None:
        self.url, self.wall, self.data, self.inbox = url, wall, data, inbox
        self._count = 0

    async def worker(self, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "trial_worker.py")],
            env={
                **environment(DATABASE_URL=self.url, WALL=self.wall.url,
                              TODD_DATA=str(self.data), **variables),
                "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
            },
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "working\n"
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

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

    async def settled(self, process: subprocess.Popen[str] | None = None) -> None:
        """Waits until all is said and told, or until a process has died of it."""
        waiting = (
            "select 1 from messages where state in ('waiting','answering','speaking','whole',"
            "'telling') union all select 1 from reminders where state = 'waiting'"
            " and at <= now()"
        )
        async with asyncio.timeout(60):
            while await self.rows(waiting):
                if process is not None and process.poll() is not None:
                    return
                await asyncio.sleep(0.05)


@pytest.mark.trial
@pytest.mark.parametrize("act", ACTS)
async def test_done_once_whoever_dies_of_it(
    act: str, url: str, settings: Settings, tmp_path: Path
) -> None:
    before, said = ACTS[act]
    async with a_wall() as wall, build(settings, url) as todd:
        trial = Trial(url, wall, tmp_path, todd.inbox)
        helper = await trial.worker()
        for text in before:
            for at in POINTS:
                await trial.hear(at, text)
            await trial.settled()
        trial.end(helper)
        died = 0
        for at in POINTS:
            await trial.hear(at, said)
            worker = await trial.worker(KILL_AT=f"{at},before")
            await trial.settled(worker)
            died += worker.poll() is not None
            trial.end(worker)
            helper = await trial.worker()
            await trial.settled()
            trial.end(helper)
        assert died >= 4, "the workers have to die of it"
        expected = AFTER[act]
        for at in POINTS:
            tasks = await trial.rows(
                "select t.completed from tasks t join identities i on i.user_id = t.user_id"
                f" where i.external_id = 'p{at}' and t.deleted_at is null"
            )
            done = [task["completed"] for task in tasks]
            assert (done.count(False), done.count(True)) == (expected["open"], expected["done"]), at
            kinds = await trial.rows(
                "select c.action, count(*) from task_changes c join identities i"
                f" on i.user_id = c.user_id where i.external_id = 'p{at}' group by 1"
            )
            assert {row["action"]: row["count"] for row in kinds} == expected["kinds"], at
        standing = wall.standing()
        assert all(len(texts) == 1 for texts in standing.values()), "nothing is said twice"
        told = [texts[0] for texts in standing.values() if "has given you" in texts[0]]
        assert len(told) == (len(POINTS) if act == "giving" else 0)
