"""One turn: from a run of one speaker's messages to one reply, written down as it becomes true.

No connection is held while a model or a platform is waited for: each piece of writing is a short
transaction that first asserts that the conversation is still this turn's.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Malformed, Refused
from core.heard import clean
from core.models.port import Again, Asked, By, Model, Text, Used
from core.people import preferences
from core.people.zones import zone_of
from core.reminders import schedule
from core.reply import Choice, Growing, Reply, choices_as_kept
from core.tasks import receipts
from core.tools import confirming
from core.tools.journal import Call, Journal, Outcome
from core.tools.registry import CHANGING, noted
from core.tools.toolbox import Toolbox
from core.turn import prompt as prompts
from core.turn.speech import Speech
from core.work import Result, Work
from db import confirmations, consents, conversations, history, messages, people
from db.database import DOWN, Database
from db.errors import TurnLost
from db.history import Change
from db.jobs import Jobs
from db.messages import Spoken
from db.models import Confirmation, Conversation, Message, User, utcnow
from db.tasks import Cause

log = logging.getLogger(__name__)

STEPS = 10  # model calls in one turn
CALLS = 20  # calls in one step
CHOICES = 4  # tasks that can be marked as done beside one reply
# What can be pressed for a yes or a no, and what each is about.
YES = {"confirm": "confirmation", "allow": "consent"}
NO = {"leave": "confirmation", "refuse": "consent"}
CODE, PRESS = "code", "press"  # who calls a tool, when no model does

NOTHING_CHANGED = "To be exact: nothing was changed."
LESS_CHANGED = "To be exact: only what is listed below was changed."
TOO_LONG = "That took more steps than I take at once, so I stopped here."
FAULT = "something on my side went wrong with it."
NO_WORDS = "I have nothing to add to that."
ASK_ZONE = "I do not know your time zone, so this is in UTC. Where are you, say in Lisbon?"
QUIET_BY_THEN = "That is in your quiet hours ({hours}): I remind you when they are over, at {told}."
APOLOGY = (
    "I am sorry, I could not finish this: something on my side keeps failing. Please try again."
)
UNFINISHED = "I am sorry, I could not finish this. What I did get done stands below."


@dataclass(slots=True)
class Turn:
    """A turn that this process runs. `token` is its right to write (db/conversations.py)."""

    database: Database
    jobs: Jobs
    model: Model
    toolbox: Toolbox
    token: str
    reply: Message
    run: list[Message]
    window: list[Spoken]
    speaker: User
    conversation: Conversation
    shared: bool
    growing: Growing
    journal: Journal
    clock: Callable[[], datetime] = utcnow
    strangers: dict[str, str] = field(default_factory=dict)  # user → whom the platform is asked for
    mentioned: dict[str, str] = field(default_factory=dict)  # handle → user
    speech: Speech = field(default_factory=Speech)
    changes: list[Change] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    asked: Confirmation | None = None  # what this turn has to have confirmed

    async def answer(self) -> None:
        """The loop: model → calls → results → … → reply. What is kept is never asked anew."""
        await self._remember()
        if self.journal.calls and self.journal.calls[0].by == CODE or await self._take_answer():
            return await self._do_as_answered()
        while True:
            for call in self.journal.unanswered():
                await self._perform(call)
            self._grow()
            if self.journal.steps == STEPS:
                return await self._finish(TOO_LONG)
            calls = await self._ask(self.journal.steps)
            if not calls:
                return await self._finish()
            await self._keep(calls)

    async def give_up(self) -> None:
        """The end of a turn that could not be finished: what was done, and an apology."""
        self.speech = Speech()
        await self._read_changes()
        await self._finish(UNFINISHED if self.changes else APOLOGY, failed=True)

    async def _remember(self) -> None:
        """What the steps kept so far said and changed; all of it is in the journal."""
        for number in range(self.journal.steps):
            self.speech.begin_step()
            self.speech.hear(self.journal.step(number)[0].text)
            self.speech.end_step()
        if self.journal.calls:
            await self._read_changes()

    async def _take_answer(self) -> bool:
        """Whether the person answers a question of code's with yes or no; code alone decides that.
        It counts for the very next message of who was asked; a yes to whether somebody may have
        them reminded also later, as long as nothing else was asked."""
        if self.journal.calls or len(self.run) != 1:
            return False
        said = self.run[0].content
        names = YES if confirming.is_yes(said) else NO if confirming.is_no(said) else {}
        found = next((each for each in self._offered() if each[1] in names), None)
        if found is None and names is YES:
            found = await self._still_asked()
        if found is None:
            return False
        _, name, about = found
        arguments = json.dumps({names[name]: about})
        await self._keep([Call(0, 0, name, arguments, CODE)])
        return True

    def _offered(self) -> list[Any]:
        """What could be pressed under Todd's last words to the person; what he told them of his own
        accord does not count."""
        mine = [s.message for s in self.window if s.message.user_id == self.speaker_id]
        answers = {message.answer_id for message in mine}
        for message in reversed(mine):
            asks_yes = any(each[1] in YES for each in message.choices or [])
            if asks_yes or message.role == "user" or message.id in answers or message.tool_calls:
                return message.choices or []
        return []

    async def _still_asked(self) -> list[Any] | None:
        """The last question whether somebody may have the person reminded, if it has no answer yet
        and Todd has asked nothing since."""
        mine = [s.message for s in self.window if s.message.user_id == self.speaker_id]
        for message in reversed(mine):
            offered = [each for each in message.choices or [] if each[1] == "allow"]
            if offered:
                async with self.database.acting(self.speaker_id, self.conversation.id) as session:
                    asked = await consents.is_asked(session, self.speaker_id, offered[0][2])
                return list(offered[0]) if asked else None
            if message.role == "assistant" and asks(message.content):
                return None
        return None

    async def _do_as_answered(self) -> None:
        for call in self.journal.unanswered():
            await self._perform(call)
        call = self.journal.calls[0]
        await self._finish((call.result or "") if call.name not in CHANGING else "")

    async def _ask(self, step: int) -> list[Call]:
        """Asks the model for the next step, showing its words as they may be shown."""
        prompt = prompts.build(
            speaker=self.speaker,
            zone=zone_of(self.speaker),
            conversation=self.conversation,
            shared=self.shared,
            window=self.window,
            run=self.run,
            journal=self.journal,
            toolbox=self.toolbox,
            now=self.clock(),
        )
        asked: list[Asked] = []
        by = ""
        self.speech.begin_step()
        async for saying in self.model.speak(prompt):
            match saying:
                case Text():
                    self.speech.hear(clean(saying.delta))
                    self._grow()
                case Asked():
                    asked.append(Asked(clean(saying.name), clean(saying.arguments)))
                case Used():
                    self.reply.input_tokens += saying.input
                    self.reply.output_tokens += saying.output
                case By():
                    by = saying.name
                    if saying.exact:
                        self.speech.exact_step()
                    if saying.notice:
                        self.notices.append(saying.notice)
                case Again():
                    asked.clear()
                    self.speech.void_step()
        text = self.speech.end_step()
        return [
            Call(step, position, each.name, each.arguments, by, text if position == 0 else "")
            for position, each in enumerate(asked)
        ]

    async def _keep(self, calls: list[Call]) -> None:
        """Writes a step's whole answer down, before its first call runs."""
        async with self._writing() as (session, kept):
            self.journal = Journal.read(kept)
            self.journal.ask(calls)
            await messages.write_journal(session, self.reply, self.journal.write())

    async def _perform(self, call: Call) -> None:
        """Does what a call asks for, once: effect and outcome are one transaction."""
        self._grow(status=_status(call))
        async with self._writing() as (session, kept):
            self.journal = Journal.read(kept)
            if self.journal.find(call).outcome is None:
                work = Work(
                    session,
                    self._cause(call),
                    self.conversation,
                    zone_of(self.speaker),
                    self.clock(),
                    self.speaker.locale,
                    self.run[-1].link if self.run else None,
                    self.mentioned,
                )
                await perform(self.toolbox, work, self.journal, call)
                await ring(self.jobs, work)
                await messages.write_journal(session, self.reply, self.journal.write())
        if call.name in CHANGING:
            await self._read_changes()

    async def _read_changes(self) -> None:
        """Reads back, after the commit, what was truly changed; receipts and claims rest on it."""
        async with self.database.acting(self.speaker_id, self.conversation.id) as session:
            self.changes = await history.changes_of(session, self.speaker_id, self._id)
            self.asked = await self._asks_for_yes(session)
        actions = [change.action for change in self.changes]
        self.speech.happened([*actions, *(["noted"] if noted(self.journal) else [])])

    async def _asks_for_yes(self, session: AsyncSession) -> Confirmation | None:
        if not any(call.outcome == "asked" for call in self.journal.calls):
            return None
        return await confirmations.of_message(session, self._id)

    async def _finish(self, ending: str = "", *, failed: bool = False) -> None:
        """Writes the finished text before any of it is said to be said, then shows it whole."""
        words = [*self.notices, self.speech.final(), *self._corrections(), ending]
        async with self._writing() as (session, _):
            if self.asked:
                words.append(confirming.question(self.asked))
            elif await self._asks_zone(session):
                words.append(ASK_ZONE)
            else:
                words.extend(self._quiet_by_then())
            if not any(words) and not self.changes and not noted(self.journal):
                words = [NO_WORDS]
            whole = self._reply("\n\n".join(filter(None, words)), whole=True)
            await messages.write_whole(
                session, self.reply, whole.text, choices_as_kept(whole.choices)
            )
            asking = self.speaker_id if asks(whole.words) else None
            await conversations.rest(
                session, self.reply.conversation_id, asking_id=asking, now=utcnow()
            )
        log.info("turn %d is whole: %d calls", self._id, len(self.journal.calls))
        self.growing.show(whole)

    async def _asks_zone(self, session: AsyncSession) -> bool:
        """Whether to ask where somebody is: once, when a time of theirs is first kept without
        knowing."""
        timed = any(
            (change.after or {}).get("due_has_time")
            and (change.before or {}).get("due_at") != (change.after or {}).get("due_at")
            for change in self.changes
        )
        if self.speaker.timezone or not timed:
            return False
        return await people.zone_asked(session, self.speaker_id)

    def _quiet_by_then(self) -> list[str]:
        """A word about what falls into hours in which the person wants to be told nothing."""
        quiet = preferences.quiet_of(self.speaker)
        wanted = self.speaker.preferences.get("remind") != "off"
        if quiet is None or self.shared or not wanted:
            return []
        for change in self.changes:
            after = change.after or {}
            asked = change.action in ("added", "updated")
            if not asked or after.get("assignee_id") not in (None, self.speaker_id):
                continue
            moved = after.get("due_at") != (change.before or {}).get("due_at")
            if not moved or not after.get("due_at") or not after.get("due_has_time"):
                continue
            at = datetime.fromisoformat(after["due_at"])
            until = preferences.silent_until(self.speaker, at)
            if until is not None:
                zone = zone_of(self.speaker)
                told = f"{until.astimezone(zone):%H:%M}"
                return [QUIET_BY_THEN.format(hours=preferences.say_quiet(quiet), told=told)]
        return []

    def _corrections(self) -> list[str]:
        """What code says by itself: changes that failed, and claims that nothing bears out."""
        said = failures(self.journal)
        if self.speech.untrue():
            said.append(LESS_CHANGED if self.changes or noted(self.journal) else NOTHING_CHANGED)
        return said

    def _grow(self, status: str = "") -> None:
        words = "\n\n".join([*self.notices, self.speech.out()]).strip()
        self.growing.show(self._reply(words, status=status))

    def _reply(self, words: str, *, status: str = "", whole: bool = False) -> Reply:
        lines = receipts.say(self.changes, noted(self.journal), self.clock(), zone_of(self.speaker))
        offered = confirming.choices(self.asked) if self.asked else ()
        offered = (*offered, *choices(self.changes, self._id))
        return Reply(self._id, words, tuple(lines), offered, status, whole)

    async def assert_held(self) -> None:
        """Raises TurnLost when another process has taken the conversation."""
        async with self._writing():
            pass

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[tuple[AsyncSession, str | None]]:
        """A transaction of the turn and its journal as it stands, both held until the commit.

        Raises TurnLost when another process has taken the conversation.
        """
        async with self.database.acting(self.speaker_id, self.conversation.id) as session:
            yield session, await messages.lock(session, self._id, self.token)
        self.growing.is_ours()

    def _cause(self, call: Call) -> Cause:
        return Cause(
            self.speaker_id, self.reply.conversation_id, self._id, call.step, call.position
        )

    @property
    def speaker_id(self) -> str:
        return self.reply.user_id

    @property
    def _id(self) -> int:
        assert self.reply.id is not None
        return self.reply.id


