"""Equipment of the house, offered beside a room on its form: what it costs, and how much of it is free then.

Of what there is one of, the form has a box to tick (`extra`, with its number); of what there are several of, it asks
how many (`extra-12`). A link with `extra` alone asks for one of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from booking import db, i18n, places, pricing, reservations
from booking.forms import Form, sentence_for
from booking.i18n import gettext as _
from booking.reservations import Extra
from booking.timespan import TimeSpan, local_day
from booking.web.offering import EXTRA_NAME, EXTRAS_MAX, Asked

AROUND = timedelta(days=2)
_HOW_MANY: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=500)])


def chosen(form: Form[Any]) -> list[Extra]:
    """What a valid form takes along. What is no number of pieces goes onto the form, and then nothing is."""
    pieces = dict.fromkeys(form.value.extra, 1)
    for name, typed in form.values.items():
        if not (told := EXTRA_NAME.fullmatch(name)):
            continue
        try:
            pieces[int(told[1])] = _HOW_MANY.validate_python(typed or "0")
        except ValidationError as errors:
            form.wrong(name, sentence_for(errors.errors()[0]))
    wanted = [Extra(id, quantity) for id, quantity in pieces.items() if quantity]
    if len(wanted) > EXTRAS_MAX:
        form.wrong("extra", _("Choose from the list."))
    return wanted if form.valid else []


async def offered(asked: Asked, *, at: datetime) -> list[dict[str, Any]]:
    """The equipment of the house that this member may take along, with its price and how many are free then."""
    if asked.booker is None or asked.resource.group == "equipment":
        return []
    venue = asked.resource.venue
    rows = await db.rows(
        "SELECT id, (SELECT COUNT(*) FROM resource_unit WHERE resource_id = resource.id) AS units FROM resource "
        "WHERE venue_id = ? AND published AND kind = 'equipment' AND role = '' ORDER BY position, id LIMIT ?",
        venue.id,
        EXTRAS_MAX,
    )
    if not rows:
        return []
    listed = await places.by_ids([row["id"] for row in rows])
    return await _with_prices(asked, listed, {row["id"]: row["units"] for row in rows}, at=at)


async def _with_prices(
    asked: Asked, listed: list[Any], units: dict[int, int], *, at: datetime
) -> list[dict[str, Any]]:
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
        detail, pieces = [], units[each.id] if each.takes == "any" else 1
        if span and each.id in plans:
            wide = span.widened(each.buffer_before_minutes, each.buffer_after_minutes)
            taken = plans[each.id].taken
            free = sum(not any(one.overlaps(wide) for one in spans) for spans in taken.values())
            detail.append(_("%(free)s of %(all)s free then") % {"free": free, "all": len(taken)})
            quote = pricing.quote_by(([tariffs], _rates), each, span)
            cost = i18n.money(quote.total_cents, quote.currency) if quote.total_cents else _("Free of charge")
            detail.append(_("%(sum)s each") % {"sum": cost} if pieces > 1 and quote.total_cents else cost)
        found.append(
            {
                "value": str(each.id),
                "label": i18n.name_of(each),
                "detail": ", ".join(detail),
                "most": pieces,
                "typed": _typed(asked.form, each.id),
            }
        )
    return found


def _typed(form: Form[Any], id: int) -> str:
    """How many, as it stands in its box."""
    listed = form.values.get("extra") or []
    ticked = str(id) in ([listed] if isinstance(listed, str) else listed)
    return str(form.values.get(f"extra-{id}", "1" if ticked else "0"))
