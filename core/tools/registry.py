"""All tools, and which of them change something. To add one: write it, and name it in its list."""

from core.tools import reminder_tools, settings_tools, task_tools
from core.tools.journal import Journal

TOOLS = (*task_tools.TASK_TOOLS, *reminder_tools.REMINDER_TOOLS, *settings_tools.SETTINGS_TOOLS)
OWN_TOOLS = (*task_tools.PRESSED, *reminder_tools.PRESSED)
# What these do is no change of a task: what they say of it is the receipt.
NOTED = frozenset({"remind", "change_settings"})
LOOKING = frozenset({
    "find_tasks", "show_task", "list_reminders", "show_settings", "set_time_zone", "leave",
    "remind_again", "stop_reminding", "note_again", "note_stop", "allow", "refuse",
})  # fmt: skip
CHANGING = frozenset(tool.__name__ for tool in (*TOOLS, *OWN_TOOLS)) - LOOKING


def noted(journal: Journal) -> list[str]:
    """What was arranged rather than changed, in the tools' own words."""
    return [
        line
        for call in journal.calls
        if call.name in NOTED and call.outcome == "done"
        for line in (call.result or "").splitlines()
    ]
