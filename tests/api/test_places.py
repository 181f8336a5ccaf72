"""GET /venues, /venues/KEY, /resources, /resources/ID and /resources/ID/availability."""

from booking.places.models import Closure
from tests import make
from tests.api.conftest import problem
from tests.make import NOW
from tests.queries import counted


async def test_it_works(program, alice):
    venue = await make.venue(
        name="Bazaar", names={"fr": "Le Bazaar"}, contact_email="hello@example.org", features=["wifi"]
    )
    room = await make.resource(at=venue, name="Quai", lead_minutes=60)
    client = await program(alice, "read")
    [said] = (await client.get("/venues")).json()["items"]
    assert (said["key"], said["name"], said["zone"]) == (venue.key, "Bazaar", "Europe/Brussels")
    assert said["contact"]["email"] == "hello@example.org"
    assert said == (await client.get(f"/venues/{venue.key}")).json()
    [thing] = (await client.get("/resources", params={"venue": venue.key})).json()["items"]
    assert (thing["id"], thing["group"], thing["lead_minutes"]) == (room.id, "rooms", 60)
    assert thing["rules"]
    assert thing == (await client.get(f"/resources/{room.id}")).json()
    french = await client.get(f"/venues/{venue.key}", headers={"Accept-Language": "fr-BE"})
    assert french.json()["name"] == "Le Bazaar"


async def test_doors_and_keys_stay_inside(program, alice):
    venue = await make.venue(access={"en": "Code 4711#"})
    answer = await (await program(alice)).get(f"/venues/{venue.key}")
    assert "4711" not in answer.text


async def test_page_by_page_while_venues_come_and_go(program, alice):
    made = [await make.venue(key=f"b{number}") for number in range(5)]
    client = await program(alice, "read")
    first = (await client.get("/venues", params={"limit": 2})).json()
    assert [each["key"] for each in first["items"]] == ["b0", "b1"]
    await make.venue(of=await made[0].entity, key="a9")  # before the edge: nothing moves over it
    second = (await client.get(first["next"])).json()
    assert [each["key"] for each in second["items"]] == ["b2", "b3"]
    third = (await client.get("/venues", params={"limit": 2, "cursor": second["next_cursor"]})).json()
    assert [each["key"] for each in third["items"]] == ["b4"]
    assert (third["next"], third["next_cursor"]) == (None, None)


async def test_a_cursor_belongs_to_its_list(program, alice):
    for number in range(3):
        await make.resource(name=f"Room {number}")
    client = await program(alice)
    cursor = (await client.get("/resources", params={"limit": 1})).json()["next_cursor"]
    for address, more in (
        ("/venues", {}),
        ("/resources", {"kind": "desk"}),
    ):
        said = problem(await client.get(address, params={"cursor": cursor, **more}), 422, "invalid")
        assert [each["field"] for each in said["errors"]] == ["cursor"]
    for forged in ("", ".", "x", cursor[:-1] + ("0" if cursor[-1] != "0" else "1"), "é.é"):
        problem(await client.get("/resources", params={"cursor": forged}), 422, "invalid")
    bobs = await program(await make.member("Bob"))
    problem(await bobs.get("/resources", params={"cursor": cursor}), 422, "invalid")


async def test_filters(program, alice):
    lille = await make.venue(city="Lille", country="FR", key="lille")
    await make.venue(city="Brussels", key="brussels")
    await make.resource(at=lille, name="Room")
    await make.resource(at=lille, name="Desks", units=3)
    gone = await make.venue(key="gone", status="closed")
    await make.resource(at=gone, name="Gone")
    hidden = await make.resource(at=lille, name="Hidden", published=False)
    client = await program(alice)

    async def names(address, **params):
        return [each["name"] for each in (await client.get(address, params=params)).json()["items"]]

    assert await names("/venues", country="FR") == [lille.name]
    assert await names("/venues", city="Lille") == [lille.name]
    assert await names("/resources") == ["Room", "Desks"]
    assert await names("/resources", kind="desk") == ["Desks"]
    assert await names("/resources", group="rooms", venue="lille") == ["Room"]
    assert await names("/resources", venue="nowhere") == []
    problem(await client.get(f"/resources/{hidden.id}"), 404, "not_found")
    problem(await client.get("/venues/nowhere"), 404, "not_found")


