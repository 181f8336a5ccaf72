"""Opening hours of the house, or of one space where they differ: a week, and from which day on it holds."""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Any, Literal

from babel import dates
from pydantic import Field, create_model
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n
from booking.errors import NotFound, Refused
from booking.forms import Day, Form, Line, Shape, blank, check, read
from booking.houses.changing import resource_of
from booking.houses.fields import DAY_MINUTES
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.places import Resource, Venue, wording
from booking.timespan import local_day
from booking.web import session
from booking.web.manage import house_of
from booking.web.setup import Confirmed, refuse, saved, shown, tell

SPANS_MAX = 6  # a day
UNREADABLE = lazy("Write times like 09:00-12:30, 13:30-18:00, one after the other.")
WORKING = "working"
SEVERAL = {
    WORKING: range(1, 6),
    "all": range(1, 8),
    "weekend": range(6, 8),
}  # the days that one copies to at once


class _Week(Shape):
    resource: int | None = None
    first: Day
    last: Day | None = None
    confirmed: Confirmed = False


class _Copied(Shape):
    """Which day's hours are wanted on which others. The dates stay as they were typed: nothing is saved."""

    copy_from: int = Field(ge=1, le=7)
    copy_to: Literal["working", "all", "weekend", "1", "2", "3", "4", "5", "6", "7"] = "working"


_DAYS: dict[str, Any] = {f"day_{number}": (Line, Field("", max_length=100)) for number in range(1, 8)}
Week: Any = create_model("Week", __base__=_Week, **_DAYS)
Copied: Any = create_model("Copied", __base__=_Copied, **_DAYS)


class Which(Shape):
    """Whose hours: a space's, or the house's."""

    resource: int | None = None
    confirmed: Confirmed = False


def spans_of(text: str) -> list[tuple[int, int]] | None:
    """'9-12:30, 13:30–18' as minutes past midnight; past midnight where the end comes first. None: not readable."""
    found: list[tuple[int, int]] = []
    parts = [part for part in re.split(r"[,;]| and | & ", text) if part.strip()]
    for part in parts:
        both = re.fullmatch(
            r"\s*(\d{1,2})(?:[:.h](\d{2})?)?\s*(?:-|–|—|to|bis|tot|à|a)\s*(\d{1,2})(?:[:.h](\d{2})?)?\s*",
            part,
        )
        if both is None:
            return None
        opens, closes = (int(both[n]) * 60 + int(both[n + 1] or 0) for n in (1, 3))
        if opens >= DAY_MINUTES or closes > DAY_MINUTES or any(int(both[n] or 0) > 59 for n in (2, 4)):
            return None
        found.append((opens, closes if closes > opens else closes + DAY_MINUTES))
    found.sort()
    if len(found) > SPANS_MAX or any(one[1] > two[0] for one, two in itertools.pairwise(found)):
        return None
    return found


def words_of(spans: list[tuple[int, int]]) -> str:
    """As it stands in the box, whatever clock they read elsewhere: '09:00-12:30, 13:30-18:00'."""
    return ", ".join(f"{_typed(opens)}-{_typed(closes)}" for opens, closes in spans)


def _typed(minutes: int) -> str:
    minutes = minutes if minutes == DAY_MINUTES else minutes % DAY_MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"


async def show(request: Request) -> Response:
    """The weeks that hold now and later, and a form for another one.

    With `copy_from` the form is as it was typed, with one day's hours copied to others.
    """
    _member, venue = await house_of(request, managing=True)
    form = await read(request, Which)
    resource = await _resource(venue, form)
    if "copy_from" in form.values:
        return await _copied(request, venue, resource)
    today = local_day(session.at(request), venue.zone)
    seasons = await houses.timetable(venue.id, resource.id if resource else None, today=today)
    if resource and not seasons:
        seasons = await houses.timetable(venue.id, None, today=today)
    week: dict[int, list[tuple[int, int]]] = {number: [] for number in range(1, 8)}
    for row in seasons[0].rows if seasons else []:
        week[row.weekday].append((row.opens_minute, row.closes_minute))
    typed = {f"day_{number}": words_of(spans) for number, spans in week.items()}
    return await _show(request, venue, resource, blank(first=today, **typed))


