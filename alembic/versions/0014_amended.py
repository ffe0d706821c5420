"""What a person has made of a message since it was heard."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("messages", sa.Column("amended", pg.JSONB))
    op.create_index(
        "ix_messages_amended",
        "messages",
        ["conversation_id"],
        postgresql_where=sa.text("amended is not null"),
    )
    op.create_index(
        "ix_messages_heard",
        "messages",
        ["external_id"],
        postgresql_where=sa.text("external_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_heard", "messages")
    op.drop_index("ix_messages_amended", "messages")
    op.drop_column("messages", "amended")
