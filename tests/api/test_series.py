"""POST /series, GET /series/{id}, POST /series/{id}/cancel."""

from datetime import date

import pytest

from booking.ledger import Transfer
from booking.reservations import Reservation, Series
from tests import make
from tests.api.conftest import problem


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", free_until_hours=48, late_fee_percent=50)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def project(room, alice):
    return await make.activity(alice, of=room.venue.entity)


def wish(room, project, **changes):
    return {
        "resource_id": room.id,
        "begins_at": "2026-11-24T10:00:00+01:00",
        "ends_at": "2026-11-24T12:00:00+01:00",
        "repeat": {"every": "week", "times": 4},
        "activity_id": project.id if project else None,
        "title": "Choir",
        **changes,
    }


async def test_it_works(program, alice, room, project):
    client = await program(alice)
    answer = await client.post("/series", json=wish(room, project, seen_cents=9680))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    series = await Series.get()
    assert answer.headers["location"] == said["href"] == f"http://localhost:8000/api/v1/series/{series.id}"
    assert said["rule"] == "FREQ=WEEKLY;BYDAY=TU;COUNT=4"
    assert [each["series_on"] for each in said["reservations"]] == [
        "2026-11-24",
        "2026-12-01",
        "2026-12-08",
        "2026-12-15",
    ]
    assert (said["total_cents"], said["currency"]) == (9680, "EUR")
    again = await client.get(said["href"])
    assert again.json() == said


async def test_the_same_key_books_once(program, alice, room, project):
    client = await program(alice)
    key = {"Idempotency-Key": "choir"}
    first = await client.post("/series", json=wish(room, project), headers=key)
    second = await client.post("/series", json=wish(room, project), headers=key)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert await Reservation.all().count() == 4


async def test_clashes_are_told_by_date_and_settled(program, alice, room, project):
    other = await make.resource(at=room.venue, name="Loft")
    bob = await make.member("Bob")
    await make.reservation(room, bob, make.span("11:00", "13:00", days=8))
    await make.reservation(room, bob, make.span("11:00", "13:00", days=15))
    client = await program(alice)
    said = problem(await client.post("/series", json=wish(room, project)), 409, "dates_clash")
    assert [(each["on"], each["code"]) for each in said["dates"]] == [
        ("2026-12-01", "taken"),
        ("2026-12-08", "taken"),
    ]
    ways = said["dates"][0]["alternatives"]
    assert [each["kind"] for each in ways] == ["time", "time", "place"]
    assert ways[2]["resource_id"] == other.id
    assert await Reservation.filter(member_id=alice.id).count() == 0
    assert await Series.all().count() == 0

    dates = [
        {"on": "2026-12-01", "begins_at": ways[0]["begins_at"], "ends_at": ways[0]["ends_at"]},
        {"on": "2026-12-08", "resource_id": other.id},
    ]
    answer = await client.post("/series", json=wish(room, project, dates=dates))
    assert answer.status_code == 201, answer.text
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [each.resource_id for each in rows] == [room.id, room.id, other.id, room.id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"repeat": {"every": "week"}}, "repeat"),
        ({"repeat": {"every": "week", "times": 3, "until": "2026-12-24"}}, "repeat"),
        ({"repeat": {"every": "week", "until": "2026-11-25"}}, "repeat"),
        ({"repeat": {"every": "hour", "times": 3}}, "repeat.every"),
        ({"repeat": {"every": "week", "times": 53}}, "repeat.times"),
        ({"dates": [{"on": "2026-12-02", "skip": True}]}, "dates"),
        (
            {
                "dates": [
                    {
                        "on": "2026-12-01",
                        "begins_at": "2026-12-02T10:00:00+01:00",
                        "ends_at": "2026-12-02T11:00:00+01:00",
                    }
                ]
            },
            "dates",
        ),
        (
            {
                "dates": [
                    {
                        "on": "2026-12-01",
                        "begins_at": "2026-12-01T10:00:00+01:00",
                        "ends_at": "2199-12-01T10:00:00+01:00",
                    }
                ]
            },
            "dates",
        ),
        ({"dates": [{"on": "2026-12-01", "begins_at": "2026-12-01T10:00:00+01:00"}]}, "dates"),
        ({"member_email": "nobody@desk.example"}, ""),
    ],
)
async def test_what_cannot_be_read_is_named(program, alice, room, project, changes, field):
    answer = await (await program(alice)).post("/series", json=wish(room, project, **changes))
    if not field:
        problem(answer, 404, "not_found")
    else:
        said = problem(answer, 422, "invalid")
        assert [each["field"].split(".")[0] for each in said["errors"]] == [field.split(".")[0]]
    assert await Reservation.all().count() == 0


