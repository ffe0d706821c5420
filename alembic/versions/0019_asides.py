"""A private command's place, and the token that answers it, are said by columns of their own, where
they were parts of other words."""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"


def _as_owner(table: str, statement: str) -> None:
    """Changes rows, whosever they are: forced policies would hide them all."""
    op.execute(f"alter table {table} no force row level security")
    op.execute(statement)
    op.execute(f"alter table {table} force row level security")


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("aside", sa.Boolean, nullable=False, server_default="false")
    )
    _as_owner(
        "conversations",
        "update conversations set aside = true where private and position('/' in channel) > 0",
    )
    op.add_column("messages", sa.Column("reply_token", sa.Text))
    op.add_column("messages", sa.Column("reply_until", sa.DateTime(timezone=True)))
    # A token lives for a quarter of an hour: those under way are answered by ordinary messages.
    op.drop_index("ix_messages_sealed", "messages")
    _as_owner(
        "messages",
        "update messages set reply_to = reply_to - 'sealed' - 'until' - 'application'"
        " where reply_to ? 'sealed'",
    )
    op.create_index(
        "ix_messages_reply_until",
        "messages",
        ["reply_until"],
        postgresql_where=sa.text("reply_token is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_reply_until", "messages")
    op.create_index(
        "ix_messages_sealed",
        "messages",
        [sa.text("((reply_to->>'until')::bigint)")],
        postgresql_where=sa.text("reply_to ? 'sealed'"),
    )
    op.drop_column("messages", "reply_until")
    op.drop_column("messages", "reply_token")
    op.drop_column("conversations", "aside")
