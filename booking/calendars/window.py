"""Which part of time a feed shows. Pure.

A feed's bytes may depend on its data and on this window only, or they would change from poll to poll. So the window
hangs on the first day of the month (UTC), and everything relative to "now" is relative to that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

PAST_DAYS = 90
FUTURE_MONTHS = 18
GONE_DAYS = 30
EVENTS_MAX = 2_000


@dataclass(frozen=True)
class Window:
    """At least 90 days back and at least 18 months ahead, whatever the day of the month. UTC instants, half-open.

    What was cancelled (or declined, or ran out) is shown until it is at least 30 days old, at most 61: as long as it
    was revised at or after `gone_from`.
    """

    month_at: datetime
    begins_at: datetime
    ends_at: datetime
    gone_from: datetime

    @property
    def first_day(self) -> date:
        return self.begins_at.date()

    @property
    def last_day(self) -> date:
        return (self.ends_at - timedelta(days=1)).date()


def window_of(at: datetime) -> Window:
    """The window at this instant. It moves once a month."""
    utc = at.astimezone(UTC)
    return _window(utc.year, utc.month)


@lru_cache(maxsize=8)
def _window(year: int, month: int) -> Window:
    month_at = datetime(year, month, 1, tzinfo=UTC)
    # One month more than promised: on the last day of the month 18 whole months are still ahead.
    months = month_at.year * 12 + month_at.month - 1 + FUTURE_MONTHS + 1
    return Window(
        month_at=month_at,
        begins_at=month_at - timedelta(days=PAST_DAYS),
        ends_at=month_at.replace(year=months // 12, month=months % 12 + 1),
        gone_from=month_at - timedelta(days=GONE_DAYS),
    )
