"""A scene: people who talk with Todd on one platform. The contract suite is played on each."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from fakes.discord import GENERAL, FakeDiscord, a_discord
from fakes.discord import TODD as DISCORD_TODD
from fakes.discord import TOKEN as DISCORD_TOKEN
from fakes.slack import APP_TOKEN, SECRET, TODD, TOKEN, FakeSlack, a_slack, rendered

from bots import console
from bots.discord.client import DiscordClient, listen
from bots.sealed import seal_of
from bots.settings import Settings
from bots.slack import app as slack_app
from bots.slack.say import client
from core.heard import Person
from core.models.port import Model
from support.stage import QUICK, Stage, on_stage


class Scene(Protocol):
    """What the contract asks of a platform's stand-in. `place` is 'dm' or 'thread'."""

    stage: Stage

    async def say(self, who: str, text: str, place: str = "dm", times: int = 1) -> None:
        """Somebody says something; the platform delivers it `times` times."""
        ...

    def mention(self, who: str) -> str:
        """How somebody is mentioned."""
        ...

    def close_dm(self, who: str) -> bool:
        """From now on somebody lets Todd write to them alone no more; False where there is no such
        thing."""
        ...

    def open_dm(self, who: str) -> None:
        """And now they do again."""
        ...

    def stands(self, who: str, place: str = "dm") -> list[str]:
        """What a person sees of Todd in a place, each reply as one text, in order."""
        ...

    def grew(self, who: str, place: str = "dm") -> list[str]:
        """What was shown of replies before they were whole."""
        ...


class Recorder:
    """A terminal's screen that remembers."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.grown: list[str] = []

    def grow(self, text: str, status: str) -> None:
        self.grown.append(text)

    async def show(self, who: str, text: str) -> None:
        self.shown.append((who, text))


class ConsoleScene:
    """Terminals of the console, each with a screen that remembers."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._terminals: dict[tuple[str, str], console.Terminal] = {}
        self._screens: dict[tuple[str, str], Recorder] = {}
        self._watching: list[asyncio.Task[None]] = []

    async def say(self, who: str, text: str, place: str = "dm", times: int = 1) -> None:
        terminal = await self._terminal(who, place)
        heard = terminal.heard(text)
        for _ in range(times):
            await self.stage.todd.inbox.keep(heard)

    def close_dm(self, who: str) -> bool:
        return False

    def open_dm(self, who: str) -> None:
        pass

    def mention(self, who: str) -> str:
        return f"@{who}"

    def stands(self, who: str, place: str = "dm") -> list[str]:
        screen = self._screens.get((who, place))
        return [text for by, text in screen.shown if by == "todd"] if screen else []

    def grew(self, who: str, place: str = "dm") -> list[str]:
        return self._screens[who, place].grown

    async def _terminal(self, who: str, place: str) -> console.Terminal:
        if (who, place) not in self._terminals:
            screen = self._screens[who, place] = Recorder()
            where = console.place_of(who, None if place == "dm" else place)
            person = Person(who, name=who, timezone="Europe/Berlin")
            todd = self.stage.todd
            terminal = console.Terminal(todd.database, todd.inbox, where, person, screen)
            await terminal.enter()
            ready = asyncio.Event()
            self._watching.append(asyncio.create_task(terminal.watch(ready)))
            await ready.wait()
            self._terminals[who, place] = terminal
        return self._terminals[who, place]

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)


@asynccontextmanager
async def on_console(
    url: str, settings: Settings, model: Model, **more: Any
) -> AsyncIterator[ConsoleScene]:
    async with on_stage(url, settings, model, **{"patience": QUICK, **more}) as stage:
        async with contextlib.aclosing(_Closing(ConsoleScene(stage))) as closing:
            yield closing.scene


class _Closing:
    def __init__(self, scene: ConsoleScene) -> None:
        self.scene = scene

    async def aclose(self) -> None:
        await self.scene.close()


class SlackScene:
    """Real Bolt against a Slack of our own; `thread` is one thread of a channel."""

    def __init__(self, stage: Stage, slack: FakeSlack) -> None:
        self.stage = stage
        self.slack = slack
        self.root = ""

    async def say(self, who: str, text: str, place: str = "dm", times: int = 1) -> None:
        user = f"U{who.upper()}"
        self.slack.person(user, who)
        text = text.replace("@todd", f"<@{TODD}>")
        if place == "dm":
            await self.slack.say(user, text, f"D{user}", times=times)
            return
        ts = await self.slack.say(user, text, "C1", self.root, times)
        self.root = self.root or ts

    def close_dm(self, who: str) -> bool:
        self.slack.closed.add(f"DU{who.upper()}")
        return True

    def open_dm(self, who: str) -> None:
        self.slack.closed.clear()

    def mention(self, who: str) -> str:
        self.slack.person(f"U{who.upper()}", who)
        return f"<@U{who.upper()}>"

    def stands(self, who: str, place: str = "dm") -> list[str]:
        replies: dict[str, list[str]] = {}
        for message in self._said(who, place):
            reply = message["metadata"]["event_payload"]["reply"]
            replies.setdefault(reply, []).append(rendered(message))
        return ["\n\n".join(parts) for parts in replies.values()]

    def grew(self, who: str, place: str = "dm") -> list[str]:
        return [
            text for message in self._said(who, place)
            for text in self.slack.versions[message["ts"]][:-1]
        ]  # fmt: skip

    def _said(self, who: str, place: str) -> list[dict[str, Any]]:
        if place == "dm":
            return self.slack.said(f"DU{who.upper()}")
        return self.slack.said("C1", self.root)


