"""Find: what is free near a place, at a time, for so many people, at what price for this member.

The rows of one search come in a fixed number of questions: candidates by a box in SQL (the circle is Python's), the
units that are taken by the "next claim" (the guard forbids overlaps, so the first claim that ends after the wish
begins decides), then hours, closures, claims and tariffs of the nearest candidates together. Whether a span may be
booked is asked of the same rules that the reservation asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from booking import availability, db, i18n, places, pricing, reservations
from booking.search import cities
from booking.search.candidates import Candidate, candidates_of, read_json
from booking.search.cities import Where
from booking.search.runs import beginning_in, beyond, bookable_runs, lying_in, proposal
from booking.search.wishes import Wish, window_of
from booking.timespan import TimeSpan

PAGE = 20
SPARE = 4  # so many more candidates than hits are read at first; each further chunk is four times as large
FEW_CANDIDATES = 200  # all of Europe is first looked through as far as this
MOST_CANDIDATES = 2_000  # beyond these, farther places are not looked at
PROPOSALS = 3
HOUSES_AT_ONCE = 50  # for the map, so many are looked at together; whoever else waits has a turn in between
LOOKED_AT = 60  # nearest candidates among which another time is sought
DAYS_BEFORE, DAYS_AFTER = 3, 10
# Every city once, by as many looks into the index as there are cities, however many houses they have.
CITIES = """SELECT city FROM (
    WITH RECURSIVE each_city (city) AS (
        SELECT MIN(city) FROM venue
        UNION ALL SELECT (SELECT MIN(v.city) FROM venue v WHERE v.city > c.city) FROM each_city c
            WHERE c.city IS NOT NULL
    ) SELECT city FROM each_city
) found WHERE city IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One resource that is free. `span` is what to book: the wish itself, or a proposal from the first of the `free`
    runs. `members_only`: outsiders see it, and cannot book it. `order` is its place among all hits."""

    offer: Offer
    span: TimeSpan
    free: tuple[TimeSpan, ...]
    quantity: int = 1
    distance_km: float | None = None
    order: tuple[Any, ...] = ()

    @property
    def resource(self) -> Any:
        return self.offer.plan.resource

    @property
    def members_only(self) -> bool:
        return self.offer.members_only

    @property
    def quote(self) -> pricing.Quote:
        """The price of the span for this member. Computed when asked: only one page of the hits is shown."""
        return self.offer.price(self.span, self.quantity)


@dataclass(frozen=True, slots=True)
class Results:
    """`more`: there is a next page. `total` is None where not all were looked at. With no hit at all, `times` are the
    nearest times in these places, and `elsewhere` the nearest places at this time. `houses` are those looked at then,
    (id, zone), nearest first; `fitting`: they had something that only was not free. `on_map`: the houses of all hits,
    of those on other pages too, as far as they were asked for; `all_on_map`: there is no other one."""

    wish: Wish
    where: Where
    hits: list[Hit] = field(default_factory=list)
    more: bool = False
    total: int | None = None
    times: list[Hit] = field(default_factory=list)
    elsewhere: list[Hit] = field(default_factory=list)
    houses: Sequence[tuple[int, str]] = ()
    fitting: bool = True
    on_map: tuple[Any, ...] = ()
    all_on_map: bool = True


async def find(
    wish: Wish,
    *,
    member: Any = None,
    at: datetime,
    after: tuple[Any, ...] | None = None,
    most: int = PAGE,
    houses: int = 0,
) -> Results:
    """The answer to a wish, nearest first. Never raises for a wish that nothing fulfils.

    Pages show `most` hits each. `houses`: for a map, so many houses are sought that have a hit. `after` is the `order`
    of the last hit that is known already: only what comes behind it is looked at, so that nothing is shown twice or
    left out where others book in between.
    """
    where = await _where(wish)
    if where.kind == "unknown":
        return Results(wish, where)
    seeker = Seeker(wish, member.category if member else None, at)
    first = (max(wish.page, 1) - 1) * most
    enough = first + most + 1
    # Without a middle to measure from, the database puts them in order, and mostly the first few do.
    for limit in (FEW_CANDIDATES, MOST_CANDIDATES) if where.lat is None else (MOST_CANDIDATES,):
        candidates = await candidates_of(wish, where, limit)
        behind = [one for one in candidates if after is None or one.order > after]
        hits, total = await seeker.walk(behind, most=enough)
        if len(candidates) < limit:
            break
        total = None  # there are more, not looked at
        if len(hits) == enough:
            break
    results = Results(
        wish,
        where,
        hits[first : first + most],
        more=len(hits) > first + most,
        total=total,
    )
    if hits and houses:
        if len(candidates) == limit < MOST_CANDIDATES:
            candidates = await candidates_of(wish, where, MOST_CANDIDATES)
        on_map, every = await seeker.houses(candidates, most=houses, known=hits)
        results = replace(
            results, on_map=tuple(on_map), all_on_map=every and len(candidates) < MOST_CANDIDATES
        )
    if hits or after is not None:
        return results
    near = {candidate.id for candidate in candidates}
    times = await seeker.other_times(candidates[:LOOKED_AT])
    elsewhere: list[Hit] = []
    if where.kind != "everywhere":
        everywhere = replace(wish, radius_km=0, box=None)
        wider = await candidates_of(everywhere, replace(where, venue_ids=None), MOST_CANDIDATES)
        elsewhere, _total = await seeker.walk([one for one in wider if one.id not in near], most=PROPOSALS)
    around = candidates
    if not candidates and where.kind != "everywhere":
        around = await candidates_of(Wish(radius_km=wish.radius_km), where, FEW_CANDIDATES)
    looked_at = tuple(dict.fromkeys((one.venue_id, one.zone) for one in around))
    return replace(results, times=times, elsewhere=elsewhere, houses=looked_at, fitting=bool(candidates))


async def houses(wish: Wish, *, member: Any = None, at: datetime) -> list[Any]:
    """Every house in which something fulfils the wish, nearest first: thousands, where there are."""
    where = await _where(wish)
    if where.kind == "unknown":
        return []
    candidates = await candidates_of(wish, where, None)
    found, _every = await Seeker(wish, member.category if member else None, at).houses(candidates)
    return found


async def _where(wish: Wish) -> Where:
    if wish.in_box:
        return cities.middle_of(wish.box)  # type: ignore[arg-type]
    spots: list[cities.Spot] = []
    if cities.plain(wish.where):
        called = cities.called(wish.where, [row["city"] for row in await db.rows(CITIES)])
        if called:
            middles = await db.rows(
                "SELECT city, AVG(lat) AS lat, AVG(lon) AS lon FROM venue "
                f"WHERE {db.among('city')} GROUP BY city, country ORDER BY MIN(id) LIMIT 1",
                db.many(called),
            )
            return cities.city_at(**middles[0])
        sql = "SELECT id, key, name, names, city, country, lat, lon FROM venue ORDER BY id"
        for row in await db.rows(sql):
            names = tuple(dict.fromkeys((row["name"], *read_json(row["names"], {}).values())))
            place = row["city"], row["country"], row["lat"], row["lon"]
            spots.append(cities.Spot(row["id"], row["key"], names, *place))
    return cities.find(wish.where, spots, lat=wish.lat, lon=wish.lon)


@dataclass(frozen=True, slots=True)
class Seeker:
    """Somebody (a category of member, None for a visitor) with a wish, at an instant."""

    wish: Wish
    category: str | None
    at: datetime

    async def walk(self, candidates: Sequence[Candidate], *, most: int) -> tuple[list[Hit], int | None]:
        """The first hits among the candidates, in their order, and how many there are if all were looked at."""
        if not candidates:
            return [], 0
        windows = {zone: window_of(self.wish, zone, self.at) for zone in {one.zone for one in candidates}}
        left = [one for one in candidates if windows[one.zone][0] is not None]
        if left and windows[left[0].zone][1]:
            left = await _not_taken(
                left, {zone: window for zone, (window, _exact) in windows.items() if window}
            )
        hits: list[Hit] = []
        size = most + SPARE
        while left and len(hits) < most:
            chunk, left = left[:size], left[size:]
            size *= 4
            hits += await self._hits(chunk, windows)
        return hits[:most], None if left else len(hits)

    async def houses(
        self, candidates: Sequence[Candidate], *, most: int | None = None, known: Sequence[Hit] = ()
    ) -> tuple[list[Any], bool]:
        """The houses with a hit, in the order of the candidates, and whether there is none beyond `most`.

        `known` hits need not be found again. Of each house only so much is looked at until something is free.
        """
        found = {hit.resource.venue_id: hit.resource.venue for hit in known}
        windows = {zone: window_of(self.wish, zone, self.at) for zone in {one.zone for one in candidates}}
        left = [one for one in candidates if one.venue_id not in found and windows[one.zone][0] is not None]
        if most is not None and len(found) > most:
            left = []
        if left and windows[left[0].zone][1]:
            left = await _not_taken(
                left, {zone: window for zone, (window, _exact) in windows.items() if window}
            )
        waiting: dict[int, list[Candidate]] = {}
        for one in left:
            waiting.setdefault(one.venue_id, []).append(one)
        while waiting and (most is None or len(found) <= most):
            some, turn = list(waiting)[:HOUSES_AT_ONCE], 1
            asked = {house: waiting.pop(house) for house in some}
            while asked:
                chunk = [one for those in asked.values() for one in those[:turn]]
                for hit in await self._hits(chunk, windows):
                    found[hit.resource.venue_id] = hit.resource.venue
                asked = {
                    house: those[turn:]
                    for house, those in asked.items()
                    if house not in found and len(those) > turn
                }
                turn *= 2
                await asyncio.sleep(0)
        order = dict.fromkeys(one.venue_id for one in candidates)
        sorted_ = [found[house] for house in order if house in found]
        return sorted_[:most], most is None or len(sorted_) <= most

    async def _hits(
        self, chunk: Sequence[Candidate], windows: Mapping[str, tuple[TimeSpan | None, bool]]
    ) -> list[Hit]:
        spans = [window for window, _exact in windows.values() if window]
        window = TimeSpan(min(one.begins_at for one in spans), max(one.ends_at for one in spans))
        offers = await self._offers(chunk, beyond(window))
        hits = []
        for candidate in chunk:
            if candidate.id not in offers:
                continue
            wanted, exact = windows[candidate.zone]
            assert wanted is not None
            if hit := self._hit(offers[candidate.id], wanted, exact, candidate):
                hits.append(hit)
        return hits

    def _hit(self, offer: Offer, wanted: TimeSpan, exact: bool, candidate: Candidate) -> Hit | None:
        """The resource as a hit, when it is free and no rule says no."""
        wish, resource = self.wish, offer.plan.resource
        if exact:
            free = [run for run in offer.plan.free(wish.quantity) if run.contains(wanted)]
            span = wanted
        else:
            look = lying_in if wish.ends is not None else beginning_in
            free = look(offer.plan, self.at, wanted, quantity=wish.quantity, minutes=wish.length or 0)
            span = proposal(resource, free[0], wish.length) if free else wanted
        if not free or reservations.objections(self._question(offer, span)):
            return None
        return Hit(offer, span, tuple(free), wish.quantity, candidate.distance_km, candidate.order)

    def _question(self, offer: Offer, span: TimeSpan) -> reservations.Question:
        """The rules are asked as if the member had every role and induction: what is missing is told on the hit."""
        category = "member" if offer.members_only else self.category or "external"
        return reservations.Question(
            resource=offer.plan.resource,
            plan=offer.plan,
            span=span,
            at=self.at,
            people=self.wish.people,
            quantity=self.wish.quantity,
            category=category,
            hosts=True,
            has_skill=True,
        )

    async def other_times(self, candidates: Sequence[Candidate]) -> list[Hit]:
        """For the nearest candidates, the time nearest to the wish at which each is free; the nearest few."""
        windows = {zone: window_of(self.wish, zone, self.at) for zone in {one.zone for one in candidates}}
        spans = [span for span, _exact in windows.values() if span]
        if not spans:
            return []
        begins_at = max(min(one.begins_at for one in spans) - timedelta(days=DAYS_BEFORE), self.at)
        ends_at = max(max(one.ends_at for one in spans), self.at) + timedelta(days=DAYS_AFTER)
        offers = await self._offers(candidates, TimeSpan(begins_at, ends_at))
        found = []
        for candidate in candidates:
            wanted, exact = windows[candidate.zone]
            if wanted and candidate.id in offers:
                offer = offers[candidate.id]
                minutes = wanted.minutes if exact else self.wish.length
                for span in self._nearest(offer, wanted, minutes):
                    away = abs(span.begins_at - wanted.begins_at)
                    hit = Hit(
                        offer, span, (span,), self.wish.quantity, candidate.distance_km, candidate.order
                    )
                    found.append((away, candidate.order, hit))
        return [hit for *_order, hit in sorted(found, key=lambda item: item[:2])[:PROPOSALS]]

    def _nearest(self, offer: Offer, wanted: TimeSpan, minutes: int | None) -> list[TimeSpan]:
        resource = offer.plan.resource
        runs = bookable_runs(offer.plan, self.at, quantity=self.wish.quantity, minutes=minutes or 0)
        if not runs:
            return []
        asked = TimeSpan(wanted.begins_at, wanted.begins_at + timedelta(days=31))
        wish = proposal(resource, asked, minutes)
        step, zone = resource.raster_minutes, resource.venue.zone
        near = availability.nearest(runs, wish, raster_minutes=step, zone=zone, most=1)
        return [span for span in near if not reservations.objections(self._question(offer, span))]

    async def _offers(self, candidates: Sequence[Candidate], window: TimeSpan) -> dict[int, Offer]:
        """Plans and tariffs of the candidates that are let to this seeker at all."""
        ids = [candidate.id for candidate in candidates]
        on = self.wish.day or self.at.date()
        # Outsiders see what is for members too.
        categories = [self.category] if self.category else ["external", "member"]
        rows, ((tariffs, *others), rates), ground = await db.answers(
            places.by_ids_asked(ids),
            pricing.prices_asked(ids, categories, {each.country for each in candidates}, on),
            reservations.ground_asked({each.venue_id for each in candidates}, ids, window),
        )
        await db.relate(rows, "skill")
        for_members = others[0] if others else {}
        let = [row for row in rows if row.id in tariffs or row.id in for_members]
        plans = reservations.plans_of(let, window, ground, i18n.language())
        return {
            row.id: Offer(
                plans[row.id],
                tariffs.get(row.id) or for_members[row.id],
                rates.get((row.venue.country, row.vat_category), pricing.NO_RATE),
                row.id not in tariffs or (self.category is None and not row.external),
            )
            for row in let
            if row.external or self.category != "external"
        }


@dataclass(frozen=True, slots=True)
class Offer:
    """A resource with its plan, its tariff for the seeker and the VAT on it."""

    plan: reservations.Plan
    tariff: pricing.Tariff
    rate: pricing.Rate
    members_only: bool

    def price(self, span: TimeSpan, quantity: int) -> pricing.Quote:
        """What the span costs: by the same function as the reservation."""
        return pricing.quote(
            self.tariff,
            span,
            self.plan.resource.venue.zone,
            quantity=quantity,
            vat_basis_points=self.rate.basis_points,
            vat_reason=self.rate.reason,
        )


async def _not_taken(candidates: Sequence[Candidate], windows: Mapping[str, TimeSpan]) -> list[Candidate]:
    """Without those that need all of their units and have one taken. One question, one index row per unit.

    Pools stay: claims in them may be moved, so a free unit for the whole span is not needed.
    """
    # Nearly all of them share a zone and have the same buffers, mostly none: one question for each such span.
    wishes: dict[tuple[str, tuple[int, int]], list[int]] = {}
    for one in candidates:
        if one.takes == "all":
            wishes.setdefault((one.zone, one.buffers), []).append(one.id)
    by_span: dict[TimeSpan, list[int]] = {}
    for (zone, buffers), ids in wishes.items():
        by_span.setdefault(windows[zone].widened(*buffers), []).extend(ids)
    if not by_span:
        return list(candidates)
    taken = await db.several(
        *(
            (
                f"SELECT DISTINCT ru.resource_id AS id FROM resource_unit ru WHERE {db.among('ru.resource_id')} "
                "AND (SELECT c.begins_at FROM claim c WHERE c.unit_id = ru.unit_id AND c.ends_at > ? "
                "ORDER BY c.ends_at LIMIT 1) < ?",
                db.many(ids),
                span.begins_at,
                span.ends_at,
            )
            for span, ids in by_span.items()
        )
    )
    gone = {row["id"] for rows in taken for row in rows}
    return [one for one in candidates if one.id not in gone]
