"""What holds of figures whatever was booked, and whoever came: also over the nights in which clocks change."""

import statistics
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from booking.availability import Hours, open_spans
from booking.occupancy import figures_use
from booking.occupancy.figures_facts import (
    Booking,
    Facts,
    Room,
    Stay,
    clipped,
    hours,
    middle_hours,
    quartile_hours,
)
from booking.occupancy.figures_grid import grid
from booking.occupancy.figures_spans import days_round
from booking.occupancy.reading import period
from booking.timespan import TimeSpan

ZONE = "Europe/Brussels"
# The night from Saturday to Sunday, 25 October 2026, lasts an hour longer; open around the clock.
FIRST, LAST = date(2026, 10, 24), date(2026, 10, 27)
WINDOW = period(FIRST, LAST, ZONE)
HOURS = [Hours(weekday, 0, 1440) for weekday in range(1, 8)]
DAYTIME = [Hours(weekday, 540, 1140) for weekday in range(1, 8)]


def moments():
    return some.integers(-600, 6600).map(lambda minutes: WINDOW.begins_at + timedelta(minutes=minutes))


def spans():
    return some.tuples(moments(), some.integers(1, 1500)).map(
        lambda one: TimeSpan(one[0], one[0] + timedelta(minutes=one[1]))
    )


@some.composite
def houses(draw):
    """Two rooms and a pool, with bookings that never take more units than there are, and stays of any kind."""
    rooms, bookings, stays = [], [], []
    for id, units in ((1, 1), (2, 1), (3, 4)):
        hours = draw(some.sampled_from([HOURS, DAYTIME]))
        rooms.append(
            Room(
                id,
                open_spans(hours, WINDOW, ZONE),
                units=units,
                capacity=draw(some.sampled_from([None, 1, 8])),
                asks_check_in=draw(some.booleans()),
            )
        )
        held = []
        for number in range(draw(some.integers(0, 6))):
            span, quantity = draw(spans()), draw(some.integers(1, units))
            if units == 1 and any(span.overlaps(other) for other in held):
                continue
            if units > 1 and sum(span.overlaps(other) for other in held) * units + quantity > units:
                continue
            held.append(span)
            came = draw(some.booleans())
            released = draw(some.booleans()) and not came
            bookings.append(
                Booking(
                    (id, number),
                    id,
                    span,
                    quantity=quantity,
                    people=draw(some.integers(1, 9)),
                    checked_in_at=span.begins_at if came else None,
                    released_at=span.begins_at + span.duration / 2 if released else None,
                )
            )
        for _ in range(draw(some.integers(0, 4))):
            mine = [each.id for each in bookings if each.room_id == id]
            stays.append(
                Stay(
                    draw(spans()),
                    draw(some.sampled_from(["sensor", "staff_count", "checked_in"])),
                    people=draw(some.integers(1, 9)),
                    room_id=id,
                    booking_id=draw(some.sampled_from([None, *mine])),
                )
            )
    at = draw(some.sampled_from([WINDOW.ends_at + timedelta(days=1), WINDOW.begins_at + timedelta(hours=30)]))
    return Facts(WINDOW, at, ZONE, "EUR", 60, rooms[0].bookable, rooms, bookings, stays)


def uses(facts):
    return [figures_use.use_of(room, facts) for room in facts.rooms]


@given(houses())
def test_shares_of_time_lie_between_nothing_and_all(facts):
    found = {each.name: each for each in figures_use.figures(figures_use.total(uses(facts)))}
    for name in ("booked_utilisation", "held_utilisation", "used_utilisation", "unused", "unbooked_use"):
        value = found[name].value
        assert value is None or 0 <= value <= 1, name
    assert found["held_utilisation"].numerator <= found["booked_utilisation"].numerator
    for use in uses(facts):
        assert 0 <= use.used_booked <= use.known <= use.booked_past <= use.booked <= use.bookable


@given(houses())
def test_the_house_is_the_sum_of_its_rooms(facts):
    whole = figures_use.total(uses(facts))
    assert whole.booked == sum(use.booked for use in uses(facts))
    assert whole.bookable == sum(use.bookable for use in uses(facts))
    assert whole.used == sum(use.used for use in uses(facts))


