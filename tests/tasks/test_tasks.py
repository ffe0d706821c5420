"""What people can rely on of their tasks: they repeat, are given away, have parts, come back."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as sized
from hypothesis import strategies as st
from support.stage import BOB, THREAD, call
from support.stage import say as words
from support.talk import a_talk

from bots.settings import Settings
from core.heard import Person, Place
from core.models.scripted import ScriptedModel
from core.reply import without_escapes

BOBS = Place("fake", channel="dm-bob", private=True)
CAT = Person("cat", name="Cat", timezone="Asia/Tokyo")


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


# ── what comes again ─────────────────────────────────────────────────────────────────────────


async def test_completing_makes_the_next_with_all_that_it_has(scene) -> None:
    async with scene() as said:
        await said("add water plants every friday at 9 #home")
        await said("note on 1: the big one twice")
        reply = await said("done 1")
        assert reply == (
            "✓ Done #1 water plants\n✓ Next: #2 water plants · Fri 4 Dec 09:00 (Europe/Berlin),"
            " in 9 days · every friday at 09:00 · #home"
        )
        assert await said.tasks() == ["✓ water plants 11-27 08:00", "water plants 12-04 08:00"]
        (next_one,) = await said.stage.rows("select * from tasks where not completed")
        assert next_one["description"] == "the big one twice"


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", "2027-03-27T12:00+00:00", ("03-28 07:00", "03-29 07:00")),
        ("America/New_York", "2026-10-31T20:00+00:00", ("11-01 14:00", "11-02 14:00")),
        ("Australia/Sydney", "2026-10-03T02:00+00:00", ("10-03 22:00", "10-04 22:00")),
    ],
)
async def test_nine_stays_nine_when_the_clocks_change(scene, zone, before, after) -> None:
    person = Person("ana", name="Ana", timezone=zone)
    async with scene(now=before) as said:
        await said("add stretch every day at 9", person)
        await said("done 1", person)
        assert [each.removeprefix("✓ ") for each in await said.tasks()] == [
            f"stretch {at}" for at in after
        ]


async def test_one_that_is_late_goes_on_after_today(scene) -> None:
    async with scene() as said:
        await said("add vitamins every day")
        said.clock.to("2026-11-29T09:00:00+00:00")
        await said("done 1")
        assert await said.tasks() == ["✓ vitamins 11-25", "vitamins 11-30"]


async def test_skipping_moving_one_changing_all_and_ending(scene) -> None:
    async with scene() as said:
        await said("add standup every monday at 9:30")
        assert "Mon 7 Dec 09:30" in await said("skip 1")
        assert "Tue 8 Dec" in await said("move 1 to tuesday 8 dec")
        await said("done 1")
        assert await said.tasks() == ["✓ standup 12-08 08:30", "standup 12-14 08:30"]
        reply = await said("move 2 to every friday at 10")
        assert "Fri 27 Nov 10:00 (Europe/Berlin), in 2 days · every friday at 10:00" in reply
        assert "no longer repeats" in await said("stop repeating 2")
        assert "✓ Done #2 standup" == await said("done 2")
        assert "does not repeat, so there is nothing to skip" in await said("skip 2")


async def test_a_count_runs_out_and_an_end_ends(scene) -> None:
    async with scene() as said:
        await said("add pills every day for 2 times")
        assert "Next: #2 pills" in await said("done 1")
        assert "This is the last one of #2" in await said("skip 2")
        assert await said("done 2") == "✓ Done #2 pills"
        await said("add course every wednesday until 2 dec")
        assert "Next" in await said("done course")
        said.clock.to("2026-12-02T09:00:00+00:00")
        assert await said("done 4") == "✓ Done #4 course"


async def test_clearing_the_date_ends_the_rule(scene) -> None:
    async with scene() as said:
        await said("add standup every monday at 9:30")
        assert "no date · no longer repeats" in await said("clear the date of 1")


async def test_how_often_that_is_not_clear_is_asked_about(scene) -> None:
    async with scene() as said:
        assert "not sure how often “every so often”" in await said("add call mum every so often")
        await said("add call mum")
        assert "not sure how often" in await said("make 1 repeat")
        assert await said.tasks() == ["call mum"]


async def test_reopening_takes_an_untouched_next_back(scene) -> None:
    async with scene() as said:
        await said("add vitamins every day")
        await said("done 1")
        assert await said("reopen 1") == "✓ Reopened #1 vitamins\n✓ Deleted #2 vitamins"
        assert await said.tasks() == ["vitamins 11-25"]
        assert "Next: #3" in await said("done 1")
        await said("rename 3 to pills")
        assert await said("reopen 1") == "✓ Reopened #1 vitamins"
        assert await said.tasks() == ["vitamins 11-25", "pills 11-26"]
        assert "Next" not in await said("done 1"), "the next one is there already"


async def test_undo_of_a_completion_takes_the_next_along(scene) -> None:
    async with scene() as said:
        await said("add vitamins every day")
        await said("done 1")
        reply = await said("undo")
        assert "#2 vitamins is off the list" in reply
        assert "#1 vitamins is open again" in reply
        assert await said.tasks() == ["vitamins 11-25"]
        await said("undo")
        assert await said.tasks() == ["✓ vitamins 11-25", "vitamins 11-26"]


# ── parts ────────────────────────────────────────────────────────────────────────────────────


async def test_parts_go_with_the_whole(scene) -> None:
    async with scene() as said:
        await said("add party every friday")
        await said("add subtask candles to party")
        await said("add subtask cake to 1")
        assert "part of #1" in await said("show my list")
        assert "parts have no parts" in await said("add subtask icing to cake")
        reply = await said("done 1")
        assert reply.count("✓ Done") == 3
        assert reply.count("✓ Next") == 3
        assert await said.tasks() == [
            "✓ party 11-27", "✓ candles", "✓ cake", "party 12-04", "candles", "cake",
        ]  # fmt: skip
        assert (await said("delete 4")).count("✓ Deleted") == 3
        await said("undo")
        assert len(await said.tasks()) == 6


# ── given to somebody ────────────────────────────────────────────────────────────────────────


async def test_both_see_it_under_their_own_numbers_and_the_other_is_told_once(scene) -> None:
    async with scene() as said:
        await said("add own", BOB)
        await said("add milk")
        assert await said("add slides for @bob friday") == (
            "✓ Added #2 slides · Fri 27 Nov, in 2 days · for Bob"
        )
        assert await said.until_told("Bob") == ["Ana has given you #2 slides · Fri 27 Nov"]
        assert "#2 slides · Fri 27 Nov · from Ana" in await said("list", BOB)
        assert "#2 slides · Fri 27 Nov · for Bob" in await said("list")
        await said("assign 1 to @bob")
        told = await said.until_told("Bob", 2)
        assert told[1] == "Ana has given you #3 milk"
        (choices,) = await said.stage.rows(
            "select choices from messages where content like '%%given you #3%%'"
        )
        assert [action for _, action, _ in choices["choices"]] == [
            "done", "later", "hour", "snooze", "decline",
        ]  # fmt: skip
        await said("assign 1 to @bob")
        await said.stage.rounds()
        assert len(await said.told("Bob")) == 2


async def test_the_assignee_completes_and_comments_and_does_not_delete_or_reassign(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said.until_told("Bob")
        assert "✓ Changed #1 slides · “half done”" == await said("note on 1: half done", BOB)
        assert "only its owner deletes it" in await said("delete 1", BOB)
        assert "only its owner gives it away" in await said("assign 1 to @cat", BOB)
        assert await said("done 1", BOB) == "✓ Done #1 slides"
        assert await said.until_told("Ana") == ["Bob has done #1 slides"]
        reply = await said("what happened to slides")
        assert "you added it · “slides” · for Bob" in reply
        assert "Bob changed it: “half done”" in reply
        assert "Bob completed it" in reply


async def test_not_mine_takes_it_off_the_list_and_tells_the_owner(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said.until_told("Bob")
        (task,) = await said.stage.rows("select id from tasks")
        assert await said.press("decline", task["id"], BOB) == "✓ Not yours: #1 slides"
        assert await said("list", BOB) == "No open tasks."
        told = await said.until_told("Ana")
        assert told == ["Bob says that #1 slides is not theirs. You can give it to somebody else."]
        assert "for Bob (who says it is not theirs)" in await said("list")
        assert await said("undo", BOB) == "✓ Undone: #1 slides is yours again"
        assert "#1 slides" in await said("list", BOB)


async def test_somebody_never_met_gets_a_row_and_is_told_when_reachable(scene) -> None:
    async with scene() as said:
        assert "for somebody" in await said("add slides for @zoe")
        (zoe,) = await said.stage.rows(
            "select u.* from users u join identities i on i.user_id = u.id"
            " where i.external_id = 'zoe'"
        )
        await said.stage.until("select 1 from reminders where state = 'told'")
        assert "#1 slides · from Ana" in await said("list", Person("zoe", name="Zoe"))
        rows = await said.stage.rows("select user_id from identities where external_id = 'zoe'")
        assert [row["user_id"] for row in rows] == [zoe["id"]]


async def test_a_name_without_a_mention_is_nobody(scene) -> None:
    steps = [[call("add_tasks", '{"tasks": [{"title": "A", "assignee": "@bob"}]}')], words("Ok.")]
    async with scene(ScriptedModel(*steps)) as said:
        await said.stage.hear("give A to bob")
        await said.stage.settled()
        assert "Mention them with @" in (await said.stage.replies())[-1]
        assert await said.tasks() == []


async def test_whatever_somebody_is_called_is_only_a_name(scene) -> None:
    async with scene() as said:
        odd = Person("odd", name="{0.__class__} {} %s", timezone="Europe/Berlin")
        await said("hello")
        await said("add slides for @ana", odd)
        (told,) = await said.until_told("Ana")
        assert without_escapes(told) == "{0.__class__} {} %s has given you #1 slides"


async def test_tell_me_tomorrow_tells_again_in_the_morning(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said.until_told("Bob")
        (task,) = await said.stage.rows("select id from tasks")
        reply = await said.press("snooze", task["id"], BOB)
        assert reply == "I will tell you of #1 slides again, Thu 26 Nov 09:00 (America/New_York)."
        said.clock.to("2026-11-26T14:00:01+00:00")
        told = await said.until_told("Bob", 2)
        assert told[1] == "⏰ #1 slides"


@pytest.mark.parametrize("before", ["unassign 1", "done 1", "delete 1"])
async def test_what_is_no_longer_so_is_not_told(scene, before: str) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said.until_told("Bob")
        (task,) = await said.stage.rows("select id from tasks")
        await said.press("snooze", task["id"], BOB)
        await said(before)
        said.clock.to("2026-11-26T14:00:01+00:00")
        await said.stage.until("select 1 from reminders where state = 'quiet'")
        assert len(await said.told("Bob")) == 1


async def test_the_assignees_completion_of_what_comes_again_makes_the_owners_next(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add standup every day at 9 for @bob")
        reply = await said("done 1", BOB)
        assert "Next: #2 standup · Fri 27 Nov 03:00 (America/New_York)" in reply
        assert "#2 standup · Fri 27 Nov 09:00" in await said("list")
        reply = await said("undo", BOB)
        assert "#2 standup is off the list" in reply
        assert await said.tasks() == ["standup 11-26 08:00"]
        await said("undo", BOB)
        assert await said.tasks() == ["✓ standup 11-26 08:00", "standup 11-27 08:00"]


# ── taking back ──────────────────────────────────────────────────────────────────────────────


async def test_undo_the_last_three_and_all_of_them_again(scene) -> None:
    async with scene() as said:
        for title in ("milk", "eggs", "bread", "tea"):
            await said(f"add {title}")
        assert (await said("undo the last 3")).count("is off the list") == 3
        assert await said.tasks() == ["milk"]
        await said("undo")
        assert await said.tasks() == ["milk", "eggs", "bread", "tea"]
        await said("undo")
        await said("undo the last 2")
        assert await said.tasks() == []
        assert "nothing to undo" in await said("undo the last 2")


async def test_a_bulk_change_is_undone_as_one(scene) -> None:
    async with scene() as said:
        await said("add milk yesterday's list, eggs")
        await said.stage.rows("update tasks set due_at = '2026-11-20Z'")
        await said("move everything overdue to monday")
        assert {each[-5:] for each in await said.tasks()} == {"11-30"}
        await said("undo")
        assert {each[-5:] for each in await said.tasks()} == {"11-20"}


async def test_what_somebody_else_changed_since_is_told_and_left(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said("rename 1 to old slides")
        await said("rename 1 to new slides", BOB)
        reply = await said("undo")
        assert "#1 new slides was changed since by Bob, so it stays as it is." in reply
        assert await said.tasks() == ["new slides"]
        # The next undo goes on before it; the task itself has Bob's work in it.
        assert "was changed since by Bob" in await said("undo")
        assert "nothing to undo" in await said("undo")


async def test_somebody_elses_change_is_not_mine_to_undo(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said("rename 1 to new slides", BOB)
        await said("undo", BOB)
        assert await said.tasks() == ["slides"]
        assert "nothing to undo" in await said("undo", CAT)


async def test_the_undo_button_undoes_once_and_offers_to_redo(scene) -> None:
    async with scene() as said:
        await said("add milk")
        choices = dict(await said.offered())
        await said("add eggs")
        assert await said.press("undo", choices["undo"]) == "✓ Undone: #1 milk is off the list"
        redo = dict(await said.offered())["undo"]
        assert "undone already" in await said.press("undo", choices["undo"])
        assert await said.tasks() == ["eggs"]
        assert "#1 milk is back" in await said.press("undo", redo)
        assert await said.tasks() == ["milk", "eggs"]


async def test_nobody_else_undoes_by_my_button(scene) -> None:
    async with scene() as said:
        await said("@todd add milk", place=THREAD)
        about = dict(await said.offered())["undo"]
        reply = await said.press("undo", about, BOB, place=THREAD)
        assert "nothing of yours to undo" in reply
        assert await said.tasks() == ["milk"]


CHANGES = st.sampled_from(
    [
        "add {t}", "add {t} every day", "add subtask {t} to {n}", "done {n}", "reopen {n}",
        "delete {n}", "rename {n} to {t}", "move {n} to friday", "clear the date of {n}",
        "make {n} urgent", "label {n} as home", "note on {n}: {t}", "skip {n}", "undo",
        "stop repeating {n}", "assign {n} to @bob", "unassign {n}", "undo the last 2",
    ]
)  # fmt: skip
KEPT = (
    "select title, description, due_at, due_has_time, priority, labels, completed, recurrence,"
    " recurs_on, assignee_id, parent_id, deleted_at is null as there from tasks where id <= %s"
    " order by id"
)


@sized(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(CHANGES, st.integers(1, 6)), min_size=3, max_size=9))
async def test_any_changes_undone_to_the_start_give_the_start(
    fresh, settings: Settings, changes: list[tuple[str, int]]
) -> None:
    async with a_talk(fresh(), settings) as said:
        for text in ("add milk every friday", "add eggs tomorrow 5pm #home", "add bread"):
            await said(text, place=ELSEWHERE)
        (last,) = await said.stage.rows("select max(id) from tasks")
        start = await said.stage.rows(KEPT, last["max"])
        for number, (text, n) in enumerate(changes):
            await said(text.format(n=n, t=f"thing {number}"))
        await said("undo the last 20")
        assert await said.stage.rows(KEPT, last["max"]) == start
        assert len(await said.tasks()) == 3


ELSEWHERE = Place("fake", "dm-elsewhere", private=True)


# ── what a second pair of eyes found ─────────────────────────────────────────────────────────


def edit(**fields: object) -> list:
    return [call("update_tasks", json.dumps({"changes": [fields]}))]


async def test_another_rule_keeps_the_day_and_the_time_that_it_leaves_open(scene) -> None:
    async with scene() as said:
        await said("add pay rent friday 5pm")
        assert await said("make pay rent repeat every month") == (
            "✓ Changed #1 pay rent · every month on the 27th at 17:00"
        )
        assert await said.tasks() == ["pay rent 11-27 16:00"]
        await said("add gym friday 8am")
        assert "every friday at 08:00" in await said("make gym weekly")


async def test_a_day_alone_leaves_the_time_and_a_time_alone_the_day(scene) -> None:
    async with scene() as said:
        await said("add flight friday 6:40pm")
        assert "Sat 28 Nov 18:40" in await said("move flight to saturday")
        assert "Sat 28 Nov 07:30" in await said("move flight to 7:30")


async def test_a_month_without_the_day_has_its_last(scene) -> None:
    async with scene(now="2027-01-31T08:00:00+00:00") as said:
        await said("add rent every month")
        await said("done 1")
        assert await said.tasks() == ["✓ rent 01-31", "rent 02-28"]
        said.clock.to("2027-02-28T08:00:00+00:00")
        await said("done 2")
        assert (await said.tasks())[-1] == "rent 03-31"


async def test_an_undone_completion_leaves_a_follower_that_has_a_life_of_its_own(scene) -> None:
    async with scene() as said:
        await said("add vitamins every day")
        await said("done 1")
        undo = dict(await said.offered())["undo"]
        await said("done 2")
        reply = await said.press("undo", undo)
        assert reply.count("was changed since, so it stays as it is.") == 2
        assert len([each for each in await said.tasks() if "✓" not in each]) == 1


async def test_it_repeats_on_its_owners_clock(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add standup every monday at 9 for @bob")
        await said("skip 1", BOB)
        assert await said.tasks() == ["standup 12-07 08:00"]
        assert "only its owner changes that" in await said("move 1 to every friday at 10", BOB)


async def test_who_does_the_whole_does_its_parts_and_the_next_has_them(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add party every friday for @bob")
        await said("add subtask cake to 1")
        await said("done 1", BOB)
        assert await said.tasks() == ["✓ party 11-27", "✓ cake", "party 12-04", "cake"]
        told = await said.until_told("Bob")
        assert told == ["Ana has given you #1 party · Fri 27 Nov"]


async def test_parts_with_a_life_of_their_own_survive_a_reopening(scene) -> None:
    async with scene() as said:
        await said("add party every friday")
        await said("done 1")
        await said("add subtask balloons to 2")
        assert await said("reopen 1") == "✓ Reopened #1 party"
        assert "balloons" in await said.tasks()


async def test_completing_again_finds_a_follower_that_it_cannot_see(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("hello", CAT)
        await said("add slides every friday for @bob")
        await said("done 1", BOB)
        await said("assign 2 to @cat")
        await said("reopen 1", BOB)
        assert await said("done 1", BOB) == "✓ Done #1 slides"


async def test_nobody_puts_somebody_elses_task_under_their_own(scene) -> None:
    model = ScriptedModel(edit(task="#1", part_of="#2"), words("Ok."))
    async with scene() as said:
        await said("hello", BOB)
        await said("add slides for @bob")
        await said("add mine", BOB)
        said.model.answers_from_now = model
        assert "only its owner says what it belongs to" in await said("nest it", BOB)


async def test_a_part_does_not_repeat_by_itself(scene) -> None:
    async with scene() as said:
        await said("add party")
        await said("add subtask cake to 1")
        assert "A part of a task does not repeat" in await said("make 2 repeat every day")


async def test_what_a_model_leaves_blank_was_not_said(scene) -> None:
    model = ScriptedModel(
        edit(task="#1", title="B", due="", repeat="", description="", assignee="", part_of=""),
        words("Ok."), edit(task="#1", due="", repeat="every friday at 9"), words("Ok."),
    )  # fmt: skip
    async with scene() as said:
        await said("add a tomorrow")
        said.model.answers_from_now = model
        assert "✓ Changed #1 B · was “a”" in await said("one")
        assert "every friday at 09:00" in await said("two")


async def test_a_blank_assignee_gives_nothing_away(scene) -> None:
    edits = [{"task": f"#{n}", "priority": "urgent", "assignee": ""} for n in range(1, 6)]
    model = ScriptedModel([call("update_tasks", json.dumps({"changes": edits}))], words("Ok."))
    async with scene() as said:
        await said("add milk, eggs, bread, tea and rice")
        said.model.answers_from_now = model
        assert (await said("all urgent")).count("urgent priority") == 5


async def test_private_parts_stay_out_of_the_channel(scene) -> None:
    async with scene() as said:
        await said("@todd add party", place=THREAD)
        await said("add subtask secret ring to party")
        assert "secret" not in await said("@todd show 1", place=THREAD)
        assert "secret" not in await said("@todd done 1", place=THREAD)


async def test_what_was_declined_does_not_come_back_to_who_declined_it(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add standup every day for @bob")
        await said("decline standup", BOB)
        await said("done 1")
        assert await said("list", BOB) == "No open tasks."


async def test_what_was_before_it_was_given_is_its_owners(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add call oncologist")
        await said("rename 1 to call clinic")
        await said("assign 1 to @bob")
        assert "oncologist" not in await said("what happened to 1", BOB)
        assert "oncologist" in await said("what happened to 1")


async def test_to_be_told_again_is_asked_for_once(scene) -> None:
    async with scene() as said:
        await said("add milk")
        (task,) = await said.stage.rows("select id from tasks")
        await said.press("snooze", task["id"])
        await said.press("snooze", task["id"])
        waiting = "select 1 from reminders where state = 'waiting'"
        assert len(await said.stage.rows(waiting)) == 1


async def test_forty_who_mention_somebody_new_at_once(scene) -> None:
    async with scene() as said:
        places = [Place("fake", f"dm-p{n}", private=True) for n in range(40)]
        for n, place in enumerate(places):
            await said.stage.hear(
                "add slides for @zoe", place=place, person=Person(f"p{n}", name=f"P{n}"),
                mentions={"zoe": Person("zoe")},
            )  # fmt: skip
        await said.stage.settled()
        assert len(await said.stage.rows("select 1 from tasks where assignee_id is not null")) == 40
        assert len(await said.stage.rows("select 1 from identities where external_id='zoe'")) == 1


async def test_a_mention_is_not_somebody_of_another_workspace(scene) -> None:
    elsewhere = Place("fake", "dm-x", workspace="W1", private=True)
    async with scene() as said:
        await said("hello", Person("U5", workspace="W1", name="Eve"), elsewhere)
        await said.stage.hear(
            "add merger for @U5", place=Place("fake", "dm-a", workspace="W2", private=True),
            person=Person("a", workspace="W2", name="A"), mentions={"U5": Person("U5", "W2")},
        )  # fmt: skip
        await said.stage.settled()
        rows = await said.stage.rows(
            "select i.workspace from tasks t join identities i on i.user_id = t.assignee_id"
        )
        assert [row["workspace"] for row in rows] == ["W2"]


async def test_no_date_breaks_a_list(scene) -> None:
    async with scene() as said:
        assert "not sure" in await said("add x 9999-12-31 20:00")
        await said("list")


async def test_a_rule_is_never_begun_in_the_past(scene) -> None:
    async with scene() as said:
        await said("add gym today at 17:00")
        assert "Thu 26 Nov 09:00" in await said("make 1 repeat every day at 9")


async def test_reopening_a_whole_reopens_what_went_with_it(scene) -> None:
    async with scene() as said:
        await said("add party")
        await said("add subtask cake to 1")
        await said("add subtask music to 1")
        await said("done 3")
        said.clock.to("2026-11-25T10:00:00+00:00")
        await said("done 1")
        await said("reopen 1")
        assert await said.tasks() == ["party", "cake", "✓ music"]


async def test_what_happened_between_two_givings_is_the_owners(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add milk")
        for text in ("assign 1 to @bob", "unassign 1", "rename 1 to fire bob", "rename 1 to milk",
                     "assign 1 to @bob"):  # fmt: skip
            await said(text)
        assert "fire" not in await said("show 1", BOB)


@pytest.mark.parametrize(
    "line", ["give the book back to anna", "get the car back from the garage", "open the letter"]
)
async def test_what_only_sounds_like_giving_back_is_none(scene, line: str) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add book")
        await said("assign 1 to @bob")
        await said(line)
        (task,) = await said.stage.rows("select * from tasks where title = 'book'")
        assert task["assignee_id"]


# ── the day that a rule stands on ────────────────────────────────────────────────────────────


def _time(task: str) -> str:
    return task.removeprefix("✓ ").split(" ", 1)[1]


@pytest.mark.parametrize(
    ("line", "first", "following"),
    [
        ("add rent on 3 dec every month", "12-03", "01-03"),
        ("add gym every 2 weeks starting 5 december", "12-05", "12-19"),
        ("add water every friday from 11 dec at 9", "12-11 08:00", "12-18 08:00"),
        ("add bins on the 1st and 15th of every month", "12-01", "12-15"),
        ("add pills every day at 8am and 8pm", "11-25 19:00", "11-26 07:00"),
        ("add report on the last working day of every month", "11-30", "12-31"),
        ("add club every 3rd friday at noon", "12-18 11:00", "01-15 11:00"),
        ("add run every morning at 6", "11-26 05:00", "11-27 05:00"),
    ],
)
async def test_a_rule_stands_on_the_day_that_was_said_with_it(
    scene, line: str, first: str, following: str
) -> None:
    async with scene(now="2026-11-25T09:00+00:00") as said:
        await said(line)
        assert [_time(task) for task in await said.tasks()] == [first]
        await said("done 1")
        assert [_time(task) for task in await said.tasks()] == [first, following]


@pytest.mark.parametrize(
    ("due", "repeat", "following"),
    [
        ("2026-12-05", "every 2 weeks", "12-19"),
        ("saturday", "every week", "12-05"),
        ("3 december", "every month", "01-03"),
        ("3 december at 9", "every month", "01-03 08:00"),
    ],
)
async def test_the_same_of_a_models_call(scene, due: str, repeat: str, following: str) -> None:
    task = json.dumps({"tasks": [{"title": "rent", "due": due, "repeat": repeat}]})
    model = ScriptedModel(
        [call("add_tasks", task)], words("There."),
        [call("complete_tasks", '{"tasks": ["#1"]}')], words("There."),
    )  # fmt: skip
    async with scene(model, now="2026-11-25T09:00+00:00") as said:
        await said("rent, please")
        await said("paid")
        assert _time((await said.tasks())[-1]) == following


async def test_the_last_of_a_rule_that_ends_is_the_last(scene) -> None:
    async with scene(now="2026-11-25T09:00+00:00") as said:
        reply = await said("remind me every day at 9 to take pills until 27 november")
        assert "until 27 Nov 2026" in reply
        assert await said.tasks() == ["take pills 11-26 08:00"]
        said.clock.to("2026-11-26T12:00+00:00")
        await said("done 1")
        said.clock.to("2026-11-27T12:00+00:00")
        await said("done 2")
        assert await said.tasks() == ["✓ take pills 11-26 08:00", "✓ take pills 11-27 08:00"]


async def test_what_counts_from_when_it_was_done_does(scene) -> None:
    """Done two days late, it is due three days after that, and nobody is reminded in between."""
    async with scene(now="2026-11-25T09:00+00:00") as said:
        reply = await said("add water plants every 3 days at 18:00 after completion")
        assert "every 3 days at 18:00 after it is done" in reply
        assert await said.tasks() == ["water plants 11-25 17:00"]
        said.clock.to("2026-11-27T09:00+00:00")
        assert not await said.stage.rows("select 1 from reminders where at > '2026-11-25 17:00+00'")
        await said("done 1")
        assert await said.tasks() == ["✓ water plants 11-25 17:00", "water plants 11-30 17:00"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("add call the client tomorrow at 5pm EST", "17:00 EST is 23:00 where you are."),
        ("add stand-up friday 9am pacific", "09:00 pacific is 18:00 where you are."),
        ("remind me to join tomorrow at 10:00 UTC", "10:00 UTC is 11:00 where you are."),
    ],
)
async def test_a_time_of_another_zone_is_said_back_in_both(scene, line: str, said: str) -> None:
    async with scene() as talk:
        assert said in await talk(line)
        assert "where you are" not in await talk("add tea tomorrow at 5pm CET")
