"""Opens sessions: for a person in a conversation, or for the engine itself. Nothing else does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.util import greenlet_spawn

from db.errors import Bypasses, Unreachable
from db.session import Session

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

# Each says who or what it was before.
BECOME = text("select current_setting('todd.user', true), set_config('todd.user', :user, true)")
SWITCH = text(
    "select current_setting('todd.engine', true), set_config('todd.engine', :engine, true)"
)


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
            connect_args={
                **KEEPALIVE,
                "options": SERVER_SIDE,
                "application_name": "todd",
                "autocommit": True,
            },
        )
        # Transactions are begun and ended below: SQLAlchemy would roll back all of one when a flush
        # fails, where a savepoint is to be kept.
        dialect = self.engine.sync_engine.dialect
        dialect.do_commit = dialect.do_rollback = _nothing  # type: ignore[assignment, method-assign]
        self._going_back: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @asynccontextmanager
    async def acting(self, user_id: str, conversation_id: int | None) -> AsyncIterator[Session]:
        """A session, one transaction, in which `user_id` acts in `conversation_id`.

        Commits at the end of the block, rolls back when it raises. Row-level security shows what
        is theirs and what was said there, and nothing else.
        """
        async with self._transaction(_acts(user_id, conversation_id)) as session:
            yield session

    @asynccontextmanager
    async def tending(self) -> AsyncIterator[Session]:
        """A session, one transaction, for the engine's own work: accepting and sweeping.

        It sees conversations, messages and who people are; it sees no task.
        """
        async with self._transaction(_acts("", None, engine="on")) as session:
            yield session

    @asynccontextmanager
    async def _transaction(self, acts: str) -> AsyncIterator[Session]:
        """One transaction whose beginning says who acts in it, in one round trip."""
        pooled = await self._taken()
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.AsyncConnection)
        session = Session(self.engine, pooled)
        try:
            await connection.execute(f"begin; {acts}".encode(), prepare=False)
            yield session
            await session.written()
            await connection.commit()
        finally:
            # Also when cancelled: a connection goes back without a transaction, or not at all.
            await asyncio.shield(self._see_to(self._give_back(session, pooled, connection)))

    async def _taken(self) -> PoolProxiedConnection:
        """A connection of the pool. Who is cancelled while one is made leaves it whole, and
        in the pool."""
        pool = self.engine.sync_engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin():
            return await self.engine.raw_connection()  # nothing to wait for
        taking = asyncio.ensure_future(self.engine.raw_connection())
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            self._see_to(_not_wanted(taking))
            raise

    async def _give_back(
        self,
        session: Session,
        pooled: PoolProxiedConnection,
        connection: psycopg.AsyncConnection[Any],
    ) -> None:
        try:
            if not connection.closed:
                await connection.rollback()  # nothing to do after a commit
        except psycopg.Error:
            await connection.close()

        def back() -> None:
            if connection.closed:
                pooled.invalidate()
            pooled.close()

        try:
            await session.close()
        finally:
            if self._is_closed:
                await connection.close()
            await greenlet_spawn(back)

    def _see_to(self, act: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Does something to a connection that goes on when whoever needs it is cancelled."""
        task = asyncio.create_task(act)
        self._going_back.add(task)
        task.add_done_callback(self._going_back.discard)
        return task

    async def answers(self) -> None:
        """Raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        """Closes the pool, once the connections of those that were cancelled are back in it."""
        self._is_closed = True  # what is taken from now on is closed, not given back
        while self._going_back:
            await asyncio.gather(*self._going_back, return_exceptions=True)
        await self.engine.dispose()


def _nothing(_connection: object) -> None:
    """What SQLAlchemy does to end a transaction."""


async def _not_wanted(taking: Awaitable[PoolProxiedConnection]) -> None:
    with contextlib.suppress(*DOWN):
        pooled = await taking
        await greenlet_spawn(pooled.close)


def _acts(user_id: str, conversation_id: int | None, engine: str = "") -> str:
    """The statement that says from when on who acts, to the end of the transaction."""
    here = "" if conversation_id is None else str(conversation_id)
    settings = {"todd.user": user_id, "todd.conversation": here, "todd.engine": engine}
    return "select " + ", ".join(
        f"set_config('{name}', {sql.quote(value)}, true)" for name, value in settings.items()
    )


async def become(session: Session, user_id: str, conversation_id: int | None) -> None:
    """From here to the end of its transaction, the session acts as this person in this place."""
    connection = await driver_connection(session)
    await connection.execute(_acts(user_id, conversation_id).encode(), prepare=False)


@asynccontextmanager
async def in_the_name_of(session: Session, user_id: str) -> AsyncIterator[None]:
    """What is done inside is done as another person; afterwards the session acts as before."""
    acting = await session.scalar(BECOME, {"user": user_id})
    yield  # when it raises, the savepoint or the transaction takes the name back
    if acting != user_id:
        await session.execute(BECOME, {"user": acting or ""})


@asynccontextmanager
async def as_the_engine(session: Session) -> AsyncIterator[None]:
    """What is done inside is the engine's own, such as seeing who is in a place."""
    before = await session.scalar(SWITCH, {"engine": "on"})
    yield  # see in_the_name_of
    if before != "on":
        await session.execute(SWITCH, {"engine": before or ""})


# The database's fault: it is away, or it cut the connection. Worth another try.
DOWN = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


async def driver_connection(session: Session) -> psycopg.AsyncConnection[Any]:
    """The session's own psycopg connection, to do something else in the same transaction."""
    assert isinstance(session, Session)
    return await session.driver()


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
