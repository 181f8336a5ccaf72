"""Accounts and transfers: double entry, append only, integers in minor units, one currency per account.

Knows: pend, then exactly one of post (all or part) or void; move; reverse; running totals of accounts with a limit.
Refuses to know: what a reservation or an Activity is. A `subject` is opaque text.

Invariants: debits equal credits, since each transfer is one row with both sides; available money is never below
zero (checked at pend and move, guarded by the database); a pending transfer is resolved once; rows are never edited.
"""

from booking.ledger.models import Account, Transfer
from booking.ledger.reading import Entry, balance_of, entries, open_pends
from booking.ledger.totals import Moved, Total, accounts_of_subject, moved, of_subject, summed, totals
from booking.ledger.transferring import NotEnough, account, move, pend, post, reverse, void

__all__ = [
    "Account",
    "Entry",
    "Moved",
    "NotEnough",
    "Total",
    "Transfer",
    "account",
    "accounts_of_subject",
    "balance_of",
    "entries",
    "move",
    "moved",
    "of_subject",
    "open_pends",
    "pend",
    "post",
    "reverse",
    "summed",
    "totals",
    "void",
]
