"""Why a stretch of a day is grey, in the house's words: its hours, a holiday or closure, the notice, the horizon, the
minutes around bookings, or what this member still needs. Pure.

The sentences are those of the refusals that a wish for that time would get, so the page and the answer say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from booking import i18n, reservations
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.reservations import refusals as no
from booking.timespan import TimeSpan, common, day_span, local

# Whole sentences, since no grammar puts a weekday's name into one the way another does.
CLOSED_ON = {
    1: lazy("Closed on Mondays."),
    2: lazy("Closed on Tuesdays."),
    3: lazy("Closed on Wednesdays."),
    4: lazy("Closed on Thursdays."),
    5: lazy("Closed on Fridays."),
    6: lazy("Closed on Saturdays."),
    7: lazy("Closed on Sundays."),
}


def closed(plan: Any, span: TimeSpan, on: date) -> str:
    """Why nothing of this span is bookable on this day of the venue: what shuts it, else its hours."""
    return shut(plan, span) or outside_hours(plan, on)


def shut(plan: Any, span: TimeSpan) -> str:
    """The public reason of the closure or the holiday that takes this span away from the opening hours."""
    for each in plan.shuts:
        if each.span.overlaps(span) and common([each.span], plan.open):
            return shut_words(each)
    return ""


def shut_words(each: Any) -> str:
    """'Public holiday: Christmas Day', or the reason that the house gave."""
    return _("Public holiday: %(name)s") % {"name": each.reason} if each.kind == "holiday" else each.reason


def outside_hours(plan: Any, on: date) -> str:
    """'Closed on Sundays.', or when it is open on that day."""
    zone = plan.resource.venue.zone
    whole = day_span(on, zone)
    that_day = [span for span in plan.open if whole.covers(span.begins_at)]
    if that_day:
        return _open_words(tuple(that_day), zone)
    if any(row.weekday == on.isoweekday() for row in plan.hours):  # which hold from, or until, another date
        return _("Closed that day.")
    return str(CLOSED_ON[on.isoweekday()])


@i18n.kept
def _open_words(spans: tuple[TimeSpan, ...], zone: str) -> str:
    """'Open that day: 08:00–22:00.'"""
    hours = ", ".join(i18n.times(span.begins_at, span.ends_at, zone) for span in spans)
    return no.NotOpen(hours=hours).rule_sentence


def out_of_reach(resource: Any, span: TimeSpan, at: datetime) -> str:
    """Too soon for the notice that the house needs, or beyond the horizon; nothing where neither is."""
    if span.ends_at <= at:
        return ""
    zone, lead = resource.venue.zone, resource.lead_minutes
    earliest, latest = at + timedelta(minutes=lead), reservations.horizon_of(resource, at)
    if at <= span.begins_at < earliest:
        return no.TooSoon(lead_minutes=lead, earliest_at=earliest, zone=zone).sentence
    if span.begins_at >= latest:
        opens = local(span.begins_at, zone).date() - timedelta(days=resource.horizon_days)
        return _("Can be booked from %(day)s.") % {"day": i18n.day(opens, style="medium")}
    return ""


def out_of_reach_words(resource: Any, span: TimeSpan, at: datetime) -> str:
    """The same for a whole day among many, in words that are the same on each of them."""
    latest = reservations.horizon_of(resource, at)
    if span.begins_at >= latest:
        return no.TooFar(
            horizon_days=resource.horizon_days, latest_at=latest, zone=resource.venue.zone
        ).sentence
    return out_of_reach(resource, span, at)


def not_free(plan: Any, span: TimeSpan, free: Sequence[TimeSpan]) -> str:
    """Why a time that nobody has booked is not offered: kept around the bookings, too short to book, or too early or
    late for a beginning on the steps."""
    resource = plan.resource
    around = next((each for each in free if each.contains(span)), None)
    if around is None:
        return no.Taken(resource="").rule_sentence
    if around.minutes < resource.shortest_minutes:
        return no.TooShort(shortest_minutes=resource.shortest_minutes).sentence
    return no.OffRaster(raster_minutes=resource.raster_minutes).sentence
