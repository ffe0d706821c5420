"""The embedded PostgreSQL: shared, recovered, stopped with its last user, clear when it cannot."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support.command import ROOT, environment, piped

from db.embedded import Embedded
from db.errors import EmbeddedFailed

HOLD = """
import asyncio, sys
from pathlib import Path
from db.embedded import Embedded
async def main():
    embedded = await Embedded.start(Path(sys.argv[1]))
    print(await embedded.database(), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await embedded.stop()
asyncio.run(main())
"""


def holder(data: Path) -> subprocess.Popen[str]:
    """Another process that uses the folder's database until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)],
        env=environment(),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def postmaster(data: Path) -> int | None:
    """The process id of the folder's server, when it runs."""
    try:
        pid = int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    except OSError:
        return None
    return pid if psutil.pid_exists(pid) else None


async def test_a_second_process_joins_and_the_last_one_stops_it(tmp_path: Path) -> None:
    first, second = holder(tmp_path), holder(tmp_path)
    running = postmaster(tmp_path)
    assert running
    first.communicate("\n", timeout=30)
    assert postmaster(tmp_path) == running
    second.communicate("\n", timeout=30)
    assert postmaster(tmp_path) is None


async def test_a_killed_process_leaves_nothing_that_is_in_the_way(tmp_path: Path) -> None:
    killed = holder(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert postmaster(tmp_path)  # it went on without its user
    next_one = holder(tmp_path)
    next_one.communicate("\n", timeout=30)
    assert postmaster(tmp_path) is None  # the dead one no longer counts


async def test_a_killed_server_is_recovered(tmp_path: Path) -> None:
    killed = holder(tmp_path)
    server = postmaster(tmp_path)
    assert server
    os.kill(server, signal.SIGKILL)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    embedded = await Embedded.start(tmp_path)
    assert await embedded.database()
    await embedded.stop()


async def test_a_pid_file_of_a_process_that_is_no_postgres_is_stale(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.communicate("\n", timeout=30)
    lines = [
        str(os.getpid()),
        str(tmp_path / "postgres"),
        "1",
        "5432",
        str(tmp_path),
        "",
        "0 0",
        "ready",
    ]
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    embedded = await Embedded.start(tmp_path)
    assert await embedded.database()
    await embedded.stop()


async def test_a_folder_that_cannot_be_written_is_one_clear_line() -> None:
    code, _, err = await piped("chat", TODD_DATA="/proc/todd", text="")
    assert code == 1
    assert "cannot write to its data folder /proc/todd" in err
    assert "TODD_DATA" in err
    assert "Traceback" not in err


async def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = shutil.which("mount")
    mounted = (
        mount
        and not subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(small)], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        with pytest.raises(EmbeddedFailed, match="is full"):
            await Embedded.start(small)
    finally:
        subprocess.run(["umount", str(small)], check=True)


async def test_two_first_starts_at_once(tmp_path: Path) -> None:
    texts = ("add one\n", "add two\n")
    done = await asyncio.gather(
        *(piped("chat", "--as", text[4:7], text=text, TODD_DATA=str(tmp_path)) for text in texts)
    )
    assert [code for code, _, _ in done] == [0, 0]
    assert [out for _, out, _ in done] == ["✓ Added #1 one\n", "✓ Added #1 two\n"]
    assert postmaster(tmp_path) is None
