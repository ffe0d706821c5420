"""Whose: each table read and written as the wrong person, without the application's filter."""

import psycopg
import pytest
from support.stage import ANA, BOB, THREAD, add, on_stage, say

from bots.settings import Settings
from core.heard import Place
from core.models.scripted import ScriptedModel

ANAS = Place("fake", channel="dm-ana", private=True)
BOBS = Place("fake", channel="dm-bob", private=True)


@pytest.fixture
async def two_people(url: str, settings: Settings) -> dict[str, object]:
    """Ana and Bob, each with a DM, a message, a reply, a task; their ids and conversations."""
    model = ScriptedModel([add("Anas secret")], say("Ok."), [add("Bobs secret")], say("Ok."))
    async with on_stage(url, settings, model) as stage:
        await stage.answered("ana speaks", place=ANAS, person=ANA)
        await stage.answered("bob speaks", place=BOBS, person=BOB)
        people = await stage.rows("select id, name from users")
        places = await stage.rows("select id, channel from conversations")
    return {
        **{row["name"]: row["id"] for row in people},
        **{row["channel"]: row["id"] for row in places},
    }


def acting(url: str, user: object = "", here: object = "", engine: str = "") -> psycopg.Connection:
    """The application's own role, acting as somebody, free to ask anything."""
    connection = psycopg.connect(url)
    connection.execute(
        "select set_config('todd.user', %s, false), set_config('todd.conversation', %s, false),"
        " set_config('todd.engine', %s, false)",
        (str(user), str(here), engine),
    )
    return connection


