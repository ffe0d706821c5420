"""Tasks that come again: which occurrence of its rule a task is, and which one it followed.

Completing one makes the next, also when the assignee completes it: the row is its owner's, so a
policy lets the assignee add it, and take it back with the completion.
"""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"

# A policy on tasks cannot look at tasks: which one it follows is for a trigger.
NEXT = """
create policy followed on tasks for insert with check (
  assignee_id = (select todd_user()) and previous_id is not null);

create function tasks_followed() returns trigger language plpgsql as $$
begin
  if new.user_id is distinct from todd_user()
     and not exists (select 1 from tasks p where p.id = new.previous_id
                     and p.user_id = new.user_id and p.assignee_id = new.assignee_id) then
    raise insufficient_privilege using message = 'it does not follow a task of theirs';
  end if;
  return new;
end $$;
create trigger followed before insert on tasks
  for each row execute function tasks_followed();
"""

OWNER_ONLY = """
create or replace function tasks_owner_only() returns trigger language plpgsql as $$
begin
  if old.user_id is distinct from todd_user()
     and ((new.user_id, new.assignee_id) is distinct from (old.user_id, old.assignee_id)
          or (new.deleted_at is distinct from old.deleted_at {unless})) then
    raise insufficient_privilege using message = 'only its owner deletes or reassigns a task';
  end if;
  return new;
end $$;
"""


def upgrade() -> None:
    # On the clock of the person, whatever the zone: nine o'clock stays nine o'clock.
    op.add_column("tasks", sa.Column("recurs_on", sa.DateTime(timezone=False)))
    op.add_column("tasks", sa.Column("previous_id", sa.BigInteger, sa.ForeignKey("tasks.id")))
    op.create_index(
        "ix_tasks_next",
        "tasks",
        ["previous_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.execute(NEXT)
    op.execute(OWNER_ONLY.format(unless="and old.previous_id is null"))


def downgrade() -> None:
    op.execute(OWNER_ONLY.format(unless=""))
    op.execute("drop trigger followed on tasks")
    op.execute("drop function tasks_followed()")
    op.execute("drop policy followed on tasks")
    op.drop_column("tasks", "previous_id")
    op.drop_column("tasks", "recurs_on")
