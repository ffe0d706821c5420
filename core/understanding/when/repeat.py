"""Recurrences: every other friday, weekdays at 9, monthly on the 5th until 24 dec → an RRULE."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice

from dateutil.rrule import rrulestr

from core.understanding.when.clock import Clock, clock
from core.understanding.when.day import day
from core.understanding.when.words import DAYS, MONTHS, ORDINALS, PARTS, amount, ordinal, unit

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PLURALS = {f"{name}s": number for name, number in DAYS.items() if len(name) > 4}
WEEKDAYS = "MO,TU,WE,TH,FR"
FREQUENCIES = {"days": "DAILY", "weeks": "WEEKLY", "months": "MONTHLY", "years": "YEARLY"}
OFTEN = {
    "daily": "days", "weekly": "weeks", "monthly": "months", "yearly": "years", "annually": "years",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of an RRULE (RFC 5545), and the time of day; times are the person's own clock's."""

    frequency: str
    interval: int = 1
    month: int | None = None
    day: int | None = None
    weekdays: str = ""
    count: int | None = None
    until: date | None = None
    clock: Clock | None = None
    counted: bool = False  # the day was not said: it is that of today

    def text(self, *, bare: bool = False) -> str:
        """The RRULE; `bare`: without interval and end, as its first occurrence is looked for."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1 and not bare:
            parts.append(f"INTERVAL={self.interval}")
        if self.month:
            parts.append(f"BYMONTH={self.month}")
        if self.day:
            parts.append(f"BYMONTHDAY={self.day}")
        if self.weekdays:
            parts.append(f"BYDAY={self.weekdays}")
        if self.count and not bare:
            parts.append(f"COUNT={self.count}")
        if self.until and not bare:
            parts.append(f"UNTIL={self.until:%Y%m%d}T235959")
        return ";".join(parts)

    def first(self, earliest: datetime) -> datetime | None:
        """The first occurrence that is not before a moment of the person's clock."""
        start = datetime.combine(earliest.date(), self.clock.at if self.clock else time(0))
        found = rrulestr(_clamped(self.text(bare=True)), dtstart=start).after(earliest, inc=True)
        if found is None or (self.until and found.date() > self.until):
            return None
        return found


def rule(words: list[str], local: datetime, locale: str | None) -> tuple[Rule, datetime] | None:
    """The rule that the words say, and its first occurrence, on the person's clock."""
    today = local.date()
    begun = _start(words, today, locale)
    ended = _end(begun[0], today, locale) if begun else None
    found = _timed(ended[0], today) if ended else None
    if begun is None or ended is None or found is None:
        return None
    start = begun[1]
    found = replace(found, until=ended[1], count=ended[2])
    if found.clock and (found.clock.days or found.clock.utc or found.clock.at == time(0)):
        return None  # midnight is no time of a day that comes again: which day's?
    now = local.replace(tzinfo=None)
    # A time that is past by now is tomorrow's; a day without a time counts as long as it lasts.
    earliest = now if found.clock else datetime.combine(now.date(), time(0))
    if found.clock:
        earliest += timedelta(minutes=1) - timedelta(
            seconds=now.second, microseconds=now.microsecond
        )
    if start:
        earliest = max(earliest, datetime.combine(start, time(0)))
    first = found.first(earliest)
    return (found, first) if first else None


def following(rule: str, occurrence: datetime, after: datetime) -> tuple[datetime, str] | None:
    """The first occurrence later than `occurrence` and `after`, all on the person's own clock, and
    what is left of the rule from there on; None when it was the last."""
    later = max(occurrence, after)
    expanded = rrulestr(_clamped(rule), dtstart=occurrence)
    for passed, at in enumerate(islice(expanded, PASSED)):
        if at > later:
            return at, _without(rule, passed)
    return None


