"""Cancelling several by one press: dates of a series, a room with its equipment. All of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from booking import db, events, places
from booking.errors import NotFound
from booking.members import Member, roles
from booking.places import Unit
from booking.reservations import refusals as no
from booking.reservations.cancelling import cancel, cancel_offer
from booking.reservations.models import LIVE, Reservation, Series

WHICH = ("one", "following", "all")


@dataclass(frozen=True, slots=True)
class Family:
    """A reservation among those made with it: its series with all its dates in order, and the equipment beside them."""

    this: Reservation
    series: Series | None
    dates: list[Reservation]
    extras: list[Reservation]

    def chosen(self, which: str, at: datetime, *, by_venue: bool = False) -> list[Reservation]:
        """The dates that 'one', 'following' (with this one) or 'all' mean, without those that cannot be cancelled."""
        listed = self.dates or [self.this]
        if which == "one":
            listed = [self.this]
        elif which == "following" and self.this.series_on is not None:
            listed = self.following()
        return [each for each in listed if cancel_offer(each, at, by_venue=by_venue).allowed]

    def following(self) -> list[Reservation]:
        """This date and those after it, by the dates that they stand for."""
        first = self.this.series_on
        return [each for each in self.dates if first and each.series_on and each.series_on >= first]

    def along(self, listed: Sequence[Reservation]) -> list[Reservation]:
        """The live equipment that was taken along on these dates."""
        ids = {each.id for each in listed}
        return [each for each in self.extras if each.beside_id in ids and each.live]


async def family(reservation: Reservation) -> Family:
    """What was made together with this one, by two questions, of which one where it is neither of a series."""
    series: Series | None = None
    if reservation.series_id:
        series = await Series.get(id=reservation.series_id)
        rows = await db.models(
            Reservation, "WHERE series_id = ? ORDER BY series_on, begins_at, id", reservation.series_id
        )
    else:
        rows = await db.models(
            Reservation, "WHERE beside_id = ? ORDER BY begins_at, id", reservation.beside_id or reservation.id
        )
    return Family(
        reservation,
        series,
        [each for each in rows if series and each.beside_id is None],
        [each for each in rows if each.beside_id is not None],
    )


async def has_family(reservation: Reservation) -> bool:
    """Whether it is one of a series, or has equipment beside it."""
    if reservation.series_id:
        return True
    return bool(await db.rows("SELECT 1 FROM reservation WHERE beside_id = ? LIMIT 1", reservation.id))


async def cancel_together(
    ids: Sequence[UUID],
    *,
    by: Member,
    at: datetime,
    reason: str = "",
    waive: bool = False,
    seen_fee_cents: int | None = None,
) -> list[Reservation]:
    """Cancel all of these, as `cancel` does each: one member's, in one house. What is cancelled already stays so.

    Raises what `cancel` raises, of any of them, and CostMoved where all together costs more than `seen_fee_cents`; then
    nothing is cancelled.
    """
    if len(ids) == 1 and seen_fee_cents is None:
        return [await cancel(ids[0], by=by, at=at, reason=reason, waive=waive)]
    return await _cancel_all(ids, by=by, at=at, reason=reason, waive=waive, seen_fee_cents=seen_fee_cents)


@db.atomic
async def _cancel_all(
    ids: Sequence[UUID],
    *,
    by: Member,
    at: datetime,
    reason: str,
    waive: bool,
    seen_fee_cents: int | None,
) -> list[Reservation]:
    known = await Reservation.filter(id__in=list(ids)).select_related("venue")
    if len(known) != len(set(ids)) or len({(each.member_id, each.venue_id) for each in known}) != 1:
        raise NotFound
    first = known[0]
    standing = await roles.active(by, at)
    hosts = standing.hosts(first.venue)
    if not hosts and any(by.id not in (each.member_id, each.booked_by_id) for each in known):
        raise NotFound
    await db.lock(Member, [first.member_id])
    fresh = await db.lock(Reservation, [each.id for each in known])
    units = await places.units_of(sorted({each.resource_id for each in fresh}))
    await db.lock(Unit, {unit for listed in units.values() for unit in listed})
    together = uuid4()
    news = [each for each in fresh if each.state in LIVE]
    done = [
        await cancel(each.id, by=by, at=at, reason=reason, waive=waive, together=together)
        for each in sorted(fresh, key=lambda one: (one.begins_at, one.beside_id is not None))
    ]
    gone = {each.id for each in news}
    ended = [each for each in done if each.id in gone]
    fee_cents = sum(each.fee_cents for each in ended)
    if seen_fee_cents is not None and fee_cents > seen_fee_cents:
        raise no.CostMoved(fee_cents=fee_cents, currency=first.currency)
    if news:
        await events.record(
            "series.cancelled",
            f"series:{first.series_id}" if first.series_id else ended[0].subject,
            at=at,
            by_id=by.id,
            venue_id=first.venue_id,
            member_id=first.member_id,
            ids=[str(each.id) for each in ended],
            confirmed=[str(each.id) for each in news if each.state == "confirmed"],
            fee_cents=fee_cents,
            reason=reason.strip()[:500] if by.id != first.member_id or waive else "",
            by_venue=by.id != first.member_id and hosts,
        )
    return done


async def cancel_along(
    id: UUID, *, by: Member, at: datetime, reason: str = "", waive: bool = False
) -> Reservation:
    """Cancel one reservation, and the equipment that was taken along with it."""
    beside = await db.models(Reservation, "WHERE beside_id = ? ORDER BY id", id)
    along = [each for each in beside if cancel_offer(each, at, by_venue=by.id != each.member_id).allowed]
    if not along:
        return await cancel(id, by=by, at=at, reason=reason, waive=waive)
    ids = [id, *(each.id for each in along)]
    done = await cancel_together(ids, by=by, at=at, reason=reason, waive=waive)
    return next(each for each in done if each.id == id)
