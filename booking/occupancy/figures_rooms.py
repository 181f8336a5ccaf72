"""The rooms themselves: what cannot be sold, when nothing was free, desks taken on a day, the most people booked. Pure.

`of_room` prepares one room, once for all that it is added into. Instants are microseconds here (`instant`): a house has
a hundred thousand of them in a year, to be put in order several times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_facts import HOUR_MICROSECONDS, Facts, Room, instant, merged, microseconds
from booking.timespan import TimeSpan, local_day, step_from, subtract, union

BOOKED = ("booked",)
# Things to borrow bring nobody.
THINGS = ("machine", "equipment", "vehicle")
Steps = dict[int, int]  # by how much something grows or shrinks at an instant


@dataclass(frozen=True, slots=True)
class OfRoom:
    """One room. Lengths are microseconds. `offered` and `taken` are units, `people` those booked, in `pieces` bookings.

    `desk_days` are units bookable on a local day, `desk_days_taken` those taken on it; counted for desks alone.
    """

    idle: int
    lost: int
    gaps: int
    claims: int
    offered: Steps
    taken: Steps
    people: Steps
    pieces: int
    desk_days: int
    desk_days_taken: int


def of_room(room: Room, facts: Facts) -> OfRoom:
    """What the figures below need to know of this room."""
    gaps, idle, lost = _gaps(room, facts.zone)
    taken = [merged(spans, room.bookable) for spans in room.taken.values()]
    days = used = 0
    if room.kind == "desk":
        days = room.units * len({local_day(span.begins_at, facts.zone) for span in room.bookable})
        used = sum(len({local_day(part.begins_at, facts.zone) for part in parts}) for parts in taken)
    people = [
        (part, each.people)
        for each in facts.bookings
        if each.live and not each.echo and room.kind not in THINGS and each.room_id == room.id
        for part in [each.span.intersection(facts.window)]
        if part
    ]
    return OfRoom(
        idle=microseconds(idle),
        lost=microseconds(lost),
        gaps=gaps,
        claims=sum(map(len, room.taken.values())),
        offered=_steps((span, room.units) for span in room.bookable),
        taken=_steps((part, 1) for parts in taken for part in parts),
        people=_steps(people),
        pieces=len(people),
        desk_days=days,
        desk_days_taken=used,
    )


def _gaps(room: Room, zone: str) -> tuple[int, timedelta, timedelta]:
    """How many gaps there are between bookings, how long in all, and how long those too short to sell."""
    gaps, idle, lost = 0, timedelta(), timedelta()
    shortest = timedelta(minutes=room.shortest_minutes)
    before, after = (
        timedelta(minutes=each) for each in (room.buffer_before_minutes, room.buffer_after_minutes)
    )
    for spans in room.taken.values():
        claims = union(spans)
        begins = {claim.begins_at for claim in claims} if after else ()
        ends = {claim.ends_at for claim in claims} if before else ()
        for gap in subtract(room.bookable, claims):
            idle += gap.duration
            gaps += 1
            first = gap.begins_at + before if gap.begins_at in ends else gap.begins_at
            last = gap.ends_at - after if gap.ends_at in begins else gap.ends_at
            if step_from(first, room.raster_minutes, zone) + shortest > last:
                lost += gap.duration
    return gaps, idle, lost


def fragmentation(rooms: Sequence[OfRoom]) -> Figure:
    """Free time in gaps into which not even the shortest booking fits, with its steps and its buffers."""
    lost, idle = (sum(each.lost for each in rooms), sum(each.idle for each in rooms))
    return figure(
        "fragmentation", _hours(lost), _hours(idle), n=sum(each.gaps for each in rooms), source=BOOKED
    )


def sold_out(rooms: Sequence[OfRoom]) -> Figure:
    """Rooms of one kind: when none of them had anything free. Buffers take time from others too."""
    offered, taken = _together(each.offered for each in rooms), _together(each.taken for each in rooms)
    open_ = full = places = used = since = 0
    for at in sorted(offered.keys() | taken.keys()):
        if places > 0:
            open_ += at - since
            if used >= places:
                full += at - since
        places, used, since = places + offered.get(at, 0), used + taken.get(at, 0), at
    return figure(
        "sold_out", _hours(full), _hours(open_), n=sum(each.claims for each in rooms), source=BOOKED
    )


def desk_days(desks: Sequence[OfRoom]) -> Figure:
    """Desks taken at least once on a local day, against those bookable that day."""
    taken = sum(each.desk_days_taken for each in desks)
    return figure("desk_occupancy", taken, sum(each.desk_days for each in desks), n=taken, source=BOOKED)


def booked_peak(rooms: Sequence[OfRoom]) -> Figure:
    """The most people booked at the same minute. Things to borrow bring nobody."""
    people = _together(each.people for each in rooms)
    most = here = 0
    for at in sorted(people):
        here += people[at]
        most = max(most, here)
    return figure("booked_peak", most, n=sum(each.pieces for each in rooms), source=BOOKED)


def _steps(pieces: Iterable[tuple[TimeSpan, int]]) -> Steps:
    found: Steps = {}
    for span, amount in pieces:
        begins, ends = instant(span.begins_at), instant(span.ends_at)
        found[begins] = found.get(begins, 0) + amount
        found[ends] = found.get(ends, 0) - amount
    return found


def _together(several: Iterable[Mapping[int, int]]) -> Steps:
    found: Steps = {}
    for steps in several:
        for at, amount in steps.items():
            found[at] = found.get(at, 0) + amount
    return found


def _hours(length: int) -> Fraction:
    return Fraction(length, HOUR_MICROSECONDS)
