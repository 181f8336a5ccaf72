"""The report of a house: its figures for any period, per resource, per kind and in all, beside those before."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from booking import events
from booking.errors import Refused
from booking.i18n import lazy
from booking.occupancy import (
    figures_bookings,
    figures_demand,
    figures_money,
    figures_people,
    figures_rooms,
    figures_use,
)
from booking.occupancy.figures import PERSONS_MIN, Figure
from booking.occupancy.figures_bookings import Tally
from booking.occupancy.figures_demand import Unmet
from booking.occupancy.figures_facts import Booking, Facts, Room, Stay
from booking.occupancy.figures_grid import Grid, grid
from booking.occupancy.figures_money import Earned
from booking.occupancy.figures_people import Day
from booking.occupancy.figures_rooms import OfRoom
from booking.occupancy.figures_spans import days_round
from booking.occupancy.figures_use import Use
from booking.occupancy.models import Presence
from booking.occupancy.reading import Read, read
from booking.occupancy.reading_demand import AskedThen, Wishes, wishes
from booking.places import Venue
from booking.reservations import Reservation
from booking.timespan import TimeSpan, local_day

DAYS_MAX = 731
# The event that an import of history writes.
HISTORY_EVENT = "history.imported"
WEEK = 7


class TooLong(Refused):
    """A report is about two years at the most."""

    code = "period_too_long"
    text = lazy("A report covers at most %(most)s days. This period has %(days)s.")


@dataclass(frozen=True)
class Part:
    """Figures of one resource, or of one kind."""

    figures: Mapping[str, Figure]
    resource: Any = None
    kind: str = ""
    adds: bool = True


@dataclass(frozen=True)
class Report:
    """`figures` are the house's; `before` the same of as many days before, moved by whole weeks.

    `people` says whether the figures of persons are about the whole house: they are not, where the report was narrowed
    to some resources. `sources` say in words, by language, where imported rows come from. `used`: there is anything.
    `unmet` is who was turned away, which nobody knows of single resources.
    """

    venue: Venue
    first: date
    last: date
    at: datetime
    figures: Mapping[str, Figure]
    kinds: Sequence[Part]
    rooms: Sequence[Part]
    days: Sequence[Day]
    grid: Grid
    before: Mapping[str, Figure]
    before_first: date | None
    before_last: date | None
    narrowed: bool
    sources: Sequence[Mapping[str, str]]
    used: bool
    unmet: Unmet | None = None

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "venue": self.venue.key,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "zone": self.venue.zone,
            "history": [texts.get("en", "") for texts in self.sources],
            "capacity_people": self.venue.capacity_people,
            "figures": _json(self.figures),
            "kinds": {part.kind: _json(part.figures) for part in self.kinds},
            "resources": [
                {
                    "key": part.resource.key,
                    "kind": part.kind,
                    "adds_to_total": part.adds,
                    "figures": _json(part.figures),
                }
                for part in self.rooms
            ],
            "turned_away": {
                "reasons": dict(self.unmet.reasons),
                "hours": dict(self.unmet.hours),
            }
            if self.unmet
            else None,
            "daily_visitors": [
                {
                    "on": day.on.isoformat(),
                    "open": day.open,
                    "visitors": None if _few(day.visitors) else day.visitors,
                }
                for day in self.days
            ],
        }


async def imported(venue: Venue, window: TimeSpan) -> list[Mapping[str, str]]:
    """Where rows of this time come from that were imported, in words by language; one entry per import that says so."""
    found = []
    for event in await events.history(f"venue:{venue.id}"):
        if event.name != HISTORY_EVENT or not event.data.get("source"):
            continue
        told = TimeSpan(
            datetime.fromisoformat(event.data["begins_at"]), datetime.fromisoformat(event.data["ends_at"])
        )
        if told.overlaps(window) and event.data["source"] not in found:
            found.append(event.data["source"])
    return found


async def first_day(venue: Venue) -> date | None:
    """The local day of the first booking or stay of the venue that there is."""
    moments = [
        row.begins_at
        for model in (Reservation, Presence)
        if (row := await model.filter(venue_id=venue.id).order_by("begins_at").first())
    ]
    return local_day(min(moments), venue.zone) if moments else None


def _json(found: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.as_json() for name, figure in found.items()}


def _few(visitors: int | None) -> bool:
    return visitors is not None and 0 < visitors < PERSONS_MIN


def period_before(first: date, last: date) -> tuple[date, date]:
    """As many days, moved back by whole weeks, so that the same weekdays are compared."""
    days = (last - first).days + 1
    back = timedelta(days=-(-days // WEEK) * WEEK)
    return first - back, last - back


async def report(
    venue: Venue,
    first: date,
    last: date,
    *,
    at: datetime,
    kinds: Collection[str] = (),
    resource_ids: Collection[int] = (),
    compare: bool = False,
) -> Report:
    """The figures of a venue between two local days, both inclusive. Raises TooLong, and ValueError when reversed.

    Narrowed to kinds or resources, the figures of time and money are those of these alone; those of people in the
    house are left out, as nobody knows which room they came for.
    """
    days = (last - first).days + 1
    if days > DAYS_MAX:
        raise TooLong(most=DAYS_MAX, days=days)
    found = await read(venue, first, last, at=at)
    earlier = None
    if compare:
        before = period_before(first, last)
        earlier = (*before, (await read(venue, *before, at=at)).facts)
    wanted = None
    if kinds or resource_ids:
        wanted = {
            each.id
            for each in found.resources
            if (not kinds or each.kind in kinds) and (not resource_ids or each.id in resource_ids)
        }
    sources = await imported(venue, found.facts.window)
    wished = None
    if not resource_ids:
        wished = await wishes(venue, first, last, kinds=kinds, before=earlier[:2] if earlier else None)
    # A year of a large house takes seconds to count: meanwhile others are served.
    return await asyncio.to_thread(_counted_out, venue, first, last, found, wanted, earlier, sources, wished)


def _counted_out(
    venue: Venue,
    first: date,
    last: date,
    found: Read,
    wanted: Collection[int] | None,
    earlier: tuple[date, date, Facts] | None,
    sources: Sequence[Mapping[str, str]],
    wished: Wishes | None,
) -> Report:
    """The report from what was read. Pure."""
    narrowed = wanted is not None
    facts = found.facts if wanted is None else _only(found.facts, wanted)
    resources = {each.id: each for each in found.resources}
    days = [] if narrowed else figures_people.days_of(facts)
    whole = _counted(facts.rooms)
    of_kind: dict[str, set[int]] = {}
    for room in facts.rooms:
        of_kind.setdefault(room.kind, set()).add(room.id)
    counts = _counts(facts)
    before: Mapping[str, Figure] = {}
    if earlier is not None:
        then = earlier[2] if wanted is None else _only(earlier[2], wanted)
        # A time of which there is nothing would only say that all was empty.
        if then.bookings or then.stays:
            days_before = [] if narrowed else figures_people.days_of(then)
            before = _all(then, _counts(then), days_before, narrowed=narrowed)
            before = {**before, **_unmet(wished.before if wished else None)}
    return Report(
        venue=venue,
        first=first,
        last=last,
        at=facts.at,
        figures={**_all(facts, counts, days, narrowed=narrowed), **_unmet(wished.now if wished else None)},
        kinds=[
            Part(
                {
                    **_of_rooms(_only(facts, ids), counts),
                    **_unmet(wished.now.of(kind) if wished and len(of_kind) > 1 else None),
                },
                kind=kind,
            )
            for kind, ids in of_kind.items()
        ],
        rooms=[
            Part(
                _of_rooms(counts[room.id].facts, counts),
                resource=resources[room.id],
                kind=room.kind,
                adds=any(room.id == one.id for one in whole),
            )
            for room in facts.rooms
        ],
        days=days,
        grid=grid(
            whole,
            (part for room in whole for part in counts[room.id].booked),
            days_round(facts.window, facts.zone),
        ),
        before=before,
        before_first=earlier[0] if earlier else None,
        before_last=earlier[1] if earlier else None,
        narrowed=narrowed,
        sources=sources,
        used=bool(facts.bookings or facts.stays or (wished and wished.now.rows)),
        unmet=figures_demand.unmet(wished.now.rows) if wished else None,
    )


def _unmet(asked: AskedThen | None) -> dict[str, Figure]:
    """The figure of who was turned away, where that is known."""
    return {"unmet": figures_demand.demand_figure(asked.rows, asked.coverage)} if asked else {}


def _counted(rooms: Sequence[Room]) -> list[Room]:
    """The rooms that are added up; where only wholes are asked for, these."""
    return [room for room in rooms if room.adds] or list(rooms)


def _only(facts: Facts, ids: Collection[int]) -> Facts:
    """The facts of some rooms."""
    rooms = [room for room in facts.rooms if room.id in ids]
    return replace(
        facts,
        rooms=rooms if any(room.adds for room in rooms) else [replace(room, adds=True) for room in rooms],
        bookings=[each for each in facts.bookings if each.room_id in ids],
        stays=[each for each in facts.stays if each.room_id in ids],
    )


def _by_room(facts: Facts) -> dict[int, Facts]:
    """The facts of each room, in one walk over the bookings and stays."""
    bookings: dict[int, list[Booking]] = {room.id: [] for room in facts.rooms}
    stays: dict[int, list[Stay]] = {room.id: [] for room in facts.rooms}
    for booking in facts.bookings:
        if booking.room_id in bookings:
            bookings[booking.room_id].append(booking)
    for stay in facts.stays:
        if stay.room_id in stays:
            stays[stay.room_id].append(stay)
    return {
        room.id: replace(
            facts, rooms=[replace(room, adds=True)], bookings=bookings[room.id], stays=stays[room.id]
        )
        for room in facts.rooms
    }


@dataclass(frozen=True, slots=True)
class _Count:
    """What was counted of one room, once for all that it is added into, and the facts it was counted from.

    `booked` are the parts of its opening hours that are booked, each with its units.
    """

    facts: Facts
    use: Use
    booked: list[tuple[int, int, int]]
    tally: Tally
    earned: Earned
    room: OfRoom


def _counts(facts: Facts) -> dict[int, _Count]:
    found = {}
    for id, part in _by_room(facts).items():
        [room], booked = part.rooms, []  # type: ignore[var-annotated]
        found[id] = _Count(
            part,
            figures_use.use_of(room, part, booked),
            booked,
            figures_bookings.tally(part),
            figures_money.earned(part),
            figures_rooms.of_room(room, part),
        )
    return found


def _of_rooms(facts: Facts, counts: Mapping[int, _Count]) -> dict[str, Figure]:
    """What can be said of rooms alone, added up from the counts of each."""
    rooms = _counted(facts.rooms)
    use = figures_use.total(counts[room.id].use for room in rooms)
    adding = [counts[room.id].room for room in rooms]
    found = [
        *figures_use.figures(use),
        *figures_bookings.figures(_tally(facts, counts), facts),
        figures_rooms.fragmentation(adding),
        figures_rooms.booked_peak([counts[room.id].room for room in facts.rooms]),
        *figures_money.figures(facts, use, {room.id: counts[room.id].earned for room in facts.rooms}),
    ]
    if len({room.kind for room in rooms}) == 1:
        found.append(figures_rooms.sold_out(adding))
    if any(room.kind == "desk" for room in rooms):
        found.append(figures_rooms.desk_days(adding))
    return {each.name: each for each in found}


def _tally(facts: Facts, counts: Mapping[int, _Count]) -> Tally:
    """The tallies of the rooms of the facts, added up.

    A stay may be noted in another room than that of its booking (it was moved), or in none. The room's own figures know
    nothing of it, those of all that has both do: such a room is counted again.
    """
    room_of = {each.id: each.room_id for each in facts.bookings if not each.echo}
    elsewhere: dict[int, list[Stay]] = {}
    for stay in facts.stays:
        room_id = room_of.get(stay.booking_id)
        if room_id is not None and room_id != stay.room_id:
            elsewhere.setdefault(room_id, []).append(stay)
    tallies = []
    for room in facts.rooms:
        count = counts[room.id]
        if room.id in elsewhere:
            tallies.append(figures_bookings.with_stays(count.tally, count.facts, elsewhere[room.id]))
        else:
            tallies.append(count.tally)
    return Tally.sum(tallies)


def _all(
    facts: Facts, counts: Mapping[int, _Count], days: Sequence[Day], *, narrowed: bool
) -> dict[str, Figure]:
    people = [] if narrowed else [*figures_people.figures(facts, days), figures_people.now_figure(facts)]
    return {each.name: each for each in people} | _of_rooms(facts, counts)
