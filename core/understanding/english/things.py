"""What commands are about: new tasks, tasks that are named, and what was shown before."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.heard import Attached
from core.understanding import when
from core.understanding.english import attached
from core.understanding.english.words import BARE, TASK_VERBS, URGENT


@dataclass(frozen=True, slots=True)
class Scene:
    """What a line is understood by: the time, and what stands in Todd's last words."""

    now: datetime
    zone: ZoneInfo
    locale: str | None = None
    shown: tuple[int, ...] = ()  # numbers of tasks, in the order in which he named them
    attached: tuple[Attached, ...] = ()  # what comes with the message: what "this" is
    is_under: bool = False  # it stands under what named these tasks
    listed: tuple[dict[str, Any], tuple[int, ...]] | None = None  # the last list, see Prompt
    recent: tuple[int, ...] = ()  # numbers of his last replies, each of which named one task

    def date(self, words: str) -> bool:
        return when.parse(words, self.now, self.zone, locale=self.locale) is not None

    def recurs(self, words: str) -> bool:
        return when.repeats(words, self.now, self.zone, locale=self.locale) is not None

    def recurs_at_a_time(self, words: str) -> bool:
        every = when.repeats(words, self.now, self.zone, locale=self.locale)
        return every is not None and when.has_time(every.on)


class Doubt(Exception):
    """Something is not clear enough to change anything; its text says what to do about it."""


@dataclass(slots=True)
class Item:
    """A task that is to be added."""

    title: str
    due: str = ""
    priority: str = ""
    labels: list[str] = field(default_factory=list)
    repeat: str = ""
    assignee: str = ""
    part_of: str = ""
    description: str = ""

    def arguments(self) -> dict[str, Any]:
        made: dict[str, Any] = {"title": self.title, "due": self.due}
        for name in ("repeat", "assignee", "part_of", "description"):
            if getattr(self, name):
                made[name] = getattr(self, name)
        if self.priority:
            made["priority"] = self.priority
        if self.labels:
            made["labels"] = self.labels
        return made


UNSURE_WHEN = (
    "I am not sure when “{words}” is, so I added nothing. Say it like “friday 5pm”, or without it."
)
PAST_BY_NOW = "“{words}” is past by now, so I added nothing. Say another time, or none."
UNSURE_WHICH = "I am not sure which task “{words}” is. Say its number or title."
ONE_ASSIGNEE = (
    "A task is for one person, so I added nothing. Say it once for each, or name one of them."
)
UNSURE_HOW_OFTEN = (
    "I am not sure how often “{words}” is, so I changed nothing. Say it like “every friday at 9”."
)
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]+)[\"“”«»]")
MENTION = re.compile(r"@[\w.-]*\w")
# After these a mention is part of the title: "lunch with @ana", "call @bo".
_TO_SOMEBODY = frozenset("with to from about by and of at than like than @ or".split())
_LABEL = re.compile(r"(?<!\S)#([^\W\d][\w-]*)")
_LAST_PART = re.compile(r"\s*[,;]\s*(?:and\s+|&\s*)?|\s+(?:and|&)\s+", re.I)
_NUMBER = re.compile(r"(?:tasks?\s+|numbers?\s+|no\.?\s+)?#?(\d{1,9})", re.I)
_RANGE = re.compile(r"#?(\d{1,4})\s*(?:-|–|to)\s*#?(\d{1,4})")
RANGE = 50  # numbers in one "1-3"
PAST = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|time|summer|winter|spring|autumn|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)|"
    r"\w+ (?:days?|weeks?|months?|years?|hours?) ago)\s*$",
    re.I,
)
TOLD = re.compile(
    r"\b(?:was|were|is|are|has|had|have been|did|does|went|came|got|said|says|told|will be|isn't|"
    r"wasn't|yesterday|last night|last week|ago|made me|makes me|sounds|looks|seems|feels)\b",
    re.I,
)
# What stands after a verb that is nothing to do: "email from Bo arrived", "give it to 3".
NO_OBJECT = re.compile(
    r"it\b|\S+ back$|(?:completed|done|finished|by) ?|(?:completed|done) (?:tasks|ones|items)$|"
    r"(?:it|that|this|them|both|#?\d+$|from|about|is|was|and|or|"
    r"the (?:date|label|tag|priority|note|deadline|due date))\b(?!\s+(?:the|my))|"
    r".*\b(?:arrived|finished|ended|started|broke|failed|worked|happened|opened|closed|stopped|"
    r"moved|dropped|crashed|turned out|called in|came in|showed up)\b|"
    r".*\b(?:this morning|earlier|earlier today|just now|already)$",
    re.I,
)
ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "1st": 0,
         "2nd": 1, "3rd": 2, "4th": 3, "5th": 4}  # fmt: skip
