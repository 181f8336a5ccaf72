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

from booking import availability, db, i18n, pricing, reservations
from booking.search.candidates import Candidate, candidates_of, where_of
from booking.search.cities import Where
from booking.search.kept import Kept, with_kept
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
# By zone: where in time the wish lies, and whether it is exactly that span.
Windows = Mapping[str, tuple[TimeSpan | None, bool]]


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
    category = member.category if member else None
    return await with_kept(
        wish, at, lambda kept: _found(Seeker(wish, category, at, kept), after, most, houses)
    )


async def _found(seeker: Seeker, after: tuple[Any, ...] | None, most: int, houses: int) -> Results:
    wish, kept = seeker.wish, seeker.kept
    where = await where_of(wish, kept)
    if where.kind == "unknown":
        return Results(wish, where)
    first = (max(wish.page, 1) - 1) * most
    enough = first + most + 1
    # Without a middle to measure from, the database puts them in order, and mostly the first few do.
    for limit in (FEW_CANDIDATES, MOST_CANDIDATES) if where.lat is None else (MOST_CANDIDATES,):
        candidates = await candidates_of(wish, where, limit, kept)
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
            candidates = await candidates_of(wish, where, MOST_CANDIDATES, kept)
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
        anywhere = replace(where, venue_ids=None)
        wider = await candidates_of(everywhere, anywhere, MOST_CANDIDATES, kept)
        elsewhere, _total = await seeker.walk([one for one in wider if one.id not in near], most=PROPOSALS)
    around = candidates
    if not candidates and where.kind != "everywhere":
        around = await candidates_of(Wish(radius_km=wish.radius_km), where, FEW_CANDIDATES, kept)
    looked_at = tuple(dict.fromkeys((one.venue_id, one.zone) for one in around))
    return replace(results, times=times, elsewhere=elsewhere, houses=looked_at, fitting=bool(candidates))


async def houses(wish: Wish, *, member: Any = None, at: datetime) -> list[Any]:
    """Every house in which something fulfils the wish, nearest first: thousands, where there are."""
    category = member.category if member else None

    async def look(kept: Kept) -> list[Any]:
        where = await where_of(wish, kept)
        if where.kind == "unknown":
            return []
        candidates = await candidates_of(wish, where, None, kept)
        return (await Seeker(wish, category, at, kept).houses(candidates))[0]

    return await with_kept(wish, at, look)


