"""Every statement that this process sends to PostgreSQL, by whichever library: psycopg sends it."""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg.pq import TransactionStatus

Sees = Callable[[str, bool], None]
"""Told of a statement, and whether it ends a transaction (a commit, or a statement by itself)."""


def _text(query: Any) -> str:
    return (query.decode() if isinstance(query, bytes) else str(query)).strip()


@contextmanager
def watched(before: Sees, after: Sees | None = None):
    """Calls `before` with each statement that is about to be sent, `after` when it is done."""
    execute, commit = psycopg.AsyncCursor.execute, psycopg.AsyncConnection.commit

    async def executing(self, query, *arguments, **more):
        text = _text(query)
        connection = self.connection
        alone = connection.info.transaction_status == TransactionStatus.IDLE
        ends = connection.autocommit and alone and not text.lower().startswith("begin")
        before(text, ends)
        result = await execute(self, query, *arguments, **more)
        if after:
            after(text, ends)
        return result

    async def committing(self):
        begun = self.info.transaction_status != TransactionStatus.IDLE
        if begun:
            before("commit", True)
        await commit(self)
        if begun and after:
            after("commit", True)

    with ExitStack() as stack:
        stack.enter_context(patch.object(psycopg.AsyncCursor, "execute", executing))
        stack.enter_context(patch.object(psycopg.AsyncConnection, "commit", committing))
        yield
