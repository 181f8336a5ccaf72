"""Every night: four days of Stripe's events against what we heard, and each payment they speak of against the ledger.

What was missed is kept as if it had been heard, and settled; so an installation that was away for three days comes to
the same books without anybody's help. What still differs afterwards is a difference that a treasurer sees (I14).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from booking import db
from booking.budgets.activities import transfer_id
from booking.ledger import Transfer
from booking.payments import hearing, payouts, settling, stripe
from booking.payments.models import Comparison, Difference, Payment, Refund
from booking.places import Entity

log = structlog.get_logger()

DAYS = timedelta(days=4)
PAGE = 100
PAGES_MAX = 500
# Stripe's ids of one night that are asked for one by one.
# (payouts are listed by themselves).
EVENT_KINDS = [kind for kind in hearing.KINDS if kind not in payouts.KINDS][:20]


@dataclass
class Found:
    """One run: sums by day and currency ('2026-11-23 EUR captured'), and the differences by key."""

    ours: Counter[str] = field(default_factory=Counter)
    theirs: Counter[str] = field(default_factory=Counter)
    differences: dict[str, dict[str, Any]] = field(default_factory=dict)


async def compare_all(at: datetime) -> list[Comparison]:
    """Compare every entity that takes cards, one after the other; one that Stripe does not answer for says so."""
    made = []
    for entity in await Entity.all().order_by("id"):
        if stripe.keys_of(entity.key) is not None:
            made.append(await compare(entity, at=at))
    return made


async def compare(entity: Entity, *, at: datetime) -> Comparison:
    """Catch up with four days of events and compare. Never raises for a silent Stripe: the run says so instead."""
    begins_at = at - DAYS
    run = Comparison(entity_id=entity.id, begins_at=begins_at, ends_at=at, ran_at=at)
    try:
        intents = await _catch_up(entity, run, since=begins_at, at=at)
        found = await _look_at_each(entity, intents, since=begins_at)
        await _payouts(entity, found, intents, since=begins_at, at=at)
        await _keep_differences(entity, found, set(intents), at=at)
        run.ours, run.theirs = dict(found.ours), dict(found.theirs)
    except stripe.Unreachable:
        run.error = "no answer"
    await run.save(force_create=True)
    return run


async def _catch_up(entity: Entity, run: Comparison, *, since: datetime, at: datetime) -> set[str]:
    """Keep the events we did not hear, settle what they are about; the ids of all payments they speak of."""
    intents: set[str] = set()
    touched: set[Any] = set()
    after: dict[str, Any] = {}
    for _page in range(PAGES_MAX):
        listed = await stripe.call(
            entity.key,
            "events.list",
            {"created": {"gte": int(since.timestamp())}, "types": EVENT_KINDS, "limit": PAGE} | after,
        )
        for event in listed["data"]:
            run.events += 1
            if await hearing.keep(entity.id, event, source="list", at=at):
                run.missed += 1
            thing = event["data"]["object"]
            intent = hearing.intent_of(thing)
            if intent:
                intents.add(intent)
            ref = str((thing.get("metadata") or {}).get("payment") or "")
            if payment := await hearing.payment_of(str(thing.get("id") or ""), intent, ref):
                touched.add(payment.id)
        if not listed.get("has_more") or not listed["data"]:
            break
        after = {"starting_after": listed["data"][-1]["id"]}
    # Ours of these days are looked at too: Stripe may not know them.
    own = Payment.filter(entity_id=entity.id, paid_at__gte=since)
    touched |= set(await own.values_list("id", flat=True))
    for id in touched:
        await settling.settle(id, at=at)
    known: Any = await Payment.filter(id__in=list(touched)).values_list("intent_id", flat=True)
    return intents | {id for id in known if id}


async def _look_at_each(entity: Entity, intents: set[str], *, since: datetime) -> Found:
    """Stripe's sums and ours, payment by payment, out of the ledger itself."""
    found = Found()
    for intent_id in sorted(intents):
        ours = await Payment.get_or_none(intent_id=intent_id)
        try:
            intent = await stripe.call(
                entity.key, "payment_intents.retrieve", intent_id, {"expand": ["latest_charge"]}
            )
        except stripe.Wrong:
            intent = {}
        if ours is not None and ours.entity_id != entity.id:
            continue
        await _compare_one(entity, found, intent_id, intent, ours)
    return found


