"""What tests and demonstrations ask of the double beyond Stripe's API, in JSON, under `/_double/`.

JSON alone, so that no page of another site can ask (a browser asks us first, and we do not answer that).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from booking.stripe_double import charging, disputes, faults, passing, payouts, refunds, sessions, setups
from booking.stripe_double.api import account_of
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError, missing, wrong
from booking.stripe_double.store import Store, Thing

SHOWN_MAX = 1000
Ask = Callable[[Request, Store, Thing], Awaitable[Any]]


def asked(ask: Ask) -> Callable[[Request], Awaitable[Response]]:
    """A handler that reads a JSON object and answers with one."""

    async def handler(request: Request) -> Response:
        given: Thing = {}
        try:
            if request.method == "POST":
                if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                    raise ApiError(415, "Send application/json.")
                try:
                    given = json.loads(await request.body() or b"{}")
                except ValueError:
                    raise ApiError(400, "Not JSON.") from None
                if not isinstance(given, dict):
                    raise ApiError(400, "A JSON object is needed.")
            answer = await ask(request, request.app.state.store, given)
        except ApiError as error:
            return JSONResponse(error.body(), error.status)
        request.app.state.deliverer.wake()
        return JSONResponse(answer)

    return handler


def number(given: Thing, name: str, default: float, most: float = 10**9) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise wrong(f"{name} must be a number of at least 0.", name)
    return value


def call_for(request: Request, id: str, kind: str) -> tuple[Call, Thing]:
    """A call on behalf of the account that owns the object, and the object. Raises ApiError, 404."""
    store: Store = request.app.state.store
    account = store.owner(id)
    if account is None:
        raise missing(kind, id)
    call = Call(store, account, request.app.state.base)
    return call, call.get(kind, id)


async def health(request: Request, store: Store, given: Thing) -> Thing:
    return {"double": "of Stripe", "now": store.now()}


async def hold(request: Request, store: Store, given: Thing) -> Thing:
    """{"hold": true} keeps events back; false lets all go that were kept."""
    on = bool(given.get("hold", True))
    store.set_value("hold", "yes" if on else "")
    if not on:
        store.do("UPDATE delivery SET state = 'due', due = ? WHERE state = 'held'", store.real_now())
    return {"hold": on}


async def send(request: Request, store: Store, given: Thing) -> Thing:
    """{"events": [ids in order], "times": 1} sends them now, whether they were sent before or not, and waits.

    With "seconds" they are sent so much later, each once.
    """
    events = given.get("events")
    if not isinstance(events, list) or not all(isinstance(id, str) for id in events):
        raise wrong("events must be a list of event ids.", "events")
    if given.get("seconds"):
        due = store.real_now() + number(given, "seconds", 0)
        for id in events:
            store.do("UPDATE delivery SET state = 'due', due = ? WHERE event = ?", due, id)
        return {"sent": [], "due": due}
    return {
        "sent": await request.app.state.deliverer.send_in_order(events, int(number(given, "times", 1, 100)))
    }


async def deliveries(request: Request, store: Store, given: Thing) -> Thing:
    """In the order of the events; ?state=held for those alone, ?key=sk_test_… for one account."""
    found = store.rows(
        "SELECT d.*, json_extract(o.body, '$.type') AS type FROM delivery d JOIN object o ON o.id = d.event "
        "ORDER BY d.seq DESC LIMIT ?", SHOWN_MAX,
    )  # fmt: skip
    state, key = request.query_params.get("state"), request.query_params.get("key")
    rows = [
        {name: row[name] for name in ("event", "type", "endpoint", "state", "attempts", "answer")}
        for row in reversed(found)
        if (not state or row["state"] == state) and (not key or row["account"] == account_of(key))
    ]
    return {"deliveries": rows, "waiting": sum(row["state"] == "due" for row in rows)}


async def retries(request: Request, store: Store, given: Thing) -> Thing:
    """{"seconds": [0.1, 0.2]}: the pauses before an event is sent again."""
    pauses = given.get("seconds")
    if not isinstance(pauses, list) or not all(
        isinstance(each, int | float) and each >= 0 for each in pauses
    ):
        raise wrong("seconds must be a list of numbers.", "seconds")
    store.set_value("retry_seconds", json.dumps(pauses))
    return {"seconds": pauses}


async def fault(request: Request, store: Store, given: Thing) -> Thing:
    """{"path": "/v1/refunds", "kind": "500", "moment": "after", "times": 1}; {"clear": true} takes all back."""
    if given.get("clear"):
        faults.forget(store)
        return {"cleared": True}
    kind, moment = str(given.get("kind")), str(given.get("moment", "before"))
    if kind not in faults.KINDS or moment not in faults.MOMENTS:
        raise wrong(f"kind is one of {faults.KINDS}, moment one of {faults.MOMENTS}.", "kind")
    path = str(given.get("path", "/v1/*"))
    method = str(given.get("method", "POST"))
    times = int(number(given, "times", 1))
    seconds = number(given, "seconds", 0, 600)
    faults.ask(store, method=method, path=path, kind=kind, moment=moment, seconds=seconds, times=times)
    return {
        "method": method,
        "path": path,
        "kind": kind,
        "moment": moment,
        "seconds": seconds,
        "times": times,
    }


async def clock(request: Request, store: Store, given: Thing) -> Thing:
    """{"advance_seconds": 1800}: so much later, with everything that happens until then."""
    ahead = float(store.value("clock", "0")) + number(given, "advance_seconds", 0)
    store.set_value("clock", str(ahead))
    return {
        "happened": passing.catch_up(store, request.app.state.base),
        "now": store.now(),
        "ahead_seconds": ahead,
    }


async def received(request: Request, store: Store, given: Thing) -> Thing:
    """What was asked of the API, oldest first; ?path=/v1/refunds and ?key=sk_test_… choose."""
    path, key = request.query_params.get("path"), request.query_params.get("key")
    found = store.rows("SELECT * FROM received ORDER BY seq DESC LIMIT ?", SHOWN_MAX)
    return {
        "received": [
            {
                "account": row["account"],
                "created": row["created"],
                "method": row["method"],
                "path": row["path"],
                "params": json.loads(row["params"]),
                "idempotency_key": row["idempotency_key"],
                "status": row["status"],
                "request": row["request"],
                "replayed": bool(row["replayed"]),
            }
            for row in reversed(found)
            if (not path or row["path"] == path) and (not key or row["account"] == account_of(key))
        ]
    }


async def dispute(request: Request, store: Store, given: Thing) -> Thing:
    """{"charge": id, "reason": "fraudulent"} opens one; {"dispute": id, "outcome": "won"} closes it."""
    if id := given.get("dispute"):
        call, found = call_for(request, str(id), "dispute")
        if given.get("outcome") not in ("won", "lost"):
            raise wrong("outcome is won or lost.", "outcome")
        with store.transaction():
            return disputes.close(call, found, won=given["outcome"] == "won")
    call, charge = call_for(request, str(given.get("charge")), "charge")
    with store.transaction():
        return disputes.open_for(call, charge, str(given.get("reason", "general")))


async def refund(request: Request, store: Store, given: Thing) -> Thing:
    """{"refund": id, "outcome": "failed"}: what becomes of it, now."""
    call, found = call_for(request, str(given.get("refund")), "refund")
    with store.transaction():
        (refunds.fail if given.get("outcome") == "failed" else refunds.succeed)(call, found)
    return found


async def payout(request: Request, store: Store, given: Thing) -> Thing:
    """{"key": "sk_test_…", "currency": "eur"} pays out what is there; {"payout": id, "outcome": "paid"} or "failed"."""
    if id := given.get("payout"):
        call, found = call_for(request, str(id), "payout")
        if given.get("outcome") not in ("paid", "failed"):
            raise wrong("outcome is paid or failed.", "outcome")
        with store.transaction():
            return (payouts.arrive if given["outcome"] == "paid" else payouts.fail)(call, found)
    call = Call(store, account_of(str(given.get("key"))), request.app.state.base)
    with store.transaction():
        return payouts.pay_out(call, str(given.get("currency", "eur")))


async def authenticate(request: Request, store: Store, given: Thing) -> Thing:
    """{"intent": id, "passed": true}: the payer's answer to 3-D Secure, without the page."""
    return answer_bank(request, str(given.get("intent")), bool(given.get("passed", True)))


