"""The ledger of an entity: totals of a period, down to accounts, down to transfers, down to the reservation.

Every total on these pages is the sum of the lines one step below it; a test walks all the way down and adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, ledger
from booking.budgets import Activity
from booking.budgets.statements import CODES, defused
from booking.errors import NotFound
from booking.forms import Day, Form, Line, Shape, read
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.ledger import Account, Moved, Total
from booking.places import Entity
from booking.reservations import Reservation
from booking.timespan import day_span, local_day
from booking.web import session
from booking.web.books import books_of, csv_answer, plain, shown
from booking.web.pages import url

PER_PAGE = 100
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
KIND_NAMES = {
    "budget": lazy("Budgets of Activities"),
    "books": lazy("The cooperative’s own books"),
    "income": lazy("Income of houses"),
    "vat": lazy("VAT"),
    "due": lazy("On the way"),
    "clearing": lazy("Clearing with other entities"),
    "exchange": lazy("Exchange of currencies"),
    "advance": lazy("For bookings to come"),
    "card": lazy("At Stripe"),
    "transit": lazy("On its way to the bank"),
    "bank": lazy("At the bank"),
    "fees": lazy("Stripe's fees"),
    "disputes": lazy("Taken by disputes"),
}
LEDGER_CODES = {
    "income": lazy("Income"),
    "vat": lazy("VAT"),
    "clearing": lazy("Clearing"),
    "exchange": lazy("Exchange"),
}


class Period(Shape):
    """From and until which day, both included; empty: from the beginning, until today and later."""

    first: Day | None = None
    last: Day | None = None
    kind: Line = Field(default="", max_length=16)
    page: int = Field(default=1, ge=1, le=10_000)


@dataclass(frozen=True)
class Asked:
    """The period as instants, and its form."""

    form: Form[Period]
    first_at: datetime
    until_at: datetime
    kind: str = ""
    page: int = 1


async def show(request: Request) -> Response:
    """The totals of each kind of account; of one kind its accounts."""
    _member, entity = await books_of(request)
    asked = await _asked(request, entity)
    lines = await ledger.totals(entity.id, asked.first_at, asked.until_at, kind=asked.kind)
    sums = ledger.summed(lines)
    if asked.kind and not lines and asked.kind not in KIND_NAMES:
        raise NotFound
    names = await _names(lines, entity) if asked.kind else {}
    # VAT is asked for by its rate and clearing by its pair, so both are shown on the first page already.
    apart = [each for each in lines if each.kind in ("vat", "clearing")] if not asked.kind else []
    return shown(
        request,
        "books/ledger.html",
        entity,
        "ledger",
        asked.form.status,
        form=asked.form,
        kind=asked.kind,
        title=str(KIND_NAMES.get(asked.kind, asked.kind)) if asked.kind else _("Ledger"),
        sums=[
            {
                "name": _kind_name(kind, currency, sums),
                "url": _link(entity, asked, kind=kind),
                "currency": currency,
                "cents": rest,
            }
            for kind, currency, *rest in sums
        ],
        foot=_foot(sums),
        accounts=_rows(lines if asked.kind else apart, names or await _names(apart, entity), entity, asked),
        periods=_periods(request, entity, asked),
        days=_days(asked),
        csv_url=_link(entity, asked, name="ledger_csv", kind=asked.kind),
        up_url=_link(entity, asked) if asked.kind else None,
    )


async def as_csv(request: Request) -> Response:
    """Every account of the period (or of one kind), one line each."""
    _member, entity = await books_of(request)
    asked = await _asked(request, entity)
    lines = await ledger.totals(entity.id, asked.first_at, asked.until_at, kind=asked.kind)
    names = await _names(lines, entity)
    heads = [_("Kind"), _("Account"), _("Name"), _("Currency"), _("Before"), _("In"), _("Out"), _("After")]
    rows = [
        [
            each.kind,
            each.key,
            defused(names[each.account_id]),
            each.currency,
            *(
                plain(cents, each.currency)
                for cents in (each.opening_cents, each.in_cents, each.out_cents, each.closing_cents)
            ),
        ]
        for each in lines
    ]
    return csv_answer(f"ledger-{entity.key}", heads, rows, status=asked.form.status)


async def account(request: Request) -> Response:
    """The transfers of one account in the period, newest first."""
    _member, entity = await books_of(request)
    held = await _account(request, entity)
    asked = await _asked(request, entity)
    total = await _total(entity, held, asked)
    skip = (asked.page - 1) * PER_PAGE
    moved = await ledger.moved(held.id, asked.first_at, asked.until_at, skip=skip, most=PER_PAGE + 1)
    names = await _names([total], entity)
    others = await _other_names(moved[:PER_PAGE], entity)

    def link(number: int) -> str:
        return _link(entity, asked, name="ledger_account", account_id=held.id, page=number)

    return shown(
        request,
        "books/account.html",
        entity,
        "ledger",
        asked.form.status,
        form=asked.form,
        title=names[held.id],
        key=held.key,
        kind_name=str(KIND_NAMES.get(held.kind, held.kind)),
        kind_url=_link(entity, asked, kind=held.kind),
        up_url=_link(entity, asked),
        total=total,
        currency=held.currency,
        rows=[_moved(each, entity, others) for each in moved[:PER_PAGE]],
        periods=_periods(request, entity, asked, account_id=held.id),
        days=_days(asked),
        csv_url=_link(entity, asked, name="ledger_account_csv", account_id=held.id),
        number=asked.page,
        prev=link(asked.page - 1) if asked.page > 1 else None,
        next=link(asked.page + 1) if len(moved) > PER_PAGE else None,
    )


async def account_csv(request: Request) -> Response:
    """The transfers of one account in the period, oldest first."""
    _member, entity = await books_of(request)
    held = await _account(request, entity)
    asked = await _asked(request, entity)
    moved = await ledger.moved(held.id, asked.first_at, asked.until_at)
    heads = [
        _("Date"),
        _("Entry"),
        _("Other account"),
        _("In"),
        _("Out"),
        _("Currency"),
        _("Reference"),
        _("Id"),
    ]
    rows = [
        [
            local_day(each.at, entity.zone).isoformat(),
            defused(_entry(each)),
            each.other_key,
            plain(max(0, each.amount_cents), each.currency),
            plain(max(0, -each.amount_cents), each.currency),
            each.currency,
            defused(each.subject),
            each.id,
        ]
        for each in reversed(moved)
    ]
    return csv_answer(f"account-{held.id}", heads, rows, status=asked.form.status)


async def reservation(request: Request) -> Response:
    """What a reservation did to these books: its price, and every transfer about it. Not who else was there."""
    _member, entity = await books_of(request)
    found = await Reservation.get_or_none(id=request.path_params["reservation_id"]).select_related(
        "resource", "venue", "activity"
    )
    touched = await ledger.accounts_of_subject(found.subject) if found else []
    if found is None or not await Account.exists(id__in=touched, entity_id=entity.id):
        raise NotFound
    moved = await ledger.of_subject(found.subject)
    names = await _other_names(moved, entity)
    accounts = {each.key: each for each in await Account.filter(id__in=touched)}
    own = {key for key, each in accounts.items() if each.entity_id == entity.id}
    return shown(
        request,
        "books/reservation.html",
        entity,
        "ledger",
        reservation=found,
        resource=i18n.name_of(found.resource),
        venue=i18n.name_of(found.venue),
        when=i18n.span(found.begins_at, found.ends_at, found.venue.zone),
        activity=found.activity if found.activity and found.activity.entity_id == entity.id else None,
        rows=[
            {
                "at": i18n.moment(each.at, entity.zone),
                "entry": _entry(each),
                "source": names.get(each.other_key, each.other_key),
                "target": names.get(each.account_key, each.account_key),
                "amount": i18n.money(each.amount_cents, each.currency),
            }
            for each in moved
            if {each.other_key, each.account_key} & own
        ],
    )


# --- what is asked -------------------------------------------------------------------------------------


async def _asked(request: Request, entity: Entity) -> Asked:
    """The period in the entity's zone; complaints go on the form, and then everything is shown."""
    form = await read(request, Period)
    wish = form.value if form.valid else Period()
    if wish.first and wish.last and wish.last < wish.first:
        form.wrong("last", lazy("The last day must not be before the first."))
        wish = Period()
    until = day_span(wish.last, entity.zone).ends_at if wish.last else datetime(MAXYEAR, 1, 1, tzinfo=UTC)
    first = day_span(wish.first, entity.zone).begins_at if wish.first else BEGINNING
    return Asked(form, first, until, wish.kind, wish.page)


