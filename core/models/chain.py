"""One model after the other: each is tried again with back-off, then the next, then the grammar.

A model that has failed rests, and is asked by one turn at a time, to see whether it is back: a
server in trouble is not stormed, and nobody waits for it.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import ModelFailed
from core.models.port import OFFLINE, Model, Prompt, Saying, SpokenBy, StartOver

log = logging.getLogger(__name__)

NOTICE = (
    "(My language model cannot be reached just now. Until it is back I understand plain task "
    "commands, like “add buy milk tomorrow”, “list”, “done 3”.)"
)
LATELY = 5  # replies in which the notice is not repeated, if another process has said it
LONGEST_WAIT = 20.0  # seconds; a server that asks for more is passed over


@dataclass(frozen=True, slots=True)
class Retries:
    """How often one model is asked for one step, and how long to wait between (seconds)."""

    tries: int = 2
    wait: float = 1.0
    cooldown: float = 5.0  # of a model that has failed a step; twice as long after each further
    longest_cooldown: float = 60.0
    tell_again: float = 3_600.0  # that the grammar stands in


class Named(Protocol):
    name: str

    def speak(self, prompt: Prompt) -> AsyncIterator[Saying]: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class Link:
    """A model of the chain, and whether it is to be asked: closed while it answers, open while it
    rests, half open for the one turn that tries whether it is back."""

    model: Named
    failures: int = 0
    until: float = 0.0
    probed: bool = False

    def may_be_asked(self, now: float) -> bool:
        """Whether a turn may ask; the first one after a rest is the probe."""
        if not self.failures:
            return True
        if self.probed or now < self.until:
            return False
        self.probed = True
        return True

    def answered(self) -> None:
        self.failures = 0

    def failed(self, now: float, retries: Retries) -> None:
        cooldown = min(retries.cooldown * 2 ** min(self.failures, 10), retries.longest_cooldown)
        self.failures, self.until = self.failures + 1, now + cooldown


class Chain:
    """`models` in order of preference; `grammar` steps in only while a turn has no calls yet."""

    def __init__(
        self,
        models: Sequence[Named],
        grammar: Model,
        retries: Retries | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = [Link(model) for model in models]
        self._grammar = grammar
        self._retries = retries or Retries()
        self._clock = clock
        self._told: dict[int, float] = {}  # when a conversation was told that the model is away

    async def close(self) -> None:
        for link in self._links:
            await link.model.close()

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        """The step as the first that manages it says it; raises ModelFailed when none does."""
        if not self._links or prompt.by == OFFLINE:
            # What the grammar began, it ends: no other model takes its plain results apart.
            async for saying in self._grammar.speak(prompt):
                yield saying
            return
        failed: ModelFailed | None = None
        for link in self._links:
            # A turn that has calls can be ended by a model alone, so it asks whatever rests.
            if prompt.by is None and not link.may_be_asked(self._clock()):
                continue
            probes = prompt.by is None and link.probed
            failures = link.failures
            try:
                for attempt in range(self._retries.tries):
                    if failed is not None:
                        yield StartOver()
                    try:
                        async for saying in link.model.speak(prompt):
                            yield saying
                    except ModelFailed as error:
                        failed = error
                        log.warning("model failed: %s (try %d)", error, attempt + 1)
                        if not await self._waited(error, attempt):
                            break
                    else:
                        link.answered()
                        return
                if link.failures == failures:  # of turns that failed together one counts
                    link.failed(self._clock(), self._retries)
            finally:
                if probes:
                    link.probed = False  # also when the turn was cancelled meanwhile
        if prompt.by is not None:
            raise failed or ModelFailed("no model")
        yield StartOver()
        if self._tells(prompt):
            yield SpokenBy(OFFLINE, notice=NOTICE, exact=True)
        async for saying in self._grammar.speak(prompt):
            yield saying

    async def _waited(self, error: ModelFailed, attempt: int) -> bool:
        """Waits for the next try; False when there is none, or it would be too long."""
        wait = error.wait if error.wait is not None else self._retries.wait * 2**attempt
        if error.final or wait > LONGEST_WAIT or attempt + 1 >= self._retries.tries:
            return False
        await asyncio.sleep(wait)
        return True

    def _tells(self, prompt: Prompt) -> bool:
        """Whether to say that the grammar stands in: once an hour, whichever process says it."""
        now = self._clock()
        self._told = {
            told: at for told, at in self._told.items() if now - at < self._retries.tell_again
        }
        if prompt.conversation_id in self._told:
            return False
        said = [line.text for line in prompt.lines if line.role == "assistant" and line.text]
        self._told[prompt.conversation_id] = now
        return not any(NOTICE in text for text in said[-LATELY:])
