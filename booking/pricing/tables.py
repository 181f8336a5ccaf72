"""The dated tables behind a price: which tariff, which VAT rate and which exchange rate hold on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from booking import db, money
from booking.errors import Refused
from booking.i18n import lazy
from booking.pricing.models import ExchangeRate, TariffRow
from booking.pricing.quoting import Quote, Tariff, Terms, quote, terms
from booking.timespan import TimeSpan, local_day

# Who has no tariff of their own pays by the next one in the row.
FALLBACK = {
    "staff": ("staff", "member"),
    "partner": ("partner", "member"),
    "member": ("member",),
    "external": ("external",),
}


class NotForYou(Refused):
    """There is no price for this category of member: the resource is not let to them."""

    code = "not_for_your_category"
    text = lazy("This space is for members of the cooperative only.")


class NoRate(Refused):
    """No exchange rate is known between the two currencies."""

    code = "no_exchange_rate"
    text = lazy(
        "There is no exchange rate from %(from_currency)s to %(to_currency)s yet, so this Activity cannot pay here."
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """A VAT rate in basis points and the legal reason for it."""

    basis_points: int
    reason: str


NO_RATE = Rate(0, "no rate known for this supply")


async def tariffs_of(resource_ids: Iterable[int], category: str, on: date) -> dict[int, Tariff]:
    """The tariff of each resource for this category on a day. Resources not let to it are missing."""
    return _best(await db.rows(*_tariffs_asked(resource_ids, category, on)), category)


def _tariffs_asked(resource_ids: Iterable[int], category: str, on: date) -> tuple[Any, ...]:
    """The question for all the tariffs of these resources that hold, or held, for the category until a day."""
    return (
        f"SELECT * FROM tariff WHERE {db.among('resource_id')} AND {db.among('category')} AND from_on <= ? "
        "ORDER BY from_on",
        db.many(resource_ids),
        db.many(FALLBACK[category]),
        on,
    )


def _best(found: list[dict[str, Any]], category: str) -> dict[int, Tariff]:
    """The tariff of each resource among the rows so asked for."""
    names = FALLBACK[category]
    best: dict[int, tuple[int, dict[str, Any]]] = {}
    for row in found:
        rank = -names.index(row["category"])
        if row["resource_id"] not in best or best[row["resource_id"]][0] <= rank:
            best[row["resource_id"]] = (rank, row)
    return {
        resource_id: Tariff(row["currency"], row["hour_cents"], row["half_day_cents"], row["day_cents"])
        for resource_id, (_rank, row) in best.items()
    }


async def tariff_history(resource_ids: Iterable[int], category: str) -> dict[int, list[tuple[date, Tariff]]]:
    """Every tariff of each resource for this category, with its first day, in order: for looking back over a period."""
    found: dict[int, list[tuple[date, Tariff]]] = {}
    names = FALLBACK[category]
    rows = TariffRow.filter(resource_id__in=list(resource_ids), category__in=names)
    best = {
        (row.resource_id, row.from_on): row
        for row in sorted(await rows, key=lambda row: (row.from_on, -names.index(row.category)))
    }
    for (resource_id, from_on), row in best.items():
        tariff = Tariff(row.currency, row.hour_cents, row.half_day_cents, row.day_cents)
        found.setdefault(resource_id, []).append((from_on, tariff))
    return found


async def vat_rates(countries: Iterable[str], on: date) -> dict[tuple[str, str], Rate]:
    """The rates of these countries on a day, by (country, category)."""
    return _rates(await db.rows(*_rates_asked(countries, on)))


Prices = tuple[list[dict[int, Tariff]], dict[tuple[str, str], Rate]]


def prices_asked(
    resource_ids: Iterable[int], categories: Iterable[str], countries: Iterable[str], on: date
) -> db.Asked[Prices]:
    """`tariffs_of` for each category, and `vat_rates`, to be asked at once."""
    ids, wanted = list(resource_ids), list(categories)

    def read(*found: list[Any]) -> Prices:
        *tariffs, rates = found
        return [_best(rows, category) for rows, category in zip(tariffs, wanted, strict=True)], _rates(rates)

    return db.Asked(
        (*(_tariffs_asked(ids, category, on) for category in wanted), _rates_asked(countries, on)), read
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """The tariffs of some resources and all VAT rates, of whatever day."""

    tariffs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    rates: dict[tuple[str, str], list[tuple[date, Rate]]] = field(default_factory=dict)

    def tariff(self, resource_id: int, category: str, on: date) -> Tariff | None:
        """As `tariffs_of` finds it; None where the resource is not let to this category."""
        names = FALLBACK[category]
        rows = [
            row
            for row in self.tariffs.get(resource_id, ())
            if row["category"] in names and row["from_on"] <= on
        ]
        return _best(rows, category).get(resource_id)

    def rate(self, country: str, category: str, on: date) -> Rate:
        """As `vat_rates` finds it; NO_RATE where there is none."""
        held = [rate for from_on, rate in self.rates.get((country, category), ()) if from_on <= on]
        return held[-1] if held else NO_RATE

    def with_(self, others: Tables) -> Tables:
        """These and those of other resources. The earlier of both must not be used any more."""
        self.tariffs.update(others.tariffs)
        self.rates.update(others.rates)
        return self


def tables_asked(resource_ids: Iterable[int]) -> db.Asked[Tables]:
    """All that `Tables` has of these resources."""

    def read(tariffs: list[dict[str, Any]], rates: list[dict[str, Any]]) -> Tables:
        tables = Tables()
        for row in tariffs:
            row["from_on"] = _day(row["from_on"])
            tables.tariffs.setdefault(row["resource_id"], []).append(row)
        for row in rates:
            rate = Rate(row["basis_points"], row["reason"])
            tables.rates.setdefault((row["country"], row["category"]), []).append(
                (_day(row["from_on"]), rate)
            )
        return tables

    return db.Asked(
        (
            (f"SELECT * FROM tariff WHERE {db.among('resource_id')} ORDER BY from_on", db.many(resource_ids)),
            ("SELECT * FROM vat_rate ORDER BY from_on",),
        ),
        read,
    )


def lets_asked(resource_ids: Iterable[int]) -> db.Asked[dict[int, tuple[tuple[str, date], ...]]]:
    """To which categories these resources are let, each with the day from which on."""

    def read(found: list[dict[str, Any]]) -> dict[int, tuple[tuple[str, date], ...]]:
        lets: dict[int, list[tuple[str, date]]] = {}
        for row in found:
            lets.setdefault(row["resource_id"], []).append((row["category"], _day(row["from_on"])))
        return {id: tuple(each) for id, each in lets.items()}

    sql = (
        f"SELECT resource_id, category, from_on FROM tariff WHERE {db.among('resource_id')} ORDER BY from_on"
    )
    return db.Asked(((sql, db.many(resource_ids)),), read)


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


async def prices_by_day(
    resource_ids: Iterable[int], category: str, countries: Iterable[str], days: Iterable[date]
) -> dict[date, Prices]:
    """What `quote_by` needs on each of these days, by two questions however many they are."""
    wanted = set(days)
    last = max(wanted)
    tariffs, rates = await db.several(
        _tariffs_asked(resource_ids, category, last), _rates_asked(countries, last)
    )

    def until(rows: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
        return [row for row in rows if str(row["from_on"])[:10] <= day.isoformat()]

    return {day: ([_best(until(tariffs, day), category)], _rates(until(rates, day))) for day in wanted}


def _rates_asked(countries: Iterable[str], on: date) -> tuple[Any, ...]:
    sql = f"SELECT * FROM vat_rate WHERE {db.among('country')} AND from_on <= ? ORDER BY from_on"
    return sql, db.many(countries), on


def _rates(found: list[dict[str, Any]]) -> dict[tuple[str, str], Rate]:
    return {(row["country"], row["category"]): Rate(row["basis_points"], row["reason"]) for row in found}


async def quote_for(
    resource: Any, span: TimeSpan, *, category: str, quantity: int = 1, on: date | None = None
) -> Quote:
    """The price of the span for this category of member, by the tariff of the day it begins (or of `on`).

    `resource` has its venue fetched. VAT is that of the country where the place lies (VAT Directive 2006/112/EC,
    article 47). Raises NotForYou.
    """
    [prices] = await db.answers(price_asked(resource, span, category=category, on=on))
    return quote_by(prices, resource, span, quantity=quantity)


def price_asked(resource: Any, span: TimeSpan, *, category: str, on: date | None = None) -> db.Asked[Prices]:
    """What `quote_by` needs: the tariff and the rates of the day on which the span begins (or of `on`)."""
    day = on or local_day(span.begins_at, resource.venue.zone)
    return prices_asked([resource.id], [category], [resource.venue.country], day)


def quote_by(prices: Prices, resource: Any, span: TimeSpan, *, quantity: int = 1) -> Quote:
    """`quote_for`, by what `price_asked` found."""
    [found], rates = prices
    if resource.id not in found:
        raise NotForYou
    rate = rates.get((resource.venue.country, resource.vat_category), NO_RATE)
    return quote(
        found[resource.id],
        span,
        resource.venue.zone,
        quantity=quantity,
        vat_basis_points=rate.basis_points,
        vat_reason=rate.reason,
    )


def terms_for(resource: Any, begins_at: datetime) -> Terms:
    """The cancellation terms of a booking of this resource."""
    return terms(
        begins_at,
        resource.free_until_hours,
        late_fee_basis_points=resource.late_fee_percent * 100,
        no_show_fee_basis_points=resource.no_show_fee_percent * 100,
    )


async def convert_at(amount_cents: int, from_currency: str, to_currency: str, on: date) -> tuple[int, str]:
    """The amount in the other currency by the latest reference rates up to a day, and how it was found, as text.

    Both legs go through the euro, as the European Central Bank publishes. Raises NoRate.
    """
    if from_currency == to_currency:
        return amount_cents, ""
    asked = f"WHERE {db.among('currency')} AND on_date <= ? ORDER BY on_date"
    rates = await db.models(ExchangeRate, asked, db.many([from_currency, to_currency]), on)
    per_euro = {row.currency: row for row in rates}
    ratio = Decimal(1)
    dates = []
    for currency, sign in ((to_currency, 1), (from_currency, -1)):
        if currency == "EUR":
            continue
        if currency not in per_euro:
            raise NoRate(from_currency=from_currency, to_currency=to_currency)
        value = Decimal(per_euro[currency].per_euro)
        ratio = ratio * value if sign == 1 else ratio / value
        dates.append(per_euro[currency].on_date)
    rate = ratio.quantize(Decimal("1.0000000000"))
    return money.convert(amount_cents, rate, from_currency, to_currency), f"{rate.normalize()} ({max(dates)})"
