"""Which mail brings a receipt: the one that tells of the same payment or refund, else one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from booking import payments
from booking.events import Event
from booking.i18n import _
from booking.notifications.models import Message
from booking.payments import Payment, Receipt

# Mails about an event that happened in one transaction with the receipt.
WITH_PAYMENT = ("reservation.confirmed", "reservation.approved")
# The payment of a dearer change.
WITH_CHANGE = "reservation.changed"
WITH_REFUND = "payment.refunded"


async def to_attach(event: Event) -> Receipt | None:
    """The receipt that the mail about this event brings; None for most events, and where another mail brings it."""
    if event.name == "receipt.issued":
        found = await Receipt.get_or_none(id=UUID(event.data["receipt_id"]))
        return None if found is None or await _told_with_another(event, found) else found
    if event.name in WITH_PAYMENT or (event.name == WITH_CHANGE and event.data.get("by_card")):
        return await Receipt.filter(
            reservation_id=UUID(event.subject.partition(":")[2]),
            kind="payment",
            issued_at=event.at,
            payment__change_id__isnull=event.name != WITH_CHANGE,
        ).first()
    if event.name == WITH_REFUND and "refund_id" in event.data:
        return await Receipt.filter(
            refund_id=event.data["refund_id"], kind="refund", issued_at=event.at
        ).first()
    return None


async def _told_with_another(event: Event, receipt: Receipt) -> bool:
    told: list[Mapping[str, str]]
    beside = Event.filter(subject=event.subject, at=event.at)
    if receipt.kind == "payment":
        payment = await Payment.get(id=receipt.payment_id)
        if payment.change_id is None:
            return await beside.filter(name__in=WITH_PAYMENT).exists()
        told = [each.data for each in await beside.filter(name=WITH_CHANGE)]
        return any(each.get("by_card") for each in told)
    if receipt.kind == "refund":
        told = [each.data for each in await beside.filter(name=WITH_REFUND)]
        return any(each.get("refund_id") == str(receipt.refund_id) for each in told)  # type: ignore[attr-defined]
    return False


def words(receipt: Receipt | None) -> str:
    """'Receipt 2026-0042 is attached.' in the language spoken here; '' for none."""
    if receipt is None:
        return ""
    return _("%(title)s %(number)s is attached.") % {
        "title": payments.title_of(receipt),
        "number": receipt.label,
    }


async def files_of(message: Message) -> list[tuple[str, bytes]]:
    """(name, octets) of what goes with a message. Made when it is sent; holds no transaction."""
    if message.receipt_id is None:
        return []
    found = await payments.receipt(message.receipt_id)
    return [(payments.file_name(found), await payments.receipt_pdf(found))]
