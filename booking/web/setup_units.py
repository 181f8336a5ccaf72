"""The units of a house: what there is, its names, out of use; and of what a space is composed."""

from __future__ import annotations

import itertools
import re
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n, places
from booking.errors import Refused
from booking.forms import Form, Line, Shape, blank, check, read
from booking.houses import fields
from booking.houses.changing import resource_of
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.places import Resource, Venue
from booking.web import session
from booking.web.manage import house_of
from booking.web.pages import redirect, url
from booking.web.setup import name_links, refuse, shown, tell

PER_PAGE = 60


class Listed(Shape):
    """Whose units, and which page of them."""

    space: int | None = None
    page: int = Field(1, ge=1, le=10_000)


class Name(Shape):
    """A unit's name."""

    name: Line = Field(min_length=1, max_length=fields.NAME_MAX)


class Composed(Shape):
    """The units that a space takes, and how."""

    takes: Literal["all", "any"]
    units: list[int] = Field(default_factory=list, max_length=190)


class More(Shape):
    """So many new ones."""

    more: int = Field(ge=1, le=100)


async def index(request: Request) -> Response:
    """Every unit with the spaces that take it, each with its name to change."""
    _member, venue = await house_of(request, managing=True)
    return await _index(request, venue, await read(request, Listed))


async def rename(request: Request) -> Response:
    """Give a unit another name."""
    member, venue = await house_of(request, managing=True)
    unit_id = request.path_params["unit_id"]
    form = await read(request, Name)
    if not form.valid:
        return await _index(request, venue, form, wrong_unit=unit_id)
    await houses.rename_unit(venue.id, unit_id, form.value.name, by=member, at=session.at(request))
    await tell(request, venue, _("Saved."))
    return redirect(request, "setup_units", key=venue.key, space=_space(form))


async def take_out(request: Request) -> Response:
    """Take a unit out of use, unless upcoming bookings hold it."""
    member, venue = await house_of(request, managing=True)
    form: Form[Any] = await read(request, Listed)
    try:
        names = await houses.take_out(
            venue.id, request.path_params["unit_id"], by=member, at=session.at(request)
        )
    except Refused as refusal:
        return await _index(request, venue, form, **refuse(form, refusal, venue))
    said = _("Out of use: it is no longer part of %(names)s.") if names else _("It was out of use already.")
    await tell(request, venue, said % {"names": ", ".join(names)} if names else said)
    return redirect(request, "setup_units", key=venue.key, space=_space(form))


async def compose(request: Request) -> Response:
    """Of which units a space is made; halves of a hall may be shared with others."""
    _member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    held = (await places.units_of([resource.id])).get(resource.id, [])
    return await _compose(request, venue, resource, blank(takes=resource.takes, units=held, more=1))


async def save(request: Request) -> Response:
    """Compose the space of the chosen units."""
    member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    form = await read(request, Composed)
    if not form.valid:
        return await _compose(request, venue, resource, form)
    there = (await places.units_of([resource.id])).get(resource.id, [])
    chosen = form.value.units
    # What stays keeps its place; what is new comes after it.
    order = [each for each in there if each in chosen] + [each for each in chosen if each not in there]
    try:
        await houses.set_units(
            venue.id, resource.id, order, form.value.takes, by=member, at=session.at(request)
        )
    except Refused as refusal:
        return await _compose(request, venue, resource, form, **refuse(form, refusal, venue))
    await tell(request, venue, _("Saved."))
    return redirect(request, "setup_compose", key=venue.key, resource_id=resource.id)


async def add(request: Request) -> Response:
    """So many new ones for a space."""
    member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    form = await read(request, More)
    held = (await places.units_of([resource.id])).get(resource.id, [])
    form.values |= {"takes": resource.takes, "units": [str(each) for each in held]}
    if not form.valid:
        return await _compose(request, venue, resource, form)
    try:
        fresh = await houses.add_units(
            venue.id, resource.id, form.value.more, by=member, at=session.at(request)
        )
    except Refused as refusal:
        return await _compose(request, venue, resource, form, **refuse(form, refusal, venue))
    said = ngettext("%(number)s more.", "%(number)s more.", len(fresh)) % {"number": i18n.number(len(fresh))}
    await tell(request, venue, said)
    return redirect(request, "setup_compose", key=venue.key, resource_id=resource.id)


