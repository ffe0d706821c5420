"""Short notices between processes, by PostgreSQL's NOTIFY: fast, unkept, 8,000 bytes at most."""

from collections.abc import AsyncIterator

from psycopg import sql
from sqlalchemy import text

from db.database import connect
from db.session import Session


async def send(session: Session, channel: str, notice: str) -> None:
    """Sends a notice when the session commits."""
    await session.execute(
        text("select pg_notify(:channel, :notice)"), {"channel": channel, "notice": notice}
    )


async def listen(url: str, channel: str) -> AsyncIterator[str]:
    """The notices of a channel; first an empty one: it listens. Ends with its connection."""
    async with await connect(url) as connection:
        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        yield ""
        async for notify in connection.notifies():
            yield notify.payload