async def _compare_one(
    entity: Entity, found: Found, intent_id: str, intent: dict[str, Any], ours: Payment | None
) -> None:
    charge = intent.get("latest_charge")
    if isinstance(charge, str):
        charge = await stripe.call(entity.key, "charges.retrieve", charge)
    charge = charge or {}
    captured = int(charge.get("amount_captured") or 0) if charge.get("captured") else 0
    # Not the charge's `amount_refunded`: what a partial capture lets go counts there too.
    refunded = await _refunded(entity, intent_id) if captured else 0
    currency = str(intent.get("currency") or (ours.currency if ours else "")).upper()
    day = datetime.fromtimestamp(charge["created"], UTC).date().isoformat() if charge else ""
    if ours is None:
        if captured:
            _note(found, "unknown", intent_id, currency, 0, captured, None)
            found.theirs[f"{day} {currency}"] += captured - refunded
        return
    booked, given_back = await _booked(ours)
    if not intent:
        if booked:
            _note(found, "missing", intent_id, ours.currency, booked, 0, ours)
        return
    if captured or booked:
        found.theirs[f"{day} {currency}"] += captured - refunded
        found.ours[f"{day} {currency}"] += booked - given_back
    if booked != captured:
        _note(found, "captured", intent_id, currency, booked, captured, ours)
    if given_back != refunded:
        _note(found, "refunded", intent_id, currency, given_back, refunded, ours)


async def _payouts(entity: Entity, found: Found, looked: set[str], *, since: datetime, at: datetime) -> None:
    """Payouts of these days: what left the card account here, and what Stripe's own lines of each add up to."""
    for payout, ours, theirs in await payouts.compare(entity, since=since, at=at):
        looked.add(payout.stripe_id)
        if ours != theirs:
            _note(found, "payout", payout.stripe_id, payout.currency, ours, theirs, None)


async def _refunded(entity: Entity, intent_id: str) -> int:
    listed = await stripe.call(entity.key, "refunds.list", {"payment_intent": intent_id, "limit": 100})
    return sum(int(each["amount"]) for each in listed["data"] if each["status"] not in ("failed", "canceled"))


async def _booked(payment: Payment) -> tuple[int, int]:
    """What the ledger says: taken, and given back."""
    taken = await Transfer.get_or_none(id=transfer_id("capture", payment.id))
    refunds = await Refund.filter(payment_id=payment.id).values_list("id", flat=True)
    out = [transfer_id("card_refund", each) for each in refunds]
    back = [transfer_id("card_refund_back", each) for each in refunds]
    gone = sum(each.amount_cents for each in await Transfer.filter(id__in=out))
    gone -= sum(each.amount_cents for each in await Transfer.filter(id__in=back))
    return (taken.amount_cents if taken else 0), gone


def _note(
    found: Found, kind: str, intent_id: str, currency: str, ours: int, theirs: int, payment: Payment | None
) -> None:
    found.differences[f"{kind}:{intent_id}"] = {
        "kind": kind,
        "object_id": intent_id,
        "currency": currency,
        "ours_cents": ours,
        "theirs_cents": theirs,
        "payment_id": payment.id if payment else None,
    }


@db.atomic
async def _keep_differences(entity: Entity, found: Found, looked: set[str], *, at: datetime) -> None:
    """New ones are written, known ones seen again, and those that were looked at and agree now are settled."""
    open_ones = await Difference.filter(entity_id=entity.id, settled_at__isnull=True)
    for each in open_ones:
        if each.key not in found.differences and each.object_id in looked:
            await Difference.filter(id=each.id).update(settled_at=at)
    known = {each.key: each for each in await Difference.filter(key__in=list(found.differences))}
    for key, values in found.differences.items():
        if key in known:
            sums = {name: values[name] for name in ("ours_cents", "theirs_cents")}
            await Difference.filter(id=known[key].id).update(seen_at=at, settled_at=None, **sums)
        else:
            await Difference.create(entity_id=entity.id, key=key, found_at=at, seen_at=at, **values)
            log.error(
                "card_difference", entity=entity.key, kind=values["kind"], object_id=values["object_id"]
            )
