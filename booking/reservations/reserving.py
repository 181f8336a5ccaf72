"""Reserving: lock, check, write, in one transaction; the price and the terms are copied onto the reservation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from booking import budgets, db, events, i18n, places, pricing, records
from booking.errors import Busy, NotFound, Refused
from booking.members import roles
from booking.members.models import Member
from booking.places import Resource
from booking.pricing import Quote, Terms
from booking.reservations import alternatives, asking, claiming, reading, rules
from booking.reservations import refusals as no
from booking.reservations.deciding import expire_overdue, overdue_asked
from booking.reservations.models import Reservation
from booking.reservations.parts import Part, told_together
from booking.reservations.shares import ByCard
from booking.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form shows before anything is booked.

    `left_cents` is what the Activity has left after; `card_cents` (venue's currency) what a card pays of the price.
    """

    quote: Quote | None
    terms: Terms | None
    paid_cents: int
    paid_currency: str
    rate: str
    available_cents: int | None
    left_cents: int | None
    card_cents: int
    difference_cents: int
    needs_approval: bool
    refusals: list[Refused]


async def reserve(
    id: UUID,
    resource_id: int,
    span: TimeSpan,
    *,
    by: Member,
    at: datetime,
    activity_id: int | None = None,
    card: ByCard | None = None,
    for_member: Member | None = None,
    people: int = 1,
    quantity: int = 1,
    title: str = "",
    note: str = "",
    company: str = "",
    vat_number: str = "",
    seen_cents: int | None = None,
    overrides: Iterable[str] = (),
    override_reason: str = "",
    walk_in: bool = False,
    resource: Resource | None = None,
) -> Reservation:
    """Take the resource for the member, or raise Refused with the reason and the nearest thing that works.

    The member and the units are locked before anything is checked, so whoever comes second sees what the first one
    did. An Activity pays in the same transaction and the reservation is confirmed, or held where a host must approve.
    With a `card` it is held for the payment, the Activity's part being reserved meanwhile. The same id again returns
    the first result; somebody else's id is NotFound. `for_member` is booked for by a host or manager of the venue;
    `overrides` are rules set aside, which only managers may; `override_reason` is written down with them. `walk_in`:
    they stand before it, so it begins at this minute and on no step of the clock. `company` and `vat_number` go onto
    its receipts. `seen_cents` is the price that was seen (venue's currency): PriceMoved where it costs more by now.
    `resource`, where the caller has just read it by `places.resource`, is not read again, as the locks show whether it
    still is so. What is given back comes with its resource, venue, member, who booked it, and Activity.
    """
    in_the_way = overdue_asked(resource_id, at)
    if resource:
        unit_ids, [overdue] = resource.unit_ids, await db.answers(in_the_way)
    else:
        resource, unit_ids, [overdue] = await places.with_units_and(resource_id, in_the_way)
    member = for_member or by
    await expire_overdue(at, overdue=overdue)
    try:
        return await claiming.again_if_changed(
            resource,
            unit_ids,
            _reserve,
            id,
            span,
            by=by,
            member=member,
            at=at,
            activity_id=activity_id,
            card=card,
            people=people,
            quantity=quantity,
            title=title,
            note=note,
            company=company,
            vat_number=vat_number,
            seen_cents=seen_cents,
            overrides=frozenset(overrides),
            override_reason=override_reason,
            walk_in=walk_in,
        )
    except IntegrityError as error:
        guard = db.violated(error)
        if guard == "claim_no_overlap":
            refusal: Refused = no.Taken(resource=i18n.name_of(resource))
        elif guard == "account_not_overdrawn":
            raise AssertionError("the ledger let more be pended than there is") from error
        elif await Reservation.exists(id=id):
            raise NotFound from error
        else:
            raise
    except Refused as said:
        refusal = said
    raise await alternatives.add(refusal, resource, span, member, at=at, people=people, quantity=quantity)


