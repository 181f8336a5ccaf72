"""The calendar on the pages of a venue and of a resource: a day as lanes, a week, a month, or a list.

It is a part of its page with an address of its own: the day bar swaps it, and without a script the whole page comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from starlette.requests import Request

from booking import i18n, reservations
from booking.forms import Day, Form, Shape
from booking.i18n import gettext as _
from booking.members import Member
from booking.places import plans, wording
from booking.search import lanes, months, timelines
from booking.timespan import NoSuchTime, day_span, local_day
from booking.web import session
from booking.web.home import book_url
from booking.web.pages import url

DAYS_BACK, DAYS_AHEAD = 366, 800  # a calendar that can be paged for ever is paged for ever by robots
WEEK = 7

Link = Callable[[date | None, str], str]


class Shown(Shape):
    """Which part of a venue's calendar is wanted."""

    day: Day | None = None
    view: Literal["day", "week", "month", "list"] = "day"


class ShownOfOne(Shape):
    """Which part of a resource's calendar is wanted."""

    day: Day | None = None
    view: Literal["week", "month"] = "week"


@dataclass(frozen=True)
class Square:
    """A day in a month: the look of its cell, its address, what stands in it, and what is said beside that."""

    look: str
    url: str
    words: str
    more: str
    day: date
    today: bool = False


@dataclass
class Month:
    """A month as weeks of squares (None before and after it), the closed days with why, and, of a house, a row of
    squares for each resource: numbers of `drawn`, since many cells are alike."""

    weekdays: list[tuple[str, str]]
    weeks: list[list[Square | None]]
    closed: list[tuple[str, str]]
    heads: list[tuple[str, str, str, bool]] = field(default_factory=list)
    rows: list[tuple[str, str, list[int]]] = field(default_factory=list)
    drawn: list[Square] = field(default_factory=list)


async def of_venue(
    request: Request, venue: Any, resources: Sequence[Any], form: Form[Shown]
) -> dict[str, Any]:
    """What the calendar of a venue shows."""
    at = session.at(request)
    on, view = day_of(form, venue.zone, at), form.value.view if form.valid else "day"
    shown: dict[str, Any] = {"frame": None, "table": [], "month": None, "view": view, "day": on}

    def link(day: date | None, view: str = view) -> str:
        return url("venue", key=venue.key, day=day, view=view if view != "day" else None) + "#day"

    days = week_of(on)
    if resources and view == "week":
        rows = await months.table(resources, days, at=at)
        shown["table"] = [(each, [(cell, _cell_words(cell)) for cell in cells]) for each, cells in rows]
    elif resources and view == "month":
        rows = await months.table(resources, months.days_of_month(on), at=at)
        shown["month"] = month_of_house(rows, link, local_day(at, venue.zone))
    elif resources:
        member = await session.visitor(request)
        shown["frame"] = await timelines.day(
            resources,
            on,
            await viewer(request, member, resources, on),
            resource_url=lambda resource: url("resource", resource_id=resource.id, day=on),
            facts=facts_line,
        )
    plan = bool(resources) and await plans.has_any(venue.id)
    own_day = on if on != local_day(at, venue.zone) else None
    return shown | {
        "days": days,
        "day_title": title_of(view, on),
        "views": [
            (_("Day"), link(on, "day"), view == "day"),
            (_("Week"), link(on, "week"), view == "week"),
            (_("Month"), link(on, "month"), view == "month"),
            (_("List"), link(on, "list"), view == "list"),
            *([(_("Plan"), url("venue_plan", key=venue.key, day=own_day), False)] if plan else []),
        ],
        "day_url": link,
        **moves(view, on, link, local_day(at, venue.zone)),
    }


