"""The floor beside Todd: Bolt and the openai client, two tools on a dict, no database.

The environment says PORT, SLACK_API_BASE and OPENAI_BASE_URL.
"""

import asyncio
import json
import os

from aiohttp import web
from openai import AsyncOpenAI
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

TOKEN, SECRET = "xoxb-bench", "bench-signing-secret"
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("add_tasks", "find_tasks")
]


class Bare:
    def __init__(self) -> None:
        self._model = AsyncOpenAI(api_key="bench", base_url=os.environ["OPENAI_BASE_URL"])
        self._tasks: dict[str, list[str]] = {}

    async def heard(self, event, say):  # type: ignore[no-untyped-def]
        mine = self._tasks.setdefault(event["user"], [])
        history = [{"role": "user", "content": event["text"]}]
        while True:
            text, calls = await self._step(history)
            if not calls:
                await say(text=text, thread_ts=event["ts"])
                return
            history.append({"role": "assistant", "content": text, "tool_calls": calls})
            for call in calls:
                if call["function"]["name"] == "add_tasks":
                    asked = json.loads(call["function"]["arguments"])
                    mine.extend(task["title"] for task in asked["tasks"])
                history.append({"role": "tool", "tool_call_id": call["id"], "content": "ok"})

    async def _step(self, history):  # type: ignore[no-untyped-def]
        text, calls = "", {}
        stream = await self._model.chat.completions.create(
            model="any", messages=history, tools=TOOLS, stream=True
        )
        async for chunk in stream:
            for choice in chunk.choices:
                text += choice.delta.content or ""
                for part in choice.delta.tool_calls or []:
                    call = calls.setdefault(
                        part.index,
                        {
                            "id": part.id,
                            "type": "function",
                            "function": {"name": "", "arguments": ""},
                        },
                    )
                    call["function"]["name"] += part.function.name or ""
                    call["function"]["arguments"] += part.function.arguments or ""
        return text, list(calls.values())


async def main() -> None:
    client = AsyncWebClient(token=TOKEN, base_url=os.environ["SLACK_API_BASE"])
    app = AsyncApp(client=client, signing_secret=SECRET)
    app.event("message")(Bare().heard)
    server = app.web_app("/slack/events")
    server.router.add_get("/healthz", lambda request: web.Response(text="ok"))
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
