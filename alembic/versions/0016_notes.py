"""Reminders of something said rather than of a task, in a place rather than in private, again and
again; and when a reminder is tried next, apart from the time that it is for."""

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"

POLICIES = """
drop policy seen on reminders;
drop policy made on reminders;
drop policy changed on reminders;
create policy seen on reminders for select using (
  user_id = (select todd_user()) or (select todd_engine())
  or (from_id = (select todd_user()) and kind = 'note')
  or (said_in = (select todd_conversation()) and kind in ('post', 'list')));
create policy made on reminders for insert with check (
  from_id = (select todd_user())
  and (kind <> 'again' or user_id = (select todd_user()))
  and case when task_id is not null
      then exists (select 1 from tasks t where t.id = reminders.task_id
                   and reminders.user_id in (t.user_id, t.assignee_id))
      else user_id = (select todd_user())
        or (kind in ('note', 'may') and exists (
              select 1 from consents c where c.from_id = (select todd_user())
              and c.user_id = reminders.user_id and c.state <> 'refused'))
        or (kind = 'answer' and exists (
              select 1 from consents c where c.user_id = (select todd_user())
              and c.from_id = reminders.user_id))
      end
  or (select todd_engine()));
create policy changed on reminders for update using (
  user_id = (select todd_user()) or (select todd_engine())
  or (from_id = (select todd_user()) and kind = 'note')
  or (said_in = (select todd_conversation()) and kind in ('post', 'list')))
  with check (user_id = (select todd_user()) or (select todd_engine()) or state = 'quiet');
create policy gone on reminders for delete using ((select todd_engine()));
"""

BEFORE = """
drop policy gone on reminders;
drop policy seen on reminders;
drop policy made on reminders;
drop policy changed on reminders;
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


def _as_owner(statement: str) -> None:
    """Changes rows, whosever they are: forced policies would hide them all."""
    op.execute("alter table reminders no force row level security")
    op.execute(statement)
    op.execute("alter table reminders force row level security")


def _once(where: str) -> None:
    """What is asked for twice is told once: of which rows that holds."""
    op.drop_index("ix_reminders_once", "reminders")
    op.create_index(
        "ix_reminders_once",
        "reminders",
        ["user_id", "task_id", "kind", "at"],
        unique=True,
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    op.alter_column("reminders", "task_id", nullable=True)
    op.add_column("reminders", sa.Column("try_at", sa.DateTime(timezone=True)))
    _as_owner("update reminders set try_at = at")
    op.alter_column("reminders", "try_at", nullable=False)
    op.add_column("reminders", sa.Column("rung_at", sa.DateTime(timezone=True)))
    op.add_column("reminders", sa.Column("content", sa.Text))
    for name in ("said_in", "made_in"):
        op.add_column("reminders", sa.Column(name, sa.BigInteger))
        op.create_foreign_key(None, "reminders", "conversations", [name], ["id"])
    op.add_column("reminders", sa.Column("of_id", sa.BigInteger))
    op.add_column("reminders", sa.Column("recurrence", sa.Text))
    op.add_column("reminders", sa.Column("recurs_on", sa.DateTime))
    op.add_column(
        "reminders", sa.Column("moved", sa.Boolean, nullable=False, server_default="false")
    )
    _once("state = 'waiting' and recurrence is null")
    op.create_index(
        "ix_reminders_of",
        "reminders",
        ["of_id"],
        postgresql_where=sa.text("of_id is not null"),
    )
    op.drop_index("ix_reminders_waiting", "reminders")
    op.create_index(
        "ix_reminders_waiting",
        "reminders",
        ["try_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_reminders_unreached",
        "reminders",
        ["user_id", "platform"],
        postgresql_where=sa.text("state = 'unreached'"),
    )
    op.create_index("ix_reminders_message", "reminders", ["message_id"])
    op.create_index(
        "ix_reminders_from", "reminders", ["from_id"], postgresql_where=sa.text("kind = 'note'")
    )
    op.create_index(
        "ix_reminders_over",
        "reminders",
        ["try_at"],
        postgresql_where=sa.text("state in ('told', 'quiet')"),
    )
    op.create_index(
        "ix_reminders_said_in",
        "reminders",
        ["said_in"],
        postgresql_where=sa.text("said_in is not null"),
    )
    op.execute(POLICIES)


def downgrade() -> None:
    op.execute(BEFORE)
    _as_owner("delete from reminders where task_id is null or recurrence is not null")
    _once("state = 'waiting'")
    for name in ("of", "said_in", "over", "from", "message", "unreached", "waiting"):
        op.drop_index(f"ix_reminders_{name}", "reminders")
    op.create_index(
        "ix_reminders_waiting", "reminders", ["at"], postgresql_where=sa.text("state = 'waiting'")
    )
    added = "of_id moved recurs_on recurrence made_in said_in content rung_at try_at"
    for name in added.split():
        op.drop_column("reminders", name)
    op.alter_column("reminders", "task_id", nullable=False)
