"""Taking units: the only place that writes claims."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from booking import availability, db, i18n, places
from booking.errors import Busy
from booking.places import Unit
from booking.reservations import refusals as no
from booking.reservations.models import Claim, Reservation
from booking.timespan import TimeSpan

# How far around a wish claims are looked at, to find room by moving some.
MARGIN = timedelta(days=31)
TRIES_MAX = 5
AS_IT_STANDS = """
SELECT r.revision, l.unit_id FROM resource r LEFT JOIN resource_unit l ON l.resource_id = r.id
WHERE r.id = ? ORDER BY l.position, l.unit_id
"""


class ResourceChanged(Exception):
    """While the units were being locked, a manager changed the resource: what was read of it before is of no use."""


async def lock_units(resource: Any, unit_ids: Sequence[int]) -> None:
    """Lock the units of a resource that was read before this transaction. Raises ResourceChanged.

    Managers change a resource under the same locks, so from here on its rules and units stay what they are.
    """
    await db.lock(Unit, unit_ids)
    now = await db.rows(AS_IT_STANDS, resource.id)
    if [row["unit_id"] for row in now if row["unit_id"]] != list(unit_ids) or now[0][
        "revision"
    ] != resource.revision:
        raise ResourceChanged


async def again_if_changed(
    resource: Any,
    unit_ids: list[int],
    operation: Callable[..., Awaitable[Any]],
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Run a whole operation with this resource and its units, again with fresh ones where they changed meanwhile."""
    for _attempt in range(TRIES_MAX):
        try:
            return await operation(resource, unit_ids, *args, **kwargs)
        except ResourceChanged:
            resource = await places.resource(resource.id)
            unit_ids = (await places.units_of([resource.id])).get(resource.id, [])
    raise Busy


def claimed(resource: Any, span: TimeSpan) -> TimeSpan:
    """The span with the resource's set-up and clear-up time."""
    return span.widened(resource.buffer_before_minutes, resource.buffer_after_minutes)


async def choose(
    resource: Any,
    units: Sequence[int],
    span: TimeSpan,
    quantity: int,
    *,
    at: datetime,
    without: UUID | None = None,
) -> tuple[list[int], list[tuple[Claim, int]]]:
    """The units to take for a span (buffers not yet included), and the claims that must move to others for it.

    The units are locked by the caller. Claims of this pool that have not begun may move: nobody has been told their
    number yet. Raises Taken.
    """
    wish = claimed(resource, span)
    around = TimeSpan(wish.begins_at - MARGIN, wish.ends_at + MARGIN)
    query = Claim.filter(
        unit_id__in=list(units), begins_at__lt=around.ends_at, ends_at__gt=around.begins_at
    ).select_related("reservation")
    claims = [each for each in await query if each.reservation_id != without]
    if resource.takes == "all":
        if any(each.span.overlaps(wish) for each in claims):
            raise no.Taken(resource=i18n.name_of(resource))
        return list(units), []
    fixed: dict[int, list[TimeSpan]] = {unit: [] for unit in units}
    movable: list[tuple[int, TimeSpan, int]] = []
    for each in claims:
        ours = each.reservation.resource_id == resource.id and each.begins_at > at
        # What reaches over the edge of what was read may not move: who knows what it would meet there.
        if ours and around.contains(each.span):
            movable.append((each.id, each.span, each.unit_id))
        else:
            fixed[each.unit_id].append(each.span)
    found = availability.repack(units, fixed, movable, wish, quantity)
    if found is None:
        raise no.Taken(resource=i18n.name_of(resource))
    by_id = {each.id: each for each in claims}
    chosen, moves = found
    return chosen, [(by_id[claim_id], unit) for claim_id, unit in moves.items()]


async def write(
    reservation: Reservation, resource: Any, chosen: Sequence[int], moves: Sequence[tuple[Claim, int]]
) -> None:
    """Write the claims. Claims that move are taken away first, as two of them may change places."""
    span = claimed(resource, reservation.span)
    if moves:
        await Claim.filter(id__in=[claim.id for claim, _unit in moves]).delete()
        for claim, unit in moves:
            await Claim.create(
                unit_id=unit,
                reservation_id=claim.reservation_id,
                begins_at=claim.begins_at,
                ends_at=claim.ends_at,
            )
    for unit in chosen:
        await Claim.create(
            unit_id=unit, reservation_id=reservation.id, begins_at=span.begins_at, ends_at=span.ends_at
        )


async def let_go(reservation: Reservation) -> None:
    """Give back every unit of a reservation that is no longer live. Call it under the reservation's lock.

    The units are locked first: whoever books of the same pool may just be moving these claims to other units, and a
    claim written there meanwhile would outlive its reservation.
    """
    await db.lock(Unit, (await places.units_of([reservation.resource_id])).get(reservation.resource_id, []))
    await Claim.filter(reservation_id=reservation.id).delete()
