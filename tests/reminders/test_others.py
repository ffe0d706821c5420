"""Words that are said at a time: to oneself, to others who are asked once, here, again and again."""

import pytest
from support.stage import BOB, THREAD
from support.talk import Said, a_talk

from bots.settings import Settings
from core.heard import Person

EVE = Person("eve", name="Eve", timezone="Europe/Berlin")


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda model=None, **more: a_talk(url, settings, model, **more)


async def offered_to(said: Said, who: str) -> list[tuple[str, int]]:
    """What can be pressed under the last words to somebody."""
    (row,) = await said.stage.rows(
        "select m.choices from messages m join users u on u.id = m.user_id"
        " where u.name = %s and m.role = 'assistant' order by m.id desc limit 1", who,
    )  # fmt: skip
    return [(action, about) for _, action, about in row["choices"] or []]


async def test_somebody_else_is_asked_once_and_told_after_a_yes(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        assert await said("remind @bob to send the slides tomorrow") == (
            "✓ I will remind Bob of “send the slides”: Thu 26 Nov 15:00 (Europe/Berlin). But first"
            " they have to say that I may; I have asked them."
        ), "nine in his morning"
        assert await said.until_told("Bob") == [
            "Ana would like me to remind you of this: “send the slides”. "
            "May I tell you what Ana asks me to? You can also say so later: “allow reminders from"
            " @Ana”."
        ]
        await said("remind @bob to eat tomorrow at 16:00")
        ((yes, about), _) = await offered_to(said, "Bob")
        assert await said.press(yes, about, BOB) == "All right, I tell you what Ana asks me to."
        said.clock.to("2026-11-26T14:00:00+00:00")
        assert (await said.until_told("Bob", 2))[1] == "⏰ From Ana: send the slides"
        said.clock.to("2026-11-26T15:00:00+00:00")
        assert (await said.until_told("Bob", 3))[2] == "⏰ From Ana: eat", "not asked again"
        assert await said.told("Ana") == []


async def test_a_yes_in_words_counts(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        assert await said("yes", BOB) == "All right, I tell you what Ana asks me to."
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.until_told("Bob", 2)


async def test_after_a_no_nothing_is_passed_on_and_who_asked_knows(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        assert await said("no", BOB) == "All right, I do not remind you of what Ana asks me to."
        assert await said.until_told("Ana") == [
            "Bob would rather not be reminded by you, so I do not pass it on."
        ]
        assert await said("remind @bob to drink at 18:00") == (
            "I could not do this: Bob would rather not be reminded by you."
        )
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.stage.settled()
        assert len(await said.told("Bob")) == 1
        await said("allow reminders from @ana", BOB)
        assert "✓ I will remind Bob of “drink”: " in await said("remind @bob to drink at 19:00")


async def test_without_an_answer_it_is_kept_and_who_asked_is_told(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        said.clock.to("2026-11-25T17:00:00+00:00")
        assert await said.until_told("Ana") == [
            "I could not remind Bob of “eat”: they have not said that I may."
        ]
        assert "for Bob (they have not said that I may): “eat”" in await said("my reminders")
        said.clock.to("2026-11-25T19:00:00+00:00")
        await said("yes", BOB)
        assert (await said.until_told("Bob", 2))[1] == "⏰ From Ana: eat (was due 12:00)"


async def test_a_yes_to_one_is_no_yes_to_another(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said("remind @bob to sleep at 18:00", EVE)
        await said.until_told("Bob", 2)
        (row,) = await said.stage.rows(
            "select c.id from consents c join users u on u.id = c.from_id where u.name = 'Eve'"
        )
        await said.press("allow", row["id"], BOB)
        said.clock.to("2026-11-25T17:00:00+00:00")
        assert (await said.until_told("Bob", 3))[2] == "⏰ From Eve: sleep"
        assert len(await said.until_told("Ana", 1)) == 1


async def test_nobody_else_answers_for_them(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        ((_, about), _) = await offered_to(said, "Bob")
        assert await said.press("allow", about, EVE) == "Nobody has asked you that."
        assert await said.press("allow", about) == "Nobody has asked you that."
        (row,) = await said.stage.rows("select state from consents")
        assert row["state"] == "asked"


async def test_about_it_means_the_task_by_its_title_alone(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add call the bank by friday")
        await said("note on 1: account 123")
        await said("remind @bob about it at 18:00")
        await said.until_told("Bob")
        await said("yes", BOB)
        said.clock.to("2026-11-25T17:00:00+00:00")
        assert (await said.until_told("Bob", 2))[1] == "⏰ From Ana: call the bank"
        assert await said("list", BOB) == "No open tasks."


async def test_words_are_said_as_they_are_and_no_task_that_has_them(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("add eat with the boss, about leaving")
        assert "of “eat”" in await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        await said("yes", BOB)
        said.clock.to("2026-11-25T17:00:00+00:00")
        assert (await said.until_told("Bob", 2))[1] == "⏰ From Ana: eat"


async def test_a_note_is_snoozed_kept_and_stopped(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        await said("yes", BOB)
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.until_told("Bob", 2)
        about = dict(await offered_to(said, "Bob"))
        await said.press("words_hour", about["words_hour"], BOB)
        await said.press("words_later", about["words_later"], BOB)
        said.clock.to("2026-11-25T18:00:00+00:00")
        told = await said.until_told("Bob", 3)
        assert told[2:] == ["⏰ eat (from Ana) (was due 12:15)"], "the last one counts"
        assert await said.press("words_keep", about["words_keep"], BOB) == "✓ Added #1 eat"
        assert await said.press("words_later", about["words_later"]) == (
            "That reminder is not yours, or long past."
        )
        assert await said.press("words_stop", about["words_stop"], BOB) == (
            "All right, I do not remind you of what Ana asks me to."
        )


async def test_said_where_it_was_asked_for(scene) -> None:
    async with scene() as said:
        assert await said("@todd remind me here at 18:00 to deploy", place=THREAD) == (
            "✓ I will remind you here of “deploy”: Wed 25 Nov 18:00 (Europe/Berlin)."
        )
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.until_told("Ana")
        await said.stage.settled()
        assert list(said.stage.platform.stands.values())[-1] == "@ana ⏰ deploy"
        assert list(said.stage.platform.places.values())[-1] == THREAD


async def test_said_to_all_again_and_again_and_stopped_by_anybody_there(scene) -> None:
    async with scene() as said:
        await said("@todd remind us every friday at 9 to post the status", place=THREAD)
        for day, count in (("2026-11-27", 1), ("2026-12-04", 2)):
            said.clock.to(f"{day}T08:00:00+00:00")
            assert (await said.until_told("Ana", count))[-1] == "⏰ post the status"
        assert list(said.stage.platform.stands.values())[-1] == "⏰ post the status", (
            "it names nobody"
        )
        assert "every friday at 09:00: “post the status”" in await said(
            "@todd my reminders", BOB, THREAD
        )
        assert "post the status" not in await said("my reminders", BOB)
        reply = await said("@todd stop reminding us to post the status", BOB, THREAD)
        assert reply == "✓ I no longer remind of “post the status”."
        said.clock.to("2026-12-11T08:00:00+00:00")
        await said.stage.settled()
        assert len(await said.told("Ana")) == 2


async def test_what_is_private_is_not_named_in_a_channel(scene) -> None:
    async with scene() as said:
        await said("add secret plan")
        reply = await said("@todd remind me here of 1 at 18:00", place=THREAD)
        assert "secret" not in reply
        await said("remind me of 1 at 17:00")
        assert "secret" not in await said("@todd my reminders", place=THREAD)
        assert "secret" in await said("my reminders")


async def test_nothing_private_is_stopped_or_named_in_a_channel(scene) -> None:
    async with scene() as said:
        await said("remind @bob to see the oncologist at 18:00")
        for words in ("everything", "see the"):
            reply = await said(f"@todd stop reminding me of {words}", place=THREAD)
            assert "oncologist" not in reply
        assert "oncologist" in await said("my reminders")


async def test_a_snooze_leaves_what_comes_again(scene) -> None:
    async with scene() as said:
        await said("add release")
        await said("remind me of 1 every day at 18:00")
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.until_told("Ana")
        (task,) = await said.stage.rows("select id from tasks")
        await said.press("later", task["id"])
        rows = await said.stage.rows("select at from reminders where state = 'waiting' order by at")
        assert [f"{row['at']:%d %H:%M}" for row in rows] == ["25 17:15", "26 17:00"]


async def test_what_comes_again_for_somebody_is_on_their_clock(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        reply = await said("remind @bob every day at 20:00 to eat")
        assert "first Thu 26 Nov 02:00 (Europe/Berlin)" in reply, "20:00 in New York"
        await said.until_told("Bob")
        await said("yes", BOB)
        for day in ("26", "27"):
            said.clock.to(f"2026-11-{day}T01:00:00+00:00")
            await said.until_told("Bob", 2 if day == "26" else 3)


async def test_two_of_one_task_at_the_same_time_are_told_as_one(scene) -> None:
    async with scene() as said:
        await said("add release")
        await said("add tea at 18:00")
        await said("remind me of 1 tomorrow at 18:00")
        reply = await said("remind me of 1 every day at 18:00")
        assert "every day at 18:00" in reply
        for day, count in (("25", 1), ("26", 2), ("27", 3)):
            said.clock.to(f"2026-11-{day}T17:00:00+00:00")
            told = await said.until_told("Ana", count)
        assert told == [
            "⏰ #2 tea · Wed 25 Nov 18:00 (Europe/Berlin)\n⏰ #1 release",
            "⏰ #1 release",
            "⏰ #1 release",
        ]


async def test_what_cannot_be_told_takes_nothing_along_and_comes_to_an_end(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        await said.stage.rows(
            "insert into reminders (user_id, kind, content, from_id, platform, at, try_at, state,"
            " recurrence, recurs_on) select id, 'words', 'eat', id, 'fake', '2026-11-25T16:00Z',"
            " '2026-11-25T16:00Z', 'waiting', 'FREQ=NONSENSE', now() from users returning id"
        )
        said.clock.to("2026-11-25T17:00:00+00:00")
        await said.stage.until("select 1 from reminders where attempts > 0 and content = 'eat'")
        said.clock.to("2026-11-25T17:05:00+00:00")
        assert "#1 tea" in (await said.until_told("Ana"))[0]
        await said.stage.rows("update reminders set attempts = 300 where content = 'eat'")
        said.clock.to("2026-11-25T18:05:00+00:00")
        await said.stage.until("select 1 from reminders where state = 'unreached'")


async def test_days_that_were_missed_are_told_as_the_last_one(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob every day at 20:00 to eat")
        await said.until_told("Bob")
        await said("yes", BOB)
        said.stage.platform.closed.add("dm-bob")
        for day in ("26", "27", "28"):
            said.clock.to(f"2026-11-{day}T01:00:00+00:00")
            await said.stage.until(
                "select 1 from reminders where state = 'unreached' and at = %s",
                f"2026-11-{day}T01:00:00+00:00",
            )
        said.stage.platform.closed.clear()
        await said("hello", BOB)
        told = await said.until_told("Bob", 2)
        assert told[1:] == ["⏰ From Ana: eat"]
        await said("no reminders from @ana", BOB)
        rows = await said.stage.rows(
            "select 1 from reminders where state = 'waiting' and kind = 'words'"
        )
        assert rows == []


async def test_words_are_stopped_by_whole_words_and_one_at_a_time(scene) -> None:
    async with scene() as said:
        for what in ("drink tea", "join the team", "brew tea"):
            await said(f"@todd remind me here at 18:00 to {what}", place=THREAD)
        assert "Several reminders fit: “drink tea”; “brew tea”" in await said(
            "@todd stop reminding me of tea", place=THREAD
        )
        assert await said("@todd stop reminding me of the team", place=THREAD) == (
            "✓ I no longer remind of “join the team”."
        )


async def test_of_what_was_added_beside_it_nobody_asked(scene) -> None:
    async with scene() as said:
        reply = await said("add milk by friday. remind me tomorrow to call mum")
        assert reply.count("I remind you of") == 1
        assert "I remind you of #2 call mum" in reply


async def test_all_of_it_is_stopped(scene) -> None:
    async with scene() as said:
        await said("add tea at 18:00")
        await said("remind me of 1 tomorrow at 9")
        assert (await said("stop all reminders")).startswith(
            "✓ I no longer remind you of anything. Your tasks stay"
        )
        assert await said("my reminders") == "There are no reminders to come."
        await said("reminders on")
        assert "18:00 (Europe/Berlin): #1 tea" in await said("my reminders")


async def test_a_later_yes_counts_while_nothing_else_is_asked(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        await said("remind @bob to eat at 18:00")
        await said.until_told("Bob")
        assert "from Ana (if you say “allow reminders from @Ana”): “eat”" in await said(
            "my reminders", BOB
        )
        assert await said("yes", BOB) == "All right, I tell you what Ana asks me to."
        await said("add tea", BOB)
        for words in ("no", "ok", "stop"):
            assert "Ana" not in await said(words, BOB), "it is answered"
        (row,) = await said.stage.rows("select state from consents")
        assert row["state"] == "allowed"


async def test_alone_there_is_no_everybody(scene) -> None:
    async with scene() as said:
        assert "Here we are alone" in await said("remind everyone to stretch tomorrow at 10")


async def test_what_cannot_be_kept_says_why(scene) -> None:
    async with scene() as said:
        await said("hello", BOB)
        assert "When?" in await said("remind @bob to eat")
        assert await said("remind bob to eat at 18:00") == (
            "Whom? Mention them with @, like “remind @ana to send the slides tomorrow”."
        )
        reply = await said("stop reminding me of the moon")
        assert reply.startswith("I could not do this: There is no reminder of “moon”.")
        for number in range(21):
            reply = await said(f"remind @bob to eat {number} apples tomorrow at 10")
        assert reply.endswith("20 reminders wait for Bob already; that is as many as I keep.")
        assert await said.stage.rows("select 1 from reminders where kind = 'words' offset 20") == []
