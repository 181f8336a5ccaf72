"""Webhook endpoints: where an account's events go, and the secret that signs them."""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from booking.stripe_double import objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import wrong
from booking.stripe_double.store import Store, Thing, new_id


def create(call: Call) -> Thing:
    params = call.params
    url = params.text("url", required=True)
    if urlsplit(url).scheme not in ("http", "https"):
        raise wrong("Invalid URL: must be http or https.", "url", "url_invalid")
    events = params.texts("enabled_events")
    if not events:
        params.need("enabled_events")
    endpoint = objects.webhook_endpoint(
        url,
        events,
        at=call.now,
        api_version=params.text("api_version"),
        description=params.text("description"),
        metadata=params.metadata(),
    )
    params.accept(["connect"])
    params.done()
    secret = new_id("whsec", 32)
    call.save(endpoint, {"secret": secret})
    return endpoint | {"secret": secret}  # told this once


def retrieve(call: Call, id: str) -> Thing:
    return call.get("webhook_endpoint", id)


def update(call: Call, id: str) -> Thing:
    endpoint = call.get("webhook_endpoint", id)
    endpoint["url"] = call.params.text("url", endpoint["url"])
    endpoint["enabled_events"] = call.params.texts("enabled_events") or endpoint["enabled_events"]
    endpoint["description"] = call.params.text("description", endpoint["description"])
    endpoint["metadata"] = call.params.metadata(endpoint["metadata"])
    if call.params.has("disabled"):
        endpoint["status"] = "disabled" if call.params.flag("disabled") else "enabled"
    call.params.done()
    return call.save(endpoint)


def delete(call: Call, id: str) -> Thing:
    call.get("webhook_endpoint", id)
    call.store.delete(id)
    return {"id": id, "object": "webhook_endpoint", "deleted": True}


def configure(store: Store, account: str, url: str, secret: str) -> None:
    """An endpoint for all events, whose secret both sides know from their settings; asked again, nothing changes."""
    for endpoint in store.newest_first(account, "webhook_endpoint"):
        if store.private(endpoint["id"]).get("configured"):
            store.delete(endpoint["id"])
    endpoint = objects.webhook_endpoint(url, ["*"], at=store.now(), description="From the settings")
    # The same name each time, so that what was to be delivered before a restart still finds it.
    endpoint["id"] = f"we_settings{account.removeprefix('acct_')}"
    store.put(account, endpoint, {"secret": secret, "configured": True})


def signature(payload: bytes, secret: str, at: int) -> str:
    """The header Stripe-Signature: HMAC-SHA256 over time and body, so that neither can be changed."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, sha256).hexdigest()
    return f"t={at},v1={signed}"
