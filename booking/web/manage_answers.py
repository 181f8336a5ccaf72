"""The house answers a request, or cancels a member's reservation with a message."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, notifications, reservations
from booking.errors import NotFound, Refused
from booking.forms import Form, Shape, Text, blank, read
from booking.i18n import gettext as _
from booking.members import Member
from booking.places import Venue
from booking.reservations import Reservation
from booking.timespan import local_day
from booking.web import paying, session
from booking.web.home import price_words
from booking.web.manage import house_of
from booking.web.pages import flash, page, redirect, redirect_to, url
from booking.web.places import reservation_url


class Answer(Shape):
    """Why the house says no; the member reads it."""

    reason: Text = Field(min_length=1, max_length=500)


async def _reservation_here(request: Request) -> tuple[Member, Venue, Reservation]:
    """The reservation of this address, which must be one of this house."""
    member, venue = await house_of(request)
    found = await reservations.visible(
        request.path_params["reservation_id"], by=member, at=session.at(request)
    )
    if found.venue_id != venue.id:
        raise NotFound
    return member, venue, found


async def approve(request: Request) -> Response:
    """Say yes to a request. A second click finds it done."""
    member, venue, found = await _reservation_here(request)
    if not (found.state == "confirmed" and found.decided_by_id == member.id):
        done = await reservations.approve(found.id, by=member, at=session.at(request))
        if done.waits_for_card:
            return await _with_card(request, venue, done)
    flash(request, "success", _("Confirmed: %(name)s, %(when)s.") % _who_and_when(found, venue))
    return redirect(request, "manage_venue", key=venue.key)


async def _with_card(request: Request, venue: Venue, agreed: Reservation) -> Response:
    """The house said yes, and a card pays: it is taken at once where it can be."""
    await paying.settle(agreed.id, session.at(request))
    done = await reservations.visible(agreed.id, by=await session.signed_in(request), at=session.at(request))
    if done.state == "confirmed":
        flash(request, "success", _("Confirmed: %(name)s, %(when)s.") % _who_and_when(done, venue))
    else:
        flash(
            request,
            "info",
            _("Agreed: %(name)s, %(when)s. It is confirmed as soon as the card has paid.")
            % _who_and_when(done, venue),
        )
    return redirect(request, "manage_venue", key=venue.key)


async def decline_form(request: Request) -> Response:
    """What saying no means, and where to say why."""
    _member, venue, found = await _reservation_here(request)
    return _decline_page(request, venue, found, blank())


async def decline(request: Request) -> Response:
    """Say no to a request, with the reason for the member."""
    member, venue, found = await _reservation_here(request)
    form = await read(request, Answer)
    if form.valid:
        try:
            if not (found.state == "declined" and found.decided_by_id == member.id):
                await reservations.decline(
                    found.id, by=member, at=session.at(request), reason=form.value.reason
                )
            if found.card_cents:
                await paying.settle(found.id, session.at(request))
            flash(request, "success", _("Declined: %(name)s, %(when)s.") % _who_and_when(found, venue))
            return redirect(request, "manage_venue", key=venue.key)
        except Refused as refusal:
            form.refuse(refusal)
    return _decline_page(request, venue, found, form)


def _decline_page(request: Request, venue: Venue, found: Reservation, form: Form[Any]) -> Response:
    action = url("manage_decline", key=venue.key, reservation_id=found.id)
    return _answer_page(request, "manage/decline.html", venue, found, form, action=action)


async def cancel_form(request: Request) -> Response:
    """What cancelling will do: the time, the money, the message."""
    member, venue, found = await _reservation_here(request)
    if found.member_id == member.id:
        return redirect_to(request, reservation_url(found.id))
    return await _cancel_page(request, venue, found, blank())


async def cancel(request: Request) -> Response:
    """Cancel a member's reservation, free of charge, with a message to them."""
    member, venue, found = await _reservation_here(request)
    if found.member_id == member.id:
        return redirect_to(request, reservation_url(found.id))
    form = await read(request, Answer)
    if form.valid:
        try:
            await reservations.cancel_along(
                found.id, by=member, at=session.at(request), reason=form.value.reason
            )
            if found.card_cents:
                await paying.settle(found.id, session.at(request))
            flash(
                request,
                "success",
                _("Cancelled: %(name)s, %(when)s. The member gets your message.")
                % _who_and_when(found, venue),
            )
            return redirect(
                request, "manage_venue", key=venue.key, day=local_day(found.begins_at, venue.zone)
            )
        except Refused as refusal:
            form.refuse(refusal)
    return await _cancel_page(request, venue, found, form)


async def _cancel_page(request: Request, venue: Venue, found: Reservation, form: Form[Any]) -> Response:
    # The mail itself, so that nobody writes "Dear Alice" into a message that greets her already.
    mail = await notifications.preview_cancellation(
        found.id, reason=form.values.get("reason") or "[…]", at=session.at(request)
    )
    return _answer_page(request, "manage/cancel.html", venue, found, form, mail=mail)


def _answer_page(
    request: Request, template: str, venue: Venue, found: Reservation, form: Form[Any], **more: Any
) -> Response:
    on = local_day(found.begins_at, venue.zone)
    at = session.at(request)
    return page(
        request,
        template,
        form.status,
        venue=venue,
        title=i18n.name_of(venue),
        reservation=found,
        when=i18n.span(found.begins_at, found.ends_at, venue.zone, "full"),
        resource=i18n.name_of(found.resource),
        price=price_words(found.total_cents, found.currency),
        cost=reservations.cancel_offer(found, at, by_venue=True),
        possible=found.live and found.ends_at > at,
        language=i18n.language_name(found.member.language),
        form=form,
        back=url("manage_venue", key=venue.key, day=on),
        **more,
    )


def _who_and_when(found: Reservation, venue: Venue) -> dict[str, str]:
    return {
        "name": found.member.name,
        "when": i18n.span(found.begins_at, found.ends_at, venue.zone),
    }
