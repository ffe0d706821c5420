"""What Todd asks of Slack: scopes, events, commands. The manifest is written from this list."""

from typing import Any

COMMAND = "/todd"
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "user_change",
)
SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "groups:history",
    "im:history",
    "im:write",
    "mpim:history",
    "users:read",
)
# Without these nothing works; the others widen where Todd hears.
NEEDED = frozenset({"app_mentions:read", "chat:write", "im:history", "users:read"})
DESCRIPTION = "Your to-dos, in the thread where they come up."


def manifest(request_url: str | None = None) -> dict[str, Any]:
    """The app's manifest, to be pasted at api.slack.com/apps → Create New App → From a manifest.

    With a `request_url` (https://…/slack/events) events come by HTTP; without, by Socket Mode.
    """
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": "Tell Todd something, only for your eyes",
        "usage_hint": "add buy milk tomorrow 5pm",
        "should_escape": True,  # mentions come as ids
    }
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if request_url:
        command["url"] = events["request_url"] = interactivity["request_url"] = request_url
    return {
        "display_information": {"name": "Todd", "description": DESCRIPTION},
        "features": {
            "agent_view": {"agent_description": DESCRIPTION},
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Todd", "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }
