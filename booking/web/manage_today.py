"""Who is in the house: the count, what became of the day's bookings, and what a host can press beside each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking import i18n, occupancy
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.occupancy import House, Presence
from booking.places import GROUP_OF, Venue
from booking.reservations import Reservation
from booking.web.pages import url


@dataclass(frozen=True)
class Act:
    """A button beside a line: where it posts to, with one value perhaps."""

    label: str
    url: str
    icon: str
    kind: str = "plain"
    value: str = ""


@dataclass(frozen=True)
class Arrival:
    """What is known of somebody's coming: words, the kind of tag and its icon (no words: nothing yet), and buttons."""

    words: str
    kind: str
    icon: str
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Guest:
    """Somebody in the house without a booking."""

    name: str
    place: str
    since: str
    until: str
    acts: tuple[Act, ...]


def arrival(each: Reservation, stays: Sequence[Presence], venue: Venue, at: datetime) -> Arrival | None:
    """What became of one booking. None for what nobody checks in for, and for what is not due yet."""
    if each.state != "confirmed" or GROUP_OF[each.resource.kind] == "equipment":
        return None
    open_ = next((stay for stay in stays if stay.ends_at is None), None)
    last = stays[-1] if stays else None
    come = (
        (Act(_("Check in"), _check_in_url(each, venue), "check"),) if occupancy.can_check_in(each, at) else ()
    )
    if open_ is not None:
        over = each.ends_at <= at
        words = _("Here since %(time)s") % {"time": i18n.clock(open_.begins_at, venue.zone)}
        if over:
            words += " · " + _("time is over")
        return Arrival(words, "waiting" if over else "now", "user", _acts_of(open_, venue))
    if each.no_show_at is not None:
        return Arrival(_("Did not come"), "declined", "x", come)
    if each.checked_out_at is not None:
        words = _("Left at %(time)s") % {"time": i18n.clock(each.checked_out_at, venue.zone)}
        back = last is not None and each.begins_at <= at < each.ends_at
        return Arrival(words, "past", "log-out", (_undo(last, venue, "check_out"),) if back and last else ())
    if each.checked_in_at is not None:
        words = _("Came at %(time)s") % {"time": i18n.clock(each.checked_in_at, venue.zone)}
        return Arrival(words, "past", "check", come)
    if occupancy.is_late(each, at):
        return Arrival(_("Late"), "waiting", "clock", come)
    if each.ends_at <= at:
        return Arrival(_("Not checked in"), "", "")
    return Arrival("", "", "", come) if come else None


def guests(stays: Sequence[Presence], venue: Venue, at: datetime) -> list[Guest]:
    """The stays without a booking: those who are here first."""
    found = [
        Guest(
            stay.member.name,
            i18n.name_of(stay.resource) if stay.resource else "",
            i18n.clock(stay.begins_at, venue.zone),
            i18n.clock(stay.ends_at, venue.zone) if stay.ends_at else "",
            _acts_of(stay, venue) if stay.ends_at is None else (),
        )
        for stay in stays
        if stay.reservation_id is None
    ]
    return sorted(found, key=lambda guest: bool(guest.until))


def seen(listed: Iterable[Reservation], stays: Sequence[Presence], waiting: int) -> str:
    """What the list of a day looks like, in few letters: others as soon as a line of it would be another."""
    lines = [
        (each.id, each.state, each.begins_at, each.ends_at, each.resource_id, each.people, each.checked_in_at,
         each.checked_out_at, each.no_show_at, each.released_at)
        for each in listed
    ]  # fmt: skip
    there = [(stay.id, stay.ends_at) for stay in stays]
    return hashlib.sha256(repr((lines, there, waiting)).encode()).hexdigest()[:12]


def missing(each: Reservation, at: datetime) -> bool:
    """Whether somebody should be here now and is not: a host may still do something about it."""
    return occupancy.is_late(each, at) or (
        each.state == "confirmed" and each.no_show_at is not None and each.begins_at <= at < each.ends_at
    )


def house_words(house: House, venue: Venue) -> tuple[str, list[str]]:
    """Where the number comes from, and what is worth saying about it."""
    zone = venue.zone
    if house.source == "staff_count" and house.counted_at:
        source = _("Counted by the house at %(time)s.") % {"time": i18n.clock(house.counted_at, zone)}
        notes = [
            ngettext("%(number)s is checked in.", "%(number)s are checked in.", house.checked_in)
            % {"number": i18n.number(house.checked_in)}
        ]
    elif house.since and house.stays > house.checked_in:
        source = _("From the door and check-ins, the newest at %(time)s.") % {
            "time": i18n.clock(house.since, zone)
        }
        notes = []
    elif house.since:
        source = _("From check-ins, the newest at %(time)s.") % {"time": i18n.clock(house.since, zone)}
        notes = [_("Who did not check in is not in this number.")]
    else:
        source = _("From check-ins: nobody is checked in.")
        notes = []
    if house.source == "stays" and house.counted is not None and house.counted_at:
        notes.append(
            _("The house counted %(number)s at %(time)s: more are checked in, so that number stands.")
            % {"number": i18n.number(house.counted), "time": i18n.clock(house.counted_at, zone)}
        )
    if house.overdue:
        notes.append(
            ngettext(
                "%(number)s is still checked in though the booking is over.",
                "%(number)s are still checked in though their bookings are over.",
                house.overdue,
            )
            % {"number": i18n.number(house.overdue)}
        )
    if house.capacity and house.people > house.capacity:
        notes.append(_("That is more than the house holds."))
    return source, notes


def counted(counts: Sequence[Presence], venue: Venue) -> list[dict[str, str]]:
    """What the staff counted today, newest first."""
    return [
        {
            "at": i18n.clock(each.begins_at, venue.zone),
            "people": i18n.number(each.people),
            "by": each.recorded_by.name if each.recorded_by else "",
            "place": i18n.name_of(each.resource) if each.resource else "",
        }
        for each in counts
    ]


def _acts_of(stay: Presence, venue: Venue) -> tuple[Act, ...]:
    leave = Act(_("Check out"), url("manage_check_out", key=venue.key, stay_id=stay.id), "log-out")
    return (leave, _undo(stay, venue, "check_in"))


def _undo(stay: Presence, venue: Venue, what: str) -> Act:
    where = url("manage_undo_stay", key=venue.key, stay_id=stay.id)
    return Act(_("Undo"), where, "undo-2", "quiet", what)


def _check_in_url(each: Reservation, venue: Venue) -> str:
    return url("manage_check_in", key=venue.key, reservation_id=each.id)
