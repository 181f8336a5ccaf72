"""An entity's books, for its treasurers and for administrators: its Activities. For all others there is no such page.

Beside this: `books_activity` (one Activity: people, allotments), `books_ledger` (from a total to its transfers) and
`books_checks` (what must always hold).
"""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n
from booking.budgets.statements import defused
from booking.errors import NotFound
from booking.forms import Line, Shape, read
from booking.i18n import gettext as _
from booking.i18n import pgettext
from booking.members import Member
from booking.places import Entity
from booking.timespan import local_day
from booking.web import amounts, session
from booking.web.pages import page, redirect, url

PER_PAGE = 50
CSV_MAX = 100_000


class Listed(Shape):
    """Which Activities, and which page of them."""

    q: Line = Field(default="", max_length=120)
    state: Literal["", "open", "ended"] = ""
    page: int = Field(default=1, ge=1, le=10_000)


async def books_of(request: Request) -> tuple[Member, Entity]:
    """The member and the entity of this address, for those who keep its books. Raises NotFound for others."""
    member = await session.signed_in(request)
    entity = await Entity.get_or_none(key=request.path_params["key"])
    if entity is None or not session.roles(request).keeps_books_of(entity.id):
        raise NotFound
    await session.confirmed(request)
    return member, entity


async def kept_entities(request: Request) -> list[Entity]:
    """The entities whose books this visitor keeps, by name."""
    standing = session.roles(request)
    return [each for each in await Entity.all().order_by("name") if standing.keeps_books_of(each.id)]


def parts(entity: Entity, current: str) -> list[tuple[str, str, bool]]:
    """The parts of the books as links."""
    entries = [("books", _("Activities")), ("ledger", _("Ledger")), ("books_checks", _("Checks"))]
    entries.append(("books_seller", _("On receipts")))
    return [(words, url(name, key=entity.key), name == current) for name, words in entries]


def shown(
    request: Request, template: str, entity: Entity, part: str, status: int = 200, **context: Any
) -> Response:
    """A page of the books."""
    return page(
        request,
        template,
        status,
        entity=entity,
        tabs=parts(entity, part),
        zone=entity.zone,
        as_of=_("As of %(day)s") % {"day": i18n.day(session.at(request), entity.zone, "medium")},
        **context,
    )


async def index(request: Request) -> Response:
    """The entities whose books one keeps; straight into them where there is only one."""
    await session.signed_in(request)
    mine = await kept_entities(request)
    if not mine:
        raise NotFound
    if len(mine) == 1:
        return redirect(request, "books", key=mine[0].key)
    return page(
        request,
        "books/index.html",
        entities=[(each, i18n.country(each.country), url("books", key=each.key)) for each in mine],
    )


async def activities(request: Request) -> Response:
    """The Activities of an entity with what is available in each. A fixed number of queries."""
    _member, entity = await books_of(request)
    form = await read(request, Listed)
    wish = form.value if form.valid else Listed()
    asked: dict[str, Any] = {
        "term": wish.q,
        "state": wish.state,
        "today": local_day(session.at(request), entity.zone),
    }
    found = await budgets.kept_by([entity.id], skip=(wish.page - 1) * PER_PAGE, most=PER_PAGE, **asked)
    count = await budgets.count_kept([entity.id], **asked)

    def link(number: int = 1, name: str = "books", state: str = wish.state) -> str:
        return url(
            name, key=entity.key, q=wish.q or None, state=state or None, page=number if number > 1 else None
        )

    return shown(
        request,
        "books/activities.html",
        entity,
        "books",
        form.status,
        form=form,
        rows=[(each, url("books_activity", key=entity.key, activity_id=each.activity.id)) for each in found],
        left_over=[
            (
                each.name,
                i18n.money(cents, each.account.currency),
                url("books_activity", key=entity.key, activity_id=each.id),
            )
            for each, cents in await budgets.closed_with_money(entity.id)
        ],
        count=count,
        states=[
            (_("All"), link(state=""), wish.state == ""),
            (_("Open"), link(state="open"), wish.state == "open"),
            (_("Ended"), link(state="ended"), wish.state == "ended"),
        ],
        state=wish.state,
        csv_url=link(name="books_csv"),
        number=wish.page,
        prev=link(wish.page - 1) if wish.page > 1 else None,
        next=link(wish.page + 1) if wish.page * PER_PAGE < count else None,
    )


async def as_csv(request: Request) -> Response:
    """The same list, whole, for spreadsheets."""
    _member, entity = await books_of(request)
    form = await read(request, Listed)
    wish = form.value if form.valid else Listed()
    found = await budgets.kept_by(
        [entity.id],
        term=wish.q,
        state=wish.state,
        today=local_day(session.at(request), entity.zone),
        most=CSV_MAX,
    )
    heads = [
        pgettext("of an Activity", "Number"),
        _("Name"),
        _("Currency"),
        _("Balance"),
        _("Reserved"),
        _("Available"),
        _("Ends on"),
    ]
    rows = [
        [
            defused(each.activity.number),
            defused(each.activity.name),
            each.currency,
            *(
                plain(cents, each.currency)
                for cents in (each.balance_cents, each.reserved_cents, each.available_cents)
            ),
            each.activity.ends_on.isoformat() if each.activity.ends_on else "",
        ]
        for each in found
    ]
    return csv_answer(f"activities-{entity.key}", heads, rows, status=form.status)


def csv_answer(name: str, heads: list[str], rows: list[list[Any]], *, status: int = 200) -> Response:
    """A file for spreadsheets (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows(rows)
    return Response(
        out.getvalue(),
        status_code=status,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )


def plain(cents: int, currency: str) -> str:
    """An amount as a plain decimal, the same in every language: '-12.50'."""
    with i18n.speaking("en"):
        return amounts.typed(cents, currency)
