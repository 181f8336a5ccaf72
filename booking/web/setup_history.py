"""The history of a house: who changed what and when, from what to what; as a page, as CSV, and undo."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n
from booking.budgets.statements import defused
from booking.errors import Refused
from booking.forms import Form, Shape, blank, read
from booking.houses import NoLongerFit
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.places import Venue
from booking.timespan import local
from booking.web import session
from booking.web.history_words import detail_of, headline_of
from booking.web.manage import house_of
from booking.web.pages import flash, redirect, url
from booking.web.setup import refuse, shown

PER_PAGE = 50
CSV_MAX = 10_000
KINDS = {
    "": lazy("Everything"),
    "house": lazy("The house"),
    "spaces": lazy("Spaces"),
    "units": lazy("Units"),
    "hours": lazy("Hours and closures"),
    "prices": lazy("Prices"),
    "plans": lazy("Plans"),
    "displays": lazy("Displays"),
    "people": lazy("People"),
}


class Shown(Shape):
    """Which kind of changes, and which page of them."""

    kind: Literal["", "house", "spaces", "units", "hours", "prices", "plans", "displays", "people"] = ""
    page: int = Field(default=1, ge=1, le=10_000)


async def show(request: Request) -> Response:
    """The changes, newest first."""
    _member, venue = await house_of(request, managing=True)
    return await _show(request, venue, await read(request, Shown))


async def as_csv(request: Request) -> Response:
    """The same as a file for spreadsheets, oldest first, times in the venue's zone."""
    _member, venue = await house_of(request, managing=True)
    form = await read(request, Shown)
    kind = form.value.kind if form.valid else ""
    found = await houses.changes(venue.id, kind, at=session.at(request), most=CSV_MAX)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("When"), _("Who"), _("What"), _("Before and after")])
    for each in reversed(found):
        details = "; ".join(
            f"{what}: {before} → {after}" for what, before, after in detail_of(each.event, venue)
        )
        writer.writerow(
            [
                f"{local(each.event.at, venue.zone):%Y-%m-%d %H:%M}",
                defused(_who(each)),
                defused(headline_of(each.event, venue, each.name)),
                defused(details),
            ]
        )
    answer = Response(out.getvalue(), status_code=form.status, media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{venue.key}-history.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def undo(request: Request) -> Response:
    """Take one change back, where that is safe."""
    member, venue = await house_of(request, managing=True)
    try:
        event = await houses.undo(
            venue.id, request.path_params["event_id"], by=member, at=session.at(request)
        )
    except Refused as refusal:
        form: Form[Any] = blank()
        more = refuse(form, refusal, venue)
        if isinstance(refusal, NoLongerFit):
            # Undo never confirms by itself: the page of the change does, with the bookings before one's eyes.
            more = {"held": more["touched"]}
        return await _show(request, venue, form, **more)
    name = await houses.name_of(event)
    flash(request, "success", _("Undone: %(what)s") % {"what": headline_of(event, venue, name)})
    return redirect(request, "setup_history", key=venue.key)


async def _show(request: Request, venue: Venue, form: Form[Any], **more: Any) -> Response:
    wish = form.read_value if isinstance(form.read_value, Shown) else Shown()
    at = session.at(request)
    found = await houses.changes(
        venue.id, wish.kind, at=at, skip=(wish.page - 1) * PER_PAGE, most=PER_PAGE + 1
    )

    def link(kind: str, number: int = 1, name: str = "setup_history") -> str:
        return url(name, key=venue.key, kind=kind or None, page=number if number > 1 else None)

    return shown(
        request,
        "setup/history.html",
        venue,
        "setup_history",
        form,
        changes=[
            {
                "when": i18n.moment(each.event.at, venue.zone),
                "who": _who(each),
                "what": headline_of(each.event, venue, each.name),
                "details": detail_of(each.event, venue),
                "undo": each.event.data.get("undoes") is not None,
                "undo_url": url("setup_undo", key=venue.key, event_id=each.event.id)
                if each.undoable
                else None,
            }
            for each in found[:PER_PAGE]
        ],
        kinds=[(str(words), link(kind), kind == wish.kind) for kind, words in KINDS.items()],
        csv_url=link(wish.kind, name="setup_history_csv"),
        number=wish.page,
        prev=link(wish.kind, wish.page - 1) if wish.page > 1 else None,
        next=link(wish.kind, wish.page + 1) if len(found) > PER_PAGE else None,
        **more,
    )


def _who(each: houses.Change) -> str:
    if each.by:
        return each.by.name
    return _("the screen itself") if each.event.name == "display.paired" else _("an import or a command")
