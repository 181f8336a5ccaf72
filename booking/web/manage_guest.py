"""A host asks somebody without an account: who, which space, when; the time is held, and a mail asks them to pay.

The price is that for people outside, and stands beside the button with its VAT. What a host typed is kept through every
"no"; another time or place is one press away.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import guests, i18n, payments, places, reservations
from booking.errors import Refused
from booking.forms import Day, Email, Form, Line, Shape, Text, check, read
from booking.guests import VatNumber
from booking.i18n import gettext as _
from booking.members import Member
from booking.places import Venue, wording
from booking.timespan import TimeSpan, local_day
from booking.web import by_card, guest_booking, session, wall_times
from booking.web.guest_booking import Wanted
from booking.web.manage import house_of, tabs
from booking.web.manage_booking import (
    OVERRIDES,
    RULES_SAID,
    proposed,
    reason_is_there,
    typed_day,
    when,
)
from booking.web.pages import flash, page, redirect, url
from booking.web.settings import Language


class Look(Shape):
    """The space, once it is chosen, and a time to be priced."""

    resource: int | None = Field(None, ge=1, le=2**31 - 1)
    day: Day | None = None
    begins: wall_times.Clock | None = None
    ends: wall_times.Clock | None = None
    last_day: Day | None = None
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500)


class ForGuest(Shape):
    """Who is asked, for what. `instead` names another time or place, as the buttons of a refusal write it."""

    id: UUID
    resource: int = Field(ge=1, le=2**31 - 1)
    name: Line = Field(min_length=1, max_length=120)
    email: Email
    language: Language
    company: Line = Field("", max_length=120)
    vat_number: VatNumber = ""
    day: Day
    begins: wall_times.Clock
    ends: wall_times.Clock
    last_day: Day | None = None
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500)
    pay_hours: int = Field(24, ge=1, le=72)
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    seen: int | None = Field(None, ge=0, le=10**12)
    overrides: list[Annotated[str, Field(max_length=20)]] = Field(
        default_factory=list, max_length=len(OVERRIDES)
    )
    override_reason: Line = Field("", max_length=500)
    instead: Line = ""


async def new(request: Request) -> Response:
    """Choose the space, then say who and when; or the price alone, where the time was changed."""
    _by, venue = await house_of(request)
    form: Form[Any] = await read(request, Look)
    resources = await places.published([venue.id])
    resource = await _chosen(form, resources)
    span = None
    if resource is not None:
        dial = await wall_times.dial_of(resource, whole_day=True)
        if "begins" not in request.query_params:
            query = request.query_params
            asked = wall_times.moments_of(query.get("from", ""), query.get("until", ""))
            times = wall_times.typed_from(asked or await proposed(resource, session.at(request)), dial)
            form = check(Look, {**form.values, **times})
        if form.valid and form.value.day and form.value.begins and form.value.ends:
            span, _refusal, _nearest = wall_times.span_of(form, dial)
        form.values |= {"id": str(uuid4()), "language": i18n.language()}
    return await _page(request, venue, form, resource=resource, resources=resources, span=span)


async def create(request: Request) -> Response:
    """Hold it and have them asked: 303 to that day, 422, or 409 where a rule says no."""
    by, venue = await house_of(request)
    form = await read(request, ForGuest)
    resources = await places.published([venue.id])
    resource = await _chosen(form, resources)
    span: TimeSpan | None = None
    said: Refused | None = None
    if resource is not None and form.valid:
        dial = await wall_times.dial_of(resource, whole_day=True)
        if instead := await guest_booking.other(form.value.instead):
            resource, span = instead
            form.values |= wall_times.typed_from(span, dial) | {"resource": str(resource.id)}
        else:
            span, said, nearest = wall_times.span_of(form, dial)
            if said and nearest:
                form.refuse(said, [(when(nearest, venue), _again(venue, resource.id, nearest))])
        if said is None and span and form.valid and resource.venue_id == venue.id and reason_is_there(form):
            try:
                return await _ask(request, by, venue, resource, span, form.value)
            except Refused as refusal:
                said, form.status = refusal, 409
    return await _page(
        request,
        venue,
        form,
        resource=resource,
        resources=resources,
        span=span,
        said=None if form.refusal else said,
    )


async def _chosen(form: Form[Any], resources: list[Any]) -> Any | None:
    """The space that the form names, if it is one of this house."""
    typed = str(form.values.get("resource", ""))
    found = next((each for each in resources if str(each.id) == typed), None)
    return await places.resource(found.id) if found else None


async def _ask(
    request: Request, by: Member, venue: Venue, resource: Any, span: TimeSpan, wish: ForGuest
) -> Response:
    """Hold it; the mail is made from its event. Setting a rule aside is a manager's, so it asks for a passkey."""
    if wish.overrides and session.roles(request).manages(venue):
        await session.confirmed(request)
    await guests.count_asking(by, wish.email, at=session.at(request))
    given = "payment" in wish.overrides
    card = _card(resource, wish.pay_hours)
    done = await guests.invite(
        wish.id,
        resource.id,
        span,
        by=by,
        card=None if given else card,
        email=wish.email,
        name=wish.name,
        language=wish.language,
        company=wish.company,
        vat_number=wish.vat_number,
        people=wish.people,
        quantity=wish.quantity,
        title=wish.title,
        note=wish.note,
        seen_cents=wish.seen,
        overrides=wish.overrides,
        override_reason=wish.override_reason,
        at=session.at(request),
    )
    name = (await done.member).name
    if done.waits_for_card and done.held_until:
        words = _("Held until %(until)s. %(name)s gets a mail with the way to pay; then it is booked.")
        flash(
            request,
            "success",
            words % {"until": i18n.moment(done.held_until, venue.zone), "name": name},
        )
    else:
        said = {"name": name, "resource": i18n.name_of(resource), "when": when(done.span, venue)}
        flash(request, "success", _("Booked for %(name)s: %(resource)s, %(when)s.") % said)
    return redirect(request, "manage_venue", key=venue.key, day=local_day(done.begins_at, venue.zone))