async def test_more_dates_than_a_series_has(program, alice, room, project):
    answer = await (await program(alice)).post(
        "/series", json=wish(room, project, repeat={"every": "day", "until": "2027-11-24"})
    )
    problem(answer, 409, "too_many_dates")
    assert await Reservation.all().count() == 0


async def test_too_little_money_is_told_with_the_sum(program, alice, room):
    short = await make.activity(alice, of=room.venue.entity, cents=9679)
    said = problem(
        await (await program(alice)).post("/series", json=wish(room, short)), 409, "not_enough_budget"
    )
    assert said["values"]["short_cents"] == 1
    assert await Transfer.filter(kind="pend").count() == 0


async def test_equipment_is_taken_along(program, alice, room, project):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    client = await program(alice)
    answer = await client.post(
        "/series",
        json=wish(room, project, along=[{"resource_id": beamer.id}], repeat={"every": "week", "times": 2}),
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()["reservations"]
    assert [each["resource_id"] for each in told] == [room.id, beamer.id, room.id, beamer.id]
    assert told[1]["beside_id"] == told[0]["id"]

    single = wish(
        room,
        project,
        along=[{"resource_id": beamer.id}],
        begins_at="2026-11-25T10:00:00+01:00",
        ends_at="2026-11-25T11:00:00+01:00",
    )
    del single["repeat"]
    one = await client.post("/reservations", json=single, headers={"Idempotency-Key": "along"})
    assert one.status_code == 201, one.text
    both = await Reservation.filter(series_id=None)
    assert {each.resource_id for each in both} == {room.id, beamer.id}
    gone = await client.post(f"/reservations/{one.json()['id']}/cancel", json={})
    assert gone.json()["state"] == "cancelled"
    assert {each.state for each in await Reservation.filter(series_id=None)} == {"cancelled"}


async def test_a_range_is_cancelled(program, alice, room, project):
    client = await program(alice)
    made = (await client.post("/series", json=wish(room, project))).json()
    answer = await client.post(
        f"{made['href']}/cancel", json={"from_on": "2026-12-01", "until_on": "2026-12-08"}
    )
    assert answer.status_code == 200, answer.text
    assert [each["state"] for each in answer.json()["reservations"]] == [
        "confirmed",
        "cancelled",
        "cancelled",
        "confirmed",
    ]
    assert answer.json()["total_cents"] == 4840
    again = await client.post(
        f"{made['href']}/cancel", json={"from_on": "2026-12-01", "until_on": "2026-12-08"}
    )
    assert again.json() == answer.json()


async def test_a_fee_that_was_not_shown_cancels_nothing(program, alice, room, project):
    client = await program(alice)
    made = (await client.post("/series", json=wish(room, project))).json()
    answer = await client.post(f"{made['href']}/cancel", json={"seen_fee_cents": 0})
    problem(answer, 409, "cost_moved")
    assert {each.state for each in await Reservation.all()} == {"confirmed"}


async def test_others_know_nothing_of_it(program, alice, room, project):
    made = (await (await program(alice)).post("/series", json=wish(room, project))).json()
    charlie = await program(await make.member("Charlie"))
    problem(await charlie.get(made["href"]), 404, "not_found")
    problem(await charlie.post(f"{made['href']}/cancel", json={}), 404, "not_found")
    stella = await program(await make.manager(room.venue))
    assert (await stella.get(made["href"])).status_code == 200
    problem(await stella.post(f"{made['href']}/cancel", json={}), 409, "reason_needed")
    assert {each.series_on for each in await Reservation.filter(state="confirmed")} >= {date(2026, 11, 24)}


async def test_dates_stay_in_the_house(program, alice, room, project):
    far = await make.resource(at=await make.venue(name="Elsewhere"), name="Far")
    dates = [{"on": day, "resource_id": far.id} for day in ("2026-11-24", "2026-12-01")]
    client = await program(alice)
    asked = wish(room, project, repeat={"every": "week", "times": 2}, dates=dates)
    assert (await client.post("/series", json=asked)).status_code == 404
    assert await Reservation.all().count() == await Series.all().count() == 0


@pytest.mark.parametrize("path", ["/series", "/reservations"])
async def test_a_thing_is_named_once(program, alice, room, project, path):
    beamer = await make.resource(at=room.venue, name="Beamer", kind="equipment")
    asked = wish(room, project, along=[{"resource_id": beamer.id}, {"resource_id": beamer.id}])
    if path == "/reservations":
        del asked["repeat"]
    answer = await (await program(alice)).post(path, json=asked)
    assert problem(answer, 422, "invalid")["errors"][0]["field"] == "along"
    assert await Reservation.all().count() == 0


async def test_a_clash_of_one_date_speaks_of_no_series(program, alice, room, project):
    await make.reservation(room, await make.member("Charlie"), make.span("10:00", "12:00"))
    beamer = await make.resource(at=room.venue, name="Beamer", kind="equipment")
    asked = wish(room, project, along=[{"resource_id": beamer.id}])
    del asked["repeat"]
    told = problem(await (await program(alice)).post("/reservations", json=asked), 409, "dates_clash")
    assert told["detail"] == "This does not work as it is. Choose what would; nothing is booked before."
    assert told["rule"] == ""


async def test_dates_that_do_not_work_are_left_out_where_that_is_said(program, alice, room, project):
    bob = await make.member("Bob")
    await make.reservation(room, bob, make.span("11:00", "13:00", days=8))
    client = await program(alice)
    answer = await client.post("/series", json=wish(room, project, clashing="leave_out", seen_cents=9680))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["left_out"] == ["2026-12-01"]
    assert said["total_cents"] == 7260
    assert (await client.get(said["href"])).json()["left_out"] == ["2026-12-01"]


async def test_the_nearest_of_each_is_taken_where_that_is_said(program, alice, room, project):
    other = await make.resource(at=room.venue, name="Loft")
    bob = await make.member("Bob")
    await make.reservation(room, bob, make.span("11:00", "13:00", days=8))
    await make.reservation(room, bob, make.span("08:00", "22:00", days=15))
    await make.reservation(room, bob, make.span("08:00", "22:00", days=22))
    await make.reservation(other, bob, make.span("08:00", "22:00", days=22))
    client = await program(alice)
    key = {"Idempotency-Key": "nearest"}
    answer = await client.post("/series", json=wish(room, project, clashing="nearest"), headers=key)
    assert answer.status_code == 201, answer.text
    assert answer.json()["left_out"] == ["2026-12-15"]
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [(each.resource_id, each.span) for each in rows] == [
        (room.id, make.span(days=1)),
        (room.id, make.span("09:00", "11:00", days=8)),
        (other.id, make.span(days=15)),
    ]
    again = await client.post("/series", json=wish(room, project, clashing="nearest"), headers=key)
    assert again.json() == answer.json()


async def test_none_that_works_is_still_refused(program, alice, room, project):
    bob = await make.member("Bob")
    for days in (1, 8, 15, 22):
        await make.reservation(room, bob, make.span("08:00", "22:00", days=days))
    client = await program(alice)
    for way in ("leave_out", "nearest"):
        said = problem(
            await client.post("/series", json=wish(room, project, clashing=way)), 409, "dates_clash"
        )
        assert len(said["dates"]) == 4
    answer = await client.post("/series", json=wish(room, project, clashing="perhaps"))
    problem(answer, 422, "invalid")
    assert await Reservation.filter(member_id=alice.id).count() == 0
