"""A venue's page: facts, whom to ask, the calendar as day, week and list."""

from datetime import timedelta

import pytest

from booking.places.models import Closure
from tests import make
from tests.make import NOW, span
from tests.queries import counted, many_reservations, many_resources


async def test_it_works(db, client):
    venue = await make.venue(
        key="quai",
        name="Quai",
        street="Rue du Quai 1",
        descriptions={"en": "A hall.", "nl": "Een hal."},
        features=["wifi"],
    )
    room = await make.resource(at=venue, name="Big room")
    answer = await client.get("/venues/quai?day=2026-11-24")
    assert answer.status_code == 200
    for words in (
        "Quai",
        "A hall.",
        "Rue du Quai 1",
        "Wi-Fi",
        "Big room",
        'Free 08:00–22:00<span class="run-do">, book</span>',
        "Mon–Sun",
    ):
        assert words in answer.text, words
    assert (
        f'href="/resources/{room.id}/reserve?from=2026-11-24T07:00Z&amp;until=2026-11-24T08:00Z"'
        in answer.text
    )
    assert "€18.15" in answer.text


async def test_it_speaks_the_visitors_language(db, client_of):
    await make.resource(at=await make.venue(key="quai", descriptions={"en": "A hall.", "nl": "Een hal."}))
    answer = await (await client_of(None, **{"Accept-Language": "nl"})).get("/venues/quai")
    assert "Een hal." in answer.text


async def test_todays_timeline_shows_mine_and_hides_others(db, client_of):
    venue = await make.venue(key="quai")
    room = await make.resource(at=venue)
    alice, bob = await make.member("Alice"), await make.member("Canary-Bob")
    mine = await make.reservation(room, alice, span("10:00", "12:00"))
    await make.reservation(room, bob, span("14:00", "15:00"), title="Canary-Title", note="Canary-Note")
    answer = await (await client_of(alice)).get("/venues/quai?day=2026-11-24")
    assert f'href="/reservations/{mine.id}"' in answer.text
    assert "Yours 10:00–12:00" in answer.text
    assert "Booked 14:00–15:00" in answer.text
    for viewer in (None, alice, await make.manager(venue)):
        for view in ("day", "week", "month", "list"):
            page = await (await client_of(viewer)).get(f"/venues/quai?day=2026-11-24&view={view}")
            assert page.status_code == 200
            assert "Canary" not in page.text


async def test_week_and_list(db, client):
    room = await make.resource(at=await make.venue(key="quai"), name="Big room")
    await make.reservation(room, await make.member(), span("08:00", "22:00"))
    week = await client.get("/venues/quai?day=2026-11-24&view=week")
    assert "Full" in week.text
    assert "14 hrs free" in week.text
    assert 'href="/venues/quai?day=2026-11-25#day"' in week.text
    listed = await client.get("/venues/quai?day=2026-11-24&view=list")
    assert "Booked 08:00–22:00" in listed.text
    assert "Nothing free" in listed.text


async def test_a_place_to_ask(db, client):
    office = await make.venue(key="office", name="Office", kind="office", contact_email="ask@example.org")
    near = await make.venue(key="near", name="Near house", ask_id=office.id)
    await make.resource(at=near)
    answer = await client.get("/venues/office")
    assert "ask@example.org" in answer.text
    assert "Near house" in answer.text
    assert "desk-timeline" not in answer.text
    answer = await client.get("/venues/near")
    assert 'href="/venues/office"' in answer.text
    assert "ask@example.org" in answer.text


async def test_a_house_that_has_closed_takes_no_bookings(db, client):
    venue = await make.venue(key="gone", status="closed", status_note="Closed in 2024.")
    await make.resource(at=venue)
    answer = await client.get("/venues/gone")
    assert answer.status_code == 200
    assert "has closed and takes no bookings" in answer.text
    assert "Closed in 2024." in answer.text
    assert "/reserve" not in answer.text


async def test_closures_are_told(db, client):
    room = await make.resource(at=await make.venue(key="quai"))
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=2),
        reason="New floor",
        created_at=NOW,
    )
    answer = await client.get("/venues/quai?day=2026-11-24")
    assert answer.text.count("New floor") >= 2


async def test_access_and_unpublished_spaces_stay_inside(db, client):
    venue = await make.venue(key="quai", access={"door": "Canary-1234"})
    await make.resource(at=venue, name="Canary-Hidden", published=False)
    await make.resource(at=venue)
    assert "Canary" not in (await client.get("/venues/quai")).text


@pytest.mark.parametrize("address", ["/venues/nowhere", "/resources/999999"])
async def test_what_is_not_there(db, client, address):
    assert (await client.get(address)).status_code == 404


@pytest.mark.parametrize("query", ["day=2199-01-01", "day=2000-01-01", "day=2027-03-28", "day=2027-10-31"])
async def test_any_day(db, client, query):
    await make.resource(at=await make.venue(key="quai", hours=None))
    for view in ("day", "week", "month", "list"):
        assert (await client.get(f"/venues/quai?{query}&view={view}")).status_code == 200


@pytest.mark.parametrize("query", ["day=soon", "view=year"])
async def test_what_cannot_be_read_shows_today(db, client, query):
    await make.resource(at=await make.venue(key="quai"))
    answer = await client.get(f"/venues/quai?{query}")
    assert answer.status_code == 422
    assert "Monday 23 November" in answer.text or "Monday, 23 November" in answer.text


async def test_all_venues(db, client):
    for city, country, lat in (("Liège", "BE", 50.6), ("Wien", "AT", 48.2)):
        await make.resource(at=await make.venue(name=f"House of {city}", city=city, country=country, lat=lat))
    answer = await client.get("/venues")
    assert answer.status_code == 200
    assert answer.text.index("Austria") < answer.text.index("Belgium")
    assert 'id="city-liege"' in answer.text


async def test_the_number_of_queries_does_not_grow(db, client):
    venue = await make.venue(key="quai")
    counts: dict[str, list[int]] = {}
    for size in (10, 990):
        made = await many_resources(venue, size)
        await many_reservations(made, await make.member())
        for address in (
            "/venues/quai?day=2026-11-24",
            "/venues/quai?view=week",
            "/venues/quai?view=list",
            "/venues/quai?view=month",
            "/venues",
        ):
            with counted() as asked:
                assert (await client.get(address)).status_code == 200
            counts.setdefault(address, []).append(len(asked))
    for address, (few, many) in counts.items():
        assert few == many <= 20, (address, few, many)
