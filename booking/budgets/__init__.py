"""Activities, who may book on them, and the money of a booking from pend to income.

Knows: an Activity's people and limits, allotments from the cooperative's books, and how a paid booking is spread over
income, VAT and the clearing between two entities. Refuses to know: rooms and hours.

Invariants: an Activity never spends more than it has; every reservation's money is pended once and resolved once;
each entity's own book balances, also when its member books with another entity.
"""

from booking.budgets.activities import (
    ActivityClosed,
    NoPartIn,
    OverLimit,
    Purse,
    ReferenceUsed,
    allot,
    allotted_before,
    check_limits,
    check_open,
    of,
    of_asked,
    open_activity,
    open_to,
    open_to_asked,
    paying_for,
    readable,
    share_with,
    to_pay_asked,
)
from booking.budgets.ending import BalanceMoved, BelowZero, StillReserved, close, reopen
from booking.budgets.keeping import (
    NumberUsed,
    OwnerStays,
    enter_allotment,
    kept,
    leave,
    open_for,
    set_person,
)
from booking.budgets.models import Activity, ActivityPerson, Allotment
from booking.budgets.paying import (
    NotEnoughBudget,
    Payment,
    covered,
    give_back,
    let_go,
    objections,
    price_in,
    reserve_money,
    take,
    too_little,
)
from booking.budgets.printing import LINES_MAX as PDF_LINES_MAX
from booking.budgets.printing import statement_pdf
from booking.budgets.reading import allotted_to, closed_with_money, count_kept, kept_by, part_in, people_of
from booking.budgets.statements import StatementLine, csv_of, entry_of, statement

__all__ = [
    "PDF_LINES_MAX",
    "Activity",
    "ActivityClosed",
    "ActivityPerson",
    "Allotment",
    "BalanceMoved",
    "BelowZero",
    "NoPartIn",
    "NotEnoughBudget",
    "NumberUsed",
    "OverLimit",
    "OwnerStays",
    "Payment",
    "Purse",
    "ReferenceUsed",
    "StatementLine",
    "StillReserved",
    "allot",
    "allotted_before",
    "allotted_to",
    "check_limits",
    "check_open",
    "close",
    "closed_with_money",
    "count_kept",
    "covered",
    "csv_of",
    "enter_allotment",
    "entry_of",
    "give_back",
    "kept",
    "kept_by",
    "leave",
    "let_go",
    "objections",
    "of",
    "of_asked",
    "open_activity",
    "open_for",
    "open_to",
    "open_to_asked",
    "part_in",
    "paying_for",
    "people_of",
    "price_in",
    "readable",
    "reopen",
    "reserve_money",
    "set_person",
    "share_with",
    "statement",
    "statement_pdf",
    "take",
    "to_pay_asked",
    "too_little",
]
