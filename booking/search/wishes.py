"""What somebody looks for, and when that is in a house's zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.search import cities
from booking.timespan import NoSuchTime, TimeSpan, day_span, local_day, wall_or_next

RADIUS_KM = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. Times are wall minutes past midnight of the venue's day; `day` None is today there.

    box: west, south, east, north; only what lies in it, where no words say a place.
    begins and ends: exactly that span. begins and length: from then, so long. length alone: so long, sometime that
    day. begins or ends alone: anything after, or before. All three: so long, between the two.
    """

    where: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_km: int = RADIUS_KM
    day: date | None = None
    begins: int | None = None
    ends: int | None = None
    length: int | None = None
    people: int = 1
    group: str = ""
    kind: str = ""
    features: tuple[str, ...] = ()
    quantity: int = 1
    page: int = 1
    box: cities.Corners | None = None

    @property
    def in_box(self) -> bool:
        """Whether the box says the place: words win over it."""
        return self.box is not None and not cities.plain(self.where)


def window_of(wish: Wish, zone: str, at: datetime) -> tuple[TimeSpan | None, bool]:
    """Where in time the wish lies in this zone, and whether it is exactly that span. None: no such time there."""
    day = wish.day or local_day(at, zone)
    begins, ends = wish.begins, wish.ends
    if begins is not None and ends is not None and ends <= begins:
        ends += 24 * 60
    try:
        whole = day_span(day, zone)
    except NoSuchTime:
        return None, False
    begins_at = whole.begins_at if begins is None else wall_or_next(day, begins, zone)
    ends_at = whole.ends_at if ends is None else wall_or_next(day, ends, zone)
    exact = begins is not None and (ends is None) == (wish.length is not None)
    if exact and wish.length:
        ends_at = begins_at + timedelta(minutes=wish.length)
    return (TimeSpan(begins_at, ends_at) if begins_at < ends_at else None), exact
