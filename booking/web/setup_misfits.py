"""Bookings that no longer fit the house's rules: which rule each breaks, and cancelling some or all of them.

Each is cancelled free of charge, as whatever a house cancels, with the message in a mail: the dates of a series by one
operation and one mail, all else by one of its own.
Whatever is left stays listed here, so that half of it done is only that: the next press goes on.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n, payments, reservations
from booking.forms import Form, Shape, Text, Ticked, blank, read
from booking.houses import Touched
from booking.i18n import lazy, ngettext
from booking.members import Member
from booking.places import Venue
from booking.reservations import Reservation
from booking.web import session
from booking.web.manage import house_of
from booking.web.manage_rows import price_words
from booking.web.pages import flash, redirect
from booking.web.setup import booking_row, shown

CHOICES_MAX = 150  # a form has two hundred fields at most
LATELY = timedelta(days=1)
SECONDS_MAX = 10.0  # so long all of Stripe's answers may take together


class Choice(Shape):
    """Which to cancel, and what their members read."""

    cancel: list[UUID] = Field(default_factory=list, max_length=CHOICES_MAX)
    cancel_all: Ticked = False
    message: Annotated[Text, Field(max_length=500)] = ""


async def show(request: Request) -> Response:
    """What no longer fits, and what was cancelled here within a day. Changes nothing."""
    member, venue = await house_of(request, managing=True)
    return await _page(request, member, venue, blank())


async def cancel(request: Request) -> Response:
    """Cancel those that were chosen: 303 with what became of them, or 422."""
    member, venue = await house_of(request, managing=True)
    at = session.at(request)
    form = await read(request, Choice)
    listed = await houses.all_misfits(venue.id, at)
    if form.valid:
        wish = form.value
        chosen = [one.reservation for one in listed if wish.cancel_all or one.reservation.id in wish.cancel]
        if not chosen:
            form.wrong("cancel", lazy("Choose at least one, or leave the page: they all stay."))
        if not wish.message:
            form.wrong("message", lazy("Please say why: the member will read it."))
        if form.valid:
            await _cancel(request, chosen, member, wish.message)
            return redirect(request, "setup_misfits", key=venue.key)
    return await _page(request, member, venue, form)


async def _cancel(request: Request, chosen: list[Reservation], by: Member, message: str) -> None:
    """What its member ended meanwhile is left as it is, and said."""
    at = session.at(request)
    cleared = await reservations.clear(chosen, by=by, at=at, reason=message)
    ends = time.monotonic() + SECONDS_MAX
    for gone in cleared.done:
        # What Stripe is late with, the clock asks again.
        if gone.card_cents and (left_seconds := ends - time.monotonic()) > 0:
            with payments.while_somebody_waits(left_seconds):
                await payments.settle_reservation(gone.id, at=at)
    names = {each.id: each.member.name for each in chosen}
    left = [f"{names[each.id]}: {no.sentence}" for each, no in cleared.refused if each.id in names]
    done = len(names.keys() & {each.id for each in cleared.done})
    if done:
        said = ngettext("%(number)s booking is cancelled.", "%(number)s bookings are cancelled.", done)
        flash(request, "success", said % {"number": i18n.number(done)})
    for words in left[:3]:
        flash(request, "warning", words)


async def _page(request: Request, member: Member, venue: Venue, form: Form[Any]) -> Response:
    at = session.at(request)
    listed = await houses.all_misfits(venue.id, at)
    lately = (
        await Reservation.filter(venue_id=venue.id, state="cancelled", cancelled_by_id=member.id)
        .filter(cancelled_at__gte=at - LATELY, ends_at__gt=at)
        .exclude(reason="")
        .select_related("member", "resource")
        .order_by("begins_at", "id")
        .limit(CHOICES_MAX)
    )
    return shown(
        request,
        "setup/misfits.html",
        venue,
        "setup",
        form,
        listed=[_row(one, venue) for one in listed[:CHOICES_MAX]],
        more=max(0, len(listed) - CHOICES_MAX),
        lately=[booking_row(each, venue, each.reason) for each in lately],
    )


def _row(one: Touched, venue: Venue) -> dict[str, Any]:
    each = one.reservation
    return {
        **booking_row(each, venue, one.refusal.sentence),
        "id": each.id,
        "price": price_words(each.total_cents, each.currency),
    }
