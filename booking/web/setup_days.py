"""Public holidays with their switch, and the closures that come back each year."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n, places
from booking.errors import NotFound, Refused
from booking.forms import Day, Form, Line, Shape, Ticked, blank, read, wrong
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.places import Venue
from booking.places.models import OpenHoliday, YearlyClosure
from booking.timespan import local_day
from booking.web import session
from booking.web.manage import house_of
from booking.web.pages import redirect, url
from booking.web.setup import Confirmed, refuse, saved, shown, tell

AHEAD = timedelta(days=550)  # this year's and the next one's
A_LEAP_YEAR = 2024


def _month_day(text: str) -> str:
    """'24.12.' or '12-24' → '12-24'. Months and days are chosen from lists, so only mischief fails here."""
    try:
        return f"{date.fromisoformat(f'{A_LEAP_YEAR}-{text}'):%m-%d}"
    except ValueError:
        raise wrong(lazy("Choose one of the values on offer.")) from None


MonthDay = Annotated[str, Field(max_length=5), AfterValidator(_month_day)]


class Switch(Shape):
    """A holiday, and whether the house is open on it."""

    day: Day
    open: Ticked = False
    confirmed: Confirmed = False


class Yearly(Shape):
    """From month and day to month and day."""

    first_day: MonthDay
    last_day: MonthDay
    reason: Line = Field(min_length=1, max_length=houses.fields.REASON_MAX)
    confirmed: Confirmed = False


async def show(request: Request) -> Response:
    """The coming holidays and the yearly closures."""
    _member, venue = await house_of(request, managing=True)
    return await _show(request, venue, blank(first_day="12-24", last_day="01-01"))


async def switch(request: Request) -> Response:
    """Open on a holiday all the same, or closed after all."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Switch)
    if not form.valid:
        return await _show(request, venue, form)
    wish, at = form.value, session.at(request)
    try:
        if wish.open:
            await houses.open_on(venue.id, wish.day, by=member, at=at)
        else:
            await houses.shut_on(venue.id, wish.day, by=member, at=at, confirmed=wish.confirmed)
    except Refused as refusal:
        return await _show(request, venue, form, switching=wish.day, **refuse(form, refusal, venue))
    said = _("Open on %(day)s.") if wish.open else _("Closed on %(day)s.")
    await tell(request, venue, said % {"day": i18n.day(wish.day)})
    return saved(request, form, venue, "setup_days")


async def add(request: Request) -> Response:
    """A new yearly closure."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Yearly)
    if not form.valid:
        return await _show(request, venue, form)
    wish = form.value
    try:
        await houses.add_yearly(
            venue.id, wish.first_day, wish.last_day, wish.reason,
            by=member, at=session.at(request), confirmed=wish.confirmed,
        )  # fmt: skip
    except Refused as refusal:
        return await _show(request, venue, form, **refuse(form, refusal, venue))
    await tell(request, venue, _("Saved."))
    return saved(request, form, venue, "setup_days")


async def remove(request: Request) -> Response:
    """Open again each year. A second click finds nothing to take away, and that is fine."""
    member, venue = await house_of(request, managing=True)
    with contextlib.suppress(NotFound):
        await houses.remove_yearly(
            venue.id, request.path_params["yearly_id"], by=member, at=session.at(request)
        )
    await tell(request, venue, _("It no longer closes each year then."))
    return redirect(request, "setup_days", key=venue.key)


async def _show(request: Request, venue: Venue, form: Form[Any], **more: Any) -> Response:
    today = local_day(session.at(request), venue.zone)
    until = today + AHEAD
    named = places.holiday_names(venue.holidays_region, range(today.year, until.year + 1), i18n.language())
    opened = set(await OpenHoliday.filter(venue_id=venue.id).values_list("on_date", flat=True))
    return shown(
        request,
        "setup/days.html",
        venue,
        "setup_days",
        form,
        holidays=[(day, name, day in opened) for day, name in sorted(named.items()) if today <= day <= until],
        yearly=[
            {
                "when": f"{_said(each.first_day)} – {_said(each.last_day)}"
                if each.first_day != each.last_day
                else _said(each.first_day),
                "reason": i18n.said_in(each.reasons, each.reason),
                "remove_url": url("setup_yearly_remove", key=venue.key, yearly_id=each.id),
            }
            for each in await YearlyClosure.filter(venue_id=venue.id).order_by("first_day", "id")
        ],
        month_days=_month_days(),
        **more,
    )


def _month_days() -> list[tuple[str, str]]:
    """Every day of a year with its words."""
    first = date(A_LEAP_YEAR, 1, 1)
    days = (first + timedelta(days=number) for number in range(366))
    return [(f"{day:%m-%d}", _said(f"{day:%m-%d}")) for day in days]


def _said(month_day: str) -> str:
    """'24 December', as the language says it."""
    from babel import dates

    day = date.fromisoformat(f"{A_LEAP_YEAR}-{month_day}")
    return dates.format_skeleton("MMMMd", day, locale=i18n.locale(i18n.language()))
