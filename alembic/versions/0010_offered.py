"""What can be pressed under a reply stands with it; what has to be confirmed waits for a yes."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("messages", sa.Column("choices", pg.JSONB))
    op.create_table(
        "confirmations",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column(
            "conversation_id", sa.BigInteger, sa.ForeignKey("conversations.id"), nullable=False
        ),
        sa.Column(
            "message_id", sa.BigInteger, sa.ForeignKey("messages.id"), nullable=False, index=True
        ),
        sa.Column("calls", pg.JSONB, nullable=False),
        sa.Column("seen", pg.JSONB, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
    )
    op.execute("alter table confirmations enable row level security")
    op.execute("alter table confirmations force row level security")
    op.execute(
        "create policy own on confirmations for all using ("
        " user_id = (select todd_user()) and conversation_id = (select todd_conversation()))"
    )


def downgrade() -> None:
    op.drop_table("confirmations")
    op.drop_column("messages", "choices")
