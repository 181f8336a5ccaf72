"""POST /series/{id}/change."""

import pytest

from booking.reservations import Reservation
from tests import make
from tests.api.conftest import problem
from tests.api.test_series import wish


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", free_until_hours=48, late_fee_percent=50)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def project(room, alice):
    return await make.activity(alice, of=room.venue.entity)


LATER = {
    "from_on": "2026-12-08",
    "begins_at": "2026-12-08T14:00:00+01:00",
    "ends_at": "2026-12-08T17:00:00+01:00",
}


async def made(client, room, project):
    return (await client.post("/series", json=wish(room, project))).json()


async def hours():
    rows = await Reservation.filter(series_id__not_isnull=True).order_by("series_on")
    return [(each.begins_at.hour, each.ends_at.hour) for each in rows]


async def test_it_works(program, alice, room, project):
    client = await program(alice)
    href = (await made(client, room, project))["href"]
    answer = await client.post(
        f"{href}/change", json=LATER | {"title": "Big choir", "people": 3, "seen_more_cents": 2420}
    )
    assert answer.status_code == 200, answer.text
    assert await hours() == [(9, 11), (9, 11), (13, 16), (13, 16)]
    said = answer.json()
    assert [each["title"] for each in said["reservations"]] == ["Choir", "Choir", "Big choir", "Big choir"]
    assert said["total_cents"] == 9680 + 2420
    assert (await client.get(href)).json() == said


async def test_clashes_are_told_by_date_and_settled(program, alice, room, project):
    client = await program(alice)
    href = (await made(client, room, project))["href"]
    bob = await make.member("Bob")
    await make.reservation(room, bob, make.span("15:00", "16:00", days=22))
    said = problem(await client.post(f"{href}/change", json=LATER), 409, "dates_clash")
    assert [(each["on"], each["code"]) for each in said["dates"]] == [("2026-12-15", "taken")]
    assert await hours() == [(9, 11)] * 4
    kept = LATER | {"dates": [{"on": "2026-12-15", "keep": True}]}
    assert (await client.post(f"{href}/change", json=kept)).status_code == 200
    assert await hours() == [(9, 11), (9, 11), (13, 16), (9, 11)]


async def test_dearer_than_seen_changes_nothing(program, alice, room, project):
    client = await program(alice)
    href = (await made(client, room, project))["href"]
    problem(await client.post(f"{href}/change", json=LATER | {"seen_more_cents": 2419}), 409, "price_moved")
    assert await hours() == [(9, 11)] * 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_at": None}, "ends_at"),
        ({"begins_at": "2026-12-09T14:00:00+01:00", "ends_at": "2026-12-09T15:00:00+01:00"}, "begins_at"),
        ({"dates": [{"on": "2026-12-09", "keep": True}]}, "dates"),
        ({"dates": [{"on": "2026-12-15"}]}, "dates"),
        ({"people": 0}, "people"),
    ],
)
async def test_what_cannot_be_read_is_named(program, alice, room, project, changes, field):
    client = await program(alice)
    href = (await made(client, room, project))["href"]
    said = problem(await client.post(f"{href}/change", json=LATER | changes), 422, "invalid")
    assert [each["field"].split(".")[0] for each in said["errors"]] == [field]
    assert await hours() == [(9, 11)] * 4


async def test_none_to_come_and_somebody_elses(program, alice, room, project):
    client = await program(alice)
    href = (await made(client, room, project))["href"]
    problem(
        await client.post(f"{href}/change", json={"from_on": "2027-01-05", "title": "x"}), 409, "not_live"
    )
    bob = await program(await make.member("Bob"))
    problem(await bob.post(f"{href}/change", json=LATER), 404, "not_found")
    assert await hours() == [(9, 11)] * 4
