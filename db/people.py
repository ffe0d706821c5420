"""Who people are: one user for the identities that the platforms give them."""

from datetime import datetime

from sqlalchemy import or_, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.models import Identity, User, new_user_id

MEET = text("""
with new_user as (
    insert into users (id, name, timezone, locale) values (:id, :name, :timezone, :locale)
), met as (
    insert into identities (platform, workspace, external_id, user_id)
    values (:platform, :workspace, :external_id, :id)
    on conflict (platform, workspace, external_id) do nothing
    returning user_id
)
select user_id from met
""")


async def meet(
    session: AsyncSession,
    *,
    platform: str,
    workspace: str,
    external_id: str,
    name: str,
    timezone: str | None,
    locale: str | None,
) -> str | None:
    """The id of a new user for somebody never met; None when another process has just met them.

    In the latter case the transaction must be rolled back, or a user without identity stays.
    """
    user_id: str | None = await session.scalar(
        MEET,
        {
            "id": new_user_id(),
            "platform": platform,
            "workspace": workspace,
            "external_id": external_id,
            "name": name,
            "timezone": timezone,
            "locale": locale,
        },
    )
    return user_id


async def describe(
    session: AsyncSession,
    user_id: str,
    *,
    name: str,
    timezone: str | None,
    locale: str | None,
) -> None:
    """Keeps what a platform newly says of a person; what it does not know stays as it was."""
    await session.execute(
        text(
            "update users set name = coalesce(nullif(:name, ''), name),"
            " timezone = coalesce(:timezone, timezone), locale = coalesce(:locale, locale)"
            " where id = :id"
        ),
        {"id": user_id, "name": name, "timezone": timezone, "locale": locale},
    )


async def undescribed(
    session: AsyncSession, user_id: str, platform: str, since: datetime
) -> str | None:
    """The person's id on a platform that was not asked about them since; None when it was."""
    external_id: str | None = await session.scalar(
        select(Identity.external_id)
        .where(
            Identity.user_id == user_id,
            Identity.platform == platform,
            or_(col(Identity.described_at).is_(None), col(Identity.described_at) < since),
        )
        .limit(1)
    )
    return external_id


async def described(
    session: AsyncSession, user_id: str, platform: str, external_id: str, now: datetime
) -> None:
    """Notes that the platform was asked who this is."""
    await session.execute(
        text(
            "update identities set described_at = :now where user_id = :user"
            " and platform = :platform and external_id = :external"
        ),
        {"now": now, "user": user_id, "platform": platform, "external": external_id},
    )


async def get(session: AsyncSession, user_id: str) -> User:
    """The user; raises when they are not there or not to be seen from here."""
    return (await session.exec(select(User).where(User.id == user_id))).one()
