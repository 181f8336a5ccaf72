"""Spans are half-open and in UTC; wall time becomes UTC by the zone, also where clocks jump."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from booking import timespan
from booking.timespan import NoSuchTime, TimeSpan, wall_to_utc

ZERO = datetime(2026, 10, 24, tzinfo=UTC)
ZONES = ["Europe/Brussels", "Europe/Lisbon", "Atlantic/Azores", "Europe/Chisinau", "America/Havana"]
ZONES += ["Africa/Cairo", "Asia/Beirut", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
ZONES += ["America/Scoresbysund", "Pacific/Kiritimati", "Europe/Istanbul", "Pacific/Chatham"]


def at(minutes: int) -> datetime:
    return ZERO + timedelta(minutes=minutes)


def span(begins: int, ends: int) -> TimeSpan:
    return TimeSpan(at(begins), at(ends))


spans = st.builds(
    lambda begins, length: span(begins, begins + length), st.integers(0, 300), st.integers(1, 60)
)
span_lists = st.lists(spans, max_size=12)
zones = st.sampled_from(ZONES)
dates = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def instants(found: list[TimeSpan]) -> set[int]:
    return {minute for minute in range(-10, 400) if any(each.covers(at(minute)) for each in found)}


def test_it_works():
    morning = TimeSpan(
        datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/Brussels")), at(-10_000_000 + 10_000_000)
    )
    assert morning.begins_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert morning.begins_at.tzinfo is UTC
    assert span(0, 90).minutes == 90
    assert wall_to_utc(date(2026, 7, 1), 9 * 60, "Europe/Tallinn") == datetime(2026, 7, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("begins, ends", [(10, 10), (11, 10)])
def test_an_empty_or_reversed_span_is_refused(begins, ends):
    with pytest.raises(ValueError, match="end after"):
        span(begins, ends)


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="zone"):
        TimeSpan(datetime(2026, 1, 1), at(0))
    with pytest.raises(ValueError, match="zone"):
        timespan.local_day(datetime(2026, 1, 1), "Europe/Rome")


def test_touching_spans_do_not_overlap():
    assert not span(0, 60).overlaps(span(60, 120))
    assert span(0, 61).overlaps(span(60, 120))
    assert span(0, 60).covers(at(0))
    assert not span(0, 60).covers(at(60))


@given(spans, spans)
def test_overlap_is_a_shared_instant(one, other):
    shared = one.intersection(other)
    assert one.overlaps(other) == other.overlaps(one) == (shared is not None)
    assert instants([shared] if shared else []) == instants([one]) & instants([other])
    assert one.contains(other) == (shared == other)


@given(spans, st.integers(0, 90), st.integers(0, 90))
def test_widening_adds_elapsed_minutes(one, before, after):
    assert one.widened(before, after).minutes == one.minutes + before + after
    assert one.widened(before, after).contains(one)


@given(span_lists, span_lists)
def test_lists_of_spans_behave_like_sets_of_instants(some, others):
    assert instants(timespan.union(some)) == instants(some)
    assert instants(timespan.subtract(some, others)) == instants(some) - instants(others)
    assert instants(timespan.common(some, others)) == instants(some) & instants(others)


@given(span_lists, span_lists)
def test_lists_of_spans_come_out_sorted_and_apart(some, others):
    for found in (timespan.union(some), timespan.subtract(some, others), timespan.common(some, others)):
        for earlier, later in itertools.pairwise(found):
            assert earlier.ends_at < later.begins_at


@given(span_lists, span_lists)
def test_what_is_left_and_what_is_shared_make_the_whole(some, others):
    parts = timespan.subtract(some, others) + timespan.common(some, others)
    assert timespan.union(parts) == timespan.union(some)


# Wall time


def test_a_wall_time_in_the_gap_names_the_next_one():
    with pytest.raises(NoSuchTime) as refusal:
        wall_to_utc(date(2027, 3, 28), 210, "Europe/Tallinn")  # 03:30
    assert refusal.value.next_at == datetime(2027, 3, 28, 1, tzinfo=UTC)  # 04:00
    assert refusal.value.next_at.tzinfo is UTC


def test_a_repeated_wall_time_means_the_earlier_one_unless_asked():
    earlier = wall_to_utc(date(2026, 10, 25), 210, "Europe/Tallinn")
    later = wall_to_utc(date(2026, 10, 25), 210, "Europe/Tallinn", later=True)
    assert later - earlier == timedelta(hours=1)
    assert timespan.is_repeated(earlier, "Europe/Tallinn")
    assert timespan.is_repeated(later, "Europe/Tallinn")
    assert not timespan.is_repeated(earlier - timedelta(hours=1), "Europe/Tallinn")


def test_later_changes_nothing_on_other_nights():
    assert wall_to_utc(date(2026, 7, 1), 210, "Europe/Rome", later=True) == wall_to_utc(
        date(2026, 7, 1), 210, "Europe/Rome"
    )


def test_minutes_may_reach_to_the_end_of_the_next_day():
    next_day = wall_to_utc(date(2026, 3, 3), 60, "Europe/Vienna")
    assert wall_to_utc(date(2026, 3, 2), 1500, "Europe/Vienna") == next_day
    assert wall_to_utc(date(2026, 12, 30), 2880, "Europe/Vienna") == wall_to_utc(
        date(2027, 1, 1), 0, "Europe/Vienna"
    )
    for minutes in (-1, 2881):
        with pytest.raises(ValueError, match="minutes past midnight"):
            wall_to_utc(date(2026, 3, 2), minutes, "Europe/Vienna")


@given(dates, st.integers(0, 1439), zones, st.booleans())
def test_wall_time_comes_back_as_it_went(day, minutes, zone, later):
    try:
        found = wall_to_utc(day, minutes, zone, later=later)
    except NoSuchTime as gap:
        just_before = timespan.local(gap.next_at - timedelta(seconds=1), zone)
        after = timespan.local(gap.next_at, zone)
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
        assert just_before.replace(tzinfo=None) < wall < after.replace(tzinfo=None)
        return
    shown = timespan.local(found, zone)
    assert shown.date() == day
    assert shown.hour * 60 + shown.minute == minutes


# Days


@given(dates, zones)
def test_days_follow_each_other_without_gap(day, zone):
    today, tomorrow = timespan.day_span(day, zone), timespan.day_span(day + timedelta(days=1), zone)
    assert today.ends_at == tomorrow.begins_at
    assert today.minutes in (23 * 60, 23.5 * 60, 24 * 60, 24.5 * 60, 25 * 60)
    assert timespan.local_day(today.begins_at, zone) == day
    assert timespan.days(today, zone) == [day]


@given(dates, zones, st.integers(0, 2000), st.integers(1, 5000))
def test_a_span_is_the_sum_of_its_days(day, zone, offset, length):
    begins_at = timespan.day_span(day, zone).begins_at + timedelta(minutes=offset)
    one = TimeSpan(begins_at, begins_at + timedelta(minutes=length))
    parts = [one.intersection(timespan.day_span(each, zone)) for each in timespan.days(one, zone)]
    assert sum(part.minutes for part in parts if part) == one.minutes
    assert timespan.union(part for part in parts if part) == [one]


def test_the_day_of_the_azores_begins_at_one_o_clock_in_spring():
    day = timespan.day_span(date(2027, 3, 28), "Atlantic/Azores")
    assert timespan.local(day.begins_at, "Atlantic/Azores").hour == 1
    assert day.minutes == 23 * 60
    assert timespan.local_day(day.begins_at - timedelta(seconds=1), "Atlantic/Azores") == date(2027, 3, 27)


def test_a_date_that_was_left_out_is_no_day():
    with pytest.raises(NoSuchTime):
        timespan.day_span(date(2011, 12, 30), "Pacific/Apia")
    around = TimeSpan(datetime(2011, 12, 30, tzinfo=UTC), datetime(2011, 12, 31, tzinfo=UTC))
    assert timespan.days(around, "Pacific/Apia") == [date(2011, 12, 29), date(2011, 12, 31)]


def test_a_midnight_passed_twice_loses_nothing():
    """Until 2011 the clocks of St. John's went from 00:01 back to 23:01 of the day before."""
    zone = "America/St_Johns"
    twice = TimeSpan(datetime(2010, 11, 7, 2, 31, tzinfo=UTC), datetime(2010, 11, 7, 3, 30, tzinfo=UTC))
    parts = [twice.intersection(timespan.day_span(day, zone)) for day in timespan.days(twice, zone)]
    assert sum(part.minutes for part in parts if part) == twice.minutes


