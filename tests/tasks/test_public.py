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


@pytest.mark.parametrize(
    "line",
    [
        "list", "show 1", "what happened to 1", "find plan", "find meeting", "tell me about 1",
        "done 1", "done all", "make 1 urgent", "move 1 to friday", "delete 1", "1 every monday",
        "note on 1: bring slides", "label 1 as work", "assign 1 to @bob", "skip 1",
        "delete everything", "reopen 1", "remind me of 1 tomorrow at 9", "remind us of 1 at 17:00",
        "my reminders", "done plan", "done the", "undo", "add invite all to 1 as a subtask",
        "what did i do today", "which have no date", "done 1 and 99",
    ],
)  # fmt: skip
async def test_no_command_in_front_of_others_tells_it(scene, line: str) -> None:
    async with scene() as said:
        await planted(said)
        for asked in (line, "undo", "list", "undo"):
            assert not is_out(await said(f"@todd {asked}", place=THREAD)), asked


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
        rows = await said.stage.rows(
            "select m.content from messages m join conversations c on c.id = m.conversation_id"
            " where m.role = 'assistant' and not c.private"
        )
        assert not any(is_out(row["content"]) for row in rows)


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
        rows = await said.stage.rows(
            "select m.content from messages m join conversations c on c.id = m.conversation_id"
            " where m.role = 'assistant' and not c.private"
        )
        assert not any(is_out(row["content"]) for row in rows)


def test_only_whole_words_are_hidden() -> None:
    hides = public._masking({"tea": "a drink", "ab": None, "call Bo (again)": None})
    assert hides("#1 tea, steam, TEA") == "#1 a drink, steam, a drink"
    assert hides("ab call Bo (again)") == "ab …"
    assert public._masking({"ab": None}) is public.plain
