"""How much of the bookable time was booked, held, used, and by how many people. Pure.

`use_of` counts one room; uses are added up, and a share is made only from the sums: percentages are never averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_facts import (
    HOUR_MICROSECONDS,
    SENSORS,
    Booking,
    Facts,
    Room,
    Stay,
    Sums,
    clipped,
    filled,
    hours,
    length,
    merged,
    microseconds,
    within,
)
from booking.timespan import TimeSpan

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Use(Sums):
    """Hours, all units together. Those named `past` end now; what was used is known of the past only.

    `known`: booked hours of which we know whether somebody came. `seats`: used hours times capacity, `offered_seats`
    bookable hours times capacity; `people` hours of people in rooms that have a capacity. `outside`: booked outside of
    the opening hours, which no share counts.
    """

    bookable: Fraction = ZERO
    bookable_past: Fraction = ZERO
    booked: Fraction = ZERO
    booked_past: Fraction = ZERO
    held: Fraction = ZERO
    outside: Fraction = ZERO
    known: Fraction = ZERO
    used: Fraction = ZERO
    used_booked: Fraction = ZERO
    people: Fraction = ZERO
    seats: Fraction = ZERO
    offered_seats: Fraction = ZERO
    bookings: int = 0
    stays: int = 0
    counted: int = 0

    @property
    def coverage(self) -> Fraction | None:
        """The share of booked hours of which we know whether somebody came; nothing without bookings."""
        return self.known / self.booked_past if self.booked_past else None


def total(uses: Iterable[Use]) -> Use:
    """The sum of several rooms."""
    return sum(uses, Use())


def use_of(room: Room, facts: Facts) -> Use:
    """One room in the period, from its own bookings and stays."""
    bookings = [each for each in facts.bookings if each.room_id == room.id and each.live]
    stays = [each for each in facts.stays if each.room_id == room.id]
    return count(room, bookings, stays, facts.past)


def count(room: Room, bookings: Sequence[Booking], stays: Sequence[Stay], past: TimeSpan | None) -> Use:
    """The same, with the room's live bookings and its stays already picked."""
    over = clipped(room.bookable, past)
    attached: dict[object, list[Stay]] = {}
    loose: list[Stay] = []
    ids = {each.id for each in bookings}
    for stay in stays:
        if stay.booking_id in ids:
            attached.setdefault(stay.booking_id, []).append(stay)
        else:
            loose.append(stay)
    sensed = any(stay.source in SENSORS for stay in stays)
    loose_spans = merged((stay.span for stay in loose), over)

    booked = booked_past = held = outside = known = used_booked = timedelta()
    people = 0  # microseconds
    pieces: list[tuple[TimeSpan, int]] = []
    own_spans: list[TimeSpan] = []
    counted = 0
    for each in bookings:
        inside, quantity = within(each.span, room.bookable), min(each.quantity, room.units)
        booked += length(inside) * quantity
        outside += (each.span.duration - length(inside)) * quantity
        held += length(clipped(inside, _held(each)) if each.released_at else inside) * quantity
        gone = clipped(inside, past)
        booked_past += length(gone) * quantity
        mine = attached.get(each.id, [])
        own = merged(_evidence(each, mine), over)
        sure = bool(own or mine or each.checked_in_at or each.no_show_at or each.released_at)
        if sure or (room.asks_check_in and not each.imported) or sensed:
            known += length(gone) * quantity
        seen = merged([*own, *loose_spans], gone) if room.units == 1 else merged(own, gone)
        used_booked += length(seen) * quantity
        pieces += [(span, quantity) for span in own]
        own_spans += own
        attending, by_count = attendees(each, mine)
        counted += by_count
        people += attending * microseconds(length(own))
    for stay in loose:
        for span in within(stay.span, over):
            pieces.append((span, max(1, stay.people) if room.units > 1 else 1))
            # What a booking has counted itself is not counted a second time.
            shared = length(merged(own_spans, [span])) if room.units == 1 else timedelta()
            people += microseconds(span.duration - shared) * stay.people
    used = hours(filled(pieces, room.units))
    capacity = room.capacity or 0
    offered = hours(length(over)) * room.units
    return Use(
        bookable=hours(length(room.bookable)) * room.units,
        bookable_past=offered,
        booked=hours(booked),
        booked_past=hours(booked_past),
        held=hours(held),
        outside=hours(outside),
        known=hours(known),
        used=used,
        used_booked=hours(used_booked),
        people=Fraction(people, HOUR_MICROSECONDS) if capacity else ZERO,
        seats=used * capacity,
        offered_seats=offered * capacity,
        bookings=sum(not each.echo for each in bookings),
        stays=len(stays),
        counted=counted,
    )


def attendees(booking: Booking, stays: Sequence[Stay]) -> tuple[int, bool]:
    """How many came, and whether they were counted: else it is how many were expected."""
    numbers = [stay.people for stay in stays if not stay.who]
    if numbers:
        return max(numbers), True
    return max(booking.people, len({stay.who for stay in stays})), False


def _held(booking: Booking) -> TimeSpan | None:
    """What was withheld from others: until it was released."""
    ends_at = min(booking.span.ends_at, booking.released_at or booking.span.ends_at)
    return TimeSpan(booking.span.begins_at, ends_at) if ends_at > booking.span.begins_at else None


def _evidence(booking: Booking, stays: Sequence[Stay]) -> list[TimeSpan]:
    """When somebody was there, as far as the booking itself tells: its stays, else its check-in and check-out."""
    found = []
    for stay in stays:
        # Nobody saw the end of such a stay: it counts for the time that was booked.
        ends_at = min(stay.span.ends_at, booking.span.ends_at) if stay.estimated else stay.span.ends_at
        if ends_at > stay.span.begins_at:
            found.append(TimeSpan(stay.span.begins_at, ends_at))
    if not stays and booking.checked_in_at:
        ends_at = booking.checked_out_at or booking.span.ends_at
        if ends_at > booking.checked_in_at:
            found.append(TimeSpan(booking.checked_in_at, ends_at))
    return found


def booked_share(use: Use) -> Figure:
    """How much of the bookable time was booked."""
    return figure("booked_utilisation", use.booked, use.bookable, n=use.bookings, source=("booked",))


def figures(use: Use) -> list[Figure]:
    """The shares of time and of seats, from a room's use or from the sum of several."""
    source = ("booked",)
    seen = ("checked_in",) if use.stays == 0 else ("checked_in", "presence")
    attending = (*seen, "counted" if use.counted else "expected")
    cover = use.coverage
    # Nothing at all is known of who came: that is not the same as nobody.
    told = bool(use.known or use.stays or not use.booked_past)
    seeing: dict[str, Any] = {"n": use.bookings, "coverage": cover, "measured": told}
    return [
        booked_share(use),
        figure("held_utilisation", use.held, use.bookable, n=use.bookings, source=source),
        figure("used_utilisation", use.used, use.bookable_past, source=seen, **seeing),
        figure("seat_fill", use.people, use.seats, source=attending, **seeing),
        figure("seat_hours", use.people, use.offered_seats, source=attending, **seeing),
        figure("unused", use.known - use.used_booked, use.known, source=seen, **seeing),
        figure("unbooked_use", max(ZERO, use.used - use.used_booked), use.used, n=use.stays, source=seen),
    ]