async def perform(toolbox: Toolbox, work: Work, journal: Journal, call: Call) -> Call:
    """Does one call inside the given transaction, and settles it in the journal.

    A call that is none, or that fails, changes nothing; the model reads why, and what to try.
    """
    outcome: Outcome = "done"
    try:
        async with work.session.begin_nested():
            if call.position >= CALLS:
                raise Malformed(f"At most {CALLS} calls at once; ask again for the rest.")
            by_code = call.by in (CODE, PRESS)
            arguments = toolbox.read(call.name, call.arguments, by_code=by_code)
            result = await toolbox.use(work, call.name, arguments)
        if result.asked:
            outcome = "asked"
        elif result.failures:
            outcome = "failed"
    except Malformed as error:
        outcome, result = "refused", Result(str(error), (str(error),))
    except Refused as error:
        outcome, result = "failed", Result(f"Not done: {error}", (str(error),))
    except (TurnLost, *DOWN):
        raise
    except Exception:
        # A fault of ours. The savepoint took back what it did; the model may try another way.
        log.exception("tool %s failed", call.name)
        outcome, result = "failed", Result(f"Not done: {FAULT}", (FAULT,))
    return journal.settle(call, outcome, result.text, result.failures)


def failures(journal: Journal) -> list[str]:
    """What could not be done, in code's own words; reads that failed are the model's to tell.

    A call that never ran, because it was malformed, does not count once a later one of the same
    tool has run.
    """
    said: list[str] = []
    for place, call in enumerate(journal.calls):
        if call.name not in CHANGING or call.outcome in ("done", None):
            continue
        later = journal.calls[place + 1 :]
        if call.outcome == "refused":
            if any(other.name == call.name and other.outcome == "done" for other in later):
                continue
            said.append("I could not do one of the changes: I got its details wrong.")
            continue
        said.extend(f"I could not do this: {failure}" for failure in call.failures)
    return list(dict.fromkeys(said))


