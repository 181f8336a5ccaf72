"""A card's money in the ledger. Each line is its own transfer; all amounts are minor units of the price's currency.

    card → advance            what Stripe took                     (card: the entity's money at Stripe)
    fees → card               what Stripe kept of it, in the currency of its account
    advance → income, → VAT   what the house has earned: when the booking has begun, or as a late fee
    advance → card            what went back to the card
    income, VAT → advance     what had been earned, and goes back after all
    disputes → card           what a dispute took; and back when it is won

`advance` is what the house owes for bookings that are still to come. Every call compares what should stand there with
what does, and writes the rest under ids made from what they are for: doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking import ledger, money, reservations
from booking.budgets.activities import transfer_id
from booking.ledger import Account, Transfer
from booking.payments.models import Dispute, Payment, Refund
from booking.reservations import Reservation

# Refunds in these states have left the house's money at Stripe.
GONE = ("pending", "succeeded")


async def account(kind: str, entity_id: int, currency: str, other: str = "") -> Account:
    """'card', 'advance', 'fees', 'disputes', 'income' or 'vat' of an entity."""
    key = f"{kind}:{entity_id}:{other}:{currency}" if other else f"{kind}:{entity_id}:{currency}"
    return await ledger.account(key, kind=kind, currency=currency, entity_id=entity_id)


async def write(
    reservation: Reservation,
    payments: Iterable[Payment],
    refunds: Iterable[Refund],
    disputes: Iterable[tuple[Dispute, int]],
    *,
    at: datetime,
) -> None:
    """Bring the books of one reservation up to date. Call it under the reservation's lock; it has its venue fetched.

    `disputes` come with what each has taken out of the balance so far.
    """
    by_id, refunds = {each.id: each for each in payments}, list(refunds)
    for payment in by_id.values():
        await _captured(payment, at=at)
    if not any(each.captured_cents for each in by_id.values()):
        return
    entity_id = next(iter(by_id.values())).entity_id
    # First what is earned no more, so that a refund always finds its money in the advance.
    left_cents = sum(each.captured_cents for each in by_id.values())
    left_cents -= sum(each.amount_cents for each in refunds if each.status in GONE)
    await _earned(reservation, entity_id, left_cents, at=at)
    for refund in refunds:
        await _refunded(by_id[refund.payment_id], refund, at=at)
    for dispute, taken_cents in disputes:
        await _disputed(by_id[dispute.payment_id], dispute, taken_cents, at=at)


async def _captured(payment: Payment, *, at: datetime) -> None:
    if not payment.captured_cents:
        return
    card = await account("card", payment.entity_id, payment.currency)
    advance = await account("advance", payment.entity_id, payment.currency)
    await _move("capture", payment.id, card, advance, payment.captured_cents, payment, payment.paid_at or at)
    if payment.fee_cents:
        own = await account("card", payment.entity_id, payment.fee_currency)
        fees = await account("fees", payment.entity_id, payment.fee_currency)
        await _move("stripe_fee", payment.id, fees, own, payment.fee_cents, payment, payment.paid_at or at)


async def _refunded(payment: Payment, refund: Refund, *, at: datetime) -> None:
    card = await account("card", payment.entity_id, payment.currency)
    advance = await account("advance", payment.entity_id, payment.currency)
    moved = await Transfer.get_or_none(id=transfer_id("card_refund", refund.id))
    if refund.status in GONE and moved is None:
        await _move(
            "card_refund", refund.id, advance, card, refund.amount_cents, payment, refund.done_at or at
        )
    elif refund.status in ("failed", "retried") and moved is not None:
        back = transfer_id("card_refund_back", refund.id)
        if not await Transfer.exists(id=back):
            await ledger.reverse(back, moved, code="card_refund_back", at=at)


async def _disputed(payment: Payment, dispute: Dispute, taken_cents: int, *, at: datetime) -> None:
    card = await account("card", payment.entity_id, payment.currency)
    lost = await account("disputes", payment.entity_id, payment.currency)
    so_far = await _sum(payment.subject, lost, like=f"{dispute.stripe_id}")
    await _step(
        "dispute", dispute.stripe_id, lost, card, taken_cents - so_far, payment, at, note=dispute.stripe_id
    )
    fees = await account("fees", payment.entity_id, payment.currency)
    fee_so_far = await _sum(payment.subject, fees, like=f"{dispute.stripe_id} fee")
    await _step(
        "dispute_fee",
        f"{dispute.stripe_id}:fee",
        fees,
        card,
        dispute.fee_cents - fee_so_far,
        payment,
        at,
        note=f"{dispute.stripe_id} fee",
    )


async def _earned(reservation: Reservation, entity_id: int, left_cents: int, *, at: datetime) -> None:
    """Income and VAT of what the house keeps, as soon as it is earned; and back where it keeps less.

    Never more than is left of what the card paid: a treasurer may have given some back by hand.
    """
    keeps = max(0, min(reservations.card_keeps(reservation), left_cents))
    begun = reservation.state == "confirmed" and reservation.begins_at <= at
    earned_cents = keeps if begun or reservation.state == "cancelled" else 0
    vat_cents = 0
    if earned_cents:
        rest = reservation.total_cents - reservation.vat_cents
        vat_cents = money.split(earned_cents, [reservation.vat_cents, rest])[0]
    currency = reservation.currency
    advance = await account("advance", entity_id, currency)
    subject = f"card:{reservation.id}"
    place = f"{reservation.venue.country}:{reservation.vat_basis_points}"
    for code, target, target_cents in (
        ("income", await account("income", entity_id, currency), earned_cents - vat_cents),
        ("vat", await account("vat", entity_id, currency, place), vat_cents),
    ):
        has = -await _sum(subject, target)
        await _step(
            code, f"{reservation.id}:{code}", advance, target, target_cents - has, None, at, subject=subject
        )


async def _sum(subject: str, of: Account, *, like: str = "") -> int:
    """Debits minus credits of one account in the transfers of one subject (and one note)."""
    found = Transfer.filter(subject=subject, kind__in=("move", "post", "reverse"))
    if like:
        found = found.filter(note=like)
    total = 0
    for each in await found.only("id", "debit_id", "credit_id", "amount_cents"):
        total += each.amount_cents if each.debit_id == of.id else 0
        total -= each.amount_cents if each.credit_id == of.id else 0
    return total


async def _step(
    code: str,
    what: str,
    debit: Account,
    credit: Account,
    cents: int,
    payment: Payment | None,
    at: datetime,
    *,
    subject: str = "",
    note: str = "",
) -> None:
    """The next movement of something that may go forth and back: numbered, under the reservation's lock."""
    if not cents:
        return
    subject = subject or (payment.subject if payment else "")
    number = await Transfer.filter(subject=subject, code=code, note=note).count()
    source, target = (debit, credit) if cents > 0 else (credit, debit)
    await ledger.move(
        transfer_id(code, f"{what}:{number}"),
        source,
        target,
        abs(cents),
        code=code,
        subject=subject,
        at=at,
        note=note,
    )


async def _move(
    code: str, key: Any, debit: Account, credit: Account, cents: int, payment: Payment, at: datetime
) -> None:
    id = transfer_id(code, key)
    if not await Transfer.exists(id=id):
        await ledger.move(id, debit, credit, cents, code=code, subject=payment.subject, at=at)
