"""A host books for a member: finding them, the space, the time, the member's Activity; managers set rules aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from booking.budgets import Activity
from booking.events import Event
from booking.reservations import Reservation
from tests import make


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai")


@pytest.fixture
async def house(room: Any) -> Any:
    return room.venue


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice", home_city="Ghent")


@pytest.fixture
async def illustration(alice: Any, house: Any) -> Any:
    return await make.activity(alice, of=house.entity, name="Illustration")


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


@pytest.fixture
async def hugo(house: Any, client_of: Callable[..., Any]) -> Any:
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    return await client_of(host)


def wish(alice: Any, room: Any, activity: Any = None, **changes: Any) -> dict[str, Any]:
    """What the form sends for tomorrow, ten to twelve."""
    return {
        "id": str(uuid4()),
        "q": "alice",
        "member": alice.id,
        "resource": room.id,
        "day": "2026-11-24",
        "begins": "10:00",
        "ends": "12:00",
        "people": "2",
        "activity": activity.id if activity else "",
        "title": "Proofs",
        **changes,
    }


async def nothing_happened(activity: Any = None) -> None:
    assert await Reservation.all().count() == 0
    assert await Event.filter(subject__startswith="reservation:").count() == 0
    if activity:
        kept = await Activity.get(id=activity.id).select_related("account")
        assert (kept.account.available_cents, kept.account.debits_pending_cents) == (100_000, 0)


async def test_it_works(hugo: Any, house: Any, room: Any, alice: Any, illustration: Any) -> None:
    found = await hugo.get(f"/manage/{house.key}/book?q=ali")
    assert "Alice" in found.text
    assert alice.email not in found.text
    assert f"al…@{alice.email.partition('@')[2]}" in found.text
    form = await hugo.get(f"/manage/{house.key}/book?q=ali&member={alice.id}&resource={room.id}")
    assert f"Illustration ({illustration.number})" in form.text
    assert "1,000" not in form.text
    answer = await hugo.post(f"/manage/{house.key}/book", data=wish(alice, room, illustration))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/manage/{house.key}?day=2026-11-24")
    done = await Reservation.get().select_related("booked_by", "activity__account")
    assert (done.member_id, done.booked_by.name, done.state) == (alice.id, "Hugo", "confirmed")
    assert (done.span, done.people, done.title) == (make.span(), 2, "Proofs")
    assert done.activity.account.debits_pending_cents == 2420


async def test_two_clicks_book_once(hugo: Any, house: Any, room: Any, alice: Any, illustration: Any) -> None:
    same = wish(alice, room, illustration)
    for _click in range(4):
        assert (await hugo.post(f"/manage/{house.key}/book", data=same)).status_code == 303
    assert await Reservation.all().count() == 1


@pytest.mark.parametrize("term", ["", "a", "al", "  a ", "%%%", "___", "al%", "nobody-of-that-name"])
async def test_nobody_lists_the_members(hugo: Any, house: Any, alice: Any, term: str) -> None:
    answer = await hugo.get(f"/manage/{house.key}/book", params={"q": term})
    assert answer.status_code == 200
    assert "Alice" not in answer.text


async def test_at_most_ten_are_shown(hugo: Any, house: Any) -> None:
    for number in range(12):
        await make.member(f"Roberta{number}")
    answer = await hugo.get(f"/manage/{house.key}/book?q=ROBERTA")
    assert answer.text.count("list-row-title") == 10
    assert "There may be more" in answer.text


async def test_names_with_accents_and_addresses_are_found(hugo: Any, house: Any) -> None:
    elodie = await make.member("Élodie")
    await make.member("Anna", email="zoe.anna@example.org")
    assert "Élodie" in (await hugo.get(f"/manage/{house.key}/book", params={"q": "élo"})).text
    assert elodie.name in (await hugo.get(f"/manage/{house.key}/book", params={"q": "lodie"})).text
    assert "Anna" in (await hugo.get(f"/manage/{house.key}/book", params={"q": "Zoe.a"})).text


async def test_a_number_without_a_name_shows_nobody(hugo: Any, house: Any, room: Any, alice: Any) -> None:
    """Counting through the ids would list everyone, so whoever is chosen must be among those found."""
    for query in (f"member={alice.id}", f"q=zzz&member={alice.id}", f"q=al&member={alice.id}"):
        answer = await hugo.get(f"/manage/{house.key}/book?{query}&resource={room.id}")
        assert answer.status_code == 200
        assert "Alice" not in answer.text
    for term in ("", "zzz"):
        answer = await hugo.post(f"/manage/{house.key}/book", data=wish(alice, room, q=term))
        assert answer.status_code == 404
    await nothing_happened()


async def test_looking_up_is_counted(hugo: Any, house: Any) -> None:
    answers = [await hugo.get(f"/manage/{house.key}/book?q=abc{number}") for number in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]


async def test_for_all_others_there_is_no_such_page(
    house: Any, room: Any, alice: Any, illustration: Any, client_of: Callable[..., Any]
) -> None:
    for someone in (alice, await make.member("Charlie"), await make.manager(await make.venue())):
        browser = await client_of(someone)
        answer = await browser.post(f"/manage/{house.key}/book", data=wish(alice, room, illustration))
        assert answer.status_code == 404
    await nothing_happened(illustration)


async def test_a_space_of_another_house_is_not_there(
    stella: Any, house: Any, alice: Any, illustration: Any
) -> None:
    elsewhere = await make.resource()
    answer = await stella.post(f"/manage/{house.key}/book", data=wish(alice, elsewhere, illustration))
    assert answer.status_code == 404
    await nothing_happened(illustration)


async def test_an_activity_of_somebody_else_does_not_pay(
    stella: Any, house: Any, room: Any, alice: Any
) -> None:
    foreign = await make.activity(await make.member("Bob"), of=house.entity)
    answer = await stella.post(f"/manage/{house.key}/book", data=wish(alice, room, foreign))
    assert answer.status_code == 404
    await nothing_happened(foreign)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", "tomorrow"),
        ("begins", "noon"),
        ("ends", "09:00"),
        ("people", "0"),
        ("id", "x"),
        ("title", "x" * 121),
        ("activity", "9" * 30),
    ],
)
async def test_what_cannot_be_read_is_told(
    stella: Any, house: Any, room: Any, alice: Any, illustration: Any, field: str, value: str
) -> None:
    typed = wish(alice, room, illustration) | {field: value}
    answer = await stella.post(f"/manage/{house.key}/book", data=typed)
    assert answer.status_code == 422
    assert "Proofs" in answer.text or field == "title"
    await nothing_happened(illustration)


async def test_a_refusal_shows_what_would_work(
    hugo: Any, house: Any, room: Any, alice: Any, illustration: Any
) -> None:
    answer = await hugo.post(
        f"/manage/{house.key}/book", data=wish(alice, room, illustration, begins="06:00", ends="07:00")
    )
    assert answer.status_code == 409
    assert "is not open all that time" in answer.text
    assert f"resource={room.id}&amp;from=2026-11-24T07%3A00Z" in answer.text
    # Hosts keep the rules; only managers may set them aside.
    assert 'name="overrides"' not in answer.text
    forced = wish(
        alice, room, illustration, begins="06:00", ends="07:00", overrides="open", override_reason="Why not"
    )
    answer = await hugo.post(f"/manage/{house.key}/book", data=forced)
    assert answer.status_code == 409
    assert "Only a manager" in answer.text
    await nothing_happened(illustration)


async def test_a_manager_sets_a_rule_aside_with_a_reason(
    stella: Any, house: Any, room: Any, alice: Any, illustration: Any
) -> None:
    early = wish(alice, room, illustration, begins="06:00", ends="07:00")
    asked = await stella.post(f"/manage/{house.key}/book", data=early)
    assert asked.status_code == 409
    assert 'value="open"' in asked.text
    silent = await stella.post(f"/manage/{house.key}/book", data={**early, "overrides": "open"})
    assert silent.status_code == 422
    assert 'value="open" checked' in silent.text
    await nothing_happened(illustration)
    told = {**early, "overrides": "open", "override_reason": "The choir travels at nine."}
    assert (await stella.post(f"/manage/{house.key}/book", data=told)).status_code == 303
    assert (await Reservation.get()).overrides == ["open"]
    assert (await Event.get(name="reservation.confirmed")).data[
        "override_reason"
    ] == "The choir travels at nine."
    shown = (await stella.get(f"/manage/{house.key}?day=2026-11-24")).text
    assert "Rule set aside" in shown


async def test_every_rule_in_the_way_is_offered_at_once(
    stella: Any, house: Any, alice: Any, illustration: Any
) -> None:
    room = await make.resource(at=house, longest_minutes=60, raster_minutes=60, quota=0)
    answer = await stella.post(
        f"/manage/{house.key}/book", data=wish(alice, room, begins="06:00", ends="08:00")
    )
    assert answer.status_code == 409
    for rule in ("open", "longest", "quota", "payment"):
        assert f'value="{rule}"' in answer.text


async def test_the_house_gives_it(stella: Any, house: Any, room: Any, alice: Any, illustration: Any) -> None:
    given = wish(alice, room, illustration, overrides="payment", override_reason="Open day")
    assert (await stella.post(f"/manage/{house.key}/book", data=given)).status_code == 303
    done = await Reservation.get()
    assert (done.total_cents, done.activity_id, done.overrides) == (0, None, ["payment"])


async def test_nobody_books_over_another_booking(
    stella: Any, house: Any, room: Any, alice: Any, illustration: Any
) -> None:
    await make.reservation(room, await make.member("Bob"))
    forced = wish(alice, room, illustration, overrides=["open", "shut", "quota"], override_reason="Please")
    answer = await stella.post(f"/manage/{house.key}/book", data=forced)
    assert answer.status_code == 409
    assert "no longer free" in answer.text
    assert await Reservation.filter(member_id=alice.id).count() == 0


async def test_a_rule_nobody_may_set_aside(
    stella: Any, house: Any, room: Any, alice: Any, illustration: Any
) -> None:
    many = wish(alice, room, illustration, people="99", overrides="people", override_reason="They are small")
    answer = await stella.post(f"/manage/{house.key}/book", data=many)
    assert answer.status_code == 409
    await nothing_happened(illustration)


async def test_the_hour_that_does_not_exist(stella: Any, alice: Any, client_of: Callable[..., Any]) -> None:
    house = await make.venue(hours=None)
    room = await make.resource(at=house)
    pays = await make.activity(alice, of=room.venue.entity)
    night = wish(alice, room, pays, day="2027-03-28", begins="02:30", ends="04:00")
    browser = await client_of(await make.manager(house))
    answer = await browser.post(f"/manage/{house.key}/book", data=night)
    assert answer.status_code == 409
    assert "does not exist" in answer.text
    await nothing_happened(pays)
