"""A million tasks of a hundred people, ten thousand of them one person's."""

MANY = """
set session_replication_role = replica;
insert into users (id, name) select 'u' || n, 'P' || n from generate_series(1, 100) n;
insert into tasks (user_id, title, due_at, due_has_time, labels, completed, completed_at)
select 'u' || case when n <= 10000 then 1 else 2 + n % 99 end,
       (array['call', 'write', 'buy', 'send', 'fix'])[1 + n % 5] || ' thing ' || n,
       case when n % 3 = 0 then now() + (n % 2000 - 500) * interval '1 hour' end, n % 3 = 0,
       case when n % 10 = 0 then '{home}'::text[] else '{}' end,
       n % 4 = 0, case when n % 4 = 0 then now() - (n % 500) * interval '1 hour' end
from generate_series(1, 1000000) n;
insert into task_numbers (user_id, number, task_id)
select user_id, row_number() over (partition by user_id order by id), id from tasks;
insert into conversations (user_id, platform, workspace, channel, thread, private)
 values ('u1', 'fake', '', 'dm', '', true);
insert into members (conversation_id, user_id) values (1, 'u1');
analyze tasks; analyze task_numbers;
"""
