"""Rate limits, counted in the database so that every process counts together.

Fixed windows: simple, exact at the edge, and one row per key and window. Keys must not hold secrets.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise import fields
from tortoise.models import Model

from booking.db import rows
from booking.errors import TooMany


class RateCount(Model):
    """How often something happened in one window."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(120)
    window = fields.BigIntField(db_index=True)
    count = fields.IntField(default=1)

    class Meta:
        table = "rate_count"
        unique_together = (("key", "window"),)


async def count(key: str, *, most: int, per_seconds: int, at: datetime) -> None:
    """Count one more of `key`, or raise TooMany when `most` were counted in this window already."""
    window = int(at.timestamp()) // per_seconds * per_seconds
    counted = await rows(
        'INSERT INTO rate_count (key, "window", count) VALUES (?, ?, 1) '
        'ON CONFLICT (key, "window") DO UPDATE SET count = rate_count.count + 1 RETURNING count',
        key[:120],
        window,
    )
    if counted[0]["count"] > most:
        raise TooMany(max(1, window + per_seconds - int(at.timestamp())))


async def forget(*, at: datetime) -> int:
    """Delete windows older than a day. Returns how many rows went."""
    return await RateCount.filter(window__lt=int((at - timedelta(days=1)).timestamp())).delete()
