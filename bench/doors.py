"""The same work through the real doors: signed HTTP in, a web process, workers, a model over HTTP
that asks at once for two tools, one post out; beside a bare Bolt in the same run.

`python -m bench doors` with one worker; WORKERS=1,2,4 for others, TURNS=300 for more turns.
"""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psutil
import psycopg
from aiohttp import web

from bench.bare import SECRET, TOKEN
from bench.stage import ROOT, Row, database_seconds, environment, spread

AT_ONCE = 16
WARM, ONE_BY_ONE = 30, 150
LOST = 20.0  # seconds after which a message counts as never answered
SCOPES = "app_mentions:read,channels:history,chat:write,commands,groups:history,im:history,im:write"
CALLS = [
    ("add_tasks", '{"tasks": [{"title": "Measure"}]}'),
    ("find_tasks", '{"text": "nothing like it"}'),
]


class Outside:
    """Slack's Web API and a model's server, as much of each as a turn meets."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[float]] = {}
        self._count = itertools.count(1)

    async def slack(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = request.content_type.startswith("application/x-www")
        body: dict[str, Any] = dict(await request.post()) if form else await request.json()
        answer: dict[str, Any] = {"ok": True}
        if method == "auth.test":
            answer |= {"user_id": "UTODD", "bot_id": "BTODD", "team_id": "T1", "url": "http://x/"}
        elif method == "users.info":
            answer["user"] = {"id": body["user"], "tz": "Europe/Berlin", "locale": "en-US",
                              "profile": {"display_name": "somebody"}}  # fmt: skip
        elif method == "chat.postMessage":
            answer |= {"ts": f"{time.time():.6f}", "channel": body["channel"]}
            said = self.waiting.get(str(body["channel"]))
            if said and not said.done():
                said.set_result(time.perf_counter())
        return web.json_response(
            answer, headers={"x-oauth-scopes": f"{SCOPES},mpim:history,users:read"}
        )

    async def model(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        out = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await out.prepare(request)
        if body["messages"][-1]["role"] == "tool":
            delta: dict[str, Any] = {"role": "assistant", "content": "There you are."}
            end = "stop"
        else:
            calls = [
                {"index": at, "id": f"c{next(self._count)}", "type": "function",
                 "function": {"name": name, "arguments": arguments}}
                for at, (name, arguments) in enumerate(CALLS)
            ]  # fmt: skip
            delta, end = {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
        for choice in (
            {"delta": delta, "finish_reason": None},
            {"delta": {}, "finish_reason": end},
        ):
            chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "any",
                     "choices": [{"index": 0, **choice}]}  # fmt: skip
            await out.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        await out.write(b"data: [DONE]\n\n")
        return out

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[str, str]]:
        """The addresses of both."""
        app = web.Application()
        app.router.add_post("/api/{method}", self.slack)
        app.router.add_post("/v1/chat/completions", self.model)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield f"{base}/api/", f"{base}/v1"
        finally:
            await runner.cleanup()


class Load:
    """People who write to a bot in direct messages, and wait for its post."""

    def __init__(self, outside: Outside, session: aiohttp.ClientSession, port: int) -> None:
        self._outside = outside
        self._session = session
        self._url = f"http://127.0.0.1:{port}/slack/events"
        self._count = itertools.count(1)
        self.lost = 0

    async def say(self, person: int) -> tuple[float, float]:
        """Seconds until the ack, and until the post; the latter is nan when none came."""
        channel = f"D{person:06d}"
        said = self._outside.waiting[channel] = asyncio.get_running_loop().create_future()
        raw = json.dumps(self._event(f"U{person:06d}", channel)).encode()
        began = time.perf_counter()
        async with self._session.post(self._url, data=raw, headers=signed(raw)) as response:
            await response.read()
            ack = time.perf_counter() - began
            assert response.status == 200, response.status
        try:
            return ack, await asyncio.wait_for(said, LOST) - began
        except TimeoutError:
            self.lost += 1
            return ack, float("nan")

    def _event(self, user: str, channel: str) -> dict[str, Any]:
        ts, number = f"{time.time():.6f}", next(self._count)
        return {
            "type": "event_callback", "team_id": "T1", "api_app_id": "A1",
            "event_id": f"Ev{number}", "event_time": int(time.time()),
            "authorizations": [{"team_id": "T1", "user_id": "UTODD", "is_bot": True}],
            "event": {"type": "message", "user": user, "text": f"hello {number}", "ts": ts,
                      "team": "T1", "channel": channel, "channel_type": "im", "event_ts": ts},
        }  # fmt: skip


def signed(raw: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    seal = hmac.new(SECRET.encode(), f"v0:{now}:".encode() + raw, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "x-slack-request-timestamp": now,
        "x-slack-signature": f"v0={seal}",
    }


async def doors(url: str, row: Row) -> None:
    """Todd with one worker or more, and a bare Bolt, one after the other on the same machine."""
    turns = int(os.environ.get("TURNS", "300"))
    outside = Outside()
    async with outside.open() as (slack, model):
        shared = {"SLACK_API_BASE": slack, "OPENAI_BASE_URL": model}
        await measured("a bare Bolt", outside, ["-m", "bench.bare"], (), shared, "", turns, row)
        todd = {
            "OPENAI_API_KEY": "bench", "OPENAI_MODEL": "any", "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET, "DATABASE_URL": url, **shared,
        }  # fmt: skip
        for workers in map(int, os.environ.get("WORKERS", "1").split(",")):
            name = f"Todd, {workers} worker{'' if workers == 1 else 's'}"
            more = [["-m", "bots", "worker"]] * workers
            await measured(name, outside, ["-m", "bots", "web"], more, todd, url, turns, row)


async def measured(
    name: str,
    outside: Outside,
    listener: list[str],
    others: Sequence[list[str]],
    variables: dict[str, str],
    url: str,
    turns: int,
    row: Row,
) -> None:
    port = free_port()
    variables = environment(PORT=str(port), PYTHONPATH=str(ROOT), **variables)
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, *command, env=variables, cwd="/", stderr=asyncio.subprocess.DEVNULL
        )
        for command in (listener, *others)
    ]
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await listening(session, port)
            load = Load(outside, session, port)
            for number in range(WARM):
                await load.say(number % 10)
            alone = []
            for number in range(ONE_BY_ONE):
                alone.append(await load.say(number % 10))
                await asyncio.sleep(0.01)
            row(f"{name}: event in → ack", spread([ack for ack, _ in alone]))
            row(f"{name}: event in → post", spread([said for _, said in alone if said == said]))
            todo = iter(range(turns))
            pids = [process.pid for process in processes]
            before, of_database, committed = cpu(pids), database_seconds(), commits(url)
            began = time.perf_counter()

            async def one_after_the_other(person: int) -> None:
                for _ in todo:
                    await load.say(1_000 + person)

            await asyncio.gather(*map(one_after_the_other, range(AT_ONCE)))
            took = time.perf_counter() - began
            spent = [
                (now - then) / turns * 1_000 for now, then in zip(cpu(pids), before, strict=True)
            ]
            database = (database_seconds() - of_database) / turns * 1_000
            row(f"{name}: turns/s, {AT_ONCE} at once", f"{turns / took:.1f}")
            each = " + ".join(f"{one:.1f}" for one in spent)
            row(f"{name}: CPU a turn, Python ({each})", f"{sum(spent):.1f} ms")
            if url:
                row(f"{name}: CPU a turn, PostgreSQL", f"{database:.1f} ms")
                row(f"{name}: transactions a turn", f"{(commits(url) - committed) / turns:.1f}")
                memory = max(psutil.Process(pid).memory_info().rss for pid in pids[1:])
                row(f"{name}: memory of a worker", f"{memory / 1e6:.0f} MB")
            row(f"{name}: never answered", str(load.lost))
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))


async def listening(session: aiohttp.ClientSession, port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
                if response.status == 200:
                    break
        await asyncio.sleep(0.1)
    await asyncio.sleep(3)  # its workers


def cpu(pids: Sequence[int]) -> list[float]:
    """CPU seconds of each process."""
    return [sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids]


def commits(url: str) -> int:
    """The database's own count of transactions, as far as it has been told of them."""
    if not url:
        return 0
    with psycopg.connect(url.replace("//todd:", "//postgres:"), autocommit=True) as connection:
        time.sleep(1.1)  # processes tell it once a second
        found = connection.execute(
            "select xact_commit + xact_rollback from pg_stat_database"
            " where datname = current_database()"
        ).fetchone()
        assert found is not None
        return int(found[0])


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
