"""Todd without a language model: English task commands, understood by rule.

It changes something only when a whole line plainly commands it; questions, stories, conditions and
denials change nothing, and what is not clear is asked about. The words are in words.py, the rules
in rules.py, tasks and new ones in things.py. tests/lines.txt holds what it does with what is said.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.models import Asked, By, Prompt, Saying, Text
from core.models.grammar import rules, things
from core.models.grammar.acts import Act, Meaning
from core.models.grammar.rules import BYE, FINE, HELLO, HELP, WELCOME
from core.models.grammar.things import Doubt, Scene
from core.models.grammar.words import CONDITIONS, DENIALS, IDIOMS, QUESTIONS, SLIPS, WORDS

__all__ = ["BYE", "FINE", "HELLO", "HELP", "UNSURE", "WELCOME", "Grammar", "mean"]

NAME = "grammar"
UNSURE = "I did not understand that, so I changed nothing. Say “help” for what I understand."
TOO_LONG = "That is more than I understand at once, so I changed nothing. Say it in parts, please."
LONGEST = 500  # characters of one line
JOINTS = 8  # commands in one line
BATCH = 50  # items in one call
SHOWN = frozenset({"find_tasks", "show_task", "list_reminders", "show_settings", "set_time_zone"})
NEW = "new"  # what was just added, for `remind`
LATER = 3  # of Todd's last replies, looked through for what "it" is
# The calls that take a list, and its name: neighbours are put together into one.
LISTS = {"add_tasks": "tasks", "complete_tasks": "tasks", "reopen_tasks": "tasks",
         "delete_tasks": "tasks", "update_tasks": "changes"}  # fmt: skip

_POLITE_START = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|and|also|well|oh|um|now|just|oops|whoops|ah|wait|todd|@todd|"
    rf"bot|{WORDS['please']}|can you|could you|would you mind|would you|will you|i want you to|"
    r"i would like you to|i'd like to|i would like to|i want to|let's|lets|can u|could u|you can|"
    r"you should)"
    r"(?:[\s,:!]+|$))+", re.I,
)  # fmt: skip
_POLITE_END = re.compile(
    rf"[\s,;]*(?:\b(?:{WORDS['please']}|thanks|thank you|thx|cheers|for me|todd|now)\b)?"
    r"[\s.!?…]*$", re.I,
)  # fmt: skip
_POLITE_QUESTION = re.compile(
    r"^\W*(?:(?:hey|hi|hello|ok|todd|please|pls)\W+)*(?:can|could|would|will) (?:you|u)\b", re.I
)
_PICTURES = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D\u2B00-\u2BFF]+")
_SMILES = re.compile(r"(?<!\S)[:;]-?[)(DPp](?!\S)")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d+[.)]|\[[ xX]?\])\s*(?:\[[ xX]?\]\s*)?(?=\S)")
_LISTED = re.compile(r"(?:[-*•–]|\d+[.)]|\[[ xX]?\])\s+(?=[^\W\d])")
_LIST_HEAD = re.compile(
    rf"(?:(?:{WORDS['please']})\s+)?(?:add|new|create|todos?|to-dos?|tasks?|note)"
    r"(?:\s+(?:these|this|the following|tasks?|items?|todos?|some|new|to|my|the|list|all))*\s*:?",
    re.I,
)
_JOINT = re.compile(
    r"\s*;\s*(?:and\s+)?|\.\s+|\s*,\s*(?:(?:and|then|also)\s+)*|\s+(?:and|then)\s+(?:(?:then|also)\s+)?",
    re.I,
)
AFTER = frozenset("please the my me with on done finished also and mark delete".split())
YES = frozenset("yes|y|yep|yeah|sure|ok|okay|yes please|that one|right|correct".split("|"))
_WHICH = re.compile(r"“(?P<name>[^”]+)”: (?P<choices>.+)\. Which number\?")


class Grammar:
    """The offline model: rules instead of weights, the same port."""

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """First the calls, then what they found."""
        yield By(NAME, exact=True)
        meanings = _meanings(prompt)
        if prompt.results:
            yield Text("\n\n".join([*_found(prompt), *_words(meanings)]))
            return
        for tool, arguments in _together(meanings):
            yield Asked(tool, json.dumps(arguments))
        if all(isinstance(meaning, str) for meaning in meanings):
            yield Text("\n\n".join(_words(meanings)) or UNSURE)


def mean(
    line: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    locale: str | None = None,
    shown: tuple[int, ...] = (),
) -> list[Meaning]:
    """What one line commands: tools to use, or words to say when it commands nothing. `shown` are
    the numbers of tasks that Todd's last reply named, in order."""
    return _line(line, Scene(now, zone, locale, shown))


