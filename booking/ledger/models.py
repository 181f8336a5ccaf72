"""Accounts and the transfers between them, which are never changed and never deleted (guard `transfer_is_final`)."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign

TRANSFER_KINDS = ("move", "pend", "post", "void", "reverse")


class Account(Model):
    """A ledger account in one currency, named by `key` ('budget:12', 'income:3:EUR').

    Only an account with a limit (`limited`) keeps running totals, in minor units: its available money is
    credits_posted + limit_cents - debits_posted - debits_pending and never below zero (guard
    `account_not_overdrawn`). Other accounts are summed from their transfers, so that no booking waits for another.
    """

    id = fields.IntField(primary_key=True)
    key = fields.CharField(80, unique=True)
    kind = fields.CharField(16)
    entity: Any = foreign("Entity", null=True)
    currency = fields.CharField(3)
    limited = fields.BooleanField(default=False)
    limit_cents = fields.BigIntField(default=0)
    credits_posted_cents = fields.BigIntField(default=0)
    debits_posted_cents = fields.BigIntField(default=0)
    debits_pending_cents = fields.BigIntField(default=0)

    entity_id: int | None

    class Meta:
        table = "account"

    @property
    def available_cents(self) -> int:
        """What may still be pended."""
        return self.balance_cents + self.limit_cents - self.debits_pending_cents

    @property
    def balance_cents(self) -> int:
        """What has been posted, in minus out."""
        return self.credits_posted_cents - self.debits_posted_cents


class Transfer(Model):
    """One immutable movement of money. The caller makes the id, and sending it again changes nothing.

    kind: 'move' takes effect at once; 'pend' reserves; 'post' (all or part) or 'void' resolves the pend named by
    `pending`, once (guard `transfer_pending_once`); 'reverse' undoes the 'move' or 'post' named by `pending`.
    `subject` is opaque here ('reservation:<uuid>').
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(8)
    pending: Any = foreign("Transfer", null=True)
    debit: Any = foreign("Account")
    credit: Any = foreign("Account")
    amount_cents = fields.BigIntField()
    currency = fields.CharField(3)
    code = fields.CharField(24)
    subject = fields.CharField(80, db_index=True)
    note = fields.CharField(200, default="")
    at = UtcDatetimeField()
    by: Any = foreign("Member", null=True, source_field="by_id")

    pending_id: Any
    debit_id: int
    credit_id: int

    class Meta:
        table = "transfer"
