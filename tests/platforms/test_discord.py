"""Discord, beyond what every platform keeps: threads, commands, buttons, faults, what was missed."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import discord
import pytest
import simcord
from fakes.discord import (
    APPLICATION,
    EPHEMERAL,
    GENERAL,
    TODD,
    TODD_ROLE,
    FakeDiscord,
    a_discord,
)
from support.command import piped, typing
from support.scenes import DiscordScene, at, hearing, on_discord, plain, user_of
from support.stage import add, on_stage, say

from bots.discord import interactions, invite, missed, payloads
from bots.discord.client import DiscordClient
from bots.discord.say import LIMIT, contents, messages
from bots.sealed import Seal, secret_of
from bots.settings import Settings
from core.heard import Person
from core.models.port import Text
from core.models.scripted import ScriptedModel
from core.reply import Reply, as_text
from core.understanding.english import Grammar

ANA, BOB = user_of("ana"), user_of("bob")
MENTION = f"<@{TODD}>"


async def settled(scene: DiscordScene) -> None:
    await scene.stage.settled()


async def until(true, timeout: float = 10) -> None:
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.02)


def people(fake: FakeDiscord) -> str:
    """Makes Ana and Bob known; Ana's DM."""
    fake.person(ANA, "ana")
    fake.person(BOB, "bob")
    return fake.dm_of(ANA)


