"""Reservations: the list, one of them, reserving, changing and cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from booking import members, occupancy, payments, places, reservations
from booking.api import paging
from booking.api.operations import Accepted, Call, Made
from booking.api.places import span_of
from booking.api.problems import Invalid
from booking.api.reservation_told import Reservations, ReservationTold, State, all_told, show, shown
from booking.api.shapes import Asked, Instant, Line, Paged, Text
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members import Member
from booking.reservations import ByCard, Extra, Reservation
from booking.reservations.refusals import SeriesByCard
from booking.timespan import TimeSpan, local_day

ID_MAX = 2**31 - 1


class ReservationsAsked(Paged):
    begins_from: Instant | None = Field(None, description="Only those that begin then or later.")
    begins_until: Instant | None = Field(None, description="Only those that begin earlier.")
    state: list[State] = Field(default=[], description="Only those in one of these states.", max_length=5)
    venue: Line | None = Field(None, max_length=80, description="For hosts: all of this venue, not your own.")


class AlongWish(Asked):
    """Equipment of the same house, for the same time."""

    resource_id: int = Field(ge=0, le=ID_MAX)
    quantity: int = Field(1, ge=1, le=500)


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
    along: list[AlongWish] = Field(
        default=[],
        max_length=10,
        description="Equipment taken along, each a reservation of its own beside this one: all of it or nothing.",
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


class LetGoWish(Asked):
    """Nothing to say: an empty object."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


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
    items = await all_told(call, rows[: wish.limit])
    return Reservations(items=items, next=address, next_cursor=cursor)


async def show_reservation(call: Call) -> ReservationTold:
    """One reservation: your own, one you booked for somebody, one your Activity pays, or one of a house you host."""
    return await show(call, call.path["reservation_id"])


async def reserve(call: Call) -> Made:
    """Take a resource. It is confirmed at once, or held where a host has to agree first."""
    wish: ReservationWish = call.body
    span = span_of(wish)
    resource, for_member = None, None
    if wish.member_email is not None or wish.payment or wish.along:
        resource = await places.resource(wish.resource_id)
    if resource and wish.member_email is not None:
        if not (await call.roles()).hosts(resource.venue):
            raise NotFound
        for_member = await members.by_email(wish.member_email)
        if for_member is None:
            raise Invalid({"member_email": [_("Nobody here has this e-mail address.")]})
        if wish.payment:
            raise Invalid({"payment": [_("Only the holder of a card can pay with it.")]})
    who = f"member:{(for_member or call.member).id}"
    if wish.along:
        if wish.payment:
            raise SeriesByCard
        return await _with_equipment(call, wish, resource, span, for_member)
    try:
        done = await reservations.reserve(
            call.new_id(),
            wish.resource_id,
            span,
            by=call.member,
            at=call.at,
            activity_id=wish.activity_id,
            card=_card(wish, resource) if wish.payment else None,
            resource=resource,
            for_member=for_member,
            people=wish.people,
            quantity=wish.quantity,
            title=wish.title,
            note=wish.note,
            seen_cents=wish.seen_cents,
        )
    except Refused as refusal:
        asked_for = resource or await places.resource(wish.resource_id)
        occupancy.note(asked_for, span, [refusal], who=who, at=call.at)
        raise
    occupancy.note(done.resource, span, occupancy.BOOKED, who=who, at=call.at)
    if not done.card_cents:
        told = await shown(call, done)
        return Made(told, told.href)
    url = None
    if done.waits_for_card:
        # Without an answer of Stripe's it is held all the same, and the page can be asked for again.
        with suppress(payments.NoAnswer), payments.while_somebody_waits():
            url = await payments.checkout(done.id, at=call.at)
    told = await show(call, done.id, url)
    return Made(told, told.href)


