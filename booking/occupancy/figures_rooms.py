"""The rooms themselves: what cannot be sold, when nothing was free, desks taken on a day, the most people booked. Pure.

`of_room` prepares one room, once for all that it is added into. Instants are microseconds here (see `figures_spans`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_facts import HOUR_MICROSECONDS, Facts, Room
from booking.occupancy.figures_spans import (
    MINUTE,
    LocalDays,
    Opening,
    Piece,
    Steps,
    days_round,
    free_of,
    instant,
    pair,
    steps,
    union,
)

BOOKED = ("booked",)
# Things to borrow bring nobody.
THINGS = ("machine", "equipment", "vehicle")


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
    offered = Opening.of(room.bookable)
    claims = {unit: [pair(span) for span in spans] for unit, spans in room.taken.items()}
    calendar = days_round(facts.window, facts.zone)
    gaps, idle, lost = _gaps(room, offered, list(claims.values()), calendar)
    taken = [offered.merged(pieces) for pieces in claims.values() if pieces]
    days = used = 0
    if room.kind == "desk":
        days = room.units * len({calendar.place(begins) for begins in offered.begins})
        used = sum(len({calendar.place(begins) for begins, _ends in parts}) for parts in taken)
    people = []
    if room.kind not in THINGS:
        first, last = instant(facts.window.begins_at), instant(facts.window.ends_at)
        people = [
            (max(each.begins, first), min(each.ends, last), each.people)
            for each in facts.bookings
            if each.live
            and not each.echo
            and each.room_id == room.id
            and each.begins < last
            and each.ends > first
        ]
    return OfRoom(
        idle=idle,
        lost=lost,
        gaps=gaps,
        claims=sum(map(len, room.taken.values())),
        offered=steps((*piece, room.units) for piece in zip(offered.begins, offered.ends, strict=True)),
        taken=steps((*part, 1) for parts in taken for part in parts),
        people=steps(people),
        pieces=len(people),
        desk_days=days,
        desk_days_taken=used,
    )


def _gaps(
    room: Room, offered: Opening, taken: Sequence[Sequence[Piece]], calendar: LocalDays
) -> tuple[int, int, int]:
    """How many gaps there are between bookings, how long in all, and how long those too short to sell."""
    gaps = idle = lost = 0
    shortest, before, after = (
        minutes * MINUTE
        for minutes in (room.shortest_minutes, room.buffer_before_minutes, room.buffer_after_minutes)
    )
    for pieces in taken:
        claims = union(pieces)
        claimed = {begins for begins, _ends in claims} if after else ()
        let_go = {ends for _begins, ends in claims} if before else ()
        for begins, ends in free_of(offered, claims):
            idle += ends - begins
            gaps += 1
            first = begins + before if begins in let_go else begins
            last = ends - after if ends in claimed else ends
            # The next step is asked for only where it matters: most gaps are too short, or on a step, by themselves.
            if first + shortest > last or calendar.step_from(first, room.raster_minutes) + shortest > last:
                lost += ends - begins
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


def _together(several: Iterable[Steps]) -> Steps:
    found: Steps = {}
    for number, more in enumerate(several):
        if not number:
            found = dict(more)
            continue
        for at, amount in more.items():
            found[at] = found.get(at, 0) + amount
    return found


def _hours(length: int) -> Fraction:
    return Fraction(length, HOUR_MICROSECONDS)
