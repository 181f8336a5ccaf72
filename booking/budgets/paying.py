"""The money of one booking: reserved at booking, taken at its start or as a late fee, let go when cancelled in time.

The books after `take`, each line its own transfer (all in the Activity's currency until the exchange):

    budget → due (home entity)                       what the booking costs, posted from the pend
    due → income, due → VAT                          when venue and Activity belong to one entity
    due → clearing home:host                         otherwise, in the home entity's book; and in the host's book
    clearing host:home → income, → VAT               the same sum, in the venue's currency

With two currencies, due → exchange (home's money) and exchange → clearing (the venue's money) are linked by subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from booking import ledger, pricing
from booking.budgets.activities import check_limits, check_open, transfer_id
from booking.budgets.models import Activity, ActivityPerson
from booking.errors import Refused
from booking.i18n import lazy
from booking.ledger import Account, Transfer
from booking.money import split


class NotEnoughBudget(Refused):
    """The Activity has not enough left."""

    code = "not_enough_budget"
    text = lazy(
        "%(name)s has %(available_cents)s available, and this costs %(amount_cents)s: %(short_cents)s too little."
    )
    rule = lazy("A budget is never overdrawn.")


@dataclass(frozen=True, slots=True)
class Payment:
    """What an Activity pays for a price: minor units of its own currency, and the rate used ('' for none)."""

    currency: str
    amount_cents: int
    rate: str


async def price_in(activity: Activity, total_cents: int, currency: str, on: date) -> Payment:
    """The price in the Activity's currency. Raises pricing.NoRate."""
    own = activity.account.currency
    amount_cents, rate = await pricing.convert_at(total_cents, currency, own, on)
    return Payment(own, amount_cents, rate)


async def covered(
    activity: Activity,
    person: ActivityPerson,
    total_cents: int,
    currency: str,
    on: date,
    *,
    spent_this_month_cents: int,
) -> int:
    """How much of a price the Activity can pay now, within the person's limits. Minor units of the price's currency.

    The Activity comes with its account. Raises pricing.NoRate.
    """
    room = [activity.account.available_cents]
    if person.reservation_limit_cents is not None:
        room.append(person.reservation_limit_cents)
    if person.month_limit_cents is not None:
        room.append(person.month_limit_cents - spent_this_month_cents)
    own_cents = max(0, min(room))
    whole = await price_in(activity, total_cents, currency, on)
    if whole.amount_cents <= own_cents:
        return total_cents
    part = total_cents * own_cents // whole.amount_cents
    # Rounding the other way round may ask for a cent more than there is.
    while part and (await price_in(activity, part, currency, on)).amount_cents > own_cents:
        part -= 1
    return part


async def reserve_money(
    key: str,
    activity: Activity,
    person: ActivityPerson | None,
    payment: Payment,
    *,
    begins_at: datetime,
    zone: str,
    subject: str,
    spent_this_month_cents: int,
    at: datetime,
    by_id: int,
    note: str,
    due: Account | None = None,
) -> Transfer | None:
    """Pend the payment under an id made from `key`; nothing when it is free.

    `person` is the member's part in the Activity. `due`: as `to_pay_asked` found it, with the Activity's account
    locked, for a `key` that nobody can have used. Raises ActivityClosed, OverLimit, NotEnoughBudget.
    """
    check_open(activity, begins_at, zone)
    if payment.amount_cents == 0:
        return None
    if person is not None:
        check_limits(
            person, payment.currency, payment.amount_cents, spent_this_month_cents=spent_this_month_cents
        )
    ready = due is not None
    try:
        return await ledger.pend(
            transfer_id("pend", key),
            activity.account,
            due or await _account("due", activity.entity_id, payment.currency),
            payment.amount_cents,
            code="booking",
            subject=subject,
            at=at,
            by_id=by_id,
            note=note,
            ready=ready,
        )
    except ledger.NotEnough as refusal:
        raise too_little(activity, payment, refusal.values["available_cents"]) from None


def too_little(activity: Activity, payment: Payment, available_cents: int) -> NotEnoughBudget:
    """The refusal of a payment for which there is not enough."""
    available_cents = max(0, available_cents)
    return NotEnoughBudget(
        name=activity.name,
        available_cents=available_cents,
        amount_cents=payment.amount_cents,
        short_cents=payment.amount_cents - available_cents,
        currency=payment.currency,
    )


