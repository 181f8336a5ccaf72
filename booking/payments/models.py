"""Card payments as Stripe tells them, the keys under which Stripe was asked, and what is owed back.

No number of a card, no name and no address is kept here: a payment is known by Stripe's own ids.
"""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign

# In this order: a payment never goes back to an earlier one, whatever is heard late.
STATUSES = ("opening", "open", "processing", "authorised", "saved", "expired", "failed", "cancelled", "paid")
REFUND_STATUSES = ("asked", "pending", "succeeded", "failed", "retried")
METHODS = ("charge", "authorise", "save", "saved_charge")


class Payment(Model):
    """One try to have a card pay for a reservation, whoever its member is. Amounts are minor units of `currency`.

    method: 'charge' (paid at once), 'authorise' (kept by the bank until the house has answered), 'save' (a card
    to be charged after the answer, under a mandate), 'saved_charge' (that charge, without its holder). `number` counts
    the tries of a reservation. `captured_cents` is what Stripe took; `fee_cents` what Stripe kept of it, in
    `fee_currency`. `look_at`: when Stripe is to be asked again, none when nothing is open. `settled_at`: when this
    payment and its reservation were last brought together. `change`: the dearer change that it pays, none for the
    booking itself.
    """

    id = fields.UUIDField(primary_key=True)
    reservation: Any = foreign("Reservation")
    entity: Any = foreign("Entity")
    change: Any = foreign("ChangeHold", null=True)
    number = fields.IntField()
    method = fields.CharField(12)
    status = fields.CharField(12, default="opening")
    currency = fields.CharField(3)
    amount_cents = fields.BigIntField()
    captured_cents = fields.BigIntField(default=0)
    fee_cents = fields.BigIntField(default=0)
    fee_currency = fields.CharField(3, default="")
    session_id = fields.CharField(255, null=True, unique=True)
    intent_id = fields.CharField(255, null=True, unique=True)
    charge_id = fields.CharField(255, default="")
    customer_id = fields.CharField(255, default="")
    method_id = fields.CharField(255, default="")
    url = fields.CharField(2000, default="")
    language = fields.CharField(5, default="en")
    failure = fields.CharField(60, default="")
    expires_at = UtcDatetimeField(null=True)
    capture_before = UtcDatetimeField(null=True)
    created_at = UtcDatetimeField()
    paid_at = UtcDatetimeField(null=True)
    reminded_at = UtcDatetimeField(null=True)
    look_at = UtcDatetimeField(null=True)
    settled_at = UtcDatetimeField()

    reservation_id: Any
    entity_id: int
    change_id: Any

    class Meta:
        table = "payment"
        unique_together = (("reservation", "number"),)
        indexes = (("look_at",), ("status", "settled_at"))

    @property
    def subject(self) -> str:
        """How transfers of a card's money name what they are for."""
        return f"card:{self.reservation_id}"


