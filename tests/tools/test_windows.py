"""Spans of time mean what they say: before friday is not friday, by friday is."""

import pytest
from support.talk import a_talk

from bots.settings import Settings

TASKS = ("late on 20 november", "tea today", "rug tomorrow", "jam on 27 november", "ink on 28 november",
         "hat on 2 december", "far on 20 december", "never")  # fmt: skip


@pytest.fixture
def scene(url: str, settings: Settings):
    return lambda **more: a_talk(url, settings, **more)


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("what is due before friday?", ["late", "tea", "rug"]),
        ("what is due by friday?", ["late", "tea", "rug", "jam"]),
        ("list due until friday", ["late", "tea", "rug", "jam"]),
        ("what is due after friday?", ["ink", "hat", "far"]),
        ("show next 7 days", ["tea", "rug", "jam", "ink", "hat"]),
        ("what is due within 2 days", ["tea", "rug", "jam"]),
        ("what is due in 2 days", ["jam"]),
        ("this week and overdue", ["late", "tea", "rug", "jam", "ink"]),
        ("list overdue and today", ["late", "tea"]),
        ("what is due from thursday to friday", ["rug", "jam"]),
        ("what is due between thursday and saturday", ["rug", "jam", "ink"]),
    ],
)
async def test_a_span_means_what_it_says(scene, asked: str, titles: list[str]) -> None:
    async with scene(now="2026-11-19T09:00:00+00:00") as said:
        for text in TASKS[:1]:
            await said(f"add {text}")
        said.clock.to("2026-11-25T09:00:00+00:00")
        for text in TASKS[1:]:
            await said(f"add {text}")
        reply = await said(asked)
        found = [line.split()[2] for line in reply.splitlines() if line.startswith("- #")]
        assert found == titles
