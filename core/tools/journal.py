"""A turn's journal: what the model asked for, and what came of it, as it stands in tool_calls.

A call is named by message, step and position, never by the provider's id. A step's whole answer
is written before its first call runs; each effect and its outcome are one transaction.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

# done: it ran. failed: it ran, and something in it could not be done. refused: it was no call.
# asked: it waits for the person's yes.
Outcome = Literal["done", "failed", "refused", "asked"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to do something; `text` is what the model said before its step's calls."""

    step: int
    position: int
    name: str
    arguments: str
    by: str = ""
    text: str = ""
    outcome: Outcome | None = None
    result: str | None = None
    failures: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Our own name for it on the wire; providers omit and repeat theirs."""
        return f"call_{self.step}_{self.position}"


def _call(row: dict[str, Any]) -> Call:
    # A newer version may have written more than this one knows.
    known = {name: row[name] for name in Call.__dataclass_fields__ if name in row}
    return Call(**{**known, "failures": tuple(row.get("failures", ()))})


@dataclass(slots=True)
class Journal:
    """The calls of one turn, in order."""

    calls: list[Call] = field(default_factory=list)

    @classmethod
    def read(cls, tool_calls: str | None) -> "Journal":
        rows = json.loads(tool_calls) if tool_calls else []
        return cls([_call(row) for row in rows])

    def write(self) -> str | None:
        """The JSON of tool_calls; None while nothing was asked for."""
        if not self.calls:
            return None
        return json.dumps([asdict(call) for call in self.calls], ensure_ascii=False)

    @property
    def steps(self) -> int:
        """How many steps asked for something."""
        return self.calls[-1].step + 1 if self.calls else 0

    def step(self, number: int) -> list[Call]:
        return [call for call in self.calls if call.step == number]

    def unanswered(self) -> list[Call]:
        """What was asked for and has no outcome: where a turn that broke off goes on."""
        return [call for call in self.calls if call.outcome is None]

    def find(self, call: Call) -> Call:
        return next(
            mine for mine in self.calls if (mine.step, mine.position) == (call.step, call.position)
        )

    def ask(self, calls: Iterable[Call]) -> None:
        self.calls.extend(calls)

    def settle(self, call: Call, outcome: Outcome, result: str, failures: Iterable[str]) -> Call:
        """Writes down what came of a call."""
        settled = replace(call, outcome=outcome, result=result, failures=tuple(failures))
        self.calls[self.calls.index(self.find(call))] = settled
        return settled
