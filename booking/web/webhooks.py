"""Webhooks: the addresses that a member has told, each with its deliveries, answers and "send again"."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from booking import webhooks
from booking.errors import NotFound, Refused
from booking.forms import Form, Line, Shape, blank, read, wrong
from booking.i18n import _, lazy, name_of
from booking.members import Member
from booking.web import session
from booking.web.pages import flash, page, redirect, url
from booking.webhooks import WebhookEndpoint

SHOW_SECRET = "webhook_secret"  # noqa: S105  the name of a cookie
SHOW_SECONDS = 300


def _known(name: str) -> str:
    if name not in webhooks.EVENTS:
        raise wrong(lazy("Choose one of the values on offer."))
    return name


Name = Annotated[str, AfterValidator(_known)]


class Wish(Shape):
    """An endpoint as it is typed. `of` is 'member', 'venue:12' or 'entity:3'."""

    name: Line = Field(max_length=80)
    url: Line = Field(max_length=500)
    of: Line = Field("member", max_length=40, pattern="^(member|(venue|entity):[0-9]{1,9})$")
    events: list[Name] = Field(min_length=1, max_length=40)


class Shown(Shape):
    """Which deliveries."""

    state: Literal["", "waiting", "sent", "parked"] = ""
    before: int | None = Field(None, ge=0, le=2**53)


async def index(request: Request) -> Response:
    member = await session.signed_in(request)
    return await _index(request, member, blank(of="member", events=["reservation.confirmed"]))


async def create(request: Request) -> Response:
    member = await session.acting_for_long(request)
    form, at = await read(request, Wish), session.at(request)
    if form.valid:
        wish = form.value
        kind, place = await _place(member, wish.of, request)
        try:
            made = await webhooks.make(
                member, name=wish.name, url=wish.url, names=wish.events, kind=kind, place=place, at=at
            )
            _show_secret_once(request, made)
            return redirect(request, "webhook", webhook_id=made.id)
        except webhooks.NotAllowed as refusal:
            form.wrong("url", refusal.sentence)
        except Refused as refusal:
            form.refuse(refusal)
    return await _index(request, member, form)


async def show(request: Request) -> Response:
    """One endpoint: its deliveries, newest first."""
    member, found = await _found(request)
    form = blank(name=found.name, url=found.url, events=list(found.events))
    return await _show(request, member, found, form)


async def save(request: Request) -> Response:
    member, found = await _found(request)
    form = await read(request, Wish, of="member")
    if form.valid:
        wish = form.value
        try:
            await webhooks.change(
                found.id, by=member, name=wish.name, url=wish.url, names=wish.events, at=session.at(request)
            )
            flash(request, "success", _("Saved."))
            return redirect(request, "webhook", webhook_id=found.id)
        except webhooks.NotAllowed as refusal:
            form.wrong("url", refusal.sentence)
    return await _show(request, member, found, form)


async def switch(request: Request) -> Response:
    """On where it was off, and the other way round, as the button said."""
    member, found = await _found(request)
    on = {"on": True, "off": False}.get(request.path_params["how"])
    if on is None:
        raise NotFound
    await webhooks.switch(found.id, on, by=member, at=session.at(request))
    flash(request, "success", _("Switched on.") if on else _("Switched off."))
    return redirect(request, "webhook", webhook_id=found.id)


async def test(request: Request) -> Response:
    member, found = await _found(request)
    await webhooks.send_test(found.id, by=member, at=session.at(request))
    flash(request, "success", _("A test event is on its way. Load this page again in a few seconds."))
    return redirect(request, "webhook", webhook_id=found.id)


async def again(request: Request) -> Response:
    member, found = await _found(request)
    await webhooks.send_again(found.id, request.path_params["delivery_id"], by=member, at=session.at(request))
    flash(request, "success", _("It is on its way again."))
    return redirect(request, "webhook", webhook_id=found.id)


async def new_secret(request: Request) -> Response:
    member, found = await _found(request)
    made = await webhooks.new_secret(found.id, by=member, at=session.at(request))
    _show_secret_once(request, made)
    return redirect(request, "webhook", webhook_id=found.id)


async def remove(request: Request) -> Response:
    member, found = await _found(request)
    await webhooks.remove(found.id, by=member, at=session.at(request))
    flash(request, "success", _("Removed. It hears nothing any more."))
    return redirect(request, "webhooks")


async def _found(request: Request) -> tuple[Member, WebhookEndpoint]:
    member = await session.acting_for_long(request)
    return member, await webhooks.endpoint(request.path_params["webhook_id"], by=member)


async def _place(member: Member, of: str, request: Request) -> tuple[str, Any]:
    kind, _colon, id = of.partition(":")
    if kind == "member":
        return kind, None
    for known, place in await webhooks.places_of(member, session.at(request)):
        if known == kind and place.id == int(id):
            return kind, place
    raise NotFound


def _show_secret_once(request: Request, endpoint: WebhookEndpoint) -> None:
    """Only the browser knows on the way that the next page shows the secret; the cookie names the endpoint."""
    session.set_cookie(session.visit_of(request), SHOW_SECRET, _mark(endpoint), seconds=SHOW_SECONDS)


def _mark(endpoint: WebhookEndpoint) -> str:
    # Of the very secret, so that an old cookie does not show a new one.
    return webhooks.secret_of(endpoint)[-12:]


async def _index(request: Request, member: Member, form: Form[Any]) -> Response:
    places = await webhooks.places_of(member, session.at(request))
    choices = [("member", _("My own bookings"))]
    choices += [(f"{kind}:{place.id}", _label(kind, place)) for kind, place in places]
    return page(
        request,
        "settings/webhooks.html",
        form.status,
        form=form,
        endpoints=[(each, _of(each)) for each in await webhooks.of(member)],
        choices=choices,
        events=_events(),
    )


async def _show(request: Request, member: Member, found: WebhookEndpoint, form: Form[Any]) -> Response:
    wish = await read(request, Shown) if request.method == "GET" else blank()
    state, before = (wish.value.state, wish.value.before) if wish.valid else ("", None)
    rows = await webhooks.deliveries(found, state=state, before=before, most=51)
    visit, secret = session.visit_of(request), ""
    if mark := visit.cookies.get(session.cookie_name(SHOW_SECRET), ""):
        session.set_cookie(visit, SHOW_SECRET, "", seconds=0)
        secret = webhooks.secret_of(found) if mark == _mark(found) else ""
    views = [("", _("All")), ("waiting", _("Waiting")), ("sent", _("Sent")), ("parked", _("Put aside"))]
    return page(
        request,
        "settings/webhook.html",
        form.status if form.status != 200 else wish.status,
        endpoint=found,
        of=_of(found),
        form=form,
        secret=secret,
        header=webhooks.HEADER,
        rows=rows[:50],
        views=[
            (words, url("webhook", webhook_id=found.id, state=name or None), name == state)
            for name, words in views
        ],
        older=url("webhook", webhook_id=found.id, state=state or None, before=rows[49].id)
        if len(rows) > 50
        else None,
        newest=url("webhook", webhook_id=found.id, state=state or None) if before else None,
        events=_events(),
    )


def _events() -> list[tuple[str, str]]:
    return [(name, str(words)) for name, words in webhooks.EVENTS.items()]


def _of(endpoint: WebhookEndpoint) -> str:
    if endpoint.kind == "member":
        return _("My own bookings")
    return _label(endpoint.kind, endpoint.venue if endpoint.kind == "venue" else endpoint.entity)


def _label(kind: str, place: Any) -> str:
    if kind == "venue":
        return f"{place.city}: {name_of(place)}"
    return _("All of %(entity)s") % {"entity": place.name}
