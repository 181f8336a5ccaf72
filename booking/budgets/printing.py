"""A statement on paper: the lines of its CSV between two balances, over as many pages as they need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from booking import i18n, paper
from booking.budgets.models import Activity
from booking.budgets.statements import STATES, StatementLine, entry_of
from booking.i18n import gettext as _

TEMPLATE = "budgets/statement.typ"
LINES_MAX = 2_000  # some 2 ms each, so that nobody keeps a processor busy for long
# What is typed without a space, like a long address on the web, must not run into the next column.
_UNBROKEN = re.compile(r"\S{24}")


async def statement_pdf(
    activity: Activity,
    lines: list[StatementLine],
    opening_cents: int,
    *,
    period: tuple[date | None, date | None],
    titles: Mapping[UUID, str],
    at: datetime,
) -> bytes:
    """The lines, oldest first, as PDF in the language spoken here. `entity` and `account` are fetched.

    `opening_cents`: the balance before the first line. `titles`: what was booked, by reservation, else the ledger's
    own notes. `at`: when it is made; it stands on each page. Call it outside transactions.
    """
    said = words_of(activity, lines, opening_cents, period=period, titles=titles, at=at)
    return await paper.pdf(TEMPLATE, said, at=at)


def words_of(
    activity: Activity,
    lines: list[StatementLine],
    opening_cents: int,
    *,
    period: tuple[date | None, date | None],
    titles: Mapping[UUID, str],
    at: datetime,
) -> dict[str, Any]:
    """What stands on it, in the language spoken here. `page` keeps {n} and {all}: the paper knows them."""
    currency, zone = activity.account.currency, activity.entity.zone

    def sum_(cents: int) -> str:
        return i18n.money(cents, currency)

    def moved(cents: int) -> str:
        return sum_(cents) if cents else ""

    notes = {line.subject: line.title for line in lines if line.title}

    def detail(line: StatementLine) -> str:
        booked = titles.get(line.reservation_id) if line.reservation_id else None
        return _breakable(booked or line.title or notes.get(line.subject, ""))

    closing_cents = lines[-1].balance_cents if lines else opening_cents
    return {
        "lang": i18n.language(),
        "title": _("Statement"),
        "name": _breakable(activity.name),
        "of": _("Activity %(number)s at %(entity)s")
        % {"number": activity.number, "entity": activity.entity.name},
        "period": _period(*period),
        "author": activity.entity.name,
        "heads": [_("Date"), _("Entry"), _("State"), _("Out"), _("In"), _("Reserved"), _("Balance")],
        "opening": [_("Balance before this period"), sum_(opening_cents)],
        "rows": [
            [
                i18n.day(line.at, zone, "medium"),
                [entry_of(line), detail(line)],
                str(STATES[line.state]),
                moved(line.out_cents),
                moved(line.in_cents),
                moved(line.reserved_cents),
                sum_(line.balance_cents),
            ]
            for line in lines
        ],
        "empty": "" if lines else _("Nothing has moved in this time."),
        "total": [
            _("In all"),
            sum_(sum(line.out_cents for line in lines)),
            sum_(sum(line.in_cents for line in lines)),
            moved(sum(line.reserved_cents for line in lines)),
            sum_(closing_cents),
        ],
        "foot": _("%(name)s, as of %(moment)s") % {"name": activity.number, "moment": i18n.moment(at, zone)},
        "page": _("Page %(number)s of %(all)s") % {"number": "{n}", "all": "{all}"},
    }


def _breakable(text: str) -> str:
    return _UNBROKEN.sub("\\g<0>\u200b", text)


def _period(first: date | None, last: date | None) -> str:
    days = {
        "first": i18n.day(first, style="medium") if first else "",
        "last": i18n.day(last, style="medium") if last else "",
    }
    if first and last:
        return _("From %(first)s until %(last)s") % days
    if first:
        return _("From %(first)s on") % days
    if last:
        return _("Until %(last)s") % days
    return _("Everything")
