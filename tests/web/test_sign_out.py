"""Signing out, here and elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking import members
from booking.members.models import Session
from tests import make
from tests.conftest import NOW


async def test_it_works(client_of: Any) -> None:
    client = await client_of(await make.member())
    token = client.cookies["desk_session"]
    assert (await client.get("/settings")).status_code == 200
    answer = await client.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    again = await client_of()
    again.cookies.set("desk_session", token)
    assert (await again.get("/settings")).status_code == 303
    assert (await Session.get()).revoked_at == NOW


async def test_it_says_so(client_of: Any) -> None:
    client = await client_of(await make.member())
    await client.post("/sign-out")
    assert "You are signed out." in (await client.get("/help")).text
    assert "You are signed out." not in (await client.get("/help")).text


async def test_not_by_get(client_of: Any) -> None:
    client = await client_of(await make.member())
    assert (await client.get("/sign-out")).status_code == 405
    assert (await client.get("/settings")).status_code == 200


async def test_without_being_signed_in(client: Any) -> None:
    assert (await client.post("/sign-out")).status_code == 303


async def test_one_other_browser(client_of: Any) -> None:
    alice = await make.member()
    here, there = await client_of(alice), await client_of(alice)
    other = await Session.filter(member_id=alice.id).order_by("-id").first()
    assert other is not None
    assert (await here.post(f"/settings/sessions/{other.id}")).status_code == 303
    assert (await there.get("/settings")).status_code == 303
    assert (await here.get("/settings")).status_code == 200


async def test_all_other_browsers(client_of: Any) -> None:
    alice, bob = await make.member(), await make.member("Bob")
    here, there, elsewhere = [await client_of(alice) for _one in range(3)]
    bobs = await client_of(bob)
    assert (await here.post("/settings/sessions")).status_code == 303
    assert (await here.get("/settings")).status_code == 200
    assert (await bobs.get("/settings")).status_code == 200
    for client in (there, elsewhere):
        assert (await client.get("/settings")).status_code == 303


async def test_nobody_ends_a_strangers_session(client_of: Any) -> None:
    alice, bob = await make.member(), await make.member("Bob")
    client, bobs = await client_of(alice), await client_of(bob)
    theirs = await Session.get(member_id=bob.id)
    assert (await client.post(f"/settings/sessions/{theirs.id}")).status_code == 404
    assert (await client.post("/settings/sessions/999999")).status_code == 404
    assert (await bobs.get("/settings")).status_code == 200


async def test_suspending_ends_everything_at_once(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    assert (await client.get("/settings")).status_code == 200
    await members.suspend(alice, by=None, at=NOW)
    assert (await client.get("/settings")).status_code == 303


async def test_a_new_token_when_roles_change(client_of: Any, app: Any) -> None:
    place = await make.venue()
    stella = await make.member("Stella")
    client = await client_of(stella)
    before = client.cookies["desk_session"]
    app.state.clock = lambda: NOW + timedelta(minutes=5)
    await members.grant(stella.email, "manager", place.key, by=None, at=NOW + timedelta(minutes=4))
    answer = await client.get("/settings")
    assert answer.status_code == 200
    renewed = answer.cookies["desk_session"]
    assert renewed != before
    assert "desk_session" not in (await client.get("/settings")).cookies
    app.state.clock = lambda: NOW + timedelta(minutes=7)
    old = await client_of()
    old.cookies.set("desk_session", before)
    assert (await old.get("/settings")).status_code == 303


async def test_a_session_slides_and_ends(client_of: Any, app: Any) -> None:
    client = await client_of(await make.member())
    for days in (20, 45, 70):
        app.state.clock = lambda days=days: NOW + timedelta(days=days)
        assert (await client.get("/settings")).status_code == 200
    app.state.clock = lambda: NOW + timedelta(days=101)
    assert (await client.get("/settings")).status_code == 303
