"""Words alone, no database: dates, claims, sentences, the grammar, replies that grow."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import claims, when
from core.models import grammar
from core.reply import Growing, Reply
from core.speech import Speech, split
from core.turn import asks

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin

DATES = {
    "today": "2026-11-25", "tomorrow": "2026-11-26", "tmrw": "2026-11-26",
    "day after tomorrow": "2026-11-27", "friday": "2026-11-27", "on fri": "2026-11-27",
    "wednesday": "2026-12-02", "wensday": "2026-12-02", "next friday": "2026-12-04",
    "next week": "2026-11-30", "next month": "2026-12-01", "in 3 days": "2026-11-28",
    "in two weeks": "2026-12-09", "a week from now": "2026-12-02", "24 dec": "2026-12-24",
    "dec 24th": "2026-12-24", "1 march": "2027-03-01", "the 5th": "2026-12-05",
    "the 31st": "2026-12-31", "end of month": "2026-11-30", "2027-02-28": "2027-02-28",
    "tomorrow 5pm": "2026-11-26 17:00", "5pm tomorrow": "2026-11-26 17:00",
    "tomorrow at 6": "2026-11-26 18:00",
    "tomorrow at 6:30": "2026-11-26 18:30", "friday 3:00": "2026-11-27 15:00",
    "friday 03:00": "2026-11-27 03:00", "tomorrow 9:30": "2026-11-26 09:30", "at 9": "2026-11-25 21:00", "at 11": "2026-11-25 11:00",
    "at 6": "2026-11-25 18:00", "tonight at 1am": "2026-11-26 01:00", "tonight at 12": "2026-11-26 00:00",
    "in two days at 5pm": "2026-11-27 17:00", "tonight 11pm": "2026-11-25 23:00", "5pm": "2026-11-25 17:00",
    "9am": "2026-11-26 09:00", "17:30": "2026-11-25 17:30", "noon": "2026-11-25 12:00",
    "friday noon": "2026-11-27 12:00", "tonight": "2026-11-25 20:00",
    "tonight at 9": "2026-11-25 21:00", "tomorrow morning": "2026-11-26 09:00",
    "this evening": "2026-11-25 18:00", "in 2 hours": "2026-11-25 12:00",
    "in half an hour": "2026-11-25 10:30", "in 45 min": "2026-11-25 10:45",
    "in 2h": "2026-11-25 12:00", "17h": "2026-11-25 17:00", "eod": "2026-11-25 17:00",
    "2026-12-24 18:00": "2026-12-24 18:00", "2026-12-24T18:00Z": "2026-12-24 19:00",
    "mon 9:15": "2026-11-30 09:15", "friday, 5pm": "2026-11-27 17:00",
}  # fmt: skip

NO_DATES = (
    "", "soon", "version 2.5", "room 12", "march to the office", "5", "33:00", "25 o'clock",
    "32 dec", "yesterday", "today 9am", "30 february", "the 45th", "in", "in a", "in 0 days",
    "2024-05-03", "2026-11-25 09:59", "0001-01-01", "in ² days", "tonight at 10am",
    "2026-13-01", "call 555-1234", "may", "second", "13pm",
)  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), DATES.items())
def test_dates(words: str, expected: str) -> None:
    found = when.parse(words, NOW, BERLIN)
    assert found is not None
    local = found.at.astimezone(BERLIN) if found.has_time else found.at
    assert local.strftime("%Y-%m-%d %H:%M" if found.has_time else "%Y-%m-%d") == expected


@pytest.mark.parametrize("words", NO_DATES)
def test_what_is_no_date_or_past_is_none(words: str) -> None:
    assert when.parse(words, NOW, BERLIN) is None


def test_a_time_that_the_clocks_skip_is_shifted_forward() -> None:
    now = datetime(2027, 3, 27, 9, 0, tzinfo=UTC)
    found = when.parse("2027-03-28 02:30", now, BERLIN)
    assert found is not None
    assert when.say(found.at, True, now, BERLIN) == "Sun 28 Mar 03:30 (Europe/Berlin)"


def test_what_no_calendar_holds_is_none() -> None:
    assert when.parse("9999-12-31 23:59", NOW, ZoneInfo("America/New_York")) is None
    assert when.parse("0001-01-01 00:00", NOW, BERLIN, past_ok=True) is None


@given(st.text(max_size=60))
def test_no_input_raises(words: str) -> None:
    found = when.parse(words, NOW, BERLIN)
    assert found is None or found.at.tzinfo is not None
    when.find(words.split(), NOW, BERLIN)
    grammar.mean(words, NOW, BERLIN)
    claims.claimed(words)
    sentences, rest = split(words)
    assert "".join(sentences) + rest == words


CLAIMS = (
    "I've added milk to your list.", "I have created the task.", "Added!", "Done!",
    "All set.", "The task has been deleted.", "It's been marked as done.", "I just moved it.",
    "✓ Added #1 Milk", "I’ve rescheduled it to Friday.", "Removed it.", "Your task is now completed.",
)  # fmt: skip
CLAIMS += (
    "I can confirm I've deleted it.", "I've added milk and will remind you.", "Task #3 deleted.",
    "Task created: buy milk", "Reminder set for tomorrow 5pm.", "Task marked as done.",
    "#3 marked done.", "Marked as complete.", "It's been taken care of.", "That's done!",
    "I've made a note of that.", "I've got milk on your list now.", "I pushed it to Friday.",
    "Your task has been pushed to Friday.", "I crossed off milk.", "Your list is cleared.",
    "I've added it, so you can relax.", "Ok, milk added.", "I have set it to Friday.",
)  # fmt: skip
NO_CLAIMS = (
    "Your dentist appointment is scheduled for Friday.", "Tomorrow's meeting is set for 5pm.",
    "#1 is completed.", "Buy milk was added on Monday.", "Two tasks are finished and one is open.",
    "Completed:", "Finished today: 2.", "Put simply, you are free.", "You completed three tasks.",
    "These are the ones that you added.", "I found three tasks.",
    "Shall I add milk?", "I can add that for you.", "I did not change anything.",
    "Nothing was deleted.", "If you want it removed, say so.", "You have 3 open tasks.",
    "I'll add it once you tell me the date.", "Which one should be deleted?", "Hello!",
    "I couldn't find it.", "Done tasks: 3", "The milk is on your list.",
)  # fmt: skip


@pytest.mark.parametrize("sentence", CLAIMS)
def test_a_claim_is_recognised(sentence: str) -> None:
    assert claims.claimed(sentence)
    assert not claims.holds(sentence, [])


@pytest.mark.parametrize("sentence", NO_CLAIMS)
def test_what_claims_nothing_is_let_through(sentence: str) -> None:
    assert claims.holds(sentence, [])


def test_a_claim_needs_a_receipt_of_its_kind() -> None:
    assert claims.holds("I've added milk.", ["added"])
    assert not claims.holds("I've deleted milk.", ["added"])
    assert claims.holds("Done!", ["added"])
    assert not claims.holds("I added milk and I deleted bread.", ["added"])
    assert not claims.holds("✓ Added #1 Milk", ["added"])  # receipts are code's to write


def test_words_wait_behind_a_claim_and_come_out_in_order() -> None:
    speech = Speech()
    speech.begin_step()
    speech.hear("Sure. I've added it. Bye. And")
    assert speech.out() == "Sure."
    speech.happened(["added"])
    assert speech.out() == "Sure. I've added it. Bye."
    assert speech.end_step() == "Sure. I've added it. Bye. And"
    assert speech.final() == "Sure. I've added it. Bye. And"


def test_a_block_of_code_is_never_split() -> None:
    sentences, rest = split("Look. ```\na. b.\nc\n``` Good. Yes")
    assert sentences == ["Look. ", "```\na. b.\nc\n``` Good. "]
    assert rest == "Yes"


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("add buy milk tomorrow 5pm", ("add_tasks", {"tasks": [{"title": "buy milk", "due": "tomorrow 5pm"}]})),
        ("please add buy milk by friday", ("add_tasks", {"tasks": [{"title": "buy milk", "due": "by friday"}]})),
        ("add tomorrow call mum", ("add_tasks", {"tasks": [{"title": "call mum", "due": "tomorrow"}]})),
        ("add buy room 12 a lamp", ("add_tasks", {"tasks": [{"title": "buy room 12 a lamp", "due": ""}]})),
        ("add version 2.5", ("add_tasks", {"tasks": [{"title": "version 2.5", "due": ""}]})),
        ("add may", ("add_tasks", {"tasks": [{"title": "may", "due": ""}]})),
        ("todo: call the dentist at 9am", ("add_tasks", {"tasks": [{"title": "call the dentist", "due": "at 9am"}]})),
        ("what is on my list", ("find_tasks", {})),
        ("what's on my list?", ("find_tasks", {})),
        ("list", ("find_tasks", {})),
        ("show my tasks", ("find_tasks", {})),
        ("show done tasks", ("find_tasks", {"state": "done"})),
        ("what is overdue?", ("find_tasks", {"due": "overdue"})),
        ("what's due today", ("find_tasks", {"due": "today"})),
        ("find milk", ("find_tasks", {"text": "milk"})),
        ("done 1", ("complete_tasks", {"tasks": ["#1"]})),
        ("Done #1.", ("complete_tasks", {"tasks": ["#1"]})),
        ("done 1, 2 and 3", ("complete_tasks", {"tasks": ["#1", "#2", "#3"]})),
        ("done the milk", ("complete_tasks", {"tasks": ["milk"]})),
        ("mark 2 as done", ("complete_tasks", {"tasks": ["#2"]})),
        ("reopen 2", ("reopen_tasks", {"tasks": ["#2"]})),
        ("delete buy milk", ("delete_tasks", {"tasks": ["buy milk"]})),
        ("rename 1 to buy oat milk", ("update_tasks", {"changes": [{"task": "#1", "title": "buy oat milk"}]})),
        ("move 1 to friday", ("update_tasks", {"changes": [{"task": "#1", "due": "friday"}]})),
        ("clear the date of 1", ("update_tasks", {"changes": [{"task": "#1", "due": "none"}]})),
        ("task 1 is done", ("complete_tasks", {"tasks": ["#1"]})),
        ("i finished 1", ("complete_tasks", {"tasks": ["#1"]})),
        ("what are my tasks", ("find_tasks", {})),
        ("what do i have today?", ("find_tasks", {"due": "today"})),
        ("today's tasks", ("find_tasks", {"due": "today"})),
        ("tasks due today", ("find_tasks", {"due": "today"})),
        ("what's on my list today?", ("find_tasks", {"due": "today"})),
        ("what's due this week?", ("find_tasks", {"due": "this week"})),
        ("put milk on my list", ("add_tasks", {"tasks": [{"title": "milk", "due": ""}]})),
        ("add to my list: buy milk", ("add_tasks", {"tasks": [{"title": "buy milk", "due": ""}]})),
        ("add task call bob", ("add_tasks", {"tasks": [{"title": "call bob", "due": ""}]})),
        ("could you add milk?", ("add_tasks", {"tasks": [{"title": "milk", "due": ""}]})),
        ("add read chapter 5 tomorrow", ("add_tasks", {"tasks": [{"title": "read chapter 5", "due": "tomorrow"}]})),
        ("add pay invoice 7 friday", ("add_tasks", {"tasks": [{"title": "pay invoice 7", "due": "friday"}]})),
        ("add deploy friday 13", ("add_tasks", {"tasks": [{"title": "deploy friday 13", "due": ""}]})),
        ("add dinner at 7", ("add_tasks", {"tasks": [{"title": "dinner", "due": "at 7"}]})),
        ("add x in two days at 5pm", ("add_tasks", {"tasks": [{"title": "x", "due": "in two days at 5pm"}]})),
        ("add upgrade to python 3.11", ("add_tasks", {"tasks": [{"title": "upgrade to python 3.11", "due": ""}]})),
        ("add read john 3:16", ("add_tasks", {"tasks": [{"title": "read john 3:16", "due": ""}]})),
        ("can you delete 1?", ("delete_tasks", {"tasks": ["#1"]})),
        ("remove milk from my list", ("delete_tasks", {"tasks": ["milk"]})),
        ("delete the task 1", ("delete_tasks", {"tasks": ["#1"]})),
        ("cancel 1", ("delete_tasks", {"tasks": ["#1"]})),
        ("change 1 to friday", ("update_tasks", {"changes": [{"task": "#1", "due": "friday"}]})),
        ("set 1 due friday", ("update_tasks", {"changes": [{"task": "#1", "due": "friday"}]})),
        ("move 1 and 2 to friday", ("update_tasks", {"changes": [{"task": "#1", "due": "friday"}, {"task": "#2", "due": "friday"}]})),
        ("help", grammar.HELP),
        ("thanks!", grammar.WELCOME),
        ("hello", grammar.HELLO),
    ],
)  # fmt: skip
def test_the_grammar_understands(line: str, meaning: object) -> None:
    assert grammar.mean(line, NOW, BERLIN) == meaning


@pytest.mark.parametrize(
    "line",
    ["I bought milk yesterday", "asdf", "what is the weather", "milk", "why did you add it?",
     "add call 24 dec 2027 5pm", "add pay by end of next month", "add report every friday",
     "add expense from last friday", "add call 3 days after tomorrow", "move 1 to in ² days",
     "I need to know what is on my list", "new york trip", "close the window", "drop by the store",
     "3 is done?", "done 3?", "delete 2?", "add milk tomorrow, eggs friday",
     "add standup monday and wednesday",
     "should I delete 1?", "have you done 1?", "move 1 to sometime", "💥", "1"],
)  # fmt: skip
def test_the_grammar_changes_nothing_when_unsure(line: str) -> None:
    assert isinstance(grammar.mean(line, NOW, BERLIN), str)


async def test_a_slow_reader_sees_the_latest_state_and_always_the_whole() -> None:
    growing = Growing(Reply(1))
    seen: list[str] = []

    async def read() -> None:
        async for reply in growing:
            seen.append(reply.words)
            await asyncio.sleep(0.02)

    reading = asyncio.create_task(read())
    for length in range(1, 200):
        growing.show(Reply(1, "x" * length))
        await asyncio.sleep(0)
    growing.show(Reply(1, "whole", whole=True))
    await reading
    assert seen[-1] == "whole"
    assert len(seen) < 20


@pytest.mark.parametrize(
    ("words", "is_question"),
    [
        ("Which one?", True),
        ("**Which one?**", True),
        ("Ok.", False),
        ("Ok? Ok.", False),
        ("", False),
    ],
)
def test_a_reply_asks_when_it_ends_in_a_question(words: str, is_question: bool) -> None:
    assert asks(words) is is_question


def test_neighbouring_commands_become_one_call() -> None:
    meanings = [grammar.mean(f"add task number {n}", NOW, BERLIN) for n in range(60)]
    calls = grammar._together([*meanings, grammar.mean("done 1", NOW, BERLIN)])
    assert [(tool, len(next(iter(arguments.values())))) for tool, arguments in calls] == [
        ("add_tasks", 50),
        ("add_tasks", 10),
        ("complete_tasks", 1),
    ]
