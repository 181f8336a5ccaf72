"""Who is in the house, who was, who was turned away, and what that says about it.

Knows: stays of people (presence) with their source, checking in and out, the codes and displays at the door, what was
asked for and what became of it, and the figures made from stays, bookings, wishes and opening hours. Refuses to know:
money's ways, claims (it asks reservations), what a page looks like.

Invariants: every figure names its formula, its source and its n; percentages are never averaged, their parts are
summed; a member has one open stay at the most; a stay for a booking lies within it, but for the minutes one may come
early. Names leave the stays after 90 days; wishes never have any.
"""

from booking.occupancy.ahead import KNOWN_AHEAD, Ahead, ahead
from booking.occupancy.checking_in import (
    EARLY,
    LATE,
    can_check_in,
    check_in,
    open_stay,
    undo_check_in,
    walk_in,
)
from booking.occupancy.checking_out import check_out, check_out_for, undo_check_out
from booking.occupancy.closing import close_stays, open_hours
from booking.occupancy.codes import (
    Place,
    ask_for_proof,
    display_code,
    display_path,
    pages_of,
    place_of,
    renew,
    token_of,
)
from booking.occupancy.counting import (
    PEOPLE_MAX,
    Expected,
    House,
    count_people,
    counts_at,
    expected_today,
    is_late,
    now,
    stays_at,
    stays_of,
)
from booking.occupancy.demand import (
    BOOKED,
    FOUND,
    NOTHING_FITS,
    NOTHING_FREE,
    TURNED_AWAY,
    count_wishes,
    keep_counting,
    note,
    note_search,
)
from booking.occupancy.displays import (
    CODE_MINUTES,
    add_display,
    display_of,
    displays_of,
    new_code,
    pair,
    revoke_display,
)
from booking.occupancy.door import Door, door, doors
from booking.occupancy.expecting import HOUR, Hour, expected, peak
from booking.occupancy.figures import FORMULAS, Figure, Formula
from booking.occupancy.figures_demand import Unmet
from booking.occupancy.figures_grid import Grid
from booking.occupancy.forgetting import KEEP, forget, pseudonym
from booking.occupancy.lately import SoFar, Week, Weeks, six_weeks, so_far, weeks
from booking.occupancy.models import SOURCES, Demand, DemandMark, Display, Presence
from booking.occupancy.reading import IMPORTED
from booking.occupancy.report import DAYS_MAX, HISTORY_EVENT, Part, Report, TooLong, first_day, report
from booking.occupancy.taking import minute_of, take_rest

__all__ = [
    "BOOKED",
    "CODE_MINUTES",
    "DAYS_MAX",
    "EARLY",
    "FORMULAS",
    "FOUND",
    "HISTORY_EVENT",
    "HOUR",
    "IMPORTED",
    "KEEP",
    "KNOWN_AHEAD",
    "LATE",
    "NOTHING_FITS",
    "NOTHING_FREE",
    "PEOPLE_MAX",
    "SOURCES",
    "TURNED_AWAY",
    "Ahead",
    "Demand",
    "DemandMark",
    "Display",
    "Door",
    "Expected",
    "Figure",
    "Formula",
    "Grid",
    "Hour",
    "House",
    "Part",
    "Place",
    "Presence",
    "Report",
    "SoFar",
    "TooLong",
    "Unmet",
    "Week",
    "Weeks",
    "add_display",
    "ahead",
    "ask_for_proof",
    "can_check_in",
    "check_in",
    "check_out",
    "check_out_for",
    "close_stays",
    "count_people",
    "count_wishes",
    "counts_at",
    "display_code",
    "display_of",
    "display_path",
    "displays_of",
    "door",
    "doors",
    "expected",
    "expected_today",
    "first_day",
    "forget",
    "is_late",
    "keep_counting",
    "minute_of",
    "new_code",
    "note",
    "note_search",
    "now",
    "open_hours",
    "open_stay",
    "pages_of",
    "pair",
    "peak",
    "place_of",
    "pseudonym",
    "renew",
    "report",
    "revoke_display",
    "six_weeks",
    "so_far",
    "stays_at",
    "stays_of",
    "take_rest",
    "token_of",
    "undo_check_in",
    "undo_check_out",
    "walk_in",
    "weeks",
]
