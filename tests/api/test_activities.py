"""GET /activities and /activities/ID/statement."""

from datetime import timedelta

from booking import budgets, reservations
from tests import make
from tests.api.conftest import problem
from tests.make import NOW


async def test_it_works(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money)
    client = await program(alice, "money")
    [said] = (await client.get("/activities")).json()["items"]
    assert (said["id"], said["name"], said["part"]) == (money.id, "Illustration", "owner")
    assert (said["balance_cents"], said["reserved_cents"], said["available_cents"]) == (100_000, 2420, 97_580)
    said = (await client.get(f"/activities/{money.id}/statement")).json()
    assert [(each["state"], each["in_cents"], each["reserved_cents"]) for each in said["items"]] == [
        ("allotment", 100_000, 0),
        ("reserved", 0, 2420),
    ]
    assert said["items"][1]["reservation_id"] == str(booked.id)


async def test_page_by_page_while_what_was_reserved_is_settled(program, alice, room, money):
    made = [
        await make.reservation(
            room, alice, make.span(days=days), on=money, moment=NOW - timedelta(minutes=9 - days)
        )
        for days in range(1, 4)
    ]
    client = await program(alice)
    first = (await client.get(f"/activities/{money.id}/statement?limit=2")).json()
    assert [each["state"] for each in first["items"]] == ["allotment", "reserved"]
    await reservations.post_started(make.span(days=1).ends_at)
    rest = (await client.get(first["next"])).json()
    last = (await client.get(rest["next"])).json()
    # Nothing is left out, and what was settled meanwhile is a movement of its own, at the end.
    assert [(each["state"], each["reservation_id"]) for each in rest["items"] + last["items"]] == [
        ("reserved", str(made[1].id)),
        ("reserved", str(made[2].id)),
        ("settled", str(made[0].id)),
    ]


async def test_of_a_period(program, alice, room, money):
    await make.reservation(room, alice, on=money)
    client = await program(alice)
    said = (await client.get(f"/activities/{money.id}/statement?first=2026-11-01")).json()
    assert [each["state"] for each in said["items"]] == ["reserved"]
    answer = await client.get(f"/activities/{money.id}/statement?first=2026-11-02&last=2026-11-01")
    assert problem(answer, 422, "invalid")["errors"][0]["field"] == "last"


async def test_who_may_read_it(program, alice, room, money):
    address = f"/activities/{money.id}/statement"
    problem(await (await program(alice, "read", "book")).get(address), 403, "scope_missing")
    problem(await (await program(await make.member("Charlie"))).get(address), 404, "not_found")
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=await money.entity)
    assert (await (await program(theo)).get(address)).status_code == 200
    bob = await make.member("Bob")
    await budgets.share_with(money, bob.id, at=NOW)
    assert (await (await program(bob)).get(address)).status_code == 200
