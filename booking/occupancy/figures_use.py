"""How much of the bookable time was booked, held, used, and by how many people. Pure.

`use_of` counts one room; uses are added up, and a share is made only from the sums: percentages are never averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
)
from booking.occupancy.figures_spans import (
    Opening,
    Piece,
    cut,
    filled,
    instant,
    length,
    split,
    steps,
    union,
)
from booking.timespan import TimeSpan

ZERO = Fraction(0)
NOTHING = Opening([], [])
NOBODY: Sequence[Stay] = ()


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
    return Use.sum(uses)


def use_of(room: Room, facts: Facts, booked: list[tuple[int, int, int]] | None = None) -> Use:
    """One room in the period, from its own bookings and stays. `booked` gets each part of a booking that counts."""
    bookings = [each for each in facts.bookings if each.room_id == room.id and each.live]
    stays = [each for each in facts.stays if each.room_id == room.id]
    return count(room, bookings, stays, facts.past, booked)


def count(
    room: Room,
    bookings: Sequence[Booking],
    stays: Sequence[Stay],
    past: TimeSpan | None,
    parts: list[tuple[int, int, int]] | None = None,
) -> Use:
    """The same, with the room's live bookings and its stays already picked."""
    offered = Opening.of(room.bookable)
    over = Opening.of(clipped(room.bookable, past))
    now = instant(past.ends_at) if past else None
    attached: dict[object, list[Stay]] = {}
    loose: list[Stay] = []
    ids = {each.id for each in bookings} if stays else set()
    for stay in stays:
        if stay.booking_id in ids:
            attached.setdefault(stay.booking_id, []).append(stay)
        else:
            loose.append(stay)
    sensed = any(stay.source in SENSORS for stay in stays)
    loose_spans = [(instant(stay.span.begins_at), instant(stay.span.ends_at)) for stay in loose]
    others = Opening(*split(over.merged(loose_spans))) if loose and room.units == 1 else NOTHING

    booked = booked_past = held = outside = known = used_booked = people = counted = 0
    pieces: list[tuple[int, int, int]] = []
    for each in bookings:
        inside = offered.within(each.begins, each.ends)
        quantity, within_hours = min(each.quantity, room.units), length(inside)
        booked += within_hours * quantity
        if parts is not None:
            parts += [(begins, ends, quantity) for begins, ends in inside]
        outside += (each.ends - each.begins - within_hours) * quantity
        until = min(each.ends, instant(each.released_at)) if each.released_at else each.ends
        held += (length(cut(inside, until)) if each.released_at else within_hours) * quantity
        # Only the part of the period that is over; a booking of all of it is the usual one.
        gone = inside if now is not None and each.ends <= now else over.within(each.begins, each.ends)
        gone_hours = length(gone)
        booked_past += gone_hours * quantity
        mine = attached.get(each.id, NOBODY)
        told = _evidence(each, mine)
        own = over.merged(told) if told else []
        there = [*own, *others.touching(gone[0][0], gone[-1][1])] if gone and (own or others.begins) else []
        used_hours = length(Opening(*split(gone)).merged(there)) if there else 0
        used_booked += used_hours * quantity
        # Somebody seen in the room meanwhile tells of its booking too: what was used is never more than what is known.
        sure = bool(own or used_hours or mine or each.checked_in_at or each.no_show_at or each.released_at)
        if sure or (room.asks_check_in and not each.imported) or sensed:
            known += gone_hours * quantity
        pieces += [(begins, ends, quantity) for begins, ends in own]
        attending, by_count = attendees(each, mine)
        counted += by_count
        people += attending * length(own)
    by_bookings = (
        Opening(*split(union((begins, ends) for begins, ends, _quantity in pieces))) if loose else NOTHING
    )
    for stay, (begins, ends) in zip(loose, loose_spans, strict=True):
        for part in over.within(begins, ends):
            pieces.append((*part, max(1, stay.people) if room.units > 1 else 1))
            # What a booking has counted itself is not counted a second time.
            shared = length(by_bookings.within(*part)) if room.units == 1 else 0
            people += (part[1] - part[0] - shared) * stay.people
    used = _hours(filled(steps(pieces), room.units))
    capacity = room.capacity or 0
    offered_past = _hours(_all_of(over)) * room.units
    return Use(
        bookable=_hours(_all_of(offered)) * room.units,
        bookable_past=offered_past,
        booked=_hours(booked),
        booked_past=_hours(booked_past),
        held=_hours(held),
        outside=_hours(outside),
        known=_hours(known),
        used=used,
        used_booked=_hours(used_booked),
        people=_hours(people) if capacity else ZERO,
        seats=used * capacity,
        offered_seats=offered_past * capacity,
        bookings=sum(not each.echo for each in bookings),
        stays=len(stays),
        counted=counted,
    )


def _hours(of: int) -> Fraction:
    return Fraction(of, HOUR_MICROSECONDS)


def _all_of(opening: Opening) -> int:
    return sum(opening.ends) - sum(opening.begins)


def attendees(booking: Booking, stays: Sequence[Stay]) -> tuple[int, bool]:
    """How many came, and whether they were counted: else it is how many were expected."""
    if not stays:
        return booking.people, False
    numbers = [stay.people for stay in stays if not stay.who]
    if numbers:
        return max(numbers), True
    return max(booking.people, len({stay.who for stay in stays})), False


def _evidence(booking: Booking, stays: Sequence[Stay]) -> list[Piece]:
    """When somebody was there, as far as the booking itself tells: its stays, else its check-in and check-out."""
    if not stays:
        if not booking.checked_in_at:
            return []
        came = instant(booking.checked_in_at)
        left = instant(booking.checked_out_at) if booking.checked_out_at else booking.ends
        return [(came, left)] if left > came else []
    found = []
    for stay in stays:
        came, left = instant(stay.span.begins_at), instant(stay.span.ends_at)
        # Nobody saw the end of such a stay: it counts for the time that was booked.
        if stay.estimated:
            left = min(left, booking.ends)
        if left > came:
            found.append((came, left))
    return found


def booked_share(use: Use) -> Figure:
    """How much of the bookable time was booked."""
    return figure("booked_utilisation", use.booked, use.bookable, n=use.bookings, source=("booked",))


def used_share(use: Use) -> Figure:
    """How much of the bookable time until now somebody was there."""
    seen = ("checked_in",) if use.stays == 0 else ("checked_in", "presence")
    # Nothing at all is known of who came: that is not the same as nobody.
    told = bool(use.known or use.stays or not use.booked_past)
    return figure(
        "used_utilisation",
        use.used,
        use.bookable_past,
        n=use.bookings,
        source=seen,
        coverage=use.coverage,
        measured=told,
    )


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
        used_share(use),
        figure("seat_fill", use.people, use.seats, source=attending, **seeing),
        figure("seat_hours", use.people, use.offered_seats, source=attending, **seeing),
        figure("unused", use.known - use.used_booked, use.known, source=seen, **seeing),
        figure("unbooked_use", max(ZERO, use.used - use.used_booked), use.used, n=use.stays, source=seen),
    ]
