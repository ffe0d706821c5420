"""Words of tasks, kept ready to be searched; and the two indexes that lists are read by.

Under row-level security the words cannot be looked up in an index of their own, since their
comparison might leak: they are compared for the person's own tasks, found by owner and assignee.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "tasks",
        sa.Column(
            "search",
            pg.TSVECTOR,
            sa.Computed("to_tsvector('simple', title || ' ' || description)", persisted=True),
        ),
    )
    op.create_index(
        "ix_tasks_owner_due",
        "tasks",
        ["user_id", "due_at"],
        postgresql_where=sa.text("not completed and deleted_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_owner_due", "tasks")
    op.drop_column("tasks", "search")
