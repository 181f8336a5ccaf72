"""The history of a house: in words, by kind, as CSV, with undo where it is safe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from booking import events, houses, occupancy
from booking.events import Event
from booking.places import Venue
from tests import make
from tests.make import NOW
from tests.queries import counted


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue(holidays_region="BE")


@pytest.fixture
async def manager(house: Any) -> Any:
    return await make.manager(house)


@pytest.fixture
async def stella(manager: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(manager)


async def test_it_works(stella: Any, house: Any, manager: Any) -> None:
    room = await make.resource(at=house, name="Quai")
    await houses.change_resource(
        house.id, room.id, {"lead_minutes": 120, "approval": True, "name": "Le quai"}, by=manager, at=NOW
    )
    await houses.add_tariff(
        house.id, [room.id], "member", date(2027, 1, 1), hour_cents=1550, by=manager, at=NOW
    )
    await houses.set_week(house.id, None, {1: [(540, 1560)]}, first=date(2027, 1, 1), by=manager, at=NOW)
    await houses.open_on(house.id, date(2026, 12, 25), by=manager, at=NOW)
    seen = (await stella.get(f"/manage/{house.key}/set-up/history")).text
    for words in (
        "Le quai was changed", "Notice before it begins", "<del>0 mins</del> <ins>2 hrs</ins>", "Stella",
        "New prices of Le quai: Members, from Fri, 1 Jan 2027", "<del>€10.00</del> <ins>€15.50</ins>",
        "Mon 09:00–02:00 from Fri, 1 Jan 2027", "Public holiday, Fri, 25 Dec 2026", "Mon, 23 Nov 2026, 09:00",
    ):  # fmt: skip
        assert words in seen, words
    prices = (await stella.get(f"/manage/{house.key}/set-up/history?kind=prices")).text
    assert "New prices" in prices
    assert "was changed" not in prices


async def test_codes_and_displays_are_told(stella: Any, house: Any, manager: Any) -> None:
    room = await make.resource(at=house, name="Quai")
    await occupancy.ask_for_proof(house, True, by_id=manager.id, at=NOW)
    await occupancy.ask_for_proof(house, False, by_id=manager.id, at=NOW)
    await occupancy.renew(house, room, by_id=manager.id, at=NOW)
    _display, code = await occupancy.add_display(house, room, "Door", by_id=manager.id, at=NOW)
    await occupancy.pair(code, "en", address="::1", at=NOW)
    seen = (await stella.get(f"/manage/{house.key}/set-up/history?kind=displays")).text
    for words in (
        "Checking in asks for the code on the display", "<del>no</del> <ins>yes</ins>", "<del>yes</del> <ins>no</ins>",
        "New printed code: Quai", "The display Door was paired", "the screen itself",
    ):  # fmt: skip
        assert words in seen, words
    assert "an import or a command" not in seen


async def test_every_kind_of_event_has_its_words(stella: Any, house: Any, manager: Any) -> None:
    """Also those of an import and of the command line, and those whose values nobody foresaw."""
    from booking.houses.history import NAMES

    for name in NAMES:
        await events.record(
            name,
            house.subject,
            at=NOW,
            venue_id=house.id,
            key="k",
            new=False,
            changed={"lat": [1, 2]},
            kind="host",
        )
    await events.record("resource.imported", "resource:99", at=NOW, venue_id=house.id, changed=["name"])
    seen = await stella.get(f"/manage/{house.key}/set-up/history")
    assert seen.status_code == 200
    assert "an import or a command" in seen.text
    assert (await stella.get(f"/manage/{house.key}/set-up/history.csv")).status_code == 200


async def test_bookings_are_not_in_it(stella: Any, house: Any) -> None:
    await make.reservation(await make.resource(at=house), await make.member("Alice"))
    assert "Nothing has been changed yet" in (await stella.get(f"/manage/{house.key}/set-up/history")).text


async def test_undo(stella: Any, house: Any, manager: Any) -> None:
    await houses.change_venue(house.id, {"name": "Oops"}, by=manager, at=NOW)
    event = await Event.get(name="venue.changed")
    address = f"/manage/{house.key}/set-up/history"
    assert f"{address}/{event.id}/undo" in (await stella.get(address)).text
    done = await stella.post(f"{address}/{event.id}/undo")
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert (await Venue.get(id=house.id)).name == house.name
    again = await stella.post(f"{address}/{event.id}/undo")
    assert again.status_code == 409
    assert "changed again since" in again.text
    assert (await stella.post(f"{address}/999999/undo")).status_code == 404


async def test_undo_that_touches_bookings_is_refused_with_them(stella: Any, house: Any, manager: Any) -> None:
    room = await make.resource(at=house, name="Quai")
    wide = {weekday: [(0, 1440)] for weekday in range(1, 8)}
    await houses.set_week(house.id, None, wide, first=date(2026, 11, 23), by=manager, at=NOW)
    await make.reservation(room, await make.member("Alice"), make.span("06:00", "07:00"))
    event = await Event.get(name="hours.changed")
    refused = await stella.post(f"/manage/{house.key}/set-up/history/{event.id}/undo")
    assert refused.status_code == 409
    assert "Alice: Quai" in refused.text
    assert "Save all the same" not in refused.text
    assert await Event.filter(name="hours.changed").count() == 1


async def test_csv(stella: Any, house: Any, manager: Any) -> None:
    await houses.change_venue(house.id, {"name": "=HYPERLINK()"}, by=manager, at=NOW)
    got = await stella.get(f"/manage/{house.key}/set-up/history.csv")
    lines = got.text.splitlines()
    assert lines[0] == "When,Who,What,Before and after"
    assert lines[1].startswith("2026-11-23 09:00,Stella,The house was changed,")
    assert got.headers["content-disposition"] == f'attachment; filename="{house.key}-history.csv"'


async def test_pages_and_queries(stella: Any, house: Any, manager: Any) -> None:
    address = f"/manage/{house.key}/set-up/history"
    await houses.change_venue(house.id, {"name": "N"}, by=manager, at=NOW)
    with counted() as few:
        await stella.get(address)
    for number in range(60):
        await houses.change_venue(house.id, {"name": f"N{number}"}, by=manager, at=NOW)
    with counted() as many:
        first = await stella.get(address)
    assert len(many) == len(few)
    assert "page=2" in first.text
    assert "Previous" in (await stella.get(f"{address}?page=2")).text
    assert (await stella.get(f"{address}?page=0")).status_code == 422


async def test_what_was_just_saved_can_be_taken_back_where_it_says_so(stella: Any, house: Any) -> None:
    bea = await make.member("Bea")
    role = await make.role("host", bea, venue=house)
    ended = await stella.post(f"/manage/{house.key}/set-up/hosts/{role.id}/end")
    assert ended.status_code == 303
    event = await Event.get(name="role.revoked")
    page = (await stella.get(ended.headers["location"])).text
    undo = f"/manage/{house.key}/set-up/history/{event.id}/undo"
    assert f'<form method="post" action="{undo}">' in page
    assert undo not in (await stella.get(f"/manage/{house.key}/set-up/hosts")).text.split("<h1")[0]
    assert (await stella.post(undo)).status_code == 303
    assert "Bea" in (await stella.get(f"/manage/{house.key}/set-up/hosts")).text
    assert await Event.filter(name="role.granted").count() == 1


async def test_two_changes_at_once_offer_no_undo_that_would_take_back_one_of_them(
    house: Any, manager: Any
) -> None:
    await houses.open_on(house.id, date(2026, 12, 25), by=manager, at=NOW)
    assert await houses.just_done(house.id, by_id=manager.id, at=NOW) is not None
    await houses.change_venue(house.id, {"name": "Another"}, by=manager, at=NOW)
    assert await houses.just_done(house.id, by_id=manager.id, at=NOW) is None
    assert await houses.just_done(house.id, by_id=0, at=NOW) is None