async def _copied(request: Request, venue: Venue, resource: Resource | None) -> Response:
    """The form as it was typed, with one day's hours on others too. Nothing is saved."""
    form = await read(request, Copied)
    if form.read_value is not None:
        source, onto = form.value.copy_from, form.value.copy_to
        text = getattr(form.value, f"day_{source}")
        if spans_of(text) is None:
            form.wrong(f"day_{source}", UNREADABLE)
        else:
            form.values |= {f"day_{number}": text for number in SEVERAL.get(onto) or [int(onto)]}
    said = _("Copied. Nothing is saved yet.") if form.valid else str(UNREADABLE)
    return await _show(request, venue, resource, form, copied=said)


async def save(request: Request) -> Response:
    """Let a new week hold from its day on; where upcoming bookings would lie outside, ask first."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Week)
    resource = await _resource(venue, form)
    week: dict[int, list[tuple[int, int]]] = {}
    for number in range(1, 8):
        spans = spans_of(str(form.values.get(f"day_{number}") or ""))
        if spans is None:
            form.wrong(f"day_{number}", UNREADABLE)
        week[number] = spans or []
    typed: Any = form.read_value
    if typed and typed.last and typed.last < typed.first:
        form.wrong("last", lazy("The last day must not be before the first."))
    if not form.valid:
        return await _show(request, venue, resource, form)
    wish = form.value
    try:
        changed = await houses.set_week(
            venue.id, resource.id if resource else None, week, first=wish.first, last=wish.last,
            by=member, at=session.at(request), confirmed=wish.confirmed,
        )  # fmt: skip
    except Refused as refusal:
        return await _show(request, venue, resource, form, **refuse(form, refusal, venue))
    await tell(request, venue, _("Saved.") if changed else _("Nothing was different."))
    return saved(request, form, venue, "setup_hours", resource=resource.id if resource else None)


async def follow(request: Request) -> Response:
    """Take a space's own hours away: it is open when the house is."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Which)
    resource = await _resource(venue, form)
    if resource is not None:
        try:
            await houses.follow_house(
                venue.id, resource.id, by=member, at=session.at(request), confirmed=form.value.confirmed
            )
        except Refused as refusal:
            return await _show(request, venue, resource, form, following=True, **refuse(form, refusal, venue))
        await tell(request, venue, _("It is open when the house is."))
    return saved(request, form, venue, "setup_hours", resource=resource.id if resource else None)


async def _resource(venue: Venue, form: Form[Any]) -> Resource | None:
    """Whose hours the form is about, also where something else in it is wrong. Raises NotFound."""
    which = check(Which, {"resource": form.values.get("resource") or ""})
    if not which.valid:
        raise NotFound
    resource_id = which.value.resource
    return await resource_of(venue, resource_id) if resource_id is not None else None


async def _show(
    request: Request, venue: Venue, resource: Resource | None, form: Form[Any], **more: Any
) -> Response:
    today = local_day(session.at(request), venue.zone)
    seasons = await houses.timetable(venue.id, resource.id if resource else None, today=today)
    names = dates.get_day_names("wide", locale=i18n.locale(i18n.language()))
    named = {number: names[number - 1].capitalize() for number in range(1, 8)}
    brief = dates.get_day_names("abbreviated", locale=i18n.locale(i18n.language()))
    short = {number: brief[number - 1].capitalize() for number in range(1, 8)}
    every = await Resource.filter(venue_id=venue.id).order_by("position", "id")
    return shown(
        request,
        "setup/hours.html",
        venue,
        "setup_hours",
        form,
        resource=resource,
        own=bool(seasons) and resource is not None,
        seasons=[(_season(each.first, each.last, today), wording.hours(each.rows)) for each in seasons],
        days=[(f"day_{number}", names[number - 1]) for number in range(1, 8)],
        copy_from=[(str(number), named[number]) for number in named],
        copy_to=[
            (WORKING, f"{short[1]}–{short[5]}"),
            ("all", _("All days")),
            ("weekend", f"{short[6]}–{short[7]}"),
            *((str(number), named[number]) for number in named),
        ],
        today=today,
        spaces=[(each.id, i18n.name_of(each)) for each in every],
        **more,
    )


def _season(first: date | None, last: date | None, today: date) -> str:
    """'Now', 'until 31 December', 'from 1 January on', 'from 1 July until 31 August'."""
    begun = first is None or first <= today
    values = {
        "first": i18n.day(first, style="medium") if first else "",
        "last": i18n.day(last, style="medium") if last else "",
    }
    if begun:
        return _("Now, until %(last)s") % values if last else _("Now")
    return _("From %(first)s until %(last)s") % values if last else _("From %(first)s on") % values
