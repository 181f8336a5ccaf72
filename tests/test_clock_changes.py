"""The two nights a year when clocks change, in every European zone that changes them.

What is expected here comes from plain counting: the minute at which the offset changes is found by looking at
each minute of the day, and all lengths are differences of UTC.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking import timespan
from booking.availability import Hours, nearest, on_raster, open_spans, timeline_runs
from booking.pricing.quoting import Tariff, quote
from booking.timespan import NoSuchTime, TimeSpan, wall_to_utc

# One name for each set of rules, and all the capitals of the network's countries.
ZONES = [
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Bucharest",
    "Europe/Budapest",
    "Europe/Chisinau",
    "Europe/Copenhagen",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Luxembourg",
    "Europe/Madrid",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Riga",
    "Europe/Rome",
    "Europe/Sofia",
    "Europe/Stockholm",
    "Europe/Tallinn",
    "Europe/Vienna",
    "Europe/Vilnius",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Atlantic/Azores",
    "Atlantic/Canary",
    "Atlantic/Faroe",
    "Atlantic/Madeira",
]
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
NIGHTS = [(zone, day) for zone in ZONES for day in (AUTUMN, SPRING)]
HOUR = timedelta(hours=1)
BY_THE_HOUR = Tariff("EUR", hour_cents=6000)

every_night = pytest.mark.parametrize("zone, day", NIGHTS)


def change_at(zone: str, day: date) -> datetime:
    """The first minute of the night, in UTC, with another offset than the one before."""
    tz = ZoneInfo(zone)
    minute = datetime(day.year, day.month, day.day, tzinfo=UTC) - 3 * HOUR
    for _ in range(8 * 60):
        before = minute.astimezone(tz).utcoffset()
        minute += timedelta(minutes=1)
        if minute.astimezone(tz).utcoffset() != before:
            return minute
    raise AssertionError(f"no change in {zone} on {day}")


def spans_around(at: datetime) -> dict[str, TimeSpan]:
    """A span before the change, across it, inside the hour that is doubled or follows the gap, and after it."""
    return {
        "before": TimeSpan(at - 3 * HOUR, at - 1.5 * HOUR),
        "across": TimeSpan(at - 1.5 * HOUR, at + 1.5 * HOUR),
        "inside": TimeSpan(at - HOUR / 2, at + HOUR / 2),
        "after": TimeSpan(at + HOUR, at + 3.5 * HOUR),
    }


def wall_text(at: datetime, zone: str) -> str:
    return timespan.local(at, zone).strftime("%H:%M")


def test_it_works():
    """02:00 to 05:00 in Tallinn: four hours in autumn, two in spring, and never the three that the wall shows."""
    for day, hours in ((AUTUMN, 4), (SPRING, 2)):
        night = TimeSpan(wall_to_utc(day, 120, "Europe/Tallinn"), wall_to_utc(day, 300, "Europe/Tallinn"))
        assert night.minutes == hours * 60
        found = quote(BY_THE_HOUR, night, "Europe/Tallinn", vat_basis_points=0, vat_reason="")
        assert found.total_cents == hours * 6000


@every_night
def test_the_day_has_its_own_length(zone, day):
    hours = 25 if day == AUTUMN else 23
    assert timespan.day_span(day, zone).minutes == hours * 60
    found = timespan.quarters(day, zone)
    assert len(found) == hours * 4
    assert len(timespan.quarters(day - timedelta(days=1), zone)) == 96
    assert len(timespan.quarters(day + timedelta(days=1), zone)) == 96
    shown = [each.strftime("%H:%M") for each in found]
    assert len(set(shown)) == (96 if day == AUTUMN else 92)
    assert all(each.date() == day for each in found)


@every_night
@pytest.mark.parametrize("where", ["before", "across", "inside", "after"])
def test_elapsed_time_is_what_is_measured_and_priced(zone, day, where):
    span = spans_around(change_at(zone, day))[where]
    hours = {"before": 1.5, "across": 3, "inside": 1, "after": 2.5}[where]
    assert span.minutes == hours * 60
    found = quote(BY_THE_HOUR, span, zone, vat_basis_points=2000, vat_reason="")
    assert found.net_cents == hours * 6000
    assert [line.quantity for line in found.lines] == [hours * 60]


@every_night
@pytest.mark.parametrize("where", ["before", "across", "inside", "after"])
def test_wall_time_goes_to_utc_and_back(zone, day, where):
    """Each end of the span, typed as wall time with the earlier or later choice, is found again."""
    span = spans_around(change_at(zone, day))[where]
    for at in (span.begins_at, span.ends_at):
        wall = timespan.local(at, zone)
        minutes = wall.hour * 60 + wall.minute
        assert wall_to_utc(wall.date(), minutes, zone, later=bool(wall.fold)) == at


@every_night
@pytest.mark.parametrize("where", ["before", "across", "inside", "after"])
def test_the_timeline_is_as_wide_as_time_is_long(zone, day, where):
    """The claim takes a quarter of the timeline for each elapsed quarter-hour, whatever the wall says."""
    span = spans_around(change_at(zone, day))[where]
    shown_on = timespan.local_day(span.ends_at - timedelta(minutes=1), zone)
    whole = timespan.day_span(shown_on, zone)
    runs = timeline_runs(shown_on, zone, free=[whole], taken=[(span, "booked", 1)], bookable=[whole])
    assert [run.from_quarter for run in runs[1:]] == [run.to_quarter for run in runs[:-1]]
    assert (runs[0].from_quarter, runs[-1].to_quarter) == (0, whole.minutes // 15)
    (booked,) = [run for run in runs if run.key == 1]
    inside = span.intersection(whole)
    assert inside is not None
    assert booked.to_quarter - booked.from_quarter == inside.minutes // 15
    shown = timespan.quarters(shown_on, zone)
    assert shown[booked.from_quarter].astimezone(UTC) == inside.begins_at


@pytest.mark.parametrize("zone", ZONES)
def test_the_hour_that_comes_twice_can_be_booked_twice(zone):
    change = change_at(zone, AUTUMN)
    first, second = TimeSpan(change - HOUR, change), TimeSpan(change, change + HOUR)
    assert wall_text(first.begins_at, zone) == wall_text(second.begins_at, zone)
    assert not first.overlaps(second)
    assert first != second
    for at in (first.begins_at, second.begins_at, change + HOUR / 2):
        assert timespan.is_repeated(at, zone)
        assert on_raster(at, 30, zone)
    assert not timespan.is_repeated(change + HOUR, zone)
    assert not timespan.is_repeated(change - HOUR - timedelta(seconds=1), zone)


@pytest.mark.parametrize("zone", ZONES)
def test_the_hour_that_does_not_exist_is_refused_with_the_next_one(zone):
    change = change_at(zone, SPRING)
    wall = timespan.local(change, zone)
    gone = wall.hour * 60 + wall.minute - 30  # half an hour before the clocks come out of the jump
    for later in (False, True):
        with pytest.raises(NoSuchTime) as refusal:
            wall_to_utc(SPRING, gone, zone, later=later)
        assert refusal.value.next_at == change
    steps = timespan.wall_steps(SPRING, zone, 30)
    assert len(steps) == 46
    assert change in steps


@every_night
def test_the_nearest_time_is_near_in_elapsed_time(zone, day):
    """The hour across the change is wished for but taken; before and after it an elapsed hour is offered."""
    change = change_at(zone, day)
    wish = TimeSpan(change - HOUR / 2, change + HOUR / 2)
    free = [TimeSpan(change - 2 * HOUR, wish.begins_at), TimeSpan(wish.ends_at, change + 2 * HOUR)]
    found = nearest(free, wish, raster_minutes=30, zone=zone)
    assert found == [
        TimeSpan(change - 1.5 * HOUR, wish.begins_at),
        TimeSpan(wish.ends_at, change + 1.5 * HOUR),
    ]


@every_night
def test_opening_hours_last_as_long_as_they_last(zone, day):
    """Open from 22:00 to 06:00 every night: nine hours in autumn, seven in spring, eight on the night before."""
    hours = [Hours(weekday, 22 * 60, 30 * 60) for weekday in range(1, 8)]
    noon = wall_to_utc(day - timedelta(days=2), 12 * 60, zone)
    found = open_spans(hours, TimeSpan(noon, noon + 48 * HOUR), zone, shut_days=())
    assert [each.minutes for each in found] == [8 * 60, (9 if day == AUTUMN else 7) * 60]
    assert [wall_text(each.ends_at, zone) for each in found] == ["06:00", "06:00"]


@every_night
def test_always_open_has_no_hole(zone, day):
    hours = [Hours(weekday, 0, 24 * 60) for weekday in range(1, 8)]
    window = timespan.day_span(day, zone).widened(600, 600)
    assert open_spans(hours, window, zone, shut_days=()) == [window]


@pytest.mark.parametrize("zone", ZONES)
def test_opening_in_the_gap_means_the_end_of_the_gap(zone):
    change = change_at(zone, SPRING)
    wall = timespan.local(change, zone)
    opens = wall.hour * 60 - 30
    hours = [Hours(7, opens, opens + 120), Hours(7, opens - 20, opens + 10)]
    found = open_spans(hours, timespan.day_span(SPRING, zone), zone, shut_days=())
    assert found == [TimeSpan(change, change + 1.5 * HOUR)]


def test_closing_within_the_doubled_hour_waits_for_the_second_time():
    zone = "Europe/Brussels"
    day = timespan.day_span(AUTUMN, zone)
    (until_half_past,) = open_spans([Hours(7, 0, 150)], day, zone, shut_days=())
    assert until_half_past.minutes == 150 + 60
    (until_two,) = open_spans([Hours(7, 0, 120)], day, zone, shut_days=())
    assert until_two.minutes == 120
    (until_three,) = open_spans([Hours(7, 0, 180)], day, zone, shut_days=())
    assert until_three.minutes == 180 + 60


def test_midnight_that_comes_twice_closes_the_first_time():
    """In the Azores the clocks go from 01:00 back to 00:00: Saturday's evening ends at the first midnight."""
    zone = "Atlantic/Azores"
    saturday = AUTUMN - timedelta(days=1)
    window = timespan.day_span(saturday, zone).widened(0, 24 * 60)
    (evening,) = open_spans([Hours(6, 20 * 60, 24 * 60)], window, zone, shut_days=())
    assert evening.minutes == 240
    (night,) = open_spans([Hours(6, 20 * 60, 25 * 60)], window, zone, shut_days=())
    assert night.minutes == 240 + 120


