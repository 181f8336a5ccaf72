"""What a host counted, and how many people are in the house now."""

from datetime import timedelta

import pytest

from booking import occupancy, reservations
from booking.errors import NotFound
from booking.events import Event
from booking.occupancy import Presence
from booking.timespan import day_span
from tests import make
from tests.make import NOW
from tests.occupancy.conftest import BEGIN, END, after


async def test_it_works(house, stella):
    first = await occupancy.count_people(house, 30, by=stella, at=NOW)
    second = await occupancy.count_people(house, 42, by=stella, at=NOW + timedelta(hours=2))
    assert (await Presence.get(id=first.id)).ends_at == second.begins_at
    house_now = await occupancy.now(house, NOW + timedelta(hours=3))
    assert (house_now.people, house_now.capacity, house_now.source) == (42, 60, "staff_count")
    assert house_now.since == second.begins_at
    assert await Event.filter(name="presence.counted").count() == 2
    listed = await occupancy.counts_at(house.id, day_span(NOW.date(), house.zone))
    assert [(each.people, each.recorded_by.name) for each in listed] == [(42, "Stella"), (30, "Stella")]


async def test_a_count_of_one_room_leaves_that_of_the_house(house, stella, room):
    await occupancy.count_people(house, 30, by=stella, at=NOW)
    await occupancy.count_people(house, 5, by=stella, at=NOW, resource=room)
    assert await Presence.filter(ends_at=None).count() == 2
    assert (await occupancy.now(house, NOW)).people == 30


async def test_without_a_count_the_open_stays_are_the_number(house, booked, alice):
    assert (await occupancy.now(house, BEGIN)).people == 0
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    found = await occupancy.now(house, after(5))
    assert (found.people, found.source, found.since, found.overdue) == (1, "stays", BEGIN, 0)
    assert (await occupancy.now(house, END)).overdue == 1


async def test_more_check_ins_than_were_counted_win(house, stella, booked, alice):
    await occupancy.count_people(house, 0, by=stella, at=NOW)
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    found = await occupancy.now(house, BEGIN)
    assert (found.people, found.source, found.counted) == (1, "stays", 0)


async def test_only_hosts_count_and_in_their_own_rooms(house):
    elsewhere = await make.manager(await make.venue(), "Emma")
    for stranger in (await make.member("Charlie"), elsewhere):
        with pytest.raises(NotFound):
            await occupancy.count_people(house, 3, by=stranger, at=NOW)
    with pytest.raises(NotFound):
        await occupancy.count_people(
            house, 3, by=await make.manager(house), at=NOW, resource=await make.resource()
        )
    assert await Presence.all().count() == 0


async def test_what_nobody_can_count(house, stella):
    for people in (-1, occupancy.PEOPLE_MAX + 1):
        with pytest.raises(ValueError):
            await occupancy.count_people(house, people, by=stella, at=NOW)
    assert await Presence.all().count() == 0


async def test_the_same_click_twice_is_one_count(house, stella):
    for _click in range(2):
        await occupancy.count_people(house, 7, by=stella, at=NOW)
    assert await Presence.all().count() == 1


async def test_expected_come_and_late(house, booked, alice, room):
    bob = await make.member("Bob")
    await make.reservation(await make.resource(at=house), bob, make.span(days=0), people=2)
    await make.reservation(await make.resource(at=house, kind="equipment"), bob, make.span(days=0))
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    listed = await reservations.at_venue(house.id, day_span(NOW.date(), house.zone))
    found = occupancy.expected_today(listed, after(11))
    assert (found.bookings, found.people, found.come, found.come_people, found.late) == (2, 6, 1, 4, 1)
    assert occupancy.expected_today(listed, after(10)).late == 0
    assert occupancy.expected_today(listed, END).late == 0
