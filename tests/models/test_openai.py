"""A model over HTTP: faults, the chain, the histories sent, the wire itself."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from aiohttp import web
from fakes.model_server import ModelServer, invalid, results, serving
from openai import AsyncOpenAI
from support.loopback import on_loopback
from support.stage import on_stage

from bots.bootstrap import model_of
from bots.settings import Settings
from core.heard import Person, Place
from core.models.chain import NOTICE, Chain, Retries
from core.models.openai import EVENT_LIMIT, OpenAIModel, _events, _proxy_for
from core.turn.claims import checking
from core.understanding.english import Grammar

MILK = [("add_tasks", {"tasks": [{"title": "Buy milk"}]})]


def adds_milk(messages):
    return "There you are." if results(messages) else MILK


def chain(
    *servers: ModelServer,
    stall: float = 0.3,
    rest: float = 5.0,
    clock: Callable[[], float] = time.monotonic,
) -> Chain:
    models = [
        OpenAIModel("key", f"model-{place}", server.url, stall)
        for place, server in enumerate(servers)
    ]
    return Chain(models, Grammar(), Retries(tries=2, wait=0.01, cooldown=rest), clock)


async def test_a_turn_over_http(url: str, settings: Settings) -> None:
    async with serving(adds_milk) as server:
        mine = settings.model_copy(update={"openai_api_key": "k", "openai_base_url": server.url})
        async with on_stage(url, mine, model_of(mine)) as stage:
            assert await stage.answered("buy milk") == "There you are.\n\n✓ Added #1 Buy milk"
            (row,) = await stage.rows("select * from messages where role = 'assistant'")
            assert (row["input_tokens"], row["output_tokens"]) == (22, 14)
        assert server.violations == []
        assert [request["model"] for request in server.requests] == ["gpt-5.4-mini"] * 2
        assert server.requests[0]["stream"] is True


@pytest.mark.parametrize("fault", ["cut", "corrupt", "stall", "truncate", "length", "500", "429"])
@pytest.mark.parametrize("step", [0, 1])
async def test_a_step_that_fails_is_asked_again(
    url: str, settings: Settings, fault: str, step: int
) -> None:
    async with serving(adds_milk, faults=[""] * step + [fault]) as server:
        async with on_stage(url, settings, chain(server)) as stage:
            assert await stage.answered("buy milk") == "There you are.\n\n✓ Added #1 Buy milk"
            assert len(await stage.rows("select 1 from tasks")) == 1
        assert len(server.requests) == 3
        assert server.violations == []


@pytest.mark.parametrize("oddity", ["object", "no ids", "same ids", "same index"])
async def test_what_small_servers_get_wrong_is_understood(
    url: str, settings: Settings, oddity: str
) -> None:
    def adds_two(messages):
        return "There." if results(messages) else MILK + MILK

    async with serving(adds_two, faults=[oddity]) as server:
        async with on_stage(url, settings, chain(server)) as stage:
            reply = await stage.answered("buy milk twice")
            assert reply == "There.\n\n✓ Added #1 Buy milk\n✓ Added #2 Buy milk"
        assert server.violations == []


async def test_the_next_model_goes_on_with_the_calls_already_made(
    url: str, settings: Settings
) -> None:
    async with (
        serving(adds_milk, faults=["", "500", "500"]) as first,
        serving(adds_milk) as second,
        on_stage(url, settings, chain(first, second)) as stage,
    ):
        assert await stage.answered("buy milk") == "There you are.\n\n✓ Added #1 Buy milk"
        assert len(await stage.rows("select 1 from tasks")) == 1
        assert results(second.requests[0]["messages"]) == ["Added #1 Buy milk."]
        assert second.violations == []


async def test_a_wrong_key_is_not_tried_twice(url: str, settings: Settings) -> None:
    async with (
        serving(adds_milk, faults=["401"] * 5) as server,
        on_stage(url, settings, chain(server)) as stage,
    ):
        await stage.answered("add milk")
        assert len(server.requests) == 1


async def test_with_the_model_down_the_grammar_answers_and_says_so_once(
    url: str, settings: Settings
) -> None:
    async with (
        serving(adds_milk, faults=["500"] * 4) as server,
        on_stage(url, settings, chain(server, rest=0)) as stage,
    ):
        assert await stage.answered("add bread") == f"{NOTICE}\n\n✓ Added #1 bread"
        assert await stage.answered("list") == "1 open task:\n- #1 bread"
        assert "There you are." in await stage.answered("buy milk")


async def test_a_model_that_failed_rests_and_is_tried_by_one_turn_at_a_time(
    url: str, settings: Settings
) -> None:
    now = [0.0]
    async with serving(adds_milk, faults=["500"] * 4, delay=0.2) as server:
        model = chain(server, stall=5.0, rest=5.0, clock=lambda: now[0])
        async with on_stage(url, settings, model) as stage:
            await stage.answered("add bread")
            assert len(server.requests) == 2
            for _ in range(3):
                await stage.answered("list")
            assert len(server.requests) == 2  # it rests: nobody asks, nobody waits
            now[0] = 6.0
            for number in range(8):  # one of them asks, the others go on without
                place = Place("fake", f"d{number}", private=True)
                await stage.hear("list", place=place, person=Person(f"p{number}", name="P"))
            await stage.settled()
            assert len(server.requests) == 4
            now[0] = 15.0
            await stage.answered("list")
            assert len(server.requests) == 4  # its second rest is twice as long
            now[0] = 17.0
            assert "There you are." in await stage.answered("buy milk")


async def test_another_process_does_not_say_again_that_the_model_is_away(
    url: str, settings: Settings
) -> None:
    async with serving(adds_milk, faults=["500"] * 8) as server:
        async with on_stage(url, settings, chain(server, rest=0)) as stage:
            assert NOTICE in await stage.answered("add bread")
        async with on_stage(url, settings, chain(server, rest=0)) as stage:
            assert NOTICE not in await stage.answered("list")


async def test_the_grammar_does_not_step_in_once_there_are_calls(
    url: str, settings: Settings
) -> None:
    faults = ["", *["500"] * 20]
    async with (
        serving(adds_milk, faults=faults),
        serving(adds_milk, faults=faults) as server,
        on_stage(url, settings, chain(server)) as stage,
    ):
        reply = await stage.answered("add milk")
        assert reply.startswith("I am sorry, I could not finish this.")
        assert reply.endswith("✓ Added #1 Buy milk")


async def test_large_calls_of_the_past_do_not_fill_the_window(url: str, settings: Settings) -> None:
    def script(messages):
        if results(messages):
            return "There."
        tasks = [{"title": f"T{n}", "description": "x" * 2_000} for n in range(50)]
        return [("add_tasks", {"tasks": tasks})]

    async with serving(script) as server, on_stage(url, settings, chain(server)) as stage:
        for _ in range(3):
            await stage.answered("many")
        first, last = (len(json.dumps(server.requests[at]["messages"])) for at in (0, -2))
        assert last < first + 20_000


async def test_malformed_arguments_leave_a_valid_history(url: str, settings: Settings) -> None:
    def clumsy(messages):
        found = results(messages)
        if not found:
            return [("add_tasks", '{"tasks": [')]
        return MILK if len(found) == 1 else "There."

    async with serving(clumsy) as server, on_stage(url, settings, chain(server)) as stage:
        assert await stage.answered("buy milk") == "There.\n\n✓ Added #1 Buy milk"
        await stage.answered("again")
        assert server.violations == []


def test_the_server_refuses_a_history_that_breaks_the_rule() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": "1", "content": ""}
    assert invalid({"messages": [asked]})
    assert invalid({"messages": [asked, {"role": "user", "content": "x"}]})
    assert invalid({"messages": [result]})
    assert invalid({"messages": [asked, result, result]})
    assert invalid({"messages": [asked, result, asked, result]})
    assert not invalid({"messages": [asked, result]})


async def test_the_window_is_bounded_by_tokens(url: str, settings: Settings) -> None:
    async with (
        serving(lambda messages: "Ok.") as server,
        on_stage(url, settings, chain(server)) as stage,
    ):
        await stage.answered("hello")
        await stage.rows(
            "insert into messages (user_id, conversation_id, role, content, state)"
            " select user_id, conversation_id, 'user', repeat('word ', 500), 'overheard'"
            " from messages, generate_series(1, 300) where role = 'user'"
        )
        await stage.answered("and now?")
        text = sum(len(message["content"] or "") for message in server.requests[-1]["messages"])
        assert text < 4 * 8_000
        assert server.requests[-1]["messages"][-1]["content"] == "and now?"


# ── the wire ─────────────────────────────────────────────────────────────────────────────────


class Pieces:
    """A stream's bytes, in pieces of a size."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    async def iter_any(self):
        while self._content:
            piece, self._content = self._content[: self._size], self._content[self._size :]
            yield piece

    async def readany(self) -> bytes:
        rest, self._content = self._content, b""
        return rest


