"""Who is who: people and places get their rows, and platforms are asked who somebody is."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from core.heard import Person, Place, clean
from core.people.places import open_place
from core.people.zones import zone_of
from core.reminders import schedule
from db import conversations, heard, people, reminders
from db.conversations import Known
from db.database import Database, as_the_engine
from db.models import Message, utcnow
from db.session import Session
from db.turns import TurnToRun

log = logging.getLogger(__name__)

DESCRIBE_EVERY = timedelta(days=1)
DESCRIBE_AGAIN = timedelta(minutes=10)  # after it did not say
NAMELESS = 10  # people who were overheard whose names are asked for in one turn
DESCRIBE_PATIENCE = 3.0  # seconds for a platform to say who somebody is


class KnowsPeople(Protocol):
    """What can be asked who somebody is (part of worker.Voice)."""

    async def who(self, platform: str, external_id: str) -> Person | None:
        """Who somebody is, as the platform knows them; None when it does not say."""
        ...

    def knows_people(self, platform: str) -> bool:
        """Whether the platform can be asked."""
        ...


class MetMeanwhile(Exception):
    """Another process has just met the same person: look again."""


async def enter(
    session: Session, place: Place, person: Person, now: datetime, *, speaks: bool = True
) -> tuple[str, int, Known]:
    """The person's and the place's rows, made if they are new, and what was known before; who does
    not speak there, and only presses, does not take part. Raises MetMeanwhile when the transaction
    has to be begun anew.

    Somebody who could not be told things is there again: they are told now, together.
    """
    known = await conversations.known(
        session,
        platform=place.platform,
        workspace=place.workspace,
        channel=place.channel,
        thread=place.thread,
        person_workspace=person.workspace,
        person=person.external_id,
    )
    user_id = known.user_id or await _meet(session, place.platform, person)
    if known.user_id and _says_more(person, known):
        await describe(session, user_id, person, now)
    here = known.conversation_id or await open_place(session, user_id, place)
    if speaks and not known.is_member:
        await conversations.join(session, here, user_id)
    if known.unreached:
        await reminders.reached(session, user_id, place.platform, now)
    return user_id, here, known


async def describe(session: Session, user_id: str, person: Person, now: datetime) -> None:
    """Keeps what a platform says of a person."""
    moved = await people.describe(
        session,
        user_id,
        name=person.name,
        timezone=person.timezone,
        locale=person.locale,
    )
    if moved is not None:
        zone = zone_of(await people.get(session, user_id))
        await schedule.reclock(session, user_id, zone, now)


async def _meet(session: Session, platform: str, person: Person) -> str:
    user_id = await people.meet(
        session,
        platform=platform,
        workspace=person.workspace,
        external_id=person.external_id,
        name=clean(person.name),
        timezone=person.timezone,
        locale=person.locale,
    )
    if user_id is None:
        raise MetMeanwhile
    return user_id


def _says_more(person: Person, known: Known) -> bool:
    return bool(
        (person.name and person.name != known.name)
        or (person.timezone and person.timezone != known.timezone)
        or (person.locale and person.locale != known.locale)
    )


# ── who is in a turn ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """Whom a turn's messages mention (handle → user), and about whom the platform is to be asked
    (user → their id there)."""

    mentioned: dict[str, str]
    strangers: dict[str, str]


NOBODY = WhoIsWho({}, {})


class Introductions:
    """Asks platforms who somebody is, once a day; a turn goes on without an answer."""

    def __init__(
        self, database: Database, voice: KnowsPeople, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._voice = voice
        self._clock = clock

    async def look(self, session: Session, turn: TurnToRun) -> WhoIsWho:
        """Who is in a turn, and who of them is not known yet; in the transaction that takes it."""
        platform = turn.conversation.platform
        strangers: dict[str, str] = {}
        if not self._voice.knows_people(platform) and not any(each.mentions for each in turn.run):
            return NOBODY
        async with as_the_engine(session):
            mentioned = await _mentioned(session, turn)
            if self._voice.knows_people(platform):
                strangers = await people.undescribed(
                    session,
                    [turn.speaker.id, *mentioned.values(), *_nameless(turn)],
                    platform,
                    utcnow() - DESCRIBE_EVERY,
                )
        return WhoIsWho(mentioned, strangers)

    async def make(self, turn: TurnToRun, who: WhoIsWho) -> None:
        """Asks about strangers, and puts names into the turn's messages."""
        if not who.strangers and not who.mentioned:
            return
        now, platform = utcnow(), turn.conversation.platform
        answers = dict(
            await asyncio.gather(*(self._ask(platform, each) for each in who.strangers.values()))
        )
        async with self._database.tending() as session:
            for user_id, external_id in who.strangers.items():
                person = answers[external_id]
                if person is None:
                    soon = now - DESCRIBE_EVERY + DESCRIBE_AGAIN
                    await people.described(session, user_id, platform, external_id, soon)
                    continue
                await describe(session, user_id, person, self._clock())
                await people.described(session, user_id, platform, external_id, now)
            await _name(session, turn.run, who.mentioned)
            turn.speaker = await people.get(session, turn.speaker.id)
            names = await people.names(session, _nameless(turn))
        turn.window = [
            past if past.name else replace(past, name=names.get(past.user_id, ""))
            for past in turn.window
        ]

    async def _ask(self, platform: str, external_id: str) -> tuple[str, Person | None]:
        try:
            async with asyncio.timeout(DESCRIBE_PATIENCE):
                return external_id, await self._voice.who(platform, external_id)
        except Exception as error:
            log.warning("%s does not say who somebody is: %s", platform, type(error).__name__)
            return external_id, None


def _nameless(turn: TurnToRun) -> list[str]:
    """Who was overheard lately, and is somebody so far."""
    seen = (past for past in reversed(turn.window) if past.role == "user" and not past.name)
    return list(dict.fromkeys(past.user_id for past in seen))[:NAMELESS]


async def _mentioned(session: Session, turn: TurnToRun) -> dict[str, str]:
    """Whom messages mention: handle → user. Somebody Todd has never met gets a row."""
    mentions = {
        handle.lower(): who for each in turn.run for handle, who in (each.mentions or {}).items()
    }
    place = turn.conversation
    return {
        handle: await people.met(session, place.platform, place.workspace, **who)
        for handle, who in sorted(mentions.items(), key=lambda each: str(each[1]))
    }


async def _name(session: Session, run: Sequence[Message], mentioned: dict[str, str]) -> None:
    """Puts names into messages for ids that their platform mentions people by."""
    names = await people.names(session, mentioned.values())
    for message in run:
        mentions = message.mentions or {}
        for handle, who in list(mentions.items()):
            name = names.get(mentioned.get(handle.lower(), ""))
            if handle != who["external_id"] or not name:
                continue
            called = re.sub(r"[^\w-]+", ".", name).strip(".")
            if not called or called.lower() in mentioned:
                continue  # two of one name: their ids tell them apart
            ids = rf"@{re.escape(handle)}(?!\w)"
            message.content = re.sub(ids, f"@{called}", message.content)
            mentioned[called.lower()] = mentioned[handle.lower()]
            others = {key: each for key, each in mentions.items() if key != handle}
            message.mentions = mentions = {**others, called: {**who, "name": name}}
            await heard.rename(session, message)
