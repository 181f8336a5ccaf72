"""Disputes: opened by some test cards or on demand, closed as won or lost on demand."""

from __future__ import annotations

from booking.stripe_double import objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Thing

FEE = 2000  # of the demonstration, in minor units


def open_for(call: Call, charge: Thing, reason: str) -> Thing:
    """The payer's bank takes the money back until it is decided. Raises ApiError when there is one already."""
    if charge["disputed"] or not charge["captured"]:
        raise ApiError(400, f"Charge {charge['id']} cannot be disputed.", code="charge_disputed")
    dispute = objects.dispute(charge, reason, at=call.now)
    taken = objects.balance_transaction(
        "adjustment", -dispute["amount"], charge["currency"], dispute["id"], at=call.now, fee=FEE,
        description=f"Chargeback withdrawal for {charge['id']}",
    )  # fmt: skip
    call.save(taken)
    dispute["balance_transactions"] = [taken]
    call.save(dispute)
    charge["disputed"] = True
    call.save(charge)
    call.emit("charge.dispute.created", dispute)
    call.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(call: Call, dispute: Thing, *, won: bool) -> Thing:
    """The bank has decided. Raises ApiError when it had before."""
    if dispute["status"] in ("won", "lost"):
        raise ApiError(400, f"This dispute is already closed as {dispute['status']}.")
    before = {"status": dispute["status"]}
    dispute["status"] = "won" if won else "lost"
    if won:
        back = objects.balance_transaction(
            "adjustment", dispute["amount"], dispute["currency"], dispute["id"], at=call.now,
            description=f"Chargeback reversal for {dispute['charge']}",
        )  # fmt: skip
        call.save(back)
        dispute["balance_transactions"].append(back)
    call.save(dispute)
    if won:
        call.emit("charge.dispute.funds_reinstated", dispute)
    call.emit("charge.dispute.closed", dispute, before)
    return dispute


def retrieve(call: Call, id: str) -> Thing:
    return call.get("dispute", id)


def update(call: Call, id: str) -> Thing:
    """Evidence, and whether it is handed in."""
    dispute = call.get("dispute", id)
    dispute["metadata"] = call.params.metadata(dispute["metadata"])
    evidence = call.params.part("evidence")
    for name in objects.EVIDENCE:
        if given := evidence.text(name, most=20000):
            dispute["evidence"][name] = given
            dispute["evidence_details"]["has_evidence"] = True
    if call.params.flag("submit", bool(evidence.given)):
        dispute["evidence_details"]["submission_count"] += 1
        dispute["status"] = "under_review"
    call.params.done()
    call.save(dispute)
    call.emit("charge.dispute.updated", dispute)
    return dispute


def accept(call: Call, id: str) -> Thing:
    """The merchant gives in: POST /v1/disputes/{id}/close."""
    call.params.done()
    return close(call, call.get("dispute", id), won=False)
