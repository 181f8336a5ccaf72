"""What happens by itself as the double's clock moves on: sessions expire, holds end, refunds fail, disputes open."""

from __future__ import annotations

from booking.stripe_double import cards, disputes, intents, refunds, sessions
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Store

ANSWERS_KEPT_SECONDS = 24 * 3600
EVENTS_KEPT_SECONDS = 30 * 24 * 3600
FORGET_EVERY_SECONDS = 60


def catch_up(store: Store, base: str) -> int:
    """Do all that is due, in the order in which it was due. Gives how many things happened."""
    happened = 0
    while due := store.rows("SELECT * FROM later WHERE due <= ? ORDER BY due, seq LIMIT 1", store.now()):
        row = due[0]
        with store.transaction():
            store.do("DELETE FROM later WHERE seq = ?", row["seq"])
            _happen(Call(store, row["account"], base), row["action"], row["subject"])
        happened += 1
    if store.now() - float(store.value("forgot_at", "0")) >= FORGET_EVERY_SECONDS:
        forget(store)
    return happened


def forget(store: Store) -> None:
    """Idempotency keys after a day; events, what was asked, and what was sent, after thirty, as at Stripe."""
    with store.transaction():
        store.set_value("forgot_at", str(store.now()))
        store.do("DELETE FROM answer WHERE created < ?", store.now() - ANSWERS_KEPT_SECONDS)
        old = store.now() - EVENTS_KEPT_SECONDS
        store.do("DELETE FROM object WHERE kind = 'event' AND created < ?", old)
        store.do("DELETE FROM delivery WHERE event NOT IN (SELECT id FROM object WHERE kind = 'event')")
        store.do("DELETE FROM received WHERE created < ?", old)


def _happen(call: Call, action: str, id: str) -> None:
    thing = call.store.get(call.account, id)
    if thing is None:
        return
    if action == "session_expires" and thing["status"] == "open":
        sessions.let_go(call, thing)
    elif action == "capture_too_late" and thing["status"] == "requires_capture":
        intents.let_go(call, thing, "automatic")
    elif action == "refund_fails":
        refunds.fail(call, thing)
    elif action == "refund_succeeds":
        refunds.succeed(call, thing)
    elif action == "dispute":
        behaviour = call.private(thing["payment_method"]).get("behaviour", cards.OK)
        try:
            disputes.open_for(call, thing, cards.DISPUTES.get(behaviour, "general"))
        except ApiError:
            return  # it was disputed by hand before
