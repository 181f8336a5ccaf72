"""A program makes dearer what a card has paid: 202 with the page to pay on; done when it is paid, or as it was."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from booking import payments, reservations
from booking.payments import Payment, Receipt, Refund
from booking.reservations import ChangeHold, Claim, Reservation
from tests import make
from tests.api.conftest import HOME, key, problem
from tests.make import NOW
from tests.payments.conftest import held, paid

OLD, LONGER = make.span(days=3), make.span("10:00", "13:00", days=3)


@pytest.fixture
async def program(alice, app):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=f"{HOME}/api/v1",
        headers={"Authorization": f"Bearer {await key(alice)}", "Accept-Language": "en"},
    ) as client:
        yield client


def ends(at):
    return {"ends_at": at.isoformat()}


async def longer(program, made, **more):
    return await program.patch(f"/reservations/{made.id}", json={**ends(LONGER.ends_at), **more})


async def as_it_was(made):
    now = await Reservation.get(id=made.id)
    assert (now.state, now.span, now.total_cents, now.card_cents) == ("confirmed", OLD, 2420, 2420)
    assert [each.span for each in await Claim.filter(reservation_id=made.id)] == [OLD]


async def test_it_works(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    path = f"/reservations/{made.id}"
    quote = (
        await program.get(
            f"{path}/quote",
            params={"begins_at": OLD.begins_at.isoformat(), "ends_at": LONGER.ends_at.isoformat()},
        )
    ).json()
    assert (quote["bookable"], quote["difference_cents"], quote["card_cents"]) == (True, 1210, 1210)
    answer = await longer(program, made, title="Longer", seen_difference_cents=1210)
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert (said["state"], said["title"], said["price"]["total_cents"]) == ("confirmed", "", 2420)
    assert said["ends_at"] == "2026-11-26T11:00:00Z"
    change = said["card_change"]
    assert (change["state"], change["cents"], change["price"]["total_cents"]) == ("held", 1210, 3630)
    assert (change["begins_at"], change["ends_at"]) == ("2026-11-26T09:00:00Z", "2026-11-26T12:00:00Z")
    assert change["payment_url"].startswith(f"{double.base}/c/pay/")
    assert change["pay_until"] == "2026-11-23T08:32:00Z"
    assert said["card"] == {"cents": 2420, "payment_url": None, "pay_until": None}
    assert (await program.get(path)).json() == said
    assert (await program.post(f"{path}/payment", json={})).json() == said
    [listed] = (await program.get("/reservations")).json()["items"]
    assert listed["card_change"] == change | {"payment_url": None}
    double.pay(change["payment_url"])
    await payments.settle_due(NOW + timedelta(minutes=2))
    done = (await program.get(path)).json()
    assert (done["state"], done["title"], done["price"]["total_cents"]) == ("confirmed", "Longer", 3630)
    assert (done["ends_at"], done["card"]["cents"]) == ("2026-11-26T12:00:00Z", 3630)
    assert done["card_change"] == change | {"state": "done", "payment_url": None, "pay_until": None}
    card = (await program.get(f"{path}/card")).json()
    assert (card["paid_cents"], card["back_cents"], card["refunds"]) == (3630, 0, [])
    assert [(each["status"], each["paid_cents"], each["for_change"]) for each in card["payments"]] == [
        ("paid", 2420, False),
        ("paid", 1210, True),
    ]
    assert [(each["kind"], each["number"], each["gross_cents"]) for each in card["receipts"]] == [
        ("payment", "2026-0001", 2420),
        ("payment", "2026-0002", 1210),
    ]


async def test_the_same_request_again(double, room, alice, program):
    """By its key the same answer; without one the same change is found, and another is told to wait."""
    made = await paid(double, room, alice, OLD)
    path, keyed = f"/reservations/{made.id}", {"Idempotency-Key": str(uuid4())}
    first = await program.patch(path, json=ends(LONGER.ends_at), headers=keyed)
    again = await program.patch(path, json=ends(LONGER.ends_at), headers=keyed)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await program.patch(path, json=ends(OLD.ends_at), headers=keyed)
    problem(other, 422, "key_reused")
    assert (await longer(program, made)).json() == first.json()
    later = make.span("10:00", "14:00", days=3).ends_at
    problem(await program.patch(path, json=ends(later)), 409, "change_waits")
    problem(await longer(program, made, title="Otherwise"), 409, "change_waits")
    assert await ChangeHold.all().count() == 1
    assert await Payment.all().count() == 2


async def test_asked_again_after_it_was_paid(double, room, alice, program):
    """A request that died after the payment: what it wants is so already."""
    made = await paid(double, room, alice, OLD)
    double.pay((await longer(program, made)).json()["card_change"]["payment_url"])
    await payments.settle_reservation(made.id, at=NOW)
    again = await longer(program, made)
    assert (again.status_code, again.json()["price"]["total_cents"]) == (200, 3630)
    assert await ChangeHold.all().count() == 1


async def test_let_go(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    url = (await longer(program, made)).json()["card_change"]["payment_url"]
    let_go = f"/reservations/{made.id}/change/let-go"
    said = (await program.post(let_go, json={})).json()
    assert (said["card_change"]["state"], said["ends_at"]) == ("given_up", "2026-11-26T11:00:00Z")
    assert said["card_change"]["payment_url"] is None
    await as_it_was(made)
    assert (await program.post(let_go, json={})).json() == said
    assert double.pay(url) is not None
    await payments.settle_due(NOW + timedelta(minutes=2))
    await as_it_was(made)
    problem(await program.post(f"/reservations/{made.id}/payment", json={}), 409, "nothing_to_pay")


async def test_let_go_too_late_counts(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    double.pay((await longer(program, made)).json()["card_change"]["payment_url"])
    said = (await program.post(f"/reservations/{made.id}/change/let-go", json={})).json()
    assert (said["card_change"]["state"], said["price"]["total_cents"]) == ("done", 3630)
    assert await Refund.all().count() == 0


async def test_nobody_pays(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    await longer(program, made)
    at = NOW + timedelta(minutes=33)
    double.later(minutes=33)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    said = (await program.get(f"/reservations/{made.id}")).json()
    assert (said["state"], said["card_change"]["state"]) == ("confirmed", "expired")
    await as_it_was(made)


async def test_a_silent_stripe_holds_it_all_the_same(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    double.fail("/v1/checkout/sessions", "500", times=10)
    answer = await longer(program, made)
    assert answer.status_code == 202
    assert answer.json()["card_change"]["payment_url"] is None
    double.well()
    await payments.close_connections()
    said = (await program.post(f"/reservations/{made.id}/payment", json={})).json()
    assert said["card_change"]["payment_url"].startswith(double.base)


async def test_cheaper_goes_back_at_once(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    shorter = make.span("10:00", "11:00", days=3).ends_at
    answer = await program.patch(f"/reservations/{made.id}", json=ends(shorter))
    assert (answer.status_code, answer.json()["price"]["total_cents"]) == (200, 1210)
    assert answer.json()["card_change"] is None
    card = (await program.get(f"/reservations/{made.id}/card")).json()
    assert [(each["cents"], each["status"], each["reason"]) for each in card["refunds"]] == [
        (1210, "succeeded", "changed")
    ]


async def test_the_same_price_at_another_time(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    other = make.span("14:00", "16:00", days=3)
    answer = await program.patch(
        f"/reservations/{made.id}",
        json={"begins_at": other.begins_at.isoformat(), "ends_at": other.ends_at.isoformat()},
    )
    assert (answer.status_code, answer.json()["begins_at"]) == (200, "2026-11-26T13:00:00Z")
    assert await Payment.all().count() == 1


async def test_cancelled_it_all_goes_back(double, room, alice, program):
    made = await paid(double, room, alice, OLD)
    double.pay((await longer(program, made)).json()["card_change"]["payment_url"])
    await payments.settle_reservation(made.id, at=NOW)
    done = (await program.post(f"/reservations/{made.id}/cancel", json={})).json()
    assert done["state"] == "cancelled"
    card = (await program.get(f"/reservations/{made.id}/card")).json()
    assert (card["paid_cents"], card["back_cents"]) == (3630, 3630)
    assert [each["kind"] for each in card["receipts"]] == ["payment", "payment", "refund", "refund"]


async def test_who_cannot(double, room, house, alice, program, app, monkeypatch):
    """Neither hosts nor strangers have the card; what is taken, too small or moved in price is told as ever."""
    made = await paid(double, room, alice, OLD)
    stella, bob = await make.manager(house), await make.member("Bob")
    for member, status, code in ((stella, 409, "dearer_by_card"), (bob, 404, "not_found")):
        headers = {"Authorization": f"Bearer {await key(member)}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=f"{HOME}/api/v1", headers=headers
        ) as other:
            problem(await longer(other, made), status, code)
            for path in ("payment", "change/let-go"):
                problem(await other.post(f"/reservations/{made.id}/{path}", json={}), 404, "not_found")
            problem(await other.get(f"/reservations/{made.id}/card"), 404, "not_found")
    problem(await longer(program, made, seen_difference_cents=1209), 409, "price_moved")
    await held(room, bob, make.span("12:00", "13:00", days=3))
    said = problem(await longer(program, made), 409, "taken")
    assert said["alternatives"]
    import settings

    monkeypatch.setattr(settings, "STRIPE_KEYS", "")
    free = make.span("08:00", "11:00", days=4)
    body = {"begins_at": free.begins_at.isoformat(), "ends_at": free.ends_at.isoformat()}
    problem(await program.patch(f"/reservations/{made.id}", json=body), 409, "dearer_by_card")
    assert await ChangeHold.all().count() == 0
    assert await Receipt.all().count() == 1
    await as_it_was(made)
