"""Any server that speaks OpenAI's chat completions, streamed: requests and server-sent events over
aiohttp (docs/decisions.md says what that was chosen over)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from core.errors import ModelFailed
from core.models.port import Line, Prompt, RequestedCall, Saying, Spec, SpokenBy, Text, TokensUsed

OPENAI = "https://api.openai.com/v1"
CONNECT_TIMEOUT = 5.0  # seconds
STALL_TIMEOUT = 30.0  # seconds without a word
STEP_TIMEOUT = 180.0  # seconds for a whole step
DRAIN = 0.05  # seconds for a stream to close after its last event, so that its connection is kept
EVENT_LIMIT = 4_000_000  # bytes of one event
# A step ends well with one of these; anything else, or nothing, is a step cut short.
WHOLE = ("stop", "tool_calls", "function_call")
# What asking the same again does not help against.
FINAL = (400, 401, 403, 404, 422)


class OpenAIModel:
    """One model at one address. Retries are the chain's business."""

    def __init__(
        self, key: str, name: str, base_url: str | None = None, stall: float = STALL_TIMEOUT
    ) -> None:
        self.name = name
        self._url = (base_url or OPENAI).rstrip("/") + "/chat/completions"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT, sock_read=stall
        )
        self._proxy = _proxy_for(self._url)  # aiohttp would read the environment each time
        self._specs: tuple[Spec, ...] = ()
        self._tools = ""  # of these specs as JSON, made once
        self._session: aiohttp.ClientSession | None = None  # opened where a loop runs

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """Streams one step. Raises ModelFailed for whatever goes wrong, cut streams included."""
        yield SpokenBy(self.name)
        try:
            # Some servers keep a stream alive with comments: no stall, and no end either.
            async with asyncio.timeout(STEP_TIMEOUT):
                async for saying in self._stream(prompt):
                    yield saying
        except TimeoutError as error:
            raise ModelFailed(f"{self.name}: no word, or no end, in time") from error
        except aiohttp.ClientError as error:
            raise ModelFailed(f"{self.name}: {type(error).__name__}") from error
        except ValueError as error:  # no JSON, or no UTF-8
            raise ModelFailed(f"{self.name}: corrupt stream") from error

    async def _stream(self, prompt: Prompt) -> AsyncIterator[Saying]:
        calls: list[_Call] = []
        finish: str | None = None
        async with self._asked(prompt) as answer:
            async for data in _events(answer.content):
                chunk = json.loads(data)
                if not isinstance(chunk, dict):
                    continue
                if chunk.get("error"):
                    raise ModelFailed(f"{self.name}: an error within the stream")
                usage = chunk.get("usage")
                if usage:
                    yield TokensUsed(
                        usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
                    )
                for choice in chunk.get("choices") or []:
                    delta = choice.get("delta") or {}
                    if delta.get("content"):
                        yield Text(delta["content"])
                    for part in delta.get("tool_calls") or []:
                        _gather(calls, part)
                    finish = choice.get("finish_reason") or finish
        if finish not in WHOLE:
            raise ModelFailed(f"{self.name}: the answer ended with {finish or 'no reason'}")
        for call in calls:
            yield RequestedCall(call.name, call.arguments)

    @asynccontextmanager
    async def _asked(self, prompt: Prompt) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.post(
            self._url,
            data=self._request(prompt),
            headers=self._headers,
            timeout=self._timeout,
            proxy=self._proxy,
        ) as answer:
            if answer.status >= 300:
                raise ModelFailed(
                    f"{self.name}: HTTP {answer.status}",
                    wait=_seconds(answer.headers.get("Retry-After")),
                    final=answer.status in FINAL,
                )
            yield answer

    def _request(self, prompt: Prompt) -> bytes:
        request = {
            "model": self.name,
            "messages": [_message(line) for line in prompt.lines],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        body = json.dumps(request)
        if prompt.tools:
            if prompt.tools is not self._specs:
                tools = [_tool(spec) for spec in prompt.tools]
                self._specs, self._tools = prompt.tools, json.dumps(tools)
            body = f'{body[:-1]}, "tools": {self._tools}}}'
        return body.encode()


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address (HTTPS_PROXY, NO_PROXY …)."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)


async def _events(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The data of server-sent events as they come, up to "[DONE]"; comments and names of events are
    left out. Raises ValueError for an event without end."""
    rest, data = b"", b""
    async for piece in stream.iter_any():
        *lines, rest = (rest + piece).split(b"\n") if b"\n" in piece else (rest + piece,)
        if len(rest) + len(data) > EVENT_LIMIT:
            raise ValueError("an event without end")
        for line in lines:
            line = line.rstrip(b"\r")
            if line.startswith(b"data:"):
                data += (b"\n" if data else b"") + line[5:].removeprefix(b" ")
            elif not line and data:
                if data == b"[DONE]":
                    await _drain(stream)
                    return
                yield data
                data = b""
    if data and data != b"[DONE]":
        yield data  # the last one, cut off before its empty line


async def _drain(stream: aiohttp.StreamReader) -> None:
    try:
        async with asyncio.timeout(DRAIN):
            while await stream.readany():
                pass
    except (TimeoutError, aiohttp.ClientError):
        pass  # the connection is closed instead of kept


@dataclass(slots=True)
class _Call:
    index: int | None
    id: str
    name: str = ""
    arguments: str = ""


def _gather(calls: list[_Call], part: dict[str, Any]) -> None:
    """Puts a piece of a call with its others; servers differ in how they number and name them.

    A piece goes on with the newest call of its index (of any, if it has none), unless it brings
    a name after that one has its own, under another id: some number every call 0.
    """
    index, id_, function = part.get("index"), part.get("id") or "", part.get("function") or {}
    name = function.get("name") or ""
    call = next((c for c in reversed(calls) if index is None or c.index == index), None)
    if call is None or (name and call.name and (not id_ or id_ != call.id)):
        call = _Call(index, id_)
        calls.append(call)
    call.name = name or call.name
    if function.get("arguments"):
        call.arguments += as_text(function["arguments"])


def _message(line: Line) -> dict[str, Any]:
    message: dict[str, Any] = {"role": line.role, "content": line.text}
    if line.role == "tool":
        message["tool_call_id"] = line.call_id
    if line.calls:
        message["content"] = line.text or None
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in line.calls
        ]
    return message


def _tool(spec: Spec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": spec.parameters,
        },
    }


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


def as_text(arguments: Any) -> str:
    """Arguments as the JSON text they should be; some servers give an object."""
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
