"""Figures in words, as rows, pictures and CSV. No requests in here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from babel import dates

from booking import i18n, money
from booking.budgets.statements import defused
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.occupancy import Figure, Grid, Part, Report
from booking.places import wording
from booking.web import figure_demand, figure_lead

BIG = ("daily_visitors", "booked_utilisation", "used_utilisation", "peak", "no_show", "revpah")
GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        lazy("Time"),
        (
            "booked_utilisation", "held_utilisation", "used_utilisation", "unused", "unbooked_use", "overrun",
            "sold_out", "fragmentation", "desk_occupancy",
        ),
    ),
    (
        lazy("People"),
        (
            "people_now", "daily_visitors", "visitor_share", "peak", "peak_p95", "booked_peak", "empty_spots",
            "empty_spots_min", "dwell", "dwell_median", "seat_fill", "seat_hours", "right_size",
        ),
    ),
    (
        lazy("Bookings"),
        (
            "no_show", "no_show_hours", "ghost", "late_cancel", "cancel_notice", "recovered", "resold", "lead_time_low",
            "lead_time", "lead_time_high", "unmet", "on_the_books", "pick_up",
        ),
    ),
    (
        lazy("Money"),
        ("income", "revpah", "revpash", "revenue_per_desk", "revenue_per_m2", "cash_occupancy", "commons_value"),
    ),
)  # fmt: skip
SOURCES = {
    "booked": lazy("bookings"),
    "checked_in": lazy("check-ins"),
    "presence": lazy("stays"),
    "door": lazy("the door"),
    "wifi": lazy("Wi-Fi"),
    "sensor": lazy("sensors"),
    "staff_count": lazy("counts by the staff"),
    "counted": lazy("people counted"),
    "expected": lazy("people expected"),
    "price": lazy("prices of bookings"),
    "wishes": lazy("searches, quotes and attempts to book"),
}
PARTS = {
    "release": lazy("released"),
    "early_end": lazy("ended early"),
    "late_cancel": lazy("cancelled late"),
    "quarter": lazy("up to a quarter full"),
    "half": lazy("up to half"),
    "three_quarters": lazy("up to three quarters"),
    "full": lazy("up to full"),
    "over": lazy("more than full"),
    "within_15_minutes": lazy("within 15 minutes"),
    "same_hour": lazy("within the hour"),
    "same_day": lazy("the same day"),
    "within_a_week": lazy("within a week"),
    "later": lazy("earlier"),
    "rate_per_booked_hour": lazy("per booked hour"),
    "fees_per_bookable_hour": lazy("fees per bookable hour"),
}
HEAT_STEPS = 6
CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, CHART_FOOT = 720, 220, 40, 24


@dataclass(frozen=True)
class Shown:
    """A figure in words. `share` is 0 to 100 where it is one, for a bar."""

    name: str
    label: str
    value: str
    note: str
    formula: str
    n: str
    coverage: str
    source: str
    parts: str
    before: str
    thin: bool
    known: bool


@dataclass(frozen=True)
class Line:
    """A resource or a kind in the table: hours, shares, and the length of its bar in hundredths."""

    name: str
    booked: str
    bookable: str
    share: str
    bar: int
    used: str
    used_thin: bool
    coverage: str
    sold_out: str
    no_show: str
    n: str
    adds: bool


def words(figure: Figure | None, before: Figure | None = None, *, capacity: int | None = None) -> Shown:
    """A figure with everything that must stand beside it."""
    assert figure is not None
    formula = figure.formula
    note = ""
    if figure.name == "daily_visitors" and capacity and not figure.withheld and figure.value is not None:
        share = i18n.percent(float(figure.value / capacity), 1)
        note = _("of %(places)s places (%(share)s)") % {"places": i18n.number(capacity), "share": share}
    elif figure.name in ("booked_utilisation", "used_utilisation") and figure.value is not None:
        note = _("%(some)s of %(all)s hours") % {
            "some": number(figure.numerator),
            "all": number(figure.denominator),
        }
    elif figure.name == "peak" and capacity and not figure.withheld and figure.value is not None:
        note = _("the house holds %(number)s") % {"number": i18n.number(capacity)}
    return Shown(
        name=figure.name,
        label=str(formula.label),
        value=value(figure),
        note=note,
        formula=str(formula.sentence),
        n=i18n.number(figure.n),
        coverage=i18n.percent(float(figure.coverage)) if figure.coverage is not None else "",
        source=", ".join(str(SOURCES[each]) for each in figure.source if each in SOURCES),
        parts=_parts(figure),
        before=value(before) if before is not None and before.value is not None else "",
        thin=figure.thin,
        known=figure.value is not None and not figure.withheld,
    )


def value(figure: Figure) -> str:
    """The number as the language writes it; a dash where nothing is known."""
    if figure.withheld:
        return _("under five people")
    if figure.value is None:
        return "–"
    return amount(figure.value, figure.formula.unit, figure.currency)


def amount(number_: Fraction, unit: str, currency: str = "") -> str:
    if unit == "share":
        return i18n.percent(float(number_), 1)
    if unit == "money":
        return i18n.money(money.rounded(number_), currency)
    if unit == "hours":
        return _("%(number)s h") % {"number": number(number_)}
    if unit == "minutes":
        return i18n.duration(money.rounded(number_))
    return number(number_)


def number(of: Fraction) -> str:
    """With two digits at the most."""
    return i18n.number(round(float(of), 2))


def _parts(figure: Figure) -> str:
    if not figure.parts or not figure.n or figure.withheld:
        return ""
    unit = {"recovered": "hours", "revpah": "money"}.get(figure.name, "people")
    return " · ".join(
        f"{PARTS.get(name) or figure_demand.REASONS[name]}: {amount(part, unit, figure.currency)}"
        for name, part in figure.parts.items()
    )


def shown(report: Report) -> dict[str, Any]:
    """Everything the page of a report shows."""
    found, before = report.figures, report.before
    return {
        "first": i18n.day(report.first, style="medium"),
        "last": i18n.day(report.last, style="medium"),
        "before": _("%(first)s – %(last)s")
        % {
            "first": i18n.day(report.before_first, style="medium"),
            "last": i18n.day(report.before_last, style="medium"),
        }
        if report.before and report.before_first and report.before_last
        else "",
        "used": report.used,
        "narrowed": report.narrowed,
        "sources": [i18n.said_in(texts) for texts in report.sources],
        "big": _big(report),
        "groups": [
            (str(title), [words(found[name], before.get(name)) for name in names if name in found])
            for title, names in GROUPS
        ],
        "kinds": [line(part) for part in report.kinds],
        "rooms": [line(part) for part in report.rooms],
        "heat": heat(report.grid),
        "leads": figure_lead.shown(report),
        "unmet": figure_demand.shown(report.unmet),
        "visitors": visitors(report),
    }


def _big(report: Report) -> list[Shown]:
    """The cards on top. Of several kinds the one with most hours booked has a card of its own."""
    capacity = report.venue.capacity_people
    cards = [
        words(report.figures[name], report.before.get(name), capacity=capacity)
        for name in BIG
        if name in report.figures
    ]
    if len(report.kinds) > 1:
        fullest = max(report.kinds, key=lambda part: part.figures["booked_utilisation"].numerator)
        booked = fullest.figures["booked_utilisation"]
        if booked.numerator:
            label = _("%(kind)s, booked") % {"kind": wording.kind_name(fullest.kind)}
            place = next(place for place, card in enumerate(cards) if card.name == booked.name)
            cards.insert(place, replace(words(booked), label=label))
    return cards


def line(part: Part) -> Line:
    booked, used = part.figures["booked_utilisation"], part.figures["used_utilisation"]
    sold = part.figures.get("sold_out")
    return Line(
        name=i18n.name_of(part.resource) if part.resource else wording.kind_name(part.kind),
        booked=number(booked.numerator),
        bookable=number(booked.denominator),
        share=value(booked),
        bar=min(100, round(100 * float(booked.value or 0))),
        used=value(used),
        used_thin=used.thin,
        coverage=i18n.percent(float(used.coverage)) if used.coverage is not None else "–",
        sold_out=value(sold) if sold else "–",
        no_show=value(part.figures["no_show"]),
        n=i18n.number(booked.n),
        adds=part.adds,
    )


def heat(grid: Grid, *, relative: bool = False) -> dict[str, Any] | None:
    """The week as a table: rows are hours, columns weekdays; each cell has its number and a step of the ramp, which
    ends at 100 %, or is `relative` to the fullest hour: so also where that is under a half, or all would look alike."""
    busiest = grid.busiest
    if busiest is None:
        return None
    names = dates.get_day_names("wide", context="stand-alone", locale=i18n.locale(i18n.language()))
    short = dates.get_day_names("abbreviated", context="stand-alone", locale=i18n.locale(i18n.language()))
    open_days = [day for day in range(7) if any(cell.bookable for cell in grid.cells[day])]

    weekday, hour = busiest
    share = grid.cells[weekday][hour].share
    relative = relative or (share is not None and share < Fraction(1, 2))
    most = share if relative and share else Fraction(1)

    def cell(day: int, hour: int) -> tuple[str, int] | None:
        share = grid.cells[day][hour].share
        return None if share is None else (i18n.number(round(100 * float(share))), _step(share / most))

    return {
        "days": [(names[day], short[day]) for day in open_days],
        "rows": [
            (f"{hour:02}:00", [cell(day, hour) for day in open_days]) for hour in range(grid.first, grid.last)
        ],
        "finding": _("Fullest: %(day)s from %(time)s, %(share)s booked.")
        % {
            "day": names[weekday],
            "time": f"{hour:02}:00",
            "share": i18n.percent(float(share or 0)),
        },
        "relative": relative,
    }


def _step(share: Fraction) -> int:
    return min(HEAT_STEPS, round(float(share) * HEAT_STEPS))


def visitors(report: Report) -> dict[str, Any] | None:
    """The line of daily visitors; None where nobody counted. Days with under five people keep their number."""
    counted = [(place, day) for place, day in enumerate(report.days) if day.visitors is not None]
    told = [
        (place, day, day.visitors) for place, day in counted if day.visitors is not None and day.visitors >= 5
    ]
    if not told:
        return None
    capacity = report.venue.capacity_people
    highest = max(number_ for _place, _day, number_ in told)
    top = max(highest, capacity or 0) if capacity and capacity <= 3 * highest else highest
    width = CHART_WIDTH - CHART_LEFT
    height = CHART_HEIGHT - CHART_FOOT

    def x(place: int) -> float:
        return round(CHART_LEFT + width * (place + 0.5) / len(report.days), 1)

    def y(of: float) -> float:
        return round(height - (height - 14) * of / top, 1)

    best = next(day for _place, day, number_ in told if number_ == highest)
    every = -(-len(report.days) // 8)
    return {
        "points": " ".join(f"{x(place)},{y(number_)}" for place, _day, number_ in told),
        "dots": [(x(place), y(number_)) for place, _day, number_ in told] if len(told) <= 70 else [],
        "grid": [(y(top * part / 2), i18n.number(round(top * part / 2))) for part in (0, 1, 2)],
        "limit": y(capacity) if capacity and top >= capacity else None,
        "limit_words": i18n.number(capacity) if capacity else "",
        "labels": [
            (x(place), i18n.day(day.on, style="short"))
            for place, day in enumerate(report.days)
            if place % every == 0
        ],
        "width": CHART_WIDTH,
        "height": CHART_HEIGHT,
        "left": CHART_LEFT,
        "foot": CHART_HEIGHT - 6,
        "finding": _("Most visitors: %(number)s on %(day)s.")
        % {"number": i18n.number(highest), "day": i18n.day(best.on)},
        "rows": [
            (
                i18n.day(day.on, style="medium"),
                _("under five people")
                if day.visitors is not None and 0 < day.visitors < 5
                else i18n.number(day.visitors or 0),
                day.open,
            )
            for _place, day in counted
        ],
    }


def month(first: date) -> str:
    """'April 2021'."""
    return dates.format_skeleton("yMMMM", first, locale=i18n.locale(i18n.language()))


# --- for spreadsheets --------------------------------------------------------------------------------


def csv_of(report: Report) -> str:
    """Every figure as a line (RFC 4180), numbers plain, texts that a spreadsheet would run defused."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            _("About"), _("Name"), _("From"), _("Until"), _("Figure"), _("Value"), _("Unit"), _("Numerator"),
            _("Denominator"), "n", _("Coverage"), _("Source"), _("Formula"), _("Version"),
        ]
    )  # fmt: skip
    dates_ = [report.first.isoformat(), report.last.isoformat()]
    _write(writer, [_("House"), i18n.name_of(report.venue), *dates_], report.figures)
    for part in report.kinds:
        _write(writer, [_("Kind"), wording.kind_name(part.kind), *dates_], part.figures)
    for part in report.rooms:
        _write(writer, [_("Space"), i18n.name_of(part.resource), *dates_], part.figures)
    for day in report.days:
        if day.visitors is not None and not 0 < day.visitors < 5:
            on = day.on.isoformat()
            writer.writerow([_("Day"), "", on, on, _("Visitors"), day.visitors, "people", *[""] * 7])
    for about, which, count in figure_demand.lines(report.unmet):
        writer.writerow([about, which, *dates_, _("Turned away"), count, "wishes", *[""] * 7])
    return out.getvalue()


def _write(writer: Any, about: Sequence[str], figures: Mapping[str, Figure]) -> None:
    for figure in figures.values():
        told = figure.as_json()
        unit = f"{told['currency']} cents" if figure.currency and told["unit"] == "money" else told["unit"]
        writer.writerow(
            [
                *map(defused, about),
                str(figure.formula.label),
                _plain(told["value"]),
                unit,
                _plain(told["numerator"]),
                _plain(told["denominator"]),
                figure.n,
                _plain(told["coverage"]),
                _joined(figure.source),
                told["formula"],
                told["version"],
            ]
        )


def _joined(sources: Iterable[str]) -> str:
    return " ".join(sources)


def _plain(number_: int | float | None) -> str:
    return "" if number_ is None else str(number_)