class TestThreads:
    async def test_a_mention_opens_a_thread_named_after_the_request(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."), say("More."))) as scene:
            await scene.say("ana", "@todd add send the invoice on friday", "thread")
            await settled(scene)
            thread = scene.discord.channels[scene.root]
            assert thread["name"] == "add send the invoice on friday"
            assert scene.stands("ana", "thread") == ["Here."]
            await scene.say("ana", "and one more", "thread")  # alone with him: no mention needed
            await settled(scene)
            assert scene.stands("ana", "thread") == ["Here.", "More."]
            assert scene.discord.said(GENERAL) == []
            assert len(await scene.stage.rows("select 1 from conversations")) == 1

    async def test_two_mentions_are_two_threads(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel(say("One."), say("Two."))) as scene:
            for text in ("@todd one", "@todd two"):
                scene.root = ""
                await scene.say("ana", text, "thread")
                await settled(scene)
            assert len(await scene.stage.rows("select 1 from conversations")) == 2

    async def test_where_he_may_open_none_he_answers_beside(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            scene.discord.faults["POST thread"] = [(403, 50013)]
            await scene.say("ana", "@todd hello", "thread")
            await settled(scene)
            (message,) = scene.discord.said(GENERAL)
            assert message["content"] == "Here."
            assert message["message_reference"]["message_id"] == scene.root

    async def test_a_thread_that_is_there_already_is_used(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            await scene.stage.stop()
            await scene.say("ana", "@todd hello", "thread")
            await scene.discord._thread(
                GENERAL, scene.root, {"name": "mine", "auto_archive_duration": 60}
            )
            scene.stage.start()
            await settled(scene)
            assert scene.stands("ana", "thread") == ["Here."]

    async def test_the_role_of_his_name_is_a_mention_too(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            await scene.say("ana", f"<@&{TODD_ROLE}> hello", "thread")
            await settled(scene)
            assert scene.discord.channels[scene.root]["name"] == "hello"

    async def test_who_speaks_to_others_is_overheard(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            people(scene.discord)
            await scene.say("ana", "@todd hello", "thread")
            await settled(scene)
            await scene.say("ana", f"<@{BOB}> are you coming?", "thread")
            await settled(scene)
            (row,) = await scene.stage.rows("select content from messages where state='overheard'")
            assert row["content"] == "@bob are you coming?"

    async def test_what_is_never_for_todd_is_not_kept(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            dm = people(scene.discord)
            await scene.discord.say(ANA, "joined", GENERAL, type=7)
            await scene.discord.say(ANA, "a thread", GENERAL, type=18)
            await scene.discord.say(ANA, "beep", GENERAL, webhook_id="77")
            await scene.discord.say(TODD, "myself", dm)
            await scene.discord.say(ANA, "", dm)
            await scene.say("ana", "hello")
            await settled(scene)
            rows = await scene.stage.rows("select content from messages where role = 'user'")
            assert [row["content"] for row in rows] == ["hello"]


class TestSaying:
    async def test_what_is_whole_already_is_posted_by_one_request(
        self, url: str, settings: Settings
    ) -> None:
        """Buttons and all; only what Discord brings back of an earlier try is edited."""
        async with on_discord(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as scene:
            scene.discord.faults["POST message"] = [503]  # by its second try it is whole
            await scene.say("ana", "hello")
            await settled(scene)
            assert scene.discord.said(scene.discord.dm_of(ANA))[0]["components"]
            assert scene.discord.calls["POST message"] == 2
            assert scene.discord.calls["PATCH message"] == 0

    async def test_long_replies_are_split_outside_code(self, url: str, settings: Settings) -> None:
        words = "Look:\n```py\n" + "\n".join(f"line_{n} = {n}" for n in range(400)) + "\n```\nDone."
        async with on_discord(url, settings, ScriptedModel(say(words))) as scene:
            await scene.say("ana", "hello")
            await settled(scene)
            said = [message["content"] for message in scene.discord.said(scene.discord.dm_of(ANA))]
            assert len(said) > 2
            assert all(len(text) <= LIMIT and text.count("```") % 2 == 0 for text in said)
            assert re.findall(r"line_(\d+)", "".join(said)) == [str(n) for n in range(400)]

    async def test_edits_of_one_message_keep_their_distance(
        self, url: str, settings: Settings
    ) -> None:
        class Slow:
            async def speak(self, prompt):
                for number in range(40):
                    yield Text(f"Sentence {number}. ")
                    await asyncio.sleep(0.05)

        async with on_discord(url, settings, Slow()) as scene:
            await scene.say("ana", "hello")
            await settled(scene)
            (message,) = scene.discord.said(scene.discord.dm_of(ANA))
            assert 2 <= len(scene.discord.versions[message["id"]]) <= 4
            assert message["content"].endswith("Sentence 39.")
            assert scene.discord.calls["POST typing"] <= 1

    async def test_who_waits_sees_todd_typing(self, url: str, settings: Settings) -> None:
        class Slow:
            async def speak(self, prompt):
                await asyncio.sleep(0.8)
                yield Text("Here.")

        async with on_discord(url, settings, Slow()) as scene:
            await scene.say("ana", "hello")
            await settled(scene)
            assert scene.discord.calls["POST typing"] == 1

    @pytest.mark.parametrize("faults", [[429], [503], ["reset"], ["reset", 503, 429]])
    async def test_faults_of_discord_are_waited_out(
        self, url: str, settings: Settings, faults: list[object]
    ) -> None:
        model = ScriptedModel(say("Here."))
        async with on_discord(url, settings, model) as scene:
            scene.discord.faults["POST message"] = list(faults)
            await scene.say("ana", "hello")
            await settled(scene)
            assert scene.stands("ana") == ["Here."]
        model.assert_done()

    async def test_a_post_that_was_not_noted_is_not_repeated(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            await scene.stage.rows("alter table posts rename to away")
            await scene.say("ana", "hello")
            await until(lambda: scene.stands("ana"))
            await scene.stage.rows("alter table away rename to posts")
            await settled(scene)
            assert scene.stands("ana") == ["Here."]

    async def test_nor_when_discord_has_forgotten_the_nonce(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            await scene.stage.rows("alter table posts rename to away")
            await scene.say("ana", "hello")
            await until(lambda: scene.stands("ana"))
            await scene.stage.stop()
            scene.discord.nonces.clear()
            await scene.stage.rows("alter table away rename to posts")
            scene.stage.start()
            await settled(scene)
            assert scene.stands("ana") == ["Here."]
            assert scene.discord.calls["repeated nonce"] == 0

    async def test_a_post_of_an_earlier_try_is_brought_up_to_date(
        self, url: str, settings: Settings
    ) -> None:
        """Its first words stood, unnoted; the model says it differently the second time."""
        async with on_discord(url, settings, ScriptedModel(say("Other words."))) as scene:
            await scene.stage.stop()
            await scene.say("ana", "hello")
            dm = scene.discord.dm_of(ANA)
            (reply,) = await scene.stage.rows("select max(id) + 1 as id from messages")
            body = {"content": "First words.", "allowed_mentions": {"parse": []}}
            for number in range(3):
                nonce = {"nonce": f"{reply['id'] + number}-0", "enforce_nonce": True}
                await scene.discord._post(scene.discord.channels[dm], {**body, **nonce})
            scene.stage.start()
            await settled(scene)
            assert "Other words." in [each["content"] for each in scene.discord.said(dm)]

    async def test_another_replys_message_is_not_taken_for_its_own(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Ok."), say("Ok."))) as scene:
            await scene.say("ana", "@todd hello", "thread")
            await settled(scene)
            scene.discord.faults["POST message"] = [503]
            await scene.say("ana", "hello again", "thread")
            await settled(scene)
            assert [each["content"] for each in scene.discord.said(scene.root)] == ["Ok.", "Ok."]

    async def test_parts_that_stand_are_not_posted_again(
        self, url: str, settings: Settings
    ) -> None:
        words = "word " * 900
        async with on_discord(url, settings, ScriptedModel(say(words))) as scene:
            scene.discord.faults["POST message"] = ["", "", 503]
            await scene.say("ana", "hello")
            await until(lambda: len(scene.stands("ana")) == 1)
            scene.discord.nonces.clear()
            await settled(scene)
            assert len(scene.discord.said(scene.discord.dm_of(ANA))) == 3
            assert "".join(scene.stands("ana")).split() == words.split()

    async def test_a_refusal_that_is_final_silences_nobody(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("One."), say("Two."))) as scene:
            scene.discord.faults["POST message"] = [(400, 50035)]
            await scene.say("ana", "hello")
            await settled(scene)
            await scene.say("ana", "again")
            await settled(scene)
            assert scene.stands("ana") == ["Two."]

    async def test_text_pings_nobody(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel(say("@everyone <@10> hi"))) as scene:
            await scene.say("ana", "hello")
            await settled(scene)
            assert scene.discord.strict == []
        assert as_text("*<@1> `x`*") == "\\*\\<@1> \\`x\\`\\*"
        assert contents(Reply(1, "a *b*", ("✓ Added #1 *x*",))) == ["a *b*\n\n✓ Added #1 \\*x\\*"]
        assert all("allowed_mentions" in message for message in messages(Reply(1, "x" * 5_000)))

    def test_who_is_called_by_name_is_the_only_one_who_is_pinged(self) -> None:
        (message,) = messages(Reply(1, "tea"), Person("10"))
        assert message["content"] == "<@10> tea"
        assert message["allowed_mentions"] == {"parse": [], "users": ["10"]}


class TestCommands:
    async def test_ask_is_deferred_at_once_and_answered_by_its_token(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as scene:
            people(scene.discord)
            await scene.discord.command(ANA, "ask", GENERAL, text="add milk")
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
            (message,) = scene.discord.said(GENERAL)
            assert plain(message["content"]) == "Ok.\n\n✓ Added #1 Milk"
            assert not message["flags"] & EPHEMERAL
            (row,) = await scene.stage.rows("select locale from users")
            assert row["locale"] == "de"

    async def test_a_private_one_is_for_one_persons_eyes(
        self, url: str, settings: Settings
    ) -> None:
        words = "long " * 900
        async with on_discord(url, settings, ScriptedModel(say(words), say("Hello."))) as scene:
            people(scene.discord)
            await scene.discord.command(ANA, "ask", GENERAL, text="secret", private=True)
            await until(lambda: len(scene.discord.said(GENERAL)) == 3)
            await settled(scene)
            assert all(message["flags"] & EPHEMERAL for message in scene.discord.said(GENERAL))
            await scene.say("ana", "@todd hello", "thread")
            await settled(scene)
            rows = await scene.stage.rows("select private from conversations order by id")
            assert [row["private"] for row in rows] == [True, False]

    async def test_tasks_shows_ones_own_without_a_model(self, url: str, settings: Settings) -> None:
        model = ScriptedModel([add("Secret")], say("Ok."))
        async with on_discord(url, settings, model) as scene:
            await scene.say("ana", "add secret")
            await settled(scene)
            await scene.discord.command(ANA, "tasks", GENERAL)
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
            (message,) = scene.discord.said(GENERAL)
            assert "1 open task:" in message["content"]
            assert message["flags"] & EPHEMERAL
        model.assert_done()

    async def test_settings_are_shown_for_ones_own_eyes(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, Grammar()) as scene:
            await scene.say("ana", "quiet hours 22:00 to 7:00")
            await settled(scene)
            await scene.discord.command(ANA, "settings", GENERAL)
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
            (message,) = scene.discord.said(GENERAL)
            assert "Quiet hours: 22:00 to 07:00" in message["content"]
            assert message["flags"] & EPHEMERAL

    @pytest.mark.parametrize("fault", [(404, 10062), "reset"])
    async def test_what_could_not_be_deferred_privately_is_not_said_in_the_channel(
        self, url: str, settings: Settings, fault: object
    ) -> None:
        model = ScriptedModel([add("Secret")], say("Ok."))
        async with on_discord(url, settings, model) as scene:
            await scene.say("ana", "add secret")
            await settled(scene)
            scene.discord.faults["POST callback"] = [fault] * 2
            await scene.discord.command(ANA, "tasks", GENERAL)
            dm = scene.discord.dm_of(ANA)
            await until(
                lambda: "1 open task" in "".join(m["content"] for m in scene.discord.said(dm))
            )
            assert scene.discord.said(GENERAL) == []

    async def test_two_processes_that_hear_a_command_answer_it_once_and_in_place(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(*[say("Here.")] * 5)) as scene:
            people(scene.discord)
            mine = settings.model_copy(update=at(scene.discord))
            async with hearing(scene.stage, mine, scene.discord):
                for number in range(1, 6):
                    await scene.discord.command(ANA, "ask", GENERAL, text=f"hello {number}")
                    await until(lambda n=number: len(scene.discord.said(GENERAL)) == n)
                await settled(scene)
            assert len(scene.discord.messages[GENERAL]) == 5  # none is still "thinking…"

    async def test_each_command_has_its_own_answer(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel(say("One."), say("Two."))) as scene:
            people(scene.discord)
            await scene.stage.stop()
            for number in range(2):
                await scene.discord.command(ANA, "ask", GENERAL, text=f"hello {number}")
            await scene.stage.until("select 1 from messages having count(*) = 2")
            scene.stage.start()
            await settled(scene)
            said = [each["content"] for each in scene.discord.messages[GENERAL]]
            assert said == ["One.", "Two."]

    async def test_a_response_that_somebody_deleted_is_said_by_a_message(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            people(scene.discord)
            scene.discord.faults["PATCH webhook"] = [(404, 10008)]
            await scene.discord.command(ANA, "ask", GENERAL, text="hello")
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
            assert [each["content"] for each in scene.discord.said(GENERAL)] == ["Here."]

    async def test_no_token_is_logged(
        self, url: str, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            people(scene.discord)
            scene.discord.faults["PATCH webhook"] = ["redirect"] * 11 + ["reset", 503, 429]
            token = await scene.discord.command(ANA, "ask", GENERAL, text="hello")
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
        ours = [r for r in caplog.records if not r.name.startswith("discord.http")]
        formatter = caplog.handler.formatter
        assert any("not said yet" in record.getMessage() for record in ours)
        assert not any(token in formatter.format(record) for record in ours)

    async def test_the_token_is_sealed_and_dropped_when_it_is_over(
        self, url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            people(scene.discord)
            token = await scene.discord.command(ANA, "ask", GENERAL, text="hello")
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
            rows = await scene.stage.rows("select reply_token from messages")
            assert rows
            assert all(row["reply_token"] for row in rows)
            assert not any(token in row["reply_token"] for row in rows)
            await scene.stage.rows("update messages set reply_until = '1970-01-02T00:00Z'")
            await scene.stage.until("select 1 from messages where reply_token is null")

    @pytest.mark.parametrize("private", [False, True])
    @pytest.mark.parametrize("how", ["in time", "before its time"])
    async def test_after_its_end_it_is_answered_by_a_message(
        self, url: str, settings: Settings, private: bool, how: str
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Late."))) as scene:
            people(scene.discord)
            await scene.stage.stop()
            token = await scene.discord.command(ANA, "ask", GENERAL, text="hello", private=private)
            await scene.stage.until("select 1 from messages where state = 'waiting'")
            scene.discord.interactions[token]["over"] = True
            if how == "in time":
                await scene.stage.rows("update messages set reply_until = '1970-01-02T00:00Z'")
            scene.stage.start()
            await settled(scene)
            where = scene.discord.dm_of(ANA) if private else GENERAL
            assert [each["content"] for each in scene.discord.said(where)] == ["Late."]

    async def test_from_where_todd_is_no_member_it_ends_in_a_dm(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Late."))) as scene:
            people(scene.discord)
            await scene.stage.stop()
            scene.discord.no_entry.add(GENERAL)
            token = await scene.discord.command(ANA, "ask", GENERAL, guild=False, text="hello")
            await scene.stage.until("select 1 from messages where state = 'waiting'")
            scene.discord.interactions[token]["over"] = True
            scene.stage.start()
            await settled(scene)
            said = scene.discord.said(scene.discord.dm_of(ANA))
            assert [each["content"] for each in said] == ["Late."]

    async def test_a_worker_with_another_secret_answers_by_a_message(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            people(scene.discord)
            await scene.stage.stop()
            await scene.discord.command(ANA, "ask", GENERAL, text="hello")
            await scene.stage.until("select 1 from messages where state = 'waiting'")
            await scene.stage.rows("update messages set reply_token = 'x'")
            scene.stage.start()
            await settled(scene)
            assert [each["content"] for each in scene.discord.said(GENERAL)] == ["Here."]

    async def test_what_cannot_be_kept_is_said(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel(say("Here."))) as scene:
            people(scene.discord)
            await scene.stage.rows("alter table procrastinate_jobs rename to away")
            await scene.discord.command(ANA, "ask", GENERAL, text="hello", private=True)
            await until(lambda: scene.discord.said(GENERAL))
            assert scene.discord.said(GENERAL)[0]["content"] == interactions.KEPT_NOT
            # A message is tried until it can be kept: Discord does not deliver it again.
            sent = await scene.discord.say(ANA, "hello", scene.discord.dm_of(ANA))
            await asyncio.sleep(0.3)
            await scene.stage.rows("alter table away rename to procrastinate_jobs")
            await scene.stage.until("select 1 from messages where external_id = %s", sent)
            await settled(scene)
            assert scene.stands("ana") == ["Here."]

    async def test_the_commands_are_published_only_when_they_changed(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel()) as scene:
            assert scene.discord.calls["PUT commands"] == 1
            assert {each["name"] for each in scene.discord.commands} == {"ask", "settings", "tasks"}
            mine = settings.model_copy(update=at(scene.discord))
            async with hearing(scene.stage, mine, scene.discord):
                pass
            assert scene.discord.calls["PUT commands"] == 1
            scene.discord.commands[0]["description"] = "of an older version"
            async with hearing(scene.stage, mine, scene.discord):
                pass
            assert scene.discord.calls["PUT commands"] == 2


async def test_a_task_links_back_to_its_message(url: str, settings: Settings) -> None:
    async with on_discord(url, settings, Grammar()) as scene:
        await scene.say("ana", "@todd add milk", "thread")
        await settled(scene)
        (task,) = await scene.stage.rows("select link from tasks")
        assert re.fullmatch(
            rf"https://discord\.com/channels/\d+/{GENERAL}/{scene.root}", task["link"]
        )


class TestButtons:
    async def test_done_is_done_once_after_any_restart(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as scene:
            await scene.say("ana", "@todd milk", "thread")
            await settled(scene)
            (message,) = scene.discord.said(scene.root)
            mine = settings.model_copy(update=at(scene.discord))
            async with hearing(scene.stage, mine, scene.discord):  # a second process hears it too
                await scene.discord.press(ANA, message, "Done #1", times=3)
                await scene.stage.until("select 1 from tasks where completed")
                await settled(scene)
            said = [plain(each["content"]) for each in scene.discord.said(scene.root)]
            assert said == ["Ok.\n\n✓ Added ~~#1 Milk~~ · done", "✓ Done #1 Milk"]
            assert len(await scene.stage.rows("select 1 from task_changes")) == 2

    async def test_undo_and_yes_are_pressed(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, Grammar()) as scene:
            await scene.say("ana", "@todd add tea, jam, milk and eggs", "thread")
            await settled(scene)
            await scene.say("ana", "@todd delete everything", "thread")
            await until(lambda: len(scene.discord.said(scene.root)) == 2)
            await settled(scene)
            question = scene.discord.said(scene.root)[1]
            await scene.discord.press(BOB, question, "Yes")
            await until(lambda: len(scene.discord.said(scene.root)) == 3)
            assert not await scene.stage.rows("select 1 from tasks where deleted_at is not null")
            await scene.discord.press(ANA, question, "Yes")
            await until(lambda: len(scene.discord.said(scene.root)) == 4)
            await settled(scene)
            deleted = scene.discord.said(scene.root)[3]
            assert deleted["content"].count("✓ Deleted") == 4
            await scene.discord.press(ANA, deleted, "Undo")
            await until(lambda: len(scene.discord.said(scene.root)) == 5)
            await settled(scene)
            assert scene.discord.said(scene.root)[4]["content"].count("is back") == 4

    async def test_somebody_elses_press_changes_nothing(self, url: str, settings: Settings) -> None:
        async with on_discord(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as scene:
            await scene.say("ana", "@todd milk", "thread")
            await settled(scene)
            (message,) = scene.discord.said(scene.root)
            await scene.discord.press(BOB, message, "Done #1")
            await until(lambda: len(scene.discord.said(scene.root)) == 2)
            await settled(scene)
            assert not await scene.stage.rows("select 1 from tasks where completed")

    async def test_a_button_of_a_private_answer_is_as_private(
        self, url: str, settings: Settings
    ) -> None:
        async with on_discord(url, settings, ScriptedModel([add("Ring")], say("Ok."))) as scene:
            people(scene.discord)
            await scene.discord.command(ANA, "ask", GENERAL, text="add ring", private=True)
            await until(lambda: scene.discord.said(GENERAL))
            await settled(scene)
            (message,) = scene.discord.said(GENERAL)
            await scene.discord.press(ANA, message, "Done #1")
            await until(lambda: len(scene.discord.said(GENERAL)) == 2)
            await settled(scene)
            assert scene.discord.said(GENERAL)[1]["content"] == "✓ Done #1 Ring"
            assert all(each["flags"] & EPHEMERAL for each in scene.discord.said(GENERAL))


class TestMissed:
    async def test_a_server_that_is_away_keeps_nobody_else_waiting(
        self, url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(missed, "WATERMARK_EVERY", 0.05)
        monkeypatch.setattr(missed, "LAG", timedelta(0))
        async with a_discord() as fake:
            dm = people(fake)
            fake.away = True
            mine = settings.model_copy(update=at(fake))
            async with on_stage(url, mine, ScriptedModel(say("Here."))) as stage:
                scene = DiscordScene(stage, fake)
                async with hearing(stage, mine, fake):
                    await stage.until("select 1 from watermarks", timeout=30)
                    (before,) = await stage.rows("select heard_until from watermarks")
                    await scene.say("ana", "hello")
                    await stage.settled()
                    assert scene.stands("ana") == ["Here."]
                    assert [before] == await stage.rows("select heard_until from watermarks")
                    await fake.come_back()
                    await stage.until(
                        "select 1 from watermarks where heard_until > %s", before["heard_until"]
                    )
            assert dm

    async def test_a_short_loss_is_replayed(self, url: str, settings: Settings) -> None:
        model = ScriptedModel(*[say("Here.")] * 3)
        async with on_discord(url, settings, model) as scene:
            await scene.say("ana", "one")
            await settled(scene)
            await scene.discord.cut()  # op 7: reconnect
            await scene.say("ana", "two")
            await settled(scene)
            await scene.discord.cut(code=4000)
            await scene.say("ana", "three")
            await settled(scene)
            assert scene.discord.calls["resume"] == 2
            assert scene.stands("ana") == ["Here."] * 3

    async def test_a_session_that_is_gone_is_begun_again_and_read_back(
        self, url: str, settings: Settings
    ) -> None:
        model = ScriptedModel(*[say("Here.")] * 2)
        async with on_discord(url, settings, model) as scene:
            await scene.say("ana", "one")
            await settled(scene)
            scene.discord.resumable = False
            await scene.discord.cut()
            scene.discord.sessions.clear()
            await scene.say("ana", "two")
            await settled(scene)
            assert scene.discord.calls["identify"] == 2
            assert scene.stands("ana") == ["Here."] * 2

    async def test_what_was_said_while_nobody_listened_is_answered_once_and_in_order(
        self, url: str, settings: Settings
    ) -> None:
        async with a_discord() as fake:
            dm = people(fake)
            mine = settings.model_copy(update=at(fake))
            model = ScriptedModel(*[say("Here.")] * 9)
            async with on_stage(url, mine, model) as stage:
                scene = DiscordScene(stage, fake)
                async with hearing(stage, mine, fake):
                    await scene.say("ana", "hello")
                    await scene.say("bob", "@todd hello", "thread")
                    await stage.settled()
                    await stage.until("select 1 from watermarks")
                fake.sessions.clear()
                # Nobody listens: a DM, a new mention, a thread that he is in, and one for others.
                missed = [
                    await fake.say(ANA, "missed one", dm),
                    await fake.say(ANA, "missed two", dm),
                    await fake.say(BOB, f"{MENTION} missed three", GENERAL),
                    await fake.say(BOB, "missed four", scene.root),
                    await fake.say(ANA, "not for todd", GENERAL),
                ]
                for _ in range(2):
                    async with hearing(stage, mine, fake):
                        for each in missed:
                            await stage.until("select 1 from messages where external_id = %s", each)
                        await stage.settled()
                    fake.sessions.clear()
                states = await stage.rows(
                    "select content, state from messages where role = 'user' order by order_key"
                )
                assert [tuple(row.values()) for row in states] == [
                    ("hello", "answered"), ("hello", "answered"),
                    ("missed one", "answered"), ("missed two", "answered"),
                    ("missed three", "answered"), ("missed four", "answered"),
                    ("not for todd", "overheard"),
                ]  # fmt: skip
                assert 2 <= len(fake.said(dm)) <= 3
                assert len(fake.said(scene.root)) == 2
                assert len(fake.said(missed[2])) == 1

    async def test_an_old_dm_an_archived_thread_and_a_channel_that_fails_are_read_back(
        self, url: str, settings: Settings
    ) -> None:
        async with a_discord() as fake:
            dm = people(fake)
            mine = settings.model_copy(update=at(fake))
            async with on_stage(url, mine, ScriptedModel(*[say("Here.")] * 9)) as stage:
                scene = DiscordScene(stage, fake)
                async with hearing(stage, mine, fake):
                    await scene.say("ana", "hello")
                    await scene.say("bob", "@todd hello", "thread")
                    await stage.settled()
                    await stage.until("select 1 from watermarks", timeout=30)
                fake.sessions.clear()
                await stage.rows("update conversations set updated_at = now() - interval '30 days'")
                missed = [
                    await fake.say(ANA, "an old dm", dm),
                    await fake.say(BOB, "an archived thread", scene.root),
                    await fake.say(BOB, f"{MENTION} a channel that fails", GENERAL),
                ]
                fake.archived.add(scene.root)
                fake.faults["GET message"] = [503, "reset"]
                async with hearing(stage, mine, fake):
                    for each in missed:
                        await stage.until("select 1 from messages where external_id = %s", each)
                    await stage.settled()

    async def test_the_mark_waits_while_something_is_missing(
        self, url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(missed, "WATERMARK_EVERY", 0.05)
        monkeypatch.setattr(missed, "LAG", timedelta(0))
        async with on_discord(url, settings, ScriptedModel()) as scene:
            await scene.stage.until("select 1 from watermarks", timeout=30)
            await scene.stage.rows("alter table procrastinate_jobs rename to away")
            await scene.discord.say(ANA, "hello", scene.discord.dm_of(ANA))
            await looks(scene, 2)
            (before,) = await scene.stage.rows("select heard_until from watermarks")
            await looks(scene, 3)
            (after,) = await scene.stage.rows("select heard_until from watermarks")
            assert before == after  # a message is heard and not kept
            await scene.stage.rows("alter table away rename to procrastinate_jobs")
            await scene.stage.until(
                "select 1 from watermarks where heard_until > %s", before["heard_until"]
            )


class TestProcesses:
    """The real commands, against a Discord of our own."""

    def variables(self, url: str, fake: FakeDiscord, tmp_path, **more: str) -> dict[str, str]:
        settings = {name.upper(): str(value) for name, value in at(fake).items()}
        return {"DATABASE_URL": url, "TODD_DATA": str(tmp_path), **settings, **more}

    async def test_everything_in_one_process(self, url: str, tmp_path) -> None:
        async with a_discord() as fake:
            dm = people(fake)
            async with typing("run", **self.variables(url, fake, tmp_path)) as todd:
                await todd.sees("Todd hears Discord")
                await fake.say(ANA, "add buy milk", dm, times=3)
                await until(lambda: fake.said(dm), 30)
                assert plain(fake.said(dm)[0]["content"]) == "✓ Added #1 buy milk"
                todd.process.send_signal(signal.SIGTERM)
                assert await todd.ends() == 0
            assert len(fake.said(dm)) == 1

    async def test_hearing_and_answering_in_processes_of_their_own(
        self, url: str, tmp_path
    ) -> None:
        async with a_discord() as fake:
            dm = people(fake)
            variables = self.variables(url, fake, tmp_path)
            async with typing("discord", **variables) as hearing, typing("worker", **variables):
                await hearing.sees("Todd hears Discord")
                await fake.say(ANA, "add buy milk", dm)
                await until(lambda: fake.said(dm), 30)
                await fake.command(ANA, "ask", GENERAL, text="list", private=True)
                await until(
                    lambda: "buy milk" in "".join(m["content"] for m in fake.said(GENERAL)), 30
                )

    async def test_two_processes_and_a_kill_lose_and_double_nothing(
        self, url: str, tmp_path
    ) -> None:
        async with a_discord() as fake, contextlib.AsyncExitStack() as stack:
            variables = self.variables(url, fake, tmp_path)
            all_hearing = [
                await stack.enter_async_context(typing("run", **variables)) for _ in range(2)
            ]
            for hearing in all_hearing:
                await hearing.sees("Todd hears Discord")
            users = [str(20_000 + number) for number in range(8)]

            async def everybody_speaks() -> None:
                for number in range(24):
                    user = users[number % 8]
                    await fake.say(user, f"add errand {number}", fake.dm_of(user), times=2)
                    await asyncio.sleep(0.02)

            async def one_is_killed() -> None:
                await asyncio.sleep(0.3)
                all_hearing[0].process.kill()

            await asyncio.gather(everybody_speaks(), one_is_killed())
            await errands_stand_once(fake, users, 24)

    async def test_what_a_killed_process_had_not_kept_is_read_back(
        self, url: str, tmp_path
    ) -> None:
        """Killed in the middle of what comes in, with nobody beside it, again and again."""
        async with a_discord() as fake:
            variables = self.variables(url, fake, tmp_path)
            users = [str(20_000 + number) for number in range(4)]
            number = 0
            for user in users:  # a first word each, so that their DMs are known
                fake.dm_of(user)
            async with typing("run", **variables) as todd:
                await todd.sees("Todd hears Discord")
                for user in users:
                    await fake.say(user, f"add errand {number}", fake.dm_of(user))
                    number += 1
                await errands_stand_once(fake, users, number)
            for _ in range(3):
                async with typing("run", **variables) as todd:
                    await todd.sees("Todd hears Discord")
                    for _ in range(8):
                        user = users[number % 4]
                        await fake.say(user, f"add errand {number}", fake.dm_of(user))
                        number += 1
                    todd.process.kill()
                    await todd.process.wait()
                fake.sessions.clear()
                await fake.say(users[0], f"add errand {number}", fake.dm_of(users[0]))
                number += 1
            async with typing("run", **variables) as todd:
                await errands_stand_once(fake, users, number)

    async def test_a_wrong_token_is_one_line(self, url: str, tmp_path) -> None:
        async with a_discord() as fake:
            variables = self.variables(url, fake, tmp_path, DISCORD_TOKEN="wrong")
            for command in (["discord"], ["discord", "invite"]):
                code, _, err = await piped(*command, **variables)
                assert code == 1
                assert "Discord refuses DISCORD_TOKEN" in err
                assert "Traceback" not in err

    async def test_a_missing_intent_is_one_line(self, url: str, tmp_path) -> None:
        async with a_discord(granted=0) as fake:
            code, _, err = await piped("discord", **self.variables(url, fake, tmp_path))
            assert code == 1
            assert "turn on “Message Content Intent”" in err
            assert "Traceback" not in err

    async def test_missing_permissions_are_one_line(self, url: str, tmp_path) -> None:
        async with a_discord(permissions=str(1 << 10)) as fake:
            code, _, err = await piped("discord", **self.variables(url, fake, tmp_path))
            assert code == 1
            assert "too few permissions" in err
            assert "send_messages" in err
            assert "view_channel" not in err.split("todd: ")[1]

    async def test_a_discord_that_is_not_there_is_one_line(self, url: str, tmp_path) -> None:
        async with a_discord() as fake:
            variables = self.variables(
                url, fake, tmp_path, DISCORD_API_BASE="http://127.0.0.1:1/api"
            )
            code, _, err = await piped("discord", **variables)
            assert code == 1
            assert "Discord cannot be reached" in err
            assert "Traceback" not in err

    async def test_missing_settings_are_named(self, url: str, tmp_path) -> None:
        code, _, err = await piped("discord", DATABASE_URL=url, TODD_DATA=str(tmp_path))
        assert code == 1
        assert "DISCORD_TOKEN" in err

    async def test_a_discord_that_fails_is_begun_again_by_run(self, url: str, tmp_path) -> None:
        async with a_discord(gateway_faults=[4000 + 13]) as fake:
            dm = people(fake)
            async with typing("run", **self.variables(url, fake, tmp_path)) as todd:
                await todd.sees("a platform failed, again in")
                await todd.sees("Todd hears Discord")
                await fake.say(ANA, "list", dm)
                await until(lambda: fake.said(dm), 30)

    async def test_the_invitation_is_printed(self, url: str, tmp_path) -> None:
        async with a_discord() as fake:
            code, out, _ = await piped("discord", "invite", **self.variables(url, fake, tmp_path))
            assert code == 0
            assert out.strip() == invite.url(int(APPLICATION))
            assert f"permissions={invite.PERMISSIONS.value}" in out


async def errands_stand_once(fake: FakeDiscord, users: list[str], count: int) -> None:
    """Waits until all errands are added, and looks that each was said once."""

    def texts() -> list[str]:
        return [plain(m["content"]) for user in users for m in fake.said(fake.dm_of(user))]

    try:
        await until(lambda: sum(text.count("✓ Added") for text in texts()) >= count, 60)
    except TimeoutError:
        raise AssertionError(f"{count} errands, but: {texts()}") from None
    for number in range(count):
        assert len([text for text in texts() if re.search(rf"errand {number}\b", text)]) == 1, (
            number
        )


def test_the_invitation_asks_for_what_the_code_uses() -> None:
    assert invite.intents().message_content
    assert not invite.intents().members
    assert "scope=bot+applications.commands" in invite.url(1)
    assert set(invite.lacking(discord.Permissions.none())) == {
        name for name, needed in invite.PERMISSIONS if needed and name != "create_public_threads"
    }
    assert invite.lacking(discord.Permissions.all()) == []


def test_a_thread_is_named_at_a_word() -> None:
    assert payloads.thread_name("") == "Todd"
    assert payloads.thread_name("a\nb") == "a b"
    assert len(payloads.thread_name("word " * 60)) <= 100
    assert payloads.thread_name("word " * 60).endswith("word …")


def test_what_is_sealed_is_opened_by_the_same_secret_alone(tmp_path) -> None:
    seal = Seal(secret_of("a long enough secret", tmp_path))
    sealed = seal.seal("token")
    assert "token" not in sealed
    assert seal.open(sealed) == "token"
    assert Seal("another long secret").open(sealed) is None
    own = secret_of(None, tmp_path)
    assert own == secret_of(None, tmp_path)
    assert oct(os.stat(tmp_path / "secret").st_mode)[-3:] == "600"


class TestWithSimcord:
    """The same client in simcord's Discord: its permissions, its commands, its buttons."""

    @contextlib.asynccontextmanager
    async def simulated(self, url: str, settings: Settings) -> AsyncIterator[tuple]:
        async with on_stage(url, settings, ScriptedModel(), working=False) as stage:
            client = DiscordClient(
                stage.todd.inbox, stage.todd.database, Seal("a secret for tests")
            )
            async with simcord.run(client) as env:
                yield env, stage

    async def test_a_mention_a_dm_and_what_is_overheard(self, url: str, settings: Settings) -> None:
        async with self.simulated(url, settings) as (env, stage):
            guild = env.create_guild()
            channel = guild.create_text_channel("general")
            ana = guild.add_member(env.create_user("ana"))
            await ana.send(channel, f"<@{env.bot.user.id}> add milk")
            await ana.send(channel, "nothing for todd")
            await ana.send_dm("add bread")
            rows = await stage.rows(
                "select m.content, m.state, c.private, c.thread <> '' as threaded, u.name"
                " from messages m join conversations c on c.id = m.conversation_id"
                " join users u on u.id = m.user_id order by m.id"
            )
            assert [tuple(row.values()) for row in rows] == [
                ("add milk", "waiting", False, True, "ana"),
                ("nothing for todd", "overheard", False, False, "ana"),
                ("add bread", "waiting", True, False, "ana"),
            ]

    async def test_ask_is_deferred_as_it_was_asked_for(self, url: str, settings: Settings) -> None:
        async with self.simulated(url, settings) as (env, stage):
            guild = env.create_guild()
            channel = guild.create_text_channel("general")
            ana = guild.add_member(env.create_user("ana"))
            for private in (False, True):
                result = await ana.slash(channel, "ask", text="add milk", private=private)
                assert result.deferred
                assert result.ephemeral is private
            rows = await stage.rows("select private from conversations order by id")
            assert [row["private"] for row in rows] == [False, True]

    async def test_somebody_elses_bot_is_not_heard(self, url: str, settings: Settings) -> None:
        async with self.simulated(url, settings) as (env, stage):
            guild = env.create_guild()
            channel = guild.create_text_channel("general")
            other = guild.add_member(env.create_user("other", bot=True))
            await other.send(channel, f"<@{env.bot.user.id}> add milk")
            assert await stage.rows("select 1 from messages") == []


async def looks(scene: DiscordScene, count: int) -> None:
    """Waits until it was looked so many times more whether the watermark may move."""
    assert scene.client is not None
    until_then = scene.client.missed.looks + count
    await until(lambda: scene.client.missed.looks >= until_then)
