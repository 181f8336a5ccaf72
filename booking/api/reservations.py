"""Reservations: the list, one of them, reserving, changing and cancelling."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

import settings
from booking import i18n, members, occupancy, payments, places, reservations
from booking.api import paging
from booking.api.operations import Call, Made
from booking.api.places import span_of
from booking.api.problems import BASE, Invalid
from booking.api.quotes import Price, price_told
from booking.api.shapes import Asked, Instant, Line, Paged, Text, Told
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.pricing import Quote
from booking.reservations import ByCard, Reservation

State = Literal["held", "confirmed", "cancelled", "declined", "expired"]
ID_MAX = 2**31 - 1


class ReservationsAsked(Paged):
    begins_from: Instant | None = Field(None, description="Only those that begin then or later.")
    begins_until: Instant | None = Field(None, description="Only those that begin earlier.")
    state: list[State] = Field(default=[], description="Only those in one of these states.", max_length=5)
    venue: Line | None = Field(None, max_length=80, description="For hosts: all of this venue, not your own.")


class ReservationWish(Asked):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "resource_id": 12,
                    "begins_at": "2026-11-24T10:00:00+01:00",
                    "ends_at": "2026-11-24T12:00:00+01:00",
                    "activity_id": 3,
                    "people": 4,
                    "title": "Planning",
                }
            ]
        }
    )

    resource_id: int = Field(ge=0, le=ID_MAX)
    begins_at: Instant
    ends_at: Instant
    activity_id: int | None = Field(None, ge=0, le=ID_MAX, description="The Activity that pays.")
    payment: Literal["card"] | None = Field(
        None,
        description="“card”: your own card pays, alone or what the Activity does not cover. The reservation is held, "
        "and `card.payment_url` is the page on which it is paid.",
    )
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500, description="How many, of a pool.")
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    seen_cents: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="The `total_cents` of the quote you were shown: where it costs more by now, nothing is booked.",
    )
    member_email: Line | None = Field(
        None, max_length=254, description="For hosts of the venue: the member it is booked for."
    )


class ReservationChange(Asked):
    """What is named changes; the rest stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ends_at": "2026-11-24T13:00:00+01:00"}]})

    begins_at: Instant | None = None
    ends_at: Instant | None = None
    people: int | None = Field(None, ge=1, le=5000)
    quantity: int | None = Field(None, ge=1, le=500)
    title: Line | None = Field(None, max_length=120)
    note: Text | None = Field(None, max_length=1000)
    seen_difference_cents: int | None = Field(
        None,
        ge=-(10**12),
        le=10**12,
        description="The `difference_cents` of the quote you were shown: where it is more by now, nothing changes.",
    )


