"""Todd beside bare bots, on the same fake platform, in the same run."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from bench.stage import Row, at_work, spread
from core.heard import Heard
from core.models.port import Text


class Words:
    """One answer of one sentence, at once; notes when it was done."""

    def __init__(self) -> None:
        self.done = 0.0

    async def speak(self, prompt):  # type: ignore[no-untyped-def]
        yield Text("There you are.")
        self.done = time.perf_counter()

    async def answer(self) -> str:
        return "".join([said.delta async for said in self.speak(None)])


async def slack(url: str, row: Row) -> None:
    """Todd beside a bare Bolt app without database or tools, against the same Slack."""
    from fakes.slack import SECRET, TOKEN, a_slack
    from slack_bolt.async_app import AsyncApp

    from bots.slack import app as slack_app
    from bots.slack.say import Slack, client

    async with a_slack() as fake:
        fake.person("U1", "somebody")
        web = client(TOKEN, fake.url)
        installed = await slack_app.check(web)
        bare = AsyncApp(client=web, signing_secret=SECRET)
        beside = Beside("Todd", "a bare Bolt")

        async def answer(event, say):  # type: ignore[no-untyped-def]
            await say(await beside.models["a bare Bolt"].answer(), thread_ts=event["ts"])

        bare.event("message")(answer)
        async with (
            at_work(url, beside.models["Todd"], Slack(TOKEN, fake.url)) as todd,  # type: ignore[arg-type]
            slack_app.over_http(
                slack_app.build(todd.inbox, installed, fake.url, SECRET),
                0,
                todd.database.answers,
                "127.0.0.1",
            ) as todds,
            slack_app.over_http(bare, 0, todd.database.answers, "127.0.0.1") as bares,
        ):
            ports = {"Todd": todds, "a bare Bolt": bares}

            async def say(name: str, text: str) -> list[float]:
                fake.events_url = f"http://127.0.0.1:{ports[name]}/slack/events"
                before = len(fake.said("DU1"))
                await fake.say("U1", text, "DU1")
                beside.acked(name)
                while len(fake.said("DU1")) == before:
                    await asyncio.sleep(0.0005)
                return fake.shown[fake.said("DU1")[-1]["ts"]]

            await beside.run(say)
    beside.tell(row, "Slack")


async def discord(url: str, row: Row) -> None:
    """Todd beside a bare discord.py bot without database or tools, against the same Discord.

    Discord acks nothing: in place of the ack stands the commit that keeps the message."""
    import discord as library
    from fakes.discord import TOKEN, a_discord

    from bots.discord.client import DiscordClient, listen
    from bots.discord.rest import Rest, point_at
    from bots.discord.say import Discord
    from bots.sealed import Seal

    async with a_discord() as fake:
        point_at(fake.url, fake.gateway_url)
        fake.person("10001", "somebody")
        dm = fake.dm_of("10001")
        beside = Beside("Todd", "a bare discord.py")
        listening: set[str] = set()  # both hear everything, as two bots would; one answers

        class Bare(library.Client):
            async def on_message(self, message: library.Message) -> None:
                if message.author.id != 10001 or "a bare discord.py" not in listening:
                    return
                await message.channel.send(await beside.models["a bare discord.py"].answer())

        rest = Rest(TOKEN)
        seal = Seal("a secret for benchmarks")
        async with at_work(url, beside.models["Todd"], Discord(rest, seal)) as todd:  # type: ignore[arg-type]
            kept = todd.inbox.keep

            async def keep(heard: Heard) -> bool:
                if "Todd" not in listening:
                    return False
                done = await kept(heard)
                beside.acked("Todd")
                return done

            todd.inbox.keep = keep  # type: ignore[method-assign]
            client = DiscordClient(todd.inbox, todd.database, seal)
            bare = Bare(intents=library.Intents(messages=True, message_content=True, guilds=True))
            tasks = [
                asyncio.create_task(listen(client, TOKEN)),
                asyncio.create_task(bare.start(TOKEN)),
            ]
            while fake.connected < 2:
                await asyncio.sleep(0.05)
            await asyncio.sleep(3)

            async def say(name: str, text: str) -> list[float]:
                listening.clear()
                listening.add(name)
                before = len(fake.said(dm))
                await fake.say("10001", text, dm)
                while len(fake.said(dm)) == before:
                    await asyncio.sleep(0.0005)
                return fake.shown[fake.said(dm)[-1]["id"]]

            await beside.run(say)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await bare.close()
            await rest.aclose()
    beside.tell(row, "Discord")


class Beside:
    """Todd and a bare bot take turns in one process, against one fake platform."""

    def __init__(self, *names: str) -> None:
        self.models = {name: Words() for name in names}
        self._began = self._ack = 0.0
        self._acks: dict[str, list[float]] = {name: [] for name in names}
        self._firsts: dict[str, list[float]] = {name: [] for name in names}
        self._saids: dict[str, list[float]] = {name: [] for name in names}
        self._cpu = dict.fromkeys(names, 0.0)

    def acked(self, name: str) -> None:
        self._ack = time.perf_counter()

    async def run(self, say: Callable[[str, str], Awaitable[list[float]]]) -> None:
        for number in range(170):
            for name, model in self.models.items():
                self._ack = 0.0
                spent, self._began = time.process_time(), time.perf_counter()
                shown = await say(name, f"hello {number}")
                await asyncio.sleep(0.05)  # what is done after it has been said counts too
                if number < 20:
                    continue
                if self._ack:
                    self._acks[name].append(self._ack - self._began)
                self._firsts[name].append(shown[0] - self._began)
                self._saids[name].append(shown[-1] - model.done)
                self._cpu[name] += time.process_time() - spent

    def tell(self, row: Row, platform: str) -> None:
        for name in self.models:
            if self._acks[name]:
                row(f"{platform}, {name}: event in → ack or commit", spread(self._acks[name]))
            row(f"{platform}, {name}: event in → first text", spread(self._firsts[name]))
            row(f"{platform}, {name}: model done → said", spread(self._saids[name]))
            row(
                f"{platform}, {name}: CPU of 150 messages, the platform in the same process too",
                f"{self._cpu[name]:.1f} s",
            )
        todds, bares = (statistics.median(self._firsts[name]) for name in self.models)
        row(
            f"{platform}: Todd's first text after the bare one's, medians",
            f"{(todds - bares) * 1000:.1f} ms",
        )
