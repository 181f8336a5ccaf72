"""A member's Activities: what is available, and the statement of each; for treasurers those of their entity too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n, limits, paper, reservations
from booking.budgets import Purse, StatementLine
from booking.forms import Day, Form, Shape, read
from booking.i18n import gettext as _
from booking.i18n import lazy, plazy
from booking.timespan import local_day
from booking.web import session
from booking.web.pages import page, url

PER_PAGE = 100
KEPT_PER_PAGE = 50
PDFS_MAX, PDFS_SECONDS = 20, 60
PARTS = {
    "owner": lazy("Yours"),
    "manager": lazy("You manage it"),
    "user": lazy("Shared with you"),
    "treasurer": "",
}
PART_NAMES = {"owner": lazy("Owner"), "manager": plazy("of an Activity", "Manager"), "user": lazy("May book")}


class Paged(Shape):
    """Which page of a treasurer's list."""

    page: int = Field(1, ge=1, le=10_000)


class Period(Shape):
    """From and until which day, both included; empty: from the beginning, until today and later."""

    first: Day | None = None
    last: Day | None = None
    page: int = Field(1, ge=1, le=10_000)


@dataclass(frozen=True)
class Card:
    """An Activity as its card: amounts in minor units of its currency; `spent_cents` is what was settled, net."""

    activity: Any
    part: str
    currency: str
    spent_cents: int
    reserved_cents: int
    available_cents: int


@dataclass(frozen=True)
class Row:
    """A line of the statement in words; `url` where the reader may see the booking behind it."""

    line: StatementLine
    entry: str
    detail: str
    url: str | None


async def index(request: Request) -> Response:
    """The Activities this member may book on; and those of the entities whose books they keep."""
    member = await session.signed_in(request)
    own = await budgets.of(member.id)
    form = await read(request, Paged)
    number = form.value.page if form.valid else 1
    kept: list[Purse] = []
    keeps = session.roles(request).treasurer_of
    if keeps:
        kept = await budgets.kept_by(keeps, skip=(number - 1) * KEPT_PER_PAGE, most=KEPT_PER_PAGE + 1)
    return page(
        request,
        "budgets/index.html",
        status=form.status,
        cards=await _cards(own),
        kept=await _cards(kept[:KEPT_PER_PAGE]),
        keeps=bool(keeps),
        number=number,
        prev=url("budgets", page=number - 1) if number > 1 else None,
        next=url("budgets", page=number + 1) if len(kept) > KEPT_PER_PAGE else None,
    )


async def show(request: Request) -> Response:
    """The statement of one Activity, newest line first."""
    return await _shown(request, *await _read(request))


async def _shown(
    request: Request, activity: Any, part: str, form: Form[Period], lines: list[StatementLine], opening: int
) -> Response:
    member = await session.signed_in(request)
    number = form.value.page if form.valid else 1
    here = list(reversed(lines))[(number - 1) * PER_PAGE : number * PER_PAGE]
    notes = {line.subject: line.title for line in lines if line.title}
    booked = [line.reservation_id for line in here if line.reservation_id]
    titles = await reservations.titles_of(activity.id, booked) if booked else {}
    sees_all = part in ("owner", "manager")
    account = activity.account
    allotted = (await budgets.allotted_to([activity.id]))[activity.id]
    return page(
        request,
        "budgets/show.html",
        status=form.status,
        activity=activity,
        zone=activity.entity.zone,
        currency=account.currency,
        available_cents=account.available_cents,
        balance_cents=account.balance_cents,
        reserved_cents=account.debits_pending_cents,
        spent_cents=max(0, allotted - account.balance_cents),
        form=form,
        rows=[_row(line, titles, notes, sees=sees_all or line.by_id == member.id) for line in here],
        count=len(lines),
        opening_cents=opening,
        closing_cents=lines[-1].balance_cents if lines else opening,
        out_cents=sum(line.out_cents for line in lines),
        in_cents=sum(line.in_cents for line in lines),
        number=number,
        prev=_link(activity, form, number - 1) if number > 1 else None,
        next=_link(activity, form, number + 1) if number * PER_PAGE < len(lines) else None,
        periods=_periods(request, activity, form),
        csv_url=_link(activity, form, None, name="budget_csv"),
        pdf_url=_link(activity, form, None, name="budget_pdf"),
        people=await _people(activity) if part == "owner" else [],
    )


async def csv(request: Request) -> Response:
    """The statement as a file for spreadsheets, oldest line first."""
    activity, _part, form, lines, _opening = await _read(request)
    titles = await reservations.titles_of(activity.id) if lines else {}
    text = budgets.csv_of(activity, lines, zone=activity.entity.zone, titles=titles)
    return Response(
        text.encode() if form.valid else b"",
        status_code=form.status,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{_file_name(activity)}.csv"',
            "Cache-Control": "no-store",
        },
    )


