"""What was said before: the tasks that Todd named last, and his question which one is meant."""

import json
import re
from dataclasses import replace

from core.models.port import Prompt
from core.understanding.english import lines, things
from core.understanding.english.acts import Act, Meaning
from core.understanding.english.things import Scene

LATER = 3  # of Todd's last replies, looked through for what "it" is
YES = frozenset("yes|y|yep|yeah|sure|ok|okay|yes please|that one|right|correct".split("|"))
_WHICH = re.compile(r"“(?P<name>[^”]+)”: (?P<choices>.+)\. Which number\?")


def _replies(prompt: Prompt) -> list[str]:
    """What Todd has said before this turn."""
    return [line.text for line in prompt.lines if line.role == "assistant" and not line.calls]


def shown(prompt: Prompt) -> tuple[int, ...]:
    """The tasks that the latest of Todd's last replies names that names any."""
    for reply in reversed(_replies(prompt)[-LATER:]):
        gone = re.findall(r"^✓ Deleted\b.*$", reply, re.M)
        left = re.sub(r"^✓ Deleted\b.*$", "", reply, flags=re.M)
        numbers = re.findall(r"(?:^|[\s(])#(\d{1,9})\b", left)
        if numbers or gone:
            return tuple(dict.fromkeys(int(number) for number in numbers))
    return ()


def answer(said: list[str], prompt: Prompt, scene: Scene) -> list[Meaning] | None:
    """The answer to "Which number?": the command before it, with the task that is chosen."""
    which = _WHICH.search("".join(_replies(prompt)[-1:]))
    if which is None or len(said) != 1:
        return None
    choices = [
        (int(number), title.strip())
        for number, title in re.findall(r"#(\d+) ([^;]*)", which["choices"])
    ]
    chosen = _chosen(lines.plain(said[0]), choices)
    if not chosen:
        return None
    before = [
        meaning
        for line in lines.split(_before(prompt))
        for meaning in lines.read(line, replace(scene, shown=()))
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
    for line in reversed(prompt.lines[: len(prompt.lines) - len(prompt.heard)]):
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
