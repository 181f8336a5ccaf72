"""What becomes of a series: some of its dates are cancelled, or moved, by one press."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.errors import NotFound
from booking.events import Event
from booking.places.models import Closure, Resource
from booking.reservations import Claim, Extra, Repeat, Reservation, Wall
from booking.reservations import refusals as no
from booking.timespan import local
from tests import make
from tests.make import NOW

TUESDAY = date(2026, 11, 24)


@pytest.fixture
async def room(db):
    return await make.resource(free_until_hours=48, late_fee_percent=50)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def illustration(alice, room):
    return await make.activity(alice, of=room.venue.entity)


async def choir(room, by, activity, *, repeat=None, extras=(), wall=None, **values):
    id, repeat = uuid4(), repeat or Repeat("week", times=4)
    wanted = reservations.wishes(
        id,
        repeat.dates(TUESDAY),
        wall or Wall(600, 720),
        resource_id=room.id,
        zone=room.venue.zone,
        extras=extras,
    )
    made = await reservations.reserve_together(
        id, wanted, by=by, at=NOW, repeat=repeat, first_on=TUESDAY, activity_id=activity.id, **values
    )
    return [each for each in made.reservations if each.beside_id is None]


async def ids_of(this, which, at=NOW):
    theirs = await reservations.family(await Reservation.get(id=this.id))
    chosen = theirs.chosen(which, at)
    return [each.id for each in (*chosen, *theirs.along(chosen))]


async def left(activity):
    return (await Activity.get(id=activity.id).select_related("account")).account.available_cents


async def states():
    return [each.state for each in await Reservation.all().order_by("begins_at", "beside_id")]


@pytest.mark.parametrize(("which", "gone"), [("one", [1]), ("following", [1, 2, 3]), ("all", [0, 1, 2, 3])])
async def test_this_the_following_or_all_are_cancelled(room, alice, illustration, which, gone):
    dates = await choir(room, alice, illustration)
    ids = await ids_of(dates[1], which)
    await reservations.cancel_together(ids, by=alice, at=NOW, seen_fee_cents=1210)
    assert await states() == ["cancelled" if place in gone else "confirmed" for place in range(4)]
    assert await Claim.all().count() == 4 - len(gone)
    fee = 1210 if 0 in gone else 0  # tomorrow's free time is over
    assert await left(illustration) == 100_000 - (4 - len(gone)) * 2420 - fee
    told = await Event.get(name="series.cancelled")
    assert (len(told.data["ids"]), told.data["fee_cents"]) == (len(gone), fee)


async def test_a_second_press_changes_nothing(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    ids = await ids_of(dates[1], "following")
    await reservations.cancel_together(ids, by=alice, at=NOW)
    await reservations.cancel_together(ids, by=alice, at=NOW + timedelta(minutes=1))
    assert await Event.filter(name="series.cancelled").count() == 1
    assert await Event.filter(name="reservation.cancelled").count() == 3


async def test_a_fee_that_nobody_saw_is_refused(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    with pytest.raises(no.CostMoved):
        await reservations.cancel_together(
            await ids_of(dates[0], "all"), by=alice, at=NOW, seen_fee_cents=1209
        )
    assert set(await states()) == {"confirmed"}
    assert await left(illustration) == 100_000 - 4 * 2420


async def test_what_has_begun_stays(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    later = NOW + timedelta(days=9)
    assert await ids_of(dates[0], "all", at=later) == [dates[2].id, dates[3].id]
    with pytest.raises(no.HasBegun):
        await reservations.cancel_together([each.id for each in dates[1:]], by=alice, at=dates[1].begins_at)
    assert set(await states()) == {"confirmed"}


async def test_somebody_elses_series_is_unknown(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    charlie = await make.member("Charlie")
    own = await make.reservation(room, charlie, make.span("15:00", "16:00"))
    for ids in ([each.id for each in dates], [own.id, dates[0].id]):
        with pytest.raises(NotFound):
            await reservations.cancel_together(ids, by=charlie, at=NOW)
    with pytest.raises(NotFound):
        await reservations.change_together(dates[0].id, by=charlie, at=NOW, title="Mine")
    assert set(await states()) == {"confirmed"}


async def test_the_house_cancels_for_free_and_says_why(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    stella = await make.manager(room.venue)
    ids = [each.id for each in dates]
    with pytest.raises(no.ReasonNeeded):
        await reservations.cancel_together(ids, by=stella, at=NOW)
    assert set(await states()) == {"confirmed"}
    await reservations.cancel_together(ids, by=stella, at=NOW, reason="The roof leaks")
    assert await left(illustration) == 100_000
    assert (await Event.get(name="series.cancelled")).data["by_venue"] is True


async def test_equipment_goes_with_its_room(room, alice, illustration):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    dates = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    assert await Reservation.all().count() == 8
    await reservations.cancel_along(dates[2].id, by=alice, at=NOW)
    gone = await Reservation.filter(state="cancelled")
    assert {each.resource_id for each in gone} == {room.id, beamer.id}
    assert {each.series_on for each in gone} == {date(2026, 12, 8)}


async def test_equipment_goes_with_a_room_that_the_house_ends_early(room, alice, illustration):
    """It has begun and its money was taken: what the house cancels costs nothing all the same."""
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    first, *_others = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    later = first.begins_at + timedelta(minutes=30)
    assert await reservations.post_started(later) == 2
    host = await make.manager(room.venue)
    await reservations.cancel_along(first.id, by=host, at=later, reason="The lift is broken")
    gone = await Reservation.filter(series_on=first.series_on)
    assert [(each.state, each.fee_cents, each.paid_cents) for each in gone] == [("cancelled", 0, 0)] * 2


@pytest.mark.parametrize("days", [0, 1, 8])
async def test_equipment_whose_room_is_gone_or_elsewhere_stands_by_itself(room, alice, illustration, days):
    """On the first page of its member, today and later; beside its room it is no line of its own."""
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    id = uuid4()
    main = reservations.Wish(id, TUESDAY, room.id, make.span("18:00", "20:00", days=days))
    await reservations.reserve_together(
        id,
        [main, *reservations.beside(main, [Extra(beamer.id)])],
        by=alice,
        at=NOW,
        activity_id=illustration.id,
    )

    async def listed():
        mine = await reservations.mine(alice, NOW)
        return [each.resource_id for each in (*mine.today, *mine.upcoming)]

    assert await listed() == [room.id]
    await reservations.change(id, by=alice, at=NOW, span=make.span("20:00", "22:00", days=days))
    assert await listed() == [beamer.id, room.id]
    await reservations.change(id, by=alice, at=NOW, span=make.span("18:00", "20:00", days=days))
    await reservations.cancel(id, by=alice, at=NOW)
    assert await listed() == [beamer.id]


async def test_equipment_of_a_series_stands_by_itself_too(room, alice, illustration):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    dates = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    await reservations.cancel(dates[2].id, by=alice, at=NOW)
    mine = await reservations.mine(alice, NOW)
    assert [(each.resource_id, each.begins_at) for each in mine.upcoming] == [
        (room.id, dates[0].begins_at),
        (beamer.id, dates[2].begins_at),
    ]
    assert mine.more_of == {dates[0].id: 2}


async def asks_first(room, alice, illustration, beamer):
    """One room that a host must agree to, with a beamer that nobody is asked for."""
    await Resource.filter(id=room.id).update(approval=True)
    id = uuid4()
    main = reservations.Wish(id, TUESDAY, room.id, make.span())
    made = await reservations.reserve_together(
        id,
        [main, *reservations.beside(main, [Extra(beamer.id)])],
        by=alice,
        at=NOW,
        activity_id=illustration.id,
    )
    assert [each.state for each in made.reservations] == ["held", "confirmed"]
    return made.reservations[0]


@pytest.mark.parametrize("how", ["declined", "expired"])
async def test_equipment_goes_back_where_nobody_gets_the_room(room, alice, illustration, how):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    held = await asks_first(room, alice, illustration, beamer)
    if how == "declined":
        host = await make.manager(room.venue)
        await reservations.decline(held.id, by=host, at=NOW, reason="The lift is broken")
    else:
        await reservations.expire_overdue(held.held_until)
    assert sorted(await states()) == ["cancelled", how]
    assert await Claim.all().count() == 0
    assert await left(illustration) == 100_000
    gone = await Reservation.get(beside_id=held.id)
    assert (gone.fee_cents, gone.paid_cents, gone.sequence) == (0, 0, 1)
    said = await Event.get(subject=gone.subject, name="reservation.cancelled")
    assert said.data["by_venue"] is True


async def test_equipment_goes_back_though_its_money_was_taken(room, alice, illustration):
    """The broom comes a minute after the beginning, and money is taken in that minute."""
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    held = await asks_first(room, alice, illustration, beamer)
    await Reservation.filter(id=held.id).update(held_until=held.begins_at)
    assert await reservations.post_started(held.begins_at) == 1
    await reservations.expire_overdue(held.begins_at)
    assert sorted(await states()) == ["cancelled", "expired"]
    assert await left(illustration) == 100_000


async def test_a_fee_of_before_is_not_told_again(room, alice, illustration):
    """The room was cancelled alone, late; its equipment follows."""
    beamer = await make.resource(
        at=room.venue, kind="equipment", hour_cents=200, free_until_hours=48, late_fee_percent=50
    )
    first, *_others = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    alone = await reservations.cancel(first.id, by=alice, at=NOW)
    assert alone.fee_cents == 1210
    [beside] = await Reservation.filter(beside_id=first.id)
    ids = [first.id, beside.id]
    done = await reservations.cancel_together(ids, by=alice, at=NOW, seen_fee_cents=242)
    assert [each.state for each in done] == ["cancelled", "cancelled"]
    assert (await Event.get(name="series.cancelled")).data["fee_cents"] == 242


async def test_the_hour_of_this_and_the_following_moves(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    seen = await reservations.change_together(
        dates[1].id, by=alice, at=NOW, wall=Wall(660, 840), title="Big choir", preview=True
    )
    assert [(each.before_cents, each.after_cents) for each in seen.dates] == [(2420, 3630)] * 3
    assert (await Reservation.get(id=dates[1].id)).title == ""  # a preview leaves no trace
    assert await Event.filter(name="reservation.changed").count() == 0
    assert await left(illustration) == 100_000 - 4 * 2420

    await reservations.change_together(
        dates[1].id,
        by=alice,
        at=NOW,
        wall=Wall(660, 840),
        title="Big choir",
        seen_more_cents=seen.difference_cents,
    )
    rows = await Reservation.all().order_by("begins_at")
    assert [f"{local(each.begins_at, room.venue.zone):%d %H:%M}" for each in rows] == [
        "24 10:00",
        "01 11:00",
        "08 11:00",
        "15 11:00",
    ]
    assert [each.title for each in rows] == ["", "Big choir", "Big choir", "Big choir"]
    assert [each.sequence for each in rows] == [0, 1, 1, 1]
    assert await left(illustration) == 100_000 - 2420 - 3 * 3630
    assert await Event.filter(name="series.changed").count() == 1


async def test_dates_that_follow_at_once_do_not_meet_themselves(alice, db):
    """A later hour of every day over midnight: the last one moves first."""
    hall = await make.resource(at=await make.venue(hours=None), longest_minutes=3000)
    money = await make.activity(alice, of=hall.venue.entity)
    dates = await choir(hall, alice, money, repeat=Repeat("day", times=4), wall=Wall(0, 1440))
    for begins, ends in ((720, 2160), (0, 1440)):
        changed = await reservations.change_together(dates[0].id, by=alice, at=NOW, wall=Wall(begins, ends))
        assert len(changed.dates) == 4


async def test_a_clash_changes_nothing_until_it_is_settled(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span("13:00", "14:00", days=15))
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=make.at(date(2026, 12, 15), "12:00"),
        ends_at=make.at(date(2026, 12, 15), "20:00"),
        reason="Fair",
        created_at=NOW,
    )
    with pytest.raises(no.DatesClash) as refusal:
        await reservations.change_together(dates[0].id, by=alice, at=NOW, wall=Wall(720, 840))
    told = [(each.wish.on.day, each.refusal.code) for each in refusal.value.clashes]
    assert told == [(8, "taken"), (15, "shut")]
    ways = refusal.value.clashes[0].refusal.alternatives
    assert {local(each.begins_at, room.venue.zone).date() for each in ways} == {date(2026, 12, 8)}
    assert {each.sequence for each in await Reservation.filter(member_id=alice.id)} == {0}

    settled = {dates[2].id: make.span("14:00", "16:00", days=15), dates[3].id: None}
    await reservations.change_together(dates[0].id, by=alice, at=NOW, wall=Wall(720, 840), settled=settled)
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [f"{local(each.begins_at, room.venue.zone):%d %H:%M}" for each in rows] == [
        "24 12:00",
        "01 12:00",
        "08 14:00",
        "15 10:00",
    ]


async def test_a_dearer_change_than_seen_is_refused(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    with pytest.raises(no.PriceMoved):
        await reservations.change_together(
            dates[0].id, by=alice, at=NOW, wall=Wall(600, 780), seen_more_cents=4 * 1210 - 1
        )
    assert await left(illustration) == 100_000 - 4 * 2420
    assert await Event.filter(name="reservation.changed").count() == 0


async def test_equipment_moves_with_its_room(room, alice, illustration):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    dates = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    await reservations.change_together(dates[0].id, by=alice, at=NOW, wall=Wall(780, 900))
    rows = await Reservation.all()
    assert {local(each.begins_at, room.venue.zone).hour for each in rows} == {13}


async def test_a_house_that_cancels_what_has_begun_takes_the_equipment_along(room, alice, illustration):
    beamer = await make.resource(at=room.venue, name="Beamer", kind="equipment")
    before = await left(illustration)
    [date] = await choir(room, alice, illustration, repeat=Repeat("week", times=1), extras=[Extra(beamer.id)])
    stella = await make.manager(room.venue)
    begun = date.begins_at + timedelta(minutes=10)
    await reservations.cancel_along(date.id, by=stella, at=begun, reason="The heating is broken.")
    assert {each.state for each in await Reservation.all()} == {"cancelled"}
    assert await Claim.all().count() == 0
    assert await left(illustration) == before
