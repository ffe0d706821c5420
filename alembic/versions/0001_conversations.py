"""People, the conversations they have with Todd, what was said, and where it stands."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from alembic import op

revision = "0001"
down_revision = None

# The names that Database.acting and Database.tending set for a transaction. In a policy they
# stand inside (select …), so that PostgreSQL computes them once a statement, not once a row.
NAMES = """
create function todd_user() returns text language sql stable parallel safe
  return nullif(current_setting('todd.user', true), '');
create function todd_conversation() returns bigint language sql stable parallel safe
  return nullif(current_setting('todd.conversation', true), '')::bigint;
create function todd_engine() returns boolean language sql stable parallel safe
  return coalesce(current_setting('todd.engine', true), '') = 'on';
"""

POLICIES = """
create policy seen on users for select using (
  id = (select todd_user()) or (select todd_engine())
  or exists (select 1 from members m where m.user_id = users.id
             and m.conversation_id = (select todd_conversation())));
create policy met on users for insert with check ((select todd_engine()));
create policy changed on users for update using (
  id = (select todd_user()) or (select todd_engine()));
create policy gone on users for delete using ((select todd_engine()));

create policy seen on identities for select using (
  user_id = (select todd_user()) or (select todd_engine()));
create policy written on identities for all using ((select todd_engine()));

create policy seen on conversations for select using (
  id = (select todd_conversation()) or (select todd_engine())
  or exists (select 1 from members m where m.conversation_id = conversations.id
             and m.user_id = (select todd_user())));
create policy opened on conversations for insert with check ((select todd_engine()));
create policy changed on conversations for update using (
  id = (select todd_conversation()) or (select todd_engine()));
create policy gone on conversations for delete using ((select todd_engine()));

create policy seen on members for select using (
  conversation_id = (select todd_conversation()) or user_id = (select todd_user())
  or (select todd_engine()));
create policy written on members for all using ((select todd_engine()));

create policy seen on messages for select using (
  conversation_id = (select todd_conversation()) or (select todd_engine()));
create policy said on messages for insert with check (
  conversation_id = (select todd_conversation()) and user_id = (select todd_user()));
create policy changed on messages for update using (
  (conversation_id = (select todd_conversation()) and user_id = (select todd_user()))
  or (select todd_engine()));
create policy gone on messages for delete using (
  conversation_id = (select todd_conversation()) and user_id = (select todd_user()));

create policy written on posts for all using (
  (select todd_engine())
  or exists (select 1 from messages m where m.id = posts.message_id
             and m.conversation_id = (select todd_conversation())));
"""

TABLES = ("users", "identities", "conversations", "members", "messages", "posts")


def now() -> sa.TextClause:
    return sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("timezone", sa.String(64)),
        sa.Column("locale", sa.String(32)),
        sa.Column("preferences", pg.JSONB, nullable=False, server_default="{}"),
        sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.UniqueConstraint("platform", "workspace", "external_id"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("thread", sa.String(200), nullable=False),
        sa.Column("private", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("joined", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("speaks", sa.String(20), nullable=False, server_default="auto"),
        sa.Column("asking_id", sa.String(64), sa.ForeignKey("users.id")),
        sa.Column("token", sa.String(32)),
        sa.UniqueConstraint("platform", "workspace", "channel", "thread"),
    )
    op.create_table(
        "members",
        sa.Column(
            "conversation_id", sa.BigInteger, sa.ForeignKey("conversations.id"), primary_key=True
        ),
        sa.Column(
            "user_id", sa.String(64), sa.ForeignKey("users.id"), primary_key=True, index=True
        ),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column(
            "conversation_id",
            sa.BigInteger,
            sa.ForeignKey("conversations.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("tool_calls", sa.Text),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=now(),
            index=True,
        ),
        sa.Column("external_id", sa.String(200)),
        sa.Column("order_key", sa.String(64, collation="C"), nullable=False, server_default=""),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("answer_id", sa.BigInteger, sa.ForeignKey("messages.id"), index=True),
        sa.Column("reply_to", pg.JSONB),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("begun", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("input_tokens", sa.Integer, nullable=False, server_default="0"),
        sa.Column("output_tokens", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("role in ('user', 'assistant')", name="ck_messages_role"),
        sa.UniqueConstraint("conversation_id", "external_id"),
    )
    op.create_index("ix_messages_conversation_newest", "messages", ["conversation_id", "id"])
    op.create_index(
        "ix_messages_open",
        "messages",
        ["conversation_id"],
        postgresql_where=sa.text("state in ('waiting', 'speaking', 'whole', 'telling')"),
    )
    op.create_table(
        "posts",
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("messages.id"), primary_key=True),
        sa.Column("part", sa.SmallInteger, primary_key=True),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=now()),
    )
    op.execute(NAMES)
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
    op.execute(POLICIES)


def downgrade() -> None:
    # A policy may read another table: they all go before the first table does.
    for table in TABLES:
        op.execute(
            f"""do $$ declare name text; begin
            for name in select policyname from pg_policies
                         where schemaname = current_schema() and tablename = '{table}'
            loop execute format('drop policy %I on {table}', name); end loop; end $$"""
        )
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("drop function todd_engine(), todd_conversation(), todd_user()")
