"""The reservation form: when, for whom, from which Activity, with a live quote; and pressing the button.

The same address shows the form, answers with the quote alone where the form asks for it (on every change of a field),
and takes the reservation. Without a script the button "Show the price" asks for the whole page again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n, limits, members, occupancy, places, reservations
from booking.errors import NotFound, Refused
from booking.forms import read
from booking.i18n import gettext as _
from booking.members import Member
from booking.places import wording
from booking.search.runs import bookable_runs, proposal
from booking.timespan import TimeSpan, day_span, local_day
from booking.web import by_card, dates_shown, extras, offering, paying, session, together, unsent
from booking.web.offering import Asked, Wish
from booking.web.pages import flash, page, redirect, url
from booking.web.wall_times import Dial, dial_by, moments_of, span_of, typed_from

QUOTES_MAX, QUOTES_SECONDS = 240, 60
BOOKINGS_MAX, BOOKINGS_SECONDS = 60, 60
DAYS_LOOKED_AT = 21
# What the form begins with, as values by name.
Giving = Callable[[Request, Any, Dial], Awaitable[dict[str, Any]]]


async def new(request: Request) -> Response:
    """The form, or its quote alone."""
    asked = await asked_of(unsent.restored(request))
    if asked.span:
        await count(request, asked.visitor)
    return await _shown(request, asked)


async def create(request: Request) -> Response:
    """Book: 303 to the reservation, 422 for what cannot be read, 409 for a rule that says no."""
    by = await unsent.signed_in(request)
    await limits.count(
        f"book:{by.id}", most=BOOKINGS_MAX, per_seconds=BOOKINGS_SECONDS, at=session.at(request)
    )
    asked = await asked_of(request)
    form, at = asked.form, session.at(request)
    if form.valid and asked.span and asked.booker:
        wish = form.value
        try:
            if asked.basket:
                return await together.book(request, asked, by)
            done = await reservations.reserve(
                wish.id,
                asked.resource.id,
                asked.span,
                by=by,
                at=at,
                activity_id=asked.activity_id,
                card=by_card.wish_for(asked),
                for_member=asked.booker,
                people=offering.people(asked.resource, wish),
                quantity=wish.quantity,
                title=wish.title,
                note=wish.note,
                seen_cents=wish.seen,
                overrides=wish.aside,
                override_reason=wish.aside_reason,
                resource=asked.resource,
            )
            occupancy.note(
                asked.resource, asked.span, occupancy.BOOKED, who=session.asker(request, asked.booker), at=at
            )
            if done.waits_for_card and asked.for_another:
                _say_asked(request, done, asked.booker.name, asked.dial.zone)
                return redirect(request, "reservation", reservation_id=done.id)
            if done.waits_for_card:
                return await paying.to_the_page(
                    request, done, back=url("reservation", reservation_id=done.id)
                )
            _say(request, done, asked.span)
            return redirect(request, "reservation", reservation_id=done.id)
        except Refused as refusal:
            occupancy.note(
                asked.resource, asked.span, [refusal], who=session.asker(request, asked.booker), at=at
            )
            await together.refuse(asked, refusal)
    return await _shown(request, asked)


# --- reading -----------------------------------------------------------------------------------------


async def asked_of(request: Request, resource_id: int = 0, giving: Giving | None = None) -> Asked:
    """The form as far as it was filled in. What nobody typed is proposed: by `giving`, or the first free time."""
    visitor, roles = await session.visitor(request), session.roles(request)
    # What each visit needs is asked at once.
    id = resource_id or request.path_params["resource_id"]
    theirs = [budgets.of_asked(visitor.id)] if visitor else []
    asked_too: list[Any] = [places.hours_by_resource_asked(id), *theirs]
    resource, _units, [hours, *purses] = await places.with_units_and(id, *asked_too)
    hosts, manages = roles.hosts(resource.venue), roles.manages(resource.venue)
    dial = dial_by(hours, resource, whole_day=manages)
    given: dict[str, Any] = {}
    if request.method != "POST":
        given = await (giving or _given)(request, resource, dial)
    form = await read(request, Wish, zone=dial.zone, **given)
    asked = Asked(resource, dial, form, visitor, visitor, hosts, manages, purses=purses[0] if purses else [])
    await _find_booker(asked)
    if not form.valid:
        return asked
    wish = form.value
    span, refusal, nearest = span_of(form, dial)
    if refusal and nearest:
        label = i18n.span(nearest.begins_at, nearest.ends_at, dial.zone)
        form.refuse(refusal, [(label, offering.link(form, resource.id, nearest))])
    own = {each.activity.id for each in asked.purses}
    if wish.activity and wish.activity not in own:
        if asked.for_another or request.method != "POST":
            form.values["activity"] = ""
            form.read_value = wish.model_copy(update={"activity": None})
        else:
            form.wrong("activity", _("Choose one of your own Activities."))
    if wish.activity == 0 and not by_card.taken(asked):
        form.wrong("activity", _("Cards are not taken here. Please choose an Activity."))
    asked.span = span if form.valid and form.refusal is None else None
    asked.basket = await together.basket_of(asked)
    asked.span = asked.span if form.valid else None
    return asked


async def _find_booker(asked: Asked) -> None:
    """For whom it is, and their Activities; also while other fields are wrong. Only the house books for others."""
    form = asked.form
    email = str(form.values.get("member_email", ""))
    if asked.visitor and email and "member_email" not in form.errors:
        if not asked.hosts:
            raise NotFound
        asked.booker = await members.by_email(email)
        if asked.booker is None:
            form.wrong("member_email", _("Nobody here has this e-mail address."))
    if asked.for_another or asked.booker is None:
        asked.purses = await budgets.of(asked.booker.id) if asked.booker else []


async def _given(request: Request, resource: Any, dial: Dial) -> dict[str, Any]:
    """What the address does not say: an id, and a time. `from` and `until` are instants, as calendars link them."""
    query = request.query_params
    given: dict[str, Any] = {} if query.get("id") else {"id": str(uuid4())}
    if span := moments_of(query.get("from", ""), query.get("until", "")):
        given |= typed_from(span, dial)
    elif not query.get("begins"):
        given |= await _proposed(request, resource, dial)
    people = query.get("people", "")
    if resource.takes == "any" and not query.get("quantity") and re.fullmatch("[1-9][0-9]{0,3}", people):
        given["quantity"] = str(min(500, -(-int(people) // (resource.capacity_people or 1))))
    return given


async def _proposed(request: Request, resource: Any, dial: Dial) -> dict[str, Any]:
    """The first free time from the day asked for (or now) on; the day alone where there is none in three weeks."""
    at = session.at(request)
    wished = _date(request.query_params.get("day", ""))
    begin = max(at, day_span(wished, dial.zone).begins_at) if wished else at
    window = TimeSpan(begin, begin + timedelta(days=DAYS_LOOKED_AT))
    plan = (await reservations.plans([resource], window))[resource.id]
    day = wished or local_day(at, dial.zone)
    for run in bookable_runs(plan, at, within=window):
        found = proposal(resource, run)
        if wished is None or local_day(found.begins_at, dial.zone) == wished:
            return typed_from(found, dial)
        break
    return {"day": day.isoformat(), "begins": dial.begins(day)[0][0], "ends": dial.ends(day)[0][0]}


def _say_asked(request: Request, done: Any, name: str, zone: str) -> None:
    said = _("Held until %(until)s. %(name)s gets a mail with the way to pay; then it is booked.")
    flash(request, "success", said % {"until": i18n.moment(done.held_until, zone), "name": name})


def _say(request: Request, done: Any, span: TimeSpan) -> None:
    if done.span != span:
        flash(request, "info", _("You booked this before from the same form. To move it, choose “Change”."))
    elif done.state == "held":
        flash(
            request,
            "success",
            _("Asked for. The house will answer, and the time is kept for you until then."),
        )
    else:
        flash(request, "success", _("Booked. It is in your calendar feed, and a mail is on its way."))


async def count(request: Request, visitor: Member | None) -> None:
    await limits.count(
        f"quote:{session.asker(request, visitor)}",
        most=QUOTES_MAX,
        per_seconds=QUOTES_SECONDS,
        at=session.at(request),
    )


# --- showing ------------------------------------------------------------------------------------------


async def _shown(request: Request, asked: Asked) -> Response:
    form, resource, at = asked.form, asked.resource, session.at(request)
    await offering.price(asked, at=at)
    several = await dates_shown.look(asked, at=at)
    live = several.no if several else await offering.live_refusal(asked, at=at)
    if request.method != "POST" and asked.span and form.refusal is None and not several:
        no = asked.offer.refusals if asked.offer else [] if live is None else [live]
        occupancy.note(resource, asked.span, no, who=session.asker(request, asked.booker), at=at)
    typed_day = form.value.day if form.valid else local_day(at, asked.dial.zone)
    query = request.query_params
    shown_day, shown_for = query.get("shown_day", ""), query.get("shown_for", "")
    times_changed = shown_day != typed_day.isoformat() and not (
        asked.dial.is_plain(typed_day) and _was_plain(asked.dial, shown_day)
    )
    booker_id = str(asked.booker.id) if asked.booker else ""
    return page(
        request,
        "reservations/new.html",
        status=form.status,
        fragment="reservations/_live.html" if request.method != "POST" else "",
        asked=asked,
        form=form,
        resource=resource,
        venue=resource.venue,
        title=i18n.name_of(resource),
        day=typed_day,
        begins=asked.dial.begins(typed_day, form.values.get("begins", "")),
        ends=asked.dial.ends(typed_day, form.values.get("ends", "")),
        first_day=local_day(at, asked.dial.zone),
        latest_day=local_day(reservations.horizon_of(resource, at) - timedelta(minutes=1), asked.dial.zone),
        asks_people=offering.asks_people(resource),
        activities=offering.choices(asked),
        pay_hours=by_card.pay_hours() if by_card.taken(asked) else None,
        card_too=by_card.taken(asked) and bool(asked.purses),
        quote=await offering.view(asked, at=at),
        no=live,
        several=several,
        repeats=together.repeats(typed_day),
        extras=await extras.offered(asked, at=at),
        swap_repeat=shown_day != typed_day.isoformat(),
        aside=offering.rules_aside(form, (several.first_clash if several else None) or live)
        if asked.manages
        else [],
        rules=[*wording.rules(resource), *wording.terms(resource)],
        again=await offering.again(asked),
        swap_times=times_changed,
        swap_activities=shown_for != booker_id,
        here_again=offering.link(form, resource.id),
    )


def _was_plain(dial: Dial, shown_day: str) -> bool:
    day = _date(shown_day)
    return day is None or dial.is_plain(day)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None
