"""Closing an Activity and opening it again: what waits comes first, what is left goes back, all of it or nothing."""

from datetime import timedelta
from typing import Any

import pytest

from booking import budgets, reservations
from booking.budgets import Activity, Allotment, StillReserved
from booking.events import Event
from tests import make
from tests.api.conftest import problem, program, wish  # noqa: F401
from tests.make import NOW


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource()


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(alice: Any, room: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, cents=50_000)


@pytest.fixture
async def theo(room: Any) -> Any:
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=room.venue.entity)
    return theo


@pytest.fixture
def at_(room: Any, project: Any) -> str:
    return f"/books/{room.venue.entity.key}/activities/{project.id}"


async def stands(project: Any, cents: int) -> None:
    """Open, and with so much on it."""
    fresh = await Activity.get(id=project.id).select_related("account")
    assert (fresh.closed_at, fresh.account.balance_cents) == (None, cents)
    assert not await Event.exists(name="activity.closed")


async def test_it_works(client_of: Any, theo: Any, project: Any, at_: str) -> None:
    browser = await client_of(theo)
    page = await browser.get(at_ + "/close")
    assert "€500.00 goes back to the books of the cooperative." in page.text
    await stands(project, 50_000)
    assert (await browser.post(at_ + "/close", data={"seen": "50000"})).status_code == 303
    closed = await Activity.get(id=project.id).select_related("account")
    assert (closed.closed_at, closed.account.balance_cents) == (NOW, 0)
    [back] = await Allotment.filter(activity_id=project.id, amount_cents__lt=0)
    assert back.amount_cents == -50_000
    event = await Event.get(name="activity.closed")
    assert (event.by_id, event.data["given_back_cents"]) == (theo.id, 50_000)
    assert "nobody can book on it" in (await browser.get(at_)).text
    # The second click finds it closed.
    assert (await browser.post(at_ + "/close", data={"seen": "50000"})).status_code == 303
    assert await Event.filter(name="activity.closed").count() == 1


async def test_what_still_waits_is_listed_and_comes_first(
    client_of: Any, theo: Any, alice: Any, room: Any, project: Any, at_: str
) -> None:
    booked = await make.reservation(room, alice, on=project)
    browser = await client_of(theo)
    page = await browser.get(at_ + "/close")
    assert f"/reservations/{booked.id}" in page.text
    assert 'name="seen"' not in page.text
    answer = await browser.post(at_ + "/close", data={"seen": "50000"})
    assert answer.status_code == 409
    assert "is still reserved for bookings" in answer.text
    await stands(project, 50_000)
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert (await browser.post(at_ + "/close", data={"seen": "50000"})).status_code == 303


async def test_another_sum_than_was_seen(client_of: Any, theo: Any, project: Any, at_: str) -> None:
    browser = await client_of(theo)
    answer = await browser.post(at_ + "/close", data={"seen": "1"})
    assert answer.status_code == 409
    assert "There is €500.00 on" in answer.text
    for wrong in ("", "much", "9" * 40):
        assert (await browser.post(at_ + "/close", data={"seen": wrong})).status_code == 422
    await stands(project, 50_000)


async def test_not_for_others(client_of: Any, alice: Any, project: Any, at_: str) -> None:
    elsewhere = await make.member("Theo")
    await make.role("treasurer", elsewhere, entity=await make.entity())
    for who in (alice, elsewhere):
        browser = await client_of(who)
        assert (await browser.get(at_ + "/close")).status_code == 404
        assert (await browser.post(at_ + "/close", data={"seen": "50000"})).status_code == 404
        assert (await browser.post(at_ + "/reopen")).status_code == 404
    await stands(project, 50_000)


async def test_a_closed_one_pays_for_nothing_and_gets_nothing(
    client_of: Any,
    program: Any,  # noqa: F811
    theo: Any,
    alice: Any,
    room: Any,
    project: Any,
    at_: str,
) -> None:
    await budgets.close(project.id, seen_cents=50_000, by=theo, at=NOW)
    client = await program(alice)
    said = problem(await client.post("/reservations", json=wish(room, project)), 409, "activity_closed")
    assert said["detail"] == f"The Activity {project.name} is closed, so it pays for nothing."
    assert (await client.get("/activities")).json()["items"] == []
    browser = await client_of(theo)
    answer = await browser.post(at_ + "/allot", data={"amount": "10", "reference": "R1", "note": ""})
    assert answer.status_code == 409
    # What is on it by a late refund can still be taken back; nothing is there now.
    assert await Allotment.filter(activity_id=project.id, amount_cents__gt=0).count() == 1


async def test_open_it_again(
    client_of: Any, theo: Any, alice: Any, room: Any, project: Any, at_: str
) -> None:
    await budgets.close(project.id, seen_cents=50_000, by=theo, at=NOW)
    browser = await client_of(theo)
    for _time in range(2):
        assert (await browser.post(at_ + "/reopen")).status_code == 303
    assert await Event.filter(name="activity.reopened").count() == 1
    assert (
        await browser.post(at_ + "/allot", data={"amount": "100", "reference": "R2", "note": ""})
    ).status_code == 303
    booked = await make.reservation(room, alice, on=await Activity.get(id=project.id))
    with pytest.raises(StillReserved):
        await budgets.close(project.id, seen_cents=10_000, by=theo, at=NOW)
    assert booked.state == "confirmed"


async def test_money_that_comes_back_is_told_until_it_is_taken(
    client_of: Any, theo: Any, alice: Any, project: Any, room: Any, at_: str
) -> None:
    browser = await client_of(theo)
    books = f"/books/{room.venue.entity.key}"
    span = make.span()
    made = await make.reservation(room, alice, span, on=project)
    at = span.begins_at + timedelta(minutes=10)
    await reservations.post_started(at)
    await budgets.close(project.id, seen_cents=47_580, by=theo, at=at)
    assert "Money came back" not in (await browser.get(books)).text
    # The house breaks off what has begun: the money goes back to the Activity that paid it.
    stella = await make.manager(room.venue)
    await reservations.cancel(made.id, by=stella, at=at, reason="A leak")
    told = (await browser.get(books)).text
    assert "Money came back to Activities that are closed." in told
    assert f'<a href="{at_}">{project.name}</a>: €24.20' in told
    taken = {"amount": "-24,20", "reference": "late refund"}
    assert (await browser.post(at_ + "/allot", data=taken)).status_code == 303
    assert "Money came back" not in (await browser.get(books)).text
