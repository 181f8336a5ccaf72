"""Changing and cancelling a booking, each with its price told before the button."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, money, payments, reservations
from booking.errors import NotFound, Refused
from booking.forms import Day, Form, Line, RefusalShown, Shape, Text, Ticked, blank, check, read
from booking.i18n import gettext as _
from booking.places import wording
from booking.pricing import Terms
from booking.reservations import Reservation
from booking.reservations.refusals import CostMoved
from booking.timespan import TimeSpan, local_day
from booking.web import change_by_card, paying, prices, session, unsent
from booking.web.among import beside
from booking.web.offering import (
    ABOUT_MONEY,
    Rule,
    alternative_link,
    asks_people,
    people,
    rules_aside,
    without_sums,
)
from booking.web.pages import flash, page, redirect, redirect_to
from booking.web.reservations import Viewer, seen
from booking.web.wall_times import Clock, Dial, dial_of, moments_of, span_of, typed_from


class Change(Shape):
    """The time, the people and the words of a booking."""

    day: Day
    begins: Clock
    ends: Clock
    last_day: Day | None = None
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500)
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    aside: list[Rule] = Field(default_factory=list, max_length=20)
    seen: int | None = Field(None, ge=-(10**12), le=10**12)


class Cancelling(Shape):
    """`fee` is what the page said it would cost, in minor units."""

    reason: Line = Field("", max_length=500)
    waive: Ticked = False
    fee: int | None = Field(None, ge=0, le=10**12)


async def change(request: Request) -> Response:
    """The form for another time, or the price of the change alone. An address with `from` and `until`, as the timeline
    makes them where a booking is dragged, fills the form in."""
    found, viewer = await _changeable(request)
    dial = await dial_of(found.resource, whole_day=viewer.manages)
    typed = typed_from(found.span, dial) | {
        name: str(getattr(found, name)) for name in ("people", "quantity", "title", "note")
    }
    wanted = unsent.restored(request)
    query = wanted.query_params
    if "begins" not in query and "ends" not in query:
        if dragged := moments_of(query.get("from", ""), query.get("until", "")):
            begins_at = found.begins_at if found.begins_at <= session.at(request) else dragged.begins_at
            if begins_at < dragged.ends_at:
                typed |= typed_from(TimeSpan(begins_at, dragged.ends_at), dial)
        form = check(Change, typed, zone=dial.zone)
        return await _change_page(request, found, viewer, dial, form, _span(form, dial))
    # A running booking's beginning is not in the form, and stays.
    kept = {name: typed[name] for name in ("day", "begins")} if found.begins_at <= session.at(request) else {}
    form = await read(wanted, Change, zone=dial.zone, **kept)
    return await _change_page(request, found, viewer, dial, form, _span(form, dial))


async def save_change(request: Request) -> Response:
    """Change it: 303, 422 or 409."""
    if "secret" not in request.path_params:  # a guest's private page asks nobody to sign in
        await unsent.signed_in(request)
    found, viewer = await _changeable(request)
    at = session.at(request)
    dial = await dial_of(found.resource, whole_day=viewer.manages)
    kept = {}
    if found.begins_at <= at:
        kept = {name: typed_from(found.span, dial)[name] for name in ("day", "begins")}
    form = await read(request, Change, zone=dial.zone, **kept)
    span = _span(form, dial)
    if span:
        wish = form.value
        try:
            done = await reservations.change(
                found.id,
                by=viewer.member,
                at=at,
                span=_exactly(found, span),
                people=people(found.resource, wish),
                quantity=wish.quantity,
                title=wish.title,
                note=wish.note,
                seen_more_cents=wish.seen,
                overrides=wish.aside,
            )
            if done.card_cents or found.card_cents:
                await paying.settle(done.id, at)
            flash(
                request,
                "success",
                _("Changed: %(when)s.") % {"when": i18n.span(done.begins_at, done.ends_at, dial.zone)},
            )
            return redirect_to(request, viewer.to())
        except Refused as said:
            refusal = said
            if said.code == payments.DEARER_CODE and payments.may_pay_more(found, viewer.member):
                answer = await change_by_card.begin(
                    request,
                    found,
                    viewer,
                    _exactly(found, span),
                    people=people(found.resource, wish),
                    quantity=wish.quantity,
                    title=wish.title,
                    note=wish.note,
                    seen_more_cents=wish.seen,
                    overrides=wish.aside,
                )
                if isinstance(answer, Response):
                    return answer
                refusal = answer
            form.refuse(refusal)
            form.refusal = _refusal(found, form, refusal, span, viewer)
    return await _change_page(request, found, viewer, dial, form, span)


async def cancel(request: Request) -> Response:
    """What cancelling costs, before the button. What was booked together has a page of its own."""
    found, viewer = await _changeable(request)
    if not viewer.secret and await reservations.has_family(found):
        return redirect(request, "series_cancel", reservation_id=found.id)
    return _cancel_page(request, found, viewer, blank())


async def do_cancel(request: Request) -> Response:
    """Cancel it: 303, 422 or 409. A second press finds it done."""
    found, viewer = await _changeable(request)
    form, at = await read(request, Cancelling), session.at(request)
    if form.valid:
        wish = form.value
        try:
            if found.waits_for_card:
                await paying.close_first(found, at)
                if found.state == "expired":
                    flash(request, "success", _("Let go. Nothing was paid."))
                    return redirect_to(request, viewer.to())
            cost = reservations.cancel_offer(found, at, by_venue=viewer.by_venue or wish.waive)
            if found.live and wish.fee is not None and cost.fee_cents > wish.fee:
                raise CostMoved(fee_cents=cost.fee_cents, currency=cost.currency)
            done = await reservations.cancel_along(
                found.id, by=viewer.member, at=at, reason=wish.reason, waive=wish.waive
            )
            if done.card_cents:
                await paying.settle(done.id, at)
            flash(request, "success", _cancelled_words(done))
            return redirect_to(request, viewer.to())
        except Refused as refusal:
            form.refuse(refusal)
            if refusal.code == "reason_needed":
                form.errors["reason"] = [refusal.sentence]
    return _cancel_page(request, found, viewer, form)


async def _changeable(request: Request) -> tuple[Reservation, Viewer]:
    """The reservation, for those who may change it. The owner of the Activity that pays only reads."""
    found, viewer = await seen(request)
    if not viewer.may_change:
        raise NotFound
    return found, viewer


# --- changing ----------------------------------------------------------------------------------------


def _span(form: Form[Change], dial: Dial) -> TimeSpan | None:
    if not form.valid:
        return None
    span, refusal, nearest = span_of(form, dial)
    if refusal and nearest:
        form.refuse(refusal)
        form.refusal = RefusalShown(
            refusal.sentence,
            _("The next time that exists: %(when)s.")
            % {"when": i18n.span(nearest.begins_at, nearest.ends_at, dial.zone)},
            (),
            refusal.code,
        )
    return span if form.valid and form.refusal is None else None


def _exactly(found: Reservation, span: TimeSpan) -> TimeSpan:
    """The span with the old beginning where the boxes still say it: they have no seconds."""
    same = abs(span.begins_at - found.begins_at) < timedelta(minutes=1)
    return replace(span, begins_at=found.begins_at) if same else span


async def _offer(
    found: Reservation, span: TimeSpan, wish: Change, viewer: Viewer, at: datetime
) -> reservations.Offer | None:
    """What the change would cost; None where the member may no longer use the Activity that pays."""
    try:
        return await reservations.change_offer(
            found,
            _exactly(found, span),
            by=viewer.member,
            at=at,
            people=people(found.resource, wish),
            quantity=wish.quantity,
        )
    except NotFound:
        return None


def _refusal(
    found: Reservation, form: Form[Change], refusal: Refused, span: TimeSpan, viewer: Viewer
) -> RefusalShown:
    if refusal.code in ABOUT_MONEY and not viewer.pays:
        return without_sums(refusal)
    ways = _change_ways(found, form, refusal, span, viewer)
    return RefusalShown(refusal.sentence, refusal.rule_sentence, ways, refusal.code)


def _change_ways(
    found: Reservation, form: Form[Change], refusal: Refused, span: TimeSpan | None, viewer: Viewer
) -> list[tuple[str, str]]:
    """Other times as the same change; other places as a new booking, with the words kept."""
    ways = []
    for each in refusal.alternatives:
        label, address = alternative_link(each, form, span)
        if each.kind == "time" and each.begins_at and each.ends_at:
            dial = Dial(
                0, 1440, found.resource.raster_minutes, found.resource.longest_minutes > 1440, each.zone
            )
            typed = {name: form.values.get(name) for name in ("people", "quantity", "title", "note")}
            typed |= typed_from(TimeSpan(each.begins_at, each.ends_at), dial)
            said = {name: value for name, value in typed.items() if value not in (None, "")}
            address = viewer.to("change", **said)
        ways.append((label, address))
    return ways


async def _change_page(
    request: Request,
    found: Reservation,
    viewer: Viewer,
    dial: Dial,
    form: Form[Change],
    span: TimeSpan | None,
) -> Response:
    at, resource = session.at(request), found.resource
    offer, live, pays = None, None, None
    wish = form.value if form.valid else None
    if span and wish:
        offer = await _offer(found, span, wish, viewer, at)
        pays = change_by_card.words(found, viewer, offer)
        left = (
            [each for each in offer.refusals if reservations.RULE_OF.get(each.code) not in wish.aside]
            if offer
            else []
        )
        left = [each for each in left if not (pays and each.code == payments.DEARER_CODE)]
        if left and form.refusal is None:
            said = await reservations.with_alternatives(
                left[0], resource, span, found.member, at=at, people=found.people, quantity=found.quantity
            )
            live = _refusal(found, form, said, span, viewer)
    day = span.begins_at if span else found.begins_at
    return page(
        request,
        "reservations/change.html",
        status=form.status,
        fragment="reservations/_difference.html" if request.method == "GET" else "",
        reservation=found,
        viewer=viewer,
        resource=resource,
        venue=found.venue,
        form=form,
        dial=dial,
        begun=found.begins_at <= at,
        over=not found.live or found.ends_at <= at,
        begins=dial.begins(local_day(day, dial.zone), str(form.values.get("begins", ""))),
        ends=dial.ends(local_day(day, dial.zone), str(form.values.get("ends", ""))),
        day=local_day(day, dial.zone),
        today=local_day(at, dial.zone),
        asks_people=asks_people(resource),
        pays=pays,
        along=[] if viewer.secret else await beside(found, dial.zone),
        difference=_difference(found, offer, span, viewer, at) if offer else None,
        no=live,
        aside=rules_aside(form, live) if viewer.manages else [],
        rules=[*wording.rules(resource), *wording.terms(resource)],
    )


def _difference(
    found: Reservation, offer: reservations.Offer, span: TimeSpan | None, viewer: Viewer, at: datetime
) -> dict[str, Any] | None:
    """The price before, the price after, and what the Activity has left then."""
    if offer.quote is None or span is None:
        return None
    zone = found.venue.zone
    terms = offer.terms or Terms.from_json(found.terms)
    shown = {
        "when": i18n.span(span.begins_at, span.ends_at, zone),
        "long": wording.how_long(span.minutes),
        "before_cents": found.total_cents,
        "after_cents": offer.quote.total_cents,
        "difference_cents": offer.difference_cents,
        "currency": found.currency,
        # While a host has not answered yet, cancelling costs nothing: no sentence then, as on the page of the booking.
        "cancelling": []
        if found.state == "held"
        else prices.cancelling(terms, offer.quote.total_cents, found.currency, zone, at=at),
        "left": None,
        "late": not reservations.cancels_freely(found, at) and found.total_cents > 0,
    }
    if viewer.pays and offer.left_cents is not None and offer.difference_cents and found.posted_at is None:
        shown["left"] = (offer.left_cents, offer.paid_currency)
    return shown


# --- cancelling --------------------------------------------------------------------------------------


def _cancel_page(request: Request, found: Reservation, viewer: Viewer, form: Form[Any]) -> Response:
    at = session.at(request)
    by_venue = viewer.by_venue
    cost = reservations.cancel_offer(found, at, by_venue=by_venue)
    paid = None
    if found.paid_currency and found.paid_currency != found.currency and found.total_cents:
        shares = money.split(found.paid_cents, [cost.fee_cents, cost.back_cents])
        paid = (shares[0], shares[1], found.paid_currency)
    return page(
        request,
        "reservations/cancel.html",
        status=form.status,
        reservation=found,
        viewer=viewer,
        resource=found.resource,
        venue=found.venue,
        form=form,
        cost=cost,
        paid=paid,
        by_venue=by_venue,
        may_waive=viewer.manages and not by_venue and cost.fee_cents > 0,
        begun=found.begins_at <= at,
        over=found.ends_at <= at,
    )


def _cancelled_words(done: Reservation) -> str:
    if not done.total_cents:
        return _("Cancelled.")
    if done.fee_cents:
        return _("Cancelled. %(fee)s stays to be paid, the rest is yours again.") % {
            "fee": i18n.money(done.fee_cents, done.currency)
        }
    return _("Cancelled, free of charge.")
