"""Who is in the house, who was, and what that says about it.

Knows: stays of people (presence) with their source, and the figures made from stays, bookings and opening hours.
Refuses to know: money's ways, screens.

Invariants: every figure names its formula, its source and its n; percentages are never averaged, their parts are
summed; a member has one open stay at the most.
"""

from booking.occupancy.expecting import HOUR, Hour, expected, peak
from booking.occupancy.models import SOURCES, Presence

__all__ = ["HOUR", "SOURCES", "Hour", "Presence", "expected", "peak"]
