"""The real command, made to die: KILL_ON=text ends it with SIGKILL right before it runs a
statement that begins so."""

import os
import signal

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bots.__main__ import main


@event.listens_for(Engine, "before_cursor_execute")
def _(connection, cursor, statement: str, *_: object) -> None:
    if statement.strip().lower().startswith(os.environ["KILL_ON"]):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(prog_name="todd")
