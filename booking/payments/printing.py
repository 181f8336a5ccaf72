"""Receipts on paper: a PDF made from the row whenever somebody asks, the same octets each time.

Everything on it was copied when it was issued; only the words around it are translated here.
"""

from __future__ import annotations

from typing import Any

import settings
from booking import i18n, paper
from booking.i18n import gettext as _
from booking.payments.models import Receipt
from booking.payments.steps import reached

TEMPLATE = "receipts/receipt.typ"


async def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt as PDF, in its customer's language; `corrects` is fetched. Call it outside transactions."""
    with i18n.speaking(receipt.language):
        said = words_of(receipt)
    octets = await paper.pdf(TEMPLATE, said, at=receipt.issued_at)
    reached("receipt printed")
    return octets


def file_name(receipt: Receipt) -> str:
    """'receipt-2026-0042.pdf': plain letters, whatever the language."""
    return f"receipt-{receipt.label}.pdf"


def words_of(receipt: Receipt) -> dict[str, Any]:
    """What stands on it, in the language spoken here."""

    def sum_(cents: int) -> str:
        return i18n.money(cents if receipt.kind != "refund" else -cents, receipt.currency)

    rate = i18n.percent(receipt.vat_basis_points / 10_000, 0 if receipt.vat_basis_points % 100 == 0 else 1)
    day = i18n.day(receipt.issued_at, receipt.zone, "medium")
    said = {
        "payment": _("Paid by card."),
        "refund": _("Given back to the card that paid."),
        "refund_back": _("This refund did not reach the card, and is taken back in the books until it does."),
    }[receipt.kind]
    seller = [receipt.seller, *_lines(receipt.seller_address), i18n.country(receipt.seller_country)]
    if receipt.seller_vat_number:
        seller.append(_("VAT number %(number)s") % {"number": receipt.seller_vat_number})
    if receipt.seller_register_number:
        seller.append(_("Registered as %(number)s") % {"number": receipt.seller_register_number})
    customer = [each for each in (receipt.company, receipt.name) if each]
    customer += _lines(receipt.address)
    if receipt.vat_number:
        customer.append(_("VAT number %(number)s") % {"number": receipt.vat_number})
    corrects: Receipt | None = receipt.corrects if receipt.corrects_id else None
    return {
        "lang": receipt.language,
        "title": title_of(receipt),
        "number": _("Number %(number)s") % {"number": receipt.label},
        "date": day,
        "from": _("Issued by"),
        "to": _("Issued to"),
        "seller": seller,
        "customer": customer,
        "subject": _("What for"),
        "what": [
            receipt.what,
            receipt.place,
            i18n.span(receipt.begins_at, receipt.ends_at, receipt.zone, "full"),
        ],
        "heads": [_("What"), _("Sum")],
        "sums": [
            [_("Without VAT"), sum_(receipt.net_cents)],
            [_("VAT %(rate)s") % {"rate": rate}, sum_(receipt.vat_cents)],
        ],
        "total": [_("Total"), sum_(receipt.gross_cents)],
        "said": [
            said,
            *(
                [_("It corrects receipt %(number)s.") % {"number": corrects.label}]
                if corrects is not None
                else []
            ),
            # The demonstration uses the names of real entities, and takes no money.
            *(
                [_("Demonstration: no money was moved, and this is no receipt of theirs.")]
                if settings.DEMO
                else []
            ),
        ],
        "foot": f"{receipt.seller} · {receipt.label}",
    }


def _lines(address: str) -> list[str]:
    return [line.strip() for line in address.splitlines() if line.strip()]


def title_of(receipt: Receipt) -> str:
    """What kind of receipt it is, in the language spoken here."""
    return {
        "payment": _("Receipt"),
        "refund": _("Receipt of a refund"),
        "refund_back": _("Receipt of a refund that came back"),
    }[receipt.kind]
