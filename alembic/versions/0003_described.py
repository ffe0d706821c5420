"""When a platform last said who somebody is: their name and zone are asked for once a day."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("identities", sa.Column("described_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("identities", "described_at")
