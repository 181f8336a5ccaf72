"""A quote is the cheapest combination, explained, rounded once per line."""

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.pricing.quoting import Line, Quote, Tariff, quote
from booking.timespan import TimeSpan, wall_to_utc

BRUSSELS = "Europe/Brussels"
MONDAY = date(2026, 3, 2)
ROOM = Tariff("EUR", hour_cents=1500, half_day_cents=5000, day_cents=9000)


def span(begins: int, ends: int, zone: str = BRUSSELS) -> TimeSpan:
    """Wall minutes past Monday's midnight, up to two days."""
    return TimeSpan(wall_to_utc(MONDAY, begins, zone), wall_to_utc(MONDAY, ends, zone))


def priced(tariff: Tariff, wish: TimeSpan, **given_: int) -> Quote:
    return quote(tariff, wish, BRUSSELS, **{"vat_basis_points": 2100, "vat_reason": "art. 47", **given_})


prices = st.none() | st.integers(0, 20_000)
tariffs = st.builds(
    Tariff,
    currency=st.just("EUR"),
    hour_cents=prices,
    half_day_cents=prices,
    day_cents=prices,
    half_day_minutes=st.integers(60, 720),
    minimum_minutes=st.integers(0, 480),
)
wishes = st.builds(
    lambda begins, length: TimeSpan(
        datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=begins),
        datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=begins + length),
    ),
    st.integers(0, 2 * 86_400),
    st.integers(1, 4 * 86_400),
)


def test_it_works():
    assert priced(ROOM, span(540, 630)) == Quote(
        lines=(Line("hour", 90, 1500, 2250),),
        net_cents=2250,
        vat_basis_points=2100,
        vat_cents=473,  # 472.5
        total_cents=2723,
        currency="EUR",
        vat_reason="art. 47",
    )


@pytest.mark.parametrize(
    "length, lines",
    [
        (60, [("hour", 60, 1500)]),
        (200, [("half_day", 1, 5000)]),  # as dear by the hour: the plainer line
        (199, [("hour", 199, 4975)]),
        (240, [("half_day", 1, 5000)]),
        (300, [("half_day", 1, 5000), ("hour", 60, 1500)]),
        (400, [("day", 1, 9000)]),  # a half-day and 160 minutes are 9000, too
        (399, [("half_day", 1, 5000), ("hour", 159, 3975)]),
        (840, [("day", 1, 9000)]),
    ],
)
def test_the_cheapest_combination_is_taken(length, lines):
    found = priced(ROOM, span(480, 480 + length))
    assert [(line.code, line.quantity, line.amount_cents) for line in found.lines] == lines


def test_each_local_day_is_priced_by_itself():
    found = priced(ROOM, span(8 * 60, 24 * 60 + 90))
    assert [(line.code, line.quantity, line.amount_cents) for line in found.lines] == [
        ("day", 1, 9000),
        ("hour", 90, 2250),
    ]


def test_the_venues_midnight_decides():
    """23:00 to 01:00 in Lisbon is 00:00 to 02:00 in Brussels: one day there, two days here."""
    wish = span(0, 120)
    daily = Tariff("EUR", day_cents=1000)
    assert quote(daily, wish, "Europe/Brussels", vat_basis_points=0, vat_reason="").net_cents == 1000
    assert quote(daily, wish, "Europe/Lisbon", vat_basis_points=0, vat_reason="").net_cents == 2000


@pytest.mark.parametrize(
    "tariff, length, net",
    [
        (Tariff("EUR", day_cents=9000), 30, 9000),
        (Tariff("EUR", half_day_cents=5000), 241, 10000),
        (Tariff("EUR", half_day_cents=5000, day_cents=9000), 241, 9000),
        (Tariff("EUR", half_day_cents=5000, half_day_minutes=300), 241, 5000),
        (Tariff("EUR", hour_cents=1000, half_day_cents=3000), 480, 6000),
    ],
)
def test_a_tariff_may_lack_some_prices(tariff, length, net):
    assert priced(tariff, span(480, 480 + length)).net_cents == net


@pytest.mark.parametrize(
    "tariff",
    [
        Tariff("EUR"),
        Tariff("EUR", 0, 0, 0),
        Tariff("EUR", hour_cents=0, day_cents=9000),
        Tariff("EUR", day_cents=0),
        Tariff("EUR", minimum_minutes=60),
    ],
)
def test_free_has_no_lines(tariff):
    found = priced(tariff, span(540, 630))
    assert (found.lines, found.net_cents, found.vat_cents, found.total_cents) == ((), 0, 0, 0)


def test_units_multiply_before_rounding():
    desk = Tariff("EUR", hour_cents=101)
    assert priced(desk, span(540, 570)).net_cents == 51  # 50.5
    assert priced(desk, span(540, 570), quantity=2).lines == (Line("hour", 60, 101, 101),)
    assert priced(ROOM, span(480, 1320), quantity=3).lines == (Line("day", 3, 9000, 27000),)


