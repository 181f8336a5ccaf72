"""Presence and occupancy: checking in and out, counting, who is there now, and the figures of a house."""

from datetime import timedelta

from booking.occupancy import Presence
from tests import make
from tests.api.conftest import problem
from tests.make import NOW


async def test_it_works(program, app, alice, room, money):
    booked = await make.reservation(room, alice, make.span("10:00", "12:00", days=0), on=money)
    app.state.clock = lambda: booked.begins_at
    client = await program(alice, "presence")
    said = (await client.post(f"/reservations/{booked.id}/check-in", json={})).json()
    assert (said["venue"], said["reservation_id"], said["ends_at"]) == (room.venue.key, str(booked.id), None)
    again = await client.post(f"/reservations/{booked.id}/check-in")
    assert again.json() == said
    assert await Presence.all().count() == 1
    stella = await program(await make.manager(room.venue), "presence")
    house = (await stella.get(f"/venues/{room.venue.key}/presence")).json()
    assert (house["people"], house["checked_in"], house["source"]) == (1, 1, "stays")
    assert "Alice" not in str(house)
    app.state.clock = lambda: booked.begins_at + timedelta(hours=1)
    gone = await client.post(f"/venues/{room.venue.key}/check-out", json={"give_back": True})
    assert gone.json()["ends_at"] == "2026-11-23T10:00:00Z"
    problem(await client.post(f"/venues/{room.venue.key}/check-out", json={}), 409, "not_checked_in")


async def test_too_early_and_nobody_elses(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money)
    problem(
        await (await program(alice)).post(f"/reservations/{booked.id}/check-in", json={}),
        409,
        "check_in_too_early",
    )
    bob = await program(await make.member("Bob"))
    problem(await bob.post(f"/reservations/{booked.id}/check-in", json={}), 404, "not_found")
    assert not await Presence.exists()


async def test_without_a_booking(program, alice, room):
    client = await program(alice)
    said = (await client.post(f"/venues/{room.venue.key}/check-in", json={})).json()
    assert (said["people"], said["reservation_id"]) == (1, None)
    bob = await make.member("Bob")
    for body in ({"member_email": bob.email}, {"resource_id": room.id}):
        problem(await client.post(f"/venues/{room.venue.key}/check-in", json=body), 404, "not_found")
    assert await Presence.all().count() == 1
    stella = await program(await make.manager(room.venue))
    answer = await stella.post(
        f"/venues/{room.venue.key}/check-in", json={"member_email": bob.email, "resource_id": room.id}
    )
    assert answer.json()["resource_id"] == room.id
    answer = await stella.post(f"/venues/{room.venue.key}/check-in", json={"member_email": "x@example.org"})
    assert problem(answer, 422, "invalid")["errors"][0]["field"] == "member_email"


async def test_counts(program, alice, room):
    stella = await program(await make.manager(room.venue))
    address = f"/venues/{room.venue.key}/counts"
    assert (await stella.post(address, json={"people": 23})).json()["people"] == 23
    house = (await stella.get(f"/venues/{room.venue.key}/presence")).json()
    assert (house["people"], house["source"], house["counted"]) == (23, "staff_count", 23)
    problem(await stella.post(address, json={"people": -1}), 422, "invalid")
    elsewhere = await make.resource()
    problem(await stella.post(address, json={"people": 1, "resource_id": elsewhere.id}), 404, "not_found")
    problem(await (await program(alice)).post(address, json={"people": 1}), 404, "not_found")
    problem(await (await program(alice)).get(f"/venues/{room.venue.key}/presence"), 404, "not_found")
    assert await Presence.all().count() == 1


async def test_figures(program, alice, room, money):
    await make.reservation(room, alice, make.span("10:00", "12:00", days=0), on=money)
    stella = await make.manager(room.venue)
    query = {"first": "2026-11-23", "last": "2026-11-23"}
    said = (
        await (await program(stella, "occupancy")).get(f"/venues/{room.venue.key}/occupancy", params=query)
    ).json()
    booked = said["figures"]["booked_utilisation"]
    assert (booked["numerator"], booked["denominator"], booked["n"]) == (2, 14, 1)
    assert booked["formula"]
    assert (said["first"], said["last"], said["zone"]) == ("2026-11-23", "2026-11-23", "Europe/Brussels")


async def test_figures_cannot_be_had(program, alice, room):
    stella = await program(await make.manager(room.venue))
    address = f"/venues/{room.venue.key}/occupancy"
    said = problem(
        await stella.get(address, params={"first": "2026-11-23", "last": "2026-11-01"}), 422, "invalid"
    )
    assert said["errors"][0]["field"] == "last"
    problem(
        await stella.get(address, params={"first": "2020-01-01", "last": "2026-11-01"}),
        409,
        "period_too_long",
    )
    host = await make.member("Hal")
    await make.role("host", host, venue=room.venue)
    query = {"first": "2026-11-01", "last": "2026-11-23"}
    problem(await (await program(host)).get(address, params=query), 404, "not_found")
    problem(await (await program(alice, "read")).get(address, params=query), 403, "scope_missing")
    assert NOW
