"""The dates of a series: pure. A rule is an RRULE (RFC 5545, 3.3.10), its dates are local dates of the venue.

The hour is kept on the wall clock: 10:00 stays 10:00 through every change of the clocks, and an hour that does not
exist on one of the dates is refused for that date alone.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking import i18n
from booking.i18n import gettext as _
from booking.reservations import refusals as no
from booking.timespan import NoSuchTime, TimeSpan, wall_or_next, wall_to_utc

EVERY = ("day", "workday", "week", "two_weeks", "month")
# A year of weeks. Each date is priced, asked about and claimed as a booking of its own in one transaction, and a person
# reads the whole list before pressing; whoever needs more makes the next series when this one ends.
DATES_MAX = 52
# So far the dates are looked for: monthly ones are the farthest apart, and five weeks at most.
DAYS_MAX = DATES_MAX * 35
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEPS = {"day": "DAILY", "workday": "WEEKLY", "week": "WEEKLY", "two_weeks": "WEEKLY", "month": "MONTHLY"}


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often, and until when: `times` dates, or those up to and with `until` (exactly one of the two).

    'month' means the same weekday of the month: the second Tuesday; what is the fifth is the last.
    """

    every: str
    until: date | None = None
    times: int | None = None

    def dates(self, first: date) -> list[date]:
        """The local dates, in order, from `first` on, which is one of them unless it is no working day.

        Raises TooManyDates.
        """
        found: list[date] = []
        day = first
        while (day - first).days <= DAYS_MAX:
            if self.until is not None and day > self.until:
                return found
            if self._meets(first, day):
                found.append(day)
                if len(found) > DATES_MAX:
                    break
                if len(found) == self.times:
                    return found
            day += timedelta(days=1)
        raise no.TooManyDates(most=DATES_MAX)

    def _meets(self, first: date, day: date) -> bool:
        apart = (day - first).days
        if self.every == "day":
            return True
        if self.every == "workday":
            return day.weekday() < 5
        if self.every in ("week", "two_weeks"):
            return apart % (7 if self.every == "week" else 14) == 0
        return day.weekday() == first.weekday() and _place_in_month(day, _nth(first))

    def rule(self, first: date) -> str:
        """The RRULE, whose DTSTART is `first`."""
        weekday = WEEKDAYS[first.weekday()]
        by_day = {"day": "", "workday": ",".join(WEEKDAYS[:5]), "month": f"{_nth(first)}{weekday}"}
        parts = [f"FREQ={_STEPS[self.every]}"]
        if self.every == "two_weeks":
            # Counted from the first date's week, wherever a week begins.
            parts += ["INTERVAL=2"]
        if days := by_day.get(self.every, weekday):
            parts.append(f"BYDAY={days}")
        parts.append(f"UNTIL={self.until:%Y%m%d}" if self.until else f"COUNT={self.times}")
        return ";".join(parts)


def read_rule(rule: str) -> Repeat:
    """The rule that `Repeat.rule` wrote. Raises ValueError for one that is not ours."""
    said = dict(part.split("=", 1) for part in rule.split(";"))
    every = {
        ("DAILY", False): "day",
        ("WEEKLY", False): "workday" if "," in said.get("BYDAY", "") else "week",
        ("WEEKLY", True): "two_weeks",
        ("MONTHLY", False): "month",
    }.get((said.get("FREQ", ""), said.get("INTERVAL") == "2"))
    if every is None:
        raise ValueError(f"not a rule of ours: {rule}")
    until = date.fromisoformat(said["UNTIL"]) if "UNTIL" in said else None
    return Repeat(every, until, int(said["COUNT"]) if "COUNT" in said else None)


def words(every: str, first: date) -> str:
    """How often, in the language spoken here: 'every Tuesday'."""
    weekday = i18n.weekday_name(first)
    if every == "day":
        return _("every day")
    if every == "workday":
        return _("every working day")
    if every == "week":
        return _("every %(weekday)s") % {"weekday": weekday}
    if every == "two_weeks":
        return _("every two weeks, on %(weekday)s") % {"weekday": weekday}
    said = {
        1: _("every month, on the first %(weekday)s"),
        2: _("every month, on the second %(weekday)s"),
        3: _("every month, on the third %(weekday)s"),
        4: _("every month, on the fourth %(weekday)s"),
        -1: _("every month, on the last %(weekday)s"),
    }
    return said[_nth(first)] % {"weekday": weekday}


def _nth(day: date) -> int:
    """Which one of its weekday the day is in its month, from 1; the fifth is told as the last, -1."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth < 5 else -1


def _place_in_month(day: date, nth: int) -> bool:
    if nth == -1:
        return day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1 == nth


@dataclass(frozen=True, slots=True)
class Wall:
    """A span as the clock on the wall shows it, on whatever date: minutes past the midnight of its first day.

    `days`: so many days later it ends, where that day's own midnight is counted from. `later` and `ends_later`: the
    second of two equal times, in the night in which the clocks are put back.
    """

    begins: int
    ends: int
    days: int = 0
    later: bool = False
    ends_later: bool = False

    def on(self, day: date, zone: str) -> TimeSpan:
        """The span on this date. Raises NoSuchHour, where the clocks jump over its beginning or its end."""
        last = day + timedelta(days=self.days)
        found: list[datetime] = []
        for each, minutes, later in ((day, self.begins, self.later), (last, self.ends, self.ends_later)):
            try:
                found.append(wall_to_utc(each, minutes, zone, later=later))
            except NoSuchTime:
                shown = each + timedelta(days=minutes // 1440)
                clock = f"{minutes % 1440 // 60:02}:{minutes % 60:02}"
                raise no.NoSuchHour(time=clock, day=shown, zone=zone) from None
        if found[1] <= found[0]:  # a quarter before the clocks go back, until a quarter after
            raise no.NoSuchHour(time=f"{self.ends % 1440 // 60:02}:{self.ends % 60:02}", day=last, zone=zone)
        return TimeSpan(*found)

    def nearest(self, day: date, zone: str) -> TimeSpan:
        """The span on this date, or the next one that exists."""
        begins_at = wall_or_next(day, self.begins, zone, later=self.later)
        ends_at = wall_or_next(day + timedelta(days=self.days), self.ends, zone, later=self.ends_later)
        least = timedelta(minutes=max(15, self.ends + self.days * 1440 - self.begins))
        return TimeSpan(begins_at, ends_at if ends_at > begins_at else begins_at + least)
