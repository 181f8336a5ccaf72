"""What is free: opening hours, minus closures, minus claims. Pure: values in, values out.

It knows weekly hours, units and spans. It refuses to know the database, the clock, members, rules and prices:
whoever asks brings the rows as values, and decides what a free span is worth.

What holds: every answer is sorted and free of overlaps; a span that `pick` or `repack` gives to a unit
overlaps nothing that stays on that unit; a day's timeline covers each of its quarters exactly once.
"""

from booking.availability.nearby import nearest
from booking.availability.opening import Hours, bookable_spans, open_spans
from booking.availability.timeline import Run, timeline_runs
from booking.availability.units import free_spans, pick, repack
from booking.timespan import on_raster

__all__ = [
    "Hours",
    "Run",
    "bookable_spans",
    "free_spans",
    "nearest",
    "on_raster",
    "open_spans",
    "pick",
    "repack",
    "timeline_runs",
]
