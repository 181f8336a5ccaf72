"""Reserving a resource: lock, check, write."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import members, reservations
from booking.budgets import Activity, NotEnoughBudget
from booking.errors import NotFound
from booking.events import Event
from booking.ledger import Transfer
from booking.places.models import Closure
from booking.reservations import Claim, Reservation
from booking.reservations import refusals as no
from tests import make, queries
from tests.make import NOW


async def nothing_happened(activity=None):
    """No row, no transfer, no message."""
    assert await Reservation.all().count() == 0
    assert await Claim.all().count() == 0
    assert await Transfer.filter(kind="pend").count() == 0
    assert await Event.filter(name__startswith="reservation.").count() == 0
    if activity is not None:
        fresh = await Activity.get(id=activity.id).select_related("account")
        assert fresh.account.debits_pending_cents == 0


@pytest.fixture
async def room(db):
    return await make.resource(buffer_after_minutes=15)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def illustration(alice, room):
    return await make.activity(alice, of=room.venue.entity)


async def reserve(room, by, activity, when=None, **values):
    return await reservations.reserve(
        values.pop("id", uuid4()),
        room.id,
        when or make.span(),
        by=by,
        at=values.pop("at", NOW),
        activity_id=activity.id if activity else None,
        **values,
    )


async def test_it_works(room, alice, illustration):
    done = await reserve(room, alice, illustration, people=4, title="Storyboard")

    assert done.state == "confirmed"
    assert (done.net_cents, done.vat_cents, done.total_cents, done.currency) == (2000, 420, 2420, "EUR")
    claim = await Claim.get(reservation_id=done.id)
    assert claim.span == make.span("10:00", "12:15")
    purse = (await Activity.get(id=illustration.id).select_related("account")).account
    assert (purse.debits_pending_cents, purse.available_cents) == (2420, 97_580)
    event = await Event.get(subject=done.subject)
    assert event.name == "reservation.confirmed"


async def test_the_same_id_again_finds_the_first_result(room, alice, illustration):
    id = uuid4()
    first = await reserve(room, alice, illustration, id=id)
    again = await reserve(room, alice, illustration, make.span("15:00", "16:00"), id=id)
    assert again.id == first.id
    assert again.begins_at == first.begins_at
    assert await Claim.all().count() == 1
    assert await Transfer.filter(kind="pend").count() == 1


async def test_somebody_elses_id_is_unknown(room, alice, illustration):
    first = await reserve(room, alice, illustration)
    charlie = await make.member("Charlie")
    with pytest.raises(NotFound):
        await reserve(room, charlie, None, id=first.id)
    assert await Reservation.all().count() == 1


async def test_a_taken_time_is_refused_with_the_nearest_times(room, alice, illustration):
    await reserve(room, alice, illustration)
    charlie = await make.member("Charlie")
    theirs = await make.activity(charlie, of=room.venue.entity)
    other = await make.resource(at=room.venue, name="Other room")
    with pytest.raises(no.Taken) as refusal:
        await reserve(room, charlie, theirs, make.span("11:00", "13:00"))
    times = [each for each in refusal.value.alternatives if each.kind == "time"]
    places = [each for each in refusal.value.alternatives if each.kind == "place"]
    assert times[0].begins_at == make.span("12:15", "14:15").begins_at
    assert [each.resource_id for each in places] == [other.id]
    assert await Reservation.all().count() == 1
    assert "no longer free" in refusal.value.sentence


async def test_neighbours_meet_without_a_gap(db, alice):
    room = await make.resource()
    money = await make.activity(alice, of=room.venue.entity)
    await reserve(room, alice, money, make.span("09:00", "10:00"))
    await reserve(room, alice, money, make.span("10:00", "11:00"))
    assert await Claim.all().count() == 2


async def test_a_budget_of_exactly_the_price_is_enough(room, alice):
    exact = await make.activity(alice, of=room.venue.entity, cents=2420)
    done = await reserve(room, alice, exact)
    assert done.state == "confirmed"
    purse = (await Activity.get(id=exact.id).select_related("account")).account
    assert purse.available_cents == 0


async def test_one_cent_too_little_is_refused(room, alice):
    short = await make.activity(alice, of=room.venue.entity, cents=2419)
    with pytest.raises(NotEnoughBudget) as refusal:
        await reserve(room, alice, short)
    assert refusal.value.values["short_cents"] == 1
    assert "€0.01" in refusal.value.sentence
    await nothing_happened(short)


async def test_an_activity_of_somebody_else_is_unknown(room, alice, illustration):
    charlie = await make.member("Charlie")
    with pytest.raises(NotFound):
        await reserve(room, charlie, illustration)
    await nothing_happened(illustration)


async def test_a_person_with_a_limit_stays_below_it(room, alice, illustration):
    from booking import budgets

    bob = await make.member("Bob")
    await budgets.share_with(illustration, bob.id, reservation_limit_cents=2419, at=NOW)
    with pytest.raises(budgets.OverLimit):
        await reserve(room, bob, illustration)
    await budgets.share_with(illustration, bob.id, month_limit_cents=4839, at=NOW)
    await reserve(room, bob, illustration)
    with pytest.raises(budgets.OverLimit):
        await reserve(room, bob, illustration, make.span("14:00", "16:00"))
    assert await Reservation.all().count() == 1


async def test_an_activity_that_ends_before_does_not_pay(room, alice):
    from booking.budgets import ActivityClosed

    ended = await make.activity(
        alice, of=room.venue.entity, ends_on=make.span().begins_at.date() - timedelta(days=1)
    )
    with pytest.raises(ActivityClosed):
        await reserve(room, alice, ended)
    await nothing_happened(ended)


async def test_the_offer_says_what_the_booking_would(room, alice, illustration):
    """Rules, limits, the Activity's end and its money: all at once, and nothing is written."""
    from booking import budgets

    bob = await make.member("Bob")
    await budgets.share_with(illustration, bob.id, reservation_limit_cents=2000, at=NOW)
    await budgets.allot("back", illustration, -99_000, at=NOW)
    offer = await reservations.offer(
        room.id, make.span("21:00", "23:00"), by=bob, at=NOW, activity_id=illustration.id
    )
    assert [type(each) for each in offer.refusals] == [no.NotOpen, budgets.OverLimit, NotEnoughBudget]
    assert (offer.quote.total_cents, offer.left_cents) == (2420, -1420)
    await nothing_happened(illustration)


