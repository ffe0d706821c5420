"""What was looked up is shown by code (rule 13): rows stand where a model wrote a list."""

import re

from core.models.port import OFFLINE
from core.reply import as_text
from core.tools.journal import Journal
from core.tools.turn_page import LISTS

_ITEM = re.compile(r"\s*(?:[-*•+]|\d{1,3}[.)]|\|)\s*\S")
_ROW = re.compile(r"^- #(\d+) (.+?)(?: · .*)?$", re.M)


def with_rows(words: str, journal: Journal) -> str:
    """A model's words with the list that it was given in the place of the list that it wrote; as
    they are where it wrote none, or another."""
    results = [
        call.result or ""
        for call in journal.calls
        if call.name in LISTS and call.outcome == "done" and call.by != OFFLINE
    ]
    rows = _ROW.findall(results[-1]) if results else []
    lines = words.split("\n")
    listed = [place for place, line in enumerate(lines) if _ITEM.match(line)]
    if len(listed) < 2 or not rows:
        return words
    about = sum(_is_about(lines[place], rows) for place in listed)
    if about * 2 < len(listed):
        return words
    left = [line for place, line in enumerate(lines[: listed[0]]) if place not in listed]
    after = [line for place, line in enumerate(lines) if place > listed[-1]]
    parts = ["\n".join(left).rstrip(), as_text(results[-1]), "\n".join(after).strip()]
    return "\n\n".join(filter(None, parts))


def _is_about(line: str, rows: list[tuple[str, str]]) -> bool:
    """Whether a line of a list is about one of the tasks: by its number, or its title."""
    said = line.casefold()
    numbers = set(re.findall(r"#(\d+)\b", said))
    return any(number in numbers or title.casefold() in said for number, title in rows)