@every_night
def test_a_day_price_is_for_a_day_however_long(zone, day):
    tariff = Tariff("EUR", hour_cents=500, day_cents=11_750)
    whole = timespan.day_span(day, zone)
    by_day = quote(tariff, whole, zone, vat_basis_points=0, vat_reason="")
    if day == AUTUMN:  # 25 hours would be 125.00
        assert [(line.code, line.amount_cents) for line in by_day.lines] == [("day", 11_750)]
    else:  # 23 hours are 115.00
        assert [(line.code, line.amount_cents) for line in by_day.lines] == [("hour", 11_500)]


def test_a_week_later_is_the_same_time_on_the_wall():
    """A weekly meeting keeps its wall time over the change and costs its real hours."""
    zone = "Europe/Lisbon"
    first = TimeSpan(
        wall_to_utc(AUTUMN - timedelta(days=7), 540, zone), wall_to_utc(AUTUMN - timedelta(days=7), 630, zone)
    )
    second = TimeSpan(wall_to_utc(AUTUMN, 540, zone), wall_to_utc(AUTUMN, 630, zone))
    assert second.begins_at - first.begins_at == 7 * 24 * HOUR + HOUR
    assert first.minutes == second.minutes == 90


def test_most_of_europe_was_looked_at():
    assert len(ZONES) >= 12
    assert len(NIGHTS) * 4 >= 200
