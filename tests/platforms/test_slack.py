"""Slack, beyond what every platform keeps: acks, redeliveries, faults, commands, buttons, the command line."""

import asyncio
import contextlib
import json
import re
import signal

import aiohttp
import pytest
from fakes.slack import APP_TOKEN, SECRET, TODD, TOKEN, FakeSlack, a_slack, rendered
from hypothesis import given
from hypothesis import strategies as st
from support.command import piped, typing
from support.scenes import on_slack_http, on_slack_socket
from support.stage import add, say
from support.talk import NOW, Clock

from bots.markdown import FENCE, split
from bots.settings import Settings
from bots.slack import payloads
from bots.slack.manifest import COMMAND, EVENTS, NEEDED, SCOPES, manifest
from bots.slack.say import calling, escape, messages
from core.heard import Person, channel_named
from core.models.port import StartOver, Text
from core.models.scripted import ScriptedModel
from core.reply import Reply
from core.understanding.english import Grammar

BOTH = pytest.mark.parametrize("scene", [on_slack_http, on_slack_socket])


async def settled(scene) -> None:
    await scene.stage.settled()


@BOTH
async def test_acked_only_after_the_commit(scene, url: str, settings: Settings) -> None:
    async with scene(url, settings, ScriptedModel(say("Here."))) as scene:
        await scene.stage.rows("alter table procrastinate_jobs rename to away")
        saying = asyncio.create_task(scene.say("ana", "hello"))
        async with asyncio.timeout(10):
            while not scene.slack.retried:  # it was delivered, and not acked
                await asyncio.sleep(0.02)
        assert await scene.stage.rows("select 1 from messages") == []
        await scene.stage.rows("alter table away rename to procrastinate_jobs")
        await saying
        assert scene.slack.retried >= 1
        assert scene.slack.undelivered == []
        await settled(scene)
        assert scene.stands("ana") == ["Here."]


@BOTH
async def test_a_mention_is_one_message_in_either_order(
    scene, url: str, settings: Settings
) -> None:
    model = ScriptedModel(*[say("Here.")] * 6)
    async with scene(url, settings, model) as scene:
        for number in range(6):
            scene.root = ""
            await scene.say("ana", f"@todd hello {number}", "thread", times=2)
        await settled(scene)
        assert len(scene.slack.said("C1")) == 6
    model.assert_done()


async def test_what_is_never_for_todd_is_not_kept(url: str, settings: Settings) -> None:
    async with on_slack_http(url, settings, ScriptedModel()) as scene:
        base = {"type": "message", "channel": "DUANA", "channel_type": "im", "user": "UANA"}
        for more in (
            {"subtype": "message_changed", "message": {"text": "x"}},
            {"subtype": "message_deleted"},
            {"subtype": "channel_join", "text": "joined"},
            {"subtype": "bot_message", "bot_id": "B9", "text": "beep"},
            {"bot_id": "B9", "text": "beep"},
            {"user": TODD, "text": "myself"},
        ):
            await scene.slack.event({"ts": scene.slack.ts(), **base, **more})
        await scene.slack.event({"type": "app_home_opened", "user": "UANA", "tab": "messages"})
        await scene.slack.event({"type": "user_change", "user": {"id": "UANA"}})
        assert scene.slack.undelivered == []
        assert scene.slack.retried == 0
        assert await scene.stage.rows("select 1 from messages") == []


async def test_a_reply_stands_in_the_thread_that_the_message_came_from(
    url: str, settings: Settings
) -> None:
    async with on_slack_http(url, settings, ScriptedModel(*[say("Here.")] * 3)) as scene:
        scene.slack.person("UANA", "ana")
        root = await scene.slack.say("UANA", "hello", "DUANA")
        await settled(scene)
        await scene.slack.say("UANA", "more", "DUANA", thread=root)
        await settled(scene)
        other = await scene.slack.say("UANA", "elsewhere", "DUANA")
        await settled(scene)
        threads = [message["thread_ts"] for message in scene.slack.said("DUANA")]
        assert threads == [root, root, other]
        assert len(await scene.stage.rows("select 1 from conversations")) == 1


