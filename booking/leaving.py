"""Ending one's own account: asked for, seven days to think better of it, then name, address and words are gone.

Knows what of a person stands where (`KEPT` and `TAKEN_OFF` name every column that points at a member; a test compares
them with the tables). Refuses to know the mails about it: they are written from its events, and the words of sent ones
go by their own broom. What the law of books asks for stays: bookings with their time and money, transfers, receipts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog

from booking import db, events
from booking.budgets import ActivityPerson
from booking.calendars import Feed
from booking.errors import NotFound, Refused
from booking.i18n import lazy
from booking.members import (
    ApiToken,
    Challenge,
    Identity,
    Member,
    MemberSkill,
    Passkey,
    Role,
    Session,
    SignIn,
    recovery,
)
from booking.occupancy import Presence, pseudonym
from booking.payments import Refund
from booking.reservations import LIVE, ChangeHold, Reservation, Series
from booking.webhooks import WebhookDelivery, WebhookEndpoint

THINK_FOR = timedelta(days=7)
LISTED_MAX = 20
BATCH = 100
# Refunds that are not with the card yet.
OWED = ("asked", "pending", "failed")
# What `_erase` does with each column that points at a member; by table.
TAKEN_OFF = {
    "session.member": "deleted",
    "passkey.member": "deleted",
    "passkey_challenge.member": "deleted",
    "identity.member": "deleted",
    "api_token.member": "deleted",
    "member_skill.member": "deleted",
    "role.member": "revoked",
    "activity_person.member": "ended",
    "feed.owner": "revoked",
    "webhook_endpoint.owner": "deleted, and what it told",
    "presence.member": "a pseudonym of that house and month",
    "reservation.member": "its words blanked",
    "series.member": "its title blanked",
    "message.member": "its words and its address blanked, by notifications.forget",
    "keyed_request.member": "deleted after a day, by once.forget",
}
# These say who did something, by a number that leads to nobody any more.
KEPT = {
    "reservation.booked_by", "reservation.decided_by", "reservation.cancelled_by", "change_hold.by",
    "presence.recorded_by", "role.granted_by", "member_skill.given_by", "closure.created_by", "photo.created_by",
    "floor_plan.created_by", "display.created_by", "transfer.by", "refund.by", "mandate.member", "event.by",
}  # fmt: skip

log = structlog.get_logger()


class BookingsToCome(Refused):
    """Somebody counts on them coming, or on their money."""

    code = "bookings_to_come"
    text = lazy("You still have bookings to come. Cancel them first, or wait until they are over.")


class MoneyUnderWay(Refused):
    """Should it fail, nobody could reach them any more."""

    code = "money_under_way"
    text = lazy(
        "Money is still on its way back to your card. Wait until it is there, or ask the house about it."
    )


class LastAdministrator(Refused):
    """Nobody would be left who may give roles."""

    code = "last_administrator"
    text = lazy("You are the only administrator. Make somebody else one first.")


async def to_come(member_id: int, at: datetime) -> list[Reservation]:
    """The member's bookings that stand and are not over, by time, with resource and venue; twenty at the most."""
    found = Reservation.filter(member_id=member_id, state__in=LIVE, ends_at__gt=at)
    return await found.select_related("resource", "venue").order_by("begins_at", "id").limit(LISTED_MAX)


async def check(member: Member, *, at: datetime) -> None:
    """Raises what `ask` would raise now, and changes nothing."""
    await _may_leave(member, at)


@db.atomic
async def ask(member: Member, *, at: datetime, by_operator: bool = False) -> datetime:
    """End the account in seven days. Returns when. Asked again, the first day stands.

    `by_operator`: whoever keeps the server asks for it, not the member; the mail and the event say so. Raises
    BookingsToCome, MoneyUnderWay, LastAdministrator.
    """
    [locked] = await db.lock(Member, [member.id])
    if locked.leaves_at is None:
        await _may_leave(locked, at)
        locked.leaves_at = at + THINK_FOR
        await Member.filter(id=member.id).update(leaves_at=locked.leaves_at)
        await events.record(
            "member.leaving",
            f"member:{member.id}",
            at=at,
            by_id=None if by_operator else member.id,
            leaves_at=locked.leaves_at.isoformat(),
        )
    member.leaves_at = locked.leaves_at
    return locked.leaves_at


