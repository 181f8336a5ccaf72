"""What happens by itself as the double's clock moves on: sessions expire, holds end, refunds fail, disputes open."""

from __future__ import annotations

from booking.stripe_double import cards, disputes, intents, refunds, sessions
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Store

ANSWERS_KEPT_SECONDS = 24 * 3600
EVENTS_KEPT_SECONDS = 30 * 24 * 3600


def catch_up(store: Store, base: str) -> int:
    """Do all that is due, in the order in which it was due. Gives how many things happened."""
    happened = 0
    while due := store.rows("SELECT * FROM later WHERE due <= ? ORDER BY due, seq LIMIT 1", store.now()):
        row = due[0]
        with store.transaction():
            store.do("DELETE FROM later WHERE seq = ?", row["seq"])
            _happen(Call(store, row["account"], base), row["action"], row["subject"])
        happened += 1
    with store.transaction():
        store.do("DELETE FROM answer WHERE created < ?", store.now() - ANSWERS_KEPT_SECONDS)
        store.do("DELETE FROM object WHERE kind = 'event' AND created < ?", store.now() - EVENTS_KEPT_SECONDS)
    return happened


def next_due(store: Store) -> int | None:
    return store.rows("SELECT min(due) AS due FROM later")[0]["due"]


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