def answer_bank(request: Request, id: str, passed: bool) -> Thing:
    """Used by the page too. Gives the intent; a card that is declined after 3-D Secure raises ApiError."""
    store: Store = request.app.state.store
    kind = "setup_intent" if id.startswith("seti_") else "payment_intent"
    call, intent = call_for(request, id, kind)
    if intent["status"] != "requires_action":
        raise ApiError(400, f"Nothing is asked of the payer: the intent's status is {intent['status']}.")
    with store.transaction():
        answered = (setups if kind == "setup_intent" else charging).authenticate(call, intent, passed)
        if session := store.get(call.account, call.private(id).get("session", "")):
            sessions.finish(call, session, answered)
    return answered


routes = [
    Route("/_double/health", asked(health), methods=["GET"]),
    Route("/_double/hold", asked(hold), methods=["POST"]),
    Route("/_double/send", asked(send), methods=["POST"]),
    Route("/_double/deliveries", asked(deliveries), methods=["GET"]),
    Route("/_double/retries", asked(retries), methods=["POST"]),
    Route("/_double/faults", asked(fault), methods=["POST"]),
    Route("/_double/clock", asked(clock), methods=["POST"]),
    Route("/_double/received", asked(received), methods=["GET"]),
    Route("/_double/disputes", asked(dispute), methods=["POST"]),
    Route("/_double/refunds", asked(refund), methods=["POST"]),
    Route("/_double/payouts", asked(payout), methods=["POST"]),
    Route("/_double/authenticate", asked(authenticate), methods=["POST"]),
]
