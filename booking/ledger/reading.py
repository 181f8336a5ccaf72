"""Reading the ledger: balances of accounts without running totals, and the entries of one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from booking import db
from booking.ledger.models import Account, Transfer

EFFECTIVE = ("move", "post", "reverse")


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer as one account sees it. `amount_cents` is positive for money in, negative for money out."""

    id: UUID
    kind: str
    pending_id: UUID | None
    code: str
    subject: str
    note: str
    amount_cents: int
    at: datetime
    by_id: int | None


async def balance_of(account: Account) -> int:
    """Credits minus debits that took effect, in minor units, summed from the transfers."""
    answer = await db.rows(
        "SELECT COALESCE(SUM(CASE WHEN credit_id = ? THEN amount_cents ELSE -amount_cents END), 0) AS total"
        " FROM transfer WHERE (credit_id = ? OR debit_id = ?) AND kind IN ('move', 'post', 'reverse')",
        account.id,
        account.id,
        account.id,
    )
    return int(answer[0]["total"])


async def entries(account: Account, *, until: datetime | None = None) -> list[Entry]:
    """All transfers of an account, pending and voided ones too, oldest first."""
    sql = "SELECT * FROM transfer WHERE (debit_id = ? OR credit_id = ?)"
    values: list[Any] = [account.id, account.id]
    if until is not None:
        sql += " AND at < ?"
        values.append(until)
    found = await db.rows(sql + " ORDER BY at, id", *values)
    return [
        Entry(
            id=_uuid(row["id"]),
            kind=row["kind"],
            pending_id=_uuid(row["pending_id"]) if row["pending_id"] else None,
            code=row["code"],
            subject=row["subject"],
            note=row["note"],
            amount_cents=row["amount_cents"] if row["credit_id"] == account.id else -row["amount_cents"],
            at=db.instant(row["at"]),
            by_id=row["by_id"],
        )
        for row in found
    ]


async def open_pends(subjects: Iterable[str]) -> dict[str, list[Transfer]]:
    """The unresolved pending transfers of these subjects."""
    wanted = list(subjects)
    pends = await Transfer.filter(subject__in=wanted, kind="pend")
    resolved = set(
        await Transfer.filter(pending_id__in=[each.id for each in pends]).values_list("pending_id", flat=True)
    )
    found: dict[str, list[Transfer]] = {}
    for each in pends:
        if each.id not in resolved:
            found.setdefault(each.subject, []).append(each)
    return found


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
