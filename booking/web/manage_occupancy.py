"""How the house is used, for its managers: any period, the whole house or a part of it, as pictures, tables and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from booking import i18n, occupancy, places
from booking.forms import Day, Form, Shape, read
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.places import Venue, wording
from booking.timespan import local_day
from booking.web import figure_rows as rows
from booking.web import session, slow
from booking.web.manage import house_of, tabs
from booking.web.pages import page, url

USUAL_DAYS = 28
AGAIN_SECONDS = 2


class Asked(Shape):
    """From and until which local day, both included; all of the house, one kind, or one resource."""

    first: Day | None = None
    last: Day | None = None
    kind: str | None = None
    resource: int | None = None


async def show(request: Request) -> Response:
    """The report of a period, beside the equal period before."""
    _member, venue = await house_of(request, managing=True)
    today = local_day(session.at(request), venue.zone)
    form = await read(request, Asked)
    resources = await places.published([venue.id])
    wanted = _wanted(form, resources, today)
    report = await _report(request, venue, form, wanted, compare=True)
    if report is slow.WORKING:
        return _still_counting(request, venue, wanted)
    earliest = await occupancy.first_day(venue)
    form.values |= {
        "first": form.values.get("first") or wanted[0],
        "last": form.values.get("last") or wanted[1],
    }
    return page(
        request,
        "manage/occupancy.html",
        status=form.status,
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_occupancy"),
        form=form,
        periods=_periods(venue, form, today, earliest),
        kinds=_kinds(resources),
        resources=[(each.id, i18n.name_of(each)) for each in resources],
        csv=_link(venue, form, *wanted, name="manage_occupancy_csv"),
        report=rows.shown(report) if report else None,
    )


def _still_counting(request: Request, venue: Venue, wanted: tuple[date, date]) -> Response:
    """A year of a large house takes seconds: say so at once, and look again."""
    return page(
        request,
        "manage/occupancy_working.html",
        202,
        headers={"Retry-After": str(AGAIN_SECONDS)},
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_occupancy"),
        again_seconds=AGAIN_SECONDS,
        days=(wanted[1] - wanted[0]).days + 1,
    )


async def as_csv(request: Request) -> Response:
    """Every figure of the report as a file for spreadsheets, with its formula, n and coverage in the same line."""
    _member, venue = await house_of(request, managing=True)
    today = local_day(session.at(request), venue.zone)
    form = await read(request, Asked)
    wanted = _wanted(form, await places.published([venue.id]), today)
    report = await _report(request, venue, form, wanted, compare=False)
    if report is None:
        said = [sentence for sentences in form.errors.values() for sentence in sentences]
        return PlainTextResponse("\n".join(said), status_code=form.status)
    answer = Response(rows.csv_of(report), media_type="text/csv; charset=utf-8")
    name = f"{venue.key}-{report.first}-{report.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wanted(form: Form[Asked], resources: Sequence[Any], today: date) -> tuple[date, date]:
    """The period, the last four weeks where none is asked for; complaints go to the form."""
    first, last = today - timedelta(days=USUAL_DAYS), today - timedelta(days=1)
    if not form.valid:
        return first, last
    asked = form.value
    if asked.kind and asked.kind not in {each.kind for each in resources}:
        form.wrong("kind", lazy("Choose one of the values on offer."))
    if asked.resource and asked.resource not in {each.id for each in resources}:
        form.wrong("resource", lazy("Choose one of the values on offer."))
    last = asked.last or (max(asked.first, last) if asked.first else last)
    first = asked.first or last - timedelta(days=USUAL_DAYS - 1)
    if last < first:
        form.wrong("last", lazy("The last day must not be before the first."))
    return first, last


async def _report(
    request: Request, venue: Venue, form: Form[Asked], wanted: tuple[date, date], *, compare: bool
) -> occupancy.Report | None:
    """The report, or None where the form is not to be answered; a period that is too long is said at its field."""
    if not form.valid:
        return None
    asked = form.value

    async def work() -> occupancy.Report:
        return await occupancy.report(
            venue,
            *wanted,
            at=session.at(request),
            kinds=[asked.kind] if asked.kind else (),
            resource_ids=[asked.resource] if asked.resource else (),
            compare=compare,
        )

    # A page asks again by itself; a file comes when it is ready.
    key = ("occupancy", venue.id, wanted, asked.kind, asked.resource, compare)
    try:
        return await slow.result(key, work, patience=slow.PATIENCE_SECONDS if compare else None)
    except occupancy.TooLong as refusal:
        form.wrong("last", refusal.sentence)
        return None


def _kinds(resources: Sequence[Any]) -> list[tuple[str, str]]:
    return [(kind, wording.kind_name(kind)) for kind in dict.fromkeys(each.kind for each in resources)]


def _periods(
    venue: Venue, form: Form[Asked], today: date, earliest: date | None
) -> list[tuple[str, str, bool]]:
    """Usual periods as chips: (words, address, whether it is shown)."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    wanted = [
        (_("Last four weeks"), today - timedelta(days=USUAL_DAYS), today - timedelta(days=1)),
        (_("Last week"), monday - timedelta(days=7), monday - timedelta(days=1)),
        (_("This week"), monday, monday + timedelta(days=6)),
        (_("Last month"), before, month - timedelta(days=1)),
        (_("This year"), today.replace(month=1, day=1), today),
    ]
    if earliest and earliest < before:
        # The way to what was imported, however long ago it was.
        opening = earliest.replace(day=1)
        closing = (opening + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        wanted.append((_("First month: %(month)s") % {"month": rows.month(opening)}, opening, closing))
    shown = (str(form.values.get("first") or ""), str(form.values.get("last") or ""))
    return [
        (words, _link(venue, form, first, last), shown == (first.isoformat(), last.isoformat()))
        for words, first, last in wanted
    ]


def _link(venue: Venue, form: Form[Asked], first: date, last: date, name: str = "manage_occupancy") -> str:
    kept = {key: form.values.get(key) or None for key in ("kind", "resource")}
    return url(name, key=venue.key, first=first, last=last, **kept)
