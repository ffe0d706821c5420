"""Recurrences: every other friday, weekdays at 9, monthly on the 5th until 24 dec → an RRULE.

A rule that counts from when the task was done ("every! 3 days", "every 3 days after completion")
has FROM=DONE before it, which RFC 5545 does not know and only this file reads.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

from core.understanding.when.clock import Clock, clock
from core.understanding.when.day import day
from core.understanding.when.length import length
from core.understanding.when.words import DAYS, MONTHS, ORDINALS, PARTS, amount, ordinal, unit

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PLURALS = {f"{name}s": number for name, number in DAYS.items() if len(name) > 4}
WEEKDAYS = "MO,TU,WE,TH,FR"
FREQUENCIES = {"days": "DAILY", "weeks": "WEEKLY", "months": "MONTHLY", "years": "YEARLY"}
FROM_DONE = "FROM=DONE"
OFTEN = {
    "daily": "days", "weekly": "weeks", "monthly": "months", "yearly": "years", "annually": "years",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of an RRULE (RFC 5545), and the time of day; times are the person's own clock's."""

    frequency: str
    interval: int = 1
    month: int | None = None
    days: tuple[int, ...] = ()  # of the month
    weekdays: str = ""
    place: int = 0  # which of the days that fit, of a month: -1 is the last
    hours: tuple[int, ...] = ()  # of the day, with the minute of `clock`
    count: int | None = None
    until: date | None = None
    clock: Clock | None = None
    counted: bool = False  # the day was not said: it is that of today
    from_done: bool = False  # counted from when it was done

    def text(self, *, bare: bool = False) -> str:
        """The RRULE; `bare`: without interval and end, as its first occurrence is looked for."""
        parts = [FROM_DONE] if self.from_done and not bare else []
        parts.append(f"FREQ={self.frequency}")
        if self.interval > 1 and not bare:
            parts.append(f"INTERVAL={self.interval}")
        if self.month:
            parts.append(f"BYMONTH={self.month}")
        if self.days:
            parts.append(f"BYMONTHDAY={','.join(map(str, self.days))}")
        if self.weekdays:
            parts.append(f"BYDAY={self.weekdays}")
        if self.place:
            parts.append(f"BYSETPOS={self.place}")
        if self.hours and self.clock:
            hours = ",".join(map(str, self.hours))
            parts.append(f"BYHOUR={hours};BYMINUTE={self.clock.at.minute}")
        if self.count and not bare:
            parts.append(f"COUNT={self.count}")
        if self.until and not bare:
            parts.append(f"UNTIL={self.until:%Y%m%d}T235959")
        return ";".join(parts)

    def first(self, earliest: datetime) -> datetime | None:
        """The first occurrence that is not before a moment of the person's clock."""
        at = time(0) if self.hours or not self.clock else self.clock.at
        start = datetime.combine(earliest.date(), at)
        found = rrulestr(_clamped(self.text(bare=True)), dtstart=start).after(earliest, inc=True)
        if found is None or (self.until and found.date() > self.until):
            return None
        return found


def rule(words: list[str], local: datetime, locale: str | None) -> tuple[Rule, datetime] | None:
    """The rule that the words say, and its first occurrence, on the person's clock."""
    today = local.date()
    words, from_done = _from_done(words)
    words = _by_the_hour(words)
    begun = _start(words, today, locale)
    ended = _end(begun[0], today, locale) if begun else None
    if begun is None or ended is None:
        return None
    start = begun[1]
    found = _timed(ended.words, start or today)  # a day that is not said is that of the start
    if found is None or (from_done and not found.counted):
        return None
    found = replace(found, until=ended.until, count=ended.count, from_done=from_done)
    if from_done:
        found = replace(found, weekdays="", days=(), month=None)
    if found.clock and (found.clock.days or found.clock.zone or found.clock.at == time(0)):
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
    if first and ended.lasting:
        found = replace(found, until=first.date() + ended.lasting - timedelta(days=1))
    return (found, first) if first else None


def following(rule: str, occurrence: datetime, after: datetime) -> tuple[datetime, str] | None:
    """The first occurrence later than `occurrence` and `after`, all on the person's own clock, and
    what is left of the rule from there on; None when it was the last."""
    later = max(occurrence, after)
    if rule.startswith(FROM_DONE):
        # Done just now: counted from today, at the same time of day.
        occurrence = later = datetime.combine(later.date(), occurrence.time())
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
        numbers = [_nth_name(int(number)) for number in parts["BYMONTHDAY"].split(",")]
        often += f" on the {_listed(numbers)}"
    elif "BYSETPOS" in parts:
        end = "last" if parts["BYSETPOS"] == "-1" else "first"
        often = f"on the {end} working day of every month"
    elif names:
        often += f" on the {names}"
    if "BYHOUR" in parts:
        minute = int(parts["BYMINUTE"])
        times = [f"{int(hour):02}:{minute:02}" for hour in parts["BYHOUR"].split(",")]
        often += f" at {_listed(times)}"
    elif at is not None:
        often += f" at {at:%H:%M}"
    if "FROM" in parts:
        often += " after it is done"
    if "UNTIL" in parts:
        until = datetime.strptime(parts["UNTIL"][:8], "%Y%m%d")  # noqa: DTZ007
        often += f" until {until.day} {until:%b %Y}"
    if "COUNT" not in parts:
        return often
    return f"{often}, {'once' if parts['COUNT'] == '1' else parts['COUNT'] + ' times'}"


