"""The nearest "yes" for every "no": other times for the same resource, other places at the same time."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

from booking import availability, db, i18n, places
from booking.errors import Alternative, Refused
from booking.members.models import Member
from booking.places import GROUP_OF, KINDS_BY_GROUP
from booking.reservations import refusals as no
from booking.reservations.planning import plans
from booking.reservations.rules import Question, bookable_window, objections
from booking.timespan import TimeSpan

DAYS_AROUND = 14
PLACES_MAX = 3
TIMES_MAX = 3
NEAR_KM = 30
LOOKED_AT = 40
# These are not about the time or the place, so another time would not help.
NOT_ABOUT_TIME = (
    no.Suspended,
    no.AccountEnds,
    no.QuotaReached,
    no.PaymentNeeded,
    no.PriceMoved,
    no.NotYoursToOverride,
    no.SkillNeeded,
    no.RoleNeeded,
    no.OutsidersNotAllowed,
)


async def add(
    refusal: Refused,
    resource: Any,
    span: TimeSpan,
    member: Member | None,
    *,
    at: datetime,
    people: int,
    quantity: int,
) -> Refused:
    """The refusal with what would work instead, where a time or a place is what is missing."""
    if isinstance(refusal, NOT_ABOUT_TIME) or type(refusal).__module__.startswith("booking.budgets"):
        return refusal
    return refusal.with_alternatives(
        await nearby(resource, span, member, at=at, people=people, quantity=quantity)
    )


async def nearby(
    resource: Any, span: TimeSpan, member: Member | None, *, at: datetime, people: int = 1, quantity: int = 1
) -> list[Alternative]:
    """Up to three times for this resource near the wish, then up to three places like it at the wished time."""
    category = member.category if member else "external"
    times = await _times(resource, span, at=at, people=people, quantity=quantity)
    return times + await _places(resource, span, category, at=at, people=people, quantity=quantity)


async def _times(
    resource: Any, span: TimeSpan, *, at: datetime, people: int, quantity: int
) -> list[Alternative]:
    capacity = resource.capacity_people
    too_small = capacity is not None and people > capacity * (quantity if resource.takes == "any" else 1)
    window = bookable_window(resource, at)
    if too_small or window is None or resource.venue.status == "closed":
        return []
    minutes = min(max(span.minutes, resource.shortest_minutes), resource.longest_minutes)
    # Up to the next whole step, so that both ends stand on the raster.
    minutes = -(-minutes // resource.raster_minutes) * resource.raster_minutes
    middle = min(max(span.begins_at, window.begins_at), window.ends_at - timedelta(minutes=1))
    around = TimeSpan(middle - timedelta(days=DAYS_AROUND), middle + timedelta(days=DAYS_AROUND))
    around = around.intersection(window) or window
    plan = (await plans([resource], around))[resource.id]
    wish = TimeSpan(span.begins_at, span.begins_at + timedelta(minutes=minutes))
    found = availability.nearest(
        [part for each in plan.free(quantity) if (part := each.intersection(around))],
        wish,
        raster_minutes=resource.raster_minutes,
        zone=resource.venue.zone,
        most=TIMES_MAX,
    )
    return [_alternative("time", resource, each) for each in found]


async def _places(
    resource: Any, span: TimeSpan, category: str, *, at: datetime, people: int, quantity: int
) -> list[Alternative]:
    venue = resource.venue
    reach = NEAR_KM / 111
    wide = reach / max(0.2, cos(radians(venue.lat)))
    kinds = KINDS_BY_GROUP[GROUP_OF[resource.kind]]
    # What is most like the wish first: the same house, the same kind, the nearest size.
    rows = await db.rows(
        "SELECT r.id FROM venue v JOIN resource r ON r.venue_id = v.id WHERE v.lat BETWEEN ? AND ? "
        f"AND v.lon BETWEEN ? AND ? AND v.status <> 'closed' AND r.published AND r.id <> ? AND {db.among('r.kind')} "
        "ORDER BY r.venue_id <> ?, r.kind <> ?, "
        f"ABS(COALESCE(r.capacity_people, 0) - {people:d}), r.id LIMIT {LOOKED_AT}",
        venue.lat - reach,
        venue.lat + reach,
        venue.lon - wide,
        venue.lon + wide,
        resource.id,
        db.many(kinds),
        venue.id,
        resource.kind,
    )
    left = [row["id"] for row in rows]
    around = TimeSpan(span.begins_at - timedelta(days=2), span.ends_at + timedelta(days=2))
    found: list[Alternative] = []
    size = 2 * PLACES_MAX
    while left and len(found) < PLACES_MAX:
        # Mostly the first few will do, so the others are not read.
        ids, left = left[:size], left[size:]
        size = LOOKED_AT
        near = {each.id: each for each in await places.by_ids(ids)}
        found_plans = await plans(list(near.values()), around)
        for id in ids:
            each, plan = near[id], found_plans[id]
            asked = Question(
                each, plan, span, at, people, quantity, category, has_skill=each.skill_id is None
            )
            if not objections(asked) and any(free.contains(span) for free in plan.free(quantity)):
                found.append(_alternative("place", each, span))
    return found[:PLACES_MAX]


def _alternative(kind: str, resource: Any, span: TimeSpan) -> Alternative:
    return Alternative(
        kind=kind,
        resource_id=resource.id,
        resource_name=i18n.name_of(resource),
        venue_name=i18n.name_of(resource.venue),
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        zone=resource.venue.zone,
    )
