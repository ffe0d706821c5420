"""What Todd has to tell somebody of his own accord, and when."""

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"

POLICIES = """
create policy seen on reminders for select using (
  user_id = (select todd_user()) or (select todd_engine()));
create policy made on reminders for insert with check (
  from_id = (select todd_user())
  and (kind <> 'again' or user_id = (select todd_user()))
  and exists (select 1 from tasks t where t.id = reminders.task_id
              and reminders.user_id in (t.user_id, t.assignee_id)));
create policy changed on reminders for update using (
  user_id = (select todd_user()) or (select todd_engine()));
"""


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("task_id", sa.BigInteger, sa.ForeignKey("tasks.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("from_id", sa.String(64), sa.ForeignKey("users.id")),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("messages.id")),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
    )
    op.create_index(
        "ix_reminders_waiting", "reminders", ["at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(
        "ix_reminders_once",
        "reminders",
        ["user_id", "task_id", "kind", "at"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.execute("alter table reminders enable row level security")
    op.execute("alter table reminders force row level security")
    op.execute(POLICIES)


def downgrade() -> None:
    op.drop_table("reminders")
