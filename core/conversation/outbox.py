"""The outbox: what is finished is said, noted as said, or put off until its platform takes it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from core.errors import PlatformFailed
from core.heard import Person, ReplyToken
from core.patience import Patience
from core.people.places import place_of
from core.people.zones import zone_of
from core.reminders.delivery import Delivery
from core.reply import Address, LiveReply, Reply, as_text, choices_as_kept, choices_of
from core.tasks import public, receipts
from core.tools.journal import Journal
from core.tools.registry import arranged
from core.turn import afterwords
from db import conversations, history, outbox, people, posts
from db.database import DOWN, Database
from db.errors import TurnLost
from db.jobs import Jobs
from db.models import Conversation, Message, User, utcnow
from db.states import MessageState
from db.turns import TurnToRun

log = logging.getLogger(__name__)


class Says(Protocol):
    """What says a reply on its platform (part of worker.Voice)."""

    async def say(self, live: LiveReply, to: Address) -> None:
        """Returns when the whole reply stands, or when it breaks off; raises when it cannot."""
        ...


class Outbox:
    """Says replies, by whichever process has them; the rows say what is still to be said."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        voice: Says,
        delivery: Delivery,
        patience: Patience,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._voice = voice
        self._delivery = delivery
        self._patience = patience
        self._clock = clock

    # ── of a turn ────────────────────────────────────────────────────────────────────────────

    def live_reply(self, turn: TurnToRun, token: str) -> LiveReply:
        """The reply of a turn, to be said while it grows."""
        reply = turn.reply
        return LiveReply(
            Reply(reply.id or 0, status="thinking…"),
            stands=turn.stands,
            again=turn.again,
            others=turn.others,
            record=self._recorder(reply, token),
        )

    def speak(self, live: LiveReply, turn: TurnToRun) -> asyncio.Task[None]:
        """Begins to say a turn's reply."""
        return asyncio.create_task(self._voice.say(live, _address(turn.reply, turn.conversation)))

    async def spoken(
        self, turn: TurnToRun, live: LiveReply, token: str, speaking: asyncio.Task[None]
    ) -> bool | None:
        """Waits until a turn's whole reply stands, and notes it: whether something else may wait in
        its conversation. None when it is put off."""
        reply = turn.reply
        try:
            await speaking
        except (TurnLost, *DOWN):
            raise
        except Exception as error:
            return True if await self._not_said(reply, token, error) else None
        failed = reply.attempts >= self._patience.tries
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            return await outbox.said(
                session, reply, failed=failed, token=token, stands=live.unrecorded
            )

    async def put_off(
        self, reply: Message, token: str | None, wait: timedelta, *, failed: bool
    ) -> None:
        """Leaves a reply for later; `failed`: a try of the turn came to nothing."""
        until = utcnow() + wait
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            if token is not None:
                await conversations.assert_held(session, reply.conversation_id, token)
            await outbox.put_off(session, reply.id or 0, until, failed=failed)
            conversation = await conversations.get(session, reply.conversation_id)
            if reply.state == MessageState.TELLING:
                return  # the sweep finds it
            await self._jobs.wake(session, conversation.platform, reply.conversation_id, at=until)

    # ── of no turn ───────────────────────────────────────────────────────────────────────────

    async def tell(self, message_id: int) -> None:
        """Says a finished message that belongs to no turn, such as the receipt of a press."""
        async with self._database.tending() as session:
            reply = await outbox.to_tell(session, message_id)
            if reply is None:
                return
            speaker = await people.get(session, reply.user_id)
            conversation = await conversations.get(session, reply.conversation_id)
            stands = await posts.of(session, message_id)
            others = await posts.others(session, reply.conversation_id, message_id)
        whole = await self.finished(reply, speaker)
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            await outbox.write_content(
                session, message_id, whole.text, choices_as_kept(whole.choices)
            )
        live = LiveReply(
            whole,
            stands=stands,
            again=reply.begun > 1,
            others=others,
            record=self._recorder(reply, None),
        )
        await self._say(reply, conversation, live)

    async def tell_now(self, message: Message, conversation: Conversation) -> None:
        """Says what this process has just written, unless another has begun to."""
        assert message.id is not None
        async with self._database.tending() as session:
            if not await outbox.is_fresh(session, message.id):
                return  # the sweep was quicker
        whole = Reply(message.id, message.content, choices=choices_of(message.choices), whole=True)
        live = LiveReply(whole, record=self._recorder(message, None))
        await self._say(message, conversation, live)

    async def finished(self, reply: Message, speaker: User) -> Reply:
        """A reply whose text is finished, taken apart again into words and receipts."""
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            changes = await history.changes_of(session, reply.user_id, reply.id or 0)
            place = await conversations.get(session, reply.conversation_id)
            hides = await public.mask(session, reply.user_id, place)
        journal = Journal.read(reply.tool_calls)
        said = receipts.say(changes, arranged(journal), self._clock(), zone_of(speaker))
        lines = tuple(map(hides, said))
        if reply.content:
            words = reply.content.removesuffix(as_text("\n".join(lines))).rstrip()
            if words == reply.content.rstrip():
                lines = ()  # its receipts read otherwise by now (a new zone): they are in the words
        else:
            words = as_text("\n\n".join(afterwords.failures(journal)))
        offered = (
            afterwords.choices(changes, reply.id or 0)
            if reply.choices is None
            else choices_of(reply.choices)
        )
        return Reply(reply.id or 0, words, lines, offered, whole=True)

    async def _say(self, reply: Message, conversation: Conversation, live: LiveReply) -> None:
        """Says what is whole already, and notes that it stands."""
        live.show(live.reply)
        stands = bool(live.stands)
        try:
            await self._voice.say(live, _address(reply, conversation))
        except DOWN:
            raise
        except Exception as error:
            await self._not_said(reply, None, error, stands=stands)
            return
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            await outbox.said(session, reply, failed=False, stands=live.unrecorded)

    async def _not_said(
        self, reply: Message, token: str | None, error: Exception, *, stands: bool = False
    ) -> bool:
        """The platform did not take it: again later, for a day; then it stays unsaid, loudly. What
        `stands` already, and was only to be changed, is told nowhere else."""
        log.warning("reply %s is not said yet: %s", reply.id, type(error).__name__, exc_info=error)
        final = isinstance(error, PlatformFailed) and error.final
        lasting = (utcnow() - reply.created_at).total_seconds()
        if not final and lasting < self._patience.say_for:
            await self.put_off(reply, token, self._patience.wait(reply.begun), failed=False)
            return False
        log.error("reply %s cannot be said, given up after %d s", reply.id, lasting)
        is_told = reply.state == MessageState.TELLING
        async with self._database.tending() as session:
            await outbox.said(session, reply, failed=True)
            if stands:
                return True
            if is_told:
                gone = isinstance(error, PlatformFailed) and error.gone
                await self._delivery.not_said(session, reply.id or 0, gone=gone)
            if final and (reply.tool_calls is not None or not is_told):
                await self._delivery.answer_privately(session, reply)
        return True

    def _recorder(self, reply: Message, token: str | None) -> Callable[[int, str], Awaitable[None]]:
        async def record(part: int, external_id: str) -> None:
            async with self._database.acting(reply.user_id, reply.conversation_id) as session:
                if token is not None:
                    await conversations.assert_held(session, reply.conversation_id, token)
                await posts.add(session, reply.id or 0, part, external_id)

        return record


def _address(reply: Message, conversation: Conversation) -> Address:
    called = next(iter((reply.mentions or {}).values()), None)
    calls = Person(called["external_id"], name=called["name"]) if called else None
    token = None
    if reply.reply_token and reply.reply_until:
        token = ReplyToken(reply.reply_token, reply.reply_until)
    return Address(
        place_of(conversation),
        reply.conversation_id,
        reply.user_id,
        reply.reply_to,
        token,
        calls,
        reply.created_at,
    )
