"""What hangs at a door, in words: free or taken now, until when, and what comes next. Never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking import i18n
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.occupancy import Door
from booking.timespan import local_day
from booking.web.pages import url


@dataclass(frozen=True)
class Shown:
    """A door as the page shows it. `state` is free, later or closed, as the tags of places are called."""

    name: str
    url: str
    state: str
    now: str
    next: str
    later: list[str]


def shown(door: Door, at: datetime) -> Shown:
    resource = door.resource
    return Shown(
        i18n.name_of(resource),
        url("resource", resource_id=resource.id),
        {"free": "free", "taken": "later", "closed": "closed"}[door.state],
        _now(door, at),
        _next(door, at),
        [_times(span.begins_at, span.ends_at, resource) for span in door.taken[:6]],
    )


def _now(door: Door, at: datetime) -> str:
    if door.state == "closed":
        return _("Closed")
    if door.units > 1 and door.state == "free":
        values = {"free": i18n.number(door.units_free), "all": i18n.number(door.units)}
        return (
            ngettext("%(free)s of %(all)s is free", "%(free)s of %(all)s are free", door.units_free) % values
        )
    if door.state == "free" and door.until is None:
        return _("Free")
    if door.state == "free":
        return _("Free until %(time)s") % {"time": _time(door.until, at, door.resource)}
    if door.until is None:
        return _("Taken")
    return _("Taken until %(time)s") % {"time": _time(door.until, at, door.resource)}


def _next(door: Door, at: datetime) -> str:
    resource = door.resource
    if door.state == "free" and door.until is None:
        return _("All week.")
    if door.state == "free" and door.units > 1:
        return _("At least one until %(time)s.") % {"time": _time(door.until, at, resource)}
    if door.state == "free":
        if not door.taken:
            return _("After that: nothing more today.")
        first = door.taken[0]
        return _("After that: taken %(times)s.") % {"times": _times(first.begins_at, first.ends_at, resource)}
    if door.until is None:
        return _("Nothing is free in the next week.")
    if door.state == "closed":
        time, zone = _time(door.until, at, resource), resource.venue.zone
        today = local_day(door.until, zone) == local_day(at, zone)
        return (_("It opens at %(time)s.") if today else _("It opens %(time)s.")) % {"time": time}
    return _("After that: closed.") if door.closes else _("After that: free.")


def _time(instant: datetime | None, at: datetime, resource: Any) -> str:
    """The time alone where it is today, with its day otherwise."""
    assert instant is not None
    zone = resource.venue.zone
    today = local_day(at, zone)
    if local_day(instant, zone) == today:
        return i18n.clock(instant, zone)
    midnight = local_day(instant - timedelta(microseconds=1), zone) == today
    return i18n.wall_clock(1440) if midnight else i18n.moment(instant, zone, "short")


def _times(begins_at: datetime, ends_at: datetime, resource: Any) -> str:
    zone = resource.venue.zone
    return f"{i18n.clock(begins_at, zone)}–{i18n.clock(ends_at, zone)}"
