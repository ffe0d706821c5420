"""One place that builds everything, from the settings, and takes it apart again."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bots.console import Console
from bots.platform import Platform
from bots.relay import Relay
from bots.settings import Settings
from core.conversation.inbox import Inbox
from core.conversation.worker import Worker
from core.models.chain import Chain, Named
from core.models.port import Model
from core.patience import Patience
from core.tools import registry
from core.understanding.english import Grammar
from db import migrate
from db.database import Database, check
from db.due_watch import DueWatch
from db.embedded import Embedded
from db.jobs import Jobs
from db.locks import Locks
from db.models import utcnow


@dataclass(frozen=True, slots=True)
class Todd:
    """A Todd that is built: what hears (inbox) and what answers (worker), on one database."""

    database: Database
    inbox: Inbox
    worker: Worker
    due_watch: DueWatch


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """The database to use: DATABASE_URL's, or the embedded one, running while the block does."""
    if settings.database_url:
        await check(settings.database_url)
        yield settings.database_url
        return
    embedded = await Embedded.start(settings.todd_data.expanduser())
    try:
        yield await embedded.database()
    finally:
        await embedded.stop()


@asynccontextmanager
async def ready_url(settings: Settings) -> AsyncIterator[str]:
    """The same, at this version's schema: the embedded one is brought there without being asked."""
    async with database_url(settings) as url:
        if settings.database_url:
            await migrate.ensure_current(url)
        elif not await migrate.is_current(url):
            await migrate.upgrade(url)
        yield url


@asynccontextmanager
async def build(
    settings: Settings,
    url: str,
    *,
    platforms: Iterable[Platform] = (),
    model: Model | None = None,
    patience: Patience | None = None,
    clock: Callable[[], datetime] = utcnow,
) -> AsyncIterator[Todd]:
    """Todd on the database at `url`. Tests pass platforms, a model, patience or a clock of their
    own."""
    database, jobs, locks = Database(url), Jobs(url), Locks(url)
    toolbox, due_watch = registry.toolbox(), DueWatch(url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        chosen = model or model_of(settings)
        if isinstance(chosen, Chain):
            stack.push_async_callback(chosen.close)
        relay = Relay([Console(database), *configured(settings, stack), *platforms])
        worker = Worker(
            database,
            jobs,
            locks,
            due_watch,
            chosen,
            toolbox,
            relay,
            relay.names,
            concurrency=settings.todd_concurrency,
            patience=patience,
            clock=clock,
        )
        yield Todd(database, Inbox(database, jobs, toolbox, clock), worker, due_watch)


def configured(settings: Settings, stack: AsyncExitStack) -> list[Platform]:
    """The platforms that the settings give a token for: what this process can speak on. What
    they hold open is closed with the stack."""
    platforms: list[Platform] = []
    if settings.slack_bot_token:
        from bots.slack.say import Slack

        platforms.append(Slack(settings.slack_bot_token, settings.slack_api_base))
    if settings.discord_token:
        from bots.discord.rest import Rest, point_at
        from bots.discord.say import Discord
        from bots.sealed import seal_of

        point_at(settings.discord_api_base, settings.discord_gateway_url)
        rest = Rest(settings.discord_token)
        stack.push_async_callback(rest.aclose)
        platforms.append(Discord(rest, seal_of(settings.todd_secret, settings.todd_data)))
    return platforms


def model_of(settings: Settings) -> Chain:
    """The chain that the settings name: model, fallback, and the grammar behind them."""
    models: list[Named] = []
    if settings.has_model:
        # It takes a moment to import, which a Todd without a model need not wait for.
        from core.models.openai import OpenAIModel
        from core.turn import claims

        claims.prepare()
        names = [settings.openai_model, settings.openai_fallback_model]
        models = [
            OpenAIModel(
                settings.openai_api_key or "none",
                name,
                settings.openai_base_url,
                settings.openai_timeout,
            )
            for name in names
            if name
        ]
    return Chain(models, Grammar())
