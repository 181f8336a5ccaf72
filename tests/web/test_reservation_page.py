"""GET /reservations/{id}: the confirmation, and the page that a member comes back to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking import budgets, reservations
from booking.places.models import Venue
from booking.reservations import weeks_later
from tests import make
from tests.make import NOW

CANARY = "Canary-door-4711"


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(
        at=await make.venue(
            access={"en": CANARY}, street="Rue du Quai 1", contact_email="desk@house.example"
        ),
        name="Quai",
    )


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def booked(room: Any, alice: Any) -> Any:
    project = await make.activity(alice, of=room.venue.entity, name="Comics")
    return await make.reservation(room, alice, on=project, people=3, title="Storyboard", note="Two chairs")


async def test_it_works(client_of: Any, alice: Any, booked: Any) -> None:
    page = await (await client_of(alice)).get(f"/reservations/{booked.id}")
    assert page.status_code == 200
    # Dates and times are held together.
    plain = page.text.replace('<span class="nowrap">', "").replace("</span>", "")
    for words in (
        "Storyboard",
        "Tuesday, 24 November 2026, 10:00–12:00",
        "Confirmed",
        "€24.20",
        "is reserved on Comics and settled when it begins",
        "Cancelling is free until Mon, 23 Nov 2026, 10:00.",
        CANARY,
        "Rue du Quai 1",
        "desk@house.example",
        "Two chairs",
        f'href="/reservations/{booked.id}/change"',
        f'href="/reservations/{booked.id}/cancel"',
        f'href="/reservations/{booked.id}/calendar.ics"',
        f'href="/reservations/{booked.id}/again"',
    ):
        assert words in plain, words
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["", "/change", "/cancel"])
async def test_nobody_else_learns_that_it_exists(client_of: Any, booked: Any, path: str) -> None:
    client = await client_of(await make.member("Charlie"))
    theirs = await client.get(f"/reservations/{booked.id}{path}")
    nothing = await client.get(f"/reservations/{uuid4()}{path}")
    assert theirs.status_code == nothing.status_code == 404
    assert "Storyboard" not in theirs.text
    assert CANARY not in theirs.text


async def test_a_stranger_signs_in_first(client: Any, booked: Any) -> None:
    answer = await client.get(f"/reservations/{booked.id}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next=%2Freservations%2F{booked.id}"


async def test_the_owner_of_the_activity_reads_only(client_of: Any, room: Any, alice: Any) -> None:
    bob = await make.member("Bob")
    project = await make.activity(bob, of=room.venue.entity, name="Shared")
    await budgets.share_with(project, alice.id, at=NOW)
    booked = await make.reservation(room, alice, on=project, note="Private note")
    client = await client_of(bob)
    page = await client.get(f"/reservations/{booked.id}")
    assert page.status_code == 200
    assert "€24.20" in page.text
    assert CANARY not in page.text
    assert "Private note" not in page.text
    assert f"/reservations/{booked.id}/cancel" not in page.text
    assert (await client.get(f"/reservations/{booked.id}/cancel")).status_code == 404
    assert (await client.post(f"/reservations/{booked.id}/cancel", data={})).status_code == 404
    assert (await client.post(f"/reservations/{booked.id}/change", data={})).status_code == 404


async def test_the_house_sees_whom_it_receives(client_of: Any, room: Any, booked: Any) -> None:
    page = await (await client_of(await make.manager(room.venue))).get(f"/reservations/{booked.id}")
    assert "Alice" in page.text
    assert "Two chairs" in page.text
    assert "Comics" not in page.text  # whose money it is stays between the member and their cooperative
    assert f'href="/reservations/{booked.id}/cancel"' in page.text


async def test_doors_open_only_when_it_is_sure(client_of: Any, room: Any, alice: Any, booked: Any) -> None:
    room.approval = True
    await room.save(update_fields=["approval"])
    asked = await make.reservation(room, alice, make.span("14:00", "15:00"))
    client = await client_of(alice)
    page = (await client.get(f"/reservations/{asked.id}")).text
    assert CANARY not in page
    assert "while the house decides" in page
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert CANARY not in (await client.get(f"/reservations/{booked.id}")).text


async def test_over(client_of: Any, room: Any, alice: Any) -> None:
    past = await make.reservation(
        room, alice, make.span("08:00", "08:30", days=0), moment=NOW - timedelta(hours=3)
    )
    await reservations.post_started(NOW)
    page = (await (await client_of(alice)).get(f"/reservations/{past.id}")).text
    assert "Past" in page
    assert "was settled from" in page
    assert CANARY not in page
    assert f"/reservations/{past.id}/cancel" not in page


async def test_cancelled_and_booked_again(client_of: Any, alice: Any, booked: Any) -> None:
    client = await client_of(alice)
    await client.post(f"/reservations/{booked.id}/cancel", data={"fee": "0", "reason": "Ill"})
    page = (await client.get(f"/reservations/{booked.id}")).text
    assert "Cancelled, free of charge." in page
    assert "Book it again" in page
    assert "from=2026-11-24T09%3A00Z&amp;until=2026-11-24T11%3A00Z" in page
    assert "Nothing was taken: the sum is back on Comics." in page
    assert "“Ill”" in page


async def test_its_history(client_of: Any, room: Any, alice: Any, booked: Any) -> None:
    await reservations.change(booked.id, by=alice, at=NOW, span=make.span("10:00", "13:00"), people=4)
    stella = await make.manager(room.venue)
    await reservations.cancel(booked.id, by=stella, at=NOW, reason="Water in the cellar")
    page = (await (await client_of(alice)).get(f"/reservations/{booked.id}")).text
    assert "from Tue, 24 Nov 2026, 10:00–12:00 to Tue, 24 Nov 2026, 10:00–13:00" in page
    assert "3 people, now 4" in page
    assert "price €24.20, now €36.30" in page
    assert "“Water in the cellar”" in page
    assert "the house" in page
    assert "Stella" not in page


def test_the_same_hour_next_week_over_a_change_of_clocks() -> None:
    wednesday = make.span("09:00", "10:00", days=0)  # Monday 23 November, winter time
    later = weeks_later(wednesday, make.ZONE, after=wednesday.begins_at + timedelta(weeks=18))
    assert later.begins_at == make.span("09:00", "10:00", days=19 * 7).begins_at  # summer time by then
    assert later.begins_at.hour == wednesday.begins_at.hour - 1


async def test_every_language(client_of: Any, alice: Any, booked: Any) -> None:
    for language in ("nl", "fr", "de", "es", "it", "sv"):
        alice.language = language
        await alice.save(update_fields=["language"])
        assert (await (await client_of(alice)).get(f"/reservations/{booked.id}")).status_code == 200
    assert await Venue.all().count() == 1