async def test_names_and_zones_come_from_slack(url: str, settings: Settings) -> None:
    model = ScriptedModel(say("Hello."), say("StartOver."))
    async with on_slack_http(url, settings, model) as scene:
        await scene.say("ana", "hello")
        await settled(scene)
        await scene.say("ana", "hello again")
        await settled(scene)
        (row,) = await scene.stage.rows("select name, timezone, locale from users")
        assert row == {"name": "ana", "timezone": "Europe/Berlin", "locale": "en-US"}
        assert scene.slack.calls["users.info"] == 1
    assert "Europe/Berlin" in model.prompts[0].lines[1].text


@pytest.mark.parametrize("faults", [[429], [500, 500], ["reset"]])
async def test_faults_of_slack_are_waited_out(
    url: str, settings: Settings, faults: list[object]
) -> None:
    async with on_slack_http(url, settings, ScriptedModel(say("Here."))) as scene:
        scene.slack.faults["chat.postMessage"] = list(faults)
        await scene.say("ana", "hello")
        await settled(scene)
        assert scene.stands("ana") == ["Here."]
        assert len(scene.slack.said("DUANA")) == 1


async def test_slack_refusing_for_a_while_loses_nothing(url: str, settings: Settings) -> None:
    model = ScriptedModel(say("Here."))
    async with on_slack_http(url, settings, model) as scene:
        scene.slack.faults["chat.postMessage"] = ["fatal_error", "fatal_error"]
        await scene.say("ana", "hello")
        await settled(scene)
        assert scene.stands("ana") == ["Here."]
    model.assert_done()


async def test_a_post_that_was_not_noted_is_found_by_its_metadata(
    url: str, settings: Settings
) -> None:
    async with on_slack_http(url, settings, ScriptedModel(say("Here."))) as scene:
        await scene.stage.rows("alter table posts rename to away")
        await scene.say("ana", "hello")
        async with asyncio.timeout(10):
            while not scene.slack.said("DUANA"):
                await asyncio.sleep(0.02)
        await scene.stage.rows("alter table away rename to posts")
        await settled(scene)
        assert scene.stands("ana") == ["Here."]
        assert len(scene.slack.said("DUANA")) == 1


async def test_a_reminder_that_was_not_noted_is_found_in_the_dm(
    url: str, settings: Settings
) -> None:
    """Nobody's message stands before it: it is looked for in what was said since."""
    clock = Clock(NOW)
    async with on_slack_http(url, settings, Grammar(), clock=clock) as scene:
        await scene.say("ana", "remind me to call mum at 18:00")
        await settled(scene)
        await scene.stage.rows("alter table posts rename to away")
        clock.to("2026-11-25T17:00:00+00:00")
        async with asyncio.timeout(10):
            while len(scene.slack.said("DUANA")) < 2:
                await asyncio.sleep(0.02)
        await scene.stage.rows("alter table away rename to posts")
        await settled(scene)
        assert len(scene.stands("ana")) == 2
        assert len(scene.slack.said("DUANA")) == 2


def test_who_is_called_by_name_is_the_only_one_who_is_pinged() -> None:
    (part,) = calling(messages(Reply(1, "⏰ <@U2> tea")), Person("U1"))
    assert part["text"] == "<@U1> ⏰ &lt;@U2> tea"
    called, words = part["blocks"]
    assert called["text"] == {"type": "mrkdwn", "text": "<@U1>"}
    assert words == {"type": "markdown", "text": "⏰ &lt;@U2> tea"}


async def test_a_message_that_somebody_deleted_is_not_posted_again(
    url: str, settings: Settings
) -> None:
    class Slow:
        async def speak(self, prompt):
            yield Text("First. ")
            await asyncio.sleep(0.5)
            yield Text("Second.")

    async with on_slack_http(url, settings, Slow()) as scene:
        await scene.say("ana", "hello")
        async with asyncio.timeout(10):
            while not scene.slack.said("DUANA"):
                await asyncio.sleep(0.02)
        scene.slack.messages["DUANA"] = []
        await settled(scene)
        assert scene.slack.said("DUANA") == []