async def test_without_an_activity_only_what_is_free_can_be_booked(db, alice):
    room = await make.resource()
    with pytest.raises(no.PaymentNeeded) as refusal:
        await reserve(room, alice, None)
    assert refusal.value.values["total_cents"] == 2420
    await nothing_happened()
    gift = await make.resource(at=room.venue, hour_cents=0, half_day_cents=0, day_cents=0)
    done = await reserve(gift, alice, None)
    assert (done.state, done.total_cents, done.pend_id) == ("confirmed", 0, None)


@pytest.mark.parametrize(
    "rules, when, values, expected",
    [
        ({}, ("07:00", "09:00", 1), {}, no.NotOpen),
        ({}, ("21:00", "22:30", 1), {}, no.NotOpen),
        ({}, ("08:00", "08:45", 0), {}, no.Past),
        ({"lead_minutes": 120}, ("10:00", "11:00", 0), {}, no.TooSoon),
        ({"horizon_days": 3}, ("10:00", "11:00", 4), {}, no.TooFar),
        ({"shortest_minutes": 60}, ("10:00", "10:30", 1), {}, no.TooShort),
        ({"longest_minutes": 60}, ("10:00", "11:15", 1), {}, no.TooLong),
        ({"raster_minutes": 30}, ("10:15", "11:15", 1), {}, no.OffRaster),
        ({}, ("10:00", "11:00", 1), {"people": 9}, no.TooManyPeople),
        ({"role": "host"}, ("10:00", "11:00", 1), {}, no.RoleNeeded),
        ({"quota": 0}, ("10:00", "11:00", 1), {}, no.QuotaReached),
    ],
)
async def test_each_rule_refuses_and_nothing_happens(db, rules, when, values, expected):
    room = await make.resource(**rules)
    alice = await make.member()
    money = await make.activity(alice, of=room.venue.entity)
    begins, ends, days = when
    with pytest.raises(expected) as refusal:
        await reserve(room, alice, money, make.span(begins, ends, days=days), **values)
    assert refusal.value.sentence
    await nothing_happened(money)


