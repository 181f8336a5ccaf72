"""Finding a space: place, time, people, features, price; and the nearest thing where nothing is free."""

from datetime import date, timedelta

import pytest

from booking import places, search
from booking.members import Member
from booking.places.models import Closure
from booking.search import Wish, find
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW, at, span
from tests.queries import counted, many_resources

TUESDAY = date(2026, 11, 24)


async def names(wish: Wish, member: Member | None = None) -> list[str]:
    return [hit.resource.name for hit in (await find(wish, member=member, at=NOW)).hits]


async def test_it_works(db):
    room = await make.resource(name="Quai")
    alice = await make.member()
    found = await find(
        Wish(where="Brussels", day=TUESDAY, begins=600, ends=720, people=4), member=alice, at=NOW
    )
    assert [hit.resource.id for hit in found.hits] == [room.id]
    hit = found.hits[0]
    assert hit.span == span("10:00", "12:00")
    assert (hit.quote.total_cents, hit.quote.currency) == (2420, "EUR")
    assert hit.distance_km == pytest.approx(0, abs=0.01)
    assert (found.total, found.more, found.where.kind) == (1, False, "city")


async def test_nearest_first_within_the_circle(db):
    entity = await make.entity()
    for name, lat, lon in (
        ("Far", 50.63, 5.57),
        ("Near", 50.85, 4.40),
        ("Middle", 50.70, 4.60),
        ("Here", 50.85, 4.35),
    ):
        venue = await make.venue(of=entity, city="Brussels" if name == "Here" else name, lat=lat, lon=lon)
        await make.resource(at=venue, name=name)
    assert await names(Wish(where="bruxelles", day=TUESDAY)) == ["Here", "Near", "Middle"]
    assert await names(Wish(where="Brussel", radius_km=200, day=TUESDAY)) == ["Here", "Near", "Middle", "Far"]
    assert await names(Wish(lat=50.63, lon=5.5, day=TUESDAY)) == ["Far"]
    assert len(await names(Wish(day=TUESDAY))) == 4


async def test_a_corner_of_the_box_is_not_in_the_circle(db):
    venue = await make.venue(city="Corner", lat=50.85 + 0.43, lon=4.35 + 0.68)
    await make.resource(at=venue)
    await make.resource(at=await make.venue(of=await make.entity()), name="Here")
    assert await names(Wish(where="Brussels", day=TUESDAY)) == ["Here"]


@pytest.mark.parametrize(
    "text", ["KulturA", "kultura", "kultura-liege", "Lüttich", "luik", "belgië", "Belgium", "Lieg"]
)
async def test_a_place_has_many_names(db, text):
    venue = await make.venue(key="kultura-liege", name="KulturA", city="Liège", lat=50.64, lon=5.57)
    await make.resource(at=venue, name="Hall")
    await make.resource(
        at=await make.venue(city="Gent", key="other", lat=51.05, lon=3.72, country="NL"), name="Other"
    )
    assert await names(Wish(where=text, day=TUESDAY)) == ["Hall"]


async def test_an_unknown_place_proposes_what_looks_like_it(db):
    await make.resource(at=await make.venue(city="Liège"))
    found = await find(Wish(where="Leige"), at=NOW)
    assert (found.where.kind, found.where.close, found.hits) == ("unknown", ("Liège",), [])


async def test_a_taken_room_is_not_found_and_its_neighbour_is(db):
    venue = await make.venue()
    taken, free = await make.resource(at=venue, name="Taken"), await make.resource(at=venue, name="Free")
    alice = await make.member()
    await make.reservation(taken, alice, span("11:00", "13:00"))
    assert await names(Wish(day=TUESDAY, begins=600, ends=720)) == [free.name]
    assert await names(Wish(day=TUESDAY, begins=780, ends=840)) == ["Taken", "Free"]
    assert await names(Wish(day=TUESDAY, begins=600, ends=660)) == ["Taken", "Free"]


async def test_buffers_keep_their_distance(db):
    room = await make.resource(buffer_before_minutes=15, buffer_after_minutes=30)
    await make.reservation(room, await make.member(), span("12:00", "13:00"))
    assert await names(Wish(day=TUESDAY, begins=600, ends=11 * 60 + 15)) == [room.name]
    assert await names(Wish(day=TUESDAY, begins=600, ends=11 * 60 + 30)) == []
    assert await names(Wish(day=TUESDAY, begins=13 * 60 + 30, ends=840)) == []
    assert await names(Wish(day=TUESDAY, begins=13 * 60 + 45, ends=840 + 60)) == [room.name]