IT = frozenset({"it", "that", "this", "that one", "this one", "that task", "this task", "the task"})
LAST = frozenset({"the last one", "the last", "last one", "the latest", "the last task", "last"})
ALL = frozenset({"both", "both of them", "them", "all of them", "these", "those", "the two", "all",
                 "all of these", "all of those", "them all", "both tasks"})  # fmt: skip
BOTH = frozenset({"both", "both of them", "the two", "both tasks"})
MANY = re.compile(
    r"(?:everything|anything|all|all tasks|all the tasks|the tasks?|tasks|all my tasks|whatever)"
    r"(?: (?:that|which|i have))?(?: is| are|'s)? "
    r"(?P<due>overdue|due (?:today|tomorrow|this week|next week|this month))|"
    r"all (?:my |the )?(?P<due2>overdue)(?: tasks| ones)?|"
    r"(?:the|my) (?P<due3>overdue) (?:tasks|ones)|"
    r"(?:everything|all tasks|all) (?:with |tagged |labelled |labeled )?(?P<label>#[\w-]+)|"
    r"all (?P<label2>#[\w-]+) (?:tasks|ones)", re.I,
)  # fmt: skip
# How stories begin, rather than names of tasks; and what one has to do without its being a task.
STORY = frozenset("""
i i'm i've im ive we we're you you're he he's she she's they they're it it's who what
everybody somebody someone nobody nothing all well not get getting
almost half nearly is are was have has
""".split())  # fmt: skip
THINKING = frozenset("know say ask think see tell be understand admit not have".split())
HEARSAY = re.compile(
    r"\b(?:said|says|say|think|thinks|hope|hopes|should|will|needs|after|before|until)\b", re.I
)


def items(words: str, scene: Scene, *, pointed: bool = False) -> list[Item]:
    """The tasks of an add; raises Doubt when a date in it is not clear. `pointed`: "it" may be a
    task that was shown, and is left for who asks."""
    quoted = _QUOTED.search(words)
    if quoted:
        rest = f"{words[: quoted.start()]} {words[quoted.end() :]}"
        item, left = _marked(rest, scene, dated_only=True)
        if left.strip(" ,.:-"):
            raise Doubt("Put quotes around the whole title, and only dates and labels beside it.")
        item.title = quoted[1].strip()
        return [item]
    common, rest = _marked(words, scene)
    made = []
    for part in parts(rest):
        own, title = _marked(part, scene) if part != rest else (Item(""), part)
        made.append(
            Item(
                re.sub(r"(?<=\S) (?=:(?:\s|$))", "", title).strip(" ,;:"),
                own.due or common.due,
                own.priority or common.priority,
                [*common.labels, *own.labels],
                own.repeat or common.repeat,
                own.assignee or common.assignee,
            )
        )
    for item in made:
        _assert_no_length(item.title)
    if not made or not all(item.title for item in made):
        raise Doubt("What shall I add? Say it like “add buy milk tomorrow 5pm”.")
    for item in made:
        if not pointed or item.title == attached.THERE:
            _name_attached(item, scene)
    return made


def _name_attached(item: Item, scene: Scene) -> None:
    """Titles a task from what comes with the message, where it only points at that; raises Doubt
    where nothing does, or several things."""
    if item.title != attached.THERE and not attached.pointing(item.title):
        return
    if not scene.attached:
        raise Doubt(attached.NO_THIS)
    if attached.are_several(scene.attached):
        raise Doubt(attached.SEVERAL)
    item.title = attached.title(scene.attached)
    item.description = attached.description(scene.attached)
    if not item.title:
        raise Doubt(attached.NO_THIS)


