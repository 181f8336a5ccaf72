"""Days and times as people type them, on the venue's wall clock, and back.

A time in a form is a `Wall`: minutes past the day's midnight, and whether the second of two equal times is meant (the
night in which the clocks are put back). It is written '14:30', '25:00' for one o'clock in the next night, and
'02:30-2' for the second half past two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from booking import i18n, places
from booking.forms import Form, wrong
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.reservations.refusals import NoSuchHour
from booking.timespan import (
    LONGEST_WALL_MINUTES,
    NoSuchTime,
    TimeSpan,
    is_repeated,
    local,
    step_from,
    wall_or_next,
    wall_to_utc,
)

DAY_MINUTES = 24 * 60
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Wall:
    """Minutes past midnight on the wall clock, 0 to 2880. `later`: the second time that the clocks show it."""

    minutes: int
    later: bool = False

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}{'-2' if self.later else ''}"


def parse(text: Any) -> Wall | None:
    """The time that '14:30' or '02:30-2' means; None for anything else."""
    if isinstance(text, Wall):
        return text
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::00)?(-2)?", text) if isinstance(text, str) else None
    if not found or (minutes := int(found[1]) * 60 + int(found[2])) > LONGEST_WALL_MINUTES:
        return None
    return Wall(minutes, bool(found[3]))


def _read(value: Any) -> Wall:
    if (found := parse(value)) is None:
        raise wrong(lazy("This is not a time of day. Write it like 14:30."))
    return found


Clock = Annotated[Wall, BeforeValidator(_read)]


@dataclass(frozen=True, slots=True)
class Dial:
    """The times that a form offers for a resource: wall minutes from `first` to `last` in steps of `raster`.

    `over_days`: bookings may end on another day, which then has a field of its own, and `last` is midnight.
    """

    first: int
    last: int
    raster: int
    over_days: bool
    zone: str

    def begins(self, day: date, typed: str = "") -> list[tuple[str, str]]:
        """(value, words) of the times at which a booking may begin that day, in order."""
        return self._options(day, self.first, self.last - self.raster, typed)

    def ends(self, day: date, typed: str = "") -> list[tuple[str, str]]:
        """(value, words) of the times at which a booking may end, the next night's included."""
        return self._options(day, self.first + self.raster, self.last, typed)

    def is_plain(self, day: date) -> bool:
        """Whether no hour of that day, nor of the night after it, is missing or comes twice."""
        edges = (wall_or_next(day, 0, self.zone), wall_or_next(day, self.last, self.zone))
        return len({local(edge, self.zone).utcoffset() for edge in edges}) == 1

    def _options(self, day: date, first: int, last: int, typed: str) -> list[tuple[str, str]]:
        found: list[tuple[datetime, str, str]] = []
        for minutes in range(first, last + 1, self.raster):
            for later in (False, True):
                try:
                    at = wall_to_utc(day, minutes, self.zone, later=later)
                except NoSuchTime:
                    break
                if later and not is_repeated(at, self.zone):
                    break
                found.append((at, str(Wall(minutes, later)), self._words(at, minutes)))
        options = [(value, words) for _at, value, words in sorted(found)]
        if (kept := parse(typed)) and str(kept) not in {value for value, _words in options}:
            options.append((str(kept), str(kept)))
        return options

    def _words(self, at: datetime, minutes: int) -> str:
        if minutes == DAY_MINUTES:
            return i18n.wall_clock(DAY_MINUTES)
        clock = i18n.clock(at, self.zone)
        return _("%(time)s the next day") % {"time": clock} if minutes > DAY_MINUTES else clock


async def dial_of(resource: Any, *, whole_day: bool = False) -> Dial:
    """The times to offer for a resource: within the week's opening hours, or all day for who may set them aside."""
    return dial_by(await places.hours_of([resource.venue_id]), resource, whole_day=whole_day)


