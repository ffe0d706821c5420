"""The house: imports go down, docs name what exists, nothing is committed that must not be."""

import ast
import logging
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from support.command import ROOT
from support.stage import ANA, on_stage

from bots.settings import Settings
from core.models.port import Text
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

BELOW = {"bots": {"core", "db"}, "core": {"db"}, "db": set()}
OURS = set(BELOW)


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def imported(path: Path) -> frozenset[str]:
    """The names of the modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


@pytest.mark.parametrize("folder", BELOW)
def test_imports_go_down(folder: str) -> None:
    for path in modules(folder):
        tops = {name.split(".")[0] for name in imported(path)}
        assert tops & OURS <= BELOW[folder] | {folder}, path


# The floors of core, from the street up: a file imports from its own floor and from those below.
FLOORS = (
    ("errors", "heard", "reply", "work", "patience"),
    ("models",),
    ("understanding",),
    ("people",),
    ("tasks",),
    ("reminders",),
    ("tools",),
    ("turn",),
    ("conversation",),
)


def test_imports_go_down_between_the_floors_of_core() -> None:
    floor_of = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    rooms = {
        path.relative_to(ROOT / "core").parts[0].removesuffix(".py") for path in modules("core")
    }
    assert rooms - {"__init__"} == set(floor_of)
    for path in modules("core"):
        own = path.relative_to(ROOT / "core").parts[0].removesuffix(".py")
        for name in imported(path):
            room = name.split(".")[1] if name.startswith("core.") else own
            if own != "__init__":
                assert floor_of[room] <= floor_of[own], f"{path} imports {name}"


def test_packages_only_hand_names_on() -> None:
    for top in OURS:
        for path in (ROOT / top).rglob("__init__.py"):
            for node in ast.parse(path.read_text()).body:
                is_words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                is_all = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
                assert is_words or is_all or isinstance(node, ast.ImportFrom), path


def test_only_one_module_knows_the_wire_of_models() -> None:
    knowing = [
        path for top in OURS for path in modules(top) if "chat/completions" in path.read_text()
    ]
    assert [path.name for path in knowing] == ["openai.py"]


def test_only_db_writes_queries() -> None:
    for top in ("bots", "core"):
        for path in modules(top):
            names = imported(path)
            assert "sqlmodel" not in names, path
            assert not any(name.startswith("sqlalchemy") for name in names), path


def test_core_speaks_no_platforms_words() -> None:
    words = re.compile(r"\b(guild|embed|slack|discord|channel_id|thread_ts|block_id)\b", re.I)
    for path in modules("core"):
        assert not words.search(path.read_text()), path


def test_no_file_hides_a_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_the_example_settings_are_the_settings() -> None:
    text = (ROOT / ".env.example").read_text()
    named = re.findall(r"^# ([A-Z_]+)=", text, re.M)
    assert named == [name.upper() for name in Settings.model_fields]
    for field in Settings.model_fields.values():
        assert f"# {field.description}" in text


def test_every_file_that_a_page_names_exists() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    for page in pages:
        for name in re.findall(
            r"`((?:bots|core|db|tests|docs|bench|alembic)/[\w/.]+)`", page.read_text()
        ):
            assert (ROOT / name).exists(), f"{page.name}: {name}"
        for name in re.findall(r"\]\(([\w/.]+\.md|\.env\.example)\)", page.read_text()):
            assert (page.parent / name).exists(), f"{page.name}: {name}"


def test_every_promise_names_a_test_that_exists() -> None:
    page = (ROOT / "docs" / "promises.md").read_text()
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", page)
    assert len(named) > 40
    where = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    for file, name in named:
        assert f"def {name}(" in where[file].read_text(), f"{file}::{name}"


def test_every_file_that_adding_names_is_there() -> None:
    """docs/adding.md is followed by people who do not know the house."""
    page = (ROOT / "docs" / "adding.md").read_text()
    named = set(re.findall(r"`((?:bots|core|db|tests|alembic|docs)/[\w/.]+)`", page))
    assert len(named) > 40
    for name in named:
        assert (ROOT / name).exists(), name
    named_in = re.findall(r"`([\w/]+\.py)` `(\w+)`", page)
    for file, name in named_in:
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text()), f"{file}: {name}"


# Where the author of a tool or a platform meets Todd.
DOORS = (
    "core/errors.py", "core/heard.py", "core/reply.py", "core/work.py", "core/patience.py",
    "core/models/port.py", "core/tools/toolbox.py", "core/tools/journal.py",
    "core/tools/registry.py", "bots/platform.py", "bots/parts.py", "db/turns.py",
)  # fmt: skip


def test_the_glossary_names_what_there_is() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text()
    entries = re.findall(r"^- ((?:`\w+`(?:, )?)+) \(`([\w/.]+)`\)", page, re.M)
    named = [(name, file) for names, file in entries for name in re.findall(r"`(\w+)`", names)]
    for name, file in named:
        assert re.search(rf"^(class {name}\b|{name} = )", (ROOT / file).read_text(), re.M), name
    words = [name for name, _ in named] + re.findall(r"^- ([A-Z]\w+)[:,]", page, re.M)
    assert len(words) == len({word.lower() for word in words}), "a word stands twice"
    for file in DOORS:
        for node in ast.parse((ROOT / file).read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert (node.name, file) in named, f"{file}: {node.name}"


def test_sql_compares_with_words_that_are_there() -> None:
    """In SQL text a state or a kind is a literal; here is what keeps it one of the words."""
    words = {
        "state": {*MessageState, *ReminderState, *ConfirmationState, *ConsentState, "todo"},
        "kind": set(ReminderKind),
        "action": set(TaskAction),
        "role": set(Role),
        "speaks": set(Speaks),
    }
    compared = re.compile(r"\b(state|kind|action|role|speaks) (?:=|<>|in) ?\(?((?:'\w+'(?:, ?)?)+)")
    count = 0
    for path in modules("db"):
        text = re.sub(r'"\s*\n\s*f?"', "", path.read_text())
        for column, literals in compared.findall(text):
            count += 1
            assert set(re.findall(r"'(\w+)'", literals)) <= words[column], f"{path}: {literals}"
    assert count > 30


def test_no_test_imports_a_test() -> None:
    for folder in ("tests", "bench"):
        for path in modules(folder):
            assert not any(name.split(".")[-1].startswith("test_") for name in imported(path)), path


def test_the_readmes_commands_are_made_and_run_in_ci() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    for command in ("make chat", "make test"):
        assert command in readme
        assert f"\n{command.split()[1]}:" in makefile
        assert command in ci
    piped = r"printf 'add buy milk tomorrow 5pm\nwhat is on my list\ndone 1\n' | make chat"
    assert piped in readme
    assert piped in ci


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_with_hashes_and_without_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    blocks = re.split(r"\n(?=\S)", text)
    for block in blocks:
        if "==" in block and not block.startswith("#"):
            assert "--hash=sha256:" in block, block


def test_the_wheel_carries_only_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in OURS
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert set(project["tool"]["setuptools"]["packages"]) == packages
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


async def test_no_message_text_is_logged(
    url: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    class Fails:
        async def speak(self, prompt):
            yield Text("the secret answer. ")
            raise RuntimeError("on its way")

    with caplog.at_level(logging.DEBUG):
        async with on_stage(url, settings, Fails()) as stage:
            await stage.answered("the secret question", person=ANA)
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "turn" in logged
    assert "secret" not in logged
