"""Booking and paying through the pages: to the payment page, back to what is true, and what a treasurer sees."""

from uuid import uuid4

import pytest

from booking import payments, reservations
from booking.payments import Payment, Refund
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import alice, double, double_base, held, house, paid, payment_of, room  # noqa: F401
from tests.payments.double import DECLINED, NEEDS_3DS


def filled(**values):
    return {
        "id": str(uuid4()),
        "day": "2026-11-24",
        "begins": "10:00",
        "ends": "12:00",
        "activity": "card",
        **values,
    }


async def test_it_works(double, room, alice, client_of):
    browser = await client_of(alice)
    form = await browser.get(f"/resources/{room.id}/reserve?from=2026-11-24T09:00Z&until=2026-11-24T11:00Z")
    assert "Bank card" in form.text
    assert "Book and pay €24.20" in form.text
    assert double.base in form.headers["content-security-policy"]
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled(seen="2420"))
    assert answer.status_code == 303
    page = answer.headers["location"]
    assert page.startswith(f"{double.base}/c/pay/")
    made = await Reservation.get()
    shown = await browser.get(f"/reservations/{made.id}")
    assert "Pay €24.20 now" in shown.text
    double.pay(page)
    back = await browser.get(f"/reservations/{made.id}/paid")
    assert "Paid and booked" in back.text
    assert (await Reservation.get()).state == "confirmed"
    shown = await browser.get(f"/reservations/{made.id}")
    assert "€24.20 was paid by card" in shown.text
    assert "Pay €24.20 now" not in shown.text


async def test_a_second_press_goes_to_the_same_page(double, room, alice, client_of):
    browser = await client_of(alice)
    sent = filled()
    first = await browser.post(f"/resources/{room.id}/reserve", data=sent)
    second = await browser.post(f"/resources/{room.id}/reserve", data=sent)
    assert first.headers["location"] == second.headers["location"]
    assert await Payment.all().count() == 1


async def test_a_card_pays_no_series_and_the_ways_out_are_told(double, room, alice, client_of):
    project = await make.activity(alice, of=room.venue.entity, name="Comics")
    browser = await client_of(alice)
    sent = filled(repeat="week", repeat_times="3")
    for answer in (
        await browser.get(f"/resources/{room.id}/reserve", params=sent),
        await browser.post(f"/resources/{room.id}/reserve", data=sent),
    ):
        assert "A card pays for one booking at a time" in answer.text
        assert "Pay from Comics" in answer.text
        assert "Book this date alone" in answer.text
    assert answer.status_code == 409
    assert await Reservation.all().count() == 0
    assert await Payment.all().count() == 0
    paid = await browser.post(f"/resources/{room.id}/reserve", data=sent | {"activity": project.id})
    assert paid.status_code == 303
    assert await Reservation.all().count() == 3


async def test_a_refused_card_can_be_followed_by_another(double, room, alice, client_of):
    browser = await client_of(alice)
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    double.pay(answer.headers["location"], DECLINED)
    made = await Reservation.get()
    back = await browser.get(f"/reservations/{made.id}/paid")
    assert "Not paid yet" in back.text
    assert "Your bank refused the card." in back.text
    again = await browser.post(f"/reservations/{made.id}/pay")
    assert again.headers["location"] == answer.headers["location"]
    double.pay(answer.headers["location"])
    assert "Paid and booked" in (await browser.get(f"/reservations/{made.id}/paid")).text


async def test_3d_secure_failed_and_passed(double, room, alice, client_of):
    browser = await client_of(alice)
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    bank = double.pay(answer.headers["location"], NEEDS_3DS).headers["location"]
    made = await Reservation.get()
    assert "Not paid yet" in (await browser.get(f"/reservations/{made.id}/paid")).text
    double.authenticate(bank.rpartition("/")[2], passed=False)
    back = await browser.get(f"/reservations/{made.id}/paid")
    assert "could not make sure that it was you" in back.text
    bank = double.pay(answer.headers["location"], NEEDS_3DS).headers["location"]
    double.authenticate(bank.rpartition("/")[2])
    assert "Paid and booked" in (await browser.get(f"/reservations/{made.id}/paid")).text


async def test_nobody_says_failed_while_stripe_is_silent(double, room, alice, client_of):
    browser = await client_of(alice)
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    double.pay(answer.headers["location"])
    double.fail("/v1/*", "500", method="GET", times=20)
    made = await Reservation.get()
    back = await browser.get(f"/reservations/{made.id}/paid")
    assert "We are still asking" in back.text
    assert 'http-equiv="refresh"' in back.text
    assert (await Reservation.get()).state == "held"
    double.well()
    await payments.close_connections()
    assert "Paid and booked" in (await browser.get(f"/reservations/{made.id}/paid")).text


async def test_no_page_at_all_keeps_the_time(double, room, alice, client_of):
    browser = await client_of(alice)
    double.fail("/v1/checkout/sessions", "500", times=20)
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    made = await Reservation.get()
    assert answer.headers["location"] == f"/reservations/{made.id}"
    shown = await browser.get(f"/reservations/{made.id}")
    assert "could not be opened just now" in shown.text
    assert "Pay €24.20 now" in shown.text
    double.well()
    await payments.close_connections()
    again = await browser.post(f"/reservations/{made.id}/pay")
    assert again.headers["location"].startswith(double.base)


