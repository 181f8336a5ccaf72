"""Which resources a member could not book at any time: for pages that say so before anybody tries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from booking.errors import Refused
from booking.members import Roles
from booking.members.models import Member, MemberSkill
from booking.reservations import rules
from booking.reservations.asking import holds
from booking.reservations.planning import Plan
from booking.reservations.rules import Question
from booking.timespan import TimeSpan, local_day

# Those that ask who somebody is, and not for when they wish.
RULES = (
    rules.member_is_not_suspended,
    rules.account_stays,
    rules.category_may_book,
    rules.role_may_book,
    rules.skill_is_there,
)


async def barred(
    resources: Sequence[Any], member: Member, standing: Roles, *, at: datetime, until: datetime
) -> dict[int, Refused]:
    """The refusal, by id, of each resource (with its venue and skill fetched) that this member cannot book for a time
    that ends at `until`, whatever is free then. One query at most."""
    wanted = {resource.skill_id for resource in resources if resource.skill_id}
    given = await MemberSkill.filter(member_id=member.id, skill_id__in=wanted) if wanted else []
    window = TimeSpan(until - timedelta(minutes=1), until)
    found = {}
    for resource in resources:
        last_day = local_day(until, resource.venue.zone)
        asked = Question(
            resource=resource,
            plan=Plan(resource, window, [], [], [], {}),
            span=window,
            at=at,
            category=member.category,
            suspended=member.suspended_at is not None,
            leaves_at=member.leaves_at,
            hosts=standing.hosts(resource.venue),
            has_skill=resource.skill_id is None or any(holds(each, resource, last_day) for each in given),
        )
        refusal = next((answer for rule in RULES if (answer := rule(asked))), None)
        if refusal is not None:
            found[resource.id] = refusal
    return found
