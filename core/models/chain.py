"""One model after the other: each is tried again with back-off, then the next, then the grammar."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import ModelFailed
from core.models import Again, By, Model, Prompt, Saying
from core.models.grammar import NAME as GRAMMAR

log = logging.getLogger(__name__)

NOTICE = (
    "(My language model cannot be reached just now. Until it is back I understand plain task "
    "commands, like “add buy milk tomorrow”, “list”, “done 3”.)"
)
LONGEST_WAIT = 20.0  # seconds; a server that asks for more is passed over


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one model is asked for one step, and how long to wait between (seconds)."""

    tries: int = 2
    wait: float = 1.0


class Named(Protocol):
    name: str

    def speak(self, prompt: Prompt) -> AsyncIterator[Saying]: ...

    async def close(self) -> None: ...


class Chain:
    """`models` in order of preference; `grammar` steps in only while a turn has no calls yet."""

    def __init__(
        self, models: Sequence[Named], grammar: Model, patience: Patience | None = None
    ) -> None:
        self._models = models
        self._grammar = grammar
        self._patience = patience or Patience()
        self._told: set[int] = set()  # conversations that know that the model is away

    async def close(self) -> None:
        for model in self._models:
            await model.close()

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """The step as the first that manages it says it; raises ModelFailed when none does."""
        if not self._models or prompt.by == GRAMMAR:
            # What the grammar began, it ends: no other model takes its plain results apart.
            async for saying in self._grammar.speak(prompt):
                yield saying
            return
        failed: ModelFailed | None = None
        for model in self._models:
            for attempt in range(self._patience.tries):
                if failed is not None:
                    yield Again()
                try:
                    async for saying in model.speak(prompt):
                        yield saying
                except ModelFailed as error:
                    failed = error
                    log.warning("model failed: %s (try %d)", error, attempt + 1)
                    wait = (
                        error.wait if error.wait is not None else self._patience.wait * 2**attempt
                    )
                    if error.final or wait > LONGEST_WAIT:
                        break
                    if attempt + 1 < self._patience.tries:
                        await asyncio.sleep(wait)
                else:
                    self._told.discard(prompt.conversation_id)
                    return
        if prompt.by is not None:
            raise failed or ModelFailed("no model")
        yield Again()
        if prompt.conversation_id not in self._told:
            self._told.add(prompt.conversation_id)
            yield By(GRAMMAR, notice=NOTICE, exact=True)
        async for saying in self._grammar.speak(prompt):
            yield saying
