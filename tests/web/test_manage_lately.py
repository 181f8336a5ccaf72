"""No-shows, income and six weeks on the first page of a house, and who may see which of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from booking import places
from tests import make
from tests.occupancy.test_lately import AT, ago
from tests.occupancy.test_report import booked


@pytest.fixture(autouse=True)
def wednesday(app: Any) -> None:
    app.state.clock = lambda: AT


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", release_minutes=15)


@pytest.fixture
async def past(room: Any) -> Any:
    """Somebody who did not come today, somebody who did on the day before, and somebody last week."""
    alice = await make.member("Alice")
    await booked(room, alice, ago(3), no_show_at=AT - timedelta(hours=2), net_cents=4000)
    await booked(room, alice, ago(27), checked_in_at=AT - timedelta(hours=27), net_cents=6000)
    await booked(room, alice, ago(24 * 7, 5), net_cents=7000)


async def test_it_works(room: Any, past: Any, client_of: Any) -> None:
    stella = await client_of(await make.manager(room.venue))
    shown = (await stella.get(f"/manage/{room.venue.key}")).text
    for words in (
        "No-shows",
        "of 1 due today",
        "this week: 1 of 2",
        "Income",
        "€40.00",
        "this week: €100.00",
    ):
        assert words in shown
    for words in (
        "Six weeks",
        "Booked last week: ",
        "The week before: 0.0%",
        "Booked, week by week",
        "16 Nov",
    ):
        assert words in shown
    assert f'href="/manage/{room.venue.key}/occupancy"' in shown
    for words in ("Booked share by weekday", "Fullest: Wednesday from ", "The darker, the nearer", "n = 1"):
        assert words in shown
    for words in ("Used today", "How this is counted", "Hours with a check-in or presence, booked or not"):
        assert words in shown


async def test_hosts_see_who_did_not_come_but_no_money(room: Any, past: Any, client_of: Any) -> None:
    host = await make.member("Hugo")
    await make.role("host", host, venue=room.venue)
    shown = (await (await client_of(host)).get(f"/manage/{room.venue.key}")).text
    assert "of 1 due today" in shown
    assert "Used today" in shown
    for words in ("Income", "€40.00", "€100.00", "Six weeks", "week by week", "by weekday"):
        assert words not in shown


async def test_a_new_house_says_that_nobody_was_due(room: Any, client_of: Any) -> None:
    stella = await client_of(await make.manager(room.venue))
    shown = (await stella.get(f"/manage/{room.venue.key}")).text
    assert "nobody was due yet today" in shown
    assert "this week: €0.00" in shown
    assert "Six weeks" not in shown
    assert "Booked share by weekday" not in shown


async def test_other_days_have_none_of_it(room: Any, past: Any, client_of: Any) -> None:
    stella = await client_of(await make.manager(room.venue))
    for more in ("?day=2026-11-24", "?view=week"):
        shown = (await stella.get(f"/manage/{room.venue.key}{more}")).text
        assert "Income" not in shown
        assert "Six weeks" not in shown


async def test_a_house_of_another_currency_and_zone(db: str, client_of: Any) -> None:
    """Its week begins on its own Monday, and its money is in its own currency."""
    room = await make.resource(at=await make.venue(currency="CZK", zone="Europe/Prague"))
    venue = await places.venue(room.venue.key)
    await booked(room, await make.member("Alice"), ago(1), net_cents=12_300, currency="CZK")
    shown = (await (await client_of(await make.manager(venue))).get(f"/manage/{venue.key}")).text
    assert "this week: CZK\xa0123.00" in shown or "this week: CZK123.00" in shown
