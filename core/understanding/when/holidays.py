"""Days that have a name: new year's eve, halloween, easter monday."""

from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import MO, TH, relativedelta

# Month and day, where they are the same wherever they are kept.
FIXED = {
    "new years day": (1, 1), "new years": (1, 1), "new year": (1, 1), "epiphany": (1, 6),
    "three kings day": (1, 6), "valentines day": (2, 14), "valentines": (2, 14),
    "valentine": (2, 14), "st patricks day": (3, 17), "saint patricks day": (3, 17),
    "paddys day": (3, 17), "april fools": (4, 1), "april fools day": (4, 1),
    "halloween": (10, 31), "all saints day": (11, 1), "all saints": (11, 1),
    "st nicholas day": (12, 6), "saint nicholas day": (12, 6), "christmas eve": (12, 24),
    "xmas eve": (12, 24), "christmas": (12, 25), "xmas": (12, 25), "christmas day": (12, 25),
    "xmas day": (12, 25), "boxing day": (12, 26), "st stephens day": (12, 26),
    "new years eve": (12, 31), "new year eve": (12, 31), "nye": (12, 31),
}  # fmt: skip
# Days after Easter Sunday, of the western church.
OF_EASTER = {
    "shrove tuesday": -47, "pancake day": -47, "ash wednesday": -46, "palm sunday": -7,
    "maundy thursday": -3, "good friday": -2, "easter saturday": -1, "easter": 0,
    "easter sunday": 0, "easter day": 0, "easter monday": 1, "ascension day": 39, "ascension": 39,
    "whit sunday": 49, "pentecost": 49, "pentecost sunday": 49, "whit monday": 50,
    "pentecost monday": 50, "corpus christi": 60,
}  # fmt: skip
# Days after Thanksgiving.
OF_THANKSGIVING = {"thanksgiving": 0, "thanksgiving day": 0, "black friday": 1, "cyber monday": 4}
YEARS = 2  # looked through: each of them comes every year
LONGEST = 3  # words
_FIRST = frozenset(
    name.split()[0] for names in (FIXED, OF_EASTER, OF_THANKSGIVING) for name in names
)


def holiday(words: list[str], today: date, locale: str | None) -> date | None:
    """The next such day, today included; None when the words name none. Days that countries keep
    at different times (labour day, mother's day) are none: Todd asks."""
    said = _name(words)
    for year in range(today.year, today.year + YEARS):
        found = _of(said, year, locale)
        if found is not None and found >= today:
            return found
    return None


def named(words: list[str]) -> bool:
    """Whether a day that has a name is among the words."""
    plain = [_name([word]) for word in words]
    return any(
        " ".join(plain[at : at + size]) in known
        for known in (FIXED, OF_EASTER, OF_THANKSGIVING)
        for at, word in enumerate(plain)
        if word in _FIRST
        for size in range(1, LONGEST + 1)
    )


def _name(words: list[str]) -> str:
    said = " ".join(words).lower().replace("'", "").replace("’", "").replace("st.", "st")
    return said.removeprefix("the ")


def _of(said: str, year: int, locale: str | None) -> date | None:
    if said in FIXED:
        return date(year, *FIXED[said])
    if said in OF_EASTER:
        return easter(year) + timedelta(days=OF_EASTER[said])
    if said in OF_THANKSGIVING:
        american = date(year, 11, 1) + relativedelta(weekday=TH(4))
        canadian = date(year, 10, 1) + relativedelta(weekday=MO(2))
        is_canada = (locale or "").replace("_", "-").lower() == "en-ca"
        if said.startswith("thanksgiving") and is_canada:
            return canadian
        return american + timedelta(days=OF_THANKSGIVING[said])
    return None