async def test_edits_of_one_message_keep_their_distance(url: str, settings: Settings) -> None:
    class Slow:
        async def speak(self, prompt):
            for number in range(40):
                yield Text(f"Sentence {number}. ")
                await asyncio.sleep(0.05)

    async with on_slack_http(url, settings, Slow()) as scene:
        await scene.say("ana", "hello")
        await settled(scene)
        (message,) = scene.slack.said("DUANA")
        assert 2 <= len(scene.slack.versions[message["ts"]]) <= 4
        assert rendered(message).endswith("Sentence 39.")


async def test_text_that_grows_by_escaping_is_split_and_not_refused(
    url: str, settings: Settings
) -> None:
    words = "\n".join(f"if (a{n} && b{n} < c{n}) <a href='x'>&nbsp;</a>" for n in range(200))
    async with on_slack_http(url, settings, ScriptedModel(say(words))) as scene:
        await scene.say("ana", "hello")
        await settled(scene)
        assert "".join("".join(scene.stands("ana")).split()) == "".join(words.split())
        assert len(scene.slack.said("DUANA")) > 2
        assert scene.slack.strict == []


async def test_a_refusal_that_is_final_silences_nobody(url: str, settings: Settings) -> None:
    async with on_slack_http(url, settings, ScriptedModel(say("One."), say("Two."))) as scene:
        scene.slack.faults["chat.postMessage"] = ["msg_too_long"]
        await scene.say("ana", "hello")
        await settled(scene)
        await scene.say("ana", "again")
        await settled(scene)
        assert scene.stands("ana") == ["Two."]


async def test_parts_of_a_try_that_is_void_do_not_stay(url: str, settings: Settings) -> None:
    class Fickle:
        async def speak(self, prompt):
            yield Text("Long. " * 1_000)
            await asyncio.sleep(0.5)
            yield StartOver()
            yield Text("Short.")

    async with on_slack_http(url, settings, Fickle()) as scene:
        await scene.say("ana", "hello")
        await settled(scene)
        assert [rendered(message) for message in scene.slack.said("DUANA")] == ["Short."]


async def test_nothing_is_asked_of_slack_before_the_ack(url: str, settings: Settings) -> None:
    async with on_slack_http(url, settings, ScriptedModel(say("Here."))) as scene:
        scene.slack.faults["auth.test"] = ["internal_error"] * 9
        before = scene.slack.calls["auth.test"]
        await scene.say("ana", "hello")
        await settled(scene)
        assert scene.stands("ana") == ["Here."]
        assert scene.slack.calls["auth.test"] == before


