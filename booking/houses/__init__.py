"""Setting up a house: what its managers may change of it, whom that touches, the history of it, and undo.

Knows: who may change a venue, its spaces, units, hours, holidays, prices, floor plans and hosts, and which rules hold
whether a change comes from a screen or from a file (`checking`, `fields`). Refuses to know: what a form or a file
looks like.

Invariants: every change is made under the lock of its venue, and writes one event with `before` and `after` in the
same transaction; bookings keep the prices, buffers and terms they were made with; no unit leaves a space while an
upcoming booking holds it; what the past was like is never rewritten.
"""

from booking.houses import checking, fields
from booking.houses.days import add_yearly, open_on, remove_yearly, shut_on
from booking.houses.history import Change, changes, count, just_done, name_of, undo
from booking.houses.hours import Week, follow_house, set_week, timetable
from booking.houses.plans import (
    PlanChanged,
    add_plan,
    arrange_plans,
    drawing_of,
    remove_plan,
    save_plan,
)
from booking.houses.prices import add_tariff, price_history, withdraw_tariff
from booking.houses.spaces import add_resource, change_resource
from booking.houses.touching import NoLongerFit, Touched, all_misfits
from booking.houses.units import add_units, rename_unit, set_units, take_out, units_at
from booking.houses.venues import add_venue, change_venue, fixed_columns

__all__ = [
    "Change",
    "NoLongerFit",
    "PlanChanged",
    "Touched",
    "Week",
    "add_plan",
    "add_resource",
    "add_tariff",
    "add_units",
    "add_venue",
    "add_yearly",
    "all_misfits",
    "arrange_plans",
    "change_resource",
    "change_venue",
    "changes",
    "checking",
    "count",
    "drawing_of",
    "fields",
    "fixed_columns",
    "follow_house",
    "just_done",
    "name_of",
    "open_on",
    "price_history",
    "remove_plan",
    "remove_yearly",
    "rename_unit",
    "save_plan",
    "set_units",
    "set_week",
    "shut_on",
    "take_out",
    "timetable",
    "undo",
    "units_at",
    "withdraw_tariff",
]
