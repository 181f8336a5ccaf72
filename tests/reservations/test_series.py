"""A series: every date a booking of its own, reserved all at once or not at all."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from booking import budgets, reservations
from booking.budgets import Activity
from booking.errors import NotFound
from booking.events import Event
from booking.ledger import Transfer
from booking.places.models import Closure
from booking.reservations import Claim, Repeat, Reservation, Series, Wall
from booking.reservations import refusals as no
from booking.timespan import local
from tests import make, queries
from tests.make import NOW

TUESDAY = date(2026, 11, 24)
TEN_TO_NOON = Wall(600, 720)


@pytest.fixture
async def room(db):
    return await make.resource()


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def illustration(alice, room):
    return await make.activity(alice, of=room.venue.entity)


def wanted(room, id, *, repeat=None, first=TUESDAY, wall=TEN_TO_NOON, **values):
    days = (repeat or Repeat("week", times=4)).dates(first)
    return reservations.wishes(id, days, wall, resource_id=room.id, zone=room.venue.zone, **values)


async def reserve(room, by, activity, *, id=None, repeat=None, first=TUESDAY, wall=TEN_TO_NOON, **values):
    id, repeat = id or uuid4(), repeat or Repeat("week", times=4)
    shape = {name: values.pop(name) for name in ("people", "quantity", "chosen", "extras") if name in values}
    return await reservations.reserve_together(
        id,
        wanted(room, id, repeat=repeat, first=first, wall=wall, **shape),
        by=by,
        at=values.pop("at", NOW),
        repeat=repeat,
        first_on=first,
        activity_id=activity.id if activity else None,
        **values,
    )


async def nothing_happened(*, but=0):
    """No row, no claim, no transfer, no event, beside those of bookings that stood before."""
    assert await Series.all().count() == 0
    assert await Reservation.all().count() == but
    assert await Claim.all().count() == but
    assert await Transfer.filter(kind="pend").count() == but
    assert await Event.filter(name__startswith="series.").count() == 0
    assert await Event.filter(name__startswith="reservation.").count() == but


async def left(activity):
    return (await Activity.get(id=activity.id).select_related("account")).account.available_cents


async def test_it_works(room, alice, illustration):
    made = await reserve(room, alice, illustration, title="Choir")

    assert [each.begins_at.date().isoformat() for each in made.reservations] == [
        "2026-11-24",
        "2026-12-01",
        "2026-12-08",
        "2026-12-15",
    ]
    assert {each.state for each in made.reservations} == {"confirmed"}
    assert {each.title for each in made.reservations} == {"Choir"}
    series = await Series.get(id=made.series.id)
    assert (series.rule, series.first_on, series.title) == (
        "FREQ=WEEKLY;BYDAY=TU;COUNT=4",
        TUESDAY,
        "Choir",
    )
    assert [each.series_on for each in made.reservations] == Repeat("week", times=4).dates(TUESDAY)
    assert await left(illustration) == 100_000 - 4 * 2420
    assert len({each.uid for each in made.reservations}) == 4
    told = await Event.get(name="series.reserved")
    assert told.data["ids"] == [str(each.id) for each in made.reservations]
    assert await Event.filter(name="reservation.confirmed").count() == 4


async def test_the_same_id_again_finds_the_first_series(room, alice, illustration):
    id = uuid4()
    first = await reserve(room, alice, illustration, id=id)
    again = await reserve(room, alice, illustration, id=id, repeat=Repeat("day", times=9))
    assert [each.id for each in again.reservations] == [each.id for each in first.reservations]
    assert await Reservation.all().count() == 4
    assert await Transfer.filter(kind="pend").count() == 4


async def test_somebody_elses_id_is_unknown(room, alice, illustration):
    id = uuid4()
    await reserve(room, alice, illustration, id=id)
    charlie = await make.member("Charlie")
    with pytest.raises(NotFound):
        await reserve(room, charlie, await make.activity(charlie), id=id, wall=Wall(900, 960))
    assert await Reservation.all().count() == 4


async def test_a_taken_date_is_told_with_what_would_work_and_nothing_is_booked(room, alice, illustration):
    other = await make.resource(at=room.venue, name="Other room")
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span("11:00", "13:00", days=8))

    with pytest.raises(no.DatesClash) as refusal:
        await reserve(room, alice, illustration)

    [clash] = refusal.value.clashes
    assert (clash.wish.on, clash.refusal.code) == (date(2026, 12, 1), "taken")
    ways = [(each.kind, each.resource_id, each.begins_at) for each in clash.refusal.alternatives]
    assert ways == [
        ("time", room.id, make.span("09:00", "11:00", days=8).begins_at),
        ("time", room.id, make.span("13:00", "15:00", days=8).begins_at),
        ("place", other.id, make.span(days=8).begins_at),
    ]
    assert clash.refusal.alternatives[0].values == {"total_cents": 2420, "currency": "EUR"}
    assert "1 of 4." in refusal.value.sentence
    await nothing_happened(but=1)
    assert await left(illustration) == 100_000


async def test_every_rule_is_asked_of_every_date(room, alice, illustration):
    """A closure, a taken hour, and what is beyond the horizon: each is told with its own rule, in one answer."""
    room.horizon_days = 20
    await room.save()
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=make.at(date(2026, 12, 1), "00:00"),
        ends_at=make.at(date(2026, 12, 2), "00:00"),
        reason="Floor is waxed",
        created_at=NOW,
    )
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span(days=15))
    with pytest.raises(no.DatesClash) as refusal:
        await reserve(room, alice, illustration)
    told = {each.wish.on.isoformat(): each.refusal for each in refusal.value.clashes}
    assert {day: each.code for day, each in told.items()} == {
        "2026-12-01": "shut",
        "2026-12-08": "taken",
        "2026-12-15": "too_far",
    }
    assert "waxed" in told["2026-12-01"].sentence
    assert told["2026-12-01"].alternatives == []
    await nothing_happened(but=1)


async def test_what_was_settled_is_booked_for_one_price(room, alice, illustration):
    other = await make.resource(at=room.venue, name="Other room", hour_cents=2000)
    charlie = await make.member("Charlie")
    for days in (1, 8, 15):
        await make.reservation(room, charlie, make.span("11:00", "13:00", days=days))
    chosen = {
        date(2026, 11, 24): reservations.Choice(room.id, None),
        date(2026, 12, 1): reservations.Choice(room.id, make.span("13:00", "15:00", days=8)),
        date(2026, 12, 8): reservations.Choice(other.id, make.span(days=15)),
    }
    made = await reserve(room, alice, illustration, chosen=chosen, seen_cents=2420 + 3630 * 4 // 3 + 2420)
    assert [(each.resource_id, each.span) for each in made.reservations] == [
        (room.id, make.span("13:00", "15:00", days=8)),
        (other.id, make.span(days=15)),
        (room.id, make.span(days=22)),
    ]
    assert [each.series_on.day for each in made.reservations] == [1, 8, 15]
    assert await left(illustration) == 100_000 - sum(each.total_cents for each in made.reservations)


async def test_a_budget_of_exactly_the_sum_is_enough(room, alice):
    exact = await make.activity(alice, of=room.venue.entity, cents=4 * 2420)
    made = await reserve(room, alice, exact)
    assert len(made.reservations) == 4
    assert await left(exact) == 0


async def test_one_cent_less_is_refused_with_the_sum_of_all(room, alice):
    short = await make.activity(alice, of=room.venue.entity, cents=4 * 2420 - 1)
    with pytest.raises(budgets.NotEnoughBudget) as refusal:
        await reserve(room, alice, short)
    assert refusal.value.values["amount_cents"] == 4 * 2420
    assert refusal.value.values["short_cents"] == 1
    await nothing_happened()


@pytest.mark.parametrize(("limit", "works"), [(4 * 2420, True), (4 * 2420 - 1, False)])
async def test_the_limit_per_booking_counts_the_whole(room, alice, illustration, limit, works):
    """Nobody passes what they may spend at once by cutting it in pieces."""
    bob = await make.member("Bob")
    await budgets.share_with(illustration, bob.id, reservation_limit_cents=limit, at=NOW)
    if works:
        assert len((await reserve(room, bob, illustration)).reservations) == 4
        return
    with pytest.raises(budgets.OverLimit) as refusal:
        await reserve(room, bob, illustration)
    assert refusal.value.values["amount_cents"] == 4 * 2420
    await nothing_happened()


@pytest.mark.parametrize(("limit", "works"), [(3 * 2420, True), (3 * 2420 - 1, False)])
async def test_the_limit_per_month_counts_the_dates_of_each_month(room, alice, illustration, limit, works):
    bob = await make.member("Bob")
    await budgets.share_with(illustration, bob.id, month_limit_cents=limit, at=NOW)
    if works:
        assert (
            len((await reserve(room, bob, illustration)).reservations) == 4
        )  # one in November, three in December
        return
    with pytest.raises(budgets.OverLimit):
        await reserve(room, bob, illustration)
    await nothing_happened()


async def test_a_quota_counts_the_dates_before(room, alice, illustration):
    room.quota = 3
    await room.save()
    with pytest.raises(no.DatesClash) as refusal:
        await reserve(room, alice, illustration)
    assert [(each.wish.on.day, each.refusal.code) for each in refusal.value.clashes] == [
        (15, "quota_reached")
    ]
    await nothing_happened()


async def test_an_activity_that_ends_meanwhile_pays_no_date_after(room, alice):
    ending = await make.activity(alice, of=room.venue.entity, ends_on=date(2026, 12, 8))
    with pytest.raises(no.DatesClash) as refusal:
        await reserve(room, alice, ending)
    assert [(each.wish.on.day, each.refusal.code) for each in refusal.value.clashes] == [
        (15, "activity_closed")
    ]
    await nothing_happened()


async def test_nobody_pays_more_than_the_sum_they_saw(room, alice, illustration):
    with pytest.raises(no.PriceMoved):
        await reserve(room, alice, illustration, seen_cents=4 * 2420 - 1)
    await nothing_happened()


async def test_without_an_activity_it_is_refused_with_the_sum(room, alice):
    with pytest.raises(no.PaymentNeeded) as refusal:
        await reserve(room, alice, None)
    assert refusal.value.values["total_cents"] == 4 * 2420
    await nothing_happened()


async def test_where_a_host_must_agree_each_date_is_held(room, alice, illustration):
    room.approval = True
    await room.save()
    made = await reserve(room, alice, illustration)
    assert {(each.state, each.held_for) for each in made.reservations} == {("held", "approval")}
    assert await left(illustration) == 100_000 - 4 * 2420
    stella = await make.manager(room.venue)
    await reservations.approve(made.reservations[1].id, by=stella, at=NOW)
    await reservations.decline(made.reservations[2].id, by=stella, at=NOW, reason="A fair")
    assert await left(illustration) == 100_000 - 3 * 2420


async def test_ten_stays_ten_through_the_change_of_the_clocks(room, alice, illustration):
    made = await reserve(room, alice, illustration, first=date(2027, 3, 23), repeat=Repeat("week", times=2))
    zone = room.venue.zone
    assert [f"{local(each.begins_at, zone):%d %H:%M}" for each in made.reservations] == [
        "23 10:00",
        "30 10:00",
    ]
    assert made.reservations[1].begins_at - made.reservations[0].begins_at == timedelta(days=7, hours=-1)


async def test_an_hour_that_does_not_exist_is_a_date_to_settle(alice, db):
    night = await make.resource(at=await make.venue(hours=None))
    money = await make.activity(alice, of=night.venue.entity)
    with pytest.raises(no.DatesClash) as refusal:
        await reserve(
            night, alice, money, first=date(2027, 3, 27), repeat=Repeat("day", times=3), wall=Wall(150, 240)
        )
    [clash] = refusal.value.clashes
    assert (clash.wish.on, clash.refusal.code) == (date(2027, 3, 28), "no_such_hour")
    assert "02:30" in clash.refusal.sentence
    assert clash.refusal.alternatives
    await nothing_happened()


async def test_more_than_a_year_of_weeks_is_too_much(room, alice, illustration):
    with pytest.raises(no.TooManyDates):
        Repeat("week", until=date(2027, 11, 23)).dates(TUESDAY)
    assert len(Repeat("week", until=date(2027, 11, 16)).dates(TUESDAY)) == 52
    with pytest.raises(no.NoDatesLeft):
        await reserve(
            room,
            alice,
            illustration,
            chosen={
                day: reservations.Choice(room.id, None) for day in Repeat("week", times=4).dates(TUESDAY)
            },
        )
    await nothing_happened()


async def test_each_date_asks_no_more_than_a_single_booking(room, alice, illustration):
    with queries.counted() as single:
        await make.reservation(room, alice, make.span("15:00", "16:00"), on=illustration)

    async def of(times, day):
        with queries.counted() as asked:
            await reserve(
                room,
                alice,
                illustration,
                first=TUESDAY + day * timedelta(days=1),
                repeat=Repeat("week", times=times),
            )
        return len(asked)

    few, many = await of(2, 1), await of(12, 2)
    assert (many - few) / 10 <= len(single)


async def test_the_quote_asks_as_much_for_two_dates_as_for_fifty(room, alice, illustration):
    async def of(times):
        id = uuid4()
        with queries.counted() as asked:
            offer = await reservations.offer_several(
                wanted(room, id, repeat=Repeat("week", times=times)),
                by=alice,
                at=NOW,
                activity_id=illustration.id,
            )
        assert offer.total_cents == times * 2420
        return len(asked)

    assert await of(2) == await of(40)


async def test_the_quote_says_what_pressing_would_say(room, alice, illustration):
    other = await make.resource(at=room.venue, name="Other room")
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span(days=8))
    id = uuid4()
    offer = await reservations.offer_several(wanted(room, id), by=alice, at=NOW, activity_id=illustration.id)
    assert [each.refusal.code if each.refusal else "" for each in offer.dates] == ["", "taken", "", ""]
    assert (offer.total_cents, offer.left_cents) == (3 * 2420, 100_000 - 3 * 2420)
    settled = {date(2026, 12, 1): reservations.Choice(other.id, make.span(days=8))}
    offer = await reservations.offer_several(
        wanted(room, id), by=alice, at=NOW, activity_id=illustration.id, chosen=settled
    )
    assert offer.open_clashes == []
    assert offer.total_cents == 4 * 2420
    assert offer.dates[1].clash.code == "taken"  # the choice stays on the page


async def test_the_quote_counts_no_equipment_of_a_date_that_does_not_work(room, alice, illustration):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    await make.reservation(room, await make.member("Charlie"), make.span(days=8))
    offer = await reservations.offer_several(
        wanted(room, uuid4(), extras=[reservations.Extra(beamer.id)]),
        by=alice,
        at=NOW,
        activity_id=illustration.id,
    )
    assert [each.total_cents for each in offer.dates] == [2904, 0, 2904, 2904]
    assert (offer.total_cents, offer.paid_cents) == (3 * 2904, 3 * 2904)


async def test_a_room_of_another_house_is_no_part_of_it(room, alice, illustration):
    elsewhere = await make.resource()
    settled = {date(2026, 12, 1): reservations.Choice(elsewhere.id, make.span(days=8))}
    with pytest.raises(NotFound):
        await reserve(room, alice, illustration, chosen=settled)
    await nothing_happened()
