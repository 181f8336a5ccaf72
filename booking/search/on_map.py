"""Which houses have something for a wish, as the map of a search asks: thousands, where a list shows twenty hits.

The same rules are asked as for a hit, of the same spaces in the same order. But no models are made: of a space only the
columns are read that rules look at, and houses that open alike, with spaces let by the same rules, are asked once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from sys import intern
from types import MappingProxyType
from typing import Any, ClassVar

from booking import db, i18n, places, pricing, reservations
from booking.search.candidates import Candidate, read_json
from booking.search.seeking import Offer, Seeker, Windows, around
from booking.timespan import TimeSpan

HOUSES_AT_ONCE = 50  # so many are looked at before whoever else waits has a turn
READ_AT_ONCE = 500  # so many are read together, where all are sought
NO_NAMES: Mapping[str, str] = MappingProxyType({})
HOUSE = "id, key, name, names, city, country, lat, lon, zone, status, kind, holidays_region"
RULES = (
    "takes, kind, capacity_people, published, external, role, skill_id, raster_minutes, shortest_minutes, "
    "longest_minutes, lead_minutes, horizon_days, buffer_before_minutes, buffer_after_minutes, quota"
)


@dataclass(frozen=True, slots=True)
class House:
    """A venue as the map shows it."""

    id: int
    key: str
    name: str
    names: Any
    city: str
    country: str
    lat: float
    lon: float
    zone: str
    status: str
    kind: str
    holidays_region: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rules look at, in the order of RULES: most spaces share one of a few."""

    takes: str
    kind: str
    capacity_people: int | None
    published: bool
    external: bool
    role: str
    skill_id: int | None
    raster_minutes: int
    shortest_minutes: int
    longest_minutes: int
    lead_minutes: int
    horizon_days: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    quota: int | None


_rules = lru_cache(maxsize=4096)(Rules)


class Space:
    """A resource as rules look at it. It has no name: nobody is told why it may not be booked."""

    __slots__ = ("id", "lets", "rules", "units", "venue")
    name: ClassVar[str] = ""
    names: ClassVar[Mapping[str, str]] = NO_NAMES
    skill: ClassVar[Any] = None

    def __init__(
        self, id: int, venue: House, rules: Rules, units: Sequence[int], lets: tuple[tuple[str, date], ...]
    ) -> None:
        self.id, self.venue, self.rules, self.units, self.lets = id, venue, rules, units, lets

    @property
    def venue_id(self) -> int:
        return self.venue.id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rules, name)


@dataclass(slots=True)
class Spaces:
    """Those that were read, and how their houses open."""

    houses: dict[int, House]
    known: dict[int, Space]
    ways: places.Ways | None = None


async def houses_with(
    seeker: Seeker, candidates: Sequence[Candidate], *, most: int | None = None, known: Sequence[Any] = ()
) -> tuple[list[Any], bool]:
    """The houses with a hit, in the order of the candidates, and whether there is none beyond `most`.

    `known` hits need not be found again. Of each house only so much is looked at until something is free.
    """
    found: dict[int, Any] = {hit.resource.venue_id: hit.resource.venue for hit in known}
    look = Look(seeker, seeker.windows(candidates))
    waiting: dict[int, list[Candidate]] = {}
    for one in candidates:
        if one.venue_id not in found and look.windows[one.zone][0] is not None:
            waiting.setdefault(one.venue_id, []).append(one)
    while waiting and (most is None or len(found) <= most):
        some = list(islice(waiting, READ_AT_ONCE if most is None else HOUSES_AT_ONCE))
        asked, turn = {house: waiting.pop(house) for house in some}, 1
        while asked:
            found |= await look.free([one for those in asked.values() for one in those[:turn]])
            asked = {
                house: those[turn:]
                for house, those in asked.items()
                if house not in found and len(those) > turn
            }
            turn *= 2
    order = dict.fromkeys(one.venue_id for one in candidates)
    sorted_ = [found[house] for house in order if house in found]
    return sorted_[:most], most is None or len(sorted_) <= most


