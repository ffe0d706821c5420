"""What is said of a task in private does not come out where others read along: a secret is planted
in private, and everything that is said elsewhere is searched for it (rule 9)."""

import pytest
from support.stage import ANA, BOB, THREAD, pressed
from support.talk import a_talk

from bots.settings import Settings
from core.heard import Place
from core.tasks import public

SECRET, NOTE, LABEL = "fire Zebulon quietly", "his severance is 9000", "layoffs"
CHANNEL = Place("fake", channel="general")


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda **more: a_talk(url, settings, **more)


async def planted(said) -> None:
    """A task of the channel that is renamed, noted and labelled in private."""
    await said("hello", BOB, place=THREAD)
    await said("@todd add plan the meeting", place=THREAD)
    await said("@todd add bring cake", place=THREAD)
    await said(f"rename plan the meeting to {SECRET}")
    await said(f"note on {SECRET}: {NOTE}")
    await said(f"label {SECRET} as {LABEL}")
    assert SECRET in await said("list")


def is_out(text: str) -> bool:
    return any(word in text for word in ("Zebulon", "9000", LABEL))


async def said_there(said) -> list[str]:
    """All that Todd has said where others read along."""
    rows = await said.stage.rows(
        "select m.content from messages m join conversations c on c.id = m.conversation_id"
        " where m.role = 'assistant' and not c.private"
    )
    assert rows
    return [row["content"] for row in rows]


LINES = [
    "list", "show 1", "what happened to 1", "find plan", "find meeting", "tell me about 1",
    "done 1", "done all", "make 1 urgent", "move 1 to friday", "delete 1", "1 every monday",
    "note on 1: bring slides", "label 1 as work", "assign 1 to @bob", "skip 1",
    "delete everything", "reopen 1", "remind me of 1 tomorrow at 9", "remind us of 1 at 17:00",
    "my reminders", "done plan", "done the", "undo", "add invite all to 1 as a subtask",
    "what did i do today", "which have no date", "done 1 and 99",
]  # fmt: skip
TOGETHER = 4  # lines in front of the others, one after the other


@pytest.mark.parametrize("first", range(0, len(LINES), TOGETHER))
async def test_no_command_in_front_of_others_tells_it(scene, first: int) -> None:
    async with scene() as said:
        await planted(said)
        for line in LINES[first : first + TOGETHER]:
            for asked in (line, "undo", "list", "undo", "undo"):
                assert not is_out(await said(f"@todd {asked}", place=THREAD)), (line, asked)


async def test_what_is_public_there_is_still_told(scene) -> None:
    async with scene() as said:
        await planted(said)
        listed = await said("@todd list", place=THREAD)
        assert "#1 plan the meeting" in listed
        assert "bring cake" in listed
        assert await said("@todd done 1", place=THREAD) == "✓ Done #1 plan the meeting"


async def test_a_public_act_does_not_make_the_rest_public(scene) -> None:
    async with scene() as said:
        await planted(said)
        await said("@todd make 1 urgent", place=THREAD)
        await said("@todd note on 1: bring slides", place=THREAD)
        shown = await said("@todd show 1", place=THREAD)
        assert "bring slides" in shown
        assert not is_out(shown)
        await said("@todd rename 1 to plan the party", place=THREAD)
        assert "plan the party" in await said("@todd list", place=THREAD)


async def test_the_next_of_what_repeats_is_as_silent(scene) -> None:
    async with scene() as said:
        await said("@todd add plan the meeting every monday", place=THREAD)
        await said(f"rename plan the meeting to {SECRET}")
        for asked in ("done 1", "list", "undo"):
            assert not is_out(await said(f"@todd {asked}", place=THREAD)), asked


@pytest.mark.parametrize("action", ["done", "hour", "delete", "stop"])
async def test_no_press_in_front_of_others_tells_it(scene, action: str) -> None:
    async with scene() as said:
        await planted(said)
        (task,) = await said.stage.rows("select id from tasks where title = %s", SECRET)
        await said.stage.todd.inbox.press(pressed(task["id"], action, place=THREAD, person=ANA))
        await said.stage.settled()
        assert not any(map(is_out, await said_there(said)))


async def test_a_posted_list_and_reminders_in_the_channel_are_as_silent(scene) -> None:
    async with scene() as said:
        await planted(said)
        await said("@todd make 1 urgent", place=THREAD)  # an act of the channel since
        await said("@todd every monday at 9 post our open tasks here", place=THREAD)
        await said("@todd remind me here of 1 at 18:00", place=THREAD)
        said.clock.to("2026-11-30T08:01:00+00:00")
        await said.stage.until(
            "select 1 from messages m join conversations c on c.id = m.conversation_id"
            " where not c.private and m.content like '%%open tasks here%%' and m.state = 'said'"
        )
        assert not any(map(is_out, await said_there(said)))


async def test_an_undo_there_makes_nothing_public(scene) -> None:
    async with scene() as said:
        await planted(said)
        for asked in ("rename 1 to present", "undo", "list", "show 1", "what happened to 1"):
            assert not is_out(await said(f"@todd {asked}", place=THREAD)), asked


async def test_a_page_that_is_turned_by_a_press_is_as_silent(scene) -> None:
    async with scene() as said:
        for first in range(1, 33, 8):
            titles = ", ".join(f"job {number:02}" for number in range(first, first + 8))
            await said(f"@todd add {titles}", place=THREAD)
        await said(f"rename job 30 to {SECRET}")
        await said("@todd list", place=THREAD)
        ((_, about),) = await said.offered()
        assert "page 2 of 2" in await _pressed(said, about)
        assert not is_out(await _pressed(said, about))


async def _pressed(said, about: int) -> str:
    await said.stage.todd.inbox.press(pressed(about, "more", place=THREAD, person=ANA))
    await said.stage.settled()
    (row,) = await said.stage.rows(
        "select content from messages where role = 'assistant' order by id desc limit 1"
    )
    return row["content"]


@pytest.mark.parametrize("secret", ["Straße sperren", "Fire *Bob* now", "see __init__ again"])
async def test_words_with_marks_of_their_own_are_hidden_too(scene, secret: str) -> None:
    async with scene() as said:
        await said("@todd add plan it", place=THREAD)
        await said(f"rename 1 to {secret}")
        await said("@todd remind me here of 1 at 18:00", place=THREAD)
        said.clock.to("2026-11-25T17:01:00+00:00")
        await said.stage.until("select 1 from reminders where state = 'told'")
        await said.stage.settled()
        for words in await said_there(said):
            words = words.replace("\\", "")
            assert not any(word in words for word in secret.split()[:2]), words


def test_only_whole_words_are_hidden() -> None:
    hides = public._masking({"tea": "a drink", "ab": None, "call Bo (again)": None})
    assert hides("#1 tea, steam, TEA") == "#1 a drink, steam, a drink"
    assert hides("ab call Bo (again)") == "ab …"
    assert public._masking({"ab": None, "123": None}) is public.plain
    long = "a note that is longer than a receipt shows of it, by some words at its end"
    assert public._masking({long: None})(f"“{long[:60]}…”") == "“……”"