class TestTheCommand:
    async def test_it_answers_for_one_persons_eyes(self, url: str, settings: Settings) -> None:
        async with on_slack_http(
            url, settings, ScriptedModel([add("Secret")], say("Ok."))
        ) as scene:
            scene.slack.person("UANA", "ana")
            await scene.slack.command("UANA", "add secret", "C1")
            await settled(scene)
            (whisper,) = scene.slack.ephemerals
            assert (whisper["channel"], whisper["user"]) == ("C1", "UANA")
            assert "✓ Added #1 Secret" in rendered({"blocks": _blocks(whisper)})
            assert scene.slack.said("C1") == []

    async def test_it_gives_tasks_to_whom_it_mentions(self, url: str, settings: Settings) -> None:
        async with on_slack_http(url, settings, Grammar()) as scene:
            for user in ("ana", "bob"):
                scene.slack.person(f"U{user.upper()}", user)
            await scene.slack.command("UANA", "add slides for <@UBOB|bob>", "C1")
            await settled(scene)
            (whisper,) = scene.slack.ephemerals
            assert "✓ Added #1 slides · for bob" in rendered({"blocks": _blocks(whisper)})
            await scene.stage.until("select 1 from reminders where state = 'told'")
            await settled(scene)
            (told,) = scene.slack.said("DUBOB")
            assert rendered(told).startswith("ana has given you #1 slides")

    async def test_where_todd_is_no_member_it_answers_in_a_dm(
        self, url: str, settings: Settings
    ) -> None:
        async with on_slack_http(url, settings, ScriptedModel(say("Here."))) as scene:
            scene.slack.person("UANA", "ana")
            scene.slack.members["C9"] = set()
            await scene.slack.command("UANA", "hello", "C9")
            await settled(scene)
            assert [rendered(each) for each in scene.slack.said("DUANA")] == ["Here."]

    async def test_what_was_said_by_it_does_not_show_up_in_the_channel(
        self, url: str, settings: Settings
    ) -> None:
        model = ScriptedModel([add("Secret")], say("Ok."), say("Hello."))
        async with on_slack_http(url, settings, model) as scene:
            scene.slack.person("UANA", "ana")
            await scene.slack.command("UANA", "add secret", "C1")
            await settled(scene)
            await scene.say("ana", "@todd hello", "thread")
            await settled(scene)
        assert not any("secret" in line.text.lower() for line in model.prompts[-1].lines[1:])

    async def test_a_button_of_its_answer_is_as_private(self, url: str, settings: Settings) -> None:
        async with on_slack_http(url, settings, ScriptedModel([add("Ring")], say("Ok."))) as scene:
            scene.slack.person("UANA", "ana")
            await scene.slack.command("UANA", "add ring", "C1")
            await settled(scene)
            await scene.slack.press("UANA", "C1", scene.slack.ephemerals[0]["ts"], "Done #1")
            await settled(scene)
            assert "✓ Done #1 Ring" in rendered({"blocks": _blocks(scene.slack.ephemerals[1])})
            assert scene.slack.said("C1") == []


async def test_a_task_links_back_to_its_message(url: str, settings: Settings) -> None:
    async with on_slack_http(url, settings, Grammar()) as scene:
        await scene.say("ana", "@todd add milk", "thread")
        await settled(scene)
        (task,) = await scene.stage.rows("select link from tasks")
        assert task["link"] == f"https://x.slack.com/archives/C1/p{scene.root.replace('.', '')}"
        await scene.say("ana", "show 1", "thread")
        await settled(scene)
        assert f"From {task['link']}" in rendered(scene.slack.said("C1")[-1])


