"""Words for dates → a time, in the speaker's zone; None when in doubt. And a time → words.

A grammar for what people really type. It answers None rather than guess: a wrong date that nobody
notices is worse than a question. `words` has the words, `length`, `day`, `clock` and `repeat` what
they come to; tests/understanding/when.txt holds what is meant by each.
"""

from core.understanding.when.dates import beside, is_clock, later, minutes, parse
from core.understanding.when.inside import (
    WORDS_LIMIT,
    DateInLine,
    doubtful,
    find,
    has_day,
    has_more,
    may_repeat,
)
from core.understanding.when.recurrences import anchored, coming, following, from_done, repeats
from core.understanding.when.saying import ahead, name_of, say, say_every
from core.understanding.when.values import Every, When, has_time, on_clock

__all__ = [
    "Every",
    "DateInLine",
    "WORDS_LIMIT",
    "When",
    "ahead",
    "anchored",
    "beside",
    "coming",
    "doubtful",
    "find",
    "following",
    "from_done",
    "has_day",
    "has_more",
    "has_time",
    "is_clock",
    "later",
    "may_repeat",
    "minutes",
    "name_of",
    "on_clock",
    "parse",
    "repeats",
    "say",
    "say_every",
]
