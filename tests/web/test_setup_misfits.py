"""Bookings that no longer fit: saved first, then chosen, each cancelled for nothing; what is left stays listed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.events import Event
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.web.test_setup_times import WEEK


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(at=await make.venue(), name="Quai")


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(alice: Any, room: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, cents=100_000)


@pytest.fixture
async def late(room: Any, alice: Any, project: Any) -> list[Any]:
    """Three evenings that the new hours leave outside."""
    return [
        await make.reservation(room, alice, make.span("20:00", "21:00", days=days), on=project)
        for days in (1, 2, 3)
    ]


@pytest.fixture
async def stella(room: Any, client_of: Any) -> Any:
    return await client_of(await make.manager(room.venue))


@pytest.fixture
def set_up(room: Any) -> str:
    return f"/manage/{room.venue.key}/set-up"


async def live() -> int:
    return await Reservation.filter(state="confirmed").count()


async def test_it_works(stella: Any, set_up: str, late: list[Any], project: Any) -> None:
    asked = await stella.post(set_up + "/hours", data={**WEEK, "first": "2026-11-23"})
    assert asked.status_code == 409
    assert "Save, then choose which to cancel" in asked.text
    done = await stella.post(set_up + "/hours", data={**WEEK, "first": "2026-11-23", "confirmed": "choose"})
    assert done.headers["location"].endswith("/set-up/bookings")
    assert await live() == 3  # nothing before it was chosen
    page = (await stella.get(set_up + "/bookings")).text
    assert page.count('name="cancel"') == 3
    assert "is not open all that time" in page
    sent = {"cancel": [str(late[0].id), str(late[2].id)], "message": "New hours from Monday on"}
    assert (await stella.post(set_up + "/bookings", data=sent)).status_code == 303
    assert await live() == 1
    gone = await Reservation.get(id=late[0].id)
    assert (gone.state, gone.fee_cents, gone.reason) == ("cancelled", 0, "New hours from Monday on")
    assert await Event.filter(name="reservation.cancelled").count() == 2
    purse = await Activity.get(id=project.id).select_related("account")
    assert purse.account.debits_pending_cents == late[1].total_cents  # all of the two came back
    after = (await stella.get(set_up + "/bookings")).text
    assert "2 bookings are cancelled." in after
    assert after.count('name="cancel"') == 1
    assert "Cancelled by you since yesterday" in after
    # Later the page of set-up says what is left.
    assert "1 booking no longer fits the rules." in (await stella.get(set_up)).text


async def test_all_of_them_and_again(stella: Any, set_up: str, late: list[Any], alice: Any) -> None:
    await stella.post(set_up + "/hours", data={**WEEK, "first": "2026-11-23", "confirmed": "yes"})
    await reservations.cancel(late[1].id, by=alice, at=NOW)  # its member was quicker
    sent = {"cancel_all": "yes", "message": "New hours"}
    assert (await stella.post(set_up + "/bookings", data=sent)).status_code == 303
    assert await live() == 0
    assert "None. Every upcoming booking keeps the rules" in (await stella.get(set_up + "/bookings")).text
    # Sent again, there is nothing left to choose.
    assert (await stella.post(set_up + "/bookings", data=sent)).status_code == 422
    assert await Event.filter(name="reservation.cancelled").count() == 3


async def test_what_is_missing_is_said(stella: Any, set_up: str, late: list[Any]) -> None:
    await stella.post(set_up + "/hours", data={**WEEK, "first": "2026-11-23", "confirmed": "yes"})
    none = await stella.post(set_up + "/bookings", data={"message": "x"})
    assert none.status_code == 422
    silent = await stella.post(set_up + "/bookings", data={"cancel": str(late[0].id)})
    assert silent.status_code == 422
    assert "the member will read it" in silent.text
    assert (await stella.post(set_up + "/bookings", data={"cancel": "x", "message": "y"})).status_code == 422
    assert await live() == 3


async def test_only_what_no_longer_fits(
    stella: Any, set_up: str, room: Any, alice: Any, project: Any
) -> None:
    fits = await make.reservation(room, alice, make.span(), on=project)
    elsewhere = await make.reservation(await make.resource(), alice)
    sent = {"cancel": [str(fits.id), str(elsewhere.id)], "message": "Because"}
    assert (await stella.post(set_up + "/bookings", data=sent)).status_code == 422
    assert await live() == 2


async def test_whoever_took_the_room_just_now_is_not_put_out(
    stella: Any, set_up: str, room: Any, alice: Any, project: Any
) -> None:
    """They began on no step of the clock, as whoever stands before a room may."""
    begun = NOW - timedelta(minutes=7)
    await reservations.reserve(
        uuid4(),
        room.id,
        TimeSpan(begun, NOW + timedelta(hours=1)),
        by=alice,
        at=begun,
        activity_id=project.id,
        walk_in=True,
    )
    assert "None. Every upcoming booking keeps the rules" in (await stella.get(set_up + "/bookings")).text
    sent = {"cancel_all": "yes", "message": "New hours"}
    assert (await stella.post(set_up + "/bookings", data=sent)).status_code == 422
    assert await live() == 1


async def test_not_for_others(client_of: Any, set_up: str, late: list[Any], alice: Any) -> None:
    for who in (alice, await make.manager(await make.venue(), "Stella")):
        browser = await client_of(who)
        assert (await browser.get(set_up + "/bookings")).status_code == 404
        sent = {"cancel_all": "yes", "message": "x"}
        assert (await browser.post(set_up + "/bookings", data=sent)).status_code == 404
    assert await live() == 3
