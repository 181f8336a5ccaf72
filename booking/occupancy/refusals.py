"""Every "no" at the door: a code for programs, a sentence for the person, and the rule in the house's words."""

from booking.errors import Refused
from booking.i18n import lazy


class TooEarly(Refused):
    code = "check_in_too_early"
    text = lazy("It is too early to check in for this booking: you can from %(from_at)s.")


class BookingOver(Refused):
    code = "check_in_too_late"
    text = lazy("This booking ended on %(ended_at)s, so nobody can check in for it any more.")


class NotConfirmed(Refused):
    code = "check_in_not_confirmed"
    text = lazy("This booking is not confirmed, so nobody can check in for it.")


class BringsNobody(Refused):
    code = "check_in_brings_nobody"
    text = lazy("Things to borrow need no check-in.")


class Suspended(Refused):
    code = "suspended"
    text = lazy("This membership is suspended, so it opens no door. Please ask the adviser.")


class HouseClosed(Refused):
    code = "house_closed"
    text = lazy("%(venue)s is closed at the moment.")
    rule = lazy("Open today: %(hours)s.")


class NotHere(Refused):
    code = "not_checked_in"
    text = lazy("Nobody is checked in here under this name, so there is nothing to check out.")


class AlreadyHere(Refused):
    code = "already_checked_in"
    text = lazy("This member has checked in somewhere else since, so this stay cannot be opened again.")


class StayOver(Refused):
    code = "stay_is_over"
    text = lazy("This stay is over, so its check-in cannot be undone any more.")


class ProofNeeded(Refused):
    code = "proof_needed"
    text = lazy("This house asks for the six digits on its display.")
    rule = lazy("A code on the wall is no proof of being there; the one on the display changes every minute.")


class WrongProof(Refused):
    code = "wrong_proof"
    text = lazy("These are not the digits on the display now. Look again: they change every minute.")
