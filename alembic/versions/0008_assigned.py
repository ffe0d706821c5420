"""Tasks for somebody else: who shares one knows the other's name, and may say it is not theirs."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("declined_at", sa.DateTime(timezone=True)))
    op.execute(
        "create policy shared on users for select using ("
        " exists (select 1 from tasks t where t.user_id = users.id"
        "         and t.assignee_id = (select todd_user()))"
        " or exists (select 1 from tasks t where t.assignee_id = users.id"
        "            and t.user_id = (select todd_user())))"
    )


def downgrade() -> None:
    op.execute("drop policy shared on users")
    op.drop_column("tasks", "declined_at")
