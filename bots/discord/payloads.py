"""From discord.py's objects to what core hears. It asks Discord nothing."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import discord

from bots.sealed import Seal
from core.heard import (
    Amended,
    Attached,
    Heard,
    Kind,
    Person,
    Place,
    Pressed,
    ReplyToken,
    channel_named,
)

NAME = "discord"
SAID = (discord.MessageType.default, discord.MessageType.reply)
TOKEN_FOR = 14 * 60  # seconds for which an interaction's token answers; Discord's own are 15 min
THREAD_NAME = 80  # characters of a thread's name; Discord takes 100
_PERSON = re.compile(r"<@!?(\d+)>")
_MARK = re.compile(r"<(@!?|@&|#)(\d+)>|<a?(:\w+:)\d+>")


def message(message: discord.Message, me: int) -> Heard | None:
    """What a message says; None when it is never for Todd (bots, joins, threads' first lines)."""
    if message.author.bot or message.webhook_id or message.type not in SAID:
        return None
    place = place_of(message.channel)
    if place is None:
        return None
    answered = _answered(message)
    mentioned = (
        any(user.id == me for user in message.mentions)
        or _by_role(message, me)
        or (answered is not None and answered.author.id == me)  # with its ping off, too
    )
    others = bool(message.mentions or message.role_mentions or message.mention_everyone)
    reply_to: dict[str, Any] = {"channel": str(message.channel.id), "after": str(message.id)}
    text, attached = plain(message.content, message, me), tuple(_attached(message, me))
    if not text and not attached and not mentioned:
        return None  # a sticker, or a text that Discord does not let Todd see
    if mentioned and can_open_threads(message.channel):
        # The thread that a mention opens has the id of its first message: known before it is there.
        place = Place(NAME, place.channel, str(message.id), place.workspace)
        reply_to["open"] = thread_name(text or ", ".join(each.text for each in attached))
    return Heard(
        place=place,
        person=person_of(message.author),
        external_id=str(message.id),
        order_key=order_of(message.id),
        text=text,
        addressed=mentioned,
        to_others=not mentioned and (others or _is_somebody(answered, me, message.author.id)),
        with_todd=isinstance(message.channel, discord.Thread) and message.channel.owner_id == me,
        reply_to=reply_to,
        mentions=_mentions(message.mentions, me),
        link=message.jump_url,
        under=_replied_to(message),
        attached=attached,
    )


def head(raw: dict[str, Any], place: Place) -> Heard | None:
    """What a message says that REST has given, at the head of a thread; None when it is a bot's."""
    author = raw["author"]
    if author.get("bot") or raw.get("webhook_id"):
        return None
    users = {user["id"]: user for user in raw.get("mentions") or ()}

    def name(match: re.Match[str]) -> str:
        user = users.get(match[2] or "")
        return f"@{user['username']}" if user else match[3] or f"{match[1]}{match[2]}"

    files = ", ".join(file["filename"] for file in raw.get("attachments") or ())
    return Heard(
        place=place,
        person=Person(author["id"], name=author.get("global_name") or author["username"]),
        external_id=raw["id"],
        order_key=order_of(int(raw["id"])),
        text=_MARK.sub(name, raw["content"]).strip() or files,
        link=f"https://discord.com/channels/{place.workspace}/{place.channel}/{raw['id']}",
    )


def edited(message: discord.Message, me: int) -> Amended | None:
    """What was made of a message; None when it is never for Todd."""
    if message.author.bot or message.webhook_id or message.type not in SAID:
        return None
    return Amended(
        NAME,
        str(message.channel.id),
        str(message.id),
        plain(message.content, message, me),
        _mentions(message.mentions, me),
    )


def deleted(channel: int, message: int) -> Amended:
    """A message that is gone; whose it was is known to whoever has kept it."""
    return Amended(NAME, str(channel), str(message), None)


def command(interaction: discord.Interaction, text: str, private: bool, seal: Seal | None) -> Heard:
    """What was said by /ask. A private one has a Place of its own for each person."""
    me = interaction.application_id
    mentioned = [int(person) for person in _PERSON.findall(text) if int(person) != me]
    return Heard(
        place=place_of_interaction(interaction, private),
        person=person_of(interaction.user, interaction.locale),
        external_id=str(interaction.id),
        order_key=order_of(interaction.id),
        text=_PERSON.sub(lambda match: f"@{match[1]}", text),
        addressed=True,
        reply_to=where_of(interaction, private),
        reply_token=token_of(interaction, seal),
        mentions={str(person): Person(str(person)) for person in mentioned},
    )


def press(
    interaction: discord.Interaction,
    action: str,
    about: int | None,
    private: bool,
    seal: Seal | None,
    private_seal: Seal | None = None,
) -> Pressed:
    """A button, or a command that needs no model. With a seal it is answered by its token, if it
    is private else in a DM; a button that stands where Todd may write is answered there, and by its
    token, which `private_seal` seals, when only the person is to see it."""
    shown = interaction.message
    on = f"{interaction.channel_id}/{shown.id}" if shown and not shown.flags.ephemeral else None
    by_channel = {"channel": str(interaction.channel_id), "after": str(interaction.id)}
    return Pressed(
        place=place_of_interaction(interaction, private),
        person=person_of(interaction.user, interaction.locale),
        external_id=str(interaction.id),
        order_key=order_of(interaction.id),
        action=action,
        about=about,
        reply_to=where_of(interaction, private) if private or seal else by_channel,
        reply_token=token_of(interaction, seal),
        on=on,
        privately=None
        if private or in_dm(interaction)
        else {
            **where_of(interaction, True),
            "follows": seal is None,
        },
        private_token=None if private else token_of(interaction, private_seal),
    )


def place_of(channel: Any) -> Place | None:
    """The Place of a channel, a thread or a DM; None when it is not known what it is."""
    if isinstance(channel, discord.DMChannel):
        return Place(NAME, str(channel.id), private=True)
    guild = getattr(channel, "guild", None)
    workspace = str(guild.id) if guild else ""
    if isinstance(channel, discord.Thread):
        return Place(NAME, str(channel.parent_id), str(channel.id), workspace)
    if isinstance(channel, discord.PartialMessageable):
        return None
    return Place(NAME, str(channel.id), workspace=workspace)


def place_of_interaction(interaction: discord.Interaction, private: bool) -> Place:
    workspace = str(interaction.guild_id or "")
    if in_dm(interaction):
        return Place(NAME, str(interaction.channel_id), private=True)
    if private:
        here = Place(NAME, str(interaction.channel_id), workspace=workspace)
        return here.aside_for(str(interaction.user.id))
    if isinstance(interaction.channel, discord.Thread):
        thread = interaction.channel
        return Place(NAME, str(thread.parent_id), str(thread.id), workspace)
    return Place(NAME, str(interaction.channel_id), workspace=workspace)


def in_dm(interaction: discord.Interaction) -> bool:
    """Whether it is the person's own DM with Todd, rather than somebody else's place."""
    return interaction.guild_id is None and not interaction.context.private_channel


def where_of(interaction: discord.Interaction, private: bool) -> dict[str, Any]:
    """Where a command's reply goes, when its token is over or could not be deferred: to where it
    was said, or to the person."""
    return {
        "channel": str(interaction.channel_id),
        "after": str(interaction.id),
        "person": str(interaction.user.id),
        "private": private and not in_dm(interaction),
    }


def token_of(interaction: discord.Interaction, seal: Seal | None) -> ReplyToken | None:
    """What a command is answered by while it lives; without a seal, because it could not be
    deferred, nothing."""
    if seal is None:
        return None
    until = interaction.created_at + timedelta(seconds=TOKEN_FOR)
    return ReplyToken(seal.seal(f"{interaction.application_id}:{interaction.token}"), until)


def person_of(user: Any, locale: Any = None) -> Person:
    # Never a server's own name for somebody: it is shown in other places too.
    name = getattr(user, "global_name", None) or user.name
    return Person(str(user.id), name=name, locale=str(locale) if locale else None)


def order_of(snowflake: int) -> str:
    """Discord's ids grow with time; padded, they sort as text."""
    return f"{snowflake:020d}"


def can_open_threads(channel: Any) -> bool:
    return isinstance(channel, discord.TextChannel)


def thread_name(text: str) -> str:
    """A thread is named after what was asked for, cut at a word."""
    name = " ".join(text.split()) or "Todd"
    if len(name) <= THREAD_NAME:
        return name
    return name[:THREAD_NAME].rsplit(" ", 1)[0] + " …"


def plain(text: str, of: discord.Message, me: int) -> str:
    """Text as people see it: the mention of Todd gone, other marks as names."""
    roles = {role.id: role.name for role in of.role_mentions}
    users = {user.id: user.name for user in of.mentions}
    channels = {channel.id: channel.name for channel in of.channel_mentions}

    def name(match: re.Match[str]) -> str:
        kind, number, emoji = match[1], int(match[2] or 0), match[3]
        if emoji:
            return emoji
        if kind == "#":
            return channel_named(channels.get(number, "channel"))
        if kind == "@&":
            return "" if number in _own_roles(of, me) else f"@{roles.get(number, 'role')}"
        return "" if number == me else f"@{users.get(number, number)}"

    return _MARK.sub(name, text).strip()


def bare(text: str) -> str:
    """Text of which nothing is known but itself."""
    return _MARK.sub(lambda match: match[3] or f"{match[1]}{match[2]}", text).strip()


def _mentions(users: Iterable[Any], me: int) -> dict[str, Person]:
    """Who else is mentioned, by their user name, which is one word and nobody else's."""
    return {user.name: person_of(user) for user in users if user.id != me and not user.bot}


def _attached(message: discord.Message, me: int) -> Iterator[Attached]:
    """What a message replies to, unless that is Todd's, forwards or carries."""
    answered = _answered(message)
    if answered is not None and answered.author.id != me:
        text = plain(answered.content, answered, me) or _files(answered)
        by, at = person_of(answered.author).name, str(answered.id)
        yield Attached(Kind.ANSWERED, text, by, answered.jump_url, at)
    for forwarded in message.message_snapshots:
        names = ", ".join(file.filename for file in forwarded.attachments)
        link = getattr(message.reference, "jump_url", None)
        yield Attached(Kind.FORWARDED, bare(forwarded.content) or names, "", link)
    is_voice = message.flags.voice
    for file in message.attachments:
        yield Attached(Kind.VOICE if is_voice else Kind.FILE, file.filename)


def _files(message: discord.Message) -> str:
    """What a message without words shows."""
    return ", ".join(file.filename for file in message.attachments)


def _by_role(message: discord.Message, me: int) -> bool:
    """Servers give a bot a role of its name, which is easily mentioned instead."""
    own = _own_roles(message, me)
    return any(role.id in own for role in message.role_mentions)


def _own_roles(message: discord.Message, me: int) -> set[int]:
    roles: Iterable[discord.Role] = message.guild.roles if message.guild else ()
    return {role.id for role in roles if role.tags and role.tags.bot_id == me}


def _replied_to(message: discord.Message) -> str | None:
    if message.type != discord.MessageType.reply or message.reference is None:
        return None
    return str(message.reference.message_id)


def _answered(message: discord.Message) -> discord.Message | None:
    """What a message replies to, as its payload has it; None when that is gone."""
    if _replied_to(message) is None:
        return None
    answered = message.reference.resolved if message.reference else None
    return answered if isinstance(answered, discord.Message) else None


def _is_somebody(answered: discord.Message | None, me: int, author: int) -> bool:
    return answered is not None and answered.author.id not in (me, author)
