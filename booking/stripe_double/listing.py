"""Lists in pages, newest first, with Stripe's filters; and `expand[]`, which puts objects in place of their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from booking.stripe_double.calls import KINDS, Call
from booking.stripe_double.errors import missing, wrong
from booking.stripe_double.store import Thing

LIMIT, LIMIT_MAX = 10, 100
EXPAND_DEPTH_MAX = 4
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}
# Filters by equality, for each kind.
FILTERS = {
    "payment_intent": ("customer",),
    "charge": ("customer", "payment_intent"),
    "refund": ("charge", "payment_intent"),
    "dispute": ("charge", "payment_intent"),
    "setup_intent": ("customer", "payment_method"),
    "payment_method": ("customer", "type"),
    "customer": ("email",),
    "checkout.session": ("customer", "payment_intent", "status"),
    "balance_transaction": ("source", "type", "currency"),
    "payout": ("status",),
    "event": ("type",),
    "webhook_endpoint": (),
}


def page(call: Call, kind: str, url: str) -> Thing:
    """One page of a kind of objects. Raises ApiError."""
    params = call.params
    limit = params.integer("limit", LIMIT, least=1)
    if limit > LIMIT_MAX:
        raise wrong("This value must be less than or equal to 100.", "limit", "parameter_invalid_integer")
    after, before = params.text("starting_after"), params.text("ending_before")
    if after and before:
        raise wrong(
            "You may only specify one of these parameters: starting_after, ending_before.", "ending_before"
        )
    # Read once before the first thing is looked at: an empty list knows its filters too.
    for name in FILTERS[kind]:
        params.text(name)
    params.texts("types")
    if kind == "balance_transaction":
        params.text("payout")
    if not isinstance(params.raw("created"), str):
        bounds = params.part("created")
        for name in COMPARE:
            bounds.integer(name)
    found = [thing for thing in call.store.newest_first(call.account, kind) if _wanted(call, thing)]
    params.done()
    ids = [thing["id"] for thing in found]
    for given, name in ((after, "starting_after"), (before, "ending_before")):
        if given and given not in ids:
            raise missing(kind, given, name)
    if before:
        earlier = found[: ids.index(before)]
        part, more = earlier[-limit:], len(earlier) > limit
    else:
        rest = found[ids.index(after) + 1 :] if after else found
        part, more = rest[:limit], len(rest) > limit
    return {"object": "list", "data": part, "has_more": more, "url": url}


def _wanted(call: Call, thing: Thing) -> bool:
    params = call.params
    for name in FILTERS[thing["object"]]:
        given = params.text(name)
        if given is not None and thing[name] != given:
            return False
    payout = params.text("payout") if thing["object"] == "balance_transaction" else None
    if payout and thing["id"] not in call.private(payout).get("transactions", []):
        return False
    if thing["object"] == "event" and (types := params.texts("types")) and thing["type"] not in types:
        return False
    created = params.raw("created")
    if isinstance(created, str):
        return thing["created"] == params.integer("created")
    bounds = params.part("created")
    return all(COMPARE[name](thing["created"], bounds.integer(name)) for name in COMPARE if bounds.has(name))


def sublist(things: list[Thing], url: str) -> Thing:
    return {"object": "list", "data": things, "has_more": False, "url": url}


def expanded(call: Call, answer: Thing, paths: list[str]) -> Thing:
    """The answer with objects where their ids stood: "latest_charge.balance_transaction", "data.customer"."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > EXPAND_DEPTH_MAX:
            raise wrong("You cannot expand more than 4 levels of a property.", "expand")
        _expand(call, answer, steps, path)
    return answer


def _expand(call: Call, thing: Any, steps: list[str], path: str) -> None:
    name, *rest = steps
    if name not in thing:
        thing[name] = _hidden(call, thing, name, path)
    value = thing[name]
    if isinstance(value, str):
        value = thing[name] = _by_id(call, value, path)
    if not rest or value is None:
        return
    for each in value if isinstance(value, list) else [value]:
        _expand(call, each, rest, path)


def _hidden(call: Call, thing: Thing, name: str, path: str) -> Thing:
    """What is there only when it is asked for."""
    if (thing.get("object"), name) == ("checkout.session", "line_items"):
        items = call.private(thing["id"])["line_items"]
        return sublist(items, f"/v1/checkout/sessions/{thing['id']}/line_items")
    if (thing.get("object"), name) == ("charge", "refunds"):
        found = call.store.newest_first(call.account, "refund")
        own = [refund for refund in found if refund["charge"] == thing["id"]]
        return sublist(own, f"/v1/charges/{thing['id']}/refunds")
    raise wrong(f"This property cannot be expanded ({path}).", "expand")


def _by_id(call: Call, id: str, path: str) -> Thing:
    if id.split("_")[0] not in KINDS:
        raise wrong(f"This property cannot be expanded ({path}).", "expand")
    found = call.store.get(call.account, id)
    if found is None:
        raise missing("object", id, path)
    return found
