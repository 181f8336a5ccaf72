"""What a treasurer sees of card payments: refused refunds, differences, disputes, and where the money is."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, limits, payments
from booking.errors import NotFound, Refused
from booking.forms import Day, Form, Shape, read
from booking.i18n import gettext as _
from booking.payments import Payout
from booking.places import Entity
from booking.timespan import day_span
from booking.web import session
from booking.web.books_seller import lacking_words
from booking.web.pages import flash, page, redirect, url
from booking.web.places import reservation_url

COMPARES_MAX, COMPARES_SECONDS = 6, 600
WHY = {
    "claim_lost": lambda: _("paid too late"),
    "change_lost": lambda: _("change paid too late"),
    "cancelled": lambda: _("cancelled"),
    "cancelled_by_venue": lambda: _("cancelled by the house"),
    "declined": lambda: _("declined"),
    "changed": lambda: _("changed to cheaper"),
    "twice": lambda: _("paid twice"),
    "by_hand": lambda: _("made by hand at Stripe"),
}
WHAT = {
    "captured": lambda: _("What was paid differs"),
    "refunded": lambda: _("What went back differs"),
    "unknown": lambda: _("Stripe has a payment that no booking knows"),
    "payout": lambda: _("What was paid out differs"),
    "missing": lambda: _("Stripe does not know this payment"),
}


class Period(Shape):
    """From which day until which."""

    first: Day | None = None
    last: Day | None = None


async def _scope(request: Request) -> list[int] | None:
    """The entities whose books the visitor keeps; None for all. Raises NotFound for everybody else."""
    await session.signed_in(request)
    roles = session.roles(request)
    if roles.administrator:
        return None
    if not roles.treasurer_of:
        raise NotFound
    return sorted(roles.treasurer_of)


async def index(request: Request) -> Response:
    """Everything that wants a treasurer's eye first, then what is quiet."""
    scope = await _scope(request)
    books = await payments.books_of(scope)
    form = await read(request, Period)
    names = {each.id: each.name for each in books.entities}
    return page(
        request,
        "books/cards.html",
        status=form.status,
        books=books,
        names=names,
        form=form,
        on=[each for each in books.entities if payments.on(each)],
        lacking=[
            (each, words, url("books_seller", key=each.key))
            for each in books.entities
            if payments.on(each) and (words := lacking_words(each))
        ],
        failed=[(each, WHY[each.reason]()) for each in books.failed],
        differences=[(each, WHAT[each.kind]()) for each in books.differences],
        disputes=[(each, dispute_words(each.status)) for each in books.disputes],
        payouts=[(each, payout_words(each)) for each in books.payouts],
        balances=_balances(await payments.balances(list(names)), names),
        runs=[(names[entity_id], run) for entity_id, run in books.comparisons.items()],
        place=reservation_url,
    )


def payout_words(payout: Payout) -> str:
    """Where a payout is, for people."""
    return {
        "pending": _("Is being sent"),
        "in_transit": _("On its way to the bank"),
        "paid": _("At the bank"),
        "failed": _("Sent back by the bank: it is at Stripe again"),
        "canceled": _("Called off: it is at Stripe"),
    }[payout.status]


def dispute_words(status: str) -> str:
    """Stripe's state of a dispute, for people."""
    return {
        "needs_response": _("Answer it at Stripe"),
        "warning_needs_response": _("The bank asks; answer it at Stripe"),
        "under_review": _("The bank decides"),
        "warning_under_review": _("The bank decides"),
        "won": _("Won: the money is back"),
        "lost": _("Lost"),
        "warning_closed": _("Closed"),
        "prevented": _("Closed"),
    }.get(status, status)


def _balances(
    found: list[tuple[int, str, str, int]], names: dict[int, str]
) -> list[tuple[str, dict[str, str]]]:
    rows: dict[tuple[int, str], dict[str, int]] = {}
    for entity_id, currency, kind, cents in found:
        rows.setdefault((entity_id, currency), {})[kind] = cents
    return [
        (
            names[entity_id],
            {
                kind: i18n.money(kinds.get(kind, 0), currency)
                for kind in ("card", "transit", "bank", "advance", "fees", "disputes")
            },
        )
        for (entity_id, currency), kinds in rows.items()
    ]


async def as_csv(request: Request) -> Response:
    """Every movement of card money of a period (this month, where none is given), for the cooperative's own books."""
    scope = await _scope(request)
    entities = await (Entity.all() if scope is None else Entity.filter(id__in=scope))
    form = await read(request, Period)
    first, last = _days(form, session.at(request))
    zone = entities[0].zone if entities else "UTC"
    lines = await payments.movements(
        [each.id for each in entities], day_span(first, zone).begins_at, day_span(last, zone).ends_at
    )
    out = io.StringIO()
    writer = csv.writer(out)
    heads = ["Date", "Movement", "Debit", "Credit", "Amount", "Currency", "Booking", "Stripe"]
    writer.writerow(heads)
    for each in lines:
        there = each.at.astimezone(ZoneInfo(zone))
        writer.writerow(
            [
                there.isoformat(timespec="seconds"),
                each.code,
                each.debit,
                each.credit,
                f"{each.amount_cents / 100:.2f}",
                each.currency,
                each.reservation_id,
                each.intent_id,
            ]
        )
    return Response(
        out.getvalue().encode() if form.valid else b"",
        status_code=form.status,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="cards-{first}-{last}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _days(form: Form[Period], at: datetime) -> tuple[date, date]:
    last = (form.value.last if form.valid else None) or at.date()
    first = (form.value.first if form.valid else None) or last.replace(day=1)
    return min(first, last), max(first, last)


async def compare(request: Request) -> Response:
    """Compare now with Stripe's list, without waiting for the night."""
    scope = await _scope(request)
    member = await session.confirmed(request)
    at = session.at(request)
    await limits.count(f"compare:{member.id}", most=COMPARES_MAX, per_seconds=COMPARES_SECONDS, at=at)
    runs = []
    for entity in await (Entity.all() if scope is None else Entity.filter(id__in=scope)):
        if payments.on(entity):
            runs.append(await payments.compare(entity, at=at))
    if any(run.error for run in runs):
        flash(request, "warning", _("Stripe did not answer. Please try again in a moment."))
    else:
        flash(request, "success", _("Compared with Stripe."))
    return redirect(request, "books_cards")


async def refund_again(request: Request) -> Response:
    """Ask for a refused refund again."""
    await _scope(request)
    member = await session.confirmed(request)
    try:
        done = await payments.try_again(request.path_params["refund_id"], by=member, at=session.at(request))
    except Refused as refusal:
        flash(request, "warning", refusal.sentence)
        return redirect(request, "books_cards")
    if done.status == "failed":
        flash(
            request, "error", _("Stripe refused it again. Please look at the payment in Stripe's dashboard.")
        )
    elif done.status == "asked":
        flash(request, "info", _("Stripe does not answer just now. It is tried again by itself."))
    else:
        flash(request, "success", _("The refund is on its way."))
    return redirect(request, "books_cards")
