"""Many want the same room on the same Tuesdays at one instant: one gets all of them, the others none."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from booking import reservations
from booking.reservations import Claim, Repeat, Reservation, Series, Wall
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW
from tests.races.controls import at_once, overlaps, without_lock_and_guard

PEOPLE, DATES = 8, 5
TUESDAY = date(2026, 11, 24)


async def attempts_of(rooms, people, first=TUESDAY):
    """Each wants a series; every second one takes the two rooms in turn, the other way round."""

    async def attempt(member, place):
        id, repeat = uuid4(), Repeat("week", times=DATES)
        days = repeat.dates(first)
        [one, other] = rooms if place % 2 else rooms[::-1]
        chosen = {
            day: reservations.Choice(other.id, Wall(600, 720).on(day, other.venue.zone)) for day in days[1::2]
        }
        wanted = reservations.wishes(
            id, days, Wall(600, 720), resource_id=one.id, zone=one.venue.zone, chosen=chosen
        )
        return await reservations.reserve_together(
            id, wanted, by=member, at=NOW, repeat=repeat, first_on=first
        )

    return [lambda member=member, place=place: attempt(member, place) for place, member in enumerate(people)]


@pytest.fixture
async def rooms(db):
    house = await make.venue()
    gratis = {"hour_cents": 0, "half_day_cents": 0, "day_cents": 0}
    return [await make.resource(at=house, **gratis) for _room in range(2)]


@pytest.fixture
async def people(db):
    return [await make.member(f"Member{number}") for number in range(PEOPLE)]


async def test_it_works(rooms, people):
    """Two rooms, taken in turn from either end: two whole series fit, and nobody has a half of one."""
    results = await at_once(await attempts_of(rooms, people))
    won = [each for each in results if isinstance(each, reservations.Made)]
    lost = [each for each in results if isinstance(each, no.DatesClash)]
    assert len(won) == 2
    assert len(lost) == PEOPLE - 2
    assert await Series.all().count() == 2
    assert await Reservation.all().count() == await Claim.all().count() == 2 * DATES
    for each in won:
        assert await Reservation.filter(series_id=each.series.id).count() == DATES
    assert await overlaps() == 0


@pytest.mark.breaks_invariants
async def test_without_the_lock_and_the_guard_there_is_a_race(rooms, people, monkeypatch):
    """On a busy machine one after the other may pass unharmed: then on the next weekday."""
    await without_lock_and_guard(monkeypatch)
    for later in range(4):
        await at_once(await attempts_of(rooms, people, TUESDAY + timedelta(days=later)))
        if await overlaps():
            return
    raise AssertionError("nobody met")


async def test_one_press_sent_twice_at_once_books_once(rooms, people):
    id, repeat = uuid4(), Repeat("week", times=DATES)
    wanted = reservations.wishes(
        id, repeat.dates(TUESDAY), Wall(600, 720), resource_id=rooms[0].id, zone=rooms[0].venue.zone
    )

    async def press():
        return await reservations.reserve_together(
            id, wanted, by=people[0], at=NOW, repeat=repeat, first_on=TUESDAY
        )

    results = await at_once([press] * 6)
    assert all(isinstance(each, reservations.Made) for each in results), results
    assert await Reservation.all().count() == DATES