def parts(words: str) -> list[str]:
    """ "milk, eggs and bread" is three tasks; "mac and cheese" for dinner is one.

    Parts are tasks of their own when each is a plain thing of one or two words, or when each
    begins with a verb of its own.
    """
    found = [part.strip() for part in _LAST_PART.split(words)]
    if len(found) < 2 or not all(found):
        return [words]
    plain = all(len(re.findall(r"\w+(?:\S\w+)*", part)) <= 2 for part in found)
    verbs = [part.split()[0].lower() in TASK_VERBS for part in found]
    if (plain and not verbs[0]) or all(verbs):
        return found
    return [words]


def _marked(words: str, scene: Scene, *, dated_only: bool = False) -> tuple[Item, str]:
    """What is said beside the title: labels, a priority, a date; and the title that is left.

    Words that are nothing but a date are a title, unless the title stands elsewhere."""
    item = Item("")
    item.labels = [label.lower() for label in _LABEL.findall(words)]
    rest = _LABEL.sub(" ", words)
    item.priority, rest = _ranked(rest)
    if dated_only and rest.strip() and scene.date(rest):
        item.due, rest = rest.strip(), ""
    else:
        item.assignee, rest = _given(rest)
        item.repeat, rest = _repeated(rest, scene)
        item.due, rest = _dated(rest, scene)
        together = f"{item.repeat} {item.due}"
        if item.repeat and item.due and item.due.split()[0].lower() in OF_RULES:
            if not scene.recurs(together):
                raise Doubt(UNSURE_HOW_OFTEN.format(words=together))
            item.repeat, item.due = together, ""
        if not item.assignee:
            item.assignee, rest = _given(rest)
    if not item.priority:
        item.priority, rest = _ranked(rest)
    return item, " ".join(rest.split())


def _ranked(words: str) -> tuple[str, str]:
    """The priority that is said before a colon or at the end, and the rest."""
    said = words.strip().strip(",")
    for name, ahead, behind in RANKS:
        found = ahead.match(said) or behind.match(said)
        if found:
            return name, found["rest"]
    return "", words


def _rank(name: str, ways: str) -> tuple[str, re.Pattern[str], re.Pattern[str]]:
    plain = "|".join(re.escape(way) for way in ways.split("|") if way not in BARE)
    return (
        name,
        re.compile(rf"(?:{plain})\s*[:!-]\s*(?P<rest>.+)$", re.I),
        re.compile(rf"(?P<rest>.+?)[\s,;(-]+(?:it'?s |as )?(?:{plain})\)?!*$", re.I),
    )


RANKS = [_rank(name, ways) for name, ways in URGENT.items()]


def _dated(words: str, scene: Scene) -> tuple[str, str]:
    """The date of a line and the rest of it; raises Doubt when part of a date is left over."""
    tokens = words.split()
    if len(tokens) > 1 and tokens[0].lower() in MEALS and scene.date(" ".join(tokens[1:])):
        return " ".join(tokens[1:]), tokens[0]
    found = when.find(
        tokens, scene.now, scene.zone, locale=scene.locale, verbs=frozenset(TASK_VERBS)
    )
    if found is None or found.last - found.first == len(tokens):
        _assert_no_date(tokens)
        _assert_not_past(tokens, scene)
        return "", words
    rest = tokens[: found.first] + tokens[found.last :]
    _assert_whole(tokens, found, rest)
    _assert_no_date(rest)
    said = " ".join(tokens[found.first : found.last]).strip(",;")
    said = said if re.search(r"\d\.\d{1,2}\.$", said) else said.strip(".")
    return said, " ".join(rest).strip(" ,;")


MEALS = frozenset({"lunch", "lunchtime"})  # times of day too


def _assert_whole(tokens: list[str], found: when.DateInLine, rest: list[str]) -> None:
    beside = [*tokens[: found.first][-1:], *tokens[found.last :][:1]]
    after = tokens[found.last :]
    zoned = after and (after[0] in NO_ZONES or [word.lower() for word in after[1:2]] == ["time"])
    if zoned and found.when.has_time:
        around = " ".join(tokens[found.first : found.last + 2])
        raise Doubt(UNSURE_WHEN.format(words=around))
    if "<t:" in " ".join(tokens[found.first : found.last]):
        return
    if any(when.has_more(word) for word in beside) or when.has_day(rest):
        around = " ".join(tokens[max(0, found.first - 3) : found.last + 3])
        raise Doubt(UNSURE_WHEN.format(words=re.sub(r"^(?:and|or) | (?:and|or)$", "", around)))


