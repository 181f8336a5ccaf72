"""Requests that were sent with a key of their own, and what they were answered."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign


class KeyedRequest(Model):
    """A writing request that brought an Idempotency-Key, per member. `finished_at` empty: it runs, or was killed.

    `request_hash` is of method, address and body. The answer is kept as it was sent, to be sent again.
    """

    id = fields.BigIntField(primary_key=True)
    member: Any = foreign("Member")
    key = fields.CharField(255)
    request_hash = fields.CharField(64)
    started_at = UtcDatetimeField()
    finished_at = UtcDatetimeField(null=True)
    status = fields.IntField(null=True)
    location = fields.CharField(300, default="")
    body = fields.TextField(default="")

    member_id: int

    class Meta:
        table = "keyed_request"
        unique_together = (("member", "key"),)
