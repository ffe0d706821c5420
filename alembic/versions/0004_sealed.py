"""Where sealed tokens of replies stand: those that are over are found and dropped."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index(
        "ix_messages_sealed",
        "messages",
        [sa.text("((reply_to->>'until')::bigint)")],
        postgresql_where=sa.text("reply_to ? 'sealed'"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_sealed", "messages")