def _card(resource: Any, hours: int) -> reservations.ByCard | None:
    venue = resource.venue
    return payments.by_card(venue.entity, venue.currency, hold=timedelta(hours=hours))


def _again(venue: Venue, resource_id: int, span: TimeSpan) -> str:
    moments = {"from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}", "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}"}
    return url("manage_ask_guest", key=venue.key, resource=resource_id, **moments)


async def _page(
    request: Request,
    venue: Venue,
    form: Form[Any],
    *,
    resource: Any,
    resources: list[Any],
    span: TimeSpan | None,
    said: Refused | None = None,
) -> Response:
    manages = session.roles(request).manages(venue)
    more: dict[str, Any] = {}
    if resource is not None:
        more = await _last_step(request, venue, form, resource, resources, span, said, manages=manages)
    return page(
        request,
        "manage/guest.html",
        form.status,
        fragment="manage/_guest_price.html" if request.method != "POST" else "",
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_book"),
        manages=manages,
        spaces=[
            (
                i18n.name_of(each),
                wording.capacity(each),
                url("manage_ask_guest", key=venue.key, resource=each.id),
            )
            for each in resources
            if each.external
        ],
        another_space=url("manage_ask_guest", key=venue.key),
        for_member=url("manage_book", key=venue.key),
        resource=resource,
        resource_capacity=wording.capacity(resource) if resource else "",
        form=form,
        **more,
    )


async def _last_step(
    request: Request,
    venue: Venue,
    form: Form[Any],
    resource: Any,
    resources: list[Any],
    span: TimeSpan | None,
    said: Refused | None,
    *,
    manages: bool,
) -> dict[str, Any]:
    """Times, languages, the price, and the rules that may be set aside."""
    dial = await wall_times.dial_of(resource, whole_day=True)
    day, wanted = typed_day(form), None
    asked: list[Refused] = []
    if span is not None:
        wanted = Wanted(
            resource,
            span,
            guest_booking.count_of(form, "people"),
            guest_booking.count_of(form, "quantity"),
            hosts=True,
        )
        await guest_booking.price(wanted, at=session.at(request), keep=said is not None)
        found = wanted.offer.refusals if wanted.offer else []
        # The house is not asked: it asks itself.
        asked = [each for each in found if each.code in reservations.RULE_OF] if manages and said else []
    chosen = [name for name in form.values.get("overrides") or [] if name in RULES_SAID]
    offered = {reservations.RULE_OF[each.code] for each in asked}
    if said is not None and wanted is not None:
        wanted.refusal = said
    if said is not None:
        here = {each.id for each in resources if each.external}
        said.alternatives = [each for each in said.alternatives if each.resource_id in here]
    costs = _costs(wanted, session.at(request)) if wanted else None
    return {
        "begins": dial.begins(day, form.values.get("begins", "")) if day else [],
        "ends": dial.ends(day, form.values.get("ends", "")) if day else [],
        "over_days": dial.over_days,
        "languages": list(i18n.LANGUAGES.items()),
        "pay_hours": by_card.pay_hours(),
        "cards": payments.on(resource.venue.entity),
        "rules": [(name, str(RULES_SAID[name])) for name in OVERRIDES if name in offered or name in chosen],
        "rule_texts": wording.rules(resource),
        "units": len((await places.units_of([resource.id])).get(resource.id, [])),
        "costs": costs,
        "no": _no(costs, said, venue, form) if costs and said else None,
    }


def _costs(wanted: Wanted, at: Any) -> dict[str, Any]:
    """The price for people outside, and its terms; what says no to it."""
    shown = guest_booking.summary(wanted, at, typed=True)
    offer = wanted.offer
    shown["button"] = ""
    if offer and offer.card_cents and offer.quote:
        sum_ = i18n.money(offer.card_cents, offer.quote.currency)
        shown["button"] = _("Hold it and ask for %(sum)s") % {"sum": sum_}
    return shown


def _no(costs: dict[str, Any], refusal: Refused, venue: Venue, form: Form[Any]) -> dict[str, Any]:
    """The refusal with what would work. Whoever has an account is booked for on the other page."""
    ways = []
    if isinstance(refusal, guests.HasAccount):
        term = form.values.get("email", "")
        ways = [
            (
                _("Book for a member"),
                url("manage_book", key=venue.key, q=term, resource=form.values["resource"]),
            )
        ]
    return {**costs["no"], "links": ways}