class TestButtons:
    @BOTH
    async def test_done_is_done_once_and_said_in_the_thread(
        self, scene, url: str, settings: Settings
    ) -> None:
        async with scene(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as scene:
            await scene.say("ana", "@todd milk", "thread")
            await settled(scene)
            (message,) = scene.slack.said("C1")
            await scene.slack.press("UANA", "C1", message["ts"], "Done #1", times=3)
            await settled(scene)
            assert [rendered(each) for each in scene.slack.said("C1")][1:] == ["✓ Done #1 Milk"]
            assert scene.slack.said("C1")[1]["thread_ts"] == scene.root
            assert len(await scene.stage.rows("select 1 from task_changes")) == 2

    async def test_undo_and_yes_are_pressed(self, url: str, settings: Settings) -> None:
        async with on_slack_http(url, settings, Grammar()) as scene:
            await scene.say("ana", "@todd add tea, jam, milk and eggs", "thread")
            await settled(scene)
            await scene.say("ana", "@todd delete everything", "thread")
            await settled(scene)
            question = scene.slack.said("C1")[1]
            await scene.slack.press("UBOB", "C1", question["ts"], "Yes")
            await settled(scene)
            assert not await scene.stage.rows("select 1 from tasks where deleted_at is not null")
            await scene.slack.press("UANA", "C1", question["ts"], "Yes", times=2)
            await settled(scene)
            deleted = scene.slack.said("C1")[-1]
            assert rendered(deleted).count("✓ Deleted") == 4
            await scene.slack.press("UANA", "C1", deleted["ts"], "Undo")
            await settled(scene)
            assert rendered(scene.slack.said("C1")[-1]).count("is back") == 4

    async def test_somebody_elses_press_changes_nothing(self, url: str, settings: Settings) -> None:
        async with on_slack_http(url, settings, ScriptedModel([add("Milk")], say("Ok."))) as scene:
            await scene.say("ana", "@todd milk", "thread")
            await settled(scene)
            (message,) = scene.slack.said("C1")
            await scene.slack.press("UBOB", "C1", message["ts"], "Done #1")
            await settled(scene)
            assert not await scene.stage.rows("select 1 from tasks where completed")


@pytest.mark.parametrize("wrong", ["signature", "time", "none"])
async def test_a_request_that_slack_did_not_sign_is_refused(
    url: str, settings: Settings, wrong: str
) -> None:
    async with on_slack_http(url, settings, ScriptedModel()) as scene:
        headers = {"Content-Type": "application/json"}
        if wrong != "none":
            headers |= {
                "X-Slack-Request-Timestamp": "1" if wrong == "time" else "9999999999",
                "X-Slack-Signature": "v0=" + "0" * 64,
            }
        body = json.dumps({"type": "event_callback", "event": {"type": "message"}})
        async with (
            aiohttp.ClientSession() as session,
            session.post(scene.slack.events_url, data=body, headers=headers) as answer,
        ):
            assert answer.status == 401
        assert await scene.stage.rows("select 1 from messages") == []


def test_text_pings_nobody() -> None:
    assert escape("<!channel> <@U1> a & b > c") == "&lt;!channel> &lt;@U1> a &amp; b > c"
    reply = Reply(1, "<!here>", ("✓ Added #1 <!channel>",), whole=True)
    (message,) = messages(reply)
    assert "<!" not in message["text"]
    assert message["blocks"][1]["text"]["type"] == "plain_text"  # nothing in it is markup


def test_text_is_heard_as_people_see_it() -> None:
    said = "<@UTODD> see <https://a.b/c|this> &amp; <mailto:x@y.z|x@y.z> &lt;3 <@U7> <#C1|general>"
    assert payloads.plain(said, TODD) == (
        f"see this https://a.b/c & x@y.z <3 @U7 {channel_named('general')}"
    )
    assert (
        payloads.plain("about <http://acme.com|acme.com> <tel:+49|+49>", TODD)
        == "about acme.com +49"
    )
    assert payloads.plain("<!here> <!subteam^S1|@devs>", TODD) == "@here devs"


def test_people_and_places_are_the_same_however_slack_says_them() -> None:
    event = {"type": "message", "user": "U1", "text": "x", "ts": "1.0", "channel": "C1",
             "thread_ts": "0.5", "user_team": "T9"}  # fmt: skip
    mine = payloads.message(event, {"team_id": "T1"}, TODD, "T1")
    theirs = payloads.message(event, {"team_id": "T9"}, TODD, "T1")
    assert mine
    assert theirs
    assert mine.place == theirs.place
    grid = {"authorizations": [{"enterprise_id": "E1", "team_id": "T1"}], "team_id": "T1"}
    said = payloads.message(event, grid, TODD, "T1")
    told = payloads.command({"user_id": "U1", "channel_id": "C1", "trigger_id": "t", "enterprise_id": "E1",
                         "team_id": "T1", "text": "x"}, TODD, "T1")  # fmt: skip
    assert said
    assert said.person.workspace == told.person.workspace == "E1"


@given(
    st.lists(st.sampled_from(["word ", "longer-word ", "\n", "\n\n", f"\n{FENCE}py\n", "é" * 9, " " * 90, "x" * 150]), max_size=300),
    st.integers(64, 200),
)  # fmt: skip
def test_a_split_keeps_every_word_and_closes_every_block(pieces: list[str], limit: int) -> None:
    text = "".join(pieces)
    parts = split(text, limit)
    assert all(len(part) <= limit for part in parts)

    def words(of: str) -> str:
        return re.sub(rf"\s|{FENCE}(py)?", "", of)

    assert words("".join(parts)) == words(text)
    assert all(part.strip() for part in parts[:-1])
    for part in parts[:-1]:
        assert part.count(FENCE) % 2 == 0


def test_the_manifest_asks_for_what_the_code_uses(url: str) -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert made["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert made["features"]["slash_commands"][0]["command"] == COMMAND
    assert set(SCOPES) >= NEEDED
    by_http = manifest("https://todd.example/slack/events")
    assert by_http["settings"]["socket_mode_enabled"] is False
    assert by_http["settings"]["interactivity"]["request_url"].endswith("/slack/events")


class TestProcesses:
    """The real commands, against a Slack of our own."""

    def variables(self, url: str, slack: FakeSlack, tmp_path, **more: str) -> dict[str, str]:
        return {
            "DATABASE_URL": url,
            "TODD_DATA": str(tmp_path),
            "SLACK_API_BASE": slack.url,
            "SLACK_BOT_TOKEN": TOKEN,
            **more,
        }

    async def test_everything_in_one_process(self, url: str, tmp_path) -> None:
        async with a_slack() as slack:
            slack.person("UANA", "ana")
            variables = self.variables(url, slack, tmp_path, SLACK_APP_TOKEN=APP_TOKEN)
            async with typing("run", **variables) as todd:
                await todd.sees("Todd hears Slack by Socket Mode")
                await slack.say("UANA", "add buy milk", "DUANA", times=3)
                await said(slack, "DUANA", 1)
                assert rendered(slack.said("DUANA")[0]) == "✓ Added #1 buy milk"
                todd.process.send_signal(signal.SIGTERM)
                assert await todd.ends() == 0

    async def test_hearing_and_answering_in_processes_of_their_own(
        self, url: str, tmp_path
    ) -> None:
        async with a_slack() as slack:
            slack.person("UANA", "ana")
            variables = self.variables(url, slack, tmp_path)
            heard = {**variables, "SLACK_SIGNING_SECRET": SECRET, "PORT": "0"}
            async with typing("web", **heard) as web:
                await web.sees("Todd hears Slack at port ")
                await asyncio.sleep(0.1)
                port = re.search(r"at port (\d+)", web.seen)[1]  # type: ignore[index]
                slack.events_url = f"http://127.0.0.1:{port}/slack/events"
                async with (
                    aiohttp.ClientSession() as session,
                    session.get(f"http://127.0.0.1:{port}/healthz") as health,
                ):
                    assert (health.status, await health.json()) == (200, {"ok": True})
                await slack.say("UANA", "add buy milk", "DUANA")
                assert slack.undelivered == []
                async with typing("worker", **variables):
                    await said(slack, "DUANA", 1)
                    assert rendered(slack.said("DUANA")[0]) == "✓ Added #1 buy milk"

    async def test_two_sockets_and_a_kill_lose_and_double_nothing(self, url: str, tmp_path) -> None:
        async with a_slack() as slack, contextlib.AsyncExitStack() as stack:
            variables = self.variables(url, slack, tmp_path, SLACK_APP_TOKEN=APP_TOKEN)
            all_hearing = [
                await stack.enter_async_context(typing("run", **variables)) for _ in range(2)
            ]
            for hearing in all_hearing:
                await hearing.sees("Todd hears Slack by Socket Mode")
            async with asyncio.timeout(20):
                while len(slack.sockets) < 2:
                    await asyncio.sleep(0.05)

            async def everybody_speaks() -> None:
                for number in range(24):
                    user = f"U{number % 8}"
                    slack.person(user, f"person {number % 8}")
                    await slack.say(user, f"add errand {number}", f"D{user}", times=2)

            async def one_is_killed() -> None:
                await asyncio.sleep(0.4)
                all_hearing[0].process.kill()

            await asyncio.gather(everybody_speaks(), one_is_killed())
            texts: list[str] = []
            async with asyncio.timeout(60):
                while sum(text.count("✓ Added") for text in texts) < 24:
                    await asyncio.sleep(0.2)
                    texts = [
                        rendered(message)
                        for number in range(8)
                        for message in slack.said(f"DU{number}")
                    ]
            assert slack.undelivered == []
            for number in range(24):
                said_once = [t for t in texts if re.search(rf"errand {number}\b", t)]
                assert len(said_once) == 1, number

    async def test_a_wrong_token_is_one_line(self, url: str, tmp_path) -> None:
        async with a_slack() as slack:
            variables = self.variables(url, slack, tmp_path, SLACK_APP_TOKEN=APP_TOKEN)
            code, _, err = await piped("slack", **{**variables, "SLACK_BOT_TOKEN": "xoxb-wrong"})
            assert code == 1
            assert "Slack refuses SLACK_BOT_TOKEN (invalid_auth)" in err
            assert "Traceback" not in err
            code, _, err = await piped("slack", **{**variables, "SLACK_APP_TOKEN": "xapp-wrong"})
            assert code == 1
            assert "Slack refuses SLACK_APP_TOKEN" in err
            assert "Traceback" not in err

    async def test_a_slack_that_is_not_there_is_one_line(self, url: str, tmp_path) -> None:
        variables = {"DATABASE_URL": url, "TODD_DATA": str(tmp_path), "SLACK_BOT_TOKEN": TOKEN,
                     "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_BASE": "http://127.0.0.1:1/api/"}  # fmt: skip
        code, _, err = await piped("slack", **variables)
        assert code == 1
        assert "Slack cannot be reached" in err
        assert "Traceback" not in err

    async def test_missing_scopes_are_one_line(self, url: str, tmp_path) -> None:
        async with a_slack(scopes="chat:write,users:read") as slack:
            variables = self.variables(url, slack, tmp_path, SLACK_APP_TOKEN=APP_TOKEN)
            code, _, err = await piped("slack", **variables)
            assert code == 1
            assert "lacks the scopes app_mentions:read, im:history" in err

    async def test_missing_settings_are_named_together(self, url: str, tmp_path) -> None:
        code, _, err = await piped("slack", DATABASE_URL=url, TODD_DATA=str(tmp_path))
        assert code == 1
        assert "SLACK_BOT_TOKEN" in err
        assert "SLACK_APP_TOKEN" in err
        code, _, err = await piped("web", DATABASE_URL=url, TODD_DATA=str(tmp_path))
        assert "SLACK_SIGNING_SECRET" in err

    async def test_one_platform_that_fails_does_not_take_the_others_along(
        self, url: str, tmp_path
    ) -> None:
        async with a_slack() as slack:
            slack.person("UANA", "ana")
            variables = self.variables(
                url, slack, tmp_path, SLACK_APP_TOKEN="xapp-wrong", SLACK_SIGNING_SECRET=SECRET,
                PORT="0",
            )  # fmt: skip
            async with typing("run", **variables) as todd:
                await todd.sees("a platform failed, again in")
                await todd.sees("Todd hears Slack at port ")
                await asyncio.sleep(0.1)
                port = re.search(r"at port (\d+)", todd.seen)[1]  # type: ignore[index]
                slack.events_url = f"http://127.0.0.1:{port}/slack/events"
                await slack.say("UANA", "list", "DUANA")
                await said(slack, "DUANA", 1)

    async def test_the_manifest_is_printed(self) -> None:
        code, out, _ = await piped("slack", "manifest")
        assert (code, json.loads(out)) == (0, manifest())


async def said(slack: FakeSlack, channel: str, count: int) -> None:
    """Waits until Todd has said something whole there."""
    async with asyncio.timeout(30):
        while len([m for m in slack.said(channel) if rendered(m)]) < count:
            await asyncio.sleep(0.05)


def _blocks(arguments: dict[str, object]) -> list[dict[str, object]]:
    blocks = arguments["blocks"]
    return json.loads(blocks) if isinstance(blocks, str) else blocks  # type: ignore[return-value]
