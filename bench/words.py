"""Reading dates and lines."""

import statistics
import time
from collections.abc import Callable

from bench.stage import Row


async def words(url: str, row: Row) -> None:
    """Reading dates and lines, on the expressions and lines that the tests hold."""
    from support.lines import BERLIN, NOW, blocks, expressions

    from core.understanding import english, when

    dates = list(expressions("when.txt"))
    said = [text for block in blocks("lines.txt") for text in block.said]
    for name, act in (
        ("a date read", lambda: [_timed(when.parse, d[3], d[0], d[1], locale=d[2]) for d in dates]),
        (
            "a rule read",
            lambda: [_timed(when.repeats, d[3], d[0], d[1], locale=d[2]) for d in dates],
        ),
        (
            "a line understood by the grammar",
            lambda: [_timed(english.mean, s, NOW, BERLIN) for s in said],
        ),
    ):
        act()
        times = act()
        row(
            name,
            f"median {statistics.median(times) * 1000:.3f} ms, most {max(times) * 1000:.2f} ms",
        )


def _timed(act: Callable[..., object], *arguments: object, **more: object) -> float:
    began = time.perf_counter()
    act(*arguments, **more)
    return time.perf_counter() - began
