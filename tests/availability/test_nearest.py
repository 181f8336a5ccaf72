"""What is nearest to a wish that does not fit."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from booking.availability import (
    nearest,
    on_raster,
)
from booking.timespan import TimeSpan, union
from tests.availability.spans import BRUSSELS, DAY, ZERO, minutes, span, spans


def test_nearest_before_and_after():
    free = [span(480, 660), span(780, 1200)]
    found = nearest(free, span(600, 720), raster_minutes=15, zone=BRUSSELS)
    assert minutes(found) == [(540, 660), (780, 900), (900, 1020)]


def test_the_wish_itself_is_nearest_when_it_fits():
    found = nearest([span(480, 1200)], span(600, 660), raster_minutes=30, zone=BRUSSELS)
    assert minutes(found) == [(600, 660), (540, 600), (660, 720)]


def test_a_wish_off_the_raster_is_put_on_it():
    found = nearest([span(480, 1200)], span(607, 667), raster_minutes=30, zone=BRUSSELS, most=1)
    assert minutes(found) == [(600, 660)]


def test_nothing_near_when_nothing_is_long_enough():
    assert nearest([span(480, 500), span(610, 680)], span(600, 660), raster_minutes=30, zone=BRUSSELS) == []
    assert nearest([], span(600, 660), raster_minutes=30, zone=BRUSSELS) == []


def test_a_week_away_is_better_than_nothing():
    found = nearest([span(7 * DAY, 7 * DAY + 130)], span(600, 660), raster_minutes=15, zone=BRUSSELS)
    assert minutes(found) == [(7 * DAY, 7 * DAY + 60), (7 * DAY + 60, 7 * DAY + 120)]


@given(st.lists(spans, max_size=6), spans, st.sampled_from([5, 15, 30]), st.integers(1, 4))
def test_what_is_near_fits_and_no_step_is_nearer(free, wish, raster, most):
    found = nearest(free, wish, raster_minutes=raster, zone=BRUSSELS, most=most)
    fits = [
        instant
        for instant in (ZERO + timedelta(minutes=number) for number in range(0, 300, raster))
        if any(each.contains(TimeSpan(instant, instant + wish.duration)) for each in union(free))
    ]
    assert bool(found) == bool(fits)
    assert len(found) <= most
    for each in found:
        assert each.duration == wish.duration
        assert each.begins_at in fits
        assert on_raster(each.begins_at, raster, BRUSSELS)
    distances = [abs(each.begins_at - wish.begins_at) for each in found]
    assert distances == sorted(distances)
    if found:
        assert distances[0] == min(abs(instant - wish.begins_at) for instant in fits)
    assert all(not one.overlaps(other) for one, other in pairwise(sorted(found)))


def test_utc_comes_out():
    found = nearest([span(480, 1200)], span(600, 660), raster_minutes=30, zone=BRUSSELS)
    assert all(each.begins_at.tzinfo is UTC for each in found)
    assert isinstance(found[0].begins_at, datetime)
