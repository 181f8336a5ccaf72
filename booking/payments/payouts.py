"""Payouts: what Stripe sends from an entity's account to its bank, in the books and against Stripe's own list.

    card → transit            Stripe has sent it
    transit → bank            the bank has it
    and both back             the bank sent it back, or Stripe called it off

Like payments, a payout is looked at when something is heard of it, and once a night: its present state is written,
whatever order the events come in. `settle` may run any number of times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from booking import db, ledger
from booking.budgets.activities import transfer_id
from booking.ledger import Transfer
from booking.payments import books, stripe
from booking.payments.models import Payout
from booking.places import Entity

# In this order: a payout never goes back to an earlier one, whatever is heard late. A paid one may still fail.
STATUSES = ("pending", "in_transit", "paid", "canceled", "failed")
GONE = ("pending", "in_transit", "paid")
KINDS = ("payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled")
PAGE = 100
PAGES_MAX = 50
# A bank sends a payout back within some days; after these nobody asks again.
MAY_COME_BACK = timedelta(days=21)


async def settle(entity: Entity, stripe_id: str, *, at: datetime) -> Payout:
    """Ask Stripe for this payout and write down what follows. Raises stripe.Unreachable, stripe.Wrong."""
    seen = await stripe.call(entity.key, "payouts.retrieve", stripe_id)
    return await write(entity, seen, at=at)


@db.atomic
async def write(entity: Entity, seen: dict[str, Any], *, at: datetime) -> Payout:
    """The payout as seen, and its money in the ledger."""
    await db.rows(
        "INSERT INTO payout (entity_id, stripe_id, amount_cents, currency, status, failure, created_at, seen_at) "
        "VALUES (?, ?, ?, ?, 'pending', '', ?, ?) ON CONFLICT (stripe_id) DO NOTHING RETURNING id",
        entity.id,
        seen["id"],
        int(seen["amount"]),
        str(seen["currency"]).upper(),
        datetime.fromtimestamp(seen["created"], UTC),
        at,
    )
    known = await Payout.get(stripe_id=seen["id"])
    [payout] = await db.lock(Payout, [known.id])
    if STATUSES.index(seen["status"]) > STATUSES.index(payout.status):
        payout.status = seen["status"]
    payout.failure = str(seen.get("failure_code") or "")[:60]
    if arrives := seen.get("arrival_date"):
        payout.arrives_on = datetime.fromtimestamp(int(arrives), UTC).date()
    payout.seen_at = at
    await payout.save(update_fields=["status", "failure", "arrives_on", "seen_at"])
    await _book(payout, at=at)
    return payout


async def _book(payout: Payout, *, at: datetime) -> None:
    """Bring the ledger up to date. Call it under the payout's lock."""
    card = await books.account("card", payout.entity_id, payout.currency)
    transit = await books.account("transit", payout.entity_id, payout.currency)
    bank = await books.account("bank", payout.entity_id, payout.currency)
    if payout.status in GONE:
        await _move(payout, "payout", transit, card, payout.created_at)
    if payout.status == "paid":
        await _move(payout, "payout_paid", bank, transit, at)
    if payout.status in ("canceled", "failed"):
        for code in ("payout_paid", "payout"):
            await _back(payout, code, at=at)


async def _move(payout: Payout, code: str, debit: Any, credit: Any, at: datetime) -> None:
    # A negative payout is Stripe taking money from the bank.
    if payout.amount_cents < 0:
        debit, credit = credit, debit
    id = transfer_id(code, payout.stripe_id)
    if payout.amount_cents and not await Transfer.exists(id=id):
        cents = abs(payout.amount_cents)
        await ledger.move(id, debit, credit, cents, code=code, subject=payout.subject, at=at)


async def _back(payout: Payout, code: str, *, at: datetime) -> None:
    moved = await Transfer.get_or_none(id=transfer_id(code, payout.stripe_id))
    back = transfer_id(f"{code}_back", payout.stripe_id)
    if moved is not None and not await Transfer.exists(id=back):
        await ledger.reverse(back, moved, code=f"{code}_back", at=at)


# --- the night's comparison --------------------------------------------------------------------------


async def compare(entity: Entity, *, since: datetime, at: datetime) -> list[tuple[Payout, int, int]]:
    """Catch up with the payouts of these days: (payout, ours, Stripe's) of each, in minor units.

    Ours is what the ledger says has left the card account for it; Stripe's is what its own balance transactions of
    that payout add up to. Raises stripe.Unreachable.
    """
    found = []
    for seen in await _listed(entity, "payouts.list", {"created": {"gte": int(since.timestamp())}}):
        payout = await write(entity, seen, at=at)
        ours = await _gone(payout)
        theirs = 0
        if payout.status in GONE:
            lines = await _listed(entity, "balance_transactions.list", {"payout": payout.stripe_id})
            theirs = sum(int(each["net"]) for each in lines if each["source"] != payout.stripe_id)
            await Payout.filter(id=payout.id).update(transactions_cents=theirs)
        found.append((payout, ours, theirs))
    await _earlier(entity, since=since, at=at)
    return found


async def _earlier(entity: Entity, *, since: datetime, at: datetime) -> None:
    """Payouts of the weeks before that may have failed, or come back, without our hearing of it."""
    may_change = Payout.filter(
        entity_id=entity.id, status__in=list(GONE), created_at__lt=since, created_at__gte=at - MAY_COME_BACK
    )
    for payout in await may_change.order_by("id"):
        try:
            await settle(entity, payout.stripe_id, at=at)
        except stripe.Wrong:
            continue  # Stripe does not know it any more


async def _listed(entity: Entity, what: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    for _page in range(PAGES_MAX):
        listed = await stripe.call(entity.key, what, params | {"limit": PAGE} | after)
        found += listed["data"]
        if not listed.get("has_more") or not listed["data"]:
            break
        after = {"starting_after": listed["data"][-1]["id"]}
    return found


async def _gone(payout: Payout) -> int:
    """What has left the card account for this payout, by the ledger."""
    card = await books.account("card", payout.entity_id, payout.currency)
    lines = await Transfer.filter(subject=payout.subject)
    out = sum(each.amount_cents for each in lines if each.credit_id == card.id)
    return out - sum(each.amount_cents for each in lines if each.debit_id == card.id)
