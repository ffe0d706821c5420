"""Words of tasks, kept ready to be searched.

Under row-level security they cannot be looked up in an index of their own, since their comparison
might leak: they are compared for the person's own tasks, which are found by owner and assignee.
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


def downgrade() -> None:
    op.drop_column("tasks", "search")
