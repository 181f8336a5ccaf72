"""A reservation as a program reads it: everything around it that this member may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

import settings
from booking import i18n, payments, reservations
from booking.api.operations import Call
from booking.api.problems import BASE
from booking.api.quotes import Price, price_told
from booking.api.shapes import Told
from booking.pricing import Quote
from booking.reservations import ChangeHold, Reservation

State = Literal["held", "confirmed", "cancelled", "declined", "expired"]
ChangeState = Literal["held", "done", "given_up", "expired"]


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


class CardChange(Told):
    """The newest dearer change that a card pays besides. While it is held, the reservation stays as it was, and both
    times are kept; once it is paid, the reservation itself has the new time and price."""

    state: ChangeState = Field(
        description="held: waits for the payment; done: paid, and swapped in; given_up: let go, or the reservation "
        "went another way; expired: not paid in time. What was paid for a change that was lost goes back by itself."
    )
    begins_at: datetime
    ends_at: datetime
    people: int
    quantity: int
    price: Price = Field(description="Of the whole reservation, after the change.")
    cents: int = Field(description="The difference, which the card pays.")
    payment_url: str | None = Field(
        description="Where it is paid, for its member while it is held; POST to `/payment` opens it. Not in lists."
    )
    pay_until: datetime | None = Field(description="The new time is held so long.")


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
    card_change: CardChange | None = Field(description="None where no card was asked for a difference.")
    cancelling: Cancelling
    reason: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    created_at: datetime
    revised_at: datetime
    sequence: int = Field(description="Grows with each change of time, place or cancellation.")
    series_id: UUID | None = Field(description="The series it is one of.")
    series_on: date | None = Field(
        description="The date of the series that it stands for, wherever it was moved."
    )
    beside_id: UUID | None = Field(
        description="The reservation of the room with which this equipment was taken."
    )


class Reservations(Told):
    """One part of the list of reservations."""

    items: list[ReservationTold]
    next: str | None = Field(description="The address of the next part.")
    next_cursor: str | None


async def show(call: Call, id: UUID, payment_url: str | None = None) -> ReservationTold:
    """One reservation, with the address of the page that waits for its card. Raises NotFound."""
    found = await reservations.visible(id, by=call.member, at=call.at)
    change = (await reservations.last_changes([found.id])).get(found.id) if found.card_cents else None
    waits = change is not None and change.state == "held"
    if payment_url is None and (found.waits_for_card or waits) and found.member_id == call.member.id:
        change_id = change.id if change and waits else None
        payment_url = await payments.open_address(found.id, at=call.at, change_id=change_id)
    return await _told(call, found, change, payment_url)


async def shown(call: Call, found: Reservation) -> ReservationTold:
    """One that comes with what is around it, of somebody who may see it, and in which no card has a part."""
    assert not found.card_cents, "a card's part is asked for by `show`"
    return await _told(call, found, None)


async def all_told(call: Call, found: Sequence[Reservation]) -> list[ReservationTold]:
    """Many of them: without the addresses of payment pages."""
    changes = await reservations.last_changes([each.id for each in found if each.card_cents])
    return [await _told(call, each, changes.get(each.id)) for each in found]


def _change_told(found: Reservation, change: ChangeHold, payment_url: str | None) -> CardChange:
    held = change.state == "held"
    return CardChange(
        state=change.state,  # type: ignore[arg-type]
        begins_at=change.begins_at,
        ends_at=change.ends_at,
        people=change.wish.get("people", found.people),
        quantity=change.quantity,
        price=price_told(Quote.from_json(change.quote)),
        cents=change.card_cents,
        payment_url=payment_url if held else None,
        pay_until=change.held_until if held else None,
    )


async def _told(
    call: Call, found: Reservation, change: ChangeHold | None, payment_url: str | None = None
) -> ReservationTold:
    own = call.member.id in (found.member_id, found.booked_by_id)
    # To somebody whose own it is, their roles make no difference.
    hosts = call.member.id != found.member_id and (await call.roles()).hosts(found.venue)
    cost = reservations.cancel_offer(found, call.at, by_venue=hosts)
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
            payment_url=payment_url if found.waits_for_card else None,
            pay_until=found.held_until if found.waits_for_card else None,
        )
        if found.card_cents
        else None,
        card_change=_change_told(found, change, payment_url) if change else None,
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
        series_id=found.series_id,
        series_on=found.series_on,
        beside_id=found.beside_id,
    )