@pytest.mark.parametrize("size", [1, 3, 1_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
async def test_events_are_read_however_they_arrive(size: int, end: bytes) -> None:
    lines = [b": a comment", b"data: one", b"", b"event: x", b"data:two", b"data: halves", b"",
             b"id: 7", b"", b"data: [DONE]", b"", b"data: after", b"", b""]  # fmt: skip
    stream = Pieces(end.join(lines), size)
    assert [event async for event in _events(stream)] == [b"one", b"two\nhalves"]


async def test_an_event_cut_off_before_its_empty_line_counts() -> None:
    assert [event async for event in _events(Pieces(b"data: one\n", 4))] == [b"one"]


async def test_an_event_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without end"):
        async for _ in _events(Pieces(b"data: " + b"x" * (EVENT_LIMIT + 10), 60_000)):
            pass


async def test_a_request_is_what_the_openai_package_sends(url: str, settings: Settings) -> None:
    """The package is the measure of what servers are used to."""
    async with serving(adds_milk) as server:
        async with on_stage(url, settings, chain(server)) as stage:
            await stage.answered("buy milk")
        ours = server.requests[-1]
        async with AsyncOpenAI(api_key="key", base_url=server.url) as client:
            async for _ in await client.chat.completions.create(**ours):
                pass
        theirs = server.requests[-1]
    assert len(server.requests) == 3
    assert ours == theirs
    assert ours["tools"]
    assert ours["messages"][-1]["role"] == "tool"


async def test_a_connection_is_kept_for_the_next_step(url: str, settings: Settings) -> None:
    peers = set()

    async def answer(request: web.Request) -> web.StreamResponse:
        peers.add(request.transport.get_extra_info("peername"))
        assert request.headers["Authorization"] == "Bearer key"
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\n')
        await response.write(b'data: {"choices": [{"finish_reason": "stop"}]}\n\ndata: [DONE]\n\n')
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    async with on_loopback(app) as port:
        model = OpenAIModel("key", "any", f"http://127.0.0.1:{port}/v1")
        async with on_stage(url, settings, Chain([model], Grammar())) as stage:
            for number in range(3):
                assert await stage.answered(f"hello {number}") == "hi"
        await model.close()
    assert len(peers) == 1


async def test_a_stream_that_stays_open_after_its_end_holds_nobody_up(
    url: str, settings: Settings
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'data: {"choices": [{"delta": {"content": "hi"},')
        await response.write(b' "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n')
        await asyncio.sleep(60)
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    async with on_loopback(app) as port:
        model = OpenAIModel("key", "any", f"http://127.0.0.1:{port}/v1", stall=5.0)
        async with on_stage(url, settings, Chain([model], Grammar())) as stage:
            async with asyncio.timeout(4):
                assert await stage.answered("hello") == "hi"
        await model.close()


async def test_an_error_within_a_stream_is_a_step_that_failed(url: str, settings: Settings) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        wrong = b'{"error": {"message": "overloaded"}}'
        right = b'{"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}'
        await response.write(b"data: " + (wrong if asked == 1 else right) + b"\n\n")
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    async with on_loopback(app) as port:
        model = OpenAIModel("key", "any", f"http://127.0.0.1:{port}/v1")
        retries = Retries(tries=2, wait=0.01)
        async with on_stage(url, settings, Chain([model], Grammar(), retries)) as stage:
            assert await stage.answered("hello") == "hi"
        await model.close()
    assert asked == 2


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert _proxy_for("https://models.example/v1") == "http://proxy:3128"
    assert _proxy_for("https://inside.example/v1") is None
    assert _proxy_for("http://127.0.0.1:11434/v1") is None


def test_a_todd_with_a_model_has_made_the_patterns_of_claims_before_its_first_turn(
    settings: Settings,
) -> None:
    """Made within a turn they would hold up everybody else's for a tenth of a second."""
    checking._all_ways.cache_clear()
    model_of(settings)
    assert checking._all_ways.cache_info().currsize == 0
    model_of(settings.model_copy(update={"openai_api_key": "k"}))
    assert checking._all_ways.cache_info().currsize == 1