TABLES = (
    "users", "identities", "conversations", "members", "messages", "posts", "tasks",
    "task_numbers", "task_changes", "watermarks", "confirmations", "reminders", "consents",
    "channel_numbers", "channel_counters",
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
async def test_nobody_sees_anything_of_a_table(url: str, two_people, table: str) -> None:
    with acting(url) as nobody:
        assert nobody.execute(f"select * from {table}").fetchall() == []


async def test_every_table_on_peoples_data_forces_its_policies(url: str, two_people) -> None:
    with acting(url) as anybody:
        rows = anybody.execute(
            "select relname, relrowsecurity and relforcerowsecurity from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
        ).fetchall()
    forced = {name for name, is_forced in rows if is_forced}
    others = {name for name, is_forced in rows if not is_forced}
    assert forced == set(TABLES)
    assert all(name.startswith(("procrastinate", "alembic")) for name in others)


@pytest.mark.parametrize(
    ("table", "mine", "whose"),
    [
        ("users", 1, "id"),
        ("identities", 1, "user_id"),
        ("conversations", 1, "user_id"),
        ("members", 1, "user_id"),
        ("messages", 2, "user_id"),
        ("tasks", 1, "user_id"),
        ("task_numbers", 1, "user_id"),
        ("task_changes", 1, "user_id"),
    ],
)
async def test_each_sees_only_what_is_theirs(
    url: str, two_people, table: str, mine: int, whose: str
) -> None:
    with acting(url, two_people["Ana"], two_people["dm-ana"]) as ana:
        rows = ana.execute(f"select {whose} from {table}").fetchall()
    assert rows == [(two_people["Ana"],)] * mine


async def test_posts_are_seen_from_within_their_conversation(url: str, two_people) -> None:
    with acting(url, two_people["Ana"], two_people["dm-ana"]) as ana:
        assert len(ana.execute("select * from posts").fetchall()) == 1


async def test_a_person_in_another_conversation_sees_none_of_their_own_messages(
    url: str, two_people
) -> None:
    with acting(url, two_people["Ana"], two_people["dm-bob"]) as ana:
        rows = ana.execute("select user_id from messages").fetchall()
    assert {row[0] for row in rows} == {two_people["Bob"]}  # of the place, not of the person


@pytest.mark.parametrize(
    "statement",
    [
        "update users set name = 'x' where id = %(bob)s",
        "update conversations set token = 'x' where user_id = %(bob)s",
        "update messages set content = 'x' where user_id = %(bob)s",
        "delete from messages where user_id = %(bob)s",
        "update posts set external_id = 'x' where message_id in (select id from messages"
        " where user_id = %(bob)s)",
        "update tasks set title = 'x' where user_id = %(bob)s",
        "delete from tasks where user_id = %(bob)s",
        "update task_numbers set number = 9 where user_id = %(bob)s",
        "delete from identities where user_id = %(bob)s",
        "delete from members where user_id = %(bob)s",
    ],
)
async def test_the_wrong_person_changes_nothing(url: str, two_people, statement: str) -> None:
    with acting(url, two_people["Ana"], two_people["dm-ana"]) as ana:
        assert ana.execute(statement, {"bob": two_people["Bob"]}).rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "insert into users (id) values ('new')",
        "insert into identities (platform, workspace, external_id, user_id)"
        " values ('fake', '', 'x', %(ana)s)",
        "insert into conversations (user_id, platform, workspace, channel, thread)"
        " values (%(ana)s, 'fake', '', 'x', '')",
        "insert into members (conversation_id, user_id) values (%(bobs)s, %(ana)s)",
        "insert into messages (user_id, conversation_id, role, content, state)"
        " values (%(bob)s, %(anas)s, 'user', 'x', 'waiting')",
        "insert into messages (user_id, conversation_id, role, content, state)"
        " values (%(ana)s, %(bobs)s, 'user', 'x', 'waiting')",
        "insert into posts (message_id, part, external_id) values ((select 4), 7, 'x')",
        "insert into tasks (user_id, title) values (%(bob)s, 'x')",
        "insert into task_numbers (user_id, number, task_id) values (%(bob)s, 5, 1)",
        "insert into task_changes (task_id, user_id, step, position, action)"
        " values (2, %(ana)s, 0, 0, 'x')",
    ],
)
async def test_the_wrong_person_adds_nothing(url: str, two_people, statement: str) -> None:
    names = {
        "ana": two_people["Ana"],
        "bob": two_people["Bob"],
        "anas": two_people["dm-ana"],
        "bobs": two_people["dm-bob"],
    }
    with (
        acting(url, two_people["Ana"], two_people["dm-ana"]) as ana,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        ana.execute(statement, names)


async def test_history_is_never_rewritten(url: str, two_people) -> None:
    with acting(url, two_people["Ana"], two_people["dm-ana"]) as ana:
        assert ana.execute("update task_changes set action = 'x'").rowcount == 0
        assert ana.execute("delete from task_changes").rowcount == 0


async def test_an_assignee_sees_and_completes_but_neither_deletes_nor_reassigns(
    url: str, two_people
) -> None:
    with acting(url, two_people["Bob"], two_people["dm-bob"]) as bob:
        bob.execute("update tasks set assignee_id = %s", (two_people["Ana"],))
    with acting(url, two_people["Ana"], two_people["dm-ana"]) as ana:
        assert len(ana.execute("select 1 from tasks").fetchall()) == 2
        done = "update tasks set completed = true, completed_at = now() where user_id = %s"
        assert ana.execute(done, (two_people["Bob"],)).rowcount == 1
        assert (
            ana.execute("delete from tasks where user_id = %s", (two_people["Bob"],)).rowcount == 0
        )
    for change in ("deleted_at = now()", "assignee_id = null", "user_id = assignee_id"):
        with (
            acting(url, two_people["Ana"], two_people["dm-ana"]) as ana,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            ana.execute(f"update tasks set {change} where user_id = %s", (two_people["Bob"],))


async def test_the_engines_own_policy_shows_no_task(url: str, two_people) -> None:
    with acting(url, engine="on") as engine:
        for table in ("tasks", "task_numbers", "task_changes"):
            assert engine.execute(f"select * from {table}").fetchall() == []


async def test_the_acting_person_is_forgotten_with_the_transaction(
    url: str, settings: Settings, two_people
) -> None:
    async with on_stage(url, settings, ScriptedModel(), working=False) as stage:
        database = stage.todd.database
        async with database.acting(str(two_people["Ana"]), int(two_people["dm-ana"])):
            pass
        from sqlalchemy import text

        async with database.engine.connect() as pooled:
            assert (await pooled.execute(text("select * from tasks"))).fetchall() == []


async def test_a_role_is_only_user_or_assistant(url: str, two_people) -> None:
    with (
        acting(url, two_people["Ana"], two_people["dm-ana"]) as ana,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        ana.execute(
            "insert into messages (user_id, conversation_id, role, content, state)"
            " values (%s, %s, 'system', 'x', 'said')",
            (two_people["Ana"], two_people["dm-ana"]),
        )


async def test_two_people_in_a_thread_act_on_their_own_tasks(url: str, settings: Settings) -> None:
    model = ScriptedModel(
        [add("Anas")], say("Ok."), [add("Bobs")], say("Ok."),
    )  # fmt: skip
    async with on_stage(url, settings, model) as stage:
        await stage.answered("add", place=THREAD, person=ANA, addressed=True)
        await stage.answered("add", place=THREAD, person=BOB, addressed=True)
        rows = await stage.rows(
            "select u.name, t.title, n.number from tasks t join users u on u.id = t.user_id"
            " join task_numbers n on n.task_id = t.id order by t.id"
        )
        assert [tuple(row.values()) for row in rows] == [("Ana", "Anas", 1), ("Bob", "Bobs", 1)]
