"""A reply that grows where messages can be edited: each part is posted once, then edited."""

import asyncio
import time
from typing import Any, Protocol

from core.reply import LiveReply, Reply


class PartWriter(Protocol):
    """Writes the parts of one reply in one place. A message is the platform's own payload."""

    def parts(self, reply: Reply) -> list[dict[str, Any]]:
        """The reply as messages, in order."""
        ...

    async def post(self, reply: Reply, part: int, message: dict[str, Any]) -> str:
        """Posts a part that does not stand yet; the platform's id of it."""
        ...

    async def edit(self, external_id: str, message: dict[str, Any]) -> bool:
        """Changes a part; False when somebody has deleted it."""
        ...

    async def delete(self, external_id: str) -> None:
        """Takes a part back; nothing happens when it is gone already."""
        ...


async def grow(live: LiveReply, writer: PartWriter, every: float) -> None:
    """Posts each part as soon as there is something in it, and edits it while it grows, at most
    once in `every` seconds. Parts of an earlier try that was longer, and is void, are deleted."""
    shown: dict[int, Any] = {}
    edited = 0.0
    async for reply in live:
        if not reply.text or not (reply.whole or reply.words):
            continue  # receipts come once, whole, with what can be pressed
        if not reply.whole and shown:
            wait = every - (time.monotonic() - edited)
            if wait > 0:
                await asyncio.sleep(wait)
                if live.reply is not reply:
                    continue  # there is more by now
        parts = writer.parts(reply)
        if reply.whole:
            for part in [part for part in live.stands if part >= len(parts)]:
                await writer.delete(live.stands[part])
        for part, message in enumerate(parts):
            if shown.get(part) == message:
                continue
            if part not in live.stands:
                external_id = await writer.post(reply, part, message)
                is_last = reply.whole and part == len(parts) - 1
                await live.stands_as(part, external_id, is_last=is_last)
            elif not await writer.edit(live.stands[part], message):
                continue  # somebody deleted it; what comes after it is said all the same
            shown[part] = message
            edited = time.monotonic()
