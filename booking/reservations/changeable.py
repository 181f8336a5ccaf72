"""Whether a reservation can still be changed so: its time, what a host agreed to, what a card has paid. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.pricing import Quote
from booking.reservations import refusals as no
from booking.reservations import rules
from booking.reservations.models import Reservation
from booking.timespan import TimeSpan


def check_agreed(reservation: Reservation, resource: Any, span: TimeSpan, quantity: int) -> None:
    """Raises AgreedTime: what a host has agreed to gets no larger and goes nowhere else without a host.

    Asking again by putting it back on hold would open a way round the cancellation fee, as a hold is let go for free.
    """
    if resource.approval and reservation.state == "confirmed":
        within = reservation.span.contains(span) and quantity <= reservation.quantity
        if not within:
            raise no.AgreedTime()


def only_shorter(asked: rules.Question, reservation: Reservation) -> bool:
    """Whether a running reservation just ends earlier, which nobody has to allow."""
    return asked.begun and asked.span.ends_at < reservation.ends_at


def check_card(reservation: Reservation, quote: Quote) -> None:
    """Raises DearerByCard where the change would have a card pay more than it was asked for."""
    more = quote.total_cents - reservation.total_cents
    if reservation.card_cents and more > 0:
        raise no.DearerByCard(more_cents=more, currency=reservation.currency)


def check_changeable(reservation: Reservation, span: TimeSpan, at: datetime, *, zone: str) -> None:
    """Raises NotLive, IsOver, GivenBack or HasBegun when this reservation's time can no longer be changed so."""
    if not reservation.live:
        raise no.NotLive()
    if reservation.ends_at <= at:
        raise no.IsOver()
    if reservation.released_at is not None:
        raise no.GivenBack(released_at=reservation.released_at, zone=zone)
    begun = reservation.begins_at <= at or reservation.checked_in_at is not None
    if begun and span.begins_at != reservation.begins_at:
        raise no.HasBegun()


def may_move(
    *,
    begins_at: datetime,
    ends_at: datetime,
    begun: bool,
    given_back: bool,
    waits_for_card: bool,
    at: datetime,
) -> str:
    """What a live reservation's time can still do: '' nothing, 'ends' end at another time, 'moves' go anywhere.

    For screens that offer to drag it. Whether it may go just there, `change` decides.
    """
    if ends_at <= at or given_back or waits_for_card:
        return ""
    return "ends" if begun or begins_at <= at else "moves"