# Zones of several places; in capitals.
NO_ZONES = frozenset({"IST", "SST", "AST", "BRT", "ADT", "WIB", "PHT", "ICT", "CAT", "EAT", "WAT"})


def _assert_not_past(tokens: list[str], scene: Scene) -> None:
    """Raises Doubt when a line says a time of today, or a day, that is over."""
    past = when.find(tokens, scene.now, scene.zone, locale=scene.locale, past_ok=True)
    if past is not None and past.last - past.first < len(tokens):
        said = " ".join(tokens[past.first : past.last]).strip(",;.")
        raise Doubt(PAST_BY_NOW.format(words=said))


def _assert_no_length(title: str) -> None:
    """Raises Doubt when a title says a length of time that was not understood: "in 30 seconds"."""
    left = LENGTH.search(title)
    if left:
        raise Doubt(UNSURE_WHEN.format(words=left[0]))


LENGTH = re.compile(r"\bin \d+ (?:sec|min|hour|hr)\w*\b", re.I)


def _assert_no_date(tokens: list[str]) -> None:
    """Raises Doubt when words that are left in a title say a date that was not understood."""
    doubtful = when.doubtful(tokens)
    if doubtful:
        raise Doubt(UNSURE_WHEN.format(words=doubtful))


def _repeated(words: str, scene: Scene) -> tuple[str, str]:
    """How often a line says that something comes, and the rest of it; the longest that is said."""
    tokens = words.split()
    if not any(when.may_repeat(word) for word in tokens):
        _assert_not_vague(words)
        return "", words
    for size in range(min(len(tokens) - 1, when.WORDS_LIMIT), 0, -1):
        for first in (len(tokens) - size, 0, *range(1, len(tokens) - size)):
            last = first + size
            inside = 0 < first and last < len(tokens)
            said = " ".join(tokens[first:last]).strip(",;.")
            if (inside or size == 1) and tokens[first].lower() not in OFTEN:
                continue
            if when.repeats(said, scene.now, scene.zone, locale=scene.locale):
                if tokens[last : last + 1] and tokens[last].lower() in EXCEPT:
                    raise Doubt(UNSURE_HOW_OFTEN.format(words=" ".join(tokens[first:])))
                return said, " ".join(tokens[:first] + tokens[last:]).strip(" ,;")
    _assert_not_vague(words)
    return "", words


def _assert_not_vague(words: str) -> None:
    if WITHIN_A_DAY.search(words):
        raise Doubt(ONCE_A_DAY)
    vague = VAGUE.search(words)
    if vague:
        raise Doubt(UNSURE_HOW_OFTEN.format(words=vague[0]))


# With these a date belongs to how often: every day … until 30 november.
OF_RULES = frozenset({"until", "till", "til", "from", "starting", "beginning", "ending"})
# What may begin a recurrence inside a line, or be one by itself: "weekly" in "the weekly report" is
# a title's word.
OFTEN = frozenset({"every", "each", "everyday"})
EXCEPT = frozenset("except excluding until till but unless apart for".split())
WITHIN_A_DAY = re.compile(
    r"\bevery (?:\d+ |other |few |half )?(?:an )?(?:hours?|minutes?|mins?)\b|\bhourly\b|"
    r"\b(?:twice|three times|\d times) (?:a|per) day\b",
    re.I,
)
ONCE_A_DAY = "I repeat things once a day at most, like “every day at 9”, so I added nothing."
VAGUE = re.compile(
    r"\b(?:every (?:so often|now and then|once in a while|few \w+)|regularly|"
    r"bi-?(?:weekly|monthly)|semi-?(?:weekly|monthly))\b",
    re.I,
)


