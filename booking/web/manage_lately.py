"""What was used, no-shows and income, six weeks as a line and by the hour, in words. No requests in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from babel import dates

from booking import i18n
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.occupancy import Figure, SoFar, Week, Weeks
from booking.web import figure_rows as rows

WIDTH, HEIGHT, LEFT, FOOT, TOP = 360, 150, 40, 24, 14
MANY = 20
STEPS = (0.05, 0.1, 0.25, 0.5, 1.0)  # how high the chart goes


@dataclass(frozen=True)
class Lately:
    """A number of today, with that of the week and what it was made from below. Sums of money are wide."""

    label: str
    value: str
    notes: list[str]
    wide: bool = False


def figures(found: SoFar, *, income: bool) -> list[Lately]:
    """What was used, no-shows, and income for those who may see it."""
    shown = [_used(found.today["used"]), _no_shows(found.today["no_show"], found.week["no_show"])]
    if income:
        shown.append(_income(found.today["income"], found.week["income"]))
    return shown


def counted_how(found: SoFar, *, income: bool) -> list[tuple[str, str]]:
    """What each of these figures is, in words, under its name."""
    shown = [(_("Used today"), found.today["used"]), ("", found.today["no_show"])]
    if income:
        shown.append(("", found.today["income"]))
    return [(label or str(one.formula.label), str(one.formula.sentence)) for label, one in shown]


def _used(today: Figure) -> Lately:
    notes = []
    if today.denominator:
        told = {"some": _hours(today.numerator), "all": _hours(today.denominator)}
        notes.append(_("%(some)s of %(all)s hours so far") % told)
    else:
        notes.append(_("nothing could be booked yet today"))
    if today.n:
        notes.append(
            ngettext("%(number)s booking", "%(number)s bookings", today.n) % {"number": i18n.number(today.n)}
        )
    if today.coverage is not None and today.coverage < 1:
        notes.append(_("known for %(share)s") % {"share": i18n.percent(float(today.coverage))})
    return Lately(_("Used today"), rows.value(today), notes)


def _hours(of: Fraction) -> str:
    """Many hours are told whole."""
    return i18n.number(round(of)) if of >= MANY else rows.number(of)


def _no_shows(today: Figure, week: Figure) -> Lately:
    notes = [
        _("of %(due)s due today") % {"due": i18n.number(today.n)}
        if today.n
        else _("nobody was due yet today")
    ]
    if week.n:
        told = {"some": rows.number(week.numerator), "due": i18n.number(week.n)}
        notes.append(_("this week: %(some)s of %(due)s") % told)
    if week.coverage is not None and week.coverage < 1:
        notes.append(_("known for %(share)s") % {"share": i18n.percent(float(week.coverage))})
    return Lately(str(week.formula.label), rows.number(today.numerator) if today.n else "–", notes)


def _income(today: Figure, week: Figure) -> Lately:
    notes = [
        _("this week: %(sum)s") % {"sum": rows.value(week)},
        _("of bookings that began, without VAT"),
    ]
    return Lately(str(today.formula.label), rows.value(today), notes, wide=True)


def weeks(found: Sequence[Week]) -> dict[str, Any] | None:
    """The line of the finished weeks, and a dot for this one; None where nothing was booked in any of them."""
    told = [
        (place, float(each.booked.value)) for place, each in enumerate(found) if each.booked.value is not None
    ]
    if not any(share for _place, share in told):
        return None
    most = max(share for _place, share in told)
    top = next((step for step in STEPS if most <= step), most)
    height = HEIGHT - FOOT

    def x(place: int) -> float:
        return round(LEFT + (WIDTH - LEFT) * (place + 0.5) / len(found), 1)

    def y(share: float) -> float:
        return round(height - (height - TOP) * share / top, 1)

    finished = [(place, share) for place, share in told if place < len(found) - 1]
    last, before = found[-2].booked, found[-3].booked
    return {
        "points": " ".join(f"{x(place)},{y(share)}" for place, share in finished),
        "dots": [(x(place), y(share)) for place, share in told],
        "grid": [(y(top * part / 2), i18n.percent(top * part / 2, 1)) for part in (0, 1, 2)],
        "limit": None,
        "labels": [(x(place), _short_day(each.monday)) for place, each in enumerate(found)],
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "foot": HEIGHT - 6,
        "finding": _("Booked last week: %(last)s. The week before: %(before)s.")
        % {"last": rows.value(last), "before": rows.value(before)},
        "formula": str(last.formula.sentence),
        "rows": [
            [
                i18n.day(each.monday, style="medium"),
                rows.value(each.booked),
                rows.number(each.booked.numerator),
                rows.number(each.booked.denominator),
                i18n.number(each.booked.n),
            ]
            for each in reversed(found)
        ],
    }


def hours(found: Weeks) -> dict[str, Any] | None:
    """The finished weeks by weekday and hour; None where nothing was booked in them."""
    shown = rows.heat(found.hours, relative=True)
    if shown is None:
        return None
    # A night in which one space was booked once is a matter for the report.
    told = [any(cell and cell[0] != "0" for cell in cells) for _hour, cells in shown["rows"]]
    if any(told):
        first, last = told.index(True), len(told) - told[::-1].index(True)
        shown["rows"] = shown["rows"][first:last]
    booked = found.booked
    return shown | {
        "formula": str(booked.formula.sentence),
        "about": _("%(first)s – %(last)s: %(some)s of %(all)s hours, %(share)s.")
        % {
            "first": i18n.day(found.first, style="medium"),
            "last": i18n.day(found.last, style="medium"),
            "some": _hours(booked.numerator),
            "all": _hours(booked.denominator),
            "share": rows.value(booked),
        },
        "n": i18n.number(booked.n),
    }


def _short_day(day: date) -> str:
    """'Apr 5', where the weekday is known."""
    return dates.format_skeleton("MMMd", day, locale=i18n.locale(i18n.language()))