def _counted(name: str) -> str:
    """To sort by: 'Desk 2' comes before 'Desk 10'."""
    return re.sub(r"\d+", lambda number: number[0].zfill(6), name)


async def _index(request: Request, venue: Venue, form: Form[Any], **more: Any) -> Response:
    listed = await houses.units_at(venue.id)
    spaces = await Resource.filter(venue_id=venue.id).order_by("position", "id")
    order = {each.id: place for place, each in enumerate(spaces)}
    # In the order of the spaces that take them; what is out of use comes last.
    listed.sort(
        key=lambda each: (min((order[one.id] for one in each[1]), default=len(order)), _counted(each[0].name))
    )
    space = _space(form)
    if space is not None:
        listed = [each for each in listed if any(one.id == space for one in each[1])]
    number = form.read_value.page if isinstance(form.read_value, Listed) else 1
    here = listed[(number - 1) * PER_PAGE : number * PER_PAGE]
    return shown(
        request,
        "setup/units.html",
        venue,
        "setup_units",
        form,
        units=[
            {
                "unit": unit,
                "spaces": name_links(venue, resources),
                "rename_url": url("setup_unit", key=venue.key, unit_id=unit.id),
                "out_url": url("setup_unit_out", key=venue.key, unit_id=unit.id) if resources else None,
            }
            for unit, resources in here
        ],
        spaces=[(each.id, i18n.name_of(each)) for each in spaces],
        space=space,
        number=number,
        prev=url("setup_units", key=venue.key, space=space, page=number - 1) if number > 1 else None,
        next=url("setup_units", key=venue.key, space=space, page=number + 1)
        if number * PER_PAGE < len(listed)
        else None,
        **more,
    )


def _space(form: Form[Any]) -> int | None:
    """The space whose units are looked at, as the list and its forms carry it."""
    wish = check(Listed, {"space": form.values.get("space") or ""})
    return wish.value.space if wish.valid else None


async def _compose(request: Request, venue: Venue, resource: Any, form: Form[Any], **more: Any) -> Response:
    listed = await houses.units_at(venue.id)

    def others(resources: list[Any]) -> str:
        return ", ".join(i18n.name_of(each) for each in resources if each.id != resource.id)

    def words(unit: Any, resources: list[Any]) -> str:
        names = others(resources)
        return f"{unit.name} ({_('also in %(names)s') % {'names': names}})" if names else unit.name

    held = set((await places.units_of([resource.id])).get(resource.id, []))
    # Its own first, then what could be shared, space by space, and desk 2 before desk 10.
    listed.sort(
        key=lambda each: (
            each[0].id not in held,
            [i18n.name_of(resource) for resource in each[1]],
            re.sub(r"\d+", lambda number: number[0].zfill(6), each[0].name),
        )
    )
    own = [each for each in listed[:190] if each[0].id in held]
    typed = form.values.get("units")
    chosen = {str(each) for each in typed} if isinstance(typed, list) else set()
    # Those of other spaces, space by space: a long house has desks by the dozen.
    shared = [
        (names or _("Of no space"), units, any(str(unit.id) in chosen for unit in units))
        for names, rows in itertools.groupby(listed[len(own) : 190], key=lambda each: others(each[1]))
        for units in [[unit for unit, _resources in rows]]
    ]
    return shown(
        request,
        "setup/compose.html",
        venue,
        "setup_spaces",
        form,
        resource=resource,
        units=[(unit.id, words(unit, resources)) for unit, resources in own],
        shared=shared,
        chosen=chosen,
        ways=[
            {
                "value": "all",
                "label": _("All of them together"),
                "detail": _("A room, or both halves of a hall."),
            },
            {
                "value": "any",
                "label": _("Any of them"),
                "detail": _("Desks, projectors: people ask for so many."),
            },
        ],
        **more,
    )
