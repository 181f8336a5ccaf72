"""Entities, venues, resources and units: what there is, when it is open, and what shuts it.

Knows: the published network, weekly hours, closures, public holidays by region. Refuses to know: who booked what.

Invariants: a resource is bookable only while it is published and its venue has not closed for good; hours and
closures are the venue's local time, rows are UTC.
"""

from booking.places.access import (
    bookable,
    by_ids,
    by_ids_asked,
    published,
    published_of,
    resource,
    venue,
    venues,
    with_units,
    with_units_and,
)
from booking.places.closing import close, shut_spans, withdraw
from booking.places.holidays import HOLIDAY_REGIONS, holiday_names
from booking.places.models import (
    GROUP_OF,
    KINDS,
    KINDS_BY_GROUP,
    Closure,
    Entity,
    FloorPlan,
    Photo,
    Placement,
    Resource,
    Unit,
    Venue,
)
from booking.places.reading import (
    Opening,
    Shut,
    Ways,
    hours_by_resource_asked,
    hours_of,
    opening_asked,
    opening_of,
    shuts_of,
    units_of,
    ways_asked,
)
from booking.places.sellers import SELLER, describe_seller, seller_lacks

__all__ = [
    "GROUP_OF",
    "HOLIDAY_REGIONS",
    "KINDS",
    "KINDS_BY_GROUP",
    "SELLER",
    "Closure",
    "Entity",
    "FloorPlan",
    "Opening",
    "Photo",
    "Placement",
    "Resource",
    "Shut",
    "Unit",
    "Venue",
    "Ways",
    "bookable",
    "by_ids",
    "by_ids_asked",
    "close",
    "describe_seller",
    "holiday_names",
    "hours_by_resource_asked",
    "hours_of",
    "opening_asked",
    "opening_of",
    "published",
    "published_of",
    "resource",
    "seller_lacks",
    "shut_spans",
    "shuts_of",
    "units_of",
    "venue",
    "venues",
    "ways_asked",
    "with_units",
    "with_units_and",
    "withdraw",
]