@db.atomic
async def _reserve(
    resource: Any,
    unit_ids: list[int],
    id: UUID,
    span: TimeSpan,
    *,
    by: Member,
    member: Member,
    at: datetime,
    activity_id: int | None,
    card: ByCard | None,
    people: int,
    quantity: int,
    title: str,
    note: str,
    company: str,
    vat_number: str,
    seen_cents: int | None,
    overrides: frozenset[str],
    override_reason: str,
    walk_in: bool,
    part: Part | None = None,
) -> Reservation:
    # The rules ask the fresh row: they may have been suspended since this request began.
    there = await db.lock(Member, [member.id])
    if not there:
        raise Busy  # a guest whom another host had asked, and who was taken back when that was refused
    [member] = there
    earlier, every_role, _locked = await db.answers(
        _earlier_asked(id), roles.every_asked(by), claiming.units_locked(unit_ids)
    )
    if earlier:
        if by.id not in (earlier[0].member_id, earlier[0].booked_by_id):
            raise NotFound
        return (await reading.whole([id]))[0]
    standing = await roles.active(by, at, every_role)
    if member.id != by.id and not standing.hosts(resource.venue):
        raise NotFound
    if overrides and not (standing.manages(resource.venue) and overrides <= rules.OVERRIDABLE):
        raise no.NotYoursToOverride()
    [known] = await claiming.as_it_stands(
        resource, unit_ids, asking.known_asked(resource, span, member, activity_id=activity_id)
    )
    own = standing if member.id == by.id else None
    asked = await asking.question(
        resource,
        span,
        member,
        at=at,
        people=people,
        quantity=quantity,
        walk_in=walk_in,
        standing=own,
        known=known,
    )
    set_aside = rules.check(asked, overrides=overrides)
    chosen, moves = await claiming.choose(resource, unit_ids, span, quantity, at=at, taken=asked.plan.taken)
    given = "payment" in overrides
    price = await asking.price(
        resource,
        span,
        member,
        activity_id=activity_id,
        quantity=quantity,
        at=at,
        given=given,
        card=card,
        known=known,
    )
    asking.check_seen(price.quote, seen_cents)
    waits = resource.approval and not standing.hosts(resource.venue)
    state, held_for, held_until = "confirmed", "", None
    if price.card_cents and card:
        state, held_for, held_until = "held", "card" if waits else "payment", at + card.hold
    elif waits:
        state, held_for, held_until = "held", "approval", approval_deadline(resource, span, at)
    reservation = records.fresh(
        Reservation,
        id=id,
        member_id=member.id,
        booked_by_id=by.id,
        resource_id=resource.id,
        venue_id=resource.venue_id,
        activity_id=price.activity.id if price.activity else None,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        people=people,
        quantity=quantity,
        title=title,
        note=note,
        company=company,
        vat_number=vat_number,
        state=state,
        held_until=held_until,
        held_for=held_for,
        card_cents=price.card_cents,
        overrides=[*set_aside, *(["payment"] if given else [])],
        currency=price.quote.currency,
        net_cents=price.quote.net_cents,
        vat_basis_points=price.quote.vat_basis_points,
        vat_cents=price.quote.vat_cents,
        total_cents=price.quote.total_cents,
        quote=price.quote.to_json(),
        terms=price.terms.to_json(),
        paid_currency=price.payment.currency if price.payment else "",
        paid_cents=price.payment.amount_cents if price.payment else 0,
        rate=price.payment.rate if price.payment else "",
        uid=str(uuid4()),
        created_at=at,
        revised_at=at,
        **(part.columns if part else {}),
    )
    async with db.together():
        await reserve_money(reservation, resource, price, by_id=by.id, at=at)
        await claiming.write(reservation, resource, chosen, moves)
        await events.record(
            _event_of(state, held_for),
            reservation.subject,
            at=at,
            by_id=by.id,
            venue_id=resource.venue_id,
            member_id=member.id,
            after=facts(reservation),
            overrides=reservation.overrides,
            override_reason=override_reason[:500],
            **told_together(part.together if part else None),
        )
    around = {"resource": resource, "venue": resource.venue, "member": member, "booked_by": by}
    for name, one in {**around, "activity": price.activity}.items():
        records.attach(reservation, name, one)
    return reservation


def _earlier_asked(id: UUID) -> db.Asked[list[Reservation]]:
    """The reservation that the same request has made before."""
    sql = "SELECT * FROM reservation WHERE id = ?"
    return db.Asked(((sql, id),), lambda rows: db.made(Reservation, rows))


def _event_of(state: str, held_for: str) -> str:
    if state == "confirmed":
        return "reservation.confirmed"
    # The house is asked once the card has been given.
    return "reservation.held" if held_for == "approval" else "reservation.awaits_payment"


async def reserve_money(
    reservation: Reservation, resource: Any, price: asking.Price, *, by_id: int, at: datetime
) -> None:
    """Pend the reservation's price on its Activity; the caller writes the row, with `pend_id`."""
    if price.activity is None or price.payment is None:
        return
    pend = await budgets.reserve_money(
        f"{reservation.id}:{reservation.revision}",
        price.activity,
        price.person,
        price.payment,
        begins_at=reservation.begins_at,
        zone=resource.venue.zone,
        subject=reservation.subject,
        spent_this_month_cents=price.spent_this_month_cents,
        at=at,
        by_id=by_id,
        note=f"{resource.name}, {resource.venue.name}"[:200],
        due=price.due,
    )
    reservation.pend_id = pend.id if pend else None


