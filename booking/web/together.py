"""The part of the booking form that books several at once: the dates of a series, and equipment beside a room.

Each date that does not work has a choice of its own (`on-2026-12-01`): another hour, another room, without the
equipment, or to leave it out; `clashing` settles all others of them at once. Nothing is booked until every one of them
works or is left out, and then all of it is, by one press. Which other hour or room the nearest was, the form says
(`near-2026-12-01`): what nobody has seen is not booked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from booking import occupancy, places, reservations
from booking.errors import Refused
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.members import Member
from booking.reservations import Choice, Clash, Extra, Repeat, Wall, Wish
from booking.reservations import refusals as no
from booking.timespan import TimeSpan, local_day
from booking.web import extras, offering, session
from booking.web.among import left_out_words
from booking.web.offering import Asked
from booking.web.pages import flash, redirect
from booking.web.wall_times import LONGEST_DAYS


@dataclass
class Basket:
    """What several are asked for by the form. `chosen` is what was settled for dates that did not work, one by one;
    `nearest` what stood there for the others, where the nearest of each is wanted."""

    id: UUID
    days: list[date]
    wall: Wall
    repeat: Repeat | None
    extras: list[Extra]
    chosen: dict[date, Choice]
    nearest: dict[date, Choice]
    clashing: str = ""

    def wishes(self, asked: Asked, *, settled: bool) -> list[Wish]:
        wish = asked.form.value
        return reservations.wishes(
            self.id,
            self.days,
            self.wall,
            resource_id=asked.resource.id,
            zone=asked.dial.zone,
            people=offering.people(asked.resource, wish),
            quantity=wish.quantity,
            chosen=self.nearest | self.chosen if settled else None,
            extras=self.extras,
        )


def repeats(day: date) -> list[tuple[str, str]]:
    """(value, words) of how often, for a series that begins on this day."""
    return [(every, capital(reservations.repeat_words(every, day))) for every in reservations.EVERY]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- reading -----------------------------------------------------------------------------------------


async def basket_of(asked: Asked) -> Basket | None:
    """Several, if the form asks for several; complaints go onto the form."""
    form = asked.form
    if not form.valid or asked.span is None or asked.booker is None:
        return None
    wish = form.value
    along = extras.chosen(form)
    if not form.valid or (wish.repeat is None and not along):
        return None
    days, repeat = [wish.day], None
    if wish.repeat:
        repeat = Repeat(wish.repeat, wish.repeat_until, None if wish.repeat_until else wish.repeat_times)
        name = "repeat_until" if wish.repeat_until else "repeat_times"
        try:
            days = repeat.dates(wish.day)
        except no.TooManyDates as many:
            form.wrong(name, many.sentence)
            return None
        if len(days) < 2:
            form.wrong(name, _("That is not more than one date. Choose a later day."))
            return None
    last = wish.last_day or wish.day
    wall = Wall(
        wish.begins.minutes,
        wish.ends.minutes,
        (last - wish.day).days,
        wish.begins.later,
        wish.ends.later,
    )
    clashing = (wish.clashing or "") if repeat else ""
    chosen = _chosen(asked, days)
    nearest = _chosen(asked, days, "near") if clashing == reservations.NEAREST else {}
    asked_for = {each.resource_id for each in along}
    rooms = {choice.resource_id for choice in (*chosen.values(), *nearest.values())}
    others = (asked_for | rooms) - {asked.resource.id}
    strangers = others - await places.published_of(asked.resource.venue_id, others) if others else set()
    if strangers & asked_for:
        form.wrong("extra", _("Choose from the list."))
        return None
    # What is no space of this house was never offered.
    chosen, nearest = (
        {day: choice for day, choice in each.items() if choice.resource_id not in strangers}
        for each in (chosen, nearest)
    )
    return Basket(wish.id, days, wall, repeat, along, chosen, nearest, clashing)


def _chosen(asked: Asked, days: list[date], name: str = "on") -> dict[date, Choice]:
    """What was settled, by date. What cannot be read says nothing."""
    found = {}
    for day in days:
        typed = str(asked.form.values.get(f"{name}-{day}", ""))
        if choice := read_choice(typed, day, asked.resource.id, asked.dial.zone):
            found[day] = choice
    return found


def read_choice(typed: str, day: date, resource_id: int, zone: str) -> Choice | None:
    """'skip', or '12@2026-12-01T09:00Z/2026-12-01T11:00Z' with ' alone' where nothing is taken along."""
    if typed == "skip":
        return Choice(resource_id, None)
    told = re.fullmatch(r"(\d{1,9})@([0-9T:-]{16})Z/([0-9T:-]{16})Z( alone)?", typed)
    if not told:
        return None
    try:
        span = TimeSpan(*(datetime.fromisoformat(f"{text}+00:00") for text in told.group(2, 3)))
        # Another hour of the same date; what lies elsewhere, or lasts for years, was never offered.
        offered = local_day(span.begins_at, zone) == day and span.duration <= timedelta(days=LONGEST_DAYS)
    except (ValueError, OverflowError):  # no such time, or one that no clock of the zone shows
        return None
    return Choice(int(told[1]), span, bool(told[4])) if offered else None


def written(resource_id: int, span: TimeSpan, *, alone: bool = False) -> str:
    """What `read_choice` reads."""
    both = f"{span.begins_at:%Y-%m-%dT%H:%M}Z/{span.ends_at:%Y-%m-%dT%H:%M}Z"
    return f"{resource_id}@{both}{' alone' if alone else ''}"


# --- booking -----------------------------------------------------------------------------------------


async def book(request: Request, asked: Asked, by: Member) -> Response:
    """All of it or nothing. Raises Refused."""
    basket: Basket = asked.basket
    wish, at = asked.form.value, session.at(request)
    if wish.activity == 0:
        raise no.SeriesByCard()
    who = session.asker(request, asked.booker)
    try:
        made = await reservations.reserve_together(
            basket.id,
            basket.wishes(asked, settled=True),
            by=by,
            at=at,
            venue_id=asked.resource.venue_id,
            repeat=basket.repeat,
            first_on=wish.day,
            activity_id=asked.activity_id,
            for_member=asked.booker,
            title=wish.title,
            note=wish.note,
            seen_cents=wish.seen,
            overrides=wish.aside,
            override_reason=wish.aside_reason,
            clashing=basket.clashing if basket.clashing == reservations.LEAVE_OUT else "",
        )
    except no.DatesClash as clash:
        _turned_away(asked, clash.clashes, who=who, at=at)
        raise
    _turned_away(asked, made.clashes, who=who, at=at)
    for one in made.reservations:
        if one.resource_id == asked.resource.id:
            occupancy.note(asked.resource, one.span, occupancy.BOOKED, who=who, at=at)
    _say(request, made)
    return redirect(request, "reservation", reservation_id=made.reservations[0].id)


def _turned_away(asked: Asked, clashes: Sequence[Clash], *, who: str, at: datetime) -> None:
    for each in clashes:
        if each.wish.span and each.wish.resource_id == asked.resource.id:
            occupancy.note(asked.resource, each.wish.span, [each.refusal], who=who, at=at)


def _say(request: Request, made: reservations.Made) -> None:
    dates = sum(each.beside_id is None for each in made.reservations)
    held = made.reservations[0].state == "held"
    if dates == 1 and held:
        said = _("Asked for. The house will answer, and the time is kept for you until then.")
    elif dates == 1:
        said = _("Booked. It is in your calendar feed, and a mail is on its way.")
    elif held:
        said = ngettext(
            "Asked for, %(num)d date. The house answers it, and it is kept for you until then.",
            "Asked for, %(num)d dates. The house answers each, and they are kept for you until then.",
            dates,
        )
    else:
        said = ngettext(
            "Booked, %(num)d date. It is in your calendar feed, and a mail is on its way.",
            "Booked, %(num)d dates. They are in your calendar feed, and one mail is on its way.",
            dates,
        )
    said = said % {"num": dates}
    if out := left_out_words(made.left_out()):
        said = f"{said} {out}"
    flash(request, "success", said)


async def refuse(asked: Asked, refusal: Refused) -> None:
    """Put the refusal on the form. Which dates clash, and what would work, stands beside the price."""
    if isinstance(refusal, no.DatesClash):
        # One date is no series: what is wrong with it says more than that it is.
        alone = asked.basket is None or asked.basket.repeat is None
        asked.form.refuse(refusal.clashes[0].refusal if alone and refusal.clashes else refusal)
    else:
        await offering.refuse(asked, refusal)
