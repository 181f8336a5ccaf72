"""The price that was seen: every door books at that price or less, or not at all."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import occupancy, reservations
from booking.reservations import Reservation
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW
from tests.reservations.test_reserve import nothing_happened, reserve


@pytest.fixture
async def room(db):
    return await make.resource()


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def project(alice, room):
    return await make.activity(alice, of=room.venue.entity)


async def test_it_works(room, alice, project):
    done = await reserve(room, alice, project, seen_cents=2420)
    assert (done.state, done.total_cents) == ("confirmed", 2420)


async def test_more_than_was_seen_books_nothing_and_tells_the_price(room, alice, project):
    with pytest.raises(no.PriceMoved) as said:
        await reserve(room, alice, project, seen_cents=2419)
    assert said.value.values == {"total_cents": 2420, "seen_cents": 2419, "currency": "EUR"}
    assert said.value.alternatives == []  # another time is no answer to a price
    await nothing_happened(project)


async def test_less_than_was_seen_is_welcome(room, alice, project):
    assert (await reserve(room, alice, project, seen_cents=5000)).total_cents == 2420


async def test_what_a_house_gives_costs_nothing(room, project, alice):
    stella = await make.manager(room.venue)
    done = await reserve(room, stella, None, for_member=alice, seen_cents=0, overrides=["payment"])
    assert done.total_cents == 0


async def test_the_second_press_finds_the_first_whatever_was_seen(room, alice, project):
    id = uuid4()
    first = await reserve(room, alice, project, id=id, seen_cents=2420)
    assert (await reserve(room, alice, project, id=id, seen_cents=1)).id == first.id
    assert await Reservation.all().count() == 1


async def test_the_rest_of_a_free_slot_asks_the_same_question(room, alice, project):
    until = NOW + timedelta(hours=2)
    host = await make.member("Hugo")
    await make.role("host", host, venue=room.venue)
    purse = await make.activity(host, of=room.venue.entity)
    with pytest.raises(no.PriceMoved):
        await occupancy.take_rest(uuid4(), room, until, by=host, at=NOW, activity_id=purse.id, seen_cents=1)
    await nothing_happened(purse)


async def test_a_change_that_became_dearer_changes_nothing(room, alice, project):
    booked = await reserve(room, alice, project)
    longer = make.span("10:00", "13:00")
    with pytest.raises(no.PriceMoved) as said:
        await reservations.change(booked.id, by=alice, at=NOW, span=longer, seen_more_cents=1209)
    assert (said.value.values["total_cents"], said.value.values["seen_cents"]) == (3630, 3629)
    stands = await Reservation.get(id=booked.id)
    assert (stands.span, stands.total_cents, stands.sequence) == (booked.span, 2420, 0)
    done = await reservations.change(booked.id, by=alice, at=NOW, span=longer, seen_more_cents=1210)
    assert done.total_cents == 3630
