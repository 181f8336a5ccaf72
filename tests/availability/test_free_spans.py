"""Free is open, minus closed, minus taken."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.availability import (
    Hours,
    bookable_spans,
    free_spans,
    open_spans,
    pick,
    repack,
)
from tests.availability.spans import BRUSSELS, DAY, MONDAY, minutes, span, spans, units_taken


def test_it_works():
    hours = [Hours(1, 9 * 60, 18 * 60)]
    open_ = open_spans(hours, span(0, DAY), BRUSSELS, shut_days=())
    bookable = bookable_spans(open_, [span(12 * 60, 13 * 60)])
    taken = {1: [span(540, 600)], 2: [span(540, 720)]}
    assert minutes(free_spans(bookable, taken, takes="any", count=1)) == [(600, 720), (780, 1080)]
    assert pick([1, 2], taken, span(600, 660), 1) == [1]
    assert repack([1, 2], {}, [], span(600, 660), 1) == ([1], {})


# Opening hours


def test_hours_hold_on_their_weekday_within_their_dates():
    hours = [Hours(1, 540, 1080, valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 9))]
    found = open_spans(hours, span(-7 * DAY, 21 * DAY), BRUSSELS, shut_days=())
    assert minutes(found) == [(540, 1080), (7 * DAY + 540, 7 * DAY + 1080)]  # both days included


def test_hours_past_midnight_belong_to_the_evening():
    hours = [Hours(1, 20 * 60, 26 * 60)]
    assert minutes(open_spans(hours, span(DAY, 2 * DAY), BRUSSELS, shut_days=())) == [(DAY, DAY + 120)]
    assert open_spans(hours, span(0, 2 * DAY), BRUSSELS, shut_days={MONDAY}) == []
    tuesday = MONDAY + timedelta(days=1)
    assert minutes(open_spans(hours, span(0, 2 * DAY), BRUSSELS, shut_days={tuesday})) == [(1200, 1560)]


def test_hours_of_two_days_ago_still_count_at_their_very_end():
    hours = [Hours(1, 60, 2 * DAY)]
    assert minutes(open_spans(hours, span(2 * DAY - 30, 3 * DAY), BRUSSELS, shut_days=())) == [
        (2 * DAY - 30, 2 * DAY)
    ]


def test_day_and_night_is_one_span():
    hours = [Hours(weekday, 0, DAY) for weekday in range(1, 8)]
    window = span(100, 6 * DAY + 7)
    assert open_spans(hours, window, BRUSSELS, shut_days=()) == [window]


def test_neighbouring_hours_merge():
    hours = [Hours(1, 540, 720), Hours(1, 720, 1080), Hours(1, 700, 800)]
    assert minutes(open_spans(hours, span(0, DAY), BRUSSELS, shut_days=())) == [(540, 1080)]


@pytest.mark.parametrize(
    "weekday, opens, closes",
    [(0, 0, 60), (8, 0, 60), (1, 60, 60), (1, -1, 60), (1, 1440, 1500), (1, 0, 2881)],
)
def test_hours_that_mean_nothing_are_refused(weekday, opens, closes):
    with pytest.raises(ValueError):
        Hours(weekday, opens, closes)


@given(st.integers(0, 1439), st.integers(1, 1440), st.integers(-300, 3000), st.integers(1, 3000))
def test_a_window_only_cuts(opens, length, begins, window_length):
    hours = [Hours(weekday, opens, opens + length) for weekday in (1, 2, 5)]
    wide = open_spans(hours, span(-10 * DAY, 20 * DAY), BRUSSELS, shut_days=())
    window = span(begins, begins + window_length)
    cut = [part for each in wide if (part := each.intersection(window))]
    assert open_spans(hours, window, BRUSSELS, shut_days=()) == cut


# Free spans


def test_all_units_must_be_free_for_a_whole():
    taken = {1: [span(60, 120)], 2: [span(180, 240)]}
    assert minutes(free_spans([span(0, 300)], taken, takes="all")) == [(0, 60), (120, 180), (240, 300)]


def test_any_needs_enough_units_at_each_instant():
    taken = {1: [span(0, 150)], 2: [span(150, 300)], 3: [span(100, 200)]}
    assert minutes(free_spans([span(0, 300)], taken, takes="any", count=1)) == [(0, 300)]
    assert minutes(free_spans([span(0, 300)], taken, takes="any", count=2)) == [(0, 100), (200, 300)]
    assert free_spans([span(0, 300)], taken, takes="any", count=3) == []
    assert free_spans([span(0, 300)], taken, takes="any", count=4) == []


def test_no_units_is_never_free():
    assert free_spans([span(0, 300)], {}, takes="all") == []
    assert free_spans([span(0, 300)], {}, takes="any", count=1) == []


def test_buffers_fit_between_claims_but_may_lie_outside_of_opening_hours():
    taken = {1: [span(0, 100), span(200, 300)]}
    found = free_spans([span(50, 300)], taken, takes="all", buffers=(15, 30))
    assert minutes(found) == [(115, 170)]
    assert minutes(free_spans([span(50, 300)], {1: []}, takes="all", buffers=(15, 30))) == [(50, 300)]


def test_a_gap_that_the_buffers_fill_is_not_free():
    taken = {1: [span(0, 100), span(145, 300)]}
    assert free_spans([span(0, 300)], taken, takes="all", buffers=(15, 30)) == []


def test_busy_times_may_overlap_on_one_unit():
    taken = {1: [span(0, 100), span(50, 150)], 2: []}
    assert minutes(free_spans([span(0, 200)], taken, takes="any", count=2)) == [(150, 200)]


def test_less_than_one_unit_is_refused():
    with pytest.raises(ValueError):
        free_spans([span(0, 300)], {1: []}, takes="any", count=0)
    with pytest.raises(ValueError):
        pick([1], {}, span(0, 60), 0)


@given(units_taken, st.integers(1, 4), st.tuples(st.integers(0, 20), st.integers(0, 20)), spans)
def test_free_means_that_the_wish_with_its_buffers_finds_enough_units(taken, count, buffers, wish):
    """Compared with counting, minute by minute, the units that nothing has."""
    bookable = [span(10, 130), span(140, 240)]
    found = free_spans(bookable, taken, takes="any", count=count, buffers=buffers)
    needs = wish.widened(*buffers)
    enough = all(
        sum(not any(each.covers(instant) for each in busy) for busy in taken.values()) >= count
        for instant in (needs.begins_at + timedelta(minutes=number) for number in range(needs.minutes))
    )
    expected = enough and any(each.contains(wish) for each in bookable)
    assert any(each.contains(wish) for each in found) == expected


@given(units_taken, st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_all_is_any_of_them_all(taken, buffers):
    bookable = [span(0, 250)]
    assert free_spans(bookable, taken, takes="all", buffers=buffers) == free_spans(
        bookable, taken, takes="any", count=len(taken), buffers=buffers
    )
