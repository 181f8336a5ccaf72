"""The house cancels a member's reservation, with a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.events import Event
from booking.notifications import Message
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice", language="fr")


@pytest.fixture
async def booked(alice: Any) -> Any:
    room = await make.resource(name="Quai")
    made = await make.reservation(room, alice, make.span("11:00", "13:00", days=0), title="Choir")
    return await Reservation.get(id=made.id).select_related("venue__entity", "resource")


@pytest.fixture
def address(booked: Any) -> str:
    return f"/manage/{booked.venue.key}/reservations/{booked.id}/cancel"


@pytest.fixture
async def stella(booked: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(booked.venue))


async def nothing_happened(booked: Any) -> None:
    """The reservation stands, with its unit and its money, and nobody was told anything."""
    kept = await Reservation.get(id=booked.id).select_related("activity__account")
    assert (kept.state, kept.sequence) == ("confirmed", 0)
    assert await Claim.filter(reservation_id=booked.id).count() == 1
    assert kept.activity.account.debits_pending_cents == 2420
    assert await Event.filter(name="reservation.cancelled").count() == 0


async def test_it_works(stella: Any, booked: Any, address: str) -> None:
    shown = await stella.get(address)
    assert shown.status_code == 200
    for words in ("Cancel Alice’s booking?", "Quai", "€24.20 go back to the Activity", "French"):
        assert words in shown.text
    mail = shown.text.partition('lang="fr"')[2]
    assert "Quai" in mail.partition("</b>")[0]
    assert "[…]" in mail.partition("</p>")[2]
    assert await Message.all().count() == 0
    await nothing_happened(booked)
    answer = await stella.post(address, data={"reason": "A pipe has burst."})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/manage/{booked.venue.key}?day=2026-11-23"
    done = await Reservation.get(id=booked.id)
    assert (done.state, done.reason, done.fee_cents) == ("cancelled", "A pipe has burst.", 0)
    budget = await Activity.get(id=done.activity_id).select_related("account")
    assert budget.account.available_cents == 100_000
    event = await Event.get(name="reservation.cancelled")
    assert (event.data["by_venue"], event.data["reason"]) == (True, "A pipe has burst.")


async def test_a_host_may(booked: Any, address: str, client_of: Callable[..., Any]) -> None:
    host = await make.member("Hugo")
    await make.role("host", host, venue=booked.venue)
    assert (await (await client_of(host)).post(address, data={"reason": "Sorry"})).status_code == 303
    assert (await Reservation.get(id=booked.id)).state == "cancelled"


async def test_what_the_house_booked_for_a_member_is_free_too(
    client_of: Callable[..., Any], alice: Any
) -> None:
    room = await make.resource()
    stella = await make.manager(room.venue)
    pays = await make.activity(alice, of=room.venue.entity)
    made = await reservations.reserve(
        make.uuid4(), room.id, make.span(days=0), by=stella, for_member=alice, at=NOW, activity_id=pays.id
    )
    address = f"/manage/{room.venue.key}/reservations/{made.id}/cancel"
    assert (await (await client_of(stella)).post(address, data={"reason": "Sorry"})).status_code == 303
    assert (await Reservation.get(id=made.id)).fee_cents == 0


async def test_twice_is_once(stella: Any, booked: Any, address: str) -> None:
    for _click in range(3):
        assert (await stella.post(address, data={"reason": "Sorry"})).status_code == 303
    assert await Event.filter(name="reservation.cancelled").count() == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
async def test_the_message_is_needed_and_short(stella: Any, booked: Any, address: str, reason: str) -> None:
    answer = await stella.post(address, data={"reason": reason})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    await nothing_happened(booked)


async def test_for_all_others_there_is_no_such_page(
    booked: Any, address: str, client: Any, client_of: Callable[..., Any], alice: Any
) -> None:
    elsewhere = await make.venue()
    for someone in (alice, await make.member("Charlie"), await make.manager(elsewhere)):
        browser = await client_of(someone)
        assert (await browser.get(address)).status_code == 404
        assert (await browser.post(address, data={"reason": "mine now"})).status_code == 404
    assert (await client.post(address, data={"reason": "hello"})).status_code == 303
    await nothing_happened(booked)


async def test_another_house_is_no_way_in(booked: Any, client_of: Callable[..., Any]) -> None:
    """A manager of two houses cannot reach the reservation of one under the address of the other."""
    other = await make.venue(of=booked.venue.entity)
    both = await make.member()
    await make.role("manager", both, entity=booked.venue.entity)
    browser = await client_of(both)
    wrong = f"/manage/{other.key}/reservations/{booked.id}/cancel"
    assert (await browser.get(wrong)).status_code == 404
    assert (await browser.post(wrong, data={"reason": "no"})).status_code == 404
    await nothing_happened(booked)


async def test_what_is_over_is_refused(stella: Any, booked: Any, address: str, app: Any) -> None:
    app.state.clock = lambda: booked.ends_at + timedelta(minutes=1)
    answer = await stella.post(address, data={"reason": "Too late"})
    assert answer.status_code == 409
    assert "This booking is over." in answer.text
    await nothing_happened(booked)


async def test_ones_own_booking_is_cancelled_like_everybodys(client_of: Callable[..., Any]) -> None:
    room = await make.resource()
    stella = await make.manager(room.venue)
    own = await make.reservation(room, stella, make.span(days=0))
    browser = await client_of(stella)
    address = f"/manage/{room.venue.key}/reservations/{own.id}/cancel"
    for answer in (await browser.get(address), await browser.post(address, data={"reason": "free for me"})):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/reservations/{own.id}")
    assert (await Reservation.get(id=own.id)).state == "confirmed"
