"""A host books for somebody who pays by card: held, a mail with the way to pay, then booked or free again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import notifications, payments, reservations
from booking.notifications import Message
from booking.payments import Payment
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def host(house, client_of):
    return await client_of(await make.manager(house))


def typed(alice, **values):
    return {
        "id": str(uuid4()),
        "day": "2026-12-01",
        "begins": "10:00",
        "ends": "12:00",
        "people": "1",
        "member_email": alice.email,
        "activity": "card",
        "pay_hours": "72",
        **values,
    }


async def asked(host, room, alice, **values):
    answer = await host.post(f"/resources/{room.id}/reserve", data=typed(alice, **values))
    assert answer.status_code == 303, answer.text
    made = await Reservation.get()
    assert answer.headers["location"] == f"/reservations/{made.id}"
    return made


async def mails():
    while await notifications.write_messages(NOW):
        pass
    return [each.kind for each in await Message.all().order_by("created_at")]


async def test_it_works(double, room, alice, host, client_of):
    form = await host.get(f"/resources/{room.id}/reserve", params=typed(alice))
    assert "Hold it and ask Alice to pay" in form.text
    assert 'name="pay_hours"' in form.text
    made = await asked(host, room, alice)
    assert (made.state, made.member_id, made.held_until) == ("held", alice.id, NOW + timedelta(hours=72))
    assert await Payment.all().count() == 0
    assert await mails() == ["payment_reminder"]
    mail = await Message.get()
    assert mail.member_id == alice.id
    assert f"/reservations/{made.id}" in mail.text
    browser = await client_of(alice)
    assert "Pay €24.20 now" in (await browser.get(f"/reservations/{made.id}")).text
    page = await browser.post(f"/reservations/{made.id}/pay")
    # Stripe's page lives a day at the most; the time is kept all the same.
    assert (await Payment.get()).expires_at == NOW + timedelta(hours=23)
    assert (await Reservation.get()).held_until == NOW + timedelta(hours=72)
    double.pay(page.headers["location"])
    await payments.settle_due(NOW + timedelta(minutes=2))
    assert (await Reservation.get()).state == "confirmed"


async def test_a_page_that_ran_out_is_followed_by_another(double, room, alice, host, client_of):
    made = await asked(host, room, alice)
    browser = await client_of(alice)
    await browser.post(f"/reservations/{made.id}/pay")
    double.later(hours=24)
    at = NOW + timedelta(hours=24)
    await payments.settle_due(at)
    assert (await Reservation.get()).state == "held"
    url = await payments.checkout(made.id, at=at)
    double.pay(url)
    await payments.settle_due(at + timedelta(minutes=2))
    assert (await Reservation.get()).state == "confirmed"
    assert [each.status for each in await Payment.all().order_by("number")] == ["expired", "paid"]


async def test_nobody_pays(double, room, alice, host):
    await asked(host, room, alice, pay_hours="2")
    at = NOW + timedelta(hours=2)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    assert (await Reservation.get()).state == "expired"
    assert await Claim.all().count() == 0


async def test_whom_a_guest_is(double, room, house, host):
    guest = await make.member("Greta", email="greta@guest.example", guest=True, category="external")
    made = await asked(host, room, guest)
    assert made.total_cents == 3630
    await mails()
    assert "/guest/" in (await Message.get()).text


async def test_a_time_that_nobody_may_choose(double, room, alice, host):
    answer = await host.post(f"/resources/{room.id}/reserve", data=typed(alice, pay_hours="1000"))
    assert answer.status_code == 422
    assert await Reservation.all().count() == 0