async def pdf(request: Request) -> Response:
    """The statement on paper, with the lines of the CSV; a wrong or too long period shows the page, which says so."""
    member = await session.signed_in(request)
    now = session.at(request)
    await limits.count(f"statement:{member.id}", most=PDFS_MAX, per_seconds=PDFS_SECONDS, at=now)
    activity, part, form, lines, opening = await _read(request)
    if len(lines) > budgets.PDF_LINES_MAX:
        too_many = lazy("A PDF holds at most %(most)s movements. Choose a shorter time, or take the CSV.")
        form.wrong("first", too_many % {"most": i18n.number(budgets.PDF_LINES_MAX)})
    if not form.valid:
        return await _shown(request, activity, part, form, lines, opening)
    titles = await reservations.titles_of(activity.id) if lines else {}
    period = (form.value.first, form.value.last)
    return Response(
        await budgets.statement_pdf(activity, lines, opening, period=period, titles=titles, at=now),
        media_type=paper.TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{_file_name(activity)}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


def _file_name(activity: Any) -> str:
    """'statement-1234': plain letters, whatever its number is made of."""
    letters = (letter if letter.isascii() and letter.isalnum() else "-" for letter in activity.number)
    return f"statement-{''.join(letters)}"


async def _read(request: Request) -> tuple[Any, str, Form[Period], list[StatementLine], int]:
    """The Activity for this reader, their part in it, the period, its lines oldest first, and the balance before it."""
    member = await session.signed_in(request)
    activity_id = request.path_params["activity_id"]
    standing = session.roles(request)
    activity = await budgets.readable(
        member.id, activity_id, treasurer_of=standing.treasurer_of, everywhere=standing.administrator
    )
    form = await read(request, Period)
    first, last = (form.value.first, form.value.last) if form.valid else (None, None)
    if first and last and last < first:
        form.wrong("last", lazy("The last day must not be before the first."))
    lines = await budgets.statement(activity, zone=activity.entity.zone, last=last) if form.valid else []
    earlier = [line for line in lines if first and local_day(line.at, activity.entity.zone) < first]
    opening = earlier[-1].balance_cents if earlier else 0
    return activity, await budgets.part_in(member.id, activity.id), form, lines[len(earlier) :], opening


def _row(line: StatementLine, titles: dict[UUID, str], notes: dict[str, str], *, sees: bool) -> Row:
    """The line in words; what was booked in the reader's language, else as the ledger noted it."""
    booked = titles.get(line.reservation_id) if line.reservation_id else None
    seen = url("reservation", reservation_id=line.reservation_id) if line.reservation_id and sees else None
    return Row(line, budgets.entry_of(line), booked or line.title or notes.get(line.subject, ""), seen)


def _link(activity: Any, form: Form[Period], number: int | None, *, name: str = "budget") -> str:
    typed = {key: form.values.get(key) or None for key in ("first", "last")}
    if number is not None and number > 1:
        typed["page"] = str(number)
    return url(name, activity_id=activity.id, **typed)


def _periods(request: Request, activity: Any, form: Form[Period]) -> list[tuple[str, str, bool]]:
    """Usual periods as chips: (words, address, whether it is shown)."""
    today = local_day(session.at(request), activity.entity.zone)
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    chosen = (form.values.get("first") or "", form.values.get("last") or "")
    wanted: list[tuple[str, date | None, date | None]] = [
        (_("Everything"), None, None),
        (_("This month"), month, None),
        (_("Last month"), before, month - timedelta(days=1)),
        (_("This year"), today.replace(month=1, day=1), None),
    ]
    return [
        (
            words,
            url("budget", activity_id=activity.id, first=first, last=last),
            chosen == (first.isoformat() if first else "", last.isoformat() if last else ""),
        )
        for words, first, last in wanted
    ]


async def _cards(purses: list[Purse]) -> list[Card]:
    allotted = await budgets.allotted_to([purse.activity.id for purse in purses]) if purses else {}
    return [
        Card(
            purse.activity,
            str(PARTS[purse.part]),
            purse.currency,
            max(0, allotted[purse.activity.id] - purse.balance_cents),
            purse.reserved_cents,
            purse.available_cents,
        )
        for purse in purses
    ]


async def _people(activity: Any) -> list[tuple[str, str, str, str]]:
    """(name, part, limit per booking, limit per month) of everyone who may book on it."""

    def limit(cents: int | None) -> str:
        return i18n.money(cents, activity.account.currency) if cents is not None else _("no limit")

    return [
        (
            person.member.name,
            str(PART_NAMES[person.part]),
            limit(person.reservation_limit_cents),
            limit(person.month_limit_cents),
        )
        for person in await budgets.people_of(activity.id)
    ]