async def test_what_a_query_gets_wrong(program, alice):
    client = await program(alice)
    said = problem(
        await client.get("/resources", params={"limit": "101", "kind": "castle", "colour": "red"}),
        422,
        "invalid",
    )
    assert {each["field"] for each in said["errors"]} == {"limit", "kind", "colour"}
    for limit in ("0", "1.5", "ten", "", "1_0", "9" * 30):
        problem(await client.get("/venues", params={"limit": limit}), 422, "invalid")
    problem(await client.get("/venues?limit=1&limit=2"), 422, "invalid")


async def test_availability(program, alice, room):
    await make.reservation(room, await make.member("Bob"), make.span("10:00", "12:00"))
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=make.span("18:00", "22:00").begins_at,
        ends_at=make.span("18:00", "22:00").ends_at,
        reason="A party",
        created_at=NOW,
    )
    client = await program(alice, "read")
    answer = await client.get(
        f"/resources/{room.id}/availability",
        params={"begins_at": "2026-11-24T00:00:00+01:00", "ends_at": "2026-11-25T00:00:00+01:00"},
    )
    said = answer.json()
    assert said["free"] == [
        {"begins_at": "2026-11-24T07:00:00Z", "ends_at": "2026-11-24T09:00:00Z"},
        {"begins_at": "2026-11-24T11:00:00Z", "ends_at": "2026-11-24T17:00:00Z"},
    ]
    assert [each["reason"] for each in said["shut"]] == ["A party"]
    assert "Bob" not in answer.text


async def test_availability_cannot_be_read(program, alice, room):
    client = await program(alice)
    address = f"/resources/{room.id}/availability"
    said = problem(await client.get(address), 422, "invalid")
    assert {each["field"] for each in said["errors"]} == {"begins_at", "ends_at"}
    naive = {"begins_at": "2026-11-24T10:00", "ends_at": "2026-11-24T12:00:00Z"}
    said = problem(await client.get(address, params=naive), 422, "invalid")
    assert [each["field"] for each in said["errors"]] == ["begins_at"]
    long = {"begins_at": "2026-11-24T10:00Z", "ends_at": "2027-11-24T12:00:00Z"}
    problem(await client.get(address, params=long), 422, "invalid")
    problem(await client.get("/resources/999999999/availability", params=long), 404, "not_found")


async def test_a_plus_that_nobody_encoded(program, alice, room):
    query = "begins_at=2026-11-24T10:00:00+01:00&ends_at=2026-11-24T12:00:00+01:00"
    answer = await (await program(alice)).get(f"/resources/{room.id}/availability?{query}")
    assert answer.json()["free"] == [{"begins_at": "2026-11-24T09:00:00Z", "ends_at": "2026-11-24T11:00:00Z"}]


async def test_as_many_questions_for_ten_as_for_one(program, alice):
    client = await program(alice)
    await client.get("/me")  # the note that the key was used
    await make.resource()
    with counted() as one:
        await client.get("/resources")
    for _ in range(9):
        await make.resource()
    with counted() as ten:
        assert len((await client.get("/resources")).json()["items"]) == 10
    assert len(ten) == len(one)


async def test_floor_plans_with_what_is_free_on_them(program, alice):
    venue = await make.venue()
    room, desks = await make.resource(at=venue), await make.resource(at=venue, units=3)
    hidden = await make.resource(at=venue, published=False)
    await make.plan(venue, [room, desks, hidden], name="Ground floor")
    await make.plan(venue, published=False)
    await make.reservation(room, await make.member("Bob"))
    client = await program(alice, "read")
    [plan] = (await client.get(f"/venues/{venue.key}/plans")).json()["items"]
    assert (plan["name"], plan["width_cm"]) == ("Ground floor", 2000)
    assert [each["resource_id"] for each in plan["placements"]] == [room.id, desks.id]
    assert plan["placements"][0]["state"] is None
    span = make.span()
    when = {"begins_at": span.begins_at.isoformat(), "ends_at": span.ends_at.isoformat()}
    [plan] = (await client.get(f"/venues/{venue.key}/plans", params=when)).json()["items"]
    assert [(each["state"], each["free_units"]) for each in plan["placements"]] == [("taken", 0), ("free", 3)]
    half = await client.get(f"/venues/{venue.key}/plans", params={"begins_at": when["begins_at"]})
    assert half.status_code == 422


async def test_an_address_with_a_line_break_is_ours_too(program, alice):
    answer = await (await program(alice)).get("/venues/%0A")
    assert problem(answer, 404, "not_found")


async def test_a_parameter_is_as_long_as_it_was_sent(program, alice):
    said = problem(
        await (await program(alice)).get("/resources", params={"venue": "a" + " " * 90}), 422, "invalid"
    )
    assert [each["field"] for each in said["errors"]] == ["venue"]
