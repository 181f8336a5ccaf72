"""What a span costs by a tariff, line by line, and what is owed when it is cancelled. Pure.

A quote takes, for each local day of the venue, the cheapest combination of a day, half-days and hours, so a
day never costs more than the day price. Hours are charged by the started minute of elapsed time: a night in
which the clocks are put back costs an hour more, as it lasts an hour more.

What holds, and is tested: never dearer than hours alone; a longer span is never cheaper; cutting a span in
two saves at most the one minor unit that rounding twice may bring, and a midnight is no reason to cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Self

from booking.money import rounded, share
from booking.timespan import TimeSpan, day_span, days, local_day

Exact = Fraction | int
MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices in minor units of the currency, net of VAT, for one unit. None: not offered so; all None: free.

    `half_day_minutes` is how long a half-day lasts at most. Never less is charged than `minimum_minutes`
    would cost. Raises ValueError for a negative price or a length out of range.
    """

    currency: str
    hour_cents: int | None = None
    half_day_cents: int | None = None
    day_cents: int | None = None
    half_day_minutes: int = 240
    minimum_minutes: int = 0

    def __post_init__(self) -> None:
        for cents in (self.hour_cents, self.half_day_cents, self.day_cents):
            if cents is not None and cents < 0:
                raise ValueError(f"a price is not negative: {cents}")
        if not 0 < self.half_day_minutes <= DAY_MINUTES or not 0 <= self.minimum_minutes <= DAY_MINUTES:
            raise ValueError("half-days and minimums last up to a day")


@dataclass(frozen=True, slots=True)
class Line:
    """`code` is 'hour' (quantity in minutes), 'half_day' or 'day' (in pieces); all units together.

    `unit_cents` is the price of one hour or piece; the amount is rounded here, once.
    """

    code: str
    quantity: Exact
    unit_cents: int
    amount_cents: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        whole = isinstance(self.quantity, int)
        return {**_by_name(self), "quantity": self.quantity if whole else str(self.quantity)}


@dataclass(frozen=True, slots=True)
class Quote:
    """A price with its explanation: the lines sum to the net, net and VAT to the total."""

    lines: tuple[Line, ...]
    net_cents: int
    vat_basis_points: int
    vat_cents: int
    total_cents: int
    currency: str
    vat_reason: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, to copy onto the reservation. A broken minute becomes text, like '45/2'."""
        return {**_by_name(self), "lines": [line.to_json() for line in self.lines]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The quote that `to_json` wrote."""
        lines = tuple(
            Line(**{**line, "quantity": _plain(Fraction(line["quantity"]))}) for line in data["lines"]
        )
        return cls(**{**data, "lines": lines})


@dataclass(frozen=True, slots=True)
class Terms:
    """Cancelling costs nothing before `free_until` (UTC), then `late_fee_basis_points` of the total."""

    free_until: datetime
    late_fee_basis_points: int
    no_show_fee_basis_points: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, to be copied onto the reservation."""
        return {**_by_name(self), "free_until": self.free_until.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The terms that `to_json` wrote."""
        return cls(**{**data, "free_until": datetime.fromisoformat(data["free_until"])})