def dial_by(hours: Mapping[Any, Any], resource: Any, *, whole_day: bool = False) -> Dial:
    """`dial_of`, by the weekly hours of its venue."""
    own = hours.get((resource.venue_id, resource.id)) or hours.get((resource.venue_id, None), [])
    raster = resource.raster_minutes
    first = min((row.opens_minute for row in own), default=0) // raster * raster
    last = -(-max((row.closes_minute for row in own), default=DAY_MINUTES) // raster) * raster
    over_days = resource.longest_minutes > DAY_MINUTES or (first == 0 and last >= DAY_MINUTES)
    if over_days:
        first, last = 0, DAY_MINUTES
    elif whole_day:
        first, last = 0, max(last, DAY_MINUTES)
    return Dial(first, max(last, first + raster), raster, over_days, resource.venue.zone)


def typed_from(span: TimeSpan, dial: Dial) -> dict[str, str]:
    """A span as it stands in the form's boxes: day, begins, ends, last_day."""
    begins, ends = local(span.begins_at, dial.zone), local(span.ends_at, dial.zone)
    day = begins.date()
    days = (ends.date() - day).days
    minutes = ends.hour * 60 + ends.minute
    last_day = ""
    if days and minutes == 0 and not ends.fold:
        # Midnight is the end of the day before it, as people say.
        days, minutes = days - 1, DAY_MINUTES
    if dial.over_days and days:
        last_day, days = (day + timedelta(days=days)).isoformat(), 0
    begins_wall = Wall(begins.hour * 60 + begins.minute, _is_later(span.begins_at, begins, dial.zone))
    ends_minutes = min(minutes + days * DAY_MINUTES, LONGEST_WALL_MINUTES)
    return {
        "day": day.isoformat(),
        "begins": str(begins_wall),
        "ends": str(Wall(ends_minutes, _is_later(span.ends_at, ends, dial.zone))),
        "last_day": last_day,
    }


def _is_later(at: datetime, there: datetime, zone: str) -> bool:
    return bool(there.fold) and is_repeated(at, zone)


def span_of(form: Form[Any], dial: Dial) -> tuple[TimeSpan | None, NoSuchHour | None, TimeSpan | None]:
    """The span of a valid form with day, begins, ends and last_day.

    Returns (span, None, None); or nothing but a complaint on the form; or, where a time does not exist that day, the
    refusal and the nearest span that does.
    """
    wish, zone = form.value, dial.zone
    last_day = wish.last_day or wish.day
    if not 0 <= (last_day - wish.day).days <= LONGEST_DAYS:
        form.wrong(
            "last_day", lazy("The last day must not be before the first, and at most a year after it.")
        )
        return None, None, None
    refusal: NoSuchHour | None = None
    found: list[datetime] = []
    for day, wall in ((wish.day, wish.begins), (last_day, wish.ends)):
        try:
            found.append(wall_to_utc(day, wall.minutes, zone, later=wall.later))
        except NoSuchTime as gap:
            refusal = refusal or NoSuchHour(time=str(wall), day=day, zone=zone)
            found.append(step_from(gap.next_at, dial.raster, zone))
    begins_at, ends_at = found
    if refusal:
        wished = max(wish.ends.minutes - wish.begins.minutes, dial.raster)
        ends_at = ends_at if ends_at > begins_at else begins_at + timedelta(minutes=wished)
        return None, refusal, TimeSpan(begins_at, ends_at)
    if ends_at <= begins_at:
        form.wrong("ends", lazy("The end must come after the beginning."))
        return None, None, None
    return TimeSpan(begins_at, ends_at), None, None


def moments_of(text_from: str, text_until: str) -> TimeSpan | None:
    """The span of an address that carries instants, '2026-11-24T13:00Z'; None where they cannot be read."""
    try:
        both = [datetime.fromisoformat(text) for text in (text_from[:40], text_until[:40])]
        return TimeSpan(*both) if all(2000 <= each.year <= 2199 for each in both) else None
    except ValueError:
        return None
