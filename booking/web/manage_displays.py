"""The displays of a house: what hangs where, when each last asked; a code for a new one; taking one back."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, occupancy, places
from booking.errors import Refused
from booking.forms import Form, Line, Shape, blank, read
from booking.i18n import gettext as _
from booking.occupancy import Display
from booking.places import Venue
from booking.web import session
from booking.web.manage import house_of, tabs
from booking.web.pages import flash, page, redirect, url

NEW = "new_display"
NEW_SECONDS = occupancy.CODE_MINUTES * 60
# It asks each minute: after five it hangs there without a connection, or without power.
SILENT_SECONDS = 300


class Added(Shape):
    """Where it hangs, and what of: one resource, or the whole house."""

    name: Line = Field(min_length=1, max_length=80)
    resource: int | None = Field(None, ge=1, le=2**31 - 1)


async def index(request: Request) -> Response:
    """All displays of the house, and the form for another one."""
    _member, venue = await house_of(request, managing=True)
    return await _page(request, venue, blank())


async def add(request: Request) -> Response:
    """A new display: on to the page, which shows its pairing code this once."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Added)
    resource = None
    if form.valid and form.value.resource:
        listed = await places.published([venue.id])
        resource = next((each for each in listed if each.id == form.value.resource), None)
        if resource is None:
            form.wrong("resource", _("Choose a space of this house."))
    if form.valid:
        try:
            made, code = await occupancy.add_display(
                venue, resource, form.value.name, by_id=member.id, at=session.at(request)
            )
            return _show_once(request, venue, made, code)
        except Refused as refusal:
            form.refuse(refusal)
    return await _page(request, venue, form)


async def code(request: Request) -> Response:
    """Another pairing code: the first one ran out, or the screen was replaced."""
    member, venue = await house_of(request, managing=True)
    made, digits = await occupancy.new_code(
        venue, request.path_params["display_id"], by_id=member.id, at=session.at(request)
    )
    return _show_once(request, venue, made, digits)


async def revoke(request: Request) -> Response:
    """Take a display back."""
    member, venue = await house_of(request, managing=True)
    gone = await occupancy.revoke_display(
        venue, request.path_params["display_id"], by_id=member.id, at=session.at(request)
    )
    flash(
        request,
        "success",
        _("%(name)s is taken back. Its screen says so within a minute.") % {"name": gone.name},
    )
    return redirect(request, "manage_displays", key=venue.key)


def _show_once(request: Request, venue: Venue, made: Display, code: str) -> Response:
    """Only the browser keeps the code on the way to the page."""
    session.set_cookie(session.visit_of(request), NEW, f"{made.id}.{code}", seconds=NEW_SECONDS, strict=True)
    return redirect(request, "manage_displays", key=venue.key)


def _new(request: Request, listed: list[Display]) -> dict[str, Any] | None:
    """The code that was just made, if the cookie has one of this house that still waits; the cookie goes."""
    visit = session.visit_of(request)
    said = visit.cookies.get(session.cookie_name(NEW), "")
    if not said:
        return None
    session.set_cookie(visit, NEW, "", seconds=0, strict=True)
    found = re.fullmatch(r"(\d{1,9})\.(\d{6})", said, re.ASCII)
    one = next((each for each in listed if found and each.id == int(found[1])), None)
    if found is None or one is None or one.code_expires_at is None or one.code_expires_at <= visit.at:
        return None
    return {"name": one.name, "code": f"{found[2][:3]} {found[2][3:]}"}


async def _page(request: Request, venue: Venue, form: Form[Any]) -> Response:
    at = session.at(request)
    listed = await occupancy.displays_of(venue)
    return page(
        request,
        "manage/displays.html",
        form.status,
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_displays"),
        form=form,
        new=_new(request, listed),
        address=request.url.netloc + url("display"),
        spaces=[(each.id, i18n.name_of(each)) for each in await places.published([venue.id])],
        displays=[_row(each, venue, at) for each in listed],
    )


def _row(each: Display, venue: Venue, at: Any) -> dict[str, Any]:
    waits = each.code_expires_at is not None and each.code_expires_at > at
    silent = each.seen_at is None or (at - each.seen_at).total_seconds() > SILENT_SECONDS
    if each.token_hash is None:
        state, kind, drawing = (
            (_("Waits for its code"), "info", "hourglass")
            if waits
            else (_("Not paired"), "warn", "triangle-alert")
        )
    elif silent:
        state, kind, drawing = _("Silent"), "warn", "triangle-alert"
    else:
        state, kind, drawing = _("On"), "free", "check"
    return {
        "id": each.id,
        "name": each.name,
        "what": i18n.name_of(each.resource) if each.resource else _("The whole house"),
        "language": i18n.LANGUAGES[each.language] if each.paired_at else "",
        "seen": i18n.moment(each.seen_at, venue.zone, "short") if each.seen_at else "",
        "state": (state, kind, drawing),
    }
