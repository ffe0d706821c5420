"""What every platform shares: a reply finds its platform, and no part is posted twice."""

import asyncio
from collections.abc import Iterable

from bots.platform import KnowsHeads, KnowsPeople, Platform, ReachesPeople
from core.errors import PlatformFailed
from core.heard import Heard, Person, Place
from core.reply import Address, LiveReply

SETTLE = 1.0  # seconds in which a post that was on its way arrives


class Relay:
    """What core speaks by (worker.Voice): hands each reply to the platform of its Place."""

    def __init__(self, platforms: Iterable[Platform], settle: float = SETTLE) -> None:
        self._platforms = {platform.name: platform for platform in platforms}
        self._settle = settle

    @property
    def names(self) -> list[str]:
        return list(self._platforms)

    def knows_people(self, platform: str) -> bool:
        return isinstance(self._platforms.get(platform), KnowsPeople)

    async def who(self, platform: str, external_id: str) -> Person | None:
        known = self._platforms.get(platform)
        return await known.who(external_id) if isinstance(known, KnowsPeople) else None

    async def head(self, place: Place) -> Heard | None:
        known = self._platforms.get(place.platform)
        return await known.head(place) if isinstance(known, KnowsHeads) else None

    async def private_place(self, platform: str, external_id: str) -> Place:
        known = self._platforms.get(platform)
        if not isinstance(known, ReachesPeople):
            raise PlatformFailed(f"{platform} cannot be told anything unasked", final=True)
        return await known.private_place(external_id)

    async def say(self, live: LiveReply, to: Address) -> None:
        platform = self._platforms.get(to.place.platform)
        if platform is None:
            raise PlatformFailed(f"this process does not speak {to.place.platform}")
        if live.again:
            # A process that died, or lost its lock, may have posted without noting it, and what it
            # was posting may still be on its way: wait for that, and look before posting again.
            # What is looked for has to be known whole.
            if not await live.ended():
                return
            await asyncio.sleep(self._settle)
            standing = await platform.standing(live.reply, to, live.others)
            for part, external_id in standing.items():
                if part not in live.stands:
                    await live.stands_as(part, external_id)
        await platform.say(live, to)
