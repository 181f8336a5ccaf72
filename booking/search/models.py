"""What the map shows, kept ready so that the home page asks one question."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField


class VenueState(Model):
    """What a venue offers at this moment, for its pin.

    state is 'free' (now), 'later' (today, from `free_at`), 'full' (nothing more today), 'closed' (shut today) or
    'none' (nothing to book there). Of a closed one, `free_at` is when it opens again.
    """

    id = fields.IntField(primary_key=True)
    venue: Any = fields.OneToOneField("booking.Venue", related_name=False, on_delete=fields.RESTRICT)
    state = fields.CharField(8)
    free_at = UtcDatetimeField(null=True)
    free_now = fields.IntField(default=0)
    resources = fields.IntField(default=0)
    computed_at = UtcDatetimeField()

    venue_id: int

    class Meta:
        table = "venue_state"
