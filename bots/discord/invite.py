"""What Todd asks of Discord: intents, permissions, scopes. The invitation is made of this list."""

import discord

SCOPES = ("bot", "applications.commands")
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
)

# Without these nothing works; without threads he answers beside.
NEEDED = discord.Permissions(PERMISSIONS.value) & ~discord.Permissions(create_public_threads=True)


def intents() -> discord.Intents:
    """What the gateway is to send: messages and where they stand, and nothing about members."""
    return discord.Intents(guilds=True, messages=True, message_content=True)


def url(application_id: int) -> str:
    """The address at which somebody lets Todd into their server."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=SCOPES)


def lacking(granted: discord.Permissions) -> list[str]:
    """The names of permissions that Todd needs and does not have."""
    return [name for name, needed in NEEDED if needed and not getattr(granted, name)]
