"""What several bookings at once are asked about: plans, price lists and the member's standing, read once for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from booking import i18n, places, pricing
from booking.errors import NotFound, Refused
from booking.members import roles
from booking.members.models import Member, MemberSkill
from booking.pricing import Quote
from booking.reservations import asking, claiming, rules
from booking.reservations import refusals as no
from booking.reservations.models import LIVE, Reservation
from booking.reservations.planning import Plan, plans
from booking.reservations.rules import Question
from booking.reservations.several import Choice, Wish
from booking.timespan import TimeSpan, day_span, local_day

AROUND = timedelta(days=2)


@dataclass(slots=True)
class Look:
    """What was read once for all dates."""

    member: Member
    at: datetime
    standing: Any
    skills: list[MemberSkill]
    resources: dict[int, Any]
    plans: dict[int, Plan]
    prices: dict[date, pricing.Prices]
    upcoming: dict[int, int]
    free: dict[tuple[int, int], list[TimeSpan]] = field(default_factory=dict)
    own: dict[int, list[TimeSpan]] = field(default_factory=dict)

    def refusal(self, wish: Wish) -> Refused | None:
        """The first rule that says no to this part."""
        if wish.span is None:
            return wish.missing
        resource = self.resources[wish.resource_id]
        plan = self.plans[wish.resource_id]
        last_day = local_day(wish.span.ends_at, resource.venue.zone)
        found = rules.objections(
            Question(
                resource=resource,
                plan=plan,
                span=wish.span,
                at=self.at,
                people=wish.people,
                quantity=wish.quantity,
                category=self.member.category,
                suspended=self.member.suspended_at is not None,
                leaves_at=self.member.leaves_at,
                hosts=self.standing.hosts(resource.venue),
                has_skill=resource.skill_id is None
                or any(asking.holds(each, resource, last_day) for each in self.skills),
                upcoming=self.upcoming.get(resource.id, 0),
            )
        )
        if found:
            return found[0]
        inside = any(span.contains(wish.span) for span in self.free_of(resource, wish.quantity))
        claimed = claiming.claimed(resource, wish.span)
        mine = resource.takes == "all" and any(
            claimed.overlaps(span) for span in self.own.get(resource.id, [])
        )
        return no.Taken(resource=i18n.name_of(resource)) if mine or not inside else None

    def free_of(self, resource: Any, quantity: int) -> list[TimeSpan]:
        key = (resource.id, quantity)
        if key not in self.free:
            self.free[key] = self.plans[resource.id].free(quantity)
        return self.free[key]

    def quote(self, wish: Wish) -> Quote | None:
        if wish.span is None:
            return None
        resource = self.resources[wish.resource_id]
        prices = self.prices[local_day(wish.span.begins_at, resource.venue.zone)]
        return pricing.quote_by(prices, resource, wish.span, quantity=wish.quantity)

    def take(self, wish: Wish) -> None:
        """From here on this part is taken: the next dates must not meet it, and it counts in the quota."""
        if wish.span is not None:
            resource = self.resources[wish.resource_id]
            self.own.setdefault(resource.id, []).append(claiming.claimed(resource, wish.span))
            self.upcoming[resource.id] = self.upcoming.get(resource.id, 0) + 1


async def look_at(wanted: Sequence[Wish], chosen: Mapping[date, Choice], by: Member, at: datetime) -> Look:
    ids = {each.resource_id for each in wanted} | {each.resource_id for each in chosen.values() if each.span}
    resources = {each.id: each for each in await places.by_ids(sorted(ids))}
    if len(resources) != len(ids) or len({each.venue_id for each in resources.values()}) != 1:
        raise NotFound
    zone = next(iter(resources.values())).venue.zone
    spans = [each.span or day_span(each.on, zone) for each in wanted]
    spans += [each.span for each in chosen.values() if each.span]
    window = TimeSpan(
        min(each.begins_at for each in spans) - AROUND, max(each.ends_at for each in spans) + AROUND
    )
    # What lies beyond every horizon is refused for that, and needs no plan.
    horizon = max(rules.horizon_of(each, at) for each in resources.values()) + AROUND
    if window.begins_at < horizon < window.ends_at:
        window = TimeSpan(window.begins_at, horizon)
    days = {local_day(each.begins_at, zone) for each in spans} | {each.on for each in wanted}
    quotas = [each.id for each in resources.values() if each.quota is not None]
    upcoming: dict[int, int] = {}
    if quotas:
        for id in await Reservation.filter(
            member_id=by.id, resource_id__in=quotas, state__in=LIVE, begins_at__gt=at
        ).values_list("resource_id", flat=True):
            upcoming[int(str(id))] = upcoming.get(int(str(id)), 0) + 1
    look = Look(
        member=by,
        at=at,
        standing=await roles.active(by, at),
        skills=await MemberSkill.filter(member_id=by.id)
        if any(each.skill_id for each in resources.values())
        else [],
        resources=resources,
        plans=await plans(list(resources.values()), window, language=i18n.language()),
        prices={},
        upcoming=upcoming,
    )
    look.prices = await prices_of(look, ids, days)
    return look


async def prices_of(look: Look, ids: Any, days: Any) -> dict[date, pricing.Prices]:
    country = next(iter(look.resources.values())).venue.country
    return await pricing.prices_by_day(sorted(ids), look.member.category, [country], days)
