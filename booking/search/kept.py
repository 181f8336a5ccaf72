"""What searches know of places, kept for as long as nobody has changed a place.

Places, their rules, hours, closures and prices change a few times a day; each search reads those of thirty places. Here
they stay, under the mark that the database gives to the tables they come from (`booking.marks`,
docs/decisions/0066-places-kept-by-a-mark.md). Every search asks for the mark first. Claims are never kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from booking import db, marks, places, pricing, records, reservations
from booking.search.candidates import Candidate
from booking.search.cities import Where
from booking.search.wishes import Wish
from booking.timespan import TimeSpan

# What is in memory at most. A place with its part of a house takes some six kilobytes, a candidate half of one.
PLACES_MAX, SPACES_MAX, CANDIDATES_MAX, WHERES_MAX, WINDOWS_MAX, TARIFFS_MAX = (
    2_000,
    20_000,
    40_000,
    500,
    40,
    20_000,
)
BACK = timedelta(
    days=3
)  # closures are known from so long before the first search on; earlier wishes keep nothing


@dataclass(slots=True)
class Opened:
    """How places open in one window, told in one language."""

    frames: dict[int, reservations.Frame] = field(default_factory=dict)
    houses: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    shuts: dict[int, list[places.Shut]] = field(default_factory=dict)


@dataclass(slots=True)
class Shelf:
    """All that is kept under one mark. `since`: closures that ended before are not known."""

    mark: marks.Mark
    since: datetime
    wheres: dict[tuple[Any, ...], Where] = field(default_factory=dict)
    candidates: dict[tuple[Any, ...], list[Candidate]] = field(default_factory=dict)
    houses: dict[int, Any] = field(default_factory=dict)
    resources: dict[int, Any] = field(default_factory=dict)
    ways: places.Ways | None = None
    prices: pricing.Tables = field(default_factory=pricing.Tables)
    opened: dict[tuple[TimeSpan, str], Opened] = field(default_factory=dict)
    tariffs: dict[tuple[int, str, date], pricing.Tariff | None] = field(default_factory=dict)
    spaces: Any = None  # what the map of a search knows of them: on_map.Spaces

    def with_room(self) -> Shelf:
        """This one, or where it has become too full one without places; searches under way keep theirs."""
        if len(self.resources) <= PLACES_MAX and (
            self.spaces is None or len(self.spaces.known) <= SPACES_MAX
        ):
            return self
        return Shelf(self.mark, self.since, self.wheres, self.candidates)


_shelf: Shelf | None = None


def forget() -> None:
    """Forget everything, as a new process would."""
    global _shelf
    _shelf = None


async def kept_for(wish: Wish, at: datetime) -> Kept:
    """What is kept, and holds at this moment, for this wish."""
    global _shelf
    since = min(at, datetime.combine(wish.day or at.date(), datetime.min.time(), UTC)) - BACK
    now = await marks.mark("places")
    if _shelf is None or _shelf.mark != now:
        _shelf = Shelf(now, since)
    elif _shelf.since > since + timedelta(days=1):
        # Now and then a search looks into the past: for itself, as nobody else will.
        return Kept(Shelf(now, since))
    _shelf = _shelf.with_room()
    return Kept(_shelf)


class Kept:
    """What one search may use of what is kept. What it lacks, it reads and adds."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def where(self, key: tuple[Any, ...], ask: Callable[[], Awaitable[Where]]) -> Where:
        wheres = self.shelf.wheres
        if key not in wheres:
            if len(wheres) >= WHERES_MAX:
                wheres.clear()
            wheres[key] = await ask()
        return wheres[key]

    async def candidates(
        self, key: tuple[Any, ...], ask: Callable[[], Awaitable[list[Candidate]]]
    ) -> list[Candidate]:
        kept = self.shelf.candidates
        if (found := kept.get(key)) is None:
            found = await ask()
            if len(found) > CANDIDATES_MAX // 2:
                return found
            if sum(map(len, kept.values())) + len(found) > CANDIDATES_MAX:
                kept.clear()
            kept[key] = found
        return found

    def knows(self, candidates: Iterable[Candidate]) -> bool:
        """Whether nothing but claims has to be read of these."""
        return all(one.id in self.shelf.resources for one in candidates)

    async def claims(self, candidates: Sequence[Candidate], window: TimeSpan) -> dict[int, list[TimeSpan]]:
        """The claims of the units of these candidates, by unit. Afterwards all else about them is kept."""
        shelf = self.shelf
        missing = [one for one in candidates if one.id not in shelf.resources]
        if missing:
            return await self._read(candidates, missing, window)
        [claimed] = await db.answers(reservations.claims_asked(self.units(candidates), window))
        return claimed

    async def _read(
        self, candidates: Sequence[Candidate], missing: Sequence[Candidate], window: TimeSpan
    ) -> dict[int, list[TimeSpan]]:
        shelf = self.shelf
        ids, houses = [one.id for one in missing], {one.venue_id for one in missing} - shelf.houses.keys()
        found, ways, prices, claimed = await db.answers(
            places.by_ids_asked(ids),
            places.ways_asked(list(houses), ids, shelf.since),
            pricing.tables_asked(ids),
            reservations.claims_of_asked([one.id for one in candidates], window),
        )
        await db.relate(found, "skill")
        for each in found:
            records.attach(each, "venue", shelf.houses.setdefault(each.venue_id, each.venue))
            shelf.resources[each.id] = each
        shelf.ways = ways if shelf.ways is None else shelf.ways.with_(ways)
        shelf.prices = shelf.prices.with_(prices)
        return claimed

    def units(self, candidates: Iterable[Candidate]) -> list[int]:
        known = self.shelf.ways.units if self.shelf.ways else {}
        return [unit for one in candidates for unit in known.get(one.id, ())]

    def plan(
        self, resource: Any, window: TimeSpan, claims: Mapping[int, list[TimeSpan]], language: str
    ) -> reservations.Plan:
        """The plan of a resource that is kept, with these claims."""
        shelf = self.shelf
        assert shelf.ways is not None
        if (opened := shelf.opened.get((window, language))) is None:
            if len(shelf.opened) >= WINDOWS_MAX:
                shelf.opened.clear()
            opened = shelf.opened[window, language] = Opened()
        if (frame := opened.frames.get(resource.id)) is None:
            house = resource.venue_id
            if house not in opened.shuts:
                opened.shuts[house] = shelf.ways.shuts(resource.venue, window, language)
            frame = reservations.frame_of(
                resource, window, shelf.ways.hours, opened.shuts[house], opened.houses
            )
            opened.frames[resource.id] = frame
        taken = {unit: claims.get(unit, []) for unit in shelf.ways.units.get(resource.id, ())}
        return reservations.plan_of(resource, window, frame, taken)

    def tariff(self, resource_id: int, category: str, on: date) -> pricing.Tariff | None:
        tariffs, key = self.shelf.tariffs, (resource_id, category, on)
        if key not in tariffs:
            if len(tariffs) >= TARIFFS_MAX:
                tariffs.clear()
            tariffs[key] = self.shelf.prices.tariff(*key)
        return tariffs[key]

    def rate(self, resource: Any, on: date) -> pricing.Rate:
        return self.shelf.prices.rate(resource.venue.country, resource.vat_category, on)
