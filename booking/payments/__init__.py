"""Cards: from a held reservation to a paid one and back, through Stripe; webhooks, refunds, disputes, comparison.

Knows: payment pages, what Stripe says of each payment, what is owed back, a card's money in the ledger, receipts.
Refuses to know: units and rules (reservations), numbers of cards (Stripe), screens. A payment belongs to a reservation,
whoever its member is. Without keys (STRIPE_KEYS) an entity's cards are off, and everything else works.

Invariants: nothing is confirmed before its card has paid; what a card paid beyond what the house keeps goes back by
itself; each thing asked of Stripe has its key in the database before it is asked; no call happens inside a transaction;
an event changes nothing by itself, it only makes us look; what is heard late never undoes what is known.
"""

from booking.payments.clockwork import end_holds, remind, settle_due
from booking.payments.comparing import compare, compare_all
from booking.payments.dearer import (
    CODE as DEARER_CODE,
)
from booking.payments.dearer import (
    hold_dearer,
    leave_as_it_is,
    may_pay_more,
    pays_difference,
)
from booking.payments.hearing import KINDS, payment_of, receive, work
from booking.payments.models import (
    Comparison,
    Difference,
    Dispute,
    Mandate,
    Payment,
    Payout,
    Receipt,
    Refund,
    StripeEvent,
)
from booking.payments.opening import (
    NoAnswer,
    NothingToPay,
    answer_within,
    by_card,
    checkout,
    close,
    mandate_words,
    on,
    open_address,
)
from booking.payments.printing import file_name, receipt_pdf, title_of
from booking.payments.reading import Books, CardMoney, balances, books_of, card_money, movements
from booking.payments.receipts import (
    newest_receipt,
    receipt,
    receipt_years,
    receipts_for,
    receipts_in,
    receipts_of,
)
from booking.payments.refunding import NotRefused, try_again
from booking.payments.settling import settle, settle_reservation
from booking.payments.stripe import (
    BadSignature,
    Unreachable,
    check_settings,
    page_origins,
    while_somebody_waits,
)
from booking.payments.stripe import close as close_connections

__all__ = [
    "DEARER_CODE",
    "KINDS",
    "BadSignature",
    "Books",
    "CardMoney",
    "Comparison",
    "Difference",
    "Dispute",
    "Mandate",
    "NoAnswer",
    "NotRefused",
    "NothingToPay",
    "Payment",
    "Payout",
    "Receipt",
    "Refund",
    "StripeEvent",
    "Unreachable",
    "answer_within",
    "balances",
    "books_of",
    "by_card",
    "card_money",
    "check_settings",
    "checkout",
    "close",
    "close_connections",
    "compare",
    "compare_all",
    "end_holds",
    "file_name",
    "hold_dearer",
    "leave_as_it_is",
    "mandate_words",
    "may_pay_more",
    "movements",
    "newest_receipt",
    "on",
    "open_address",
    "page_origins",
    "payment_of",
    "pays_difference",
    "receipt",
    "receipt_pdf",
    "receipt_years",
    "receipts_for",
    "receipts_in",
    "receipts_of",
    "receive",
    "remind",
    "settle",
    "settle_due",
    "settle_reservation",
    "title_of",
    "try_again",
    "while_somebody_waits",
    "work",
]
