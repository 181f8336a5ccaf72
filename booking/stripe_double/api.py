"""The door of the API: who calls, what for, whether it was answered before, and what may go wrong on demand."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from booking.stripe_double import (
    customers,
    disputes,
    faults,
    idempotency,
    intents,
    listing,
    passing,
    refunds,
    sessions,
    setups,
    webhooks,
)
from booking.stripe_double.calls import API_VERSION, Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.params import Params, parsed
from booking.stripe_double.store import Store, Thing, new_id

Operation = Callable[..., Thing]
Handler = Callable[[Request], Awaitable[Response]]
SECRETS = {"number", "cvc"}
KEY_PREFIXES = ("sk_test_", "rk_test_")


class BrokenOff(Response):
    """An answer whose connection ends in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id": ', "more_body": False})


def account_of(key: str) -> str:
    """Each secret test key is an account of its own; the account's name tells nothing of the key."""
    return "acct_" + base64.urlsafe_b64encode(sha256(key.encode()).digest()).decode()[:16].replace("-", "A")


def caller(request: Request) -> str:
    """The account that calls. Raises ApiError, 401."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    key = given.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key).decode().partition(":")[0]
        except ValueError:
            key = ""
    if not key:
        raise ApiError(401, "You did not provide an API key.", executed=False)
    if not key.startswith(KEY_PREFIXES):
        raise ApiError(
            401, "Invalid API Key provided. This is a double of Stripe: it takes secret test keys only (sk_test_…).",
            executed=False,
        )  # fmt: skip
    return account_of(key)


def masked(value: Any) -> Any:
    """Parameters as they may be written down: without card numbers and security codes."""
    if isinstance(value, dict):
        return {
            name: f"…{str(each)[-4:]}" if name == "number" else "…" if name in SECRETS else masked(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [masked(each) for each in value]
    return value


def endpoint(operation: Operation) -> Handler:
    """A handler for one operation: `operation(call, **names in the path)` gives the object to answer."""

    async def handler(request: Request) -> Response:
        store: Store = request.app.state.store
        request_id = new_id("req", 14)
        account, given = "", {}
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        replayed = None
        fault = faults.NONE
        try:
            account = caller(request)
            text = (await request.body()).decode() if request.method == "POST" else request.url.query
            given = parsed(text)
            fault = faults.next_for(store, request.method, request.url.path)
            if fault.kind == "429" and (error := fault.error()):
                raise error
            if key:
                print_ = idempotency.fingerprint(request.method, request.url.path, masked(given))
                replayed = idempotency.begin(store, account, key, print_, request_id)
            if replayed:
                status, body = replayed.status, replayed.body
            else:
                call = Call(store, account, base_of(request), Params(given), request_id, key)
                status, body = await work(call, operation, request.path_params, fault)
        except ApiError as error:
            status, body = error.status, told(error.body())
        except UnicodeDecodeError:
            status, body = 400, told(ApiError(400, "Invalid request: not UTF-8.").body())
        note(request, account, given, key, status, request_id, replayed is not None)
        request.app.state.deliverer.wake()
        if fault.kind == "reset":
            return BrokenOff()
        headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        if key:
            headers["Idempotency-Key"] = key.encode("ascii", "replace").decode()
        if replayed:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": replayed.request}
        return Response(body, status, headers, "application/json")

    return handler


def base_of(request: Request) -> str:
    base = f"{request.url.scheme}://{request.url.netloc}"
    request.app.state.base = base
    return base


async def work(
    call: Call, operation: Operation, names: dict[str, str], fault: faults.Fault
) -> tuple[int, str]:
    """Do what was asked, once for each idempotency key. Raises ApiError where nothing was begun."""
    if fault.kind == "slow" and fault.moment == "before":
        await asyncio.sleep(fault.seconds)
    try:
        if fault.moment == "before" and (broken := fault.error()):
            raise broken
        if fault.kind == "reset" and fault.moment == "before":
            raise ApiError(503, "The connection broke off before anything was done.", executed=False)
        status, body = do(call, operation, names)
        if fault.moment == "after" and (broken := fault.error()):
            raise broken
    except ApiError as error:
        if not error.executed:
            if call.idempotency_key:
                idempotency.give_back(call.store, call.account, call.idempotency_key)
            raise
        status, body = error.status, told(error.body())
    except BaseException:
        if call.idempotency_key:
            idempotency.give_back(call.store, call.account, call.idempotency_key)
        raise
    if call.idempotency_key:
        idempotency.keep(call.store, call.account, call.idempotency_key, status, body)
    if fault.kind == "slow" and fault.moment == "after":
        await asyncio.sleep(fault.seconds)
    return status, body


def do(call: Call, operation: Operation, names: dict[str, str]) -> tuple[int, str]:
    """The operation in one transaction, after everything that was due before it."""
    passing.catch_up(call.store, call.base)
    with call.store.transaction():
        expand = call.params.texts("expand")
        answer = operation(call, **names)
        return 200, told(listing.expanded(call, answer, expand))


def told(answer: Thing) -> str:
    return json.dumps(answer, indent=2, ensure_ascii=False)


def note(
    request: Request,
    account: str,
    given: Thing,
    key: str | None,
    status: int,
    request_id: str,
    replayed: bool,
) -> None:
    """Write down what was asked, for tests and for the page that shows it; secrets are left out."""
    store: Store = request.app.state.store
    store.do(
        "INSERT INTO received (account, created, method, path, params, idempotency_key, status, request, replayed) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        account, store.now(), request.method, request.url.path, json.dumps(masked(given)), key, status, request_id,
        int(replayed),
    )  # fmt: skip


def lists(kind: str) -> Operation:
    def operation(call: Call, **names: str) -> Thing:
        return listing.page(call, kind, KIND_URLS[kind])

    return operation


def reads(kind: str) -> Operation:
    def operation(call: Call, id: str) -> Thing:
        return call.get(kind, id)

    return operation


def refunds_of(call: Call, id: str) -> Thing:
    call.get("charge", id)
    call.params.given = {**call.params.given, "charge": id}
    return listing.page(call, "refund", f"/v1/charges/{id}/refunds")


def methods_of(call: Call, id: str) -> Thing:
    call.get("customer", id)
    call.params.given = {**call.params.given, "customer": id}
    return listing.page(call, "payment_method", f"/v1/customers/{id}/payment_methods")


def line_items_of(call: Call, id: str) -> Thing:
    call.get("checkout.session", id, "session")
    call.params.accept(["limit", "starting_after"])
    return listing.sublist(call.private(id)["line_items"], f"/v1/checkout/sessions/{id}/line_items")


def unknown(call: Call, **names: str) -> Thing:
    raise ApiError(
        404, "Unrecognized request URL. This double of Stripe knows a part of its API; see docs/payments.md."
    )


KIND_URLS = {
    "balance_transaction": "/v1/balance_transactions",
    "charge": "/v1/charges",
    "checkout.session": "/v1/checkout/sessions",
    "customer": "/v1/customers",
    "dispute": "/v1/disputes",
    "event": "/v1/events",
    "payment_intent": "/v1/payment_intents",
    "payment_method": "/v1/payment_methods",
    "payout": "/v1/payouts",
    "refund": "/v1/refunds",
    "setup_intent": "/v1/setup_intents",
    "webhook_endpoint": "/v1/webhook_endpoints",
}
POSTS: dict[str, Operation] = {
    "/v1/checkout/sessions": sessions.create,
    "/v1/checkout/sessions/{id}": sessions.update,
    "/v1/checkout/sessions/{id}/expire": sessions.expire,
    "/v1/customers": customers.create,
    "/v1/customers/{id}": customers.update,
    "/v1/disputes/{id}": disputes.update,
    "/v1/disputes/{id}/close": disputes.accept,
    "/v1/payment_intents": intents.create,
    "/v1/payment_intents/{id}": intents.update,
    "/v1/payment_intents/{id}/confirm": intents.confirm,
    "/v1/payment_intents/{id}/capture": intents.capture,
    "/v1/payment_intents/{id}/cancel": intents.cancel,
    "/v1/payment_methods": customers.create_method,
    "/v1/payment_methods/{id}": customers.update_method,
    "/v1/payment_methods/{id}/attach": customers.attach_method,
    "/v1/payment_methods/{id}/detach": customers.detach_method,
    "/v1/refunds": refunds.create,
    "/v1/refunds/{id}": refunds.update,
    "/v1/setup_intents": setups.create,
    "/v1/setup_intents/{id}": setups.update,
    "/v1/setup_intents/{id}/confirm": setups.confirm,
    "/v1/setup_intents/{id}/cancel": setups.cancel,
    "/v1/webhook_endpoints": webhooks.create,
    "/v1/webhook_endpoints/{id}": webhooks.update,
}
GETS: dict[str, Operation] = {
    **{url: lists(kind) for kind, url in KIND_URLS.items()},
    "/v1/balance_transactions/{id}": reads("balance_transaction"),
    "/v1/charges/{id}": reads("charge"),
    "/v1/charges/{id}/refunds": refunds_of,
    "/v1/checkout/sessions/{id}": sessions.retrieve,
    "/v1/checkout/sessions/{id}/line_items": line_items_of,
    "/v1/customers/{id}": customers.retrieve,
    "/v1/customers/{id}/payment_methods": methods_of,
    "/v1/customers/{id}/payment_methods/{method_id}": customers.of_customer,
    "/v1/disputes/{id}": disputes.retrieve,
    "/v1/events/{id}": reads("event"),
    "/v1/payment_intents/{id}": intents.retrieve,
    "/v1/payment_methods/{id}": customers.retrieve_method,
    "/v1/payouts/{id}": reads("payout"),
    "/v1/refunds/{id}": refunds.retrieve,
    "/v1/setup_intents/{id}": setups.retrieve,
    "/v1/webhook_endpoints/{id}": webhooks.retrieve,
}
DELETES: dict[str, Operation] = {
    "/v1/customers/{id}": customers.delete,
    "/v1/webhook_endpoints/{id}": webhooks.delete,
}
routes = [
    *[Route(path, endpoint(operation), methods=["POST"]) for path, operation in POSTS.items()],
    *[Route(path, endpoint(operation), methods=["GET"]) for path, operation in GETS.items()],
    *[Route(path, endpoint(operation), methods=["DELETE"]) for path, operation in DELETES.items()],
    Route("/v1/{path:path}", endpoint(unknown), methods=["GET", "POST", "DELETE"]),
]
