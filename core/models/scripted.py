"""A model that says what a test wrote for it; fails on a step too many, and on a step too few."""

from collections.abc import AsyncIterator, Iterable

from core.errors import ModelFailed
from core.models.port import Prompt, Saying, SpokenBy

Step = Iterable[Saying | BaseException]


class ScriptedModel:
    """Plays its steps in order. An exception among them is raised where it stands."""

    def __init__(self, *steps: Step) -> None:
        self._steps = [list(step) for step in steps]
        self.prompts: list[Prompt] = []

    async def speak(self, prompt: Prompt) -> AsyncIterator[Saying]:
        self.prompts.append(prompt)
        if len(self.prompts) > len(self._steps):
            raise ModelFailed(f"asked for step {len(self.prompts)} of {len(self._steps)}")
        yield SpokenBy("scripted")
        for saying in self._steps[len(self.prompts) - 1]:
            if isinstance(saying, BaseException):
                raise saying
            yield saying

    def assert_done(self) -> None:
        """Every step was asked for, and none besides."""
        assert len(self.prompts) == len(self._steps), (
            f"{len(self.prompts)} steps were asked for, {len(self._steps)} are written"
        )
