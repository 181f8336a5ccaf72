"""What several at once would cost, and for each date that does not work: why, and what would. Reads only.

However many dates there are, the plans, the price lists and the member's standing are read once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from booking import availability, budgets, db, i18n, places
from booking.errors import Alternative, Refused
from booking.members.models import Member, MemberSkill
from booking.places import GROUP_OF, KINDS_BY_GROUP
from booking.pricing import Quote
from booking.reservations import asking, rules
from booking.reservations import refusals as no
from booking.reservations.alternatives import NOT_ABOUT_TIME
from booking.reservations.looking_several import Look, look_at, prices_of
from booking.reservations.planning import plans
from booking.reservations.several import ABOUT_THE_WHOLE, LEAVE_OUT, NEAREST, Choice, Wish, over_limit
from booking.timespan import TimeSpan, day_span, local, local_day

TIMES_MAX = 2
PLACES_MAX = 2
ROOMS_LOOKED_AT = 8


@dataclass(slots=True)
class PartOffer:
    """One reservation of several: what it takes, what it costs, and why it would be refused."""

    wish: Wish
    resource: Any
    quote: Quote | None = None
    refusal: Refused | None = None
    paid_cents: int = 0


@dataclass(slots=True)
class DateOffer:
    """A date: the room first, then what is taken along. `clash` is why it does not work as wished; `choice` what was
    settled for it instead, of the `alternatives` or to leave it out. `at_once`: by one choice for all such dates."""

    on: date
    parts: list[PartOffer]
    clash: Refused | None = None
    choice: Choice | None = None
    alternatives: list[Alternative] = field(default_factory=list)
    at_once: bool = False

    @property
    def left_out(self) -> bool:
        return self.choice is not None and self.choice.span is None

    @property
    def refusal(self) -> Refused | None:
        """Why it could not be booked as it stands now."""
        return None if self.left_out else next((part.refusal for part in self.parts if part.refusal), None)

    @property
    def total_cents(self) -> int:
        """Nothing where it could not be booked: then equipment is not taken without its room either."""
        return 0 if self.refusal else sum(part.quote.total_cents for part in self.parts if part.quote)


@dataclass(slots=True)
class SeveralOffer:
    """All of it: sums over the dates that would be booked, in the venue's currency and the Activity's own.

    `ways` has for each choice that settles all dates which do not work (LEAVE_OUT, NEAREST) how many dates would then
    be booked, and their sum.
    """

    dates: list[DateOffer]
    currency: str
    total_cents: int = 0
    paid_cents: int = 0
    paid_currency: str = ""
    rate: str = ""
    available_cents: int | None = None
    needs_approval: bool = False
    refusals: list[Refused] = field(default_factory=list)
    ways: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def left_cents(self) -> int | None:
        return None if self.available_cents is None else self.available_cents - self.paid_cents

    @property
    def booked(self) -> list[DateOffer]:
        """The dates that would be booked."""
        return [each for each in self.dates if not each.left_out]

    @property
    def open_clashes(self) -> list[DateOffer]:
        """The dates for which something must still be chosen."""
        return [each for each in self.dates if each.refusal is not None]


async def offer_several(
    wanted: Sequence[Wish],
    *,
    by: Member,
    at: datetime,
    activity_id: int | None = None,
    chosen: Mapping[date, Choice] | None = None,
    by_card: bool = False,
    overrides: frozenset[str] = frozenset(),
    clashing: str = "",
) -> SeveralOffer:
    """The live quote of several at once: each date with its price or its clash, and one total.

    `wanted` are the wishes as they were first, `chosen` what was settled for dates that do not work, `clashing` what
    for all others of them: LEAVE_OUT or NEAREST. Raises NotFound for an unknown resource, one of another house, and
    somebody else's Activity.
    """
    chosen = chosen or {}
    look = await look_at(wanted, chosen, by, at)
    resource = look.resources[wanted[0].resource_id]
    found: list[DateOffer] = []
    for main in (each for each in wanted if each.beside_id is None):
        along = [each for each in wanted if each.beside_id == main.id]
        found.append(_date(look, main, along, chosen.get(main.on), overrides))
    rooms: list[Any] | None = None
    for each in found:
        if each.clash is None or isinstance(each.clash, NOT_ABOUT_TIME):
            continue
        if rooms is None:
            rooms = await _like(look, resource, wanted)
        wish = next(one for one in wanted if one.on == each.on and one.beside_id is None)
        each.alternatives = _alternatives(look, wish, rooms)
    ways = {}
    for way in (LEAVE_OUT, NEAREST) if any(each.refusal for each in found) else ():
        settled = _at_once(look, wanted, found, way, overrides)
        booked = [each for each in settled if not each.left_out]
        ways[way] = len(booked), sum(each.total_cents for each in booked)
        if way == clashing:
            chosen_now = settled
    if ways and clashing in ways:
        found = chosen_now
    offer = SeveralOffer(
        found,
        currency=resource.venue.currency,
        total_cents=sum(each.total_cents for each in found),
        needs_approval=resource.approval and not look.standing.hosts(resource.venue),
        ways=ways,
    )
    await _money(offer, look, activity_id, by_card=by_card, given="payment" in overrides)
    if clashing:
        # What the Activity says no to, as it ends before that date, is left out too.
        offer.dates = [_left_out(each) if each.refusal else each for each in offer.dates]
    return offer


def _at_once(
    look: Look, wanted: Sequence[Wish], found: Sequence[DateOffer], way: str, overrides: frozenset[str]
) -> list[DateOffer]:
    """Every date that does not work settled by one choice; what has no other hour or room is left out.

    The dates that work have taken their places before, so none loses its own to another one's substitute.
    """
    before = {id: list(spans) for id, spans in look.own.items()}, dict(look.upcoming)
    settled = []
    for each in found:
        now = _left_out(each) if each.refusal else each
        main = next(one for one in wanted if one.on == each.on and one.beside_id is None)
        # For an hour that the clocks skip nothing was asked that goes along.
        lost = main.span is None and any(one.beside_id for one in wanted)
        for other in each.alternatives if each.refusal and way == NEAREST and not lost else ():
            along = [one for one in wanted if one.beside_id == main.id]
            tried = _date(look, main, along, choice_of(other), overrides)
            if tried.refusal is None:
                now = replace(tried, clash=each.clash, alternatives=each.alternatives, at_once=True)
                break
        settled.append(now)
    look.own, look.upcoming = before
    return settled


def _left_out(each: DateOffer) -> DateOffer:
    resource_id = each.parts[0].wish.resource_id
    return replace(
        each, parts=[], clash=each.refusal or each.clash, choice=Choice(resource_id, None), at_once=True
    )


def choice_of(way: Alternative) -> Choice:
    """The choice that takes this way."""
    assert way.resource_id is not None
    assert way.begins_at is not None
    assert way.ends_at is not None
    return Choice(way.resource_id, TimeSpan(way.begins_at, way.ends_at))


def _date(
    look: Look,
    main: Wish,
    along: Sequence[Wish],
    choice: Choice | None,
    overrides: frozenset[str],
) -> DateOffer:
    """One date, with what was settled for it."""

    def said(wish: Wish) -> Refused | None:
        refusal = look.refusal(wish)
        return None if refusal and rules.RULE_OF.get(refusal.code) in overrides else refusal

    clash = said(main)
    if choice is not None and choice.span is not None:
        now = replace(main, resource_id=choice.resource_id, span=choice.span, missing=None)
    else:
        now = main
    offer = DateOffer(main.on, [], clash, choice)
    if offer.left_out:
        return offer
    if choice and choice.alone:
        along = []
    parts = [now, *(replace(each, span=now.span) for each in along)]
    for wish in parts:
        part = PartOffer(wish, look.resources[wish.resource_id])
        part.refusal = clash if wish is main else said(wish)
        if part.refusal is None:
            try:
                part.quote = look.quote(wish)
            except Refused as unpriced:
                part.refusal = unpriced
        offer.parts.append(part)
    if offer.refusal is None:
        for wish in parts:
            look.take(wish)
    else:
        offer.clash = offer.clash or offer.refusal
    return offer


async def _like(look: Look, resource: Any, wanted: Sequence[Wish]) -> list[Any]:
    """Other rooms of the house, the most alike first, with their plans and prices."""
    rows = await db.rows(
        f"SELECT r.id FROM resource r WHERE r.venue_id = ? AND r.published AND r.id <> ? AND {db.among('r.kind')} "
        "ORDER BY r.kind <> ?, ABS(COALESCE(r.capacity_people, 0) - ?), r.id LIMIT ?",
        resource.venue_id,
        resource.id,
        db.many(KINDS_BY_GROUP[GROUP_OF[resource.kind]]),
        resource.kind,
        resource.capacity_people or 0,
        ROOMS_LOOKED_AT,
    )
    order = [row["id"] for row in rows]
    rooms = {each.id: each for each in await places.by_ids(order)}
    new = {id: room for id, room in rooms.items() if id not in look.resources}
    if new:
        window = look.plans[resource.id].window
        look.resources |= new
        look.plans |= await plans(list(new.values()), window, language=i18n.language())
        look.prices = await prices_of(look, look.resources, look.prices)
        if any(each.skill_id for each in new.values()) and not look.skills:
            look.skills = await MemberSkill.filter(member_id=look.member.id)
    # A quota of another room was not counted, and a question of it is no substitute.
    return [rooms[id] for id in order if rooms[id].quota is None]


def _alternatives(look: Look, wish: Wish, rooms: Sequence[Any]) -> list[Alternative]:
    """Another hour of the same room that day, and other rooms at the same hour, each with its price."""
    resource = look.resources[wish.resource_id]
    zone = resource.venue.zone
    whole_day = day_span(wish.on, zone)
    found: list[Alternative] = []
    near = wish.span
    if near is None:
        begins = whole_day.begins_at + timedelta(hours=2)
        near = TimeSpan(begins, begins + timedelta(minutes=max(resource.shortest_minutes, 60)))
    window = rules.bookable_window(resource, look.at)
    part = window.intersection(whole_day) if window else None
    free = [
        span for each in look.free_of(resource, wish.quantity) if part and (span := each.intersection(part))
    ]
    times = availability.nearest(
        free, near, raster_minutes=resource.raster_minutes, zone=zone, most=TIMES_MAX + 2
    )
    for span in times:
        other = replace(wish, span=span, missing=None)
        if len(found) < TIMES_MAX and look.refusal(other) is None:
            found.append(_alternative("time", look, other))
    places_found = 0
    if wish.span is not None:
        for room in rooms:
            other = replace(wish, resource_id=room.id)
            if places_found < PLACES_MAX and look.refusal(other) is None:
                found.append(_alternative("place", look, other))
                places_found += 1
    return found


def _alternative(kind: str, look: Look, wish: Wish) -> Alternative:
    resource, quote = look.resources[wish.resource_id], None
    with contextlib.suppress(Refused):  # shown without a price; the choice will say why
        quote = look.quote(wish)
    assert wish.span is not None
    return Alternative(
        kind=kind,
        resource_id=resource.id,
        resource_name=i18n.name_of(resource),
        venue_name=i18n.name_of(resource.venue),
        begins_at=wish.span.begins_at,
        ends_at=wish.span.ends_at,
        zone=resource.venue.zone,
        values={"total_cents": quote.total_cents, "currency": quote.currency} if quote else {},
    )


async def _money(
    offer: SeveralOffer, look: Look, activity_id: int | None, *, by_card: bool, given: bool
) -> None:
    """Who pays, and what their budget says of the whole."""
    if given:
        offer.total_cents = 0
        for each in offer.dates:
            for part in each.parts:
                part.quote = None
        return
    if activity_id is None:
        if offer.total_cents:
            offer.refusals.append(
                no.SeriesByCard()
                if by_card
                else no.PaymentNeeded(total_cents=offer.total_cents, currency=offer.currency)
            )
        return
    activity, person = await budgets.open_to(look.member.id, activity_id)
    zone = next(iter(look.resources.values())).venue.zone
    today = local_day(look.at, zone)
    offer.paid_currency = activity.account.currency
    offer.available_cents = activity.account.available_cents
    known: dict[int, budgets.Payment] = {}
    months: dict[tuple[int, int], tuple[datetime, int]] = {}
    for each in [one for one in offer.booked if one.refusal is None]:
        for part in each.parts:
            if part.quote is None or part.wish.span is None:
                continue
            try:
                budgets.check_open(activity, part.wish.span.begins_at, zone)
                cents = part.quote.total_cents
                if cents not in known:
                    known[cents] = await budgets.price_in(activity, cents, offer.currency, today)
            except Refused as said:
                if said.code in ABOUT_THE_WHOLE or activity.closed_at:
                    offer.refusals.append(said)
                    return
                part.refusal, each.clash = said, each.clash or said
                offer.total_cents -= part.quote.total_cents
                part.quote = None
                continue
            payment = known[cents]
            part.paid_cents, offer.rate = payment.amount_cents, payment.rate
            offer.paid_cents += payment.amount_cents
            first = local(part.wish.span.begins_at, zone)
            begun, so_far = months.get((first.year, first.month), (part.wish.span.begins_at, 0))
            months[first.year, first.month] = begun, so_far + payment.amount_cents
    if refusal := over_limit(person, offer.paid_cents, offer.paid_currency):
        offer.refusals.append(refusal)
    elif person.month_limit_cents is not None:
        for begins_at, cents in months.values():
            spent = await asking.spent_in_month(look.member, activity, begins_at, zone, without=None)
            if refusal := over_limit(person, spent + cents, offer.paid_currency, per_month=True):
                offer.refusals.append(refusal)
                break
    if offer.paid_cents > activity.account.available_cents:
        whole = budgets.Payment(offer.paid_currency, offer.paid_cents, offer.rate)
        offer.refusals.append(budgets.too_little(activity, whole, activity.account.available_cents))
