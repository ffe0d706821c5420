"""Who people are: one user for the identities that the platforms give them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import or_, text
from sqlmodel import col, select

from db.models import Conversation, Identity, Member, User, new_user_id
from db.session import Session, as_model, columns

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
    session: Session,
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
    session: Session,
    user_id: str,
    *,
    name: str,
    timezone: str | None,
    locale: str | None,
) -> str | None:
    """Keeps what a platform newly says of a person; what it does not know stays as it was, and so
    does a zone that the person has said themselves. Their zone, if it is another from now on."""
    row = (
        await session.execute(
            text(
                "with before as (select timezone from users where id = :id)"
                " update users set name = coalesce(nullif(:name, ''), name),"
                " timezone = case when preferences ? 'zone_said' then timezone"
                " else coalesce(:timezone, timezone) end, locale = coalesce(:locale, locale)"
                " where id = :id returning timezone, (select timezone from before) as was"
            ),
            {"id": user_id, "name": name, "timezone": timezone, "locale": locale},
        )
    ).first()
    return row.timezone if row and row.timezone != row.was else None


async def set_zone(session: Session, user_id: str, timezone: str) -> None:
    """Keeps the zone that a person has said; from then on platforms do not change it."""
    await session.execute(
        text(
            "update users set timezone = :zone,"
            " preferences = preferences || '{\"zone_said\": true}' where id = :id"
        ),
        {"zone": timezone, "id": user_id},
    )


async def prefer(session: Session, user_id: str, name: str, value: str | None) -> None:
    """Keeps how a person wants something; None: as it is for everybody."""
    await session.execute(
        text(
            "update users set preferences = case when cast(:value as text) is null"
            " then preferences - cast(:name as text)"
            " else preferences || jsonb_build_object(cast(:name as text), cast(:value as text)) end"
            " where id = :id"
        ),
        {"name": name, "value": value, "id": user_id},
    )


async def zone_asked(session: Session, user_id: str) -> bool:
    """Notes that a person was asked for their zone; False when they had been before."""
    asked = await session.scalar(
        text(
            "update users set preferences = preferences || '{\"zone_asked\": true}'"
            " where id = :id and not preferences ? 'zone_asked' returning id"
        ),
        {"id": user_id},
    )
    return asked is not None


async def met(
    session: Session,
    platform: str,
    here: str,
    *,
    external_id: str,
    workspace: str,
    name: str,
    **_: Any,
) -> str:
    """The id of somebody who is mentioned in the workspace `here`; whoever was never met gets a row
    of their own.

    A guest of a channel that workspaces share is known by their own: only who has spoken here
    already is meant by an id of elsewhere.
    """
    spoke_here = (
        select(Member.user_id)
        .join(Conversation, col(Conversation.id) == col(Member.conversation_id))
        .where(
            Conversation.platform == platform,
            Conversation.workspace == here,
            Member.user_id == Identity.user_id,
        )
        .exists()
    )
    known = await session.scalar(
        select(Identity.user_id)
        .where(
            Identity.platform == platform,
            Identity.external_id == external_id,
            or_(col(Identity.workspace) == workspace, spoke_here),
        )
        .order_by((col(Identity.workspace) == workspace).desc())
        .limit(1)
    )
    while known is None:
        try:
            async with session.nested():
                known = await meet(
                    session,
                    platform=platform,
                    workspace=workspace,
                    external_id=external_id,
                    name=name,
                    timezone=None,
                    locale=None,
                )
                if known is None:
                    raise _MetMeanwhile
        except _MetMeanwhile:
            known = await session.scalar(
                select(Identity.user_id).where(
                    Identity.platform == platform,
                    Identity.workspace == workspace,
                    Identity.external_id == external_id,
                )
            )
    return str(known)


class _MetMeanwhile(Exception):
    """Another process has just met the same person: its row counts."""


async def undescribed(
    session: Session, user_ids: Iterable[str], platform: str, since: datetime
) -> dict[str, str]:
    """People about whom a platform was not asked since: user → their id there."""
    found = await session.execute(
        text(
            "select user_id, external_id from identities where user_id = any(:users)"
            " and platform = :platform and (described_at is null or described_at < :since)"
        ),
        {"users": list(user_ids), "platform": platform, "since": since},
    )
    return {row.user_id: row.external_id for row in found}


async def described(
    session: Session, user_id: str, platform: str, external_id: str, now: datetime
) -> None:
    """Notes that the platform was asked who this is."""
    await session.execute(
        text(
            "update identities set described_at = :now where user_id = :user"
            " and platform = :platform and external_id = :external"
        ),
        {"now": now, "user": user_id, "platform": platform, "external": external_id},
    )


async def names(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The names of people, as far as they are to be seen from here, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    found = await session.execute(
        text("select id, name from users where id = any(:ids)"), {"ids": wanted}
    )
    return {row.id: row.name for row in found}


GET = text(f"select {columns('u', User)} from users u where u.id = :id")


async def get(session: Session, user_id: str) -> User:
    """The user; raises when they are not there or not to be seen from here."""
    return as_model(User, (await session.execute(GET, {"id": user_id})).one())