async def of_resource(request: Request, resource: Any, form: Form[ShownOfOne]) -> dict[str, Any]:
    """What the calendar of a resource shows: its week, or its month."""
    at, zone = session.at(request), resource.venue.zone
    on, view = day_of(form, zone, at), form.value.view if form.valid else "week"
    member = await session.visitor(request)
    shown: dict[str, Any] = {"frames": [], "month": None, "view": view, "day": on}
    shown |= {"next_free": None, "next_day": None}

    def link(day: date | None, view: str = view) -> str:
        kept = view if view != "week" else None
        return url("resource", resource_id=resource.id, day=day, view=kept) + "#day"

    if resource.venue.status != "closed" and view == "month":
        rows = await months.table([resource], months.days_of_month(on), at=at)
        cells = rows[0][1]
        shown["month"] = month_of(cells, lambda day: link(day, "week"), local_day(at, zone))
        if first := next((cell for cell in cells if cell.state == "free"), None):
            words = f"{i18n.day(first.day, style='short')}, {_cell_words(first)}"
            shown["next_day"] = (words, link(first.day, "week"))
    elif resource.venue.status != "closed":
        shown["frames"] = await timelines.week(
            resource,
            week_of(on),
            await viewer(request, member, [resource], on),
            day_url=lambda day: url("venue", key=resource.venue.key, day=day),
        )
        free = (run for frame in shown["frames"] for row in frame.rows for run in row.free)
        shown["next_free"] = next((run for run in free if run.ends_at > at), None)
    return shown | {
        "day_title": title_of(view, on),
        "views": [
            (words, link(on, name), view == name)
            for words, name in ((_("Week"), "week"), (_("Month"), "month"))
        ],
        **moves(view, on, link, local_day(at, zone)),
    }


async def viewer(request: Request, member: Member | None, resources: Sequence[Any], on: date) -> lanes.Viewer:
    """Whoever looks at these resources on that day, and what they cannot book there."""
    at = session.at(request)
    barred = {}
    if member is not None:
        try:
            until = day_span(on, resources[0].venue.zone).ends_at
        except NoSuchTime:
            until = at
        standing = session.roles(request)
        found = await reservations.barred(resources, member, standing, at=at, until=until)
        barred = {key: refusal.sentence for key, refusal in found.items()}
    return lanes.Viewer(
        at,
        book_url,
        reservation_url,
        change_url if member else None,
        member.id if member else None,
        barred=barred,
    )


def reservation_url(reservation_id: Any) -> str:
    """Where a reservation is shown to those who may see it."""
    return url("reservation", reservation_id=reservation_id)


def change_url(reservation_id: Any) -> str:
    """Where the time of a reservation is changed."""
    return url("change", reservation_id=reservation_id)


def facts_line(resource: Any) -> str:
    """'Meeting room, 12 people'."""
    return ", ".join(part for part in (wording.kind_name(resource.kind), wording.capacity(resource)) if part)


# --- days --------------------------------------------------------------------------------------------


def day_of(form: Form[Any], zone: str, at: datetime) -> date:
    """The day asked for, within reach; today in the venue's zone where none is asked for."""
    today = local_day(at, zone)
    if not form.valid or form.value.day is None:
        return today
    return min(max(form.value.day, today - timedelta(days=DAYS_BACK)), today + timedelta(days=DAYS_AHEAD))


def week_of(on: date) -> list[date]:
    """Monday to Sunday of the week in which the day lies."""
    monday = on - timedelta(days=on.weekday())
    return [monday + timedelta(days=number) for number in range(WEEK)]


def title_of(view: str, on: date) -> str:
    """The day, the week or the month in words."""
    if view == "month":
        return i18n.month(on)
    if view == "week":
        days = week_of(on)
        return i18n.days(days[0], days[-1])
    return i18n.day(on)


def moves(view: str, on: date, link: Link, today: date) -> dict[str, str | None]:
    """Earlier, later, and back to today."""
    if view == "month":
        before, after = (on.replace(day=1) - timedelta(days=1)).replace(day=1), months.next_month(on)
        least = today.replace(day=1) - timedelta(days=DAYS_BACK)
    else:
        step = timedelta(days=WEEK if view == "week" else 1)
        before, after, least = on - step, on + step, today - timedelta(days=DAYS_BACK)
    return {
        "prev": link(before, view) if before >= least else None,
        "next": link(after, view) if after <= today + timedelta(days=DAYS_AHEAD) else None,
        "today": link(None, view) if on != today else None,
    }


