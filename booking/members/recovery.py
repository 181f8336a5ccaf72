"""When a member has lost their passkeys, or somebody else may have them: every way in ends but the one by mail.

Nobody recovers themself alone: another administrator does it, or the command line (`by` is None). The reason is kept
in the events, and the member and all other administrators are told by mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking import db, events
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members import people, roles
from booking.members.models import ApiToken, Challenge, Identity, Member, Passkey, Role, Session, SignIn


@dataclass(frozen=True)
class Recovered:
    """How many of each were ended."""

    passkeys: int
    sessions: int
    identities: int


class NotYourself(Refused):
    code = "not_yourself"
    text = _("Nobody does this for themself. Ask another administrator.")


@db.atomic
async def recover(member: Member, *, by: Member | None, reason: str, at: datetime) -> Recovered:
    """End all passkeys, sessions, half-done sign-ins and links to other services of the member.

    They sign in by e-mail and make a new passkey. `by` is an administrator, None for the command line.
    Raises OnlyAdministrators, NotYourself.
    """
    await _may(by, member, at)
    await db.lock(Member, [member.id])
    sessions = await Session.filter(member_id=member.id, revoked_at__isnull=True, expires_at__gt=at).count()
    # Unconfirmed as well, so that no ended session says that it was shown a passkey which may be a stranger's.
    await Session.filter(member_id=member.id, revoked_at__isnull=True).update(
        revoked_at=at, confirmed_at=None
    )
    passkeys = await Passkey.filter(member_id=member.id, revoked_at__isnull=True).update(revoked_at=at)
    await Challenge.filter(member_id=member.id, used_at__isnull=True).update(used_at=at)
    # What programs were given goes too: nobody knows who holds it now.
    await ApiToken.filter(member_id=member.id, revoked_at__isnull=True).update(revoked_at=at)
    await SignIn.filter(email=member.email, used_at__isnull=True).update(used_at=at)
    identities = await Identity.filter(member_id=member.id).count()
    await Identity.filter(member_id=member.id).delete()
    await events.record(
        "member.recovered",
        f"member:{member.id}",
        at=at,
        by_id=by.id if by else None,
        reason=reason,
        passkeys=passkeys,
        sessions=sessions,
        identities=identities,
    )
    return Recovered(passkeys, sessions, identities)


async def suspend(member: Member, *, by: Member, at: datetime) -> None:
    """Shut the member out. Raises OnlyAdministrators, NotYourself."""
    await _may(by, member, at)
    await people.suspend(member, by=by, at=at)


async def unsuspend(member: Member, *, by: Member, at: datetime) -> None:
    """Let the member in again. Raises OnlyAdministrators, NotYourself."""
    await _may(by, member, at)
    await people.unsuspend(member, by=by, at=at)


async def administrators(at: datetime, *, but: int | None = None) -> list[Member]:
    """Who administers at this instant, without the member of the id `but`; suspended ones are left out."""
    held = await Role.filter(
        kind="administrator", revoked_at__isnull=True, member__suspended_at__isnull=True
    ).select_related("member", "venue", "entity")
    found = {role.member_id: role.member for role in held if roles.in_force(role, at)}
    return [member for member in found.values() if member.id != but]


async def view(member_id: int) -> Member:
    """A member for an administrator to look at, suspended or not. Raises NotFound."""
    member = await Member.get_or_none(id=member_id).select_related("entity")
    if member is None:
        raise NotFound
    return member


async def _may(by: Member | None, member: Member, at: datetime) -> None:
    if by is None:
        return
    if not (await roles.active(by, at)).administrator:
        raise roles.OnlyAdministrators
    if by.id == member.id:
        raise NotYourself
