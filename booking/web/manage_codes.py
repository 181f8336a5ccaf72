"""The codes of a house: to print, to make anew, and whether checking in asks for the digits on the display."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, occupancy, places, search
from booking.errors import NotFound
from booking.forms import Shape, read
from booking.i18n import gettext as _
from booking.web import qr, session
from booking.web.manage import house_of, tabs
from booking.web.pages import flash, page, redirect, url


class Renewed(Shape):
    """One resource, or the whole house."""

    resource: int | None = Field(None, ge=1, le=2**31 - 1)


class Proof(Shape):
    """Whether the digits on the display are asked for."""

    wanted: bool = False


async def index(request: Request) -> Response:
    """A card for the door of the house, and for each of its spaces."""
    _member, venue = await house_of(request, managing=True)
    listed = occupancy.pages_of(venue, await places.published([venue.id]))
    return page(
        request,
        "manage/codes.html",
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_codes"),
        cards=[_card(each) for each in listed],
        at_now=session.at(request),
    )


def _card(place: occupancy.Place) -> dict[str, Any]:
    thing = place.resource or place.venue
    path = url("code", token=occupancy.token_of(thing))
    return {
        "name": i18n.name_of(thing),
        "where": i18n.name_of(place.venue) if place.resource else search.city_of(place.venue),
        "resource_id": place.resource.id if place.resource else "",
        "lends": place.resource is not None and place.resource.group == "equipment",
        "path": path,
        "drawing": qr.drawn(path),
    }


async def renew(request: Request) -> Response:
    """Make a code anew, or all of them: the old prints lead nowhere from now on."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Renewed)
    resource = None
    if not form.valid:
        raise NotFound
    if form.value.resource:
        resource = next(
            (each for each in await places.published([venue.id]) if each.id == form.value.resource), None
        )
        if resource is None:
            raise NotFound
    await occupancy.renew(venue, resource, by_id=member.id, at=session.at(request))
    flash(
        request,
        "success",
        _("The code of %(name)s is new. The old print leads nowhere now.") % {"name": i18n.name_of(resource)}
        if resource
        else _("All codes are new. The old prints lead nowhere now."),
    )
    return redirect(request, "manage_codes", key=venue.key)


async def proof(request: Request) -> Response:
    """Ask for the digits on the display, or no longer."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Proof)
    if not form.valid:
        raise NotFound
    await occupancy.ask_for_proof(venue, form.value.wanted, by_id=member.id, at=session.at(request))
    flash(
        request,
        "success",
        _("Checking in asks for the digits on the display now.")
        if form.value.wanted
        else _("Checking in no longer asks for the digits on the display."),
    )
    return redirect(request, "manage_codes", key=venue.key)