async def test_a_divided_hall_blocks_its_halves(db):
    venue = await make.venue()
    half, other = await make.resource(at=venue, name="A"), await make.resource(at=venue, name="B")
    units = await places.units_of([half.id, other.id])
    whole = await make.resource(at=venue, name="A and B", shares=[*units[half.id], *units[other.id]])
    await make.reservation(half, await make.member(), span("10:00", "12:00"))
    assert await names(Wish(day=TUESDAY, begins=600, ends=660)) == ["B"]
    assert await names(Wish(day=TUESDAY, begins=780, ends=840)) == ["A", "B", whole.name]


async def test_a_pool_counts_its_units(db):
    pool = await make.resource(units=3, name="Desks")
    await make.reservation(pool, await make.member(), span("10:00", "12:00"), quantity=2, people=2)
    wish = Wish(day=TUESDAY, begins=600, ends=660)
    assert await names(wish) == ["Desks"]
    assert await names(Wish(day=TUESDAY, begins=600, ends=660, quantity=2)) == []
    assert await names(Wish(day=TUESDAY, begins=780, ends=840, quantity=3, people=3)) == ["Desks"]
    assert await names(Wish(day=TUESDAY, begins=780, ends=840, quantity=4)) == []


async def test_some_time_that_day(db):
    room = await make.resource()
    await make.reservation(room, await make.member(), span("08:00", "12:00"))
    await make.reservation(room, await make.member("Bob"), span("13:00", "21:00"))
    found = await find(Wish(day=TUESDAY, length=60), at=NOW)
    assert [hit.span for hit in found.hits] == [span("12:00", "13:00")]
    assert found.hits[0].free == (span("12:00", "13:00"), span("21:00", "22:00"))
    assert await names(Wish(day=TUESDAY, length=120)) == []
    found = await find(Wish(day=TUESDAY, begins=14 * 60, length=60), at=NOW)
    assert found.hits == []
    found = await find(Wish(day=TUESDAY, begins=14 * 60, ends=1320, length=60), at=NOW)
    assert [hit.span for hit in found.hits] == [span("21:00", "22:00")]


async def test_a_hit_can_be_booked_as_it_stands(db):
    """What is shown is what the same member can reserve at that instant, at that price."""
    home = await make.entity()
    for values in (
        {"raster_minutes": 60, "shortest_minutes": 120},
        {"lead_minutes": 200, "raster_minutes": 30},
        {"buffer_before_minutes": 20, "buffer_after_minutes": 40},
        {"units": 3},
    ):
        await make.resource(at=await make.venue(of=home), **values)
    alice = await make.member()
    pays = await make.activity(alice, of=home)
    for wish in (
        Wish(),
        Wish(length=90),
        Wish(day=TUESDAY, begins=600, ends=720),
        Wish(day=TUESDAY, begins=555, length=45),
    ):
        for hit in (await find(wish, member=alice, at=NOW)).hits:
            done = await make.reservation(hit.resource, alice, hit.span, on=pays)
            assert done.total_cents == hit.quote.total_cents


async def test_rules_are_those_of_the_reservation(db):
    venue = await make.venue(hours=(540, 1080))
    await make.resource(at=venue, name="Long", shortest_minutes=240)
    await make.resource(at=venue, name="Short", longest_minutes=60)
    await make.resource(at=venue, name="Soon", horizon_days=1)
    await make.resource(at=venue, name="Later", lead_minutes=3 * 24 * 60)
    await make.resource(at=venue, name="Coarse", raster_minutes=60)
    await make.resource(at=venue, name="Hidden", published=False)
    assert await names(Wish(day=TUESDAY, begins=600, ends=720)) == ["Soon", "Coarse"]
    assert await names(Wish(day=TUESDAY, begins=600, ends=645)) == ["Short", "Soon"]
    assert await names(Wish(day=TUESDAY, begins=600, ends=840)) == ["Long", "Soon", "Coarse"]
    assert await names(Wish(day=TUESDAY + timedelta(days=3), begins=600, ends=660)) == [
        "Short",
        "Later",
        "Coarse",
    ]
    assert await names(Wish(day=TUESDAY, begins=480, ends=600)) == []


