"""How long before its time a person is reminded of one task, if otherwise than of all others."""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"

NUMBERS = """
create or replace function tasks_numbered() returns trigger language plpgsql as $$
declare
  person text;
  next_number integer;
  acting text := coalesce(current_setting('todd.user', true), '');
begin
  for person in select distinct p from unnest(array[new.user_id, new.assignee_id]) p
                 where p is not null order by p loop
    perform set_config('todd.user', person, true);
    if not exists (select 1 from task_numbers
                    where user_id = person and task_id = new.id) then
      update users set last_number = last_number + 1 where id = person
        returning last_number into next_number;
      insert into task_numbers (user_id, number, task_id{column})
        values (person, next_number, new.id{value});
    end if;
  end loop;
  perform set_config('todd.user', acting, true);
  return null;
end $$;
"""
KEPT = """, (select n.remind_before from task_numbers n
                 where n.user_id = person and n.task_id = new.previous_id)"""


def upgrade() -> None:
    op.add_column("task_numbers", sa.Column("remind_before", sa.Integer))
    op.execute(NUMBERS.format(column=", remind_before", value=KEPT))


def downgrade() -> None:
    op.execute(NUMBERS.format(column="", value=""))
    op.drop_column("task_numbers", "remind_before")
