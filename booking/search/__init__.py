"""Finding a space: what is free where, for whom, at what price; the states on the map; days and weeks as rows.

Knows: places by name and distance, and the order in which to look at them. Refuses to know: whether a span may be
booked (it asks the reservation's rules) and what it costs (it asks pricing).

Invariants: what is shown as free is what the same member could reserve at that instant; other people's bookings
have no names; a search asks the same number of questions however many rows there are.
"""

from booking.search import lanes, map, months, timelines
from booking.search.cities import Corners, Where, box_from, city_name, city_of, distance_km, plain
from booking.search.finding import PAGE, Results, find, houses
from booking.search.kept import forget
from booking.search.models import Stamp, VenueState
from booking.search.seeking import Hit
from booking.search.states import compute, refresh, seen_on_map, state, states, states_of
from booking.search.watching import Seen, Watch
from booking.search.wishes import RADIUS_KM, Wish, window_of

__all__ = [
    "PAGE",
    "RADIUS_KM",
    "Corners",
    "Hit",
    "Results",
    "Seen",
    "Stamp",
    "VenueState",
    "Watch",
    "Where",
    "Wish",
    "box_from",
    "city_name",
    "city_of",
    "compute",
    "distance_km",
    "find",
    "forget",
    "houses",
    "lanes",
    "map",
    "months",
    "plain",
    "refresh",
    "seen_on_map",
    "state",
    "states",
    "states_of",
    "timelines",
    "window_of",
]
