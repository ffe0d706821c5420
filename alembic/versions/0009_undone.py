"""Which change an undo takes back."""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "task_changes",
        sa.Column("undoes", sa.BigInteger, sa.ForeignKey("task_changes.id")),
    )


def downgrade() -> None:
    op.drop_column("task_changes", "undoes")