def _meanings(prompt: Prompt) -> list[Meaning]:
    scene = Scene(prompt.now, prompt.zone, prompt.locale, _shown(prompt))
    lines = list(_lines(prompt.said))
    answer = _answer(lines, prompt, scene)
    if answer is not None:
        return answer
    return [meaning for line in lines for meaning in _line(line, scene)]


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def _lines(said: tuple[str, ...]) -> Iterator[str]:
    """The commands of a turn, one a line; a list under "add:" is an add a line."""
    for text in said:
        adding = False
        for raw in text.splitlines():
            line = raw.strip()
            if not line:
                continue
            if _LIST_HEAD.fullmatch(line) and "\n" in text.strip():
                adding = True
            elif adding:
                yield "add " + _BULLET.sub("", line)
            else:
                listed = "\n" in text.strip() or _LISTED.match(line)
                yield _BULLET.sub("", line) if listed else line


def _line(line: str, scene: Scene) -> list[Meaning]:
    """What a line commands, all of its parts or none."""
    if len(line) > LONGEST:
        return [TOO_LONG]
    said = _plain(line)
    if not said:
        return [WELCOME if re.search(r"\bth(?:an)?x|\bthank|\bcheers", line, re.I) else HELLO]
    if IDIOMS.fullmatch(said):
        return [UNSURE]
    try:
        looked = rules.understood(said, scene, rules.LOOKS)
        if looked is not None:
            return [looked]
        if _only_told(line, said):
            return [UNSURE]
        return _commands(said, scene) or [UNSURE]
    except Doubt as doubt:
        return [str(doubt)]


def _plain(line: str) -> str:
    """A line as the rules want it: without pictures and politeness, its slips mended."""
    said = _SMILES.sub(" ", _PICTURES.sub(" ", line)).replace("’", "'").strip()
    said = re.sub(r"\s+", " ", re.sub(r"([,;.\-])(?:\s*\1)+", r"\1", said))
    said = re.sub(r"^(it|that|this|everything)'s\b", r"\1 is", said, flags=re.I)
    said = re.sub(r"^(?:show|tell|give) me (?=what|which|when)", "", said, flags=re.I)
    for _ in range(2):
        said = _POLITE_END.sub("", _POLITE_START.sub("", _mended(said)))
    said = re.sub(
        r"^(?:add|todo|task|note|reminder|to-do)(?=:)",
        lambda found: found[0] + " ",
        said,
        flags=re.I,
    )
    return re.sub(r"(?<=\S)(:|,(?= (?:it|they)\b))(?=\s|$)", r" \1", said).strip()


def _mended(said: str) -> str:
    """Slips in the first words, which are those of command; the rest may be a title."""
    words = said.split(" ")
    for at, word in enumerate(words[:5]):
        plain = word.lower()
        if plain in SLIPS and (at == 0 or words[at - 1].lower() in AFTER):
            words[at] = SLIPS[plain]
    return " ".join(words)


def _only_told(line: str, said: str) -> bool:
    """Whether a line asks, denies, imagines or tells, and commands nothing."""
    lowered = said.lower()
    first = re.split(r"[\s,]", lowered, maxsplit=1)[0]
    forget = re.match(r"(?:please )?(?:don't|do not|dont) let me forget", lowered)
    if _NOTES.match(lowered):
        return False  # a note may be a question
    if line.rstrip().endswith("?") or first in QUESTIONS:
        return not _POLITE_QUESTION.match(line.replace("’", "'"))
    if first in CONDITIONS or re.search(r"\b(?:if|unless|in case) (?!necessary\b)", lowered):
        return not _adds(lowered) or first in CONDITIONS
    if forget or _adds(lowered):
        return False
    reopens = re.match(
        r"(?:mark|set|put)\b.*\bnot (?:done|finished)$|.*(?:\bnot|n't) (?:done|finished) after all",
        lowered,
    )
    if re.match(r"(?:rename|note|describe|annotate|add a note)\b", lowered):
        return False
    ends = re.match(r"(?:don't|dont|do not) repeat\b|.*\brepeats?\b", lowered)
    if ends and re.search(r"\b(?:no longer|n't|not|dont)\b", lowered):
        return False
    stops = _STOPS.match(lowered)
    return not reopens and not stops and bool(_DENIED.search(lowered))


