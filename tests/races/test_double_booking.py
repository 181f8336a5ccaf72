"""Many people, few rooms, one instant: nothing is ever booked twice, and hardly anything is refused that was free."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from booking import reservations
from booking.reservations import Claim, Reservation
from booking.reservations import refusals as no
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.races.controls import at_once, overlaps, without_lock_and_guard

SEED = 20261123


@pytest.fixture
async def free_rooms(db):
    """Five rooms that cost nothing, so that only space is scarce; and twenty members."""
    house = await make.venue(hours=None)
    rooms = [
        await make.resource(at=house, hour_cents=0, half_day_cents=0, day_cents=0, raster_minutes=30)
        for _ in range(5)
    ]
    members = [await make.member(f"Member{number}") for number in range(20)]
    return rooms, members


def slot(number: int, length: int = 1) -> TimeSpan:
    """The half-hour of this number, counted from tomorrow's midnight."""
    begins = make.span("00:00", "01:00").begins_at + timedelta(minutes=30 * number)
    return TimeSpan(begins, begins + timedelta(minutes=30 * length))


def attempts_on(rooms, members, count, slots, rng, lengths=(1,)):
    def one():
        room, member = rng.choice(rooms), rng.choice(members)
        span = slot(rng.randrange(slots), rng.choice(lengths))
        return lambda: reservations.reserve(uuid4(), room.id, span, by=member, at=NOW)

    return [one() for _ in range(count)]


@pytest.fixture(autouse=True)
def no_alternatives(monkeypatch):
    """Looking for alternatives takes longer than refusing, and this is not about them."""

    async def none(refusal, *_args, **_values):
        return refusal

    monkeypatch.setattr("booking.reservations.alternatives.add", none)


@pytest.mark.breaks_invariants
async def test_without_lock_and_guard_the_race_occurs(free_rooms, monkeypatch):
    await without_lock_and_guard(monkeypatch)
    rooms, members = free_rooms
    await at_once(attempts_on(rooms, members, 400, 10, random.Random(SEED)))
    assert await overlaps() > 0


async def _many(free_rooms, count, slots):
    rooms, members = free_rooms
    results = await at_once(attempts_on(rooms, members, count, slots, random.Random(SEED)))
    accepted = sum(isinstance(each, Reservation) for each in results)
    refused = sum(isinstance(each, no.Taken) for each in results)
    # The same draws again: how many different half-hours were wanted is what a serial run would accept.
    draw = random.Random(SEED)
    different = set()
    for _ in range(count):
        room, _member = draw.choice(rooms), draw.choice(members)
        different.add((room.id, draw.randrange(slots), draw.choice((1,))))
    print(f"{count} attempts: {accepted} accepted of {len(different)} possible, {refused} refused")
    assert accepted + refused == count
    assert accepted == len(different)
    assert await overlaps() == 0
    assert await Claim.all().count() == accepted


async def test_it_works(free_rooms):
    """Every half-hour that anybody wanted is booked exactly once."""
    await _many(free_rooms, 600, 60)


@pytest.mark.slow
async def test_ten_thousand_attempts(free_rooms):
    await _many(free_rooms, 10_000, 200)


async def test_overlapping_but_unequal_times(free_rooms):
    rooms, members = free_rooms
    attempts = attempts_on(rooms[:2], members, 400, 40, random.Random(SEED), lengths=(1, 2, 3, 5))
    results = await at_once(attempts)
    assert await overlaps() == 0
    assert {type(each) for each in results} == {Reservation, no.Taken}


async def test_the_hall_against_its_halves_in_both_orders(db):
    """Whoever takes the whole and whoever takes parts lock the same units, in one order: no deadlock, no overlap."""
    from booking.places import units_of

    house = await make.venue(hours=None)
    gratis = {"hour_cents": 0, "half_day_cents": 0, "day_cents": 0, "raster_minutes": 30}
    left = await make.resource(at=house, **gratis)
    right = await make.resource(at=house, **gratis)
    halves = await units_of([left.id, right.id])
    forwards = await make.resource(at=house, shares=halves[left.id] + halves[right.id], **gratis)
    backwards = await make.resource(at=house, shares=halves[right.id] + halves[left.id], **gratis)
    members = [await make.member(f"Member{number}") for number in range(20)]
    rng = random.Random(SEED)
    results = await at_once(attempts_on([left, right, forwards, backwards], members, 400, 20, rng))
    assert await overlaps() == 0
    assert {type(each) for each in results} == {Reservation, no.Taken}


async def test_move_against_move_and_extend_against_new(free_rooms):
    rooms, members = free_rooms
    room = rooms[0]
    booked = [
        await reservations.reserve(uuid4(), room.id, slot(number * 2), by=member, at=NOW)
        for number, member in enumerate(members)
    ]
    rng = random.Random(SEED)

    def move(reservation, member):
        span = slot(rng.randrange(45), rng.choice((1, 2, 3)))
        return lambda: reservations.change(reservation.id, by=member, at=NOW, span=span)

    moves = [move(*rng.choice(list(zip(booked, members, strict=True)))) for _ in range(200)]
    new = attempts_on([room], members, 100, 45, rng)
    mixed = moves + new
    rng.shuffle(mixed)
    await at_once(mixed)
    assert await overlaps() == 0


async def test_a_pool_gives_out_each_unit_once(db):
    house = await make.venue(hours=None)
    desks = await make.resource(
        at=house, units=6, hour_cents=0, half_day_cents=0, day_cents=0, raster_minutes=30
    )
    members = [await make.member(f"Member{number}") for number in range(20)]
    results = await at_once(attempts_on([desks], members, 300, 12, random.Random(SEED), lengths=(1, 2, 4)))
    assert await overlaps() == 0
    accepted = [each for each in results if isinstance(each, Reservation)]
    assert await Claim.all().count() == len(accepted)
    assert len(accepted) > 30
