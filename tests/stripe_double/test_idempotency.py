"""Idempotency keys, calls that go wrong, and who may call."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import stripe

from tests.stripe import KEY, Double
from tests.stripe_double.conftest import paid, types

WISH = {"amount": 2500, "currency": "eur"}


async def test_it_works(double: Double, api: Any) -> None:
    first = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    again = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert again.to_dict() == first.to_dict()
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.headers["request-id"]
    assert "idempotent-replayed" not in first.last_response.headers
    assert len((await api.payment_intents.list_async()).data) == 1
    other = await api.payment_intents.create_async(WISH, {"idempotency_key": "k2"})
    assert other.id != first.id


async def test_the_first_answer_whatever_happened_since(api: Any) -> None:
    intent = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    await api.payment_intents.cancel_async(intent.id)
    again = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert again.status == "requires_payment_method"


async def test_other_parameters_under_the_same_key(api: Any) -> None:
    await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError) as refusal:
        await api.payment_intents.create_async(WISH | {"amount": 2600}, {"idempotency_key": "k"})
    assert refusal.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        await api.customers.create_async({}, {"idempotency_key": "k"})
    assert len((await api.payment_intents.list_async()).data) == 1


async def test_another_account_has_keys_of_its_own(double: Double, api: Any) -> None:
    mine = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    theirs = await double.client("sk_test_other").v1.payment_intents.create_async(
        WISH, {"idempotency_key": "k"}
    )
    assert mine.id != theirs.id


async def test_two_at_once(double: Double, api: Any) -> None:
    double.ask("faults", path="/v1/payment_intents", kind="slow", seconds=0.5)
    first = asyncio.create_task(api.payment_intents.create_async(WISH, {"idempotency_key": "k"}))
    await asyncio.sleep(0.2)
    with pytest.raises(stripe.APIError) as refusal:
        await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert (refusal.value.http_status, refusal.value.error.code) == (409, "idempotency_key_in_use")
    made = await first
    again = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert again.id == made.id
    assert len((await api.payment_intents.list_async()).data) == 1


async def test_a_declined_card_is_kept(api: Any) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            await api.payment_intents.create_async(
                WISH
                | {
                    "payment_method": "pm_card_chargeDeclined",
                    "payment_method_types": ["card"],
                    "confirm": True,
                },
                {"idempotency_key": "k"},
            )
    assert (await types(api)).count("charge.failed") == 1


async def test_wrong_parameters_are_not_kept(api: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await api.payment_intents.create_async({"amount": 2500}, {"idempotency_key": "k"})
    assert (await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})).amount == 2500


async def test_forgotten_after_a_day(double: Double, api: Any) -> None:
    first = await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    double.ask("clock", advance_seconds=24 * 3600 + 1)
    assert (await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})).id != first.id


@pytest.mark.parametrize(("moment", "made"), [("before", 0), ("after", 1)])
async def test_500_is_kept_too(double: Double, api: Any, moment: str, made: int) -> None:
    double.ask("faults", path="/v1/payment_intents", kind="500", moment=moment)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as refusal:
            await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
        assert refusal.value.http_status == 500
    assert len((await api.payment_intents.list_async()).data) == made
    assert (await api.payment_intents.create_async(WISH, {"idempotency_key": "k2"})).amount == 2500


@pytest.mark.parametrize(("moment", "made"), [("before", 0), ("after", 1)])
async def test_a_connection_that_breaks_off(double: Double, api: Any, moment: str, made: int) -> None:
    """The caller knows nothing; the same key finds out, and nothing is done twice."""
    double.ask("faults", path="/v1/payment_intents", kind="reset", moment=moment)
    with pytest.raises(stripe.APIConnectionError):
        await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert len((await api.payment_intents.list_async()).data) == made
    await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert len((await api.payment_intents.list_async()).data) == 1


async def test_an_answer_that_comes_too_late(double: Double) -> None:
    double.ask("faults", path="/v1/payment_intents", kind="slow", moment="after", seconds=1)
    hasty = double.client(timeout=0.3).v1
    with pytest.raises(stripe.APIConnectionError):
        await hasty.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    again = await hasty.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    assert again.last_response.headers["idempotent-replayed"] == "true"


async def test_too_many_requests_and_the_library_s_own_retries(double: Double) -> None:
    double.ask("faults", path="/v1/*", kind="429", times=1)
    with pytest.raises(stripe.RateLimitError):
        await double.client().v1.payment_intents.create_async(WISH)
    double.ask("faults", path="/v1/*", kind="reset", moment="after", times=1)
    patient = double.client(retries=2).v1
    assert (await patient.payment_intents.create_async(WISH)).amount == 2500
    assert len((await patient.payment_intents.list_async()).data) == 1


async def test_accounts_see_their_own(double: Double, api: Any) -> None:
    intent = await paid(api)
    other = double.client("sk_test_other").v1
    for call in (other.payment_intents.retrieve_async, other.payment_intents.cancel_async):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await call(intent.id)
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    assert (await other.events.list_async()).data == []


@pytest.mark.parametrize("key", ["sk_live_x", "pk_test_x", "hello"])
async def test_no_key_but_secret_test_keys(double: Double, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        await double.client(key).v1.payment_intents.list_async()


def test_over_plain_http(double: Double) -> None:
    url = f"{double.url}/v1/payment_intents"
    assert httpx.get(url, trust_env=False).status_code == 401
    answer = httpx.post(url, data={"amount": "500", "currency": "eur"}, auth=(KEY, ""), trust_env=False)
    assert (answer.status_code, answer.headers["stripe-version"]) == (200, stripe.api_version)
    assert answer.headers["request-id"].startswith("req_")
    unknown = httpx.get(f"{double.url}/v1/prices", auth=(KEY, ""), trust_env=False)
    assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "invalid_request_error")
    assert httpx.get(url, headers={"Host": "evil.example"}, trust_env=False).status_code == 400
    form = httpx.post(f"{double.url}/_double/hold", data={"hold": "true"}, trust_env=False)
    assert form.status_code == 415, "no page of another site may steer it"


async def test_pages_of_lists(api: Any) -> None:
    made = [await api.customers.create_async({"name": str(number)}) for number in range(5)]
    first = await api.customers.list_async({"limit": 2})
    assert ([each.name for each in first.data], first.has_more) == (["4", "3"], True)
    rest = await api.customers.list_async({"limit": 10, "starting_after": made[3].id})
    assert ([each.name for each in rest.data], rest.has_more) == (["2", "1", "0"], False)
    back = await api.customers.list_async({"limit": 2, "ending_before": made[1].id})
    assert [each.name for each in back.data] == ["3", "2"]
    for wish in ({"limit": 101}, {"limit": 0}, {"starting_after": "cus_gone"}, {"colour": "blue"}):
        with pytest.raises(stripe.InvalidRequestError):
            await api.customers.list_async(wish)


async def test_an_empty_list_knows_its_filters_too(api: Any) -> None:
    assert (await api.refunds.list_async({"payment_intent": "pi_none", "created": {"gte": 1}})).data == []
    assert (await api.events.list_async({"types": ["charge.refunded"], "created": 3})).data == []
    with pytest.raises(stripe.InvalidRequestError):
        await api.refunds.list_async({"created": {"gte": "yesterday"}})


async def test_expanding_what_cannot_be(api: Any) -> None:
    intent = await paid(api)
    for path in ("status", "colour", "latest_charge.payment_intent.latest_charge.payment_intent.x"):
        with pytest.raises(stripe.InvalidRequestError):
            await api.payment_intents.retrieve_async(intent.id, {"expand": [path]})


async def test_what_was_asked_is_written_down(double: Double, api: Any) -> None:
    await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    await api.payment_intents.create_async(WISH, {"idempotency_key": "k"})
    rows = double.read("received", path="/v1/payment_intents", key=KEY)["received"]
    assert [(row["idempotency_key"], row["status"], row["replayed"]) for row in rows] == [
        ("k", 200, False), ("k", 200, True),
    ]  # fmt: skip
    assert KEY not in str(rows)
