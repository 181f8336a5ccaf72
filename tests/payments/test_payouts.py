"""Payouts to the bank: golden ledgers, any order of events, and Stripe's own lines against ours every night."""

import itertools
from datetime import timedelta

from booking import checks, payments
from booking.payments import Comparison, Difference, Payout
from tests import make
from tests.make import NOW
from tests.payments.conftest import ledger_lines, paid
from tests.payments.test_webhook import sent

LATER = NOW + timedelta(hours=1)


async def heard(double, client, *kinds):
    for event in double.events():
        if event["type"] in kinds:
            assert (await sent(client, double, event)).status_code == 200
    while await payments.work(NOW):
        pass


async def a_payout(double, room, alice):
    for days in (3, 4):
        await paid(double, room, alice, make.span(days=days))
    return double.ask("payouts", key=double.key)


async def sums(house):
    return {kind: cents for _entity, _currency, kind, cents in await payments.balances([house.entity.id])}


async def test_it_works(double, room, alice, client, house):
    payout = await a_payout(double, room, alice)
    assert payout["amount"] == 2 * (2420 - 61)
    await heard(double, client, "payout.created")
    assert await ledger_lines(f"payout:{payout['id']}") == ["transit → card 47.18"]
    found = await sums(house)
    assert (found["card"], found["transit"], found["bank"]) == (0, 4718, 0)
    double.ask("payouts", payout=payout["id"], outcome="paid")
    await heard(double, client, "payout.paid")
    assert await ledger_lines(f"payout:{payout['id']}") == ["transit → card 47.18", "bank → transit 47.18"]
    found = await sums(house)
    assert (found["card"], found["transit"], found["bank"]) == (0, 0, 4718)
    assert (await Payout.get()).status == "paid"


async def test_sent_back_by_the_bank(double, room, alice, client, house):
    payout = await a_payout(double, room, alice)
    double.ask("payouts", payout=payout["id"], outcome="paid")
    await heard(double, client, "payout.created", "payout.paid")
    double.ask("payouts", payout=payout["id"], outcome="failed")
    await heard(double, client, "payout.failed")
    assert await ledger_lines(f"payout:{payout['id']}") == [
        "transit → card 47.18",
        "bank → transit 47.18",
        "transit → bank 47.18",
        "card → transit 47.18",
    ]
    assert ((await Payout.get()).status, (await Payout.get()).failure) == ("failed", "account_closed")
    again = double.ask("payouts", key=double.key)
    assert again["amount"] == payout["amount"]
    found = await sums(house)
    assert (found["card"], found["transit"], found["bank"]) == (4718, 0, 0)


async def test_in_every_order_and_twice(double, room, alice, client):
    payout = await a_payout(double, room, alice)
    double.ask("payouts", payout=payout["id"], outcome="paid")
    events = [each for each in double.events() if each["type"].startswith("payout.")]
    assert len(events) == 2
    for order in itertools.permutations(events * 2):
        for event in order:
            await sent(client, double, event)
            await payments.work(NOW)
    assert await ledger_lines(f"payout:{payout['id']}") == ["transit → card 47.18", "bank → transit 47.18"]


async def test_nothing_was_heard_and_the_night_finds_it(double, room, alice, house):
    payout = await a_payout(double, room, alice)
    double.ask("payouts", payout=payout["id"], outcome="paid")
    await payments.compare(house.entity, at=LATER)
    known = await Payout.get()
    assert (known.status, known.transactions_cents, known.amount_cents) == ("paid", 4718, 4718)
    assert await Difference.all().count() == 0
    assert (await Comparison.get()).error == ""
    await payments.compare(house.entity, at=LATER + timedelta(hours=1))
    assert len(await ledger_lines(f"payout:{payout['id']}")) == 2


async def test_sent_back_days_later_and_nobody_heard(double, room, alice, house):
    payout = await a_payout(double, room, alice)
    double.ask("payouts", payout=payout["id"], outcome="paid")
    await payments.compare(house.entity, at=LATER)
    double.ask("payouts", payout=payout["id"], outcome="failed")
    await payments.compare(house.entity, at=LATER + timedelta(days=8))
    assert (await Payout.get()).status == "failed"
    found = await sums(house)
    assert (found["card"], found["transit"], found["bank"]) == (4718, 0, 0)


async def test_a_payout_that_is_not_what_stripe_lists_is_a_difference(double, room, alice, house, client_of):
    """A payment of somebody else's program on the same account: it is in the payout, and not of our bookings."""
    payout = await a_payout(double, room, alice)
    double.ask("payouts", payout=payout["id"], outcome="paid")
    await payments.compare(house.entity, at=LATER)
    double.http.post("/v1/payment_intents", auth=(double.key, ""), data={
        "amount": "1000", "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa",
        "payment_method_types[0]": "card",
    })  # fmt: skip
    second = double.ask("payouts", key=double.key)
    await payments.compare(house.entity, at=LATER + timedelta(hours=1))
    kinds = {each.kind for each in await Difference.all()}
    assert kinds == {"unknown"}
    # It is booked all the same: the card account has paid out more than bookings brought, and says so.
    assert await ledger_lines(f"payout:{second['id']}") == ["transit → card 9.60"]
    assert (await sums(house))["card"] == -960
    treasurer = await make.member("Tom")
    await make.role("treasurer", treasurer, entity=house.entity)
    page = (await (await client_of(treasurer)).get("/books/cards")).text
    for words in (
        "Payouts to the bank",
        "€47.18",
        "At the bank",
        "On its way to the bank",
        "to the cent",
        "-€9.60",
    ):
        assert words in page, words
    await Difference.all().delete()
    assert await checks.run() == []
