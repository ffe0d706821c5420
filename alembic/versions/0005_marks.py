"""Up to when a platform was heard: what was said after it is read back."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("platform", sa.String(20), primary_key=True),
        sa.Column("heard_until", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute("alter table marks enable row level security")
    op.execute("alter table marks force row level security")
    op.execute("create policy written on marks for all using ((select todd_engine()))")


def downgrade() -> None:
    op.drop_table("marks")
