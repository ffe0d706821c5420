"""The Platform port: how a reply reaches people. Its fake is beside it."""

from typing import Protocol, runtime_checkable

from core.errors import PlatformFailed
from core.heard import Heard, Person, Place
from core.reply import Address, LiveReply, Reply


class Platform(Protocol):
    """One way to talk with people. `name` is what Places and Conversations call it."""

    name: str

    async def say(self, live: LiveReply, to: Address) -> None:
        """Says a reply as it grows, until it is whole, in a Place or to one person privately.

        Returns when the whole reply stands, or when it breaks off. Each part that is posted is
        noted at once (`live.note`); parts in `live.stands` stand already and are changed,
        not posted again. Raises when the platform does not take it: it is said again later.
        """
        ...

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        """Which parts of a whole reply stand already, part → the platform's id; asked after a
        crash. `others` are ids that are known to be other replies'."""
        ...


@runtime_checkable
class KnowsPeople(Protocol):
    """A platform that can be asked who somebody is."""

    async def who(self, external_id: str) -> Person | None:
        """Name, zone and locale as the platform has them; None when it does not say."""
        ...


@runtime_checkable
class KnowsHeads(Protocol):
    """A platform that can be asked what stands at the head of a thread."""

    async def head(self, place: Place) -> Heard | None:
        """The message under which it hangs; None when it does not say, or it is no person's."""
        ...


@runtime_checkable
class ReachesPeople(Protocol):
    """A platform on which people can be told something unasked."""

    async def private_place(self, external_id: str) -> Place:
        """Where only this person reads; raises PlatformFailed when they let nobody in."""
        ...


class FakePlatform:
    """Records what is said. `fail` is raised, once each, where a post would be made."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.stands: dict[tuple[int, int], str] = {}  # (reply, part) → text
        self.places: dict[int, Place] = {}  # reply → where it stands
        self.closed: set[str] = set()  # channels that let nobody in any more
        self.seen: list[Reply] = []
        self.posts = 0
        self.fail: list[BaseException] = []
        self.fail_after_post: list[BaseException] = []

    async def say(self, live: LiveReply, to: Address) -> None:
        async for reply in live:
            self.seen.append(reply)
            if not reply.whole:
                continue
            if to.place.channel in self.closed:
                raise PlatformFailed("closed", gone=True)
            if self.fail:
                raise self.fail.pop(0)
            if 0 not in live.stands:
                self.posts += 1
            called = f"@{to.calls.external_id} " if to.calls else ""
            self.stands[reply.id, 0] = f"{called}{reply.text}"
            self.places[reply.id] = to.place
            if self.fail_after_post:
                raise self.fail_after_post.pop(0)
            await live.stands_as(0, f"fake-{reply.id}")

    async def standing(self, reply: Reply, to: Address, others: frozenset[str]) -> dict[int, str]:
        return {part: f"fake-{id}" for (id, part) in self.stands if id == reply.id}

    async def private_place(self, external_id: str) -> Place:
        return Place(self.name, f"dm-{external_id}", private=True)
