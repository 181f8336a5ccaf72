"""GET and POST /reservations/{id}/change."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from booking.budgets import Activity, ActivityPerson
from booking.events import Event
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def booked(room: Any, alice: Any) -> Any:
    project = await make.activity(alice, of=room.venue.entity, cents=10_000)
    return await make.reservation(room, alice, make.span(days=3), on=project, people=2, title="Storyboard")


def typed(**changes: str) -> dict[str, str]:
    told = {
        "day": "2026-11-26",
        "begins": "10:00",
        "ends": "12:00",
        "people": "2",
        "title": "Storyboard",
        **changes,
    }
    return told


async def unchanged(booked: Any) -> None:
    fresh = await Reservation.get(id=booked.id)
    assert (fresh.span, fresh.people, fresh.title, fresh.sequence) == (booked.span, 2, "Storyboard", 0)
    assert (await Claim.get(reservation_id=booked.id)).span == booked.span
    account = (await Activity.get(id=booked.activity_id).select_related("account")).account
    assert account.debits_pending_cents == booked.paid_cents
    assert await Event.filter(name="reservation.changed").count() == 0


async def test_it_works(client_of: Any, alice: Any, booked: Any) -> None:
    client = await client_of(alice)
    address = f"/reservations/{booked.id}/change"
    page = await client.get(address)
    assert page.status_code == 200
    assert '<option value="10:00" selected>' in page.text
    assert 'value="Storyboard"' in page.text
    part = await client.get(address, params=typed(ends="13:00"), headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "More to pay" in part.text
    assert 'name="seen" value="1210"' in part.text
    assert "The Activity has €63.70 left after it." in part.text

    answer = await client.post(address, data=typed(ends="13:00", people="4", title="Layout", seen="1210"))

    assert (answer.status_code, answer.headers["location"]) == (303, f"/reservations/{booked.id}")
    done = await Reservation.get(id=booked.id)
    assert (done.span, done.people, done.title) == (make.span("10:00", "13:00", days=3), 4, "Layout")
    assert (done.total_cents, done.sequence) == (3630, 1)
    assert "Changed: Thu, 26 Nov 2026, 10:00–13:00." in (await client.get(answer.headers["location"])).text


async def test_it_gets_cheaper(client_of: Any, alice: Any, booked: Any) -> None:
    page = await (await client_of(alice)).get(f"/reservations/{booked.id}/change", params=typed(ends="11:00"))
    assert "Given back" in page.text
    assert "€12.10" in page.text


async def test_after_the_free_time_it_never_does(client_of: Any, room: Any, alice: Any) -> None:
    soon = await make.reservation(room, alice, make.span("15:00", "17:00", days=0))
    page = await (await client_of(alice)).get(
        f"/reservations/{soon.id}/change", params=typed(day="2026-11-23", begins="15:00", ends="16:00")
    )
    assert "a change never makes it cheaper" in page.text
    assert 'name="seen" value="0"' in page.text


async def test_onto_somebody_elses_time(client_of: Any, room: Any, alice: Any, booked: Any) -> None:
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span("13:00", "15:00", days=3))
    client = await client_of(alice)
    answer = await client.post(f"/reservations/{booked.id}/change", data=typed(begins="12:00", ends="14:00"))
    assert answer.status_code == 409
    assert "no longer free" in answer.text
    link = re.search(rf'href="(/reservations/{booked.id}/change\?[^"]+)"', answer.text)
    assert link
    works = await client.get(link[1].replace("&amp;", "&"))
    assert works.status_code == 200
    assert "no longer free" not in works.text
    await unchanged(booked)


async def test_what_cannot_be_read(client_of: Any, alice: Any, booked: Any) -> None:
    answer = await (await client_of(alice)).post(
        f"/reservations/{booked.id}/change", data=typed(day="x", people="none")
    )
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    await unchanged(booked)


async def test_more_than_the_activity_has(client_of: Any, room: Any, alice: Any) -> None:
    poor = await make.activity(alice, of=room.venue.entity, cents=2500, name="Zine")
    booked = await make.reservation(room, alice, make.span(days=3), on=poor, people=2, title="Storyboard")
    client = await client_of(alice)
    answer = await client.post(f"/reservations/{booked.id}/change", data=typed(ends="13:00"))
    assert answer.status_code == 409
    assert "Zine has €25.00 available, and this costs €36.30: €11.30 too little." in answer.text
    await unchanged(booked)


async def test_a_price_nobody_saw(client_of: Any, alice: Any, booked: Any) -> None:
    answer = await (await client_of(alice)).post(
        f"/reservations/{booked.id}/change", data=typed(ends="13:00", seen="0")
    )
    assert answer.status_code == 409
    assert "This costs €36.30 now, not the €24.20 you saw." in answer.text
    await unchanged(booked)


async def test_once_begun_only_the_end_moves(client_of: Any, room: Any, alice: Any) -> None:
    running = await make.reservation(
        room,
        alice,
        make.span("08:30", "10:00", days=0),
        moment=NOW - timedelta(hours=2),
        title="Storyboard",
        people=2,
    )
    client = await client_of(alice)
    address = f"/reservations/{running.id}/change"
    page = await client.get(address)
    assert "Its end can still move." in page.text
    assert 'name="day" type="date"' not in page.text
    answer = await client.post(address, data=typed(day="2026-11-30", begins="12:00", ends="11:00"))
    assert answer.status_code == 303
    done = await Reservation.get(id=running.id)
    assert done.span == make.span("08:30", "11:00", days=0)


async def test_a_cancelled_one(client_of: Any, alice: Any, booked: Any) -> None:
    client = await client_of(alice)
    await client.post(f"/reservations/{booked.id}/cancel", data={})
    page = await client.get(f"/reservations/{booked.id}/change")
    assert "cannot be changed" in page.text
    answer = await client.post(f"/reservations/{booked.id}/change", data=typed(ends="13:00"))
    assert answer.status_code == 409
    assert await Event.filter(name="reservation.changed").count() == 0


async def test_the_house_may_set_a_rule_aside(client_of: Any, room: Any, alice: Any, booked: Any) -> None:
    client = await client_of(await make.manager(room.venue))
    told = typed(begins="06:00", ends="08:00")
    refused = await client.post(f"/reservations/{booked.id}/change", data=told)
    assert refused.status_code == 409
    assert 'name="aside" value="open"' in refused.text
    await unchanged(booked)
    answer = await client.post(f"/reservations/{booked.id}/change", data=told | {"aside": "open"})
    assert answer.status_code == 303
    assert (await Reservation.get(id=booked.id)).overrides == ["open"]


async def test_the_hour_that_does_not_exist(client_of: Any, alice: Any) -> None:
    night = await make.resource(at=await make.venue(hours=None), longest_minutes=600)
    booked = await make.reservation(night, alice, make.span(days=3), people=2, title="Storyboard")
    answer = await (await client_of(alice)).post(
        f"/reservations/{booked.id}/change", data=typed(day="2027-03-28", begins="02:30", ends="04:00")
    )
    assert answer.status_code == 409
    assert "02:30 does not exist" in answer.text
    assert "Sun, 28 Mar 2027, 03:00–04:00" in answer.text
    await unchanged(booked)


async def test_the_house_does_not_learn_what_is_left(client_of: Any, room: Any, alice: Any) -> None:
    poor = await make.activity(alice, of=room.venue.entity, cents=2543, name="Zine")
    booked = await make.reservation(room, alice, make.span(days=3), on=poor, people=2, title="Storyboard")
    client = await client_of(await make.manager(room.venue))
    for answer in (
        await client.get(f"/reservations/{booked.id}/change", params=typed(ends="13:00")),
        await client.post(f"/reservations/{booked.id}/change", data=typed(ends="13:00")),
    ):
        assert "This Activity cannot pay for this booking." in answer.text
        assert "€25.43" not in answer.text
        assert "Zine" not in answer.text
    await unchanged(booked)


async def test_who_lost_the_activity_can_still_change_the_words(
    client_of: Any, alice: Any, booked: Any
) -> None:
    await ActivityPerson.filter(member_id=alice.id).update(ended_at=NOW)
    client = await client_of(alice)
    assert (await client.get(f"/reservations/{booked.id}/change")).status_code == 200
    answer = await client.post(f"/reservations/{booked.id}/change", data=typed(title="Layout"))
    assert answer.status_code == 303
    assert (await Reservation.get(id=booked.id)).title == "Layout"


async def test_more_desks_of_a_pool(client_of: Any, alice: Any) -> None:
    desks = await make.resource(units=3)
    booked = await make.reservation(desks, alice, make.span(days=3))
    client = await client_of(alice)
    page = (await client.get(f"/reservations/{booked.id}/change")).text
    assert 'name="people" type="number"' not in page
    answer = await client.post(f"/reservations/{booked.id}/change", data=typed(quantity="3", people="1"))
    assert answer.status_code == 303
    done = await Reservation.get(id=booked.id)
    assert (done.quantity, done.people, done.total_cents) == (3, 3, 7260)
    too_many = await client.post(f"/reservations/{booked.id}/change", data=typed(quantity="4"))
    assert too_many.status_code == 409
    assert "There are 3 of these" in too_many.text
