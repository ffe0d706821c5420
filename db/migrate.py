"""Brings a database to this version: Alembic's migrations, Procrastinate's schema beside them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.database import connect, plain_url
from db.errors import Outdated

if TYPE_CHECKING:  # a database that is current needs no Alembic, which takes a while to import
    from alembic.config import Config

ROOT = Path(__file__).resolve().parent.parent
ONE_AT_A_TIME = 0x70DD  # the advisory lock under which a database is upgraded


async def upgrade(url: str, revision: str = "head") -> None:
    """Applies what is missing; twice or by two processes at once does no harm."""
    from alembic import command

    async with await connect(plain_url(url)) as lock:
        await lock.execute("select pg_advisory_lock(%s, 0)", (ONE_AT_A_TIME,))
        await _with_alembic(url, lambda config: command.upgrade(config, revision))
        await _upgrade_procrastinate(lock)


async def downgrade(url: str, revision: str = "base") -> None:
    """Takes migrations back; Procrastinate's schema stays, it is not Alembic's."""
    from alembic import command

    await _with_alembic(url, lambda config: command.downgrade(config, revision))


async def ensure_current(url: str) -> None:
    """Raises Outdated unless the database is at this version."""
    if not await is_current(url):
        raise Outdated


async def is_current(url: str) -> bool:
    """Whether the database is at this version."""
    async with await connect(plain_url(url)) as connection:
        at = await _version(connection, "alembic_version", "version_num")
        queue = await _version(connection, "procrastinate_version", "name")
    return at == newest() and queue == _procrastinate_migrations()[-1].name


def newest() -> str:
    """The newest of Todd's migrations: they are numbered."""
    return max(path.name for path in (ROOT / "alembic" / "versions").glob("*.py")).split("_")[0]


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table is Todd's; Procrastinate's are left out of every comparison."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate"))


def _config() -> "Config":
    from alembic.config import Config

    config = Config(toml_file=ROOT / "pyproject.toml")
    config.set_main_option("script_location", str(ROOT / "alembic"))
    return config


def _engine(url: str) -> Any:
    driver_url = plain_url(url).replace("postgresql://", "postgresql+psycopg://", 1)
    return create_async_engine(driver_url, poolclass=NullPool)


async def _with_alembic(url: str, act: Callable[["Config"], None]) -> None:
    def on(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        act(config)

    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(on)
            await connection.commit()
    finally:
        await engine.dispose()


async def _upgrade_procrastinate(connection: psycopg.AsyncConnection[Any]) -> None:
    migrations = _procrastinate_migrations()
    at = await _version(connection, "procrastinate_version", "name")
    async with connection.transaction():
        if at is None:
            await _run(connection, SchemaManager.get_schema())
            await connection.execute("create table procrastinate_version (name text not null)")
            await connection.execute("insert into procrastinate_version values ('')")
        else:
            for migration in migrations:
                if migration.name > at:
                    await _run(connection, migration.read_text(encoding="utf-8"))
        await connection.execute(
            "update procrastinate_version set name = %s", (migrations[-1].name,)
        )


async def _version(
    connection: psycopg.AsyncConnection[Any], table: LiteralString, column: LiteralString
) -> str | None:
    """What a table of versions says; None when there is none."""
    found = await (await connection.execute("select to_regclass(%s)", (table,))).fetchone()
    if found is None or found[0] is None:
        return None
    row = await (await connection.execute(f"select {column} from {table}")).fetchone()
    return row[0] if row else None


def _procrastinate_migrations() -> list[Path]:
    folder = Path(SchemaManager.get_migrations_path())
    return sorted(
        path for path in folder.glob("*.sql") if re.match(r"\d\d\.\d\d\.\d\d_", path.name)
    )


async def _run(connection: psycopg.AsyncConnection[Any], statements: str) -> None:
    # The schema is Procrastinate's own text, without parameters; psycopg wants that said.
    await connection.execute(statements.encode())
