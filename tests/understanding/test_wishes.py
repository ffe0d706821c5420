"""What people say about reminders and settings, and what the grammar takes it for.

wishes.tsv and wishes_aside.tsv were written by somebody who had not seen the grammar: a kind of
command, and a line, said when Todd had just shown #1. The second was kept aside until the first was
right (57 % at first sight of it).
"""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.understanding.english import mean
from core.understanding.english.acts import Act, Meaning

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
RIGHT = {"wishes.tsv": 0.95, "wishes_aside.tsv": 0.85}


def lines(name: str) -> list[tuple[str, str]]:
    text = (Path(__file__).parent / name).read_text()
    return [(expected, line) for expected, line in
            (row.split("\t", 1) for row in text.splitlines() if "\t" in row)]  # fmt: skip


def kind(meaning: Meaning) -> str:
    """What is to be done, in the words of the files."""
    if not isinstance(meaning, Act):
        return "none"
    arguments = meaning.arguments
    match meaning.tool:
        case "add_tasks":
            return "add"
        case "list_reminders":
            return "list"
        case "show_settings":
            return "settings"
        case "change_settings":
            return next(iter(arguments))
        case "remind":
            return _reminder(arguments)
    return meaning.tool


def _reminder(arguments: dict) -> str:
    what = arguments["what"] if arguments["what"].startswith("#") else "words"
    if arguments.get("when") == "never":
        return f"stop {what}"
    if "before" in arguments:
        return f"remind-before {what}"
    who = arguments.get("who", "me")
    if who != "me":
        return f"remind {who}"
    return "remind here" if arguments.get("here") else f"remind {what}"


@pytest.mark.parametrize("name", RIGHT)
def test_wishes_are_taken_for_what_they_are(name: str) -> None:
    found = lines(name)
    missed, wrong = [], []
    for expected, line in found:
        meant = {kind(each) for each in mean(line, NOW, BERLIN, locale="en-GB", shown=(1,))}
        if meant == {expected}:
            continue
        (missed if meant == {"none"} else wrong).append(f"{expected}: {line} → {meant}")
    right = 1 - (len(missed) + len(wrong)) / len(found)
    print(f"\n{name}: {len(found)} lines, {right:.0%} right, wrong acts {len(wrong)}")  # noqa: T201
    assert wrong == []
    assert right >= RIGHT[name], "\n".join(missed)