async def _account(request: Request, entity: Entity) -> Account:
    found = await Account.get_or_none(id=request.path_params["account_id"], entity_id=entity.id)
    if found is None:
        raise NotFound
    return found


async def _total(entity: Entity, held: Account, asked: Asked) -> Total:
    every = await ledger.totals(entity.id, asked.first_at, asked.until_at, kind=held.kind)
    empty = Total(held.id, held.key, held.kind, held.currency, 0, 0, 0)
    return next((each for each in every if each.account_id == held.id), empty)


def _link(entity: Entity, asked: Asked, *, name: str = "ledger", page: int = 1, **params: Any) -> str:
    typed = {key: asked.form.values.get(key) or None for key in ("first", "last")} if asked.form.valid else {}
    kind = params.pop("kind", "") or None
    return url(name, key=entity.key, kind=kind, page=page if page > 1 else None, **typed, **params)


def _periods(
    request: Request, entity: Entity, asked: Asked, account_id: int | None = None
) -> list[tuple[str, str, bool]]:
    today = local_day(session.at(request), entity.zone)
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    year = today.replace(month=1, day=1)
    wanted: list[tuple[str, date | None, date | None]] = [
        (_("Everything"), None, None),
        (_("This month"), month, None),
        (_("Last month"), before.replace(day=1), before),
        (_("This year"), year, None),
        (_("Last year"), year.replace(year=year.year - 1), year - timedelta(days=1)),
    ]
    chosen = (asked.form.values.get("first") or "", asked.form.values.get("last") or "")
    name = "ledger_account" if account_id else "ledger"
    more: dict[str, Any] = {"account_id": account_id} if account_id else {"kind": asked.kind or None}
    return [
        (
            words,
            url(name, key=entity.key, first=first, last=last, **more),
            chosen == (first.isoformat() if first else "", last.isoformat() if last else ""),
        )
        for words, first, last in wanted
    ]


