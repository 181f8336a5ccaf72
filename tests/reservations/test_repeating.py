"""The dates of a series. Pure; the rules are read back by another reader of RRULEs than ours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from booking.reservations import DATES_MAX, EVERY, Repeat, Wall, read_rule, repeat_words
from booking.reservations import refusals as no
from booking.timespan import local

ZONES = ("Europe/Brussels", "Europe/Lisbon", "Europe/Tallinn", "Europe/Dublin", "Atlantic/Azores")
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
# Days around the nights in which the clocks of Europe change.
CHANGES = [date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29)]


@pytest.mark.parametrize(
    ("repeat", "first", "rule", "words"),
    [
        (Repeat("day", times=3), date(2026, 11, 24), "FREQ=DAILY;COUNT=3", "every day"),
        (
            Repeat("workday", until=date(2026, 12, 4)),
            date(2026, 11, 24),
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20261204",
            "every working day",
        ),
        (Repeat("week", times=10), date(2026, 11, 24), "FREQ=WEEKLY;BYDAY=TU;COUNT=10", "every Tuesday"),
        (
            Repeat("two_weeks", times=10),
            date(2026, 11, 24),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=10",
            "every two weeks, on Tuesday",
        ),
        (
            Repeat("month", times=6),
            date(2026, 11, 24),
            "FREQ=MONTHLY;BYDAY=4TU;COUNT=6",
            "every month, on the fourth Tuesday",
        ),
        (
            Repeat("month", times=6),
            date(2026, 12, 29),
            "FREQ=MONTHLY;BYDAY=-1TU;COUNT=6",
            "every month, on the last Tuesday",
        ),
    ],
)
def test_a_rule_and_its_words(repeat, first, rule, words):
    assert repeat.rule(first) == rule
    assert read_rule(rule) == repeat
    assert repeat_words(repeat.every, first) == words


def test_a_series_of_working_days_that_begins_on_a_saturday_begins_on_monday():
    assert Repeat("workday", times=2).dates(date(2026, 11, 28)) == [date(2026, 11, 30), date(2026, 12, 1)]


def test_a_rule_of_others_is_not_read():
    with pytest.raises(ValueError, match="not a rule of ours"):
        read_rule("FREQ=YEARLY;COUNT=3")


@given(every=st.sampled_from(EVERY), first=DAYS, times=st.integers(2, DATES_MAX))
def test_counted_dates_are_those_of_the_rule(every, first, times):
    repeat = Repeat(every, times=times)
    dates = repeat.dates(first)
    assert len(dates) == times
    read = rrulestr(repeat.rule(first), dtstart=datetime(first.year, first.month, first.day))
    assert dates == [each.date() for each in read]


@given(every=st.sampled_from(EVERY), first=DAYS, days=st.integers(0, 400))
def test_dates_until_a_day_are_those_of_the_rule(every, first, days):
    repeat = Repeat(every, until=first + timedelta(days=days))
    read = rrulestr(repeat.rule(first), dtstart=datetime(first.year, first.month, first.day))
    expected = [each.date() for each in read]
    if len(expected) > DATES_MAX:
        with pytest.raises(no.TooManyDates):
            repeat.dates(first)
    else:
        assert repeat.dates(first) == expected


@given(
    zone=st.sampled_from(ZONES),
    night=st.sampled_from(CHANGES),
    before=st.integers(-3, 3),
    begins=st.integers(0, 95),
    length=st.integers(1, 96),
    every=st.sampled_from(("day", "week")),
)
def test_the_wall_clock_is_kept_over_both_nights_or_the_date_is_refused(
    zone, night, before, begins, length, every
):
    """Every date shows the same hour on the wall; a date on which it does not exist is refused, and no other is."""
    wall = Wall(begins * 15, (begins + length) * 15)
    for day in Repeat(every, times=4).dates(night + timedelta(days=before)):
        edges = [
            datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
            for minutes in (wall.begins, wall.ends)
        ]
        tz = ZoneInfo(zone)
        exist = all(
            edge.replace(tzinfo=tz).astimezone(ZoneInfo("UTC")).astimezone(tz).replace(tzinfo=None) == edge
            for edge in edges
        )
        try:
            span = wall.on(day, zone)
        except no.NoSuchHour:
            assert not exist
            assert wall.nearest(day, zone).minutes > 0
            continue
        assert exist
        assert [local(at, zone).replace(tzinfo=None) for at in (span.begins_at, span.ends_at)] == edges
