"""The rows. Whose a row is, row-level security decides (alembic/versions); here is what it holds.

Every session on people's data is opened by `Database.acting(user, conversation)`, which names both
for the transaction; the policies compare rows with these names, so that a query which forgets its
filter finds nothing of other people's.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import (
    Identity as Counted,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlmodel import Field, Relationship, SQLModel

from db.states import (
    ConfirmationState,
    ConsentState,
    MessageState,
    ReminderKind,
    ReminderState,
    Role,
    Speaks,
    TaskAction,
)

TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 2_000


def utcnow() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_user_id() -> str:
    return uuid4().hex


def key() -> Any:
    return Column(BigInteger, Counted(always=False), primary_key=True)


def one_of(table: str, column: str, words: type[StrEnum]) -> CheckConstraint:
    """The database takes no other word in a column."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} in ({listed})", name=f"ck_{table}_{column}")


def json_or_null() -> Any:
    # Without this None would be kept as JSON's null, which is not null.
    return Column(JSONB(none_as_null=True), nullable=True)


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    default = None if nullable else text("now()")
    return Column(DateTime(timezone=True), nullable=nullable, index=index, server_default=default)


class User(SQLModel, table=True):
    """A person, whatever the platforms they come from.

    Isolation: seen by themselves and by turns of a conversation they have spoken in; changed by
    themselves and by the engine.
    """

    __tablename__ = "users"

    id: str = Field(default_factory=new_user_id, primary_key=True, max_length=64)
    name: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    timezone: str | None = Field(default=None, max_length=64)
    locale: str | None = Field(default=None, max_length=32)
    preferences: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}")
    )
    last_number: int = Field(
        default=0, sa_column=Column(Integer, nullable=False, server_default="0")
    )
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())


class Identity(SQLModel, table=True):
    """Who a platform says that somebody is: (platform, workspace, external id) → one user.

    Isolation: seen by that user and the engine; written by the engine.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("platform", "workspace", "external_id"),)

    id: int | None = Field(default=None, sa_column=key())
    platform: str = Field(max_length=20)
    workspace: str = Field(default="", max_length=64)
    external_id: str = Field(max_length=200)
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    # When the platform was last asked who this is.
    described_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Conversation(SQLModel, table=True):
    """One Place where people talk to Todd: a DM, a thread, a channel's own line.

    Purpose: what belongs together, is read together and is answered one turn at a time.
    Relationships: `user_id` is who opened it; `messages` are what was said in it, `members` who
    has spoken there.
    Isolation: seen from within (the conversation that is being answered) and by those who have
    spoken in it; changed from within and by the engine.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("platform", "workspace", "channel", "thread"),
        one_of("conversations", "speaks", Speaks),
    )

    id: int | None = Field(default=None, sa_column=key())
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())
    updated_at: datetime = Field(default_factory=utcnow, sa_column=moment())
    platform: str = Field(max_length=20)
    workspace: str = Field(default="", max_length=64)
    channel: str = Field(max_length=200)
    thread: str = Field(default="", max_length=200)
    private: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default="false")
    )
    # Where one person's private commands in a channel are answered, and nothing else is said.
    aside: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default="false")
    )
    # Whether Todd was ever addressed here; until then a conversation is not his to answer in.
    joined: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default="false")
    )
    # When Todd speaks here: 'auto' (rule 10), 'always' or 'mentioned'.
    speaks: str = Field(default="auto", max_length=20, sa_column_kwargs={"server_default": "auto"})
    # The person whom Todd's open question is to; their next message is its answer.
    asking_id: str | None = Field(default=None, foreign_key="users.id", max_length=64)
    # Whose turn it is: written by whoever takes the conversation, asserted by all that it writes.
    token: str | None = Field(default=None, max_length=32)

    messages: list["Message"] = Relationship(back_populates="conversation")


class Member(SQLModel, table=True):
    """Somebody who has spoken in a conversation; says in constant time who is there.

    Isolation: seen from within the conversation and by the person.
    """

    __tablename__ = "members"

    conversation_id: int = Field(
        foreign_key="conversations.id", primary_key=True, sa_type=BigInteger
    )
    user_id: str = Field(foreign_key="users.id", primary_key=True, index=True, max_length=64)


