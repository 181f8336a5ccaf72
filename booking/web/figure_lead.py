"""How far ahead people book, in words and as a picture: the house first, then each space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from booking import i18n, money
from booking.i18n import gettext as _
from booking.occupancy import Figure, Report

QUARTILES = ("lead_time_low", "lead_time", "lead_time_high")


@dataclass(frozen=True)
class Lead:
    """A line of the table. `bar`: beginning, middle and end of the middle half, in hundredths."""

    name: str
    low: str
    middle: str
    high: str
    coverage: str
    n: str
    thin: bool
    bar: tuple[int, int, int]


def shown(report: Report) -> dict[str, Any] | None:
    """The table; None where of no booking is known when it was made."""
    house = report.figures["lead_time"]
    if house.value is None:
        return None
    about = [(_("All spaces"), report.figures)] if len(report.rooms) > 1 else []
    about += [(i18n.name_of(part.resource), part.figures) for part in report.rooms]
    about = [(name, found) for name, found in about if found["lead_time"].value is not None]
    longest = max(found["lead_time_high"].value or Fraction(0) for _name, found in about) or Fraction(1)
    low, middle, high = (words(report.figures[name].value) for name in QUARTILES)
    return {
        "finding": _("Half of the bookings were made more than %(middle)s ahead.") % {"middle": middle},
        "middle_half": _("The middle half: between %(low)s and %(high)s ahead.") % {"low": low, "high": high},
        "formula": str(house.formula.sentence),
        "lines": [_line(name, found, longest) for name, found in about],
    }


def _line(name: str, found: Mapping[str, Figure], longest: Fraction) -> Lead:
    low, middle, high = (found[each].value or Fraction(0) for each in QUARTILES)
    lead = found["lead_time"]
    return Lead(
        name=name,
        low=words(low),
        middle=words(middle),
        high=words(high),
        coverage=i18n.percent(float(lead.coverage)) if lead.coverage is not None else "–",
        n=i18n.number(lead.n),
        thin=lead.thin,
        bar=(_part(low, longest), _part(middle, longest), _part(high, longest)),
    )


def _part(of: Fraction, longest: Fraction) -> int:
    return round(100 * of / longest)


def words(hours: Fraction | None) -> str:
    """'40 min', '5 hr 30 min', '3 days 4 hr'."""
    return "–" if hours is None else i18n.days_and_hours(money.rounded(hours * 60))
