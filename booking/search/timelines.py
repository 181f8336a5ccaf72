"""Days and weeks of resources as rows for the timeline macro: every free run is a link, every other one says why not.

Other people's bookings are "Booked", without a name; only with `names`, for those who run the house, do rows tell
who comes. Quarters are elapsed time, so the two change days have 92 and 100 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from booking import availability, db, i18n, reservations
from booking.i18n import gettext as _
from booking.search.runs import beyond, bookable_runs, needed_for, proposal
from booking.timespan import (
    QUARTER,
    NoSuchTime,
    TimeSpan,
    common,
    day_span,
    local,
    local_day,
    quarters,
    step_from,
    subtract,
)

USUAL_DAY = (32, 72)  # 08:00 to 18:00, shown where nothing is open at all

BookUrl = Callable[[Any, TimeSpan], str]
ReservationUrl = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a row, with the names the timeline macro reads. `url` is set where it leads somewhere."""

    from_quarter: int
    to_quarter: int
    state: str
    label: str
    begins_at: datetime
    ends_at: datetime
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One lane: a resource on a day. `step` is its raster in quarters."""

    name: str
    url: str | None
    facts: str | None
    runs: list[Run]
    step: int = 1
    level: int = 3
    hours: list[tuple[int, str]] = field(default_factory=list)
    resource: Any = None
    day: date | None = None

    @property
    def free(self) -> list[Run]:
        return [run for run in self.runs if run.state == "free"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows that share one clock, with all the macro's other arguments."""

    rows: list[Row]
    hours: list[tuple[int, str]]
    quarters: int
    first: int
    last: int
    now_quarter: int | None
    zone: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A reservation on some units, as it may be shown to this viewer."""

    id: Any
    span: TimeSpan
    state: str
    member_name: str = ""
    title: str = ""
    unit_ids: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Cell:
    """One resource on one day of the week table: state 'free', 'full', 'closed' or 'past', and the free minutes."""

    day: date
    state: str
    free_minutes: int = 0


async def day(
    resources: Sequence[Any],
    on: date,
    *,
    member_id: int | None,
    at: datetime,
    book_url: BookUrl,
    reservation_url: ReservationUrl,
    resource_url: Callable[[Any], str],
    facts: Callable[[Any], str] = lambda resource: "",
    names: bool = False,
) -> Frame | None:
    """One day of the resources of one venue, in a fixed number of queries. None where there is no resource, or no
    such day in the zone."""
    if not resources:
        return None
    zone = resources[0].venue.zone
    try:
        whole = day_span(on, zone)
    except NoSuchTime:
        return None
    plans = await reservations.plans(resources, beyond(whole), language=i18n.language())
    shown = await shown_reservations(plans, whole, member_id=member_id, names=names)
    rows = [
        Row(
            i18n.name_of(resource),
            resource_url(resource),
            facts(resource) or None,
            lane(
                plans[resource.id],
                on,
                shown,
                at=at,
                book_url=book_url,
                reservation_url=reservation_url,
                names=names,
            ),
            max(resource.raster_minutes // 15, 1),
            resource=resource,
            day=on,
        )
        for resource in resources
    ]
    return frame(rows, on, zone, at)


async def week(
    resource: Any,
    days: Sequence[date],
    *,
    member_id: int | None,
    at: datetime,
    book_url: BookUrl,
    reservation_url: ReservationUrl,
    day_url: Callable[[date], str | None],
) -> list[Frame]:
    """These days of one resource, a row a day. Days of one clock stand in one frame; a change day has its own."""
    zone = resource.venue.zone
    days = [each for each in days if _exists(each, zone)]
    if not days:
        return []
    window = TimeSpan(day_span(days[0], zone).begins_at, day_span(days[-1], zone).ends_at)
    plans = await reservations.plans([resource], beyond(window), language=i18n.language())
    shown = await shown_reservations(plans, window, member_id=member_id)
    plan = plans[resource.id]
    rows = [
        Row(
            i18n.day(each, style="short"),
            day_url(each),
            _("today") if each == local_day(at, zone) else None,
            lane(plan, each, shown, at=at, book_url=book_url, reservation_url=reservation_url),
            max(resource.raster_minutes // 15, 1),
            resource=resource,
            day=each,
        )
        for each in days
    ]
    first, last = bounds(rows)
    frames = []
    for _marks, group in groupby(rows, key=lambda row: hours(row.day or days[0], zone)):
        listed = list(group)
        found = frame(listed, listed[0].day or days[0], zone, at, bounds_=(first, last))
        today = local_day(at, zone)
        # A now line through seven days would say that it is now in all of them.
        frames.append(found if [row.day for row in listed] == [today] else _without_now(found))
    return frames


async def week_table(
    resources: Sequence[Any], days: Sequence[date], *, at: datetime
) -> list[tuple[Any, list[Cell]]]:
    """For each resource of a venue, how much of each day is free. The same number of queries for any number."""
    if not resources:
        return []
    zone = resources[0].venue.zone
    days = [each for each in days if _exists(each, zone)]
    window = TimeSpan(day_span(days[0], zone).begins_at, day_span(days[-1], zone).ends_at)
    plans = await reservations.plans(resources, beyond(window), language=i18n.language())
    return [(resource, [_cell(plans[resource.id], each, at) for each in days]) for resource in resources]


def lane(
    plan: Any,
    on: date,
    shown: Sequence[Shown],
    *,
    at: datetime,
    book_url: BookUrl,
    reservation_url: ReservationUrl,
    names: bool = False,
) -> list[Run]:
    """The runs of one resource on one day."""
    resource = plan.resource
    zone = resource.venue.zone
    whole = day_span(on, zone)
    free = _from_midnight(plan, whole, at)
    here = [each for each in shown if each.unit_ids & plan.taken.keys()]
    if resource.takes == "any":  # In a pool others are only a smaller number; one's own are worth seeing.
        here = [each for each in here if each.id is not None]
    bookings = [(each.span, each.state, each) for each in here]
    covered = [each.span for each in here]
    shuts = [
        (part, "closed", shut.reason)
        for shut in plan.shuts
        for part in subtract(common([shut.span], plan.open), covered)
    ]
    runs = availability.timeline_runs(
        on,
        zone,
        free=free,
        taken=[*bookings, *shuts],
        bookable=subtract(plan.bookable, _out_of_reach(resource, at, whole)),
        at=step_from(at, resource.raster_minutes, zone) if whole.covers(at) else at,
    )
    return [_run(run, plan, free, whole, at, book_url, reservation_url, names) for run in runs]


def frame(
    rows: list[Row], on: date, zone: str, at: datetime, *, bounds_: tuple[int, int] | None = None
) -> Frame:
    """The clock around rows of one day."""
    whole = day_span(on, zone)
    first, last = bounds_ or bounds(rows)
    count = -(-whole.duration // QUARTER)
    now = (at - whole.begins_at) // QUARTER if whole.covers(at) else None
    return Frame(rows, hours(on, zone), count, first, min(last, count), now, zone)


def hours(on: date, zone: str) -> list[tuple[int, str]]:
    """Where the full hours of the day stand, and how the clocks show them there."""
    return [
        (number, i18n.clock(quarter, zone))
        for number, quarter in enumerate(quarters(on, zone))
        if not quarter.minute
    ]


def bounds(rows: Sequence[Row]) -> tuple[int, int]:
    """The quarters in which anything is open or booked, as whole hours."""
    seen = [run for row in rows for run in row.runs if run.state != "closed" or run.title]
    if not seen:
        return USUAL_DAY
    first = min(run.from_quarter for run in seen) // 4 * 4
    last = -(-max(run.to_quarter for run in seen) // 4) * 4
    return first, max(last, first + 16)


async def shown_reservations(
    plans: Mapping[int, Any], window: TimeSpan, *, member_id: int | None, names: bool = False
) -> list[Shown]:
    """The live reservations on the units of these plans, as this viewer may see them. One query."""
    units = {unit for plan in plans.values() for unit in plan.taken}
    rows = await db.rows(
        "SELECT c.unit_id, r.id, r.begins_at, r.ends_at, r.released_at, r.state, r.member_id, r.title, m.name "
        "FROM claim c JOIN reservation r ON r.id = c.reservation_id JOIN member m ON m.id = r.member_id "
        f"WHERE {db.among('c.unit_id')} AND c.ends_at > ? AND c.begins_at < ? ORDER BY c.begins_at",
        db.many(units),
        window.begins_at,
        window.ends_at,
    )
    found: dict[UUID, Shown] = {}
    for row in rows:
        key = UUID(str(row["id"]))
        if key not in found:
            mine = member_id is not None and row["member_id"] == member_id
            # What was given back is others' to book.
            begins_at, until = db.instant(row["begins_at"]), db.instant(row["released_at"] or row["ends_at"])
            if until <= begins_at:
                continue
            found[key] = Shown(
                key if mine or names else None,
                TimeSpan(begins_at, until),
                "held" if row["state"] == "held" else "mine" if mine else "booked",
                row["name"] if names else "",
                row["title"] if names else "",
            )
        found[key].unit_ids.add(row["unit_id"])
    return list(found.values())


def _run(
    run: Any,
    plan: Any,
    free: Sequence[TimeSpan],
    whole: TimeSpan,
    at: datetime,
    book_url: BookUrl,
    reservation_url: ReservationUrl,
    names: bool,
) -> Run:
    """One run of the macro from one run of quarters."""
    resource = plan.resource
    zone = resource.venue.zone
    shown = TimeSpan(run.begins_at, run.ends_at).intersection(whole) or whole
    times = _times(shown, whole, zone)
    state, label, title, url = run.state, _("Closed"), None, None
    if run.state == "free":
        label = _("Free all day, book") if shown == whole else _("Free %(times)s, book") % {"times": times}
        # The run may go on after midnight, where the day that is shown does not.
        ends_at = max([each.ends_at for each in free if each.contains(shown)], default=shown.ends_at)
        url = book_url(resource, proposal(resource, TimeSpan(shown.begins_at, ends_at)))
    elif run.state == "past":
        label = _("Past")
    elif isinstance(run.key, Shown):
        label = {"mine": _("Yours %(times)s"), "held": _("On hold %(times)s")}.get(
            run.state, _("Booked %(times)s")
        )
        label %= {"times": times}
        if names and run.key.member_name:
            label = f"{run.key.member_name}, {times}"
            title = run.key.title or None
        url = reservation_url(run.key.id) if run.key.id else None
    elif run.state == "booked" and resource.takes == "any" and _all_taken(plan, shown):
        label, title = _("Booked %(times)s") % {"times": times}, _("All of them are taken.")
    elif run.state == "booked":
        state, label = "closed", _("Not free %(times)s") % {"times": times}
        title = _("Kept free around bookings, or too short to book.")
    elif run.state == "closed":
        title = run.key or (_why_not(resource, shown, at) if common([shown], plan.bookable) else None)
    return Run(run.from_quarter, run.to_quarter, state, label, shown.begins_at, shown.ends_at, url, title)


def _from_midnight(plan: Any, whole: TimeSpan, at: datetime) -> list[TimeSpan]:
    """The runs of a day, from its midnight on, that are long enough to begin a booking in; whole at their end."""
    found = []
    for run in bookable_runs(plan, at):
        begins_at = step_from(
            max(run.begins_at, whole.begins_at), plan.resource.raster_minutes, plan.resource.venue.zone
        )
        if begins_at < whole.ends_at and run.ends_at - begins_at >= needed_for(plan.resource):
            found.append(TimeSpan(begins_at, run.ends_at))
    return found


def _times(shown: TimeSpan, whole: TimeSpan, zone: str) -> str:
    """'14:00–16:00'; the end of the day is 24:00."""
    end = "24:00" if shown.ends_at == whole.ends_at else i18n.clock(shown.ends_at, zone)
    return f"{i18n.clock(shown.begins_at, zone)}–{end}"


def _all_taken(plan: Any, span: TimeSpan) -> bool:
    """Whether every unit is taken at some time of the span."""
    return all(any(each.overlaps(span) for each in spans) for spans in plan.taken.values())


def _why_not(resource: Any, span: TimeSpan, at: datetime) -> str | None:
    """Why an opening that nobody has taken is not offered; None outside of the opening hours."""
    zone = resource.venue.zone
    reach = reservations.bookable_window(resource, at)
    if reach is None or span.ends_at <= at:
        return None
    if at <= span.begins_at < reach.begins_at:
        return _("Needs %(time)s of notice.") % {"time": i18n.duration(resource.lead_minutes)}
    if span.begins_at >= reach.ends_at:
        opens = local(span.begins_at, zone).date() - timedelta(days=resource.horizon_days)
        return _("Can be booked from %(day)s.") % {"day": i18n.day(opens, style="medium")}
    return None


def _out_of_reach(resource: Any, at: datetime, whole: TimeSpan) -> list[TimeSpan]:
    """The parts of the day that the notice and the horizon keep from being booked."""
    reach = reservations.bookable_window(resource, at)
    if reach is None:
        return [whole]
    earliest = step_from(reach.begins_at, resource.raster_minutes, resource.venue.zone)
    parts = [
        (step_from(at, resource.raster_minutes, resource.venue.zone), earliest),
        (reach.ends_at, whole.ends_at),
    ]
    return [TimeSpan(begins_at, ends_at) for begins_at, ends_at in parts if begins_at < ends_at]


def _cell(plan: Any, on: date, at: datetime) -> Cell:
    whole = day_span(on, plan.resource.venue.zone)
    if whole.ends_at <= at:
        return Cell(on, "past")
    left = common(plan.bookable, [TimeSpan(max(whole.begins_at, at), whole.ends_at)])
    if not left:
        return Cell(on, "closed")
    minutes = sum(span.minutes for span in common(bookable_runs(plan, at), [whole]))
    return Cell(on, "free" if minutes else "full", minutes)


def _exists(on: date, zone: str) -> bool:
    try:
        day_span(on, zone)
    except NoSuchTime:
        return False
    return True


def _without_now(found: Frame) -> Frame:
    return Frame(found.rows, found.hours, found.quarters, found.first, found.last, None, found.zone)
