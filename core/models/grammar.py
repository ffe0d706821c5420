"""Todd without a language model: plain English task commands, understood by rule.

A first form. It changes something only when a line plainly commands it; else it says what it
understands. Each message of the turn may have several lines, each line is one command.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
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
UNSURE = "I did not understand that, so I changed nothing. Say “help” for what I understand."
WELCOME = "You are welcome."
HELLO = "Hello! Tell me what to keep, like “add buy milk tomorrow 5pm”, or say “help”."
BYE = "Until later; your tasks are kept."

# (tool, arguments) to use, or words to say.
Meaning = tuple[str, dict[str, object]] | str
Rule = tuple[re.Pattern[str], Callable[..., Meaning]]

_POLITE = re.compile(
    r"^(?:(?:hey|hi|ok|okay|so|and|please|pls|todd|@todd|can you|could you|would you|will you)"
    r"[\s,:!]+)+|[\s,]*(?:please|pls|thanks|thank you)?[\s.!]*$",
    re.I,
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_REFERENCES = re.compile(r"\s*(?:,|\band\b|&|\s)\s*", re.I)


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
        for meaning in meanings:
            if not isinstance(meaning, str):
                yield Asked(meaning[0], json.dumps(meaning[1]))
        if all(isinstance(meaning, str) for meaning in meanings):
            yield Text("\n\n".join(_words(prompt)) or UNSURE)


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
            return rule(match, now, zone)
    return UNSURE


def _add(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    tokens = match["what"].split()
    found = when.find(tokens, now, zone)
    due = ""
    if found is not None and found.last - found.first < len(tokens):
        words = tokens[found.first : found.last]
        rest = tokens[: found.first] + tokens[found.last :]
        due = " ".join(words[1:] if words[0].lower() in when.LEADS and len(words) > 1 else words)
        due = due if when.parse(due, now, zone) else " ".join(words)
        tokens = rest
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
    parts = [part for part in _REFERENCES.split(words.strip()) if part]
    numbers = [part.removeprefix("#") for part in parts]
    if numbers and all(number.isdigit() for number in numbers):
        return [f"#{number}" for number in numbers]
    return [re.sub(r"^(?:the|task|my)\s+|\s+task$", "", words.strip(" “”\"'"), flags=re.I)]


def _rename(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    return _edit(match, title=match["new"])


def _move(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    if when.parse(match["new"], now, zone) is None:
        return f"I am not sure when “{match['new']}” is, so I moved nothing. Try “friday 5pm”."
    return _edit(match, due=match["new"])


def _clear(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Meaning:
    return _edit(match, due="none")


def _edit(match: re.Match[str], **fields: str) -> Meaning:
    task = _references(match["what"])[0]
    return "update_tasks", {"changes": [{"task": task, **fields}]}


def _say(words: str) -> Callable[..., Meaning]:
    return lambda match, now, zone: words


def _rule(pattern: str, rule: Callable[..., Meaning]) -> Rule:
    return re.compile(pattern, re.I | re.S), rule


_LISTS = r"(?:list|lists|tasks|to-?dos?|todo list|task list|plate|agenda)"
RULES: tuple[Rule, ...] = (
    _rule(r"(?:help|\?|what can you do\??|commands)", _say(HELP)),
    _rule(r"(?:thanks?|thank you|thx|ty|cheers)\b.*", _say(WELCOME)),
    _rule(r"(?:hi|hello|hey|good (?:morning|afternoon|evening)|moin|yo)\b[^a-z]*", _say(HELLO)),
    _rule(r"(?:bye|goodbye|good night|see you)\b[^a-z]*", _say(BYE)),
    _rule(
        r"(?:what(?:['’]s| is|s)? (?:is )?|show (?:me )?|list )?(?:my |the |all )*"
        r"(?P<due>overdue|due today|today|due tomorrow|tomorrow|this week|next week)"
        rf"(?: {_LISTS})?\??",
        lambda match, now, zone: (
            "find_tasks",
            {"due": match["due"].lower().removeprefix("due ")},
        ),
    ),
    _rule(
        rf"(?:what(?:['’]s| is|s| do i have)?|show(?: me)?|list|see|view)? ?(?:is )?"
        r"(?:on |in )?(?:my |the |all |our |open )*"
        rf"(?P<state>done |completed |finished )?{_LISTS}\??",
        _list,
    ),
    _rule(
        r"(?:what (?:do i have to do|have i got|is there to do|should i do)(?: today)?)\??", _list
    ),
    _rule(r"(?:show|what have i) (?P<state>done)(?: tasks?)?\??", _list),
    _rule(r"(?:find|search(?: for)?|look for) (?P<what>.+)", _find),
    _rule(
        r"(?:clear|remove|drop) (?:the )?(?:date|due date|deadline) (?:of|from|for) (?P<what>.+)",
        _clear,
    ),
    _rule(r"(?:rename|retitle|change) (?P<what>.+?) (?:to|into) (?P<new>.+)", _rename),
    _rule(
        r"(?:move|reschedule|postpone|push|shift) (?P<what>.+?) (?:to|until|till) (?P<new>.+)",
        _move,
    ),
    _rule(
        r"(?:done|finish|finished|complete|completed|check off|tick off|tick|close)"
        r"(?: with)? (?P<what>.+)",
        _named("complete_tasks"),
    ),
    _rule(
        r"(?:mark|set) (?P<what>.+?) (?:as )?(?:done|complete|completed|finished)",
        _named("complete_tasks"),
    ),
    _rule(r"(?P<what>#?\d+(?:(?:,| and| &)? #?\d+)*) (?:is |are )?done", _named("complete_tasks")),
    _rule(r"(?:reopen|open again|uncheck|undone) (?P<what>.+)", _named("reopen_tasks")),
    _rule(r"(?:delete|remove|drop|erase) (?P<what>.+)", _named("delete_tasks")),
    _rule(
        r"(?:add|new task|new|create|todo|to-?do|task|remember to|i need to|i have to|"
        r"note)(?: a task(?: to)?)?\s*:? (?P<what>.+?)(?: to (?:my|the) list)?",
        _add,
    ),
)
