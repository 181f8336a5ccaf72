"""A host's program asks somebody without an account: the same operation as the page's."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import guests, notifications
from booking.events import Event
from booking.members import Member
from booking.notifications import Message
from booking.reservations import Claim, Reservation
from tests import make
from tests.api.conftest import program  # noqa: F401
from tests.make import NOW

GRETA = "greta@guest.example"


@pytest.fixture
async def hugo(house):
    hugo = await make.member("Hugo")
    await make.role("host", hugo, venue=house)
    return hugo


def wish(room, **values):
    return {
        "resource_id": room.id,
        "name": "Greta",
        "email": GRETA,
        "language": "de",
        "company": "Greta Ltd",
        "vat_number": "BE 0456.789.123",
        "begins_at": "2026-12-01T10:00:00+01:00",
        "ends_at": "2026-12-01T12:00:00+01:00",
        "people": 2,
        "pay_hours": 72,
        "title": "Workshop",
        **values,
    }


async def mails():
    while await notifications.write_messages(NOW):
        pass
    return await Message.all().order_by("created_at", "kind")


async def nothing_happened():
    assert await Reservation.all().count() == 0
    assert await Member.filter(guest=True).count() == 0
    assert await Claim.all().count() == 0
    assert not await mails()


async def test_it_works(double, room, house, hugo, program):  # noqa: F811
    desk = await program(hugo, "book", "read")
    key = {"Idempotency-Key": str(uuid4())}
    answer = await desk.post(f"/venues/{house.key}/guests", json=wish(room, seen_cents=3630), headers=key)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["state"], told["member_name"], told["title"]) == ("held", "Greta", "Workshop")
    assert (told["price"]["total_cents"], told["card"]["cents"]) == (3630, 3630)
    assert told["card"]["payment_url"] is None  # it goes to the guest alone
    assert answer.headers["location"] == told["href"]
    made = await Reservation.get().select_related("member", "booked_by")
    assert (made.held_for, made.held_until) == ("payment", NOW + timedelta(hours=72))
    assert (made.member.guest, made.member.language) == (True, "de")
    assert (made.booked_by.name, made.company, made.vat_number) == ("Hugo", "Greta Ltd", "BE0456789123")
    [mail] = await mails()
    assert (mail.kind, mail.to_email, mail.language) == ("guest_asked", GRETA, "de")
    assert await guests.page_path(made) in mail.text
    assert "guest" not in told["page"]

    again = await desk.post(f"/venues/{house.key}/guests", json=wish(room, seen_cents=3630), headers=key)
    assert again.json()["id"] == told["id"]
    assert await Reservation.all().count() == 1
    read = await desk.get(f"/reservations/{told['id']}")
    assert read.json()["card"]["payment_url"] is None


async def test_an_address_with_an_account_is_refused(double, room, house, hugo, program):  # noqa: F811
    alice = await make.member("Alice")
    answer = await (await program(hugo)).post(
        f"/venues/{house.key}/guests", json=wish(room, email=alice.email)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "has_account")
    await nothing_happened()


async def test_what_is_taken_is_told_with_what_would_work(double, room, house, hugo, program):  # noqa: F811
    desk = await program(hugo)
    assert (await desk.post(f"/venues/{house.key}/guests", json=wish(room))).status_code == 201
    answer = await desk.post(f"/venues/{house.key}/guests", json=wish(room, email="paul@guest.example"))
    assert (answer.status_code, answer.json()["code"]) == (409, "taken")
    assert answer.json()["alternatives"]
    assert await Member.filter(guest=True).count() == 1
    assert await Reservation.all().count() == 1


async def test_a_dearer_price_holds_nothing(double, room, house, hugo, program):  # noqa: F811
    answer = await (await program(hugo)).post(f"/venues/{house.key}/guests", json=wish(room, seen_cents=100))
    assert answer.status_code == 409
    await nothing_happened()


async def test_what_cannot_be_read(double, room, house, hugo, program):  # noqa: F811
    elsewhere = await make.resource(external=True)
    desk = await program(hugo)
    wrong = {
        "email": "no address",
        "vat_number": "BE1",
        "language": "tlh",
        "pay_hours": 73,
        "name": "",
        "resource_id": "x",
    }
    answer = await desk.post(f"/venues/{house.key}/guests", json=wish(room, **wrong))
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == set(wrong)
    answer = await desk.post(f"/venues/{house.key}/guests", json=wish(room, resource_id=elsewhere.id))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["resource_id"]
    answer = await desk.post(f"/venues/{house.key}/guests", json=wish(room, overrides=["lead"]))
    assert answer.status_code == 422
    await nothing_happened()


async def test_only_hosts_of_the_house_may(double, room, house, hugo, program):  # noqa: F811
    other = await make.venue()
    for who in (await make.member("Alice"), await make.manager(other)):
        answer = await (await program(who)).post(f"/venues/{house.key}/guests", json=wish(room))
        assert answer.status_code == 404
    assert (
        await (await program(hugo, "read")).post(f"/venues/{house.key}/guests", json=wish(room))
    ).status_code == 403
    await nothing_happened()


async def test_mails_to_one_address_are_counted(double, room, house, hugo, program):  # noqa: F811
    desk = await program(hugo)
    for minute in range(5):
        await desk.post(f"/venues/{house.key}/guests", json=wish(room, seen_cents=minute))
    answer = await desk.post(f"/venues/{house.key}/guests", json=wish(room))
    assert answer.status_code == 429
    await nothing_happened()
    assert await Event.filter(name="reservation.held").count() == 0
