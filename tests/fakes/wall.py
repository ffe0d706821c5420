"""A platform over HTTP for the trials: posts stand on a wall in the trial's process, and outlive a kill.

Like Slack it has no idempotency key: a worker that posts twice has posted twice, and `doubled`
tells. Like Slack it can be asked what stands.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from support.loopback import on_loopback

from core.heard import Place
from core.reply import Address, LiveReply, Reply

NAME = "wall"


@dataclass
class Wall:
    """What stands: post id → (reply, text)."""

    posts: dict[str, tuple[int, str]] = field(default_factory=dict)
    url: str = ""

    async def post(self, request: web.Request) -> web.Response:
        body = await request.json()
        post_id = f"p{len(self.posts) + 1}"
        self.posts[post_id] = (body["reply"], body["text"])
        return web.json_response({"id": post_id})

    async def edit(self, request: web.Request) -> web.Response:
        post_id = request.match_info["id"]
        self.posts[post_id] = (self.posts[post_id][0], (await request.json())["text"])
        return web.json_response({})

    async def look(self, request: web.Request) -> web.Response:
        reply = int(request.query["reply"])
        found = [post_id for post_id, (of, _) in self.posts.items() if of == reply]
        return web.json_response({"ids": found})

    def standing(self) -> dict[int, list[str]]:
        """Reply → the texts of its posts; more than one is a doubled post."""
        stands: dict[int, list[str]] = defaultdict(list)
        for reply, text in self.posts.values():
            stands[reply].append(text)
        return stands


@asynccontextmanager
async def a_wall() -> AsyncIterator[Wall]:
    wall = Wall()
    app = web.Application()
    app.router.add_post("/posts", wall.post)
    app.router.add_put("/posts/{id}", wall.edit)
    app.router.add_get("/posts", wall.look)
    async with on_loopback(app) as port:
        wall.url = f"http://127.0.0.1:{port}"
        yield wall


class WallPlatform:
    """The Platform that a worker process speaks by."""

    name = NAME

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def say(self, live: LiveReply, to: Address) -> None:
        async for reply in live:
            if not reply.text:
                continue
            if 0 not in live.stands:
                body = {"reply": reply.id, "text": reply.text}
                async with self._session.post(f"{self._url}/posts", json=body) as response:
                    posted = await response.json()
                await live.stands_as(0, posted["id"])
            else:
                where = f"{self._url}/posts/{live.stands[0]}"
                async with self._session.put(where, json={"text": reply.text}) as response:
                    response.raise_for_status()

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        where = f"{self._url}/posts?reply={reply.id}"
        async with self._session.get(where) as response:
            ids = (await response.json())["ids"]
        return {0: ids[0]} if ids else {}

    async def private_place(self, external_id: str) -> Place:
        return Place(NAME, f"dm-{external_id}", private=True)
