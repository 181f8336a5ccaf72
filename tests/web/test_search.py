"""The search page: its address carries it all; results are links; nothing free proposes what comes nearest."""

import re

import pytest

from tests import make
from tests.make import NOW, span
from tests.queries import counted, many_reservations, many_resources

ASK = "/search?where=Brussels&day=2026-11-24&begins=10:00&ends=12:00"


async def test_it_works(db, client):
    room = await make.resource(name="Quai")
    answer = await client.get(ASK)
    assert answer.status_code == 200
    assert "1 space free within 50 km of Brussels" in answer.text
    assert "Quai" in answer.text
    assert (
        f'href="/resources/{room.id}/reserve?from=2026-11-24T09:00Z&amp;until=2026-11-24T11:00Z"'
        in answer.text
    )
    assert "€36.30" in answer.text  # two hours at 15.00 for guests, with 21 % VAT


async def test_a_member_sees_their_own_price(db, client_of):
    await make.resource()
    answer = await (await client_of(await make.member())).get(ASK)
    assert "€24.20" in answer.text
    assert "Your prices" in answer.text


async def test_what_was_asked_stays_in_the_form(db, client):
    await make.resource(features=["screen"])
    answer = await client.get(f"{ASK}&people=3&group=rooms&features=screen&features=wifi&length=90")
    assert re.search(r'name="where"[^>]*value="Brussels"', answer.text) or 'value="Brussels"' in answer.text
    assert '<option value="10:00" selected>' in answer.text
    assert '<option value="rooms" selected>' in answer.text
    assert '<option value="90" selected>' in answer.text
    assert answer.text.count("checked") == 2


async def test_nothing_free_proposes_the_nearest(db, client):
    home = await make.entity()
    room = await make.resource(at=await make.venue(of=home), name="Here")
    there = await make.resource(at=await make.venue(of=home, city="Lille", lat=50.63, lon=3.07), name="There")
    await make.reservation(room, await make.member(), span("09:00", "12:00"))
    answer = await client.get(ASK.replace("12:00", "11:00"))
    assert "Nothing is free within 50 km of Brussels" in answer.text
    assert "Other times, same places" in answer.text
    assert f'/resources/{room.id}/reserve?from=2026-11-24T07:00Z&amp;until=2026-11-24T08:00Z"' in answer.text
    assert "Same time, other places" in answer.text
    assert f'/resources/{there.id}/reserve?from=2026-11-24T09:00Z&amp;until=2026-11-24T10:00Z"' in answer.text


async def test_an_unknown_place(db, client):
    await make.resource(at=await make.venue(city="Liège"))
    answer = await client.get("/search?where=Leige&people=4")
    assert answer.status_code == 200
    assert "Did you mean" in answer.text
    assert 'href="/search?where=Li%C3%A8ge&amp;people=4"' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "day=tomorrow",
        "begins=25:99",
        "people=0",
        "people=many",
        "lat=91",
        "lon=nan",
        "group=boats",
        "kind=boat",
        "page=0",
    ],
)
async def test_what_cannot_be_read_is_told_and_nothing_is_looked_for(db, client, query):
    await make.resource(name="Quai")
    answer = await client.get(f"/search?{query}")
    assert answer.status_code == 422
    assert "Quai" not in answer.text
    assert "error-summary" in answer.text


async def test_every_wrong_field_is_told_at_once(db, client):
    answer = await client.get("/search?day=x&begins=y&people=z")
    assert "3 things need another look" in answer.text


async def test_pages_are_links_that_keep_the_search(db, client):
    await many_resources(await make.venue(), 25)
    first = await client.get(f"{ASK}&people=2")
    assert "25 spaces free" in first.text
    address = re.search(r'href="([^"]*page=2[^"]*)"', first.text)[1].replace("&amp;", "&")
    assert "people=2" in address
    second = await client.get(address)
    assert second.text.count('class="hit-when"') == 5


async def test_nobody_elses_name_is_there(db, client_of):
    room = await make.resource()
    canary = await make.member("Canary-Zanzibar")
    await make.reservation(room, canary, span("10:00", "12:00"), title="Canary-Title", note="Canary-Note")
    for viewer in (None, await make.member()):
        answer = await (await client_of(viewer)).get(ASK)
        assert "Canary" not in answer.text


