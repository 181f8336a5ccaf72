"""A dearer change of a booking that a card has paid: held, paid by a second payment, swapped in; or nothing at all."""

import asyncio
from datetime import timedelta

import pytest

from booking import payments, reservations
from booking.events import Event
from booking.payments import Payment, Receipt, Refund
from booking.reservations import ChangeHold, Claim, Reservation
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, ledger_of, paid

OLD, LONGER = make.span(days=3), make.span("10:00", "13:00", days=3)


def card_of(room):
    return payments.by_card(room.venue.entity, room.venue.currency)


async def longer(room, made, by, span=LONGER, at=NOW, **wish):
    return await reservations.hold_change(made.id, span, by=by, card=card_of(room), at=at, **wish)


async def page_of(made, hold, at=NOW):
    return await payments.checkout(made.id, change_id=hold.id, at=at)


async def test_it_works(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice, people=2, title="Longer")
    assert (hold.state, hold.card_cents, hold.held_until) == ("held", 1210, NOW + payments.opening.HOLD)
    before = await Reservation.get(id=made.id)
    assert (before.span, before.total_cents, before.card_cents) == (OLD, 2420, 2420)
    spans = [each.span for each in await Claim.filter(reservation_id=made.id).order_by("begins_at")]
    assert spans == [OLD, make.span("12:00", "13:00", days=3)]
    double.pay(await page_of(made, hold))
    assert await payments.settle_reservation(made.id, at=NOW)
    done = await Reservation.get(id=made.id)
    assert (done.state, done.span, done.total_cents, done.card_cents) == ("confirmed", LONGER, 3630, 3630)
    assert (done.people, done.title) == (2, "Longer")
    [claim] = await Claim.all()
    assert claim.span == LONGER
    assert (await ChangeHold.get()).state == "done"
    assert await Refund.all().count() == 0
    receipts = await Receipt.all().order_by("number").values_list("kind", "gross_cents")
    assert [tuple(each) for each in receipts] == [("payment", 2420), ("payment", 1210)]
    names = [each.name for each in await Event.filter(subject=made.subject).order_by("id")]
    assert names[-4:] == ["reservation.change_held", "payment.paid", "reservation.changed", "receipt.issued"]
    await payments.settle_due(done.begins_at + timedelta(minutes=1))
    assert await ledger_of(made) == [
        "card → advance 24.20",
        "card → advance 12.10",
        "fees → card 0.61",
        "fees → card 0.43",
        "advance → income 30.00",
        "advance → vat 6.30",
    ]


async def test_cancelled_later_each_goes_back_to_its_own_card(double, room, alice):
    made = await paid(double, room, alice, OLD)
    double.pay(await page_of(made, await longer(room, made, alice)))
    await payments.settle_reservation(made.id, at=NOW)
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    back = await Refund.all().select_related("payment").order_by("payment__number")
    assert [(each.payment.number, each.amount_cents, each.status) for each in back] == [
        (1, 2420, "succeeded"),
        (2, 1210, "succeeded"),
    ]
    assert {each.reason for each in back} == {"cancelled"}


async def test_cancelled_late_the_fee_is_of_the_new_price(double, room, alice):
    made = await paid(double, room, alice, OLD)
    double.pay(await page_of(made, await longer(room, made, alice)))
    await payments.settle_reservation(made.id, at=NOW)
    at = OLD.begins_at - timedelta(hours=2)
    await reservations.cancel(made.id, by=alice, at=at)
    await payments.settle_reservation(made.id, at=at)
    assert (await Reservation.get()).fee_cents == 1815
    assert sorted(each.amount_cents for each in await Refund.all()) == [605, 1210]


async def test_another_day_keeps_both_times_until_it_is_paid(double, room, alice):
    made = await paid(double, room, alice, OLD)
    other = make.span("09:00", "13:00", days=5)
    hold = await longer(room, made, alice, other)
    bob = await make.member("Bob")
    for taken in (OLD, other):
        with pytest.raises(no.Taken):
            await held(room, bob, taken)
    double.pay(await page_of(made, hold))
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get(id=made.id)).span == other
    assert (await held(room, bob, OLD)).state == "held"


