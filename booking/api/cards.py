"""What cards have paid for a reservation, what went back, and the receipts of both."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

import settings
from booking import payments, reservations
from booking.api.operations import Call
from booking.api.shapes import Told
from booking.errors import NotFound


class PaymentTold(Told):
    """One try to pay. Stripe's own words for how it stands are not told: these are ours."""

    number: int = Field(description="The tries are counted from 1.")
    status: str = Field(
        description="opening, open, processing, authorised, saved, paid, failed, expired or cancelled"
    )
    cents: int = Field(description="What it asks for.")
    paid_cents: int = Field(description="What was taken.")
    for_change: bool = Field(description="Whether it pays the difference of a dearer change.")
    created_at: datetime


class RefundTold(Told):
    """What goes back to the card that paid."""

    cents: int
    status: Literal["asked", "pending", "succeeded", "failed"] = Field(
        description="failed: it could not go back yet, and a treasurer looks at it."
    )
    reason: str
    created_at: datetime


class ReceiptTold(Told):
    """A numbered receipt; the amounts of a refund are positive too."""

    id: UUID
    number: str = Field(description="Year and number, without a gap for each entity and year: 2026-0042.")
    kind: Literal["payment", "refund", "refund_back"]
    net_cents: int
    vat_basis_points: int
    vat_cents: int
    gross_cents: int
    seller: str
    issued_at: datetime
    pdf: str = Field(description="The PDF, for people: it asks who they are.")


class CardMoneyTold(Told):
    """All of one reservation's card money, oldest first, in minor units of `currency`."""

    currency: str
    paid_cents: int
    back_cents: int = Field(description="What has gone back, or is on its way.")
    payments: list[PaymentTold]
    refunds: list[RefundTold]
    receipts: list[ReceiptTold]


async def card_money(call: Call) -> CardMoneyTold:
    """What cards paid for a reservation, what went back, and the receipts: for its member, and whoever booked it."""
    found = await reservations.visible(call.path["reservation_id"], by=call.member, at=call.at)
    if call.member.id not in (found.member_id, found.booked_by_id):
        raise NotFound
    money = await payments.card_money(found.id)
    return CardMoneyTold(
        currency=found.currency,
        paid_cents=money.paid_cents,
        back_cents=money.back_cents,
        payments=[
            PaymentTold(
                number=each.number,
                status=each.status,
                cents=each.amount_cents,
                paid_cents=each.captured_cents,
                for_change=each.change_id is not None,
                created_at=each.created_at,
            )
            for each in money.payments
        ],
        refunds=[
            RefundTold(
                cents=each.amount_cents,
                status=each.status,  # type: ignore[arg-type]
                reason=each.reason,
                created_at=each.created_at,
            )
            for each in money.refunds
        ],
        receipts=[
            ReceiptTold(
                id=each.id,
                number=each.label,
                kind=each.kind,  # type: ignore[arg-type]
                net_cents=each.net_cents,
                vat_basis_points=each.vat_basis_points,
                vat_cents=each.vat_cents,
                gross_cents=each.gross_cents,
                seller=each.seller,
                issued_at=each.issued_at,
                pdf=f"{settings.BASE_URL}/reservations/{found.id}/receipts/{each.id}.pdf",
            )
            for each in await payments.receipts_of(found.id)
        ],
    )
