"""Words → what comes again; and its times, one after the other."""

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from core.understanding.when import repeat
from core.understanding.when.dates import LONGEST, clocked
from core.understanding.when.values import Every, When, has_time, on_clock
from core.understanding.when.words import tokens


def repeats(
    words: str, now: datetime, zone: ZoneInfo, *, locale: str | None = None
) -> Every | None:
    """The recurrence that `words` say; None when they say none, or leave a doubt."""
    said = clocked(tokens(words), locale)
    if not said or len(words) > LONGEST:
        return None
    try:
        found = repeat.rule(said, now.astimezone(zone), locale)
        if found is None:
            return None
        rule, first = found
        due = on_clock(first, rule.clock is not None, zone)
        return Every(rule.text(), due, first, rule.counted)
    except (OverflowError, ValueError):
        return None


def from_done(rule: str) -> bool:
    """Whether a rule counts from when it was done: until then it comes only once."""
    return rule.startswith(repeat.FROM_DONE)


def anchored(every: Every, on: datetime) -> Every | None:
    """The rule as counted from a time that it may fall on, on the person's own clock: "every month"
    from the 27th is on the 27th; None when it does not fall on it."""
    rule = repeat.counted_from(every.rule, on.date(), counted=every.counted)
    if rule is None:
        return None
    at = on.time() if not has_time(every.on) else every.on.time()
    return replace(every, rule=rule, on=datetime.combine(on.date(), at))


def following(
    rule: str, occurrence: datetime, now: datetime, zone: ZoneInfo
) -> tuple[When, datetime, str] | None:
    """The next occurrence of a rule after the one at `occurrence` (the person's own clock) and
    after now, a date's after today: when it is, the same on that clock, and what is left of the
    rule. None after the last."""
    local = now.astimezone(zone).replace(tzinfo=None)
    if not has_time(occurrence):
        local = datetime.combine(local.date(), time(0))
    found = repeat.following(rule, occurrence, local)
    if found is None:
        return None
    at, left = found
    return on_clock(at, has_time(at), zone), at, left


def coming(
    rule: str, on: datetime, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime, str] | None:
    """The first time of a rule that is not past, from the one at `on` (the person's own clock, with
    a time of day): the moment, the same on that clock, and what is left of the rule. None after the
    last."""
    at = on_clock(on, True, zone).at
    if at > now:
        return at, on, rule
    found = following(rule, on, now, zone)
    return (found[0].at, found[1], found[2]) if found else None
