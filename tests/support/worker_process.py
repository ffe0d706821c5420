"""Worker processes for the trials, forked from one that has imported everything already.

A worker of its own (`todd worker`) takes more than a second to import what it needs; the trials
start a hundred of them. What a child does, and how it dies, is the same.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from typing import Any

from support.command import environment

_CONTEXT = multiprocessing.get_context("forkserver")


def _prepare() -> None:
    """Starts the process that others are forked from. What it is to import it finds by PYTHONPATH
    alone, before Python 3.13."""
    _CONTEXT.set_forkserver_preload(["support.trial_worker"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = environment()["PYTHONPATH"]
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


def _run(ready: Any, variables: dict[str, str]) -> None:
    from support import trial_worker

    os.environ.clear()
    os.environ.update(variables)
    os.chdir("/")  # no .env to be found
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    trial_worker.run(lambda: ready.send("working"))


class WorkerProcess:
    """A worker with these variables in its environment, and nothing else of this machine's."""

    def __init__(self, **variables: str) -> None:
        _prepare()
        self._ready, theirs = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_run, args=(theirs, environment(**variables)))
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    async def ready(self) -> None:
        """Waits until it works."""
        assert await asyncio.to_thread(self._ready.recv) == "working"

    def is_alive(self) -> bool:
        return self._process.is_alive()

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> None:
        """Waits for its end; TimeoutError when it does not come."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError
        self._ready.close()

    def end(self) -> None:
        """Kills it, unless it is dead already."""
        if self.is_alive():
            self.send_signal(signal.SIGKILL)
        self.wait()
