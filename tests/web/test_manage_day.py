"""Who comes: the day and the week of a house, its file for spreadsheets, and who may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from booking import db as database
from booking import reservations
from booking.places import Closure
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai")


@pytest.fixture
async def house(room: Any) -> Any:
    return room.venue


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    """The manager's browser."""
    return await client_of(await make.manager(house))


@pytest.fixture
async def hugo(house: Any, client_of: Callable[..., Any]) -> Any:
    """The host's browser."""
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    return await client_of(host)


async def test_it_works(stella: Any, house: Any, room: Any) -> None:
    alice = await make.member("Alice")
    booked = await make.reservation(room, alice, make.span(days=0), title="Team meeting", people=5)
    await make.reservation(room, alice, make.span(days=1), title="Not today")
    answer = await stella.get(f"/manage/{house.key}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    for words in ("Alice", "Team meeting", "10:00–12:00", "Quai", f"/reservations/{booked.id}"):
        assert words in answer.text
    assert "Not today" not in answer.text
    assert "Most people at once: 5, from 10:00." in answer.text
    assert f"/manage/{house.key}/reservations/{booked.id}/cancel" in answer.text


async def test_a_host_sees_the_day_too_but_not_the_closures(hugo: Any, house: Any) -> None:
    answer = await hugo.get(f"/manage/{house.key}")
    assert answer.status_code == 200
    assert f"/manage/{house.key}/book" in answer.text
    assert f"/manage/{house.key}/closures" not in answer.text


@pytest.mark.parametrize(
    "path", ["", "?view=week", "/reservations.csv", "/book", "/closures", "/closures/new"]
)
async def test_for_all_others_there_is_no_such_page(
    client: Any, client_of: Callable[..., Any], house: Any, room: Any, path: str
) -> None:
    await make.reservation(room, await make.member("Alice"), make.span(days=0))
    member = await client_of(await make.member("Charlie"))
    elsewhere = await client_of(await make.manager(await make.venue()))
    treasurer = await make.member("Theo")
    await make.role("treasurer", treasurer, entity=house.entity)
    for browser in (member, elsewhere, await client_of(treasurer)):
        answer = await browser.get(f"/manage/{house.key}{path}")
        assert answer.status_code == 404
        assert "Alice" not in answer.text
    assert (await client.get(f"/manage/{house.key}{path}")).status_code == 303
    assert (await elsewhere.get(f"/manage/no-such-house{path}")).status_code == 404


async def test_a_manager_of_the_entity_and_an_administrator_may(
    house: Any, client_of: Callable[..., Any]
) -> None:
    for kind, scope in (("manager", {"entity": house.entity}), ("administrator", {})):
        someone = await make.member()
        await make.role(kind, someone, **scope)
        assert (await (await client_of(someone)).get(f"/manage/{house.key}")).status_code == 200


async def test_a_role_that_has_ended_opens_nothing(house: Any, client_of: Callable[..., Any]) -> None:
    late = await make.member()
    role = await make.role("manager", late, venue=house)
    role.ends_on = (NOW - timedelta(days=1)).date()
    await role.save()
    assert (await (await client_of(late)).get(f"/manage/{house.key}")).status_code == 404


async def test_the_one_house_opens_at_once_and_several_are_listed(
    stella: Any, house: Any, client_of: Callable[..., Any]
) -> None:
    answer = await stella.get("/manage")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/manage/{house.key}")
    second = await make.venue(of=house.entity, name="Second house")
    both = await make.member()
    await make.role("manager", both, entity=house.entity)
    listed = await (await client_of(both)).get("/manage")
    assert house.name in listed.text
    assert second.name in listed.text
    nobody = await client_of(await make.member())
    assert (await nobody.get("/manage")).status_code == 404


async def test_marks_tell_what_is_new_and_what_moved(stella: Any, house: Any, room: Any) -> None:
    alice = await make.member("Alice")
    days = make.span("14:00", "15:00", days=1)
    old = await make.reservation(room, alice, make.span(days=1), moment=NOW - timedelta(days=3))
    moved = await make.reservation(room, alice, days, moment=NOW - timedelta(days=3))
    await reservations.change(moved.id, by=alice, at=NOW, span=make.span("15:00", "16:00", days=1))
    page = f"/manage/{house.key}?day={old.begins_at.date()}"
    shown = (await stella.get(page)).text
    assert shown.count(">Changed<") == 1
    assert shown.count(">New<") == 0
    await make.reservation(room, alice, make.span("17:00", "18:00", days=1), moment=NOW - timedelta(hours=2))
    assert (await stella.get(page)).text.count(">New<") == 1


async def test_cancelled_ones_leave_the_list_but_are_told(stella: Any, house: Any, room: Any) -> None:
    alice = await make.member("Alice")
    booked = await make.reservation(room, alice, make.span("15:00", "16:00", days=0), title="Choir")
    await reservations.cancel(booked.id, by=alice, at=NOW)
    shown = (await stella.get(f"/manage/{house.key}")).text
    assert "Nobody has booked this day" in shown
    assert "1 cancelled booking" in shown


async def test_a_closure_over_bookings_needs_the_host(hugo: Any, house: Any, room: Any) -> None:
    booked = await make.reservation(room, await make.member("Alice"))
    await Closure.create(
        venue_id=house.id,
        begins_at=make.span().begins_at,
        ends_at=make.span().ends_at,
        reason="A pipe has burst",
        created_at=NOW,
    )
    shown = (await hugo.get(f"/manage/{house.key}")).text
    assert "Needs you" in shown
    assert "A pipe has burst" in shown
    assert f"/manage/{house.key}/reservations/{booked.id}/cancel" in shown


async def test_the_week_has_seven_days_and_their_names(stella: Any, house: Any, room: Any) -> None:
    for days in (0, 2, 6):
        await make.reservation(room, await make.member(f"Member{days}"), make.span(days=days), people=3)
    await make.reservation(room, await make.member("Next"), make.span(days=7))
    shown = (await stella.get(f"/manage/{house.key}?view=week")).text
    for name in ("Member0", "Member2", "Member6"):
        assert name in shown
    assert "Next" not in shown
    assert shown.count("1 booking<") == 3


async def test_a_day_nobody_can_read_is_told_and_far_days_are_pulled_near(stella: Any, house: Any) -> None:
    assert (await stella.get(f"/manage/{house.key}?day=yesterday")).status_code == 422
    assert (await stella.get(f"/manage/{house.key}?day=2199-01-01")).status_code == 200


@pytest.mark.parametrize("day", ["2026-10-25", "2027-03-28"])
@pytest.mark.parametrize("view", ["day", "week"])
async def test_days_with_a_clock_change_are_shown(
    stella: Any, house: Any, day: str, view: str, room: Any
) -> None:
    assert (await stella.get(f"/manage/{house.key}?day={day}&view={view}")).status_code == 200


async def test_the_file_has_local_times_and_no_formulas(stella: Any, house: Any, room: Any) -> None:
    alice = await make.member("=Alice()")
    booked = await make.reservation(room, alice, make.span(days=0), title="@SUM(A1)", people=2)
    answer = await stella.get(f"/manage/{house.key}/reservations.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f'{house.key}-2026-11-23.csv"' in answer.headers["content-disposition"]
    head, row = csv.reader(io.StringIO(answer.text))
    assert head[:4] == ["From", "Until", "Space", "Member"]
    assert row[:2] == ["2026-11-23 10:00", "2026-11-23 12:00"]
    assert (row[3], row[6], row[9]) == ("'=Alice()", "'@SUM(A1)", str(booked.id))
    week = await stella.get(f"/manage/{house.key}/reservations.csv?view=week&day=2026-11-25")
    assert str(booked.id) in week.text


# --- the number of queries ---------------------------------------------------------------------------


async def many(house: Any, rooms: list[Any], number: int) -> None:
    """So many bookings of a quarter of an hour today, free of charge, written at once."""
    alice = await make.member("Alice")
    units = {room.id: ids[0] for room in rooms for ids in [await units_of(room)]}
    first = make.span("00:00", "00:15", days=0).begins_at
    made, claims = [], []
    for place in range(number):
        room = rooms[place % len(rooms)]
        begins_at = first + timedelta(minutes=15 * (place // len(rooms)))
        id, ends_at = uuid4(), begins_at + timedelta(minutes=15)
        made.append(
            Reservation(
                id=id,
                member_id=alice.id,
                booked_by_id=alice.id,
                resource_id=room.id,
                venue_id=house.id,
                begins_at=begins_at,
                ends_at=ends_at,
                state="confirmed",
                currency="EUR",
                net_cents=0,
                vat_basis_points=0,
                vat_cents=0,
                total_cents=0,
                quote={},
                terms={},
                uid=str(id),
                created_at=NOW,
                revised_at=NOW,
            )
        )
        claims.append(Claim(unit_id=units[room.id], reservation_id=id, begins_at=begins_at, ends_at=ends_at))
    await Reservation.bulk_create(made)
    await Claim.bulk_create(claims)


async def units_of(room: Any) -> list[int]:
    from booking import places

    return (await places.units_of([room.id]))[room.id]


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Counts the queries of what is awaited: await queries(client.get(...))."""

    async def counted(what: Any) -> int:
        seen = 0
        backend: type[BaseDBAsyncClient] = type(database.connection())
        for name in ("execute_query", "execute_query_dict", "execute_insert", "execute_many"):
            real = getattr(backend, name)

            async def count(self: Any, *args: Any, real: Any = real, **kwargs: Any) -> Any:
                nonlocal seen
                seen += 1
                return await real(self, *args, **kwargs)

            monkeypatch.setattr(backend, name, count)
        answer = await what
        monkeypatch.undo()
        assert answer.status_code == 200
        return seen

    return counted


@pytest.mark.parametrize(
    "path",
    ["", "?view=week", "/reservations.csv", "/closures", "/closures/new?day=2026-11-23&reason=Painting"],
)
async def test_as_many_queries_for_a_thousand_rows_as_for_ten(
    stella: Any, house: Any, queries: Callable[..., Any], path: str
) -> None:
    rooms = [await make.resource(at=house, hour_cents=None, external_hour_cents=None) for _room in range(11)]
    await Closure.create(
        venue_id=house.id, begins_at=NOW, ends_at=NOW + timedelta(days=9), reason="Painting", created_at=NOW
    )
    await many(house, rooms, 10)
    few = await queries(stella.get(f"/manage/{house.key}{path}"))
    await Claim.all().delete()
    await Reservation.all().delete()
    await many(house, rooms, 1000)
    assert 2 < await queries(stella.get(f"/manage/{house.key}{path}")) == few <= 41
