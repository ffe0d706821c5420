"""Processes: how soon one answers, and what one costs while nothing happens."""

import asyncio
import statistics
import sys
import tempfile
import time

import psutil

from bench.stage import ROOT, Row, database_seconds, environment


async def idle(url: str, row: Row) -> None:
    """A worker with nothing to do, and what the database does for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "worker", cwd=ROOT, stderr=asyncio.subprocess.DEVNULL,
        env=environment(DATABASE_URL=url),
    )  # fmt: skip
    try:
        await asyncio.sleep(5)
        worker = psutil.Process(process.pid)
        began, seconds = worker.cpu_times(), 30
        database = database_seconds()
        await asyncio.sleep(seconds)
        ended = worker.cpu_times()
        used = (ended.user + ended.system) - (began.user + began.system)
        row("idle worker, CPU", f"{used / seconds:.2%} of a core")
        row("its database, CPU", f"{(database_seconds() - database) / seconds:.2%} of a core")
        row("idle worker, memory", f"{worker.memory_info().rss / 2**20:.0f} MB")
    finally:
        process.terminate()
        await process.wait()


async def start(url: str, row: Row) -> None:
    """From the command to the first line answered, with the embedded database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        times = [await _chat(folder) for _ in range(6)]
    row("todd chat, first start to first answer", f"{times[0]:.1f} s")
    row("todd chat, warm start to first answer", f"median {statistics.median(times[1:]):.2f} s")


async def _chat(folder: str) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "chat", cwd=ROOT, env=environment(TODD_DATA=folder),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    began = time.perf_counter()
    process.stdin.write(b"list\n")
    await process.stdout.readline()
    took = time.perf_counter() - began
    process.stdin.close()
    await process.wait()
    return took
