"""GET /reservations: today, upcoming, waiting, past."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from booking import reservations
from booking.reservations import Reservation
from booking.reservations.reading import PAST_PAGE, UPCOMING_PAGE
from booking.web.pages import unbroken
from tests import make
from tests.make import NOW
from tests.queries import counted, many_reservations, many_resources


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(
        at=await make.venue(access={"en": "Ring twice"}, contact_email="desk@house.example"), name="Quai"
    )


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


def part(page: str, heading: str) -> str:
    """The section below a heading."""
    return page.split(f'<h2 id="{heading}">')[1].split("</section>")[0]


async def test_it_works(client_of: Any, room: Any, alice: Any) -> None:
    project = await make.activity(alice, of=room.venue.entity)
    early = NOW - timedelta(days=2)
    await make.reservation(
        room, alice, make.span("10:00", "11:00", days=-1), on=project, moment=early, title="Gone"
    )
    await make.reservation(room, alice, make.span("14:00", "15:00", days=0), on=project, title="Tonight")
    await make.reservation(room, alice, make.span(days=2), on=project, title="Soon")
    dropped = await make.reservation(room, alice, make.span(days=3), on=project, title="Dropped")
    await reservations.cancel(dropped.id, by=alice, at=NOW)
    room.approval = True
    await room.save(update_fields=["approval"])
    await make.reservation(room, alice, make.span(days=4), on=project, title="Maybe")
    await reservations.post_started(NOW)

    page = await (await client_of(alice)).get("/reservations")

    assert page.status_code == 200
    today = part(page.text, "today")
    assert "Tonight" in today
    assert "Ring twice" in today
    assert "desk@house.example" in today
    upcoming = part(page.text, "upcoming")
    assert "Soon" in upcoming
    assert "Ring twice" not in upcoming
    assert "Maybe" not in upcoming
    assert "€24.20" in upcoming
    assert "Change Quai, Wed, 25 Nov 2026, 10:00–12:00" in upcoming
    assert "kept for you until" in part(page.text, "waiting")
    past = part(page.text, "past")
    assert "Gone" in past
    assert "Dropped" in past


async def test_nothing_booked_yet(client_of: Any, alice: Any) -> None:
    page = await (await client_of(alice)).get("/reservations")
    assert "Nothing booked yet" in page.text
    assert "Open the map" in page.text


async def test_nobody_is_sent_to_sign_in(client: Any, db: str) -> None:
    answer = await client.get("/reservations")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Freservations")


async def test_only_ones_own(client_of: Any, room: Any) -> None:
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, title="Canary song")
    page = await (await client_of(await make.member("Alice"))).get("/reservations")
    assert "Canary" not in page.text


async def test_what_is_past_comes_in_pages(client_of: Any, alice: Any, db: str) -> None:
    rooms = await many_resources(await make.venue(), PAST_PAGE + 5)
    await many_reservations(rooms, alice)
    await Reservation.all().update(state="cancelled")
    from booking.reservations import Claim

    await Claim.all().delete()
    client = await client_of(alice)
    first = part((await client.get("/reservations")).text, "past")
    assert first.count('class="list-row ') == PAST_PAGE
    assert "/reservations?page=2#past" in first
    second = part((await client.get("/reservations?page=2")).text, "past")
    assert second.count('class="list-row ') == 5
    assert (await client.get("/reservations?page=0")).status_code == 422


async def test_as_many_queries_for_many_as_for_few(client_of: Any, alice: Any, db: str) -> None:
    home = await make.venue()
    client = await client_of(alice)

    async def asked() -> int:
        with counted() as queries:
            assert (await client.get("/reservations")).status_code == 200
        return len(queries)

    await many_reservations(await many_resources(home, 10), alice)
    few = await asked()
    await many_reservations(await many_resources(home, 990), alice)
    assert await asked() == few


async def test_what_is_to_come_is_shown_page_by_page(client_of: Any, room: Any, alice: Any) -> None:
    rooms = await many_resources(room.venue, UPCOMING_PAGE + 5)
    await many_reservations(rooms, alice, title="Later")
    client = await client_of(alice)

    first = part((await client.get("/reservations")).text, "upcoming")
    assert first.count("<strong>Later</strong>") == UPCOMING_PAGE
    assert 'href="/reservations?later=2#upcoming"' in first
    second = part((await client.get("/reservations?later=2")).text, "upcoming")
    assert second.count("<strong>Later</strong>") == 5
    assert 'href="/reservations#upcoming"' in second
    assert "later=3" not in second


async def test_both_lists_keep_their_page(client_of: Any, room: Any, alice: Any) -> None:
    rooms = await many_resources(room.venue, UPCOMING_PAGE + 1)
    await many_reservations(rooms, alice)
    await many_reservations(rooms, alice, days=-3)
    text = (await (await client_of(alice)).get("/reservations?later=2&page=2")).text
    assert 'href="/reservations?page=2#upcoming"' in text
    assert 'href="/reservations?later=2#past"' in text


async def test_a_page_number_that_is_none_is_refused(client_of: Any, alice: Any) -> None:
    assert (await (await client_of(alice)).get("/reservations?later=0")).status_code == 422


def test_no_date_and_no_time_breaks_in_two() -> None:
    held = [f'<span class="nowrap">{part}</span>' for part in ("Tue,", "24 Nov 2026,", "10:00–12:00")]
    assert unbroken("Tue, 24 Nov 2026, 10:00–12:00") == " ".join(held)
    assert unbroken("24 Nov, 22:00 – <25 Nov>, 02:00").count("nowrap") == 4
    assert "&lt;25 Nov&gt;," in unbroken("22:00 – <25 Nov>, 02:00")
