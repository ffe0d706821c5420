"""What stands at the head of a thread: said before Todd was there, and what "this" is in it."""

import asyncio
import logging
from dataclasses import asdict
from typing import Protocol

from core.heard import Heard, Place, as_kept, clean
from core.people.places import place_of
from db import conversations, heard, people
from db.database import Database, become
from db.models import Message
from db.session import Session
from db.states import MessageState, Role

log = logging.getLogger(__name__)

PATIENCE = 3.0  # seconds for a platform to say what stands there
REMEMBERED = 10_000  # threads that were asked about


class KnowsHeads(Protocol):
    """What can be asked what stands at the head of a thread (part of worker.Voice)."""

    async def head(self, place: Place) -> Heard | None:
        """The message under which a thread hangs; None when the platform does not say, or it is no
        person's."""
        ...


class Heads:
    """Keeps the head of a thread as overheard in it, before the first turn there."""

    def __init__(self, database: Database, voice: KnowsHeads) -> None:
        self._database = database
        self._voice = voice
        self._asked: dict[int, None] = {}

    def were_asked_for(self, conversation_id: int) -> bool:
        """Whether this process has looked for it already; there may be none to be had."""
        return conversation_id in self._asked

    async def keep(self, conversation_id: int) -> None:
        """Looks for it among what was heard in the channel, then asks the platform; a turn goes on
        without an answer."""
        self._asked[conversation_id] = None
        if len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]
        async with self._database.tending() as session:
            here = await conversations.get(session, conversation_id)
            head = await heard.head_of(session, conversation_id)
            if head is not None:
                return await _overhear(session, conversation_id, head)
        told = await self._ask(place_of(here))
        if told is None:
            return
        async with self._database.tending() as session:
            who = asdict(told.person)
            head = Message(
                user_id=await people.met(session, here.platform, here.workspace, **who),
                conversation_id=conversation_id,
                role=Role.USER,
                state=MessageState.OVERHEARD,
                content=clean(told.text),
                external_id=told.external_id,
                order_key=told.order_key,
                mentions={handle: asdict(person) for handle, person in told.mentions.items()},
                link=told.link,
                attached=[as_kept(each) for each in told.attached],
            )
            await _overhear(session, conversation_id, head)

    async def _ask(self, place: Place) -> Heard | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._voice.head(place)
        except Exception as error:
            name = type(error).__name__
            log.warning("%s does not say what a thread is about: %s", place.platform, name)
            return None


async def _overhear(session: Session, here: int, head: Message) -> None:
    await conversations.join(session, here, head.user_id)
    await become(session, head.user_id, here)
    await heard.keep(
        session,
        user_id=head.user_id,
        conversation_id=here,
        content=head.content,
        external_id=head.external_id or "",
        order_key=head.order_key,
        state=MessageState.OVERHEARD,
        addressed=False,
        reply_to=None,
        mentions=head.mentions,
        link=head.link,
        attached=head.attached,
    )
