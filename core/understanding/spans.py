"""Spans of time in words, as lists are asked for: before friday, next 7 days, overdue and today."""

import re
from collections.abc import Callable

from core.understanding.when.words import MONTHS, amount

OVERDUE = "overdue"
# "By friday" is friday too, "before friday" is not.
OPEN_ENDED = {
    "before": "before", "by": "by", "until": "by", "till": "by", "til": "by", "after": "after",
}  # fmt: skip
AND_OVERDUE = re.compile(
    r"(?:overdue|late) (?:and|or|&|\+) (.+)|(.+) (?:and|or|&|\+) (?:overdue|late)"
)
NEXT_DAYS = re.compile(
    r"(?:(?:in |within |over )?(?:the )?(?:next|coming) |within )(\d+|[a-z]{3,8}) (days?|weeks?)"
)
UNDATED = re.compile(
    r"(?:no|no due|without|without a|without any) (?:dates?|due date|deadline|time)|undated|none"
)
BETWEEN = re.compile(r"(?:from|between) (.+?) (?:to|and|until|till|through) (.+)")


def is_window(words: str, is_date: Callable[[str], bool]) -> bool:
    """Whether words look like a window of when something is due; `is_date` knows dates."""
    said = words.strip().lower()
    if UNDATED.fullmatch(said):
        return True
    both = AND_OVERDUE.fullmatch(said)
    if both:
        return is_window(both[1] or both[2], is_date)
    between = BETWEEN.fullmatch(said)
    if between and all(is_window(each, is_date) for each in between.groups()):
        return True
    soon = NEXT_DAYS.fullmatch(said)
    if soon and amount(soon[1]):
        return True
    way, _, rest = said.partition(" ")
    plain = rest if way in OPEN_ENDED and rest else said
    return plain in KNOWN or plain.removeprefix("in ") in MONTHS or is_date(plain)


KNOWN = frozenset({
    OVERDUE, "today", "yesterday", "this week", "next week", "last week", "this weekend",
    "the weekend", "this month", "next month", "last month",
})  # fmt: skip
