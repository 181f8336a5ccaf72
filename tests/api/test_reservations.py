"""GET /reservations and /reservations/ID; PATCH; POST /cancel."""

from datetime import timedelta
from uuid import uuid4

from booking import budgets
from booking.ledger import Transfer
from booking.members import roles
from booking.reservations import Reservation
from tests import make
from tests.api.conftest import problem
from tests.make import NOW
from tests.queries import counted


async def test_it_works(program, alice, room, money):
    later = await make.reservation(room, alice, make.span(days=3), on=money)
    sooner = await make.reservation(room, alice, make.span(days=2), on=money, title="Planning")
    await make.reservation(room, await make.member("Bob"), make.span(days=1))
    client = await program(alice, "read")
    said = (await client.get("/reservations")).json()
    assert [each["id"] for each in said["items"]] == [str(sooner.id), str(later.id)]
    assert said["items"][0] == (await client.get(f"/reservations/{sooner.id}")).json()
    assert (said["items"][0]["title"], said["items"][0]["member_name"]) == ("Planning", "Alice")


async def test_page_by_page_and_filtered(program, alice, room, money):
    made = [await make.reservation(room, alice, make.span(days=days), on=money) for days in range(1, 6)]
    client = await program(alice)
    seen, address = [], "/reservations?limit=2"
    while address:
        said = (await client.get(address)).json()
        seen += [each["id"] for each in said["items"]]
        address = said["next"]
    assert seen == [str(each.id) for each in made]
    query = {"begins_from": made[1].begins_at.isoformat(), "begins_until": made[3].begins_at.isoformat()}
    said = (await client.get("/reservations", params=query)).json()
    assert [each["id"] for each in said["items"]] == seen[1:3]
    await client.post(f"/reservations/{made[0].id}/cancel", json={})
    said = (await client.get("/reservations?state=cancelled&state=held")).json()
    assert [each["id"] for each in said["items"]] == seen[:1]


async def test_a_hosts_list(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money, title="Secret plan")
    stella = await make.manager(room.venue)
    query = {"venue": room.venue.key}
    client = await program(stella, "read")
    [said] = (await client.get("/reservations", params=query)).json()["items"]
    assert (said["id"], said["member_name"], said["title"]) == (str(booked.id), "Alice", "Secret plan")
    problem(await (await program(alice)).get("/reservations", params=query), 404, "not_found")
    problem(await client.get("/reservations", params={"venue": "nowhere"}), 404, "not_found")
    role = await roles.Role.get(member_id=stella.id)
    role.revoked_at = NOW
    await role.save(update_fields=["revoked_at"])
    problem(await client.get("/reservations", params=query), 404, "not_found")
    problem(await client.get(f"/reservations/{booked.id}"), 404, "not_found")


async def test_who_only_pays_sees_no_words(program, alice, room):
    bob = await make.member("Bob")
    bobs = await make.activity(bob, of=room.venue.entity)
    await budgets.share_with(bobs, alice.id, at=NOW)
    booked = await make.reservation(room, alice, on=bobs, title="Secret plan", note="Hush")
    said = (await (await program(bob)).get(f"/reservations/{booked.id}")).json()
    assert (said["title"], said["note"], said["cancelling"]["allowed"]) == ("", "", False)
    problem(
        await (await program(bob)).patch(f"/reservations/{booked.id}", json={"people": 2}), 404, "not_found"
    )
    problem(await (await program(bob)).post(f"/reservations/{booked.id}/cancel", json={}), 404, "not_found")
    assert (await Reservation.get(id=booked.id)).state == "confirmed"


async def test_it_is_nobody_elses(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money)
    charlie = await program(await make.member("Charlie"))
    for id in (booked.id, uuid4()):
        problem(await charlie.get(f"/reservations/{id}"), 404, "not_found")
        problem(await charlie.patch(f"/reservations/{id}", json={"people": 2}), 404, "not_found")
        problem(await charlie.post(f"/reservations/{id}/cancel", json={}), 404, "not_found")


