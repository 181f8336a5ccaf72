"""What bookings say: who did not come, what came free again, how far ahead people book. Pure.

Each booking counts in the period in which it begins, once, and with its whole length. `tally` counts one room; tallies
are added up, as uses are, so that each booking is looked at once for its room, its kind and its house.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from operator import attrgetter
from typing import Any

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_facts import (
    HOUR_MICROSECONDS,
    SENSORS,
    Booking,
    Facts,
    Stay,
    Sums,
    filled,
    microseconds,
    middle_hours,
    quartile_hours,
    within,
)
from booking.occupancy.figures_spans import instant, pair
from booking.occupancy.figures_use import attendees
from booking.timespan import TimeSpan, local_day, union

BOOKED = ("booked",)
SEEN = ("checked_in",)
WEEK = timedelta(days=7)
TWO_DAYS = timedelta(days=2)  # longer than any local day
WITHIN = timedelta(minutes=15)
HOUR = timedelta(hours=1)
SIZE_NAMES = ("quarter", "half", "three_quarters", "full", "over")  # up to so many quarters of the space
LEAD_NAMES = ("within_15_minutes", "same_hour", "same_day", "within_a_week", "later")
FREED = ("release", "early_end", "late_cancel")


def own(facts: Facts) -> list[Booking]:
    """The bookings that begin in the period, each once."""
    first, last = pair(facts.window)
    return [each for each in facts.bookings if not each.echo and first <= each.begins < last]


@dataclass(frozen=True, slots=True)
class Tally(Sums):
    """What the figures of bookings are made of, for one room or for several. Lengths are microseconds.

    `sizes`, `freed` and `leads` are by the names of their parts; `notices` and `ahead` are what medians are of.
    """

    due: int = 0
    due_length: int = 0
    missing: int = 0
    missing_length: int = 0
    over: int = 0
    watched: int = 0
    ghosts: int = 0
    made: int = 0
    late: int = 0
    notices: tuple[timedelta, ...] = ()
    came_free: int = 0
    freed: Counter[str] = field(default_factory=Counter)
    resold: int = 0
    told: int = 0
    overrun: int = 0
    sized: int = 0
    people: int = 0
    places: int = 0
    counted: int = 0
    sizes: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0
    ahead: tuple[timedelta, ...] = ()
    leads: Counter[str] = field(default_factory=Counter)
    coming: int = 0
    coming_length: int = 0
    moved: int = 0
    moved_length: int = 0


def tally(facts: Facts) -> Tally:
    """What the bookings of the facts say."""
    bookings = own(facts)
    attached = _attached(facts.stays)
    return Tally(
        **_no_shows(facts, bookings, attached),
        **_ghosts(facts, bookings),
        **_cancellations(bookings),
        **_recovered(facts, bookings),
        **_overrun(bookings),
        **_right_size(facts, bookings, attached),
        **_lead_time(facts, bookings),
        **_ahead(facts, bookings),
    )


def with_stays(told: Tally, facts: Facts, more: Sequence[Stay]) -> Tally:
    """The tally of the facts again, where more stays of these bookings are known that were noted in other rooms."""
    theirs = {stay.booking_id for stay in more}
    bookings = [each for each in own(facts) if each.id in theirs]
    found: dict[str, Any] = {}
    for count in (_no_shows, _right_size):
        # Only these bookings are looked at again: what they said before, and what they say now.
        before = count(facts, bookings, _attached(facts.stays))
        after = count(facts, bookings, _attached([*facts.stays, *more]))
        for name, value in after.items():
            kept = getattr(told, name)
            if isinstance(value, Counter):
                found[name] = Counter(kept)
                found[name].update(value)
                found[name].subtract(before[name])
            else:
                found[name] = kept + value - before[name]
    return replace(told, **found)


def _attached(stays: Iterable[Stay]) -> dict[object, list[Stay]]:
    """The stays of each booking."""
    found: dict[object, list[Stay]] = {}
    for stay in stays:
        if stay.booking_id is not None:
            found.setdefault(stay.booking_id, []).append(stay)
    return found


def figures(told: Tally, facts: Facts) -> list[Figure]:
    """All of them, from the tally of the bookings of the facts."""
    sensors = {stay.source for stay in facts.stays if stay.source in SENSORS and stay.room_id is not None}
    ghost_source = tuple(sorted(sensors))
    notice = middle_hours(told.notices)
    freed_length = told.freed.total()
    counts = told.counted
    attending = (
        ("counted",)
        if counts == told.sized and counts
        else ("counted", "expected")
        if counts
        else ("expected",)
    )
    open_ahead = facts.window.ends_at > facts.at
    return [
        *_no_show_figures(told),
        figure("ghost", told.ghosts, told.watched, n=told.watched, source=ghost_source),
        figure("late_cancel", told.late, told.made, n=told.made, source=BOOKED),
        figure("cancel_notice", notice or 0, n=len(told.notices), source=BOOKED, measured=notice is not None),
        figure(
            "recovered",
            _hours(freed_length),
            n=told.came_free,
            source=("booked", "checked_in"),
            parts={why: _hours(told.freed[why]) for why in FREED},
        ),
        figure("resold", _hours(told.resold), _hours(freed_length), n=told.came_free, source=BOOKED),
        figure("overrun", _hours(told.overrun) * 60, n=told.told, source=SEEN, measured=bool(told.told)),
        figure(
            "right_size",
            told.people,
            told.places,
            n=told.sized,
            source=attending,
            parts={name: Fraction(told.sizes[name]) for name in SIZE_NAMES},
        ),
        *_lead_figures(told),
        figure("on_the_books", _hours(told.coming_length), n=told.coming, source=BOOKED, measured=open_ahead),
        figure("pick_up", _hours(told.moved_length), n=told.moved, source=BOOKED, measured=open_ahead),
    ]  # fmt: skip


def _hours(length: int) -> Fraction:
    return Fraction(length, HOUR_MICROSECONDS)


def _length(bookings: Iterable[Booking]) -> int:
    return sum((each.ends - each.begins) * each.quantity for each in bookings)


def no_shows(facts: Facts) -> list[Figure]:
    """No-shows alone, by bookings and by hours."""
    return _no_show_figures(Tally(**_no_shows(facts, own(facts), _attached(facts.stays))))


def _no_show_figures(told: Tally) -> list[Figure]:
    coverage = Fraction(min(told.due, told.over), told.over) if told.over else None
    seen: dict[str, Any] = {"n": told.due, "source": SEEN, "coverage": coverage}
    return [
        figure("no_show", told.missing, told.due, **seen),
        figure("no_show_hours", _hours(told.missing_length), _hours(told.due_length), **seen),
    ]


def _no_shows(
    facts: Facts, bookings: Sequence[Booking], attached: Mapping[object, Sequence[Stay]]
) -> dict[str, Any]:
    """Due: over, or known already. Where nobody is asked to check in a booking says nothing, unless it was noted."""
    asking = {room.id for room in facts.rooms if room.asks_check_in}
    at = instant(facts.at)
    due, missing, finished = [], [], 0
    for each in bookings:
        if each.state != "confirmed":
            continue
        came = bool(each.checked_in_at or each.id in attached)
        gone = each.no_show_at is not None or (each.released_at is not None and not came)
        asked = each.room_id in asking and not each.imported
        over = each.ends <= at
        finished += over
        if came or gone or (asked and over):
            due.append(each)
            if not came:
                missing.append(each)
    return {
        "due": len(due),
        "due_length": _length(due),
        "missing": len(missing),
        "missing_length": _length(missing),
        "over": finished,
    }


def _ghosts(facts: Facts, bookings: Sequence[Booking]) -> dict[str, Any]:
    sensed: dict[int, list[TimeSpan]] = {}
    for stay in facts.stays:
        if stay.source in SENSORS and stay.room_id is not None:
            sensed.setdefault(stay.room_id, []).append(stay.span)
    seen = {room_id: union(spans) for room_id, spans in sensed.items()}
    watched = [
        each
        for each in bookings
        if each.room_id in seen and each.state == "confirmed" and each.span.ends_at <= facts.at
    ]
    return {
        "watched": len(watched),
        "ghosts": sum(not within(each.span, seen[each.room_id]) for each in watched),
    }


def is_late(each: Booking) -> bool:
    """Whether its member cancelled it when that was no longer free."""
    return bool(
        each.cancelled_at
        and not each.cancelled_by_house
        and each.free_until
        and each.cancelled_at >= each.free_until
    )


def _cancellations(bookings: Sequence[Booking]) -> dict[str, Any]:
    gone = [each for each in bookings if each.state == "cancelled" and each.cancelled_at]
    return {
        "made": sum(each.state in ("confirmed", "cancelled") for each in bookings),
        "late": sum(map(is_late, gone)),
        "notices": tuple(
            each.span.begins_at - each.cancelled_at
            for each in gone
            if each.cancelled_at and not each.cancelled_by_house
        ),
    }


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
        self._bookings = sorted(bookings, key=attrgetter("begins"))
        self._begins = [each.begins for each in self._bookings]
        self._longest = max((each.ends - each.begins for each in bookings), default=0)

    def of(self, span: TimeSpan) -> Sequence[Booking]:
        first = bisect_left(self._begins, instant(span.begins_at) - self._longest)
        return self._bookings[first : bisect_left(self._begins, instant(span.ends_at))]


def _recovered(facts: Facts, bookings: Sequence[Booking]) -> dict[str, Any]:
    parts: Counter[str] = Counter()
    again = n = 0
    by_room: dict[int, list[Booking]] = {}
    for each in facts.bookings:
        if each.live and not each.echo:
            by_room.setdefault(each.room_id, []).append(each)
    meeting = {room_id: _Meeting(listed) for room_id, listed in by_room.items()}
    for each in bookings:
        found = freed(each, facts)
        if found is None:
            continue
        why, span = found
        n += 1
        parts[why] += microseconds(span.duration) * each.quantity
        since = each.cancelled_at if why == "late_cancel" else each.released_at or each.checked_out_at
        later = [
            (part, other.quantity)
            for other in (meeting[each.room_id].of(span) if each.room_id in meeting else ())
            if other.id != each.id and other.created_at and since and other.created_at >= since
            for part in [other.span.intersection(span)]
            if part
        ]
        if later:
            again += microseconds(filled(later, each.quantity))
    return {"came_free": n, "freed": parts, "resold": again}


def _lead_figures(told: Tally) -> list[Figure]:
    found = quartile_hours(told.ahead)
    low, middle, high = found or (0, 0, 0)
    said: dict[str, Any] = {
        "n": len(told.ahead),
        "source": BOOKED,
        "measured": found is not None,
        "coverage": Fraction(len(told.ahead), told.confirmed) if told.confirmed else None,
    }
    return [
        figure("lead_time_low", low, **said),
        figure("lead_time", middle, parts={name: Fraction(told.leads[name]) for name in LEAD_NAMES}, **said),
        figure("lead_time_high", high, **said),
    ]


def _overrun(bookings: Sequence[Booking]) -> dict[str, Any]:
    out = [(each.checked_out_at, each.span.ends_at) for each in bookings if each.checked_out_at]
    over = sum((left_at - ends_at for left_at, ends_at in out if left_at > ends_at), timedelta())
    return {"told": len(out), "overrun": microseconds(over)}


def _right_size(
    facts: Facts, bookings: Sequence[Booking], attached: Mapping[object, Sequence[Stay]]
) -> dict[str, Any]:
    """How full the booked spaces were, and how many bookings filled up to a quarter, a half … of their space."""
    rooms = {room.id: room for room in facts.rooms if room.capacity and room.units == 1}
    people = places = n = counted = 0
    bands: Counter[str] = Counter()
    for each in bookings:
        room = rooms.get(each.room_id)
        if each.state != "confirmed" or each.no_show_at or room is None or not room.capacity:
            continue
        came, by_count = attendees(each, attached.get(each.id, ()))
        quarters = -(-4 * came // room.capacity)
        bands[SIZE_NAMES[min(max(quarters, 1), 5) - 1]] += 1
        people, places, n, counted = people + came, places + room.capacity, n + 1, counted + by_count
    return {"people": people, "places": places, "sized": n, "counted": counted, "sizes": bands}


def _lead_time(facts: Facts, bookings: Sequence[Booking]) -> dict[str, Any]:
    """Bookings of unknown moment, and those written down after they began, say nothing: see the coverage."""
    bands: Counter[str] = Counter()
    leads = []
    confirmed = [each for each in bookings if each.state == "confirmed"]
    for each in confirmed:
        begins_at = each.span.begins_at
        if each.created_at is None or each.created_at > begins_at:
            continue
        lead = begins_at - each.created_at
        leads.append(lead)
        if lead <= WITHIN:
            name = "within_15_minutes"
        elif lead <= HOUR:
            name = "same_hour"
        elif lead < TWO_DAYS and local_day(each.created_at, facts.zone) == local_day(begins_at, facts.zone):
            name = "same_day"
        else:
            name = "within_a_week" if lead <= WEEK else "later"
        bands[name] += 1
    return {"confirmed": len(confirmed), "ahead": tuple(leads), "leads": bands}


def _ahead(facts: Facts, bookings: Sequence[Booking]) -> dict[str, Any]:
    at = instant(facts.at)
    coming = [each for each in bookings if each.begins > at]
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
    return {
        "coming": len(booked),
        "coming_length": _length(booked),
        "moved": len(new) + len(lost),
        "moved_length": _length(new) - _length(lost),
    }
