"""Fault trials with the real command on Slack and on Discord: killed at each point of a message's
way, and its model away. What was heard is answered once, and stands once."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from fakes.discord import a_discord
from fakes.model_server import serving
from fakes.slack import APP_TOKEN, TOKEN, a_slack, rendered
from support.command import Typist, typing
from support.scenes import at, plain, user_of

pytestmark = pytest.mark.trial


@dataclass
class Party:
    """One person in a DM with Todd, on one platform, whose process comes and goes."""

    variables: dict[str, str]
    hears: str
    say: Callable[[str], Any]
    stands: Callable[[], list[str]]
    shown: Callable[[], int]  # how often the newest message was written

    @asynccontextmanager
    async def todd(self, **more: str) -> AsyncIterator[Typist]:
        module = "support.trial_command" if "KILL_ON" in more else "bots"
        async with typing("run", module=module, **{**self.variables, **more}) as todd:
            await todd.sees(self.hears)
            yield todd

    async def until(self, true: Callable[[], bool], timeout: float = 40) -> None:
        async with asyncio.timeout(timeout):
            while not true():
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Waits until all that stands is noted, so that nothing is left for the next process."""
        query = "select 1 from messages where state in ('waiting', 'speaking', 'whole')"
        admin = self.variables["DATABASE_URL"].replace("//todd:", "//postgres:")
        async with (
            asyncio.timeout(30),
            await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection,
        ):
            while await (await connection.execute(query)).fetchone():
                await asyncio.sleep(0.05)

    async def says_and_it_stands(self, text: str, expected: str) -> None:
        asyncio.ensure_future(self.say(text))  # noqa: RUF006
        await self.until(lambda: expected in "\n".join(self.stands()))


@asynccontextmanager
async def on_slack(url: str, tmp_path: Any) -> AsyncIterator[Party]:
    async with a_slack(patience=3.0) as slack:
        slack.person("UANA", "ana")
        variables = {
            "DATABASE_URL": url, "TODD_DATA": str(tmp_path), "SLACK_API_BASE": slack.url,
            "SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": APP_TOKEN,
        }  # fmt: skip
        yield Party(
            variables,
            "Todd hears Slack by Socket Mode",
            lambda text: slack.say("UANA", text, "DUANA"),
            lambda: [rendered(message) for message in slack.said("DUANA")],
            lambda: len(slack.versions[slack.said("DUANA")[-1]["ts"]]),
        )


@asynccontextmanager
async def on_discord(url: str, tmp_path: Any) -> AsyncIterator[Party]:
    async with a_discord() as discord:
        ana = user_of("ana")
        discord.person(ana, "ana")
        dm = discord.dm_of(ana)
        settings = {name.upper(): str(value) for name, value in at(discord).items()}
        yield Party(
            {"DATABASE_URL": url, "TODD_DATA": str(tmp_path), **settings},
            "Todd hears Discord",
            lambda text: discord.say(ana, text, dm),
            lambda: [plain(message["content"]) for message in discord.said(dm)],
            lambda: len(discord.versions[discord.said(dm)[-1]["id"]]),
        )


@pytest.fixture(params=[on_slack, on_discord], ids=["slack", "discord"])
def party(request: pytest.FixtureRequest, url: str, tmp_path):
    return lambda: request.param(url, tmp_path)


@pytest.mark.parametrize(
    "point",
    [
        "insert into messages",  # before it is kept: the redelivery, or reading back, keeps it
        "insert into tasks",
        "with held as",  # it stands on the platform, and nobody knows
    ],
)
async def test_killed_on_the_way(party, point: str) -> None:
    async with party() as party:
        async with party.todd():
            await party.says_and_it_stands("hello", "Hello")
            await party.settled()
        async with party.todd(KILL_ON=point) as todd:
            saying = asyncio.create_task(party.say("add errand"))
            assert await todd.ends(30) == -9
        async with party.todd():
            await party.until(lambda: "✓ Added #1 errand" in "\n".join(party.stands()))
            await saying
            await party.says_and_it_stands("list", "1 open task")
            assert "\n".join(party.stands()).count("✓ Added") == 1
            assert len(party.stands()) == 3


async def test_killed_while_a_reply_grows(party) -> None:
    """The model says something else each time: what stands in the end is one whole answer."""
    tries = itertools.count(1)

    def script(messages: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        number = next(tries)
        return "".join(f"Try {number} sentence {n}. " for n in range(40)) + "End.", []

    async with serving(script, pace=0.1) as model, party() as party:
        variables = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "none"}
        async with party.todd(**variables) as todd:
            saying = asyncio.create_task(party.say("hello"))
            await party.until(lambda: bool(party.stands()) and party.shown() >= 2)
            todd.process.kill()
            await saying
        async with party.todd(**variables):
            await party.until(lambda: party.stands()[-1].endswith("End."))
            (stands,) = party.stands()
            assert (
                len(
                    {
                        stands[i:].split()[1]
                        for i in range(len(stands))
                        if stands.startswith("Try", i)
                    }
                )
                == 1
            )


async def test_with_its_model_away_the_grammar_answers(party) -> None:
    async with party() as party:
        away = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "none"}
        async with party.todd(**away):
            await party.says_and_it_stands("add errand", "✓ Added #1 errand")
