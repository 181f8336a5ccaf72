"""GET /search."""

from tests import make
from tests.api.conftest import problem

DAY = "2026-11-24"


async def test_it_works(program, alice):
    lille = await make.venue(name="Bazaar", city="Lille", country="FR", lat=50.63, lon=3.06)
    room = await make.resource(at=lille, name="Quai")
    taken = await make.resource(at=lille, name="Taken")
    await make.reservation(taken, await make.member("Bob"))
    query = {"where": "Lille", "day": DAY, "begins": "10:00", "ends": "12:00", "people": "4"}
    said = (await (await program(alice, "read")).get("/search", params=query)).json()
    assert (said["understood"], said["label"]) == ("city", "Lille")
    [hit] = said["items"]
    assert (hit["resource"]["id"], hit["venue_name"]) == (room.id, "Bazaar")
    assert (hit["begins_at"], hit["ends_at"]) == ("2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z")
    assert hit["price"]["net_cents"] == 2000
    assert said["next"] is None


async def test_page_by_page_while_others_book(program, alice):
    house = await make.venue(city="Lille", lat=50.63, lon=3.06)
    rooms = [await make.resource(at=house, name=f"Room {number}", position=number) for number in range(5)]
    client = await program(alice)
    query = {"where": "Lille", "day": DAY, "begins": "10:00", "ends": "12:00", "limit": "2"}
    first = (await client.get("/search", params=query)).json()
    assert [each["resource"]["name"] for each in first["items"]] == ["Room 0", "Room 1"]
    await make.reservation(rooms[0], await make.member("Bob"))
    second = (await client.get(first["next"])).json()
    assert [each["resource"]["name"] for each in second["items"]] == ["Room 2", "Room 3"]
    third = (await client.get(second["next"])).json()
    assert [each["resource"]["name"] for each in third["items"]] == ["Room 4"]
    assert third["next"] is None


async def test_nothing_free_and_what_would_work(program, alice, room):
    await make.reservation(room, await make.member("Bob"))
    query = {"where": "Brussels", "day": DAY, "begins": "10:00", "ends": "12:00"}
    said = (await (await program(alice)).get("/search", params=query)).json()
    assert said["items"] == []
    assert [each["resource"]["id"] for each in said["other_times"]] == [room.id]


async def test_what_cannot_be_read(program, alice):
    client = await program(alice)
    query = {
        "day": "24.11.2026",
        "begins": "25:00",
        "length_minutes": "1",
        "lat": "100",
        "people": "0",
        "page": "2",
    }
    said = problem(await client.get("/search", params=query), 422, "invalid")
    assert {each["field"] for each in said["errors"]} == set(query)
    said = problem(await client.get("/search", params={"lat": "50"}), 422, "invalid")
    assert [each["field"] for each in said["errors"]] == ["lon"]


async def test_a_place_that_nobody_knows(program, alice, room):
    said = (await (await program(alice)).get("/search", params={"where": "Bruxels"})).json()
    assert said["understood"] in ("unknown", "city")
    assert said["items"] == [] or said["label"]


async def test_a_part_of_the_map(program, alice):
    lille = await make.venue(city="Lille", country="FR", lat=50.63, lon=3.06)
    room = await make.resource(at=lille)
    await make.resource(at=await make.venue(city="Ghent", lat=51.05, lon=3.72))
    client = await program(alice)
    query = {"day": DAY, "begins": "10:00", "ends": "12:00", "box": "2.5,50.2,3.5,51"}
    said = (await client.get("/search", params=query)).json()
    assert (said["understood"], [each["resource"]["id"] for each in said["items"]]) == ("box", [room.id])
    wrong = await client.get("/search", params={"box": "3,50,2,51"})
    assert problem(wrong, 422, "invalid")["errors"][0]["field"] == "box"
