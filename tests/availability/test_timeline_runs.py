"""The runs of a day, as the timeline shows them: free, taken, shut, past."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.availability import (
    Run,
    timeline_runs,
)
from booking.timespan import NoSuchTime, TimeSpan, day_span, union
from tests.availability.spans import BRUSSELS, DAY, MONDAY, ZERO, minutes, span, spans


def runs(day: date = MONDAY, zone: str = BRUSSELS, **given_: list) -> list[Run]:
    whole = [day_span(day, zone)]
    return timeline_runs(day, zone, **{"free": whole, "taken": [], "bookable": whole, **given_})


def test_a_day_of_runs():
    bookable = [span(540, 1080)]
    taken = [(span(600, 655), "booked", 7), (span(655, 720), "mine", 8)]
    free = [span(540, 600), span(735, 1080)]
    found = runs(free=free, taken=taken, bookable=bookable, at=ZERO + timedelta(minutes=550))
    shown = [(run.from_quarter, run.to_quarter, run.state, run.key) for run in found]
    assert shown == [
        (0, 36, "closed", None),
        (36, 37, "past", None),
        (37, 40, "free", None),
        (40, 44, "booked", 7),
        (44, 48, "mine", 8),
        (48, 49, "booked", None),  # the next one's set-up time
        (49, 72, "free", None),
        (72, 96, "closed", None),
    ]
    assert minutes([TimeSpan(found[4].begins_at, found[4].ends_at)]) == [(655, 720)]
    assert minutes([TimeSpan(found[2].begins_at, found[2].ends_at)]) == [(555, 600)]


def test_taken_rounds_outwards_and_free_inwards():
    found = runs(free=[span(0, 607), span(644, DAY)], taken=[(span(607, 644), "booked", 1)])
    assert [(run.from_quarter, run.to_quarter, run.state) for run in found] == [
        (0, 40, "free"),
        (40, 43, "booked"),
        (43, 96, "free"),
    ]


def test_a_span_over_midnight_keeps_its_own_times():
    found = runs(taken=[(span(-60, 60), "booked", 1), (span(DAY - 30, DAY + 30), "booked", 2)])
    assert [(run.from_quarter, run.to_quarter, run.key) for run in found] == [
        (0, 4, 1),
        (4, 94, None),
        (94, 96, 2),
    ]
    assert minutes([TimeSpan(found[0].begins_at, found[0].ends_at)]) == [(-60, 60)]


def test_a_shut_day_is_one_run():
    assert runs(free=[], bookable=[]) == [Run(0, 96, "closed", ZERO, ZERO + timedelta(days=1))]


def test_what_was_booked_is_still_shown_when_it_is_past():
    found = runs(taken=[(span(0, 60), "booked", 1)], at=ZERO + timedelta(days=1))
    assert [(run.state, run.to_quarter) for run in found] == [("booked", 4), ("past", 96)]


def test_a_date_that_was_left_out_has_no_timeline():
    with pytest.raises(NoSuchTime):
        timeline_runs(date(2011, 12, 30), "Pacific/Apia", free=[], taken=[], bookable=[])


@given(
    st.lists(spans, max_size=6),
    st.lists(spans, max_size=6),
    st.lists(spans, max_size=6),
    st.none() | st.integers(-100, 2000),
    st.sampled_from([BRUSSELS, "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"]),
    st.integers(0, 365),
)
def test_runs_cover_each_quarter_exactly_once(free, taken, bookable, past, zone, offset):
    day = MONDAY + timedelta(days=offset)
    whole = day_span(day, zone)
    offset_to_day = whole.begins_at - ZERO - timedelta(minutes=60)

    def moved(found: list[TimeSpan]) -> list[TimeSpan]:
        return [TimeSpan(each.begins_at + offset_to_day, each.ends_at + offset_to_day) for each in found]

    free, taken, bookable = moved(free), moved(taken), moved(bookable)
    at = None if past is None else whole.begins_at + timedelta(minutes=past)
    items = [(each, "booked", number) for number, each in enumerate(taken)]
    found = timeline_runs(day, zone, free=free, taken=items, bookable=bookable, at=at)
    assert found[0].from_quarter == 0
    assert found[-1].to_quarter == whole.minutes // 15
    for one, other in pairwise(found):
        assert one.to_quarter == other.from_quarter
        assert (one.state, one.key) != (other.state, other.key)
    for run in found:
        if run.state == "free":
            assert any(each.contains(TimeSpan(run.begins_at, run.ends_at)) for each in union(free))