def _given(words: str) -> tuple[str, str]:
    """Whom a new task is for: mentioned after "for", or at the end and not as part of the title."""
    tokens = words.split()
    last = len(tokens) - 1
    for at, token in enumerate(tokens):
        mention = token.rstrip(",.;:!")
        if not MENTION.fullmatch(mention) or at == 0:
            continue
        before = tokens[at - 1].lower()
        also = [word.lower() for word in tokens[at + 1 : at + 3]]
        if (
            before == "for"
            and at > 1
            and also
            and (
                MENTION.fullmatch(also[0].rstrip(",.;:!"))
                or (also[0] in ("and", "&") and MENTION.match(also[-1]))
            )
        ):
            raise Doubt(ONE_ASSIGNEE)
        if before == "for" and at > 1:
            return mention, " ".join([*tokens[: at - 1], *tokens[at + 1 :]])
        plain = before not in _TO_SOMEBODY | TASK_VERBS | {"for"} and not MENTION.match(before)
        if at == last and at > 1 and plain:
            return mention, " ".join(tokens[:at])
    return "", words


def references(words: str, scene: Scene) -> list[str]:
    """The tasks that words name: numbers, titles, "it", "the second", "everything overdue".

    Raises Doubt when they point at something that was not shown.
    """
    said = _plain(words)
    many = MANY.fullmatch(said) or MANY.fullmatch(words.strip())
    if many:
        return [f"everything {next(filter(None, many.groups())).lower()}"]
    pointed = _pointed(said.lower(), scene)
    if pointed is not None:
        return pointed
    numbers = _numbers(said)
    if numbers:
        return [f"#{number}" for number in numbers]
    quoted = _QUOTED.fullmatch(words.strip())
    if quoted:
        return [quoted[1].strip()]
    if not re.search(r"\w", said):
        raise Doubt(UNSURE_WHICH.format(words=words.strip()))
    named: list[str] = []
    for part in _LAST_PART.split(said):
        name = _plain(part)
        some = [f"#{number}" for number in _numbers(name)]
        named.extend(some or _pointed(part.strip().lower(), scene) or [name])
    return named


def is_numbers(words: str) -> bool:
    """Whether tasks are named by numbers alone."""
    return bool(_numbers(_plain(words)))


def _plain(words: str) -> str:
    """A reference without what is only said around it."""
    said = words.strip(" .,;:!")
    said = re.sub(r"^(?:(?:the|my|our)\s+)?(?:task|item|to-?do)\s+(?=\S)", "", said, flags=re.I)
    if said.lower() not in LAST | ALL | IT and not re.match(r"the \w+( one)?$", said, re.I):
        said = re.sub(r"^(?:the|my)\s+", "", said, flags=re.I)
    said = re.sub(r"\s+(?:from|on|off)\s+(?:my|the)\s+(?:to-?do\s+)?list$", "", said, flags=re.I)
    return re.sub(r"(?<=\w)\s+(?:task|item)$", "", said, flags=re.I)


def _pointed(said: str, scene: Scene) -> list[str] | None:
    """Numbers of what was shown before; None when the words do not point."""
    shown = scene.shown
    if said in IT:
        picked: tuple[int, ...] = shown if len(shown) == 1 else ()
    elif said in LAST:
        picked = shown[-1:]
    elif said in BOTH and len(shown) < 2:
        picked = scene.recent if len(scene.recent) == 2 else ()
    elif said in ALL:
        picked = shown if len(shown) > 1 else ()
    else:
        order = re.fullmatch(r"(?:the )?(\w+)(?: one| task)?", said)
        if order is None or order[1] not in ORDER:
            if said.startswith("the "):
                return [said.removeprefix("the ")]
            return None
        picked = shown[ORDER[order[1]] :][:1]
    if not picked:
        raise Doubt(UNSURE_WHICH.format(words=said))
    return [f"#{number}" for number in picked]


def _numbers(said: str) -> list[int]:
    """1, 2 and 4 · 1-3 · #2; empty when there is anything else."""
    found: list[int] = []
    for part in _LAST_PART.split(said):
        between = _RANGE.fullmatch(part.strip())
        one = _NUMBER.fullmatch(part.strip())
        if between and int(between[1]) < int(between[2]) <= int(between[1]) + RANGE:
            found.extend(range(int(between[1]), int(between[2]) + 1))
        elif one:
            found.append(int(one[1]))
        elif re.fullmatch(r"#?\d{1,9}(?:\s+#?\d{1,9})+", part.strip()):
            found.extend(int(number) for number in re.findall(r"\d+", part))
        else:
            return []
    return list(dict.fromkeys(found))
