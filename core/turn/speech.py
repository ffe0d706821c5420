"""What a model says, let out sentence by sentence, and no claim before its receipt."""

import re
from collections.abc import Iterable

from core.tasks.receipts import TICK
from core.turn import claims

# A sentence ends with its mark and a space, or with its line.
_END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s)|\n")
FENCE = "```"


class Speech:
    """The words of one turn: whole sentences, in order, of every step so far."""

    def __init__(self) -> None:
        self._steps: list[list[str]] = []
        self._exact: set[int] = set()
        self._rest = ""
        self._actions: tuple[str, ...] = ()

    def begin_step(self) -> None:
        """A new step speaks. Whatever an unfinished one said before it failed is void."""
        self._steps.append([])
        self._rest = ""

    def void_step(self) -> None:
        """The step that spoke has failed; it will be asked again."""
        self._steps.pop()
        self._exact.discard(len(self._steps))
        self.begin_step()

    def exact_step(self) -> None:
        """The step's words are code's own: nothing in them needs a receipt."""
        self._exact.add(len(self._steps) - 1)

    def hear(self, delta: str) -> None:
        self._rest += delta
        sentences, self._rest = split(self._rest)
        self._steps[-1].extend(sentences)

    def end_step(self) -> str:
        """The step is over: its last words count too. Returns all that it said."""
        if self._rest:
            self._steps[-1].append(self._rest)
            self._rest = ""
        return "".join(self._steps[-1]).strip()

    def happened(self, actions: Iterable[str]) -> None:
        """What was truly changed so far in this turn; it bears claims out."""
        self._actions = tuple(actions)

    def out(self) -> str:
        """What may be shown by now: all up to the first claim that has no receipt yet."""
        shown: list[list[str]] = []
        for number, step in enumerate(self._steps):
            shown.append([])
            for sentence in step:
                if not self._holds(number, sentence):
                    return _join(shown)
                shown[-1].append(sentence)
        return _join(shown)

    def final(self) -> str:
        """What is said in the end: all but the claims that have no receipt."""
        return _join(
            [sentence for sentence in step if self._holds(number, sentence)]
            for number, step in enumerate(self._steps)
        )

    def untrue(self) -> bool:
        """Whether something was claimed that did not happen. A copied receipt beside true ones
        is dropped without a word."""
        false = [
            sentence
            for number, step in enumerate(self._steps)
            for sentence in step
            if not self._holds(number, sentence)
        ]
        return any(not (self._actions and said.strip().startswith(TICK)) for said in false)

    def _holds(self, number: int, sentence: str) -> bool:
        return number in self._exact or claims.holds(sentence, self._actions)


def split(text: str) -> tuple[list[str], str]:
    """Whole sentences, each with the space that follows it, and the rest that has no end yet.

    A fenced block of code is never split.
    """
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if text.count(FENCE, 0, end.end()) % 2:
            continue
        stop = end.end()
        while stop < len(text) and text[stop].isspace():
            stop += 1
        if stop <= start:
            continue
        sentences.append(text[start:stop])
        start = stop
    return sentences, text[start:]


def _join(steps: Iterable[list[str]]) -> str:
    said = ("".join(step).strip() for step in steps)
    return "\n\n".join(words for words in said if words)
