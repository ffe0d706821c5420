"""Completing what repeats, undoing, giving away and confirming, by workers that are killed at it.

Each act is begun by a real worker process that kills itself before one of its commits, and finished
by another: what is done then is done once, told once, said once.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from fakes.wall import a_wall
from support.trials import Trial

from bots.bootstrap import build
from bots.settings import Settings

POINTS = range(1, 13) if os.environ.get("TODD_TRIALS") == "long" else (1, 2, 3, 4, 5, 6)

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


@pytest.mark.trial
@pytest.mark.parametrize("act", ACTS)
async def test_done_once_whoever_dies_of_it(
    act: str, url: str, settings: Settings, tmp_path: Path
) -> None:
    before, said = ACTS[act]
    async with a_wall() as wall, build(settings, url) as todd:
        trial = Trial(url, wall, tmp_path, todd.inbox)
        for text in before:
            await trial.prepared((at, text) for at in POINTS)
        died = 0
        for at in POINTS:
            await trial.hear(at, said)
            died += await trial.dies_of_it(at)
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
