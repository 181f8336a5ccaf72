"""Putting the question together: the member's standing, the plan, and the price, read from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from booking import budgets, db, i18n, pricing
from booking.budgets import Activity, ActivityPerson, Payment
from booking.ledger import Account
from booking.members import Roles, roles
from booking.members.models import Member, MemberSkill
from booking.pricing import Quote, Terms
from booking.reservations import refusals as no
from booking.reservations.models import LIVE, Reservation
from booking.reservations.planning import Plan, plans_asked
from booking.reservations.rules import Question
from booking.reservations.shares import ByCard
from booking.timespan import TimeSpan, day_span, local, local_day

AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows round a wish: what is open, shut and taken, the price lists, and the Activity (None: not
    theirs, or none named) with the account to which its entity owes."""

    plan: Plan
    prices: pricing.Prices
    purse: tuple[Activity, ActivityPerson, Account | None] | None


def known_asked(
    resource: Any,
    span: TimeSpan,
    member: Member,
    *,
    activity_id: int | None,
) -> db.Asked[Known]:
    """All that `question` and `price` look at for something new, to be asked at once. Locks the Activity's account."""
    plans = plans_asked([resource], _around(span), language=i18n.language())
    prices = pricing.price_asked(resource, span, category=member.category)
    purse = [] if activity_id is None else [budgets.to_pay_asked(member.id, activity_id)]
    parts: list[db.Asked[Any]] = [plans, prices, *purse]

    def read(*rows: list[Any]) -> Known:
        found, prices, *theirs = db.read(parts, rows)
        return Known(found[resource.id], prices, theirs[0] if theirs else None)

    return db.Asked(tuple(question for part in parts for question in part.questions), read)


def _around(span: TimeSpan) -> TimeSpan:
    return TimeSpan(span.begins_at - AROUND, span.ends_at + AROUND)


async def question(
    resource: Any,
    span: TimeSpan,
    member: Member,
    *,
    at: datetime,
    people: int = 1,
    quantity: int = 1,
    changing: Reservation | None = None,
    standing: Roles | None = None,
    walk_in: bool = False,
    known: Known | None = None,
) -> Question:
    """What the rules look at for this member's wish. `changing` is left out of what is taken and of the quota.

    `standing` are the member's roles, and `known` is what `known_asked` found, where the caller has them.
    """
    own = changing.id if changing else None
    if known:
        plan = known.plan
    else:
        asked = plans_asked([resource], _around(span), without=own, language=i18n.language())
        plan = (await db.answers(asked))[0][resource.id]
    standing = standing or await roles.active(member, at)
    upcoming = 0
    if resource.quota is not None:
        others = Reservation.filter(
            member_id=member.id, resource_id=resource.id, state__in=LIVE, begins_at__gt=at
        )
        upcoming = await (others.exclude(id=own) if own else others).count()
    return Question(
        resource=resource,
        plan=plan,
        span=span,
        at=at,
        people=people,
        quantity=quantity,
        category=member.category,
        suspended=member.suspended_at is not None,
        leaves_at=member.leaves_at,
        hosts=standing.hosts(resource.venue),
        has_skill=resource.skill_id is None or await has_skill(member, resource, span),
        upcoming=upcoming,
        begun=changing is not None and changing.begins_at <= at,
        walk_in=walk_in,
    )


async def has_skill(member: Member, resource: Any, span: TimeSpan) -> bool:
    """Whether the member's induction holds on the last day of the span, in this venue."""
    last_day = local_day(span.ends_at, resource.venue.zone)
    given = await MemberSkill.filter(member_id=member.id, skill_id=resource.skill_id)
    return any(holds(each, resource, last_day) for each in given)


def holds(given: MemberSkill, resource: Any, last_day: date) -> bool:
    """Whether this induction is the one the resource asks for, in this venue and on that day."""
    return (
        given.skill_id == resource.skill_id
        and (resource.skill.across_venues or given.venue_id in (None, resource.venue_id))
        and (given.expires_on is None or given.expires_on >= last_day)
    )


@dataclass(frozen=True, slots=True)
class Price:
    """What it costs and who pays: the quote in the venue's currency, the terms, and the Activity's own sum.

    `due`: the Activity's account is locked, and nothing was moved yet; this is the account that it will owe to.
    """

    quote: Quote
    terms: Terms
    activity: Activity | None
    person: ActivityPerson | None
    payment: Payment | None
    spent_this_month_cents: int
    card_cents: int = 0
    due: Account | None = None


