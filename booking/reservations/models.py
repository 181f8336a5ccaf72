"""Reservations and the claims they hold on units."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign
from booking.timespan import TimeSpan

STATES = ("held", "confirmed", "cancelled", "declined", "expired")
LIVE = ("held", "confirmed")
# What a hold waits for: a payment; a card to be given before the house is asked; the house's answer ('' of old).
PAY_FIRST = ("payment", "card")


class Series(Model):
    """Reservations made at once by a rule: one per local date, each with a life of its own.

    `rule` is an RRULE (RFC 5545, 3.3.10) whose DTSTART is `first_on` at the wall-clock time of the venue.
    """

    id = fields.UUIDField(primary_key=True)
    member: Any = foreign("Member")
    rule = fields.CharField(120)
    first_on = fields.DateField()
    title = fields.CharField(120, default="")
    created_at = UtcDatetimeField()

    member_id: int

    class Meta:
        table = "series"

    @property
    def subject(self) -> str:
        """How events name this series."""
        return f"series:{self.id}"


class Reservation(Model):
    """A member's claim on a resource for a time span. Price, VAT, terms and buffers are copied here and stay.

    Amounts are minor units: net, VAT and total in the venue's `currency`; `paid_cents` in `paid_currency`, the
    Activity's own. `pend` is the open pending transfer of an Activity that pays. `uid` never changes (guard).
    A card pays `card_cents` of the total, in the venue's currency; an Activity pays the rest. While held, `held_for`
    says what is missing: 'payment' (the card must pay), 'card' (a card must be given, then the house is asked) or
    'approval'. `company` and `vat_number` are whom its receipt is for, where that is not a person alone. `sequence`
    grows with a change of time, place or cancellation; `revised_at` with every change. One of a `series` stands for
    the local date `series_on`, wherever it is moved; what is `beside` another is equipment taken along with it.
    """

    id = fields.UUIDField(primary_key=True)
    member: Any = foreign("Member")
    booked_by: Any = foreign("Member")
    resource: Any = foreign("Resource")
    venue: Any = foreign("Venue")
    activity: Any = foreign("Activity", null=True)
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    people = fields.IntField(default=1)
    quantity = fields.IntField(default=1)
    title = fields.CharField(120, default="")
    note = fields.CharField(1000, default="")
    company = fields.CharField(120, default="", db_default="")
    vat_number = fields.CharField(20, default="", db_default="")

    state = fields.CharField(12)
    held_until = UtcDatetimeField(null=True)
    held_for = fields.CharField(10, default="", db_default="")
    decided_by: Any = foreign("Member", null=True)
    cancelled_at = UtcDatetimeField(null=True)
    cancelled_by: Any = foreign("Member", null=True)
    reason = fields.CharField(500, default="")
    checked_in_at = UtcDatetimeField(null=True)
    checked_out_at = UtcDatetimeField(null=True)
    released_at = UtcDatetimeField(null=True)
    no_show_at = UtcDatetimeField(null=True)
    overrides: Any = fields.JSONField(default=list)

    currency = fields.CharField(3)
    net_cents = fields.BigIntField()
    vat_basis_points = fields.IntField()
    vat_cents = fields.BigIntField()
    total_cents = fields.BigIntField()
    card_cents = fields.BigIntField(default=0, db_default=0)
    fee_cents = fields.BigIntField(default=0)
    quote: Any = fields.JSONField()
    terms: Any = fields.JSONField()
    paid_currency = fields.CharField(3, default="")
    paid_cents = fields.BigIntField(default=0)
    rate = fields.CharField(40, default="")
    pend: Any = foreign("Transfer", null=True)
    posted_at = UtcDatetimeField(null=True)

    series: Any = foreign("Series", null=True)
    series_on = fields.DateField(null=True)
    beside: Any = foreign("Reservation", null=True)

    uid = fields.CharField(80, unique=True)
    sequence = fields.IntField(default=0)
    revision = fields.IntField(default=0)
    created_at = UtcDatetimeField()
    revised_at = UtcDatetimeField()

    member_id: int
    resource_id: int
    venue_id: int
    activity_id: int | None
    booked_by_id: int
    decided_by_id: int | None
    pend_id: Any
    series_id: Any
    beside_id: Any

    class Meta:
        table = "reservation"
        indexes = (
            ("member_id", "ends_at"),
            ("resource_id", "ends_at"),
            ("venue_id", "ends_at"),
            ("state", "held_until"),
        )

    @property
    def span(self) -> TimeSpan:
        """The time asked for, without buffers."""
        return TimeSpan(self.begins_at, self.ends_at)

    @property
    def subject(self) -> str:
        """How events and transfers name this reservation."""
        return f"reservation:{self.id}"

    @property
    def live(self) -> bool:
        """Whether it takes something away from others."""
        return self.state in LIVE

    @property
    def waits_for_card(self) -> bool:
        """Whether it is held until a card has paid or has been given."""
        return self.state == "held" and self.held_for in PAY_FIRST

    @property
    def waits_for_house(self) -> bool:
        """Whether it is held until the house has answered."""
        return self.state == "held" and self.held_for not in PAY_FIRST


class ChangeHold(Model):
    """A dearer change of a reservation that a card has paid: its time is held until the difference is paid too.

    state: 'held', 'done', 'given_up' (let go, or the booking ended) or 'expired'. `card_cents` is the difference, in
    the reservation's currency. `revision` is the reservation's at that moment: where that has moved on, the change is
    lost. Price and terms are copied, and become the reservation's own with the payment.
    """

    id = fields.UUIDField(primary_key=True)
    reservation: Any = foreign("Reservation")
    state = fields.CharField(12, default="held")
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    quantity = fields.IntField()
    wish: Any = fields.JSONField(default=dict)
    quote: Any = fields.JSONField()
    terms: Any = fields.JSONField()
    overrides: Any = fields.JSONField(default=list)
    card_cents = fields.BigIntField()
    revision = fields.IntField()
    by: Any = foreign("Member", source_field="by_id")
    held_until = UtcDatetimeField()
    created_at = UtcDatetimeField()
    closed_at = UtcDatetimeField(null=True)

    reservation_id: Any
    by_id: int

    class Meta:
        table = "change_hold"
        indexes = (("state", "held_until"),)

    @property
    def span(self) -> TimeSpan:
        """The time that is held besides the reservation's own."""
        return TimeSpan(self.begins_at, self.ends_at)


class Claim(Model):
    """One unit taken by one live reservation for one span, buffers included. Two never overlap (guard).

    `change`: what a change that is not paid yet needs besides the reservation's own claims.
    """

    id = fields.BigIntField(primary_key=True)
    unit: Any = foreign("Unit")
    reservation: Any = foreign("Reservation")
    change: Any = foreign("ChangeHold", null=True)
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()

    unit_id: int
    reservation_id: Any
    change_id: Any

    class Meta:
        table = "claim"

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(self.begins_at, self.ends_at)
