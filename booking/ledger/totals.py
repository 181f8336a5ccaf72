"""The ledger from above: what moved on each account of an entity in a period, and the transfers behind it.

Money counts on the day of the transfer that took effect (move, post, reverse). Each transfer stands on two accounts, so
what goes out of one comes in on the other; accounts of two entities meet only in clearing accounts of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from booking import db

# In the order in which a treasurer asks; a kind that is not here comes after them.
KINDS = ("budget", "books", "income", "vat", "due", "clearing", "exchange")


@dataclass(frozen=True, slots=True)
class Total:
    """One account in a period, minor units: `opening` + `in_` - `out` = `closing`."""

    account_id: int
    key: str
    kind: str
    currency: str
    opening_cents: int
    in_cents: int
    out_cents: int

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + self.in_cents - self.out_cents


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer that took effect, as one account sees it: positive for money in. `other` is the account it met."""

    id: UUID
    kind: str
    code: str
    subject: str
    note: str
    amount_cents: int
    currency: str
    at: datetime
    account_key: str
    other_id: int
    other_key: str


_TOTALS = """
SELECT a.id, a.key, a.kind, a.currency,
       COALESCE(SUM(CASE WHEN e.at < ? THEN e.cents ELSE 0 END), 0) AS opening,
       COALESCE(SUM(CASE WHEN e.at >= ? AND e.cents > 0 THEN e.cents ELSE 0 END), 0) AS money_in,
       COALESCE(SUM(CASE WHEN e.at >= ? AND e.cents < 0 THEN -e.cents ELSE 0 END), 0) AS money_out
  FROM account a
  LEFT JOIN (SELECT t.credit_id AS account_id, t.amount_cents AS cents, t.at
               FROM transfer t JOIN account o ON o.id = t.credit_id
              WHERE o.entity_id = ? AND t.kind IN ('move', 'post', 'reverse')
              UNION ALL
             SELECT t.debit_id, -t.amount_cents, t.at
               FROM transfer t JOIN account o ON o.id = t.debit_id
              WHERE o.entity_id = ? AND t.kind IN ('move', 'post', 'reverse')) e
    ON e.account_id = a.id AND e.at < ?
 WHERE a.entity_id = ? {more}
 GROUP BY a.id, a.key, a.kind, a.currency
 ORDER BY a.kind, a.currency, a.key
"""

_MOVED = """
SELECT t.id, t.kind, t.code, t.subject, t.note, t.amount_cents, t.currency, t.at, t.debit_id, t.credit_id,
       d.key AS debit_key, c.key AS credit_key
  FROM transfer t JOIN account d ON d.id = t.debit_id JOIN account c ON c.id = t.credit_id
 WHERE t.kind IN ('move', 'post', 'reverse') AND {where}
"""


async def totals(entity_id: int, first_at: datetime, until_at: datetime, *, kind: str = "") -> list[Total]:
    """The accounts of an entity (or those of one kind) that hold something or moved, `until_at` not included."""
    sql = _TOTALS.format(more="AND a.kind = ?" if kind else "")
    values: list[Any] = [
        first_at,
        first_at,
        first_at,
        entity_id,
        entity_id,
        until_at,
        entity_id,
        *([kind] if kind else []),
    ]
    found = [
        Total(
            row["id"],
            row["key"],
            row["kind"],
            row["currency"],
            int(row["opening"]),
            int(row["money_in"]),
            int(row["money_out"]),
        )
        for row in await db.rows(sql, *values)
    ]
    order = {name: place for place, name in enumerate(KINDS)}
    found.sort(key=lambda each: (order.get(each.kind, len(KINDS)), each.kind, each.currency, each.key))
    return [each for each in found if each.opening_cents or each.in_cents or each.out_cents]


def summed(lines: Iterable[Total]) -> list[tuple[str, str, int, int, int, int]]:
    """(kind, currency, opening, in, out, closing), each the sum of its accounts, in their order."""
    sums: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        held = sums.setdefault((line.kind, line.currency), [0, 0, 0, 0])
        for place, cents in enumerate(
            (line.opening_cents, line.in_cents, line.out_cents, line.closing_cents)
        ):
            held[place] += cents
    return [(kind, currency, *held) for (kind, currency), held in sums.items()]  # type: ignore[misc]


async def moved(
    account_id: int, first_at: datetime, until_at: datetime, *, skip: int = 0, most: int | None = None
) -> list[Moved]:
    """The transfers that took effect on an account in a period, newest first."""
    sql = _MOVED.format(where="(t.debit_id = ? OR t.credit_id = ?) AND t.at >= ? AND t.at < ?")
    sql += " ORDER BY t.at DESC, t.id DESC"
    values: list[Any] = [account_id, account_id, first_at, until_at]
    if most is not None:
        sql += " LIMIT ? OFFSET ?"
        values += [most, skip]
    return [_seen(row, row["credit_id"] == account_id) for row in await db.rows(sql, *values)]


async def of_subject(subject: str) -> list[Moved]:
    """Every transfer about a subject that took effect, oldest first, as the account that gets the money sees it."""
    sql = _MOVED.format(where="t.subject = ?") + " ORDER BY t.at, t.id"
    return [_seen(row, True) for row in await db.rows(sql, subject)]


async def accounts_of_subject(subject: str) -> list[int]:
    """The accounts that any transfer about a subject touched, pending ones too."""
    found = await db.rows("SELECT debit_id, credit_id FROM transfer WHERE subject = ?", subject)
    return sorted({row[side] for row in found for side in ("debit_id", "credit_id")})


def _seen(row: dict[str, Any], is_credit: bool) -> Moved:
    id = row["id"]
    return Moved(
        id if isinstance(id, UUID) else UUID(str(id)),
        row["kind"],
        row["code"],
        row["subject"],
        row["note"],
        row["amount_cents"] if is_credit else -row["amount_cents"],
        row["currency"],
        db.instant(row["at"]),
        row["credit_key" if is_credit else "debit_key"],
        row["debit_id" if is_credit else "credit_id"],
        row["debit_key" if is_credit else "credit_key"],
    )
