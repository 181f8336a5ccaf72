"""The end of one's own account: what goes, what stays, what is in the way; and keeping it after all."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n, leaving
from booking.errors import Refused
from booking.forms import Form, Shape, blank, read
from booking.i18n import _
from booking.members import Member
from booking.web import session
from booking.web.about import contact
from booking.web.pages import flash, page, redirect, url


class Sure(Shape):
    sure: Literal["yes"]


async def show(request: Request) -> Response:
    member = await session.signed_in(request)
    return await _page(request, member, blank())


async def ask(request: Request) -> Response:
    """The account ends in a week."""
    member = await session.signed_in(request)
    form = await read(request, Sure)
    if not form.valid:
        form.errors["sure"] = [_("Tick the box, so that nobody does this by accident.")]
        return await _page(request, member, form)
    try:
        await leaving.ask(member, at=session.at(request))
    except Refused as refusal:
        form.refuse(refusal)
        return await _page(request, member, form)
    return redirect(request, "leave")


async def stay(request: Request) -> Response:
    """It goes on."""
    member = await session.signed_in(request)
    await leaving.stay(member, at=session.at(request))
    flash(request, "success", _("Your account stays."))
    return redirect(request, "settings")


async def _page(request: Request, member: Member, form: Form[Sure]) -> Response:
    standing = await leaving.to_come(member.id, session.at(request))
    return page(
        request,
        "settings/leave.html",
        form.status,
        form=form,
        ends_on=i18n.day(member.leaves_at, "UTC") if member.leaves_at else "",
        standing=[
            (
                f"{i18n.name_of(each.resource)}, {i18n.name_of(each.venue)}",
                i18n.span(each.begins_at, each.ends_at, each.venue.zone),
                url("cancel", reservation_id=each.id),
            )
            for each in standing
        ],
        activities=[one.activity.name for one in await budgets.of(member.id)],
        contact=contact(),
    )
