"""The offline model: rules instead of weights, the same port."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from core.heard import Attached, Kind
from core.models.port import OFFLINE, Prompt, RequestedCall, Saying, SpokenBy, Text
from core.reply import as_text
from core.understanding.english import attached, earlier, lines, pasted
from core.understanding.english.acts import Act, Meaning, Unclear
from core.understanding.english.lines import UNSURE
from core.understanding.english.rules import HELLO
from core.understanding.english.things import Scene

BATCH = 50  # items in one call
SHOWN = frozenset({"find_tasks", "turn_page", "show_task", "list_reminders", "show_settings"})
SHOWN_LENGTH = 80  # characters of a line that is said to be unclear
NEW = "new"  # what was just added, for `remind`
# The calls that take a list, and its name: neighbours are put together into one.
LISTS = {"add_tasks": "tasks", "complete_tasks": "tasks", "reopen_tasks": "tasks",
         "delete_tasks": "tasks", "update_tasks": "changes"}  # fmt: skip


class Grammar:
    """The offline model: rules instead of weights, the same port."""

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """First the calls, then what they found."""
        yield SpokenBy(OFFLINE, exact=True)
        meanings = _meanings(prompt)
        if prompt.results:
            yield Text(as_text("\n\n".join([*_found(prompt), *_words(meanings)])))
            return
        for tool, arguments in _together(meanings):
            yield RequestedCall(tool, json.dumps(arguments))
        if all(isinstance(meaning, str) for meaning in meanings):
            yield Text(as_text("\n\n".join(_words(meanings)) or UNSURE))


def _meanings(prompt: Prompt) -> list[Meaning]:
    scene = Scene(
        prompt.now,
        prompt.zone,
        prompt.locale,
        earlier.shown(prompt),
        prompt.attached,
        prompt.is_under or earlier.is_changed(prompt),
        prompt.listed,
        earlier.recent(prompt),
    )
    answer = earlier.answer(prompt, scene)
    if answer is not None:
        return answer
    return [meaning for text in prompt.heard for meaning in _message(text, scene)]


def _message(text: str, scene: Scene) -> list[Meaning]:
    """What one message asks for: all of it, or else what of it is not clear (rule 15)."""
    message = pasted.apart(text)
    if message.quoted and not scene.attached:
        quoted = Attached(Kind.FORWARDED, message.quoted)
        scene = replace(scene, attached=(quoted,))
    if not message.said:
        return [attached.offer(scene.attached) if scene.attached else HELLO]
    items = lines.strange(message.said, scene)
    if items:
        return [pasted.offer(items)]
    meanings = [
        (line, each) for line in lines.split(message.said) for each in lines.read(line, scene)
    ]
    unclear = [(line, each) for line, each in meanings if isinstance(each, Unclear)]
    if unclear and any(isinstance(each, Act) and each.tool not in SHOWN for _, each in meanings):
        return [Unclear(_names(line, each)) for line, each in unclear]
    return [each for _, each in meanings]


def _names(line: str, unclear: Unclear) -> str:
    """What is not clear, with the line of the message that it is about."""
    shown = line if len(line) <= SHOWN_LENGTH else line[:SHOWN_LENGTH] + "…"
    if unclear == UNSURE:
        return f"I did not understand “{shown}”, so I changed nothing."
    return f"“{shown}”: {unclear}"


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
        "\n".join(line.removeprefix("Not done: ") for line in worth)
        for tool, result in prompt.results
        if (worth := _worth_showing(tool, result))
    ]


def _worth_showing(tool: str, result: str) -> list[str]:
    """What no receipt says: what was found, and what was so already."""
    lines = result.splitlines()
    return lines if tool in SHOWN else [line for line in lines if line.endswith(" already.")]


def _words(meanings: list[Meaning]) -> list[str]:
    """What is to be said besides using tools; each once."""
    return list(dict.fromkeys(meaning for meaning in meanings if isinstance(meaning, str)))