def _days(asked: Asked) -> str:
    """The period in words, for paper: there the buttons that say it are not."""
    wish = asked.form.read_value if asked.form.valid else None
    first, last = (wish.first, wish.last) if wish else (None, None)
    if first and last:
        return i18n.days(first, last)
    if first:
        return _("From %(first)s on") % {"first": i18n.day(first, style="medium")}
    if last:
        return _("Until %(last)s") % {"last": i18n.day(last, style="medium")}
    return _("Everything")


# --- in words ------------------------------------------------------------------------------------------


def _rows(lines: list[Total], names: dict[Any, str], entity: Entity, asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "name": names[each.account_id],
            "url": _link(entity, asked, name="ledger_account", account_id=each.account_id),
            "currency": each.currency,
            "cents": [each.opening_cents, each.in_cents, each.out_cents, each.closing_cents],
        }
        for each in lines
    ]


def _kind_name(kind: str, currency: str, sums: list[Any]) -> str:
    """What a kind of account is called; with its currency, where the kind has several."""
    words = str(KIND_NAMES.get(kind, kind))
    several = sum(each[0] == kind for each in sums) > 1
    return f"{words}, {currency}" if several else words


def _foot(sums: list[Any]) -> list[str] | None:
    """The sum of all kinds, where they speak one currency: each book balances, so what is there after is zero."""
    currencies = {currency for _kind, currency, *_rest in sums}
    if len(currencies) != 1 or len(sums) < 2:
        return None
    columns = zip(*(rest for _kind, _currency, *rest in sums), strict=True)
    return [_("In all"), *(i18n.money(sum(column), next(iter(currencies))) for column in columns)]


def _moved(each: Moved, entity: Entity, others: dict[str, str]) -> dict[str, Any]:
    kind, _colon, id = each.subject.partition(":")
    return {
        "at": i18n.day(each.at, entity.zone, "medium"),
        "entry": _entry(each),
        "note": each.note,
        "other": others.get(each.other_key, each.other_key),
        "in_cents": max(0, each.amount_cents),
        "out_cents": max(0, -each.amount_cents),
        "url": url("books_reservation", key=entity.key, reservation_id=id) if kind == "reservation" else None,
    }


def _entry(each: Moved) -> str:
    return str(CODES.get(each.code) or LEDGER_CODES.get(each.code) or each.code)


async def _names(lines: list[Total], entity: Entity) -> dict[Any, str]:
    """What accounts are called, by id. Two queries."""
    said = await _in_words([each.key for each in lines], entity)
    return {each.account_id: said[each.key] for each in lines}


async def _other_names(moved: list[Moved], entity: Entity) -> dict[str, str]:
    return await _in_words([key for each in moved for key in (each.other_key, each.account_key)], entity)


async def _in_words(keys: list[str], entity: Entity) -> dict[str, str]:
    """'budget:A-12' as the Activity's name, 'vat:3:BE:2100:EUR' as country and rate, 'clearing:3:4:EUR' as whose."""
    numbers = [key.partition(":")[2] for key in keys if key.startswith("budget:")]
    activities = dict(
        await Activity.filter(number__in=numbers, entity_id=entity.id).values_list("number", "name")
    )
    entities = {str(each.id): each.name for each in await Entity.all()}
    found = {}
    for key in keys:
        kind, _colon, rest = key.partition(":")
        words = str(KIND_NAMES.get(kind, kind))
        parts = rest.split(":")
        if kind == "budget":
            # Whose Activity another entity's is, is none of these books' business.
            words = f"{activities[rest]} ({rest})" if rest in activities else words
        elif kind == "vat" and len(parts) >= 3:
            words = f"{words} {i18n.percent(int(parts[2]) / 10_000)}, {i18n.country(parts[1])}"
        elif kind == "clearing" and len(parts) >= 2:
            words = _("Clearing with %(name)s") % {"name": entities.get(parts[1], parts[1])}
            if parts[0] != str(entity.id):
                words = f"{words} ({entities.get(parts[0], parts[0])})"
        elif parts and parts[0] != str(entity.id):
            words = f"{words} ({entities.get(parts[0], parts[0])})"
        found[key] = words
    return found
