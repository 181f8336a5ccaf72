"""Pend, post, void, move, reverse. All run inside the caller's transaction and lock the limited accounts they touch.

Each call brings its own transfer id; the same id again returns the first transfer and changes nothing, and a
different transfer under a used id is a programming error. Only limited accounts are locked and updated, so that no
booking waits for another on the house's income.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from booking import db, records
from booking.errors import Refused
from booking.i18n import lazy
from booking.ledger.models import Account, Transfer


class NotEnough(Refused):
    """The account's available money does not cover the amount."""

    code = "not_enough_money"
    text = lazy("There is %(available_cents)s available, and this needs %(amount_cents)s.")
    rule = lazy("A budget is never overdrawn.")


async def account(
    key: str, *, kind: str, currency: str, entity_id: int | None = None, limited: bool = False
) -> Account:
    """The account of this key, made at its first use. Safe when two make it at once."""
    there = await db.models(Account, "WHERE key = ?", key)
    if not there:
        await db.rows(
            "INSERT INTO account (key, kind, entity_id, currency, limited, limit_cents, credits_posted_cents,"
            " debits_posted_cents, debits_pending_cents) VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0)"
            " ON CONFLICT (key) DO NOTHING RETURNING id",
            key,
            kind,
            entity_id,
            currency,
            limited,
        )
        there = await db.models(Account, "WHERE key = ?", key)
    found = there[0]
    assert found.currency == currency, f"account {key} is kept in {found.currency}"
    return found


async def pend(
    id: UUID,
    debit: Account,
    credit: Account,
    amount_cents: int,
    *,
    code: str,
    subject: str,
    at: datetime,
    by_id: int | None = None,
    note: str = "",
    ready: bool = False,
) -> Transfer:
    """Reserve money of `debit` for `credit`. Raises NotEnough, and then nothing has changed.

    `ready`: in this transaction the caller has read `debit` under its lock, and knows that the id was never used.
    """
    return await _transfer(
        id, "pend", debit, credit, amount_cents, None, code, subject, at, by_id, note, ready=ready
    )


async def move(
    id: UUID,
    debit: Account,
    credit: Account,
    amount_cents: int,
    *,
    code: str,
    subject: str,
    at: datetime,
    by_id: int | None = None,
    note: str = "",
) -> Transfer:
    """Move money at once. Raises NotEnough, and then nothing has changed."""
    return await _transfer(id, "move", debit, credit, amount_cents, None, code, subject, at, by_id, note)


async def post(
    id: UUID, pending: Transfer, amount_cents: int, *, at: datetime, by_id: int | None = None, code: str = ""
) -> Transfer:
    """Take all or part of what was pended; the rest is free again."""
    assert pending.kind == "pend"
    assert 0 < amount_cents <= pending.amount_cents
    return await _resolve(id, "post", pending, amount_cents, at=at, by_id=by_id, code=code)


async def void(
    id: UUID, pending: Transfer, *, at: datetime, by_id: int | None = None, code: str = ""
) -> Transfer:
    """Let go of all that was pended."""
    assert pending.kind == "pend"
    return await _resolve(id, "void", pending, pending.amount_cents, at=at, by_id=by_id, code=code)


async def reverse(
    id: UUID, original: Transfer, *, code: str, at: datetime, by_id: int | None = None, note: str = ""
) -> Transfer:
    """Undo a move or a post by the opposite movement, once per original."""
    assert original.kind in ("move", "post")
    debit, credit = await _both(original.credit_id, original.debit_id)
    return await _transfer(
        id,
        "reverse",
        debit,
        credit,
        original.amount_cents,
        original.id,
        code,
        original.subject,
        at,
        by_id,
        note,
    )


async def _resolve(
    id: UUID, kind: str, pending: Transfer, amount_cents: int, *, at: datetime, by_id: int | None, code: str
) -> Transfer:
    debit, credit = await _both(pending.debit_id, pending.credit_id)
    return await _transfer(
        id,
        kind,
        debit,
        credit,
        amount_cents,
        pending.id,
        code or pending.code,
        pending.subject,
        at,
        by_id,
        "",
        freed_cents=pending.amount_cents,
    )


async def _both(debit_id: int, credit_id: int) -> tuple[Account, Account]:
    found = {each.id: each for each in await Account.filter(id__in=[debit_id, credit_id])}
    return found[debit_id], found[credit_id]


async def _transfer(
    id: UUID,
    kind: str,
    debit: Account,
    credit: Account,
    amount_cents: int,
    pending_id: UUID | None,
    code: str,
    subject: str,
    at: datetime,
    by_id: int | None,
    note: str,
    *,
    freed_cents: int = 0,
    ready: bool = False,
) -> Transfer:
    assert amount_cents > 0, "a transfer moves something"
    assert debit.currency == credit.currency, "one currency per transfer"
    limited = [each for each in (debit, credit) if each.limited]
    earlier: list[Transfer] = []
    if not ready:
        limited = await db.lock(Account, [each.id for each in limited])
        # Asked under the lock: of two that bring the same id at once, the second sees the first one's transfer.
        earlier = await db.models(Transfer, "WHERE id = ?", id)
    if earlier:
        done = earlier[0]
        same = (done.kind, done.debit_id, done.credit_id, done.amount_cents)
        assert same == (kind, debit.id, credit.id, amount_cents), f"transfer {id} was something else"
        return done
    fresh = {each.id: each for each in limited}
    payer = fresh.get(debit.id)
    if payer and kind in ("pend", "move", "reverse") and payer.available_cents < amount_cents:
        raise NotEnough(
            available_cents=payer.available_cents, amount_cents=amount_cents, currency=payer.currency
        )
    transfer = records.fresh(
        Transfer,
        id=id,
        kind=kind,
        pending_id=pending_id,
        debit_id=debit.id,
        credit_id=credit.id,
        amount_cents=amount_cents,
        currency=debit.currency,
        code=code,
        subject=subject,
        note=note,
        at=at,
        by_id=by_id,
    )
    writes = [records.insertion(transfer)]
    if payer:
        if kind == "pend":
            payer.debits_pending_cents += amount_cents
        else:
            payer.debits_pending_cents -= freed_cents
            payer.debits_posted_cents += amount_cents if kind != "void" else 0
        writes.append(_totals(payer))
    if (payee := fresh.get(credit.id)) and kind not in ("pend", "void"):
        payee.credits_posted_cents += amount_cents
        writes.append(_totals(payee))
    await db.write(*writes)
    transfer._saved_in_db = True
    return transfer


def _totals(account: Account) -> db.Statement:
    """What writes the running totals of an account that is locked."""
    return (
        "UPDATE account SET credits_posted_cents = ?, debits_posted_cents = ?, debits_pending_cents = ? WHERE id = ?",
        account.credits_posted_cents,
        account.debits_posted_cents,
        account.debits_pending_cents,
        account.id,
    )
