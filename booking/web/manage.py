"""The house, for its hosts and managers: who comes on a day or in a week, and what waits for them.

Everything under /manage/{key} is there for those who host or manage the venue; for all others there is no such page.
Beside this: `manage_answers.py` (approve, decline, cancel), `manage_booking.py` (book for a member),
`manage_guest.py` (ask somebody without an account),
`manage_closures.py`, `manage_presence.py` (check in and out, count), `manage_codes.py`, `manage_displays.py`,
`manage_occupancy.py`, and
`manage_rows.py` and `manage_today.py` with the rows, the chart and the words of these pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, occupancy, places, reservations
from booking.errors import NotFound
from booking.forms import Day, Form, Shape, blank, read
from booking.i18n import gettext as _
from booking.members import Member
from booking.places import Venue, wording
from booking.search import lanes, months, timelines
from booking.timespan import TimeSpan, day_span, local_day
from booking.web import manage_lately, manage_today, qr, session
from booking.web import manage_rows as rows
from booking.web.pages import page, redirect, url
from booking.web.place_calendar import change_url, reservation_url

DAYS_BACK, DAYS_AHEAD = 366, 800
WEEK = 7
REQUESTS_SHOWN = 50


class Shown(Shape):
    """Which part of the calendar is wanted."""

    day: Day | None = None
    view: Literal["day", "week"] = "day"


# --- who may see what --------------------------------------------------------------------------------


async def house_of(request: Request, *, managing: bool = False) -> tuple[Member, Venue]:
    """The member and the venue of this address, for its hosts (or only its managers). Raises NotFound for others.

    What needs a manager needs a passkey before it writes; what a host may do needs none, whoever does it.
    """
    member = await session.signed_in(request)
    venue = await places.venue(request.path_params["key"])
    standing = session.roles(request)
    if not (standing.manages(venue) if managing else standing.hosts(venue)):
        raise NotFound
    if managing:
        await session.confirmed(request)
    return member, venue


def tabs(request: Request, venue: Venue, current: str) -> list[tuple[str, str, bool]]:
    """The parts of the house as links, as far as this visitor may go."""
    entries = [
        ("manage_venue", _("Who comes")),
        ("manage_book", _("Book for a member")),
    ]
    if session.roles(request).manages(venue):
        entries += [
            ("manage_occupancy", _("Occupancy")),
            ("manage_closures", _("Closures")),
            ("manage_photos", _("Photos")),
            ("manage_codes", _("Codes to print")),
            ("manage_displays", _("Displays")),
            ("setup", _("Set up")),
        ]
    return [(words, url(name, key=venue.key), name == current) for name, words in entries]


# --- pages -------------------------------------------------------------------------------------------


async def index(request: Request) -> Response:
    """The houses one hosts or manages; straight into it where there is only one."""
    await session.signed_in(request)
    standing = session.roles(request)
    hosted = [venue for venue in await places.venues() if standing.hosts(venue)]
    # Offices have nothing to book, so they only fill the list of those who also have a house.
    mine = [venue for venue in hosted if venue.kind == "shared_space"] or hosted
    may_add = standing.administrator or bool(standing.managed_entities)
    if not mine and not may_add:
        raise NotFound
    if len(mine) == 1:
        return redirect(request, "manage_venue", key=mine[0].key)
    return page(
        request,
        "manage/index.html",
        new_url=url("setup_new_house") if may_add else None,
        houses=[(venue, standing.manages(venue), url("manage_venue", key=venue.key)) for venue in mine],
    )


async def show(request: Request) -> Response:
    """One day or one week of the house."""
    member, venue = await house_of(request)
    return await day_page(request, member, venue)


async def day_page(
    request: Request,
    member: Member,
    venue: Venue,
    *,
    said: Form[Any] | None = None,
    walk_in: Form[Any] | None = None,
    count: Form[Any] | None = None,
) -> Response:
    """The page of a day or a week; of today, with what is wrong, after a form of it that could not be done."""
    at = session.at(request)
    form = await read(request, Shown)
    on, view = _day(form, venue.zone, at), form.value.view if form.valid else "day"
    resources = await places.published([venue.id])
    waiting, waiting_in_all = await reservations.waiting_for_approval([venue.id], most=REQUESTS_SHOWN)
    ids = {each.series_id for each in waiting if each.series_id}
    series = await reservations.waiting_of_series(list(ids), venue.id)
    clashing = await reservations.under_closures(venue.id, after=at)
    part = _week if view == "week" else _one_day
    return page(
        request,
        "manage/show.html",
        status=said.status if said else form.status,
        said=said,
        walk_in=walk_in or blank(),
        count=count or blank(),
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_venue"),
        requests=(asked := rows.requests(waiting, series, venue)),
        more_requests=waiting_in_all - sum(each["count"] for each in asked),
        clashes=[rows.clash(each, closure, venue, member) for each, closure in clashing],
        resources=resources,
        view=view,
        day=on,
        csv=url("manage_csv", key=venue.key, day=on, view="week" if view == "week" else None),
        **_moves(venue, on, view, at),
        **await part(request, member, venue, resources, on, at, waiting_in_all),
    )


async def _one_day(
    request: Request,
    member: Member,
    venue: Venue,
    resources: Sequence[Any],
    on: date,
    at: datetime,
    waiting: int,
) -> dict[str, Any]:
    window = day_span(on, venue.zone)
    listed = await reservations.at_venue(venue.id, window)
    gone = await reservations.at_venue(venue.id, window, states=("cancelled",))
    begun = window.begins_at <= at
    stays = await occupancy.stays_at(venue.id, window) if begun else []
    by_booking: dict[Any, list[Any]] = {}
    for stay in stays:
        by_booking.setdefault(stay.reservation_id, []).append(stay)
    frame = await timelines.day(
        resources,
        on,
        lanes.Viewer(
            at,
            lambda resource, span: _book_url(venue, resource, span),
            reservation_url,
            change_url,
            member.id,
            names=True,
        ),
        resource_url=lambda resource: url("resource", resource_id=resource.id, day=on),
        facts=lambda resource: wording.capacity(resource),
    )
    lines = [
        rows.line(
            each,
            venue,
            on,
            member,
            at,
            arrival=manage_today.arrival(each, by_booking.get(each.id, []), venue, at),
        )
        for each in listed
    ]
    return {
        "day_title": i18n.day(on),
        "lines": lines,
        "missing": [line for line, each in zip(lines, listed, strict=True) if manage_today.missing(each, at)],
        "begun": begun,
        "guests": manage_today.guests(stays, venue, at),
        "now": await _now(request, venue, listed, window, at) if window.covers(at) else None,
        "live": url("manage_live", key=venue.key, seen=manage_today.seen(listed, stays, waiting)),
        "cancelled": [rows.line(each, venue, on, member, at) for each in gone],
        "frame": frame,
        "chart": rows.chart(listed, venue, on, at),
    }


async def now_of(venue: Venue, listed: Sequence[Any], at: datetime, *, managing: bool) -> dict[str, Any]:
    """How many are here at this moment, what became of today's bookings so far, and what was used of the day."""
    house = await occupancy.now(venue, at)
    source, notes = manage_today.house_words(house, venue)
    found = await occupancy.so_far(venue, at)
    return {
        "house": house,
        "source": source,
        "notes": notes,
        "time": i18n.clock(at, venue.zone),
        "expected": occupancy.expected_today(listed, at),
        "lately": manage_lately.figures(found, income=managing),
        "how": manage_lately.counted_how(found, income=managing),
    }


