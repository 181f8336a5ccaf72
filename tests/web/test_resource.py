"""A space's page: its week, its rules in words, its prices."""

import re

from booking.members.models import Skill
from tests import make
from tests.make import NOW, span


async def test_it_works(db, client):
    room = await make.resource(
        name="Big room",
        at=await make.venue(name="Quai", key="quai"),
        free_until_hours=48,
        late_fee_percent=50,
        quota=3,
    )
    answer = await client.get(f"/resources/{room.id}?day=2026-11-24")
    assert answer.status_code == 200
    for words in (
        "Big room",
        "For up to 8 people.",
        "At most 3 upcoming bookings of this per member.",
        "Cancelling is free until 2 days before it begins; after that it costs 50% of the price.",
        "Not coming costs 100% of the price.",
        'Free 08:00–22:00<span class="run-do">, book</span>',
    ):
        assert words in answer.text, words
    assert answer.text.count('class="tl-row"') == 7
    assert 'href="/venues/quai"' in answer.text


async def test_prices_by_category_with_vat(db, client_of):
    room = await make.resource(hour_cents=1000, half_day_cents=3000, day_cents=5000, external_hour_cents=1500)
    answer = await (await client_of(await make.member())).get(f"/resources/{room.id}")
    for price in ("€12.10", "€36.30", "€60.50", "€18.15"):
        assert price in answer.text, price
    assert re.search(r"Members\s*<span class=\"tag tag-mine\"", answer.text)
    answer = await (await client_of()).get(f"/resources/{room.id}")
    assert re.search(r"Guests\s*<span class=\"tag tag-mine\"", answer.text)


async def test_members_only(db, client):
    room = await make.resource(external=False, external_hour_cents=None)
    answer = await client.get(f"/resources/{room.id}")
    assert "For members of the cooperative only." in answer.text
    assert "Guests" not in answer.text


async def test_an_induction_is_named_in_the_visitors_language(db, client_of):
    skill = await Skill.create(key="LASER", names={"en": "Laser cutter", "fr": "Découpe laser"})
    room = await make.resource(skill_id=skill.id, approval=True)
    assert (
        "You need an induction first: Laser cutter."
        in (await (await client_of()).get(f"/resources/{room.id}")).text
    )
    french = await (await client_of(None, **{"Accept-Language": "fr"})).get(f"/resources/{room.id}")
    assert "Découpe laser" in french.text


async def test_the_next_free_time(db, client):
    room = await make.resource()
    await make.reservation(room, await make.member(), span("09:00", "22:00", days=0))
    answer = await client.get(f"/resources/{room.id}")
    assert "Next free this week" in answer.text
    assert f"/resources/{room.id}/reserve?from=2026-11-24T07:00Z" in answer.text


async def test_mine_is_marked_and_others_have_no_name(db, client_of):
    room = await make.resource()
    alice = await make.member()
    mine = await make.reservation(room, alice, span("10:00", "12:00"))
    canary = await make.member("Canary-Bob")
    await make.reservation(room, canary, span("14:00", "15:00"), title="Canary-Title")
    answer = await (await client_of(alice)).get(f"/resources/{room.id}")
    assert f"/reservations/{mine.id}" in answer.text
    assert "Canary" not in answer.text


async def test_a_change_week_is_right(db, client):
    room = await make.resource(at=await make.venue(hours=None))
    answer = await client.get(f"/resources/{room.id}?day=2027-10-31")
    assert answer.status_code == 200
    assert "02:00 (CEST)" in answer.text
    assert "02:00 (CET)" in answer.text
    assert answer.text.count("<desk-timeline") == 2


async def test_a_space_of_a_closed_house_cannot_be_booked(db, client):
    room = await make.resource(at=await make.venue(status="closed"))
    answer = await client.get(f"/resources/{room.id}")
    assert answer.status_code == 200
    assert "/reserve" not in answer.text
    assert "has closed" in answer.text


async def test_an_unpublished_space_is_not_there(db, client):
    room = await make.resource(published=False)
    assert (await client.get(f"/resources/{room.id}")).status_code == 404


async def test_free_of_charge(db, client):
    room = await make.resource(hour_cents=0, half_day_cents=None, day_cents=None, external_hour_cents=0)
    assert "free of charge" in (await client.get(f"/resources/{room.id}")).text
    assert NOW.year == 2026
