"""Find: what is free near a place, at a time, for so many people, at what price for this member.

The rows of one search come in a fixed number of questions: candidates by a box in SQL (the circle is Python's), the
units that are taken by the "next claim" (the guard forbids overlaps, so the first claim that ends after the wish
begins decides), then hours, closures, claims and tariffs of the nearest candidates together. Whether a span may be
booked is asked of the same rules that the reservation asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from booking.search.candidates import candidates_of, where_of
from booking.search.cities import Where
from booking.search.kept import kept_for
from booking.search.on_map import houses_with
from booking.search.seeking import PROPOSALS, Hit, Seeker
from booking.search.wishes import Wish

PAGE = 20
FEW_CANDIDATES = 200  # all of Europe is first looked through as far as this
MOST_CANDIDATES = 2_000  # beyond these, farther places are not looked at
LOOKED_AT = 60  # nearest candidates among which another time is sought


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
    kept = await kept_for(wish, at)
    seeker = Seeker(wish, category, at, kept)
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
        on_map, every = await houses_with(seeker, candidates, most=houses, known=hits)
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
    kept = await kept_for(wish, at)
    where = await where_of(wish, kept)
    if where.kind == "unknown":
        return []
    candidates = await candidates_of(wish, where, None, kept)
    seeker = Seeker(wish, member.category if member else None, at, kept)
    return (await houses_with(seeker, candidates))[0]
