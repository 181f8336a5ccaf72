"""Keys for programs: what each may do, for how long, and taking them back.

A token does what its scopes say and never more than its member may: the member's roles and standing are asked anew at
each request, so a suspension or a lost role counts at once. The whole token is told once, when it is made.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from booking import db, events
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members.models import ApiToken, Member
from booking.members.sessions import digest

# What is recognisable in a log or a repository can be found there, and taken back.
PREFIX = "desk_"
TOKEN_OCTETS = 32
TOKENS_MAX = 20
DAYS_MAX = 365
DAYS_USUAL = 90
# A row written at every request would cost more than it tells.
USED_EVERY = timedelta(minutes=1)

SCOPES = {
    "read": _("See places, prices, what is free, and your own bookings"),
    "book": _("Book, change and cancel"),
    "money": _("Read your Activities and their statements"),
    "presence": _("Check in and out, and count the people of houses you host"),
    "occupancy": _("Read the figures of houses you manage"),
}


_LIVING = "SELECT * FROM api_token WHERE token_hash = ? AND revoked_at IS NULL AND expires_at > ?"
_WHOSE = (
    "SELECT * FROM member WHERE suspended_at IS NULL "
    "AND id IN (SELECT member_id FROM api_token WHERE token_hash = ?)"
)


class TokensEnough(Refused):
    code = "tokens_enough"
    text = _("You have %(most)d keys already. Take one back first.")


@db.atomic
async def make(
    member: Member, *, name: str, scopes: Sequence[str], days: int, at: datetime
) -> tuple[ApiToken, str]:
    """A new token and its text, which is told this once. Raises TokensEnough after twenty living ones.

    Raises ValueError for no scope, an unknown one, or a life that is not between a day and a year.
    """
    chosen = [scope for scope in SCOPES if scope in scopes]
    if not chosen or set(scopes) - set(SCOPES) or not 1 <= days <= DAYS_MAX or not name.strip():
        raise ValueError("a token needs a name, scopes that exist, and a life of 1 to 365 days")
    await db.lock(Member, [member.id])
    if await _living(member, at).count() >= TOKENS_MAX:
        raise TokensEnough(most=TOKENS_MAX)
    text = PREFIX + secrets.token_urlsafe(TOKEN_OCTETS)
    token = await ApiToken.create(
        member_id=member.id,
        name=name.strip()[:80],
        token_hash=digest(text),
        token_hint=text[: len(PREFIX) + 6],
        scopes=chosen,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    await events.record("token.made", f"token:{token.id}", at=at, by_id=member.id, scopes=chosen, days=days)
    return token, text


async def find(text: str, at: datetime) -> ApiToken | None:
    """The living token of this text, its member fetched. Unknown, ended, revoked and suspended are all None."""
    if not text.startswith(PREFIX) or len(text) > 100 or not text.isascii():
        return None
    hashed = digest(text)
    tokens, people = await db.several((_LIVING, hashed, at), (_WHOSE, hashed))
    if not (tokens and people):
        return None
    token = db.made(ApiToken, tokens)[0]
    token.member = db.made(Member, people)[0]
    if token.used_at is None or at - token.used_at >= USED_EVERY:
        await ApiToken.filter(id=token.id).update(used_at=at)
    return token


async def of(member: Member, at: datetime) -> list[ApiToken]:
    """The member's living tokens, newest first."""
    return await _living(member, at).order_by("-id")


async def by_text(member: Member, text: str, at: datetime) -> ApiToken | None:
    """The member's living token with this text, if it is theirs: for showing a new one once."""
    return await _living(member, at).filter(token_hash=digest(text)).first()


@db.atomic
async def revoke(token_id: int, *, by: Member, at: datetime) -> ApiToken:
    """Take a token back, at once and for ever. Raises NotFound for somebody else's."""
    await db.lock(Member, [by.id])
    token = await ApiToken.filter(id=token_id, member_id=by.id, revoked_at__isnull=True).first()
    if token is None:
        raise NotFound
    token.revoked_at = at
    await token.save(update_fields=["revoked_at"])
    await events.record("token.revoked", f"token:{token.id}", at=at, by_id=by.id)
    return token


def _living(member: Member, at: datetime) -> QuerySet[ApiToken]:
    return ApiToken.filter(member_id=member.id, revoked_at__isnull=True, expires_at__gt=at)
