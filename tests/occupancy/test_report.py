"""The report made from rows: the worked example again, wholes and parts, and how many questions it asks."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from booking import occupancy, places
from booking.errors import Refused
from booking.occupancy import Presence
from booking.places.models import Closure, OpeningHours, Resource, ResourceUnit, Unit
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW
from tests.occupancy import week
from tests.occupancy.week import MONDAY, SUNDAY, at, span
from tests.queries import counted, many_reservations, many_resources

pytestmark = pytest.mark.usefixtures("db")


async def booked(room: Any, by: Any, when: Any, **values: Any) -> Reservation:
    """A row of the past as it lies in the database; money of other ways than ours."""
    net = values.pop("net_cents", 0)
    row = await Reservation.create(
        **{
            "id": (id := uuid4()),
            "uid": str(id),
            "member_id": by.id,
            "booked_by_id": by.id,
            "resource_id": room.id,
            "venue_id": room.venue_id,
            "begins_at": when.begins_at,
            "ends_at": when.ends_at,
            "state": "confirmed",
            "currency": "EUR",
            "net_cents": net,
            "vat_basis_points": 2100,
            "vat_cents": net * 21 // 100,
            "total_cents": net + net * 21 // 100,
            "quote": {},
            "terms": {"free_until": (when.begins_at - timedelta(hours=24)).isoformat()},
            "created_at": when.begins_at - timedelta(days=3),
            "revised_at": when.begins_at,
            **values,
        }
    )
    if row.live:
        for unit in (await places.units_of([room.id]))[room.id][
            : row.quantity if room.takes == "any" else None
        ]:
            await Claim.create(
                unit_id=unit,
                reservation_id=row.id,
                begins_at=when.begins_at,
                ends_at=values.get("released_at") or when.ends_at,
            )
    return row


async def came(room: Any, when: Any, people: int, reservation: Any = None) -> None:
    await Presence.create(
        venue_id=room.venue_id,
        resource_id=room.id,
        reservation_id=reservation.id if reservation else None,
        people=people,
        begins_at=when.begins_at,
        ends_at=when.ends_at,
        source="staff_count",
        recorded_at=when.ends_at,
    )


@pytest.fixture
async def room(db: str) -> Any:
    """The room of the worked example, Tuesday shut by a closure of the house, Wednesday morning by one of its own."""
    house = await make.venue(hours=None)
    await OpeningHours.filter(venue_id=house.id).delete()
    for weekday in range(1, 6):
        await OpeningHours.create(
            venue_id=house.id, weekday=weekday, opens_minute=9 * 60, closes_minute=19 * 60
        )
    room = await make.resource(at=house, release_minutes=15)
    for resource_id, shut in ((None, span(1, 0, 24)), (room.id, span(2, 9, 13))):
        await Closure.create(
            venue_id=house.id,
            resource_id=resource_id,
            begins_at=shut.begins_at,
            ends_at=shut.ends_at,
            reason="Shut",
            created_at=NOW,
        )
    return room


@pytest.fixture
async def example(room: Any) -> Any:
    alice = await make.member("Alice")
    team = await booked(
        room,
        alice,
        span(0, 9, 12),
        people=6,
        checked_in_at=at(0, 9),
        checked_out_at=at(0, 12),
        net_cents=6000,
    )
    await booked(
        room,
        alice,
        span(0, 14, 16),
        people=4,
        no_show_at=at(0, 14.25),
        released_at=at(0, 14.25),
        net_cents=4000,
    )
    fewer = await booked(
        room,
        alice,
        span(2, 15, 19),
        people=8,
        checked_in_at=at(2, 15),
        checked_out_at=at(2, 18),
        net_cents=8000,
    )
    await booked(
        room,
        alice,
        span(3, 10, 11),
        state="cancelled",
        cancelled_at=at(3, 8),
        cancelled_by_id=alice.id,
        net_cents=2000,
        fee_cents=1210,
    )
    course = await booked(
        room,
        alice,
        span(4, 9, 17),
        people=8,
        checked_in_at=at(4, 9),
        checked_out_at=at(4, 17),
        net_cents=15000,
    )
    await came(room, span(0, 9, 12), 6, team)
    await came(room, span(0, 16.5, 17), 2)
    await came(room, span(2, 15, 18), 5, fewer)
    await came(room, span(4, 9, 17), 8, course)
    return room


async def report(room: Any, first: date = MONDAY, last: date = SUNDAY, **values: Any) -> Any:
    venue = await places.venue(room.venue.key)
    return await occupancy.report(venue, first, last, at=values.pop("at", week.LATER), **values)


async def test_it_works(example: Any) -> None:
    found = (await report(example)).figures
    assert {name: week.shown(found[name]) for name in week.EXPECTED} == week.EXPECTED
    assert found["booked_utilisation"].denominator == 36
    assert found["recovered"].parts["release"] == 1.75
    assert found["used_utilisation"].coverage == 1


async def test_the_last_day_counts(example: Any) -> None:
    one = await report(example, MONDAY + timedelta(days=4), MONDAY + timedelta(days=4))
    assert one.figures["booked_utilisation"].value == Fraction(4, 5)
    none = await report(example, SUNDAY, SUNDAY)
    assert (none.figures["booked_utilisation"].value, none.figures["revpah"].value) == (None, None)


async def test_days_are_added_before_they_are_divided(example: Any) -> None:
    days = [
        (await report(example, day, day)).figures
        for day in (MONDAY + timedelta(days=number) for number in range(7))
    ]
    whole = (await report(example)).figures
    for name in (
        "booked_utilisation",
        "held_utilisation",
        "used_utilisation",
        "seat_fill",
        "revpah",
        "no_show",
    ):
        assert sum(day[name].numerator for day in days) == whole[name].numerator, name
        assert sum(day[name].denominator for day in days) == whole[name].denominator, name


async def test_a_whole_counts_in_its_parts(room: Any) -> None:
    """A hall and its halves: ten hours of the whole are ten hours of each half, and not a third of the house."""
    house, alice = room.venue, await make.member("Alice")
    await Resource.filter(id=room.id).update(published=False)
    left = await make.resource(at=house, kind="hall", capacity_people=60)
    right = await make.resource(at=house, kind="hall", capacity_people=40)
    units = [unit for ids in (await places.units_of([left.id, right.id])).values() for unit in ids]
    whole = await make.resource(at=house, kind="hall", capacity_people=100, shares=units)
    await booked(whole, alice, span(0, 9, 19), people=50, checked_in_at=at(0, 9), net_cents=50_000)
    await booked(left, alice, span(2, 9, 14), people=30, checked_in_at=at(2, 9))
    found = await report(whole)
    total = found.figures["booked_utilisation"]
    assert (total.numerator, total.denominator, total.n) == (25, 80, 1)
    assert found.figures["seat_fill"].numerator == 50 * 10 + 30 * 5
    assert found.figures["revpah"].numerator == 50_000
    by_key = {part.resource.key: part for part in found.rooms}
    assert [by_key[each.key].figures["booked_utilisation"].numerator for each in (left, right, whole)] == [
        15,
        10,
        10,
    ]
    assert [by_key[each.key].adds for each in (left, right, whole)] == [True, True, False]
    alone = await report(whole, resource_ids=[whole.id])
    assert alone.figures["booked_utilisation"].value == Fraction(1, 4)


async def test_a_floor_counts_as_its_desks(room: Any) -> None:
    house, alice = room.venue, await make.member("Alice")
    desks = await make.resource(at=house, units=4)
    floor = await make.resource(
        at=house, kind="hall", capacity_people=4, shares=(await places.units_of([desks.id]))[desks.id]
    )
    await booked(floor, alice, span(0, 9, 14))
    found = await report(room, kinds=["desk"])
    assert (
        found.figures["booked_utilisation"].numerator,
        found.figures["booked_utilisation"].denominator,
    ) == (20, 160)
    assert found.figures["desk_occupancy"].value == Fraction(1, 4)


async def test_a_stay_noted_in_another_room_counts_where_both_are(room: Any) -> None:
    """Who was moved to the next room, or noted in none, came: the house knows, the room of the booking does not."""
    alice = await make.member("Alice")
    next_door = await make.resource(at=room.venue, kind="studio")
    moved = await booked(room, alice, span(0, 9, 12), people=2)
    house = await booked(room, alice, span(0, 14, 16), people=2)
    await came(next_door, span(0, 9, 12), 6, moved)
    await came(room, span(0, 14, 16), 4, house)
    await Presence.filter(reservation_id=house.id).update(resource_id=None)
    found = await report(room)
    by_key = {part.resource.key: part.figures for part in found.rooms}
    of_kind = {part.kind: part.figures for part in found.kinds}
    assert (found.figures["no_show"].numerator, found.figures["no_show"].denominator) == (0, 2)
    assert (found.figures["right_size"].numerator, found.figures["right_size"].source) == (10, ("counted",))
    for told in (by_key[room.key], of_kind[room.kind]):
        assert (told["no_show"].numerator, told["no_show"].denominator) == (2, 2)
        assert (told["right_size"].numerator, told["right_size"].source) == (4, ("expected",))


async def test_the_sum_of_rooms_is_their_house(example: Any) -> None:
    """What is counted once per room is in its kind and its house to the digit, also with a second room."""
    alice = await make.member("Bob")
    second = await make.resource(at=example.venue, kind=example.kind, release_minutes=15)
    await booked(second, alice, span(0, 10, 12), people=3, checked_in_at=at(0, 10), net_cents=1000)
    found = await report(example)
    [kind] = found.kinds
    house_alone = {"unmet"}
    for name, figure in kind.figures.items():
        assert name in house_alone or figure == found.figures[name], name
    for name in (
        "booked_utilisation",
        "no_show",
        "late_cancel",
        "recovered",
        "overrun",
        "revpah",
        "fragmentation",
    ):
        parts = [part.figures[name] for part in found.rooms]
        whole = found.figures[name]
        assert sum(part.numerator for part in parts) == whole.numerator, name
        assert sum(part.n for part in parts) == whole.n, name


async def test_visitors_of_a_day(room: Any) -> None:
    alice = await make.member("Alice")
    for number, (begins, ends) in enumerate(((9, 11), (12, 15), (10, 12))):
        await Presence.create(
            venue_id=room.venue_id,
            member_id=alice.id if number < 2 else None,
            person="" if number < 2 else "v1",
            begins_at=at(0, begins),
            ends_at=at(0, ends),
            source="door",
            recorded_at=NOW,
        )
    found = await report(room)
    assert [(day.on, day.visitors) for day in found.days if day.visitors] == [(MONDAY, 2)]
    # Four days open, of which one was noted; and two persons are too few to tell.
    visitors = found.figures["daily_visitors"]
    assert (visitors.numerator, visitors.denominator, visitors.n, visitors.coverage) == (2, 4, 1, 0.25)
    assert visitors.withheld
    assert (found.figures["peak"].value, found.figures["dwell_median"].value) == (2, 2)


async def test_an_open_stay_is_in_the_house_now(room: Any) -> None:
    await Presence.create(
        venue_id=room.venue_id, person="v1", begins_at=at(0, 9), source="door", recorded_at=NOW
    )
    await Presence.create(
        venue_id=room.venue_id, people=30, begins_at=at(0, 10), source="staff_count", recorded_at=NOW
    )
    now = (await report(room, at=at(0, 11))).figures
    assert (now["people_now"].value, now["peak"].value) == (30, 30)
    # The count stands until closing; the stay is still open.
    evening = (await report(room, at=at(0, 20))).figures
    assert evening["people_now"].value == 1


async def test_too_long_and_backwards(room: Any) -> None:
    with pytest.raises(Refused, match="period_too_long"):
        await report(room, date(2020, 1, 1), date(2022, 12, 31))
    with pytest.raises(ValueError, match="must end after"):
        await report(room, SUNDAY, MONDAY)


async def test_the_same_questions_whatever_the_size(room: Any) -> None:
    venue, alice = await places.venue(room.venue.key), await make.member("Alice")

    async def asked() -> int:
        with counted() as questions:
            await occupancy.report(venue, date(2026, 11, 2), date(2026, 11, 29), at=NOW, compare=True)
        return len(questions)

    few = await asked()
    await many_reservations(await many_resources(venue, 60), alice)
    many = await asked()
    assert many <= few + 2, "the units of bookings are asked for only where there are any"
    assert many < 40


async def test_units_of_nobody_are_no_room(room: Any) -> None:
    bare = await Resource.create(key="bare", venue_id=room.venue_id, kind="desk", name="Bare")
    found = await report(room)
    assert {part.resource.key: part.adds for part in found.rooms}[bare.key] is False
    assert await ResourceUnit.filter(resource_id=bare.id).count() == 0
    assert await Unit.filter(venue_id=room.venue_id).count() == 1
