"""Activities, their people, and the money that the cooperative's books put into them."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign

PARTS = ("owner", "manager", "user")


class Activity(Model):
    """A member's project with a budget. `number` is the books', `account` the ledger's."""

    id = fields.IntField(primary_key=True)
    number = fields.CharField(40, unique=True)
    name = fields.CharField(120)
    entity: Any = foreign("Entity")
    account: Any = foreign("Account")
    ends_on = fields.DateField(null=True)
    closed_at = UtcDatetimeField(null=True)
    created_at = UtcDatetimeField()
    demo = fields.BooleanField(default=False)

    entity_id: int
    account_id: int

    class Meta:
        table = "activity"


class ActivityPerson(Model):
    """Someone who may book on an Activity, with limits in its currency: per reservation and per calendar month."""

    id = fields.IntField(primary_key=True)
    activity: Any = foreign("Activity")
    member: Any = foreign("Member")
    part = fields.CharField(8, default="user")
    reservation_limit_cents = fields.BigIntField(null=True)
    month_limit_cents = fields.BigIntField(null=True)
    ended_at = UtcDatetimeField(null=True)

    activity_id: int
    member_id: int

    class Meta:
        table = "activity_person"
        unique_together = (("activity", "member"),)


class Allotment(Model):
    """Money from the cooperative's books, once per `reference`. A negative amount takes some back."""

    id = fields.IntField(primary_key=True)
    reference = fields.CharField(80, unique=True)
    activity: Any = foreign("Activity")
    amount_cents = fields.BigIntField()
    note = fields.CharField(200, default="")
    at = UtcDatetimeField()
    transfer: Any = foreign("Transfer")

    activity_id: int

    class Meta:
        table = "allotment"
