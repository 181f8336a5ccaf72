"""What a booking, or a change of one, would cost, and every rule that would say no."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from booking import occupancy, payments, places, pricing, reservations
from booking.api.operations import Call
from booking.api.places import span_of
from booking.api.problems import Instead, instead, plain, title_of
from booking.api.shapes import Asked, Instant, Number, Told
from booking.errors import NotFound, Refused
from booking.reservations import Offer
from booking.timespan import TimeSpan


class QuoteAsked(Asked):
    begins_at: Instant
    ends_at: Instant
    people: Number = Field(1, ge=1, le=5000)
    quantity: Number = Field(1, ge=1, le=500, description="How many, of a pool.")
    activity_id: Number | None = Field(None, ge=0, le=2**31 - 1, description="The Activity that would pay.")


class ChangeAsked(Asked):
    begins_at: Instant
    ends_at: Instant
    people: Number | None = Field(None, ge=1, le=5000)
    quantity: Number | None = Field(None, ge=1, le=500)


class PriceLine(Told):
    """One line: so many hours (in minutes), half-days or days at a price each, VAT not included."""

    code: str = Field(description="hour, half_day or day")
    quantity: float = Field(description="Minutes for hour, else pieces.")
    unit_cents: int
    amount_cents: int


class Price(Told):
    """A price in minor units of its currency: the lines sum to the net, net and VAT to the total."""

    currency: str
    lines: list[PriceLine]
    net_cents: int
    vat_basis_points: int = Field(description="2100 is 21 %.")
    vat_cents: int
    total_cents: int


class TermsTold(Told):
    """Cancelling costs nothing before `free_until`, then so many ten-thousandths of the total."""

    free_until: datetime
    late_fee_basis_points: int
    no_show_fee_basis_points: int


class Pays(Told):
    """What the Activity would pay, in its own currency, and what it has left then."""

    activity_id: int
    currency: str
    paid_cents: int
    left_cents: int | None
    rate: str = Field(
        description="How much of its currency one unit of the price's buys; empty where both are the same."
    )


class RefusalTold(Told):
    """A rule that says no."""

    code: str
    title: str
    detail: str
    rule: str
    values: dict[str, str | int | bool | None]
    alternatives: list[Instead]


class Quote(Told):
    """The price and the terms at this moment. `bookable`: no rule says no. What is booked is asked again."""

    resource_id: int
    begins_at: datetime
    ends_at: datetime
    bookable: bool
    needs_approval: bool
    price: Price | None
    terms: TermsTold | None
    pays: Pays | None
    difference_cents: int = Field(description="For a change: what it costs more (or less) than before.")
    card_cents: int = Field(
        description="For a dearer change of what your card has paid: what the card pays besides, before it is done."
    )
    refusals: list[RefusalTold]


async def quote(call: Call) -> Quote:
    """What it would cost to book the resource, which rules would say no, and what would work instead."""
    wish: QuoteAsked = call.query
    span, resource_id = span_of(wish), call.path["resource_id"]
    offer = await reservations.offer(
        resource_id,
        span,
        by=call.member,
        at=call.at,
        activity_id=wish.activity_id,
        people=wish.people,
        quantity=wish.quantity,
    )
    resource = await places.resource(resource_id)
    occupancy.note(resource, span, offer.refusals, who=f"member:{call.member.id}", at=call.at)
    if offer.refusals:
        # The first rule that says no is told with what would work instead, as reserving would.
        await reservations.with_alternatives(
            offer.refusals[0],
            resource,
            span,
            call.member,
            at=call.at,
            people=wish.people,
            quantity=wish.quantity,
        )
    return quote_told(offer, resource_id, span, activity_id=wish.activity_id)


async def change_quote(call: Call) -> Quote:
    """What moving, extending or shortening a booking would cost, and which rules would say no."""
    wish: ChangeAsked = call.query
    span = span_of(wish)
    found = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    own = call.member.id in (found.member_id, found.booked_by_id)
    if not own and not (await call.roles()).hosts(found.venue):
        raise NotFound  # who only pays for it does not change it
    offer = await reservations.change_offer(
        found,
        span,
        by=call.member,
        at=call.at,
        people=wish.people or found.people,
        quantity=wish.quantity or found.quantity,
    )
    card_cents = 0
    if payments.pays_difference(found, call.member, offer):
        # No rule says no: the change is held until the difference is paid.
        left = [each for each in offer.refusals if each.code != payments.DEARER_CODE]
        offer, card_cents = replace(offer, refusals=left), offer.difference_cents
    return quote_told(offer, found.resource_id, span, activity_id=found.activity_id, card_cents=card_cents)


def quote_told(
    offer: Offer, resource_id: int, span: TimeSpan, *, activity_id: int | None, card_cents: int = 0
) -> Quote:
    """An offer as a program reads it."""
    terms = offer.terms
    pays = None
    if activity_id is not None and offer.paid_currency:
        pays = Pays(
            activity_id=activity_id,
            currency=offer.paid_currency,
            paid_cents=offer.paid_cents,
            left_cents=offer.left_cents,
            rate=offer.rate,
        )
    return Quote(
        resource_id=resource_id,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        bookable=not offer.refusals,
        needs_approval=offer.needs_approval,
        price=price_told(offer.quote) if offer.quote else None,
        terms=TermsTold(
            free_until=terms.free_until,
            late_fee_basis_points=terms.late_fee_basis_points,
            no_show_fee_basis_points=terms.no_show_fee_basis_points,
        )
        if terms
        else None,
        pays=pays,
        difference_cents=offer.difference_cents,
        card_cents=card_cents,
        refusals=[_refusal(each) for each in offer.refusals],
    )


def price_told(found: pricing.Quote) -> Price:
    return Price(
        currency=found.currency,
        lines=[
            PriceLine(
                code=line.code,
                quantity=float(line.quantity),
                unit_cents=line.unit_cents,
                amount_cents=line.amount_cents,
            )
            for line in found.lines
        ],
        net_cents=found.net_cents,
        vat_basis_points=found.vat_basis_points,
        vat_cents=found.vat_cents,
        total_cents=found.total_cents,
    )


def _refusal(refusal: Refused) -> RefusalTold:
    values: dict[str, Any] = dict(refusal.values)
    return RefusalTold(
        code=refusal.code,
        title=title_of(refusal.code),
        detail=refusal.sentence,
        rule=refusal.rule_sentence,
        values=plain(values),
        alternatives=[instead(each) for each in refusal.alternatives],
    )