@db.atomic
async def stay(member: Member, *, at: datetime) -> None:
    """Keep the account after all."""
    [locked] = await db.lock(Member, [member.id])
    member.leaves_at = None
    if locked.leaves_at is not None and await Member.filter(id=member.id).update(leaves_at=None):
        await events.record("member.stays", f"member:{member.id}", at=at, by_id=member.id)


@db.atomic
async def end(member: Member, *, at: datetime) -> None:
    """End the account now, for an operator who has to. Raises what `ask` raises; NotFound where it has ended."""
    [locked] = await db.lock(Member, [member.id])
    if locked.email != member.email:
        raise NotFound  # the clock was quicker
    await _end_locked(locked, at)


async def end_due(at: datetime) -> int:
    """End the accounts whose day has come. Returns how many. One that may not end yet is looked at again."""
    ended, last = 0, 0
    while True:
        due: Any = Member.filter(leaves_at__lte=at, id__gt=last).order_by("id").limit(BATCH)
        ids = await due.values_list("id", flat=True)
        if not ids:
            return ended
        for last in ids:
            try:
                ended += await _end(last, at)
            except Refused as refusal:
                log.warning("account_waits", member_id=last, why=refusal.code)
            except Exception:
                # One that fails must not keep the others.
                log.exception("account_not_ended", member_id=last)


async def _may_leave(member: Member, at: datetime) -> None:
    if await Reservation.exists(member_id=member.id, state__in=LIVE, ends_at__gt=at):
        raise BookingsToCome
    if await Refund.exists(payment__reservation__member_id=member.id, status__in=OWED):
        raise MoneyUnderWay
    others = await recovery.administrators(at, but=member.id)
    if not others and member.id in {each.id for each in await recovery.administrators(at)}:
        raise LastAdministrator


@db.atomic
async def _end(member_id: int, at: datetime) -> int:
    [member] = await db.lock(Member, [member_id])
    if member.leaves_at is None or member.leaves_at > at:
        return 0  # thought better of it a moment ago
    await _end_locked(member, at)
    return 1


async def _end_locked(member: Member, at: datetime) -> None:
    await _may_leave(member, at)
    await _erase(member, at)
    await events.record("member.forgotten", f"member:{member.id}", at=at)


async def _erase(member: Member, at: datetime) -> None:
    theirs = Reservation.filter(member_id=member.id)
    ids: Any = await theirs.values_list("id", flat=True)
    await db.lock(Reservation, ids)
    await theirs.update(title="", note="", company="", vat_number="", reason="")
    await Series.filter(member_id=member.id).update(title="")
    await ChangeHold.filter(reservation_id__in=list(ids)).update(wish={})
    await Session.filter(member_id=member.id).delete()
    await Passkey.filter(member_id=member.id).delete()
    await Challenge.filter(member_id=member.id).delete()
    await Identity.filter(member_id=member.id).delete()
    await ApiToken.filter(member_id=member.id).delete()
    await MemberSkill.filter(member_id=member.id).delete()
    await SignIn.filter(email=member.email).delete()
    await Role.filter(member_id=member.id, revoked_at__isnull=True).update(revoked_at=at)
    await ActivityPerson.filter(member_id=member.id, ended_at__isnull=True).update(ended_at=at)
    await Feed.filter(owner_id=member.id).update(revoked_at=at, fetched_by="")
    endpoints: Any = await WebhookEndpoint.filter(owner_id=member.id).values_list("id", flat=True)
    await WebhookDelivery.filter(endpoint_id__in=list(endpoints)).delete()
    await WebhookEndpoint.filter(id__in=list(endpoints)).delete()
    for one in await Presence.filter(member_id=member.id):
        # An open stay of somebody who is in the house ends now, as nobody could end it later.
        ends_at = one.ends_at or max(at, one.begins_at + timedelta(minutes=1))
        await Presence.filter(id=one.id).update(member_id=None, person=pseudonym(one), ends_at=ends_at)
    await Member.filter(id=member.id).update(
        email=f"member-{member.id}@forgotten.invalid", name="–", number=None, home_city="", company="",
        receipt_address="", vat_number="", mails_declined="", leaves_at=None, suspended_at=at,
    )  # fmt: skip
