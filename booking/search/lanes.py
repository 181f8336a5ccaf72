"""One resource on one day as runs for the timeline macro: every free run is a link, every other one says why not.

Other people's bookings are "Booked", without a name; only with `names`, for those who run the house, do runs tell
who comes. Quarters are elapsed time, so the two change days have 92 and 100 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from booking import availability, db, i18n, reservations
from booking.i18n import gettext as _
from booking.search import reasons
from booking.search.runs import bookable_runs, needed_for, proposal
from booking.timespan import TimeSpan, common, day_span, step_from, subtract

BookUrl = Callable[[Any, TimeSpan], str]
ReservationUrl = Callable[[Any], str]
# What a booking's time can still do: nothing, end at another time, or go anywhere.
STAYS, ENDS, MOVES = "", "ends", "moves"


class Run(NamedTuple):
    """One run of a row, with the names the timeline macro reads. `url` is set where it leads somewhere.

    `moves` says what may be dragged of it ('moves': all of it, 'ends': its end), and `change_url` where that leads.
    `open`: it lies within the opening hours.
    """

    from_quarter: int
    to_quarter: int
    state: str
    label: str
    begins_at: datetime
    ends_at: datetime
    url: str | None = None
    title: str | None = None
    moves: str = STAYS
    change_url: str | None = None
    open: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """A reservation, as it may be shown to this viewer. `moves` is for its own resource's lane."""

    id: Any
    span: TimeSpan
    state: str
    member_name: str = ""
    title: str = ""
    moves: str = STAYS
    resource_id: int = 0


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and where their links lead. `barred` are the resources that they cannot book, each with the reason;
    `names`: they run the house."""

    at: datetime
    book_url: BookUrl
    reservation_url: ReservationUrl
    change_url: ReservationUrl | None = None
    member_id: int | None = None
    names: bool = False
    barred: Mapping[int, str] = field(default_factory=dict)


def lane(plan: Any, on: date, shown: Mapping[int, Sequence[Shown]], viewer: Viewer) -> list[Run]:
    """The runs of one resource on one day. `shown` are the reservations by unit."""
    resource, at = plan.resource, viewer.at
    zone = resource.venue.zone
    whole = day_span(on, zone)
    free = _from_midnight(plan, whole, at)
    here = list({id(each): each for unit in plan.taken for each in shown.get(unit, ())}.values())
    if resource.takes == "any":  # In a pool others are only a smaller number; one's own are worth seeing.
        here = [each for each in here if each.id is not None]
    bookings = [(each.span, each.state, each) for each in here]
    covered = [each.span for each in here]
    shuts: list[tuple[TimeSpan, str, Any]] = [
        (part, "closed", reasons.shut_words(each))
        for each in plan.shuts
        if each.span.overlaps(whole)
        for part in subtract(common([each.span], plan.open), covered)
    ]
    far = _out_of_reach(resource, at, whole)
    if far and (left := common(plan.bookable, far)):
        shuts += [
            (part, "closed", said)
            for part in subtract(left, covered)
            if (said := reasons.out_of_reach(resource, part, at))
        ]
    runs = availability.timeline_runs(
        on,
        zone,
        free=free,
        taken=[*bookings, *shuts],
        bookable=subtract(plan.bookable, far) if far else plan.bookable,
        at=step_from(at, resource.raster_minutes, zone) if whole.covers(at) else at,
    )
    return [_run(run, plan, free, whole, on, viewer) for run in runs]


def _run(run: Any, plan: Any, free: Sequence[TimeSpan], whole: TimeSpan, on: date, viewer: Viewer) -> Run:
    """One run of the macro from one run of quarters."""
    resource = plan.resource
    shown = whole
    if run.begins_at > whole.begins_at or run.ends_at < whole.ends_at:
        shown = TimeSpan(max(run.begins_at, whole.begins_at), min(run.ends_at, whole.ends_at))
    state, label, title, url, moves, change_url, open_ = run.state, "", None, None, STAYS, None, True
    if isinstance(run.key, Shown):
        label, title, url = _booked_words(run.key, shown, whole, resource, viewer)
        if run.key.moves and viewer.change_url and run.key.resource_id == resource.id:
            moves, change_url = run.key.moves, viewer.change_url(run.key.id)
    elif state == "free":
        label = _free_words(shown, whole, resource)
        if said := viewer.barred.get(resource.id):
            state, title = "closed", said
            label = _("Not for you %(times)s") % {"times": _times(shown, whole, resource.venue.zone)}
        else:
            # The run may go on after midnight, where the day that is shown does not.
            ends_at = max([each.ends_at for each in free if each.contains(shown)], default=shown.ends_at)
            url = viewer.book_url(resource, proposal(resource, TimeSpan(shown.begins_at, ends_at)))
    elif state == "past":
        label = _("Past")
    elif state == "booked" and resource.takes == "any" and _all_taken(plan, shown):
        label = _("Booked %(times)s") % {"times": _times(shown, whole, resource.venue.zone)}
        title = _("All of them are taken.")
    elif state == "booked":
        state, title = "closed", reasons.not_free(plan, shown, plan.free())
        label = _("Not free %(times)s") % {"times": _times(shown, whole, resource.venue.zone)}
    else:
        label, title, open_ = _("Closed"), run.key or reasons.closed(plan, shown, on), bool(run.key)
    return Run(
        run.from_quarter, run.to_quarter, state, label, shown.begins_at, shown.ends_at, url, title, moves,
        change_url, open_,
    )  # fmt: skip


def _free_words(shown: TimeSpan, whole: TimeSpan, resource: Any) -> str:
    """What a free run says: that one books it, or asks the house for it."""
    if shown == whole:
        return _("Free all day, ask for it") if resource.approval else _("Free all day, book")
    words = _("Free %(times)s, ask for it") if resource.approval else _("Free %(times)s, book")
    return words % {"times": _times(shown, whole, resource.venue.zone)}


def _booked_words(
    key: Shown, shown: TimeSpan, whole: TimeSpan, resource: Any, viewer: Viewer
) -> tuple[str, str | None, str | None]:
    """Label, title and address of a booking."""
    times = _times(shown, whole, resource.venue.zone)
    url = viewer.reservation_url(key.id) if key.id else None
    if viewer.names and key.member_name:
        return f"{key.member_name}, {times}", key.title or None, url
    words = {"mine": _("Yours %(times)s"), "held": _("On hold %(times)s")}.get(
        key.state, _("Booked %(times)s")
    )
    return words % {"times": times}, None, url


async def shown_reservations(
    plans: Mapping[int, Any], window: TimeSpan, *, member_id: int | None, at: datetime, names: bool = False
) -> dict[int, list[Shown]]:
    """The live reservations on the units of these plans by unit, as this viewer may see them. One query."""
    units = {unit for plan in plans.values() for unit in plan.taken}
    rows = await db.rows(
        "SELECT c.unit_id, r.id, r.begins_at, r.ends_at, r.released_at, r.checked_in_at, r.state, r.held_for, "
        "r.resource_id, r.member_id, r.title, m.name "
        "FROM claim c JOIN reservation r ON r.id = c.reservation_id JOIN member m ON m.id = r.member_id "
        f"WHERE {db.among('c.unit_id')} AND c.ends_at > ? AND c.begins_at < ? ORDER BY c.begins_at",
        db.many(units),
        window.begins_at,
        window.ends_at,
    )
    found: dict[str, Shown | None] = {}
    by_unit: dict[int, list[Shown]] = {}
    for row in rows:
        key = str(row["id"])
        if key not in found:
            found[key] = _shown(row, key, member_id, names, at)
        if (shown := found[key]) is not None:
            by_unit.setdefault(row["unit_id"], []).append(shown)
    return by_unit


def _shown(
    row: Mapping[str, Any], key: str, member_id: int | None, names: bool, at: datetime
) -> Shown | None:
    """A reservation for this viewer; None where all of it was given back, which is others' to book."""
    mine = member_id is not None and row["member_id"] == member_id
    begins_at, ends_at = db.instant(row["begins_at"]), db.instant(row["ends_at"])
    released_at = db.instant(row["released_at"])
    until = released_at or ends_at
    if until <= begins_at:
        return None
    moves = STAYS
    if mine or names:
        moves = reservations.may_move(
            begins_at=begins_at,
            ends_at=ends_at,
            begun=row["checked_in_at"] is not None,
            given_back=released_at is not None,
            waits_for_card=row["state"] == "held" and row["held_for"] in reservations.PAY_FIRST,
            at=at,
        )
    return Shown(
        UUID(key) if mine or names else None,
        TimeSpan(begins_at, until),
        "held" if row["state"] == "held" else "mine" if mine else "booked",
        row["name"] if names else "",
        row["title"] if names else "",
        moves,
        row["resource_id"],
    )


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


@i18n.kept
def _times(shown: TimeSpan, whole: TimeSpan, zone: str) -> str:
    """'14:00–16:00'; the end of the day is 24:00."""
    if shown.ends_at == whole.ends_at and i18n.clock_hours() == 24:
        return f"{i18n.clock(shown.begins_at, zone)}–{i18n.wall_clock(1440)}"
    return i18n.times_short(shown.begins_at, shown.ends_at, zone)


def _all_taken(plan: Any, span: TimeSpan) -> bool:
    """Whether every unit is taken at some time of the span."""
    return all(any(each.overlaps(span) for each in spans) for spans in plan.taken.values())


def _out_of_reach(resource: Any, at: datetime, whole: TimeSpan) -> list[TimeSpan]:
    """The parts of the day that the notice and the horizon keep from being booked."""
    reach = reservations.bookable_window(resource, at)
    if reach is None:
        return [whole]
    parts = [(reach.ends_at, whole.ends_at)]
    if resource.lead_minutes:
        zone, raster = resource.venue.zone, resource.raster_minutes
        parts.append((step_from(at, raster, zone), step_from(reach.begins_at, raster, zone)))
    return [TimeSpan(begins_at, ends_at) for begins_at, ends_at in parts if begins_at < ends_at]