@asynccontextmanager
async def on_slack_http(
    url: str, settings: Settings, model: Model | None = None, **more: Any
) -> AsyncIterator[SlackScene]:
    """Signed requests to a real HTTP port."""
    async with a_slack() as fake, _with_slack(url, settings, model, fake, more) as scene:
        installed = await slack_app.check(client(TOKEN, fake.url))
        app = slack_app.build(scene.stage.todd.inbox, installed, fake.url, SECRET)
        healthy = scene.stage.todd.database.answers
        async with slack_app.over_http(app, 0, healthy, "127.0.0.1") as port:
            fake.events_url = f"http://127.0.0.1:{port}/slack/events"
            yield scene


@asynccontextmanager
async def on_slack_socket(
    url: str, settings: Settings, model: Model | None = None, **more: Any
) -> AsyncIterator[SlackScene]:
    """Socket Mode over a real websocket."""
    async with a_slack() as fake, _with_slack(url, settings, model, fake, more) as scene:
        installed = await slack_app.check(client(TOKEN, fake.url))
        app = slack_app.build(scene.stage.todd.inbox, installed, fake.url, None)
        listening = asyncio.create_task(slack_app.over_socket(app, APP_TOKEN))
        try:
            async with asyncio.timeout(10):
                while not fake.sockets:
                    await asyncio.sleep(0.01)
            yield scene
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def _with_slack(
    url: str, settings: Settings, model: Model | None, fake: FakeSlack, more: dict[str, Any]
) -> AsyncIterator[SlackScene]:
    update = {"slack_bot_token": TOKEN, "slack_api_base": fake.url}
    mine = settings.model_copy(update=update)
    async with on_stage(url, mine, model, **{"patience": QUICK, **more}) as stage:
        yield SlackScene(stage, fake)


class DiscordScene:
    """Real discord.py against a Discord of our own; `thread` is the one that a mention opens."""

    def __init__(
        self, stage: Stage, discord: FakeDiscord, client: DiscordClient | None = None
    ) -> None:
        self.stage = stage
        self.discord = discord
        self.client = client
        self.root = ""

    async def say(self, who: str, text: str, place: str = "dm", times: int = 1) -> None:
        user = user_of(who)
        self.discord.person(user, who)
        text = text.replace("@todd", f"<@{DISCORD_TODD}>")
        if place == "dm":
            sent = await self.discord.say(user, text, self.discord.dm_of(user), times)
        elif self.root:
            async with asyncio.timeout(10):
                while self.root not in self.discord.channels:
                    await asyncio.sleep(0.01)
            sent = await self.discord.say(user, text, self.root, times)
        else:
            sent = self.root = await self.discord.say(user, text, GENERAL, times)
        # Nothing acks a message of the gateway: it is heard when it is kept.
        await self.stage.until("select 1 from messages where external_id = %s", sent)

    def close_dm(self, who: str) -> bool:
        self.discord.no_entry.add(self.discord.dm_of(user_of(who)))
        return True

    def open_dm(self, who: str) -> None:
        self.discord.no_entry.clear()

    def mention(self, who: str) -> str:
        self.discord.person(user_of(who), who)
        return f"<@{user_of(who)}>"

    def stands(self, who: str, place: str = "dm") -> list[str]:
        replies: dict[str, list[str]] = {}
        for message in self._said(who, place):
            reply = str(message["nonce"]).split("-")[0]
            replies.setdefault(reply, []).append(plain(message["content"]))
        return ["\n\n".join(parts) for parts in replies.values()]

    def grew(self, who: str, place: str = "dm") -> list[str]:
        return [
            text for message in self._said(who, place)
            for text in self.discord.versions[message["id"]][:-1]
        ]  # fmt: skip

    def _said(self, who: str, place: str) -> list[dict[str, Any]]:
        where = self.discord.dm_of(user_of(who)) if place == "dm" else self.root
        return self.discord.said(where)


def user_of(who: str) -> str:
    """A person's id in the Discord of our own."""
    return str(10_000 + sum(ord(char) * 31**place for place, char in enumerate(who)))


def plain(content: str) -> str:
    """Discord's Markdown as people read it: without the backslashes."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", content)


@asynccontextmanager
async def on_discord(
    url: str, settings: Settings, model: Model | None = None, **more: Any
) -> AsyncIterator[DiscordScene]:
    """The gateway over a real websocket, answers by REST."""
    async with a_discord() as fake:
        mine = settings.model_copy(update=at(fake))
        async with on_stage(url, mine, model, **{"patience": QUICK, **more}) as stage:
            async with hearing(stage, mine, fake) as client:
                yield DiscordScene(stage, fake, client)


def at(fake: FakeDiscord) -> dict[str, Any]:
    """The settings that lead to a Discord of our own."""
    return {
        "discord_token": DISCORD_TOKEN,
        "discord_api_base": fake.url,
        "discord_gateway_url": fake.gateway_url,
        "todd_secret": "a secret for tests",
    }


@asynccontextmanager
async def hearing(
    stage: Stage, settings: Settings, fake: FakeDiscord
) -> AsyncIterator[DiscordClient]:
    """Somebody listens at Discord's gateway while the block runs."""
    before = fake.connected
    client = DiscordClient(
        stage.todd.inbox, stage.todd.database, seal_of(settings.todd_secret, settings.todd_data)
    )
    listening = asyncio.create_task(listen(client, DISCORD_TOKEN))
    try:
        async with asyncio.timeout(10):
            while fake.connected == before and not listening.done():
                await asyncio.sleep(0.01)
        yield client
        if listening.done():
            await listening  # raises what ended it
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


SCENES: dict[str, Callable[..., Any]] = {
    "console": on_console,
    "slack over http": on_slack_http,
    "slack over a socket": on_slack_socket,
    "discord": on_discord,
}
