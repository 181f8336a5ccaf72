"""Reserving, changing, cancelling, approving: the rules of the house and the one way to take anything.

Knows: rules (pure questions), claims on units, the life of a reservation and its money's moments. Refuses to know:
cards, mail, calendars, screens: they read the events written here.

Invariants: nothing is confirmed without its money, and no money is reserved without its claims, as both are one
transaction; two claims of one unit never overlap; the same id again finds the first result; every change is an event.
Locks are taken in the order member, reservation, units, accounts.
"""

from booking.reservations.again import Habit, habits, weeks_later
from booking.reservations.alternatives import add as with_alternatives
from booking.reservations.alternatives import nearby
from booking.reservations.answering_several import approve_series, decline_series, waiting_of_series
from booking.reservations.asking import check_seen
from booking.reservations.attending import (
    arrive,
    due_at,
    leave,
    may_come_late,
    not_arrived,
    release_no_shows,
)
from booking.reservations.barring import barred
from booking.reservations.cancelling import CancelOffer, cancel, cancel_offer, cancels_freely
from booking.reservations.change_holds import keep_change_until, last_changes, let_change_go, open_change
from booking.reservations.changeable import may_move
from booking.reservations.changing import change, change_offer
from booking.reservations.changing_several import ChangedDate, SeveralChanged, change_together
from booking.reservations.clearing import Cleared, clear
from booking.reservations.closing import under_closures
from booking.reservations.deciding import approve, decline, expire_overdue, post_started
from booking.reservations.ending_several import (
    WHICH,
    Family,
    cancel_along,
    cancel_together,
    family,
    has_family,
)
from booking.reservations.models import LIVE, PAY_FIRST, STATES, ChangeHold, Claim, Reservation, Series
from booking.reservations.offering_several import DateOffer, PartOffer, SeveralOffer, offer_several
from booking.reservations.paid_changes import confirm_change, hold_change
from booking.reservations.paying import ask_the_house, confirm, keep_until, let_go
from booking.reservations.planning import (
    Frame,
    Plan,
    claims_asked,
    claims_of_asked,
    frame_of,
    ground_asked,
    plan_of,
    plans,
    plans_of,
    taken,
)
from booking.reservations.reading import (
    Mine,
    at_venue,
    clashes,
    listed,
    mine,
    paid_by,
    standing_in,
    titles_of,
    visible,
    waiting_for_approval,
    whole,
)
from booking.reservations.repeating import DATES_MAX, EVERY, Repeat, Wall, read_rule
from booking.reservations.repeating import words as repeat_words
from booking.reservations.reserving import Offer, approval_deadline, offer, reserve
from booking.reservations.rules import (
    OVERRIDABLE,
    RULE_OF,
    Question,
    bookable_window,
    check,
    horizon_of,
    objections,
)
from booking.reservations.several import (
    LEAVE_OUT,
    NEAREST,
    Choice,
    Clash,
    Extra,
    Made,
    Wish,
    beside,
    dates_of,
    wishes,
)
from booking.reservations.shares import ByCard, card_keeps, shares
from booking.reservations.together import reserve_together

__all__ = [
    "DATES_MAX",
    "EVERY",
    "LEAVE_OUT",
    "LIVE",
    "NEAREST",
    "OVERRIDABLE",
    "PAY_FIRST",
    "RULE_OF",
    "STATES",
    "WHICH",
    "ByCard",
    "CancelOffer",
    "ChangeHold",
    "ChangedDate",
    "Choice",
    "Claim",
    "Clash",
    "Cleared",
    "DateOffer",
    "Extra",
    "Family",
    "Frame",
    "Habit",
    "Made",
    "Mine",
    "Offer",
    "PartOffer",
    "Plan",
    "Question",
    "Repeat",
    "Reservation",
    "Series",
    "SeveralChanged",
    "SeveralOffer",
    "Wall",
    "Wish",
    "approval_deadline",
    "approve",
    "approve_series",
    "arrive",
    "ask_the_house",
    "at_venue",
    "barred",
    "beside",
    "bookable_window",
    "cancel",
    "cancel_along",
    "cancel_offer",
    "cancel_together",
    "cancels_freely",
    "card_keeps",
    "change",
    "change_offer",
    "change_together",
    "check",
    "check_seen",
    "claims_asked",
    "claims_of_asked",
    "clashes",
    "clear",
    "confirm",
    "confirm_change",
    "dates_of",
    "decline",
    "decline_series",
    "due_at",
    "expire_overdue",
    "family",
    "frame_of",
    "ground_asked",
    "habits",
    "has_family",
    "hold_change",
    "horizon_of",
    "keep_change_until",
    "keep_until",
    "last_changes",
    "leave",
    "let_change_go",
    "let_go",
    "listed",
    "may_come_late",
    "may_move",
    "mine",
    "nearby",
    "not_arrived",
    "objections",
    "offer",
    "offer_several",
    "open_change",
    "paid_by",
    "plan_of",
    "plans",
    "plans_of",
    "post_started",
    "read_rule",
    "release_no_shows",
    "repeat_words",
    "reserve",
    "reserve_together",
    "shares",
    "standing_in",
    "taken",
    "titles_of",
    "under_closures",
    "visible",
    "waiting_for_approval",
    "waiting_of_series",
    "weeks_later",
    "whole",
    "wishes",
    "with_alternatives",
]