def say(rule: str, at: time | None) -> str:
    """A rule in words that are understood again: "every 2 weeks on friday at 09:00"."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    interval = int(parts.get("INTERVAL", 1))
    unit_of = {rule: name for name, rule in FREQUENCIES.items()}[parts["FREQ"]]
    often = f"every {interval} {unit_of}" if interval > 1 else f"every {unit_of[:-1]}"
    names = _names(parts.get("BYDAY", ""))
    if parts["FREQ"] == "WEEKLY" and names:
        often = f"{often} on {names}" if interval > 1 else f"every {names}"
    elif "BYMONTH" in parts:
        month = next(name for name, number in MONTHS.items() if number == int(parts["BYMONTH"]))
        often += f" on {parts.get('BYMONTHDAY', '1')} {month}"
    elif parts.get("BYMONTHDAY") == "-1":
        often = "on the last day of every month"
    elif "BYMONTHDAY" in parts:
        often += f" on the {_nth_name(int(parts['BYMONTHDAY']))}"
    elif names:
        often += f" on the {names}"
    if at is not None:
        often += f" at {at:%H:%M}"
    if "UNTIL" in parts:
        until = datetime.strptime(parts["UNTIL"][:8], "%Y%m%d")  # noqa: DTZ007
        often += f" until {until.day} {until:%b %Y}"
    if "COUNT" not in parts:
        return often
    return f"{often}, {'once' if parts['COUNT'] == '1' else parts['COUNT'] + ' times'}"


def _clamped(rule: str) -> str:
    """The rule as it is expanded: in a month that has no 31st its last day stands for it, where an
    RRULE would leave the month out."""
    found = re.search(r"BYMONTHDAY=(29|30|31)\b", rule)
    if found is None:
        return rule
    days = ",".join(str(number) for number in range(28, int(found[1]) + 1))
    return rule.replace(found[0], f"BYMONTHDAY={days};BYSETPOS=-1")


def counted_from(rule: str, day: date, *, counted: bool) -> str | None:
    """A rule as it is counted from a day: one whose day was not said takes that day's. None when it
    does not fall on it."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    taken = {"BYDAY": CODES[day.weekday()], "BYMONTHDAY": str(day.day), "BYMONTH": str(day.month)}
    if counted:
        parts.update({name: value for name, value in taken.items() if name in parts})
    made = ";".join(f"{name}={value}" for name, value in parts.items())
    start = datetime.combine(day, time(0))
    falls_on = rrulestr(_clamped(made), dtstart=start).after(start, inc=True)
    return made if falls_on == start else None


def _without(rule: str, passed: int) -> str:
    return _COUNT.sub(lambda left: f"COUNT={int(left[1]) - passed}", rule)


PASSED = 20_000  # occurrences looked through for the next one: 50 years of days
_COUNT = re.compile(r"COUNT=(\d+)")


def _names(codes: str) -> str:
    """BYDAY in words: weekday; monday and friday; last friday."""
    if codes == WEEKDAYS:
        return "weekday"
    full = [name for name in DAYS if len(name) > 5]
    named = []
    for code in filter(None, codes.split(",")):
        name = full[CODES.index(code[-2:])]
        nth = "last" if code[:-2] == "-1" else _nth_name(int(code[:-2])) if code[:-2] else ""
        named.append(f"{nth} {name}".strip())
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))


def _nth_name(number: int) -> str:
    end = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{end}"


def _start(
    words: list[str], today: date, locale: str | None
) -> tuple[list[str], date | None] | None:
    """The words without "starting monday", and that day, if any; None when it is no day."""
    for at, word in enumerate(words):
        if word in ("starting", "from", "beginning", "start") and at:
            rest = words[at + 1 :]
            rest = rest[1:] if rest[:1] in (["from"], ["on"], ["at"]) else rest
            start = day(rest, today, locale) if rest else None
            return (words[:at], start) if start else None
    return words, None


def _end(
    words: list[str], today: date, locale: str | None
) -> tuple[list[str], date | None, int | None] | None:
    """The words without "until 24 dec" and "for 10 times", and these; None when it is no end."""
    for at, word in enumerate(words):
        if word in ("until", "till") and at:
            until = day(words[at + 1 :], today, locale) if words[at + 1 :] else None
            return (words[:at], until, None) if until else None
    if len(words) > 2 and words[-1] == "times" and amount(words[-2]):
        rest = words[:-2]
        rest = rest[:-1] if rest[-1] == "for" else rest
        return rest, None, amount(words[-2])
    return words, None, None


