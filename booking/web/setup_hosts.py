"""Who receives people in a house: managers give the role of host, with a last day, and end it."""

from __future__ import annotations

import contextlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, members
from booking.errors import NotFound, Refused
from booking.forms import Day, Email, Form, Shape, blank, read
from booking.i18n import gettext as _
from booking.i18n import lazy, plazy
from booking.members import Role
from booking.places import Venue
from booking.web import session
from booking.web.manage import house_of
from booking.web.pages import redirect, url
from booking.web.setup import shown, tell

ROLE_NAMES = {
    "host": lazy("Host"),
    "manager": plazy("of a house", "Manager"),
    "treasurer": lazy("Treasurer"),
    "administrator": lazy("Administrator"),
}


class Given(Shape):
    """Whom, and until when."""

    email: Email
    ends_on: Day | None = None


async def show(request: Request) -> Response:
    """Who has a role here, where it holds and until when."""
    _member, venue = await house_of(request, managing=True)
    return await _show(request, venue, blank())


async def give(request: Request) -> Response:
    """Make somebody host of this house, or give them another last day."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Given)
    if not form.valid:
        return await _show(request, venue, form)
    try:
        role = await members.grant(
            form.value.email, "host", f"venue:{venue.key}", ends_on=form.value.ends_on,
            by=member, at=session.at(request),
        )  # fmt: skip
    except Refused as refusal:
        form.refuse(refusal)
        return await _show(request, venue, form)
    who = await members.get(role.member_id)
    await tell(request, venue, _("%(name)s is a host here now.") % {"name": who.name})
    return redirect(request, "setup_hosts", key=venue.key)


async def end(request: Request) -> Response:
    """End the role of a host, at once."""
    member, venue = await house_of(request, managing=True)
    role = await Role.get_or_none(
        id=request.path_params["role_id"], venue_id=venue.id, kind="host"
    ).select_related("member")
    if role is None:
        raise NotFound
    with contextlib.suppress(members.roles.NoSuchRole):  # a second click
        await members.revoke(
            role.member.email, "host", f"venue:{venue.key}", by=member, at=session.at(request)
        )
    await tell(request, venue, _("%(name)s is no longer a host here.") % {"name": role.member.name})
    return redirect(request, "setup_hosts", key=venue.key)


async def _show(request: Request, venue: Venue, form: Form[Any]) -> Response:
    listed = await members.roles.at_venue(venue, session.at(request))
    return shown(
        request,
        "setup/hosts.html",
        venue,
        "setup_hosts",
        form,
        hosts=[
            {
                "name": role.member.name,
                "email": role.member.email,
                "role": str(ROLE_NAMES[role.kind]),
                "scope": i18n.name_of(role.venue) if role.venue else role.entity.name,
                "until": i18n.day(role.ends_on, style="medium") if role.ends_on else _("no end"),
                "end_url": url("setup_host_end", key=venue.key, role_id=role.id)
                if role.kind == "host" and role.venue_id == venue.id
                else None,
            }
            for role in listed
        ],
    )
