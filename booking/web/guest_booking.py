"""Booking without an account: who they are, the proof that the address is theirs, and on to the page to pay on.

The time and its price come from the form that everybody uses. Nothing is held before the address is proved; the rules
are asked at each step, and what was typed is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

import settings
from booking import guests, i18n, limits, notifications, occupancy, payments, places, reservations
from booking.errors import Refused
from booking.forms import Email, Form, Line, Shape, Text, blank, read
from booking.guests import GuestWish, MustSignIn, VatNumber
from booking.i18n import gettext as _
from booking.members.sign_in import LinkUsed
from booking.places import wording
from booking.reservations import Offer, Reservation
from booking.timespan import TimeSpan
from booking.web import by_card, offering, paying, prices, reserving, session, sign_in
from booking.web.pages import flash, page, redirect, redirect_to, url
from booking.web.wall_times import moments_of

ASKS_MAX, ASKS_SECONDS = 30, 60 * 60
log = structlog.get_logger("booking.web")


class Guest(Shape):
    """Who books what. `since` and `until` are instants; `instead` names another time or place, as `_way` writes it."""

    id: UUID
    since: Line
    until: Line
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500)
    name: Line = Field(min_length=1, max_length=120)
    email: Email
    company: Line = Field("", max_length=120)
    vat_number: VatNumber = ""
    title: Line = Field(min_length=1, max_length=120)
    note: Text = Field("", max_length=1000)
    seen: int | None = Field(None, ge=0, le=10**12)
    instead: Line = ""


class Confirm(Shape):
    """The code, where it is still asked for; the price that stood there; another time or place."""

    code: Annotated[str, StringConstraints(max_length=20)] = ""
    seen: int | None = Field(None, ge=0, le=10**12)
    instead: Line = ""


@dataclass
class Wanted:
    """What is asked for, as pages show it. The names are those of offering.Asked."""

    resource: Any
    span: TimeSpan
    people: int
    quantity: int
    offer: Offer | None = None
    hosts: bool = False
    for_another: bool = False  # a guest books for themselves
    refusal: Refused | None = None


# --- asking ------------------------------------------------------------------------------------------


async def new(request: Request) -> Response:
    """Who are you: with the time and the price beside it."""
    asked = await reserving.asked_of(request)
    back = offering.link(asked.form, asked.resource.id, asked.span)
    if asked.visitor or asked.span is None:
        return redirect_to(request, back)
    await reserving.count(request, None)
    wish = asked.form.value
    wanted = Wanted(asked.resource, asked.span, offering.people(asked.resource, wish), wish.quantity, None)
    await price(wanted, at=session.at(request))
    form: Form[Guest] = blank(id=str(wish.id), title=wish.title, note=wish.note)
    return _new_page(request, form, wanted)


async def ask(request: Request) -> Response:
    """Keep what was typed and mail the code: 303 to the page that takes it, 422, or 409 where a rule says no."""
    await sign_in.count_address(request, "guest")
    at = session.at(request)
    household = sign_in.household(request.client.host if request.client else "")
    await limits.count(f"guest-asks:{household}", most=ASKS_MAX, per_seconds=ASKS_SECONDS, at=at)
    resource = await places.resource(request.path_params["resource_id"])
    form = await read(request, Guest)
    span = moments_of(str(form.values.get("since", "")), str(form.values.get("until", "")))
    if form.valid and form.value.instead and (elsewhere := await other(form.value.instead)):
        resource, span = elsewhere
    if span is None:
        return redirect(request, "reserve", resource_id=resource.id)
    wanted = Wanted(resource, span, count_of(form, "people"), count_of(form, "quantity"))
    await price(wanted, at=at)
    if form.valid:
        wish = form.value
        try:
            _as_seen(wanted, wish.seen)
            asked = await guests.ask(
                wish.id,
                resource.id,
                span,
                email=wish.email,
                browser=session.browser(request),
                seen_cents=wanted.offer.quote.total_cents if wanted.offer and wanted.offer.quote else 0,
                people=wish.people,
                quantity=wish.quantity,
                at=at,
                name=wish.name,
                company=wish.company,
                vat_number=wish.vat_number,
                title=wish.title,
                note=wish.note,
                language=i18n.language(),
            )
            if asked.code:
                asked.wish.resource = resource
                sign_in.beside(_send(asked, at))
            return redirect(request, "guest_confirm", sign_in_id=asked.wish.sign_in_id)
        except Refused as refusal:
            _note(request, wanted, [refusal])
            wanted.refusal = refusal
            form.status = 409
    return _new_page(request, form, wanted)


def count_of(form: Form[Any], name: str) -> int:
    """A number of the form, also while other fields are wrong."""
    typed = str(form.values.get(name, ""))
    return max(1, int(typed)) if "0" <= typed[:1] <= "9" and len(typed) <= 3 and typed.isdecimal() else 1


def _new_page(request: Request, form: Form[Guest], wanted: Wanted) -> Response:
    resource = wanted.resource
    return page(
        request,
        "guests/new.html",
        status=form.status,
        form=form,
        resource=resource,
        venue=resource.venue,
        title=i18n.name_of(resource),
        rules=[*wording.rules(resource), *wording.terms(resource)],
        back=url(
            "reserve", resource_id=resource.id, people=wanted.people, quantity=wanted.quantity, **_moments(wanted.span)
        ),
        **summary(wanted, session.at(request), typed=form.status != 200),
    )  # fmt: skip


async def _send(asked: guests.Asked, at: datetime) -> None:
    """A failure is logged, never shown: it would tell whose address it is."""
    try:
        if asked.account is not None:
            await notifications.send_guest_account(asked.wish, asked.account, at)
        else:
            link = settings.BASE_URL + url("guest_link", token=asked.link_token)
            await notifications.send_guest_code(asked.wish, asked.code, link, at)
    except Exception:
        log.exception("guest_mail_failed", wish_id=str(asked.wish.id))


# --- confirming --------------------------------------------------------------------------------------


async def confirm(request: Request) -> Response:
    """The page that takes the code, and after it the button."""
    wish = await _waiting(request)
    if wish.verified_at and (done := await Reservation.get_or_none(id=wish.id).select_related("member")):
        return redirect_to(request, await guests.page_path(done))
    wanted = _of(wish)
    await price(wanted, at=session.at(request))
    return _confirm_page(request, blank(), wish, wanted)


async def do_confirm(request: Request) -> Response:
    """Prove the address, hold the time, and go on to the page to pay on: 303, 422 or 409."""
    await sign_in.count_address(request, "guest")
    wish, at = await _waiting(request), session.at(request)
    form = await read(request, Confirm)
    wanted = _of(wish)
    if form.valid:
        try:
            if wish.verified_at is None:
                digits = "".join(letter for letter in form.value.code if letter.isdigit())
                await guests.prove(wish, digits, browser=session.browser(request), at=at)
            if form.value.instead and (elsewhere := await other(form.value.instead)):
                wanted.resource, wanted.span = elsewhere
            return await _book(request, wish, wanted, form.value.seen)
        except Refused as refusal:
            _note(request, wanted, [refusal])
            wanted.refusal, form.status = refusal, 409
    if wanted.offer is None:
        await price(wanted, at=at, keep=True)
    return _confirm_page(request, form, wish, wanted)


async def _book(request: Request, wish: GuestWish, wanted: Wanted, seen: int | None) -> Response:
    at = session.at(request)
    if not await Reservation.exists(id=wish.id):
        await price(wanted, at=at)
        if (wanted.resource.id, wanted.span) != (wish.resource_id, TimeSpan(wish.begins_at, wish.ends_at)):
            await guests.move(wish, wanted.resource.id, wanted.span, seen_cents=wish.seen_cents)
        if wanted.refusal is not None:
            raise wanted.refusal
    entity = wanted.resource.venue.entity
    card = payments.by_card(entity, wanted.resource.venue.currency)
    done = await guests.book(wish, card=card, at=at, seen_cents=seen)
    _note(request, wanted, occupancy.BOOKED)
    done.member = await done.member
    path = await guests.page_path(done)
    if done.waits_for_card:
        return await paying.to_the_page(request, done, back=path)
    if done.state == "confirmed":
        flash(request, "success", _("Booked. A mail with the way to this page is on its way."))
    elif done.state == "held":
        flash(
            request,
            "success",
            _("Asked for. The house will answer, and the time is kept for you until then."),
        )
    return redirect_to(request, path)


async def link(request: Request) -> Response:
    """The link of the mail: programs that follow links press no buttons."""
    try:
        wish = await guests.of_link(request.path_params["token"], session.at(request))
    except LinkUsed as refusal:
        return page(request, "guests/link_used.html", 410, refusal=refusal)
    wanted = _of(wish)
    return page(request, "guests/link.html", wish=wish, resource=wanted.resource, venue=wanted.resource.venue,
                when=i18n.span(wish.begins_at, wish.ends_at, wanted.resource.venue.zone, "full"))  # fmt: skip


async def use_link(request: Request) -> Response:
    await sign_in.count_address(request, "guest")
    try:
        wish = await guests.prove_by_link(
            request.path_params["token"], browser=session.browser(request), at=session.at(request)
        )
    except LinkUsed as refusal:
        return page(request, "guests/link_used.html", 410, refusal=refusal)
    return redirect(request, "guest_confirm", sign_in_id=wish.sign_in_id)


async def _waiting(request: Request) -> GuestWish:
    return await guests.waiting(
        request.path_params["sign_in_id"], browser=session.browser(request), at=session.at(request)
    )


def _of(wish: GuestWish) -> Wanted:
    return Wanted(wish.resource, TimeSpan(wish.begins_at, wish.ends_at), wish.people, wish.quantity)


def _confirm_page(request: Request, form: Form[Any], wish: GuestWish, wanted: Wanted) -> Response:
    resource = wanted.resource
    return page(
        request,
        "guests/confirm.html",
        status=form.status,
        form=form,
        wish=wish,
        resource=resource,
        venue=resource.venue,
        **summary(wanted, session.at(request), typed=True),
    )


# --- the price, and no with what would work ----------------------------------------------------------


async def price(wanted: Wanted, *, at: datetime, keep: bool = False) -> None:
    """The offer for somebody outside, and the first rule that says no (`keep`: another refusal stands already)."""
    resource = wanted.resource
    who = guests.stranger(at)
    counts: Any = {"people": wanted.people, "quantity": wanted.quantity}
    card = payments.by_card(resource.venue.entity, resource.venue.currency)
    wanted.offer = await reservations.offer(resource.id, wanted.span, by=who, at=at, card=card, **counts)
    if keep or wanted.refusal is not None or not wanted.offer.refusals:
        return
    first = wanted.offer.refusals[0]
    if first.code == "payment_needed":
        first = guests.NoCards(resource=i18n.name_of(resource))
    elif first.code != "members_only":
        first = await reservations.with_alternatives(first, resource, wanted.span, who, at=at, **counts)
    wanted.refusal = first


def _note(request: Request, wanted: Wanted, no: str | list[Refused]) -> None:
    """Somebody without an account asked for this: an address of the net."""
    occupancy.note(wanted.resource, wanted.span, no, who=session.asker(request, None), at=session.at(request))


def _as_seen(wanted: Wanted, seen: int | None) -> None:
    """Raises the rule that says no, or PriceMoved where it costs more than what stood beside the button."""
    if wanted.refusal is not None:
        raise wanted.refusal
    if wanted.offer and wanted.offer.quote:
        reservations.check_seen(wanted.offer.quote, seen)


def summary(wanted: Wanted, at: datetime, *, typed: bool) -> dict[str, Any]:
    """What templates show of it. `typed`: alternatives are buttons that take along what was typed, not links."""
    zone, offer = wanted.resource.venue.zone, wanted.offer
    quote = offer.quote if offer else None
    shown: dict[str, Any] = {
        "when": i18n.span(wanted.span.begins_at, wanted.span.ends_at, zone, "full"),
        "long": wording.how_long(wanted.span.minutes),
        "since": _moments(wanted.span)["from"],
        "until": _moments(wanted.span)["until"],
        "people": wanted.people,
        "quantity": wanted.quantity,
        "priced": prices.priced(quote, quantity=wanted.quantity, gross=True) if quote else None,
        "cancelling": [],
        "card": by_card.words(wanted, offer, at),
        "no": None,
        "typed": typed,
    }
    if quote and offer and offer.terms:
        shown["cancelling"] = prices.cancelling(offer.terms, quote.total_cents, quote.currency, zone, at=at)
    if (refusal := wanted.refusal) is not None:
        shown["no"] = {
            "sentence": refusal.sentence,
            "rule": refusal.rule_sentence,
            "others": [_way(each, wanted) for each in refusal.alternatives],
            "links": _links(refusal, wanted),
        }
    return shown


def _way(each: Any, wanted: Wanted) -> tuple[str, str, str]:
    """(label, value of the button, address of the link) of another time or place."""
    label, _address = offering.alternative_link(each, blank(), wanted.span)
    span = TimeSpan(each.begins_at, each.ends_at)
    address = url(
        "guest_book", resource_id=each.resource_id, people=wanted.people, quantity=wanted.quantity, **_moments(span)
    )  # fmt: skip
    return label, f"{each.resource_id} {_moments(span)['from']} {_moments(span)['until']}", address


def _links(refusal: Refused, wanted: Wanted) -> list[tuple[str, str]]:
    """Where else to go, as (label, address)."""
    venue, resource = wanted.resource.venue, wanted.resource
    here = url("reserve", resource_id=resource.id, **_moments(wanted.span))
    enter = (_("Sign in to book"), url("sign_in", next=here))
    if isinstance(refusal, MustSignIn):
        return [enter]
    if refusal.code in ("code_spent",):
        return [
            (_("Ask for a new code"), url("guest_book", resource_id=resource.id, **_moments(wanted.span)))
        ]
    if refusal.code in ("members_only", "no_cards", "role_needed", "skill_needed", "too_little_for_card"):
        elsewhere = url("search", where=venue.city, group=resource.group)
        return [
            (_("Find another space"), elsewhere),
            (_("Ask the house"), url("venue", key=venue.key)),
            enter,
        ]
    if not refusal.alternatives and refusal.code not in ("code_wrong", "price_moved"):
        return [(_("Choose another time"), here)]
    return []


async def other(text: str) -> tuple[Any, TimeSpan] | None:
    """The resource and span that a button's value names; None for what cannot be read. Raises NotFound."""
    parts = text.split(" ")
    if len(parts) != 3 or not parts[0].isdecimal() or len(parts[0]) > 9:
        return None
    span = moments_of(parts[1], parts[2])
    return (await places.resource(int(parts[0])), span) if span else None


def _moments(span: TimeSpan) -> dict[str, str]:
    return {"from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}", "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}"}
