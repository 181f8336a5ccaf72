"""Dated price lists and VAT rates. Neither is edited: a newer row supersedes an older one."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import foreign


class TariffRow(Model):
    """What a resource costs a category of member from a date on, in minor units, net of VAT, per unit."""

    id = fields.IntField(primary_key=True)
    resource: Any = foreign("Resource")
    category = fields.CharField(12)
    from_on = fields.DateField()
    currency = fields.CharField(3)
    hour_cents = fields.IntField(null=True)
    half_day_cents = fields.IntField(null=True)
    day_cents = fields.IntField(null=True)

    resource_id: int

    class Meta:
        table = "tariff"
        unique_together = (("resource", "category", "from_on"),)


class VatRate(Model):
    """The rate of a country for a kind of supply from a date on, in basis points, with the legal reason."""

    id = fields.IntField(primary_key=True)
    country = fields.CharField(2)
    category = fields.CharField(24)
    from_on = fields.DateField()
    basis_points = fields.IntField()
    reason = fields.CharField(300)

    class Meta:
        table = "vat_rate"
        unique_together = (("country", "category", "from_on"),)


class ExchangeRate(Model):
    """How much of a currency one euro buys, as a decimal text, by a reference rate of a date."""

    id = fields.IntField(primary_key=True)
    currency = fields.CharField(3)
    on_date = fields.DateField()
    per_euro = fields.CharField(24)
    source = fields.CharField(80)

    class Meta:
        table = "exchange_rate"
        unique_together = (("currency", "on_date"),)
