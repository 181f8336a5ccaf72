"""Taking units: the only place that writes claims."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from booking import availability, db, i18n, places, records
from booking.errors import Busy
from booking.places import Unit
from booking.reservations import refusals as no
from booking.reservations.change_holds import give_up
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


async def lock_units(resource: Any, unit_ids: Sequence[int], *asked: db.Asked[Any]) -> list[Any]:
    """Lock the units of a resource that was read before this transaction. Raises ResourceChanged.

    Managers change a resource under the same locks, so from here on its rules and units stay what they are. What else
    is `asked` under these locks comes with the same question, and is given back.
    """
    await db.lock(Unit, unit_ids)
    return await as_it_stands(resource, unit_ids, *asked)


def units_locked(unit_ids: Sequence[int]) -> db.Asked[None]:
    """Locks the units, to be asked together with what nobody changes under their locks; `as_it_stands` comes next."""
    if db.dialect() != "postgres":
        return db.Asked((), lambda: None)
    sql = db.locking(f"SELECT id FROM unit WHERE {db.among('id')} ORDER BY id")
    return db.Asked(((sql, db.many(unit_ids)),), lambda _rows: None)


async def as_it_stands(resource: Any, unit_ids: Sequence[int], *asked: db.Asked[Any]) -> list[Any]:
    """The second half of `lock_units`, where the units have been locked."""
    now, *found = await db.answers(db.Asked(((AS_IT_STANDS, resource.id),), list), *asked)
    if [row["unit_id"] for row in now if row["unit_id"]] != list(unit_ids) or now[0][
        "revision"
    ] != resource.revision:
        raise ResourceChanged
    return found


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
            resource, unit_ids = await places.with_units(resource.id)
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
    taken: Mapping[int, Sequence[TimeSpan]] | None = None,
) -> tuple[list[int], list[tuple[Claim, int]]]:
    """The units to take for a span (buffers not yet included), and the claims that must move to others for it.

    The units are locked by the caller. Claims of this pool that have not begun may move: nobody has been told their
    number yet. `taken` are their claims round the span, where the caller read them under the same locks. Raises Taken.
    """
    wish = claimed(resource, span)
    if resource.takes == "all":
        # Nobody moves for a resource that needs all of its units, so only what overlaps matters.
        if taken is None:
            full = bool(await claims(units, wish, without=without))
        else:
            full = any(span.overlaps(wish) for unit in units for span in taken.get(unit, ()))
        if full:
            raise no.Taken(resource=i18n.name_of(resource))
        return list(units), []
    around = TimeSpan(wish.begins_at - MARGIN, wish.ends_at + MARGIN)
    there = await claims(units, around, without=without)
    owners = await _resources_of({each.reservation_id for each in there})
    # A change that waits for its payment belongs beside the claims that it extends.
    waiting = {each.reservation_id for each in there if each.change_id}
    fixed: dict[int, list[TimeSpan]] = {unit: [] for unit in units}
    movable: list[tuple[int, TimeSpan, int]] = []
    for each in there:
        ours = owners[each.reservation_id] == resource.id and each.begins_at > at
        ours = ours and each.reservation_id not in waiting
        # What reaches over the edge of what was read may not move: who knows what it would meet there.
        if ours and around.contains(each.span):
            movable.append((each.id, each.span, each.unit_id))
        else:
            fixed[each.unit_id].append(each.span)
    found = availability.repack(units, fixed, movable, wish, quantity)
    if found is None:
        raise no.Taken(resource=i18n.name_of(resource))
    by_id = {each.id: each for each in there}
    chosen, moves = found
    return chosen, [(by_id[claim_id], unit) for claim_id, unit in moves.items()]


async def claims(units: Sequence[int], window: TimeSpan, *, without: UUID | None) -> list[Claim]:
    """The claims of these units that touch the window, but one reservation's own."""
    found = await db.models(
        Claim,
        f"WHERE {db.among('unit_id')} AND ends_at > ? AND begins_at < ? ORDER BY id",
        db.many(units),
        window.begins_at,
        window.ends_at,
    )
    return [each for each in found if each.reservation_id != without]


async def _resources_of(ids: set[UUID]) -> dict[UUID, int]:
    sql = f"SELECT id, resource_id FROM reservation WHERE {db.among('id')}"
    return {UUID(str(row["id"])): row["resource_id"] for row in await db.rows(sql, db.many(ids))}


async def write(
    reservation: Reservation, resource: Any, chosen: Sequence[int], moves: Sequence[tuple[Claim, int]]
) -> None:
    """Write the claims, and the reservation where it is new. Claims that move are taken away first, as two of them may
    change places."""
    if moves:
        await Claim.filter(id__in=[claim.id for claim, _unit in moves]).delete()
        for claim, unit in moves:
            await take(unit, claim.reservation_id, claim.span)
    new = [records.insertion(reservation)] if not reservation._saved_in_db else []
    span = claimed(resource, reservation.span)
    await db.write(*new, *_claims(chosen, reservation.id, span))
    reservation._saved_in_db = True


async def take(unit: int, reservation_id: UUID, span: TimeSpan, *, change_id: UUID | None = None) -> None:
    """Write one claim; `change_id` where a change that waits for its payment needs it."""
    await db.write(*_claims([unit], reservation_id, span, change_id))


def _claims(
    units: Sequence[int], reservation_id: UUID, span: TimeSpan, change_id: UUID | None = None
) -> list[db.Statement]:
    if not units:
        return []
    places = ", ".join(["(?, ?, ?, ?, ?)"] * len(units))
    sql = f"INSERT INTO claim (unit_id, reservation_id, begins_at, ends_at, change_id) VALUES {places}"
    rows = [(unit, reservation_id, span.begins_at, span.ends_at, change_id) for unit in units]
    return [(sql, *(value for row in rows for value in row))]


async def let_go(reservation: Reservation, *, at: datetime, by_id: int | None) -> None:
    """Give back every unit of a reservation that is no longer live, and of a change that waits. Call it under its lock.

    The units are locked first: whoever books of the same pool may just be moving these claims to other units, and a
    claim written there meanwhile would outlive its reservation.
    """
    await db.lock(Unit, (await places.units_of([reservation.resource_id])).get(reservation.resource_id, []))
    await give_up(reservation, at=at, by_id=by_id)
    await Claim.filter(reservation_id=reservation.id).delete()