@given(houses(), some.integers(0, 5700))
def test_two_halves_of_a_period_add_up(facts, minutes):
    middle = WINDOW.begins_at + timedelta(minutes=minutes + 15)
    halves = []
    for window in (TimeSpan(WINDOW.begins_at, middle), TimeSpan(middle, WINDOW.ends_at)):
        rooms = [replace(room, bookable=clipped(room.bookable, window)) for room in facts.rooms]
        halves.append(
            figures_use.total(
                figures_use.use_of(room, replace(facts, window=window, rooms=rooms)) for room in rooms
            )
        )
    whole, both = figures_use.total(uses(facts)), figures_use.total(halves)
    for name in ("bookable", "booked", "held", "used", "used_booked", "people", "seats"):
        assert getattr(both, name) == getattr(whole, name), name


@given(houses())
def test_the_week_by_the_hour_is_the_same_time(facts):
    booked: list[tuple[int, int, int]] = []
    whole = figures_use.total(figures_use.use_of(room, facts, booked) for room in facts.rooms)
    cells = [cell for row in grid(facts.rooms, booked, days_round(WINDOW, ZONE)).cells for cell in row]
    assert sum(cell.bookable for cell in cells) == whole.bookable
    assert sum(cell.booked for cell in cells) == whole.booked


@pytest.mark.parametrize(
    "day, hours", [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 6, 1), 24)]
)
def test_a_day_has_the_hours_that_it_has(day, hours):
    window = period(day, day, ZONE)
    room = Room(1, open_spans(HOURS, window, ZONE))
    facts = Facts(window, datetime(2027, 1, 1, tzinfo=UTC), ZONE, "EUR", None, room.bookable, [room], [], [])
    assert figures_use.use_of(room, facts).bookable == hours


lengths = some.lists(some.timedeltas(timedelta(0), timedelta(days=800)), min_size=1, max_size=40)


@given(lengths, some.randoms(use_true_random=False), some.timedeltas(timedelta(0), timedelta(days=9)))
def test_quartiles(found, chance, longer):
    """They are in order and among the lengths, split them, do not mind their order, and move with them."""
    low, middle, high = quartile_hours(found)
    assert hours(min(found)) <= low <= middle <= high <= hours(max(found))
    assert middle == middle_hours(found)
    for part, at_most in ((low, 1), (middle, 2), (high, 3)):
        assert 4 * sum(hours(length) < part for length in found) <= at_most * len(found) + 3
        assert 4 * sum(hours(length) > part for length in found) <= (4 - at_most) * len(found) + 3
    assert quartile_hours(chance.sample(found, len(found))) == (low, middle, high)
    moved = hours(longer)
    assert quartile_hours([length + longer for length in found]) == (
        low + moved,
        middle + moved,
        high + moved,
    )
    if len(found) > 1:
        known = statistics.quantiles([hours(length) for length in found], n=4, method="inclusive")
        assert [low, middle, high] == known


def test_quartiles_of_nothing():
    assert quartile_hours([]) is None


def test_whoever_was_counted_in_the_room_tells_of_its_bookings_too():
    """One count over two bookings of which only the second is known by itself: no more was used than is known."""
    room = Room(1, open_spans(HOURS, WINDOW, ZONE))

    def hour(number, **more):
        begins = WINDOW.begins_at + timedelta(hours=number)
        span = TimeSpan(begins, begins + timedelta(hours=1))
        return Booking((1, number), 1, span, "confirmed", 1, 1, **more)

    released = WINDOW.begins_at + timedelta(minutes=90)
    booked = [hour(0), hour(1, released_at=released)]
    counted = Stay(
        TimeSpan(WINDOW.begins_at, WINDOW.begins_at + timedelta(hours=2)), "staff_count", "", 1, 1, None
    )
    use = figures_use.count(room, booked, [counted], WINDOW)
    assert (use.known, use.used_booked) == (2, 2)