def _clamped(rule: str) -> str:
    """The rule as it is expanded: in a month that has no 31st its last day stands for it, where an
    RRULE would leave the month out."""
    rule = rule.removeprefix(f"{FROM_DONE};")
    found = re.search(r"BYMONTHDAY=(29|30|31)(?=;|$)", rule)
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
    days_only = re.sub(r";BYHOUR=[\d,]+;BYMINUTE=\d+", "", made)
    falls_on = rrulestr(_clamped(days_only), dtstart=start).after(start, inc=True)
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
    return _listed(named)


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


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
            found = _leading_day(rest, today, locale)
            return ([*words[:at], *found[1]], found[0]) if found else None
    return words, None


def _leading_day(
    words: list[str], today: date, locale: str | None
) -> tuple[date, list[str]] | None:
    """The day that words begin with, and what comes after it: 11 dec · at 9."""
    for cut in range(len(words), 0, -1):
        found = day(words[:cut], today, locale)
        if found:
            return found, words[cut:]
    return None


@dataclass(frozen=True, slots=True)
class _Ended:
    """The words without those of an end, and the end: a day, so many times, or so long."""

    words: list[str]
    until: date | None = None
    count: int | None = None
    lasting: relativedelta | None = None


def _end(words: list[str], today: date, locale: str | None) -> _Ended | None:
    """The words without "until 24 dec", "for 10 times", "for 6 days", and these; None when it is no
    end."""
    for at, word in enumerate(words):
        if word in ("until", "till", "til", "ending") and at:
            rest = words[at + 1 :]
            found = _leading_day(rest[1:] if rest[:1] == ["on"] else rest, today, locale)
            return _Ended([*words[:at], *found[1]], until=found[0]) if found else None
        if word == "for" and at:
            for cut in range(len(words), at + 1, -1):
                lasting = length(words[at + 1 : cut])
                if lasting and not lasting.has_time:
                    return _Ended([*words[:at], *words[cut:]], lasting=lasting.days)
    if len(words) > 2 and words[-1] == "times" and amount(words[-2]):
        rest = words[:-2]
        rest = rest[:-1] if rest[-1] == "for" else rest
        return _Ended(rest, count=amount(words[-2]))
    return _Ended(words)


_AFTER_IT = re.compile(
    r"(?:(?:after|from|since|once|when) )?(?:completion|completing(?: it)?|doing(?: it)?|"
    r"finishing(?: it)?|(?:it|it's|its|it is|i've|i have|i)(?: (?:is|was|have))?"
    r" ?(?:done|did|do|complete|completed|finish|finished)(?: it)?|done)"
)


def _from_done(words: list[str]) -> tuple[list[str], bool]:
    """The words without "after completion" or "every!", and whether they were there."""
    if words[:1] == ["every!"]:
        return ["every", *words[1:]], True
    for at in range(2, len(words)):
        for end in range(len(words), at, -1):
            said = " ".join(words[at:end])
            if words[at] in _BEFORE_IT and _AFTER_IT.fullmatch(said):
                return [*words[:at], *words[end:]], True
    return words, False


_BEFORE_IT = ("after", "from", "since", "once", "when")
_HOURLY = re.compile(
    r"(every|each) (?:(\d{1,2}) )?hours? (?:from|between) (.+?) (?:to|and|till|until) (.+)"
)


def _by_the_hour(words: list[str]) -> list[str]:
    """Every 2 hours from 9 to 5 on weekdays: every day, at all of these hours."""
    found = _HOURLY.fullmatch(" ".join(words))
    if found is None:
        return words
    begin, tail = clock(found[3].split(), after_day=True), found[4].split()
    for cut in range(len(tail), 0, -1):
        end = clock(tail[:cut], after_day=True)
        if begin is None or end is None or end.at <= begin.at or begin.at.minute:
            continue
        hours = range(begin.at.hour, end.at.hour + 1, int(found[2] or 1))
        rest = tail[cut:] or ["every", "day"]
        rest = rest[1:] if rest[0] == "on" else rest
        times = " and ".join(f"{hour:02}:00" for hour in hours).split()
        return [*(rest if rest[0] in ("every", "each") else ["every", *rest]), "at", *times]
    return words


