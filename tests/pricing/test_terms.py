"""Free until an instant, then a fee; counted in elapsed hours."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.pricing.quoting import Terms, cancellation_fee, no_show_fee, terms
from booking.timespan import local, wall_to_utc

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_it_works():
    found = terms(MORNING, 24, late_fee_basis_points=5000, no_show_fee_basis_points=10_000)
    assert found == Terms(MORNING - timedelta(hours=24), 5000, 10_000)
    assert cancellation_fee(2723, found, MORNING - timedelta(hours=25)) == 0
    assert cancellation_fee(2723, found, MORNING - timedelta(hours=23)) == 1362  # 1361.5
    assert no_show_fee(2723, found) == 2723


def test_free_time_is_half_open():
    found = terms(MORNING, 24)
    assert cancellation_fee(1000, found, found.free_until - timedelta(microseconds=1)) == 0
    assert cancellation_fee(1000, found, found.free_until) == 1000


def test_the_deadline_is_in_utc_wherever_the_beginning_came_from():
    found = terms(MORNING.astimezone(ZoneInfo("Europe/Tallinn")), 0)
    assert found.free_until == MORNING
    assert found.free_until.tzinfo is UTC


@pytest.mark.parametrize(
    "day, shown",
    [(date(2026, 10, 25), (24, 13)), (date(2027, 3, 28), (27, 11)), (date(2026, 7, 1), (30, 12))],
)
def test_hours_before_are_elapsed_hours(day, shown):
    """24 hours before noon after a change night are 13:00, or 11:00, of the day before."""
    found = terms(wall_to_utc(day, 12 * 60, "Europe/Brussels"), 24)
    deadline = local(found.free_until, "Europe/Brussels")
    assert (deadline.day, deadline.hour) == shown


@pytest.mark.parametrize(
    "hours, wrong",
    [
        (-1, {}),
        (24, {"late_fee_basis_points": -1}),
        (24, {"late_fee_basis_points": 10_001}),
        (24, {"no_show_fee_basis_points": 10_001}),
    ],
)
def test_terms_that_mean_nothing_are_refused(hours, wrong):
    with pytest.raises(ValueError):
        terms(MORNING, hours, **wrong)


@given(
    st.integers(0, 10**8),
    st.integers(0, 720),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(-(10**6), 10**6),
)
def test_a_fee_is_never_more_than_the_price(total, hours, late, no_show, minutes):
    found = terms(MORNING, hours, late_fee_basis_points=late, no_show_fee_basis_points=no_show)
    fee = cancellation_fee(total, found, MORNING + timedelta(minutes=minutes))
    assert 0 <= fee <= total
    assert 0 <= no_show_fee(total, found) <= total
    assert Terms.from_json(json.loads(json.dumps(found.to_json()))) == found