class Look:
    """One look for the houses of a wish, and what it has found out about houses that are alike."""

    def __init__(self, seeker: Seeker, windows: Windows) -> None:
        self.seeker, self.windows, self.language = seeker, windows, i18n.language()
        self.exact = any(exact for window, exact in windows.values() if window)
        self.on = seeker.wish.day or seeker.at.date()
        shelf = seeker.kept.shelf
        if shelf.spaces is None:
            shelf.spaces = Spaces({}, {})
        self.spaces: Spaces = shelf.spaces
        self.frames: dict[tuple[Any, ...], reservations.Frame] = {}
        self.said: dict[tuple[Any, ...], tuple[bool, reservations.Frame]] = {}

    async def free(self, chunk: Sequence[Candidate]) -> dict[int, House]:
        """The houses of these candidates, by id, in which one of them is a hit."""
        window = around(self.windows)
        if self.exact:
            chunk = await self.seeker.not_taken(chunk, self.windows)
        await self._read(chunk)
        # What needs all of its units, and has none taken for that time, is free.
        asked = [one for one in chunk if not (self.exact and one.takes == "all")]
        units = [
            unit for one in asked if one.id in self.spaces.known for unit in self.spaces.known[one.id].units
        ]
        claims: dict[int, list[TimeSpan]] = {}
        if units:
            [claims] = await db.answers(reservations.claims_asked(units, window))
        found: dict[int, House] = {}
        for number, one in enumerate(chunk, start=1):
            space = self.spaces.known.get(one.id)
            if space is not None and one.venue_id not in found and self._is_hit(one, space, window, claims):
                found[one.venue_id] = space.venue
            if number % HOUSES_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _is_hit(
        self, one: Candidate, space: Space, window: TimeSpan, claims: Mapping[int, list[TimeSpan]]
    ) -> bool:
        category = self.seeker.category
        if category == "external" and not space.rules.external:
            return False
        own = _is_let(space.lets, category or "external", self.on)
        if not own and (category or not _is_let(space.lets, "member", self.on)):
            return False
        members_only = not own or (category is None and not space.rules.external)
        frame = self._frame(space, window)
        key = space.rules, space.venue.zone, space.venue.status, id(frame), bool(space.units), members_only
        alike = self.exact and one.takes == "all"
        if alike and key in self.said:
            return self.said[key][0]
        taken = {unit: claims.get(unit, []) for unit in space.units}
        plan = reservations.plan_of(space, window, frame, taken)
        wanted, exact = self.windows[one.zone]
        assert wanted is not None
        offer = Offer(plan, NO_TARIFF, pricing.NO_RATE, members_only)
        is_hit = self.seeker.hit(offer, wanted, exact, one) is not None
        if alike:
            self.said[key] = is_hit, frame  # with the frame, so that no other one gets its id
        return is_hit

    def _frame(self, space: Space, window: TimeSpan) -> reservations.Frame:
        ways, house = self.spaces.ways, space.venue
        assert ways is not None
        usual = house.id not in ways.closures and house.id not in ways.yearly and house.id not in ways.opened
        own = (house.id, space.id) in ways.hours
        weekly = ways.hours.get((house.id, space.id if own else None), ())
        # Weekly hours that are the same are one object there.
        key = (id(weekly), house.zone, house.holidays_region) if usual else (house.id, space.id)
        if key not in self.frames:
            shut = ways.shuts(house, window, self.language)
            self.frames[key] = reservations.frame_of(space, window, ways.hours, shut, {})
        return self.frames[key]

    async def _read(self, chunk: Sequence[Candidate]) -> None:
        spaces = self.spaces
        missing = [one for one in chunk if one.id not in spaces.known]
        if not missing:
            return
        ids = [one.id for one in missing]
        houses = list({one.venue_id for one in missing} - spaces.houses.keys())
        these, many = db.among("id"), db.many(ids)
        shelf = self.seeker.kept.shelf
        found, rows, lets, ways = await db.answers(
            db.Asked(
                ((f"SELECT {HOUSE} FROM venue WHERE {these}", db.many(houses)),),
                lambda rows: [_house(row) for row in rows],
            ),
            db.Asked(
                ((f"SELECT id, venue_id, {RULES} FROM resource WHERE {these}", many),), lambda rows: rows
            ),
            pricing.lets_asked(ids),
            places.ways_asked(houses, ids, shelf.since),
        )
        spaces.houses.update({house.id: house for house in found})
        spaces.ways = ways if spaces.ways is None else spaces.ways.with_(ways)
        for row in rows:
            id, venue_id, *rules = row.values()
            rules[3], rules[4] = bool(rules[3]), bool(rules[4])
            spaces.known[id] = Space(
                id, spaces.houses[venue_id], _rules(*rules), ways.units.get(id, ()), _alike(lets.get(id, ()))
            )


NO_TARIFF = pricing.Tariff("EUR")


@lru_cache(maxsize=4096)
def _alike(lets: tuple[tuple[str, date], ...]) -> tuple[tuple[str, date], ...]:
    """The same object for what is equal."""
    return lets


@lru_cache(maxsize=4096)
def _is_let(lets: tuple[tuple[str, date], ...], category: str, on: date) -> bool:
    """Whether there is a tariff for this category on that day."""
    return any(name in pricing.FALLBACK[category] and from_on <= on for name, from_on in lets)


def _house(row: Mapping[str, Any]) -> House:
    names = row["names"]
    return House(
        row["id"], row["key"], row["name"], NO_NAMES if names in ("{}", {}) else read_json(names, NO_NAMES),
        intern(row["city"]), intern(row["country"]), row["lat"], row["lon"], intern(row["zone"]),
        intern(row["status"]), intern(row["kind"]), intern(row["holidays_region"]),
    )  # fmt: skip