class Message(SQLModel, table=True):
    """What a person said ('user') or Todd said ('assistant').

    Purpose: a user row is the proof that something was heard; an assistant row is its turn's
    journal while the turn runs, and the outbox until its text stands on the platform.
    `tool_calls` is a JSON list of what the model asked for, each with arguments, outcome and
    result (core/tools/journal.py). An assistant row's `user_id` is the person whom it answers.
    Relationships: belongs to `conversation`; `answer_id` leads from a user row to its reply.
    Isolation: seen and written only from within its conversation, and by the engine.
    """

    __tablename__ = "messages"
    __table_args__ = (
        one_of("messages", "role", Role),
        one_of("messages", "state", MessageState),
        UniqueConstraint("conversation_id", "external_id"),
        Index("ix_messages_conversation_newest", "conversation_id", "id"),
        Index(
            "ix_messages_open",
            "conversation_id",
            postgresql_where=text("state in ('waiting', 'speaking', 'whole', 'telling')"),
        ),
        Index(
            "ix_messages_amended",
            "conversation_id",
            postgresql_where=text("amended is not null"),
        ),
        Index(
            "ix_messages_heard",
            "external_id",
            postgresql_where=text("external_id is not null"),
        ),
        Index(
            "ix_messages_reply_until",
            "reply_until",
            postgresql_where=text("reply_token is not null"),
        ),
        Index(
            "ix_messages_under",
            "conversation_id",
            "under",
            postgresql_where=text("under is not null"),
        ),
    )

    id: int | None = Field(default=None, sa_column=key())
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    conversation_id: int = Field(
        foreign_key="conversations.id", index=True, sa_type=BigInteger, nullable=False
    )
    role: str = Field(max_length=20)
    content: str = Field(default="", sa_column=Column(Text, nullable=False))
    tool_calls: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment(index=True))
    # The platform's id; null on Todd's own (where they were posted is in `posts`).
    external_id: str | None = Field(default=None, max_length=200)
    # The platform's own order of messages, made to sort as text ("C" collation).
    order_key: str = Field(
        default="", sa_column=Column(String(64, collation="C"), nullable=False, server_default="")
    )
    state: str = Field(max_length=20)
    answer_id: int | None = Field(
        default=None, foreign_key="messages.id", index=True, sa_type=BigInteger
    )
    # Where the reply goes beyond the Place itself; the platform's own words, JSON.
    reply_to: dict[str, Any] | None = Field(default=None, sa_column=json_or_null())
    # What a command is answered by, sealed, and until when; it is dropped then.
    reply_token: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    reply_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    # Where it stands, for people to follow: the platform's own link.
    link: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    # Whom it mentions, or on an assistant row calls by name: the words for them → {"external_id":
    # the platform's id, "name": …}.
    mentions: dict[str, Any] | None = Field(default=None, sa_column=json_or_null())
    # What it is about: the platform's id of the head of its thread, or of what it replies to; and
    # what came with it, each {"kind", "text", "by", "link", "external_id"} (core/heard.py).
    under: str | None = Field(default=None, max_length=200)
    attached: list[Any] | None = Field(default=None, sa_column=json_or_null())
    # What its person has made of it since: {"text": …, or null: deleted; "reply_to": …}; "offered",
    # once Todd has offered to make up for it.
    amended: dict[str, Any] | None = Field(default=None, sa_column=json_or_null())
    # On an assistant row: what can be pressed under it, each [label, action, about].
    choices: list[Any] | None = Field(default=None, sa_column=json_or_null())
    # On an assistant row: tries that failed, times it was begun, when to try next.
    attempts: int = Field(
        default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0")
    )
    begun: int = Field(
        default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0")
    )
    retry_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    input_tokens: int = Field(
        default=0, sa_column=Column(Integer, nullable=False, server_default="0")
    )
    output_tokens: int = Field(
        default=0, sa_column=Column(Integer, nullable=False, server_default="0")
    )

    conversation: Conversation = Relationship(back_populates="messages")


class Post(SQLModel, table=True):
    """Where a part of a reply stands on the platform.

    Isolation: that of its message.
    """

    __tablename__ = "posts"

    message_id: int = Field(foreign_key="messages.id", primary_key=True, sa_type=BigInteger)
    part: int = Field(default=0, primary_key=True, sa_type=SmallInteger)
    # The platform's own name for it, which may begin with that of the channel and a "/".
    external_id: str = Field(max_length=200, index=True)
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())


class Watermark(SQLModel, table=True):
    """Up to when a platform that delivers once was heard without a gap.

    Isolation: the engine's.
    """

    __tablename__ = "watermarks"

    platform: str = Field(primary_key=True, max_length=20)
    heard_until: datetime = Field(sa_type=DateTime(timezone=True))


