"""The files of lines: a block is the list before, what is said, and the list after."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.understanding import when
from support.command import ROOT

FOLDER = ROOT / "tests" / "understanding"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin


@dataclass
class Block:
    number: int
    before: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    does: str = ""


def blocks(name: str) -> Iterator[Block]:
    for number, text in enumerate(re.split(r"\n\s*\n", (FOLDER / name).read_text())):
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        block = Block(number)
        for line in lines:
            key, _, value = line.partition(":")
            value = value.strip()
            if key == "said":
                block.said.append(value.replace("\\n", "\n"))
            elif key == "does":
                block.does = value
            elif key == "before":
                block.before = listed(value)
            elif key == "after":
                block.after = block.before if value == "same" else listed(value)
        block.before, block.after = ([as_rule(each) for each in some]
                                     for some in (block.before, block.after))  # fmt: skip
        yield block


def listed(value: str) -> list[str]:
    return [] if value == "-" else [part.strip() for part in value.split(";")]


_TASK = re.compile(
    r"(?P<done>✓ )?(?P<title>.+?)(?: \((?P<due>\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)\))?"
    r"(?: \[(?P<repeats>[^\]]+)\])?(?: !(?P<priority>\w+))?(?P<labels>(?: #\w[\w-]*)*)"
    r"(?: @(?P<assignee>\w+))?(?: \^(?P<part_of>\d+))?(?: // (?P<note>.*))?"
)


def as_rule(text: str) -> str:
    """A task with its recurrence as the rule that the words say."""
    part = task_of(text)
    if not part["repeats"]:
        return text
    every = when.repeats(part["repeats"], NOW, BERLIN, locale="en-GB")
    assert every, text
    return text.replace(f"[{part['repeats']}]", f"[{every.rule}]")


def task_of(text: str) -> re.Match[str]:
    """The parts of a task as the blocks write it."""
    part = _TASK.fullmatch(text)
    assert part, text
    return part


def expressions(name: str) -> Iterator[tuple[datetime, ZoneInfo, str | None, str, str]]:
    """Expressions of dates: now, zone, locale, the words, and what they mean."""
    for line in (FOLDER / name).read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        now, zone, locale, words, expected = line.split(" | ")
        place = ZoneInfo("Europe/Berlin" if zone == "-" else zone)
        local = datetime.fromisoformat("2026-11-25 10:00" if now == "-" else now)
        said = {"-": "en-GB", "none": None}.get(locale, locale)
        yield local.replace(tzinfo=place), place, said, words, expected
