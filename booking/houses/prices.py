"""Dated price lists: a new one holds from today or a later day on, and what was is never edited."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from booking import db
from booking.errors import NotFound, Refused
from booking.houses import checking
from booking.houses.changing import begin, note
from booking.i18n import lazy
from booking.members import CATEGORIES, Member
from booking.places import Resource
from booking.pricing.models import TariffRow
from booking.timespan import local_day

PRICES = ("hour_cents", "half_day_cents", "day_cents")


class PricesArePast(Refused):
    """A price list holds from today on at the earliest."""

    code = "prices_past"
    text = lazy("Prices that have passed stay as they were: choose today or a later day.")


class NoPrice(Refused):
    """Nothing would be sold."""

    code = "no_price"
    text = lazy("A price list needs a price per hour, half day or day; 0 is free of charge.")


async def price_history(resource_ids: Collection[int]) -> dict[int, list[TariffRow]]:
    """Every price list of these resources: by category in their order, the latest first."""
    found: dict[int, list[TariffRow]] = {}
    rows = await TariffRow.filter(resource_id__in=list(resource_ids)).order_by("-from_on")
    for row in sorted(rows, key=lambda row: CATEGORIES.index(row.category)):
        found.setdefault(row.resource_id, []).append(row)
    return found


@db.atomic
async def add_tariff(
    venue_id: int,
    resource_ids: Collection[int],
    category: str,
    from_on: date,
    *,
    hour_cents: int | None = None,
    half_day_cents: int | None = None,
    day_cents: int | None = None,
    by: Member,
    at: datetime,
    **more: Any,
) -> list[TariffRow]:
    """A new price list for a category, the same for each of these resources of the venue, in its currency.

    All of them or none. The same again changes nothing. Raises NotFound, PricesArePast, NoPrice, Superseded.
    """
    venue = await begin(venue_id, by=by, at=at)
    if from_on < local_day(at, venue.zone):
        raise PricesArePast
    prices: dict[str, Any] = {
        "hour_cents": hour_cents,
        "half_day_cents": half_day_cents,
        "day_cents": day_cents,
    }
    if all(amount is None for amount in prices.values()):
        raise NoPrice
    resources = await Resource.filter(id__in=list(resource_ids), venue_id=venue.id).order_by("id")
    if {each.id for each in resources} != set(resource_ids):
        raise NotFound
    made = []
    for resource in resources:
        every = await TariffRow.filter(resource_id=resource.id, category=category).order_by("from_on")
        found = next((row for row in every if row.from_on == from_on), None)
        if not checking.tariff_is_new(found, prices, from_on):
            continue
        earlier = [row for row in every if row.from_on < from_on]
        before = {name: getattr(earlier[-1], name) for name in PRICES} if earlier else None
        row = await TariffRow.create(
            resource_id=resource.id, category=category, from_on=from_on, currency=venue.currency, **prices
        )
        made.append(row)
        await note(
            "tariff.added", resource.subject, venue, before, prices, by=by, at=at,
            name=resource.name, category=category, from_on=from_on, currency=row.currency, tariff_id=row.id, **more,
        )  # fmt: skip
    return made


@db.atomic
async def withdraw_tariff(venue_id: int, tariff_id: int, *, by: Member, at: datetime, **more: Any) -> None:
    """Take back a price list whose day has not come. Bookings made by it keep their price.

    Raises NotFound, PricesArePast.
    """
    venue = await begin(venue_id, by=by, at=at)
    row = await TariffRow.get_or_none(id=tariff_id, resource__venue_id=venue.id).select_related("resource")
    if row is None:
        raise NotFound
    if row.from_on <= local_day(at, venue.zone):
        raise PricesArePast
    before = {name: getattr(row, name) for name in PRICES}
    await row.delete()
    await note(
        "tariff.withdrawn", row.resource.subject, venue, before, None, by=by, at=at, name=row.resource.name,
        category=row.category, from_on=row.from_on, currency=row.currency, **more,
    )  # fmt: skip
