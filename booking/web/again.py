"""Booking again: the same room at the same hour next week, in two taps from the first page.

The first page shows what the member's last bookings propose, by a few small queries. The same list, once it has asked
whether each is free and what it costs now, comes into its place a moment later (`index`), or as a page of its own where
there is no script. A tap leads to a short confirmation (`confirm`), whose button is that of the ordinary form: the same
operation, the same refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n, limits, payments, places, pricing, reservations
from booking.budgets import Purse
from booking.errors import NotFound
from booking.members import Member
from booking.pricing import Quote
from booking.reservations import Habit, Reservation
from booking.timespan import TimeSpan, local_day
from booking.web import by_card, offering, reserving, session
from booking.web.pages import page, url
from booking.web.wall_times import Dial, moments_of, typed_from

AROUND = timedelta(days=2)
LISTS_MAX, LISTS_SECONDS = 60, 60


@dataclass(frozen=True)
class Card:
    """One proposal as its card shows it. `moved`: '' for the usual room and hour, else 'time', 'place' or 'none'.

    `quote` and `payer` (an Activity's name) are None and '' until they were asked for; `short_cents` is what the
    Activity lacks.
    """

    habit: Habit
    resource: Any
    span: TimeSpan
    url: str
    moved: str = ""
    quote: Quote | None = None
    payer: str = ""
    short_cents: int = 0


async def index(request: Request) -> Response:
    """The proposals, each asked whether it is free: the part of the first page, or a page of its own."""
    member, at = await session.signed_in(request), session.at(request)
    await limits.count(f"again:{member.id}", most=LISTS_MAX, per_seconds=LISTS_SECONDS, at=at)
    cards = await asked(await reservations.habits(member, at), member, at=at)
    return page(
        request,
        "reservations/again_list.html",
        fragment="reservations/_again.html",
        cards=cards,
        checked=True,
    )


async def confirm(request: Request) -> Response:
    """One booking again: when, where, what it costs and who pays, and the button."""
    member, at = await session.signed_in(request), session.at(request)
    last = await reservations.visible(request.path_params["reservation_id"], by=member, at=at)
    if last.member_id != member.id:
        raise NotFound  # what somebody else does each week is not ours to repeat
    last.resource.venue = last.venue
    if not last.resource.published or last.venue.status == "closed":
        return await _gone(request, last, member, at)
    query = request.query_params

    async def given(request: Request, resource: Any, dial: Dial) -> dict[str, Any]:
        wished = moments_of(query.get("from", ""), query.get("until", ""))
        span = wished or reservations.weeks_later(last.span, dial.zone, after=at)
        said = typed_from(span, dial) | {"id": query.get("id") or str(uuid4()), "title": last.title}
        said |= {"people": str(last.people), "quantity": str(last.quantity), "member_email": ""}
        if not query.get("activity"):
            said["activity"] = _payer_of(last, resource)
        return said

    found = await reserving.asked_of(request, last.resource_id, given)
    await reserving.count(request, member)
    await offering.price(found, at=at)
    form, resource = found.form, found.resource
    return page(
        request,
        "reservations/again.html",
        status=form.status,
        fragment="reservations/_again_live.html",
        last=last,
        asked=found,
        form=form,
        resource=resource,
        venue=resource.venue,
        title=i18n.name_of(resource),
        activities=offering.choices(found),
        card_too=by_card.taken(found) and bool(found.purses),
        quote=await offering.view(found, at=at),
        no=await offering.live_refusal(found, at=at),
        aside=[],
        before_cents=_before(last, found),
        again=await offering.again(found),
        form_url=offering.link(form, resource.id, found.span),
    )


async def _gone(request: Request, last: Reservation, member: Member, at: datetime) -> Response:
    """The room is no longer let, or its house has closed: what is like it, at that hour."""
    span = reservations.weeks_later(last.span, last.venue.zone, after=at)
    near = await reservations.nearby(
        last.resource, span, member, at=at, people=last.people, quantity=last.quantity
    )
    return page(
        request,
        "reservations/again_gone.html",
        last=last,
        span=span,
        ways=[
            (f"{each.resource_name}, {each.venue_name}", _form_url(last, each.resource_id, span))
            for each in near
            if each.kind == "place" and each.resource_id
        ],
    )


# --- the cards ---------------------------------------------------------------------------------------


async def usual(member: Member | None, at: datetime) -> list[Card]:
    """The proposals as far as the bookings tell: without asking whether they are free."""
    if member is None:
        return []
    return [
        Card(habit, habit.last.resource, habit.span, url("book_again", reservation_id=habit.last.id))
        for habit in await reservations.habits(member, at)
    ]


async def asked(habits: Sequence[Habit], member: Member, *, at: datetime) -> list[Card]:
    """The proposals with what is free, its price for the member and who would pay, in a fixed number of queries; a
    few more for each that is taken, to find what comes nearest to it."""
    if not habits:
        return []
    resources = list({habit.last.resource_id: habit.last.resource for habit in habits}.values())
    window = TimeSpan(
        min(habit.span.begins_at for habit in habits) - AROUND,
        max(habit.span.ends_at for habit in habits) + AROUND,
    )
    plans = await reservations.plans(resources, window, language=i18n.language())
    found: list[tuple[Habit, Any, TimeSpan, str]] = []
    for habit in habits:
        plan, last = plans[habit.last.resource_id], habit.last
        question = reservations.Question(
            last.resource, plan, habit.span, at, last.people, last.quantity, member.category
        )
        free = any(each.contains(habit.span) for each in plan.free(last.quantity))
        if free and not reservations.objections(question):
            found.append((habit, last.resource, habit.span, ""))
        else:
            found.append((habit, *await _nearest(habit, member, at=at)))
    prices = await _prices(
        [(resource, span, habit.last.quantity) for habit, resource, span, _ in found], member
    )
    purses = await budgets.of(member.id)
    return [
        _card(habit, resource, span, moved, prices.get((resource.id, span)), purses)
        for habit, resource, span, moved in found
    ]


async def _nearest(habit: Habit, member: Member, *, at: datetime) -> tuple[Any, TimeSpan, str]:
    """What comes nearest to the habit: another hour of the same room, else a room like it at the same hour."""
    last = habit.last
    near = await reservations.nearby(
        last.resource, habit.span, member, at=at, people=last.people, quantity=last.quantity
    )
    for each in near:
        if each.resource_id is None or each.begins_at is None or each.ends_at is None:
            continue
        span = TimeSpan(each.begins_at, each.ends_at)
        if each.kind == "time":
            return last.resource, span, "time"
        return (await places.by_ids([each.resource_id]))[0], span, "place"
    return last.resource, habit.span, "none"


async def _prices(
    wanted: Sequence[tuple[Any, TimeSpan, int]], member: Member
) -> dict[tuple[int, TimeSpan], Quote]:
    """What each costs the member, each by the tariff of its own day; nothing for what is not let to them."""
    tariffs = await pricing.tariff_history(
        {resource.id for resource, _span, _many in wanted}, member.category
    )
    on = max(local_day(span.begins_at, resource.venue.zone) for resource, span, _many in wanted)
    rates = await pricing.vat_rates({resource.venue.country for resource, _span, _many in wanted}, on)
    found = {}
    for resource, span, quantity in wanted:
        day = local_day(span.begins_at, resource.venue.zone)
        valid = [tariff for from_on, tariff in tariffs.get(resource.id, []) if from_on <= day]
        rate = rates.get((resource.venue.country, resource.vat_category))
        if valid:
            found[(resource.id, span)] = pricing.quote(
                valid[-1],
                span,
                resource.venue.zone,
                quantity=quantity,
                vat_basis_points=rate.basis_points if rate else 0,
                vat_reason=rate.reason if rate else "",
            )
    return found


def _card(
    habit: Habit, resource: Any, span: TimeSpan, moved: str, quote: Quote | None, purses: Sequence[Purse]
) -> Card:
    last = habit.last
    if moved == "place":
        address = _form_url(last, resource.id, span)
    else:
        moments = _moments(span) if moved == "time" else {}
        address = url("book_again", reservation_id=last.id, **moments)
    purse = next((each for each in purses if each.activity.id == last.activity_id), None)
    short = 0
    if purse and quote and purse.currency == quote.currency:
        short = max(0, quote.total_cents - purse.available_cents)
    return Card(habit, resource, span, address, moved, quote, purse.activity.name if purse else "", short)


# --- words and links ---------------------------------------------------------------------------------


def _payer_of(last: Reservation, resource: Any) -> str:
    """Who paid the last time, as the form says it; '' lets the form propose somebody."""
    if last.activity_id:
        return str(last.activity_id)
    return by_card.CARD if last.card_cents and payments.on(resource.venue.entity) else ""


def _before(last: Reservation, found: offering.Asked) -> int | None:
    """What the same length cost the last time, where it costs something else now."""
    total = found.offer.quote.total_cents if found.offer and found.offer.quote else None
    same = found.span is not None and found.span.minutes == last.span.minutes
    if total is None or not same or "payment" in last.overrides or total == last.total_cents:
        return None
    return last.total_cents


def _moments(span: TimeSpan) -> dict[str, str]:
    return {"from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}", "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}"}


def _form_url(last: Reservation, resource_id: int, span: TimeSpan) -> str:
    """The whole form, for another room: it has other rules, so all of it is shown."""
    return url(
        "reserve",
        resource_id=resource_id,
        people=last.people if last.people > 1 else None,
        activity=last.activity_id,
        title=last.title or None,
        **_moments(span),
    )
