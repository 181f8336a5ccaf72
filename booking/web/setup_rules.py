"""The rules of every space in words, and a tester: would this be taken, of whom, and at what price?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, pricing, reservations
from booking.errors import Refused
from booking.forms import Day, Form, Shape, read
from booking.i18n import gettext as _
from booking.members import CATEGORIES
from booking.places import Resource, Venue, wording
from booking.reservations import Question
from booking.reservations.refusals import NoSuchHour, Taken
from booking.timespan import NoSuchTime, TimeSpan, local_day, wall_to_utc
from booking.web import prices, session, wall_times
from booking.web.manage import house_of
from booking.web.pages import url
from booking.web.setup import shown
from booking.web.setup_prices import CATEGORY_NAMES, Category

AROUND = timedelta(days=1)  # buffers and what begins before


class Asked(Shape):
    """Somebody's wish. `inducted`: they have the induction that the space asks for; `upcoming`: how many bookings of
    it they have already."""

    space: int | None = None
    who: Category = "member"
    on: Day | None = None
    begins: wall_times.Clock = wall_times.Wall(9 * 60)
    ends: wall_times.Clock = wall_times.Wall(12 * 60)
    people: Annotated[int, Field(ge=1, le=100_000)] = 1
    upcoming: Annotated[int, Field(ge=0, le=1000)] = 0
    inducted: Literal["yes", "no"] = "yes"


async def show(request: Request) -> Response:
    """All rules, and what they say to a wish. Changes and holds nothing."""
    _member, venue = await house_of(request, managing=True)
    found = await Resource.filter(venue_id=venue.id).select_related("skill").order_by("position", "id")
    for each in found:
        each.venue = venue
    asked = await read(request, Asked)
    today = local_day(session.at(request), venue.zone)
    return shown(
        request,
        "setup/rules.html",
        venue,
        "setup_rules",
        spaces=[
            (each, url("setup_space", key=venue.key, resource_id=each.id), wording.rules(each))
            for each in found
        ],
        categories=[(key, CATEGORY_NAMES[key]) for key in CATEGORIES],
        today=today,
        **await _tested(asked, found, venue, today, session.at(request)),
    )


async def _tested(
    asked: Form[Any], found: list[Resource], venue: Venue, today: date, at: Any
) -> dict[str, Any]:
    wish = asked.value if asked.valid else Asked()
    day = wish.on or today + timedelta(days=1)
    for name in ("who", "begins", "ends", "people", "upcoming", "inducted"):
        asked.values.setdefault(name, str(getattr(wish, name)))
    asked.values.setdefault("on", str(day))
    dial = wall_times.Dial(0, wall_times.DAY_MINUTES, 30, True, venue.zone)
    told: dict[str, Any] = {
        "asked": asked,
        "begins": dial.begins(day, asked.values["begins"]),
        "ends": dial.ends(day, asked.values["ends"]),
    }
    resource = next((each for each in found if each.id == wish.space), None)
    if not asked.valid or resource is None:
        return told
    edges = []
    for name, wall in (("begins", wish.begins), ("ends", wish.ends)):
        try:
            edges.append(wall_to_utc(day, wall.minutes, venue.zone, later=wall.later))
        except NoSuchTime:
            asked.wrong(name, NoSuchHour(time=str(wall), day=day, zone=venue.zone).sentence)
            return told
    if edges[1] <= edges[0]:
        asked.wrong("ends", _("The end must come after the beginning."))
        return told
    return {**told, "answer": await _answer(resource, TimeSpan(*edges), wish, at)}


async def _answer(resource: Resource, span: TimeSpan, wish: Asked, at: Any) -> dict[str, Any]:
    """Every rule that says no, as its sentence and the rule itself; where none does, the price."""
    window = TimeSpan(span.begins_at - AROUND, span.ends_at + AROUND)
    plan = (await reservations.plans([resource], window, language=i18n.language()))[resource.id]
    refused = reservations.objections(
        Question(
            resource=resource,
            plan=plan,
            span=span,
            at=at,
            people=wish.people,
            category=wish.who,
            has_skill=wish.inducted == "yes",
            upcoming=wish.upcoming,
        )
    )
    free = any(each.contains(span) for each in plan.free())
    if not free and not refused:
        refused = [Taken(resource=i18n.name_of(resource))]
    quote = None
    try:
        quote = await pricing.quote_for(
            resource, span, category=wish.who, on=local_day(span.begins_at, resource.venue.zone)
        )
    except Refused as no_price:
        refused = [*refused, no_price]
    return {
        "name": i18n.name_of(resource),
        "when": i18n.span(span.begins_at, span.ends_at, resource.venue.zone),
        "refused": [(each.sentence, each.rule_sentence) for each in refused],
        "approval": resource.approval,
        "quote": prices.priced(quote) if quote else None,
        "lane_url": url(
            "resource", resource_id=resource.id, day=str(local_day(span.begins_at, resource.venue.zone))
        ),
    }
