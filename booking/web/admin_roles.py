"""All roles of the network, for administrators: who has which, where and until when; giving and ending them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, members, places
from booking.errors import NotFound, Refused
from booking.forms import Day, Email, Form, Line, Shape, blank, read
from booking.i18n import gettext as _
from booking.members import ROLES, Role
from booking.places import Entity
from booking.web import session
from booking.web.pages import flash, page, redirect, url
from booking.web.setup_hosts import ROLE_NAMES

PER_PAGE = 50


class Listed(Shape):
    """Whose roles, and which page of them."""

    q: Line = Field(default="", max_length=120)
    page: int = Field(default=1, ge=1, le=10_000)


class Given(Shape):
    """A role as it is given. `scope` is 'entity:KEY' or 'venue:KEY'; empty for everything."""

    email: Email
    kind: Literal["host", "manager", "treasurer", "administrator"]
    scope: Line = Field("", max_length=100)
    ends_on: Day | None = None


async def show(request: Request) -> Response:
    """The roles in force, by e-mail address."""
    await session.administering(request)
    return await _show(request, blank(), await read(request, Listed))


async def give(request: Request) -> Response:
    """Give a role, or another last day."""
    member = await session.administering(request)
    form = await read(request, Given)
    if not form.valid:
        return await _show(request, form, None)
    wish = form.value
    try:
        await members.grant(
            wish.email, wish.kind, wish.scope, ends_on=wish.ends_on, by=member, at=session.at(request)
        )
    except members.roles.ScopeDoesNotFit as refusal:
        form.wrong("scope", f"{refusal.sentence} {refusal.rule_sentence}")
        return await _show(request, form, None)
    except Refused as refusal:
        form.refuse(refusal)
        return await _show(request, form, None)
    flash(request, "success", _("The role is given."))
    return redirect(request, "admin_roles", q=wish.email)


async def end(request: Request) -> Response:
    """End a role, at once."""
    member = await session.administering(request)
    role = await Role.get_or_none(id=request.path_params["role_id"]).select_related(
        "member", "venue", "entity"
    )
    if role is None:
        raise NotFound
    scope = f"venue:{role.venue.key}" if role.venue else f"entity:{role.entity.key}" if role.entity else ""
    try:
        await members.revoke(role.member.email, role.kind, scope, by=member, at=session.at(request))
    except members.roles.NoSuchRole:
        pass  # a second click
    except Refused as refusal:
        form: Form[Any] = blank()
        form.refuse(refusal)
        return await _show(request, form, None)
    flash(request, "success", _("The role is ended."))
    return redirect(request, "admin_roles")


async def _show(request: Request, form: Form[Any], listed: Form[Listed] | None) -> Response:
    wish = listed.value if listed and listed.valid else Listed()
    at = session.at(request)
    every = await members.listed(at, email=wish.q) if "@" in wish.q else await members.listed(at)
    if wish.q and "@" not in wish.q:
        term = wish.q.casefold()
        every = [each for each in every if term in each.member.name.casefold() or term in each.member.email]
    here = every[(wish.page - 1) * PER_PAGE : wish.page * PER_PAGE]

    def link(number: int) -> str:
        return url("admin_roles", q=wish.q or None, page=number if number > 1 else None)

    venues = [each for each in await places.venues() if each.kind == "shared_space"]
    return page(
        request,
        "admin/roles.html",
        form.status if form.status != 200 else listed.status if listed else 200,
        form=form,
        q=wish.q,
        rows=[
            {
                "name": role.member.name,
                "email": role.member.email,
                "role": str(ROLE_NAMES[role.kind]),
                "scope": i18n.name_of(role.venue)
                if role.venue
                else role.entity.name
                if role.entity
                else _("Everything"),
                "until": i18n.day(role.ends_on, style="medium") if role.ends_on else _("no end"),
                "end_url": url("admin_role_end", role_id=role.id),
            }
            for role in here
        ],
        count=len(every),
        kinds=[(kind, ROLE_NAMES[kind]) for kind in ROLES],
        scopes=[
            (
                _("Entities"),
                [(f"entity:{each.key}", each.name) for each in await Entity.all().order_by("name")],
            ),
            (_("Houses"), [(f"venue:{each.key}", i18n.name_of(each)) for each in venues]),
        ],
        number=wish.page,
        prev=link(wish.page - 1) if wish.page > 1 else None,
        next=link(wish.page + 1) if wish.page * PER_PAGE < len(every) else None,
        hint=_(
            "A host or manager has a house or an entity, a treasurer an entity, an administrator nothing."
        ),
    )