def quote(
    tariff: Tariff,
    span: TimeSpan,
    zone: str,
    *,
    quantity: int = 1,
    vat_basis_points: int,
    vat_reason: str,
) -> Quote:
    """The cheapest price of the span for so many units, by the local days of the venue's zone.

    Each line is rounded once, half away from zero, and VAT once on the net. Nothing to pay gives no lines.
    Raises ValueError for less than one unit or a negative rate.
    """
    if quantity < 1 or vat_basis_points < 0:
        raise ValueError("a quote is for one unit or more, at a rate of 0 or more")
    # The started minute counts whole; the last day gets it.
    charged = TimeSpan(span.begins_at, span.begins_at + -(-span.duration // MINUTE) * MINUTE)
    found = [_cheapest(tariff, minutes) for minutes in _minutes_by_day(charged, zone)]
    least = _cheapest(tariff, tariff.minimum_minutes)
    if sum(mix.cents for mix in found) < least.cents:
        found = [least]
    lines = _lines(tariff, found, quantity)
    net_cents = sum(line.amount_cents for line in lines)
    vat_cents = share(net_cents, vat_basis_points)
    return Quote(
        lines, net_cents, vat_basis_points, vat_cents, net_cents + vat_cents, tariff.currency, vat_reason
    )


def terms(
    begins_at: datetime,
    free_until_hours: int,
    *,
    late_fee_basis_points: int = 10_000,
    no_show_fee_basis_points: int = 10_000,
) -> Terms:
    """Free until so many elapsed hours before the beginning.

    Elapsed, so after a change night 24 hours before is not "this time yesterday". Raises ValueError for
    negative hours, or a fee below nothing or above the whole price.
    """
    if free_until_hours < 0 or not all(
        0 <= fee <= 10_000 for fee in (late_fee_basis_points, no_show_fee_basis_points)
    ):
        raise ValueError("hours are not negative, and a fee is at most the whole price")
    free_until = begins_at.astimezone(UTC) - timedelta(hours=free_until_hours)
    return Terms(free_until, late_fee_basis_points, no_show_fee_basis_points)


def cancellation_fee(total_cents: int, terms: Terms, at: datetime) -> int:
    """What cancelling at this instant costs. The free time is half-open: at its end it is over."""
    return 0 if at < terms.free_until else share(total_cents, terms.late_fee_basis_points)


def no_show_fee(total_cents: int, terms: Terms) -> int:
    """What not coming costs."""
    return share(total_cents, terms.no_show_fee_basis_points)


@dataclass(frozen=True, slots=True)
class _Mix:
    """A combination for one local day and one unit, with its exact price."""

    cents: Exact
    days: int = 0
    half_days: int = 0
    hour_minutes: Exact = 0


def _cheapest(tariff: Tariff, minutes: Exact) -> _Mix:
    """The cheapest way to pay for these minutes of one day; of equal ones, the plainest to read."""
    if not minutes:
        return _Mix(0)
    ways: list[_Mix] = []
    most_halves = 0
    if tariff.day_cents is not None:
        ways.append(_Mix(tariff.day_cents, days=1))
    if tariff.half_day_cents is not None:
        most_halves = -(-minutes // tariff.half_day_minutes)
        ways.append(_Mix(most_halves * tariff.half_day_cents, half_days=most_halves))
    if tariff.hour_cents is not None:
        for halves in range(max(most_halves, 1)):
            rest = minutes - halves * tariff.half_day_minutes
            cents = halves * (tariff.half_day_cents or 0) + _over(tariff.hour_cents * rest, 60)
            ways.append(_Mix(cents, half_days=halves, hour_minutes=rest))
    return min(ways, key=lambda mix: mix.cents, default=_Mix(0))


def _lines(tariff: Tariff, mixes: list[_Mix], quantity: int) -> tuple[Line, ...]:
    pieces = (
        ("day", tariff.day_cents, sum(mix.days for mix in mixes), 1),
        ("half_day", tariff.half_day_cents, sum(mix.half_days for mix in mixes), 1),
        ("hour", tariff.hour_cents, sum(mix.hour_minutes for mix in mixes), 60),
    )
    return tuple(
        Line(code, _plain(number * quantity), cents, rounded(_over(number * quantity * cents, per)))
        for code, cents, number, per in pieces
        if cents and number
    )


def _minutes_by_day(span: TimeSpan, zone: str) -> list[Exact]:
    """How long the span lasts on each local day it touches, in exact minutes."""
    if day_span(local_day(span.begins_at, zone), zone).contains(span):
        parts: list[TimeSpan | None] = [span]
    else:
        parts = [span.intersection(day_span(day, zone)) for day in days(span, zone)]
    return [_over(part.duration // timedelta.resolution, 60_000_000) for part in parts if part]


def _by_name(value: Any) -> dict[str, Any]:
    """The fields of a dataclass as they are. (`asdict` would copy each of them deeply.)"""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _over(number: Exact, by: int) -> Exact:
    """The exact quotient. Nearly all are whole, and whole numbers count ten times as fast as fractions."""
    if isinstance(number, int):
        whole, rest = divmod(number, by)
        return Fraction(number, by) if rest else whole
    return number / by


def _plain(number: Exact) -> Exact:
    return number.numerator if number.denominator == 1 else number
