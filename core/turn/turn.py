"""One turn: from a run of one speaker's messages to one reply, written down as it becomes true.

No connection is held while a model or a platform is waited for: each piece of writing is a short
transaction that first asserts that the conversation is still this turn's.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from core.heard import clean
from core.models.port import OFFLINE, Model, RequestedCall, SpokenBy, StartOver, Text, TokensUsed
from core.people.acting import work_of
from core.people.zones import zone_of
from core.reply import LiveReply, Reply, as_text, choices_as_kept
from core.tasks import public, receipts
from core.tools import confirming, registry, turn_page
from core.tools.journal import Call, Journal
from core.tools.perform import CODE, follow_up, perform
from core.tools.registry import CHANGING, arranged
from core.tools.toolbox import Toolbox
from core.turn import afterwords, answers, looked, prompt
from core.turn.speech import Speech
from core.understanding.english.rules import HELP
from db import confirmations, history, turns
from db.database import Database
from db.history import Change
from db.jobs import Jobs
from db.models import Confirmation, utcnow
from db.session import Session
from db.turns import TurnToRun

log = logging.getLogger(__name__)

UNDO = "undo_changes"  # tells what was changed since, and goes on before it: no failure
STEPS = 10  # model calls in one turn

TOO_LONG = "That took more steps than I take at once, so I stopped here."
NO_WORDS = "I have nothing to add to that."
APOLOGY = (
    "I am sorry, I could not finish this: something on my side keeps failing. Please try again."
)
UNFINISHED = "I am sorry, I could not finish this. What I did get done stands below."


@dataclass(slots=True)
class Turn:
    """A turn that this process runs. `token` is its right to write (db/conversations.py);
    `mentioned` says whom its messages mention: handle → user."""

    database: Database
    jobs: Jobs
    model: Model
    toolbox: Toolbox
    clock: Callable[[], datetime]
    token: str
    of: TurnToRun
    live: LiveReply
    mentioned: dict[str, str]
    journal: Journal
    speech: Speech = field(default_factory=Speech)
    changes: list[Change] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    to_confirm: Confirmation | None = None
    hides: public.Mask = public.plain

    async def answer(self) -> None:
        """The loop: model → calls → results → … → reply. What is kept is never asked anew."""
        await self._remember()
        if await self._is_answer():
            return await self._do_as_answered()
        if not self.journal.calls and self._says_nothing():
            return await self._finish(HELP)
        if self.journal.unanswered():
            await self._do([])  # an earlier version kept a step before it did it
        while True:
            self._show()
            if self.journal.steps == STEPS:
                return await self._finish(TOO_LONG)
            calls = await self._ask(self.journal.steps)
            if not calls:
                return await self._finish()
            await self._do(calls)

    def _says_nothing(self) -> bool:
        """Whether Todd was mentioned, and nothing was said to him."""
        return not any(each.content.strip() or each.attached for each in self.of.run) and not (
            prompt.attached(self.of)
        )

    async def give_up(self) -> None:
        """The end of a turn that could not be finished: what was done, and an apology."""
        self.speech = Speech()
        await self._read_changes()
        await self._finish(UNFINISHED if self.changes else APOLOGY)

    async def _remember(self) -> None:
        """What the steps kept so far said and changed; all of it is in the journal."""
        for number in range(self.journal.steps):
            self.speech.begin_step()
            self.speech.hear(self.journal.step(number)[0].text)
            self.speech.end_step()
        if self.journal.calls:
            await self._read_changes()

    # ── a yes or a no ────────────────────────────────────────────────────────────────────────

    async def _is_answer(self) -> bool:
        """Whether the person answers a question of code's, which needs no model."""
        if self.journal.calls:
            return self.journal.calls[0].by == CODE
        call = await answers.read(
            self.of.run,
            self.of.window if self.of.subject is None else self.of.subject,
            self.of.speaker.id,
            self._place,
            self.database,
        )
        if call is not None:
            await self._do([call])
        return call is not None

    async def _do_as_answered(self) -> None:
        if self.journal.unanswered():
            await self._do([])
        call = self.journal.calls[0]
        await self._finish((call.result or "") if call.name not in CHANGING else "")

    # ── a step ───────────────────────────────────────────────────────────────────────────────

    async def _ask(self, step: int) -> list[Call]:
        """Asks the model for the next step, showing its words as they may be shown."""
        asked = prompt.build(
            of=self.of,
            zone=zone_of(self.of.speaker),
            journal=self.journal,
            toolbox=self.toolbox,
            now=self.clock(),
        )
        requested: list[RequestedCall] = []
        by = ""
        self.speech.begin_step()
        async for saying in self.model.speak(asked):
            match saying:
                case Text():
                    self.speech.hear(clean(saying.delta))
                    self._show()
                case RequestedCall():
                    requested.append(RequestedCall(clean(saying.name), clean(saying.arguments)))
                case TokensUsed():
                    self.of.reply.input_tokens += saying.input
                    self.of.reply.output_tokens += saying.output
                case SpokenBy():
                    by = saying.name
                    if saying.exact:
                        self.speech.exact_step()
                    if saying.notice:
                        self.notices.append(saying.notice)
                case StartOver():
                    requested.clear()
                    self.speech.void_step()
        text = self.speech.end_step()
        return [
            Call(step, position, each.name, each.arguments, by, text if position == 0 else "")
            for position, each in enumerate(requested)
        ]

    async def _do(self, calls: list[Call]) -> None:
        """Writes a step's whole answer down and does what it asks for: one transaction. If it
        breaks, nothing of it is visible, and the step was never asked.

        What was truly changed is read back in it: receipts and claims rest on that, and are shown
        after the commit.
        """
        if calls:
            self._show(status=registry.status(calls[0].name))
        async with self._writing() as (session, kept):
            journal = Journal.read(kept)
            journal.ask(calls)
            asked = journal.unanswered()
            if asked and all(call.by == OFFLINE for call in asked):
                await self._all_or_none(session, journal, asked)
            else:
                await self._each(session, journal, asked)
            await turns.write_journal(session, self.of.reply, journal.write())
            changed = await self._changes(session, journal)
        self._happened(journal, *changed)

    async def _each(self, session: Session, journal: Journal, calls: Sequence[Call]) -> None:
        """Does calls one after the other, each for itself."""
        for call in calls:
            work = work_of(
                self.of.speaker,
                self.of.conversation,
                session,
                self.clock(),
                message_id=self._id,
                step=call.step,
                position=call.position,
                link=self.of.run[-1].link if self.of.run else None,
                mentioned=self.mentioned,
                attached=prompt.attached(self.of),
                subject=self._subject,
            )
            await perform(self.toolbox, work, journal, call)
            await follow_up(self.jobs, work)

    async def _all_or_none(self, session: Session, journal: Journal, calls: Sequence[Call]) -> None:
        """The same where code has read the message (rule 15): what one of its changes could not do
        takes the others back."""
        try:
            async with session.savepoint("step"):
                await self._each(session, journal, calls)
                settled = [journal.find(call) for call in calls if call.name in CHANGING - {UNDO}]
                if any(call.outcome in ("failed", "refused") for call in settled):
                    raise _NotAllOfIt
        except _NotAllOfIt:
            for call in settled:
                if call.outcome in ("done", "asked"):
                    journal.settle(call, "failed", afterwords.TAKEN_BACK, ())

    async def _read_changes(self) -> None:
        """The same for what earlier steps have changed."""
        async with self.database.acting(self.of.speaker.id, self._place) as session:
            changed = await self._changes(session, self.journal)
        self._happened(self.journal, *changed)

    async def _changes(
        self, session: Session, journal: Journal
    ) -> tuple[list[Change], Confirmation | None]:
        """What the turn has changed so far, and what it has to have confirmed."""
        if not any(call.name in CHANGING for call in journal.calls):
            return [], None
        changes = await history.changes_of(session, self.of.speaker.id, self._id)
        self.hides = await public.mask(session, self.of.speaker.id, self.of.conversation)
        asks = any(call.outcome == "asked" for call in journal.calls)
        return changes, await confirmations.of_message(session, self._id) if asks else None

    def _happened(
        self, journal: Journal, changes: list[Change], to_confirm: Confirmation | None
    ) -> None:
        self.journal, self.changes, self.to_confirm = journal, changes, to_confirm
        actions = [change.action for change in changes]
        self.speech.happened([*actions, *(["arranged"] if arranged(journal) else [])])

    # ── the end ──────────────────────────────────────────────────────────────────────────────

    async def _finish(self, ending: str = "") -> None:
        """Writes the finished text before any of it is said to be said, then shows it whole."""
        corrections = afterwords.corrections(
            self.journal, self.changes, untrue=self.speech.untrue()
        )
        spoken = looked.with_rows(self.speech.final(), self.journal)
        words = [*self.notices, spoken, *map(as_text, [*corrections, ending])]
        async with self._writing() as (session, _):
            words.append(as_text(await self._last_word(session)))
            if not any(words) and not self.changes and not arranged(self.journal):
                words = [NO_WORDS]
            whole = self._reply("\n\n".join(filter(None, words)), whole=True)
            await turns.write_whole(
                session,
                self.of.reply,
                whole.text,
                choices_as_kept(whole.choices),
                asking_id=self.of.speaker.id if afterwords.asks(whole.words) else None,
                now=utcnow(),
            )
        log.info("turn %d is whole: %d calls", self._id, len(self.journal.calls))
        self.live.show(whole)

    async def _last_word(self, session: Session) -> str:
        """Code's own question, or a word about what else is to be known; empty when there is
        none."""
        if self.to_confirm:
            return self.hides(confirming.question(self.to_confirm))
        speaker = self.of.speaker
        untimed = afterwords.untimed(self.journal, self.changes, speaker)
        elsewhere = afterwords.in_both_zones(self.journal, self.changes, speaker)
        if untimed or elsewhere:
            return " ".join(filter(None, [elsewhere, untimed]))
        question = await afterwords.zone_question(session, self.of.speaker, self.changes)
        if question or not self.of.conversation.private:
            return question or ""
        return afterwords.quiet_by_then(self.of.speaker, self.changes) or ""

    def _show(self, status: str = "") -> None:
        """Shows as much of the reply as may be shown by now."""
        words = "\n\n".join([*self.notices, self.speech.out()]).strip()
        self.live.show(self._reply(words, status=status))

    def _reply(self, words: str, *, status: str = "", whole: bool = False) -> Reply:
        zone = zone_of(self.of.speaker)
        said = receipts.say(self.changes, arranged(self.journal), self.clock(), zone)
        lines = map(self.hides, said)
        offered = confirming.choices(self.to_confirm) if self.to_confirm else ()
        offered = (*offered, *afterwords.choices(self.changes, self._id))
        offered = (*offered, *turn_page.of_turn(self.journal, self._id))
        return Reply(self._id, words, tuple(lines), offered, status, whole)

    async def assert_held(self) -> None:
        """Raises TurnLost when another process has taken the conversation."""
        async with self._writing():
            pass

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[tuple[Session, str | None]]:
        """A transaction of the turn and its journal as it stands, both held until the commit.

        Raises TurnLost when another process has taken the conversation.
        """
        async with self.database.acting(self.of.speaker.id, self._place) as session:
            yield session, await turns.lock(session, self._id, self.token)
        self.live.is_ours()

    @property
    def _subject(self) -> frozenset[int] | None:
        about = self.of.subject
        return None if about is None else frozenset(past.id for past in about)

    @property
    def _place(self) -> int:
        return self.of.reply.conversation_id

    @property
    def _id(self) -> int:
        assert self.of.reply.id is not None
        return self.of.reply.id


class _NotAllOfIt(Exception):
    """Something that a message asks for cannot be done: nothing of it is."""
