"""Closing the house or one of its spaces: see whom it touches first, decide, and open again. For managers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, places, reservations
from booking.errors import NotFound
from booking.forms import Day, Form, Line, Shape, Text, Ticked, blank, read
from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext
from booking.places import Venue
from booking.reservations import Reservation
from booking.timespan import TimeSpan, local_day
from booking.web import session, wall_times
from booking.web.home import price_words
from booking.web.manage import house_of, tabs
from booking.web.manage_rows import shut_words, times_on
from booking.web.pages import flash, page, redirect, url
from booking.web.places import reservation_url
from booking.web.setup import tell

CHOICES_MAX = 150  # a form has two hundred fields at most
HOLIDAYS_AHEAD = timedelta(days=365)
DAY_BEGINS, DAY_ENDS = wall_times.Wall(0), wall_times.Wall(wall_times.DAY_MINUTES)


class Closing(Shape):
    """A closure as it is asked for. Without times it is whole days; `what` is empty for the whole house."""

    what: int | None = None
    day: Day
    begins: wall_times.Clock = DAY_BEGINS
    last_day: Day | None = None
    ends: wall_times.Clock = DAY_ENDS
    reason: Line = Field(min_length=1, max_length=200)


class Decided(Closing):
    """The same, with what becomes of the reservations it touches."""

    cancel: list[UUID] = Field(default_factory=list, max_length=CHOICES_MAX)
    cancel_all: Ticked = False
    message: Annotated[Text, Field(max_length=500)] = ""


async def index(request: Request) -> Response:
    """What is closed from now on, the holidays of the next twelve months, and a form for a new closure."""
    _member, venue = await house_of(request, managing=True)
    today = local_day(session.at(request), venue.zone)
    form = blank(day=today, begins=str(DAY_BEGINS), ends=str(DAY_ENDS))
    return await _index(request, venue, form)


async def preview(request: Request) -> Response:
    """Which reservations a closure would touch. Changes nothing."""
    _member, venue = await house_of(request, managing=True)
    form = await read(request, Closing)
    resource, span = await _read(form, venue, session.at(request))
    if span is None:
        return await _index(request, venue, form)
    return await _preview(request, venue, form, resource, span)


async def create(request: Request) -> Response:
    """Close, then cancel those of the touched reservations that were chosen, each with the message.

    The closure comes first, so that nothing new slips in. Dates of one series go together, with one mail; else each
    cancellation stands alone: one that is refused does not keep the others, and a second click finds the closure made
    and cancels only what is left.
    """
    member, venue = await house_of(request, managing=True)
    at = session.at(request)
    form = await read(request, Decided)
    resource, span = await _read(form, venue, at)
    if span is None:
        return await _index(request, venue, form)
    wish = form.value
    closure = await places.close(venue, resource, span, wish.reason, by_id=member.id, at=at)
    touched = await reservations.clashes(venue.id, span, resource=resource, after=at)
    chosen = set(wish.cancel)
    going = [each for each in touched if wish.cancel_all or each.id in chosen]
    gone = await reservations.clear(going, by=member, at=at, reason=wish.message or wish.reason)
    cancelled = len({each.id for each in going} & {each.id for each in gone.done})
    flash(
        request,
        "success",
        _("Closed: %(what)s, %(when)s.")
        % {"what": _what(closure, resource), "when": shut_words(span, venue.zone)},
    )
    if cancelled:
        said = ngettext("%(number)s booking is cancelled.", "%(number)s bookings are cancelled.", cancelled)
        flash(request, "info", said % {"number": i18n.number(cancelled)})
    if left := len(touched) - cancelled:
        said = ngettext(
            "%(number)s booking stays under the closure. It is listed with what needs you.",
            "%(number)s bookings stay under the closure. They are listed with what needs you.",
            left,
        )
        flash(request, "warning", said % {"number": i18n.number(left)})
    return redirect(request, "manage_closures", key=venue.key)


async def withdraw(request: Request) -> Response:
    """Open again. Bookings that were cancelled stay cancelled."""
    member, venue = await house_of(request, managing=True)
    await places.withdraw(venue, request.path_params["closure_id"], by_id=member.id, at=session.at(request))
    await tell(request, venue, _("Open again. Bookings that were cancelled do not come back by themselves."))
    return redirect(request, "manage_closures", key=venue.key)


async def _read(form: Form[Any], venue: Venue, at: datetime) -> tuple[Any, TimeSpan | None]:
    """The resource (None: the whole house) and the span, or complaints on the form. Raises NotFound."""
    if not form.valid:
        return None, None
    wish, resource = form.value, None
    if wish.what is not None:
        resource = next((each for each in await places.published([venue.id]) if each.id == wish.what), None)
        if resource is None:
            raise NotFound
    # A closure that begins in the hour that does not exist begins after it: nobody needs to be asked.
    span, _gap, nearest = wall_times.span_of(form, _dial(venue))
    span = span or nearest
    if span is not None and span.ends_at <= at:
        form.wrong("day", lazy("That time has passed."))
        return resource, None
    return resource, span


async def _index(request: Request, venue: Venue, form: Form[Any]) -> Response:
    at = session.at(request)
    coming = await places.shut_spans(venue.id, after=at)
    standing = await reservations.standing_in(venue.id, coming, after=at)
    year = TimeSpan(at, at + HOLIDAYS_AHEAD)
    shuts = (await places.shuts_of([venue], year, language=i18n.language()))[venue.id]
    dial = _dial(venue)
    day = _day(form, at, venue)
    return page(
        request,
        "manage/closures.html",
        form.status,
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_closures"),
        closures=[
            {
                "what": _what(each, each.resource),
                "when": shut_words(TimeSpan(each.begins_at, each.ends_at), venue.zone),
                "reason": i18n.said_in(each.reasons, each.reason),
                "now": each.begins_at <= at,
                "standing": standing.get(each.id, 0),
                "day_url": url(
                    "manage_venue", key=venue.key, day=str(local_day(max(each.begins_at, at), venue.zone))
                ),
                "withdraw_url": url("manage_reopen", key=venue.key, closure_id=each.id),
            }
            for each in coming
        ],
        holidays=_holidays(shuts, local_day(at, venue.zone)),
        spaces=[(each.id, i18n.name_of(each)) for each in await places.published([venue.id])],
        begins=dial.begins(day, form.values.get("begins", "")),
        ends=dial.ends(day, form.values.get("ends", "")),
        form=form,
    )


async def _preview(
    request: Request, venue: Venue, form: Form[Any], resource: Any, span: TimeSpan
) -> Response:
    touched = await reservations.clashes(venue.id, span, resource=resource, after=session.at(request))
    wish = form.value
    return page(
        request,
        "manage/closing.html",
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_closures"),
        what=i18n.name_of(resource) if resource else _("The whole house"),
        when=shut_words(span, venue.zone),
        reason=wish.reason,
        touched=[_touched(each, venue) for each in touched[:CHOICES_MAX]],
        more=max(0, len(touched) - CHOICES_MAX),
        form=blank(message=wish.reason),
        hidden=[
            (name, value)
            for name, value in (
                ("what", wish.what),
                ("day", wish.day),
                ("begins", wish.begins),
                ("last_day", wish.last_day),
                ("ends", wish.ends),
                ("reason", wish.reason),
            )
            if value is not None
        ],
    )


def _holidays(shuts: Sequence[places.Shut], today: date) -> list[tuple[str, str]]:
    """(days, name) of public holidays and of the closures of each year, days in a row together."""
    runs: list[tuple[date, date, str]] = []
    for kind in ("yearly", "holiday"):
        named = sorted((shut.day, shut.reason) for shut in shuts if shut.kind == kind and shut.day)
        for day, reason in named:
            if day < today:
                continue
            if runs and runs[-1][2] == reason and day - runs[-1][1] == timedelta(days=1):
                runs[-1] = (runs[-1][0], day, reason)
            else:
                runs.append((day, day, reason))
    return [
        (i18n.day(first, style="medium") if first == last else i18n.days(first, last), reason)
        for first, last, reason in sorted(runs)
    ]


def _touched(each: Reservation, venue: Venue) -> dict[str, Any]:
    """A reservation on the preview, with the label of its choice."""
    day = local_day(each.begins_at, venue.zone)
    return {
        "id": each.id,
        "url": reservation_url(each.id),
        "day": i18n.day(day, style="medium"),
        "times": times_on(each.span, day, venue.zone),
        "member": each.member.name,
        "resource": i18n.name_of(each.resource),
        "title": each.title,
        "state": each.state,
        "price": price_words(each.total_cents, each.currency),
    }


def _dial(venue: Venue) -> wall_times.Dial:
    return wall_times.Dial(0, wall_times.DAY_MINUTES, 15, True, venue.zone)


def _day(form: Form[Any], at: datetime, venue: Venue) -> Any:
    """The day whose times the form offers: the one that was typed, or today."""
    return form.read_value.day if form.read_value is not None else local_day(at, venue.zone)


def _what(closure: Any, resource: Any) -> str:
    return i18n.name_of(resource) if closure.resource_id and resource else _("The whole house")
