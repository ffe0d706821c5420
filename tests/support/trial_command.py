"""The real command, made to die: KILL_ON=text ends it with SIGKILL right before it sends a
statement that has the text in it."""

import os
import signal

from bots.__main__ import main
from support.statements import watched


def _dies(statement: str, _ends: bool) -> None:
    if os.environ["KILL_ON"] in statement.lower():
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with watched(_dies):
        main(prog_name="todd")
