"""What a worker process of the trials runs: the real worker, speaking on a wall (tests/fakes/wall.py).

KILL_AT=n,before or n,after: it kills itself with SIGKILL around its n-th commit.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

import aiohttp
from fakes.wall import WallPlatform

from bots.bootstrap import build, model_of
from bots.settings import Settings
from core.models.chain import Chain, Retries
from core.models.openai import OpenAIModel  # noqa: F401  (imported before a worker is forked)
from core.patience import Patience
from core.understanding.english import Grammar
from support.statements import watched

PATIENCE = Patience(first_wait=0.2, sweep=0.5, housekeeping=1.0, grace=5.0, reconnect=0.1,
                    longest_reconnect=1.0)  # fmt: skip


def dies_around_commit(at: int, when: str) -> contextlib.AbstractContextManager[None]:
    """Counts the commits of this process, its queue's at the end of a job too, and dies around one
    of them."""
    commits = 0

    def counts(statement: str) -> bool:
        return statement == "commit" or "procrastinate_finish_job" in statement

    def before(statement: str, ends: bool) -> None:
        nonlocal commits
        if ends and counts(statement):
            commits += 1
            if commits == at and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)

    def after(statement: str, ends: bool) -> None:
        # Another may have begun to commit meanwhile.
        if ends and counts(statement) and commits >= at and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    return watched(before, after)


async def main(ready: Callable[[], None]) -> None:
    settings = Settings()  # type: ignore[call-arg]
    assert settings.database_url
    models = [link.model for link in model_of(settings)._links]
    # No grammar behind it: every answer of a trial is the model's.
    model = Chain(models, _Nobody(), Retries(tries=3, wait=0.05)) if models else Grammar()
    async with aiohttp.ClientSession() as session:
        platform = WallPlatform(os.environ["WALL"], session)
        async with build(
            settings, settings.database_url, platforms=[platform], model=model, patience=PATIENCE
        ) as todd:
            ready()
            with contextlib.ExitStack() as dying:
                if "KILL_AT" in os.environ:
                    at, when = os.environ["KILL_AT"].split(",")
                    dying.enter_context(dies_around_commit(int(at), when))
                await todd.worker.run()


class _Nobody:
    async def speak(self, prompt):
        from core.errors import ModelFailed

        raise ModelFailed("nobody is behind it")
        yield


def run(ready: Callable[[], None]) -> None:
    """Works until SIGTERM; `ready` is told when it begins to."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(main(ready))
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
