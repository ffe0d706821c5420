"""The schema: models and migrations agree, go up and down, and the rows that were promised are there."""

import asyncio
import hashlib
from collections.abc import Callable

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel
from support.command import ROOT

from db import migrate
from db.database import Database, check, driver_connection, plain_url
from db.embedded import Embedded
from db.errors import Bypasses, Outdated, Unreachable
from db.models import Conversation, Message


def differences(url: str) -> list[object]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": migrate.ours, "compare_type": True}
        )
        found = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    return found


async def test_models_and_schema_agree(url: str) -> None:
    assert differences(url) == []


async def test_migrations_go_up_down_and_up(fresh: Callable[..., str]) -> None:
    url = fresh(template=None)
    await migrate.upgrade(url)
    await migrate.downgrade(url)
    with psycopg.connect(url) as connection:
        left = connection.execute(
            "select relname from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace and relname not like 'procrastinate%'"
        ).fetchall()
        functions = connection.execute(
            "select proname from pg_proc where proname like 'todd%' or proname like 'tasks%'"
        ).fetchall()
    assert left == [("alembic_version",)]
    assert functions == []
    await migrate.upgrade(url)
    assert differences(url) == []
    await migrate.ensure_current(url)


async def test_upgrading_twice_does_no_harm(url: str) -> None:
    await migrate.upgrade(url)
    await migrate.ensure_current(url)


async def test_procrastinates_schema_is_applied_and_versioned(fresh: Callable[..., str]) -> None:
    url = fresh(template=None)
    await migrate.upgrade(url)
    with psycopg.connect(url) as connection:
        (version,) = connection.execute("select name from procrastinate_version").fetchone()
        connection.execute("select * from procrastinate_jobs")
    assert version == migrate._procrastinate_migrations()[-1].name


async def test_an_outdated_database_is_named(fresh: Callable[..., str]) -> None:
    url = fresh(template=None)
    with pytest.raises(Outdated, match="todd db upgrade"):
        await migrate.ensure_current(url)
    await migrate.upgrade(url, "0001")
    with pytest.raises(Outdated):
        await migrate.ensure_current(url)


async def test_a_superuser_connection_is_named_as_a_problem(server: Embedded) -> None:
    with pytest.raises(Bypasses, match="superuser"):
        await check(server.url("postgres", role="postgres"))
    await check(server.url("postgres"))


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_every_way_to_write_a_postgres_url_is_accepted(url: str) -> None:
    assert plain_url(url) == "postgresql://u:p@h/d"


async def test_a_database_that_does_not_answer_is_named() -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        await check("postgresql://nobody@127.0.0.1:1/none")


async def test_a_pool_takes_a_postgres_url(url: str) -> None:
    database = Database(url.replace("postgresql://", "postgres://"))
    async with database.tending() as session:
        assert session is not None
    await database.close()


async def test_a_pool_is_closed_with_those_that_are_on_their_way_back(url: str) -> None:
    """Cancelled twice, a transaction is over before its connection has come back to the pool."""
    database = Database(url)
    begun = asyncio.Event()
    connections: list[psycopg.AsyncConnection] = []

    async def hold() -> None:
        async with database.tending() as session:
            connections.append(await driver_connection(session))
            begun.set()
            await asyncio.sleep(60)

    holding = asyncio.create_task(hold())
    await begun.wait()
    holding.cancel()
    await asyncio.sleep(0)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    await database.close()
    assert connections[0].closed
    async with database.tending() as session:  # something that comes late
        connections.append(await driver_connection(session))
    assert connections[1].closed


async def test_who_is_cancelled_while_a_connection_is_made_leaves_none_open(url: str) -> None:
    for moment in range(12):
        database = Database(url)

        async def act(database: Database = database) -> None:
            async with database.tending():
                await asyncio.sleep(0)

        acting = [asyncio.create_task(act()) for _ in range(3)]
        await asyncio.sleep(moment * 0.003)
        for task in acting:
            task.cancel()
        await asyncio.gather(*acting, return_exceptions=True)
        await database.close()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        async with asyncio.timeout(5):
            while True:
                cursor = await connection.execute(
                    "select count(*) from pg_stat_activity where datname = current_database()"
                    " and application_name = 'todd' and backend_type = 'client backend'"
                )
                (count,) = await cursor.fetchone() or (0,)
                if count == 0:
                    break
                await asyncio.sleep(0.05)


