"""One Activity, for the treasurer of its entity: what is in it, its people, an allotment; and opening a new one."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n
from booking.budgets import Activity
from booking.errors import NotFound, Refused
from booking.forms import Day, Email, Form, Line, Shape, blank, read
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import Member
from booking.places import Entity
from booking.timespan import local_day
from booking.web import amounts, session
from booking.web.books import books_of, shown
from booking.web.budgets import PART_NAMES
from booking.web.pages import flash, redirect, url

CENTS_MAX = 10**12


class Entered(Shape):
    """An allotment as it is entered; a negative amount takes money back."""

    amount: amounts.Amount
    reference: Line = Field(min_length=1, max_length=80)
    note: Line = Field(default="", max_length=200)


class Opened(Shape):
    """A new Activity."""

    number: Line = Field(min_length=1, max_length=40)
    name: Line = Field(min_length=1, max_length=120)
    owner: Email
    ends_on: Day | None = None


class Person(Shape):
    """Somebody's part in the Activity, and how much they may spend."""

    email: Email
    part: Literal["owner", "manager", "user"] = "user"
    per_booking: amounts.Amount | None = None
    per_month: amounts.Amount | None = None


async def show(request: Request) -> Response:
    """What is in it, who may book on it, and a form for an allotment."""
    _member, entity, activity = await kept(request)
    return await _show(request, entity, activity, blank(), blank(part="user"))


async def preview(request: Request) -> Response:
    """What an allotment would make of the budget. Changes nothing."""
    _member, entity, activity = await kept(request)
    form, cents = await _read(request, activity)
    if not form.valid or cents is None:
        return await _show(request, entity, activity, form, blank(part="user"))
    try:
        before = await budgets.allotted_before(form.value.reference, activity, cents)
    except Refused as refusal:
        form.refuse(refusal)
        return await _show(request, entity, activity, form, blank(part="user"))
    if before:
        flash(request, "info", _("This reference was entered already, with the same amount."))
        return redirect(request, "books_activity", key=entity.key, activity_id=activity.id)
    account = activity.account
    return shown(
        request,
        "books/allot.html",
        entity,
        "books",
        activity=activity,
        form=form,
        cents=cents,
        currency=account.currency,
        before=(account.balance_cents, account.available_cents),
        after=(account.balance_cents + cents, account.available_cents + cents),
        short=account.available_cents + cents < 0,
        typed={name: form.values.get(name) or "" for name in ("amount", "reference", "note")},
        back=url("books_activity", key=entity.key, activity_id=activity.id),
    )


async def allot(request: Request) -> Response:
    """Enter the allotment. The same reference again is the first one, and nothing more."""
    member, entity, activity = await kept(request)
    form, cents = await _read(request, activity)
    if not form.valid or cents is None:
        return await _show(request, entity, activity, form, blank(part="user"))
    wish = form.value
    try:
        _made, new = await budgets.enter_allotment(
            activity.id, wish.reference, cents, note=wish.note, by=member, at=session.at(request)
        )
    except Refused as refusal:
        form.refuse(refusal)
        return await _show(request, entity, activity, form, blank(part="user"))
    said = _("%(amount)s entered.") if new else _("This reference was entered already, with the same amount.")
    flash(
        request,
        "success" if new else "info",
        said % {"amount": i18n.money(cents, activity.account.currency)} if new else said,
    )
    return redirect(request, "books_activity", key=entity.key, activity_id=activity.id)


async def new(request: Request) -> Response:
    """A form for a new Activity."""
    _member, entity = await books_of(request)
    return shown(request, "books/new.html", entity, "books", form=blank())


async def create(request: Request) -> Response:
    """Open it, and go on to its page."""
    member, entity = await books_of(request)
    form = await read(request, Opened)
    at = session.at(request)
    if form.valid and form.value.ends_on and form.value.ends_on < local_day(at, entity.zone):
        form.wrong("ends_on", lazy("That day has passed."))
    if not form.valid:
        return shown(request, "books/new.html", entity, "books", form.status, form=form)
    wish = form.value
    try:
        made = await budgets.open_for(
            entity.id, wish.number, wish.name, wish.owner,
            currency=entity.currency, ends_on=wish.ends_on, by=member, at=at,
        )  # fmt: skip
    except Refused as refusal:
        form.refuse(refusal)
        return shown(request, "books/new.html", entity, "books", form.status, form=form)
    flash(request, "success", _("%(name)s is open.") % {"name": made.name})
    return redirect(request, "books_activity", key=entity.key, activity_id=made.id)


