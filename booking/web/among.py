"""A booking among those made with it: its series with all the dates, the equipment beside it. For its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking import i18n, places, reservations
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.places import wording
from booking.reservations import Family, Reservation
from booking.web.pages import url

OUT_MAX = 8  # dates that were left out, named in a sentence


@dataclass(frozen=True)
class Among:
    """What a booking's page says of those made with it."""

    words: str
    dates: list[dict[str, Any]]
    extras: list[tuple[str, str, str, str, str]]
    room: tuple[str, str] | None
    live: int
    left_out: str = ""


async def among(found: Reservation, at: datetime, zone: str) -> Among | None:
    """None for a booking that stands by itself."""
    theirs = await reservations.family(found)
    if theirs.series is None and not theirs.extras:
        return None
    rooms = {each.resource_id for each in (*theirs.dates, *theirs.extras)} - {found.resource_id}
    spaces = {each.id: each for each in await places.by_ids(sorted(rooms))} if rooms else {}
    names = {id: i18n.name_of(each) for id, each in spaces.items()}
    extras = [
        (
            wording.pieces(spaces[each.resource_id], each.quantity) if each.resource_id in spaces else "",
            url("reservation", reservation_id=each.id),
            each.state,
            i18n.money(each.total_cents, each.currency) if each.live and each.total_cents else "",
            _other_time(each, found, zone),
        )
        for each in theirs.extras
        if each.beside_id == found.id
    ]
    room = None
    if found.beside_id:
        main = await Reservation.get(id=found.beside_id).select_related("resource")
        room = (i18n.name_of(main.resource), url("reservation", reservation_id=main.id))
    dates = [
        {
            "url": url("reservation", reservation_id=each.id),
            "words": i18n.span(each.begins_at, each.ends_at, zone, "short")
            + (f", {names[each.resource_id]}" if each.resource_id in names else ""),
            "state": "past" if each.state == "confirmed" and each.ends_at <= at else each.state,
            "here": each.id == found.id or each.id == found.beside_id,
        }
        for each in theirs.dates
    ]
    live = sum(each.live and each.begins_at > at for each in theirs.dates)
    out: list[date] = []
    if theirs.series is not None:
        booked = {each.series_on for each in theirs.dates}
        out = [day for day in reservations.dates_of(theirs.series) if day not in booked]
    return Among(series_words(theirs), dates, extras, room, live, left_out_words(out))


def left_out_words(days: Sequence[date]) -> str:
    """'Left out: 1 December, 8 December and 3 more.' Empty where none was."""
    if not days:
        return ""
    shown = "; ".join(i18n.day(each, style="short") for each in days[:OUT_MAX])
    more = len(days) - OUT_MAX
    if more <= 0:
        return _("Left out: %(dates)s.") % {"dates": shown}
    said = ngettext("Left out: %(dates)s and %(num)d more.", "Left out: %(dates)s and %(num)d more.", more)
    return said % {"dates": shown, "num": more}


async def beside(found: Reservation, zone: str) -> list[tuple[str, str, str]]:
    """The living equipment taken along with a room, which keeps its own time: (what, when, address)."""
    rows = await Reservation.filter(beside_id=found.id).select_related("resource").order_by("begins_at", "id")
    return [
        (
            wording.pieces(each.resource, each.quantity),
            i18n.span(each.begins_at, each.ends_at, zone, "short"),
            url("reservation", reservation_id=each.id),
        )
        for each in rows
        if each.live
    ]


def _other_time(extra: Reservation, room: Reservation, zone: str) -> str:
    """When it is taken, where that is no longer when the room is."""
    if not extra.live or extra.span == room.span:
        return ""
    return i18n.span(extra.begins_at, extra.ends_at, zone, "short")


def series_words(theirs: Family) -> str:
    """'One of 10: every Tuesday, until 26 January 2027'."""
    if theirs.series is None:
        return ""
    repeat = reservations.read_rule(theirs.series.rule)
    dates = len(theirs.dates)
    last = theirs.dates[-1]
    often = reservations.repeat_words(repeat.every, theirs.series.first_on)
    if dates == 1:
        return often[:1].upper() + often[1:]
    values = {
        "num": dates,
        "often": often,
        "last": i18n.day(last.series_on or theirs.series.first_on, style="medium"),
    }
    return _("One of %(num)d: %(often)s, until %(last)s") % values
