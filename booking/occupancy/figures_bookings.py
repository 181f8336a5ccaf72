"""What bookings say: who did not come, what came free again, how far ahead people book, what cannot be sold. Pure.

Each booking counts in the period in which it begins, once, and with its whole length.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_facts import (
    SENSORS,
    Booking,
    Facts,
    Room,
    Stay,
    clipped,
    hours,
    length,
    level_at,
    levels,
    merged,
    middle_hours,
    quartile_hours,
    within,
)
from booking.occupancy.figures_use import attendees
from booking.timespan import TimeSpan, local_day, step_from, subtract, union

BOOKED = ("booked",)
SEEN = ("checked_in",)
WEEK = timedelta(days=7)
TWO_DAYS = timedelta(days=2)  # longer than any local day
SIZES = (("quarter", 1), ("half", 2), ("three_quarters", 3), ("full", 4))  # up to so many quarters
LEADS = (
    ("within_15_minutes", timedelta(minutes=15)),
    ("same_hour", timedelta(hours=1)),
)


def own(facts: Facts) -> list[Booking]:
    """The bookings that begin in the period, each once."""
    return [each for each in facts.bookings if not each.echo and facts.window.covers(each.span.begins_at)]


def figures(facts: Facts) -> list[Figure]:
    """All of them, over the rooms and bookings of the facts."""
    bookings = own(facts)
    rooms = {room.id: room for room in facts.rooms}
    attached: dict[object, list[Stay]] = {}
    for stay in facts.stays:
        if stay.booking_id is not None:
            attached.setdefault(stay.booking_id, []).append(stay)
    return [
        *no_shows(facts),
        _ghosts(facts, bookings),
        *_cancellations(bookings),
        *_recovered(facts, bookings),
        _overrun(bookings),
        _right_size(facts, bookings, rooms, attached),
        *lead_times(facts, bookings),
        *_ahead(facts, bookings),
    ]


def _hours(bookings: Sequence[Booking]) -> Fraction:
    return hours(sum((each.span.duration * each.quantity for each in bookings), timedelta()))


def no_shows(facts: Facts) -> list[Figure]:
    """Due: over, or known already. Where nobody is asked to check in a booking says nothing, unless it was noted."""
    bookings = own(facts)
    asking = {room.id for room in facts.rooms if room.asks_check_in}
    attached = {stay.booking_id for stay in facts.stays}
    due, missing = [], []
    for each in bookings:
        came = bool(each.checked_in_at or each.id in attached)
        gone = each.no_show_at is not None or (each.released_at is not None and not came)
        asked = each.room_id in asking and not each.imported
        over = each.span.ends_at <= facts.at
        if each.state == "confirmed" and (came or gone or (asked and over)):
            due.append(each)
            if not came:
                missing.append(each)
    confirmed = [each for each in bookings if each.state == "confirmed" and each.span.ends_at <= facts.at]
    coverage = Fraction(min(len(due), len(confirmed)), len(confirmed)) if confirmed else None
    return [
        figure("no_show", len(missing), len(due), n=len(due), source=SEEN, coverage=coverage),
        figure(
            "no_show_hours",
            _hours(missing),
            _hours(due),
            n=len(due),
            source=SEEN,
            coverage=coverage,
        ),
    ]


def _ghosts(facts: Facts, bookings: Sequence[Booking]) -> Figure:
    sensed: dict[int, list[TimeSpan]] = {}
    sources = set()
    for stay in facts.stays:
        if stay.source in SENSORS and stay.room_id is not None:
            sources.add(stay.source)
            sensed.setdefault(stay.room_id, []).append(stay.span)
    seen = {room_id: union(spans) for room_id, spans in sensed.items()}
    watched = [
        each
        for each in bookings
        if each.room_id in seen and each.state == "confirmed" and each.span.ends_at <= facts.at
    ]
    empty = [each for each in watched if not within(each.span, seen[each.room_id])]
    return figure("ghost", len(empty), len(watched), n=len(watched), source=tuple(sorted(sources)))


def is_late(each: Booking) -> bool:
    """Whether its member cancelled it when that was no longer free."""
    return bool(
        each.cancelled_at
        and not each.cancelled_by_house
        and each.free_until
        and each.cancelled_at >= each.free_until
    )


def _cancellations(bookings: Sequence[Booking]) -> list[Figure]:
    made = [each for each in bookings if each.state in ("confirmed", "cancelled")]
    gone = [each for each in made if each.state == "cancelled" and each.cancelled_at]
    notice = [
        each.span.begins_at - each.cancelled_at
        for each in gone
        if each.cancelled_at and not each.cancelled_by_house
    ]
    middle = middle_hours(notice)
    return [
        figure("late_cancel", sum(map(is_late, gone)), len(made), n=len(made), source=BOOKED),
        figure("cancel_notice", middle or 0, n=len(notice), source=BOOKED, measured=middle is not None),
    ]


def freed(each: Booking, facts: Facts) -> tuple[str, TimeSpan] | None:
    """What of a booking came free again before its end, and by what."""
    ends_at = each.span.ends_at
    if each.state == "cancelled" and is_late(each) and each.cancelled_at:
        why, since = "late_cancel", each.cancelled_at
    elif each.released_at and each.state == "confirmed":
        why, since = ("early_end" if each.checked_in_at else "release"), each.released_at
    elif each.checked_out_at and each.state == "confirmed":
        why, since = "early_end", each.checked_out_at
    else:
        return None
    begins_at = max(each.span.begins_at, since)
    return (why, TimeSpan(begins_at, ends_at)) if begins_at < ends_at else None


class _Meeting:
    """Which of many bookings may meet a span, without a look at each."""

    def __init__(self, bookings: Sequence[Booking]) -> None:
        self._bookings = sorted(bookings, key=_begins)
        self._longest = max((each.span.duration for each in bookings), default=timedelta())

    def of(self, span: TimeSpan) -> Sequence[Booking]:
        first = bisect_left(self._bookings, span.begins_at - self._longest, key=_begins)
        return self._bookings[first : bisect_left(self._bookings, span.ends_at, key=_begins)]


def _begins(booking: Booking) -> datetime:
    return booking.span.begins_at


def _recovered(facts: Facts, bookings: Sequence[Booking]) -> list[Figure]:
    parts = {"release": Fraction(0), "early_end": Fraction(0), "late_cancel": Fraction(0)}
    again = Fraction(0)
    by_room: dict[int, list[Booking]] = {}
    for each in facts.bookings:
        if each.live and not each.echo:
            by_room.setdefault(each.room_id, []).append(each)
    meeting = {room_id: _Meeting(listed) for room_id, listed in by_room.items()}
    n = 0
    for each in bookings:
        found = freed(each, facts)
        if found is None:
            continue
        why, span = found
        n += 1
        parts[why] += hours(span.duration) * each.quantity
        since = each.cancelled_at if why == "late_cancel" else each.released_at or each.checked_out_at
        later = [
            (part, other.quantity)
            for other in (meeting[each.room_id].of(span) if each.room_id in meeting else ())
            if other.id != each.id and other.created_at and since and other.created_at >= since
            for part in [other.span.intersection(span)]
            if part
        ]
        again += sum(
            (hours(part.duration) * min(each.quantity, level) for part, level in levels(later)), Fraction(0)
        )
    whole = sum(parts.values(), Fraction(0))
    return [
        figure("recovered", whole, n=n, source=("booked", "checked_in"), parts=parts),
        figure("resold", again, whole, n=n, source=BOOKED),
    ]


def _overrun(bookings: Sequence[Booking]) -> Figure:
    over = [
        each.checked_out_at - each.span.ends_at
        for each in bookings
        if each.checked_out_at and each.checked_out_at > each.span.ends_at
    ]
    told = sum(each.checked_out_at is not None for each in bookings)
    minutes = hours(sum(over, timedelta())) * 60
    return figure("overrun", minutes, n=told, source=SEEN, measured=bool(told))


def _right_size(
    facts: Facts,
    bookings: Sequence[Booking],
    rooms: Mapping[int, Room],
    attached: Mapping[object, Sequence[Stay]],
) -> Figure:
    """How full the booked spaces were, and how many bookings filled up to a quarter, a half … of their space."""
    people = places = n = counted = 0
    bands = {name: 0 for name, _most in SIZES} | {"over": 0}
    for each in bookings:
        room = rooms.get(each.room_id)
        if (
            each.state != "confirmed"
            or each.no_show_at
            or room is None
            or not room.capacity
            or room.units > 1
        ):
            continue
        came, by_count = attendees(each, attached.get(each.id, ()))
        bands[next((name for name, most in SIZES if 4 * came <= most * room.capacity), "over")] += 1
        people, places, n, counted = people + came, places + room.capacity, n + 1, counted + by_count
    return figure(
        "right_size",
        people,
        places,
        n=n,
        source=("counted",) if counted == n and n else ("expected",) if not counted else ("counted", "expected"),
        parts={name: Fraction(number) for name, number in bands.items()},
    )  # fmt: skip


def lead_times(facts: Facts, bookings: Sequence[Booking]) -> list[Figure]:
    """Bookings of unknown moment, and those written down after they began, say nothing: see the coverage."""
    bands = {name: 0 for name, _most in LEADS} | {"same_day": 0, "within_a_week": 0, "later": 0}
    leads = []
    confirmed = [each for each in bookings if each.state == "confirmed"]
    for each in confirmed:
        if each.created_at is None or each.created_at > each.span.begins_at:
            continue
        lead = each.span.begins_at - each.created_at
        leads.append(lead)
        name = next((name for name, most in LEADS if lead <= most), "")
        if (
            not name
            and lead < TWO_DAYS
            and local_day(each.created_at, facts.zone) == local_day(each.span.begins_at, facts.zone)
        ):
            name = "same_day"
        bands[name or ("within_a_week" if lead <= WEEK else "later")] += 1
    found = quartile_hours(leads)
    low, middle, high = found or (0, 0, 0)
    told: dict[str, Any] = {
        "n": len(leads),
        "source": BOOKED,
        "measured": found is not None,
        "coverage": Fraction(len(leads), len(confirmed)) if confirmed else None,
    }
    return [
        figure("lead_time_low", low, **told),
        figure("lead_time", middle, parts={name: Fraction(number) for name, number in bands.items()}, **told),
        figure("lead_time_high", high, **told),
    ]


def _ahead(facts: Facts, bookings: Sequence[Booking]) -> list[Figure]:
    coming = [each for each in bookings if each.span.begins_at > facts.at]
    booked = [each for each in coming if each.live]
    since = facts.at - WEEK
    new = [each for each in booked if each.created_at and each.created_at > since]
    lost = [
        each
        for each in coming
        if each.state == "cancelled"
        and each.cancelled_at
        and each.cancelled_at > since
        and (each.created_at is None or each.created_at <= since)
    ]
    open_ahead = facts.window.ends_at > facts.at
    return [
        figure(
            "on_the_books",
            _hours(booked),
            n=len(booked),
            source=BOOKED,
            measured=open_ahead,
        ),
        figure(
            "pick_up",
            _hours(new) - _hours(lost),
            n=len(new) + len(lost),
            source=BOOKED,
            measured=open_ahead,
        ),
    ]


# --- the room itself -----------------------------------------------------------------------------------


def sold_out(rooms: Sequence[Room]) -> Figure:
    """Rooms of one kind: when none of them had anything free. Buffers take time from others too."""
    offered = levels((span, room.units) for room in rooms for span in room.bookable)
    taken = levels(
        (part, 1) for room in rooms for spans in room.taken.values() for part in merged(spans, room.bookable)
    )
    open_ = [span for span, _level in offered]
    full = timedelta()
    for span, level in taken:
        for place in within(span, open_):
            if level >= level_at(offered, place.begins_at):
                full += place.duration
    n = sum(len(spans) for room in rooms for spans in room.taken.values())
    return figure("sold_out", hours(full), hours(length(open_)), n=n, source=BOOKED)


def fragmentation(rooms: Sequence[Room], zone: str) -> Figure:
    """Free time in gaps into which not even the shortest booking fits, with its steps and its buffers."""
    lost = idle = timedelta()
    gaps = 0
    for room in rooms:
        for spans in room.taken.values():
            claims = union(spans)
            begins = {claim.begins_at for claim in claims}
            ends = {claim.ends_at for claim in claims}
            for gap in subtract(room.bookable, claims):
                idle += gap.duration
                gaps += 1
                before = room.buffer_before_minutes if gap.begins_at in ends else 0
                after = room.buffer_after_minutes if gap.ends_at in begins else 0
                first = step_from(gap.begins_at + timedelta(minutes=before), room.raster_minutes, zone)
                if first + timedelta(minutes=room.shortest_minutes + after) > gap.ends_at:
                    lost += gap.duration
    return figure("fragmentation", hours(lost), hours(idle), n=gaps, source=BOOKED)


def desk_days(rooms: Sequence[Room], facts: Facts) -> Figure:
    """Desks taken at least once on a local day, against those bookable that day."""
    taken = offered = 0
    source = BOOKED
    for room in rooms:
        days = {local_day(span.begins_at, facts.zone) for span in room.bookable}
        offered += len(days) * room.units
        for unit_spans in room.taken.values():
            used = {
                local_day(part.begins_at, facts.zone)
                for span in union(unit_spans)
                for part in within(span, room.bookable)
            }
            taken += len(used)
    return figure("desk_occupancy", taken, offered, n=taken, source=source)


def booked_peak(facts: Facts) -> Figure:
    """The most people booked at the same minute. Things to borrow bring nobody."""
    still = {room.id for room in facts.rooms if room.kind not in ("machine", "equipment", "vehicle")}
    pieces = [
        (part, each.people)
        for each in facts.bookings
        if each.live and not each.echo and each.room_id in still
        for part in clipped([each.span], facts.window)
    ]
    most = max((level for _span, level in levels(pieces)), default=0)
    return figure("booked_peak", most, n=len(pieces), source=BOOKED)
