"""The window of a feed: the same all month, never less than promised."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.calendars.window import window_of

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(MOMENTS)
def test_it_works(at: datetime) -> None:
    window = window_of(at)
    assert window == window_of(window.month_at)
    assert window.month_at <= at
    assert window.begins_at <= at - timedelta(days=90)
    months = at.year * 12 + at.month - 1 + 18
    assert window.ends_at >= datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
    assert (window.ends_at.year * 12 + window.ends_at.month) * 31 + window.ends_at.day > months * 31 + at.day
    assert timedelta(days=30) <= at - window.gone_from <= timedelta(days=61)


def test_it_moves_once_a_month() -> None:
    last = datetime(2026, 11, 30, 23, 59, 59, 999999, tzinfo=UTC)
    assert window_of(last) == window_of(datetime(2026, 11, 1, tzinfo=UTC))
    assert window_of(last + timedelta(microseconds=1)) != window_of(last)


def test_its_days() -> None:
    window = window_of(datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert (window.first_day, window.last_day) == (date(2026, 8, 3), date(2028, 5, 31))