def test_conversation_and_message_are_as_promised(url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    look = inspect(engine)

    def column(table: str, name: str) -> dict[str, object]:
        return next(each for each in look.get_columns(table) if each["name"] == name)

    def indexed(table: str) -> set[str]:
        return {
            i["column_names"][0] for i in look.get_indexes(table) if len(i["column_names"]) == 1
        }

    def points(table: str) -> set[tuple[str, str]]:
        return {
            (key["constrained_columns"][0], key["referred_table"])
            for key in look.get_foreign_keys(table)
        }

    assert look.get_pk_constraint("conversations")["constrained_columns"] == ["id"]
    assert ("user_id", "users") in points("conversations")
    assert "user_id" in indexed("conversations")
    for name in ("created_at", "updated_at"):
        assert str(column("conversations", name)["type"]) == "TIMESTAMP"
        assert column("conversations", name)["type"].timezone  # type: ignore[attr-defined]
    assert look.get_pk_constraint("messages")["constrained_columns"] == ["id"]
    assert {("user_id", "users"), ("conversation_id", "conversations")} <= points("messages")
    assert {"user_id", "conversation_id", "created_at"} <= indexed("messages")
    assert column("messages", "role")["type"].length == 20  # type: ignore[attr-defined]
    assert str(column("messages", "content")["type"]) == "TEXT"
    assert str(column("messages", "tool_calls")["type"]) == "TEXT"
    assert column("messages", "tool_calls")["nullable"]
    assert str(column("users", "id")["type"]).startswith("VARCHAR")
    engine.dispose()
    assert Conversation.messages.property.back_populates == "conversation"  # type: ignore[attr-defined]
    assert Message.conversation.property.back_populates == "messages"  # type: ignore[attr-defined]
    for model in (Conversation, Message):
        for word in ("Purpose", "Relationships", "Isolation"):
            assert word in (model.__doc__ or "")


async def test_reminders_that_are_there_go_up_and_down(fresh: Callable[..., str]) -> None:
    """Forced policies hide rows from a migration too."""
    url = fresh()
    await migrate.downgrade(url, "0014")
    admin = url.replace("//todd:", "//postgres:")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("insert into users (id, name) values ('u1', 'Ana')")
        connection.execute("select set_config('todd.user', 'u1', false)")
        connection.execute("insert into tasks (user_id, title) values ('u1', 'tea')")
        connection.execute(
            "insert into reminders (user_id, task_id, kind, from_id, platform, at, state)"
            " select 'u1', id, 'due', 'u1', 'fake', now(), 'waiting' from tasks"
        )
    await migrate.upgrade(url)
    with psycopg.connect(admin, autocommit=True) as connection:
        assert connection.execute("select at = try_at from reminders").fetchall() == [(True,)]
        connection.execute(
            "insert into reminders (user_id, kind, content, from_id, platform, at, try_at, state)"
            " values ('u1', 'words', 'eat', 'u1', 'fake', now(), now(), 'waiting')"
        )
    await migrate.downgrade(url, "0014")
    with psycopg.connect(admin, autocommit=True) as connection:
        assert connection.execute("select kind from reminders").fetchall() == [("due",)]
    await migrate.upgrade(url)


async def test_words_places_and_tokens_that_are_there_go_up_and_down(
    fresh: Callable[..., str],
) -> None:
    url = fresh()
    await migrate.downgrade(url, "0017")
    admin = url.replace("//todd:", "//postgres:")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("insert into users (id, name) values ('u1', 'Ana')")
        connection.execute(
            "insert into conversations (user_id, platform, workspace, channel, thread, private)"
            " values ('u1', 'fake', '', 'C1/U1', '', true), ('u1', 'fake', '', 'C1', '', false)"
        )
        connection.execute(
            "insert into messages (user_id, conversation_id, role, content, state, reply_to)"
            " select 'u1', id, 'user', 'hi', 'waiting',"
            ' \'{"channel": "C1", "sealed": "x", "until": 1, "application": "a"}\''
            " from conversations where private"
        )
        connection.execute(
            "insert into reminders (user_id, kind, content, from_id, platform, at, try_at, state)"
            " select 'u1', kind, 'eat', 'u1', 'fake', now(), now(), 'waiting'"
            " from unnest(array['note', 'post', 'digest']) as kinds (kind)"
        )
    await migrate.upgrade(url)
    with psycopg.connect(admin, autocommit=True) as connection:
        kinds = connection.execute("select kind from reminders order by id").fetchall()
        assert kinds == [("words",), ("announcement",), ("digest",)]
        asides = connection.execute("select channel, aside from conversations order by id")
        assert asides.fetchall() == [("C1/U1", True), ("C1", False)]
        kept = connection.execute("select reply_to, reply_token, reply_until from messages")
        assert kept.fetchall() == [({"channel": "C1"}, None, None)]
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update reminders set kind = 'note'")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update messages set state = 'lost'")
    await migrate.downgrade(url, "0017")
    with psycopg.connect(admin, autocommit=True) as connection:
        kinds = connection.execute("select kind from reminders order by id").fetchall()
        assert kinds == [("note",), ("post",), ("digest",)]
    await migrate.upgrade(url)


