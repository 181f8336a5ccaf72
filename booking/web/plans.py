"""The floor plan of a house: what is free on it at a chosen time, and the list beside it that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, places, reservations, search
from booking.errors import NotFound
from booking.forms import Day, Form, Shape, read
from booking.i18n import gettext as _
from booking.places import FloorPlan, Resource, Venue, plans, wording
from booking.search.spots import Spot, soonest, spots
from booking.timespan import LONGEST_WALL_MINUTES, TimeSpan, local_day, step_from, wall_or_next
from booking.web import session
from booking.web.home import book_url
from booking.web.pages import page, url
from booking.web.pictures import picture_file
from booking.web.place_calendar import DAYS_AHEAD, DAYS_BACK, reservation_url
from booking.web.plan_sheet import Said, Sheet, sheet_of
from booking.web.venue_states import anchor
from booking.web.wall_times import Clock, Dial, Wall, parse, span_of, typed_from

RASTER = 30
HOUR = timedelta(hours=1)


class Asked(Shape):
    """Which floor, at what time. Everything may be missing."""

    floor: UUID | None = None
    day: Day | None = None
    begins: Clock | None = None
    ends: Clock | None = None


class Chosen(Shape):
    """The same, with all that a span needs."""

    day: Day
    begins: Clock
    ends: Clock
    last_day: Day | None = None


async def show(request: Request) -> Response:
    """One floor of a house at a time, as a plan and as a list."""
    venue = await places.venue(request.path_params["key"])
    managing = await session.visitor(request) is not None and session.roles(request).manages(venue)
    floors = await plans.of_venue(venue.id, drafts=managing)
    if not floors:
        raise NotFound
    at = session.at(request)
    resources = await places.published([venue.id])
    form = await read(request, Asked)
    plan = _floor(floors, form)
    dial = await _dial(venue, resources)
    form, span = await _span(form, dial, resources, at)
    member = await session.visitor(request)
    barred = {}
    if member is not None:
        standing = session.roles(request)
        barred = await reservations.barred(resources, member, standing, at=at, until=span.ends_at)
    found = await spots(resources, span, member=member, barred=barred, at=at)
    placements = (await plans.placements_of([plan.id])).get(plan.id, [])
    said = {id: said_of(spot, span, venue) for id, spot in found.items()}
    sheet = sheet_of(plan, placements, said, await plans.strokes_of(plan))
    day = local_day(span.begins_at, venue.zone)
    return page(
        request,
        "places/plan.html",
        status=form.status,
        venue=venue,
        title=i18n.name_of(venue),
        city=search.city_name(venue.city),
        anchor=anchor(search.city_name(venue.city)),
        plan=plan,
        sheet=sheet,
        rows=rows_of(sheet, said),
        others=_others(sheet, said),
        form=form,
        dial=dial,
        begins=dial.begins(day, form.values["begins"]),
        ends=dial.ends(day, form.values["ends"]),
        when=i18n.span(span.begins_at, span.ends_at, venue.zone),
        day=day,
        floors=[(each.name, _link(venue, each, form), each.id == plan.id) for each in floors],
        views=views_of(venue, day, "plan", has_plan=True),
        earlier=_moved(venue, plan, form, span, dial, -1, at),
        later=_moved(venue, plan, form, span, dial, 1, at),
        edit_url=url("setup_plan", key=venue.key, plan_id=plan.id) if managing else None,
        legend=state_names(),
        guest=member is None,
    )


async def picture(request: Request) -> Response:
    """One file of the picture under a plan. Its bytes never change; nothing in it can run."""
    stamp, _dash, name = request.path_params["name"].partition("-")
    path = await plans.file_of(request.path_params["plan_id"], stamp, name)
    return picture_file(path, "plan")


def views_of(venue: Venue, day: date, current: str, *, has_plan: bool) -> list[tuple[str, str, bool]]:
    """The ways to look at a house: (words, address, whether it is this one)."""
    names = (("day", _("Day")), ("week", _("Week")), ("month", _("Month")), ("list", _("List")))
    views = [
        (words, url("venue", key=venue.key, day=day, view=view) + "#day", view == current)
        for view, words in names
    ]
    if has_plan:
        views.append((_("Plan"), url("venue_plan", key=venue.key, day=day), current == "plan"))
    return views


# --- words -------------------------------------------------------------------------------------------


def said_of(spot: Spot, span: TimeSpan, venue: Venue) -> Said:
    """What plan and list say of a resource: one source for both."""
    resource = spot.resource
    name = i18n.name_of(resource)
    state, short = words_of(spot, venue)
    book = spot.book
    if spot.state == "mine":
        address = reservation_url(spot.reservation_id)
    elif book is not None:
        address = book_url(resource, book)
    else:
        address = url("resource", resource_id=resource.id, day=local_day(span.begins_at, venue.zone))
    action = ""
    if spot.state == "mine":
        action = _("your booking")
    elif book is not None:
        action = _("book %(times)s") % {"times": times_of(book, venue.zone)}
    return Said(
        name,
        spot.state,
        f"{state}, {action}" if action else state,
        short,
        address,
        spot.units,
        spot.free_units,
        {"state": state, "action": action, "why": spot.why, "facts": _facts(resource), "spot": spot},
    )


def words_of(spot: Spot, venue: Venue) -> tuple[str, str]:
    """The state in words, and short enough to stand on a plan."""
    number = {"free": i18n.number(spot.free_units), "units": i18n.number(spot.units)}
    if spot.is_pool and spot.state in ("free", "approval", "mine"):
        counted = _("%(free)s of %(units)s free") % number
        said = {
            "approval": _("%(free)s of %(units)s free, a host confirms") % number,
            "mine": _("Yours, %(free)s of %(units)s free") % number,
        }.get(spot.state, counted)
        return said, counted
    if spot.state == "part" and spot.why and spot.free_units and spot.book is not None:
        # All of it is free; only the length, or the minute it begins, is not what the house lends.
        return _("Free at another length"), times_of(spot.book, venue.zone)
    if spot.state == "part":
        times = ", ".join(times_of(each, venue.zone) for each in spot.free)
        return _("Free in part: %(times)s") % {"times": times}, times_of(spot.free[0], venue.zone)
    said = _("Not for you") if spot.barred else state_names()[spot.state]
    return said, said.partition(",")[0]


def state_names() -> dict[str, str]:
    """Each state in words, for the legend too."""
    return {
        "free": _("Free"),
        "approval": _("Free, a host confirms"),
        "part": _("Free in part"),
        "mine": _("Yours"),
        "taken": _("Taken"),
        "closed": _("Closed"),
        "past": _("Past"),
    }


def times_of(span: TimeSpan, zone: str) -> str:
    """'10:00–11:30'; with the day where it ends on another one."""
    if local_day(span.begins_at, zone) != local_day(span.ends_at - timedelta(seconds=1), zone):
        return i18n.span(span.begins_at, span.ends_at, zone)
    return f"{i18n.clock(span.begins_at, zone)}–{i18n.clock(span.ends_at, zone)}"


def rows_of(sheet: Sheet, said: Mapping[int, Said]) -> list[tuple[int, int, Said]]:
    """The list beside a plan: (number, id, what is said), row for row what the plan shows."""
    return [(tile.number, tile.id, said[tile.id]) for tile in sheet.tiles]


def _others(sheet: Sheet, said: Mapping[int, Said]) -> list[tuple[int, Said]]:
    """What can be booked in this house and lies elsewhere."""
    here = {tile.id for tile in sheet.tiles}
    return [(id, each) for id, each in said.items() if id not in here]


def _facts(resource: Resource) -> str:
    return ", ".join(part for part in (wording.kind_name(resource.kind), wording.capacity(resource)) if part)


# --- the time ----------------------------------------------------------------------------------------


async def _dial(venue: Venue, resources: Sequence[Resource]) -> Dial:
    """The times on offer: the hours in which anything in the house is open."""
    hours = [row for rows in (await places.hours_of([venue.id])).values() for row in rows]
    raster = min([RASTER, *(each.raster_minutes for each in resources if each.raster_minutes >= 15)])
    first = min((row.opens_minute for row in hours), default=0) // raster * raster
    last = -(-max((row.closes_minute for row in hours), default=1440) // raster) * raster
    return Dial(first, max(last, first + raster), raster, False, venue.zone)


async def _span(
    form: Form[Asked], dial: Dial, resources: Sequence[Resource], at: datetime
) -> tuple[Form[Any], TimeSpan]:
    """The time that is asked for; what is not asked is the next moment at which anything can be booked, for an hour.

    Also the form as it stands in the boxes. A time that cannot be is complained about, and the nearest one shown.
    """
    asked = form.value if form.valid else Asked()
    day, begins = _reachable(asked.day, dial.zone, at), asked.begins
    if begins is None:
        begins_at = await _soonest(dial, resources, at, day)
        typed = typed_from(TimeSpan(begins_at, begins_at + HOUR), dial)
        day, begins = date.fromisoformat(typed["day"]), parse(typed["begins"])
    assert begins is not None
    day = day or local_day(at, dial.zone)
    ends = asked.ends or Wall(min(begins.minutes + 60, LONGEST_WALL_MINUTES))
    shown: Form[Any] = Form(
        values={"day": day.isoformat(), "begins": str(begins), "ends": str(ends)},
        read_value=Chosen.model_construct(day=day, begins=begins, ends=ends, last_day=None),
    )
    span, refusal, nearest = span_of(shown, dial)
    if refusal is not None:
        shown.refuse(refusal)
    if not form.valid:
        shown = Form(values={**shown.values, **form.values}, errors=form.errors, status=form.status)
    begins_at = wall_or_next(day, begins.minutes, dial.zone, later=begins.later)
    return shown, span or nearest or TimeSpan(begins_at, begins_at + HOUR)


async def _soonest(dial: Dial, resources: Sequence[Resource], at: datetime, day: date | None) -> datetime:
    """When the next thing can be booked, on that day where one is named; else when the house opens then."""
    after = max(at, wall_or_next(day, 0, dial.zone)) if day else at
    found = await soonest(resources, at, after=after)
    if found is not None and day in (None, local_day(found, dial.zone)):
        return found
    return wall_or_next(day, dial.first, dial.zone) if day else step_from(at, dial.raster, dial.zone)


def _reachable(day: date | None, zone: str, at: datetime) -> date | None:
    if day is None:
        return None
    today = local_day(at, zone)
    return min(max(day, today - timedelta(days=DAYS_BACK)), today + timedelta(days=DAYS_AHEAD))


def _floor(floors: Sequence[FloorPlan], form: Form[Asked]) -> FloorPlan:
    wanted = form.value.floor if form.valid else None
    return next((each for each in floors if each.id == wanted), floors[0])


def _link(venue: Venue, plan: FloorPlan, form: Form[Any], **changes: Any) -> str:
    asked = {name: form.values.get(name) or None for name in ("day", "begins", "ends")}
    return url("venue_plan", key=venue.key, **{**asked, **changes}, floor=plan.id)


def _moved(
    venue: Venue, plan: FloorPlan, form: Form[Any], span: TimeSpan, dial: Dial, step: int, at: datetime
) -> str | None:
    """The same times on the day before or after."""
    day = local_day(span.begins_at, dial.zone) + timedelta(days=step)
    if _reachable(day, dial.zone, at) != day:
        return None
    return _link(venue, plan, form, day=day)
