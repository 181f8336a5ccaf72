"""Secret calendar links."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign


class Feed(Model):
    """A secret iCalendar link: a member's own bookings, or a venue's free/busy. Only its token's SHA-256 is kept.

    `kind` is 'member' or 'venue'. `etag` is of the bytes last seen to be current, `modified_at` (whole seconds) when
    they were first seen; it only grows, whatever the data does.
    """

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(8)
    owner: Any = foreign("Member")
    venue: Any = foreign("Venue", null=True)
    token_hash = fields.CharField(64, unique=True)
    token_hint = fields.CharField(6)
    language = fields.CharField(5, default="en")
    created_at = UtcDatetimeField()
    etag = fields.CharField(64, default="")
    modified_at = UtcDatetimeField()
    revoked_at = UtcDatetimeField(null=True)
    fetched_at = UtcDatetimeField(null=True)
    fetched_by = fields.CharField(120, default="")

    owner_id: int
    venue_id: int | None

    class Meta:
        table = "feed"