async def _with_equipment(
    call: Call, wish: ReservationWish, resource: Any, span: TimeSpan, for_member: Member | None
) -> Made:
    """A room and the equipment taken along with it."""
    id, zone = call.new_id(), resource.venue.zone
    main = reservations.Wish(
        id, local_day(span.begins_at, zone), resource.id, span, wish.quantity, wish.people
    )
    made = await reservations.reserve_together(
        id,
        [main, *reservations.beside(main, extras_of(wish.along))],
        by=call.member,
        at=call.at,
        activity_id=wish.activity_id,
        for_member=for_member,
        title=wish.title,
        note=wish.note,
        seen_cents=wish.seen_cents,
    )
    occupancy.note(
        resource, span, occupancy.BOOKED, who=f"member:{made.reservations[0].member_id}", at=call.at
    )
    told = await show(call, id)
    return Made(told, told.href)


def extras_of(along: Sequence[AlongWish]) -> list[Extra]:
    """Raises Invalid where a thing is named twice: it is one reservation, of so many."""
    if len({each.resource_id for each in along}) < len(along):
        raise Invalid({"along": [_("Name each thing once, with how many of it.")]})
    return [Extra(each.resource_id, each.quantity) for each in along]


def _card(wish: ReservationWish, resource: Any) -> ByCard:
    """How a card pays there. Raises Invalid where cards are off."""
    rest = wish.activity_id is not None
    card = payments.by_card(resource.venue.entity, resource.venue.currency, rest=rest)
    if card is None:
        raise Invalid({"payment": [_("Cards are not taken here. Please choose an Activity.")]})
    return card


async def pay(call: Call) -> ReservationTold:
    """The page on which a held reservation, or a dearer change of one, is paid: the one that is open, or a new one."""
    found = await _own(call)
    change = await reservations.open_change(found.id)
    with payments.while_somebody_waits():
        url = await payments.checkout(found.id, at=call.at, change_id=change.id if change else None)
    return await show(call, found.id, url)


async def change(call: Call) -> ReservationTold | Accepted:
    """Move, extend or shorten a reservation, or change its people and its words; its price is settled anew.

    Dearer, where your own card has paid: 202, and `card_change` says where the difference is paid, and by when.
    """
    wish: ReservationChange = call.body
    known = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    span = None
    if wish.begins_at or wish.ends_at:
        begins_at, ends_at = wish.begins_at or known.begins_at, wish.ends_at or known.ends_at
        span = span_of(wish.model_copy(update={"begins_at": begins_at, "ends_at": ends_at}))
    wishes: dict[str, Any] = {
        "people": wish.people,
        "quantity": wish.quantity,
        "title": wish.title,
        "note": wish.note,
        "seen_more_cents": wish.seen_difference_cents,
    }
    try:
        await reservations.change(known.id, by=call.member, at=call.at, span=span, **wishes)
    except Refused as refusal:
        # The same change, asked for again, finds the one that waits.
        again = refusal.code == "change_waits"
        if not (again or refusal.code == payments.DEARER_CODE):
            raise
        if not payments.may_pay_more(known, call.member):
            raise
        hold = await payments.hold_dearer(known, span or known.span, by=call.member, at=call.at, **wishes)
        url = None
        with suppress(payments.NoAnswer, payments.NothingToPay), payments.while_somebody_waits():
            url = await payments.checkout(known.id, at=call.at, change_id=hold.id)
        return Accepted(await show(call, known.id, url))
    await _settle(call, known)
    return await show(call, known.id)


async def let_change_go(call: Call) -> ReservationTold:
    """Let a dearer change go that waits for its card: the reservation stays as it is. Had it been paid, it counts."""
    found = await _own(call)
    await payments.leave_as_it_is(found.id, by=call.member, at=call.at)
    return await show(call, found.id)


async def cancel(call: Call) -> ReservationTold:
    """Cancel a reservation, with the equipment beside it: free until the terms' moment, then for the fee. Again changes
    nothing."""
    wish: CancelWish = call.body
    id = call.path["reservation_id"]
    await _settle(call, await reservations.cancel_along(id, by=call.member, at=call.at, reason=wish.reason))
    return await show(call, id)


async def _own(call: Call) -> Reservation:
    """The reservation, for its member alone: the card is theirs."""
    found = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    if call.member.id != found.member_id:
        raise NotFound
    return found


async def _settle(call: Call, found: Reservation) -> None:
    """What a card paid too much goes back now; where Stripe is late, the clock asks again."""
    if found.card_cents:
        with payments.while_somebody_waits():
            await payments.settle_reservation(found.id, at=call.at)
