"""What pages show: the card's part of one reservation, and what a treasurer has to look at. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from booking import db
from booking.ledger import Account, Transfer
from booking.payments.models import Comparison, Difference, Dispute, Mandate, Payment, Payout, Refund
from booking.places import Entity

ROWS_MAX = 100


@dataclass(frozen=True, slots=True)
class CardMoney:
    """All of one reservation's card money. Sums are minor units of the price's currency."""

    payments: list[Payment]
    refunds: list[Refund]
    disputes: list[Dispute]
    mandate: Mandate | None

    @property
    def last(self) -> Payment | None:
        """The newest try."""
        return self.payments[-1] if self.payments else None

    @property
    def paid_cents(self) -> int:
        return sum(each.captured_cents for each in self.payments)

    @property
    def back_cents(self) -> int:
        """What has gone back, or is on its way."""
        return sum(
            each.amount_cents for each in self.refunds if each.status in ("asked", "pending", "succeeded")
        )

    @property
    def failed_cents(self) -> int:
        """What could not go back yet: a treasurer looks at it."""
        return sum(each.amount_cents for each in self.refunds if each.status == "failed")

    @property
    def authorised(self) -> bool:
        return any(each.status == "authorised" for each in self.payments)

    @property
    def saved(self) -> bool:
        return any(each.status == "saved" for each in self.payments)


async def card_money(reservation_id: UUID) -> CardMoney:
    """What cards paid for a reservation, whoever its member is: oldest first. Four queries."""
    payments = await Payment.filter(reservation_id=reservation_id).order_by("number")
    ids = [each.id for each in payments]
    if not ids:
        return CardMoney([], [], [], None)
    return CardMoney(
        payments,
        await Refund.filter(payment_id__in=ids).exclude(status="retried").order_by("created_at", "id"),
        await Dispute.filter(payment_id__in=ids).order_by("opened_at"),
        await Mandate.filter(payment_id__in=ids).order_by("-id").first(),
    )


@dataclass(frozen=True, slots=True)
class Books:
    """What one treasurer sees of their entities' cards. Everything has payment, reservation and resource fetched."""

    entities: list[Entity]
    failed: list[Refund]
    differences: list[Difference]
    disputes: list[Dispute]
    comparisons: dict[int, Comparison]
    recent: list[Payment]
    payouts: list[Payout]


async def books_of(entity_ids: Collection[int] | None) -> Books:
    """For these entities, or for all of them (None). A fixed number of queries."""
    chosen = Entity.all() if entity_ids is None else Entity.filter(id__in=list(entity_ids))
    entities = await chosen.order_by("name")
    ids = [each.id for each in entities]
    related = "payment__reservation__resource"
    last: dict[int, Comparison] = {}
    for run in await Comparison.filter(entity_id__in=ids).order_by("-ran_at").limit(len(ids) * 3 or 1):
        last.setdefault(run.entity_id, run)  # type: ignore[attr-defined]
    return Books(
        entities,
        await Refund.filter(payment__entity_id__in=ids, status="failed")
        .select_related(related, "payment__entity")
        .order_by("created_at")
        .limit(ROWS_MAX),
        await Difference.filter(entity_id__in=ids, settled_at__isnull=True)
        .select_related("entity", related)
        .order_by("found_at")
        .limit(ROWS_MAX),
        await Dispute.filter(payment__entity_id__in=ids)
        .select_related(related, "payment__entity")
        .order_by("-opened_at")
        .limit(ROWS_MAX),
        last,
        await Payment.filter(entity_id__in=ids, captured_cents__gt=0)
        .select_related("reservation__resource", "entity")
        .order_by("-paid_at")
        .limit(20),
        await Payout.filter(entity_id__in=ids)
        .select_related("entity")
        .order_by("-created_at", "-id")
        .limit(20),
    )


BALANCES = """
SELECT a.kind, a.entity_id, a.currency, COALESCE(SUM(CASE WHEN t.credit_id = a.id THEN t.amount_cents
       ELSE -t.amount_cents END), 0) AS cents
  FROM account a LEFT JOIN transfer t ON (t.credit_id = a.id OR t.debit_id = a.id) AND t.kind IN ('move', 'reverse')
 WHERE a.kind IN ('card', 'advance', 'fees', 'disputes', 'transit', 'bank')
 GROUP BY a.kind, a.entity_id, a.currency ORDER BY a.entity_id, a.currency, a.kind
"""


async def balances(entity_ids: Collection[int]) -> list[tuple[int, str, str, int]]:
    """(entity, currency, account, minor units): at Stripe, on its way, at the bank, for bookings to come, fees, ...

    Each is positive where it is what its name says.
    """
    wanted = set(entity_ids)
    found = []
    for row in await db.rows(BALANCES):
        if row["entity_id"] in wanted:
            cents = int(row["cents"]) if row["kind"] == "advance" else -int(row["cents"])
            found.append((row["entity_id"], row["currency"], row["kind"], cents))
    return found


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of an entity's card money in the ledger."""

    at: datetime
    code: str
    debit: str
    credit: str
    amount_cents: int
    currency: str
    reservation_id: str
    intent_id: str


async def movements(entity_ids: Collection[int], begin: datetime, end: datetime) -> list[Movement]:
    """Every line in which card money moved in a period, oldest first, for the cooperative's own books."""
    ids = {
        each.id: each
        for each in await Account.filter(entity_id__in=list(entity_ids)).only("id", "key", "entity_id")
    }
    lines = (
        await Transfer.filter(Q(subject__startswith="card:") | Q(subject__startswith="payout:"))
        .filter(at__gte=begin, at__lt=end)
        .filter(debit_id__in=list(ids))
        .order_by("at", "id")
    )
    reservations = {each.subject.removeprefix("card:") for each in lines if each.subject.startswith("card:")}
    intents: dict[str, str] = {}
    for payment in await Payment.filter(reservation_id__in=list(reservations), captured_cents__gt=0):
        intents[str(payment.reservation_id)] = payment.intent_id or ""
    return [
        Movement(
            each.at,
            each.code,
            ids[each.debit_id].key,
            ids[each.credit_id].key if each.credit_id in ids else "",
            each.amount_cents,
            each.currency,
            each.subject.removeprefix("card:") if each.subject.startswith("card:") else "",
            intents.get(each.subject.removeprefix("card:"), "")
            if each.subject.startswith("card:")
            else each.subject.removeprefix("payout:"),
        )
        for each in lines
    ]
