"""Signed-in browsers: one row each, revocable. The browser holds a token, the row its SHA-256.

A session may be *confirmed*: its person showed a passkey. For so long it may write with the roles that ask for one.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from booking import db, records
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members.models import Member, Role, Session

LASTS = timedelta(days=30)
# Sliding the end at every request would write a row per page; once an hour is as good.
SLIDES_AFTER = timedelta(hours=1)
# A page's other requests may still travel with the old token when a session gets its new one.
OVERLAP = timedelta(seconds=60)
# A working day: who opens the house in the morning is not asked again before it closes.
CONFIRMED_FOR = timedelta(hours=12)
# What may change the ways in (a first passkey) wants somebody who has just signed in, not a browser left open.
FRESH_FOR = timedelta(hours=1)


_LIVE = "SELECT * FROM session WHERE token_hash = ? AND revoked_at IS NULL AND expires_at > ?"
_WHOSE = "SELECT * FROM member WHERE id IN (SELECT member_id FROM session WHERE token_hash = ?)"
_ROLES = (
    "SELECT * FROM role WHERE member_id IN (SELECT member_id FROM session WHERE token_hash = ?) ORDER BY id"
)


class NotFresh(Refused):
    code = "not_fresh"
    text = _("For this, sign in again first: you have been signed in here for a while.")


def digest(token: str) -> str:
    """What is stored instead of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


async def start(
    member: Member,
    *,
    agent: str,
    at: datetime,
    signed_in_at: datetime | None = None,
    confirmed_at: datetime | None = None,
    confirmed_by_id: int | None = None,
) -> str:
    """Sign the member in: returns the new token, which is kept nowhere else. `agent` is the User-Agent header.

    `confirmed_at` says that they did so with a passkey (`confirmed_by_id`), and when.
    """
    token = secrets.token_urlsafe(32)
    await Session.create(
        token_hash=digest(token),
        member_id=member.id,
        agent=agent[:200],
        created_at=at,
        seen_at=at,
        expires_at=at + LASTS,
        signed_in_at=signed_in_at or at,
        confirmed_at=confirmed_at,
        confirmed_by_id=confirmed_by_id,
    )
    return token


async def find(token: str, at: datetime) -> Session | None:
    """The live session of this token, its member and `every_role` fetched; None for a dead one or a suspended
    member."""
    if not token or len(token) > 100:
        return None
    hashed = digest(token)
    sessions, people, held = await db.several((_LIVE, hashed, at), (_WHOSE, hashed), (_ROLES, hashed))
    if not (sessions and people):
        return None
    session = db.made(Session, sessions)[0]
    records.attach(session, "member", db.made(Member, people)[0])
    session.__dict__["every_role"] = db.made(Role, held)
    if session.member.suspended_at is not None:
        return None
    if at - session.seen_at >= SLIDES_AFTER and session.expires_at - at > OVERLAP:
        # Conditional, so that a session that was ended meanwhile stays ended.
        await Session.filter(id=session.id, revoked_at__isnull=True, expires_at=session.expires_at).update(
            seen_at=at, expires_at=at + LASTS
        )
    return session


async def member_of(token: str, at: datetime) -> Member | None:
    """Who is signed in with this token."""
    session = await find(token, at)
    return session.member if session else None


async def renew(session: Session, changed_at: datetime | None, at: datetime) -> str | None:
    """A new token for a session that is older than its member's roles (`changed_at`); the old one ends in a minute.

    None when there is no need, or when another request of the same browser has just done it.
    """
    if changed_at is None or changed_at <= session.created_at:
        return None
    return await _replace(
        session,
        at,
        signed_in_at=session.signed_in_at or session.created_at,
        confirmed_at=session.confirmed_at,
        confirmed_by_id=session.confirmed_by_id,
    )


async def confirm(token: str, passkey_id: int, at: datetime) -> str | None:
    """A new, confirmed token for the session of this one, which ends in a minute; None where it ended already.

    `passkey_id` is a passkey of the session's member that was shown at this moment: the caller has seen to that.
    """
    session = await find(token, at)
    if session is None:
        return None
    return await _replace(session, at, signed_in_at=at, confirmed_at=at, confirmed_by_id=passkey_id)


def is_confirmed(session: Session, at: datetime) -> bool:
    """Whether a passkey was shown in this session within the last twelve hours."""
    return session.confirmed_at is not None and at - session.confirmed_at < CONFIRMED_FOR


def is_fresh(session: Session, at: datetime) -> bool:
    """Whether somebody signed in here within the last hour."""
    return at - (session.signed_in_at or session.created_at) < FRESH_FOR


async def _replace(session: Session, at: datetime, **values: Any) -> str | None:
    """A new token in place of this session's; None when another request of the same browser was first."""
    ours = await Session.filter(id=session.id, revoked_at__isnull=True, expires_at__gt=at + OVERLAP).update(
        expires_at=at + OVERLAP
    )
    return await start(session.member, agent=session.agent, at=at, **values) if ours else None


async def whose(token: str) -> int | None:
    """The id of the member whose session this is, or was; None where nobody knows."""
    found = (
        await db.rows("SELECT member_id FROM session WHERE token_hash = ?", digest(token)) if token else []
    )
    return found[0]["member_id"] if found else None


async def end(token: str, at: datetime) -> None:
    """Sign this browser out."""
    await Session.filter(token_hash=digest(token), revoked_at__isnull=True).update(revoked_at=at)


async def list_for(member: Member, at: datetime) -> list[Session]:
    """The member's live sessions, the last used first."""
    live = Session.filter(member_id=member.id, revoked_at__isnull=True, expires_at__gt=at)
    return await live.order_by("-seen_at", "-id")


async def revoke(session_id: int, member: Member, at: datetime) -> None:
    """End one of the member's own sessions. Raises NotFound for anyone else's."""
    mine = Session.filter(id=session_id, member_id=member.id)
    if not await mine.exists():
        raise NotFound
    await mine.filter(revoked_at__isnull=True).update(revoked_at=at)


async def revoke_all(member: Member, at: datetime, *, but: str = "") -> int:
    """End all the member's sessions, except the one with the token `but`. Returns how many."""
    live = Session.filter(member_id=member.id, revoked_at__isnull=True, expires_at__gt=at)
    if but:
        live = live.exclude(token_hash=digest(but))
    return await live.update(revoked_at=at)


async def forget(*, at: datetime) -> int:
    """Delete sessions that ended over 30 days ago. Returns how many rows went."""
    return await Session.filter(expires_at__lt=at - LASTS).delete()