async def _now(
    request: Request, venue: Venue, listed: Sequence[Any], window: TimeSpan, at: datetime
) -> dict[str, Any]:
    """Today only: the house at this moment, and what was counted in it.

    Managers, who have the report, see also what came in, and six weeks of it.
    """
    managing = session.roles(request).manages(venue)
    weeks = await occupancy.six_weeks(venue, at) if managing else None
    return {
        **await now_of(venue, listed, at, managing=managing),
        "counts": manage_today.counted(await occupancy.counts_at(venue.id, window), venue),
        "weeks": manage_lately.weeks(weeks.weeks) if weeks else None,
        "hours": manage_lately.hours(weeks) if weeks else None,
        "digits": occupancy.display_code(venue, at) if venue.presence_proof else "",
        "qr": qr.drawn(occupancy.display_path(venue, at)) if venue.presence_proof else "",
    }


async def _week(
    request: Request,
    member: Member,
    venue: Venue,
    resources: Sequence[Any],
    on: date,
    at: datetime,
    _waiting: int,
) -> dict[str, Any]:
    days = _days_of_week(on)
    listed = await reservations.at_venue(venue.id, _window(days, venue.zone))
    spans = {each: day_span(each, venue.zone) for each in days}
    by_day = {each: [one for one in listed if spans[each].overlaps(one.span)] for each in days}
    table = []
    for resource, cells in await months.table(resources, days, at=at):
        counts = [sum(one.resource_id == resource.id for one in by_day[cell.day]) for cell in cells]
        table.append((resource, list(zip(cells, counts, strict=True))))
    return {
        "day_title": i18n.days(days[0], days[-1]),
        "missing": [],
        "days": [(each, url("manage_venue", key=venue.key, day=each)) for each in days],
        "table": table,
        "peaks": [
            max(hour.people for hour in occupancy.expected(by_day[each], each, venue.zone)) for each in days
        ],
        "by_day": [
            (
                i18n.day(each),
                url("manage_venue", key=venue.key, day=each),
                [rows.line(one, venue, each, member, at) for one in by_day[each]],
            )
            for each in days
        ],
    }