async def test_giving_up_leaves_everything_as_it_was(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    await page_of(made, hold)
    assert await reservations.let_change_go(hold.id, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    kept = await Reservation.get(id=made.id)
    assert (kept.state, kept.span, kept.card_cents) == ("confirmed", OLD, 2420)
    assert [each.span for each in await Claim.all()] == [OLD]
    assert (await Payment.get(number=2)).status == "expired"
    assert await Refund.all().count() == 0


async def test_not_paid_in_time(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    await page_of(made, hold)
    double.later(minutes=33)
    at = NOW + timedelta(minutes=33)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    assert (await ChangeHold.get()).state == "expired"
    assert [each.span for each in await Claim.all()] == [OLD]
    assert (await Reservation.get(id=made.id)).state == "confirmed"


async def test_a_stale_change_is_in_nobodys_way(double, room, alice):
    made = await paid(double, room, alice, OLD)
    await longer(room, made, alice)
    at = NOW + timedelta(minutes=33)
    bob = await make.member("Bob")
    assert (await held(room, bob, make.span("12:00", "13:00", days=3), at=at)).state == "held"
    assert (await ChangeHold.get()).state == "expired"


async def test_paid_too_late_goes_back_and_the_booking_stays(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    double.pay(await page_of(made, hold))
    await reservations.let_change_go(hold.id, at=NOW, state="expired")
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get(id=made.id)).span == OLD
    [refund] = await Refund.all()
    assert (refund.amount_cents, refund.status, refund.reason) == (1210, "succeeded", "change_lost")


async def test_cancelled_while_it_was_being_paid(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    double.pay(await page_of(made, hold))
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    assert (await ChangeHold.get()).state == "given_up"
    assert sorted(each.amount_cents for each in await Refund.all()) == [1210, 2420]
    assert await Claim.all().count() == 0


async def test_the_same_again_finds_it_and_another_waits(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    assert (await longer(room, made, alice)).id == hold.id
    with pytest.raises(no.ChangeWaits):
        await longer(room, made, alice, make.span("10:00", "14:00", days=3))
    with pytest.raises(no.ChangeWaits):
        await reservations.change(made.id, by=alice, at=NOW, span=make.span("10:00", "11:00", days=3))
    assert await page_of(made, hold) == await page_of(made, hold)
    assert await ChangeHold.all().count() == 1


async def test_the_house_moves_it_meanwhile(double, room, alice, house):
    """A host's change counts, and what the card paid for the other one goes back."""
    stella = await make.manager(house)
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    double.pay(await page_of(made, hold))
    moved = make.span("14:00", "16:00", days=3)
    await reservations.change(made.id, by=stella, at=NOW, span=moved)
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get(id=made.id)).span == moved
    assert [each.amount_cents for each in await Refund.all()] == [1210]


async def test_what_refuses_it(double, room, alice):
    made = await paid(double, room, alice, OLD)
    bob = await make.member("Bob")
    from booking.errors import NotFound

    with pytest.raises(NotFound):
        await longer(room, made, bob)
    await held(room, bob, make.span("12:00", "14:00", days=3))
    with pytest.raises(no.Taken):
        await longer(room, made, alice)
    with pytest.raises(no.DearerByCard):
        await longer(room, made, alice, make.span("08:00", "10:00", days=3))
    assert await ChangeHold.all().count() == 0
    assert [each.span for each in await Claim.filter(reservation_id=made.id)] == [OLD]


async def test_an_activity_shares_and_keeps_its_part(double, room, alice, house):
    activity = await make.activity(alice, of=house.entity, cents=1000)
    made = await paid(double, room, alice, OLD, activity_id=activity.id)
    double.pay(await page_of(made, await longer(room, made, alice)))
    await payments.settle_reservation(made.id, at=NOW)
    done = await Reservation.get(id=made.id)
    assert (done.total_cents, done.paid_cents, done.card_cents) == (3630, 1000, 2630)


async def test_of_several_alike_the_same_one_is_kept(double, house, alice):
    desks = await make.resource(at=house, takes="any", units=3)
    made = await paid(double, desks, alice, OLD)
    bob = await make.member("Bob")
    await held(desks, bob, make.span("12:00", "13:00", days=3))
    hold = await longer(desks, made, alice)
    await held(desks, bob, make.span("11:00", "12:00", days=3))
    double.pay(await page_of(made, hold))
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get(id=made.id)).span == LONGER
    assert await Claim.filter(reservation_id=made.id).count() == 1


async def test_paid_let_go_and_taken_at_once(double, room, alice):
    """Payment, giving up, the end of the hold and somebody else's booking at one instant, many times."""
    bob = await make.member("Bob")
    outcomes = set()
    for number in range(10):
        old = make.span(days=3 + number)
        new = make.span("10:00", "13:00", days=3 + number)
        made = await paid(double, room, alice, old)
        hold = await longer(room, made, alice, new)
        double.pay(await page_of(made, hold))

        async def want(number=number):
            try:
                return await held(room, bob, make.span("12:00", "13:00", days=3 + number))
            except no.Taken:
                return None

        acts = [
            payments.settle_reservation(made.id, at=NOW),
            reservations.let_change_go(hold.id, at=NOW),
            want(),
            payments.settle_reservation(made.id, at=NOW),
        ]
        await asyncio.gather(*(acts if number % 2 else acts[::-1]))
        await payments.settle_reservation(made.id, at=NOW)
        done = await Reservation.get(id=made.id)
        back = [each.amount_cents for each in await Refund.filter(payment__reservation_id=made.id)]
        assert (done.span, back) in [(new, []), (old, [1210])]
        outcomes.add(done.span == new)
    assert outcomes


FORM = {"day": "2026-11-26", "begins": "10:00", "ends": "13:00", "people": "1", "title": "", "note": ""}


async def test_on_the_pages(double, room, alice, client_of):
    browser = await client_of(alice)
    made = await paid(double, room, alice, OLD)
    page = f"/reservations/{made.id}"
    form = await browser.get(f"{page}/change", params=FORM)
    assert "Pay €12.10 and change" in form.text
    assert "stays as it is until then" in form.text
    answer = await browser.post(f"{page}/change", data=FORM)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{double.base}/c/pay/")
    shown = (await browser.get(page)).text
    assert "You asked to change it to" in shown
    assert f"{page}/change/let-go" in shown
    assert "Not paid yet" in (await browser.get(f"{page}/paid")).text
    again = await browser.post(f"{page}/change/pay")
    assert again.headers["location"] == answer.headers["location"]
    double.pay(answer.headers["location"])
    assert "Paid and changed" in (await browser.get(f"{page}/paid")).text
    assert (await Reservation.get()).span == LONGER
    assert "You asked to change it to" not in (await browser.get(page)).text
    late = await browser.post(f"{page}/change/let-go")
    assert late.status_code == 303
    assert (await Reservation.get()).span == LONGER


async def test_let_go_on_the_page(double, room, alice, client_of):
    browser, other = await client_of(alice), await client_of(await make.member("Bob"))
    made = await paid(double, room, alice, OLD)
    page = f"/reservations/{made.id}"
    await browser.post(f"{page}/change", data=FORM)
    assert (await other.post(f"{page}/change/let-go")).status_code == 404
    assert (await browser.post(f"{page}/change/let-go")).headers["location"] == page
    assert (await ChangeHold.get()).state != "held"
    assert "Left as it was" in (await browser.get(f"{page}/paid")).text
    assert [each.span for each in await Claim.all()] == [OLD]
    # And now the same again, paid.
    answer = await browser.post(f"{page}/change", data=FORM)
    double.pay(answer.headers["location"])
    await browser.get(f"{page}/paid")
    assert (await Reservation.get()).span == LONGER


async def test_the_mail_of_the_change_brings_its_receipt(double, room, alice):
    from booking import notifications
    from booking.notifications import Message

    made = await paid(double, room, alice, OLD)
    double.pay(await page_of(made, await longer(room, made, alice)))
    await payments.settle_reservation(made.id, at=NOW)
    while await notifications.write_messages(NOW):
        pass
    second = await Receipt.get(number=2)
    [mail] = await Message.filter(receipt_id=second.id)
    assert mail.kind == "reservation_changed"
