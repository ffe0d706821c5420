"""Where somebody is: asked once, said at any time, and never overwritten by a platform."""

from datetime import UTC, datetime

import pytest
from support.stage import add, call, on_stage, say

from bots.settings import Settings
from core.heard import Person
from core.models.scripted import ScriptedModel
from core.turn.afterwords import ASK_ZONE
from core.understanding import cities
from core.understanding.english import Grammar

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NOBODY_KNOWS = Person("zoe", name="Zoe")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Lisbon", "Europe/Lisbon"), ("berlin.", "Europe/Berlin"), ("new york", "America/New_York"),
        ("America/Sao_Paulo", "America/Sao_Paulo"), ("sf", "America/Los_Angeles"),
        ("Kenya", "Africa/Nairobi"), ("India", "Asia/Kolkata"), ("UTC+2", "Etc/GMT-2"),
        ("gmt-5", "Etc/GMT+5"), ("+03:00", "Etc/GMT-3"), ("utc", "Etc/UTC"),
    ],
)  # fmt: skip
def test_places_have_zones(words: str, name: str) -> None:
    found = cities.zone(words)
    assert found
    assert found.key == name


@pytest.mark.parametrize(
    "words", ["", "nowhere", "trouble", "United States", "UTC+99", "a" * 500, "../etc"]
)
def test_what_is_no_place_or_has_several_is_none(words: str) -> None:
    assert cities.zone(words) is None


async def test_it_is_asked_once_when_it_first_matters(url: str, settings: Settings) -> None:
    async with on_stage(url, settings, Grammar(), clock=lambda: NOW) as stage:
        assert ASK_ZONE not in await stage.answered("add milk", person=NOBODY_KNOWS)
        reply = await stage.answered("add call mum at 5pm", person=NOBODY_KNOWS)
        assert ASK_ZONE in reply
        assert "✓ Added #2 call mum · Wed 25 Nov 17:00 (UTC)" in reply
        (asked,) = await stage.rows("select asking_id = user_id as asked from conversations")
        assert asked["asked"]  # what is said next is its answer
        assert ASK_ZONE not in await stage.answered("add call dad at 6pm", person=NOBODY_KNOWS)
        told = await stage.answered("I'm in Lisbon", person=NOBODY_KNOWS)
        assert told == "✓ Your time zone is Europe/Lisbon; there it is Wed 09:00 now."
        assert "17:00 (Europe/Lisbon)" in await stage.answered(
            "add call ana at 5pm", person=NOBODY_KNOWS
        )


async def test_what_a_person_said_is_not_overwritten_by_a_platform(
    url: str, settings: Settings
) -> None:
    berlin = Person("zoe", name="Zoe", timezone="Europe/Berlin")
    async with on_stage(url, settings, Grammar(), clock=lambda: NOW) as stage:
        await stage.answered("hello", person=berlin)
        assert "UTC+2" in await stage.answered("my zone is UTC+2", person=berlin)
        await stage.answered("hello", person=berlin)
        (row,) = await stage.rows("select timezone from users")
        assert row["timezone"] == "Etc/GMT-2"
        assert "17:00 (UTC+2)" in await stage.answered("add tea at 5pm", person=berlin)


async def test_a_model_sets_it_too_and_an_unknown_place_is_refused(
    url: str, settings: Settings
) -> None:
    model = ScriptedModel(
        [call("set_time_zone", '{"place": "Auckland"}')], say("Noted."),
        [call("set_time_zone", '{"place": "Narnia"}')], say("I do not know it."),
        [add("Tea")], say("Ok."),
    )  # fmt: skip
    async with on_stage(url, settings, model, clock=lambda: NOW) as stage:
        await stage.answered("I moved to Auckland", person=NOBODY_KNOWS)
        await stage.answered("I moved to Narnia", person=NOBODY_KNOWS)
        (row,) = await stage.rows("select timezone from users")
        assert row["timezone"] == "Pacific/Auckland"
    assert any(
        "I do not know the time zone of “Narnia”" in line.text for line in model.prompts[-1].lines
    )
