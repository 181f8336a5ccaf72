"""Somebody is in the house without a booking."""

from datetime import timedelta

import pytest

from booking import members, occupancy
from booking.errors import NotFound
from booking.occupancy import Presence
from booking.occupancy import refusals as no
from tests import make
from tests.make import NOW
from tests.occupancy.conftest import BEGIN, after


async def test_it_works(house, alice):
    stay = await occupancy.walk_in(house, by=alice, at=NOW)
    assert (stay.venue_id, stay.resource_id, stay.reservation_id) == (house.id, None, None)
    assert (await occupancy.walk_in(house, by=alice, at=NOW + timedelta(minutes=5))).id == stay.id
    assert await Presence.all().count() == 1


async def test_a_booking_that_is_due_is_checked_in_for(house, alice, booked):
    stay = await occupancy.walk_in(house, by=alice, at=after(-10))
    assert stay.reservation_id == booked.id


async def test_a_house_that_is_closed_lets_members_wait_and_hosts_write(house, alice, stella):
    night = make.at(NOW.date(), "07:00")
    with pytest.raises(no.HouseClosed) as refusal:
        await occupancy.walk_in(house, by=alice, at=night)
    assert "08:00–22:00" in refusal.value.rule_sentence
    with pytest.raises(no.HouseClosed) as refusal:
        await occupancy.walk_in(house, by=alice, at=make.at(NOW.date(), "23:30"))
    assert "08:00–22:00" in refusal.value.rule_sentence
    assert await Presence.all().count() == 0
    assert await occupancy.walk_in(house, by=stella, member=alice, at=night)


async def test_only_hosts_write_for_others_and_in_rooms(house, alice, room, stella):
    bob = await make.member("Bob")
    with pytest.raises(NotFound):
        await occupancy.walk_in(house, by=alice, member=bob, at=NOW)
    with pytest.raises(NotFound):
        await occupancy.walk_in(house, by=alice, resource=room, at=NOW)
    assert await Presence.all().count() == 0
    stay = await occupancy.walk_in(house, by=stella, member=bob, resource=room, at=NOW)
    assert (stay.member_id, stay.resource_id) == (bob.id, room.id)


async def test_the_suspended_do_not_come_in(house, alice, stella):
    await members.suspend(alice, by=None, at=NOW)
    with pytest.raises(no.Suspended):
        await occupancy.walk_in(house, by=stella, member=alice, at=NOW)
    assert await Presence.all().count() == 0


async def test_proof_is_asked_for_here_too(house, alice, stella):
    await occupancy.ask_for_proof(house, True, by_id=stella.id, at=NOW)
    house.presence_proof = True
    with pytest.raises(no.ProofNeeded):
        await occupancy.walk_in(house, by=alice, at=BEGIN)
    assert await occupancy.walk_in(house, by=alice, at=BEGIN, proof=occupancy.display_code(house, BEGIN))
