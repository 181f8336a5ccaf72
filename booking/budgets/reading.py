"""Reading around an Activity: what was allotted to it, its people, and what a treasurer looks after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from booking import db
from booking.budgets.activities import Purse
from booking.budgets.models import Activity, ActivityPerson, Allotment


async def allotted_to(activity_ids: Iterable[int]) -> dict[int, int]:
    """What the cooperative's books put into each of these Activities so far, less what they took back."""
    found = dict.fromkeys(activity_ids, 0)
    rows = Allotment.filter(activity_id__in=list(found)).values_list("activity_id", "amount_cents")
    for activity_id, amount_cents in await rows:
        found[activity_id] += amount_cents
    return found


async def people_of(activity_id: int) -> list[ActivityPerson]:
    """Who may book on the Activity, with their member fetched: the owner first, then by name."""
    people = await ActivityPerson.filter(activity_id=activity_id, ended_at=None).select_related("member")
    order = ("owner", "manager", "user")
    return sorted(people, key=lambda each: (order.index(each.part), each.member.name.casefold(), each.id))


async def part_in(member_id: int, activity_id: int) -> str:
    """'owner', 'manager' or 'user'; '' for somebody who has no part in the Activity."""
    person = await ActivityPerson.get_or_none(member_id=member_id, activity_id=activity_id, ended_at=None)
    return person.part if person else ""


async def kept_by(
    entity_ids: Iterable[int],
    *,
    term: str = "",
    state: str = "",
    today: date | None = None,
    skip: int = 0,
    most: int = 50,
) -> list[Purse]:
    """The Activities of these entities by name, as their treasurer sees them: `most` of them after the first `skip`.

    `term` is a part of the name or the beginning of the number; `state` is 'open' or 'ended' on `today`.
    """
    found = (
        await _kept(entity_ids, term, state, today)
        .select_related("account", "entity")
        .order_by("name", "id")
        .offset(skip)
        .limit(most)
    )
    return [
        Purse(
            activity=activity,
            part="treasurer",
            currency=activity.account.currency,
            balance_cents=activity.account.balance_cents,
            reserved_cents=activity.account.debits_pending_cents,
            available_cents=activity.account.available_cents,
        )
        for activity in found
    ]


async def closed_with_money(entity_id: int) -> list[tuple[Activity, int]]:
    """(Activity, balance) of closed ones to which money came back afterwards, by name: a late refund, a correction."""
    closed = "entity_id = ? AND closed_at IS NOT NULL AND account_id IN (SELECT id FROM account {})"
    moved = "WHERE credits_posted_cents <> debits_posted_cents"
    found = await db.models(Activity, f"WHERE {closed.format(moved)} ORDER BY name, id LIMIT 50", entity_id)
    await db.relate(found, "account")
    return [(each, each.account.balance_cents) for each in found]


async def count_kept(
    entity_ids: Iterable[int], *, term: str = "", state: str = "", today: date | None = None
) -> int:
    """How many Activities `kept_by` would list in all."""
    return await _kept(entity_ids, term, state, today).count()


def _kept(entity_ids: Iterable[int], term: str, state: str, today: date | None) -> QuerySet[Activity]:
    query = Activity.filter(entity_id__in=list(entity_ids))
    if term:
        query = query.filter(Q(name__icontains=term) | Q(number__istartswith=term))
    if state and today:
        running = Q(closed_at=None) & (Q(ends_on=None) | Q(ends_on__gte=today))
        query = query.filter(running if state == "open" else ~running)
    return query
