"""What may be said of tasks in front of others: what was public there, and nothing that was said of
them in private since (rule 9)."""

import re
from collections.abc import Callable, Mapping

from db import tasks
from db.models import Conversation
from db.session import Session

HIDDEN = "…"
SHORTEST = 3  # characters; what is shorter tells nothing
Mask = Callable[[str], str]


def plain(text: str) -> str:
    """Where nobody else reads along, everything may be said."""
    return text


async def mask(session: Session, user_id: str, place: Conversation) -> Mask:
    """What hides a person's private words about tasks in a text that is said in a place: titles
    give way to those that are known there, notes and labels to a mark."""
    if place.private:
        return plain
    hidden = await tasks.private_words(session, user_id, place)
    return _masking(hidden) if hidden else plain


def _masking(hidden: Mapping[str, str | None]) -> Mask:
    known = {
        secret.casefold(): public or HIDDEN
        for secret, public in hidden.items()
        if len(secret) >= SHORTEST
    }
    if not known:
        return plain
    longest_first = sorted(known, key=len, reverse=True)
    found = re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE
    )
    return lambda text: found.sub(lambda match: known.get(match[0].casefold(), HIDDEN), text)
