"""Any server that speaks OpenAI's chat completions. The one module that knows `openai`."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from core.errors import ModelFailed
from core.models.port import Line, Prompt, RequestedCall, Saying, Spec, SpokenBy, Text, TokensUsed

CONNECT_TIMEOUT = 5.0  # seconds
STALL_TIMEOUT = 30.0  # seconds without a word
STEP_TIMEOUT = 180.0  # seconds for a whole step
# A step ends well with one of these; anything else, or nothing, is a step cut short.
WHOLE = ("stop", "tool_calls", "function_call")


class OpenAIModel:
    """One model at one address. Retries are the chain's business, not the library's."""

    def __init__(
        self, key: str, name: str, base_url: str | None = None, stall: float = STALL_TIMEOUT
    ) -> None:
        self.name = name
        self._specs: tuple[Spec, ...] = ()
        self._tools: list[dict[str, Any]] = []  # of these specs, made once
        self._client = AsyncOpenAI(
            api_key=key,
            base_url=base_url or None,
            max_retries=0,
            timeout=httpx2.Timeout(stall, connect=CONNECT_TIMEOUT),
        )

    async def close(self) -> None:
        await self._client.close()

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """Streams one step. Raises ModelFailed for whatever goes wrong, cut streams included."""
        yield SpokenBy(self.name)
        try:
            # Some servers keep a stream alive with comments: no stall, and no end either.
            async with asyncio.timeout(STEP_TIMEOUT):
                async for saying in self._stream(prompt):
                    yield saying
        except TimeoutError as error:
            raise ModelFailed(f"{self.name}: no end after {STEP_TIMEOUT:.0f} s") from error
        except openai.APIStatusError as error:
            status = error.status_code
            final = status in (400, 401, 403, 404, 422)
            wait = _seconds(error.response.headers.get("retry-after"))
            raise ModelFailed(f"{self.name}: HTTP {status}", wait=wait, final=final) from error
        except openai.OpenAIError as error:
            raise ModelFailed(f"{self.name}: {type(error).__name__}") from error
        except (json.JSONDecodeError, httpx2.HTTPError, UnicodeDecodeError) as error:
            # A corrupt or cut stream comes bare out of the library.
            raise ModelFailed(f"{self.name}: corrupt stream") from error

    async def _stream(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """The chunks as they come: the library's own method for this takes the schemas of tools
        apart anew for each request, and makes a model of each chunk."""
        calls: list[_Call] = []
        finish: str | None = None
        stream = await self._client.post(
            "/chat/completions",
            body=self._request(prompt),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )
        async with stream:
            async for found in stream:
                chunk = found if isinstance(found, dict) else {}
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

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self.name,
            "messages": [_message(line) for line in prompt.lines],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if prompt.tools:
            if prompt.tools is not self._specs:
                self._specs, self._tools = prompt.tools, [_tool(spec) for spec in prompt.tools]
            request["tools"] = self._tools
        return request


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
