"""Opens sessions: for a person in a conversation, or for the engine itself. Nothing else does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession as SQLAlchemySession
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from db.errors import Bypasses, Unreachable

POOL_SIZE = 10
POOL_TIMEOUT = 30.0  # seconds to wait for a free connection
KEEPALIVE: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
# The server's side of the same, and the end of a transaction whose process stands still.
SERVER_SIDE = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2"
    " -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
)

ACT = text(
    "select set_config('todd.user', :user, true), set_config('todd.conversation', :here, true),"
    " set_config('todd.engine', :engine, true)"
)

# Each says who or what it was before.
BECOME = text("select current_setting('todd.user', true), set_config('todd.user', :user, true)")
SWITCH = text(
    "select current_setting('todd.engine', true), set_config('todd.engine', :engine, true)"
)


class Session(AsyncSession):
    """SQLModel's session. It warns of `execute`, which queries that are plain text need."""

    execute = SQLAlchemySession.execute


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.url = plain_url(url)
        self.engine = create_async_engine(
            self.url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT,
            hide_parameters=True,  # they are people's texts, and errors are logged
            connect_args={**KEEPALIVE, "options": SERVER_SIDE, "application_name": "todd"},
        )

    @asynccontextmanager
    async def acting(
        self, user_id: str, conversation_id: int | None
    ) -> AsyncIterator[AsyncSession]:
        """A session, one transaction, in which `user_id` acts in `conversation_id`.

        Commits at the end of the block, rolls back when it raises. Row-level security shows what
        is theirs and what was said there, and nothing else.
        """
        async with Session(self.engine, expire_on_commit=False) as session, session.begin():
            await become(session, user_id, conversation_id)
            yield session

    @asynccontextmanager
    async def tending(self) -> AsyncIterator[AsyncSession]:
        """A session, one transaction, for the engine's own work: accepting and sweeping.

        It sees conversations, messages and who people are; it sees no task.
        """
        async with Session(self.engine, expire_on_commit=False) as session, session.begin():
            await session.execute(ACT, {"user": "", "here": "", "engine": "on"})
            yield session

    async def answers(self) -> None:
        """Raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        await self.engine.dispose()


async def become(session: AsyncSession, user_id: str, conversation_id: int | None) -> None:
    """From here to the end of its transaction, the session acts as this person in this place."""
    here = "" if conversation_id is None else str(conversation_id)
    await session.execute(ACT, {"user": user_id, "here": here, "engine": ""})


@asynccontextmanager
async def in_the_name_of(session: AsyncSession, user_id: str) -> AsyncIterator[None]:
    """What is done inside is done as another person; afterwards the session acts as before."""
    acting = await session.scalar(BECOME, {"user": user_id})
    yield  # when it raises, the savepoint or the transaction takes the name back
    if acting != user_id:
        await session.execute(BECOME, {"user": acting or ""})


@asynccontextmanager
async def as_the_engine(session: AsyncSession) -> AsyncIterator[None]:
    """What is done inside is the engine's own, such as seeing who is in a place."""
    before = await session.scalar(SWITCH, {"engine": "on"})
    yield  # see in_the_name_of
    if before != "on":
        await session.execute(SWITCH, {"engine": before or ""})


# The database's fault: it is away, or it cut the connection. Worth another try.
DOWN = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError)


async def driver_connection(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The session's own psycopg connection, to do something else in the same transaction."""
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, psycopg.AsyncConnection)
    return connection


def plain_url(url: str) -> str:
    """`url` as psycopg and SQLAlchemy both take it: postgresql://…, without a driver's name."""
    for prefix in ("postgres://", "postgresql+psycopg://"):
        if url.startswith(prefix):
            url = "postgresql://" + url.removeprefix(prefix)
    if not url.startswith("postgresql://"):
        raise Unreachable("DATABASE_URL must start with postgresql:// (or postgres://).")
    return make_url(url).render_as_string(hide_password=False)


async def connect(url: str, **options: Any) -> psycopg.AsyncConnection[Any]:
    """A connection of its own, outside the pool, with each statement its own transaction."""
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, options=SERVER_SIDE, application_name="todd", **KEEPALIVE, **options
    )


async def check(url: str) -> None:
    """Raises Unreachable when nobody answers at `url`, Bypasses when its role ignores policies."""
    try:
        async with await connect(plain_url(url), connect_timeout=10) as connection:
            cursor = await connection.execute(
                "select rolsuper or rolbypassrls, rolname from pg_roles"
                " where rolname = current_user"
            )
            row = await cursor.fetchone()
    except psycopg.OperationalError as error:
        raise Unreachable(f"The database does not answer: {str(error).strip()}") from error
    if row and row[0]:
        raise Bypasses(row[1])
