"""GET /resources/ID/quote and /reservations/ID/quote."""

from booking.reservations import Reservation
from tests import make
from tests.api.conftest import problem

TIMES = {"begins_at": "2026-11-24T10:00:00+01:00", "ends_at": "2026-11-24T12:00:00+01:00"}


async def test_it_works(program, alice, room, money):
    client = await program(alice, "read")
    said = (await client.get(f"/resources/{room.id}/quote", params=TIMES | {"activity_id": money.id})).json()
    assert (said["bookable"], said["refusals"], said["needs_approval"]) == (True, [], False)
    assert said["price"]["lines"] == [
        {"code": "hour", "quantity": 120.0, "unit_cents": 1000, "amount_cents": 2000}
    ]
    assert said["pays"] == {
        "activity_id": money.id, "currency": "EUR", "paid_cents": 2420, "left_cents": 97_580, "rate": "",
    } | {"rate": said["pays"]["rate"]}  # fmt: skip
    assert said["terms"]["free_until"] == "2026-11-23T09:00:00Z"
    assert not await Reservation.exists()


async def test_every_rule_that_says_no(program, alice, room, money):
    await make.reservation(room, await make.member("Bob"))
    query = TIMES | {"activity_id": money.id, "people": "30"}
    said = (await (await program(alice)).get(f"/resources/{room.id}/quote", params=query)).json()
    assert said["bookable"] is False
    assert said["refusals"][0]["code"] == "too_many_people"
    assert said["refusals"][0]["values"]["capacity"] == 8
    said = (
        await (await program(alice)).get(
            f"/resources/{room.id}/quote", params=TIMES | {"activity_id": money.id}
        )
    ).json()
    assert [each["code"] for each in said["refusals"]] == ["taken"]
    assert said["refusals"][0]["alternatives"][0]["href"].startswith(
        "http://localhost:8000/api/v1/resources/"
    )


async def test_somebody_elses_activity(program, alice, room, money):
    charlie = await program(await make.member("Charlie"))
    problem(
        await charlie.get(f"/resources/{room.id}/quote", params=TIMES | {"activity_id": money.id}),
        404,
        "not_found",
    )


async def test_a_change(program, alice, room, money):
    booked = await make.reservation(room, alice, on=money)
    longer = TIMES | {"ends_at": "2026-11-24T12:30:00+01:00"}
    client = await program(alice)
    said = (await client.get(f"/reservations/{booked.id}/quote", params=longer)).json()
    assert said["bookable"] is True
    assert said["difference_cents"] == 605
    charlie = await program(await make.member("Charlie"))
    problem(await charlie.get(f"/reservations/{booked.id}/quote", params=longer), 404, "not_found")
    assert (await Reservation.get(id=booked.id)).ends_at == booked.ends_at
