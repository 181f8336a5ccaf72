"""Looking through candidates, nearest first, for what is free and may be booked.

Whether a span may be booked is asked of the same rules that the reservation asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from booking import availability, db, i18n, pricing, reservations
from booking.search.candidates import Candidate
from booking.search.kept import Kept
from booking.search.runs import beginning_in, beyond, bookable_runs, lying_in, proposal
from booking.search.wishes import Wish, window_of
from booking.timespan import TimeSpan

SPARE = 4  # so many more candidates than hits are read at first; each further chunk is four times as large
PROPOSALS = 3
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
        windows = self.windows(candidates)
        left = [one for one in candidates if windows[one.zone][0] is not None]
        exact = bool(left) and windows[left[0].zone][1]
        hits: list[Hit] = []
        size = most + SPARE
        rest: Sequence[Candidate] = ()
        also: Sequence[Candidate] = ()
        claims: dict[int, list[TimeSpan]] = {}
        known = 0
        if exact and self.kept.knows(nearest := left[: size + SPARE]):
            # Mostly the nearest few are enough, and of the others nothing needs to be asked, but whether there is one.
            rest = left[size + SPARE :]
            claims = await self._claims(nearest, windows)
            left = self._not_taken_by(claims, nearest, windows)
            known = len(left)
        elif exact:
            left = await self.not_taken(left, windows)
            also = nearest  # so that they are known the next time
        while len(hits) < most and (left or rest):
            if rest and len(left) < size:
                left, rest = [*left, *await self.not_taken(rest, windows)], []
                continue
            chunk, left = left[:size], left[size:]
            size *= 4
            if len(chunk) > known:
                asked = {one.id: one for one in (*also, *chunk[known:])}
                claims |= await self._claims(list(asked.values()), windows)
                also = ()
            known = max(known - len(chunk), 0)
            hits += self._hits(chunk, windows, claims)
        if rest and not left:
            left = await self.not_taken(rest, windows)
        return hits[:most], None if left else len(hits)

    def windows(self, candidates: Sequence[Candidate]) -> Windows:
        return {zone: window_of(self.wish, zone, self.at) for zone in {one.zone for one in candidates}}

    async def _claims(self, chunk: Sequence[Candidate], windows: Windows) -> dict[int, list[TimeSpan]]:
        return await self.kept.claims(chunk, around(windows))

    def _hits(
        self, chunk: Sequence[Candidate], windows: Windows, claims: Mapping[int, list[TimeSpan]]
    ) -> list[Hit]:
        window, hits = around(windows), []
        for candidate in chunk:
            wanted, exact = windows[candidate.zone]
            assert wanted is not None
            if (offer := self._offer(candidate, window, claims)) and (
                hit := self.hit(offer, wanted, exact, candidate)
            ):
                hits.append(hit)
        return hits

    def hit(self, offer: Offer, wanted: TimeSpan, exact: bool, candidate: Candidate) -> Hit | None:
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
        windows = self.windows(candidates)
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

    async def not_taken(self, candidates: Sequence[Candidate], windows: Windows) -> list[Candidate]:
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
        [gone] = await db.answers(
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


# Twenty hits of a page have a few prices among them.
_quote = lru_cache(maxsize=2048)(pricing.quote)


def around(windows: Windows) -> TimeSpan:
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
        return _quote(
            self.tariff,
            span,
            self.plan.resource.venue.zone,
            quantity=quantity,
            vat_basis_points=self.rate.basis_points,
            vat_reason=self.rate.reason,
        )
