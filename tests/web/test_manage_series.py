"""A series that waits for the house is one request, answered at once or date by date."""

from __future__ import annotations

from typing import Any

import pytest

from booking import reservations
from booking.events import Event
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.queries import counted
from tests.web.test_series_pages import choir


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Grande salle", approval=True)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(room: Any, alice: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, name="Comics")


@pytest.fixture
async def host(room: Any, client_of: Any) -> Any:
    someone = await make.member("Hugo")
    await make.role("host", someone, venue=room.venue)
    return await client_of(someone)


def address(dates: list[Reservation], room: Any, verb: str) -> str:
    return f"/manage/{room.venue.key}/series/{dates[0].series_id}/{verb}"


async def states() -> set[str]:
    return {each.state for each in await Reservation.all()}


async def test_it_works(host: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    shown = (await host.get(f"/manage/{room.venue.key}")).text
    assert shown.count("Alice: Grande salle") == 1
    assert "4 dates from Tue, 24 Nov 2026" in shown
    assert "€96.80" in shown
    assert "Approve all" in shown
    for each in dates:  # and each by itself
        assert f"/manage/{room.venue.key}/reservations/{each.id}/approve" in shown
    for _click in range(2):
        done = await host.post(address(dates, room, "approve"))
        assert (done.status_code, done.headers["location"]) == (303, f"/manage/{room.venue.key}")
    assert await states() == {"confirmed"}
    assert await Event.filter(name="series.approved").count() == 1
    after = (await host.get(f"/manage/{room.venue.key}")).text
    assert "Confirmed: Alice, 4 dates." in after
    assert "Approve all" not in after


async def test_declining_all_asks_why_first(host: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    shown = (await host.get(address(dates, room, "decline"))).text
    assert "Say no to Alice?" in shown
    assert "Tue, 15 Dec 2026" in shown
    assert (await host.post(address(dates, room, "decline"), data={"reason": " "})).status_code == 422
    assert await states() == {"held"}
    for _click in range(2):
        done = await host.post(address(dates, room, "decline"), data={"reason": "The hall is painted."})
        assert done.status_code == 303
    assert await states() == {"declined"}
    assert await Event.filter(name="series.declined").count() == 1


async def test_single_answers_remain(host: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project, times=3)
    here = f"/manage/{room.venue.key}/reservations"
    await host.post(f"{here}/{dates[0].id}/approve")
    await host.post(f"{here}/{dates[1].id}/decline", data={"reason": "A concert."})
    shown = (await host.get(f"/manage/{room.venue.key}")).text
    assert "Approve all" not in shown  # one is left, and is a request like any other
    assert f"{here}/{dates[2].id}/approve" in shown


async def test_too_late_is_told(host: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    await reservations.cancel_together([each.id for each in dates], by=alice, at=NOW)
    assert (await host.post(address(dates, room, "approve"))).status_code == 409
    refused = await host.post(address(dates, room, "decline"), data={"reason": "No"})
    assert refused.status_code == 409
    assert await states() == {"cancelled"}


async def test_others_find_nothing(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    other = await make.resource()
    someone = await make.member("Elke")
    await make.role("host", someone, venue=other.venue)
    client = await client_of(someone)
    here = f"/manage/{other.venue.key}/series/{dates[0].series_id}"
    assert (await client.post(f"{here}/approve")).status_code == 404
    assert (await client.get(f"{here}/decline")).status_code == 404
    assert (await (await client_of(alice)).post(address(dates, room, "approve"))).status_code == 404
    assert await states() == {"held"}


async def test_many_dates_ask_no_more(host: Any, room: Any, alice: Any, project: Any) -> None:
    async def asked() -> int:
        with counted() as questions:
            assert (await host.get(f"/manage/{room.venue.key}")).status_code == 200
        return len(questions)

    await choir(room, alice, project, times=2)
    few = await asked()
    await choir(await make.resource(at=room.venue, approval=True), alice, project, times=9)
    assert await asked() == few
