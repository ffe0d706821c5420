"""All tools. To add one: write it in a file of its own, and give it a line here."""

from dataclasses import dataclass
from typing import Literal

from core.tools.add_tasks import add_tasks
from core.tools.answers import confirm, leave
from core.tools.change_settings import change_settings
from core.tools.complete_tasks import complete_tasks
from core.tools.confirming import ARRANGED
from core.tools.consent import allow, refuse
from core.tools.decline_tasks import decline_tasks
from core.tools.delete_tasks import delete_tasks
from core.tools.find_tasks import find_tasks
from core.tools.journal import Journal
from core.tools.list_reminders import list_reminders
from core.tools.remind import remind
from core.tools.remind_again import remind_again, stop_reminding
from core.tools.reopen_tasks import reopen_tasks
from core.tools.set_time_zone import set_time_zone
from core.tools.show_settings import show_settings
from core.tools.show_task import show_task
from core.tools.toolbox import Tool, Toolbox
from core.tools.turn_page import turn_page
from core.tools.undo_changes import undo_changes, undo_message
from core.tools.update_tasks import update_tasks
from core.tools.words_again import words_again, words_keep, words_stop

# What a tool brings about, and so what its receipt is.
# looks: nothing.
# changes tasks: receipts are read back from the rows that it wrote (core/tasks/receipts.py).
# arranges: something without a task, and its own words are the receipt.
# tells: something without a task, and it says so; its words are its reply, beside no ✓.
Effect = Literal["looks", "changes tasks", "arranges", "tells"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool, what it brings about, and what people read while it runs."""

    tool: Tool
    effect: Effect
    status: str

    @property
    def name(self) -> str:
        return self.tool.__name__


# What a model may call, in the order in which it reads of it.
OFFERED = (
    Entry(add_tasks, "changes tasks", "adding…"),
    Entry(find_tasks, "looks", "looking…"),
    Entry(show_task, "looks", "looking…"),
    Entry(update_tasks, "changes tasks", "changing…"),
    Entry(complete_tasks, "changes tasks", "checking off…"),
    Entry(reopen_tasks, "changes tasks", "reopening…"),
    Entry(delete_tasks, "changes tasks", "deleting…"),
    Entry(decline_tasks, "changes tasks", "declining…"),
    Entry(undo_changes, "changes tasks", "undoing…"),
    Entry(remind, "arranges", "arranging it…"),
    Entry(list_reminders, "looks", "looking…"),
    Entry(set_time_zone, "arranges", "setting your zone…"),
    Entry(show_settings, "looks", "looking…"),
    Entry(change_settings, "arranges", "arranging it…"),
)
# What only code calls, for what people press and confirm.
CODES_OWN = (
    Entry(turn_page, "looks", "looking…"),
    Entry(undo_message, "changes tasks", "undoing…"),
    Entry(confirm, "changes tasks", "doing it…"),
    Entry(leave, "tells", "leaving it…"),
    Entry(remind_again, "tells", "arranging it…"),
    Entry(stop_reminding, "tells", "arranging it…"),
    Entry(words_again, "tells", "arranging it…"),
    Entry(words_keep, "changes tasks", "adding…"),
    Entry(words_stop, "tells", "arranging it…"),
    Entry(allow, "tells", "noting it…"),
    Entry(refuse, "tells", "noting it…"),
)
ENTRIES = {entry.name: entry for entry in (*OFFERED, *CODES_OWN)}
# Whether its outcome has to be borne out by a receipt, or said to have failed.
CHANGING = frozenset(
    entry.name for entry in ENTRIES.values() if entry.effect in ("changes tasks", "arranges")
)


def status(name: str) -> str:
    """What people read while a tool runs, or what a model takes for one."""
    return ENTRIES[name].status if name in ENTRIES else "working…"


def arranged(journal: Journal) -> list[str]:
    """What was arranged, in the tools' own words: their receipts."""
    lines: list[str] = []
    for call in journal.calls:
        said = (call.result or "").splitlines() if call.outcome == "done" else []
        if call.name in ENTRIES and ENTRIES[call.name].effect == "arranges":
            lines.extend(said)
        elif call.name == confirm.__name__:
            lines.extend(line.removeprefix(ARRANGED) for line in said if line.startswith(ARRANGED))
    return lines


def toolbox() -> Toolbox:
    """The tools of this Todd."""
    return Toolbox([entry.tool for entry in OFFERED], [entry.tool for entry in CODES_OWN])