async def test_searches_are_limited(db, client):
    for _ in range(120):
        assert (await client.get("/search?day=x")).status_code == 422
    answer = await client.get("/search?day=x")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_the_map_and_the_list_say_the_same(db, client):
    venue = await make.venue(name="Quai")
    await make.resource(at=venue)
    answer = await client.get(ASK)
    assert f'href="#venue-{venue.id}"' in answer.text
    assert f'id="venue-{venue.id}"' in answer.text


async def test_the_number_of_queries_does_not_grow(db, client):
    venue, counts = await make.venue(), []
    for size in (10, 990):
        made = await many_resources(venue, size)
        await many_reservations(made[: size // 2], await make.member())
        with counted() as asked:
            assert (await client.get(ASK)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= (17 if db == "sqlite" else 9), counts


async def test_on_the_night_of_the_change(db, client):
    await make.resource(at=await make.venue(hours=None))
    answer = await client.get("/search?where=Brussels&day=2027-03-28&begins=02:30&ends=04:00")
    assert "from=2027-03-28T01:00Z&amp;until=2027-03-28T02:00Z" in answer.text
    answer = await client.get("/search?where=Brussels&day=2027-10-31&begins=02:00&ends=03:00")
    assert "from=2027-10-31T00:00Z&amp;until=2027-10-31T02:00Z" in answer.text
    assert NOW.year == 2026


BOX = "/search?day=2026-11-24&begins=10:00&ends=12:00&box=2.5,50.2,3.9,51.2"


async def two_cities():
    lille = await make.venue(name="Bazaar", city="Lille", country="FR", lat=50.63, lon=3.06)
    room = await make.resource(at=lille, name="Quai")
    far = await make.resource(at=await make.venue(name="Far", city="Ghent", lat=51.5, lon=3.72), name="Dok")
    return room, far


async def test_only_what_lies_in_this_part_of_the_map(db, client):
    await two_cities()
    answer = await client.get(BOX)
    assert "1 space free in this part of the map" in answer.text
    assert "Quai" in answer.text
    assert "Dok" not in answer.text
    assert 'name="box" value="2.5,50.2,3.9,51.2"' in answer.text
    assert "This part of the map" in answer.text
    assert '"box":[2.5,50.2,3.9,51.2]' in answer.text
    assert "Lille ·" not in answer.text  # from the middle of a map nobody measures


async def test_words_win_over_a_part_of_the_map(db, client):
    await two_cities()
    answer = await client.get(f"{BOX}&where=Ghent")
    assert "1 space free within 50 km of Ghent" in answer.text
    assert "This part of the map" not in answer.text
    links = re.findall(r'href="(/search[^"]*)"', answer.text)
    assert links
    assert not [link for link in links if "box=" in link]
    assert 'name="box"' not in answer.text


async def test_nothing_in_this_part_of_the_map_proposes_what_comes_nearest(db, client):
    await two_cities()
    answer = await client.get("/search?day=2026-11-24&begins=10:00&ends=12:00&box=10,40,11,41")
    assert "Nothing is free in this part of the map at that time" in answer.text
    assert "Same time, other places" in answer.text
    assert "Quai" in answer.text


@pytest.mark.parametrize(
    "box",
    ["1,2,3", "a,b,c,d", "3,50,2,51", "2,51,3,50", "2,50,3,91", "nan,50,3,51", "-181,50,3,51", "1,2,3,4,5"],
)
async def test_what_is_no_part_of_the_map_is_told(db, client, box):
    answer = await client.get(f"/search?box={box}")
    assert answer.status_code == 422
    assert "west, south, east, north" in answer.text


@pytest.mark.parametrize("box", ["-180,-90,180,90", "-180,-90,-179,-89", "0,89.9,1,90"])
async def test_the_poles_are_parts_of_the_map_too(db, client, box):
    await two_cities()
    assert (await client.get(f"/search?box={box}")).status_code == 200


async def test_a_result_says_how_the_house_is_now_where_the_search_is_about_today(db, client):
    from booking import search

    room, _far = await two_cities()
    await search.refresh(NOW)
    today = await client.get("/search?where=Lille&day=2026-11-23")
    assert f'data-live="venue-{room.venue_id}"' in today.text
    assert "data-live=" not in (await client.get("/search?where=Lille&day=2026-11-24")).text


async def test_pins_of_another_day_do_not_say_now(db, client):
    await two_cities()
    assert "Bazaar, Lille: free then" in (await client.get(ASK.replace("Brussels", "Lille"))).text
