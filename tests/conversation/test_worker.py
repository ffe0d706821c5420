"""The engine: once, in order, whatever breaks; and its start and end."""

import asyncio
import contextlib

from support.stage import ANA, BOB, DM, QUICK, THREAD, add, heard, on_stage

from bots.platform import FakePlatform
from bots.settings import Settings
from core.errors import PlatformFailed
from core.models.port import Text


class Echo:
    """Answers each turn with what it was given, and counts."""

    def __init__(self, wait: float = 0) -> None:
        self.turns: list[tuple[str, ...]] = []
        self.wait = wait

    async def speak(self, prompt):
        self.turns.append(prompt.heard)
        await asyncio.sleep(self.wait)
        yield Text(" + ".join(prompt.heard))


class Gate:
    """Waits inside its first step until it is let go."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.turns: list[tuple[str, ...]] = []

    async def speak(self, prompt):
        self.turns.append(prompt.heard)
        self.asked.set()
        await self.open.wait()
        yield Text("Answer to " + " + ".join(prompt.heard))


async def test_an_engine_stopped_at_any_moment_of_its_start_ends(
    url: str, settings: Settings
) -> None:
    for step in range(40):
        async with on_stage(url, settings, Echo()) as stage:
            await asyncio.sleep(step * 0.0015)
            async with asyncio.timeout(10):
                await stage.stop()


async def test_what_was_kept_while_nobody_worked_is_answered(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, Echo(), working=False) as stage:
        await stage.hear("hello")
        stage.start()
        await stage.settled()
        assert await stage.replies() == ["hello"]


async def test_a_run_of_one_speaker_is_one_turn_in_the_platforms_order(
    url: str, settings: Settings
) -> None:
    model = Echo()
    async with on_stage(url, settings, model, working=False) as stage:
        await stage.hear("second", order_key="2")
        await stage.hear("third", order_key="3")
        await stage.hear("first", order_key="1")
        stage.start()
        await stage.settled()
        assert model.turns == [("first", "second", "third")]
        assert stage.platform.posts == 1


async def test_the_next_speaker_is_the_next_turn(url: str, settings: Settings) -> None:
    model = Echo()
    async with on_stage(url, settings, model, working=False) as stage:
        for text, person in [("a1", ANA), ("a2", ANA), ("b1", BOB), ("a3", ANA)]:
            await stage.hear(text, place=THREAD, person=person, addressed=True)
        stage.start()
        await stage.settled()
        assert model.turns == [("a1", "a2"), ("b1",), ("a3",)]
        answered = await stage.rows("select user_id from messages where role = 'assistant'")
        assert len({row["user_id"] for row in answered}) == 2


async def test_what_arrives_meanwhile_is_taken_after(url: str, settings: Settings) -> None:
    model = Gate()
    async with on_stage(url, settings, model) as stage:
        await stage.hear("one")
        await model.asked.wait()
        await stage.hear("two")
        await stage.hear("three")
        model.open.set()
        await stage.settled()
        assert model.turns == [("one",), ("two", "three")]


async def test_conversations_do_not_wait_for_each_other(url: str, settings: Settings) -> None:
    class Picky(Gate):
        async def speak(self, prompt):
            if prompt.heard == ("slow",):
                async for saying in Gate.speak(self, prompt):
                    yield saying
            else:
                yield Text("quick")

    model = Picky()
    async with on_stage(url, settings, model) as stage:
        await stage.hear("slow")
        await model.asked.wait()
        await stage.hear("other", place=THREAD, addressed=True)
        await stage.until("select 1 from messages where content = 'quick' and state = 'said'")
        model.open.set()
        await stage.settled()


async def test_two_workers_answer_each_message_once(url: str, settings: Settings) -> None:
    model = Echo(wait=0.005)
    platform = FakePlatform()
    async with (
        on_stage(url, settings, model, platform=platform) as one,
        on_stage(url, settings, model, platform=platform),
    ):
        for number in range(60):
            message = heard(f"text {number}", external_id=f"same-{number}")
            await asyncio.gather(*(one.todd.inbox.keep(message) for _ in range(3)))
        await one.settled()
        said = [text for turn in model.turns for text in turn]
        assert said == [f"text {number}" for number in range(60)]
        assert platform.posts == len(model.turns)


async def test_a_post_that_was_not_noted_is_looked_up_before_posting_again(
    url: str, settings: Settings
) -> None:
    platform = FakePlatform()
    platform.fail_after_post = [RuntimeError("died between post and commit")]
    async with on_stage(url, settings, Echo(), platform=platform) as stage:
        await stage.answered("hello")
        assert platform.posts == 1
        assert await stage.rows("select 1 from posts where external_id like 'fake-%%'")


async def test_a_platform_that_fails_is_tried_again_without_asking_the_model(
    url: str, settings: Settings
) -> None:
    platform = FakePlatform()
    platform.fail = [PlatformFailed("503") for _ in range(7)]
    model = Echo()
    patience = type(QUICK)(first_wait=0.01, longest_wait=0.02, sweep=0.1, grace=5.0)
    async with on_stage(url, settings, model, platform=platform, patience=patience) as stage:
        assert await stage.answered("hello") == "hello"
        assert len(model.turns) == 1
        (row,) = await stage.rows("select state from messages where role = 'user'")
        assert row["state"] == "answered"


async def test_a_platform_that_fails_for_a_day_is_given_up(url: str, settings: Settings) -> None:
    platform = FakePlatform()
    platform.fail = [PlatformFailed("gone")]
    patience = type(QUICK)(first_wait=0.01, sweep=0.1, say_for=0.0, grace=5.0)
    async with on_stage(url, settings, Echo(), platform=platform, patience=patience) as stage:
        await stage.answered("hello")
        (row,) = await stage.rows("select state from messages where role = 'user'")
        assert row["state"] == "failed"


async def test_a_turn_that_is_cancelled_is_finished_by_the_next_worker(
    url: str, settings: Settings
) -> None:
    model = Gate()
    patience = type(QUICK)(first_wait=0.05, sweep=0.2, grace=0.1)
    async with on_stage(url, settings, model, patience=patience) as stage:
        await stage.hear("hello")
        await model.asked.wait()
        await stage.stop()
        (row,) = await stage.rows("select state from messages where role = 'assistant'")
        assert row["state"] == "speaking"
        model.open.set()
        stage.start()
        await stage.settled()
        assert await stage.replies() == ["Answer to hello"]


async def test_a_shutdown_lets_a_running_turn_finish(url: str, settings: Settings) -> None:
    model = Gate()
    async with on_stage(url, settings, model) as stage:
        await stage.hear("hello")
        await model.asked.wait()
        stopping = asyncio.create_task(stage.stop())
        await asyncio.sleep(0.05)
        model.open.set()
        await stopping
        assert await stage.replies() == ["Answer to hello"]
        (row,) = await stage.rows("select state from messages where role = 'assistant'")
        assert row["state"] == "said"


async def test_a_lost_lock_connection_ends_its_turns_and_another_goes_on(
    url: str, settings: Settings
) -> None:
    model = Gate()
    async with on_stage(url, settings, model) as stage:
        await stage.hear("hello")
        await model.asked.wait()
        cut = await stage.rows(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            " and database = (select oid from pg_database where datname = current_database())"
        )
        assert len(cut) == 1
        await stage.until("select 1 from messages where begun = 2")
        model.open.set()
        await stage.settled()
        assert await stage.replies() == ["Answer to hello"]
        assert stage.platform.posts == 1


async def test_a_process_that_lost_its_conversation_writes_nothing_more(
    url: str, settings: Settings
) -> None:
    model = Gate()
    async with on_stage(url, settings, model) as stage:
        await stage.hear("hello")
        await model.asked.wait()
        await stage.rows("update conversations set token = 'another' returning id")
        model.open.set()
        # Its own writes are refused; the sweep takes the conversation up anew.
        await stage.settled()
        assert await stage.replies() == ["Answer to hello"]
        assert len(model.turns) == 2
        assert stage.platform.posts == 1


async def test_the_database_may_go_away_and_come_back(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, Echo()) as stage:
        assert await stage.answered("before") == "before"
        await stage.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        for _ in range(50):
            with contextlib.suppress(Exception):
                await stage.hear("after", external_id="after")
                break
            await asyncio.sleep(0.05)
        await stage.settled()
        assert await stage.replies() == ["before", "after"]


async def test_a_wake_up_that_was_lost_costs_seconds_only(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, Echo(), working=False) as stage:
        await stage.hear("hello")
        await stage.rows("delete from procrastinate_jobs returning id")
        stage.start()
        await stage.settled(timeout=5)
        assert await stage.replies() == ["hello"]


async def test_a_message_that_kills_its_process_is_given_up_in_the_end(
    url: str, settings: Settings
) -> None:
    model = Gate()
    patience = type(QUICK)(sweep=0.2, grace=0.1)
    async with on_stage(url, settings, model, patience=patience) as stage:
        await stage.hear("poison")
        await model.asked.wait()
        await stage.stop()
        # As twenty crashes would leave it: begun again and again, never failed.
        await stage.rows("update messages set begun = 20 where role = 'assistant' returning id")
        stage.start()
        await stage.settled()
        assert "I am sorry" in (await stage.replies())[0]


async def test_a_turn_costs_no_connection_while_it_waits(url: str, settings: Settings) -> None:
    model = Gate()
    async with on_stage(url, settings, model) as stage:
        for number in range(40):
            place = type(DM)("fake", channel=f"dm-{number}", private=True)
            await stage.hear("hello", place=place)
        async with asyncio.timeout(20):
            while len(model.turns) < 40:
                await asyncio.sleep(0.05)
        busy = await stage.rows(
            "select 1 from pg_stat_activity where datname = current_database()"
            " and state <> 'idle' and pid <> pg_backend_pid()"
        )
        assert len(busy) <= 3
        model.open.set()
        await stage.settled()


async def test_finished_jobs_are_deleted(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, Echo()) as stage:
        await stage.answered("hello")
        await stage.until("select 1 where not exists (select 1 from procrastinate_jobs)")


async def test_jobs_of_a_killed_worker_are_cleared_away(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, Echo(), working=False) as stage:
        await stage.hear("hello")
        await stage.rows("update procrastinate_jobs set status = 'doing' returning id")
        stage.start()
        await stage.settled()
        await stage.until("select 1 where not exists (select 1 from procrastinate_jobs)")


async def test_numbers_are_given_once_however_many_turns_run_at_a_time(
    url: str, settings: Settings
) -> None:
    class Adds:
        async def speak(self, prompt):
            if prompt.results:
                yield Text("Ok.")
            else:
                yield add("Task")

    async with on_stage(url, settings, Adds()) as stage:
        for number in range(10):
            place = type(DM)("fake", channel=f"dm-{number}", private=True)
            await stage.hear("add", place=place)
        await stage.settled()
        numbers = await stage.rows("select number from task_numbers order by number")
        assert [row["number"] for row in numbers] == list(range(1, 11))
