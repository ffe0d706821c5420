"""Tasks, each person's numbers for them, and what happened to them."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from alembic import op

revision = "0002"
down_revision = "0001"

POLICIES = """
create policy seen on tasks for select using (
  user_id = (select todd_user()) or assignee_id = (select todd_user()));
create policy added on tasks for insert with check (user_id = (select todd_user()));
create policy changed on tasks for update using (
  user_id = (select todd_user()) or assignee_id = (select todd_user()));
create policy gone on tasks for delete using (user_id = (select todd_user()));

create policy own on task_numbers for all using (user_id = (select todd_user()));

create policy seen on task_changes for select using (
  exists (select 1 from tasks t where t.id = task_changes.task_id));
create policy written on task_changes for insert with check (
  user_id = (select todd_user())
  and exists (select 1 from tasks t where t.id = task_changes.task_id));
"""

# A policy cannot compare a row with what it was before; deleting and giving away need that.
OWNER_ONLY = """
create function tasks_owner_only() returns trigger language plpgsql as $$
begin
  if old.user_id is distinct from todd_user()
     and (new.user_id, new.assignee_id, new.deleted_at)
         is distinct from (old.user_id, old.assignee_id, old.deleted_at) then
    raise insufficient_privilege using message = 'only its owner deletes or reassigns a task';
  end if;
  return new;
end $$;
create trigger owner_only before update on tasks
  for each row execute function tasks_owner_only();
"""

TABLES = ("tasks", "task_numbers", "task_changes")


def now() -> sa.TextClause:
    return sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("completed", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("due_has_time", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3"),
        sa.Column("labels", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("recurrence", sa.Text),
        sa.Column("assignee_id", sa.String(64), sa.ForeignKey("users.id"), index=True),
        sa.Column("parent_id", sa.BigInteger, sa.ForeignKey("tasks.id"), index=True),
        sa.Column("conversation_id", sa.BigInteger, sa.ForeignKey("conversations.id"), index=True),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("messages.id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("char_length(title) between 1 and 200", name="ck_tasks_title"),
        sa.CheckConstraint("char_length(description) <= 2000", name="ck_tasks_description"),
        sa.CheckConstraint("priority between 1 and 4", name="ck_tasks_priority"),
        sa.CheckConstraint("completed = (completed_at is not null)", name="ck_tasks_completed"),
    )
    op.create_table(
        "task_numbers",
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("task_id", sa.BigInteger, sa.ForeignKey("tasks.id"), nullable=False, index=True),
        sa.UniqueConstraint("user_id", "task_id"),
    )
    op.create_table(
        "task_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("task_id", sa.BigInteger, sa.ForeignKey("tasks.id"), nullable=False, index=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("messages.id")),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("before", pg.JSONB),
        sa.Column("after", pg.JSONB),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
    )
    op.create_index("ix_task_changes_call", "task_changes", ["message_id", "step", "position"])
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
    op.execute(POLICIES)
    op.execute(OWNER_ONLY)


def downgrade() -> None:
    op.drop_table("task_changes")
    op.drop_table("task_numbers")
    op.drop_table("tasks")
    op.execute("drop function tasks_owner_only()")
