"""Names leave the stays after 90 days, and the figures stay as they were."""

from datetime import timedelta

from booking import db, occupancy
from booking.occupancy import Presence
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.occupancy.conftest import BEGIN, after

LATER = BEGIN + timedelta(days=90)


async def figures():
    """Visits, people-minutes by venue and source, and distinct persons of a month."""
    rows = await db.rows(
        "SELECT venue_id, source, COUNT(*) AS visits, SUM(people) AS people, MIN(begins_at) AS first, "
        "MAX(ends_at) AS last, COUNT(reservation_id) AS booked, "
        "COUNT(DISTINCT CASE WHEN member_id IS NULL THEN person ELSE CAST(member_id AS TEXT) END) AS persons "
        "FROM presence GROUP BY venue_id, source ORDER BY venue_id, source"
    )
    return [tuple(str(value) for value in row.values()) for row in rows]


async def test_it_works(booked, alice, house, stella):
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    await occupancy.check_out(by=alice, at=after(30))
    await occupancy.walk_in(house, by=alice, at=after(60))
    await occupancy.walk_in(house, by=await make.member("Bob"), at=after(70))
    await occupancy.count_people(house, 9, by=stella, at=after(80))
    await occupancy.close_stays(NOW + timedelta(days=1))
    before = await figures()

    assert await occupancy.forget(LATER) == 0
    assert await occupancy.forget(LATER + timedelta(hours=2)) == 4

    assert await figures() == before
    assert not await Presence.filter(member_id__isnull=False).exists()
    assert not await Presence.filter(recorded_by_id__isnull=False).exists()
    stays = await Presence.filter(source="checked_in").order_by("id")
    assert stays[0].person == stays[1].person != stays[2].person
    assert len(stays[0].person) == 32
    # That she came for her booking is a fact of the booking.
    assert (await Reservation.get(id=booked.id)).checked_in_at == BEGIN
    assert await occupancy.forget(LATER + timedelta(days=1)) == 0


async def test_a_pseudonym_tells_nothing_in_another_house_or_month(db, alice):
    house, other = await make.venue(), await make.venue()
    for place, moment in ((house, NOW), (other, NOW + timedelta(hours=1)), (house, NOW + timedelta(days=30))):
        await occupancy.walk_in(place, by=alice, at=moment)
    await occupancy.close_stays(NOW + timedelta(days=40))
    await occupancy.forget(NOW + timedelta(days=200))
    assert len(set(await Presence.all().values_list("person", flat=True))) == 3
