"""A message knows what it stands under, which is what it is about, and what came with it."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("messages", sa.Column("under", sa.String(200)))
    op.add_column("messages", sa.Column("attached", JSONB(none_as_null=True)))
    op.create_index(
        "ix_messages_under",
        "messages",
        ["conversation_id", "under"],
        postgresql_where=sa.text("under is not null"),
    )
    op.create_index("ix_posts_external_id", "posts", ["external_id"])


def downgrade() -> None:
    op.drop_index("ix_posts_external_id", "posts")
    op.drop_index("ix_messages_under", "messages")
    op.drop_column("messages", "attached")
    op.drop_column("messages", "under")