async def offer(
    resource_id: int,
    span: TimeSpan,
    *,
    by: Member,
    at: datetime,
    activity_id: int | None = None,
    card: ByCard | None = None,
    people: int = 1,
    quantity: int = 1,
    walk_in: bool = False,
) -> Offer:
    """The live quote: price, terms, what the Activity has left after, and every rule that would say no.

    Reads only, raises nothing but NotFound; what it shows is checked again under the locks when it is booked.
    """
    resource = await places.resource(resource_id)
    asked = await asking.question(
        resource, span, by, at=at, people=people, quantity=quantity, walk_in=walk_in
    )
    found = rules.objections(asked)
    if not found:
        unit_ids = (await places.units_of([resource_id])).get(resource_id, [])
        try:
            await claiming.choose(resource, unit_ids, span, quantity, at=at, taken=asked.plan.taken)
        except Refused as taken:
            found.append(taken)
    return await offered(
        resource,
        span,
        by,
        activity_id=activity_id,
        card=card,
        quantity=quantity,
        at=at,
        found=found,
        hosts=asked.hosts,
    )


async def offered(
    resource: Any,
    span: TimeSpan,
    by: Member,
    *,
    activity_id: int | None,
    quantity: int,
    at: datetime,
    found: list[Refused],
    hosts: bool,
    card: ByCard | None = None,
    changing: Reservation | None = None,
) -> Offer:
    """The offer once the rules have answered."""
    price: asking.Price | None = None
    try:
        price = await asking.price(
            resource,
            span,
            by,
            activity_id=activity_id,
            quantity=quantity,
            at=at,
            card=card,
            changing=changing,
        )
    except (no.PaymentNeeded, no.TooLittleForCard) as refusal:
        price = await asking.price(
            resource, span, by, activity_id=None, quantity=quantity, at=at, given=True, changing=changing
        )
        quote = await _quote_alone(resource, span, by, quantity)
        found = [*found, refusal]
        return _offer(quote, price.terms, None, None, resource, hosts, found, changing)
    except Refused as refusal:
        return _offer(None, None, None, None, resource, hosts, [*found, refusal], changing)
    if price.activity and price.payment:
        account = price.activity.account
        # What the booking has reserved or paid so far covers its new price first.
        freed = changing.paid_cents if changing and changing.pend_id else 0
        left = account.available_cents + freed - price.payment.amount_cents
        found = found + budgets.objections(
            price.activity,
            price.person,
            price.payment,
            begins_at=span.begins_at,
            zone=resource.venue.zone,
            spent_this_month_cents=price.spent_this_month_cents,
            freed_cents=freed,
        )
        return _offer(price.quote, price.terms, price, left, resource, hosts, found, changing)
    return _offer(price.quote, price.terms, price, None, resource, hosts, found, changing)


async def _quote_alone(resource: Any, span: TimeSpan, by: Member, quantity: int) -> Quote:
    return await pricing.quote_for(resource, span, category=by.category, quantity=quantity)


def _offer(
    quote: Quote | None,
    terms: Terms | None,
    price: asking.Price | None,
    left_cents: int | None,
    resource: Any,
    hosts: bool,
    found: list[Refused],
    changing: Reservation | None,
) -> Offer:
    payment = price.payment if price else None
    before = changing.total_cents if changing else 0
    return Offer(
        quote=quote,
        terms=terms,
        paid_cents=payment.amount_cents if payment else 0,
        paid_currency=payment.currency if payment else "",
        rate=payment.rate if payment else "",
        available_cents=price.activity.account.available_cents if price and price.activity else None,
        left_cents=left_cents,
        card_cents=price.card_cents if price else 0,
        difference_cents=(quote.total_cents if quote else 0) - before,
        needs_approval=resource.approval and not hosts,
        refusals=found,
    )


def approval_deadline(resource: Any, span: TimeSpan, at: datetime) -> datetime:
    """A request waits as many hours as its resource says, three days mostly, and never into its own beginning."""
    return min(span.begins_at, at + timedelta(hours=resource.approval_hours))


def facts(reservation: Reservation) -> dict[str, Any]:
    """The part of a reservation that its history shows, as plain JSON."""
    return {
        "begins_at": reservation.begins_at.isoformat(),
        "ends_at": reservation.ends_at.isoformat(),
        "resource_id": reservation.resource_id,
        "people": reservation.people,
        "quantity": reservation.quantity,
        "state": reservation.state,
        "total_cents": reservation.total_cents,
        "currency": reservation.currency,
    }