def _timed(words: list[str], today: date) -> Rule | None:
    """How often, and when in the day, in either order."""
    for cut in range(len(words), 0, -1):
        head, tail = words[:cut], words[cut:]
        for often, timed in ((head, tail), (tail, head)):
            if not often:
                continue
            found = _often(often, today)
            if found is None:
                continue
            if not timed:
                return found
            at = None if found.clock else clock(timed, after_day=True)
            if at:
                return replace(found, clock=at)
    return None


def _often(words: list[str], today: date) -> Rule | None:
    return (
        _by_name(words, today)
        or _every(words, today)
        or _weekly(words)
        or _of_month(words)
        or _of_year(words, today)
    )


def _by_name(words: list[str], today: date) -> Rule | None:
    match words:
        case [name] if name in OFTEN:
            return _plain(OFTEN[name], 1, today)
        case ["quarterly"] | ["every", "quarter"]:
            return _plain("months", 3, today)
        case ["fortnightly"]:
            return _plain("weeks", 2, today)
        case ["everyday"]:
            return _plain("days", 1, today)
        case ["fortnightly", "on", *names] if _days(names):
            return Rule("WEEKLY", 2, weekdays=_days(names))
        case ["weekly", "on", *names] if _days(names):
            return Rule("WEEKLY", weekdays=_days(names))
    return None


def _every(words: list[str], today: date) -> Rule | None:
    """Every day, every 3 days, every other week, every two weeks on friday, every morning."""
    match words:
        case ["every" | "each", name] if name in PARTS:
            return replace(_plain("days", 1, today), clock=Clock(PARTS[name]))
        case ["every" | "each", name] if name in ("day", "week", "month", "year"):
            return _plain(f"{name}s", 1, today)
        case ["every", "other" | "second" | "2nd", name] if unit(name) in FREQUENCIES:
            return _plain(unit(name) or "", 2, today)
        case ["every", number, name] if amount(number) and unit(name) in FREQUENCIES:
            return _plain(unit(name) or "", amount(number) or 1, today)
        case ["every", "fortnight"]:
            return _plain("weeks", 2, today)
        case ["every", number, "months", "on", "the", nth] if amount(number) and ordinal(nth):
            return Rule("MONTHLY", amount(number) or 1, day=ordinal(nth))
        case ["every", number, "weeks", "on", *names] if amount(number) and _days(names):
            return Rule("WEEKLY", amount(number) or 1, weekdays=_days(names))
        case ["every", "other" | "second" | "2nd", "week", "on", *names] if _days(names):
            return Rule("WEEKLY", 2, weekdays=_days(names))
        case ["every", "week", "on", *names] if _days(names):
            return Rule("WEEKLY", weekdays=_days(names))
    return None


def _plain(name: str, interval: int, today: date) -> Rule:
    """Every so many days, weeks, months or years, counted from today's date."""
    frequency = FREQUENCIES[name]
    match name:
        case "weeks":
            return Rule(frequency, interval, weekdays=CODES[today.weekday()], counted=True)
        case "months":
            return Rule(frequency, interval, day=today.day, counted=True)
        case "years":
            return Rule(frequency, interval, month=today.month, day=today.day, counted=True)
    return Rule(frequency, interval)


def _weekly(words: list[str]) -> Rule | None:
    match words:
        case ["on", *rest] if rest and rest[0] not in ("every", "each", "on"):
            # "on monday" is one day; several, or a plural, are every week's.
            return _weekly(rest) if len(rest) > 1 or rest[0] not in DAYS else None
        case ["every" | "each", "other" | "second" | "2nd", *names] if names and _days(names):
            return Rule("WEEKLY", 2, weekdays=_days(names))
        case ["every" | "each", *names] if _days(names):
            return Rule("WEEKLY", weekdays=_days(names))
        case ["every" | "each", *names, part] if part in PARTS and _days(names):
            return Rule("WEEKLY", weekdays=_days(names), clock=Clock(PARTS[part]))
        case [name, part] if part.endswith("s") and part[:-1] in PARTS and name in DAYS:
            return Rule("WEEKLY", weekdays=CODES[DAYS[name]], clock=Clock(PARTS[part[:-1]]))
        case [*names] if _days(names) and (len(names) > 1 or names[0] not in DAYS):
            # Without "every", "mon and thu" is a rule and "mon" a day.
            return Rule("WEEKLY", weekdays=_days(names)) if _is_rule(names) else None
    return None


