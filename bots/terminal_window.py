"""A real terminal, where `todd chat` runs in one. By itself, because it takes a while to import."""

from collections.abc import AsyncIterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory

SHOWN_WHILE_GROWING = 12  # lines


class TerminalWindow:
    """A real terminal: line editing, history, and the live reply above the prompt."""

    def __init__(self, history: Path) -> None:
        history.parent.mkdir(parents=True, exist_ok=True)
        self._growing = ""
        self._status = ""
        self.session: PromptSession[str] = PromptSession(
            message=self._prompt, history=FileHistory(str(history))
        )

    def _prompt(self) -> FormattedText:
        lines = self._growing.splitlines()[-SHOWN_WHILE_GROWING:]
        above = "".join(f"{line}\n" for line in lines)
        status = f"{self._status}\n" if self._status else ""
        return FormattedText([("", above), ("ansibrightblack", status), ("bold", "› ")])

    def grow(self, text: str, status: str) -> None:
        self._growing, self._status = text, status
        self.session.app.invalidate()

    async def show(self, who: str, text: str) -> None:
        self._growing = self._status = ""
        said = f"{text}\n" if who == "todd" else f"{who}: {text}"
        await run_in_terminal(lambda: print(said, flush=True))  # noqa: T201

    async def lines(self) -> AsyncIterator[str]:
        """What is typed, line by line, until Ctrl-D or Ctrl-C."""
        while True:
            try:
                yield await self.session.prompt_async()
            except (EOFError, KeyboardInterrupt):
                return