async def ring(jobs: Jobs, work: Work) -> None:
    """Sees to what follows from what a call has made or changed, in its transaction."""
    await schedule.due_since(work)
    for conversation_id in work.wakes:
        await jobs.wake(work.session, work.platform, conversation_id)


def choices(changes: list[Change], message_id: int) -> tuple[Choice, ...]:
    """What can be pressed beside the receipts: taking them back, and marking as done what was
    added."""
    if not changes:
        return ()
    undone = all(change.action == "undone" for change in changes)
    undo = Choice("Redo" if undone else "Undo", "undo", message_id)
    added = [change for change in changes if change.action == "added"]
    done = [Choice(f"Done #{change.number}", "done", change.task_id) for change in added[:CHOICES]]
    return (*done, undo)


def _status(call: Call) -> str:
    return {
        "add_tasks": "adding…",
        "find_tasks": "looking…",
        "update_tasks": "changing…",
        "complete_tasks": "checking off…",
        "reopen_tasks": "reopening…",
        "delete_tasks": "deleting…",
        "show_task": "looking…",
        "list_reminders": "looking…",
        "show_settings": "looking…",
    }.get(call.name, "working…")


def asks(words: str) -> bool:
    """Whether a reply ends in a question: the next words of the person asked are its answer."""
    return words.rstrip(" *_)”\"'`").endswith("?")
