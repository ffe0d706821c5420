"""An OpenAI-compatible server for tests: strict about histories, faulty on demand, loopback only.

Nobody's test server validates the history, real ones do (facts in docs/decisions.md): here each
assistant's call must be followed by exactly one result with its id, or the request is refused
with 400 and remembered in `violations`.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from support.loopback import on_loopback

# What a model says: words, or calls as (name, arguments).
Said = str | list[tuple[str, Any]] | tuple[str, list[tuple[str, Any]]]
Script = Callable[[list[dict[str, Any]]], Said]


@dataclass
class ModelServer:
    """`script` answers a history; `faults` are used up one a request, "" is none."""

    script: Script
    faults: list[str] = field(default_factory=list)
    delay: float = 0.0
    pace: float = 0.0  # seconds between pieces of a text
    requests: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    url: str = ""

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        fault = self.faults.pop(0) if self.faults else ""
        wrong = invalid(body)
        if wrong:
            self.violations.append(wrong)
            return web.json_response({"error": {"message": wrong}}, status=400)
        if fault.isdigit():
            headers = {"Retry-After": "0.05"} if fault == "429" else {}
            return web.json_response(
                {"error": {"message": fault}}, status=int(fault), headers=headers
            )
        if self.delay:
            await asyncio.sleep(self.delay)
        said = self.script(body["messages"])
        words, calls = said if isinstance(said, tuple) else (said, [])
        if isinstance(words, list):
            words, calls = "", words
        return await self._stream(request, words, calls, fault)

    async def _stream(
        self, request: web.Request, words: str, calls: list[tuple[str, Any]], fault: str
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def send(delta: dict[str, Any], finish: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            await response.write(f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode())

        pieces = [words[at : at + 12] for at in range(0, len(words), 12)]
        for number, piece in enumerate(pieces):
            await send({"content": piece})
            await asyncio.sleep(self.pace)
            if fault == "cut" and number == len(pieces) // 2:
                request.transport.abort()  # type: ignore[union-attr]
                return response
        if fault == "corrupt":
            await response.write(b"data: {not json\n\n")
        if fault == "stall":
            await asyncio.sleep(30)
        for index, (name, arguments) in enumerate(calls):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            function: dict[str, Any] = {"name": name, "arguments": ""}
            made: dict[str, Any] = {"index": index, "type": "function", "function": function}
            if fault == "object":
                function["arguments"] = json.loads(text)
                await send({"tool_calls": [made]})
                continue
            if fault == "same index":
                made["index"] = 0
            if fault != "no ids":
                made["id"] = "same" if fault == "same ids" else f"id{index}"
            await send({"tool_calls": [made]})
            half = len(text) // 2
            for part in (text[:half], text[half:]):
                more = {"index": made["index"], "function": {"arguments": part}}
                await send({"tool_calls": [more]})
                if fault == "cut":
                    request.transport.abort()  # type: ignore[union-attr]
                    return response
                if fault == "truncate":
                    break
        if fault != "truncate":
            await send({}, "length" if fault == "length" else "tool_calls" if calls else "stop")
        use = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        last = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        await response.write(
            f"data: {json.dumps({**last, 'choices': [], 'usage': use})}\n\n".encode()
        )
        await response.write(b"data: [DONE]\n\n")
        return response


def invalid(body: dict[str, Any]) -> str:
    """What a real server would refuse in a request; empty when nothing."""
    owed: list[str] = []
    seen: set[str] = set()
    for message in body["messages"]:
        role = message["role"]
        if role == "tool":
            if message.get("tool_call_id") not in owed:
                return "a tool result without its call"
            owed.remove(message["tool_call_id"])
            continue
        if owed:
            return "a call without its result"
        calls = message.get("tool_calls") or []
        if role != "assistant" and calls:
            return "only an assistant calls tools"
        if not message.get("content") and not calls:
            return "a message without content"
        for call in calls:
            if call["id"] in seen:
                return "two calls of one id"
            seen.add(call["id"])
            owed.append(call["id"])
            if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["function"]["name"]):
                return "a name that is none"
            try:
                if not isinstance(json.loads(call["function"]["arguments"]), dict):
                    return "arguments that are no object"
            except (ValueError, RecursionError):
                return "arguments that are not JSON"
    if owed:
        return "a call without its result"
    for tool in body.get("tools", []):
        if tool["function"]["parameters"].get("type") != "object":
            return "parameters that are no object"
    return ""


@asynccontextmanager
async def serving(script: Script, **more: Any) -> AsyncIterator[ModelServer]:
    """A server on a free port of the loopback; its address is `url`."""
    server = ModelServer(script, **more)
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/v1/chat/completions", server.complete)
    async with on_loopback(app) as port:
        server.url = f"http://127.0.0.1:{port}/v1"
        yield server


def results(messages: list[dict[str, Any]]) -> list[str]:
    """The tool results since the last person spoke."""
    since: list[str] = []
    for message in reversed(messages):
        if message["role"] == "user":
            break
        if message["role"] == "tool":
            since.insert(0, message["content"])
    return since
