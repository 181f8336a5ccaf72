"""Prices, terms and exchange rates in words, for quotes and for what has been booked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import numbers

from booking import i18n, money, pricing
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.pricing import Quote, Terms

Line = tuple[str, str | None, int]


@dataclass(frozen=True)
class Priced:
    """A quote as parts/money.html shows it. `lines` are (label, detail, minor units), `vat` (label, minor units)."""

    lines: list[Line]
    vat: list[tuple[str, int]]
    total_cents: int
    currency: str


def priced(quote: Quote, *, quantity: int = 1, gross: bool = False) -> Priced:
    """The lines of a quote in words; what is free has one line that says so.

    `gross`: each line with its VAT, for people outside the cooperative; the VAT line says what is in it.
    """
    detail = (
        ngettext("for %(number)s of them", "for %(number)s of them", quantity) % {"number": quantity}
        if quantity > 1
        else None
    )
    lines = [(_line(line, quote.currency), detail, line.amount_cents) for line in quote.lines]
    if not lines:
        return Priced([(_("Free of charge"), None, 0)], [], 0, quote.currency)
    if gross:
        nets = [line.amount_cents for line in quote.lines]
        full = money.split(quote.total_cents, nets)
        named = [
            (_gross_line(line, quote), detail, cents) for line, cents in zip(quote.lines, full, strict=True)
        ]
        within = _("VAT %(rate)s, in the price") % {"rate": _rate(quote.vat_basis_points)}
        return Priced(named, [(within, quote.vat_cents)], quote.total_cents, quote.currency)
    vat = [(_("VAT %(rate)s") % {"rate": _rate(quote.vat_basis_points)}, quote.vat_cents)]
    return Priced(lines, vat, quote.total_cents, quote.currency)


def _gross_line(line: Any, quote: Quote) -> str:
    unit_cents = line.unit_cents + money.share(line.unit_cents, quote.vat_basis_points)
    return _line(replace(line, unit_cents=unit_cents), quote.currency)


def _line(line: Any, currency: str) -> str:
    values = {"price": i18n.money(line.unit_cents, currency)}
    if line.code == "hour":
        return f"{i18n.duration(round(line.quantity))} × {values['price']}"
    number = round(line.quantity)
    words = (
        ngettext("%(number)s half day × %(price)s", "%(number)s half days × %(price)s", number)
        if line.code == "half_day"
        else ngettext("%(number)s day × %(price)s", "%(number)s days × %(price)s", number)
    )
    return words % {"number": i18n.number(number), **values}


def _rate(basis_points: int) -> str:
    return i18n.percent(basis_points / 10_000, 0 if basis_points % 100 == 0 else 1)


def cancelling(
    terms: Terms, total_cents: int, currency: str, zone: str, *, at: datetime, parts_cents: Iterable[int] = ()
) -> list[str]:
    """What cancelling costs, as sentences with the venue's date and time. `parts_cents`: what the total is made of,
    where each part is a booking with a fee of its own."""
    parts = tuple(parts_cents) or (total_cents,)
    late_cents = sum(pricing.cancellation_fee(each, terms, terms.free_until) for each in parts)
    if not total_cents or not late_cents:
        return [_("Cancelling is free until it begins.")]
    values = {
        "moment": i18n.moment(terms.free_until, zone),
        "share": _rate(terms.late_fee_basis_points),
        "fee": i18n.money(late_cents, currency),
    }
    if at < terms.free_until:
        return [
            _("Cancelling is free until %(moment)s.") % values,
            _("After that it costs %(share)s: %(fee)s.") % values,
        ]
    return [_("Cancelling was free until %(moment)s. Now it costs %(share)s: %(fee)s.") % values]


def rate_words(rate: str, from_currency: str, to_currency: str) -> str:
    """'1 EUR = 11.2 SEK, reference rate of 20 Nov 2026' for a rate as the reservation keeps it; '' for none."""
    value, _blank, on = rate.partition(" ")
    if not value:
        return ""
    shown = numbers.format_decimal(Decimal(value), format="#,##0.####", locale=i18n.locale(i18n.language()))
    said = {"from": from_currency, "rate": shown, "to": to_currency}
    try:
        said["day"] = i18n.day(date.fromisoformat(on.strip("()")), style="medium")
    except ValueError:
        return f"1 {from_currency} = {shown} {to_currency}"
    return _("1 %(from)s = %(rate)s %(to)s, reference rate of %(day)s") % said