class Task(SQLModel, table=True):
    """What is to be done.

    `due_at` with `due_has_time` is a moment; without it a calendar date, kept as that date's
    midnight in UTC, the same date for whoever reads it. `priority` is 1 (urgent) to 4 (low).
    `recurrence` is an RRULE without DTSTART: what is left of it from `recurs_on` on, the occurrence
    that this task is, on the owner's own clock; `due_at` is elsewhere when this one was moved.
    Relationships: `parent_id` leads from a part to the whole, `previous_id` to the occurrence
    whose completion made this one.
    Isolation: seen and changed by owner (`user_id`) and assignee; deleted, given away and
    reassigned by the owner alone (a trigger holds that).
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"char_length(title) between 1 and {TITLE_LIMIT}", name="ck_tasks_title"),
        CheckConstraint(
            f"char_length(description) <= {DESCRIPTION_LIMIT}", name="ck_tasks_description"
        ),
        CheckConstraint("priority between 1 and 4", name="ck_tasks_priority"),
        CheckConstraint("completed = (completed_at is not null)", name="ck_tasks_completed"),
        Index(
            "ix_tasks_next",
            "previous_id",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
    )

    id: int | None = Field(default=None, sa_column=key())
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    title: str = Field(sa_column=Column(Text, nullable=False))
    description: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    completed: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default="false")
    )
    completed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    due_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    due_has_time: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default="false")
    )
    priority: int = Field(
        default=3, sa_column=Column(SmallInteger, nullable=False, server_default="3")
    )
    labels: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"),
    )
    recurrence: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    recurs_on: datetime | None = Field(default=None, sa_column=Column(DateTime, nullable=True))
    previous_id: int | None = Field(default=None, foreign_key="tasks.id", sa_type=BigInteger)
    assignee_id: str | None = Field(default=None, foreign_key="users.id", index=True, max_length=64)
    # When the assignee said that it is not theirs; until it is assigned anew.
    declined_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    parent_id: int | None = Field(
        default=None, foreign_key="tasks.id", index=True, sa_type=BigInteger
    )
    conversation_id: int | None = Field(
        default=None, foreign_key="conversations.id", index=True, sa_type=BigInteger
    )
    message_id: int | None = Field(default=None, foreign_key="messages.id", sa_type=BigInteger)
    # Back to the message that it was made from.
    link: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())
    updated_at: datetime = Field(default_factory=utcnow, sa_column=moment())
    deleted_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


# Computed by the database, to search in; never loaded with a task.
SEARCH = Column(
    "search",
    TSVECTOR,
    Computed("to_tsvector('simple', title || ' ' || description)", persisted=True),
)
Task.metadata.tables["tasks"].append_column(SEARCH)


class TaskNumber(SQLModel, table=True):
    """A person's own small, stable number for a task: what they and the tools call #12 in private;
    and how they want to be reminded of it.

    Isolation: that person's.
    """

    __tablename__ = "task_numbers"
    __table_args__ = (UniqueConstraint("user_id", "task_id"),)

    user_id: str = Field(foreign_key="users.id", primary_key=True, max_length=64)
    number: int = Field(primary_key=True)
    task_id: int = Field(foreign_key="tasks.id", index=True, sa_type=BigInteger, nullable=False)
    # Minutes before its time at which the person is reminded of it; NEVER: not at all; null: as of
    # all their tasks.
    remind_before: int | None = None


NEVER = -1

# The numbers of tasks where the session acts (migration 0020): a person's own in private, the
# channel's in front of others. A view; no table of SQLModel's.
NUMBERS_HERE = Table(
    "numbers_here",
    MetaData(),
    Column("user_id", Text),
    Column("task_id", BigInteger),
    Column("number", Integer),
).c


class ChannelNumber(SQLModel, table=True):
    """The number of a task in the channel where it was made: the same for all who read it there.

    Isolation: seen by whoever may see the task; given by a trigger when a task is made.
    """

    __tablename__ = "channel_numbers"
    __table_args__ = (UniqueConstraint("channel_key", "number"),)

    task_id: int = Field(foreign_key="tasks.id", primary_key=True, sa_type=BigInteger)
    channel_key: str = Field(sa_column=Column(Text, nullable=False))
    number: int


class ChannelCounter(SQLModel, table=True):
    """The highest number that a channel has given.

    Isolation: counted on by whoever makes a task; it says nothing of any.
    """

    __tablename__ = "channel_counters"

    channel_key: str = Field(sa_column=Column(Text, primary_key=True))
    last_number: int


class TaskChange(SQLModel, table=True):
    """One thing that truly happened to a task: who, when, by which message and call, before, after.

    Written in the transaction of the change; receipts, history and undo are read from it.
    Isolation: seen by whoever may see the task; written in one's own name; never rewritten.
    """

    __tablename__ = "task_changes"
    __table_args__ = (
        one_of("task_changes", "action", TaskAction),
        Index("ix_task_changes_call", "message_id", "step", "position"),
        Index("ix_task_changes_latest", "user_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=key())
    task_id: int = Field(foreign_key="tasks.id", index=True, sa_type=BigInteger, nullable=False)
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    message_id: int | None = Field(default=None, foreign_key="messages.id", sa_type=BigInteger)
    step: int = Field(default=0, sa_type=SmallInteger)
    position: int = Field(default=0, sa_type=SmallInteger)
    action: str = Field(max_length=20)
    before: dict[str, Any] | None = Field(default=None, sa_column=json_or_null())
    after: dict[str, Any] | None = Field(default=None, sa_column=json_or_null())
    # On an undo: the change that it takes back.
    undoes: int | None = Field(default=None, foreign_key="task_changes.id", sa_type=BigInteger)
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())


class Confirmation(SQLModel, table=True):
    """What was asked for and is done only after a yes (rule 4): exactly these calls, once, in time.

    `calls` is a list of {"tool", "arguments", "says" (what they do, in words), "mentioned" (handles
    and users)}; `seen` says of each task that is in them when it was
    changed last (id → moment): when that is no longer so, the question is void.
    Isolation: the person's who was asked, in the conversation where they were.
    """

    __tablename__ = "confirmations"
    __table_args__ = (one_of("confirmations", "state", ConfirmationState),)

    id: int | None = Field(default=None, sa_column=key())
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    conversation_id: int = Field(foreign_key="conversations.id", sa_type=BigInteger, nullable=False)
    message_id: int = Field(
        foreign_key="messages.id", index=True, sa_type=BigInteger, nullable=False
    )
    calls: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    seen: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    state: str = Field(default=ConfirmationState.ASKED, max_length=20)
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())


class Reminder(SQLModel, table=True):
    """What Todd has to tell somebody of his own accord, and when. The row is the truth; a job only
    rings.

    Purpose: `kind` says what (db/states.py ReminderKind): of a task (`task_id`), of words
    (`content`, `from_id`), or of nothing but the time.
    `at` is the time that it is for; `try_at` is when it is tried next, which is later in quiet
    hours and while its platform fails; `woken_at` is when a worker was last woken for it. What
    comes again has a `recurrence` (see Task), counted from `recurs_on`, and is one row that moves
    on.
    A due one that is no longer so (moved, done, somebody else's) finds nothing to say.
    Relationships: about `task_id`; said in `said_in`, a Conversation, or else in private; made in
    `made_in`; `message_id` is the Message in which it was told last.
    Isolation: seen by the person and the engine; words to somebody else by who sends them, what is
    posted in a place by those who are there. Made by the person, by whoever shares the task, or by
    whom they have not refused.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        one_of("reminders", "kind", ReminderKind),
        one_of("reminders", "state", ReminderState),
        Index("ix_reminders_waiting", "try_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_reminders_once",
            "user_id",
            "task_id",
            "kind",
            "at",
            unique=True,
            postgresql_where=text("state = 'waiting' and recurrence is null"),
        ),
        Index("ix_reminders_of", "of_id", postgresql_where=text("of_id is not null")),
        Index(
            "ix_reminders_unreached",
            "user_id",
            "platform",
            postgresql_where=text("state = 'unreached'"),
        ),
        Index("ix_reminders_message", "message_id"),
        Index("ix_reminders_from", "from_id", postgresql_where=text("kind = 'words'")),
        Index("ix_reminders_over", "try_at", postgresql_where=text("state in ('told', 'quiet')")),
        Index("ix_reminders_said_in", "said_in", postgresql_where=text("said_in is not null")),
    )

    id: int | None = Field(default=None, sa_column=key())
    user_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    task_id: int | None = Field(
        default=None, foreign_key="tasks.id", index=True, sa_type=BigInteger
    )
    kind: str = Field(max_length=20)
    content: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    from_id: str | None = Field(default=None, foreign_key="users.id", max_length=64)
    platform: str = Field(max_length=20)
    said_in: int | None = Field(default=None, foreign_key="conversations.id", sa_type=BigInteger)
    made_in: int | None = Field(default=None, foreign_key="conversations.id", sa_type=BigInteger)
    # The row that it was made of: one time of what comes again, or a snooze of words.
    of_id: int | None = Field(default=None, sa_type=BigInteger)
    # It is told elsewhere than was meant, because that failed.
    moved: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default="false")
    )
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    try_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    woken_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    recurrence: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    recurs_on: datetime | None = Field(default=None, sa_column=Column(DateTime, nullable=True))
    state: str = Field(default=ReminderState.WAITING, max_length=20)
    attempts: int = Field(
        default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0")
    )
    message_id: int | None = Field(default=None, foreign_key="messages.id", sa_type=BigInteger)
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())


class Consent(SQLModel, table=True):
    """Whether `user_id` lets `from_id` have them reminded: asked once, answered at any time.

    Isolation: seen by both; asked by who wants to, answered by the person.
    """

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("user_id", "from_id"),
        one_of("consents", "state", ConsentState),
    )

    id: int | None = Field(default=None, sa_column=key())
    user_id: str = Field(foreign_key="users.id", max_length=64)
    from_id: str = Field(foreign_key="users.id", index=True, max_length=64)
    state: str = Field(default=ConsentState.ASKED, max_length=20)
    created_at: datetime = Field(default_factory=utcnow, sa_column=moment())