# --- months ------------------------------------------------------------------------------------------


def month_of_house(rows: Sequence[tuple[Any, list[months.Cell]]], link: Link, today: date) -> Month:
    """The month of a house: its days as a calendar, and each resource as a row."""
    house = months.of_house(rows)
    found = month_of(house, lambda day: link(day, "day"), today, whole=True)
    found.heads = [
        (
            i18n.day(cell.day, style="short"),
            i18n.weekday_name(cell.day, "narrow"),
            str(cell.day.day),
            cell.day == today,
        )
        for cell in house
    ]
    places: dict[tuple[Any, ...], int] = {}
    urls = {cell.day: link(cell.day, "day") for cell in house}
    for resource, cells in rows:
        numbers = []
        for cell in cells:
            key = (cell.day, cell.state, cell.free_minutes, cell.level, cell.why)
            number = places.get(key)
            if number is None:
                number = places[key] = len(found.drawn)
                found.drawn.append(_square(cell, urls[cell.day], today))
            numbers.append(number)
        name = url("resource", resource_id=resource.id, day=house[0].day, view="month")
        found.rows.append((i18n.name_of(resource), name, numbers))
    return found


def month_of(
    cells: Sequence[months.Cell], link: Callable[[date], str], today: date, *, whole: bool = False
) -> Month:
    """One month as a calendar. `whole`: of a house, where a share says more than hours."""
    squares: list[Square | None] = [_square(cell, link(cell.day), today, whole=whole) for cell in cells]
    before = cells[0].day.weekday()
    padded = [None] * before + squares
    padded += [None] * (-len(padded) % WEEK)
    weekdays = [
        (i18n.weekday_name(each, "wide"), i18n.weekday_name(each, "abbreviated"))
        for each in week_of(cells[0].day)
    ]
    return Month(
        weekdays,
        [padded[number : number + WEEK] for number in range(0, len(padded), WEEK)],
        [(_days_words(days), why) for why, days in months.closed_days(cells)],
    )


def _square(cell: months.Cell, address: str, today: date, *, whole: bool = False) -> Square:
    if cell.state == "free":
        share = i18n.percent(cell.free_minutes / max(cell.open_minutes, 1))
        words, more = (share, _("free")) if whole else (i18n.hours_narrow(cell.free_minutes), _("free"))
        look = str(cell.level)
    elif cell.state == "full":
        words, more, look = i18n.percent(0) if whole else i18n.hours_narrow(0), _("free"), "0"
    elif cell.state == "past":
        words, more, look = "·", _("Past"), "p"
    else:
        words, more, look = "–", f"{_('Closed')}: {cell.why}" if cell.why else _("Closed"), "c"
    return Square(look, address, words, more, cell.day, cell.day == today)


def _days_words(days: Sequence[date]) -> str:
    """'Sun 1 Nov, Sun 8 Nov', or, where some follow one another, from the first to the last. No date breaks in two."""
    runs: list[list[date]] = []
    for each in days:
        if runs and (each - runs[-1][-1]).days == 1:
            runs[-1].append(each)
        else:
            runs.append([each])

    def words(each: date) -> str:
        return i18n.day(each, style="short").replace(" ", "\N{NO-BREAK SPACE}")

    return ", ".join(
        words(run[0]) if len(run) == 1 else f"{words(run[0])} – {words(run[-1])}" for run in runs
    )


def _cell_words(cell: months.Cell) -> str:
    if cell.state == "free":
        return _("%(time)s free") % {"time": i18n.duration(cell.free_minutes)}
    return {"full": _("Full"), "closed": _("Closed")}.get(cell.state, _("Past"))
