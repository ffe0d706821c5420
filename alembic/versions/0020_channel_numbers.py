"""In front of others a number is the channel's, the same for all who read it."""

import sqlalchemy as sa

from alembic import op

revision = "0020"
down_revision = "0019"

FUNCTIONS = """
create function todd_channel() returns text language sql stable parallel safe
  as $$ select case when c.private then null
               else concat_ws(chr(31), c.platform, c.workspace, c.channel) end
          from conversations c where c.id = (select todd_conversation()) $$;

create function tasks_numbered_in_channel() returns trigger language plpgsql as $$
declare
  shared text;
  next_number integer;
begin
  select concat_ws(chr(31), c.platform, c.workspace, c.channel) into shared
    from conversations c where c.id = new.conversation_id and not c.private;
  if shared is null and new.previous_id is not null then
    -- Its place is not to be seen from here: it goes on where the one before it was.
    select n.channel_key into shared from channel_numbers n where n.task_id = new.previous_id;
  end if;
  if shared is null then
    return null;
  end if;
  insert into channel_counters as c (channel_key, last_number) values (shared, 1)
    on conflict (channel_key) do update set last_number = c.last_number + 1
    returning last_number into next_number;
  insert into channel_numbers (task_id, channel_key, number)
    values (new.id, shared, next_number);
  return null;
end $$;
create trigger numbered_in_channel after insert on tasks
  for each row execute function tasks_numbered_in_channel();
"""

# The number of a task where somebody acts: their own in private, the channel's in front of others.
NUMBERS_HERE = """
create view numbers_here with (security_invoker = true) as
select n.user_id, n.task_id, n.number from task_numbers n where (select todd_channel()) is null
union all
select todd_user(), c.task_id, c.number from channel_numbers c
 where c.channel_key = (select todd_channel());
"""

POLICIES = """
create policy seen on channel_numbers for select using (
  exists (select 1 from tasks t where t.id = channel_numbers.task_id));
create policy given on channel_numbers for insert with check (
  exists (select 1 from tasks t where t.id = channel_numbers.task_id));
create policy counted on channel_counters for all using ((select todd_user()) is not null);
"""

# Those that are there are numbered above all that was ever shown in the channel, so that what
# stands in old posts is nobody's number.
NUMBER_OLD_ONES = """
with made as (
  select t.id as task_id, concat_ws(chr(31), c.platform, c.workspace, c.channel) as channel_key
    from tasks t join conversations c on c.id = t.conversation_id where not c.private
), shown as (
  select m.channel_key, max(n.number) as highest
    from made m join task_numbers n on n.task_id = m.task_id group by 1
)
insert into channel_numbers (task_id, channel_key, number)
select m.task_id, m.channel_key,
       s.highest + row_number() over (partition by m.channel_key order by m.task_id)
  from made m join shown s using (channel_key)
"""
COUNT_OLD_ONES = """
insert into channel_counters (channel_key, last_number)
select channel_key, max(number) from channel_numbers group by 1
"""
TABLES = ("channel_numbers", "channel_counters")


def upgrade() -> None:
    op.create_table(
        "channel_numbers",
        sa.Column("task_id", sa.BigInteger, sa.ForeignKey("tasks.id"), primary_key=True),
        sa.Column("channel_key", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.UniqueConstraint("channel_key", "number"),
    )
    op.create_table(
        "channel_counters",
        sa.Column("channel_key", sa.Text, primary_key=True),
        sa.Column("last_number", sa.Integer, nullable=False),
    )
    read = ("tasks", "conversations", "task_numbers")
    for table in read:
        op.execute(f"alter table {table} no force row level security")
    op.execute(NUMBER_OLD_ONES)
    op.execute(COUNT_OLD_ONES)
    for table in read:
        op.execute(f"alter table {table} force row level security")
    op.execute(FUNCTIONS)
    op.execute(POLICIES)
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
    op.execute(NUMBERS_HERE)


def downgrade() -> None:
    op.execute("drop view numbers_here")
    op.execute("drop trigger numbered_in_channel on tasks")
    op.execute("drop function tasks_numbered_in_channel()")
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function todd_channel()")
