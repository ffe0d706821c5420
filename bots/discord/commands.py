"""The slash commands and the buttons: what they are called, and what they hand on."""

from typing import Any

import discord
from discord import app_commands

from bots.discord.interactions import Interaction, Interactions
from bots.discord.say import PRESS


def tree_of(client: discord.Client, interactions: Interactions) -> app_commands.CommandTree:
    """The commands of Todd, for servers and for people who bring him along."""
    tree = app_commands.CommandTree(
        client,
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        ),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )
    for command in commands(interactions):
        tree.add_command(command)
    return tree


async def publish(tree: app_commands.CommandTree, client: discord.Client) -> bool:
    """Publishes the commands, only when they are others than Discord knows; False otherwise."""
    ours = [command.to_dict(tree) for command in tree.get_commands()]
    theirs = await client.http.get_global_commands(client.application_id or 0)
    if _same(ours, theirs):
        return False
    await tree.sync()
    return True


def commands(interactions: Interactions) -> list[app_commands.Command[Any, ..., Any]]:
    """The slash commands."""

    @app_commands.command(description="Tell Todd something, in your own words")
    @app_commands.describe(text="add send invoice friday 5pm", private="Only you see the answer")
    async def ask(
        interaction: Interaction,
        text: app_commands.Range[str, 1, 4000],
        private: bool = False,
    ) -> None:
        await interactions.asked(interaction, text, private)

    @app_commands.command(description="Your open tasks, for your eyes only")
    async def tasks(interaction: Interaction) -> None:
        await interactions.pressed(interaction, "list", None)

    @app_commands.command(description="How Todd is for you: zone, reminders, digest, quiet hours")
    async def settings(interaction: Interaction) -> None:
        await interactions.pressed(interaction, "settings", None)

    return [ask, tasks, settings]


class Press(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"{PRESS}:(?P<action>[a-z_]+):(?P<task>[0-9]+)",
):
    """A button under a reply. What it does is in its id, so it works after any restart."""

    def __init__(self, action: str, about: int) -> None:
        custom_id = f"{PRESS}:{action}:{about}"
        super().__init__(discord.ui.Button(label=action, custom_id=custom_id))
        self.action = action
        self.about = about

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: Any, /) -> "Press":
        return cls(match["action"], int(match["task"]))

    async def callback(self, interaction: Interaction) -> None:
        interactions: Interactions = interaction.client.interactions
        await interactions.pressed(interaction, self.action, self.about)


def _same(ours: Any, theirs: Any) -> bool:
    """Whether what Discord has says all that we say; what it adds by itself does not count."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            _same(value, theirs.get(key)) for key, value in ours.items()
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return False
        if ours and isinstance(ours[0], dict):
            ours, theirs = (sorted(each, key=lambda item: item["name"]) for each in (ours, theirs))
        return all(map(_same, ours, theirs))
    return bool(ours == theirs) or (not ours and not theirs)
