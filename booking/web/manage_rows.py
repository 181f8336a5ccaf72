"""Rows, marks and the chart of the house's pages, and its list as CSV. No requests in here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from booking import i18n, occupancy
from booking.budgets.statements import defused
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.members import Member
from booking.places import Venue, wording
from booking.reservations import Reservation
from booking.timespan import TimeSpan, day_span, local, local_day
from booking.web.home import price_words
from booking.web.manage_today import Arrival
from booking.web.pages import url
from booking.web.places import reservation_url

NEWS = timedelta(hours=24)  # how long a booking is marked as new or changed


@dataclass(frozen=True)
class Line:
    """A reservation in the list of a day. `marks` are (words, kind of tag, icon)."""

    reservation: Reservation
    url: str
    when: str
    resource: str
    member: str
    people: str
    title: str
    activity: str
    marks: list[tuple[str, str, str]]
    cancel_url: str | None
    arrival: Arrival | None = None


@dataclass(frozen=True)
class Bar:
    """One hour of the chart: its height in hundredths of the chart, and the line of the capacity if it is in sight."""

    label: str
    short: str
    people: int
    arriving: int
    height: int
    over: bool
    now: bool


@dataclass(frozen=True)
class Chart:
    """The people expected in each hour in which anybody is, and what is worth saying about it."""

    bars: list[Bar]
    finding: str
    capacity: int | None
    limit: int | None


def line(
    each: Reservation,
    venue: Venue,
    on: date,
    member: Member,
    at: datetime,
    *,
    arrival: Arrival | None = None,
) -> Line:
    mine = each.member_id == member.id
    return Line(
        each,
        reservation_url(each.id),
        times_on(each.span, on, venue.zone),
        i18n.name_of(each.resource),
        each.member.name,
        i18n.number(each.people),
        each.title,
        each.activity.number if each.activity else "",
        marks(each, at),
        url("manage_cancel", key=venue.key, reservation_id=each.id)
        if each.live and each.ends_at > at and not mine
        else None,
        arrival,
    )


def marks(each: Reservation, at: datetime) -> list[tuple[str, str, str]]:
    """What is worth a second look: new since yesterday, moved since yesterday, on hold, under way."""
    found = []
    if each.waits_for_card:
        found.append((_("To be paid"), "held", "credit-card"))
    elif each.state == "held":
        found.append((_("To approve"), "held", "hourglass"))
    if each.live and each.released_at is not None:
        found.append((_("Rest given back"), "past", "undo-2"))
    elif each.live and each.begins_at <= at < each.ends_at:
        found.append((_("Now"), "now", "clock"))
    if each.live and each.created_at > at - NEWS:
        found.append((_("New"), "mine", "plus"))
    elif each.live and each.sequence and each.revised_at > at - NEWS:
        found.append((_("Changed"), "waiting", "pencil"))
    if each.series_id:
        found.append((_("Series"), "", "repeat"))
    if each.overrides:
        found.append((_("Rule set aside"), "", "shield-check"))
    return found


def times_on(span: TimeSpan, on: date, zone: str) -> str:
    """'10:00–12:00', with the date where it begins or ends on another day."""

    def shown(at: datetime) -> str:
        there = local_day(at, zone)
        midnight = there == on + timedelta(days=1) and at == day_span(on, zone).ends_at
        if midnight:
            return i18n.wall_clock(1440)
        return i18n.clock(at, zone) if there == on else i18n.moment(at, zone, "short")

    return f"{shown(span.begins_at)}–{shown(span.ends_at)}"


def shut_words(span: TimeSpan, zone: str) -> str:
    """A closure in words: whole days as days, anything else with its times."""
    first, last = local(span.begins_at, zone), local(span.ends_at, zone)
    if any((first.hour, first.minute, last.hour, last.minute)):
        return i18n.span(span.begins_at, span.ends_at, zone)
    last_day = last.date() - timedelta(days=1)
    if first.date() == last_day:
        return _("%(day)s, all day") % {"day": i18n.day(first.date(), style="medium")}
    return _("%(first)s – %(last)s, all day") % {
        "first": i18n.day(first.date(), style="medium"),
        "last": i18n.day(last_day, style="medium"),
    }


def request(each: Reservation, venue: Venue) -> dict[str, Any]:
    """A request that waits for a yes or a no."""
    return {
        "reservation": each,
        "url": reservation_url(each.id),
        "when": i18n.span(each.begins_at, each.ends_at, venue.zone),
        "resource": i18n.name_of(each.resource),
        "price": price_words(each.total_cents, each.currency),
        "people": wording.people(each.people),
        "until": i18n.moment(each.held_until, venue.zone) if each.held_until else "",
        "approve_url": url("manage_approve", key=venue.key, reservation_id=each.id),
        "decline_url": url("manage_decline", key=venue.key, reservation_id=each.id),
        "count": 1,
    }


def requests(
    waiting: Sequence[Reservation], series: Mapping[UUID, Sequence[Reservation]], venue: Venue
) -> list[dict[str, Any]]:
    """The requests that wait, the most urgent first; the dates of a series that wait are one of them, with `dates`."""
    found: list[dict[str, Any]] = []
    shown: set[UUID] = set()
    for each in waiting:
        dates = series.get(each.series_id, ()) if each.series_id else ()
        if len(dates) < 2:
            found.append(request(each, venue))
        elif each.series_id not in shown:
            shown.add(each.series_id)
            # Equipment that waits beside a room is answered with it.
            of_it = sum(one.series_id == each.series_id for one in waiting)
            found.append(_series_request(dates, venue) | {"count": max(of_it, len(dates))})
    return found


def _series_request(dates: Sequence[Reservation], venue: Venue) -> dict[str, Any]:
    first = dates[0]
    until = min((each.held_until for each in dates if each.held_until), default=None)
    values = {"num": len(dates), "day": i18n.day(first.begins_at, venue.zone, style="medium")}
    return {
        **request(first, venue),
        "when": ngettext("%(num)d date from %(day)s", "%(num)d dates from %(day)s", len(dates)) % values,
        "price": price_words(sum(each.total_cents for each in dates), first.currency),
        "until": i18n.moment(until, venue.zone) if until else "",
        "approve_url": url("manage_approve_series", key=venue.key, series_id=first.series_id),
        "decline_url": url("manage_decline_series", key=venue.key, series_id=first.series_id),
        "dates": [request(each, venue) for each in dates],
    }


def clash(each: Reservation, closure: Any, venue: Venue, member: Member) -> dict[str, Any]:
    """A reservation that stands under a closure."""
    mine = each.member_id == member.id
    return {
        "reservation": each,
        "url": reservation_url(each.id),
        "when": i18n.span(each.begins_at, each.ends_at, venue.zone),
        "resource": i18n.name_of(each.resource),
        "reason": closure.reason,
        "closed": shut_words(TimeSpan(closure.begins_at, closure.ends_at), venue.zone),
        "cancel_url": None if mine else url("manage_cancel", key=venue.key, reservation_id=each.id),
    }


def chart(listed: Sequence[Reservation], venue: Venue, on: date, at: datetime) -> Chart | None:
    """People expected by the hour, from the first hour with anybody to the last; None on an empty day."""
    hours = occupancy.expected(listed, on, venue.zone)
    busy = [place for place, hour in enumerate(hours) if hour.people]
    if not busy:
        return None
    shown = hours[busy[0] : busy[-1] + 1]
    capacity = venue.capacity_people
    top = max(hour.people for hour in shown)
    # The capacity is drawn where it is in reach; a house of 250 with 12 people would be a row of flat bars.
    near = capacity is not None and capacity <= 3 * top
    scale = max(top, capacity) if near and capacity is not None else top
    busiest = next(hour for hour in shown if hour.people == top)
    finding = ngettext(
        "Most people at once: %(number)s, from %(time)s.",
        "Most people at once: %(number)s, from %(time)s.",
        top,
    ) % {"number": i18n.number(top), "time": i18n.clock(busiest.begins_at, venue.zone)}
    if capacity:
        finding += " " + _("The house holds %(number)s.") % {"number": i18n.number(capacity)}
    return Chart(
        [
            Bar(
                i18n.clock(hour.begins_at, venue.zone),
                f"{local(hour.begins_at, venue.zone):%H}",
                hour.people,
                hour.arriving,
                round(100 * hour.people / scale),
                capacity is not None and hour.people > capacity,
                hour.begins_at <= at < hour.begins_at + occupancy.HOUR,
            )
            for hour in shown
        ],
        finding,
        capacity,
        round(100 * capacity / scale) if near and capacity is not None else None,
    )


def csv_of(listed: Sequence[Reservation], zone: str) -> str:
    """Reservations as CSV (RFC 4180), with texts that a spreadsheet would run defused."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            _("From"),
            _("Until"),
            _("Space"),
            _("Member"),
            _("People"),
            _("Quantity"),
            _("Title"),
            _("Activity"),
            _("State"),
            _("Reference"),
            _("Checked in"),
            _("Checked out"),
            _("Did not come"),
        ]
    )
    for each in listed:
        writer.writerow(
            [
                f"{local(each.begins_at, zone):%Y-%m-%d %H:%M}",
                f"{local(each.ends_at, zone):%Y-%m-%d %H:%M}",
                defused(i18n.name_of(each.resource)),
                defused(each.member.name),
                each.people,
                each.quantity,
                defused(each.title),
                defused(each.activity.number) if each.activity else "",
                each.state,
                each.id,
                *(_moment(each, name, zone) for name in ("checked_in_at", "checked_out_at", "no_show_at")),
            ]
        )
    return out.getvalue()


def _moment(each: Reservation, name: str, zone: str) -> str:
    instant = getattr(each, name)
    return f"{local(instant, zone):%Y-%m-%d %H:%M}" if instant else ""
