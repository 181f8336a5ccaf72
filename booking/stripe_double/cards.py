"""Stripe's test card numbers and what each of them does. A number is looked at once and never kept.

Source: docs.stripe.com/testing. Of a card the double remembers brand, last four digits, expiry, and how it behaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from booking.stripe_double.errors import ApiError

OK = "ok"
# 3-D Secure: always asked for; asked for off session unless the card was set up before; and passed, then declined.
ALWAYS, UNLESS_SET_UP, THEN_DECLINED = "3ds", "3ds_unless_set_up", "3ds_then_declined"
NEEDS_3DS = {ALWAYS, UNLESS_SET_UP, THEN_DECLINED}
DISPUTES = {"dispute_fraudulent": "fraudulent", "dispute_not_received": "product_not_received"}
REFUND_FAILS, REFUND_PENDING = "refund_fails_later", "refund_pending"
DECLINE_AFTER_ATTACHING = "decline_after_attaching"

MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently or exceeding its "
    "amount limit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "test_mode_live_card": "Your card was declined. Your request was in test mode, but used a non test (live) card. "
    "For a list of valid test cards, visit: https://docs.stripe.com/testing.",
}
NOT_AUTHENTICATED = (  # 3-D Secure failed
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again."
)
# These stand in `code`; with the others it says card_declined, and `decline_code` why.
OWN_CODE = {"expired_card", "incorrect_cvc", "processing_error"}


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a card: nothing that would pay."""

    brand: str
    last4: str
    behaviour: str
    country: str = "US"
    funding: str = "credit"


# number: brand, behaviour, country, funding
_NUMBERS: dict[str, tuple[str, str, str, str]] = {
    "4242424242424242": ("visa", OK, "US", "credit"),
    "4000056655665556": ("visa", OK, "US", "debit"),
    "5555555555554444": ("mastercard", OK, "US", "credit"),
    "2223003122003222": ("mastercard", OK, "US", "credit"),
    "5200828282828210": ("mastercard", OK, "US", "debit"),
    "378282246310005": ("amex", OK, "US", "credit"),
    "6011111111111117": ("discover", OK, "US", "credit"),
    "3566002020360505": ("jcb", OK, "JP", "credit"),
    "4000000400000008": ("visa", OK, "AT", "credit"),
    "4000000560000004": ("visa", OK, "BE", "credit"),
    "4000002500000003": ("visa", OK, "FR", "credit"),
    "4000002760000016": ("visa", OK, "DE", "credit"),
    "4000003800000008": ("visa", OK, "IT", "credit"),
    "4000005280000002": ("visa", OK, "NL", "credit"),
    "4000007240000007": ("visa", OK, "ES", "credit"),
    "4000007520000008": ("visa", OK, "SE", "credit"),
    "4000000000000002": ("visa", "generic_decline", "US", "credit"),
    "4000000000009995": ("visa", "insufficient_funds", "US", "credit"),
    "4000000000009987": ("visa", "lost_card", "US", "credit"),
    "4000000000009979": ("visa", "stolen_card", "US", "credit"),
    "4000000000000069": ("visa", "expired_card", "US", "credit"),
    "4000000000000127": ("visa", "incorrect_cvc", "US", "credit"),
    "4000000000000119": ("visa", "processing_error", "US", "credit"),
    "4000000000006975": ("visa", "card_velocity_exceeded", "US", "credit"),
    "4000000000000341": ("visa", DECLINE_AFTER_ATTACHING, "US", "credit"),
    "4000002500003155": ("visa", UNLESS_SET_UP, "FR", "credit"),
    "4000002760003184": ("visa", ALWAYS, "DE", "credit"),
    "4000000000003220": ("visa", ALWAYS, "US", "credit"),
    "4000008400001629": ("visa", THEN_DECLINED, "US", "credit"),
    "4000000000000259": ("visa", "dispute_fraudulent", "US", "credit"),
    "4000000000002685": ("visa", "dispute_not_received", "US", "credit"),
    "4000000000005126": ("visa", REFUND_FAILS, "US", "credit"),
    "4000000000007726": ("visa", REFUND_PENDING, "US", "credit"),
}
# Names that programs may send in place of a card, as at Stripe.
_NAMES = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_be": "4000000560000004",
    "pm_card_fr": "4000002500000003",
    "pm_card_de": "4000002760000016",
    "pm_card_se": "4000007520000008",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_threeDSecureRequired": "4000000000003220",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_pendingRefund": "4000000000007726",
}
# What the Checkout page tells about the cards: number as people type it, and what it does.
SHOWN = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0025 0000 3155", "asks for 3-D Secure, then pays; later payments need none once it is saved"),
    ("4000 0000 0000 3220", "asks for 3-D Secure every time"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0000 0000 0069", "has expired"),
    ("4000 0000 0000 0259", "pays, and the payment is disputed"),
    ("4000 0000 0000 5126", "pays; a refund of it fails later"),
)


def passes_luhn(digits: str) -> bool:
    """The check digit that every card number ends with."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def by_number(number: str) -> Card:
    """The test card. Raises ApiError for what is no number, and for any card that is not Stripe's for testing."""
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or not 12 <= len(digits) <= 19 or not passes_luhn(digits):
        raise ApiError(
            402, "Your card number is incorrect.", type="card_error", code="incorrect_number", param="number"
        )
    if digits not in _NUMBERS:
        raise refused("test_mode_live_card")
    brand, behaviour, country, funding = _NUMBERS[digits]
    return Card(brand, digits[-4:], behaviour, country, funding)


def by_name(name: str) -> Card | None:
    """The card that one of Stripe's names for tests stands for."""
    return by_number(_NAMES[name]) if name in _NAMES else None


def refused(decline_code: str, **more: Any) -> ApiError:
    """A declined card, as Stripe says it. What was written about the attempt stays."""
    code = (
        decline_code
        if decline_code in OWN_CODE or decline_code == "authentication_required"
        else "card_declined"
    )
    return ApiError(
        402,
        MESSAGES[decline_code],
        type="card_error",
        code=code,
        decline_code=decline_code,
        keep=True,
        **more,
    )


def decline_code(behaviour: str) -> str | None:
    """Why a payment with the card is declined, or None when it is not."""
    if behaviour in (THEN_DECLINED, DECLINE_AFTER_ATTACHING):
        return "generic_decline"
    return behaviour if behaviour in MESSAGES else None