def test_ending_at_midnight_does_not_touch_the_next_date():
    evening = TimeSpan(
        wall_to_utc(date(2026, 12, 31), 22 * 60, "Europe/Madrid"),
        wall_to_utc(date(2026, 12, 31), 1440, "Europe/Madrid"),
    )
    assert timespan.days(evening, "Europe/Madrid") == [date(2026, 12, 31)]
    assert timespan.days(evening.widened(0, 1), "Europe/Madrid") == [date(2026, 12, 31), date(2027, 1, 1)]


def test_today_is_the_venues_today():
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert timespan.local_day(late, "Europe/Lisbon") == date(2026, 6, 30)
    assert timespan.local_day(late, "Europe/Tallinn") == date(2026, 7, 1)


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)])
def test_leap_day_and_year_end_are_days_like_others(day):
    assert timespan.day_span(day, "Europe/Stockholm").minutes == 1440
    assert len(timespan.quarters(day, "Europe/Stockholm")) == 96


# Raster


def test_steps_of_a_plain_day():
    steps = timespan.wall_steps(date(2026, 3, 2), "Europe/Brussels", 30)
    assert len(steps) == 48
    assert steps[0] == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert timespan.on_raster(steps[7], 30, "Europe/Brussels")
    assert not timespan.on_raster(steps[7] + timedelta(minutes=10), 30, "Europe/Brussels")
    assert not timespan.on_raster(steps[7] + timedelta(seconds=1), 30, "Europe/Brussels")


