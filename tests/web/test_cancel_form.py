"""GET and POST /reservations/{id}/cancel: the cost before the button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from booking.budgets import Activity
from booking.events import Event
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24, late_fee_percent=50)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def booked(room: Any, alice: Any) -> Any:
    return await make.reservation(room, alice, make.span(days=3))


@pytest.fixture
async def late(room: Any, alice: Any) -> Any:
    """One whose free time is over."""
    return await make.reservation(room, alice, make.span("15:00", "17:00", days=0))


async def still_there(booked: Any) -> None:
    fresh = await Reservation.get(id=booked.id)
    assert (fresh.state, fresh.fee_cents) == ("confirmed", 0)
    assert await Claim.filter(reservation_id=booked.id).count() == 1
    account = (await Activity.get(id=booked.activity_id).select_related("account")).account
    assert (account.debits_pending_cents, account.debits_posted_cents) == (booked.paid_cents, 0)
    assert await Event.filter(name="reservation.cancelled").count() == 0


async def test_it_works(client_of: Any, alice: Any, booked: Any) -> None:
    client = await client_of(alice)
    address = f"/reservations/{booked.id}/cancel"
    page = await client.get(address)
    assert page.status_code == 200
    assert "You get back" in page.text
    assert "Cancelling is free until Wed, 25 Nov 2026, 10:00." in page.text
    assert 'name="fee" value="0"' in page.text
    await still_there(booked)

    answer = await client.post(address, data={"fee": "0", "reason": "Ill"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/reservations/{booked.id}")
    done = await Reservation.get(id=booked.id)
    assert (done.state, done.fee_cents, done.paid_cents, done.reason) == ("cancelled", 0, 0, "Ill")
    assert await Claim.all().count() == 0


async def test_late(client_of: Any, alice: Any, late: Any) -> None:
    client = await client_of(alice)
    page = await client.get(f"/reservations/{late.id}/cancel")
    assert 'name="fee" value="1210"' in page.text
    assert "Cancelling was free until" in page.text
    answer = await client.post(f"/reservations/{late.id}/cancel", data={"fee": "1210"})
    assert answer.status_code == 303
    done = await Reservation.get(id=late.id)
    assert (done.fee_cents, done.paid_cents) == (1210, 1210)
    shown = (await client.get(f"/reservations/{late.id}")).text
    assert "Cancelled. €12.10 stays to be paid, the rest is yours again." in shown
    assert "Cancellation fee: €12.10" in shown


async def test_the_free_time_ends_while_the_page_is_open(client_of: Any, alice: Any, late: Any) -> None:
    answer = await (await client_of(alice)).post(f"/reservations/{late.id}/cancel", data={"fee": "0"})
    assert answer.status_code == 409
    assert "Cancelling costs €12.10 now." in answer.text
    assert 'name="fee" value="1210"' in answer.text
    await still_there(late)


async def test_begun(client_of: Any, room: Any, alice: Any) -> None:
    running = await make.reservation(
        room, alice, make.span("08:30", "10:00", days=0), moment=NOW - timedelta(hours=2)
    )
    client = await client_of(alice)
    page = await client.get(f"/reservations/{running.id}/cancel")
    assert "It has begun" in page.text
    assert "<form class" not in page.text.split("<main")[1].split("</main>")[0]
    answer = await client.post(f"/reservations/{running.id}/cancel", data={})
    assert answer.status_code == 409
    await still_there(running)


async def test_the_house_must_say_why(client_of: Any, room: Any, late: Any) -> None:
    client = await client_of(await make.manager(room.venue))
    page = await client.get(f"/reservations/{late.id}/cancel")
    assert "What the house cancels is free" in page.text
    answer = await client.post(f"/reservations/{late.id}/cancel", data={"fee": "0"})
    assert answer.status_code == 409
    assert "Please say why" in answer.text
    await still_there(late)
    answer = await client.post(
        f"/reservations/{late.id}/cancel", data={"fee": "0", "reason": "Water in the cellar"}
    )
    assert answer.status_code == 303
    done = await Reservation.get(id=late.id)
    assert (done.state, done.fee_cents, done.reason) == ("cancelled", 0, "Water in the cellar")


async def test_a_manager_does_without_the_fee_of_their_own(client_of: Any, room: Any) -> None:
    stella = await make.manager(room.venue)
    own = await make.reservation(room, stella, make.span("15:00", "17:00", days=0))
    client = await client_of(stella)
    assert "Do without the fee" in (await client.get(f"/reservations/{own.id}/cancel")).text
    sent = {"fee": "1210", "waive": "yes", "reason": "Double with the staff meeting"}
    assert (await client.post(f"/reservations/{own.id}/cancel", data=sent)).status_code == 303
    assert (await Reservation.get(id=own.id)).fee_cents == 0


async def test_a_member_pays_the_fee_whatever_the_form_says(client_of: Any, alice: Any, late: Any) -> None:
    client = await client_of(alice)
    assert "Do without the fee" not in (await client.get(f"/reservations/{late.id}/cancel")).text
    sent = {"fee": "0", "waive": "yes", "reason": "Please"}
    assert (await client.post(f"/reservations/{late.id}/cancel", data=sent)).status_code == 409
    await still_there(late)


async def test_what_cannot_be_read(client_of: Any, alice: Any, booked: Any) -> None:
    answer = await (await client_of(alice)).post(
        f"/reservations/{booked.id}/cancel", data={"reason": "x" * 501}
    )
    assert answer.status_code == 422
    await still_there(booked)


async def test_another_member(client_of: Any, booked: Any) -> None:
    client = await client_of(await make.member("Charlie"))
    assert (await client.post(f"/reservations/{booked.id}/cancel", data={"fee": "0"})).status_code == 404
    await still_there(booked)


async def test_a_stranger(client: Any, booked: Any) -> None:
    answer = await client.post(f"/reservations/{booked.id}/cancel", data={"fee": "0"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    await still_there(booked)


async def test_from_another_site(client_of: Any, alice: Any, booked: Any) -> None:
    client = await client_of(alice, **{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    assert (await client.post(f"/reservations/{booked.id}/cancel", data={"fee": "0"})).status_code == 403
    await still_there(booked)
