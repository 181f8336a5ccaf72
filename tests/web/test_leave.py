"""The pages on which members end their account, or keep it after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking import leaving
from booking.members import Member
from tests import make
from tests.make import NOW


async def test_it_works(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    assert "/settings/leave" in (await client.get("/settings")).text
    page = (await client.get("/settings/leave")).text
    assert "What is deleted" in page
    assert "What stays" in page
    answer = await client.post("/settings/leave", data={"sure": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/leave")
    assert (await Member.get(id=alice.id)).leaves_at == NOW + timedelta(days=7)
    for path in ("/settings/leave", "/settings"):
        page = (await client.get(path)).text
        assert "Your account ends on Monday, 30 November 2026." in page
        assert "Keep my account" in page
    answer = await client.post("/settings/leave/not")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert (await Member.get(id=alice.id)).leaves_at is None
    assert "Your account stays." in (await client.get("/settings")).text


async def test_not_by_accident(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    answer = await client.post("/settings/leave")
    assert answer.status_code == 422
    assert "Tick the box" in answer.text
    assert (await Member.get(id=alice.id)).leaves_at is None


async def test_bookings_to_come_are_listed(client_of: Any) -> None:
    alice, room = await make.member(), await make.resource(name="Quai")
    booked = await make.reservation(room, alice)
    client = await client_of(alice)
    page = (await client.get("/settings/leave")).text
    assert "Quai" in page
    assert f"/reservations/{booked.id}/cancel" in page
    assert 'name="sure"' not in page
    answer = await client.post("/settings/leave", data={"sure": "yes"})
    assert answer.status_code == 409
    assert "You still have bookings to come." in answer.text
    assert (await Member.get(id=alice.id)).leaves_at is None


async def test_a_booking_says_how_to_keep_the_account(client_of: Any) -> None:
    alice, room = await make.member(leaves_at=NOW + timedelta(days=2)), await make.resource()
    client = await client_of(alice)
    page = (await client.get(f"/resources/{room.id}/reserve")).text
    assert "This account ends on" in page


async def test_strangers_sign_in_first(client: Any) -> None:
    for method, path in (
        ("GET", "/settings/leave"),
        ("POST", "/settings/leave"),
        ("POST", "/settings/leave/not"),
    ):
        answer = await client.request(method, path)
        assert answer.headers["location"].startswith("/sign-in")


async def test_administrators_see_that_they_asked(client_of: Any) -> None:
    alice, ada = await make.member(), await make.member("Ada")
    await make.role("administrator", ada)
    client = await client_of(alice)
    await client.post("/settings/leave", data={"sure": "yes"})
    await client.post("/settings/leave/not")
    page = (await (await client_of(ada)).get(f"/admin/members/{alice.id}")).text
    assert "Asked to end the account" in page
    assert "Kept the account after all" in page


async def test_the_books_and_the_house_go_on_without_them(client_of: Any) -> None:
    alice, room = await make.member(), await make.resource()
    project = await make.activity(alice, of=room.venue.entity)
    booked = await make.reservation(room, alice, make.span(days=0, begins="09:30", ends="10:00"), on=project)
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=room.venue.entity)
    stella = await make.manager(room.venue)
    later = NOW + timedelta(hours=3)
    await leaving.ask(alice, at=later)
    assert await leaving.end_due(later + timedelta(days=7)) == 1
    books = await client_of(theo)
    for path in ("", f"/activities/{project.id}", "/ledger", "/activities.csv"):
        answer = await books.get(f"/books/{room.venue.entity.key}{path}")
        assert answer.status_code == 200, path
        assert "Alice" not in answer.text
    house = await client_of(stella)
    for path in (f"/manage/{room.venue.key}?day=2026-11-23", f"/reservations/{booked.id}"):
        answer = await house.get(path)
        assert answer.status_code == 200, path
        assert "Alice" not in answer.text
