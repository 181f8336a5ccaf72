"""The rules of the house: pure functions, one question each, in the order in which people ask them.

Each answers with nothing, or with the refusal that says which rule it was. Web, API, import, series and calendar
programs all ask through `check`. A manager may set most rules aside, which is logged on the reservation; nobody can
set aside the guard against double booking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from booking import i18n
from booking.errors import Refused
from booking.places import GROUP_OF
from booking.reservations import refusals as no
from booking.reservations.planning import Plan
from booking.timespan import TimeSpan, day_span, local_day, on_raster


@dataclass(frozen=True, slots=True)
class Question:
    """All that the rules look at. `begun`: the reservation is under way, so only its end can move. `walk_in`: the
    member stands before it and begins now, on no step of the clock."""

    resource: Any
    plan: Plan
    span: TimeSpan
    at: datetime
    people: int = 1
    quantity: int = 1
    category: str = "member"
    suspended: bool = False
    leaves_at: datetime | None = None
    hosts: bool = False
    has_skill: bool = True
    upcoming: int = 0
    begun: bool = False
    walk_in: bool = False

    @property
    def zone(self) -> str:
        return self.resource.venue.zone


# Now, in whole minutes.
WALK_IN_GRACE = timedelta(minutes=1)

Rule = Callable[[Question], Refused | None]


def member_is_not_suspended(q: Question) -> Refused | None:
    return no.Suspended() if q.suspended else None


def account_stays(q: Question) -> Refused | None:
    return no.AccountEnds(leaves_on=q.leaves_at.date()) if q.leaves_at else None


def is_published(q: Question) -> Refused | None:
    if q.resource.venue.status == "closed":
        return no.VenueClosedDown(venue=i18n.name_of(q.resource.venue))
    return None if q.resource.published else no.NotPublished(resource=i18n.name_of(q.resource))


def category_may_book(q: Question) -> Refused | None:
    if q.category == "external" and not q.resource.external:
        return no.OutsidersNotAllowed(resource=i18n.name_of(q.resource))
    return None


def role_may_book(q: Question) -> Refused | None:
    if q.resource.role and not q.hosts:
        return no.RoleNeeded(resource=i18n.name_of(q.resource))
    return None


def skill_is_there(q: Question) -> Refused | None:
    if q.resource.skill_id and not q.has_skill:
        return no.SkillNeeded(resource=i18n.name_of(q.resource), skill=i18n.name_of(q.resource.skill))
    return None


def is_not_past(q: Question) -> Refused | None:
    if q.begun:
        return None
    earliest = q.at - WALK_IN_GRACE if q.walk_in else q.at
    return no.Past(now_at=q.at, zone=q.zone) if q.span.begins_at < earliest else None


def leaves_notice(q: Question) -> Refused | None:
    earliest = q.at + timedelta(minutes=q.resource.lead_minutes)
    if q.walk_in and not q.resource.lead_minutes:
        return None
    past = q.span.begins_at < q.at and not q.walk_in  # another rule says so
    if q.begun or past or q.span.begins_at >= earliest:
        return None
    return no.TooSoon(lead_minutes=q.resource.lead_minutes, earliest_at=earliest, zone=q.zone)


def is_within_horizon(q: Question) -> Refused | None:
    latest = horizon_of(q.resource, q.at)
    if q.span.ends_at <= latest:
        return None
    return no.TooFar(horizon_days=q.resource.horizon_days, latest_at=latest, zone=q.zone)


def is_long_enough(q: Question) -> Refused | None:
    shortest = q.resource.shortest_minutes
    return no.TooShort(shortest_minutes=shortest) if not q.begun and q.span.minutes < shortest else None


def is_short_enough(q: Question) -> Refused | None:
    longest = q.resource.longest_minutes
    return no.TooLong(longest_minutes=longest) if q.span.minutes > longest else None


def is_on_raster(q: Question) -> Refused | None:
    step = q.resource.raster_minutes
    # Whoever ends early leaves when they leave; only the planned times keep the step.
    from_now = q.begun or (q.walk_in and q.span.begins_at <= q.at)
    edges = [q.span.ends_at] if from_now else [q.span.begins_at, q.span.ends_at]
    if all(on_raster(edge, step, q.zone) for edge in edges):
        return None
    return no.OffRaster(raster_minutes=step)


def is_open(q: Question) -> Refused | None:
    if _within(q.span, q.plan.open):
        return None
    day = day_span(local_day(q.span.begins_at, q.zone), q.zone)
    that_day = [span for span in q.plan.open if day.covers(span.begins_at)]
    hours = ", ".join(f"{i18n.clock(s.begins_at, q.zone)}–{i18n.clock(s.ends_at, q.zone)}" for s in that_day)
    return no.NotOpen(
        venue=i18n.name_of(q.resource.venue), hours=hours or i18n.gettext("closed all day"), zone=q.zone
    )


def is_not_shut(q: Question) -> Refused | None:
    if _within(q.span, q.plan.bookable) or not _within(q.span, q.plan.open):
        return None
    found = [shut for shut in q.plan.shuts if shut.span.overlaps(q.span)]
    reason = found[0].reason if found else i18n.gettext("closed all day")
    if found and all(shut.resource_id is not None for shut in found):
        return no.Shut.alone(resource=i18n.name_of(q.resource), reason=reason, zone=q.zone)
    return no.Shut(venue=i18n.name_of(q.resource.venue), reason=reason, zone=q.zone)


def people_fit(q: Question) -> Refused | None:
    capacity = q.resource.capacity_people
    if capacity is None or GROUP_OF[q.resource.kind] == "equipment":
        return None
    room = capacity * (q.quantity if q.resource.takes == "any" else 1)
    return no.TooManyPeople(capacity=room, people=q.people) if q.people > room else None


def quantity_exists(q: Question) -> Refused | None:
    units = len(q.plan.taken) if q.resource.takes == "any" else 1
    return no.TooManyUnits(units=units, quantity=q.quantity) if q.quantity > units else None


def quota_is_left(q: Question) -> Refused | None:
    quota = q.resource.quota
    return no.QuotaReached(quota=quota) if quota is not None and q.upcoming >= quota else None


# In the order in which they are asked; the first that says no is told first.
RULES: dict[str, Rule] = {
    "suspended": member_is_not_suspended,
    "account": account_stays,
    "published": is_published,
    "category": category_may_book,
    "role": role_may_book,
    "skill": skill_is_there,
    "past": is_not_past,
    "lead": leaves_notice,
    "horizon": is_within_horizon,
    "raster": is_on_raster,
    "shortest": is_long_enough,
    "longest": is_short_enough,
    "open": is_open,
    "shut": is_not_shut,
    "people": people_fit,
    "units": quantity_exists,
    "quota": quota_is_left,
}
# What a manager of the venue may set aside, by the code of its refusal; 'payment' means that the house gives it.
RULE_OF = {
    "too_soon": "lead",
    "too_far": "horizon",
    "off_raster": "raster",
    "too_short": "shortest",
    "too_long": "longest",
    "not_open": "open",
    "shut": "shut",
    "quota_reached": "quota",
    "skill_needed": "skill",
    "role_needed": "role",
    "payment_needed": "payment",
}
OVERRIDABLE = frozenset(RULE_OF.values())


def objections(q: Question, *, overrides: Iterable[str] = ()) -> list[Refused]:
    """Every rule that says no, in order; those set aside are not asked."""
    aside = set(overrides)
    return [said for name, rule in RULES.items() if name not in aside and (said := rule(q)) is not None]


def check(q: Question, *, overrides: Iterable[str] = ()) -> list[str]:
    """Raise the first refusal. Returns the names of the rules that would have refused but were set aside."""
    if found := objections(q, overrides=overrides):
        raise found[0]
    return [name for name in overrides if name in RULES and RULES[name](q) is not None]


def horizon_of(resource: Any, at: datetime) -> datetime:
    """The last instant that can be booked: the end of the local day so many days ahead."""
    return _end_of_day(at, resource.horizon_days, resource.venue.zone)


@lru_cache(maxsize=1024)  # a search asks the same of each place that it looks at
def _end_of_day(at: datetime, days_later: int, zone: str) -> datetime:
    return day_span(local_day(at, zone) + timedelta(days=days_later), zone).ends_at


def bookable_window(resource: Any, at: datetime) -> TimeSpan | None:
    """From the earliest beginning to the horizon; None when the notice is longer than the horizon."""
    earliest, latest = at + timedelta(minutes=resource.lead_minutes), horizon_of(resource, at)
    return TimeSpan(earliest, latest) if earliest < latest else None


def _within(span: TimeSpan, spans: Iterable[TimeSpan]) -> bool:
    return any(each.contains(span) for each in spans)
