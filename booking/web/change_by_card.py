"""A dearer change of what a card has paid: its member pays the difference by card, and the change waits for that."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, payments, reservations
from booking.errors import NotFound, Refused
from booking.i18n import gettext as _
from booking.reservations import ChangeHold, Offer, Reservation
from booking.timespan import TimeSpan
from booking.web import paying, session
from booking.web.pages import flash, leave, redirect_to
from booking.web.reservations import Viewer, seen


def words(found: Reservation, viewer: Viewer, offer: Offer | None) -> dict[str, Any] | None:
    """What stands beside a difference that a card pays, and on its button; None where none does."""
    if offer is None or not payments.pays_difference(found, viewer.member, offer):
        return None
    sum_ = i18n.money(offer.difference_cents, found.currency)
    return {
        "button": _("Pay %(sum)s and change") % {"sum": sum_},
        "how": _(
            "Your card pays the difference on a page of Stripe. Your booking stays as it is until then, "
            "and the new time is kept for you meanwhile."
        ),
    }


async def begin(
    request: Request, found: Reservation, viewer: Viewer, span: TimeSpan, **wish: Any
) -> Response | Refused:
    """Hold the change and go to its payment page; the refusal where that cannot be."""
    at = session.at(request)
    try:
        hold = await payments.hold_dearer(found, span, by=viewer.member, at=at, **wish)
    except Refused as refusal:
        return refusal
    return await _to_the_page(request, hold, viewer)


async def pay(request: Request) -> Response:
    """POST: on to the page on which the waiting change is paid."""
    found, viewer = await _own(request)
    await paying.count(request, viewer)
    hold = await reservations.open_change(found.id)
    if hold is None:
        flash(request, "warning", payments.NothingToPay().sentence)
        return redirect_to(request, viewer.to())
    return await _to_the_page(request, hold, viewer)


async def let_go(request: Request) -> Response:
    """POST: leave the booking as it is. Whatever was paid in between counts, or goes back."""
    found, viewer = await _own(request)
    if done := await payments.leave_as_it_is(found.id, by=viewer.member, at=session.at(request)):
        if done.state == "done":
            flash(request, "info", _("It had been paid already, so the change counts."))
        else:
            flash(request, "success", _("Left as it was."))
    return redirect_to(request, viewer.to())


async def _own(request: Request) -> tuple[Reservation, Viewer]:
    found, viewer = await seen(request)
    if viewer.member.id != found.member_id:
        raise NotFound
    return found, viewer


async def _to_the_page(request: Request, hold: ChangeHold, viewer: Viewer) -> Response:
    try:
        with payments.while_somebody_waits():
            address = await payments.checkout(hold.reservation_id, change_id=hold.id, at=session.at(request))
        return leave(request, address)
    except (payments.NothingToPay, payments.NoAnswer) as refusal:
        flash(request, "warning", refusal.sentence)
        return redirect_to(request, viewer.to())
