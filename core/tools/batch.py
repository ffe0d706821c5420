"""Many things in one call, one by one: what cannot be done does not take the rest along."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from core.errors import Refused
from core.tasks import naming
from core.tasks.naming import BATCH_LIMIT
from core.work import Result, Work
from db.tasks import Numbered, State

Item = TypeVar("Item")
Found = TypeVar("Found")


async def one_by_one(
    work: Work, items: Sequence[Item], act: Callable[[Item], Awaitable[str]]
) -> Result:
    """Acts on each item by itself: one that cannot be done does not take the others along."""
    if len(items) == 1:
        return Result(await act(items[0]))  # the call has a savepoint of its own
    said: list[str] = []
    failures: list[str] = []
    for item in items:
        try:
            async with work.session.nested():
                said.append(await act(item))
        except Refused as refused:
            said.append(f"Not done: {refused}")
            failures.append(str(refused))
    return Result("\n".join(said), tuple(failures))


async def each_found(
    work: Work,
    items: Sequence[Item],
    name_of_item: Callable[[Item], str],
    state: State,
    act: Callable[[Item, Numbered], Awaitable[str]],
    find: Callable[[str], Awaitable[list[Numbered]]] | None = None,
) -> Result:
    """The same for tasks that items name, each of which may be many."""
    found: list[tuple[Item, Numbered | Refused]] = []
    for item in items:
        name = name_of_item(item)
        try:
            those = await (find(name) if find else naming.those(work, name, state))
            found.extend((item, one_of_them) for one_of_them in those)
        except Refused as refused:
            found.append((item, refused))
    if len(found) > BATCH_LIMIT:
        raise Refused(f"That is {len(found)} tasks; at most {BATCH_LIMIT} at once. Name fewer.")

    async def one(pair: tuple[Item, Numbered | Refused]) -> str:
        item, which = pair
        if isinstance(which, Refused):
            raise which
        return await act(item, which)

    return await one_by_one(work, found, one)


async def each_named(
    items: Sequence[Item], find: Callable[[Item], Awaitable[list[Found]]]
) -> tuple[list[Found], list[str]]:
    """All that items name, and why some name nothing."""
    found: list[Found] = []
    failures: list[str] = []
    for item in items:
        try:
            found.extend(await find(item))
        except Refused as refused:
            failures.append(str(refused))
    return found, failures


def once(found: Sequence[Numbered]) -> list[Numbered]:
    """Each task once, in the order in which they were named."""
    return list({each.number: each for each in found}.values())
