"""What guests ask for before their address is known to be theirs, and the keys to their private pages."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign


class GuestWish(Model):
    """What somebody without an account typed, kept until their e-mail address is confirmed, for a day at most.

    `id` becomes the reservation's. `sign_in_id` names the code and the link that were mailed (no foreign key: those
    rows go earlier). The browser that asked, or that used the link, may go on; only the SHA-256 of its secret is kept.
    `seen_cents`: the price that stood beside the button.
    """

    id = fields.UUIDField(primary_key=True)
    sign_in_id = fields.UUIDField(unique=True)
    browser_hash = fields.CharField(64)
    resource: Any = foreign("Resource")
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    people = fields.IntField(default=1)
    quantity = fields.IntField(default=1)
    email = fields.CharField(254)
    name = fields.CharField(120)
    company = fields.CharField(120, default="")
    vat_number = fields.CharField(20, default="")
    title = fields.CharField(120, default="")
    note = fields.CharField(1000, default="")
    language = fields.CharField(5)
    seen_cents = fields.BigIntField()
    created_at = UtcDatetimeField()
    verified_at = UtcDatetimeField(null=True)

    resource_id: int

    class Meta:
        table = "guest_wish"
        indexes = (("created_at",),)


class GuestKey(Model):
    """The key to the private page of one reservation of a guest.

    The secret in the address is made from `salt` and the installation's SECRET_KEY whenever a mail needs it, so that
    the database alone opens nothing; it is looked up by its SHA-256.
    """

    id = fields.IntField(primary_key=True)
    reservation: Any = fields.OneToOneField(
        "booking.Reservation", related_name=False, on_delete=fields.RESTRICT
    )
    salt = fields.CharField(43)
    secret_hash = fields.CharField(64, unique=True)
    made_at = UtcDatetimeField()

    reservation_id: Any

    class Meta:
        table = "guest_key"
