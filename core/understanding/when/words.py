"""The words of dates, in one table, and a line cut into them."""

import re
from datetime import time

DAYS = {
    "monday": 0, "mon": 0, "tuesday": 1, "tue": 1, "tues": 1, "wednesday": 2, "wed": 2, "weds": 2,
    "thursday": 3, "thu": 3, "thur": 3, "thurs": 3, "friday": 4, "fri": 4, "saturday": 5,
    "sat": 5, "sunday": 6, "sun": 6,
}  # fmt: skip
MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9,
    "sep": 9, "sept": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12,
    "dec": 12,
}  # fmt: skip
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "last": -1,
}  # fmt: skip
UNITS = {
    "minute": "minutes", "min": "minutes", "m": "minutes", "hour": "hours", "hr": "hours",
    "h": "hours", "day": "days", "d": "days", "week": "weeks", "wk": "weeks", "w": "weeks",
    "fortnight": "fortnights", "month": "months", "year": "years", "yr": "years",
}  # fmt: skip
PARTS = {
    "morning": time(9), "noon": time(12), "midday": time(12), "lunchtime": time(12),
    "lunch": time(12), "afternoon": time(15), "evening": time(18), "night": time(20),
}  # fmt: skip
# Times that are said without a day beside them; the other parts need one, or "in the", "this".
POINTS = frozenset({"noon", "midday", "lunchtime"})
# What leads up to a date and adds nothing to it.
LEADS = frozenset({"by", "on", "at", "due", "for", "until", "till", "before"})
ABOUT = frozenset({"around", "about", "roughly", "approximately", "circa"})
TYPOS = {
    "tmrw": "tomorrow", "tmr": "tomorrow", "tmw": "tomorrow", "tmrow": "tomorrow",
    "tomo": "tomorrow", "tomorow": "tomorrow", "tommorow": "tomorrow", "tommorrow": "tomorrow",
    "tomorroww": "tomorrow", "tomorrrow": "tomorrow", "tomorro": "tomorrow", "2moro": "tomorrow",
    "2morrow": "tomorrow", "2mrw": "tomorrow", "tomrrow": "tomorrow", "tomorrw": "tomorrow",
    "todya": "today", "tody": "today", "tonite": "tonight", "2nite": "tonight",
    "tonigth": "tonight",
    "munday": "monday", "monady": "monday", "mondy": "monday",
    "teusday": "tuesday", "tuseday": "tuesday", "tuesdy": "tuesday", "tusday": "tuesday",
    "wensday": "wednesday", "wednsday": "wednesday", "wendsday": "wednesday",
    "wednesay": "wednesday", "wenesday": "wednesday", "wedensday": "wednesday",
    "wedesday": "wednesday", "thrusday": "thursday", "thurday": "thursday", "thursdy": "thursday",
    "thirsday": "thursday", "thusday": "thursday", "firday": "friday", "fridy": "friday",
    "firiday": "friday", "frday": "friday", "saterday": "saturday", "satuday": "saturday",
    "saturdy": "saturday", "satruday": "saturday", "sunady": "sunday", "sundy": "sunday",
    "januray": "january", "janurary": "january", "febuary": "february", "feburary": "february",
    "februrary": "february", "arpil": "april", "agust": "august", "septmber": "september",
    "setember": "september", "ocotber": "october", "octber": "october", "novmber": "november",
    "novemeber": "november", "decemeber": "december", "decmber": "december", "desember": "december",
    "wekend": "weekend", "weekened": "weekend", "mornin": "morning", "evning": "evening",
    "afernoon": "afternoon", "oclock": "o'clock", "noonish": "noon", "middayish": "midday",
    "evry": "every", "evey": "every", "everyy": "every", "eveyr": "every",
    "a.m": "am", "p.m": "pm", "overmorrow": "overmorrow",
}  # fmt: skip
_GLUED_DATE = re.compile(r"(\d{1,2})[-/.]?([a-z]{3,9})(?:[-/. ](\d{4}|\d\d))?")
_HALF_OF_DAY = re.compile(r"\d{1,2}(?:[:.]\d\d)?|\d{3,4}")
_ISH = re.compile(r"(\d{1,2}(?:[:.]\d\d)?(?:am|pm)?)-?ish")


def tokens(said: str) -> list[str]:
    """The words of a date expression, as the grammar knows them."""
    said = said.lower().replace("’", "'").replace(",", " ").replace("o clock", "o'clock")
    said = said.replace("@", " at ").replace("~", " around ")
    found: list[str] = []
    for raw in said.split():
        word = raw if raw == "every!" else raw.rstrip("!?;:")
        if not re.fullmatch(r"\d{1,2}\.(\d{1,2}\.)?", word) or word.count(".") == 1:
            word = word.rstrip(".")
        word = TYPOS.get(word, word)
        ish = _ISH.fullmatch(word)
        if ish:
            found.append("around")
            word = ish[1]
        if word in ("am", "pm") and found and _HALF_OF_DAY.fullmatch(found[-1]):
            found[-1] += word
            continue
        glued = _GLUED_DATE.fullmatch(word)
        if glued and glued[2] in MONTHS:
            found.extend(part for part in glued.groups() if part)
        elif word == "ish":
            continue
        elif word:
            found.append(word)
    return found


def unled(words: list[str]) -> list[str]:
    """Without what only leads up to a date: "by friday" is friday."""
    while len(words) > 1 and words[0] in LEADS:
        words = words[1:]
    return words


def bare(word: str) -> str:
    """A word of a line as the table knows it: lower case, its slips mended, no comma behind it."""
    said = word.lower().strip(",.;")
    return TYPOS.get(said, said)


def amount(word: str) -> int | None:
    """A whole number in words or figures, from 1 to 1,000."""
    number = NUMBERS.get(word) or (int(word) if re.fullmatch("[0-9]{1,4}", word) else None)
    return number if number and number <= 1_000 else None


def unit(word: str) -> str | None:
    """relativedelta's name of a unit, said in one or in several."""
    if word in UNITS:
        return UNITS[word]
    return UNITS.get(word[:-1]) if word.endswith("s") and len(word) > 2 else None


def ordinal(word: str) -> int | None:
    """5th → 5; a bare number is none."""
    found = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)", word)
    return int(found[1]) if found else None
