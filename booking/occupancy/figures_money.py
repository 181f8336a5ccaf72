"""What the hours brought in, by the prices written on the bookings. Pure; minor units, net of VAT.

The money of a booking belongs to the period in which it begins, as it is taken then. A fee for cancelling late stands
in for the price; the price of a no-show stays, unless its terms asked for less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_bookings import own
from booking.occupancy.figures_facts import Booking, Facts, Room, Sums, clipped, hours, length
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


@dataclass(frozen=True, slots=True)
class Earned(Sums):
    """What the bookings of one room, or of several, brought in: minor units. `paying` and `given_n` are bookings.

    `begun` are those of the period that began by now, whose money counts; `priced` those of them that are confirmed.
    `full` is the list price of all bookable hours until now.
    """

    cents: int = 0
    fees: int = 0
    paying: int = 0
    begun: int = 0
    priced: int = 0
    given: int = 0
    given_n: int = 0
    full: Fraction = Fraction(0)


def earned(facts: Facts) -> Earned:
    """What the bookings of the facts brought in."""
    bookings = [each for each in own(facts) if each.span.begins_at <= facts.at]
    paid = [revenue(each) for each in bookings]
    confirmed = [each for each in bookings if each.state == "confirmed"]
    given = [below for each in confirmed if (below := each.list_cents - each.net_cents) > 0]
    return Earned(
        cents=sum(paid),
        fees=sum(each.fee_cents for each in bookings if each.state == "cancelled"),
        paying=sum(cents > 0 for cents in paid),
        begun=len(bookings),
        priced=len(confirmed),
        given=sum(given),
        given_n=len(given),
        full=sum((full_until_now(room, facts) for room in facts.rooms), Fraction(0)),
    )


def figures(facts: Facts, use: Use, of_rooms: Mapping[int, Earned]) -> list[Figure]:
    """All of them; `use` is the sum over the rooms of the facts, `of_rooms` is what each of them earned."""
    whole = Earned.sum(of_rooms.values())
    seated = sum(of_rooms[room.id].cents for room in facts.rooms if room.capacity)
    money: dict[str, Any] = {"source": PRICED, "currency": facts.currency}
    per_hour = {}
    if use.booked_past and use.bookable_past:
        per_hour = {
            "rate_per_booked_hour": Fraction(whole.cents - whole.fees) / use.booked_past,
            "fees_per_bookable_hour": Fraction(whole.fees) / use.bookable_past,
        }
    full = sum((of_rooms[room.id].full for room in facts.rooms if room.adds), Fraction(0))
    desks = {room.id: room.units for room in facts.rooms if room.kind == "desk" and room.adds}
    sized = {room.id: Fraction(str(room.area_m2)) for room in facts.rooms if room.area_m2 and room.adds}
    return [
        _income(whole, facts),
        figure("revpah", whole.cents, use.bookable_past, n=whole.paying, parts=per_hour, **money),
        figure("revpash", seated, use.offered_seats, n=whole.paying, **money),
        *_per("revenue_per_desk", desks, of_rooms, money),
        *_per("revenue_per_m2", sized, of_rooms, money),
        figure("cash_occupancy", whole.cents, full, n=whole.paying, **money),
        figure("commons_value", whole.given, n=whole.given_n, measured=bool(whole.priced), **money),
    ]  # fmt: skip


def income(facts: Facts) -> Figure:
    """What the house got, whatever hours it had."""
    return _income(earned(facts), facts)


def _income(whole: Earned, facts: Facts) -> Figure:
    return figure(
        "income",
        whole.cents,
        n=whole.paying,
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


def _per(
    name: str,
    sizes: Mapping[int, int | Fraction],
    of_rooms: Mapping[int, Earned],
    money: Mapping[str, Any],
) -> list[Figure]:
    """Revenue of these rooms ÷ their sizes, added up; nothing where there are none."""
    if not sizes:
        return []
    mine = Earned.sum(of_rooms[id] for id in sizes)
    return [figure(name, mine.cents, sum(sizes.values(), Fraction(0)), n=mine.begun, **money)]
