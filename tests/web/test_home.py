"""The first page: the map, the search, every city."""

from booking import search
from tests import make
from tests.make import NOW, span
from tests.queries import counted


async def test_it_works(db, client):
    venue = await make.venue(name="Quai", city="Liège", key="quai")
    await make.resource(at=venue)
    await make.venue(name="Office", kind="office", city="Wien", country="AT", lat=48.2, lon=16.37)
    await search.refresh(NOW)
    answer = await client.get("/")
    assert answer.status_code == 200
    assert 'href="/venues/quai"' in answer.text
    assert "Quai, Liège: 1 space free now" in answer.text
    assert "a place to ask" in answer.text
    assert "Belgium" in answer.text
    assert "Austria" in answer.text
    assert 'action="/search"' in answer.text


async def test_it_speaks_the_visitors_language_and_names_cities_in_it(db, client_of):
    await make.resource(at=await make.venue(city="Liège"))
    client = await client_of(None, **{"Accept-Language": "de"})
    answer = await client.get("/")
    assert '<html lang="de"' in answer.text
    assert "Lüttich" in answer.text
    assert "Belgien" in answer.text


async def test_states_change_with_the_job(db, client):
    room = await make.resource(at=await make.venue(name="Quai"))
    assert "Quai, Brussels: a place to ask" in (await client.get("/")).text
    await search.refresh(NOW)
    assert "Quai, Brussels: 1 space free now" in (await client.get("/")).text
    await make.reservation(room, await make.member(), span("09:00", "22:00", days=0))
    await search.refresh(NOW)
    assert "Quai, Brussels: full today" in (await client.get("/")).text


async def test_a_house_that_has_closed_says_so(db, client):
    await make.venue(name="Gone", status="closed")
    assert "Gone, Brussels: closed" in (await client.get("/")).text


async def test_an_empty_network_still_has_a_first_page(db, client):
    assert (await client.get("/")).status_code == 200


async def test_members_see_it_too(db, client_of):
    alice = await make.member()
    answer = await (await client_of(alice)).get("/")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_the_number_of_queries_does_not_grow(db, client):
    home, counts = await make.entity(), []
    for size in (10, 90):
        for number in range(size):
            await make.venue(of=home, lat=40 + number / 10, lon=number / 10)
        await search.refresh(NOW)
        with counted() as asked:
            assert (await client.get("/")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 4, counts
