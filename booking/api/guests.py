"""Hosts ask somebody without an account: the time is held, and a mail asks them to confirm and pay."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import ConfigDict, Field

from booking import guests, payments, places
from booking.api.operations import Call, Made
from booking.api.places import span_of
from booking.api.problems import Invalid
from booking.api.reservation_told import show
from booking.api.shapes import Asked, Instant, Line, Text
from booking.errors import NotFound
from booking.forms import Email
from booking.i18n import lazy as _

ID_MAX = 2**31 - 1


class GuestAsked(Asked):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Greta Sommer",
                    "email": "greta@example.org",
                    "language": "de",
                    "resource_id": 12,
                    "begins_at": "2026-11-24T10:00:00+01:00",
                    "ends_at": "2026-11-24T12:00:00+01:00",
                    "people": 4,
                    "pay_hours": 48,
                    "title": "Workshop",
                }
            ]
        }
    )

    name: Line = Field(min_length=1, max_length=120, description="A guest we know keeps the name they gave.")
    email: Email
    language: Literal["en", "nl", "fr", "de", "es", "it", "sv"] = Field(
        "en", description="The language of the mail to somebody new."
    )
    resource_id: int = Field(ge=0, le=ID_MAX, description="A resource of this venue.")
    begins_at: Instant
    ends_at: Instant
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500, description="How many, of a pool.")
    pay_hours: int = Field(24, ge=1, le=72, description="So long it is held for them.")
    company: Line = Field("", max_length=120, description="For the receipt.")
    vat_number: guests.VatNumber = ""
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    seen_cents: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="The price that you told them, with VAT: where it costs more by now, nothing is held.",
    )


async def ask_guest(call: Call) -> Made:
    """Hold a resource for somebody without an account, at the price for people outside; a mail asks them to pay. For
    hosts. The address of its payment page goes to the guest alone."""
    wish: GuestAsked = call.body
    venue = await places.venue(call.path["key"])
    if not (await call.roles()).hosts(venue):
        raise NotFound
    span = span_of(wish)
    if wish.resource_id not in {each.id for each in await places.published([venue.id])}:
        raise Invalid({"resource_id": [_("Choose from the list.")]})
    resource = await places.resource(wish.resource_id)
    await guests.count_asking(call.member, wish.email, at=call.at)
    card = payments.by_card(venue.entity, venue.currency, hold=timedelta(hours=wish.pay_hours))
    done = await guests.invite(
        call.new_id(),
        resource.id,
        span,
        by=call.member,
        card=card,
        email=wish.email,
        name=wish.name,
        language=wish.language,
        company=wish.company,
        vat_number=wish.vat_number,
        people=wish.people,
        quantity=wish.quantity,
        title=wish.title,
        note=wish.note,
        seen_cents=wish.seen_cents,
        at=call.at,
    )
    told = await show(call, done.id)
    return Made(told, told.href)
