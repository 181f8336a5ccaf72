"""Events: signed, as they were at the time, sent again, held back, twice, late, and in any order."""

from __future__ import annotations

import json
import time
from itertools import permutations
from typing import Any

import pytest
import stripe

from tests.stripe import KEY, Double, Webhook, running
from tests.stripe_double.conftest import paid, session, types


@pytest.fixture
async def secret(api: Any, webhook: Webhook) -> str:
    """The signing secret of a webhook that wants everything."""
    made = await api.webhook_endpoints.create_async({"url": webhook.url, "enabled_events": ["*"]})
    return made.secret


async def test_it_works(double: Double, api: Any, webhook: Webhook, secret: str) -> None:
    intent = await paid(api)
    webhook.wait_for(4)
    client = double.client()
    events = [client.construct_event(body, signature, secret) for body, signature in webhook.received]
    assert [event.type for event in events] == await types(api)
    assert events[0].data.object.status == "requires_confirmation", "as it was then"
    assert (events[2].data.object.id, events[2].data.object.status) == (intent.id, "succeeded")
    assert events[3].data.previous_attributes.to_dict() == {"balance_transaction": None}
    assert {event.api_version for event in events} == {stripe.api_version}
    assert events[0].request.id.startswith("req_")
    deadline = time.monotonic() + 5
    while (await api.events.retrieve_async(events[0].id)).pending_webhooks and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (await api.events.retrieve_async(events[0].id)).pending_webhooks == 0


async def test_a_wrong_secret_and_a_changed_body_are_noticed(
    double: Double, api: Any, webhook: Webhook, secret: str
) -> None:
    await paid(api)
    webhook.wait_for(1)
    body, signature = webhook.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        double.client().construct_event(body, signature, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        double.client().construct_event(body.replace(b"2500", b"1"), signature, secret)


async def test_only_the_types_that_are_wanted(api: Any, webhook: Webhook) -> None:
    wanted = await api.webhook_endpoints.create_async(
        {"url": webhook.url, "enabled_events": ["payment_intent.succeeded"]}
    )
    assert (await api.webhook_endpoints.retrieve_async(wanted.id)).enabled_events == [
        "payment_intent.succeeded"
    ]
    assert "secret" not in (await api.webhook_endpoints.list_async()).data[0].to_dict()
    await paid(api)
    webhook.wait_for(1)
    await api.webhook_endpoints.delete_async(wanted.id)
    await paid(api)
    time.sleep(0.3)
    assert webhook.types() == ["payment_intent.succeeded"]


async def test_sent_again_until_somebody_says_yes(double: Double, api: Any, webhook: Webhook) -> None:
    double.ask("retries", seconds=[0.05, 0.05, 0.05])
    await api.webhook_endpoints.create_async(
        {"url": webhook.url, "enabled_events": ["payment_intent.succeeded"]}
    )
    webhook.answers = [500, 302]
    await paid(api)
    webhook.wait_for(3)
    time.sleep(0.3)
    assert len(webhook.received) == 3
    assert len({json.loads(body)["id"] for body, _ in webhook.received}) == 1
    (row,) = double.read("deliveries")["deliveries"]
    assert (row["state"], row["attempts"], row["answer"]) == ("delivered", 3, "200")


async def test_given_up_at_last(double: Double, api: Any) -> None:
    double.ask("retries", seconds=[0.01])
    await api.webhook_endpoints.create_async(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["payment_intent.succeeded"]}
    )
    await paid(api)
    deadline = time.monotonic() + 10
    while (row := double.read("deliveries")["deliveries"][0])["state"] != "failed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (row["attempts"], row["answer"]) == (2, "ConnectError")


async def test_every_order_of_one_payment_s_events(
    double: Double, api: Any, webhook: Webhook, secret: str
) -> None:
    double.ask("hold", hold=True)
    made = await session(api)
    double.pay(made.url)
    held = double.read("deliveries", state="held", key=KEY)["deliveries"]
    assert [row["type"] for row in held] == await types(api)
    assert (len(held), webhook.received) == (5, [])
    orders = list(permutations([row["event"] for row in held]))
    assert len(orders) == 120
    for order in orders:
        webhook.received.clear()
        double.ask("send", events=list(order))
        assert [json.loads(body)["id"] for body, _ in webhook.received] == list(order)
    assert double.read("deliveries", state="held")["deliveries"] == []


async def test_twice_late_and_let_go(double: Double, api: Any, webhook: Webhook, secret: str) -> None:
    double.ask("hold", hold=True)
    await paid(api)
    first, *others = [row["event"] for row in double.read("deliveries")["deliveries"]]
    sent = double.ask("send", events=[first], times=3)["sent"]
    assert [row["answer"] for row in sent] == ["200"] * 3
    assert len(webhook.received) == 3
    double.ask("send", events=[others[0]], seconds=0.3)
    time.sleep(0.1)
    assert len(webhook.received) == 3
    webhook.wait_for(4)
    double.ask("hold", hold=False)
    webhook.wait_for(6)
    assert sorted(json.loads(body)["id"] for body, _ in webhook.received[3:]) == sorted(others)


async def test_a_month_of_events_to_reconcile_with(double: Double, api: Any) -> None:
    await paid(api)
    double.ask("clock", advance_seconds=5 * 24 * 3600)
    for _ in range(3):
        await paid(api)
    now = double.read("health")["now"]
    wish = {"created": {"gte": now - 4 * 24 * 3600}, "types": ["payment_intent.succeeded"], "limit": 2}
    page = await api.events.list_async(wish)
    assert (len(page.data), page.has_more) == (2, True)
    rest = await api.events.list_async(wish | {"starting_after": page.data[-1].id})
    assert (len(rest.data), rest.has_more) == (1, False)
    every = [event async for event in (await api.events.list_async({"limit": 3})).auto_paging_iter()]
    assert len(every) == 16
    double.ask("clock", advance_seconds=27 * 24 * 3600)
    assert len((await api.events.list_async({"limit": 100})).data) == 12, "older than 30 days are gone"


async def test_webhooks_of_the_settings(webhook: Webhook) -> None:
    with running(webhooks=[(KEY, webhook.url, "whsec_known")]) as double:
        await paid(double.client().v1)
        await paid(double.client("sk_test_other").v1)
        webhook.wait_for(4)
        time.sleep(0.2)
        assert len(webhook.received) == 4, "only of its own account"
        double.client().construct_event(*webhook.received[0], "whsec_known")
        await double.close()


async def test_the_page_sends_again(double: Double, api: Any, webhook: Webhook, secret: str) -> None:
    await paid(api)
    webhook.wait_for(4)
    page = double.see("/_double/")
    assert ("This is not Stripe" in page.text, "EUR 25.00" in page.text) == (True, True)
    id = json.loads(webhook.received[0][0])["id"]
    assert id in double.see(f"/_double/events/{id}").text
    url = f"/_double/events/{id}/send"
    other = double.press(url, **{"Sec-Fetch-Site": "cross-site"})
    assert (other.status_code, len(webhook.received)) == (403, 4)
    assert double.press(url).status_code == 303
    assert json.loads(webhook.received[4][0])["id"] == id
