"""What may be said of tasks in front of others: what was public there, and nothing that was said of
them in private since (rule 9)."""

import re
from collections.abc import Callable, Mapping

from core.reply import as_text
from core.tasks.receipts import NOTE
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
    """`hidden`: what is not to be said → what is said instead, or None."""
    instead: dict[str, str] = {}
    for secret, known in hidden.items():
        if len(secret) < SHORTEST or secret.isdigit():
            continue
        short = " ".join(secret.split())
        # As it reads in a receipt, which shortens it, and in Markdown, too.
        for way in (secret, short, short[:NOTE]):
            instead[way] = instead[as_text(way)] = as_text(known) if known else HIDDEN
    if not instead:
        return plain
    folded = {written.casefold(): known for written, known in instead.items()}
    longest_first = sorted(instead, key=len, reverse=True)
    found = re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE
    )
    return lambda text: found.sub(lambda match: folded.get(match[0].casefold(), HIDDEN), text)
