"""What the hours brought in, by the prices written on the bookings. Pure; minor units, net of VAT.

The money of a booking belongs to the period in which it begins, as it is taken then. A fee for cancelling late stands
in for the price; the price of a no-show stays, unless its terms asked for less.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_bookings import own
from booking.occupancy.figures_facts import Booking, Facts, Room, clipped, hours, length
from booking.occupancy.figures_use import Use

PRICED = ("price",)


def revenue(each: Booking) -> int:
    """What the house gets for it, in minor units without VAT."""
    if each.state == "cancelled":
        return each.fee_cents
    if each.state != "confirmed":
        return 0
    if each.no_show_at and each.fee_cents:
        return min(each.fee_cents, each.net_cents)
    return each.net_cents


def begun(facts: Facts) -> list[Booking]:
    """The bookings whose money counts: those of the period that began by now, and those cancelled for a fee."""
    return [each for each in own(facts) if each.span.begins_at <= facts.at]


def figures(facts: Facts, use: Use) -> list[Figure]:
    """All of them; `use` is the sum over the rooms of the facts."""
    bookings = begun(facts)
    earned = sum(map(revenue, bookings))
    fees = sum(revenue(each) for each in bookings if each.state == "cancelled")
    n = sum(revenue(each) > 0 for each in bookings)
    seats_of = {room.id for room in facts.rooms if room.capacity}
    seated = sum(revenue(each) for each in bookings if each.room_id in seats_of)
    money: dict[str, Any] = {"source": PRICED, "currency": facts.currency}
    per_hour = {}
    if use.booked_past and use.bookable_past:
        per_hour = {
            "rate_per_booked_hour": Fraction(earned - fees) / use.booked_past,
            "fees_per_bookable_hour": Fraction(fees) / use.bookable_past,
        }
    full = sum(full_until_now(room, facts) for room in facts.rooms if room.adds)
    given = [max(0, each.list_cents - each.net_cents) for each in bookings if each.state == "confirmed"]
    return [
        income(facts),
        figure("revpah", earned, use.bookable_past, n=n, parts=per_hour, **money),
        figure("revpash", seated, use.offered_seats, n=n, **money),
        *_per_desk(facts, bookings),
        *_per_m2(facts, bookings),
        figure("cash_occupancy", earned, full, n=n, **money),
        figure("commons_value", sum(given), n=sum(cents > 0 for cents in given), measured=bool(given), **money),
    ]  # fmt: skip


def income(facts: Facts) -> Figure:
    """What the house got, whatever hours it had."""
    found = [revenue(each) for each in begun(facts)]
    return figure(
        "income",
        sum(found),
        n=sum(cents > 0 for cents in found),
        source=PRICED,
        currency=facts.currency,
        measured=facts.past is not None,
    )


def full_until_now(room: Room, facts: Facts) -> Fraction:
    """The list price of the room's bookable hours that are over; of a part of them, by the hour."""
    whole = length(room.bookable)
    if not whole:
        return Fraction(0)
    return room.full_cents * hours(length(clipped(room.bookable, facts.past))) / hours(whole)


def _per_desk(facts: Facts, bookings: Sequence[Booking]) -> list[Figure]:
    desks = {room.id: room.units for room in facts.rooms if room.kind == "desk" and room.adds}
    if not desks:
        return []
    mine = [each for each in bookings if each.room_id in desks]
    return [
        figure(
            "revenue_per_desk",
            sum(map(revenue, mine)),
            sum(desks.values()),
            n=len(mine),
            source=PRICED,
            currency=facts.currency,
        )
    ]


def _per_m2(facts: Facts, bookings: Sequence[Booking]) -> list[Figure]:
    sized = {room.id: Fraction(str(room.area_m2)) for room in facts.rooms if room.area_m2 and room.adds}
    if not sized:
        return []
    mine = [each for each in bookings if each.room_id in sized]
    return [
        figure(
            "revenue_per_m2",
            sum(map(revenue, mine)),
            sum(sized.values(), Fraction(0)),
            n=len(mine),
            source=PRICED,
            currency=facts.currency,
        )
    ]
