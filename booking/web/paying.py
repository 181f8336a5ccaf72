"""Paying by card: to the payment page, and back to what is true.

Nobody is told "failed" of something that was paid: the page people come back to asks Stripe itself, and says so where
Stripe does not answer.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, limits, payments, reservations
from booking.errors import NotFound
from booking.payments import CardMoney
from booking.reservations import Reservation
from booking.web import by_card, session
from booking.web.pages import flash, leave, page, redirect_to
from booking.web.reservations import Viewer, seen

LOOKS_MAX, LOOKS_SECONDS = 60, 60
# How often the page looks again by itself while nothing is sure.
AGAIN_SECONDS = 4


async def pay(request: Request) -> Response:
    """POST: on to the page on which this booking is paid."""
    found, viewer = await seen(request)
    if not viewer.may_change:
        raise NotFound
    await count(request, viewer)
    return await to_the_page(request, found, back=viewer.to())


async def to_the_page(request: Request, reservation: Reservation, *, back: str) -> Response:
    """303 to Stripe; back to the booking where there is nothing to pay, or no page just now."""
    try:
        with payments.while_somebody_waits():
            address = await payments.checkout(reservation.id, at=session.at(request))
        return leave(request, address)
    except (payments.NothingToPay, payments.NoAnswer) as refusal:
        flash(request, "warning", refusal.sentence)
        return redirect_to(request, back)


async def paid(request: Request) -> Response:
    """Back from the payment page, paid or not: what is true of it now."""
    found, viewer = await seen(request)
    await count(request, viewer)
    answered = True
    waits = found.waits_for_card or await reservations.open_change(found.id) is not None
    if found.card_cents and (waits or found.state in ("expired", "cancelled")):
        answered = await settle(found.id, session.at(request))
        found, viewer = await seen(request)
    money = await payments.card_money(found.id)
    if not found.card_cents and not money.payments:
        return redirect_to(request, viewer.to())
    change = await by_card.change_outcome(money, answered=answered)
    outcome = change[0] if change else outcome_of(found, money, answered=answered)
    return page(
        request,
        "reservations/paid.html",
        reservation=found,
        resource=found.resource,
        venue=found.venue,
        viewer=viewer,
        outcome=outcome,
        why=by_card.failure_words(money.last.failure)
        if money.last and outcome in ("unpaid", "change_unpaid")
        else "",
        sum=i18n.money(
            change[1].card_cents if change else money.paid_cents or found.card_cents, found.currency
        ),
        change=change[1] if change else None,
        again_seconds=AGAIN_SECONDS if outcome in ("unknown", "processing") else 0,
    )


async def settle(reservation_id: UUID, at: datetime) -> bool:
    """Bring a booking's payments up to date while somebody waits; what Stripe is late with, the clock asks again."""
    with payments.while_somebody_waits():
        return await payments.settle_reservation(reservation_id, at=at)


def outcome_of(found: Reservation, money: CardMoney, *, answered: bool) -> str:
    """paid, asked, agreed, processing, unknown, unpaid, lost, over."""
    if found.state == "confirmed":
        return "paid"
    if found.waits_for_house:
        return "asked"
    if found.waits_for_card:
        if not answered:
            return "unknown"
        last = money.last.status if money.last else ""
        return "processing" if last in ("processing", "authorised", "saved") else "unpaid"
    if money.paid_cents:
        return "lost" if found.state == "expired" else "over"
    return "unknown" if not answered else "over"


async def count(request: Request, viewer: Viewer) -> None:
    """Raises TooMany: each look and each page asks Stripe."""
    await limits.count(
        f"pay:{viewer.member.id}", most=LOOKS_MAX, per_seconds=LOOKS_SECONDS, at=session.at(request)
    )


async def close_first(found: Reservation, at: datetime) -> Reservation:
    """Before something held is cancelled: its payment page is closed, so that nobody pays for it any more."""
    if found.waits_for_card:
        with payments.while_somebody_waits():
            await payments.close(found.id, at=at)
        fresh = await reservations.Reservation.get(id=found.id)
        found.state, found.held_for = fresh.state, fresh.held_for
    return found
