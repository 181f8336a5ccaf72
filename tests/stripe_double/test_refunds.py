"""Refunds and disputes."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe import Double
from tests.stripe_double.conftest import paid, types


async def test_it_works(api: Any) -> None:
    intent = await paid(api, 2500)
    first = await api.refunds.create_async(
        {
            "payment_intent": intent.id,
            "amount": 1000,
            "reason": "requested_by_customer",
            "metadata": {"r": "1"},
        }
    )
    assert (first.status, first.amount, first.charge, first.reason) == (
        "succeeded", 1000, intent.latest_charge, "requested_by_customer",
    )  # fmt: skip
    rest = await api.refunds.create_async({"charge": intent.latest_charge})
    assert rest.amount == 1500
    charge = await api.charges.retrieve_async(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (2500, True)
    assert [each.id for each in charge.refunds.data] == [rest.id, first.id]
    assert [each.amount for each in (await api.balance_transactions.list_async()).data] == [
        -1500,
        -1000,
        2500,
    ]
    assert (await types(api))[-4:] == ["charge.refunded", "refund.created"] * 2
    listed = await api.refunds.list_async({"payment_intent": intent.id})
    assert [each.metadata.to_dict() for each in listed.data] == [{}, {"r": "1"}]


@pytest.mark.parametrize("amount", [2501, 100_000])
async def test_more_than_was_paid(api: Any, amount: int) -> None:
    intent = await paid(api, 2500)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.refunds.create_async({"payment_intent": intent.id, "amount": amount})
    assert (refusal.value.http_status, refusal.value.param) == (400, "amount")
    assert "is greater than unrefunded amount on charge (€25.00)" in str(refusal.value)
    assert (await api.refunds.list_async()).data == []
    assert "charge.refunded" not in await types(api)


async def test_what_is_refunded_already(api: Any) -> None:
    intent = await paid(api, 2500)
    await api.refunds.create_async({"payment_intent": intent.id, "amount": 2000})
    with pytest.raises(stripe.InvalidRequestError, match=r"\(€6.00\) is greater .* \(€5.00\)"):
        await api.refunds.create_async({"payment_intent": intent.id, "amount": 600})
    await api.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.refunds.create_async({"payment_intent": intent.id})
    assert refusal.value.code == "charge_already_refunded"
    assert len((await api.refunds.list_async()).data) == 2


async def test_only_what_a_partial_capture_took(api: Any) -> None:
    intent = await paid(api, 2500, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="not been captured"):
        await api.refunds.create_async({"payment_intent": intent.id})
    await api.payment_intents.capture_async(intent.id, {"amount_to_capture": 800})
    with pytest.raises(stripe.InvalidRequestError, match=r"\(€9.00\) is greater"):
        await api.refunds.create_async({"payment_intent": intent.id, "amount": 900})
    assert (await api.refunds.create_async({"payment_intent": intent.id})).amount == 800


async def test_nothing_paid_nothing_refunded(api: Any) -> None:
    intent = await api.payment_intents.create_async({"amount": 1000, "currency": "eur"})
    for wish in ({"payment_intent": intent.id}, {}, {"charge": "ch_gone"}):
        with pytest.raises(stripe.InvalidRequestError):
            await api.refunds.create_async(wish)
    assert (await api.refunds.list_async()).data == []


async def test_one_that_fails_later(double: Double, api: Any) -> None:
    intent = await paid(api, method="pm_card_refundFail")
    refund = await api.refunds.create_async({"payment_intent": intent.id, "amount": 700})
    assert refund.status == "succeeded"
    double.ask("clock", advance_seconds=11)
    refund = await api.refunds.retrieve_async(refund.id)
    assert (refund.status, refund.failure_reason) == ("failed", "lost_or_stolen_card")
    assert (await api.charges.retrieve_async(intent.latest_charge)).amount_refunded == 0
    assert (await types(api))[-3:] == ["charge.refund.updated", "refund.updated", "refund.failed"]
    assert sum(each.amount for each in (await api.balance_transactions.list_async()).data) == 2500


async def test_one_that_is_pending(double: Double, api: Any) -> None:
    intent = await paid(api, method="pm_card_pendingRefund")
    refund = await api.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == "pending"
    double.ask("clock", advance_seconds=11)
    assert (await api.refunds.retrieve_async(refund.id)).status == "succeeded"
    assert (await types(api))[-1] == "refund.updated"


async def test_failed_on_demand(double: Double, api: Any) -> None:
    intent = await paid(api)
    refund = await api.refunds.create_async({"payment_intent": intent.id})
    double.ask("refunds", refund=refund.id, outcome="failed")
    assert (await api.refunds.retrieve_async(refund.id)).status == "failed"


@pytest.mark.parametrize(("outcome", "balance"), [("won", 2500), ("lost", 0)])
async def test_a_dispute(double: Double, api: Any, outcome: str, balance: int) -> None:
    intent = await paid(api, method="pm_card_createDispute")
    double.ask("clock", advance_seconds=1)
    (dispute,) = (await api.disputes.list_async({"payment_intent": intent.id})).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 2500)
    assert (await api.charges.retrieve_async(intent.latest_charge)).disputed
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.refunds.create_async({"payment_intent": intent.id})
    assert refusal.value.code == "charge_disputed"
    double.ask("disputes", dispute=dispute.id, outcome=outcome)
    assert (await api.disputes.retrieve_async(dispute.id)).status == outcome
    assert "charge.dispute.created" in await types(api)
    assert (await types(api))[-1] == "charge.dispute.closed"
    assert sum(each.amount for each in (await api.balance_transactions.list_async()).data) == balance


async def test_a_dispute_on_demand_and_given_in(double: Double, api: Any) -> None:
    intent = await paid(api)
    made = double.ask("disputes", charge=intent.latest_charge, reason="duplicate")
    closed = await api.disputes.close_async(made["id"])
    assert (closed.status, closed.reason) == ("lost", "duplicate")