# Denials that command something.
_STOPS = re.compile(
    rf"(?:do not|don't|dont) (?:{WORDS['nudge']}|nag|disturb|post|message|bother|dm|contact|let|"
    r"allow)\b|no (?:more )?(?:reminders|pings|messages|notifications)\b|"
    r"@\S+ (?:may not|can't|cannot|must not)\b"
)
_NOTES = re.compile(r"(?:add |make |write |put )?(?:a |the )?(?:note|comment)s? (?:on|to|for)\b")
_DENIED = re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, DENIALS))})(?!\w)")
_ADDS = re.compile(rf"(?:{WORDS['add']}|{WORDS['remind']}|todo|to-do|put)\b")


def _adds(said: str) -> bool:
    return bool(_ADDS.match(said))


# ── commands ─────────────────────────────────────────────────────────────────────────────────


def _commands(said: str, scene: Scene) -> list[Meaning] | None:
    """One command, or several that are joined; each has to be understood."""
    joints = [] if _WHOLE.match(said) else list(_JOINT.finditer(said))
    if len(joints) > JOINTS:
        joints = []  # a long list of things; each joint is tried with all that come after it
    for joint in joints:
        head, rest = said[: joint.start()].strip(), said[joint.end() :].strip()
        if not head or not rest or _quotes(head) % 2 or not _begins_command(rest):
            continue
        try:
            first = rules.understood(head, scene, rules.ACTS) or rules.imperative(
                {"new": head}, scene
            )
            after = _joined(rest, scene) if first is not None else None
        except Doubt:
            continue
        if first is not None and after and _plainly(first, joint[0], after):
            return [first, *after]
    whole = rules.understood(said, scene, rules.ACTS) or rules.imperative({"new": said}, scene)
    return [whole] if whole is not None else None


def _plainly(first: Meaning, joint: str, after: list[Meaning]) -> bool:
    """Whether what comes after a new task is a command, rather than more of its title ("call bob
    and cancel the meeting"): it adds, it looks, it names tasks by number, or stands apart."""
    if not isinstance(first, Act) or first.tool != "add_tasks":
        return True
    apart = bool(re.search(r"[,;.]\s*(?:and|then)\b|[;.]", joint))
    return all(
        isinstance(each, Act)
        and each.tool != "undo_changes"
        and (
            each.tool in ("add_tasks", "find_tasks")
            or apart
            or all(one.startswith("#") for one in each.about)
        )
        for each in after
    )


# What is said of a task may be anything: no joint in it parts commands.
_WHOLE = re.compile(
    r"(?:(?:add|make|write|put) (?:a |the )?)?(?:note|comment|description|describe|annotate)\b|"
    r"(?:add |remind me to )?(?:tell|ask|text|message)\b",
    re.I,
)


def _joined(said: str, scene: Scene) -> list[Meaning] | None:
    """What comes after "and": commands that begin as such, never a bare task."""
    if re.match(r"(?:me|it|them)\b", said, re.I):
        return None
    if _LOOKS.match(said):
        looked = rules.understood(said, scene, rules.LOOKS)
        return [looked] if isinstance(looked, Act) else None
    if not _begins_command(said):
        return None
    return _commands(said, scene)


_BEGINS = re.compile(
    r"(?:assign|unassign|skip|repeat|stop repeating|"
    rf"{WORDS['add']}|{WORDS['remind']}|{WORDS['delete']}|{WORDS['reopen']}|{WORDS['rename']}|"
    rf"{WORDS['undo']}|mark|make|label|tag|set|done|complete|completed|finished|tick off|check off|"
    r"cross off|move|postpone|push|cancel|note on|remove|clear|prioriti[sz]e|(?:#?\d+ )|"
    r"(?:check|tick|finish|drop|close) #?\d)\b|#?\d+ (?:is |are )?done",
    re.I,
)


_LOOKS = re.compile(rf"(?:{WORDS['show']}|{WORDS['find']})\b", re.I)


def _begins_command(said: str) -> bool:
    return bool(_BEGINS.match(said) or _LOOKS.match(said))


def _quotes(said: str) -> int:
    return len(re.findall(r"[\"“”]", said))


# ── what was said before ─────────────────────────────────────────────────────────────────────


def _replies(prompt: Prompt) -> list[str]:
    """What Todd has said before this turn."""
    return [line.text for line in prompt.lines if line.role == "assistant" and not line.calls]


def _shown(prompt: Prompt) -> tuple[int, ...]:
    """The tasks that the latest of Todd's last replies names that names any."""
    for reply in reversed(_replies(prompt)[-LATER:]):
        numbers = re.findall(r"(?:^|[\s(])#(\d{1,9})\b", reply)
        if numbers:
            return tuple(dict.fromkeys(int(number) for number in numbers))
    return ()


