"""Whom a message mentions, where it stands on its platform, and the task's link back to it."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("messages", sa.Column("mentions", pg.JSONB))
    op.add_column("messages", sa.Column("link", sa.Text))
    op.add_column("tasks", sa.Column("link", sa.Text))


def downgrade() -> None:
    op.drop_column("tasks", "link")
    op.drop_column("messages", "link")
    op.drop_column("messages", "mentions")
