"""The same sentence in six languages ends in the same task: a model puts words for dates into
English and passes them through, and the parser does the rest."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.model_server import results, serving
from support.stage import on_stage

from bots.bootstrap import model_of
from bots.settings import Settings
from core.heard import Person, Place
from core.tools import registry

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin

# What the model makes of a sentence, what comes of it, and the sentence in six languages.
SENTENCES: list[tuple[dict[str, Any], tuple[str, str, int], list[str]]] = [
    (
        {"title": "Invoice", "due": "friday 5pm"},
        ("Invoice", "2026-11-27 16:00", 3),
        ["send the invoice on friday at 5pm", "Schick die Rechnung am Freitag um 17 Uhr",
         "envoie la facture vendredi à 17h", "envía la factura el viernes a las 17",
         "invia la fattura venerdì alle 17", "отправь счёт в пятницу в 17:00"],
    ),
    (
        {"title": "Mum", "due": "tomorrow morning"},
        ("Mum", "2026-11-26 08:00", 3),
        ["call mum tomorrow morning", "Ruf Mama morgen früh an", "appelle maman demain matin",
         "llama a mamá mañana por la mañana", "chiama la mamma domani mattina",
         "明天早上给妈妈打电话"],
    ),
    (
        {"title": "Taxes", "due": "in two weeks", "priority": "urgent"},
        ("Taxes", "2026-12-09 00:00", 1),
        ["urgent: taxes in two weeks", "Dringend: Steuern in zwei Wochen",
         "urgent : impôts dans deux semaines", "urgente: impuestos en dos semanas",
         "urgente: tasse tra due settimane", "至急：2週間後に税金"],
    ),
    (
        {"title": "Rent", "due": "on the 1st"},
        ("Rent", "2026-12-01 00:00", 3),
        ["pay the rent on the 1st", "Zahl die Miete am 1.", "paie le loyer le 1er",
         "paga el alquiler el día 1", "paga l'affitto il primo", "заплати за квартиру 1-го числа"],
    ),
    (
        {"title": "Flight", "due": "24 dec 06:40"},
        ("Flight", "2026-12-24 05:40", 3),
        ["flight on 24 december at 6:40", "Flug am 24. Dezember um 6:40",
         "vol le 24 décembre à 6h40", "vuelo el 24 de diciembre a las 6:40",
         "volo il 24 dicembre alle 6:40", "12月24日6時40分のフライト"],
    ),
    (
        {"title": "Kettle", "due": "in half an hour", "priority": "low"},
        ("Kettle", "2026-11-25 09:30", 4),
        ["the kettle in half an hour, not urgent", "in einer halben Stunde der Wasserkocher, unwichtig",
         "la bouilloire dans une demi-heure, pas urgent", "la tetera en media hora, poco importante",
         "il bollitore tra mezz'ora, poco importante", "чайник через полчаса, не срочно"],
    ),
    (
        {"title": "Report", "due": "next friday", "priority": "high"},
        ("Report", "2026-12-04 00:00", 2),
        ["the report next friday, important", "Freitag nächster Woche der Bericht, wichtig",
         "le rapport vendredi prochain, important", "el informe el viernes que viene, importante",
         "il rapporto venerdì prossimo, importante", "下周五的报告，重要"],
    ),
]  # fmt: skip


def test_there_are_forty_turns_in_six_languages() -> None:
    assert sum(len(said) for _, _, said in SENTENCES) >= 40
    assert {len(said) for _, _, said in SENTENCES} == {6}


def test_the_tools_ask_for_words_and_not_for_dates() -> None:
    (tool,) = [spec for spec in registry.toolbox().specs if spec.name == "add_tasks"]
    assert "the person's own words put into English" in json.dumps(tool.parameters)
    assert "Never compute a date" in json.dumps(tool.parameters)


@pytest.mark.parametrize(("call", "expected", "said"), SENTENCES, ids=lambda value: str(value)[:12])
async def test_the_same_sentence_is_the_same_task(
    url: str,
    settings: Settings,
    call: dict[str, Any],
    expected: tuple[str, str, int],
    said: list[str],
) -> None:
    """A model over HTTP that translates the words for the date, as it is told to."""

    def translate(messages: list[dict[str, Any]]) -> Any:
        if results(messages):
            return "✔"
        assert messages[-1]["content"] in said
        return [("add_tasks", {"tasks": [call]})]

    async with serving(translate) as server:
        mine = settings.model_copy(update={"openai_api_key": "k", "openai_base_url": server.url})
        async with on_stage(url, mine, model_of(mine), clock=lambda: NOW) as stage:
            for language, sentence in enumerate(said):
                person = Person(f"p{language}", name="P", timezone="Europe/Berlin")
                place = Place("fake", channel=f"dm-{language}", private=True)
                await stage.hear(sentence, place=place, person=person)
            await stage.settled()
            rows = await stage.rows("select title, due_at, priority from tasks")
        assert server.violations == []
    found = [
        (row["title"], f"{row['due_at'].astimezone(UTC):%Y-%m-%d %H:%M}", row["priority"])
        for row in rows
    ]
    assert found == [expected] * 6
