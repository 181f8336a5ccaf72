"""What happens in the house to a reservation: somebody comes, leaves, or does not come, and the rest is free again.

Coming and leaving are facts beside the state: the reservation stays confirmed, and its price stays by the terms that
were copied onto it. Only what is left of its time goes back to the others: its claims are shortened, never moved.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import Q

from booking import budgets, db, places, pricing
from booking.budgets.paying import pend_of
from booking.errors import Refused
from booking.money import split
from booking.places import Unit
from booking.pricing import Terms
from booking.reservations import refusals as no
from booking.reservations.change_holds import give_up
from booking.reservations.deciding import record, take
from booking.reservations.models import Claim, Reservation
from booking.reservations.shares import shares

BATCH = 200
# The clockwork may have stood still over a night; what is older than this was nobody's fault that we could know.
LOOKED_BACK = timedelta(days=1)

log = structlog.get_logger()


async def arrive(
    reservation: Reservation, *, at: datetime, by_id: int | None, presence_id: int
) -> Reservation:
    """Note that its member is here. Call it under the reservation's lock; `resource` need not be fetched.

    What was given back is taken again where it is still free. Raises GivenAway.
    """
    if reservation.released_at is not None:
        await _take_again(reservation, at=at)
    if reservation.checked_in_at is None:
        reservation.checked_in_at = at
    reservation.no_show_at = reservation.released_at = reservation.checked_out_at = None
    await _save(reservation, at=at)
    await record("reservation.checked_in", reservation, at=at, by_id=by_id, presence_id=presence_id)
    return reservation


async def leave(
    reservation: Reservation, *, at: datetime, by_id: int | None, presence_id: int, give_back: bool = True
) -> Reservation:
    """Note that its member has gone; with `give_back` the rest of its time is free for others. Under its lock.

    Clear-up time stays taken: somebody was there. Whoever leaves before it begins has not come yet.
    """
    if at < reservation.begins_at:
        return await not_arrived(reservation, at=at, by_id=by_id, presence_id=presence_id)
    reservation.checked_out_at = at
    if give_back and reservation.live and at < reservation.ends_at:
        await _shorten(reservation, at=at, clearing=True, by_id=by_id)
    await _save(reservation, at=at)
    await record(
        "reservation.checked_out",
        reservation,
        at=at,
        by_id=by_id,
        presence_id=presence_id,
        released=reservation.released_at is not None,
    )
    return reservation


async def not_arrived(
    reservation: Reservation, *, at: datetime, by_id: int | None, presence_id: int
) -> Reservation:
    """Take back that somebody came. Call it under the reservation's lock."""
    reservation.checked_in_at = reservation.checked_out_at = None
    await _save(reservation, at=at)
    await record("reservation.check_in_undone", reservation, at=at, by_id=by_id, presence_id=presence_id)
    return reservation


async def release_no_shows(at: datetime) -> int:
    """Give back what nobody came for, each in its own transaction. Returns how many.

    Only where the resource asks for a check-in. A booking that is shorter than the time to wait counts at its end.
    """
    due: Any = (
        await Reservation.filter(
            state="confirmed",
            checked_in_at__isnull=True,
            no_show_at__isnull=True,
            released_at__isnull=True,
            resource__release_minutes__isnull=False,
            begins_at__lt=at,
            ends_at__gt=at - LOOKED_BACK,
        )
        .order_by("begins_at")
        .values("id", "begins_at", "ends_at", "resource__release_minutes")
    )
    ids = [each["id"] for each in due if _missed_at(each, each["resource__release_minutes"]) <= at]
    missed = 0
    for id in ids[:BATCH]:
        try:
            missed += await _miss(id, at=at)
        except Exception:
            # One that fails must not keep the others' rooms from being free.
            log.exception("no-show not noted", reservation=str(id))
    return missed


def _missed_at(found: Any, release_minutes: int) -> datetime:
    return min(found["begins_at"] + timedelta(minutes=release_minutes), found["ends_at"])


@db.atomic
async def _miss(id: UUID, *, at: datetime) -> bool:
    locked = await db.lock(Reservation, [id])
    if not locked or locked[0].state != "confirmed" or locked[0].checked_in_at or locked[0].released_at:
        return False
    reservation = locked[0]
    await reservation.fetch_related("resource", "venue", "activity__account")
    minutes = reservation.resource.release_minutes
    span = {"begins_at": reservation.begins_at, "ends_at": reservation.ends_at}
    if minutes is None or reservation.no_show_at or _missed_at(span, minutes) > at:
        return False
    reservation.no_show_at = at
    if at < reservation.ends_at:
        await _shorten(reservation, at=at, clearing=False)
    await _charge_no_show(reservation, at=at)
    await _save(reservation, at=at)
    await record(
        "reservation.no_show",
        reservation,
        at=at,
        by_id=None,
        released=reservation.released_at is not None,
        fee_cents=reservation.fee_cents,
    )
    return True


async def _shorten(
    reservation: Reservation, *, at: datetime, clearing: bool, by_id: int | None = None
) -> None:
    await _lock_units(reservation)
    # Whoever gives it back does not want it longer, or at another time.
    await give_up(reservation, at=at, by_id=by_id)
    for claim in await Claim.filter(reservation_id=reservation.id):
        # The buffer that was copied onto the claim, not what the resource's is today.
        after = claim.ends_at - reservation.ends_at if clearing else timedelta()
        ends_at = min(claim.ends_at, at + after)
        if ends_at <= claim.begins_at:
            await claim.delete()
        elif ends_at < claim.ends_at:
            claim.ends_at = ends_at
            await claim.save(update_fields=["ends_at"])
    reservation.released_at = at


