"""Requests that wait for the house: shown with what matters, approved, declined with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.events import Event
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def asked(db: str) -> Any:
    room = await make.resource(name="Grande salle", approval=True)
    made = await make.reservation(
        room, await make.member("Alice"), make.span(days=10), title="Première", note="With a piano", people=7
    )
    return await Reservation.get(id=made.id).select_related("venue__entity", "resource")


@pytest.fixture
async def house(asked: Any) -> Any:
    return asked.venue


@pytest.fixture
async def host(house: Any, client_of: Callable[..., Any]) -> Any:
    someone = await make.member("Hugo")
    await make.role("host", someone, venue=house)
    return await client_of(someone)


def address(asked: Any, what: str) -> str:
    return f"/manage/{asked.venue.key}/reservations/{asked.id}/{what}"


async def still_waiting(asked: Any) -> None:
    kept = await Reservation.get(id=asked.id).select_related("activity__account")
    assert (kept.state, kept.decided_by_id) == ("held", None)
    assert await Claim.filter(reservation_id=asked.id).count() == 1
    assert kept.activity.account.debits_pending_cents == 2420
    assert await Event.filter(name__in=["reservation.approved", "reservation.declined"]).count() == 0


async def test_it_works(host: Any, house: Any, asked: Any) -> None:
    shown = (await host.get(f"/manage/{house.key}")).text
    for words in ("Needs you", "Alice: Grande salle", "Première", "With a piano", "7 people", "€24.20"):
        assert words in shown
    assert "Ends by itself on Thu, 26 Nov 2026, 09:00." in shown
    answer = await host.post(address(asked, "approve"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/manage/{house.key}")
    assert (await Reservation.get(id=asked.id)).state == "confirmed"
    after = (await host.get(f"/manage/{house.key}")).text
    assert "Needs you" not in after
    assert "Confirmed: Alice" in after


async def test_two_clicks_approve_once(host: Any, asked: Any) -> None:
    for _click in range(3):
        assert (await host.post(address(asked, "approve"))).status_code == 303
    assert await Event.filter(name="reservation.approved").count() == 1


async def test_declining_asks_why_first(host: Any, asked: Any) -> None:
    assert "Say no to Alice?" in (await host.get(address(asked, "decline"))).text
    for reason in ("", "  "):
        assert (await host.post(address(asked, "decline"), data={"reason": reason})).status_code == 422
    await still_waiting(asked)
    done = await host.post(address(asked, "decline"), data={"reason": "The hall is being painted."})
    assert done.status_code == 303
    kept = await Reservation.get(id=asked.id)
    assert (kept.state, kept.reason) == ("declined", "The hall is being painted.")
    budget = await Activity.get(id=kept.activity_id).select_related("account")
    assert budget.account.debits_pending_cents == 0
    assert (await host.post(address(asked, "decline"), data={"reason": "Again"})).status_code == 303
    assert await Event.filter(name="reservation.declined").count() == 1


async def test_what_was_answered_cannot_be_answered_otherwise(host: Any, house: Any, asked: Any) -> None:
    await reservations.approve(asked.id, by=await make.manager(house), at=NOW)
    answer = await host.post(address(asked, "decline"), data={"reason": "No"})
    assert answer.status_code == 409
    assert "answered already" in answer.text
    assert (await host.post(address(asked, "approve"))).status_code == 409
    assert (await Reservation.get(id=asked.id)).state == "confirmed"
    assert await Event.filter(name="reservation.declined").count() == 0


async def test_for_all_others_there_is_no_such_page(
    asked: Any, client: Any, client_of: Callable[..., Any]
) -> None:
    alice = await asked.member
    for someone in (alice, await make.member("Charlie"), await make.manager(await make.venue())):
        browser = await client_of(someone)
        assert (await browser.post(address(asked, "approve"))).status_code == 404
        assert (await browser.get(address(asked, "decline"))).status_code == 404
        assert (await browser.post(address(asked, "decline"), data={"reason": "No"})).status_code == 404
    assert (await client.post(address(asked, "approve"))).status_code == 303
    await still_waiting(asked)


async def test_another_site_approves_nothing(asked: Any, house: Any, client_of: Callable[..., Any]) -> None:
    browser = await client_of(await make.manager(house), **{"Sec-Fetch-Site": "cross-site"})
    assert (await browser.post(address(asked, "approve"))).status_code == 403
    assert (await browser.get(address(asked, "approve"))).status_code == 405
    await still_waiting(asked)
