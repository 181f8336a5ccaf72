"""Payouts to the bank, made on demand: everything on the balance of one currency that no payout has taken yet."""

from __future__ import annotations

from booking.stripe_double import objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Thing

ARRIVES_AFTER_SECONDS = 2 * 86400


def pay_out(call: Call, currency: str) -> Thing:
    """A payout of the balance, on its way. Raises ApiError where there is nothing to pay out."""
    taken = {
        id
        for payout in call.store.newest_first(call.account, "payout")
        for id in call.private(payout["id"])["transactions"]
    }
    moved = [
        each
        for each in call.store.newest_first(call.account, "balance_transaction")
        if each["currency"] == currency and each["id"] not in taken and not each["type"].startswith("payout")
    ]
    amount = sum(each["net"] for each in moved)
    if amount <= 0:
        raise ApiError(400, "Nothing to pay out.", code="balance_insufficient")
    payout = objects.payout(amount, currency, at=call.now, arrives=call.now + ARRIVES_AFTER_SECONDS)
    out = objects.balance_transaction("payout", -amount, currency, payout["id"], at=call.now)
    call.save(out)
    payout["balance_transaction"] = out["id"]
    call.save(payout, {"transactions": [each["id"] for each in moved] + [out["id"]]})
    call.emit("payout.created", payout)
    return payout


def arrive(call: Call, payout: Thing) -> Thing:
    """The bank has it."""
    return _end(call, payout, "paid")


def fail(call: Call, payout: Thing) -> Thing:
    """The bank sent it back: it is on the balance again, for the next payout."""
    back = objects.balance_transaction(
        "payout_failure", payout["amount"], payout["currency"], payout["id"], at=call.now
    )
    call.save(back)
    payout |= {
        "failure_balance_transaction": back["id"],
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
    }
    # What it took may be taken by another.
    call.save(payout, {"transactions": []})
    return _end(call, payout, "failed")


def _end(call: Call, payout: Thing, status: str) -> Thing:
    if payout["status"] == status:
        raise ApiError(400, f"This payout is {status} already.")
    before = {"status": payout["status"]}
    payout["status"] = status
    call.save(payout)
    call.emit(f"payout.{status}", payout, before)
    return payout
