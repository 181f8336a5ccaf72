"""No cent is lost, and a half goes away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from booking import money

amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(lambda found: sum(found) > 0)


def test_it_works():
    assert money.split(1000, [1, 1, 1]) == [334, 333, 333]
    assert money.share(1050, 2100) == 221  # 220.5
    assert money.convert(1000, Decimal("11.2345"), "EUR", "SEK") == 11235  # 11234.5


@pytest.mark.parametrize(
    "amount, whole",
    [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("-3/2", -2), ("49/100", 0), ("-49/100", 0), ("5/2", 3), ("7", 7)],
)
def test_a_half_goes_away_from_zero(amount, whole):
    assert money.rounded(Fraction(amount)) == whole


@given(amounts, weights)
def test_split_never_loses_a_cent(total, found):
    parts = money.split(total, found)
    assert sum(parts) == total
    for part, weight in zip(parts, found, strict=True):
        assert abs(part - Fraction(total * weight, sum(found))) < 1


@given(amounts, weights)
def test_split_of_a_refund_mirrors_the_charge(total, found):
    assert money.split(-total, found) == [-part for part in money.split(total, found)]


@given(amounts, weights)
def test_nobody_pays_for_a_weight_of_nothing(total, found):
    parts = money.split(total, found)
    assert all(part == 0 for part, weight in zip(parts, found, strict=True) if weight == 0)


def test_what_is_left_goes_to_the_largest_remainders():
    assert money.split(10, [6, 3, 1]) == [6, 3, 1]
    assert money.split(7, [6, 3, 1]) == [4, 2, 1]  # 4.2, 2.1, 0.7
    assert money.split(2, [1, 1, 1]) == [1, 1, 0]


@pytest.mark.parametrize("found", [[], [0], [0, 0], [2, -1], [-1]])
def test_split_refuses_weights_that_mean_nothing(found):
    with pytest.raises(ValueError):
        money.split(100, found)


@given(amounts, st.integers(0, 20_000))
def test_a_share_of_a_refund_mirrors_that_of_the_charge(amount, basis_points):
    assert money.share(-amount, basis_points) == -money.share(amount, basis_points)
    assert abs(money.share(amount, basis_points) - Fraction(amount * basis_points, 10_000)) <= Fraction(1, 2)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_larger_amount_has_no_smaller_share(one, other, basis_points):
    assume(one <= other)
    assert money.share(one, basis_points) <= money.share(other, basis_points)


@given(amounts)
def test_all_and_nothing(amount):
    assert money.share(amount, 10_000) == amount
    assert money.share(amount, 0) == 0
    assert money.convert(amount, Decimal(1), "EUR", "EUR") == amount


def test_currencies_differ_in_their_minor_digits():
    assert [money.digits(currency) for currency in ("EUR", "SEK", "JPY", "KWD")] == [2, 2, 0, 3]
    assert money.convert(1000, Decimal("160.255"), "EUR", "JPY") == 1603  # 10 euro, 1602.55 yen
    assert money.convert(1603, Decimal("0.00624"), "JPY", "EUR") == 1000  # 10.00272 euro
    assert money.convert(1000, Decimal("0.3339"), "EUR", "KWD") == 3339


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_convert_refuses_a_rate_that_is_none(rate):
    with pytest.raises(ValueError):
        money.convert(100, Decimal(rate), "EUR", "SEK")
