"""Up to when a platform was heard without a gap, by whichever process listens to it."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, select

from db.models import Watermark
from db.session import Session


async def heard_until(session: Session, platform: str) -> datetime | None:
    """The moment; None when the platform was never heard."""
    query = select(Watermark.heard_until).where(col(Watermark.platform) == platform)
    return (await session.exec(query)).first()


async def advance(session: Session, platform: str, until: datetime) -> None:
    """Notes that nothing of the platform was missed up to a moment; never goes back."""
    await session.execute(
        text(
            "insert into watermarks (platform, heard_until) values (:platform, :until)"
            " on conflict (platform) do update"
            " set heard_until = greatest(watermarks.heard_until, excluded.heard_until)"
        ),
        {"platform": platform, "until": until},
    )
