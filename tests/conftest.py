"""What tests stand on: a real PostgreSQL, one database each, cloned from a migrated template."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import fasteners
import psycopg
import pytest
from psycopg import sql

from bots.settings import Settings
from db import migrate
from db.database import Database
from db.embedded import Embedded

TEMPLATE = "todd_template"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The embedded server, shared by the processes of this run, with a migrated template."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with fasteners.InterProcessLock(shared / "server.lock"):
        embedded = asyncio.run(Embedded.start(shared / "data"))
        asyncio.run(_make_template(embedded))
    yield embedded
    asyncio.run(embedded.stop())


async def _make_template(embedded: Embedded) -> None:
    admin = embedded.url("postgres", role="postgres")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        cursor = await connection.execute(
            "select 1 from pg_database where datname = %s", (TEMPLATE,)
        )
        if await cursor.fetchone():
            return
        # Tests lose nothing with the machine: no waiting for the disk.
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 300"):
            await connection.execute(f"alter system set {setting}")
        await connection.execute("select pg_reload_conf()")
    await migrate.upgrade(await embedded.database(TEMPLATE))


@pytest.fixture
def fresh(server: Embedded) -> Iterator[Callable[..., str]]:
    """Makes empty databases (`template=None`: not even tables); they go with the test."""
    made: list[str] = []
    admin = server.url("postgres", role="postgres")

    def make(template: str | None = TEMPLATE) -> str:
        name = f"t_{secrets.token_hex(6)}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} owner todd template {}").format(
                    sql.Identifier(name), sql.Identifier(template or "template1")
                )
            )
        made.append(name)
        return server.url(name)

    yield make
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in made:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture
def url(fresh: Callable[..., str]) -> str:
    return fresh()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings without anything of this machine's environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return Settings(_env_file=None, todd_data=tmp_path)  # type: ignore[call-arg]
