"""How Alembic runs here: on the connection that db/migrate.py hands in, asynchronously opened."""

from sqlmodel import SQLModel

import db.models  # noqa: F401  (fills the metadata)
from alembic import context
from db.migrate import ours


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_name=ours,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Todd's migrations run against a database: todd db upgrade")
run(context.config.attributes["connection"])
