"""Two hundred people press the button for one hour at one instant: one gets it, all others are shown what is near."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from booking.reservations import Claim, Reservation
from tests import make
from tests.races.controls import overlaps

PEOPLE = 200


async def test_it_works(client_of):
    house = await make.venue()
    gratis = {"hour_cents": 0, "half_day_cents": 0, "day_cents": 0}
    room = await make.resource(at=house, **gratis)
    other = await make.resource(at=house, **gratis, name="The room beside")
    people = [await make.member(f"Member{number}") for number in range(PEOPLE)]
    clients = [await client_of(each) for each in people]

    async def press(client):
        typed = {"id": str(uuid4()), "day": "2026-11-24", "begins": "10:00", "ends": "11:00", "people": "1"}
        return await client.post(f"/resources/{room.id}/reserve", data=typed)

    answers = await asyncio.gather(*(press(client) for client in clients))

    assert sorted({answer.status_code for answer in answers}) == [303, 409]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len(refused) == PEOPLE - 1
    assert all(f"/resources/{other.id}/reserve" in answer.text for answer in refused)
    assert all("09:00" in answer.text or "11:00" in answer.text for answer in refused)
    assert await Reservation.all().count() == await Claim.all().count() == 1
    assert await overlaps() == 0
