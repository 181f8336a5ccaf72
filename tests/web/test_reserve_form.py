"""GET and POST /resources/{id}/reserve, and the quote beside the button."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from booking import reservations
from booking.budgets import Activity, ActivityPerson
from booking.events import Event
from booking.ledger import Transfer
from booking.places.models import Closure
from booking.reservations import RULE_OF, Reservation
from booking.web.offering import RULE_WORDS
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24, late_fee_percent=50)


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(room: Any, alice: Any) -> Activity:
    return await make.activity(alice, of=room.venue.entity, cents=10_000, name="Comics")


def typed(project: Any = None, **changes: Any) -> dict[str, Any]:
    told = {
        "id": str(uuid4()),
        "day": "2026-11-24",
        "begins": "10:00",
        "ends": "12:00",
        "people": "2",
        "title": "Storyboard",
        "activity": project.id if project else "",
        **changes,
    }
    return {name: value for name, value in told.items() if value != ""}


def address(resource: Any) -> str:
    return f"/resources/{resource.id}/reserve"


async def nothing_happened() -> None:
    assert await Reservation.all().count() == 0
    assert await Transfer.filter(kind="pend").count() == 0
    assert await Event.filter(name__startswith="reservation.").count() == 0


async def test_it_works(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    page = await client.get(address(room), params={"from": "2026-11-24T09:00Z", "until": "2026-11-24T11:00Z"})
    assert page.status_code == 200
    assert '<option value="10:00" selected>10:00</option>' in page.text
    assert "€24.20" in page.text  # two hours at 10, and 21 % VAT
    assert "€75.80" in page.text  # what Comics has left after
    assert "Cancelling is free until Mon, 23 Nov 2026, 10:00" in page.text
    assert "€12.10" in page.text  # the fee after that
    id = re.search(r'name="id" value="([0-9a-f-]{36})"', page.text)
    assert id

    answer = await client.post(address(room), data=typed(project, id=id[1], note="Two chairs"))

    assert (answer.status_code, answer.headers["location"]) == (303, f"/reservations/{id[1]}")
    done = await Reservation.get(id=id[1])
    assert (done.state, done.span, done.people, done.title, done.note) == (
        "confirmed",
        make.span(),
        2,
        "Storyboard",
        "Two chairs",
    )
    assert (done.activity_id, done.total_cents, done.paid_cents) == (project.id, 2420, 2420)
    assert "Booked." in (await client.get(answer.headers["location"])).text


async def test_a_stranger_sees_the_form_and_the_way_to_sign_in(client: Any, room: Any) -> None:
    page = await client.get(address(room), params={"day": "2026-11-24", "begins": "10:00", "ends": "12:00"})
    assert page.status_code == 200
    assert "€36.30" in page.text  # the guests' price
    link = re.search(r'href="(/sign-in\?next=[^"]+)"', page.text)
    assert link
    assert f"%2Fresources%2F{room.id}%2Freserve" in link[1]
    assert "day%3D2026-11-24" in link[1]
    assert 'name="activity"' not in page.text


async def test_a_stranger_cannot_book(client: Any, room: Any) -> None:
    answer = await client.post(address(room), data=typed())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    await nothing_happened()


async def test_the_first_free_time_is_proposed(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    await make.reservation(
        room,
        alice,
        make.span("08:00", "13:00", days=0),
        on=project,
        moment=make.span("06:00", days=0).begins_at,
    )
    page = (await (await client_of(alice)).get(address(room))).text
    assert 'value="2026-11-23"' in page
    assert '<option value="13:00" selected>' in page
    assert '<option value="14:00" selected>' in page


async def test_the_quote_alone(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    asked = typed(project, ends="13:00", shown_day="2026-11-24", shown_for=str(alice.id))
    part = await client.get(f"/resources/{room.id}/quote", params=asked, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'id="when"' not in part.text
    assert "€36.30" in part.text
    assert 'name="seen" value="3630"' in part.text
    whole = await client.get(f"/resources/{room.id}/quote", params=asked)
    assert "<html" in whole.text
    await nothing_happened()


async def test_the_quote_says_no_and_what_would_work(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=make.span().begins_at,
        ends_at=make.span().ends_at,
        reason="Painters",
        created_at=NOW,
    )
    client = await client_of(alice)
    part = await client.get(
        f"/resources/{room.id}/quote", params=typed(project), headers={"HX-Request": "true"}
    )
    assert "Painters" in part.text
    assert "What would work:" in part.text
    assert (
        f"/resources/{room.id}/reserve?people=2&amp;activity={project.id}&amp;title=Storyboard&amp;from="
        in part.text
    )


async def test_what_cannot_be_read(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    answer = await client.post(
        address(room), data=typed(project, day="soon", begins="25:99", people="0", title="x" * 121)
    )
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 4
    assert "x" * 121 in answer.text
    assert re.search(rf'value="{project.id}" checked', answer.text)
    await nothing_happened()


async def test_the_end_before_the_beginning(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    answer = await (await client_of(alice)).post(address(room), data=typed(project, ends="09:00"))
    assert answer.status_code == 422
    assert "The end must come after the beginning." in answer.text
    await nothing_happened()


async def test_taken(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    other = await make.resource(at=room.venue, name="Pont")
    charlie = await make.member("Charlie")
    await make.reservation(room, charlie, make.span("11:00", "13:00"))
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(project, note="Two chairs"))
    assert answer.status_code == 409
    assert "Quai is no longer free at that time." in answer.text
    assert "Charlie" not in answer.text
    links = re.findall(r'<a class="button" href="([^"]+)"', answer.text)
    assert any(f"/resources/{other.id}/reserve" in link for link in links)
    assert all("note=Two+chairs" in link and "title=Storyboard" in link for link in links)
    assert await Reservation.filter(member_id=alice.id).count() == 0
    assert await Transfer.filter(kind="pend", debit_id=project.account_id).count() == 0
    works = await client.get(links[0].replace("&amp;", "&"))
    assert works.status_code == 200
    assert 'value="Storyboard"' in works.text


async def test_too_little_money(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    rich = await make.activity(alice, of=room.venue.entity, name="Film")
    poor = await make.activity(alice, of=room.venue.entity, cents=100, name="Zine")
    answer = await (await client_of(alice)).post(address(room), data=typed(poor))
    assert answer.status_code == 409
    assert "Zine has €1.00 available" in answer.text
    assert "Pay from Film, €1,000.00 available" in answer.text
    assert f"activity={rich.id}" in answer.text
    await nothing_happened()


async def test_an_activity_of_somebody_else(client_of: Any, room: Any, alice: Any) -> None:
    charlie = await make.member("Charlie")
    secret = await make.activity(charlie, of=room.venue.entity, name="Canary song")
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(secret))
    assert answer.status_code == 422
    assert "Canary" not in answer.text
    asked = await client.get(address(room), params=typed(secret))
    assert asked.status_code == 200
    assert "Canary" not in asked.text
    await nothing_happened()


async def test_more_than_one_may_spend(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    await ActivityPerson.filter(activity_id=project.id).update(reservation_limit_cents=1000)
    answer = await (await client_of(alice)).post(address(room), data=typed(project))
    assert answer.status_code == 409
    assert "You may spend €10.00 per booking" in answer.text
    await nothing_happened()


async def test_a_price_nobody_saw(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    answer = await client.post(address(room), data=typed(project, ends="13:00", seen="2420"))
    assert answer.status_code == 409
    assert "This costs €36.30 now, not the €24.20 you saw." in answer.text
    await nothing_happened()
    assert (await client.post(address(room), data=typed(project, seen="3630"))).status_code == 303


async def test_the_hour_that_does_not_exist(client_of: Any, alice: Any) -> None:
    night = await make.resource(at=await make.venue(hours=None), longest_minutes=600)
    pays = await make.activity(alice, of=night.venue.entity)
    client = await client_of(alice)
    answer = await client.post(
        address(night), data=typed(pays, day="2027-03-28", begins="02:00", ends="03:30")
    )
    assert answer.status_code == 409
    assert "02:00 does not exist on Sunday, 28 March 2027" in answer.text
    assert "Sun, 28 Mar 2027, 03:00–03:30" in answer.text
    assert "from=2027-03-28T01%3A00Z" in answer.text
    await nothing_happened()
    page = await client.get(
        address(night), params=typed(pays, day="2027-03-28", begins="03:00", ends="04:00")
    )
    assert '<option value="02:00"' not in page.text


async def test_the_hour_that_comes_twice(client_of: Any, alice: Any) -> None:
    night = await make.resource(at=await make.venue(hours=None), longest_minutes=600)
    pays = await make.activity(alice, of=night.venue.entity)
    client = await client_of(alice)
    part = await client.get(
        f"/resources/{night.id}/quote",
        params=typed(pays, day="2027-10-31", begins="01:00", ends="04:00", shown_day="2026-11-24"),
        headers={"HX-Request": "true"},
    )
    assert 'id="when"' in part.text
    assert '<option value="02:00">02:00 (CEST)</option>' in part.text
    assert '<option value="02:00-2">02:00 (CET)</option>' in part.text
    for begins, ends, hour in [("02:00", "02:00-2", 0), ("02:00-2", "03:00", 1)]:
        answer = await client.post(
            address(night), data=typed(pays, day="2027-10-31", begins=begins, ends=ends)
        )
        assert answer.status_code == 303
        id = answer.headers["location"].rpartition("/")[2]
        done = await Reservation.get(id=id)
        assert (done.begins_at.hour, done.span.minutes) == (hour, 60)
        kept = await client.get(
            address(night),
            params={"from": done.begins_at.isoformat(), "until": done.ends_at.isoformat()},
        )
        assert f'<option value="{begins}" selected>' in kept.text
        assert f'<option value="{ends}" selected>' in kept.text


async def test_a_pool_asks_how_many(client_of: Any, alice: Any) -> None:
    desks = await make.resource(units=3)
    pays = await make.activity(alice, of=desks.venue.entity)
    client = await client_of(alice)
    page = (await client.get(address(desks), params={"people": "2"})).text
    assert 'name="people"' not in page
    assert re.search(r'name="quantity" type="number" value="2"', page)
    answer = await client.post(address(desks), data=typed(pays, quantity="2", people=""))
    assert answer.status_code == 303
    done = await Reservation.get(member_id=alice.id)
    assert (done.quantity, done.people) == (2, 2)
    answer = await client.post(address(desks), data=typed(pays, quantity="2", people=""))
    assert answer.status_code == 409


async def test_over_days(client_of: Any, alice: Any) -> None:
    kit = await make.resource(at=await make.venue(hours=None), kind="equipment", longest_minutes=10_080)
    pays = await make.activity(alice, of=kit.venue.entity)
    client = await client_of(alice)
    assert 'name="last_day"' in (await client.get(address(kit))).text
    answer = await client.post(address(kit), data=typed(pays, last_day="2026-11-26", people=""))
    assert answer.status_code == 303
    done = await Reservation.get(member_id=alice.id)
    assert done.ends_at == make.at(date(2026, 11, 26), "12:00")
    wrong = await client.post(address(kit), data=typed(pays, last_day="2026-11-23", people=""))
    assert wrong.status_code == 422


async def test_a_request_waits_for_the_house(client_of: Any, alice: Any) -> None:
    hall = await make.resource(approval=True)
    pays = await make.activity(alice, of=hall.venue.entity)
    client = await client_of(alice)
    page = await client.get(address(hall), params=typed(pays))
    assert "A host confirms this booking." in page.text
    assert "Ask for it" in page.text
    answer = await client.post(address(hall), data=typed(pays))
    assert answer.status_code == 303
    assert (await Reservation.get(member_id=alice.id)).state == "held"


async def test_a_foreign_currency_shows_the_rate(client_of: Any, room: Any, alice: Any) -> None:
    from booking.pricing.models import ExchangeRate

    await ExchangeRate.create(currency="SEK", on_date=date(2026, 11, 20), per_euro="11.25", source="ECB")
    swedish = await make.entity(country="SE", currency="SEK", zone="Europe/Stockholm")
    pays = await make.activity(alice, of=swedish, cents=100_000)
    page = (await (await client_of(alice)).get(address(room), params=typed(pays))).text
    assert "Your Activity pays <strong>SEK\N{NO-BREAK SPACE}272.25</strong>" in page or "272.25" in page
    assert "1 EUR = 11.25 SEK, reference rate of Fri, 20 Nov 2026" in page
    assert "€24.20" in page


async def test_a_manager_books_for_a_member(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    stella = await make.manager(room.venue)
    client = await client_of(stella)
    page = await client.get(address(room), params=typed(member_email=alice.email))
    assert "You book for Alice." in page.text
    assert "Comics" in page.text
    assert "€100.00" not in page.text  # what Alice has is not the house's business
    answer = await client.post(address(room), data=typed(project, member_email=alice.email))
    assert answer.status_code == 303
    done = await Reservation.get(resource_id=room.id)
    assert (done.member_id, done.booked_by_id) == (alice.id, stella.id)


async def test_a_manager_does_not_learn_what_is_left(client_of: Any, room: Any, alice: Any) -> None:
    poor = await make.activity(alice, of=room.venue.entity, cents=123, name="Zine")
    client = await client_of(await make.manager(room.venue))
    answer = await client.post(address(room), data=typed(poor, member_email=alice.email))
    assert answer.status_code == 409
    assert "This Activity cannot pay for this booking." in answer.text
    assert "€1.23" not in answer.text
    await nothing_happened()


async def test_only_the_house_books_for_others(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    charlie = await make.member("Charlie")
    client = await client_of(charlie)
    assert (
        await client.post(address(room), data=typed(project, member_email=alice.email))
    ).status_code == 404
    assert (await client.get(address(room), params=typed(member_email=alice.email))).status_code == 404
    await nothing_happened()


async def test_an_address_nobody_has(client_of: Any, room: Any) -> None:
    client = await client_of(await make.manager(room.venue))
    answer = await client.post(address(room), data=typed(member_email="nobody@example.org"))
    assert answer.status_code == 422
    assert "Nobody here has this e-mail address." in answer.text


async def test_a_manager_sets_a_rule_aside(client_of: Any, room: Any) -> None:
    stella = await make.manager(room.venue)
    pays = await make.activity(stella, of=room.venue.entity)
    client = await client_of(stella)
    asked = typed(pays, begins="06:00", ends="08:00")
    refused = await client.post(address(room), data=asked)
    assert refused.status_code == 409
    assert 'name="aside" value="open"' in refused.text
    await nothing_happened()
    answer = await client.post(address(room), data=asked | {"aside": "open", "aside_reason": "Film crew"})
    assert answer.status_code == 303
    done = await Reservation.get(resource_id=room.id)
    assert done.overrides == ["open"]
    event = await Event.get(name="reservation.confirmed")
    assert event.data["override_reason"] == "Film crew"


async def test_a_member_sets_nothing_aside(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    asked = typed(project, begins="06:00", ends="08:00")
    assert 'name="aside"' not in (await client.post(address(room), data=asked)).text
    answer = await client.post(address(room), data=asked | {"aside": "open"})
    assert answer.status_code == 409
    await nothing_happened()


def test_every_rule_that_can_be_set_aside_has_words() -> None:
    assert set(RULE_OF.values()) == set(RULE_WORDS) == reservations.OVERRIDABLE


async def test_markup_stays_text(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    answer = await (await client_of(alice)).post(
        address(room), data=typed(project, title="<script>x</script>", ends="09:00")
    )
    assert "<script>x" not in answer.text


async def test_nothing_there(client_of: Any, alice: Any) -> None:
    assert (await (await client_of(alice)).get("/resources/999999/reserve")).status_code == 404
