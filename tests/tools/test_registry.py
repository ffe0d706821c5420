"""The registry: a tool is a file and a line, and what it brings about is borne out."""

import ast
import importlib
import inspect
from datetime import UTC, datetime
from typing import get_args, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from support.command import ROOT

from core.conversation.presses import PRESSES
from core.tasks import receipts
from core.tools import registry
from core.tools.answers import CONFIRMED
from core.tools.journal import Call, Journal
from core.tools.registry import ENTRIES, Effect
from core.turn.claims.checking import BORNE_OUT_BY
from core.work import Result, Work
from db.history import Change
from db.states import TaskAction

# What is in core/tools and is no tool.
ROOMS = {"registry", "toolbox", "journal", "perform", "confirming", "batch", "__init__"}
# A yes leads to it, by its place in CONFIRMED; nobody calls it.
AFTER_A_YES = {"hear_again"}


def tools() -> set[str]:
    """The names of all functions in core/tools that do something for a person."""
    found: set[str] = set()
    for path in (ROOT / "core" / "tools").glob("*.py"):
        if path.stem in ROOMS:
            continue
        module = importlib.import_module(f"core.tools.{path.stem}")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
                hints = get_type_hints(getattr(module, node.name))
                if hints.get("work") is Work and hints.get("return") is Result:
                    found.add(node.name)
    return found


def test_every_tool_has_a_line_and_every_line_a_tool() -> None:
    assert tools() - AFTER_A_YES == set(ENTRIES)
    assert set(CONFIRMED) >= AFTER_A_YES


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_line_says_what_it_brings_about_and_what_people_read(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.effect in get_args(Effect)
    assert entry.status.endswith("…")
    assert inspect.getdoc(entry.tool)


def test_a_tool_of_one_file_has_its_name() -> None:
    for entry in registry.OFFERED:
        assert entry.tool.__module__ == f"core.tools.{entry.name}"


def test_every_press_has_a_tool() -> None:
    assert {press.tool for press in PRESSES.values()} <= set(ENTRIES)


@pytest.mark.parametrize("action", TaskAction)
def test_what_changes_tasks_has_a_receipt_and_a_claim(action: TaskAction) -> None:
    """A new kind of change needs its words in receipts.py, and a kind of claim that it bears out."""
    kept = {"title": "milk", "assignee_id": "u2", "deleted_at": None, "completed": False}
    change = Change(action, 1, 7, 0, 0, {**kept, "title": "ale"}, kept, {"u2": "Bob"})
    (line,) = receipts.say([change], (), datetime(2026, 11, 25, tzinfo=UTC), ZoneInfo("UTC"))
    assert line.startswith("✓ ")
    assert "#7 milk" in line
    assert any(action in actions for actions in BORNE_OUT_BY.values())


def test_an_unknown_action_fails_loudly() -> None:
    change = Change("frobnicated", 1, 7, 0, 0, {}, {"title": "milk"}, {})
    with pytest.raises(ValueError, match="frobnicated"):
        receipts.say([change], (), datetime(2026, 11, 25, tzinfo=UTC), ZoneInfo("UTC"))


def test_what_is_arranged_is_its_own_receipt() -> None:
    calls = [
        Call(0, at, entry.name, "{}", outcome="done", result=entry.name)
        for at, entry in enumerate(ENTRIES.values())
    ]
    arranged = {name for name, entry in ENTRIES.items() if entry.effect == "arranges"}
    assert set(registry.arranged(Journal(calls))) == arranged
    assert any("arranged" in actions for actions in BORNE_OUT_BY.values())
