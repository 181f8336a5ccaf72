"""How many people a house expects in each hour of a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from booking import occupancy

ZONE = "Europe/Brussels"
TUESDAY = date(2026, 11, 24)


@dataclass
class Booked:
    begins_at: datetime
    ends_at: datetime
    people: int
    resource: SimpleNamespace


def booked(begins: str, ends: str, people: int, kind: str = "meeting_room", day: date = TUESDAY) -> Booked:
    """A booking from 'HH:MM' to 'HH:MM', Brussels' winter time."""

    def at(clock: str) -> datetime:
        hours, minutes = map(int, clock.split(":"))
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
            hours=hours - 1, minutes=minutes
        )

    return Booked(at(begins), at(ends), people, SimpleNamespace(kind=kind))


def people(*bookings: Booked, day: date = TUESDAY) -> dict[int, int]:
    """The hours in which anybody is expected, by their place in the day."""
    hours = occupancy.expected(bookings, day, ZONE)
    return {place: hour.people for place, hour in enumerate(hours) if hour.people}


def test_what_was_given_back_is_expected_no_longer():
    early = booked("09:00", "12:00", 4)
    early.released_at = early.begins_at + timedelta(minutes=90)  # type: ignore[attr-defined]
    assert people(early) == {9: 4, 10: 4}


def test_it_works():
    assert people(booked("09:00", "11:30", 4), booked("10:00", "12:00", 3, "desk")) == {9: 4, 10: 7, 11: 7}


def test_peaks_of_rooms_at_different_minutes_are_not_added():
    """Whoever leaves at half past is gone when the next one comes."""
    assert people(booked("08:00", "08:30", 4), booked("08:30", "09:00", 8)) == {8: 8}


def test_borrowed_things_bring_nobody():
    assert people(booked("09:00", "10:00", 30, "equipment"), booked("09:00", "10:00", 2, "vehicle")) == {}


def test_what_began_yesterday_counts_from_midnight():
    night = Booked(
        datetime(2026, 11, 23, 20, tzinfo=UTC),
        datetime(2026, 11, 24, 0, 30, tzinfo=UTC),
        5,
        SimpleNamespace(kind="hall"),
    )
    assert people(night) == {0: 5, 1: 5}
    assert [hour.arriving for hour in occupancy.expected([night], TUESDAY, ZONE)] == [0] * 24


def test_arriving_counts_who_begins():
    hours = occupancy.expected([booked("09:15", "11:00", 4), booked("09:45", "10:00", 1)], TUESDAY, ZONE)
    assert [hours[9].arriving, hours[10].arriving] == [5, 0]


def test_change_days_have_their_own_number_of_hours():
    assert len(occupancy.expected([], date(2027, 3, 28), ZONE)) == 23
    assert len(occupancy.expected([], date(2026, 10, 25), ZONE)) == 25
    assert len(occupancy.expected([], date(2026, 10, 25), "Africa/Tunis")) == 24
