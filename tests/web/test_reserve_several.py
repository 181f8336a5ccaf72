"""The booking form for several at once: a series of dates, equipment beside a room."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from booking import leaving
from booking.budgets import Activity
from booking.ledger import Transfer
from booking.reservations import Reservation, Series
from tests import make
from tests.make import NOW

LIVE = {"HX-Request": "true"}


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24, late_fee_percent=50)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(room: Any, alice: Any) -> Activity:
    return await make.activity(alice, of=room.venue.entity, cents=50_000, name="Comics")


def typed(project: Any = None, **changes: Any) -> dict[str, Any]:
    told = {
        "id": str(uuid4()),
        "day": "2026-11-24",
        "begins": "10:00",
        "ends": "12:00",
        "people": "2",
        "title": "Choir",
        "repeat": "week",
        "repeat_times": "4",
        "activity": project.id if project else "",
        **changes,
    }
    return {name: value for name, value in told.items() if value != ""}


def address(resource: Any) -> str:
    return f"/resources/{resource.id}/reserve"


async def taken_on(room: Any, *days: int) -> None:
    charlie = await make.member("Charlie")
    for each in days:
        await make.reservation(room, charlie, make.span("11:00", "13:00", days=each))


def way(page: Any, day: str, label: str) -> str:
    """The value of a choice for a date, by its words."""
    found = re.findall(
        rf'name="on-{day}" value="([^"]+)".*?radio-card-label">([^<]+)<', page.text, flags=re.DOTALL
    )
    return next(value for value, words in found if words.strip() == label)


async def test_it_works(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project))
    assert page.status_code == 200
    assert "Every Tuesday, 4 dates" in page.text
    assert page.text.count("€24.20") >= 4
    assert "€96.80" in page.text  # one total
    assert "€403.20" in page.text  # what the Activity has left after all of it
    seen = re.search(r'name="seen" value="(\d+)"', page.text)
    assert seen
    assert seen[1] == "9680"

    done = await client.post(address(room), data=typed(project, seen="9680"))
    assert done.status_code == 303
    rows = await Reservation.all().order_by("begins_at")
    assert done.headers["location"].endswith(f"/reservations/{rows[0].id}")
    assert [each.series_on for each in rows] == [
        date(2026, 11, 24),
        date(2026, 12, 1),
        date(2026, 12, 8),
        date(2026, 12, 15),
    ]
    shown = await client.get(done.headers["location"])
    assert "Booked, 4 dates." in shown.text


async def test_a_double_click_books_once(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    form = typed(project)
    first, second = [await client.post(address(room), data=form) for _press in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert await Reservation.all().count() == 4


async def test_clashes_are_settled_date_by_date_and_confirmed_once(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    other = await make.resource(at=room.venue, name="Loft")
    await taken_on(room, 1, 8, 15)
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project), headers=LIVE)
    assert "3 dates do not work as they are." in page.text
    assert "Choose for 3 dates first." in page.text
    assert "€24.20" in page.text  # the fourth

    refused = await client.post(address(room), data=typed(project))
    assert refused.status_code == 409
    assert "do not work as they are: 3 of 4." in refused.text
    assert 'value="Choir"' in refused.text
    assert await Reservation.filter(member_id=alice.id).count() == 0
    assert await Series.all().count() == 0

    settled = {
        "on-2026-11-24": "skip",
        "on-2026-12-01": way(page, "2026-12-01", "13:00–15:00"),
        "on-2026-12-08": way(page, "2026-12-08", "Loft, same time"),
    }
    page = await client.get(address(room), params=typed(project, **settled), headers=LIVE)
    assert "Choose for" not in page.text
    assert "Every Tuesday, 3 dates" in page.text
    assert "€72.60" in page.text
    done = await client.post(address(room), data=typed(project, seen="7260", **settled))
    assert done.status_code == 303
    mine = await Reservation.filter(member_id=alice.id).order_by("begins_at")
    assert [(each.resource_id, each.span) for each in mine] == [
        (room.id, make.span("13:00", "15:00", days=8)),
        (other.id, make.span(days=15)),
        (room.id, make.span(days=22)),
    ]


async def test_what_cannot_be_read_of_a_choice_says_nothing(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await taken_on(room, 1)
    client = await client_of(alice)
    for odd in (
        "x",
        "9@2026-99-01T09:00Z/2026-11-24T11:00Z",
        f"{room.id}@2026-12-24T09:00Z/2026-12-24T11:00Z",
        f"{room.id}@2026-11-24T09:00Z/9999-12-31T23:59Z",
        f"{room.id}@9999-12-31T23:58Z/9999-12-31T23:59Z",
    ):
        answer = await client.post(address(room), data=typed(project, **{"on-2026-11-24": odd}))
        assert answer.status_code == 409
    assert await Reservation.filter(member_id=alice.id).count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"repeat_until": "2026-11-25"}, "That is not more than one date."),
        ({"repeat_until": "2028-11-25"}, "more than 52 dates"),
        ({"repeat_times": "53"}, "This must be at most 52."),
        ({"repeat": "hourly"}, "Choose one of the values on offer."),
    ],
)
async def test_wrong_fields_are_told(
    client_of: Any, room: Any, alice: Any, project: Any, changes: Any, sentence: str
) -> None:
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(project, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await Reservation.all().count() == 0


async def test_too_little_money_is_told_with_the_sum_of_all(client_of: Any, room: Any, alice: Any) -> None:
    short = await make.activity(alice, of=room.venue.entity, cents=9679, name="Short")
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(short), headers=LIVE)
    assert "€0.01 too little" in page.text
    answer = await client.post(address(room), data=typed(short))
    assert answer.status_code == 409
    assert "€0.01 too little" in answer.text
    assert await Transfer.filter(kind="pend").count() == 0
    assert await Reservation.all().count() == 0


async def test_equipment_is_taken_along_in_the_same_press(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    beamer = await make.resource(
        at=room.venue,
        name="Projector",
        kind="equipment",
        units=3,
        hour_cents=200,
        half_day_cents=None,
        day_cents=None,
    )
    charlie = await make.member("Charlie")
    await make.reservation(beamer, charlie, make.span())
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project, repeat=""))
    assert "2 of 3 free then" in page.text
    one = typed(project, repeat="", extra=str(beamer.id))
    page = await client.get(address(room), params=one, headers=LIVE)
    assert "with Projector" in page.text
    assert "€29.04" in page.text
    done = await client.post(address(room), data=one | {"seen": "2904"})
    assert done.status_code == 303
    main = await Reservation.get(member_id=alice.id, resource_id=room.id)
    along = await Reservation.get(member_id=alice.id, resource_id=beamer.id)
    assert (along.beside_id, along.span) == (main.id, main.span)
    assert done.headers["location"].endswith(str(main.id))
    again = await client.post(address(room), data=one | {"seen": "2904"})
    assert again.headers["location"] == done.headers["location"]
    assert await Series.all().count() == 0


@pytest.fixture
async def beamers(room: Any) -> Any:
    """Three of them, one of which is out at the usual time."""
    made = await make.resource(
        at=room.venue,
        name="Projector",
        kind="equipment",
        units=3,
        hour_cents=200,
        half_day_cents=None,
        day_cents=None,
    )
    await make.reservation(made, await make.member("Charlie"), make.span())
    return made


async def test_two_pieces_of_a_kind_are_taken_along(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project, repeat=""))
    box = re.search(rf'<input[^>]*name="extra-{beamers.id}"[^>]*>', page.text)
    assert box
    assert 'type="number" value="0"' in box[0]
    assert 'max="3"' in box[0]
    assert "€4.84 each" in page.text
    two = typed(project, repeat="", **{f"extra-{beamers.id}": "2"})
    page = await client.get(address(room), params=two, headers=LIVE)
    assert "with Projector × 2" in page.text
    assert "€33.88" in page.text
    done = await client.post(address(room), data=two | {"seen": "3388"})
    assert done.status_code == 303
    along = await Reservation.get(member_id=alice.id, resource_id=beamers.id)
    assert (along.quantity, along.total_cents) == (2, 968)
    shown = await client.get(done.headers["location"])
    assert "Projector × 2" in shown.text


async def test_what_cancelling_costs_counts_what_is_taken_along(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    two = typed(project, repeat="", **{f"extra-{beamers.id}": "2"})
    await beamers.update_from_dict({"free_until_hours": 24, "late_fee_percent": 50}).save()
    page = await client.get(address(room), params=two, headers=LIVE)
    assert "After that it costs 50%: €16.94." in page.text  # half of €33.88
    await beamers.update_from_dict({"free_until_hours": 2, "late_fee_percent": 50}).save()
    page = await client.get(address(room), params=two, headers=LIVE)
    assert "Quai: Cancelling is free until" in page.text
    assert "costs 50%: €12.10." in page.text
    assert "Projector × 2: Cancelling is free until" in page.text
    assert "costs 50%: €4.84." in page.text


async def test_whoever_moves_the_room_is_told_what_stays(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    two = typed(project, repeat="", **{f"extra-{beamers.id}": "2"})
    done = await client.post(address(room), data=two)
    along = await Reservation.get(member_id=alice.id, resource_id=beamers.id)
    form = await client.get(f"{done.headers['location']}/change")
    assert "What you take along keeps its own time." in form.text
    assert f'href="/reservations/{along.id}">Projector × 2</a>, Tue 24 Nov, 10:00–12:00' in form.text
    shown = (await client.get(done.headers["location"])).text
    assert "Projector × 2</a>, €9.68 " in shown
    moved = await client.post(
        f"{done.headers['location']}/change",
        data={"day": "2026-11-24", "begins": "10:00", "ends": "13:00", "people": "2", "quantity": "1"},
    )
    assert moved.status_code == 303
    shown = (await client.get(done.headers["location"])).text
    assert "Projector × 2</a>, €9.68, Tue 24 Nov, 10:00–12:00" in shown
    cancelling = await client.get(f"{done.headers['location']}/cancel", follow_redirects=True)
    assert "Projector × 2" in cancelling.text


async def test_none_of_a_kind_is_a_booking_of_the_room_alone(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    for nothing in ("0", ""):
        form = typed(project, repeat="", **{f"extra-{beamers.id}": nothing}, begins="14:00", ends="15:00")
        page = await client.get(address(room), params=form, headers=LIVE)
        assert "with Projector" not in page.text
    done = await client.post(address(room), data=form)
    assert done.status_code == 303
    assert [each.beside_id for each in await Reservation.filter(member_id=alice.id)] == [None]


async def test_a_link_that_ticks_a_kind_asks_for_one_of_it(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project, repeat="", extra=str(beamers.id)))
    box = re.search(rf'<input[^>]*name="extra-{beamers.id}"[^>]*>', page.text)
    assert box
    assert 'value="1"' in box[0]
    assert "with Projector," in page.text


async def test_more_than_are_free_then_are_refused(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    for many, said in (("3", "Without Projector × 3"), ("4", "There are 3 of these, and you asked for 4.")):
        form = typed(project, repeat="", **{f"extra-{beamers.id}": many})
        refused = await client.post(address(room), data=form)
        assert refused.status_code == 409
        assert said in refused.text
        assert "A series is booked whole" not in refused.text
        assert "1 of 1 dates" not in refused.text
        assert f'name="extra-{beamers.id}" type="number" value="{many}"' in refused.text
    assert await Reservation.filter(member_id=alice.id).count() == 0


async def test_what_is_no_number_of_pieces_is_told(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    for odd in ("-1", "two", "1.5", "501", "9" * 30):
        refused = await client.post(
            address(room), data=typed(project, repeat="", **{f"extra-{beamers.id}": odd})
        )
        assert refused.status_code == 422
        assert f'id="f-extra-{beamers.id}-error"' in refused.text
        assert f'value="{odd}"' in refused.text
    assert await Reservation.filter(member_id=alice.id).count() == 0


async def test_another_activity_keeps_the_pieces_that_were_asked_for(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    poor = await make.activity(alice, of=room.venue.entity, cents=3_000, name="Poor")
    client = await client_of(alice)
    form = typed(poor, repeat="", **{f"extra-{beamers.id}": "2"})
    refused = await client.post(address(room), data=form)
    assert refused.status_code == 409
    assert re.search(rf'href="[^"]*extra-{beamers.id}=2[^"]*">Pay from Comics', refused.text)
    assert await Reservation.filter(member_id=alice.id).count() == 0


async def test_what_is_taken_along_stays_where_something_else_is_wrong(
    client_of: Any, room: Any, alice: Any, project: Any, beamers: Any
) -> None:
    client = await client_of(alice)
    wrong = typed(project, repeat="", people="none", **{f"extra-{beamers.id}": "2"})
    refused = await client.post(address(room), data=wrong)
    assert refused.status_code == 422
    assert f'name="extra-{beamers.id}" type="number" value="2"' in refused.text


async def test_equipment_that_is_out_on_one_date_can_be_left_there(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    beamer = await make.resource(at=room.venue, name="Projector", kind="equipment", hour_cents=200)
    charlie = await make.member("Charlie")
    await make.reservation(beamer, charlie, make.span(days=8))
    client = await client_of(alice)
    form = typed(project, extra=str(beamer.id))
    page = await client.get(address(room), params=form, headers=LIVE)
    alone = way(page, "2026-12-01", "Without Projector")
    refused = await client.post(address(room), data=form)
    assert refused.status_code == 409
    assert await Reservation.filter(member_id=alice.id).count() == 0
    done = await client.post(address(room), data=form | {"on-2026-12-01": alone})
    assert done.status_code == 303
    assert await Reservation.filter(member_id=alice.id, resource_id=room.id).count() == 4
    assert await Reservation.filter(member_id=alice.id, resource_id=beamer.id).count() == 3


async def test_equipment_of_another_house_is_not_taken_along(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    elsewhere = await make.resource(kind="equipment")
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(project, repeat="", extra=str(elsewhere.id)))
    assert answer.status_code in (404, 422)
    assert await Reservation.all().count() == 0


async def test_whoever_leaves_is_told_so(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    await leaving.ask(alice, at=NOW)
    client = await client_of(alice)
    page = await client.get(address(room), params=typed(project))
    assert "This account ends on" in page.text
    answer = await client.post(address(room), data=typed(project))
    assert answer.status_code == 409
    assert "This account ends on" in answer.text
    assert 'href="/settings/leave"' in answer.text
    assert await Reservation.all().count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("extra", ["0", "-1", "2147483647", "9223372036854775808"])
async def test_equipment_that_is_not_there_is_a_wrong_field(
    client_of: Any, room: Any, alice: Any, project: Any, method: str, extra: str
) -> None:
    client = await client_of(alice)
    told = typed(project, extra=extra)
    answer = await (
        client.get(address(room), params=told) if method == "get" else client.post(address(room), data=told)
    )
    assert answer.status_code == 422
    assert 'value="Choir"' in answer.text
    assert await Reservation.all().count() == 0


async def test_what_was_withdrawn_meanwhile_is_a_wrong_field(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    beamer = await make.resource(at=room.venue, name="Beamer", kind="equipment", published=False)
    client = await client_of(alice)
    for answer in (
        await client.get(address(room), params=typed(project, extra=beamer.id)),
        await client.post(address(room), data=typed(project, extra=beamer.id)),
    ):
        assert answer.status_code == 422
        assert 'value="Choir"' in answer.text
    assert await Reservation.all().count() == 0


async def test_a_choice_that_no_clock_shows_says_nothing(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    client = await client_of(alice)
    for moment in ("9999-12-31T23:00Z/9999-12-31T23:59Z", "0001-01-01T00:00Z/0001-01-01T01:00Z"):
        page = await client.get(
            address(room), params=typed(project, **{"on-2026-11-24": f"{room.id}@{moment}"})
        )
        assert page.status_code == 200
        assert "Every Tuesday, 4 dates" in page.text


async def test_a_choice_in_another_house_says_nothing(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    far = await make.resource(at=await make.venue(name="Elsewhere"), name="Far")
    client = await client_of(alice)
    chosen = {f"on-{day}": f"{far.id}@{day}T10:00Z/{day}T11:00Z" for day in ("2026-11-24", "2026-12-01")}
    page = await client.get(address(room), params=typed(project, repeat_times="2", **chosen))
    assert page.status_code == 200
    answer = await client.post(address(room), data=typed(project, repeat_times="2", **chosen))
    assert answer.status_code == 303
    assert {each.resource_id for each in await Reservation.all()} == {room.id}