async def test_letting_go_closes_the_page(double, room, alice, client_of):
    browser = await client_of(alice)
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    made = await Reservation.get()
    await browser.post(f"/reservations/{made.id}/cancel", data={"fee": "0"})
    assert (await Reservation.get()).state == "expired"
    assert double.pay(answer.headers["location"]).status_code == 410


async def test_cancelling_gives_the_money_back_at_once(double, room, alice, client_of):
    made = await paid(double, room, alice, make.span(days=3))
    browser = await client_of(alice)
    await browser.post(f"/reservations/{made.id}/cancel", data={"fee": "0"})
    assert (await Refund.get()).status == "succeeded"
    assert "went back to the card" in (await browser.get(f"/reservations/{made.id}")).text


async def test_the_rest_by_card(double, room, alice, house, client_of):
    activity = await make.activity(alice, of=house.entity, cents=1000)
    browser = await client_of(alice)
    start = f"/resources/{room.id}/reserve?from=2026-11-24T09:00Z&until=2026-11-24T11:00Z"
    short = await browser.get(f"{start}&activity={activity.id}")
    assert "Pay the rest by card" in short.text
    both = await browser.get(f"{start}&activity={activity.id}&rest=yes")
    assert "Your Activity pays €10.00, your card €14.20" in both.text
    assert "Book and pay €14.20" in both.text
    answer = await browser.post(
        f"/resources/{room.id}/reserve", data=filled(activity=str(activity.id), rest="yes")
    )
    double.pay(answer.headers["location"])
    made = await Reservation.get()
    await browser.get(f"/reservations/{made.id}/paid")
    made = await Reservation.get()
    assert (made.state, made.card_cents, made.paid_cents) == ("confirmed", 1420, 1000)


async def test_people_from_outside_see_prices_with_vat(double, room, house, client_of):
    guest = await make.member("Gil", category="external")
    browser = await client_of(guest)
    form = await browser.get(f"/resources/{room.id}/reserve?from=2026-11-24T09:00Z&until=2026-11-24T11:00Z")
    assert "Book and pay €36.30" in form.text
    assert "€18.15" in form.text
    assert "VAT 21%, in the price" in form.text


async def test_without_keys_there_is_no_card(db, client_of):
    room = await make.resource()
    alice = await make.member()
    browser = await client_of(alice)
    form = await browser.get(f"/resources/{room.id}/reserve")
    assert "Bank card" not in form.text
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    assert answer.status_code == 422
    assert "Cards are not taken here" in answer.text
    assert await Reservation.all().count() == 0


@pytest.mark.parametrize("way", ["pay", "paid"])
async def test_others_find_nothing(double, room, alice, client_of, way):
    made = await held(room, alice)
    browser = await client_of(await make.member("Charlie"))
    ask = browser.post if way == "pay" else browser.get
    assert (await ask(f"/reservations/{made.id}/{way}")).status_code == 404


async def test_a_house_that_says_yes_takes_the_money(double, house, alice, client_of):
    stella = await make.manager(house)
    room = await make.resource(at=house, approval=True)
    browser = await client_of(alice)
    form = await browser.get(f"/resources/{room.id}/reserve?from=2026-11-24T09:00Z&until=2026-11-24T11:00Z")
    assert "Ask for it and keep €24.20 ready" in form.text
    answer = await browser.post(f"/resources/{room.id}/reserve", data=filled())
    double.pay(answer.headers["location"])
    made = await Reservation.get()
    assert "Asked for" in (await browser.get(f"/reservations/{made.id}/paid")).text
    host = await client_of(stella)
    await host.post(f"/manage/{house.key}/reservations/{made.id}/approve")
    assert (await Reservation.get()).state == "confirmed"
    assert (await payment_of(made)).captured_cents == 2420


async def test_a_treasurer_tries_a_refused_refund_again(double, room, alice, house, client_of):
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=house.entity)
    made = await paid(double, room, alice, make.span(days=3))
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    refund = await Refund.get()
    double.ask("refunds", refund=refund.stripe_id, outcome="failed")
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Refund.get()).status == "failed"
    treasurer = await client_of(theo)
    books = await treasurer.get("/books/cards")
    assert "Try again" in books.text
    await treasurer.post(f"/books/cards/refunds/{refund.id}/again")
    states = await Refund.all().order_by("created_at").values_list("status", flat=True)
    assert sorted(states) == ["retried", "succeeded"]
    assert "None: everything owed went back." in (await treasurer.get("/books/cards")).text
    answer = await treasurer.get("/books/cards.csv")
    assert answer.status_code == 200
    assert answer.text.count("card_refund") == 3


async def test_only_treasurers_see_the_books(double, room, alice, client_of):
    browser = await client_of(alice)
    for path in ("/books/cards", "/books/cards.csv"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post("/books/cards/compare")).status_code == 404
    assert (await browser.post(f"/books/cards/refunds/{uuid4()}/again")).status_code == 404
