"""How long what is waited for, and how often what is tried."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker waits for what (seconds), and how often it tries."""

    tries: int = 5  # failed tries of one turn, before the apology
    crashes: int = 20  # times that a turn may be found broken off
    first_wait: float = 1.0
    longest_wait: float = 300.0
    say_for: float = 86_400.0  # a platform that does not take a reply is tried for a day
    sweep: float = 5.0
    due_watch: float = 0.25  # between looks for reminders whose time has come
    wake_again: float = 5.0  # for a reminder of which nothing has come
    housekeeping: float = 60.0
    grace: float = 20.0  # for what runs at a shutdown
    reconnect: float = 0.2
    longest_reconnect: float = 10.0

    def wait(self, tries: int) -> timedelta:
        return timedelta(seconds=min(self.first_wait * 2 ** max(0, tries - 1), self.longest_wait))
