"""Wishes out of the database, for the report of a period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from booking import db
from booking.occupancy.figures_demand import Asked
from booking.places import Venue
from booking.timespan import local_day


@dataclass(frozen=True)
class AskedThen:
    """What was asked for on the days of a period, and of how many of these days it was counted."""

    rows: Sequence[Asked]
    coverage: Fraction | None

    def of(self, kind: str) -> AskedThen:
        return replace(self, rows=[row for row in self.rows if row.kind == kind])


@dataclass(frozen=True)
class Wishes:
    """Those of a period, and those of the period before, where one is compared."""

    now: AskedThen
    before: AskedThen | None


async def wishes(
    venue: Venue,
    first: date,
    last: date,
    *,
    kinds: Collection[str] = (),
    before: tuple[date, date] | None = None,
) -> Wishes:
    """What was asked of the house for these days, both inclusive; for these kinds alone, where there are any."""
    [row] = await db.rows("SELECT MIN(since_at) AS since_at FROM demand WHERE venue_id = ?", venue.id)
    since = local_day(db.instant(row["since_at"]), venue.zone) if row["since_at"] else None
    return Wishes(
        await _asked(venue, first, last, kinds, since),
        await _asked(venue, *before, kinds, since) if before else None,
    )


async def _asked(
    venue: Venue, first: date, last: date, kinds: Collection[str], since: date | None
) -> AskedThen:
    if since is None:
        return AskedThen([], None)
    rows = await db.rows(
        "SELECT kind, hour, outcome, SUM(wishes) AS wishes FROM demand "
        "WHERE venue_id = ? AND wanted_on BETWEEN ? AND ? AND wishes > 0 GROUP BY kind, hour, outcome",
        venue.id,
        first,
        last,
    )
    found = [Asked(row["kind"], row["hour"], row["outcome"], int(row["wishes"])) for row in rows]
    days = (last - first).days + 1
    counted = max(0, (last - max(first, since)).days + 1)
    return AskedThen([each for each in found if not kinds or each.kind in kinds], Fraction(counted, days))
