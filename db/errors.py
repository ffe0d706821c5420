"""What can go wrong below core, in words for the person who runs Todd."""


class DatabaseError(Exception):
    """The database cannot be used as it is."""


class Unreachable(DatabaseError):
    """No database answers at the address given."""


class Outdated(DatabaseError):
    """The database's tables are not those of this version."""

    def __str__(self) -> str:
        return (
            "The database is not at this version's schema. Run `todd db upgrade` (the Procfile's "
            "release line does it at each deployment), then start again."
        )


class Bypasses(DatabaseError):
    """The role in DATABASE_URL is not subject to row-level security."""

    def __init__(self, role: str) -> None:
        self.role = role

    def __str__(self) -> str:
        return (
            f"DATABASE_URL connects as {self.role!r}, a superuser (or a role with BYPASSRLS): "
            "PostgreSQL would not keep people's tasks apart. Make a role of its own: "
            "CREATE ROLE todd LOGIN PASSWORD '…'; CREATE DATABASE todd OWNER todd; "
            "and use it in DATABASE_URL."
        )


class EmbeddedFailed(DatabaseError):
    """The embedded PostgreSQL could not be started."""


class TurnLost(DatabaseError):
    """Another process has taken the conversation: what this one writes no longer counts."""


class NotThere(DatabaseError):
    """The row is not there, or not for this person to see."""