async def set_person(request: Request) -> Response:
    """Let somebody book on it, or change their part and limits."""
    member, entity, activity = await kept(request)
    form = await read(request, Person)
    cents: dict[str, int | None] = {}
    typed = form.read_value
    for name in ("per_booking", "per_month") if typed else ():
        said = getattr(typed, name)
        read_cents = amounts.cents(said, activity.account.currency) if said is not None else None
        cents[name] = read_cents
        if said is not None and (read_cents is None or not 0 <= read_cents <= CENTS_MAX):
            form.wrong(name, amounts.NOT_AN_AMOUNT)
    if not form.valid:
        return await _show(request, entity, activity, blank(), form)
    try:
        await budgets.set_person(
            activity.id, form.value.email, form.value.part,
            reservation_limit_cents=cents["per_booking"], month_limit_cents=cents["per_month"],
            by=member, at=session.at(request),
        )  # fmt: skip
    except Refused as refusal:
        form.refuse(refusal)
        return await _show(request, entity, activity, blank(), form)
    flash(request, "success", _("Saved."))
    return redirect(request, "books_activity", key=entity.key, activity_id=activity.id)


async def leave(request: Request) -> Response:
    """Somebody may no longer book on it."""
    member, entity, activity = await kept(request)
    try:
        await budgets.leave(activity.id, request.path_params["member_id"], by=member, at=session.at(request))
    except Refused as refusal:
        form: Form[Any] = blank(part="user")
        form.refuse(refusal)
        return await _show(request, entity, activity, blank(), form)
    flash(request, "success", _("Saved."))
    return redirect(request, "books_activity", key=entity.key, activity_id=activity.id)


async def kept(request: Request) -> tuple[Member, Entity, Activity]:
    """The member, the entity and its Activity. Raises NotFound for another entity's."""
    member, entity = await books_of(request)
    activity = await budgets.kept(request.path_params["activity_id"], by=member, at=session.at(request))
    if activity.entity_id != entity.id:
        raise NotFound
    return member, entity, activity


async def _read(request: Request, activity: Activity) -> tuple[Form[Entered], int | None]:
    form = await read(request, Entered)
    if not form.valid:
        return form, None
    cents = amounts.cents(form.value.amount, activity.account.currency)
    if cents is None or abs(cents) > CENTS_MAX:
        form.wrong("amount", amounts.NOT_AN_AMOUNT)
    elif cents == 0:
        form.wrong("amount", lazy("An allotment moves something."))
    return form, cents


async def _show(
    request: Request, entity: Entity, activity: Activity, form: Form[Any], person: Form[Any]
) -> Response:
    account, currency = activity.account, activity.account.currency

    def limit(cents: int | None) -> str:
        return i18n.money(cents, currency) if cents is not None else _("no limit")

    allotted = (await budgets.allotted_to([activity.id]))[activity.id]
    return shown(
        request,
        "books/activity.html",
        entity,
        "books",
        max(form.status, person.status),
        activity=activity,
        currency=currency,
        account=account,
        spent_cents=max(0, allotted - account.balance_cents),
        form=form,
        person=person,
        people=[
            {
                "name": each.member.name,
                "email": each.member.email,
                "part": str(PART_NAMES[each.part]),
                "limits": (limit(each.reservation_limit_cents), limit(each.month_limit_cents)),
                "leave_url": url(
                    "books_leave", key=entity.key, activity_id=activity.id, member_id=each.member_id
                )
                if each.part != "owner"
                else None,
            }
            for each in await budgets.people_of(activity.id)
        ],
        parts_of=[(part, PART_NAMES[part]) for part in ("user", "manager", "owner")],
        closed_on=local_day(activity.closed_at, entity.zone) if activity.closed_at else None,
        close_url=url("books_close", key=entity.key, activity_id=activity.id),
        reopen_url=url("books_reopen", key=entity.key, activity_id=activity.id),
        statement_url=url("budget", activity_id=activity.id),
        ledger_url=url("ledger_account", key=entity.key, account_id=account.id),
    )