async def _take_again(reservation: Reservation, *, at: datetime) -> None:
    """Claim again what was given back, on the same units, where nobody has taken it since. Raises GivenAway."""
    await reservation.fetch_related("resource__venue")
    await _lock_units(reservation)
    claims = await Claim.filter(reservation_id=reservation.id)
    ends_at = reservation.ends_at + timedelta(minutes=reservation.resource.buffer_after_minutes)
    others = Claim.filter(
        unit_id__in=[claim.unit_id for claim in claims], begins_at__lt=ends_at, ends_at__gt=at
    ).exclude(reservation_id=reservation.id)
    if not claims or not may_come_late(reservation) or await others.exists():
        raise no.GivenAway(released_at=reservation.released_at, zone=reservation.resource.venue.zone)
    for claim in claims:
        claim.ends_at = ends_at
        await claim.save(update_fields=["ends_at"])


def may_come_late(reservation: Reservation) -> bool:
    """Whether a no-show may still take up the booking: not where a part of its price went back. Pure."""
    if reservation.no_show_at is None or not reservation.total_cents:
        return True
    fee_cents = pricing.no_show_fee(reservation.total_cents, Terms.from_json(reservation.terms))
    return fee_cents == reservation.total_cents


async def _lock_units(reservation: Reservation) -> None:
    units = await places.units_of([reservation.resource_id])
    claimed: Any = await Claim.filter(reservation_id=reservation.id).values_list("unit_id", flat=True)
    await db.lock(Unit, {*units.get(reservation.resource_id, []), *claimed})


async def _charge_no_show(reservation: Reservation, *, at: datetime) -> None:
    """Not coming costs the share that the terms told; what is more than that goes back to the Activity."""
    by_activity = reservation.activity is not None and reservation.paid_cents
    if not by_activity and not reservation.card_cents:
        return
    fee_cents = pricing.no_show_fee(reservation.total_cents, Terms.from_json(reservation.terms))
    rest_cents = reservation.total_cents - fee_cents
    if not rest_cents:
        return
    if reservation.card_cents:
        # What the card paid beyond the fee goes back by itself: `card_keeps` says so.
        reservation.fee_cents = fee_cents
        await reservation.save(update_fields=["fee_cents"])
    if not by_activity:
        return
    own_cents, own_rest_cents = shares(reservation, fee_cents)[0], shares(reservation, rest_cents)[0]
    try:
        async with db.transaction():
            await _charge_less(reservation, own_cents, own_rest_cents, at=at)
            if reservation.card_cents:
                reservation.fee_cents = fee_cents
                await reservation.save(update_fields=["fee_cents"])
    except Refused:
        # An Activity that was closed meanwhile takes nothing back: the price stays, and its entity must look.
        log.warning("no-show not paid back", reservation=str(reservation.id))


async def _charge_less(reservation: Reservation, fee_cents: int, rest_cents: int, *, at: datetime) -> None:
    if reservation.posted_at is None:
        # Not taken yet: the fee alone is, as when somebody cancels late.
        if fee_cents:
            paid = await take(reservation, fee_cents, code="no_show_fee", at=at, by_id=None)
        else:
            await budgets.let_go(await pend_of(reservation.pend_id), at=at)
            reservation.pend_id, paid = None, 0
        reservation.posted_at = at if fee_cents else None
    else:
        paid = split(reservation.paid_cents, [fee_cents, rest_cents])[0]
        await budgets.give_back(reservation.subject, at=at)
        if paid:
            pend = await budgets.reserve_money(
                f"{reservation.id}:no-show",
                reservation.activity,
                None,
                budgets.Payment(reservation.paid_currency, paid, reservation.rate),
                begins_at=reservation.begins_at,
                zone=reservation.venue.zone,
                subject=reservation.subject,
                spent_this_month_cents=0,
                at=at,
                by_id=reservation.member_id,
                note=f"{reservation.resource.name}, {reservation.venue.name}"[:200],
            )
            assert pend is not None
            await budgets.take(
                pend,
                reservation.activity,
                share_cents=fee_cents,
                total_cents=fee_cents,
                vat_cents=split(fee_cents, [reservation.vat_cents, reservation.net_cents])[0],
                vat_basis_points=reservation.vat_basis_points,
                venue=reservation.venue,
                code="no_show_fee",
                at=at,
            )
            reservation.pend_id = pend.id
    reservation.paid_cents, reservation.fee_cents = paid, fee_cents
    await reservation.save(update_fields=["pend_id", "posted_at", "paid_cents", "fee_cents"])


async def due_at(member_id: int, venue_id: int, *, at: datetime, early: timedelta) -> list[Reservation]:
    """The member's confirmed bookings in a venue that run now or begin within `early`, soonest first."""
    return (
        await Reservation.filter(
            Q(released_at__isnull=True) | Q(no_show_at__isnull=False),
            member_id=member_id,
            venue_id=venue_id,
            state="confirmed",
            begins_at__lte=at + early,
            ends_at__gt=at,
        )
        .select_related("resource", "venue")
        .order_by("begins_at", "id")
    )


async def _save(reservation: Reservation, *, at: datetime) -> None:
    reservation.revised_at = at
    await reservation.save(
        update_fields=["checked_in_at", "checked_out_at", "released_at", "no_show_at", "revised_at"]
    )
