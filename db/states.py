"""The words that rows say what they are in: each in one place, for SQL and Python alike.

The database takes no other (a check constraint a column); tests/house holds what SQL compares with.
docs/glossary.md says what they mean, and who moves a row on.
"""

from enum import StrEnum


class Role(StrEnum):
    """Who said a message."""

    USER = "user"
    ASSISTANT = "assistant"


class MessageState(StrEnum):
    """What has still to be done about a message."""

    WAITING = "waiting"  # user: heard, not yet taken by a turn
    ANSWERING = "answering"  # user: taken by a turn that is not over
    ANSWERED = "answered"  # user: a reply stands
    OVERHEARD = "overheard"  # user: kept for context, not to be answered
    PRESSED = "pressed"  # user: a press, done in the transaction that kept it
    FAILED = "failed"  # user: given up, with an apology
    WITHDRAWN = "withdrawn"  # user: deleted by its person before it was answered
    SPEAKING = "speaking"  # assistant: the turn runs, or broke off and goes on
    WHOLE = "whole"  # assistant: the reply's text is finished, it has yet to be said
    TELLING = "telling"  # assistant: finished outside any turn (a press), it has yet to be said
    SAID = "said"  # assistant: it stands on the platform


class Speaks(StrEnum):
    """When Todd answers in a conversation."""

    AUTO = "auto"  # by rule 10
    ALWAYS = "always"
    MENTIONED = "mentioned"


class TaskAction(StrEnum):
    """What was done to a task, in one row of its history."""

    ADDED = "added"
    FOLLOWED = "followed"  # made by completing the occurrence before it
    UPDATED = "updated"
    ASSIGNED = "assigned"  # given to somebody, or taken back
    DECLINED = "declined"  # its assignee says that it is not theirs
    COMPLETED = "completed"
    REOPENED = "reopened"
    DELETED = "deleted"
    UNDONE = "undone"  # an earlier change was taken back


class ReminderKind(StrEnum):
    """What a reminder says."""

    DUE = "due"  # that a task is due
    AGAIN = "again"  # of a task, at a time of the person's own
    ASSIGNED = "assigned"  # that a task was given to them
    COMPLETED = "completed"  # that who was given a task has done it
    DECLINED = "declined"  # that who was given a task says it is not theirs
    WORDS = "words"  # words, to themselves or from somebody else
    ANNOUNCEMENT = "announcement"  # words, to all in a place
    MAY = "may"  # the question whether somebody may have them reminded
    ANSWER = "answer"  # what came of something they asked for
    DIGEST = "digest"  # their day
    BACK = "back"  # their week
    LIST = "list"  # the open tasks of a channel


class ReminderState(StrEnum):
    """What became of a reminder."""

    WAITING = "waiting"  # it will be said when its time has come
    TOLD = "told"  # its message is written; from there on that is said
    QUIET = "quiet"  # there was nothing left to say
    HELD = "held"  # its time has come, and its person has not yet said whether Todd may
    UNREACHED = "unreached"  # its person could not be told: they are when they are heard of again


class ConfirmationState(StrEnum):
    """What became of a question that waits for a yes."""

    ASKED = "asked"
    CONFIRMED = "confirmed"  # the yes came, once
    VOID = "void"  # a no, or what was asked about has changed


class ConsentState(StrEnum):
    """What somebody says to being reminded by another."""

    ASKED = "asked"  # nothing yet
    ALLOWED = "allowed"
    REFUSED = "refused"
