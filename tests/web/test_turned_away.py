"""What the pages and the API note of wishes, after they have answered; and how the report shows it."""

from typing import Any

import pytest

from booking import occupancy
from booking.occupancy import Demand, demand
from tests import make
from tests.api.conftest import program, wish  # noqa: F401
from tests.make import NOW
from tests.web.test_reserve_form import address, typed


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource()


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(alice: Any, room: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity)


@pytest.fixture
async def full(room: Any) -> None:
    await make.reservation(room, await make.member("Bob"), make.span("09:00", "13:00"))


async def outcomes() -> list[tuple[str, int]]:
    await occupancy.count_wishes()
    return sorted(await Demand.filter(wishes__gt=0).values_list("outcome", "wishes"))


async def test_it_works(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    assert (await client.post(address(room), data=typed(project))).status_code == 303
    assert await outcomes() == [("booked", 1)]


async def test_tries_and_quotes_that_are_refused(
    client_of: Any, room: Any, alice: Any, project: Any, full: None
) -> None:
    client = await client_of(alice)
    for _time in range(5):
        assert (await client.post(address(room), data=typed(project))).status_code == 409
    await client.get(f"/resources/{room.id}/quote", params=typed(project), headers={"HX-Request": "true"})
    assert await outcomes() == [("taken", 1)]


async def test_a_visitor_who_only_looks(client: Any, room: Any, full: None) -> None:
    answer = await client.get(address(room), params=typed(None))
    assert answer.status_code == 200
    assert await outcomes() == [("taken", 1)]


async def test_a_search_that_finds_nothing(client: Any, room: Any, full: None) -> None:
    asked = {"where": room.venue.city, "day": "2026-11-26", "begins": "10:00", "ends": "12:00"}
    answer = await client.get("/search", params={**asked, "day": make.span().begins_at.date().isoformat()})
    assert "Nothing is free" in answer.text
    assert await outcomes() == [("nothing_free", 1)]


async def test_programs_wish_too(program: Any, room: Any, alice: Any, project: Any, full: None) -> None:  # noqa: F811
    client = await program(alice)
    assert (await client.post("/reservations", json=wish(room, project))).status_code == 409
    assert await outcomes() == [("taken", 1)]
    later = {"begins_at": "2026-11-24T14:00:00+01:00", "ends_at": "2026-11-24T15:00:00+01:00"}
    assert (await client.post("/reservations", json=wish(room, project) | later)).status_code == 201
    assert await outcomes() == [("booked", 1)]


async def test_a_counter_that_is_broken_breaks_no_booking(
    client_of: Any, room: Any, alice: Any, project: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(demand, "WAITING_MAX", 0)
    client = await client_of(alice)
    assert (await client.post(address(room), data=typed(project))).status_code == 303
    assert await outcomes() == []


async def test_the_report_shows_it(client_of: Any, room: Any) -> None:
    for who in range(12):
        outcome = occupancy.BOOKED if who < 4 else "taken" if who < 10 else "too_long"
        occupancy.note(room, make.span(), outcome, who=f"member:{who}", at=NOW)
    await occupancy.count_wishes()
    client = await client_of(await make.manager(room.venue))
    day = make.span().begins_at.date().isoformat()
    page = (await client.get(f"/manage/{room.venue.key}/occupancy", params={"first": day, "last": day})).text
    assert "8 of 12 wishes ended with a no." in page
    assert "66.7%" in page
    assert "other reasons, each under five times" in page
    file = (
        await client.get(f"/manage/{room.venue.key}/occupancy.csv", params={"first": day, "last": day})
    ).text
    assert "Turned away,0.666667,share,8,12,12,1,wishes," in file
    assert '"Turned away, hour",10:00–11:00,' in file
