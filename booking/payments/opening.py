"""From a held reservation to the page on which it is paid: one at a time, and the claim lives as long as it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from booking import db, i18n, reservations
from booking.errors import Refused
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.payments import asking, settling, stripe
from booking.payments.models import Mandate, Payment
from booking.payments.steps import reached
from booking.reservations import ByCard, ChangeHold, Reservation

# Two minutes more than Stripe's shortest page, so that a second try at opening it still can.
HOLD = timedelta(minutes=32)
# An authorisation lives five to seven days, by the card's network; a later answer needs a saved card.
AUTHORISATION = timedelta(days=4, hours=12)
# A hold is never renewed for longer than this after the booking was made.
RENEWED_MAX = timedelta(hours=2)
# Stripe's longest page lives a day; a hold that lasts longer gets another page when this one has ended.
PAGE_MAX = timedelta(hours=23)
# Stripe's least charge, in minor units.
LEAST_CENTS = {
    "EUR": 50, "SEK": 300, "DKK": 250, "NOK": 300, "CHF": 50, "GBP": 30, "USD": 50, "PLN": 200, "CZK": 1500,
    "HUF": 17500, "RON": 200, "BGN": 100,
}  # fmt: skip


class NothingToPay(Refused):
    """The reservation does not wait for a card any more."""

    code = "nothing_to_pay"
    text = lazy("There is nothing to pay for this booking any more.")


class NoAnswer(Refused):
    """Stripe did not answer, or would not open a page: the claim is kept, and it can be tried again."""

    code = "no_answer"
    text = lazy(
        "The payment page could not be opened just now. Nothing was paid, and the time is kept for you. "
        "Please try again in a moment."
    )


def on(entity: Any) -> bool:
    """Whether this entity takes cards."""
    return stripe.keys_of(entity.key) is not None


def by_card(entity: Any, currency: str, *, rest: bool = False, hold: timedelta = HOLD) -> ByCard | None:
    """How a card pays here, for `reservations.reserve` and `offer`; None where cards are off.

    `hold`: so long the time is kept, where the payer gets the link by mail.
    """
    return ByCard(LEAST_CENTS.get(currency, 50), max(hold, HOLD), rest) if on(entity) else None


def method_for(reservation: Reservation, at: datetime) -> str:
    """How the card is asked: charged at once; or, for a request, authorised or saved, by when the answer is due."""
    if reservation.held_for != "card":
        return "charge"
    return "authorise" if answer_within(reservation.resource, reservation.span, at) else "save"


def answer_within(resource: Any, span: Any, at: datetime) -> bool:
    """Whether the house's answer is due before an authorisation would end."""
    return reservations.approval_deadline(resource, span, at) - at <= AUTHORISATION


def mandate_words(most_cents: int, currency: str, entity_name: str) -> str:
    """What somebody agrees to who gives a card for a request, in the language spoken here."""
    return _(
        "I allow %(entity)s to charge this card once for this booking, %(sum)s at most, when the house says yes. "
        "If I cancel late or do not come, the fee that the terms name is kept of it."
    ) % {"entity": entity_name, "sum": i18n.money(most_cents, currency)}


async def checkout(reservation_id: UUID, *, at: datetime, change_id: UUID | None = None) -> str:
    """The address of the page on which this held reservation is paid: the one that is open, or a new one.

    With `change_id` the page on which that dearer change of it is paid. Raises NothingToPay, and NoAnswer when Stripe
    does not answer; then the claim stays held and it can be tried again.
    """
    for _try in range(2):
        if change_id:
            payment = await _prepare_change(reservation_id, change_id, at=at)
        else:
            payment = await _prepare(reservation_id, at=at)
        reached("page noted")
        if payment.status == "open":
            return payment.url
        await payment.fetch_related("entity")
        try:
            seen = await asking.open_page(payment, at=at)
        except stripe.Unreachable:
            raise NoAnswer() from None
        if seen is not None and seen.status == "open":
            await settling.write(payment.id, seen, at=at)
            return payment.url
        # Stripe would not open it (it was written down too long ago): another try, by a new key.
        await _give_up(payment.id, at=at)
    raise NoAnswer()


async def open_address(reservation_id: UUID, *, at: datetime, change_id: UUID | None = None) -> str | None:
    """The page that is open for this held reservation, or for this change of it, as far as we know; None for none.

    Asks nobody.
    """
    found = Payment.filter(reservation_id=reservation_id, status="open", expires_at__gt=at)
    found = found.filter(change_id=change_id) if change_id else found.filter(change_id__isnull=True)
    last = await found.order_by("-number").first()
    return last.url if last else None