def test_the_raster_follows_the_wall_of_an_odd_zone():
    """Kathmandu is 5:45 ahead: its full hours are quarters past in UTC."""
    assert timespan.on_raster(datetime(2026, 3, 2, 0, 15, tzinfo=UTC), 60, "Asia/Kathmandu")
    assert not timespan.on_raster(datetime(2026, 3, 2, 0, 0, tzinfo=UTC), 60, "Asia/Kathmandu")


def test_steps_of_change_nights():
    """A step that comes twice counts twice; one that is jumped over moves to the end of the jump."""
    autumn = timespan.wall_steps(date(2026, 10, 25), "Europe/Brussels", 60)
    spring = timespan.wall_steps(date(2027, 3, 28), "Europe/Brussels", 60)
    assert (len(autumn), len(spring)) == (25, 23)
    two_hourly = timespan.wall_steps(date(2027, 3, 28), "Europe/Brussels", 120)
    assert [timespan.local(step, "Europe/Brussels").hour for step in two_hourly[:3]] == [0, 3, 4]
    daily = timespan.wall_steps(date(2027, 3, 28), "Atlantic/Azores", 1440)
    assert [timespan.local(step, "Atlantic/Azores").hour for step in daily] == [1]


@pytest.mark.parametrize("raster", [0, -15])
def test_a_raster_of_nothing_is_refused(raster):
    with pytest.raises(ValueError, match="raster"):
        timespan.wall_steps(date(2026, 3, 2), "Europe/Brussels", raster)


@given(dates, zones, st.sampled_from([5, 15, 30, 60, 90, 240, 1440]), st.integers(0, 1400))
def test_the_next_and_the_last_step_enclose_an_instant(day, zone, raster, offset):
    instant = timespan.day_span(day, zone).begins_at + timedelta(minutes=offset)
    below, above = timespan.step_until(instant, raster, zone), timespan.step_from(instant, raster, zone)
    assert below <= instant <= above
    assert timespan.on_raster(below, raster, zone)
    assert timespan.on_raster(above, raster, zone)
    assert (below == above) == timespan.on_raster(instant, raster, zone)
    assume(below != above)
    between = [step for step in timespan.wall_steps(day, zone, raster) if below < step < above]
    assert between == []