async def price(
    resource: Any,
    span: TimeSpan,
    member: Member,
    *,
    activity_id: int | None,
    quantity: int,
    at: datetime,
    given: bool = False,
    card: ByCard | None = None,
    changing: Reservation | None = None,
    known: Known | None = None,
) -> Price:
    """The price for this member, and what their Activity and their card would pay. `given`: the house asks nothing.

    A changed reservation is priced by the tariff of the day it was first booked for, where that is cheaper.
    Raises PaymentNeeded when it costs something and neither an Activity nor a card pays, TooLittleForCard, NotForYou,
    NoRate, NotFound for somebody else's Activity. `known`: as `known_asked` found it, for the same Activity.
    """
    if known:
        quote = pricing.quote_by(known.prices, resource, span, quantity=quantity)
    else:
        quote = await pricing.quote_for(resource, span, category=member.category, quantity=quantity)
    if changing is not None:
        first_day = local_day(changing.begins_at, resource.venue.zone)
        earlier = await pricing.quote_for(
            resource, span, category=member.category, quantity=quantity, on=first_day
        )
        quote = min(quote, earlier, key=lambda each: each.total_cents)
    if given:
        quote = Quote((), 0, quote.vat_basis_points, 0, 0, quote.currency, quote.vat_reason)
    terms = pricing.terms_for(resource, span.begins_at)
    if activity_id is None or (card and not card.rest):
        if card and quote.total_cents:
            return Price(quote, terms, None, None, None, 0, _by_card(quote, quote.total_cents, card))
        if quote.total_cents:
            raise no.PaymentNeeded(total_cents=quote.total_cents, currency=quote.currency)
        return Price(quote, terms, None, None, None, 0)
    person: ActivityPerson | None
    due: Account | None = None
    if known and known.purse:
        activity, person, due = known.purse
    elif changing is not None and changing.activity_id == activity_id:
        activity, person = await budgets.paying_for(member.id, activity_id)
    else:
        activity, person = await budgets.open_to(member.id, activity_id)
    today = local_day(at, resource.venue.zone)
    spent = 0
    if person and person.month_limit_cents is not None:
        spent = await spent_in_month(
            member, activity, span.begins_at, resource.venue.zone, without=changing.id if changing else None
        )
    card_cents = 0
    if card and person:
        covered = await budgets.covered(
            activity, person, quote.total_cents, quote.currency, today, spent_this_month_cents=spent
        )
        if covered < quote.total_cents:
            card_cents = _by_card(quote, quote.total_cents - covered, card)
    payment = await budgets.price_in(activity, quote.total_cents - card_cents, quote.currency, today)
    if card_cents and not payment.amount_cents:
        return Price(quote, terms, None, None, None, 0, quote.total_cents)
    return Price(quote, terms, activity, person, payment, spent, card_cents, due)


def _by_card(quote: Quote, cents: int, card: ByCard) -> int:
    """What the card pays, which is never less than a card can. Raises TooLittleForCard."""
    if quote.total_cents < card.least_cents:
        raise no.TooLittleForCard(
            least_cents=card.least_cents, total_cents=quote.total_cents, currency=quote.currency
        )
    return max(cents, card.least_cents)


def check_seen(quote: Quote, seen_cents: int | None) -> None:
    """Raises PriceMoved where it costs more than the price that was seen; None: nobody looked at one."""
    if seen_cents is not None and quote.total_cents > seen_cents:
        raise no.PriceMoved(total_cents=quote.total_cents, seen_cents=seen_cents, currency=quote.currency)


async def check_activity(
    reservation: Reservation, member: Member, resource: Any, begins_at: datetime
) -> None:
    """A change leaves the Activity's part as it is: raises what it says of the new time, after its end or in a month
    that is spent. Whoever was taken off it meanwhile spends nothing by this, and is not asked about."""
    assert reservation.activity_id is not None
    activity, person = await budgets.paying_for(member.id, reservation.activity_id)
    zone, spent = resource.venue.zone, 0
    if person and person.month_limit_cents is not None:
        spent = await spent_in_month(member, activity, begins_at, zone, without=reservation.id)
    kept = Payment(reservation.paid_currency, reservation.paid_cents, reservation.rate)
    for refusal in budgets.objections(
        activity,
        person,
        kept,
        begins_at=begins_at,
        zone=zone,
        spent_this_month_cents=spent,
        freed_cents=kept.amount_cents,
    ):
        raise refusal


async def spent_in_month(
    member: Member, activity: Activity, begins_at: datetime, zone: str, *, without: UUID | None
) -> int:
    """What this member's bookings on the Activity cost in the local month of `begins_at`, in its currency."""
    first = local(begins_at, zone).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    query = Reservation.filter(
        member_id=member.id,
        activity_id=activity.id,
        begins_at__gte=day_span(first, zone).begins_at,
        begins_at__lt=day_span(following, zone).begins_at,
        state__in=[*LIVE, "cancelled"],
    )
    if without is not None:
        query = query.exclude(id=without)
    rows = await query.values_list("state", "paid_cents")
    return sum(paid for _state, paid in rows)
