"""Addresses of other programs that want to hear what happens, and each telling of it."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign

KINDS = ("member", "venue", "entity")
STATES = ("waiting", "sent", "parked")


class WebhookEndpoint(Model):
    """Where events are told to, on whose behalf. kind: 'member' (own bookings), 'venue' or 'entity' (guard).

    The secret that signs is made from `salt` and the installation's own key, and so stands nowhere. `failing_since` is
    the first failure after the last success. `off_reason`: '' (switched off by a person), 'failing' or 'role'.
    """

    id = fields.IntField(primary_key=True)
    owner: Any = foreign("Member")
    kind = fields.CharField(8)
    venue: Any = foreign("Venue", null=True)
    entity: Any = foreign("Entity", null=True)
    name = fields.CharField(80)
    url = fields.CharField(500)
    salt = fields.CharField(64)
    events: Any = fields.JSONField(default=list)
    active = fields.BooleanField(default=True)
    off_reason = fields.CharField(10, default="")
    failing_since = UtcDatetimeField(null=True)
    created_at = UtcDatetimeField()
    deleted_at = UtcDatetimeField(null=True)

    owner_id: int
    venue_id: int | None
    entity_id: int | None

    class Meta:
        table = "webhook_endpoint"


class WebhookDelivery(Model):
    """One event told to one endpoint, in the order of ids: the next waits until this one was sent or parked.

    `body` is what is signed and sent, each time the same. `status` and `response` are the last answer's.
    """

    id = fields.BigIntField(primary_key=True)
    endpoint: Any = foreign("WebhookEndpoint")
    event: Any = foreign("Event", null=True)
    name = fields.CharField(60)
    body = fields.TextField()
    state = fields.CharField(8, default="waiting")
    attempts = fields.IntField(default=0)
    next_at = UtcDatetimeField()
    created_at = UtcDatetimeField()
    tried_at = UtcDatetimeField(null=True)
    sent_at = UtcDatetimeField(null=True)
    status = fields.IntField(null=True)
    response = fields.CharField(500, default="")
    error = fields.CharField(300, default="")

    endpoint_id: int
    event_id: int | None

    class Meta:
        table = "webhook_delivery"
        indexes = (("endpoint_id", "state", "id"),)