@db.atomic
async def _prepare(reservation_id: UUID, *, at: datetime) -> Payment:
    """The page that is open or was to be opened; else a new one, written down with its key before it is asked for."""
    locked = await db.lock(Reservation, [reservation_id])
    if not locked or not locked[0].waits_for_card:
        raise NothingToPay()
    reservation = locked[0]
    last = await Payment.filter(reservation_id=reservation_id).order_by("-number").first()
    if last is not None and last.status in ("opening", "open") and last.expires_at and last.expires_at > at:
        return last
    if last is not None and last.status in asking.ALIVE:
        raise NothingToPay()  # it is being paid
    until = _page_end(reservation, at)
    if until is None:
        raise NothingToPay()
    await reservations.keep_until(reservation.id, max(until, reservation.held_until or until))
    await reservation.fetch_related("venue__entity", "resource")
    payment = await Payment.create(
        id=uuid4(),
        reservation_id=reservation.id,
        entity_id=reservation.venue.entity_id,
        number=last.number + 1 if last else 1,
        method=method_for(reservation, at),
        currency=reservation.currency,
        amount_cents=reservation.card_cents,
        language=i18n.language(),
        expires_at=until,
        created_at=at,
        settled_at=at,
        look_at=at + timedelta(minutes=1),
    )
    await asking.note_opening(payment, at=at)
    if payment.method == "save":
        await Mandate.create(
            payment_id=payment.id,
            member_id=reservation.member_id,
            words=mandate_words(payment.amount_cents, payment.currency, reservation.venue.entity.name),
            language=payment.language,
            most_cents=payment.amount_cents,
            currency=payment.currency,
            agreed_at=at,
        )
    return payment


@db.atomic
async def _prepare_change(reservation_id: UUID, change_id: UUID, *, at: datetime) -> Payment:
    """The page of a dearer change, as `_prepare` does it for a booking."""
    [reservation] = await db.lock(Reservation, [reservation_id])
    change = await ChangeHold.get_or_none(id=change_id, reservation_id=reservation_id, state="held")
    if change is None:
        raise NothingToPay()
    tries = await Payment.filter(reservation_id=reservation_id).order_by("-number")
    last = next((each for each in tries if each.change_id == change_id), None)
    if last is not None and last.status in ("opening", "open") and last.expires_at and last.expires_at > at:
        return last
    if last is not None and last.status in asking.ALIVE:
        raise NothingToPay()  # it is being paid
    until = change.held_until
    if until - at < asking.PAGE_MINUTES_MIN + timedelta(minutes=1):
        if at - change.created_at > RENEWED_MAX:
            raise NothingToPay()
        until = at + HOLD
    until = until.replace(microsecond=0)
    await reservations.keep_change_until(change_id, until)
    await reservation.fetch_related("venue")
    payment = await Payment.create(
        id=uuid4(),
        reservation_id=reservation_id,
        entity_id=reservation.venue.entity_id,
        change_id=change_id,
        number=tries[0].number + 1 if tries else 1,
        method="charge",
        currency=reservation.currency,
        amount_cents=change.card_cents,
        language=i18n.language(),
        expires_at=until,
        created_at=at,
        settled_at=at,
        look_at=at + timedelta(minutes=1),
    )
    await asking.note_opening(payment, at=at)
    return payment


def _page_end(reservation: Reservation, at: datetime) -> datetime | None:
    """Until when the next page lives, in whole seconds as Stripe counts; None where the hold is not renewed again."""
    ends = reservation.held_until or at
    if ends - at < asking.PAGE_MINUTES_MIN + timedelta(minutes=1):
        if reservation.decided_by_id or at - reservation.created_at > RENEWED_MAX:
            return None
        ends = at + HOLD
    return min(ends, at + PAGE_MAX).replace(microsecond=0)


@db.atomic
async def _give_up(payment_id: UUID, *, at: datetime) -> None:
    known = await Payment.get(id=payment_id)
    await db.lock(Reservation, [known.reservation_id])
    await Payment.filter(id=payment_id, status="opening").update(
        status="failed", failure="page_refused", look_at=None, settled_at=at
    )


async def close(reservation_id: UUID, *, at: datetime) -> None:
    """Before a held reservation is given up: find out whether it was paid, and close its page. Never raises.

    Where Stripe does not answer, the page is closed later, and what was paid in between goes back.
    """
    payments = Payment.filter(reservation_id=reservation_id, status__in=["opening", "open"])
    for payment in await payments.select_related("entity"):
        try:
            if payment.session_id:
                await stripe.call(payment.entity.key, "checkout.sessions.expire", payment.session_id)
        except (stripe.Unreachable, stripe.Wrong):
            pass  # answered by what is seen now
        if payment.status == "open":
            await settling.settle(payment.id, at=at)
