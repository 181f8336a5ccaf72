"""Messages waiting to be delivered, and those that were."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign


class Message(Model):
    """One mail to one person about one event: written with the event's reading, sent by a job, tried again if need be.

    `message_id` is the same in every copy, so a mail that arrives twice is recognised. state: waiting, sent, parked.
    `key` makes it once per event, kind and person. `receipt`: attached as a PDF when it is sent. `topic`: which of the
    mails that its member may do without this is; '' for one that is always sent.
    """

    id = fields.UUIDField(primary_key=True)
    key = fields.CharField(160, unique=True)
    event: Any = foreign("Event", null=True)
    member: Any = foreign("Member", null=True)
    reservation: Any = foreign("Reservation", null=True)
    receipt: Any = foreign("Receipt", null=True)
    kind = fields.CharField(40)
    topic = fields.CharField(12, default="", db_default="")
    to_email = fields.CharField(254)
    to_name = fields.CharField(120, default="")
    language = fields.CharField(5)
    subject = fields.CharField(300)
    text = fields.TextField()
    html = fields.TextField(default="")
    calendar = fields.TextField(default="")
    calendar_method = fields.CharField(10, default="")
    message_id = fields.CharField(160)
    state = fields.CharField(8, default="waiting")
    attempts = fields.IntField(default=0)
    next_at = UtcDatetimeField()
    created_at = UtcDatetimeField()
    sent_at = UtcDatetimeField(null=True)
    error = fields.CharField(300, default="")

    member_id: int | None
    receipt_id: Any
    # (name, octets) of PDFs, made when it is sent and never kept.
    files: Any = ()

    class Meta:
        table = "message"
        indexes = (("state", "next_at"),)
