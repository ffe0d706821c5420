"""A task has a number for its owner and for its assignee, whoever of them makes it so."""

from alembic import op

revision = "0007"
down_revision = "0006"

# Numbers are each person's own, and so are the policies: each is given in that person's name.
NUMBERS = """
create function tasks_numbered() returns trigger language plpgsql as $$
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
      insert into task_numbers (user_id, number, task_id) values (person, next_number, new.id);
    end if;
  end loop;
  perform set_config('todd.user', acting, true);
  return null;
end $$;
create trigger numbered after insert or update of assignee_id on tasks
  for each row execute function tasks_numbered();
"""


def upgrade() -> None:
    op.execute(NUMBERS)


def downgrade() -> None:
    op.execute("drop trigger numbered on tasks")
    op.execute("drop function tasks_numbered()")