def _answer(lines: list[str], prompt: Prompt, scene: Scene) -> list[Meaning] | None:
    """The answer to "Which number?": the command before it, with the task that is chosen."""
    which = _WHICH.search("".join(_replies(prompt)[-1:]))
    if which is None or len(lines) != 1:
        return None
    choices = [
        (int(number), title.strip())
        for number, title in re.findall(r"#(\d+) ([^;]*)", which["choices"])
    ]
    chosen = _chosen(_plain(lines[0]), choices)
    if not chosen:
        return None
    before = [
        meaning
        for line in _lines(_before(prompt))
        for meaning in _line(line, replace(scene, shown=()))
    ]
    made: list[Meaning] = []
    for meaning in before:
        if isinstance(meaning, Act) and which["name"] in meaning.about:
            made.append(replace(meaning, about=tuple(f"#{number}" for number in chosen)))
    return made or None


def _chosen(said: str, choices: list[tuple[int, str]]) -> list[int]:
    """The numbers that somebody picks: #4, 4, the first, both, or words of a title."""
    numbers = [number for number, _ in choices]
    plain = said.lower().strip(" .!")
    named = re.fullmatch(r"(?:the )?(?:task |number )?#?(\d+)(?: one)?", plain)
    if named:
        number = int(named[1])
        if number in numbers:
            return [number]
        return [numbers[number - 1]] if 1 <= number <= len(numbers) and "#" not in plain else []
    order = re.fullmatch(r"(?:the )?(\w+)(?: one)?", plain)
    if order and order[1] in things.ORDER:
        return numbers[things.ORDER[order[1]] :][:1]
    if plain in things.ALL:
        return numbers
    if len(numbers) == 1 and plain in YES:
        return numbers
    if plain in things.LAST:
        return numbers[-1:]
    words = re.findall(r"\w+", re.sub(r"^(?:the|my)\s+|\s+one$", "", plain))
    fit = [n for n, title in choices if words and all(w in title.lower().split() for w in words)]
    return fit if len(fit) == 1 else []


def _before(prompt: Prompt) -> tuple[str, ...]:
    """What was said before Todd's last reply, and after the one before it, by the same person."""
    said: list[str] = []
    replies = 0
    for line in reversed(prompt.lines[: len(prompt.lines) - len(prompt.said)]):
        if line.role == "assistant" and not line.calls:
            replies += 1
            if replies == 2:
                break
        elif line.role == "user" and replies == 1:
            said.insert(0, _text_of(line.text))
    return tuple(said)


def _text_of(text: str) -> str:
    """A message of a conversation that others read stands in a JSON object."""
    if not text.startswith("{"):
        return text
    try:
        return str(json.loads(text)["text"])
    except (ValueError, KeyError, TypeError):
        return text


# ── tools ────────────────────────────────────────────────────────────────────────────────────


def _together(meanings: list[Meaning]) -> list[tuple[str, dict[str, Any]]]:
    """The calls, in order; those that follow each other with the same tool as one. Of what was
    added the person is reminded if they asked for that."""
    calls: list[tuple[str, dict[str, Any], bool]] = []
    for meaning in meanings:
        if isinstance(meaning, str):
            continue
        tool, arguments = _call(meaning)
        name = LISTS.get(tool)
        if name and calls and (calls[-1][0], calls[-1][2]) == (tool, meaning.reminds):
            together = [*calls[-1][1][name], *arguments[name]]
            if len(together) <= BATCH:
                calls[-1] = (tool, {name: together}, meaning.reminds)
                continue
        calls.append((tool, arguments, meaning.reminds))
    made: list[tuple[str, dict[str, Any]]] = []
    for tool, arguments, reminds in calls:
        made.append((tool, arguments))
        if reminds:
            made.append(("remind", {"what": NEW}))
    return made


def _call(act: Act) -> tuple[str, dict[str, Any]]:
    if act.tool == "update_tasks":
        return act.tool, {"changes": [{"task": one, **act.arguments} for one in act.about]}
    if act.about:
        return act.tool, {"tasks": list(act.about)}
    return act.tool, act.arguments


def _found(prompt: Prompt) -> list[str]:
    """What was looked for and found, and what tools say that change no task."""
    return [
        "\n".join(line.removeprefix("Not done: ") for line in lines)
        for tool, result in prompt.results
        if (lines := _worth_showing(tool, result))
    ]


def _worth_showing(tool: str, result: str) -> list[str]:
    """What no receipt says: what was found, and what was so already."""
    lines = result.splitlines()
    return lines if tool in SHOWN else [line for line in lines if line.endswith(" already.")]


def _words(meanings: list[Meaning]) -> list[str]:
    """What is to be said besides using tools; each once."""
    return list(dict.fromkeys(meaning for meaning in meanings if isinstance(meaning, str)))
