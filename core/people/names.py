"""What people are called, as far as they are to be seen from here."""

from core.work import Work
from db import people


async def name_of(work: Work, user_id: str) -> str:
    return (await people.names(work.session, [user_id])).get(user_id) or "Somebody"