def test_a_started_minute_counts_whole():
    one = span(540, 600)
    longer = TimeSpan(one.begins_at, one.ends_at + timedelta(seconds=1))
    assert priced(ROOM, longer).lines[0].quantity == 61


def test_a_minute_broken_by_midnight_stays_exact():
    """From 30 seconds before midnight: the first day gets half a minute, and is charged for it as for hours."""
    one = span(24 * 60, 48 * 60)
    wish = TimeSpan(one.begins_at - timedelta(seconds=30), one.ends_at - timedelta(seconds=30))
    found = priced(ROOM, wish)
    assert [(line.code, line.quantity, line.amount_cents) for line in found.lines] == [
        ("day", 1, 9000),
        ("hour", Fraction(1, 2), 13),  # 12.5
    ]
    assert Quote.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_never_less_than_the_minimum():
    room = Tariff("EUR", hour_cents=1500, day_cents=4000, minimum_minutes=60)
    assert priced(room, span(540, 550)).lines == (Line("hour", 60, 1500, 1500),)
    assert priced(room, span(24 * 60 - 10, 24 * 60 + 10)).lines == (Line("hour", 60, 1500, 1500),)
    assert priced(room, span(540, 601)).lines == (Line("hour", 61, 1500, 1525),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hour_cents": -1},
        {"day_cents": -1},
        {"half_day_cents": -1},
        {"half_day_minutes": 0},
        {"half_day_minutes": 1441},
        {"minimum_minutes": -1},
        {"minimum_minutes": 1441},
    ],
)
def test_a_tariff_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError):
        Tariff("EUR", **wrong)


@pytest.mark.parametrize("wrong", [{"quantity": 0}, {"vat_basis_points": -1}])
def test_a_quote_for_nothing_is_refused(wrong):
    with pytest.raises(ValueError):
        priced(ROOM, span(540, 600), **wrong)


@given(tariffs, wishes, st.integers(1, 5), st.integers(0, 2700))
def test_the_sum_explains_itself(tariff, wish, quantity, vat):
    found = priced(tariff, wish, quantity=quantity, vat_basis_points=vat)
    assert found.net_cents == sum(line.amount_cents for line in found.lines)
    assert found.total_cents == found.net_cents + found.vat_cents
    assert abs(found.vat_cents - Fraction(found.net_cents * vat, 10_000)) <= Fraction(1, 2)
    for line in found.lines:
        exact = Fraction(line.quantity) * line.unit_cents / (60 if line.code == "hour" else 1)
        assert abs(line.amount_cents - exact) <= Fraction(1, 2)
    assert len({line.code for line in found.lines}) == len(found.lines)


@given(tariffs, wishes, st.integers(1, 5))
def test_no_other_price_is_cheaper(tariff, wish, quantity):
    """Leaving a price out of the list never makes it cheaper: in particular, hours alone are never cheaper."""
    found = priced(tariff, wish, quantity=quantity).total_cents
    whole = {name: getattr(tariff, name) for name in ("hour_cents", "half_day_cents", "day_cents")}
    rest = {"half_day_minutes": tariff.half_day_minutes, "minimum_minutes": tariff.minimum_minutes}
    for name, cents in whole.items():
        if cents is not None:
            alone = Tariff("EUR", **{name: cents}, **rest)
            assert found <= priced(alone, wish, quantity=quantity).total_cents
        without = Tariff("EUR", **{**whole, name: None}, **rest)
        if any(value is not None for key, value in whole.items() if key != name):
            assert found <= priced(without, wish, quantity=quantity).total_cents


@given(tariffs, wishes, st.integers(0, 2 * 86_400), st.integers(0, 2 * 86_400))
def test_longer_is_never_cheaper(tariff, wish, before, after):
    longer = TimeSpan(
        wish.begins_at - before // 60 * timedelta(minutes=1), wish.ends_at + timedelta(seconds=after)
    )
    assert priced(tariff, wish).total_cents <= priced(tariff, longer).total_cents


@given(tariffs, wishes, st.integers(1, 99))
def test_cutting_in_two_saves_at_most_a_rounding(tariff, wish, percent):
    """At most one minor unit of the net price, when a broken line is rounded down twice instead of up once.

    Cut at a whole minute, that is: of a cut within a minute, both parts pay for it.
    """
    cut = wish.begins_at + wish.duration * percent // 100 // timedelta(minutes=1) * timedelta(minutes=1)
    if not wish.begins_at < cut < wish.ends_at:
        return
    whole = priced(tariff, wish).net_cents
    first, second = TimeSpan(wish.begins_at, cut), TimeSpan(cut, wish.ends_at)
    assert whole <= priced(tariff, first).net_cents + priced(tariff, second).net_cents + 1


@given(tariffs, wishes, st.integers(1, 5))
def test_json_and_back(tariff, wish, quantity):
    found = priced(tariff, wish, quantity=quantity)
    assert Quote.from_json(json.loads(json.dumps(found.to_json()))) == found
