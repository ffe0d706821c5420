"""What a turn costs the database: counted, so that later changes keep it so.

docs/performance.md says what of it is which; the queue's and the locks' own statements are beside.
"""

import re

from support.stage import call, on_stage, say
from support.statements import watched
from support.talk import a_talk

from bots.settings import Settings
from core.models.scripted import ScriptedModel
from core.patience import Patience

TRANSACTIONS = 6  # heard, taken, a step, whole, said, let go
STATEMENTS = 25
OF_A_REMINDER = 17


# What is said is not let go yet: a turn's last look comes after, within its job.
LET_GO = "select 1 where not exists (select 1 from procrastinate_jobs)"
QUEUES_OWN = re.compile(r"procrastinate_(?:fetch|finish|unregister|register|update)")


class Counted:
    """The statements and transactions of Todd's sessions, as psycopg sends them. What says who acts
    goes with the beginning of a transaction, and a commit is none."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.transactions = 0

    def sees(self, statement: str, ends: bool) -> None:
        if statement.startswith("begin"):
            self.transactions += 1
        elif not ends and not QUEUES_OWN.search(statement):
            # Neither a commit, nor what the locks and the stage do by themselves.
            self.statements.append(re.sub(r"\s+", " ", statement)[:80])


# Nothing but the turn happens meanwhile.
ALONE = Patience(sweep=3_600, due_watch=3_600, housekeeping=3_600)


async def test_of_a_turn_with_two_calls(url: str, settings: Settings) -> None:
    """A change and a search, then a sentence, in a conversation that is known."""
    step = [
        call("add_tasks", '{"tasks": [{"title": "milk"}]}'),
        call("find_tasks", '{"text": "x"}'),
    ]
    model = ScriptedModel(*[step, say("There you are.")] * 3)
    async with on_stage(url, settings, model, patience=ALONE) as stage:
        await stage.answered("one")
        await stage.answered("two")
        await stage.until(LET_GO)
        counted = Counted()
        with watched(counted.sees):
            await stage.hear("three")
            await stage.settled()
            await stage.until(LET_GO)
        # The stage's own platform notes its post by itself, before the reply is said.
        assert counted.transactions - 1 <= TRANSACTIONS, counted.statements
        assert len(counted.statements) - 2 <= STATEMENTS, counted.statements


async def test_of_a_reminder(url: str, settings: Settings) -> None:
    async with a_talk(url, settings, patience=ALONE) as said:
        await said("add tea at 18:00")
        await said("add coffee at 19:00")
        ids = await said.stage.rows("select id from reminders order by at")
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.stage.todd.worker.remind(ids[0]["id"])
        said.clock.to("2026-11-25T18:00:00+00:00")
        counted = Counted()
        with watched(counted.sees):
            await said.stage.todd.worker.remind(ids[1]["id"])
        assert "coffee" in (await said.told("Ana"))[-1]
        assert len(counted.statements) <= OF_A_REMINDER, counted.statements
