"""The card in words: as one of the ways to pay on the reservation form, and what has come of it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from booking import i18n, payments, reservations
from booking.i18n import gettext as _
from booking.payments import CardMoney
from booking.places import wording
from booking.reservations import ByCard, ChangeHold, Offer, Reservation

# The value of the card's own choice among the Activities. No Activity has the number 0.
CARD = "card"


# How long a host may keep a time for somebody who is asked by mail to pay.
PAY_HOURS = (2, 24, 72)


def pay_hours() -> list[tuple[str, str]]:
    """The same as choices."""
    return [(str(hours), wording.how_long(hours * 60)) for hours in PAY_HOURS]


def _payer(value: Any) -> Any:
    return 0 if value == CARD else None if value in (0, "0") else value


# An Activity's number, or 0 for a card.
Payer = Annotated[int, BeforeValidator(_payer), Field(ge=0, le=2**31 - 1)]


def taken(asked: Any) -> bool:
    """Whether a card can pay here. Whoever a host books for is asked by mail."""
    return asked.booker is not None and payments.on(asked.resource.venue.entity)


def wish_for(asked: Any) -> ByCard | None:
    """How the card pays by what the form says; None where it does not."""
    if not asked.form.valid or not taken(asked):
        return None
    wish = asked.form.value
    if wish.activity == 0 or (wish.activity and wish.rest):
        return payments.by_card(
            asked.resource.venue.entity,
            asked.resource.venue.currency,
            rest=bool(wish.activity),
            **({"hold": timedelta(hours=wish.pay_hours)} if asked.for_another else {}),
        )
    return None


def choice(*, for_another: bool = False) -> dict[str, str]:
    """The card among the cards that choose an Activity."""
    return {
        "value": CARD,
        "label": _("Bank card"),
        "detail": _("They get a mail with the way to pay; until then the time is only held")
        if for_another
        else _("On a page of Stripe, which keeps the card's number; we never see it"),
        "side": "",
    }


def words(asked: Any, offer: Offer | None, at: datetime) -> dict[str, Any] | None:
    """What the card pays, and how: beside the price, and on the button. None where no card pays."""
    if offer is None or offer.quote is None or not offer.card_cents or asked.span is None:
        return None
    currency = offer.quote.currency
    sum_ = i18n.money(offer.card_cents, currency)
    shared = None
    if offer.card_cents < offer.quote.total_cents:
        rest = i18n.money(offer.quote.total_cents - offer.card_cents, currency)
        shared = _("Your Activity pays %(rest)s, your card %(sum)s: both or neither.") % {
            "rest": rest,
            "sum": sum_,
        }
    if asked.for_another:
        return {
            "shared": None,
            "button": _("Hold it and ask %(name)s to pay") % {"name": asked.booker.name},
            "how": None,
            "agree": None,
        }
    if not (offer.needs_approval and not asked.hosts):
        return {
            "shared": shared,
            "button": _("Book and pay %(sum)s") % {"sum": sum_},
            "how": None,
            "agree": None,
        }
    if payments.answer_within(asked.resource, asked.span, at):
        how = _("Your bank keeps %(sum)s for us. It is taken when the house says yes; a no costs nothing.")
        return {
            "shared": shared,
            "button": _("Ask for it and keep %(sum)s ready") % {"sum": sum_},
            "how": how % {"sum": sum_},
            "agree": None,
        }
    how = _("Your card is kept at Stripe. %(sum)s is taken when the house says yes; a no costs nothing.")
    return {
        "shared": shared,
        "button": _("Ask for it and give a card"),
        "how": how % {"sum": sum_},
        "agree": payments.mandate_words(offer.card_cents, currency, asked.resource.venue.entity.name),
    }


# Why a card was refused, by Stripe's codes, as the holder may act on it.
FAILURES = {
    "insufficient_funds": lambda: _("The bank says that there is not enough money on the card."),
    "expired_card": lambda: _("The card has expired."),
    "incorrect_cvc": lambda: _("The security code was wrong."),
    "authentication_required": lambda: _("Your bank wants to ask you first."),
    "payment_intent_authentication_failure": lambda: _("Your bank could not make sure that it was you."),
    "setup_intent_authentication_failure": lambda: _("Your bank could not make sure that it was you."),
}


def failure_words(code: str) -> str:
    """Why it was not paid; '' for nothing that we know of."""
    if not code:
        return ""
    found = FAILURES.get(code)
    return found() if found else _("Your bank refused the card.")


def lines(found: Reservation, money: CardMoney, *, own: bool, at: datetime) -> list[str]:
    """What a card paid, keeps ready, and got back, as sentences. Others than its member learn no reasons of a bank."""
    if not found.card_cents and not money.payments:
        return []
    values: dict[str, Any] = {"sum": i18n.money(found.card_cents, found.currency)}
    said = []
    if money.paid_cents:
        values["paid"] = i18n.money(money.paid_cents, found.currency)
        day = next(each.paid_at for each in money.payments if each.paid_at)
        values["moment"] = i18n.moment(day, found.venue.zone)
        said.append(_("%(paid)s was paid by card on %(moment)s.") % values)
    elif found.waits_for_card:
        said.append(_("%(sum)s is to be paid by card.") % values)
    elif found.waits_for_house and money.authorised:
        said.append(_("%(sum)s is kept ready on the card, and taken only when the house says yes.") % values)
    elif found.waits_for_house and money.saved:
        said.append(_("A card is given: %(sum)s is taken only when the house says yes.") % values)
    elif not found.live:
        said.append(_("Nothing was taken from the card."))
    if money.back_cents:
        said.append(_back_words(found, money))
    if money.failed_cents:
        values["failed"] = i18n.money(money.failed_cents, found.currency)
        said.append(
            _("%(failed)s could not go back to the card yet. The treasurers know, and try again.") % values
        )
    open_disputes = [each for each in money.disputes if each.closed_at is None]
    if open_disputes:
        said.append(_("The holder of the card has asked their bank about this payment."))
    if own and found.waits_for_card and money.last and money.last.failure:
        said.append(failure_words(money.last.failure))
    return said


def _back_words(found: Reservation, money: CardMoney) -> str:
    values = {"back": i18n.money(money.back_cents, found.currency)}
    if all(each.status == "succeeded" for each in money.refunds if each.status != "failed"):
        return _("%(back)s went back to the card; banks show it within five to ten days.") % values
    return _("%(back)s is on its way back to the card.") % values


async def change_waiting(found: Reservation, at: datetime) -> dict[str, Any] | None:
    """The change that waits for its payment, as its page shows it; None for most bookings."""
    if not found.card_cents or found.state != "confirmed":
        return None
    hold = await reservations.open_change(found.id)
    if hold is None or hold.held_until <= at:
        return None
    return {
        "when": i18n.span(hold.begins_at, hold.ends_at, found.venue.zone, "full"),
        "sum": i18n.money(hold.card_cents, found.currency),
        "until": hold.held_until,
    }


async def change_outcome(money: CardMoney, *, answered: bool) -> tuple[str, ChangeHold] | None:
    """What has become of the change that the newest payment is for; None where it is for the booking itself.

    changed, processing, unknown, change_unpaid, change_lost, change_over.
    """
    last = money.last
    if last is None or not last.change_id:
        return None
    hold = await ChangeHold.get(id=last.change_id)
    if hold.state == "done":
        return "changed", hold
    if hold.state == "held":
        if not answered:
            return "unknown", hold
        return ("processing" if last.status == "processing" else "change_unpaid"), hold
    return ("change_lost" if last.captured_cents else "change_over"), hold
