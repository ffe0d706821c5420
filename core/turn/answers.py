"""A yes or a no in words to a question of code's. Code alone decides what is one."""

import json
from collections.abc import Sequence
from typing import Any

from core.tools.journal import Call
from core.tools.perform import CODE
from core.turn.afterwords import asks
from db import consents
from db.database import Database
from db.models import Message
from db.turns import PastMessage

# What can be pressed for a yes or a no, and what each is about.
YES_TO = {"confirm": "confirmation", "allow": "consent"}
NO_TO = {"leave": "confirmation", "refuse": "consent"}

# A yes is a whole message. Anything else, however it begins, is for the model or the grammar.
YES = frozenset("""
yes|y|yep|yeah|yup|ya|sure|ok|okay|go ahead|do it|yes do it|yes please|yes please do|confirm
confirmed|i confirm|of course|sure do it|ok do it|yes go ahead|please do|absolutely|definitely
yes delete them|yes delete all|yes all of them|yes i am sure|yes i'm sure|i am sure|i'm sure
ja|ja bitte|klar|mach das|jawohl|oui|vas-y|sí|si|claro|adelante|sim|claro que sim|certo|va bene
procedi|ja graag|doe maar|da|да|tak|hai|はい|是|好|好的
""".replace("\n", "|").strip("|").split("|"))  # fmt: skip
NO = frozenset("""
nope keep them|no keep them|keep them|keep it
no|n|nope|nah|no thanks|don't|do not|stop|cancel|leave it|leave them|no leave it|never mind
nevermind|nein|non|não|nee|нет|nie|いいえ|不|不要|no gracias|nein danke|no leave them
""".replace("\n", "|").strip("|").split("|"))  # fmt: skip


def is_yes(said: str) -> bool:
    return _plain(said) in YES


def is_no(said: str) -> bool:
    return _plain(said) in NO


def _plain(said: str) -> str:
    words = said.lower().replace("’", "'").replace(",", " ").strip(" .!👍🙏\n")
    return " ".join(words.removesuffix("todd").removesuffix("please").split()) or said.strip()


async def read(
    run: Sequence[Message],
    window: Sequence[PastMessage],
    speaker_id: str,
    conversation_id: int,
    database: Database,
) -> Call | None:
    """The call that a message makes by being a plain yes or no to what Todd asked; None when it is
    none.

    It counts for the very next message of who was asked; a yes to whether somebody may have them
    reminded also later, as long as nothing else was asked.
    """
    if len(run) != 1:
        return None
    said = run[0].content
    names = YES_TO if is_yes(said) else NO_TO if is_no(said) else {}
    mine = [past for past in window if past.user_id == speaker_id]
    offer = next((each for each in _offered(mine) if each[1] in names), None)
    if offer is None and names is YES_TO:
        offer = _unanswered(mine)
        async with database.acting(speaker_id, conversation_id) as session:
            if offer and not await consents.is_asked(session, speaker_id, offer[2]):
                offer = None
    if offer is None:
        return None
    _, name, about = offer
    return Call(0, 0, name, json.dumps({names[name]: about}), CODE)


def _offered(mine: Sequence[PastMessage]) -> list[Any]:
    """What could be pressed under Todd's last words to the person; what he told them of his own
    accord does not count."""
    answers = {message.answer_id for message in mine}
    for message in reversed(mine):
        asks_yes = any(each[1] in YES_TO for each in message.choices or [])
        if asks_yes or message.role == "user" or message.id in answers or message.tool_calls:
            return message.choices or []
    return []


def _unanswered(mine: Sequence[PastMessage]) -> Any | None:
    """The last question whether somebody may have the person reminded, if Todd has asked nothing
    since."""
    for message in reversed(mine):
        offered = [each for each in message.choices or [] if each[1] == "allow"]
        if offered:
            return offered[0]
        if message.role == "assistant" and asks(message.content):
            return None
    return None
