"""A program reserves by card: held, with the page to pay on; read back until it is confirmed."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from booking import payments
from booking.payments import Payment
from booking.reservations import Reservation
from tests import make
from tests.api.conftest import HOME, key, problem, wish
from tests.make import NOW


@pytest.fixture
async def program(alice, app):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=f"{HOME}/api/v1",
        headers={"Authorization": f"Bearer {await key(alice)}", "Accept-Language": "en"},
    ) as client:
        yield client


def by_card(room, **values):
    return {**wish(room, None), "payment": "card", **values}


async def test_it_works(double, room, program):
    keyed = {"Idempotency-Key": str(uuid4())}
    answer = await program.post("/reservations", json=by_card(room), headers=keyed)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["state"], said["card"]["cents"]) == ("held", 2420)
    assert said["card"]["payment_url"].startswith(f"{double.base}/c/pay/")
    assert said["card"]["pay_until"] == said["held_until"] == "2026-11-23T08:32:00Z"
    again = await program.post("/reservations", json=by_card(room), headers=keyed)
    assert again.json() == said
    path = f"/reservations/{said['id']}"
    assert (await program.get(path)).json()["card"] == said["card"]
    assert (await program.post(f"{path}/payment", json={})).json()["card"] == said["card"]
    double.pay(said["card"]["payment_url"])
    await payments.settle_due(NOW + timedelta(minutes=2))
    done = (await program.get(path)).json()
    assert done["state"] == "confirmed"
    assert done["card"] == {"cents": 2420, "payment_url": None, "pay_until": None}
    problem(await program.post(f"{path}/payment", json={}), 409, "nothing_to_pay")
    assert await Payment.all().count() == 1


async def test_a_card_pays_what_the_activity_does_not_cover(double, room, house, alice, program):
    activity = await make.activity(alice, of=house.entity, cents=1000)
    answer = await program.post("/reservations", json=by_card(room, activity_id=activity.id))
    said = answer.json()
    assert (said["state"], said["card"]["cents"], said["paid_cents"]) == ("held", 1420, 1000)


async def test_a_silent_stripe_holds_it_all_the_same(double, room, program):
    double.fail("/v1/checkout/sessions", "500", times=10)
    said = (await program.post("/reservations", json=by_card(room))).json()
    assert (said["state"], said["card"]["payment_url"]) == ("held", None)
    problem(await program.post(f"/reservations/{said['id']}/payment", json={}), 409, "no_answer")
    double.well()
    await payments.close_connections()
    url = (await program.post(f"/reservations/{said['id']}/payment", json={})).json()["card"]["payment_url"]
    assert url.startswith(double.base)


async def test_who_cannot(double, room, house, alice, program, monkeypatch):
    answer = await program.post("/reservations", json=by_card(room, payment="cash"))
    problem(answer, 422, "invalid")
    await make.role("host", alice, venue=house)
    bob = await make.member("Bob")
    said = problem(
        await program.post("/reservations", json=by_card(room, member_email=bob.email)), 422, "invalid"
    )
    assert [each["field"] for each in said["errors"]] == ["payment"]
    import settings

    monkeypatch.setattr(settings, "STRIPE_KEYS", "")
    said = problem(await program.post("/reservations", json=by_card(room)), 422, "invalid")
    assert "Cards are not taken here" in said["errors"][0]["message"]
    assert await Reservation.all().count() == 0


async def test_others_do_not_see_the_page(double, room, house, program, app):
    said = (await program.post("/reservations", json=by_card(room))).json()
    stella = await make.manager(house)
    headers = {"Authorization": f"Bearer {await key(stella)}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=f"{HOME}/api/v1", headers=headers
    ) as other:
        seen = await other.get(f"/reservations/{said['id']}")
        assert seen.json()["card"]["payment_url"] is None
        assert (await other.post(f"/reservations/{said['id']}/payment", json={})).status_code == 404
