"""A series after it was booked: its dates on the page, one line in My bookings, and changing or cancelling several."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.events import Event
from booking.members import Member
from booking.reservations import Extra, Repeat, Reservation, Wall
from tests import make
from tests.make import NOW
from tests.queries import counted

TUESDAY = date(2026, 11, 24)


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=48, late_fee_percent=50)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(room: Any, alice: Any) -> Activity:
    return await make.activity(alice, of=room.venue.entity, name="Comics")


async def choir(
    room: Any, by: Any, project: Any, *, times: int = 4, first: date = TUESDAY, extras: Any = ()
) -> list[Reservation]:
    id, repeat = uuid4(), Repeat("week", times=times)
    wanted = reservations.wishes(
        id, repeat.dates(first), Wall(600, 720), resource_id=room.id, zone=room.venue.zone, extras=extras
    )
    made = await reservations.reserve_together(
        id, wanted, by=by, at=NOW, repeat=repeat, first_on=first, activity_id=project.id, title="Choir"
    )
    return [each for each in made.reservations if each.beside_id is None]


def part(page: str, heading: str) -> str:
    return page.split(f'<h2 id="{heading}">')[1].split("</section>")[0]


async def test_the_page_says_one_of_four_with_all_dates(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    dates = await choir(room, alice, project)
    page = await (await client_of(alice)).get(f"/reservations/{dates[1].id}")
    assert page.status_code == 200
    shown = part(page.text, "together")
    assert "One of 4: every Tuesday, until Tue, 15 Dec 2026" in shown
    assert shown.count("<li>") == 4
    assert f"/reservations/{dates[3].id}" in shown
    stella = await make.manager(room.venue)
    assert "One of 4" in (await (await client_of(stella)).get(f"/reservations/{dates[1].id}")).text


async def test_my_bookings_show_the_next_date_and_how_many_follow(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await choir(room, alice, project, times=9)
    await make.reservation(room, alice, make.span("15:00", "16:00", days=2), on=project, title="Alone")
    client = await client_of(alice)
    page = await client.get("/reservations")
    upcoming = part(page.text, "upcoming")
    assert upcoming.count('class="list-row ') + upcoming.count('class="list-row"') == 2
    assert "and 8 more" in upcoming
    assert "Alone" in upcoming


async def test_many_series_ask_no_more(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)

    async def asked() -> int:
        with counted() as questions:
            assert (await client.get("/reservations")).status_code == 200
        return len(questions)

    await choir(room, alice, project, times=2)
    few = await asked()
    for weekday in range(1, 4):
        await choir(room, alice, project, times=8, first=TUESDAY + timedelta(days=weekday))
    assert await asked() == few


async def test_what_is_past_or_cancelled_of_a_series_is_one_line(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    beamer = await make.resource(at=room.venue, name="Projector", kind="equipment", hour_cents=200)
    dates = await choir(room, alice, project, times=6, extras=[reservations.Extra(beamer.id)])
    client = await client_of(alice)
    theirs = await reservations.family(await Reservation.get(id=dates[2].id))
    gone = [each for each in theirs.dates[2:5]]
    await reservations.cancel_together(
        [each.id for each in (*gone, *theirs.along(gone))], by=alice, at=NOW, seen_fee_cents=0
    )
    shown = (await client.get("/reservations")).text
    past = part(shown, "past")
    assert past.count("list-row-past") == 1
    assert "<summary>" in past
    assert "and 2 more" in past
    for each in gone:
        assert f"/reservations/{each.id}" in past
    assert "Projector" not in past
    assert "and 2 more" in part(shown, "upcoming")  # three dates still stand

    alone = await make.reservation(room, alice, make.span("15:00", "16:00", days=3), on=project)
    await reservations.cancel(alone.id, by=alice, at=NOW)
    past = part((await client.get("/reservations")).text, "past")
    assert past.count("list-row-past") == 2


async def test_many_past_series_ask_no_more(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)

    async def cancelled(first: date, times: int) -> None:
        dates = await choir(room, alice, project, times=times, first=first)
        await reservations.cancel_together([each.id for each in dates], by=alice, at=NOW, seen_fee_cents=9**9)

    async def asked() -> int:
        with counted() as questions:
            assert (await client.get("/reservations")).status_code == 200
        return len(questions)

    await cancelled(TUESDAY, 2)
    few = await asked()
    for weekday in range(1, 4):
        await cancelled(TUESDAY + timedelta(days=weekday), 8)
    assert await asked() == few


async def test_a_series_that_waits_is_one_line(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    room.approval = True
    await room.save()
    await choir(room, alice, project)
    waiting = part((await (await client_of(alice)).get("/reservations")).text, "waiting")
    assert "and 3 more" in waiting


async def test_the_house_sees_that_it_is_a_series(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await choir(room, alice, project)
    stella = await make.manager(room.venue)
    page = await (await client_of(stella)).get(f"/manage/{room.venue.key}", params={"day": "2026-12-01"})
    assert page.status_code == 200
    assert "Series" in page.text


async def test_cancelling_tells_each_choice_and_asks_once(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    dates = await choir(room, alice, project)
    client = await client_of(alice)
    page = await client.get(f"/reservations/{dates[0].id}/cancel")
    assert page.status_code == 303
    page = await client.get(page.headers["location"])
    assert "This date only" in page.text
    assert re.search("This and all after it, until Tue,? 15 Dec", page.text)
    assert "fee €12.10, €84.70 back" in page.text  # tomorrow's free time is over
    fee = re.search(r'name="fee_following" value="(\d+)"', page.text)
    assert fee
    answer = await client.post(
        f"/reservations/{dates[0].id}/series/cancel", data={"which": "following", "fee_following": fee[1]}
    )
    assert answer.status_code == 303
    assert {each.state for each in await Reservation.all()} == {"cancelled"}
    shown = await client.get(f"/reservations/{dates[0].id}")
    assert "Cancelled, 4 dates. The fee is €12.10." in shown.text


async def test_a_dearer_fee_than_told_is_refused(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    client = await client_of(alice)
    answer = await client.post(
        f"/reservations/{dates[0].id}/series/cancel", data={"which": "all", "fee_all": "0"}
    )
    assert answer.status_code == 409
    assert "Cancelling costs €12.10 now." in answer.text
    assert {each.state for each in await Reservation.all()} == {"confirmed"}


async def test_nobody_else_sees_its_pages(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    alone = await make.reservation(room, alice, make.span("15:00", "16:00", days=2), on=project)
    charlie = await client_of(await make.member("Charlie"))
    for verb in ("cancel", "change"):
        assert (await charlie.get(f"/reservations/{dates[0].id}/series/{verb}")).status_code == 404
        assert (await charlie.post(f"/reservations/{dates[0].id}/series/{verb}", data={})).status_code == 404
        own = await client_of(alice)
        assert (await own.get(f"/reservations/{alone.id}/series/{verb}")).status_code == 404


async def test_the_hour_of_this_and_the_following_is_changed(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    dates = await choir(room, alice, project)
    client = await client_of(alice)
    address = f"/reservations/{dates[1].id}/series/change"
    wish = {"begins": "10:00", "ends": "13:00", "title": "Big choir"}
    page = await client.get(address, params=wish)
    assert page.status_code == 200
    assert "More to pay" in page.text
    seen = re.search(r'name="seen" value="(\d+)"', page.text)
    assert seen
    assert seen[1] == str(3 * 1210)
    assert await Event.filter(name__contains="changed").count() == 0  # looking changes nothing
    assert {each.sequence for each in await Reservation.all()} == {0}
    answer = await client.post(address, data=wish | {"seen": seen[1]})
    assert answer.status_code == 303
    rows = await Reservation.all().order_by("begins_at")
    assert [each.title for each in rows] == ["Choir", "Big choir", "Big choir", "Big choir"]
    assert [each.total_cents for each in rows] == [2420, 3630, 3630, 3630]


async def test_a_clash_is_settled_before_anything_moves(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    dates = await choir(room, alice, project)
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span("12:00", "13:00", days=8))
    client = await client_of(alice)
    address = f"/reservations/{dates[0].id}/series/change"
    wish = {"begins": "11:00", "ends": "13:00", "title": "Choir"}
    refused = await client.post(address, data=wish)
    assert refused.status_code == 409
    assert "1 of 4." in refused.text
    assert 'value="keep"' in refused.text
    assert {each.sequence for each in await Reservation.all()} == {0}
    answer = await client.post(address, data=wish | {"on-2026-12-01": "keep"})
    assert answer.status_code == 303
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [each.sequence for each in rows] == [1, 0, 1, 1]


async def test_wrong_hours_are_told(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    dates = await choir(room, alice, project)
    client = await client_of(alice)
    answer = await client.post(
        f"/reservations/{dates[0].id}/series/change", data={"begins": "13:00", "ends": "11:00"}
    )
    assert answer.status_code == 422
    assert "The end must come after the beginning." in answer.text


async def test_equipment_is_shown_with_the_room_and_cancelled_with_it_unless_unticked(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    beamer = await make.resource(at=room.venue, name="Projector", kind="equipment", hour_cents=200)
    [first, second] = await choir(room, alice, project, times=2, extras=[Extra(beamer.id)])
    client = await client_of(alice)
    page = await client.get(f"/reservations/{first.id}")
    assert "Projector" in part(page.text, "together")
    kept = await Reservation.get(beside_id=first.id)
    assert "Taken along with" in (await client.get(f"/reservations/{kept.id}")).text
    assert part((await client.get("/reservations")).text, "upcoming").count("Projector") == 0

    page = await client.get(f"/reservations/{first.id}/series/cancel")
    assert f'value="{kept.id}" checked' in page.text
    answer = await client.post(f"/reservations/{first.id}/series/cancel", data={"which": "one"})
    assert answer.status_code == 303
    assert (await Reservation.get(id=kept.id)).state == "confirmed"  # it was unticked
    gone = await Reservation.get(beside_id=second.id)
    await client.post(
        f"/reservations/{second.id}/series/cancel", data={"which": "one", "along": str(gone.id)}
    )
    assert (await Reservation.get(id=gone.id)).state == "cancelled"


async def test_the_second_press_of_two_leads_to_the_booking(
    client_of: Any, room: Any, alice: Any, project: Activity
) -> None:
    dates = await choir(room, alice, project)
    client = await client_of(alice)
    told = {"which": "following", "fee_following": "0"}
    for _press in range(2):
        answer = await client.post(f"/reservations/{dates[1].id}/series/cancel", data=told)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/reservations/{dates[1].id}"
    assert await Event.filter(name="series.cancelled").count() == 1


async def test_the_fee_begins_with_a_capital_and_keeps_the_others(
    client_of: Any, room: Any, alice: Any, project: Activity
) -> None:
    beamer = await make.resource(at=room.venue, name="Beamer", kind="equipment")
    [date] = await choir(
        room, alice, project, times=1, first=TUESDAY + timedelta(days=14), extras=[Extra(beamer.id)]
    )
    await Reservation.all().update(series_id=None, series_on=None)
    await Member.filter(id=alice.id).update(language="de")
    page = await (await client_of(alice)).get(f"/reservations/{date.id}/series/cancel")
    assert "<p>Keine Gebühr</p>" in page.text


async def test_equipment_in_use_already_keeps_nobody_from_cancelling(
    app: Any, client_of: Any, room: Any, alice: Any, project: Activity
) -> None:
    beamer = await make.resource(at=room.venue, name="Beamer", kind="equipment")
    dates = await choir(room, alice, project, extras=[Extra(beamer.id)])
    early = await Reservation.get(beside_id=dates[0].id)
    await reservations.change(early.id, by=alice, at=NOW, span=make.span("08:00", "09:00"))
    app.state.clock = lambda: dates[0].begins_at - timedelta(minutes=90)
    client = await client_of(alice)
    address = f"/reservations/{dates[0].id}/series/cancel"
    assert "Beamer" not in (await client.get(address)).text
    assert (await client.post(address, data={"which": "all"})).status_code == 303
    left = await Reservation.filter(state="confirmed")
    assert [each.id for each in left] == [early.id]