async def test_change(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money, title="Planning", note="Bring it")
    client = await program(alice)
    answer = await client.patch(
        f"/reservations/{booked.id}", json={"ends_at": "2026-11-24T13:00:00+01:00", "title": "", "people": 3}
    )
    said = answer.json()
    assert answer.status_code == 200, answer.text
    assert (said["begins_at"], said["ends_at"]) == ("2026-11-24T09:00:00Z", "2026-11-24T12:00:00Z")
    assert (said["title"], said["note"], said["people"], said["sequence"]) == ("", "Bring it", 3, 1)
    assert said["price"]["total_cents"] == 3630


async def test_a_change_that_a_rule_forbids(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money)
    await make.reservation(room, await make.member("Bob"), make.span("13:00", "14:00"))
    client = await program(alice)
    answer = await client.patch(f"/reservations/{booked.id}", json={"ends_at": "2026-11-24T13:30:00+01:00"})
    assert problem(answer, 409, "taken")["alternatives"]
    problem(await client.patch(f"/reservations/{booked.id}", json={"price": 0}), 422, "invalid")
    problem(
        await client.patch(f"/reservations/{booked.id}", json={"begins_at": "2026-11-25T13:30:00+01:00"}),
        422,
        "invalid",
    )
    now = await Reservation.get(id=booked.id)
    assert (now.ends_at, now.sequence, now.total_cents) == (booked.ends_at, 0, booked.total_cents)


async def test_cancel(program, alice, room, money):
    booked = await make.reservation(room, alice, make.span(days=3), on=money)
    client = await program(alice)
    said = (await client.post(f"/reservations/{booked.id}/cancel", json={"reason": "Rain"})).json()
    assert (said["state"], said["fee_cents"], said["reason"]) == ("cancelled", 0, "Rain")
    again = await client.post(f"/reservations/{booked.id}/cancel")
    assert again.json() == said
    assert await Transfer.filter(kind="void").count() == 1


async def test_a_text_is_measured_as_it_was_sent(program, alice, room, money):
    """Blanks and controls that we would take away count as well: the description tells the limit of what is sent."""
    booked = await make.reservation(room, alice)
    client = await program(alice)
    for reason in (" " * 501, "\x9c" * 501, "Rain" + "\x0b" * 500):
        said = problem(
            await client.post(f"/reservations/{booked.id}/cancel", json={"reason": reason}), 422, "invalid"
        )
        assert [each["field"] for each in said["errors"]] == ["reason"]
    for odd in ([None, None], [], "x", 1):
        problem(await client.post(f"/reservations/{booked.id}/cancel", json=odd), 422, "invalid")
    assert (await client.get(f"/reservations/{booked.id}")).json()["state"] == "confirmed"


async def test_cancelling_late_costs(program, alice, room, money):
    booked = await make.reservation(
        room, alice, make.span("16:00", "18:00", days=0), on=money, moment=NOW - timedelta(days=2)
    )
    client = await program(alice)
    before = (await client.get(f"/reservations/{booked.id}")).json()["cancelling"]
    assert (before["allowed"], before["fee_cents"], before["back_cents"]) == (True, 1210, 1210)
    assert (await client.post(f"/reservations/{booked.id}/cancel", json={})).json()["fee_cents"] == 1210


async def test_a_host_says_why(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money)
    stella = await program(await make.manager(room.venue))
    problem(await stella.post(f"/reservations/{booked.id}/cancel", json={}), 409, "reason_needed")
    assert (await Reservation.get(id=booked.id)).state == "confirmed"
    said = await stella.post(f"/reservations/{booked.id}/cancel", json={"reason": "The heating"})
    assert said.json()["state"] == "cancelled"


async def test_as_many_questions_for_ten_as_for_two(program, alice, room, money):
    client = await program(alice)
    await client.get("/me")
    for days in range(1, 3):
        await make.reservation(room, alice, make.span(days=days), on=money)
    with counted() as two:
        await client.get("/reservations")
    for days in range(3, 11):
        await make.reservation(room, alice, make.span(days=days), on=money)
    with counted() as ten:
        assert len((await client.get("/reservations")).json()["items"]) == 10
    assert len(ten) == len(two)
