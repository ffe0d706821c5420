"""Whether somebody lets others have them reminded: asked once of each who wants to."""

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision = "0014"

POLICIES = """
create policy seen on consents for select using (
  user_id = (select todd_user()) or from_id = (select todd_user()) or (select todd_engine()));
create policy asked on consents for insert with check (
  (from_id = (select todd_user()) and state = 'asked') or user_id = (select todd_user()));
create policy answered on consents for update using (user_id = (select todd_user()));
create policy passed_on on users for select using (
  exists (select 1 from consents c
          where (c.from_id = users.id and c.user_id = (select todd_user()))
             or (c.user_id = users.id and c.from_id = (select todd_user()))));
"""


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("from_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.UniqueConstraint("user_id", "from_id"),
    )
    op.execute("alter table consents enable row level security")
    op.execute("alter table consents force row level security")
    op.execute(POLICIES)


def downgrade() -> None:
    op.execute("drop policy passed_on on users")
    op.drop_table("consents")
