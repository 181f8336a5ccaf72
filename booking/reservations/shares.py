"""What an Activity carries of a price and what a card, and what stays with the house. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from booking import money, pricing
from booking.pricing import Terms
from booking.reservations.models import Reservation


@dataclass(frozen=True, slots=True)
class ByCard:
    """A card pays the price, or (`rest`) what the Activity does not cover.

    `least_cents` is the least a card can pay, in the venue's currency; the claim is held for `hold` meanwhile.
    """

    least_cents: int
    hold: timedelta
    rest: bool = False


def shares(reservation: Reservation, cents: int) -> tuple[int, int]:
    """A sum of this reservation in its parts: (the Activity's, the card's), in the proportion in which they pay."""
    if not reservation.card_cents:
        return cents, 0
    by_activity, by_card = money.split(
        cents, [reservation.total_cents - reservation.card_cents, reservation.card_cents]
    )
    return by_activity, by_card


def card_keeps(reservation: Reservation) -> int:
    """What the house keeps of the card's money as things stand: the rest goes back. Minor units, venue's currency."""
    if reservation.no_show_at is not None:
        fee_cents = pricing.no_show_fee(reservation.total_cents, Terms.from_json(reservation.terms))
        return shares(reservation, fee_cents)[1]
    if reservation.live:
        return reservation.card_cents
    if reservation.state == "cancelled":
        return shares(reservation, reservation.fee_cents)[1]
    return 0