def _as(connection: psycopg.Connection, user: str) -> None:
    connection.execute("select set_config('todd.user', %s, false)", (user,))


async def test_tasks_that_are_there_are_numbered_in_their_channel_above_what_was_shown(
    fresh: Callable[..., str],
) -> None:
    """Two people's #1 and #2 stood in one channel: what old posts say is nobody's number now."""
    url = fresh()
    await migrate.downgrade(url, "0019")
    admin = url.replace("//todd:", "//postgres:")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("insert into users (id, name) values ('u1', 'Ana'), ('u2', 'Bob')")
        connection.execute(
            "insert into conversations (user_id, platform, workspace, channel, thread, private)"
            " values ('u1', 'fake', '', 'dm', '', true), ('u1', 'fake', '', 'C1', 't1', false),"
            " ('u2', 'fake', '', 'C1', 't2', false), ('u2', 'fake', '', 'C2', '', false)"
        )
        places = {"own": "dm", "a": "t1", "b": "t2", "c": "t2"}
        for title, place in places.items():
            _as(connection, "u2" if title in "bc" else "u1")
            connection.execute(
                "insert into tasks (user_id, title, conversation_id)"
                " select %s, %s, id from conversations where %s in (channel, thread)",
                ("u2" if title in "bc" else "u1", title, place),
            )
    await migrate.upgrade(url)
    numbers = (
        "select t.title, n.number from channel_numbers n join tasks t on t.id = n.task_id"
        " order by n.number"
    )
    with psycopg.connect(admin, autocommit=True) as connection:
        assert connection.execute(numbers).fetchall() == [("a", 3), ("b", 4), ("c", 5)]
        _as(connection, "u2")
        connection.execute(
            "insert into tasks (user_id, title, conversation_id)"
            " select 'u2', 'd', id from conversations where thread = 't1' or channel = 'C2'"
        )
        found = connection.execute(numbers).fetchall()
        assert found == [("d", 1), ("a", 3), ("b", 4), ("c", 5), ("d", 6)]
    await migrate.downgrade(url, "0019")
    await migrate.upgrade(url)


# What has landed is never edited: databases out there have run it as it was.
LANDED = {
    "0001_conversations.py": "9e2b1cc7f38991c1",
    "0002_tasks.py": "327c895044d2287c",
    "0003_described.py": "468e6b16ebcce0fc",
    "0004_sealed.py": "6f560809bb0415d5",
    "0005_marks.py": "1215fca97188320a",
    "0006_occurrences.py": "3fa378cdf877d4ad",
    "0007_numbers.py": "9907aa868fbcfaf1",
    "0008_assigned.py": "8c9be5aa9e72fdf6",
    "0009_undone.py": "98f4513700ebe047",
    "0010_offered.py": "d855843801951adf",
    "0011_mentions.py": "e5c372e9c49bf27c",
    "0012_reminders.py": "5b510eb0d5a407b4",
    "0013_search.py": "62ce86e42084faf6",
    "0014_amended.py": "a5062f555a115706",
    "0015_consents.py": "baae0ef8e3eb8e9a",
    "0016_notes.py": "4c9c1dc4e9481e3d",
    "0017_leads.py": "8e1ebef9f5bf45fd",
    "0018_words_of_states.py": "95de35a077898eba",
    "0019_asides.py": "8eeb23e45e80d427",
}


def test_no_migration_that_has_landed_was_edited() -> None:
    for name, digest in LANDED.items():
        text = (ROOT / "alembic" / "versions" / name).read_bytes()
        assert hashlib.sha256(text).hexdigest().startswith(digest), name


def test_the_newest_migration_is_alembics_head() -> None:
    assert migrate.newest() == ScriptDirectory.from_config(migrate._config()).get_current_head()
