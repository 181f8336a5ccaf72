"""What the map shows, kept ready so that the home page asks one question."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField


class Stamp(Model):
    """A mark that is another one whenever anything in certain tables has changed: triggers of the database write it, in
    the transaction of the change (`guards.STAMPED` lists the tables).

    What a process has made of rows of these tables, and keeps, holds for as long as the mark is the same.
    """

    key = fields.CharField(20, primary_key=True)
    mark = fields.CharField(40)

    class Meta:
        table = "stamp"


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
