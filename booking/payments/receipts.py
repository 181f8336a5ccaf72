"""Numbered receipts: one for each captured payment, each refund that succeeded, and each refund that came back.

Issued in the transaction that writes the payment or the refund down, so there is none without its money and no money
without one. The number is taken last of all: the row of the entity's book stays locked until the commit, and a
transaction that fails gives its number back, so that the numbers have no gap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from booking import db, events, i18n, money
from booking.errors import NotFound
from booking.members import Member
from booking.payments.models import Payment, Receipt, Refund
from booking.payments.steps import reached
from booking.places import Entity
from booking.pricing import Quote
from booking.reservations import Reservation
from booking.timespan import local


async def issue(
    reservation: Reservation, payments: Sequence[Payment], refunds: Sequence[Refund], *, at: datetime
) -> list[Receipt]:
    """Issue what is missing for this reservation: idempotent. Call it under the reservation's lock, last of all.

    `reservation` has resource and venue fetched. Each new receipt is an event, from which its mail is made.
    """
    due: list[tuple[str, str, Payment, Refund | None]] = []
    due += [(f"payment:{each.id}", "payment", each, None) for each in payments if each.captured_cents]
    by_id = {each.id: each for each in payments}
    for refund in refunds:
        if refund.status == "succeeded":
            due.append((f"refund:{refund.id}", "refund", by_id[refund.payment_id], refund))
        elif refund.status in ("failed", "retried"):
            # Only where it was said to have succeeded before.
            due.append((f"back:{refund.id}", "refund_back", by_id[refund.payment_id], refund))
    if not due:
        return []
    there = {
        each.key: each for each in await Receipt.filter(reservation_id=reservation.id).order_by("issued_at")
    }
    issued = []
    for key, kind, payment, of_refund in due:
        if key in there or (kind == "refund_back" and of_refund and f"refund:{of_refund.id}" not in there):
            continue
        made = await _issue(
            key, kind, reservation, payment, of_refund, there.get(f"payment:{payment.id}"), at=at
        )
        there[key] = made
        issued.append(made)
    return issued


async def _issue(
    key: str,
    kind: str,
    reservation: Reservation,
    payment: Payment,
    refund: Refund | None,
    of_payment: Receipt | None,
    *,
    at: datetime,
) -> Receipt:
    gross = refund.amount_cents if refund else payment.captured_cents
    if of_payment is not None:
        # A refund mirrors its payment: what is given back whole is given back to the cent, at the same rate.
        weights, rate = [of_payment.net_cents, of_payment.vat_cents], of_payment.vat_basis_points
    else:
        weights, rate = (
            [reservation.total_cents - reservation.vat_cents, reservation.vat_cents],
            (reservation.vat_basis_points),
        )
    net, vat = money.split(gross, weights) if sum(weights) else (gross, 0)
    entity = await Entity.get(id=payment.entity_id)
    member = await Member.get(id=reservation.member_id)
    to: Any = _issued_to(reservation, member, of_payment)
    with i18n.speaking(member.language):
        resource, venue = i18n.name_of(reservation.resource), i18n.name_of(reservation.venue)
    what = f"{resource} × {reservation.quantity}" if reservation.quantity > 1 else resource
    address = [venue, reservation.venue.street, f"{reservation.venue.postal_code} {reservation.venue.city}"]
    year = local(at, entity.zone).year
    made = await Receipt.create(
        id=uuid4(),
        key=key,
        kind=kind,
        entity_id=entity.id,
        year=year,
        number=await next_number(entity.id, year),
        reservation_id=reservation.id,
        payment_id=payment.id,
        refund_id=refund.id if refund else None,
        corrects_id=of_payment.id if of_payment else None,
        currency=payment.currency,
        net_cents=net,
        vat_basis_points=rate,
        vat_cents=vat,
        gross_cents=gross,
        vat_reason=Quote.from_json(reservation.quote).vat_reason[:200],
        seller=entity.legal_name or entity.name,
        seller_country=entity.country,
        seller_vat_number=entity.vat_number,
        seller_address=entity.address,
        seller_register_number=entity.register_number,
        **to,
        language=member.language,
        what=what[:300],
        place=", ".join(part.strip() for part in address if part.strip())[:300],
        begins_at=reservation.begins_at,
        ends_at=reservation.ends_at,
        zone=reservation.venue.zone,
        issued_at=at,
    )
    await events.record(
        "receipt.issued",
        reservation.subject,
        at=at,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        receipt_id=str(made.id),
        kind=kind,
        amount_cents=gross,
        currency=made.currency,
    )
    reached("receipt issued")
    return made


def _issued_to(reservation: Reservation, member: Member, of_payment: Receipt | None) -> dict[str, str]:
    """Whom it is for: as on the payment's receipt; else what the guest typed, or what the settings say."""
    if of_payment is not None:
        return {name: getattr(of_payment, name) for name in ("name", "company", "address", "vat_number")}
    said = reservation if reservation.company or reservation.vat_number or member.guest else member
    return {
        "name": member.name,
        "company": said.company,
        "address": "" if member.guest else member.receipt_address,
        "vat_number": said.vat_number,
    }


async def next_number(entity_id: int, year: int) -> int:
    """The next number, with the book's row locked until the transaction ends: the one statement adds and locks."""
    found = await db.rows(
        "INSERT INTO receipt_book (entity_id, year, used) VALUES (?, ?, 1) "
        "ON CONFLICT (entity_id, year) DO UPDATE SET used = receipt_book.used + 1 RETURNING used",
        entity_id,
        year,
    )
    reached("number taken")
    return int(found[0]["used"])


# --- reading -----------------------------------------------------------------------------------------


async def receipts_of(reservation_id: UUID) -> list[Receipt]:
    """A reservation's receipts, in the order in which they were issued."""
    return await Receipt.filter(reservation_id=reservation_id).order_by("issued_at", "year", "number")


async def receipts_for(member_id: int) -> list[Receipt]:
    """The receipts of all of a member's bookings, in the order in which they were issued."""
    return await Receipt.filter(reservation__member_id=member_id).order_by("issued_at", "year", "number")


async def receipt(id: UUID, *, reservation_id: UUID | None = None) -> Receipt:
    """The receipt, of this reservation where one is named. Raises NotFound."""
    found = Receipt.filter(id=id).select_related("corrects")
    if reservation_id is not None:
        found = found.filter(reservation_id=reservation_id)
    one = await found.first()
    if one is None:
        raise NotFound
    return one


async def receipts_in(entity_ids: Collection[int], year: int) -> list[Receipt]:
    """All receipts of these entities and year, by entity and number, with their entity fetched: for the books."""
    found: Any = Receipt.filter(entity_id__in=list(entity_ids), year=year).select_related(
        "entity", "corrects"
    )
    return await found.order_by("entity__name", "number")


async def newest_receipt(entity_ids: Collection[int]) -> Receipt | None:
    """The receipt that one of these entities issued last."""
    return await Receipt.filter(entity_id__in=list(entity_ids)).order_by("-issued_at").first()


async def receipt_years(entity_ids: Collection[int]) -> list[int]:
    """The years in which these entities issued receipts, newest first."""
    found: Any = (
        await Receipt.filter(entity_id__in=list(entity_ids)).distinct().values_list("year", flat=True)
    )
    return sorted(set(found), reverse=True)
