"""Amounts are integers in minor units (`_cents`, whatever the currency). No float ever, and no cent lost.

Rounding happens once, at the end of a calculation, half away from zero, so that a refund is the exact mirror
of a charge. Rates of tax and of fees are basis points: 2100 is 21 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

# Minor digits of the currencies that have not two (ISO 4217).
CURRENCY_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF", "UYI"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def digits(currency: str) -> int:
    """How many minor digits the currency has: 2, unless ISO 4217 says otherwise."""
    return CURRENCY_DIGITS.get(currency, 2)


def rounded(amount: Fraction | int) -> int:
    """The nearest integer; a half goes away from zero."""
    return _rounded(amount.numerator, amount.denominator)


def _rounded(over: int, under: int) -> int:
    whole = (2 * abs(over) + under) // (2 * under)
    return whole if over >= 0 else -whole


def split(total_cents: int, weights: Sequence[int]) -> list[int]:
    """The total in parts as near to the weights as whole cents allow; the parts sum to the total exactly.

    What is left after rounding down goes, cent by cent, to the largest remainders, the first ones where
    equal. A negative total splits like its mirror. Raises ValueError when a weight is negative, or all are 0.
    """
    weight_sum = sum(weights)
    if weight_sum <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and one must be above 0")
    size = abs(total_cents)
    parts = [size * weight // weight_sum for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(size * weights[place] % weight_sum))
    for place in by_remainder[: size - sum(parts)]:
        parts[place] += 1
    return parts if total_cents >= 0 else [-part for part in parts]


def share(amount_cents: int, basis_points: int) -> int:
    """So many ten-thousandths of the amount, rounded half away from zero."""
    return _rounded(amount_cents * basis_points, 10_000)


def convert(amount_cents: int, rate: Decimal, from_currency: str, to_currency: str) -> int:
    """The amount in minor units of the other currency, rounded half away from zero.

    `rate` is how much of `to_currency` one whole unit of `from_currency` buys. Raises ValueError unless it is
    a positive finite number.
    """
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"a rate must be above 0: {rate}")
    scale = Fraction(10 ** digits(to_currency), 10 ** digits(from_currency))
    return rounded(amount_cents * Fraction(rate) * scale)