async def test_closures_and_holidays(db):
    venue = await make.venue(holidays_region="BE")
    await make.resource(at=venue, name="Room")
    assert await names(Wish(day=date(2026, 12, 25), begins=600, ends=660)) == []
    begins = at(TUESDAY, "09:00")
    await Closure.create(
        venue_id=venue.id,
        begins_at=begins,
        ends_at=begins + timedelta(hours=3),
        reason="Works",
        created_at=NOW,
    )
    assert await names(Wish(day=TUESDAY, begins=600, ends=660)) == []
    assert await names(Wish(day=TUESDAY, begins=720, ends=780)) == ["Room"]


async def test_a_house_that_has_closed_is_not_found(db):
    await make.resource(at=await make.venue(status="closed"))
    assert await names(Wish(day=TUESDAY)) == []


async def test_people_kind_group_and_features(db):
    venue = await make.venue(features=["wifi"])
    await make.resource(at=venue, name="Small", capacity_people=4, features=["screen"])
    await make.resource(at=venue, name="Large", capacity_people=40, kind="hall", step_free=True)
    await make.resource(at=venue, name="Projector", kind="equipment", capacity_people=None)
    assert await names(Wish(day=TUESDAY)) == ["Small", "Large", "Projector"]
    assert await names(Wish(day=TUESDAY, people=5)) == ["Large"]
    assert await names(Wish(day=TUESDAY, people=5, kind="equipment")) == ["Projector"]
    assert await names(Wish(day=TUESDAY, people=5, group="rooms")) == ["Large"]
    assert await names(Wish(day=TUESDAY, kind="equipment")) == ["Projector"]
    assert await names(Wish(day=TUESDAY, features=("screen", "wifi"))) == ["Small"]
    assert await names(Wish(day=TUESDAY, features=("step_free",))) == ["Large"]


async def test_the_price_is_for_this_member(db):
    room = await make.resource(hour_cents=1000, external_hour_cents=1500)
    closed = await make.resource(at=room.venue, name="Inner", external=False, external_hour_cents=None)
    wish = Wish(day=TUESDAY, begins=600, ends=660)
    alice, guest = await make.member(), await make.member("Gus", category="external")
    prices = {hit.resource.id: hit.quote.total_cents for hit in (await find(wish, member=alice, at=NOW)).hits}
    assert prices == {room.id: 1210, closed.id: 1210}
    prices = {hit.resource.id: hit.quote.total_cents for hit in (await find(wish, member=guest, at=NOW)).hits}
    assert prices == {room.id: 1815}
    seen = (await find(wish, at=NOW)).hits
    assert [(hit.resource.id, hit.quote.total_cents, hit.members_only) for hit in seen] == [
        (room.id, 1815, False),
        (closed.id, 1210, True),
    ]


async def test_nothing_free_proposes_the_nearest_time_and_the_nearest_place(db):
    entity = await make.entity()
    room = await make.resource(at=await make.venue(of=entity), name="Here")
    await make.resource(at=await make.venue(of=entity, city="Lille", lat=50.63, lon=3.07), name="There")
    await make.reservation(room, await make.member(), span("09:00", "12:00"))
    found = await find(Wish(where="Brussels", day=TUESDAY, begins=600, ends=660), at=NOW)
    assert (found.hits, found.total) == ([], 0)
    assert [(hit.resource.name, hit.span) for hit in found.times] == [("Here", span("08:00", "09:00"))]
    assert [(hit.resource.name, hit.span) for hit in found.elsewhere] == [("There", span("10:00", "11:00"))]
    assert found.elsewhere[0].distance_km == pytest.approx(93, abs=2)


async def test_proposals_keep_the_rules(db):
    """On a closed day the proposal is the next open one, and never in the past."""
    room = await make.resource(at=await make.venue(holidays_region="BE"))
    found = await find(Wish(where="Brussels", day=date(2026, 12, 25), begins=600, ends=660), at=NOW)
    assert found.times[0].span.begins_at in (at(date(2026, 12, 24), "21:00"), at(date(2026, 12, 26), "08:00"))
    past = await find(Wish(where="Brussels", day=date(2026, 11, 20), begins=600, ends=660), at=NOW)
    assert past.hits == []
    assert all(hit.span.begins_at >= NOW for hit in past.times)
    assert room.id in {hit.resource.id for hit in past.times}