def objections(
    activity: Activity,
    person: ActivityPerson | None,
    payment: Payment,
    *,
    begins_at: datetime,
    zone: str,
    spent_this_month_cents: int,
    freed_cents: int = 0,
) -> list[Refused]:
    """All that `reserve_money` would refuse as things stand, for the price shown beside the form.

    `freed_cents` is what a change gives back first. Reads nothing: the Activity comes with its account.
    """
    found: list[Refused] = []
    try:
        check_open(activity, begins_at, zone)
        if person is not None and payment.amount_cents:
            check_limits(
                person, payment.currency, payment.amount_cents, spent_this_month_cents=spent_this_month_cents
            )
    except Refused as refusal:
        found.append(refusal)
    available_cents = activity.account.available_cents + freed_cents
    if payment.amount_cents > available_cents:
        found.append(too_little(activity, payment, available_cents))
    return found


async def let_go(pend: Transfer, *, at: datetime, by_id: int | None = None) -> None:
    """Void what was reserved: the whole amount is the Activity's again."""
    await ledger.void(transfer_id("void", pend.id), pend, at=at, by_id=by_id)


async def take(
    pend: Transfer,
    activity: Activity,
    *,
    share_cents: int,
    total_cents: int,
    vat_cents: int,
    vat_basis_points: int,
    venue: Any,
    code: str,
    at: datetime,
    by_id: int | None = None,
) -> int:
    """Post what is due and spread it. `share_cents` of `total_cents` (venue's currency) is taken; the rest is freed.

    `venue` has entity_id, country and currency. Returns what the Activity paid, in its own minor units.
    """
    assert 0 < share_cents <= total_cents
    if share_cents == total_cents:
        paid_cents, tax_cents = pend.amount_cents, vat_cents
    else:
        paid_cents = split(pend.amount_cents, [share_cents, total_cents - share_cents])[0]
        tax_cents = split(share_cents, [vat_cents, total_cents - vat_cents])[0]
    if paid_cents == 0:
        await let_go(pend, at=at, by_id=by_id)
        return 0
    await ledger.post(transfer_id("post", pend.id), pend, paid_cents, at=at, by_id=by_id, code=code)
    home, host, own, theirs = activity.entity_id, venue.entity_id, pend.currency, venue.currency
    source = await _account("due", home, own)
    steps: list[tuple[str, Account, Account, int]] = []
    if own != theirs:
        steps.append(("exchange", source, await _account("exchange", home, own), paid_cents))
        source = await _account("exchange", home, theirs)
    if home != host:
        steps.append(("clearing", source, await _account("clearing", home, theirs, other=host), share_cents))
        source = await _account("clearing", host, theirs, other=home)
    vat = await _account("vat", host, theirs, other=f"{venue.country}:{vat_basis_points}")
    steps.append(("income", source, await _account("income", host, theirs), share_cents - tax_cents))
    steps.append(("vat", source, vat, tax_cents))
    for name, debit, credit, amount in steps:
        if amount:
            await ledger.move(
                transfer_id(name, pend.id),
                debit,
                credit,
                amount,
                code=name,
                subject=pend.subject,
                at=at,
                by_id=by_id,
            )
    return paid_cents


async def _account(kind: str, entity_id: int, currency: str, *, other: Any = "") -> Account:
    key = f"{kind}:{entity_id}:{other}:{currency}" if other != "" else f"{kind}:{entity_id}:{currency}"
    return await ledger.account(key, kind=kind, currency=currency, entity_id=entity_id)


async def pend_of(id: UUID) -> Transfer:
    """The pending transfer of this id."""
    return await Transfer.get(id=id)


async def give_back(subject: str, *, at: datetime, by_id: int | None = None) -> int:
    """Reverse all that was taken for a subject, newest first. Returns what the Activity got back, minor units."""
    moved = await Transfer.filter(subject=subject, kind__in=["move", "post"]).order_by("-at", "id")
    undone = set(await Transfer.filter(kind="reverse", subject=subject).values_list("pending_id", flat=True))
    back_cents = 0
    for each in moved:
        if each.id in undone:
            continue
        await ledger.reverse(transfer_id("reverse", each.id), each, code="refund", at=at, by_id=by_id)
        if each.kind == "post":
            back_cents += each.amount_cents
    return back_cents