class PaymentCall(Model):
    """One thing asked of Stripe, written down before it is asked. The key makes asking again change nothing."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(120, unique=True)
    payment: Any = foreign("Payment")
    verb = fields.CharField(12)
    amount_cents = fields.BigIntField(default=0)
    asked_at = UtcDatetimeField()
    answered_at = UtcDatetimeField(null=True)
    outcome = fields.CharField(60, default="")

    class Meta:
        table = "payment_call"


class Refund(Model):
    """Money that goes back to the card that paid. 'asked' is our own state: Stripe has not answered yet.

    reason: 'claim_lost', 'change_lost', 'cancelled', 'cancelled_by_venue', 'declined', 'changed', 'twice', 'by_hand'
    (made at Stripe).
    A failed one stays until a treasurer tries again: then it is 'retried', and another takes its place.
    """

    id = fields.UUIDField(primary_key=True)
    payment: Any = foreign("Payment")
    amount_cents = fields.BigIntField()
    currency = fields.CharField(3)
    reason = fields.CharField(20)
    status = fields.CharField(12, default="asked")
    stripe_id = fields.CharField(255, null=True, unique=True)
    failure = fields.CharField(60, default="")
    by: Any = foreign("Member", null=True, source_field="by_id")
    created_at = UtcDatetimeField()
    done_at = UtcDatetimeField(null=True)

    payment_id: Any
    by_id: int | None

    class Meta:
        table = "refund"
        indexes = (("status", "created_at"),)


class Receipt(Model):
    """A numbered receipt for one payment, for one refund, or for a refund that came back. Written once, never changed.

    `number` counts without a gap per entity and year (of the entity's own calendar). Everything a reader sees is copied
    here; `address` is lines. `key` is 'payment:ID', 'refund:ID' or 'back:ID'; kind: 'payment', 'refund', 'refund_back'.
    Amounts are minor units and positive; what `kind` says decides which way the money went. `corrects`: the receipt of
    the payment.
    """

    id = fields.UUIDField(primary_key=True)
    key = fields.CharField(60, unique=True)
    kind = fields.CharField(12)
    entity: Any = foreign("Entity")
    year = fields.IntField()
    number = fields.IntField()
    reservation: Any = foreign("Reservation")
    payment: Any = foreign("Payment")
    refund: Any = foreign("Refund", null=True)
    corrects: Any = foreign("Receipt", null=True)
    currency = fields.CharField(3)
    net_cents = fields.BigIntField()
    vat_basis_points = fields.IntField()
    vat_cents = fields.BigIntField()
    gross_cents = fields.BigIntField()
    vat_reason = fields.CharField(200, default="")
    seller = fields.CharField(160)
    seller_country = fields.CharField(2)
    seller_vat_number = fields.CharField(30, default="")
    seller_address = fields.CharField(300, default="", db_default="")
    seller_register_number = fields.CharField(60, default="", db_default="")
    name = fields.CharField(120)
    company = fields.CharField(120, default="")
    address = fields.CharField(300, default="", db_default="")
    vat_number = fields.CharField(20, default="")
    language = fields.CharField(5)
    what = fields.CharField(300)
    place = fields.CharField(300)
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    zone = fields.CharField(40)
    issued_at = UtcDatetimeField()

    entity_id: int
    reservation_id: Any
    payment_id: Any
    corrects_id: Any

    class Meta:
        table = "receipt"
        unique_together = (("entity", "year", "number"),)

    @property
    def label(self) -> str:
        """The number as people write it: '2026-0042'. It is unique per entity."""
        return f"{self.year}-{self.number:04}"


class ReceiptBook(Model):
    """How far the numbers of an entity's receipts of one year have come."""

    id = fields.IntField(primary_key=True)
    entity: Any = foreign("Entity")
    year = fields.IntField()
    used = fields.IntField(default=0)

    class Meta:
        table = "receipt_book"
        unique_together = (("entity", "year"),)


class Dispute(Model):
    """The holder of a card told their bank that they did not want to pay. Stripe's own states are kept as they are."""

    id = fields.IntField(primary_key=True)
    stripe_id = fields.CharField(255, unique=True)
    payment: Any = foreign("Payment")
    amount_cents = fields.BigIntField()
    currency = fields.CharField(3)
    fee_cents = fields.BigIntField(default=0)
    reason = fields.CharField(60, default="")
    status = fields.CharField(40)
    answer_by = UtcDatetimeField(null=True)
    opened_at = UtcDatetimeField()
    closed_at = UtcDatetimeField(null=True)

    payment_id: Any

    class Meta:
        table = "dispute"


class Mandate(Model):
    """What somebody agreed to when they gave a card that is charged later, in the words that they read."""

    id = fields.IntField(primary_key=True)
    payment: Any = fields.OneToOneField("booking.Payment", related_name=False, on_delete=fields.RESTRICT)
    member: Any = foreign("Member")
    words = fields.CharField(1000)
    language = fields.CharField(5)
    most_cents = fields.BigIntField()
    currency = fields.CharField(3)
    agreed_at = UtcDatetimeField()

    payment_id: Any

    class Meta:
        table = "mandate"


class StripeEvent(Model):
    """Something Stripe told us, once per id. Only what is needed to ask Stripe for the present state is kept.

    `object_id` is the object the event is about; `payment_ref` and `intent_id` say whose it is. `source`: 'webhook', or
    'list' when the nightly comparison found it first.
    """

    id = fields.BigIntField(primary_key=True)
    event_id = fields.CharField(255, unique=True)
    entity: Any = foreign("Entity")
    kind = fields.CharField(80)
    object_id = fields.CharField(255, default="")
    intent_id = fields.CharField(255, default="")
    payment_ref = fields.CharField(40, default="")
    source = fields.CharField(8, default="webhook")
    happened_at = UtcDatetimeField()
    received_at = UtcDatetimeField()
    next_at = UtcDatetimeField(null=True)
    tries = fields.IntField(default=0)
    outcome = fields.CharField(120, default="")
    done_at = UtcDatetimeField(null=True)

    entity_id: int

    class Meta:
        table = "stripe_event"
        indexes = (("next_at",),)


class Payout(Model):
    """Money that Stripe sends from an entity's account to its bank. Stripe's own states are kept as they are.

    status: 'pending', 'in_transit', 'paid', 'failed', 'canceled'. `arrives_on` is the day on which the bank has it.
    `transactions_cents`: what Stripe's own balance transactions of it add up to, none before it was compared.
    """

    id = fields.IntField(primary_key=True)
    entity: Any = foreign("Entity")
    stripe_id = fields.CharField(255, unique=True)
    amount_cents = fields.BigIntField()
    currency = fields.CharField(3)
    status = fields.CharField(12)
    failure = fields.CharField(60, default="")
    arrives_on = fields.DateField(null=True)
    transactions_cents = fields.BigIntField(null=True)
    created_at = UtcDatetimeField()
    seen_at = UtcDatetimeField()

    entity_id: int

    class Meta:
        table = "payout"
        indexes = (("entity_id", "created_at"),)

    @property
    def subject(self) -> str:
        """How transfers of this payout name it."""
        return f"payout:{self.stripe_id}"


class Comparison(Model):
    """One run of the nightly comparison of an entity's books with Stripe's list of events."""

    id = fields.IntField(primary_key=True)
    entity: Any = foreign("Entity")
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    ran_at = UtcDatetimeField()
    events = fields.IntField(default=0)
    missed = fields.IntField(default=0)
    ours: Any = fields.JSONField(default=dict)
    theirs: Any = fields.JSONField(default=dict)
    error = fields.CharField(200, default="")

    class Meta:
        table = "card_comparison"
        indexes = (("entity_id", "ran_at"),)


class Difference(Model):
    """One thing on which our books and Stripe do not agree. It is settled when a later comparison agrees.

    kind: 'captured', 'refunded' or 'payout' (sums differ), 'unknown' (a charge that no reservation knows), 'missing'
    (Stripe does not know ours).
    """

    id = fields.IntField(primary_key=True)
    entity: Any = foreign("Entity")
    payment: Any = foreign("Payment", null=True)
    key = fields.CharField(290, unique=True)
    kind = fields.CharField(12)
    object_id = fields.CharField(255)
    currency = fields.CharField(3)
    ours_cents = fields.BigIntField()
    theirs_cents = fields.BigIntField()
    found_at = UtcDatetimeField()
    seen_at = UtcDatetimeField()
    settled_at = UtcDatetimeField(null=True)

    class Meta:
        table = "card_difference"
