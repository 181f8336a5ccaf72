"""What happens to reservations without their member: approval, refusal, the end of a hold, and money at the start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from booking import budgets, db, events, places
from booking.budgets.paying import pend_of
from booking.errors import NotFound
from booking.members import roles
from booking.members.models import Member
from booking.places import Unit
from booking.reservations import claiming, shares
from booking.reservations import refusals as no
from booking.reservations.change_holds import expire_changes
from booking.reservations.models import Reservation
from booking.reservations.parts import told_together

log = structlog.get_logger()

BATCH = 200
# After the house's yes: how long a card's money may take, where the bank wants to see the holder of the card.
COLLECT_HOURS_MAX = 23


# Changes and bookings past their time, by what they have claimed: a row per unit. Few are past their time, as the broom
# comes often, while a unit has hundreds of claims: CROSS JOIN tells SQLite to begin with those.
_IN_THE_WAY = (
    "SELECT h.held_until, h.id AS change_id, NULL AS id FROM change_hold h CROSS JOIN claim c "
    "WHERE c.change_id = h.id AND h.state = 'held' AND h.held_until <= ?",
    "SELECT r.held_until, NULL, r.id FROM reservation r CROSS JOIN claim c "
    "WHERE c.reservation_id = r.id AND r.state = 'held' AND r.held_until <= ?",
)


@db.atomic
async def approve(id: UUID, *, by: Member, at: datetime, together: UUID | None = None) -> Reservation:
    """Confirm a request that waits for the house; where a card pays, it is held on until the money has come.

    `together` names the press by which others are answered too.
    Raises NotFound for others than its hosts, NotWaiting.
    """
    reservation, _along = await _for_the_house(id, by, at)
    # Past its time a hold no longer counts, also before the broom has come.
    if not reservation.waits_for_house or (reservation.held_until and reservation.held_until <= at):
        raise no.NotWaiting()
    if reservation.card_cents:
        await _agree(reservation, at=at, by_id=by.id)
        return reservation
    await close(reservation, "confirmed", at=at, decided_by_id=by.id)
    await record("reservation.approved", reservation, at=at, by_id=by.id, **told_together(together))
    return reservation


async def _agree(reservation: Reservation, *, at: datetime, by_id: int) -> None:
    """The house said yes to a request that a card pays: held until the money has come. Call it under the lock."""
    reservation.held_for, reservation.revised_at = "payment", at
    reservation.held_until = min(reservation.begins_at, at + timedelta(hours=COLLECT_HOURS_MAX))
    reservation.decided_by_id = by_id
    await reservation.save(update_fields=["held_for", "revised_at", "held_until", "decided_by_id"])
    await record("reservation.agreed", reservation, at=at, by_id=by_id)


@db.atomic
async def decline(
    id: UUID, *, by: Member, at: datetime, reason: str, together: UUID | None = None
) -> Reservation:
    """Say no to a request, with a reason the member reads; equipment beside it is given back.

    Raises NotFound, NotWaiting, ReasonNeeded.
    """
    reservation, along = await _for_the_house(id, by, at)
    if not reason.strip():
        raise no.ReasonNeeded()
    if not reservation.waits_for_house:
        raise no.NotWaiting()
    await _give_back(along, reservation, at=at, by_id=by.id, reason=reason.strip(), together=together)
    await free(reservation, at=at, by_id=by.id)
    await close(reservation, "declined", at=at, decided_by_id=by.id, reason=reason.strip())
    said = told_together(together)
    await record("reservation.declined", reservation, at=at, by_id=by.id, reason=reason.strip(), **said)
    return reservation


def overdue_asked(resource_id: int, at: datetime) -> db.Asked[list[Any]]:
    """The holds past their time on the units of a resource, for `expire_overdue`."""
    units = "c.unit_id IN (SELECT unit_id FROM resource_unit WHERE resource_id = ?)"
    return db.Asked((_in_the_way(units, resource_id, at),), list)


def _in_the_way(units: str, which: Any, at: datetime) -> db.Statement:
    holds, bookings = _IN_THE_WAY
    sql = f"{holds} AND {units} UNION ALL {bookings} AND {units} ORDER BY held_until"
    return sql, at, which, at, which


async def expire_overdue(
    at: datetime, *, unit_ids: Iterable[int] | None = None, overdue: list[Any] | None = None
) -> int:
    """Let go of holds past their time, each in a transaction of its own. Returns how many.

    With `unit_ids` only those in the way of a booking of these units: the guard still sees a stale hold, so it goes
    first. With `overdue` those that `overdue_asked` has found. Without, it is the broom.
    """
    if unit_ids is None and overdue is None:
        let_go = await expire_changes(at)
        held: Any = Reservation.filter(state="held", held_until__lte=at).order_by("held_until").limit(BATCH)
        ids = await held.values_list("id", flat=True)
    else:
        if overdue is None:
            overdue = await db.rows(*_in_the_way(db.among("c.unit_id"), db.many(unit_ids or ()), at))
        let_go = await expire_changes(at, ids=[row["change_id"] for row in overdue if row["change_id"]])
        ids = [row["id"] for row in overdue if row["id"]]
    return let_go + sum([await _expire(UUID(str(id)), at=at) for id in dict.fromkeys(ids)])


@db.atomic
async def _expire(id: UUID, *, at: datetime) -> bool:
    reservation, along = await _with_along(id)
    if reservation is None or reservation.state != "held":
        return False
    if reservation.held_until is None or reservation.held_until > at:
        return False
    await _give_back(along, reservation, at=at, by_id=None)
    await expire(reservation, at=at)
    return True


async def expire(reservation: Reservation, *, at: datetime) -> None:
    """A hold ends, and frees its time and its money. Inside the caller's transaction, under the reservation's lock."""
    held_for = reservation.held_for
    await free(reservation, at=at, by_id=None)
    await close(reservation, "expired", at=at)
    await record("reservation.expired", reservation, at=at, by_id=None, held_for=held_for)


async def post_started(at: datetime) -> int:
    """Take the money of reservations that have begun, each in its own transaction. Returns how many."""
    ids: Any = (
        await Reservation.filter(state="confirmed", posted_at=None, begins_at__lte=at)
        .exclude(pend_id=None)
        .order_by("begins_at")
        .limit(BATCH)
        .values_list("id", flat=True)
    )
    posted = 0
    for id in ids:
        try:
            posted += await _post(id, at=at)
        except Exception:
            # One that fails must not keep the others from being posted; `check` shows it as unposted.
            log.exception("posting failed", reservation=str(id))
    return posted


@db.atomic
async def _post(id: UUID, *, at: datetime) -> bool:
    locked = await db.lock(Reservation, [id])
    if not locked or locked[0].state != "confirmed" or locked[0].posted_at or locked[0].begins_at > at:
        return False
    reservation = locked[0]
    await reservation.fetch_related("venue", "activity")
    if reservation.pend_id is None:
        return False
    await take(
        reservation, reservation.total_cents - reservation.card_cents, code="booking", at=at, by_id=None
    )
    reservation.posted_at = at
    await reservation.save(update_fields=["posted_at"])
    await record("reservation.posted", reservation, at=at, by_id=None, paid_cents=reservation.paid_cents)
    return True


async def take(
    reservation: Reservation, share_cents: int, *, code: str, at: datetime, by_id: int | None
) -> int:
    """Post so much of the reservation's open pend (in the venue's currency); the rest is the Activity's again.

    The pend is for the Activity's part of the price, with its part of the VAT.
    """
    card_vat_cents = shares.shares(reservation, reservation.vat_cents)[1]
    pend = await pend_of(reservation.pend_id)
    return await budgets.take(
        pend,
        reservation.activity,
        share_cents=share_cents,
        total_cents=reservation.total_cents - reservation.card_cents,
        vat_cents=reservation.vat_cents - card_vat_cents,
        vat_basis_points=reservation.vat_basis_points,
        venue=reservation.venue,
        code=code,
        at=at,
        by_id=by_id,
    )


async def free(reservation: Reservation, *, at: datetime, by_id: int | None) -> None:
    """Give back the units and the money of a reservation that ends before it begins. Call it under its lock."""
    await claiming.let_go(reservation, at=at, by_id=by_id)
    if reservation.pend_id and reservation.posted_at is None:
        await budgets.let_go(await pend_of(reservation.pend_id), at=at, by_id=by_id)
        reservation.pend_id = None


async def _give_back(
    along: Sequence[Reservation],
    beside: Reservation,
    *,
    at: datetime,
    by_id: int | None,
    reason: str = "",
    together: UUID | None = None,
) -> None:
    """Nobody gets the room, so the equipment that was taken along with it goes too, and costs nothing.

    Call it first, under the locks of `_with_along`: it locks the units of all of them, and accounts come after units.
    """
    if not along:
        return
    units = await places.units_of(sorted({each.resource_id for each in (beside, *along)}))
    await db.lock(Unit, {unit for listed in units.values() for unit in listed})
    for each in along:
        if each.posted_at is None:
            await free(each, at=at, by_id=by_id)
        else:  # a hold may end at the very beginning, when the money of what needed no approval was taken already
            await claiming.let_go(each, at=at, by_id=by_id)
            await budgets.give_back(each.subject, at=at, by_id=by_id)
        await close(
            each,
            "cancelled",
            at=at,
            cancelled_at=at,
            cancelled_by_id=by_id,
            reason=reason[:500],
            paid_cents=0,
        )
        said = {"fee_cents": 0, "reason": each.reason, "by_venue": True, **told_together(together)}
        await record("reservation.cancelled", each, at=at, by_id=by_id, **said)


async def _for_the_house(id: UUID, by: Member, at: datetime) -> tuple[Reservation, list[Reservation]]:
    found = await Reservation.get_or_none(id=id).select_related("venue")
    if found is None or not (await roles.active(by, at)).hosts(found.venue):
        raise NotFound
    reservation, along = await _with_along(id)
    assert reservation is not None, "reservations are never deleted"
    return reservation, along


async def _with_along(id: UUID) -> tuple[Reservation | None, list[Reservation]]:
    """The reservation and the live equipment beside it, all of them locked."""
    found = await db.models(Reservation, db.locking("WHERE id = ? OR beside_id = ? ORDER BY id"), id, id)
    along = [each for each in found if each.id != id and each.live and each.checked_in_at is None]
    return next((each for each in found if each.id == id), None), along


async def close(reservation: Reservation, state: str, *, at: datetime, **values: Any) -> None:
    """Give a held reservation its end: the state it comes to. Call it under its lock."""
    reservation.update_from_dict(
        {"state": state, "revised_at": at, "held_until": None, "held_for": "", **values}
    )
    if state != "confirmed":
        reservation.sequence += 1
    await reservation.save(
        update_fields=["state", "revised_at", "held_until", "held_for", "sequence", "pend_id", *values.keys()]
    )


async def record(
    name: str, reservation: Reservation, *, at: datetime, by_id: int | None, **data: Any
) -> None:
    """Write the event of a change of this reservation."""
    await events.record(
        name,
        reservation.subject,
        at=at,
        by_id=by_id,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        **data,
    )
