"""Dates inside a line of other words: where they stand, and what is left that may be one."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.understanding.when import repeat
from core.understanding.when.dates import ISO, STAMP, parse
from core.understanding.when.holidays import named
from core.understanding.when.values import When
from core.understanding.when.words import DAYS, LEADS, MONTHS, PARTS, bare, tokens

WORDS_LIMIT = 11  # the longest expression looked for inside a line
_NUMBERED = re.compile(r"\d{1,2}(?:st|nd|rd|th)?")
_DATED = re.compile(r"\d{4}-\d\d-\d\d")
_TIMED = re.compile(r"\d{1,2}:\d\d|\d{1,2}[ap]m|\d{1,2}/\d{1,2}/\d{2,4}")
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}|\d{1,2}(?:[:.]\d\d)?-\d{1,2}(?:[:.]\d\d)?[ap]m")


@dataclass(frozen=True, slots=True)
class DateInLine:
    """A date found inside a line: what it is, and which words of the line say it."""

    when: When
    first: int
    last: int  # exclusive


def find(
    tokens: list[str],
    now: datetime,
    zone: ZoneInfo,
    *,
    locale: str | None = None,
    past_ok: bool = False,
    verbs: frozenset[str] = frozenset(),
) -> DateInLine | None:
    """The longest date said in a line, rather at its end or its start than inside; None when there
    is none. A number or a month's name inside a title is part of the title: inside a line only
    what is plainly a day counts ("call bob tomorrow about the lease"). `verbs` may follow a day
    that is one: "friday call mum", but "sunday roast".
    """
    count = len(tokens)
    for size in range(min(WORDS_LIMIT, count), 0, -1):
        inside = range(1, count - size)
        for first in (count - size, 0, *inside):
            words = [word.lower() for word in tokens[first : first + size]]
            after = tokens[first + size : first + size + 1]
            if first in inside and not (_is_plain_day(words) and not after[0][:1].isdigit()):
                continue
            if after and _is_of_a_name(words, bare(after[0]), verbs):
                continue
            led = size > 1 and words[0] in LEADS
            when = parse(" ".join(words), now, zone, locale=locale, past_ok=past_ok)
            if when is None and led:
                when = parse(" ".join(words[1:]), now, zone, locale=locale, past_ok=past_ok)
            if (
                when is not None
                and (led or not _bare(words))
                and not (
                    named(words) and _is_festive(words, when.has_time, tokens[:first], after, verbs)
                )
            ):
                return DateInLine(when, first, first + size)
    return None


def _is_of_a_name(words: list[str], after: str, verbs: frozenset[str]) -> bool:
    """Whether a date that something comes after is rather a name's beginning, or inside of one: the
    5th wave, 1/2 litre, saturday night fever, sunday roast recipe."""
    if all(_NUMBERED.fullmatch(word) or _HALVED.fullmatch(word) or word == "the" for word in words):
        return True
    names_day = any(bare(word) in DAYS for word in words)
    if not names_day or words[0] in LEADS or words[0] in ("next", "this") or after in JOINTS:
        return False
    return bare(words[-1]) == "night" or (len(words) == 1 and after not in verbs)


# What follows a day that is one, inside a line.
JOINTS = frozenset({
    "about", "with", "for", "to", "at", "and", "from", "because", "so", "before", "after", "in",
    "re", "regarding", "by", "on", "of", "every", "until", "till", "via", "as", "or", "if", "when",
    "while", "then", "-", "–", "—", ":", "&", "that", "please",
})  # fmt: skip
_HALVED = re.compile(r"\d{1,2}/\d{1,2}")


def _is_festive(
    words: list[str], timed: bool, before: list[str], after: list[str], verbs: frozenset[str]
) -> bool:
    """Whether a day with a name is rather what something is for: presents for christmas, halloween
    party."""
    if after and bare(after[0]) not in JOINTS | verbs:
        return True
    occasion = words[0] == "for" or (bool(before) and bare(before[-1]) in OCCASIONS)
    return occasion and not timed


OCCASIONS = frozenset({"for", "of", "about", "a", "the", "my", "our", "merry", "happy", "until"})


def _is_plain_day(words: list[str]) -> bool:
    if not has_day(words) and not any(STAMP.fullmatch(word) for word in words):
        return False
    said = tokens(" ".join(words))
    return bool(said) and (
        bool(STAMP.fullmatch(said[-1]))
        or said[0] in DAY_WORDS
        or (said[0] in ("on", "by", "next", "this") and any(word in DAY_WORDS for word in said))
    )


REPEATING = frozenset({
    "every", "each", "everyday", "every!", "twice", "thrice", "weekdays", "weekends", "workdays",
    "month", "quarterly", "fortnightly", "and", "&", *repeat.OFTEN, *repeat.PLURALS,
    *(f"{part}s" for part in PARTS),
})  # fmt: skip


def may_repeat(word: str) -> bool:
    """Whether a recurrence may be said with this word: without such a one there is none."""
    return bare(word) in REPEATING


def doubtful(words: list[str]) -> str:
    """Words left in a line that say a date which could not be understood; empty when none do:
    a month beside a number, a date in figures, a time of day at either end."""
    said = [bare(word) for word in words]
    last = len(said) - 1
    for at, word in enumerate(said):
        near = said[max(0, at - 1) : at] + said[at + 1 : at + 2]
        if word in MONTHS and any(_NUMBERED.fullmatch(each) for each in near):
            return " ".join(words[max(0, at - 1) : at + 2])
        if _DATED.fullmatch(word):
            return words[at]
        led = at > 0 and said[at - 1] in LEADS
        if led and at == last and _SLASHED.fullmatch(word):
            return " ".join(words[at - 1 : at + 1])
        if near and at in (0, last) and _TIMED.fullmatch(word) and (led or word[-1] == "m"):
            return " ".join(words[max(0, at - 1) : at + 1])
    return ""


# Beside a date that was found these say that there is more to it than was understood.
MORE = frozenset({
    "in", "of", "after", "before", "last", "every", "each", "next", "this", "from", "to", "until",
    "till", "between", "or", "the", "not", "days", "weeks", "hours", "months", "past", "quarter",
    "half", "end", "start", "beginning", *DAYS, *MONTHS, *PARTS, "today", "tomorrow", "tonight",
    "yesterday", "and", "&", "weekdays", "daily", "weekly", "monthly", "except", "excluding",
})  # fmt: skip
DAY_WORDS = frozenset({"today", "tonight", "tomorrow", *(day for day in DAYS if len(day) > 5)})


def has_day(words: list[str]) -> bool:
    """Whether what is left of a line after a date was found still names a day."""
    return any(bare(word) in DAY_WORDS for word in words)


def has_more(word: str) -> bool:
    """Whether a word next to a date that was found belongs to a date that was not."""
    said = bare(word)
    return said in MORE or bool(ISO.match(said)) or bool(re.fullmatch(r"(19|20)\d\d", said))


def _bare(words: list[str]) -> bool:
    # "room 12", "may", "john 3:16", "python 3.11": too little without a word that leads up to it.
    word = words[0]
    return len(words) == 1 and (
        word.isdecimal()
        or word in ("may", "march", "sun", "sat", "mar", "jan", "second")
        or bool(re.fullmatch(r"\d:\d\d|\d{1,2}\.\d\d|(?:\d|1[0-2])h", word))  # 1h is a length
    )
