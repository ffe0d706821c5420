"""What was said before: the tasks that Todd named last, and his question which one is meant."""

import json
import re
from dataclasses import replace

from core.models.port import Prompt
from core.understanding.english import attached, lines, pasted, things
from core.understanding.english.acts import Act, Meaning
from core.understanding.english.things import Scene

LATER = 3  # of Todd's last replies, looked through for what "it" is
YES = frozenset("yes|y|yep|yeah|sure|ok|okay|yes please|that one|right|correct".split("|"))
ADD_ALL = frozenset("add all|add them|add all of them|add them all|all|all of them|add".split("|"))
_YES_AND = re.compile(
    r"(?:yes|y|yep|yeah|yup|sure|ok|okay|please do|do it|keep it|add it|yes please|please)\b"
    r"(?: please| add it| keep it| do)?[,.!]?\s*(?:but )?"
    r"(?P<rest>(?:for|by|on|due|at|to|tomorrow|today|tonight|next|in|this|every|@)\b.*)?",
    re.I,
)
_WHICH = re.compile(r"“(?P<name>[^”]+)”: (?P<choices>.+)\. Which number\?")


def _replies(prompt: Prompt) -> list[str]:
    """What Todd has said before this turn, of what it is about."""
    return [line.text for line in prompt.about if line.role == "assistant" and not line.calls]


def shown(prompt: Prompt) -> tuple[int, ...]:
    """The tasks that the latest of Todd's last replies names that names any."""
    for reply in reversed(_replies(prompt)[-LATER:]):
        gone = re.findall(r"^✓ Deleted\b.*$", reply, re.M)
        left = re.sub(r"^✓ Deleted\b.*$", "", reply, flags=re.M)
        numbers = re.findall(r"(?:^|[\s(])#(\d{1,9})\b", left)
        if numbers or gone:
            return tuple(dict.fromkeys(int(number) for number in numbers))
    return ()


def recent(prompt: Prompt) -> tuple[int, ...]:
    """The tasks that Todd's last two replies name, one each."""
    named = [
        tuple(dict.fromkeys(re.findall(r"(?:^|[\s(])#(\d{1,9})\b", reply)))
        for reply in _replies(prompt)[-2:]
    ]
    if len(named) != 2 or any(len(each) != 1 for each in named):
        return ()
    return tuple(dict.fromkeys(int(each[0]) for each in named))


def is_changed(prompt: Prompt) -> bool:
    """Whether Todd's last words are a receipt, rather than a list or a question."""
    return "".join(_replies(prompt)[-1:]).startswith("✓")


def answer(prompt: Prompt, scene: Scene) -> list[Meaning] | None:
    """What is meant by an answer to Todd's last words, if they asked something."""
    last = "".join(_replies(prompt)[-1:])
    said = [line for text in prompt.heard for line in lines.split(text)]
    if len(said) != 1:
        return None
    if last.endswith(attached.OFFER) and scene.attached:
        return _kept(said[0], scene)
    if last.endswith(pasted.ASKS):
        return _taken(said[0], prompt, scene)
    return _chosen_one(said[0], last, prompt, scene)


def _kept(said: str, scene: Scene) -> list[Meaning] | None:
    """ "yes, for friday": to the question whether to keep what came with a message as a task."""
    yes = _YES_AND.fullmatch(said.strip(" .!"))
    return lines.read(f"add this {yes['rest'] or ''}", scene) if yes else None


def _taken(said: str, prompt: Prompt, scene: Scene) -> list[Meaning] | None:
    """A yes to the question whether to add the items of a list."""
    if lines.plain(said).lower().strip(" .!") not in YES | ADD_ALL:
        return None
    return [
        meaning
        for text in _before(prompt)
        for item in pasted.listed(pasted.apart(text).said)[1]
        for meaning in lines.read(f"add {item}", scene)
    ]


def _chosen_one(said: str, last: str, prompt: Prompt, scene: Scene) -> list[Meaning] | None:
    """The answer to "Which number?": the command before it, with the task that is chosen."""
    which = _WHICH.search(last)
    if which is None:
        return None
    choices = [
        (int(number), title.strip())
        for number, title in re.findall(r"#(\d+) ([^;]*)", which["choices"])
    ]
    chosen = _chosen(lines.plain(said), choices)
    if not chosen:
        return None
    before = [
        meaning
        for text in _before(prompt)
        for line in lines.split(text)
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
    for line in reversed(prompt.about):
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
