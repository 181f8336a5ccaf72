"""The house answers all waiting dates of a series at once. Single answers are in `manage_answers.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, reservations
from booking.errors import NotFound, Refused
from booking.forms import Form, blank, read
from booking.i18n import ngettext
from booking.members import Member
from booking.places import Venue
from booking.reservations import Reservation
from booking.web import session
from booking.web.home import price_words
from booking.web.manage import house_of
from booking.web.manage_answers import Answer
from booking.web.pages import flash, page, redirect, url


async def approve(request: Request) -> Response:
    """Say yes to all of them. A second click finds it done."""
    member, venue, dates = await _series_here(request)
    id: UUID = request.path_params["series_id"]
    if _waiting(dates) or not any(_answered(each, "confirmed", member) for each in dates):
        done = await reservations.approve_series(id, by=member, at=session.at(request))
    else:
        done = [each for each in dates if _answered(each, "confirmed", member)]
    num = _dates(done)
    said = ngettext("Confirmed: %(name)s, %(num)d date.", "Confirmed: %(name)s, %(num)d dates.", num)
    flash(request, "success", said % {"name": dates[0].member.name, "num": num})
    return redirect(request, "manage_venue", key=venue.key)


async def decline_form(request: Request) -> Response:
    """What saying no to all of them means, and where to say why."""
    _member, venue, dates = await _series_here(request)
    return _decline_page(request, venue, dates, blank())


async def decline(request: Request) -> Response:
    """Say no to all of them, with one reason for the member."""
    member, venue, dates = await _series_here(request)
    id: UUID = request.path_params["series_id"]
    form = await read(request, Answer)
    if form.valid:
        try:
            if _waiting(dates) or not any(_answered(each, "declined", member) for each in dates):
                done = await reservations.decline_series(
                    id, by=member, at=session.at(request), reason=form.value.reason
                )
            else:
                done = [each for each in dates if _answered(each, "declined", member)]
            num = _dates(done)
            said = ngettext("Declined: %(name)s, %(num)d date.", "Declined: %(name)s, %(num)d dates.", num)
            flash(request, "success", said % {"name": dates[0].member.name, "num": num})
            return redirect(request, "manage_venue", key=venue.key)
        except Refused as refusal:
            form.refuse(refusal)
    return _decline_page(request, venue, dates, form)


async def _series_here(request: Request) -> tuple[Member, Venue, list[Reservation]]:
    """All dates of the series of this address, in order, which must be one of this house."""
    member, venue = await house_of(request)
    dates = (
        await Reservation.filter(series_id=request.path_params["series_id"], venue_id=venue.id)
        .select_related("member", "resource")
        .order_by("begins_at", "id")
    )
    if not dates:
        raise NotFound
    return member, venue, dates


def _waiting(dates: list[Reservation]) -> list[Reservation]:
    return [each for each in dates if each.waits_for_house]


def _answered(each: Reservation, state: str, by: Member) -> bool:
    return each.state == state and each.decided_by_id == by.id


def _dates(listed: list[Reservation]) -> int:
    return sum(each.beside_id is None for each in listed)


def _decline_page(request: Request, venue: Venue, dates: list[Reservation], form: Form[Any]) -> Response:
    waiting = _waiting(dates)
    listed = [each for each in waiting if each.beside_id is None] or dates[:1]
    first = listed[0]
    num = _dates(listed)
    values = {"num": num, "day": i18n.day(first.begins_at, venue.zone, style="medium")}
    return page(
        request,
        "manage/decline.html",
        form.status,
        venue=venue,
        title=i18n.name_of(venue),
        reservation=first,
        when=ngettext("%(num)d date from %(day)s", "%(num)d dates from %(day)s", num) % values,
        dates=[i18n.span(each.begins_at, each.ends_at, venue.zone) for each in listed],
        resource=i18n.name_of(first.resource),
        price=price_words(sum(each.total_cents for each in waiting), first.currency),
        form=form,
        action=url("manage_decline_series", key=venue.key, series_id=request.path_params["series_id"]),
        back=url("manage_venue", key=venue.key),
    )
