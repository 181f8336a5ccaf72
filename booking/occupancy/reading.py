"""The rows of one house in one period as facts, in a fixed number of questions to the database.

Units that several resources share (a hall and its halves, a floor and its desks) count once: each unit has one home,
the smallest resource that has it, and a booking of a whole is echoed to the homes of its units. Bookable time is read
where bookings read it (`reservations.plans`), so a figure can never speak of other hours than the booking form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from booking import db, money, pricing, reservations
from booking.occupancy.figures_facts import Booking, Facts, Room, Stay
from booking.occupancy.figures_spans import LocalDays, days_round, moment, pair
from booking.occupancy.figures_use import attendees
from booking.places import Resource, Venue
from booking.pricing import Tariff
from booking.timespan import TimeSpan, day_span, days, union, wall_or_next

STATES = ("held", "confirmed", "cancelled")
# The list that a price is compared with: what a member pays.
LIST_CATEGORY = "member"
# In place of an exchange rate on reservations of another system.
IMPORTED = "imported"
HOUSE = 0  # no resource has this id: the house itself, with its own hours


@dataclass(frozen=True)
class Read:
    """The facts, and the resources they are about, in the order of the house."""

    facts: Facts
    resources: Sequence[Any]


def period(first: date, last: date, zone: str) -> TimeSpan:
    """From the beginning of the first local day to the end of the last one. Raises ValueError when that is nothing."""
    return TimeSpan(wall_or_next(first, 0, zone), wall_or_next(last + timedelta(days=1), 0, zone))


async def read_booked(venue: Venue, first: date, last: date) -> tuple[list[Room], list[Booking], set[int]]:
    """Only what was booked and what could be, without people and prices; half a dozen queries. And what is let now."""
    window = period(first, last, venue.zone)
    resources = await _resources(venue)
    plans = await reservations.plans(resources, window)
    prices = Prices({})
    homes = _homes(resources, {id: list(plan.taken) for id, plan in plans.items()})
    rooms = [_room(each, plans[each.id], homes, prices) for each in resources]
    bookings = await _bookings(venue, window, {each.id: each for each in resources}, homes, [], prices)
    return rooms, bookings, {each.id for each in resources if each.published}


async def _resources(venue: Venue) -> list[Any]:
    resources = list(await Resource.filter(venue_id=venue.id).order_by("position", "id"))
    for resource in resources:
        resource.venue = venue
    return resources


async def read(venue: Venue, first: date, last: date, *, at: datetime, priced: bool = True) -> Read:
    """Everything of the venue in the period, both days inclusive; a dozen queries, whatever its size and length.

    Where it is not `priced`, what the list asks is 0 throughout.
    """
    window = period(first, last, venue.zone)
    resources = await _resources(venue)
    house = SimpleNamespace(id=HOUSE, venue_id=venue.id, venue=venue)
    plans = await reservations.plans([*resources, house], window)
    ids = [each.id for each in resources]
    tariffs = await pricing.tariff_history(ids, LIST_CATEGORY) if priced else {}
    prices = Prices(tariffs, days_round(window, venue.zone))
    homes = _homes(resources, {id: list(plan.taken) for id, plan in plans.items()})
    rooms = [_room(each, plans[each.id], homes, prices) for each in resources]
    open_ = plans[HOUSE].bookable or union(span for room in rooms for span in room.bookable)
    stays = await _stays(venue, window, open_, at)
    bookings = await _bookings(venue, window, {each.id: each for each in resources}, homes, stays, prices)
    # What is no longer let counts only where it was booked in the period.
    booked = {each.room_id for each in bookings}
    resources = [each for each in resources if each.published or each.id in booked]
    kept = {each.id for each in resources}
    return Read(
        Facts(
            window=window,
            at=at,
            zone=venue.zone,
            currency=venue.currency,
            capacity=venue.capacity_people,
            open=open_,
            rooms=[room for room in rooms if room.id in kept],
            bookings=bookings,
            stays=stays,
        ),
        resources,
    )


# --- rooms ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Homes:
    """Which resource each unit counts in, and the units of each resource."""

    of_unit: Mapping[int, int]
    units: Mapping[int, Sequence[int]]
    resources: Mapping[int, Any]

    def own(self, resource_id: int) -> list[int]:
        return [unit for unit in self.units.get(resource_id, ()) if self.of_unit[unit] == resource_id]


def _homes(resources: Sequence[Any], units: Mapping[int, Sequence[int]]) -> _Homes:
    holders: dict[int, list[Any]] = {}
    for resource in resources:
        for unit in units.get(resource.id, ()):
            holders.setdefault(unit, []).append(resource)

    def rank(resource: Any) -> tuple[bool, int, int]:
        """A pool, or a part, before a whole that is made of several units."""
        number = len(units[resource.id])
        return resource.takes == "all" and number > 1, number, resource.id

    of_unit = {unit: min(those, key=rank).id for unit, those in holders.items()}
    return _Homes(of_unit, units, {resource.id: resource for resource in resources})


def _room(resource: Any, plan: Any, homes: _Homes, prices: Prices) -> Room:
    own = homes.own(resource.id)
    units = len(own) if resource.takes == "any" and own else 1
    return Room(
        id=resource.id,
        key=resource.key,
        kind=resource.kind,
        bookable=plan.bookable,
        units=units,
        adds=bool(own),
        capacity=resource.capacity_people,
        area_m2=resource.area_m2,
        asks_check_in=resource.release_minutes is not None,
        shortest_minutes=resource.shortest_minutes,
        raster_minutes=resource.raster_minutes,
        buffer_before_minutes=resource.buffer_before_minutes,
        buffer_after_minutes=resource.buffer_after_minutes,
        taken={unit: plan.taken.get(unit, []) for unit in own},
        full_cents=sum(prices.of(resource.id, *pair(span)) for span in plan.bookable) * units,
    )


class Prices:
    """What the list asks: the price of each length of a day is worked out once for each tariff."""

    def __init__(
        self, tariffs: Mapping[int, Sequence[tuple[date, Tariff]]], days: LocalDays | None = None
    ) -> None:
        self._days = days
        # For each resource: from which day, the tariff, and what is known of it. Spaces that cost the same share that.
        known: dict[Tariff, dict[int, int]] = {}
        self._tariffs = {
            id: [(from_on, tariff, known.setdefault(tariff, {})) for from_on, tariff in reversed(dated)]
            for id, dated in tariffs.items()
        }

    def of(self, resource_id: int, begins: int, ends: int, quantity: int = 1) -> int:
        """Net minor units by the tariff of the day on which the span begins; 0 where there is no tariff."""
        dated, days = self._tariffs.get(resource_id), self._days
        if not dated or days is None:
            return 0
        day, day_ends = days.day(begins)
        now = next((one for one in dated if one[0] <= day), None)
        if now is None:
            return 0
        _from_on, tariff, known = now
        # Only the length matters within one local day; a span over midnight is priced as it lies.
        if ends > day_ends:
            return self._quote(tariff, begins, ends) * quantity
        price = known.get(ends - begins)
        if price is None:
            price = known[ends - begins] = self._quote(tariff, begins, ends)
        return price * quantity

    def _quote(self, tariff: Tariff, begins: int, ends: int) -> int:
        assert self._days is not None
        span = TimeSpan(moment(begins), moment(ends))
        return pricing.quote(tariff, span, self._days.zone, vat_basis_points=0, vat_reason="").net_cents


# --- bookings ------------------------------------------------------------------------------------------

COLUMNS = (
    "id", "resource_id", "begins_at", "ends_at", "state", "people", "quantity", "created_at", "cancelled_at",
    "cancelled_by_id", "member_id", "checked_in_at", "checked_out_at", "released_at", "no_show_at", "net_cents",
    "total_cents", "fee_cents", "rate",
    # The terms matter to what was cancelled alone, and are the longest text of a row.
    "CASE WHEN cancelled_at IS NULL THEN NULL ELSE terms END AS terms",
)  # fmt: skip


async def _bookings(
    venue: Venue,
    window: TimeSpan,
    resources: Mapping[int, Any],
    homes: _Homes,
    stays: Sequence[Stay],
    prices: Prices,
) -> list[Booking]:
    rows = await db.rows(
        f"SELECT {', '.join(COLUMNS)} FROM reservation WHERE venue_id = ? AND {db.among('state')} "
        "AND begins_at < ? AND ends_at > ? ORDER BY begins_at, id",
        venue.id,
        db.many(STATES),
        window.ends_at,
        window.begins_at,
    )
    sharing = _sharing(homes)
    pools = [id for id in sharing if homes.resources[id].takes == "any"]
    units = await _units(pools, window) if pools else {}
    attached: dict[Any, list[Stay]] = {}
    for stay in stays:
        if stay.booking_id is not None:
            attached.setdefault(stay.booking_id, []).append(stay)
    found: list[Booking] = []
    for row in rows:
        resource = resources.get(row["resource_id"])
        if resource is None:
            continue
        booking = booking_of(row, prices)
        found.append(booking)
        if booking.live and booking.room_id in sharing:
            found += _echoes(booking, resource, homes, units, attached.get(booking.id, []))
    return found


def booking_of(row: Mapping[str, Any], prices: Prices | None = None) -> Booking:
    """A row, as `db.rows` reads COLUMNS, as a fact; what the list asks is said only where prices are given."""
    # Written out: it is done a hundred thousand times for a large house, and most of these columns are empty.
    instant = db.instant
    cancelled_at, checked_in_at, checked_out_at, released_at, no_show_at = (
        row["cancelled_at"],
        row["checked_in_at"],
        row["checked_out_at"],
        row["released_at"],
        row["no_show_at"],
    )
    free_until = _terms(row["terms"]).get("free_until") if cancelled_at else None
    net, fee, total = row["net_cents"], row["fee_cents"], row["total_cents"]
    booking = Booking(
        id=str(row["id"]),
        room_id=row["resource_id"],
        span=TimeSpan(instant(row["begins_at"]), instant(row["ends_at"])),
        state=row["state"],
        people=row["people"],
        quantity=row["quantity"],
        created_at=instant(row["created_at"]),
        free_until=datetime.fromisoformat(free_until) if free_until else None,
        cancelled_at=instant(cancelled_at) if cancelled_at else None,
        # In history, nobody: the house.
        cancelled_by_house=row["cancelled_by_id"] != row["member_id"],
        checked_in_at=instant(checked_in_at) if checked_in_at else None,
        checked_out_at=instant(checked_out_at) if checked_out_at else None,
        released_at=instant(released_at) if released_at else None,
        no_show_at=instant(no_show_at) if no_show_at else None,
        net_cents=net,
        # A fee is a part of the total; without VAT it is the same part of the net.
        fee_cents=money.split(fee, [net, total - net])[0] if total and fee else fee,
        imported=row["rate"] == IMPORTED,
    )
    if prices and booking.state == "confirmed":
        booking.list_cents = prices.of(booking.room_id, booking.begins, booking.ends, booking.quantity)
    return booking


def _terms(kept: Any) -> dict[str, Any]:
    """Terms as a row brings them: as text, or nothing."""
    return (json.loads(kept) if isinstance(kept, str) else kept) or {}


def _sharing(homes: _Homes) -> set[int]:
    """The resources that take units which count in another one."""
    return {id for id, units in homes.units.items() if any(homes.of_unit[unit] != id for unit in units)}


async def _units(resource_ids: Sequence[int], window: TimeSpan) -> dict[Any, list[int]]:
    """Which units the bookings of these resources have; of what takes all of its units that is known without asking."""
    found: dict[Any, list[int]] = {}
    claims = await db.rows(
        "SELECT c.reservation_id, c.unit_id FROM claim c JOIN reservation r ON r.id = c.reservation_id "
        f"WHERE {db.among('r.resource_id')} AND c.begins_at < ? AND c.ends_at > ?",
        db.many(resource_ids),
        window.ends_at,
        window.begins_at,
    )
    for row in claims:
        found.setdefault(str(row["reservation_id"]), []).append(row["unit_id"])
    return found


def _echoes(
    booking: Booking,
    resource: Any,
    homes: _Homes,
    units: Mapping[Any, Sequence[int]],
    stays: Sequence[Stay],
) -> list[Booking]:
    """The booking as the other resources see it in which its units count."""
    taken = homes.units[resource.id] if resource.takes == "all" else units.get(booking.id, ())
    by_home: dict[int, int] = {}
    for unit in taken:
        if (home := homes.of_unit[unit]) != resource.id:
            by_home[home] = by_home.get(home, 0) + 1
    if not by_home:
        return []
    came, _counted = attendees(booking, stays)
    weights = [
        (homes.resources[home].capacity_people or 1) * (number if homes.resources[home].takes == "any" else 1)
        for home, number in by_home.items()
    ]
    seen_in = min((stay.span.begins_at for stay in stays), default=booking.checked_in_at)
    seen_out = max(
        (
            min(stay.span.ends_at, booking.span.ends_at) if stay.estimated else stay.span.ends_at
            for stay in stays
        ),
        default=booking.checked_out_at,
    )
    return [
        replace(
            booking,
            room_id=home,
            quantity=number if homes.resources[home].takes == "any" else 1,
            people=people,
            checked_in_at=seen_in,
            checked_out_at=seen_out,
            echo=True,
        )
        for (home, number), people in zip(by_home.items(), money.split(came, weights), strict=True)
    ]


# --- stays ---------------------------------------------------------------------------------------------


async def _stays(venue: Venue, window: TimeSpan, open_: Sequence[TimeSpan], at: datetime) -> list[Stay]:
    """Stays that touch the period, as far as they have gone; a staff count stands until the next one or closing."""
    rows = await db.rows(
        "SELECT begins_at, ends_at, source, member_id, person, people, resource_id, reservation_id, estimated "
        "FROM presence WHERE venue_id = ? AND begins_at < ? AND (ends_at IS NULL OR ends_at > ?) "
        "ORDER BY begins_at, id",
        venue.id,
        window.ends_at,
        window.begins_at,
    )
    later: dict[int | None, datetime] = {}
    found: list[Stay] = []
    for row in reversed(rows):
        begins_at, ends_at = db.instant(row["begins_at"]), db.instant(row["ends_at"])
        source, people, resource_id = row["source"], row["people"], row["resource_id"]
        member_id, person, reservation_id = row["member_id"], row["person"], row["reservation_id"]
        still = ends_at is None
        if still:
            ends_at = at
            if source == "staff_count":
                closing = _closing(begins_at, open_, venue.zone)
                ends_at = min(at, closing, later.get(resource_id, closing))
        if source == "staff_count":
            later[resource_id] = begins_at
        ends_at = min(ends_at, max(at, begins_at))
        if ends_at <= begins_at or (source == "staff_count" and people == 0):
            continue
        found.append(
            Stay(
                span=TimeSpan(begins_at, ends_at),
                source=source,
                who=f"m{member_id}" if member_id else f"p{person}" if person else "",
                people=people,
                room_id=resource_id,
                booking_id=str(reservation_id) if reservation_id else None,
                estimated=bool(row["estimated"]),
                open=still and ends_at == at,
            )
        )
    return found[::-1]


def _closing(at: datetime, open_: Sequence[TimeSpan], zone: str) -> datetime:
    """When the house closes after this moment; the end of the local day where it is closed already."""
    closing = next((span.ends_at for span in open_ if span.covers(at)), None)
    return closing or days_end(at, zone)


def days_end(at: datetime, zone: str) -> datetime:
    """The end of the local day."""
    [day] = days(TimeSpan(at, at + timedelta(microseconds=1)), zone)
    return day_span(day, zone).ends_at