def _clocks(words: list[str]) -> tuple[Clock, ...]:
    """Several times of a day, of the same minute: at 8 and 20, at 9:30, 13:30 and 17:30."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in ("and", "&", "or"):
            parts.append([])
        else:
            parts[-1].append(word)
    singly = [[each] for part in parts for each in part if each not in ("at", "@")]
    for way in (parts, singly):
        found = [clock(["at", *part], after_day=True) if part else None for part in way]
        known = [each for each in found if each and not each.days and not each.zone]
        minutes = {each.at.minute for each in known}
        if len(known) == len(way) > 1 and len(minutes) == 1 and all(each.at.hour for each in known):
            return tuple(sorted(known, key=lambda each: each.at))
    return ()


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
            part = next((word for word in often if word in PARTS), None)
            if found.clock and part:  # every morning, at 6
                at = clock([*timed, "in", "the", part], after_day=True)
            else:
                at = None if found.clock else clock(timed, after_day=True)
            if at:
                return replace(found, clock=at)
            several = () if found.clock else _clocks(timed)
            if several:
                hours = tuple(each.at.hour for each in several)
                return replace(found, clock=several[0], hours=hours)
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
        case ["everyday"] | ["twice" | "thrice", "a", "day"] | [_, "times", "a", "day"]:
            return _plain("days", 1, today)
        case [*names, "every", "week"] if _days(names):
            return Rule("WEEKLY", weekdays=_days(names))
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
        case ["every", nth, name] if (
            unit(name) in FREQUENCIES and (_number_of(nth) or 0) > 1 and name.rstrip("s") == name
        ):
            return _plain(unit(name) or "", _number_of(nth) or 1, today)
        case ["every", "day", "but" | "except", *names] if _days(_without_on(names)):
            free = _days(_without_on(names)).split(",")
            kept = [code for code in CODES if code not in free]
            return Rule("WEEKLY", weekdays=",".join(kept)) if kept else None
        case ["every", "fortnight"]:
            return _plain("weeks", 2, today)
        case ["every", number, "months", "on", "the", nth] if amount(number) and ordinal(nth):
            return Rule("MONTHLY", amount(number) or 1, days=(ordinal(nth) or 1,))
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
            return Rule(frequency, interval, days=(today.day,), counted=True)
        case "years":
            days = (today.day,)
            return Rule(frequency, interval, month=today.month, days=days, counted=True)
    return Rule(frequency, interval, counted=True)


def _number_of(word: str) -> int | None:
    """3 of third and 3rd."""
    return ordinal(word) or ORDINALS.get(word)


def _without_on(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["on"] else words


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
    if names == ["weekend"]:
        return False
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
        case ["weekends" | "weekend"]:
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
    last_day = Rule("MONTHLY", days=(-1,))
    match words:
        case ["end" | "last", "of", "every" | "each", "month"] | ["every", "month", "end"]:
            return last_day
        case ["last", "day", "of", "every" | "each", "month"]:
            return last_day
        case ["every" | "each", "month", "on", "the", "last", "day"]:
            return last_day
        case [
            "last" | "first" as end,
            "working" | "business",
            "day",
            "of",
            "every" | "each",
            "month",
        ] | [
            "every" | "each",
            "month",
            "on",
            "the",
            "last" | "first" as end,
            "working" | "business",
            "day",
        ]:
            return Rule("MONTHLY", weekdays=WEEKDAYS, place=-1 if end == "last" else 1)
        case ["every" | "each", "month", "on", *several] if _several(several):
            return _several(several)
        case [*several, "of", "every" | "each", "month"] if _several(several):
            return _several(several)
        case [*several, "of", "the", "month"] if _several(several):
            return _several(several)
        case ["every" | "monthly", *several] if _several(_without_on(several)):
            return _several(_without_on(several))
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
            # "every second friday" is every other one; of all others a month has one.
            if rest[0] not in ("second", "2nd") and of_month:
                return _nth(rest[:2])
            return _nth(rest[:2]) if len(rest) == 5 and of_month else None
        case [number, "of", "every" | "each", "month"] if ordinal(number):
            return _on(ordinal(number))
        case [nth, name, "of", "every" | "each", "month"]:
            return _nth([nth, name])
    return None


def _several(words: list[str]) -> Rule | None:
    """Several days of a month: the 1st and 15th, the first and third tuesday."""
    said = [word for word in words if word not in ("the", "and", "&", "on")]
    numbers = [ordinal(word) for word in said]
    if len(said) > 1 and all(number and number <= 31 for number in numbers):
        return Rule("MONTHLY", days=tuple(sorted({number or 1 for number in numbers})))
    *nths, name = said or [""]
    name = name if name in DAYS else name.removesuffix("s")
    if len(nths) > 1 and name in DAYS and all(nth in ORDINALS for nth in nths):
        codes = [f"{ORDINALS[nth]}{CODES[DAYS[name]]}" for nth in nths]
        return Rule("MONTHLY", weekdays=",".join(codes))
    return None


def _on(number: int | None) -> Rule | None:
    return Rule("MONTHLY", days=(number,)) if number and 1 <= number <= 31 else None


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
    return Rule("YEARLY", month=found.month, days=(found.day,)) if found else None