@dataclass(frozen=True, slots=True)
class Seeker:
    """Somebody (a category of member, None for a visitor) with a wish, at an instant."""

    wish: Wish
    category: str | None
    at: datetime
    kept: Kept

    async def walk(self, candidates: Sequence[Candidate], *, most: int) -> tuple[list[Hit], int | None]:
        """The first hits among the candidates, in their order, and how many there are if all were looked at."""
        if not candidates:
            return [], 0
        windows = self._windows(candidates)
        left = [one for one in candidates if windows[one.zone][0] is not None]
        exact = bool(left) and windows[left[0].zone][1]
        hits: list[Hit] = []
        size = most + SPARE
        # Mostly the nearest few are enough, and of the others nothing needs to be asked, but whether there is one.
        rest = left[size + SPARE :] if exact else []
        claims: dict[int, list[TimeSpan]] = {}
        known = 0
        if exact:
            left = left[: size + SPARE]
            claims = await self._claims(left, windows)
            left = self._not_taken_by(claims, left, windows)
            known = len(left)
        while len(hits) < most and (left or rest):
            if rest and len(left) < size:
                left, rest = [*left, *await self._not_taken(rest, windows)], []
                continue
            chunk, left = left[:size], left[size:]
            size *= 4
            if len(chunk) > known:
                claims |= await self._claims(chunk[known:], windows)
            known = max(known - len(chunk), 0)
            hits += self._hits(chunk, windows, claims)
        if rest and not left:
            left = await self._not_taken(rest, windows)
        return hits[:most], None if left else len(hits)

    async def houses(
        self, candidates: Sequence[Candidate], *, most: int | None = None, known: Sequence[Hit] = ()
    ) -> tuple[list[Any], bool]:
        """The houses with a hit, in the order of the candidates, and whether there is none beyond `most`.

        `known` hits need not be found again. Of each house only so much is looked at until something is free.
        """
        found = {hit.resource.venue_id: hit.resource.venue for hit in known}
        windows = self._windows(candidates)
        left = [one for one in candidates if one.venue_id not in found and windows[one.zone][0] is not None]
        if most is not None and len(found) > most:
            left = []
        if left and windows[left[0].zone][1]:
            left = await self._not_taken(left, windows)
        waiting: dict[int, list[Candidate]] = {}
        for one in left:
            waiting.setdefault(one.venue_id, []).append(one)
        while waiting and (most is None or len(found) <= most):
            some, turn = list(waiting)[:HOUSES_AT_ONCE], 1
            asked = {house: waiting.pop(house) for house in some}
            while asked:
                chunk = [one for those in asked.values() for one in those[:turn]]
                for hit in self._hits(chunk, windows, await self._claims(chunk, windows)):
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

    def _windows(self, candidates: Sequence[Candidate]) -> Windows:
        return {zone: window_of(self.wish, zone, self.at) for zone in {one.zone for one in candidates}}

    async def _claims(self, chunk: Sequence[Candidate], windows: Windows) -> dict[int, list[TimeSpan]]:
        return await self.kept.claims(chunk, _around(windows))

    def _hits(
        self, chunk: Sequence[Candidate], windows: Windows, claims: Mapping[int, list[TimeSpan]]
    ) -> list[Hit]:
        window, hits = _around(windows), []
        for candidate in chunk:
            wanted, exact = windows[candidate.zone]
            assert wanted is not None
            if (offer := self._offer(candidate, window, claims)) and (
                hit := self._hit(offer, wanted, exact, candidate)
            ):
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
        windows = self._windows(candidates)
        spans = [span for span, _exact in windows.values() if span]
        if not spans:
            return []
        begins_at = max(min(one.begins_at for one in spans) - timedelta(days=DAYS_BEFORE), self.at)
        ends_at = max(max(one.ends_at for one in spans), self.at) + timedelta(days=DAYS_AFTER)
        window = TimeSpan(begins_at, ends_at)
        claims = await self.kept.claims(candidates, window)
        found = []
        for candidate in candidates:
            wanted, exact = windows[candidate.zone]
            if wanted and (offer := self._offer(candidate, window, claims)):
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

    def _offer(
        self, candidate: Candidate, window: TimeSpan, claims: Mapping[int, list[TimeSpan]]
    ) -> Offer | None:
        """The plan and the tariff of a candidate whose claims are known; None where it is not let to this seeker."""
        kept, on = self.kept, self.wish.day or self.at.date()
        resource = kept.shelf.resources.get(candidate.id)
        if resource is None or (self.category == "external" and not resource.external):
            return None
        own = kept.tariff(candidate.id, self.category or "external", on)
        # Outsiders see what is for members too.
        for_members = None if self.category or own else kept.tariff(candidate.id, "member", on)
        if (tariff := own or for_members) is None:
            return None
        plan = kept.plan(resource, window, claims, i18n.language())
        members_only = own is None or (self.category is None and not resource.external)
        return Offer(plan, tariff, kept.rate(resource, on), members_only)

    async def _not_taken(self, candidates: Sequence[Candidate], windows: Windows) -> list[Candidate]:
        """Without those that need all of their units and have one taken. One question, one index row per unit.

        Pools stay: claims in them may be moved, so a free unit for the whole span is not needed.
        """
        # Nearly all of them share a zone and have the same buffers, mostly none: one question for each such span.
        by_span: dict[TimeSpan, list[int]] = {}
        for one in candidates:
            if one.takes == "all":
                by_span.setdefault(_wanted(one, windows), []).append(one.id)
        if not by_span:
            return list(candidates)
        asked = [
            (
                f"SELECT DISTINCT ru.resource_id AS id FROM resource_unit ru WHERE {db.among('ru.resource_id')} "
                "AND (SELECT c.begins_at FROM claim c WHERE c.unit_id = ru.unit_id AND c.ends_at > ? "
                "ORDER BY c.ends_at LIMIT 1) < ?",
                db.many(ids),
                span.begins_at,
                span.ends_at,
            )
            for span, ids in by_span.items()
        ]
        [gone] = await self.kept.answers(
            db.Asked(tuple(asked), lambda *found: {row["id"] for rows in found for row in rows})
        )
        return [one for one in candidates if one.id not in gone]

    def _not_taken_by(
        self, claims: Mapping[int, list[TimeSpan]], candidates: Sequence[Candidate], windows: Windows
    ) -> list[Candidate]:
        """The same, where their claims are known."""
        left = []
        for one in candidates:
            if one.takes == "all":
                wanted = _wanted(one, windows)
                if any(
                    each.overlaps(wanted) for unit in self.kept.units([one]) for each in claims.get(unit, ())
                ):
                    continue
            left.append(one)
        return left


def _around(windows: Windows) -> TimeSpan:
    """What plans must be known for."""
    spans = [window for window, _exact in windows.values() if window]
    return beyond(TimeSpan(min(one.begins_at for one in spans), max(one.ends_at for one in spans)))


def _wanted(candidate: Candidate, windows: Windows) -> TimeSpan:
    """All of the time that a booking of the wish would take, with what lies around it."""
    window, _exact = windows[candidate.zone]
    assert window is not None
    return window.widened(*candidate.buffers) if any(candidate.buffers) else window


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