class CancelWish(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The client moved the meeting"}]})

    reason: Line = Field("", max_length=500, description="Needed where the house cancels for a member.")


class PayWish(Asked):
    """Nothing to say yet: an empty object."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class Cancelling(Told):
    """What cancelling would cost at this moment, in the reservation's currency."""

    allowed: bool
    free_until: datetime
    fee_cents: int
    back_cents: int


class CardTold(Told):
    """What a card pays of the price. Once it is paid, the state says so: the reservation is confirmed."""

    cents: int = Field(description="In the currency of the price.")
    payment_url: str | None = Field(
        description="Where it is paid, for its member while it is held; POST to `/payment` opens it. Not in lists."
    )
    pay_until: datetime | None = Field(description="The time is held so long.")


class ReservationTold(Told):
    """A member's claim on a resource for a time span. Instants are UTC; `zone` is the venue's."""

    id: UUID
    href: str
    page: str = Field(description="Its page, for people.")
    state: State
    held_until: datetime | None
    resource_id: int
    resource_name: str
    venue: str = Field(description="The key of the venue.")
    venue_name: str
    zone: str
    begins_at: datetime
    ends_at: datetime
    people: int
    quantity: int
    title: str = Field(description="Empty for those who only pay for it.")
    note: str = Field(description="Empty for those who only pay for it.")
    member_name: str
    activity_id: int | None
    price: Price
    fee_cents: int = Field(description="What cancelling it cost.")
    paid_currency: str
    paid_cents: int
    card: CardTold | None = Field(description="None where no card pays.")
    cancelling: Cancelling
    reason: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    created_at: datetime
    revised_at: datetime
    sequence: int = Field(description="Grows with each change of time, place or cancellation.")


class Reservations(Told):
    """One part of the list of reservations."""

    items: list[ReservationTold]
    next: str | None = Field(description="The address of the next part.")
    next_cursor: str | None


async def list_reservations(call: Call) -> Reservations:
    """Your own reservations by beginning, past ones too; or, for its hosts, all of a venue."""
    wish: ReservationsAsked = call.query
    behind = paging.after(call.request, wish.cursor)
    venue = await places.venue(wish.venue) if wish.venue is not None else None
    rows = await reservations.listed(
        call.member,
        call.at,
        venue=venue,
        begins_from=wish.begins_from,
        begins_until=wish.begins_until,
        states=wish.state,
        after=(datetime.fromisoformat(behind[0]), UUID(behind[1])) if behind else None,
        most=wish.limit + 1,
    )
    cursor = address = None
    if len(rows) > wish.limit:
        last = rows[wish.limit - 1]
        cursor = paging.cursor_for(call.request, [last.begins_at.isoformat(), str(last.id)])
        address = paging.next_url(call.request, cursor)
    items = [await reservation_told(call, row) for row in rows[: wish.limit]]
    return Reservations(items=items, next=address, next_cursor=cursor)


async def show_reservation(call: Call) -> ReservationTold:
    """One reservation: your own, one you booked for somebody, one your Activity pays, or one of a house you host."""
    found = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    url = None
    if found.waits_for_card and found.member_id == call.member.id:
        url = await payments.open_address(found.id, at=call.at)
    return await reservation_told(call, found, url)


async def reserve(call: Call) -> Made:
    """Take a resource. It is confirmed at once, or held where a host has to agree first."""
    wish: ReservationWish = call.body
    span = span_of(wish)
    resource, for_member = await places.resource(wish.resource_id), None
    if wish.member_email is not None:
        if not (await call.roles()).hosts(resource.venue):
            raise NotFound
        for_member = await members.by_email(wish.member_email)
        if for_member is None:
            raise Invalid({"member_email": [_("Nobody here has this e-mail address.")]})
        if wish.payment:
            raise Invalid({"payment": [_("Only the holder of a card can pay with it.")]})
    who = f"member:{(for_member or call.member).id}"
    try:
        done = await reservations.reserve(
            call.new_id(),
            resource.id,
            span,
            by=call.member,
            at=call.at,
            activity_id=wish.activity_id,
            card=_card(wish, resource) if wish.payment else None,
            for_member=for_member,
            people=wish.people,
            quantity=wish.quantity,
            title=wish.title,
            note=wish.note,
            seen_cents=wish.seen_cents,
        )
    except Refused as refusal:
        occupancy.note(resource, span, [refusal], who=who, at=call.at)
        raise
    occupancy.note(resource, span, occupancy.BOOKED, who=who, at=call.at)
    url = None
    if done.waits_for_card:
        # Without an answer of Stripe's it is held all the same, and the page can be asked for again.
        with suppress(payments.NoAnswer), payments.while_somebody_waits():
            url = await payments.checkout(done.id, at=call.at)
    told = await show(call, done.id, url)
    return Made(told, told.href)


def _card(wish: ReservationWish, resource: Any) -> ByCard:
    """How a card pays there. Raises Invalid where cards are off."""
    rest = wish.activity_id is not None
    card = payments.by_card(resource.venue.entity, resource.venue.currency, rest=rest)
    if card is None:
        raise Invalid({"payment": [_("Cards are not taken here. Please choose an Activity.")]})
    return card


async def pay(call: Call) -> ReservationTold:
    """The page on which a held reservation is paid by card: the one that is open, or a new one."""
    found = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    if call.member.id != found.member_id:
        raise NotFound
    with payments.while_somebody_waits():
        url = await payments.checkout(found.id, at=call.at)
    return await show(call, found.id, url)


async def change(call: Call) -> ReservationTold:
    """Move, extend or shorten a reservation, or change its people and its words; its price is settled anew."""
    wish: ReservationChange = call.body
    known = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    span = None
    if wish.begins_at or wish.ends_at:
        begins_at, ends_at = wish.begins_at or known.begins_at, wish.ends_at or known.ends_at
        span = span_of(wish.model_copy(update={"begins_at": begins_at, "ends_at": ends_at}))
    await reservations.change(
        known.id,
        by=call.member,
        at=call.at,
        span=span,
        people=wish.people,
        quantity=wish.quantity,
        title=wish.title,
        note=wish.note,
        seen_more_cents=wish.seen_difference_cents,
    )
    return await show(call, known.id)


async def cancel(call: Call) -> ReservationTold:
    """Cancel a reservation: free until the terms' moment, then for the fee. Cancelling again changes nothing."""
    wish: CancelWish = call.body
    await reservations.cancel(call.path["reservation_id"], by=call.member, at=call.at, reason=wish.reason)
    return await show(call, call.path["reservation_id"])


async def show(call: Call, id: UUID, payment_url: str | None = None) -> ReservationTold:
    found = await reservations.visible(id, by=call.member, at=call.at)
    return await reservation_told(call, found, payment_url)


async def reservation_told(call: Call, found: Reservation, payment_url: str | None = None) -> ReservationTold:
    """A reservation with everything around it, as this member may see it."""
    own = call.member.id in (found.member_id, found.booked_by_id)
    hosts = (await call.roles()).hosts(found.venue)
    cost = reservations.cancel_offer(found, call.at, by_venue=hosts and call.member.id != found.member_id)
    return ReservationTold(
        id=found.id,
        href=f"{settings.BASE_URL}{BASE}/reservations/{found.id}",
        page=f"{settings.BASE_URL}/reservations/{found.id}",
        state=found.state,  # type: ignore[arg-type]
        held_until=found.held_until,
        resource_id=found.resource_id,
        resource_name=i18n.name_of(found.resource),
        venue=found.venue.key,
        venue_name=i18n.name_of(found.venue),
        zone=found.venue.zone,
        begins_at=found.begins_at,
        ends_at=found.ends_at,
        people=found.people,
        quantity=found.quantity,
        title=found.title if own or hosts else "",
        note=found.note if own or hosts else "",
        member_name=found.member.name,
        activity_id=found.activity_id,
        price=price_told(Quote.from_json(found.quote)),
        fee_cents=found.fee_cents,
        paid_currency=found.paid_currency,
        paid_cents=found.paid_cents,
        card=CardTold(
            cents=found.card_cents,
            payment_url=payment_url,
            pay_until=found.held_until if found.waits_for_card else None,
        )
        if found.card_cents
        else None,
        cancelling=Cancelling(
            allowed=cost.allowed and (own or hosts),
            free_until=cost.free_until,
            fee_cents=cost.fee_cents,
            back_cents=cost.back_cents,
        ),
        reason=found.reason if own or hosts else "",
        checked_in_at=found.checked_in_at,
        checked_out_at=found.checked_out_at,
        created_at=found.created_at,
        revised_at=found.revised_at,
        sequence=found.sequence,
    )