def _is_rule(names: list[str]) -> bool:
    return any(name in PLURALS or name.startswith(("week", "work")) for name in names) or (
        "and" in names or "&" in names
    )


def _days(names: list[str]) -> str:
    """BYDAY of mon, wed and fri; of mondays, weekdays, weekends; empty when they are none."""
    match names:
        case ["weekday" | "weekdays" | "workday" | "workdays"] | ["working", "day" | "days"]:
            return WEEKDAYS
        case ["mon-fri"] | ["monday", "to", "friday"] | ["mon", "to" | "-", "fri"]:
            return WEEKDAYS
        case ["weekends"]:
            return "SA,SU"
    found = [name for name in names if name not in ("and", "&", "on")]
    if not found or names[-1] in ("and", "&"):
        return ""
    numbers = [DAYS.get(name, PLURALS.get(name)) for name in found]
    if None in numbers:
        return ""
    return ",".join(CODES[number] for number in sorted({n for n in numbers if n is not None}))


def _of_month(words: list[str]) -> Rule | None:
    if words[0] == "on":
        return _of_month(words[1:]) if len(words) > 1 else None
    last_day = Rule("MONTHLY", day=-1)
    match words:
        case ["end" | "last", "of", "every" | "each", "month"] | ["every", "month", "end"]:
            return last_day
        case ["last", "day", "of", "the" | "every" | "each", "month"]:
            return last_day
        case ["the", *rest] if rest:
            return _of_month(rest) if rest[-1] == "month" else None
        case ["every", "last", "day", "of", "the", "month"] | [
            "monthly",
            "on",
            "the",
            "last",
            "day",
        ]:
            return last_day
        case ["every", *rest] | ["monthly", "on", "the", *rest] if rest:
            if ordinal(rest[0]) and (len(rest) == 1 or rest[1:] == ["of", "the", "month"]):
                return _on(ordinal(rest[0]))
            if rest[:3] == ["month", "on", "the"] and len(rest) == 4:
                return _on(ordinal(rest[3]))
            if rest[:3] == ["month", "on", "the"] and len(rest) == 5:
                return _nth(rest[3:])
            of_month = rest[2:] in ([], ["of", "the", "month"], ["of", "every", "month"])
            if rest[0] in ("first", "1st", "last") and of_month:
                return _nth(rest[:2])
            return _nth(rest[:2]) if len(rest) == 5 and of_month else None
        case [number, "of", "every" | "each", "month"] if ordinal(number):
            return _on(ordinal(number))
        case [nth, name, "of", "the" | "every" | "each", "month"]:
            return _nth([nth, name])
    return None


def _on(number: int | None) -> Rule | None:
    return Rule("MONTHLY", day=number) if number and 1 <= number <= 31 else None


def _nth(words: list[str]) -> Rule | None:
    if len(words) != 2 or words[0] not in ORDINALS or words[1] not in DAYS:
        return None
    return Rule("MONTHLY", weekdays=f"{ORDINALS[words[0]]}{CODES[DAYS[words[1]]]}")


def _of_year(words: list[str], today: date) -> Rule | None:
    match words:
        case ["every" | "each", "year", "on", *rest] | ["yearly" | "annually", "on", *rest] if rest:
            pass
        case ["every", *rest] if rest:
            pass
        case _:
            return None
    if not any(word in MONTHS for word in rest) or any(re.fullmatch(r"\d{4}", w) for w in rest):
        return None
    found = day(rest, today, None) if any(word[0].isdigit() for word in rest) else None
    return Rule("YEARLY", month=found.month, day=found.day) if found else None
