"""One call of the API while it is worked on: whose it is, what it asks, and the events that it causes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from booking.stripe_double.errors import missing
from booking.stripe_double.params import Params
from booking.stripe_double.store import Store, Thing, new_id

API_VERSION = "2026-10-28.endive"
KINDS = {
    "ch": "charge", "cs": "checkout.session", "cus": "customer", "dp": "dispute", "evt": "event",
    "pi": "payment_intent", "pm": "payment_method", "po": "payout", "re": "refund", "seti": "setup_intent",
    "txn": "balance_transaction", "we": "webhook_endpoint",
}  # fmt: skip


@dataclass
class Call:
    """What operations are given. Pages and the passing of time make calls of their own, without a request."""

    store: Store
    account: str
    base: str
    params: Params = field(default_factory=lambda: Params({}))
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def now(self) -> int:
        return self.store.now()

    def get(self, kind: str, id: str, param: str = "id") -> Thing:
        """An object of this account. Raises ApiError, resource_missing, for any other."""
        found = self.store.get(self.account, id)
        if found is None or found["object"] != kind:
            raise missing("PaymentMethod" if kind == "payment_method" else kind, id, param)
        return found

    def save(self, thing: Thing, private: Thing | None = None) -> Thing:
        self.store.put(self.account, thing, private)
        return thing

    def private(self, id: str) -> Thing:
        return self.store.private(id)

    def emit(self, type: str, thing: Thing, previous: dict[str, Any] | None = None) -> None:
        """An event that shows the object as it is at this moment, and a delivery for each webhook that wants it."""
        data: Thing = {"object": deepcopy(thing)}
        if previous:
            data["previous_attributes"] = previous
        endpoints = [
            endpoint["id"]
            for endpoint in self.store.newest_first(self.account, "webhook_endpoint")
            if endpoint["status"] == "enabled" and {"*", type} & set(endpoint["enabled_events"])
        ]
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": type,
        }
        self.save(event)
        state = "held" if self.store.value("hold") else "due"
        for endpoint in endpoints:
            self.store.do(
                "INSERT INTO delivery (account, event, endpoint, state, due) VALUES (?, ?, ?, ?, ?)",
                self.account, event["id"], endpoint, state, self.store.real_now(),
            )  # fmt: skip
