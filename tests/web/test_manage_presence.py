"""A host's page of today: who has come, who is late, how many are in the house, and the buttons for all that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking import occupancy, reservations
from booking.occupancy import Presence
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.queries import counted

RUNNING = TimeSpan(NOW - timedelta(minutes=30), NOW + timedelta(hours=2))
BEFORE = NOW - timedelta(hours=2)


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", release_minutes=60)


@pytest.fixture
async def house(room):
    return room.venue


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def stella(house):
    return await make.manager(house)


@pytest.fixture
async def browser(stella, client_of):
    return await client_of(stella)


@pytest.fixture
async def booked(room, alice):
    return await make.reservation(room, alice, RUNNING, moment=BEFORE, people=4)


def of(house, more=""):
    return f"/manage/{house.key}{more}"


async def only_stay():
    return await Presence.get()


async def test_it_works(browser, house, booked):
    shown = (await browser.get(of(house))).text
    for words in ("In the house now", "of 60", "Expected today", "Have come", "Late", "Check in"):
        assert words in shown
    assert "From check-ins: nobody is checked in." in shown
    answer = await browser.post(of(house, f"/reservations/{booked.id}/check-in"))
    assert (answer.status_code, answer.headers["location"]) == (303, of(house))
    shown = (await browser.get(of(house))).text
    for words in ("Checked in: Alice.", "Here since 09:00", "From check-ins, the newest at 09:00.", "Undo"):
        assert words in shown
    assert ">Late<" not in shown.replace("<dt>Late</dt>", "")


async def test_a_count_below_the_check_ins_is_answered(browser, house, booked):
    """The house shows the higher number, and says what became of the one that was typed."""
    await browser.post(of(house, f"/reservations/{booked.id}/check-in"))
    await browser.post(of(house, "/count"), data={"people": "0"})
    shown = (await browser.get(of(house))).text
    assert "The house counted 0 at 09:00: more are checked in, so that number stands." in shown


async def test_late_after_ten_minutes(browser, house, room, alice):
    soon = TimeSpan(NOW - timedelta(minutes=15), NOW + timedelta(hours=1))
    await make.reservation(room, alice, soon, moment=BEFORE)
    assert "<span>Late</span>" in (await browser.get(of(house))).text


async def test_check_out_and_both_undos(browser, house, booked):
    await browser.post(of(house, f"/reservations/{booked.id}/check-in"))
    stay = await only_stay()
    assert (await browser.post(of(house, f"/stays/{stay.id}/check-out"))).status_code == 303
    assert "Left at 09:00" in (await browser.get(of(house))).text
    assert (await Reservation.get(id=booked.id)).released_at is not None
    sent = await browser.post(of(house, f"/stays/{stay.id}/undo"), data={"what": "check_out"})
    assert sent.status_code == 303
    assert (await Reservation.get(id=booked.id)).released_at is None
    assert (
        await browser.post(of(house, f"/stays/{stay.id}/undo"), data={"what": "check_in"})
    ).status_code == 303
    assert await Presence.all().count() == 0
    assert (
        await browser.post(of(house, f"/stays/{stay.id}/undo"), data={"what": "check_in"})
    ).status_code == 404


async def test_an_undo_of_nothing_in_particular_is_not_read(browser, house, booked):
    await browser.post(of(house, f"/reservations/{booked.id}/check-in"))
    stay = await only_stay()
    assert (await browser.post(of(house, f"/stays/{stay.id}/undo"), data={"what": "all"})).status_code == 422
    assert await Presence.all().count() == 1


async def test_a_rule_that_says_no_is_shown_on_the_page(browser, house, room, alice):
    later = await make.reservation(room, alice, make.span("14:00", "15:00", days=0))
    answer = await browser.post(of(house, f"/reservations/{later.id}/check-in"))
    assert answer.status_code == 409
    assert "13:45" in answer.text
    assert "In the house now" in answer.text
    assert await Presence.all().count() == 0


async def test_somebody_without_a_booking(browser, house, alice):
    answer = await browser.post(of(house, "/walk-in"), data={"email": alice.email.upper()})
    assert answer.status_code == 303
    shown = (await browser.get(of(house))).text
    for words in ("Checked in: Alice.", "Without a booking", "Here since 09:00"):
        assert words in shown
    stay = await only_stay()
    await browser.post(of(house, f"/stays/{stay.id}/check-out"))
    assert "09:00–09:00" in (await browser.get(of(house))).text


async def test_an_address_is_kept_when_it_is_nobodys(browser, house):
    answer = await browser.post(of(house, "/walk-in"), data={"email": "nobody@example.org"})
    assert answer.status_code == 422
    assert "Nobody here has this e-mail address." in answer.text
    assert 'value="nobody@example.org"' in answer.text
    assert (await browser.post(of(house, "/walk-in"), data={"email": "nobody"})).status_code == 422
    assert await Presence.all().count() == 0


async def test_a_booking_that_is_due_is_checked_in_for(browser, house, booked, alice):
    await browser.post(of(house, "/walk-in"), data={"email": alice.email})
    assert (await only_stay()).reservation_id == booked.id
    assert "Checked in for their booking: Alice." in (await browser.get(of(house))).text


async def test_counting(browser, house, app):
    assert (await browser.post(of(house, "/count"), data={"people": "42"})).status_code == 303
    shown = (await browser.get(of(house))).text
    for words in ("Counted by the house at 09:00.", "1 count today", "42 people", "Stella"):
        assert words in shown
    app.state.clock = lambda: NOW + timedelta(hours=1)
    await browser.post(of(house, "/count"), data={"people": "61"})
    shown = (await browser.get(of(house))).text
    assert "That is more than the house holds." in shown
    assert "2 counts today" in shown


@pytest.mark.parametrize("people", ["", "many", "-1", "1.5", "99999999", "1" * 400])
async def test_what_nobody_can_count(browser, house, people):
    assert (await browser.post(of(house, "/count"), data={"people": people})).status_code == 422
    assert await Presence.all().count() == 0


async def test_for_all_others_there_is_no_such_page(client, client_of, house, booked, alice):
    stay = await occupancy.check_in(booked.id, by=alice, at=NOW)
    elsewhere = await client_of(await make.manager(await make.venue(), "Emma"))
    member = await client_of(alice)
    paths = [f"/reservations/{booked.id}/check-in", f"/stays/{stay.id}/check-out", f"/stays/{stay.id}/undo"]
    for path in (*paths, "/walk-in", "/count"):
        for browser in (elsewhere, member):
            answer = await browser.post(of(house, path), data={"what": "check_in", "people": 3})
            assert answer.status_code == 404
        assert (await client.post(of(house, path))).status_code == 303
    assert (await only_stay()).ends_at is None


async def test_a_stay_or_booking_of_another_house_is_nothing_here(client_of, house, alice):
    both = await make.member("Ada")
    await make.role("administrator", both)
    browser = await client_of(both)
    other = await make.resource()
    booked = await make.reservation(other, alice, RUNNING, moment=BEFORE)
    assert (await browser.post(of(house, f"/reservations/{booked.id}/check-in"))).status_code == 404
    stay = await occupancy.check_in(booked.id, by=alice, at=NOW)
    assert (await browser.post(of(house, f"/stays/{stay.id}/check-out"))).status_code == 404
    assert (await browser.post(of(house, "/stays/999999999999999999/check-out"))).status_code == 404
    assert (await only_stay()).ends_at is None


async def test_what_was_given_back_is_told(browser, house, booked):
    await reservations.release_no_shows(NOW + timedelta(minutes=31))
    shown = (await browser.get(of(house))).text
    for words in ("Did not come", "1 given back", "Rest given back", "Check in"):
        assert words in shown


async def test_who_forgot_to_check_out_is_counted_apart(browser, house, booked, alice, app):
    await occupancy.check_in(booked.id, by=alice, at=NOW)
    app.state.clock = lambda: NOW + timedelta(hours=3)
    shown = (await browser.get(of(house))).text
    assert "1 is still checked in though the booking is over." in shown
    assert "time is over" in shown


async def test_other_days_have_no_forms_and_past_ones_say_who_came(browser, house, booked, alice, app):
    await occupancy.check_in(booked.id, by=alice, at=NOW)
    app.state.clock = lambda: NOW + timedelta(days=1)
    yesterday = (await browser.get(of(house, f"?day={NOW.date()}"))).text
    assert "Here since 09:00" in yesterday
    assert "In the house now" not in yesterday
    tomorrow = (await browser.get(of(house, f"?day={(NOW + timedelta(days=3)).date()}"))).text
    assert "In the house now" not in tomorrow


async def test_the_file_tells_who_came(browser, house, booked, alice):
    await occupancy.check_in(booked.id, by=alice, at=NOW)
    lines = (await browser.get(of(house, "/reservations.csv"))).text.splitlines()
    assert lines[0].endswith("Checked in,Checked out,Did not come")
    assert lines[1].endswith(",2026-11-23 09:00,,")


async def test_the_digits_of_the_display_where_proof_is_asked(browser, house, stella):
    digits = occupancy.display_code(house, NOW)
    shown_as = f"{digits[:3]} {digits[3:]}"
    assert shown_as not in (await browser.get(of(house))).text
    await occupancy.ask_for_proof(house, True, by_id=stella.id, at=NOW)
    shown = (await browser.get(of(house))).text
    assert shown_as in shown
    assert '<svg aria-hidden="true"' in shown


async def test_questions_to_the_database_do_not_grow_with_the_people(browser, house, room):
    async def crowd(number):
        for _each in range(number):
            member = await make.member("Bob")
            each = await make.resource(at=house, hour_cents=0, half_day_cents=0, day_cents=0)
            booked = await make.reservation(each, member, RUNNING, moment=BEFORE)
            await occupancy.check_in(booked.id, by=member, at=NOW)
            await occupancy.walk_in(house, by=await make.member("Carla"), at=NOW)

    await crowd(2)
    with counted() as few:
        await browser.get(of(house))
    await crowd(10)
    with counted() as many:
        assert (await browser.get(of(house))).status_code == 200
    assert len(many) == len(few)
