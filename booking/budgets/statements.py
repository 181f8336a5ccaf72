"""An Activity's statement: one line per movement, with a running balance, as a page, as CSV and on paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from booking import ledger
from booking.budgets.models import Activity
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.timespan import local_day

STATES = {
    "reserved": lazy("Reserved"),
    "settled": lazy("Settled"),
    "refunded": lazy("Refunded"),
    "freed": lazy("Freed"),
    "allotment": lazy("Allotment"),
}

CODES = {
    "booking": lazy("Booking"),
    "extension": lazy("Booking made longer"),
    "cancellation_fee": lazy("Cancellation fee"),
    "no_show_fee": lazy("Fee for not coming"),
    "refund": lazy("Refund"),
    "allotment": lazy("Allotment"),
    "allotment_back": lazy("Allotment taken back"),
}


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement. `state`: 'reserved' (waiting), 'settled', 'freed' (reserved, then let go), 'allotment',
    'refunded'. Amounts in minor units; the balance counts what took effect, so a reserved line leaves it as it was.
    Lines are in the order of (at, transfer_id).
    """

    at: datetime
    code: str
    state: str
    subject: str
    reservation_id: UUID | None
    title: str
    out_cents: int
    in_cents: int
    reserved_cents: int
    balance_cents: int
    by_id: int | None
    transfer_id: UUID


async def statement(
    activity: Activity, *, zone: str, first: date | None = None, last: date | None = None
) -> list[StatementLine]:
    """The lines from `first` to `last`, both inclusive, in the entity's zone, oldest first.

    A pend that was posted is one line (its post); what a part-post freed is not a movement of its own.
    """
    found = await ledger.entries(activity.account)
    resolved = {entry.pending_id: entry for entry in found if entry.kind in ("post", "void")}
    notes = {entry.id: entry.note for entry in found}
    lines: list[StatementLine] = []
    balance = 0
    for entry in found:
        state, amount, reserved = _state(entry, resolved)
        if state is None:
            continue
        balance += amount
        day = local_day(entry.at, zone)
        if (first and day < first) or (last and day > last):
            continue
        kind, _colon, name = entry.subject.partition(":")
        lines.append(
            StatementLine(
                at=entry.at,
                code=entry.code,
                state=state,
                subject=entry.subject,
                reservation_id=UUID(name) if kind == "reservation" else None,
                title=entry.note or (notes.get(entry.pending_id, "") if entry.pending_id else ""),
                out_cents=max(0, -amount),
                in_cents=max(0, amount),
                reserved_cents=reserved,
                balance_cents=balance,
                by_id=entry.by_id,
                transfer_id=entry.id,
            )
        )
    return lines


def _state(entry: ledger.Entry, resolved: dict[UUID | None, ledger.Entry]) -> tuple[str | None, int, int]:
    """The line's state, what it does to the balance, and what it keeps reserved; no state: no line of its own."""
    if entry.kind == "pend":
        return ("reserved", 0, -entry.amount_cents) if entry.id not in resolved else (None, 0, 0)
    if entry.kind == "void":
        return "freed", 0, 0
    if entry.kind == "post":
        return "settled", entry.amount_cents, 0
    if entry.kind == "reverse":
        return "refunded", entry.amount_cents, 0
    return "allotment", entry.amount_cents, 0


def entry_of(line: StatementLine) -> str:
    """What kind of movement it is, in the language spoken here."""
    return str(CODES.get(line.code, line.code))


def csv_of(
    activity: Activity, lines: list[StatementLine], *, zone: str, titles: Mapping[UUID, str] | None = None
) -> str:
    """The statement as CSV (RFC 4180), amounts as plain decimals, texts that a spreadsheet would run defused.

    In the language spoken here; `titles` are what was booked, by reservation, else the ledger's own notes.
    """
    named = titles or {}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            _("Date"),
            _("Entry"),
            _("State"),
            _("Reference"),
            _("Out"),
            _("In"),
            _("Reserved"),
            _("Balance"),
            _("Currency"),
        ]
    )
    for line in lines:
        amounts = (line.out_cents, line.in_cents, line.reserved_cents, line.balance_cents)
        writer.writerow(
            [
                local_day(line.at, zone).isoformat(),
                defused((line.reservation_id and named.get(line.reservation_id)) or line.title),
                str(STATES[line.state]),
                defused(line.subject),
                *(f"{amount / 100:.2f}" for amount in amounts),
                activity.account.currency,
            ]
        )
    return out.getvalue()


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return (
        f"'{text}" if text.lstrip(" \u00a0\t\r\n")[:1] in ("=", "+", "-", "@") or text[:1] in "\t\r" else text
    )
