"""Prices: what holds for whom, a new dated price list, and what somebody would pay."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n, pricing
from booking.errors import Refused
from booking.forms import Day, Form, Shape, blank, read
from booking.houses.changing import resource_of
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import CATEGORIES
from booking.places import Resource, Venue
from booking.pricing.models import TariffRow
from booking.timespan import TimeSpan, local_day, wall_to_utc
from booking.web import amounts, prices, session, wall_times
from booking.web.manage import house_of
from booking.web.pages import redirect, url
from booking.web.setup import refuse, shown, tell

Category = Literal["member", "staff", "partner", "external"]
CATEGORY_NAMES = {
    "member": lazy("Members"),
    "staff": lazy("Staff"),
    "partner": lazy("Partners"),
    "external": lazy("Outside hirers"),
}
WAYS = ("hour", "half_day", "day")


class Prices(Shape):
    """A price list. `also` are other spaces of the house that get the same one."""

    category: Category
    from_on: Day
    hour: amounts.Amount | None = None
    half_day: amounts.Amount | None = None
    day: amounts.Amount | None = None
    also: list[int] = Field(default_factory=list, max_length=150)


class Asked(Shape):
    """What would they pay?"""

    who: Category = "member"
    on: Day | None = None
    begins: wall_times.Clock = wall_times.Wall(9 * 60)
    ends: wall_times.Clock = wall_times.Wall(12 * 60)


async def index(request: Request) -> Response:
    """What holds today, of every space, by category. A fixed number of queries."""
    _member, venue = await house_of(request, managing=True)
    today = local_day(session.at(request), venue.zone)
    resources = await Resource.filter(venue_id=venue.id).order_by("position", "id")
    every = await houses.price_history([each.id for each in resources])
    return shown(
        request,
        "setup/prices.html",
        venue,
        "setup_prices",
        spaces=[
            (
                i18n.name_of(each),
                url("setup_price", key=venue.key, resource_id=each.id),
                [
                    (str(CATEGORY_NAMES[row.category]), _words(row))
                    for row in _holding(every.get(each.id, []), today)
                ],
            )
            for each in resources
        ],
    )


async def show(request: Request) -> Response:
    """The price lists of one space, a form for a new one, and the tester."""
    _member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    today = local_day(session.at(request), venue.zone)
    every = (await houses.price_history([resource.id])).get(resource.id, [])
    start = next((row for row in _holding(every, today) if row.category == "member"), None)
    form = blank(
        category="member",
        from_on=today,
        **{way: amounts.typed(getattr(start, f"{way}_cents"), venue.currency) for way in WAYS if start},
    )
    return await _show(request, venue, resource, form)


async def save(request: Request) -> Response:
    """Add a price list, to this space and to those chosen beside it: all of them or none."""
    member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    form = await read(request, Prices)
    cents: dict[str, int | None] = {}
    typed = form.read_value
    for way in WAYS if typed else ():
        said = getattr(typed, way)
        cents[way] = amounts.cents(said, venue.currency) if said is not None else None
        if said is not None and (cents[way] is None or not 0 <= (cents[way] or 0) <= 2_000_000_000):
            form.wrong(way, amounts.NOT_AN_AMOUNT)
    if not form.valid:
        return await _show(request, venue, resource, form)
    wish = form.value
    try:
        made = await houses.add_tariff(
            venue.id, [resource.id, *wish.also], wish.category, wish.from_on,
            hour_cents=cents["hour"], half_day_cents=cents["half_day"], day_cents=cents["day"],
            by=member, at=session.at(request),
        )  # fmt: skip
    except Refused as refusal:
        return await _show(request, venue, resource, form, **refuse(form, refusal, venue))
    said_so = _("Saved. It holds from %(day)s.") % {"day": i18n.day(wish.from_on, style="medium")}
    await tell(request, venue, said_so if made else _("Nothing was different."))
    return redirect(request, "setup_price", key=venue.key, resource_id=resource.id)


async def withdraw(request: Request) -> Response:
    """Take back a price list whose day has not come."""
    member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    try:
        await houses.withdraw_tariff(
            venue.id, request.path_params["tariff_id"], by=member, at=session.at(request)
        )
    except Refused as refusal:
        form: Form[Any] = blank(category="member", from_on=local_day(session.at(request), venue.zone))
        return await _show(request, venue, resource, form, **refuse(form, refusal, venue))
    await tell(request, venue, _("Taken back."))
    return redirect(request, "setup_price", key=venue.key, resource_id=resource.id)


async def _show(request: Request, venue: Venue, resource: Resource, form: Form[Any], **more: Any) -> Response:
    at = session.at(request)
    today = local_day(at, venue.zone)
    every = (await houses.price_history([resource.id])).get(resource.id, [])
    holding = {row.id for row in _holding(every, today)}
    others = await Resource.filter(venue_id=venue.id).exclude(id=resource.id).order_by("position", "id")
    resource.venue = venue
    return shown(
        request,
        "setup/price.html",
        venue,
        "setup_prices",
        form,
        resource=resource,
        categories=[(key, CATEGORY_NAMES[key]) for key in CATEGORIES],
        rows=[
            {
                "category": str(CATEGORY_NAMES[row.category]),
                "from_on": i18n.day(row.from_on, style="medium"),
                "state": "now" if row.id in holding else "coming" if row.from_on > today else "past",
                "prices": [
                    i18n.money(cents, row.currency) if cents is not None else ""
                    for cents in (row.hour_cents, row.half_day_cents, row.day_cents)
                ],
                "withdraw_url": url(
                    "setup_price_withdraw", key=venue.key, resource_id=resource.id, tariff_id=row.id
                )
                if row.from_on > today
                else None,
            }
            for row in every
        ],
        others=[(each.id, i18n.name_of(each)) for each in others],
        today=today,
        **await _tested(request, venue, resource, today),
        **more,
    )


async def _tested(request: Request, venue: Venue, resource: Resource, today: date) -> dict[str, Any]:
    """The real quote for a category and a span, by the tariff of its day, as `quote_for` makes it for bookings."""
    asked = await read(request, Asked) if request.method in ("GET", "HEAD") else blank()
    dial = wall_times.Dial(0, wall_times.DAY_MINUTES, 30, True, venue.zone)
    wish = asked.value if asked.valid else Asked()
    day = wish.on or today
    for name, said in (("who", wish.who), ("on", day), ("begins", wish.begins), ("ends", wish.ends)):
        asked.values.setdefault(name, str(said))
    found: dict[str, Any] = {
        "asked": asked,
        "begins": dial.begins(day, asked.values["begins"]),
        "ends": dial.ends(day, asked.values["ends"]),
    }
    if not asked.valid or "who" not in request.query_params:
        return found
    try:
        span = TimeSpan(
            *(
                wall_to_utc(day, each.minutes, venue.zone, later=each.later)
                for each in (wish.begins, wish.ends)
            )
        )
    except ValueError:
        asked.wrong("ends", _("The end must come after the beginning."))
        return found
    try:
        quote = await pricing.quote_for(resource, span, category=wish.who, on=day)
    except Refused as refusal:
        return {**found, "no_quote": refusal.sentence}
    return {**found, "quote": prices.priced(quote)}


def _holding(rows: list[TariffRow], on: date) -> list[TariffRow]:
    """The price list of each category that holds on a day."""
    found: dict[str, TariffRow] = {}
    for row in rows:  # the latest of each category first
        if row.from_on <= on:
            found.setdefault(row.category, row)
    return list(found.values())


def _words(row: TariffRow) -> str:
    if not any(getattr(row, f"{way}_cents") for way in WAYS):
        return _("free of charge")
    said = {
        "hour": _("%(price)s an hour"),
        "half_day": _("%(price)s half a day"),
        "day": _("%(price)s a day"),
    }
    amounts_of = ((way, getattr(row, f"{way}_cents")) for way in WAYS)
    # A line ends behind a comma, never within a price.
    return ", ".join(
        (said[way] % {"price": i18n.money(cents, row.currency)}).replace(" ", "\u00a0")
        for way, cents in amounts_of
        if cents is not None
    )
