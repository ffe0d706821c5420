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
    op.create_index("ix_task_changes_latest", "task_changes", ["user_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_task_changes_latest", "task_changes")
    op.drop_column("task_changes", "undoes")
