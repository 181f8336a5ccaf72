"""The rules of changing a house, each once: screens raise them as refusals, an import turns them into complaints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from booking.errors import Refused
from booking.i18n import lazy
from booking.pricing.models import TariffRow
from booking.reservations import Claim, Reservation


class CurrencyStays(Refused):
    """Prices are kept in it."""

    code = "currency_stays"
    text = lazy("It has prices already; their currency stays.")
    rule = lazy("A price list says what was agreed, so its currency never changes.")


class ZoneStays(Refused):
    """Bookings were made by its clock."""

    code = "zone_stays"
    text = lazy("It has bookings already; its time zone stays.")
    rule = lazy("Opening hours and bookings were agreed by the clock of this zone.")


class UnitsHeld(Refused):
    """Upcoming bookings hold a unit that would go. `bookings` are some of them, soonest first."""

    code = "units_held"
    text = lazy("Upcoming bookings hold units of it (%(number)s): they cannot change now.")
    rule = lazy(
        "No unit leaves a space while an upcoming booking holds it. Close it first, and move the bookings."
    )

    def __init__(self, bookings: Sequence[Any], number: int) -> None:
        self.bookings = list(bookings)
        super().__init__(number=number)


class Superseded(Refused):
    """There is a price list of this day for this category, and it says something else."""

    code = "tariff_stays"
    text = lazy("What holds from %(from_on)s is never edited: choose a later day.")


async def currency_may_change(venue_id: int) -> None:
    """Raises CurrencyStays once there is a price or a booking."""
    if await TariffRow.exists(resource__venue_id=venue_id) or await Reservation.exists(venue_id=venue_id):
        raise CurrencyStays


async def zone_may_change(venue_id: int) -> None:
    """Raises ZoneStays once there is a booking."""
    if await Reservation.exists(venue_id=venue_id):
        raise ZoneStays


async def units_may_change(
    resource_id: int,
    before: Collection[int],
    after: Collection[int],
    *,
    takes: tuple[str, str],
    at: datetime,
) -> None:
    """A pool may grow at any time; all else must wait until no upcoming reservation holds what would go.

    `takes` is how it takes its units before and after. The caller holds the locks of all these units. Raises
    UnitsHeld.
    """
    was, becomes = takes
    if was == becomes and (set(before) == set(after) or (becomes == "any" and set(before) <= set(after))):
        return
    held = Claim.filter(reservation__resource_id=resource_id, ends_at__gt=at)
    if was == becomes == "any":
        held = held.filter(unit_id__in=list(set(before) - set(after)))
    if number := await held.count():
        claims = await held.order_by("begins_at").limit(20).values_list("reservation_id", flat=True)
        bookings = await Reservation.filter(id__in=list(claims)).select_related("resource", "member")
        raise UnitsHeld(sorted(bookings, key=lambda each: each.begins_at), number)


def tariff_is_new(found: TariffRow | None, prices: dict[str, int | None], from_on: date) -> bool:
    """Whether the price list is to be added; False where it is there just so. Raises Superseded."""
    if found is None:
        return True
    if any(getattr(found, name) != amount for name, amount in prices.items()):
        raise Superseded(from_on=from_on)
    return False
