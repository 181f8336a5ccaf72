"""Who is in the house, who was, and what that says about it.

Knows: stays of people (presence) with their source, and the figures made from stays, bookings and opening hours.
Refuses to know: money's ways, screens.

Invariants: every figure names its formula, its source and its n; percentages are never averaged, their parts are
summed; a member has one open stay at the most.
"""

from booking.occupancy.expecting import HOUR, Hour, expected, peak
from booking.occupancy.figures import FORMULAS, Figure, Formula
from booking.occupancy.models import SOURCES, Presence
from booking.occupancy.report import DAYS_MAX, HISTORY_EVENT, Part, Report, TooLong, first_day, report

__all__ = [
    "DAYS_MAX",
    "FORMULAS",
    "HISTORY_EVENT",
    "HOUR",
    "SOURCES",
    "Figure",
    "Formula",
    "Hour",
    "Part",
    "Presence",
    "Report",
    "TooLong",
    "expected",
    "first_day",
    "peak",
    "report",
]
