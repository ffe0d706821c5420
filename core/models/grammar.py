"""Todd without a language model: plain English task commands, understood by rule.

A first form. It changes something only when a line plainly commands it; else it says what it
understands. Each message of the turn may have several lines, each line is one command.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from core import when
from core.models import Asked, By, Prompt, Saying, Text

NAME = "grammar"

HELP = """I keep your tasks. You can say:
- add buy milk tomorrow 5pm
- what is on my list · what is overdue · find milk
- done 1 · done milk · reopen 1
- rename 1 to buy oat milk · move 1 to friday · clear the date of 1
- delete 1"""
UNSURE_WHEN = (
    "I am not sure when “{words}” is, so I added nothing. Say it like “friday 5pm”, or without it."
)
UNSURE = "I did not understand that, so I changed nothing. Say “help” for what I understand."
WELCOME = "You are welcome."
HELLO = "Hello! Tell me what to keep, like “add buy milk tomorrow 5pm”, or say “help”."
BYE = "Until later; your tasks are kept."

# (tool, arguments) to use, or words to say.
Meaning = tuple[str, dict[str, object]] | str
Rule = tuple[re.Pattern[str], Callable[..., Meaning]]

# Said around a command, and no part of it.
_POLITE = re.compile(
    r"^(?:(?:hey|hi|ok|okay|so|and|please|pls|todd|@todd|can you|could you|would you|will you)"
    r"[\s,:!]+)+|[\s,]*(?:please|pls|thanks|thank you)?[\s.!?]*$",
    re.I,
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_NUMBERS = re.compile(r"#?[0-9]{1,9}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|\s+)#?[0-9]{1,9})*", re.I)
_AROUND = re.compile(
    r"^(?:the |my |task )+|(?: task)$|(?: (?:from|on|off) (?:my|the) (?:to-?do )?list)$", re.I
)
BATCH = 50  # items in one call
# The calls that take a list, and its name: neighbours are put together into one.
LISTS = {"add_tasks": "tasks", "complete_tasks": "tasks", "reopen_tasks": "tasks",
         "delete_tasks": "tasks", "update_tasks": "changes"}  # fmt: skip


class Grammar:
    """The offline model: rules instead of weights, the same port."""

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """First the calls that the lines command, then, with their results, what they found."""
        yield By(NAME, exact=True)
        if prompt.results:
            found = [result for tool, result in prompt.results if tool == "find_tasks"]
            yield Text("\n\n".join([*found, *_words(prompt)]))
            return
        meanings = [mean(line, prompt.now, prompt.zone) for line in _lines(prompt.said)]
        for tool, arguments in _together(meanings):
            yield Asked(tool, json.dumps(arguments))
        if all(isinstance(meaning, str) for meaning in meanings):
            yield Text("\n\n".join(_words(prompt)) or UNSURE)


def _together(meanings: list[Meaning]) -> list[tuple[str, dict[str, object]]]:
    """The calls, in order; those that follow each other with the same tool as one."""
    calls: list[tuple[str, dict[str, Any]]] = []
    for meaning in meanings:
        if isinstance(meaning, str):
            continue
        tool, arguments = meaning
        name = LISTS.get(tool)
        last = calls[-1] if calls else None
        if name and last and last[0] == tool:
            items = [*last[1][name], *cast(list[object], arguments[name])]
            if len(items) <= BATCH:
                calls[-1] = (tool, {name: items})
                continue
        calls.append((tool, arguments))
    return calls


def _words(prompt: Prompt) -> list[str]:
    """What is to be said besides using tools; each once."""
    meanings = [mean(line, prompt.now, prompt.zone) for line in _lines(prompt.said)]
    return list(dict.fromkeys(meaning for meaning in meanings if isinstance(meaning, str)))


def _lines(said: tuple[str, ...]) -> list[str]:
    """The commands of a turn, one a line; a list under "add:" is an add a line."""
    lines: list[str] = []
    for text in said:
        adding = False
        for raw in text.splitlines():
            line = raw.strip()
            if not line:
                continue
            if re.fullmatch(
                r"(?:please )?(?:add|new|todo|tasks?)(?: these| tasks?)*\s*:?", line, re.I
            ):
                adding = True
            elif adding:
                lines.append("add " + _BULLET.sub("", line))
            else:
                lines.append(line)
    return lines


def mean(line: str, now: datetime, zone: ZoneInfo) -> Meaning:
    """What one line commands; words to say when it commands nothing."""
    said = _POLITE.sub("", line).strip()
    if not said:
        return WELCOME if re.search(r"\bthank", line, re.I) else HELLO
    for pattern, rule in RULES:
        match = pattern.fullmatch(said)
        if match:
            meaning = rule(match, now, zone)
            changes = not isinstance(meaning, str) and meaning[0] in LISTS
            return UNSURE if changes and _asks(line) else meaning
    return UNSURE


def _asks(line: str) -> bool:
    """Whether a line is a question, and not a command said politely: "3 is done?"."""
    return line.rstrip().endswith("?") and not re.search(
        r"\b(?:can|could|would|will) you\b", line, re.I
    )


def _add(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    tokens = match["what"].split()
    found = when.find(tokens, now, zone)
    if found is None or found.last - found.first == len(tokens):
        return _new(tokens, "")
    at_end = found.last == len(tokens)
    beside = tokens[found.first - 1] if at_end else tokens[found.last]
    rest = tokens[: found.first] + tokens[found.last :]
    if when.has_more(beside) or when.has_day(rest):
        said = " ".join(tokens[max(0, found.first - 3) :] if at_end else tokens[: found.last + 3])
        return UNSURE_WHEN.format(words=said)
    words = " ".join(tokens[found.first : found.last])
    due = words if when.parse(words, now, zone) else words.split(" ", 1)[1]
    return _new(rest, due)


def _new(tokens: list[str], due: str) -> Meaning:
    return "add_tasks", {"tasks": [{"title": " ".join(tokens), "due": due}]}


def _list(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    groups = match.groupdict()
    due = (groups.get("due") or "").lower()
    arguments: dict[str, object] = {"due": due} if due else {}
    if groups.get("state"):
        arguments["state"] = "done"
    return "find_tasks", arguments


def _find(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    return "find_tasks", {"text": match["what"]}


def _named(tool: str) -> Callable[..., Meaning]:
    def rule(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
        return tool, {"tasks": _references(match["what"])}

    return rule


def _references(words: str) -> list[str]:
    """ "1, 2 and 3" → each number; other words are one title."""
    said = words.strip()
    if _NUMBERS.fullmatch(_AROUND.sub("", said)):
        return [f"#{number}" for number in re.findall(r"[0-9]+", said)]
    return [_AROUND.sub("", said).strip(" “”\"'")]


def _rename(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    if match["verb"].lower() == "change" and when.parse(match["new"], now, zone):
        return _edit(match, due=match["new"])
    return _edit(match, title=match["new"])


def _move(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    if when.parse(match["new"], now, zone) is None:
        return f"I am not sure when “{match['new']}” is, so I moved nothing. Try “friday 5pm”."
    return _edit(match, due=match["new"])


def _clear(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    return _edit(match, due="none")


def _edit(match: re.Match[str], **fields: str) -> Meaning:
    tasks = _references(match["what"])
    if "title" in fields and len(tasks) > 1:
        return UNSURE
    return "update_tasks", {"changes": [{"task": task, **fields} for task in tasks]}


def _say(words: str) -> Callable[..., Meaning]:
    return lambda match, now, zone: words


def _rule(pattern: str, rule: Callable[..., Meaning]) -> Rule:
    return re.compile(pattern, re.I | re.S), rule


_LISTS = r"(?:list|lists|tasks?|to-?dos?|todo list|to-?do list|task list|plate|agenda)"
_DUE = r"(?P<due>overdue|today|tomorrow|this week|next week)"
_SHOW = r"(?:what(?:['’]?s| is| are)?|which|show(?: me)?|list|see|view)"
# More exact rules first: what is done is said before what is added.
RULES: tuple[Rule, ...] = (
    _rule(r"(?:help|what can you do|commands)", _say(HELP)),
    _rule(r"(?:thanks?|thank you|thx|ty|cheers)\b.*", _say(WELCOME)),
    _rule(r"(?:hi|hello|hey|good (?:morning|afternoon|evening)|moin|yo)\b[^a-z]*", _say(HELLO)),
    _rule(r"(?:bye|goodbye|good night|see you)\b[^a-z]*", _say(BYE)),
    _rule(
        rf"(?:{_SHOW} )?(?:is |are )?(?:on )?(?:my |the |all )*(?:{_LISTS} )?(?:is |are )?(?:due )?"
        rf"(?:for )?{_DUE}(?:['’]s)?(?: {_LISTS})?",
        _list,
    ),
    _rule(rf"what (?:do i have|have i got)(?: to do)?(?: due)? {_DUE}", _list),
    _rule(
        rf"(?:{_SHOW})? ?(?:is |are )?(?:on |in )?(?:my |the |all |our |open )*"
        rf"(?P<state>done |completed |finished )?{_LISTS}",
        _list,
    ),
    _rule(r"what (?:do i have(?: to do)?|have i got|is there to do|should i do)", _list),
    _rule(r"(?:show|what have i) (?P<state>done)", _list),
    _rule(r"(?:find|search(?: for)?|look for) (?P<what>.+)", _find),
    _rule(
        r"(?:clear|remove|drop) (?:the )?(?:date|due date|deadline) (?:of|from|for) (?P<what>.+)",
        _clear,
    ),
    _rule(r"(?P<verb>rename|retitle|change) (?P<what>.+?) (?:to|into) (?P<new>.+)", _rename),
    _rule(
        r"(?:move|reschedule|postpone|push|shift) (?P<what>.+?) (?:to|until|till) (?P<new>.+)",
        _move,
    ),
    _rule(r"(?:mark|set) (?P<what>.+?) due (?P<new>.+)", _move),
    _rule(
        r"(?:mark|set) (?P<what>.+?) (?:as )?(?:done|complete|completed|finished)",
        _named("complete_tasks"),
    ),
    _rule(
        rf"(?:task )?(?P<what>{_NUMBERS.pattern}) (?:is |are )?(?:done|finished|completed?)",
        _named("complete_tasks"),
    ),
    _rule(
        r"(?:done|complete|completed|check off|tick off)(?: with)? (?P<what>.+)",
        _named("complete_tasks"),
    ),
    _rule(
        rf"(?:i )?(?:finish|finished|close|did|tick)(?: with)? "
        rf"(?P<what>(?:task )?{_NUMBERS.pattern})",
        _named("complete_tasks"),
    ),
    _rule(r"(?:reopen|open again|uncheck|undone) (?P<what>.+)", _named("reopen_tasks")),
    _rule(r"(?:delete|remove|erase) (?P<what>.+)", _named("delete_tasks")),
    _rule(
        rf"(?:cancel|drop) (?P<what>(?:task )?{_NUMBERS.pattern})",
        _named("delete_tasks"),
    ),
    _rule(r"put (?P<what>.+) on (?:my|the) (?:to-?do )?list", _add),
    _rule(
        r"(?:add|create|note)(?: (?:a )?(?:new )?(?:task|to-?do))?(?: to (?:my|the) list)?(?: to)?"
        r"\s*:? (?P<what>.+?)(?: to (?:my|the) (?:to-?do )?list)?",
        _add,
    ),
    _rule(r"(?:new task|to-?do|remember to)\s*:? (?P<what>.+)", _add),
    _rule(r"task\s*: (?P<what>.+)", _add),
    _rule(
        r"i (?:need|have) to (?!(?:know|say|ask|think|see|tell|be|understand|admit)\b)(?P<what>.+)",
        _add,
    ),
)
