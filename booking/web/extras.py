"""Equipment of the house, offered beside a room on its form: what it costs, and how much of it is free then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking import db, i18n, places, pricing, reservations
from booking.i18n import gettext as _
from booking.timespan import TimeSpan, local_day
from booking.web.offering import EXTRAS_MAX, Asked

AROUND = timedelta(days=2)


async def offered(asked: Asked, *, at: datetime) -> list[dict[str, Any]]:
    """The equipment of the house that this member may take along, with its price and how many are free then."""
    if asked.booker is None or asked.resource.group == "equipment" or not asked.form.valid:
        return []
    venue = asked.resource.venue
    rows = await db.rows(
        "SELECT id FROM resource WHERE venue_id = ? AND published AND kind = 'equipment' AND role = '' "
        "ORDER BY position, id LIMIT ?",
        venue.id,
        EXTRAS_MAX,
    )
    if not rows:
        return []
    listed = await places.by_ids([row["id"] for row in rows])
    return await _with_prices(asked, listed, at=at)


async def _with_prices(asked: Asked, listed: list[Any], *, at: datetime) -> list[dict[str, Any]]:
    span, booker = asked.span, asked.booker
    assert booker is not None
    order = {each.id: each for each in sorted(listed, key=lambda one: (one.position, one.id))}
    day = local_day(span.begins_at if span else at, asked.dial.zone)
    [tariffs], _rates = (
        await pricing.prices_by_day(order, booker.category, [asked.resource.venue.country], [day])
    )[day]
    around = TimeSpan(span.begins_at - AROUND, span.ends_at + AROUND) if span else None
    plans = await reservations.plans(list(order.values()), around) if around else {}
    found = []
    for each in order.values():
        if each.id not in tariffs:
            continue  # not let to them
        detail = []
        if span and each.id in plans:
            wide = span.widened(each.buffer_before_minutes, each.buffer_after_minutes)
            taken = plans[each.id].taken
            free = sum(not any(one.overlaps(wide) for one in spans) for spans in taken.values())
            detail.append(_("%(free)s of %(all)s free then") % {"free": free, "all": len(taken)})
            quote = pricing.quote_by(([tariffs], _rates), each, span)
            detail.append(
                i18n.money(quote.total_cents, quote.currency) if quote.total_cents else _("Free of charge")
            )
        found.append({"value": str(each.id), "label": i18n.name_of(each), "detail": ", ".join(detail)})
    return found
