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
    FALLBACK,
    NO_RATE,
    NoRate,
    NotForYou,
    Prices,
    Rate,
    Tables,
    convert_at,
    lets_asked,
    price_asked,
    prices_asked,
    prices_by_day,
    quote_by,
    quote_for,
    tables_asked,
    tariff_history,
    tariffs_of,
    terms_for,
    vat_rates,
)

__all__ = [
    "FALLBACK",
    "NO_RATE",
    "Line",
    "NoRate",
    "NotForYou",
    "Prices",
    "Quote",
    "Rate",
    "Tables",
    "Tariff",
    "Terms",
    "cancellation_fee",
    "convert_at",
    "lets_asked",
    "no_show_fee",
    "price_asked",
    "prices_asked",
    "prices_by_day",
    "quote",
    "quote_by",
    "quote_for",
    "tables_asked",
    "tariff_history",
    "tariffs_of",
    "terms",
    "terms_for",
    "vat_rates",
]
