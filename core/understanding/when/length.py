"""Lengths of time: an hour and a half, 2h30, two weeks, a couple of days."""

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from core.understanding.when.words import amount, unit


@dataclass(frozen=True, slots=True)
class Length:
    """`days` counts in the calendar; `hours`, when there are any, in elapsed time."""

    days: relativedelta
    hours: timedelta

    @property
    def has_time(self) -> bool:
        return bool(self.hours)


Terms = list[tuple[Fraction, str]]
_GLUED = re.compile(r"(\d+(?:\.\d+)?)(h|hr|hrs|m|min|mins|d|w|wk|wks)")
_HOURS_AND_MINUTES = re.compile(r"(\d{1,2})h(\d\d)m?")
_DECIMAL = re.compile(r"\d{1,3}\.\d{1,2}")


def length(words: list[str]) -> Length | None:
    """What the words come to; None when they are no length, or of a vague one ("a few days")."""
    terms = _terms([word for word in words if word != "of"])
    if not terms:
        return None
    days, hours = relativedelta(), timedelta()
    for number, name in terms:
        if name in ("hours", "minutes"):
            hours += timedelta(**{name: float(number)})
        elif number.denominator != 1:
            return None
        elif name == "fortnights":
            days += relativedelta(days=14 * int(number))
        else:
            days += relativedelta(**{name: int(number)})  # type: ignore[arg-type]
    return Length(days, hours)


def _terms(words: list[str]) -> Terms | None:
    """Each amount with its unit, in order; None when something is left over."""
    terms: Terms = []
    rest = words
    while rest:
        if rest[0] == "and" and terms:
            rest = rest[1:]
        taken = _term(rest)
        if taken is None:
            return None
        term, rest = taken
        terms.extend(term)
        if rest[:3] == ["and", "a", "half"] and len(term) == 1:  # an hour and a half
            terms.append((Fraction(1, 2), term[0][1]))
            rest = rest[3:]
    return terms


def _term(words: list[str]) -> tuple[Terms, list[str]] | None:
    """The first amount and unit, and what comes after."""
    match words:
        case ["half", "a" | "an", name, *rest] | ["half", name, *rest] if name and unit(name):
            return [(Fraction(1, 2), unit(name) or "")], rest
        case ["a", "quarter", "a" | "an", name, *rest] if unit(name):
            return [(Fraction(1, 4), unit(name) or "")], rest
        case ["quarter", "a" | "an", name, *rest] if unit(name):
            return [(Fraction(1, 4), unit(name) or "")], rest
        case ["three", "quarters", "a" | "an", name, *rest] if unit(name):
            return [(Fraction(3, 4), unit(name) or "")], rest
        case ["a", "couple", name, *rest] | ["couple", name, *rest] if unit(name):
            return [(Fraction(2), unit(name) or "")], rest
        case [number, "and", "a", "half", name, *rest] if amount(number) and unit(name):
            return [((amount(number) or 0) + Fraction(1, 2), unit(name) or "")], rest
        case [number, name, *rest] if amount(number) and unit(name):
            return [(Fraction(amount(number) or 0), unit(name) or "")], rest
        case [number, name, *rest] if _DECIMAL.fullmatch(number) and unit(name):
            return [(Fraction(number), unit(name) or "")], rest
        case [glued, *rest]:
            terms = _glued(glued)
            return (terms, rest) if terms else None
    return None


def _glued(word: str) -> Terms | None:
    both = _HOURS_AND_MINUTES.fullmatch(word)
    if both:
        return [(Fraction(both[1]), "hours"), (Fraction(both[2]), "minutes")]
    one = _GLUED.fullmatch(word)
    if one and float(one[1]) > 0:
        return [(Fraction(one[1]), unit(one[2]) or "")]
    return None
