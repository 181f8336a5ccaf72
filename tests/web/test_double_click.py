"""Double click, reload, back button, retry: one form makes one reservation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from booking.events import Event
from booking.ledger import Transfer
from booking.reservations import Claim, Reservation
from tests import make
from tests.web.test_reserve_form import address, typed


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


async def one_of_each() -> None:
    assert await Reservation.all().count() == 1
    assert await Claim.all().count() == 1
    assert await Transfer.filter(kind="pend").count() == 1
    assert await Event.filter(name="reservation.confirmed").count() == 1


async def test_it_works(client_of: Any, alice: Any) -> None:
    room = await make.resource()
    project = await make.activity(alice, of=room.venue.entity)
    client = await client_of(alice)
    told = typed(project)
    answers = [await client.post(address(room), data=told) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.headers["location"] for answer in answers} == {f"/reservations/{told['id']}"}
    await one_of_each()


async def test_both_clicks_at_once(client_of: Any, alice: Any) -> None:
    room = await make.resource()
    project = await make.activity(alice, of=room.venue.entity)
    client = await client_of(alice)
    told = typed(project)
    answers = await asyncio.gather(*(client.post(address(room), data=told) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {303}
    await one_of_each()


async def test_a_pool_gives_one_desk(client_of: Any, alice: Any) -> None:
    desks = await make.resource(units=5)
    project = await make.activity(alice, of=desks.venue.entity)
    client = await client_of(alice)
    told = typed(project, people="")
    for _ in range(3):
        assert (await client.post(address(desks), data=told)).status_code == 303
    await one_of_each()


async def test_the_page_behind_the_back_button_says_so(client_of: Any, alice: Any) -> None:
    room = await make.resource()
    project = await make.activity(alice, of=room.venue.entity)
    client = await client_of(alice)
    told = typed(project)
    await client.post(address(room), data=told)
    again = await client.get(
        address(room), params={"from": "2026-11-24T09:00Z", "until": "2026-11-24T11:00Z"}
    )
    assert again.headers["cache-control"] == "no-store"
    assert "You have this time already." in again.text
    assert f'href="/reservations/{told["id"]}"' in again.text


async def test_another_time_from_the_same_form_changes_nothing(client_of: Any, alice: Any) -> None:
    room = await make.resource()
    project = await make.activity(alice, of=room.venue.entity)
    client = await client_of(alice)
    told = typed(project)
    await client.post(address(room), data=told)
    answer = await client.post(address(room), data=told | {"begins": "14:00", "ends": "15:00"})
    assert answer.headers["location"] == f"/reservations/{told['id']}"
    assert "You booked this before from the same form." in (await client.get(answer.headers["location"])).text
    await one_of_each()
    assert (await Reservation.get(id=told["id"])).span == make.span()


async def test_the_id_of_somebody_else(client_of: Any, alice: Any) -> None:
    room = await make.resource()
    charlie = await make.member("Charlie")
    theirs = await make.reservation(room, charlie, make.span("14:00", "15:00"))
    project = await make.activity(alice, of=room.venue.entity)
    answer = await (await client_of(alice)).post(address(room), data=typed(project, id=str(theirs.id)))
    assert answer.status_code == 404
    assert "Charlie" not in answer.text
    await one_of_each()


async def test_cancelling_twice(client_of: Any, alice: Any) -> None:
    room = await make.resource()
    booked = await make.reservation(room, alice)
    client = await client_of(alice)
    for _ in range(2):
        assert (await client.post(f"/reservations/{booked.id}/cancel", data={"fee": "0"})).status_code == 303
    assert await Event.filter(name="reservation.cancelled").count() == 1
    assert await Transfer.filter(kind="void").count() == 1
