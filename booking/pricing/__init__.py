"""What a span of a resource costs: dated tariffs, VAT, exchange rates, cancellation terms.

Knows: which tariff and which rate hold on a day, and the cheapest price they allow, explained line by line.
Refuses to know: whether the resource is free, or who pays.

Invariants: lines sum to the net, net and VAT to the total; rounding once per line, half away from zero; tariffs and
rates are never edited, so an old quote can be replayed.
"""

from booking.pricing.quoting import (
    Line,
    Quote,
    Tariff,
    Terms,
    cancellation_fee,
    no_show_fee,
    quote,
    terms,
)
from booking.pricing.tables import (
    NO_RATE,
    NoRate,
    NotForYou,
    Prices,
    Rate,
    convert_at,
    price_asked,
    prices_asked,
    prices_by_day,
    quote_by,
    quote_for,
    tariff_history,
    tariffs_of,
    terms_for,
    vat_rates,
)

__all__ = [
    "NO_RATE",
    "Line",
    "NoRate",
    "NotForYou",
    "Prices",
    "Quote",
    "Rate",
    "Tariff",
    "Terms",
    "cancellation_fee",
    "convert_at",
    "no_show_fee",
    "price_asked",
    "prices_asked",
    "prices_by_day",
    "quote",
    "quote_by",
    "quote_for",
    "tariff_history",
    "tariffs_of",
    "terms",
    "terms_for",
    "vat_rates",
]
