"""A session: one transaction on one connection, for SQLModel and for SQL that is written out.

SQL that is written out goes to psycopg as it is, without SQLAlchemy in between, which costs as much
again as the statement; models go through SQLModel, on the same connection, in the same transaction.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, LiteralString, NamedTuple, TypeVar

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

Model = TypeVar("Model", bound=SQLModel)


class Rows(list[Any]):
    """What a statement has found: named tuples."""

    def one(self) -> Any:
        (row,) = self
        return row

    def first(self) -> Any:
        return self[0] if self else None

    def all(self) -> "Rows":
        return self

    def scalar_one(self) -> Any:
        return self.one()[0]


def columns(alias: str, model: type[SQLModel], prefix: str = "") -> str:
    """The columns of a model in SQL that is written out, to be read by `as_model`."""
    return ", ".join(f"{alias}.{name} as {prefix}{name}" for name in model.model_fields)


def as_model(model: type[Model], row: Any, prefix: str = "") -> Model:
    """A row's columns as a model that belongs to no session: to be read, never to be changed."""
    return model(**{name: getattr(row, prefix + name) for name in model.model_fields})


class Session(AsyncSession):
    """SQLModel's session on a connection whose transaction somebody else begins and ends
    (db/database.py)."""

    def __init__(self, engine: AsyncEngine, pooled: PoolProxiedConnection) -> None:
        connection = Connection(engine.sync_engine, connection=pooled)
        super().__init__(AsyncConnection(engine, connection), expire_on_commit=False)
        assert isinstance(pooled.driver_connection, psycopg.AsyncConnection)
        self._driver: psycopg.AsyncConnection[Any] = pooled.driver_connection

    async def driver(self) -> psycopg.AsyncConnection[Any]:
        """The psycopg connection, with all that was written through models written to it."""
        await self.written()
        return self._driver

    async def written(self) -> None:
        """Writes what was changed in models and is not written yet."""
        if self.new or self.dirty or self.deleted:
            await self.flush()

    async def execute(  # type: ignore[override]
        self, statement: TextClause, params: Mapping[str, Any] | None = None
    ) -> Rows:
        """Executes SQL that is written out; raises what psycopg raises."""
        await self.written()
        cursor = self._driver.cursor(row_factory=namedtuple_row)
        await cursor.execute(for_psycopg(statement.text), params)
        return Rows(await cursor.fetchall() if cursor.description else ())

    async def scalar(self, statement: Any, params: Any = None, **more: Any) -> Any:
        """The first value of the first row, None when there is none."""
        if not isinstance(statement, TextClause):
            return await super().scalar(statement, params, **more)
        row: NamedTuple | None = (await self.execute(statement, params)).first()
        return row[0] if row else None

    @asynccontextmanager
    async def nested(self) -> AsyncIterator[None]:
        """What is done inside is taken back when it raises; models are then as they were before."""
        async with self.begin_nested():
            await self.connection()  # without it SQLAlchemy sets no savepoint before its own SQL
            yield

    @asynccontextmanager
    async def savepoint(self, name: LiteralString = "act") -> AsyncIterator[None]:
        """What is done inside is taken back when it raises, and every model of this session is then
        forgotten: for acts that begin with nothing and hand none on. Cheaper than `nested`."""
        await self.written()
        await self._driver.execute(f"savepoint {name}".encode())
        try:
            yield
            await self.written()
        except BaseException:
            self.expunge_all()  # what was read before stays readable
            if not self.is_active:  # a flush has failed
                await self.rollback()
            with suppress(psycopg.Error):  # a connection that is gone has taken it back itself
                await self._driver.execute(f"rollback to savepoint {name}".encode())
            raise
        await self._driver.execute(f"release savepoint {name}".encode())


_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@lru_cache(1_000)
def for_psycopg(statement: str) -> bytes:
    """A statement with its parameters (:name) written as psycopg wants them."""
    return str(text(statement).compile(dialect=_DIALECT)).encode()