async def as_csv(request: Request) -> Response:
    """The list of a day or a week as a file for spreadsheets, times in the venue's zone."""
    _member, venue = await house_of(request)
    form = await read(request, Shown)
    on = _day(form, venue.zone, session.at(request))
    days = _days_of_week(on) if form.valid and form.value.view == "week" else [on]
    listed = await reservations.at_venue(venue.id, _window(days, venue.zone))
    answer = Response(rows.csv_of(listed, venue.zone), media_type="text/csv; charset=utf-8")
    name = f"{venue.key}-{days[0].isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- days --------------------------------------------------------------------------------------------


def _moves(venue: Venue, on: date, view: str, at: datetime) -> dict[str, Any]:
    """The day bar: earlier, later, today, and the other view."""
    today = local_day(at, venue.zone)
    step = timedelta(days=WEEK if view == "week" else 1)

    def link(day: date | None, view: str = view) -> str:
        return url("manage_venue", key=venue.key, day=day, view="week" if view == "week" else None)

    return {
        "prev": link(on - step) if on - step >= today - timedelta(days=DAYS_BACK) else None,
        "next": link(on + step) if on + step <= today + timedelta(days=DAYS_AHEAD) else None,
        "today": link(None) if on != today else None,
        "views": [
            (_("Day"), link(on, "day"), view == "day"),
            (_("Week"), link(on, "week"), view == "week"),
        ],
    }


def _day(form: Form[Shown], zone: str, at: datetime) -> date:
    """The day asked for, within reach; today in the venue's zone where none is asked for."""
    today = local_day(at, zone)
    if not form.valid or form.value.day is None:
        return today
    return min(max(form.value.day, today - timedelta(days=DAYS_BACK)), today + timedelta(days=DAYS_AHEAD))


def _days_of_week(on: date) -> list[date]:
    monday = on - timedelta(days=on.weekday())
    return [monday + timedelta(days=number) for number in range(WEEK)]


def _window(days: Sequence[date], zone: str) -> TimeSpan:
    return TimeSpan(day_span(days[0], zone).begins_at, day_span(days[-1], zone).ends_at)


def _book_url(venue: Venue, resource: Any, span: TimeSpan) -> str:
    """Where a host books a free run for a member; `from` and `until` in UTC, as the timeline sharpens them."""
    return url(
        "manage_book",
        key=venue.key,
        resource=resource.id,
        **{"from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}", "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}"},
    )