async def test_outsiders_where_only_members_may(db):
    room = await make.resource(external=False)
    guest = await make.member("Guest", category="external")
    money = await make.activity(guest, of=room.venue.entity)
    with pytest.raises(no.OutsidersNotAllowed):
        await reserve(room, guest, money)
    await nothing_happened(money)


async def test_a_closure_refuses_with_its_reason(room, alice, illustration):
    span = make.span("09:00", "18:00")
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        reason="the floor is being waxed",
        created_at=NOW,
    )
    with pytest.raises(no.Shut) as refusal:
        await reserve(room, alice, illustration)
    assert "waxed" in refusal.value.sentence
    assert refusal.value.alternatives
    await nothing_happened(illustration)


async def test_a_space_that_is_closed_alone_does_not_close_its_house(room, alice, illustration):
    span = make.span("09:00", "18:00")
    closed = {
        "venue_id": room.venue_id,
        "begins_at": span.begins_at,
        "ends_at": span.ends_at,
        "created_at": NOW,
    }
    await Closure.create(**closed, resource_id=room.id, reason="painting")
    with pytest.raises(no.Shut) as refusal:
        await reserve(room, alice, illustration)
    assert refusal.value.sentence == f"{room.name} is closed then: painting."
    await Closure.create(**closed, reason="a feast")
    with pytest.raises(no.Shut) as refusal:
        await reserve(room, alice, illustration)
    assert refusal.value.sentence.startswith(f"{room.venue.name} is closed then")
    await nothing_happened(illustration)


async def test_a_public_holiday_refuses(db, alice):
    room = await make.resource(at=await make.venue(holidays_region="BE"))
    money = await make.activity(alice, of=room.venue.entity)
    christmas = make.span(days=32)
    with pytest.raises(no.Shut):
        await reserve(room, alice, money, christmas)
    await nothing_happened(money)


async def test_a_suspended_member_is_told_so(room):
    carla = await make.member("Carla", suspended_at=NOW - timedelta(days=1))
    with pytest.raises(no.Suspended):
        await reserve(room, carla, None)
    await nothing_happened()


async def test_whoever_was_suspended_while_the_request_was_on_its_way_is_too(room, alice):
    money = await make.activity(alice, of=room.venue.entity)
    await members.suspend(await members.get(alice.id), by=None, at=NOW)
    assert alice.suspended_at is None
    with pytest.raises(no.Suspended):
        await reserve(room, alice, money)
    await nothing_happened(money)


async def test_a_host_must_agree_where_approval_is_asked(db, alice):
    room = await make.resource(approval=True)
    money = await make.activity(alice, of=room.venue.entity)
    done = await reserve(room, alice, money)
    assert (done.state, done.held_until) == ("held", done.begins_at)
    assert await Claim.filter(reservation_id=done.id).count() == 1
    assert (await Event.get(subject=done.subject)).name == "reservation.held"


async def test_a_manager_books_for_a_member_and_sets_a_rule_aside(room, alice, illustration):
    stella = await make.manager(room.venue)
    early = make.span("06:00", "08:00")
    with pytest.raises(no.NotOpen):
        await reserve(room, stella, illustration, early, for_member=alice)
    done = await reserve(room, stella, illustration, early, for_member=alice, overrides={"open"})
    assert (done.member_id, done.booked_by_id, done.overrides) == (alice.id, stella.id, ["open"])


