"""Dates in words: what hundreds of expressions mean, and what holds for all of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from support.lines import FOLDER, expressions

from core.understanding import when
from core.understanding.english import mean
from core.understanding.when.words import DAYS, MONTHS, PARTS, UNITS

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Sydney",
         "America/Sao_Paulo", "Pacific/Auckland", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")]  # fmt: skip


def shown(found: when.When, zone: ZoneInfo) -> str:
    if found.has_time:
        return found.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return found.at.strftime("%Y-%m-%d")


def meant(words: str, now: datetime, zone: ZoneInfo, locale: str | None) -> str:
    once = when.parse(words, now, zone, locale=locale)
    often = when.repeats(words, now, zone, locale=locale)
    assert not (once and often), words
    if often:
        return f"every {often.rule} from {shown(often.first, zone)}"
    return shown(once, zone) if once else "none"


@pytest.mark.parametrize("name", ["when.txt", "when_aside.txt", "when_fresh.txt"])
def test_expressions_mean_what_is_expected(name: str) -> None:
    wrong = [
        f"{words}: {got} instead of {expected}"
        for now, zone, locale, words, expected in expressions(name)
        if (got := meant(words, now, zone, locale)) != expected
    ]
    assert wrong == []


def read(said: str) -> tuple[str, str]:
    """The title of what a sentence adds or reminds of, and when."""
    (act, *more) = mean(said, NOW, BERLIN, locale="en-GB")
    if isinstance(act, str):
        return "ask", "ask"
    assert not more, said
    if act.tool == "remind":
        title, words = act.arguments["what"], act.arguments.get("when", "")
    else:
        (task,) = act.arguments["tasks"]
        title, words = task["title"], task.get("repeat") or task["due"]
    return title, meant(words, NOW, BERLIN, "en-GB") if words else "none"


def test_sentences_with_dates_mean_what_is_expected() -> None:
    lines = (FOLDER / "dated_fresh.tsv").read_text().splitlines()
    parts = [line.split("\t") for line in lines if line and not line.startswith("#")]
    wrong = [(said, read(said)) for said, *expected in parts if list(read(said)) != expected]
    assert wrong == []


VOCABULARY = sorted({
    *DAYS, *MONTHS, *PARTS, *UNITS, "next", "last", "this", "in", "at", "on", "by", "until", "the",
    "of", "end", "half", "quarter", "past", "to", "every", "other", "5", "12", "31", "5th", "5pm",
    "17:30", "3/4", "24.12.", "2027", "2026-11-25", "2028-02-29", "week", "tomorrow", "today",
    "tonight", "midnight", "a", "two", "1.5", "2h30", "from", "now", "after", "and", "eod", "days",
    "weeks", "ago", "utc", "starting", "for", "10", "times", "mondays", "first", "yesterday",
})  # fmt: skip
moments = st.datetimes(datetime(2024, 1, 1), datetime(2036, 12, 31)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
phrases = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join)
locales = st.sampled_from([None, "en-US", "en-GB"])


@given(phrases, moments, st.sampled_from(ZONES), locales)
@example("today", NOW, BERLIN, None)
def test_nothing_is_past_unless_it_is_asked_for(words, now, zone, locale) -> None:
    for found in (
        when.parse(words, now, zone, locale=locale),
        (often := when.repeats(words, now, zone, locale=locale)) and often.first,
    ):
        if found is None:
            continue
        assert found.at.tzinfo is not None
        if found.has_time:
            assert found.at > now
        else:
            assert found.at.date() >= now.astimezone(zone).date()


@given(st.text(max_size=60), moments, st.sampled_from(ZONES))
@example("in ² days", NOW, BERLIN)
@example("9999-12-31 23:59", NOW, ZoneInfo("America/New_York"))
def test_no_input_raises(words, now, zone) -> None:
    when.parse(words, now, zone, past_ok=True)
    when.repeats(words, now, zone)
    when.find(words.split(), now, zone)


@given(
    st.datetimes(datetime(2026, 11, 25, 11), datetime(2031, 1, 1)),  # noqa: DTZ001
    st.booleans(),
    st.sampled_from(ZONES),
)
def test_what_is_said_back_parses_to_the_same(naive, has_time, zone) -> None:
    minute = naive.replace(second=0, microsecond=0)
    if has_time:
        local = minute.replace(tzinfo=zone)
        assume(local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == minute)  # no gap
        at = local.astimezone(UTC)
        assume(at > NOW)
    else:
        at = datetime(minute.year, minute.month, minute.day, tzinfo=UTC)
        assume(at.date() >= NOW.astimezone(zone).date())
    said = when.say(at, has_time, NOW, zone)
    assert when.parse(said, NOW, zone) == when.When(at, has_time)


@given(phrases, moments, st.sampled_from(ZONES), locales)
def test_a_rule_begins_with_its_first_occurrence(words, now, zone, locale) -> None:
    from dateutil.rrule import rrulestr

    found = when.repeats(words, now, zone, locale=locale)
    if found is None:
        return
    local = found.first.at.astimezone(zone) if found.first.has_time else found.first.at
    start = local.replace(tzinfo=None)
    occurrences = rrulestr(found.rule, dtstart=start)
    first = occurrences.after(start - timedelta(seconds=1))
    # A time that the clocks skip on that day is shifted forward.
    assert first is not None
    assert first.date() == start.date()


def test_what_is_past_is_found_when_it_is_asked_for() -> None:
    found = when.parse("yesterday", NOW, BERLIN, past_ok=True)
    assert found
    assert shown(found, BERLIN) == "2026-11-24"
    assert when.parse("2024-05-03", NOW, BERLIN, past_ok=True)


def test_another_zone_than_ones_own_is_in_doubt() -> None:
    assert when.parse("Fri 27 Nov 17:00 (Asia/Tokyo)", NOW, BERLIN) is None
    assert when.parse("Fri 27 Nov 17:00 (Europe/Berlin)", NOW, BERLIN)


def test_an_offset_that_no_clock_has_is_none() -> None:
    for words in ("10:00+99:00", "10:00 utc+15", "tomorrow 9:00 +24:00"):
        assert when.parse(words, NOW, BERLIN) is None, words
        assert not when.is_clock(words), words
    assert shown(when.parse("10:00+05:30", NOW, BERLIN), BERLIN) == "2026-11-26 05:30"