async def test_pages(db):
    venue = await make.venue()
    for number in range(45):
        await make.resource(at=venue, name=f"Room {number:02}", position=number)
    pages = [await find(Wish(day=TUESDAY, page=number), at=NOW) for number in (1, 2, 3, 4)]
    assert [len(page.hits) for page in pages] == [20, 20, 5, 0]
    assert [page.more for page in pages] == [True, True, False, False]
    listed = [hit.resource.name for page in pages for hit in page.hits]
    assert listed == [f"Room {number:02}" for number in range(45)]


@pytest.mark.parametrize(
    "day, begins, ends, minutes",
    [
        (date(2027, 3, 28), 60, 240, 120),  # 01:00 to 04:00 with an hour left out
        (date(2027, 10, 31), 60, 240, 240),  # and with one that comes twice
        (date(2027, 3, 28), 150, 240, 60),  # 02:30 is not there: from 03:00
    ],
)
async def test_change_nights(db, day, begins, ends, minutes):
    await make.resource(at=await make.venue(hours=None), half_day_cents=None, day_cents=None)
    alice = await make.member()
    found = await find(Wish(day=day, begins=begins, ends=ends), member=alice, at=NOW)
    assert [hit.span.minutes for hit in found.hits] == [minutes]
    assert found.hits[0].quote.net_cents == 1000 * minutes // 60


async def test_a_whole_change_day_is_23_or_25_hours_long(db):
    await make.resource(at=await make.venue(hours=None))
    for day, hours in ((date(2027, 3, 28), 23), (date(2027, 10, 31), 25)):
        found = await find(Wish(day=day), at=NOW)
        assert sum(run.minutes for run in found.hits[0].free) == hours * 60


async def test_past_midnight(db):
    await make.resource(at=await make.venue(hours=(600, 1560)))
    found = await find(Wish(day=TUESDAY, begins=1380, ends=60), at=NOW)
    assert [hit.span for hit in found.hits] == [
        TimeSpan(at(TUESDAY, "23:00"), at(TUESDAY + timedelta(days=1), "01:00"))
    ]


async def test_an_evening_runs_past_midnight(db):
    """A booking of four hours may begin at 22:00 where the house is open until 03:00."""
    await make.resource(at=await make.venue(hours=(1200, 1620)), shortest_minutes=240)
    found = await find(Wish(day=TUESDAY, begins=1320), at=NOW)
    night = TimeSpan(at(TUESDAY, "22:00"), at(TUESDAY + timedelta(days=1), "02:00"))
    assert [(hit.span, hit.free) for hit in found.hits] == [(night, (night,))]
    assert await names(Wish(day=TUESDAY, begins=1320, ends=1440, length=240)) == []


async def test_each_zone_has_its_own_day(db):
    for zone, city in (("Europe/Stockholm", "Stockholm"), ("Atlantic/Canary", "Las Palmas")):
        await make.resource(at=await make.venue(zone=zone, city=city, hours=(540, 1080)), name=city)
    found = await find(Wish(day=TUESDAY, begins=540, ends=600), at=NOW)
    spans = {hit.resource.name: hit.span for hit in found.hits}
    assert spans["Stockholm"].begins_at == at(TUESDAY, "08:00", "UTC")
    assert spans["Las Palmas"].begins_at == at(TUESDAY, "09:00", "UTC")


async def test_the_number_of_queries_does_not_grow(db):
    venue = await make.venue()
    counts = []
    for size in (10, 990):
        await many_resources(venue, size)
        with counted() as asked:
            found = await find(Wish(where="Brussels", day=TUESDAY, begins=600, ends=660), at=NOW)
        assert found.hits
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15, counts


def test_the_wish_in_time():
    window, exact = search.window_of(Wish(day=TUESDAY, begins=600, ends=720), "Europe/Brussels", NOW)
    assert (window, exact) == (span("10:00", "12:00"), True)
    window, exact = search.window_of(Wish(day=TUESDAY, begins=600, length=90), "Europe/Brussels", NOW)
    assert (window, exact) == (span("10:00", "11:30"), True)
    window, exact = search.window_of(Wish(day=TUESDAY, begins=600), "Europe/Brussels", NOW)
    assert (window, exact) == (
        TimeSpan(at(TUESDAY, "10:00"), at(TUESDAY + timedelta(days=1), "00:00")),
        False,
    )
    window, exact = search.window_of(Wish(day=date(2011, 12, 30), begins=600), "Pacific/Apia", NOW)
    assert (window, exact) == (None, False)
