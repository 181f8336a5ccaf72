"""Closing an Activity, for the treasurer of its entity: what waits for its money, what goes back; and opening it."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n, reservations
from booking.budgets import Activity
from booking.errors import Refused
from booking.forms import Form, Shape, blank, read
from booking.i18n import gettext as _
from booking.places import Entity
from booking.web import session
from booking.web.books import shown
from booking.web.books_activity import kept
from booking.web.pages import flash, redirect, url

CENTS_MAX = 10**15


class Closing(Shape):
    """`seen` is the balance that stood beside the button, in minor units."""

    seen: int = Field(ge=-CENTS_MAX, le=CENTS_MAX)


async def preview(request: Request) -> Response:
    """What closing it would do. Changes nothing."""
    _member, entity, activity = await kept(request)
    return await _show(request, entity, activity, blank())


async def close(request: Request) -> Response:
    """Close it, and give back what is left: 303, 422, or 409 where something waits for its money."""
    member, entity, activity = await kept(request)
    form = await read(request, Closing)
    if form.valid:
        try:
            done = await budgets.close(
                activity.id, seen_cents=form.value.seen, by=member, at=session.at(request)
            )
            flash(request, "success", _("%(name)s is closed.") % {"name": done.name})
            return redirect(request, "books_activity", key=entity.key, activity_id=activity.id)
        except Refused as refusal:
            form.refuse(refusal)
            activity = await budgets.kept(activity.id, by=member, at=session.at(request))
    return await _show(request, entity, activity, form)


async def reopen(request: Request) -> Response:
    """It may pay again."""
    member, entity, activity = await kept(request)
    done = await budgets.reopen(activity.id, by=member, at=session.at(request))
    flash(request, "success", _("%(name)s is open.") % {"name": done.name})
    return redirect(request, "books_activity", key=entity.key, activity_id=activity.id)


async def _show(request: Request, entity: Entity, activity: Activity, form: Form[Any]) -> Response:
    waiting = await reservations.paid_by(activity.id)
    return shown(
        request,
        "books/close.html",
        entity,
        "books",
        form.status,
        activity=activity,
        account=activity.account,
        currency=activity.account.currency,
        form=form,
        waiting=[
            (
                f"{i18n.name_of(each.resource)}, {i18n.name_of(each.venue)}, "
                f"{i18n.span(each.begins_at, each.ends_at, each.venue.zone)}",
                each.member.name,
                each.paid_cents,
                url("books_reservation", key=entity.key, reservation_id=each.id),
            )
            for each in waiting
        ],
        back=url("books_activity", key=entity.key, activity_id=activity.id),
    )
