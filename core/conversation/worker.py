"""Wakes, takes a conversation, runs its turns one after the other, says what is finished.

Jobs are wake-ups, rows are the truth (facts in docs/decisions.md): whatever a crash leaves open
is found again by the sweep, and goes on after what was done.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from procrastinate.exceptions import ConnectorException
from sqlmodel.ext.asyncio.session import AsyncSession

from core.conversation import edits
from core.conversation.inbox import describe
from core.errors import PlatformFailed
from core.heard import Person, Place
from core.models.port import Model
from core.patience import Patience
from core.people.zones import zone_of
from core.reminders.delivery import Reminding
from core.reply import Address, Growing, Reply, choices_as_kept, choices_of
from core.tasks import receipts
from core.tools.journal import Journal
from core.tools.registry import noted
from core.tools.toolbox import Toolbox
from core.turn import prompt
from core.turn.turn import Turn, choices, failures
from db import conversations, history, messages, people, posts, reminders
from db.bell import Bell
from db.database import DOWN, Database, become
from db.errors import TurnLost
from db.jobs import Jobs
from db.locks import Locks
from db.models import TELLING, WHOLE, Conversation, Message, User, utcnow

log = logging.getLogger(__name__)


KEPT_FOR = timedelta(days=60)  # of reminders that were told
DESCRIBE_EVERY = timedelta(days=1)
DESCRIBE_AGAIN = timedelta(minutes=10)  # after it did not say
DESCRIBE_PATIENCE = 3.0  # seconds for a platform to say who somebody is


class Voice(Protocol):
    """What says a reply on its platform (bots/relay.py)."""

    async def say(self, growing: Growing, to: Address) -> None:
        """Returns when the whole reply stands, or when it breaks off; raises when it cannot."""
        ...

    async def who(self, platform: str, external_id: str) -> Person | None:
        """Who somebody is, as the platform knows them; None when it does not say."""
        ...

    def knows_people(self, platform: str) -> bool:
        """Whether the platform can be asked."""
        ...

    async def private_place(self, platform: str, external_id: str) -> Place:
        """Where somebody alone is told something; raises PlatformFailed when they cannot be."""
        ...


class Engine:
    """The worker's side of Todd: any number of them share a database."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        locks: Locks,
        bell: Bell,
        model: Model,
        toolbox: Toolbox,
        voice: Voice,
        platforms: Sequence[str],
        *,
        concurrency: int = 100,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        """`clock` says what the time is for people: what "tomorrow" is, and what is overdue."""
        self._database = database
        self._jobs = jobs
        self._locks = locks
        self._bell = bell
        self._model = model
        self._toolbox = toolbox
        self._voice = voice
        self._platforms = platforms
        self._concurrency = concurrency
        self._patience = patience or Patience()
        self._clock = clock
        self._reminding = Reminding(database, voice, self._patience, clock)

    async def run(self) -> None:
        """Works until cancelled; then finishes what runs, or leaves it so that another goes on."""
        helpers = [
            asyncio.create_task(self._for_ever("sweep", self._sweep)),
            asyncio.create_task(self._for_ever("bell", self._ring)),
            asyncio.create_task(self._for_ever("housekeeping", self._housekeep)),
            asyncio.create_task(self._for_ever("locks", self._locks.watch)),
        ]
        try:
            await self._for_ever("worker", self._work)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await self._locks.close()
            await self._bell.close()

    async def wake(self, conversation_id: int) -> None:
        """Answers what waits in a conversation, unless somebody else is at it."""
        while await self._take(conversation_id):
            pass

    async def tell(self, message_id: int) -> None:
        """Says a finished message that belongs to no turn, such as the receipt of a press."""
        async with self._locks.hold(-message_id) as held:
            if held:
                await self._guarded(-message_id, self._tell(message_id))

    async def remind(self, reminder_id: int) -> None:
        """Tells somebody what they are to be told, and says it at once; the row decides."""
        told = await self._reminding.remind(reminder_id)
        if told is None:
            return
        message = told.message
        assert message.id is not None
        async with self._locks.hold(-message.id) as held:
            if not held or not await self._is_ours(message.id):
                return  # the sweep was quicker
            whole = Reply(
                message.id, message.content, choices=choices_of(message.choices), whole=True
            )
            growing = Growing(whole, record=self._recorder(message, None))
            await self._guarded(-message.id, self._say(message, told.conversation, growing))

    async def _is_ours(self, message_id: int) -> bool:
        """Whether nobody else has begun to say what this process has just told."""
        async with self._database.tending() as session:
            return await messages.is_fresh(session, message_id)

    # ── the loops ────────────────────────────────────────────────────────────────────────────

    async def _for_ever(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """Runs `act` again and again; an error delays it, and never ends it."""
        wait = self._patience.reconnect
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await act()
            except Exception as error:
                down = isinstance(error, (*DOWN, ConnectorException))
                log.error("%s failed, again in %.1f s", name, wait, exc_info=not down)
            if asyncio.get_running_loop().time() - began > self._patience.longest_reconnect:
                wait = self._patience.reconnect
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._patience.longest_reconnect)

    async def _work(self) -> None:
        await self._jobs.work(
            self._platforms,
            wake=self.wake,
            tell=self.tell,
            remind=self.remind,
            concurrency=self._concurrency,
            grace=self._patience.grace,
        )

    async def _sweep(self) -> None:
        """Wakes what waits and nobody holds: after a crash, or while the database was away."""
        while True:
            async with self._database.tending() as session:
                for found in await messages.unheld(session, self._platforms):
                    if found.telling_id is not None:
                        await self._jobs.tell(session, found.platform, found.telling_id)
                    else:
                        await self._jobs.wake(session, found.platform, found.conversation_id)
            await asyncio.sleep(self._patience.sweep)

    async def _ring(self) -> None:
        """The bell: wakes a worker for each reminder whose time has come. Nothing waits in the
        queue before that, so that a time can be moved and ten thousand cost nothing."""
        while True:
            if await self._bell.is_due(self._platforms, self._clock()):
                async with self._database.tending() as session:
                    found = await reminders.ring(
                        session, self._platforms, self._clock(), self._patience.ring_again
                    )
                    await self._jobs.remind(session, found)
            await asyncio.sleep(self._patience.bell)

    async def _housekeep(self) -> None:
        while True:
            await asyncio.sleep(self._patience.housekeeping)
            cleared = await self._jobs.clear_stalled()
            if cleared:
                log.info("cleared %d jobs of workers that are gone", cleared)
            async with self._database.tending() as session:
                await messages.forget_sealed(session, utcnow())
                await reminders.sweep_out(session, self._clock() - KEPT_FOR)

    # ── one conversation ─────────────────────────────────────────────────────────────────────

    async def _take(self, conversation_id: int) -> bool:
        """Answers all there is, holding the conversation; True when more came as it was let go."""
        async with self._locks.hold(conversation_id) as held:
            if not held:
                return False  # its holder looks again after letting go
            if not await self._guarded(conversation_id, self._answer_all(conversation_id)):
                return False
        async with self._database.tending() as session:
            return await messages.has_work(session, conversation_id, utcnow())

    async def _guarded(self, key: int, work: Coroutine[Any, Any, None]) -> bool:
        """Does what a lock was taken for, as long as it is held; False when it was lost."""
        task = asyncio.create_task(work)
        self._locks.guard(key, task)
        try:
            await task
        except TurnLost:
            log.warning("%d was taken by another process", key)
            return False
        except asyncio.CancelledError:
            if not task.done() or _being_cancelled():
                raise
            log.warning("%d: the lock was lost", key)
            return False
        return True

    async def _answer_all(self, conversation_id: int) -> None:
        token: str | None = None
        while (turn := await self._next_turn(conversation_id, token)) is not None:
            token = turn.token
            await self._describe(turn)
            if not await self._run(turn):
                return
        while await self._offer_amends(conversation_id):
            pass

    async def _offer_amends(self, conversation_id: int) -> bool:
        """Offers to make up for one message that was changed after it was answered; False when
        there is none."""
        async with self._database.tending() as session:
            heard = await messages.take_amended(session, conversation_id)
            if heard is None:
                return False
            if heard.answer_id is None:
                return True
            await become(session, heard.user_id, conversation_id)
            person = await people.get(session, heard.user_id)
            now = self._clock()
            message = await edits.offer(session, heard, now, zone_of(person))
            if message is not None:
                place = await conversations.get(session, conversation_id)
                await conversations.rest(session, conversation_id, asking_id=person.id, now=now)
                await self._jobs.tell(session, place.platform, message.id or 0)
        return True

    async def _next_turn(self, conversation_id: int, token: str | None) -> Turn | None:
        """The turn that broke off, else the next; None when nothing waits or it has to rest.

        Without a token the conversation is taken first: a fresh one is written on it.
        """
        async with self._database.tending() as session:
            # The token first: from here to the commit nobody else can begin a turn on what is read.
            if token is None:
                token = await conversations.take(session, conversation_id)
            else:
                await conversations.assert_held(session, conversation_id, token)
            opened, run = await messages.next_run(session, conversation_id)
            if opened is None and not run:
                return None
            if opened is not None and opened.retry_at is not None and opened.retry_at > utcnow():
                return None
            posted: dict[int, str] = {}
            others: frozenset[str] = frozenset()
            if opened is not None:
                run = await messages.answered_by(session, opened.id or 0)
                opened.begun = await messages.begun_again(session, opened.id or 0)
                posted = await posts.of(session, opened.id or 0)
                others = await posts.others(session, conversation_id, opened.id or 0)
            mentioned: dict[str, str] = {}
            strangers: dict[str, str] = {}
            if opened is None or opened.state != WHOLE:
                mentioned = await _mentioned(session, run)
                strangers = await self._strangers(
                    session, conversation_id, [(opened or run[0]).user_id, *mentioned.values()]
                )
            await become(session, (opened or run[0]).user_id, conversation_id)
            reply = opened or await messages.begin(session, run)
            speaker, conversation = await conversations.scene(session, reply)
            return Turn(
                database=self._database,
                jobs=self._jobs,
                model=self._model,
                toolbox=self._toolbox,
                token=token,
                reply=reply,
                run=run,
                window=await messages.window(session, reply, prompt.WINDOW_MESSAGES),
                speaker=speaker,
                conversation=conversation,
                shared=not conversation.private,
                growing=Growing(
                    Reply(reply.id or 0, status="thinking…"),
                    posted=posted,
                    again=opened is not None,
                    others=others,
                ),
                journal=Journal.read(reply.tool_calls),
                clock=self._clock,
                strangers=strangers,
                mentioned=mentioned,
            )

    async def _strangers(
        self, session: AsyncSession, conversation_id: int, user_ids: Sequence[str]
    ) -> dict[str, str]:
        """Of whom the platform is to be asked who they are: user → their id there."""
        place = await conversations.get(session, conversation_id)
        if not self._voice.knows_people(place.platform):
            return {}
        since = utcnow() - DESCRIBE_EVERY
        return await people.undescribed(session, user_ids, place.platform, since)

    async def _describe(self, turn: Turn) -> None:
        """Asks the platform who the speaker is, and who is mentioned, once a day; a turn goes on
        without an answer."""
        if not turn.strangers and not turn.mentioned:
            return
        now, platform = utcnow(), turn.conversation.platform
        found = dict(
            await asyncio.gather(*(self._who(platform, each) for each in turn.strangers.values()))
        )
        async with self._database.tending() as session:
            for user_id, external_id in turn.strangers.items():
                person = found[external_id]
                if person is None:
                    soon = now - DESCRIBE_EVERY + DESCRIBE_AGAIN
                    await people.described(session, user_id, platform, external_id, soon)
                    continue
                await describe(session, user_id, person, self._clock())
                await people.described(session, user_id, platform, external_id, now)
            await self._name(session, turn)
            turn.speaker = await people.get(session, turn.speaker_id)

    async def _who(self, platform: str, external_id: str) -> tuple[str, Person | None]:
        try:
            async with asyncio.timeout(DESCRIBE_PATIENCE):
                return external_id, await self._voice.who(platform, external_id)
        except Exception as error:
            log.warning("%s does not say who somebody is: %s", platform, type(error).__name__)
            return external_id, None

    async def _name(self, session: AsyncSession, turn: Turn) -> None:
        """Puts names into messages for ids that their platform mentions people by."""
        names = await people.names(session, turn.mentioned.values())
        for message in turn.run:
            mentions = message.mentions or {}
            for handle, who in list(mentions.items()):
                name = names.get(turn.mentioned.get(handle.lower(), ""))
                if handle != who["external_id"] or not name:
                    continue
                called = re.sub(r"[^\w-]+", ".", name).strip(".")
                if not called or called.lower() in turn.mentioned:
                    continue  # two of one name: their ids tell them apart
                ids = rf"@{re.escape(handle)}(?!\w)"
                message.content = re.sub(ids, f"@{called}", message.content)
                turn.mentioned[called.lower()] = turn.mentioned[handle.lower()]
                others = {key: each for key, each in mentions.items() if key != handle}
                message.mentions = mentions = {**others, called: {**who, "name": name}}
                await messages.rename(session, message)

    async def _run(self, turn: Turn) -> bool:
        """One turn, from its messages to a reply that stands; False when it has to rest."""
        turn.growing.record = self._recorder(turn.reply, turn.token)
        turn.growing.check = turn.assert_held
        saying = asyncio.create_task(
            self._voice.say(turn.growing, _address(turn.reply, turn.conversation))
        )
        try:
            if turn.reply.state == WHOLE:
                turn.growing.show(await self._finished(turn.reply, turn.speaker))
            elif turn.reply.begun > self._patience.crashes:
                log.error("turn %s broke off %d times, given up", turn.reply.id, turn.reply.begun)
                await self._give_up(turn)
            elif not await self._answered(turn):
                turn.growing.break_off()
                with contextlib.suppress(Exception):
                    await saying
                return False
            return await self._said(turn, saying)
        finally:
            turn.growing.break_off()
            if not saying.done():
                saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)

    async def _answered(self, turn: Turn) -> bool:
        """Whether the turn came to its whole text; after the last try, to an apology."""
        try:
            await turn.answer()
        except (TurnLost, *DOWN):
            raise
        except Exception as error:
            tries = turn.reply.attempts + 1
            log.warning(
                "turn %s failed (try %d): %s",
                turn.reply.id,
                tries,
                type(error).__name__,
                exc_info=tries >= self._patience.tries,
            )
            if tries >= self._patience.tries:
                await self._give_up(turn)
                return True
            await self._put_off(turn.reply, turn.token, self._patience.wait(tries), failed=True)
            return False
        return True

    async def _give_up(self, turn: Turn) -> None:
        # Written with the apology: whoever says it knows that this turn has failed.
        turn.reply.attempts = self._patience.tries
        await turn.give_up()

    async def _said(self, turn: Turn, saying: asyncio.Task[None]) -> bool:
        try:
            await saying
        except (TurnLost, *DOWN):
            raise
        except Exception as error:
            return await self._unsaid(turn.reply, turn.token, error)
        failed = turn.reply.attempts >= self._patience.tries
        async with self._database.acting(turn.speaker_id, turn.conversation.id) as session:
            await conversations.assert_held(session, turn.reply.conversation_id, turn.token)
            await messages.said(session, turn.reply, failed=failed)
        return True

    async def _unsaid(self, reply: Message, token: str | None, error: Exception) -> bool:
        """The platform did not take it: again later, for a day; then it stays unsaid, loudly."""
        log.warning("reply %s is not said yet: %s", reply.id, type(error).__name__, exc_info=error)
        final = isinstance(error, PlatformFailed) and error.final
        lasting = (utcnow() - reply.created_at).total_seconds()
        if not final and lasting < self._patience.say_for:
            await self._put_off(reply, token, self._patience.wait(reply.begun), failed=False)
            return False
        log.error("reply %s cannot be said, given up after %d s", reply.id, lasting)
        telling = reply.state == TELLING
        async with self._database.tending() as session:
            await messages.said(session, reply, failed=True)
            if telling:
                gone = isinstance(error, PlatformFailed) and error.gone
                await self._reminding.unsaid(session, reply.id or 0, gone=gone)
        return True

    async def _put_off(
        self, reply: Message, token: str | None, wait: timedelta, *, failed: bool
    ) -> None:
        until = utcnow() + wait
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            if token is not None:
                await conversations.assert_held(session, reply.conversation_id, token)
            await messages.put_off(session, reply.id or 0, until, failed=failed)
            conversation = await conversations.get(session, reply.conversation_id)
            if reply.state == TELLING:
                return  # the sweep finds it
            await self._jobs.wake(session, conversation.platform, reply.conversation_id, at=until)

    # ── what is finished ─────────────────────────────────────────────────────────────────────

    async def _tell(self, message_id: int) -> None:
        async with self._database.tending() as session:
            reply = await messages.get(session, message_id)
            if reply is None or reply.state != TELLING:
                return
            speaker = await people.get(session, reply.user_id)
            conversation = await conversations.get(session, reply.conversation_id)
            reply.begun = await messages.begun_again(session, message_id)
            posted = await posts.of(session, message_id)
            others = await posts.others(session, reply.conversation_id, message_id)
        whole = await self._finished(reply, speaker)
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            await messages.write_content(
                session, message_id, whole.text, choices_as_kept(whole.choices)
            )
        growing = Growing(
            whole,
            posted=posted,
            again=reply.begun > 1,
            others=others,
            record=self._recorder(reply, None),
        )
        await self._say(reply, conversation, growing)

    async def _say(self, reply: Message, conversation: Conversation, growing: Growing) -> None:
        """Says what is whole already, and notes that it stands."""
        growing.show(growing.reply)
        try:
            await self._voice.say(growing, _address(reply, conversation))
        except DOWN:
            raise
        except Exception as error:
            await self._unsaid(reply, None, error)
            return
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            await messages.said(session, reply, failed=False)

    async def _finished(self, reply: Message, speaker: User) -> Reply:
        """A reply whose text is finished, taken apart again into words and receipts."""
        async with self._database.acting(reply.user_id, reply.conversation_id) as session:
            changes = await history.changes_of(session, reply.user_id, reply.id or 0)
        journal = Journal.read(reply.tool_calls)
        arranged = noted(journal)
        lines = tuple(receipts.say(changes, arranged, self._clock(), zone_of(speaker)))
        if reply.content:
            words = reply.content.removesuffix("\n".join(lines)).rstrip()
            if words == reply.content.rstrip():
                lines = ()  # its receipts read otherwise by now (a new zone): they are in the words
        else:
            words = "\n\n".join(failures(journal))
        offered = (
            choices(changes, reply.id or 0) if reply.choices is None else choices_of(reply.choices)
        )
        return Reply(reply.id or 0, words, lines, offered, whole=True)

    def _recorder(self, reply: Message, token: str | None) -> Callable[[int, str], Awaitable[None]]:
        async def record(part: int, external_id: str) -> None:
            async with self._database.acting(reply.user_id, reply.conversation_id) as session:
                if token is not None:
                    await conversations.assert_held(session, reply.conversation_id, token)
                await posts.add(session, reply.id or 0, part, external_id)

        return record


async def _mentioned(session: AsyncSession, run: Sequence[Message]) -> dict[str, str]:
    """Whom messages mention: handle → user. Who was never met gets a row of their own."""
    if not any(each.mentions for each in run):
        return {}
    place = await conversations.get(session, run[0].conversation_id)
    mentions = {
        handle.lower(): who for each in run for handle, who in (each.mentions or {}).items()
    }
    return {
        handle: await people.met(session, place.platform, place.workspace, **who)
        for handle, who in sorted(mentions.items(), key=lambda each: str(each[1]))
    }


def _address(reply: Message, conversation: Conversation) -> Address:
    place = Place(
        conversation.platform,
        conversation.channel,
        conversation.thread,
        conversation.workspace,
        conversation.private,
    )
    called = next(iter((reply.mentions or {}).values()), None)
    calls = Person(called["external_id"], name=called["name"]) if called else None
    return Address(
        place, reply.conversation_id, reply.user_id, reply.reply_to, calls, reply.created_at
    )


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