async def test_a_member_sets_no_rule_aside_and_books_for_nobody_else(room, alice, illustration):
    with pytest.raises(no.NotYoursToOverride):
        await reserve(room, alice, illustration, make.span("06:00", "08:00"), overrides={"open"})
    bob = await make.member("Bob")
    with pytest.raises(NotFound):
        await reserve(room, alice, None, for_member=bob)
    await nothing_happened(illustration)


async def test_the_whole_hall_blocks_its_halves_and_they_block_the_whole(db, alice):
    from booking.places import units_of

    left = await make.resource(kind="hall")
    right = await make.resource(at=left.venue, kind="hall")
    halves = await units_of([left.id, right.id])
    whole = await make.resource(at=left.venue, kind="hall", shares=halves[left.id] + halves[right.id])
    money = await make.activity(alice, of=left.venue.entity)
    await reserve(left, alice, money)
    with pytest.raises(no.Taken):
        await reserve(whole, alice, money)
    await reserve(whole, alice, money, make.span("14:00", "16:00"))
    with pytest.raises(no.Taken):
        await reserve(right, alice, money, make.span("15:00", "17:00"))
    assert await Claim.all().count() == 3


async def test_a_pool_is_full_only_when_every_unit_is(db, alice):
    desks = await make.resource(units=3)
    money = await make.activity(alice, of=desks.venue.entity)
    await reserve(desks, alice, money, quantity=2, people=2)
    await reserve(desks, alice, money)
    with pytest.raises(no.Taken):
        await reserve(desks, alice, money)
    with pytest.raises(no.TooManyUnits):
        await reserve(desks, alice, money, make.span("14:00", "15:00"), quantity=4)
    assert await Claim.all().count() == 3


async def test_claims_that_have_not_begun_move_so_that_a_pool_is_not_full_on_paper_only(db, alice):
    desks = await make.resource(units=2)
    money = await make.activity(alice, of=desks.venue.entity)
    morning = await reserve(desks, alice, money, make.span("09:00", "11:00"))
    noon = await reserve(desks, alice, money, make.span("11:00", "13:00"))
    first = await Claim.get(reservation_id=morning.id)
    second = await Claim.get(reservation_id=noon.id)
    if first.unit_id == second.unit_id:
        # Put them on different units, so that neither is free from 9 to 13.
        other = next(unit for unit in (await _units(desks)) if unit != first.unit_id)
        await Claim.filter(id=second.id).update(unit_id=other)
    whole = await reserve(desks, alice, money, make.span("09:00", "13:00"))
    assert whole.state == "confirmed"
    assert await Claim.all().count() == 3


async def _units(resource):
    from booking.places import units_of

    return (await units_of([resource.id]))[resource.id]


async def test_a_stale_hold_does_not_stand_in_the_way(db, alice):
    room = await make.resource(approval=True)
    money = await make.activity(alice, of=room.venue.entity)
    held = await reserve(room, alice, money, make.span(days=10))
    late = NOW + timedelta(hours=73)
    again = await reserve(room, alice, money, make.span(days=10), at=late)
    assert (await Reservation.get(id=held.id)).state == "expired"
    assert again.state == "held"


async def test_it_asks_few_questions(room, alice, illustration, db):
    """However many bookings there are. On PostgreSQL, where a question costs most, what belongs together is one."""
    counts = []
    for days in (1, 2, 3):
        with queries.counted() as asked:
            await reserve(room, alice, illustration, make.span(days=days))
        counts.append(len(asked))
        await queries.many_reservations(await queries.many_resources(room.venue, 20), alice, days=days)
    # The first one also opens an account of the house's entity.
    assert counts[1] == counts[2] == (27 if db == "sqlite" else 5), asked
