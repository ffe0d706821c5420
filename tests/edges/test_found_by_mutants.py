"""Clauses that small changes of meaning, made by somebody who had not seen the tests, went through
unnoticed; each has its test since."""

from datetime import UTC, datetime, time

import pytest
from support.stage import ANA, BOB, THREAD, call, heard, on_stage
from support.stage import say as words
from support.talk import a_talk

from bots.platform import FakePlatform
from bots.settings import Settings
from core.heard import Amended, Person
from core.models.scripted import ScriptedModel
from core.people.preferences import silent_until
from core.tools.confirming import CHANGED
from core.tools.remind import TO_ONE
from core.understanding.english import Grammar
from db.models import User

SIX = "2026-11-25T17:00:00+00:00"  # in Berlin


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def test_what_is_not_allowed_is_not_told_along_with_what_is(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        await said("hello", BOB)
        await said("remind @ana to eat at 18:00", BOB)
        await said.stage.rows(
            "update reminders set at = %s, try_at = %s where kind = 'words'", SIX, SIX
        )
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where kind = 'words' and state = 'held'")
        await said.stage.rounds()
        told = await said.told("Ana")
        assert any("tea" in each for each in told)
        assert not any("From Bob: eat" in each or "\n⏰ eat" in each for each in told)


async def test_who_gave_a_task_away_is_not_reminded_of_it_after_their_quiet_hours(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("quiet hours 17:00 to 20:00")
        await said("add tea at 18:00")
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where try_at > at")  # it is put off
        await said("assign 1 to @bob")
        said.clock.to("2026-11-25T19:00:00+00:00")
        await said.stage.until("select 1 from reminders where kind = 'due' and state = 'quiet'")
        await said.stage.rounds()
        assert not any("tea" in each for each in await said.told("Ana"))


async def test_two_who_are_mentioned_and_have_one_name_stay_two(
    url: str, settings: Settings
) -> None:
    class KnowsThem(FakePlatform):
        async def who(self, external_id: str) -> Person | None:
            return Person(external_id, name="Alex", timezone="Europe/Berlin")

    step = [call("add_tasks", '{"tasks": [{"title": "slides", "assignee": "@x2"}]}')]
    model = ScriptedModel(step, words("Ok."))
    async with on_stage(url, settings, model, platform=KnowsThem()) as stage:
        mentions = {name: Person(name) for name in ("x1", "x2")}
        await stage.answered("for @x1 and @x2", mentions=mentions)
        assert model.prompts[0].heard == ("for @Alex and @x2",)
        (row,) = await stage.rows(
            "select i.external_id from tasks t join identities i on i.user_id = t.assignee_id"
        )
        assert row["external_id"] == "x2"


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("2026-11-25T21:00", "2026-11-26T06:00"),  # 22:00 in Berlin: until the next morning
        ("2026-11-25T23:30", "2026-11-26T06:00"),  # half past midnight: until this morning
        ("2026-11-26T02:00", "2026-11-26T06:00"),
        ("2026-11-26T05:59", "2026-11-26T06:00"),
        ("2026-11-26T06:00", None),
        ("2026-11-25T20:59", None),
    ],
)
def test_quiet_hours_end_on_the_morning_after(clock: str, until: str | None) -> None:
    quiet = "-".join(f"{at:%H:%M}" for at in (time(22), time(7)))
    user = User(id="u", timezone="Europe/Berlin", preferences={"quiet": quiet})
    found = silent_until(user, datetime.fromisoformat(clock).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


async def test_what_was_no_call_is_forgiven_only_by_one_of_the_same_tool(scene) -> None:
    bad, good = call("update_tasks", "{}"), call("add_tasks", '{"tasks": [{"title": "milk"}]}')
    async with scene(ScriptedModel([bad], [good], words("Ok."))) as said:
        assert "I got its details wrong" in await said("go")
    again = call("update_tasks", '{"changes": [{"task": "#1", "title": "ale"}]}')
    async with scene(ScriptedModel([bad], [again], words("Ok."))) as said:
        assert "I got its details wrong" not in await said("go on")


async def test_ones_quiet_hours_are_not_named_in_front_of_others(scene) -> None:
    async with scene() as said:
        await said("quiet hours 22:00 to 7:00")
        assert "quiet hours" in await said("add call mum at 23:00")
        assert "quiet hours" not in await said("@todd add call dad at 23:00", place=THREAD)


async def test_what_is_said_here_and_in_private_at_one_time_is_said_in_both_places(scene) -> None:
    async with scene() as said:
        await said("@todd remind me here at 18:00 to deploy", place=THREAD)
        await said("remind me at 18:00 that the cake is in the oven")
        said.clock.to(SIX)
        await said.stage.until(
            "select 1 from reminders having count(*) filter (where state = 'told') = 2"
        )
        await said.stage.settled()
        rows = await said.stage.rows(
            "select m.content, c.private from messages m join conversations c"
            " on c.id = m.conversation_id where m.content like '⏰%%' order by m.content"
        )
        assert [("cake" in row["content"], row["private"]) for row in rows] == [
            (True, True), (False, False),
        ]  # fmt: skip
        assert ANA.external_id == "ana"


async def test_what_was_declined_is_its_owners_to_be_reminded_of(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides at 18:00 for @bob")
        await said.press("decline", 1, BOB)
        said.clock.to(SIX)
        await said.stage.rounds()
        assert any("⏰ #1 slides" in each for each in await said.told("Ana")), await said.told(
            "Ana"
        )
        assert not any("⏰" in each for each in await said.told("Bob"))


async def test_a_change_to_any_task_of_any_call_voids_the_question(scene) -> None:
    """Two calls that are asked about together: what the second is about counts as well."""
    async with scene() as said:
        await said("add one, two, three, four, five, six, seven and eight")
        first = call("delete_tasks", '{"tasks": ["#1", "#2", "#3", "#4"]}')
        second = call("delete_tasks", '{"tasks": ["#5", "#6", "#7", "#8"]}')
        said.model.answers_from_now = ScriptedModel([first, second], words("Ok."))
        await said("go")
        about = dict(await said.offered())["confirm"]
        said.model.answers_from_now = Grammar()
        await said("rename 8 to nine")
        assert CHANGED in await said.press("confirm", about)
        assert len(await said.tasks()) == 8


async def test_a_late_yes_to_being_reminded_counts_while_nothing_else_was_asked(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add call ana", BOB)
        await said("add call ana", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        assert "Which number?" in await said("done call ana", BOB)
        await said("yes", BOB)
        assert await said.stage.rows("select 1 from consents where state = 'asked'")
        await said("list", BOB)
        await said("yes", BOB)
        assert await said.stage.rows("select 1 from consents where state = 'asked'")


@pytest.mark.parametrize(
    ("title", "said_then", "is_asked"),
    [("milk?", "There you are.", False), ("milk", "Shall I add eggs too?", True)],
)
async def test_a_question_is_in_the_words_not_in_a_receipt(
    scene, title: str, said_then: str, is_asked: bool
) -> None:
    step = [call("add_tasks", f'{{"tasks": [{{"title": "{title}"}}]}}')]
    async with scene(ScriptedModel(step, words(said_then))) as said:
        await said("@todd go", place=THREAD)
        (row,) = await said.stage.rows("select asking_id from conversations where thread <> ''")
        assert (row["asking_id"] is not None) == is_asked


async def test_a_reminder_is_stopped_by_words_that_are_all_in_it(scene) -> None:
    async with scene() as said:
        stop = call("remind", '{"what": "almond milk", "when": "never"}')
        more = call("remind", '{"what": "oat milk", "when": "never"}')
        remind = call("remind", '{"what": "buy oat milk", "when": "tomorrow 9am"}')
        said.model.answers_from_now = ScriptedModel([remind], words("Ok."))
        await said("one")
        said.model.answers_from_now = ScriptedModel([stop], words("Ok."))
        assert "There is no reminder of “almond milk”" in await said("two")
        said.model.answers_from_now = ScriptedModel([more], words("Ok."))
        assert "✓ I no longer remind of “buy oat milk”" in await said("three")


async def test_reminders_that_are_held_count_as_waiting(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        for number in range(TO_ONE):
            await said(f"remind @bob to eat {number} at 18:00")
        said.clock.to(SIX)
        await said.stage.until(
            "select 1 from reminders having count(*) filter (where state = 'held') = %s", TO_ONE
        )
        assert "is as many as I keep" in await said("remind @bob to eat tomorrow at 9")


async def test_what_is_due_and_put_off_is_told_though_the_next_time_has_moved(scene) -> None:
    async with scene() as said:
        await said("quiet hours 17:00 to 20:00")
        await said("remind me every day at 18:00 to take pills")
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where try_at > at")
        await said("remind me 10 minutes before")
        said.clock.to("2026-11-25T19:00:00+00:00")
        assert "pills" in (await said.until_told("Ana"))[0]


# ── the third round ──────────────────────────────────────────────────────────────────────────


async def test_what_is_given_away_after_a_yes_is_due_when_it_was_said(scene) -> None:
    changes = ", ".join(
        f'{{"task": "#{number}", "assignee": "@bob", "due": "tomorrow at 17:00"}}'
        for number in range(1, 5)
    )
    async with scene() as said:
        await said("add one, two, three and four")
        await said("hello", BOB)
        said.model.answers_from_now = ScriptedModel(
            [call("update_tasks", f'{{"changes": [{changes}]}}')], words("There.")
        )
        await said("to @bob, tomorrow at five")
        await said("yes")
        rows = await said.stage.rows("select due_at, assignee_id from tasks")
        assert {f"{row['due_at']:%d %H:%M}" for row in rows} == {"26 16:00"}
        assert all(row["assignee_id"] for row in rows)


async def test_a_stray_yes_after_a_no_permits_nothing(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        await said("no", BOB)
        await said("yes", BOB)
        (row,) = await said.stage.rows("select state from consents")
        assert row["state"] == "refused"


async def test_a_channels_list_calls_a_task_what_it_was_called_there(scene) -> None:
    async with scene() as said:
        await said("@todd add ship it", place=THREAD)
        await said("@todd every monday at 9 post our open tasks here", place=THREAD)
        await said("rename 1 to ship the secret thing")
        said.clock.to("2026-11-30T08:00:00+00:00")
        (told,) = await said.until_told("Ana")
        assert "#1 ship it" in told
        assert "secret" not in told


async def test_in_a_channel_a_plain_yes_to_what_was_edited_is_heard(scene) -> None:
    async with scene() as said:
        await said("@todd add venue", BOB, THREAD)
        first = await said.stage.hear("@todd add milk", place=THREAD, addressed=True)
        await said.stage.settled()
        amended = Amended("fake", THREAD.channel, first.external_id, "@todd add oat milk")
        await said.stage.todd.inbox.amend(amended)
        await said.stage.until("select 1 from confirmations")
        await said.stage.settled()
        await said.stage.hear("yes", place=THREAD)
        await said.stage.until("select 1 from tasks where title = 'oat milk'")
        await said.stage.settled()
        assert await said.tasks() == ["venue", "oat milk"]


class Looks(FakePlatform):
    """Remembers of which replies it was said that they were begun before."""

    def __init__(self) -> None:
        super().__init__()
        self.again: list[bool] = []

    async def say(self, live, to) -> None:
        self.again.append(live.again)
        await super().say(live, to)


@pytest.mark.parametrize(("begun", "again"), [(0, False), (1, True)])
async def test_a_receipt_that_was_begun_before_is_looked_for_first(
    url: str, settings: Settings, begun: int, again: bool
) -> None:
    platform = Looks()
    async with a_talk(url, settings, platform=platform, working=False) as said:
        await said.stage.todd.inbox.keep(heard("hello"))
        (row,) = await said.stage.rows(
            "insert into messages (user_id, conversation_id, role, content, state, begun)"
            " select user_id, conversation_id, 'assistant', 'hi', 'telling', %s from messages"
            " returning id", begun,
        )  # fmt: skip
        await said.stage.todd.worker._outbox.tell(row["id"])
        assert platform.again == [again]


@pytest.mark.parametrize(("between", "left"), [(False, 1), (True, 5)])
async def test_a_yes_after_other_words_is_none_though_they_were_for_somebody_else(
    scene, between: bool, left: int
) -> None:
    async with scene() as said:
        await said("@todd add venue", BOB, THREAD)
        await said("@todd add one, two, three and four", place=THREAD)
        assert "deletes 4" in await said("@todd delete 2, 3, 4 and 5", place=THREAD)
        if between:
            await said.stage.todd.inbox.keep(
                heard("@bob what do you think?", place=THREAD, addressed=False, to_others=True)
            )
        await said("yes", place=THREAD)
        assert len(await said.tasks()) == left


async def test_who_mutes_for_less_is_told_sooner(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        await said("mute for a week")
        said.clock.to(SIX)
        await said.stage.until("select 1 from reminders where try_at > '2026-12-01'")
        await said("mute until tomorrow")
        assert await said.stage.rows("select 1 from reminders where try_at < '2026-11-27'")
        said.clock.to("2026-11-26T08:30:00+00:00")
        assert "tea" in (await said.until_told("Ana"))[0]
