"""One choice for all dates of a new series that do not work: leave them out, or take the nearest for each."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from booking.notifications.models import Message
from booking.notifications.writing import write_messages
from booking.reservations import Reservation, Series
from tests import make
from tests.web.test_reserve_several import LIVE, address, taken_on, typed


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24, late_fee_percent=50)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(room: Any, alice: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, cents=50_000, name="Comics")


def hidden(page: Any) -> dict[str, str]:
    """What the page says of the nearest of each date."""
    return dict(re.findall(r'name="(near-[0-9-]+)" value="([^"]+)"', page.text))


def booked(rows: list[Reservation]) -> list[date | None]:
    return [each.series_on for each in rows]


async def test_it_works(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    await taken_on(room, 1, 15)
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project), headers=LIVE)
    assert "For all of them" in page.text
    assert "2 dates are booked" in page.text  # of four, with the sum beside it
    assert "€48.40" in page.text
    page = await client.get(address(room), params=typed(project, clashing="leave_out"), headers=LIVE)
    assert "Every Tuesday, 2 dates" in page.text
    assert 'name="seen" value="4840"' in page.text
    assert "Choose for" in page.text  # one of the choices is to go through them one by one
    assert 'name="on-2026-11-24"' not in page.text

    done = await client.post(address(room), data=typed(project, clashing="leave_out", seen="4840"))
    assert done.status_code == 303
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert booked(rows) == [date(2026, 12, 1), date(2026, 12, 15)]
    shown = await client.get(done.headers["location"])
    assert "Booked, 2 dates." in shown.text
    assert shown.text.count("Left out: Tue 24 Nov; Tue 8 Dec.") == 2  # said once, and kept on the page


async def test_what_stops_working_before_the_press_is_left_out_too(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await taken_on(room, 1, 15)
    client = await client_of(alice)
    await client.get(address(room), params=typed(project, clashing="leave_out"), headers=LIVE)
    await taken_on(room, 22)  # somebody is faster
    form = typed(project, clashing="leave_out", seen="4840")
    done = await client.post(address(room), data=form)
    assert done.status_code == 303
    rows = await Reservation.filter(member_id=alice.id)
    assert booked(rows) == [date(2026, 12, 1)]
    again = await client.post(address(room), data=form)
    assert again.headers["location"] == done.headers["location"]
    await write_messages(make.NOW)
    [mail] = await Message.filter(member_id=alice.id)
    assert "Left out: Tue, 24 Nov 2026; Tue, 8 Dec 2026; Tue, 15 Dec 2026" in mail.text


async def test_none_that_works_is_nothing_booked(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    await taken_on(room, 1, 8, 15, 22)
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project, clashing="leave_out"), headers=LIVE)
    assert "No date is left to book." in page.text
    refused = await client.post(address(room), data=typed(project, clashing="leave_out"))
    assert refused.status_code == 409
    assert "Dates that do not work as they are: 4 of 4." in refused.text
    assert await Reservation.filter(member_id=alice.id).count() == 0
    assert await Series.all().count() == 0


async def test_the_nearest_of_each_is_seen_before_it_is_booked(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    other = await make.resource(at=room.venue, name="Loft")
    bob = await make.member("Bob")
    await taken_on(room, 1)
    await make.reservation(room, bob, make.span("08:00", "22:00", days=8))  # no other hour, but another room
    await make.reservation(room, bob, make.span("08:00", "22:00", days=15))
    await make.reservation(other, bob, make.span("08:00", "22:00", days=15))  # and here neither
    client = await client_of(alice)
    form = typed(project, clashing="nearest")
    unseen = await client.post(address(room), data=form)
    assert unseen.status_code == 409  # without a script nobody has seen yet which they are
    assert await Reservation.filter(member_id=alice.id).count() == 0
    near = hidden(unseen)
    assert near["near-2026-12-08"] == "skip"
    assert near["near-2026-12-01"].startswith(f"{other.id}@")
    assert "Every Tuesday, 3 dates" in unseen.text

    done = await client.post(address(room), data=form | near)
    assert done.status_code == 303
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [(each.resource_id, each.span) for each in rows] == [
        (room.id, make.span("09:00", "11:00", days=1)),
        (other.id, make.span(days=8)),
        (room.id, make.span(days=22)),
    ]


async def test_a_nearest_that_is_gone_is_not_replaced_unseen(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await taken_on(room, 1)
    client = await client_of(alice)
    form = typed(project, clashing="nearest")
    page = await client.get(address(room), params=form, headers=LIVE)
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span("09:00", "11:00", days=1))
    refused = await client.post(address(room), data=form | hidden(page))
    assert refused.status_code == 409
    assert await Reservation.filter(member_id=alice.id).count() == 0
    assert hidden(refused) != hidden(page)
    done = await client.post(address(room), data=form | hidden(refused))
    assert done.status_code == 303


async def test_a_choice_for_one_date_stands_before_the_one_for_all(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await taken_on(room, 1, 8, 15)
    other = await make.resource(at=room.venue, name="Loft")
    client = await client_of(alice)
    begins = make.span(days=8).begins_at
    ends = make.span(days=8).ends_at
    by_hand = {"on-2026-12-01": f"{other.id}@{begins:%Y-%m-%dT%H:%M}Z/{ends:%Y-%m-%dT%H:%M}Z"}
    form = typed(project, clashing="leave_out", **by_hand)
    page = await client.get(address(room), params=form, headers=LIVE)
    assert "Every Tuesday, 2 dates" in page.text
    assert 'name="on-2026-12-01"' in page.text
    assert (await client.post(address(room), data=form)).status_code == 303
    rows = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [each.resource_id for each in rows] == [other.id, room.id]


async def test_a_date_without_its_equipment_does_not_work(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    beamer = await make.resource(at=room.venue, name="Projector", kind="equipment", hour_cents=200)
    charlie = await make.member("Charlie")
    await make.reservation(beamer, charlie, make.span(days=8))
    client = await client_of(alice)
    form = typed(project, clashing="leave_out", extra=str(beamer.id))
    done = await client.post(address(room), data=form)
    assert done.status_code == 303
    rows = await Reservation.filter(member_id=alice.id, resource_id=room.id).order_by("begins_at")
    assert date(2026, 12, 1) not in booked(rows)
    assert len(rows) == await Reservation.filter(member_id=alice.id, resource_id=beamer.id).count() == 3


async def test_money_is_still_about_all_of_it(client_of: Any, room: Any, alice: Any) -> None:
    await taken_on(room, 1)
    short = await make.activity(alice, of=room.venue.entity, cents=7259, name="Short")
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(short, clashing="leave_out"))
    assert answer.status_code == 409
    assert "€0.01 too little" in answer.text
    assert await Reservation.filter(member_id=alice.id).count() == 0


async def test_what_is_no_choice_is_told(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(project, clashing="somehow"))
    assert answer.status_code == 422
    assert await Reservation.all().count() == 0
