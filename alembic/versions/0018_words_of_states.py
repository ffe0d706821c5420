"""Words that rows are in: one word for one thing, and no other taken by the database.

A reminder of words was a 'note', which is also a line of a task; one to all in a place was a
'post', which is also where a part of a reply stands.
"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"

POLICIES = """
create policy seen on reminders for select using (
  user_id = (select todd_user()) or (select todd_engine())
  or (from_id = (select todd_user()) and kind = '{words}')
  or (said_in = (select todd_conversation()) and kind in ('{announcement}', 'list')));
create policy made on reminders for insert with check (
  from_id = (select todd_user())
  and (kind <> 'again' or user_id = (select todd_user()))
  and case when task_id is not null
      then exists (select 1 from tasks t where t.id = reminders.task_id
                   and reminders.user_id in (t.user_id, t.assignee_id))
      else user_id = (select todd_user())
        or (kind in ('{words}', 'may') and exists (
              select 1 from consents c where c.from_id = (select todd_user())
              and c.user_id = reminders.user_id and c.state <> 'refused'))
        or (kind = 'answer' and exists (
              select 1 from consents c where c.user_id = (select todd_user())
              and c.from_id = reminders.user_id))
      end
  or (select todd_engine()));
create policy changed on reminders for update using (
  user_id = (select todd_user()) or (select todd_engine())
  or (from_id = (select todd_user()) and kind = '{words}')
  or (said_in = (select todd_conversation()) and kind in ('{announcement}', 'list')))
  with check (user_id = (select todd_user()) or (select todd_engine()) or state = 'quiet');
"""
BEFORE = {"words": "note", "announcement": "post"}
NOW = {"words": "words", "announcement": "announcement"}

TAKEN = {
    ("conversations", "speaks"): "auto always mentioned",
    ("messages", "state"): "waiting answering answered overheard pressed failed withdrawn speaking"
    " whole telling said",
    ("task_changes", "action"): "added followed updated assigned declined completed reopened"
    " deleted undone",
    ("reminders", "kind"): "due again assigned completed declined words announcement may answer"
    " digest back list",
    ("reminders", "state"): "waiting told quiet held unreached",
    ("confirmations", "state"): "asked confirmed void",
    ("consents", "state"): "asked allowed refused",
}


def _rename(old: dict[str, str], new: dict[str, str]) -> None:
    """Other words for the kinds, in rows (whosever they are), policies and index."""
    op.execute("alter table reminders no force row level security")
    for kind in old:
        op.execute(f"update reminders set kind = '{new[kind]}' where kind = '{old[kind]}'")
    op.execute("alter table reminders force row level security")
    for policy in ("seen", "made", "changed"):
        op.execute(f"drop policy {policy} on reminders")
    op.execute(POLICIES.format(**new))
    op.drop_index("ix_reminders_from", "reminders")
    words = sa.text(f"kind = '{new['words']}'")
    op.create_index("ix_reminders_from", "reminders", ["from_id"], postgresql_where=words)


def upgrade() -> None:
    _rename(BEFORE, NOW)
    for (table, column), words in TAKEN.items():
        listed = ", ".join(f"'{word}'" for word in words.split())
        op.create_check_constraint(f"ck_{table}_{column}", table, f"{column} in ({listed})")
    op.alter_column("reminders", "rung_at", new_column_name="woken_at")
    op.rename_table("marks", "watermarks")


def downgrade() -> None:
    op.rename_table("watermarks", "marks")
    op.alter_column("reminders", "woken_at", new_column_name="rung_at")
    for table, column in TAKEN:
        op.drop_constraint(f"ck_{table}_{column}", table)
    _rename(NOW, BEFORE)
