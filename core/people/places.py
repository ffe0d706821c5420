"""The rows of the Places where people talk."""

from core.heard import Place
from db import conversations
from db.models import Conversation
from db.session import Session


async def open_place(session: Session, user_id: str, place: Place) -> int:
    """The id of a Place's row, opened by a person if it is new."""
    return await conversations.open_for(
        session,
        user_id,
        platform=place.platform,
        workspace=place.workspace,
        channel=place.channel,
        thread=place.thread,
        private=place.private,
        aside=place.aside,
    )


def place_of(conversation: Conversation) -> Place:
    """The Place of a row."""
    return Place(
        conversation.platform,
        conversation.channel,
        conversation.thread,
        conversation.workspace,
        conversation.private,
        conversation.aside,
    )
