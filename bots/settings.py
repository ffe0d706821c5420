"""The environment, read in one place into one frozen value."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import NotConfigured


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an address like https://example.com/v1")
    return url


def _postgres_address(url: str) -> str:
    if urlsplit(url).scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError(
            "must be a PostgreSQL address like postgresql://todd:password@host/todd "
            "(leave it unset for the embedded PostgreSQL)"
        )
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
PostgresAddress = Annotated[str, AfterValidator(_postgres_address)]


class Settings(BaseSettings):
    """Each field is an environment variable of the same name in capitals; .env is read too."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: PostgresAddress | None = Field(
        None, description="PostgreSQL in production; unset, the embedded one keeps the data."
    )
    todd_data: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("todd"),
        description="The folder of the embedded PostgreSQL and the terminal's history.",
    )
    todd_log: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="How much is logged, to stderr: debug, info, warning, error."
    )
    openai_api_key: str | None = Field(
        None, description="The key of a model's server; without it Todd understands plain commands."
    )
    openai_base_url: WebAddress | None = Field(
        None, description="Another server that speaks OpenAI's chat completions."
    )
    openai_model: str = Field("gpt-5.4-mini", description="The model that answers.")
    openai_fallback_model: str | None = Field(
        None, description="The model that answers when the first one fails."
    )
    openai_timeout: float = Field(
        30.0, gt=0, description="Seconds without a word after which a model's answer has failed."
    )
    slack_bot_token: str | None = Field(
        None, description="Slack's bot token (xoxb-…); workers speak by it. docs/slack.md"
    )
    slack_app_token: str | None = Field(
        None, description="Slack's app-level token (xapp-…), for `todd slack` by Socket Mode."
    )
    slack_signing_secret: str | None = Field(
        None, description="Slack's signing secret, for `todd web` by HTTP."
    )
    slack_api_base: WebAddress | None = Field(
        None, description="Another address of Slack's Web API, for tests."
    )
    discord_token: str | None = Field(
        None, description="Discord's bot token, for `todd discord` and its workers. docs/discord.md"
    )
    discord_api_base: WebAddress | None = Field(
        None, description="Another address of Discord's REST API, for tests."
    )
    discord_gateway_url: str | None = Field(
        None, description="Another address of Discord's gateway, for tests."
    )
    todd_secret: str | None = Field(
        None,
        min_length=16,
        description="Seals what must not be read in the database; the same on every machine. "
        "Unset, one machine makes its own.",
    )
    port: int = Field(3000, ge=0, le=65535, description="The port that `todd web` listens on.")
    todd_concurrency: int = Field(
        100, ge=1, le=1000, description="Conversations that one process answers at a time."
    )

    @property
    def has_model(self) -> bool:
        """A server of one's own often wants no key; its address is enough."""
        return bool(self.openai_api_key or self.openai_base_url)


def demand(settings: Settings, *names: str) -> None:
    """Raises NotConfigured naming every one of the settings that is missing, and how to get it."""
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        lines = [f"  {name.upper()}: {Settings.model_fields[name].description}" for name in missing]
        raise NotConfigured(
            "Todd needs more settings for this (environment variables, or lines in .env):\n"
            + "\n".join(lines)
        )


def read() -> Settings:
    """The settings; raises NotConfigured with everything that is wrong in one text."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"  {str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise NotConfigured(
            "Todd's settings need a look (each is an environment variable, or a line in .env):\n"
            + "\n".join(faults)
        ) from error
