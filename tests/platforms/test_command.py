"""The command itself, as a user meets it: piped, in a terminal, misconfigured, stopped."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import psycopg
import pytest
from fakes.model_server import results, serving
from support.command import ROOT, environment, piped, typing

from bots.__main__ import main

README_LINES = "add buy milk tomorrow 5pm\nwhat is on my list\ndone 1\n"


async def test_the_readmes_lines_through_a_pipe(url: str, tmp_path: Path) -> None:
    code, out, err = await piped(
        "chat", text=README_LINES, DATABASE_URL=url, TODD_DATA=str(tmp_path)
    )
    assert code == 0
    day = r"\w{3} \d{1,2} \w{3}(?: \d{4})? 17:00"
    when = rf"{day} \([\w/]+\)"
    assert re.fullmatch(
        rf"✓ Added #1 buy milk · {when}, tomorrow\n1 open task:\n- #1 buy milk · {day}\n✓ Done #1 buy milk\n",
        out,
    ), out
    assert err.count("\n") == 1
    assert "OPENAI_API_KEY" in err


async def test_a_pipe_with_nonsense_ends_cleanly(url: str, tmp_path: Path) -> None:
    text = (
        "\n\n   \n💥\x00\n\xff" + "x" * 30_000 + "\nadd " + "y" * 300 + "\nlist\n/quit\nadd never\n"
    )
    code, out, _ = await piped("chat", text=text, DATABASE_URL=url, TODD_DATA=str(tmp_path))
    assert code == 0
    assert "I read up to 20,000 at once" in out
    assert "A title has at most 200 characters" in out
    assert out.endswith("No open tasks.\n")


async def test_with_a_model_the_terminal_needs_no_notice(url: str, tmp_path: Path) -> None:
    def script(messages):
        return "There." if results(messages) else [("add_tasks", {"tasks": [{"title": "Milk"}]})]

    async with serving(script) as server:
        code, out, err = await piped(
            "chat",
            text="milk please\n",
            DATABASE_URL=url,
            TODD_DATA=str(tmp_path),
            OPENAI_BASE_URL=server.url,
        )
    assert (code, out, err) == (0, "There.\n\n✓ Added #1 Milk\n", "")


async def test_a_conversation_in_a_terminal(url: str, tmp_path: Path) -> None:
    async with typing("chat", "--as", "ana", DATABASE_URL=url, TODD_DATA=str(tmp_path)) as ana:
        await ana.sees("Hello, I am Todd")
        await ana.sees("No OPENAI_API_KEY is set")
        await ana.sees("›")
        ana.type("add buy milk\r")
        await ana.sees("✓ Added #1 buy milk")
        ana.type("done 1\r")
        await ana.sees("✓ Done #1 buy milk")
        ana.type("/quit\r")
        assert await ana.ends() == 0
    assert "add buy milk" in (tmp_path / "history").read_text()


async def test_text_grows_in_a_terminal(url: str, tmp_path: Path) -> None:
    async with serving(lambda messages: "One sentence. " * 5, faults=["stall"]) as server:
        async with typing(
            "chat", DATABASE_URL=url, TODD_DATA=str(tmp_path), OPENAI_BASE_URL=server.url
        ) as me:
            await me.sees("›")
            me.type("talk\r")
            await me.sees("One sentence. One sentence.")  # while the server stalls
            assert server.requests


async def test_two_terminals_share_a_thread(url: str, tmp_path: Path) -> None:
    both = {"DATABASE_URL": url, "TODD_DATA": str(tmp_path)}
    async with (
        typing("chat", "--as", "ana", "--in", "kitchen", **both) as ana,
        typing("chat", "--as", "bob", "--in", "kitchen", **both) as bob,
    ):
        await ana.sees("›")
        await bob.sees("›")
        ana.type("@todd add buy milk\r")
        await ana.sees("✓ Added #1 buy milk")
        await bob.sees("ana: @todd add buy milk")
        await bob.sees("✓ Added #1 buy milk")
        bob.type("hello ana\r")
        await ana.sees("bob: hello ana")
        bob.type("@todd list\r")
        await bob.sees("No open tasks.")
        for each in (ana, bob):
            each.type("/quit\r")
            assert await each.ends() == 0


async def test_control_d_and_control_c_end_it(url: str, tmp_path: Path) -> None:
    for key in ("\x04", "\x03"):
        async with typing("chat", DATABASE_URL=url, TODD_DATA=str(tmp_path)) as me:
            await me.sees("›")
            me.type(key)
            assert await me.ends() == 0


async def test_what_was_said_while_nobody_looked_is_shown_at_the_next_start(
    url: str, tmp_path: Path
) -> None:
    both = {"DATABASE_URL": url, "TODD_DATA": str(tmp_path)}
    await piped("chat", "--as", "ana", text="add milk\n", **both)
    with psycopg.connect(url.replace("//todd:", "//postgres:")) as connection:
        connection.execute("update posts set external_id = 'unseen'")
    code, out, _ = await piped("chat", "--as", "ana", text="", **both)
    assert (code, out) == (0, "✓ Added #1 milk\n")
    code, out, _ = await piped("chat", "--as", "ana", text="", **both)
    assert (code, out) == (0, "")


async def test_a_reminder_that_nobody_saw_is_shown_at_the_next_start(
    url: str, tmp_path: Path
) -> None:
    both = {"DATABASE_URL": url, "TODD_DATA": str(tmp_path), "TZ": "UTC"}
    await piped("chat", "--as", "ana", text="remind me to stretch in 1 hour\n", **both)
    with psycopg.connect(url.replace("//todd:", "//postgres:")) as connection:
        connection.execute("update tasks set due_at = now() - interval '3 hours'")
        connection.execute("update reminders set at = t.due_at, try_at = t.due_at from tasks t")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "worker", env=environment(**both), cwd=ROOT
    )
    try:
        async with asyncio.timeout(30):
            while True:
                with psycopg.connect(url.replace("//todd:", "//postgres:")) as connection:
                    if connection.execute(
                        "select 1 from posts where external_id = 'unseen'"
                    ).fetchone():
                        connection.execute(
                            "update messages set created_at = now() - interval '1 hour'"
                        )
                        break
                await asyncio.sleep(0.1)
    finally:
        worker.terminate()
        await worker.wait()
    code, out, _ = await piped("chat", "--as", "ana", text="", **both)
    assert code == 0
    assert re.fullmatch(
        r"⏰ #1 stretch · .* \(was due .*\d\d:\d\d\) \(said at \d\d:\d\d\)\n", out
    ), out


async def test_help_reads_well() -> None:
    code, out, _ = await piped("--help")
    assert code == 0
    for word in ("chat", "run", "worker", "db", "Talk with Todd in this terminal"):
        assert word in out
    code, out, _ = await piped("db", "--help")
    assert "upgrade" in out


async def test_everything_that_is_wrong_is_named_in_one_error(tmp_path: Path) -> None:
    code, _, err = await piped(
        "chat",
        TODD_DATA=str(tmp_path),
        DATABASE_URL="mysql://x",
        OPENAI_BASE_URL="nonsense",
        TODD_LOG="loud",
        TODD_CONCURRENCY="0",
    )
    assert code == 1
    for name in ("DATABASE_URL", "OPENAI_BASE_URL", "TODD_LOG", "TODD_CONCURRENCY", "embedded"):
        assert name in err
    assert "Traceback" not in err


async def test_a_database_that_was_not_upgraded_is_one_line(fresh, tmp_path: Path) -> None:
    url = fresh(template=None)
    code, _, err = await piped("worker", DATABASE_URL=url, TODD_DATA=str(tmp_path))
    assert code == 1
    assert "todd db upgrade" in err
    assert "Traceback" not in err
    code, out, _ = await piped("db", "upgrade", DATABASE_URL=url, TODD_DATA=str(tmp_path))
    assert (code, out) == (0, "The database is at this version.\n")


async def test_a_superuser_is_one_line(server, tmp_path: Path) -> None:
    url = server.url("postgres", role="postgres")
    code, _, err = await piped("worker", DATABASE_URL=url, TODD_DATA=str(tmp_path))
    assert code == 1
    assert "superuser" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_stopped_ends_in_order(
    url: str, tmp_path: Path, name: signal.Signals
) -> None:
    async with typing("worker", DATABASE_URL=url, TODD_DATA=str(tmp_path)) as worker:
        await worker.sees("Todd works.")
        await asyncio.sleep(0.3)
        worker.process.send_signal(name)
        assert await worker.ends() == 0


def test_the_procfile_names_commands_that_exist() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    commands = dict(line.split(": ", 1) for line in lines if not line.startswith("#"))
    assert commands["release"] == "todd db upgrade"
    assert commands["worker"] == "todd worker"
    for line in commands.values():
        assert line.split()[1] in main.commands
