"""What must always hold, asked now: for treasurers and administrators, so that nobody has to believe it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from booking import checks
from booking.checks import Finding
from booking.i18n import lazy
from booking.web import session
from booking.web.books import books_of, shown

FRESH = timedelta(minutes=1)  # asking takes the database some work, so many eyes share one answer

SAID = {
    "I1": lazy("No room or thing is in two live bookings at once."),
    "I2": lazy("Each live booking holds exactly what it needs, and nobody else holds anything."),
    "I3": lazy("In each currency all entries together come to zero."),
    "I4": lazy("Each transfer fits its accounts and what it settles: same currency, never more money."),
    "I5": lazy("What an account says it holds is the sum of its transfers."),
    "I6": lazy("No budget is overdrawn."),
    "I7": lazy("Transfers and events cannot be changed by anybody."),
    "I8": lazy("Each live booking has its money, and money waits for live bookings only."),
    "I9": lazy("No booking stays on hold beyond its time."),
    "I10": lazy("Nothing is settled twice."),
    "I11": lazy("What cards paid and got back stands in the books, once."),
    "I12": lazy("No mail waits longer than five minutes."),
    "I13": lazy("Nobody is in two places at once, and stays fit their bookings."),
    "I14": lazy("Our card payments and Stripe’s agree."),
    "I15": lazy("Each card payment and refund has its receipt, numbered without a gap."),
    "schema": lazy("Money is kept as whole numbers, and every moment with its time zone."),
}


class _Asked:
    """The last answer of this process, and the lock of who is just asking."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.at: datetime | None = None
        self.findings: list[Finding] = []


async def show(request: Request) -> Response:
    """Each invariant with its answer, and the rows that break it."""
    _member, entity = await books_of(request)
    at, findings = await _answer(request)
    broken: dict[str, list[Finding]] = {}
    for each in findings:
        broken.setdefault(each.code, []).append(each)
    codes = [*SAID, *(code for code in broken if code not in SAID)]
    rows: list[dict[str, Any]] = [
        {
            "code": code,
            "said": str(SAID.get(code, code)),
            "broken": [(each.sentence, each.count, each.examples) for each in broken.get(code, [])],
        }
        for code in codes
    ]
    return shown(
        request, "books/checks.html", entity, "books_checks", rows=rows, asked_at=at, all_well=not findings
    )


async def _answer(request: Request) -> tuple[datetime, list[Finding]]:
    at = session.at(request)
    state = request.app.state
    if not hasattr(state, "checks_asked"):
        state.checks_asked = _Asked()
    asked: _Asked = state.checks_asked
    async with asked.lock:
        if asked.at is None or not asked.at <= at < asked.at + FRESH:
            asked.findings = await checks.run(at)
            asked.at = at
        return asked.at, asked.findings
