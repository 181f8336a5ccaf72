"""A member's Activities: what each has, and its statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from booking import budgets
from booking.api import paging
from booking.api.operations import Call
from booking.api.problems import Invalid
from booking.api.shapes import Date, Paged, Told
from booking.budgets import Purse, StatementLine
from booking.i18n import lazy as _


class StatementAsked(Paged):
    first: Date | None = Field(None, description="The first day, in the entity's zone.")
    last: Date | None = Field(None, description="The last day, included.")


class ActivityTold(Told):
    """A project with a budget, in minor units of its currency."""

    id: int
    number: str
    name: str
    part: str = Field(description="owner, manager, user or treasurer")
    currency: str
    balance_cents: int
    reserved_cents: int = Field(description="For bookings that have not begun.")
    available_cents: int
    ends_on: date | None


class Activities(Told):
    """The Activities you may book on, by name."""

    items: list[ActivityTold]


class Movement(Told):
    """One line of a statement. The balance counts what took effect: a reserved line leaves it as it was."""

    at: datetime
    code: str
    state: str = Field(description="reserved, settled, freed, allotment or refunded")
    title: str
    reservation_id: UUID | None
    out_cents: int
    in_cents: int
    reserved_cents: int
    balance_cents: int


class Statement(Told):
    """One part of an Activity's statement, oldest line first."""

    activity_id: int
    currency: str
    zone: str
    balance_cents: int
    reserved_cents: int
    available_cents: int
    items: list[Movement]
    next: str | None = Field(description="The address of the next part.")
    next_cursor: str | None


async def list_activities(call: Call) -> Activities:
    """The Activities you may book on, with what each has."""
    return Activities(items=[_activity(purse) for purse in await budgets.of(call.member.id)])


async def statement(call: Call) -> Statement:
    """Every movement of an Activity: for its people, and for the treasurers of its entity."""
    wish: StatementAsked = call.query
    if wish.first and wish.last and wish.last < wish.first:
        raise Invalid({"last": [_("The last day must not be before the first.")]})
    standing = await call.roles()
    activity = await budgets.readable(
        call.member.id,
        call.path["activity_id"],
        treasurer_of=standing.treasurer_of,
        everywhere=standing.administrator,
    )
    zone, account = activity.entity.zone, activity.account
    behind = paging.after(call.request, wish.cursor)
    lines = await budgets.statement(activity, zone=zone, first=wish.first, last=wish.last)
    if behind:
        known = (datetime.fromisoformat(behind[0]), UUID(behind[1]))
        lines = [line for line in lines if (line.at, line.transfer_id) > known]
    cursor = address = None
    if len(lines) > wish.limit:
        last = lines[wish.limit - 1]
        cursor = paging.cursor_for(call.request, [last.at.isoformat(), str(last.transfer_id)])
        address = paging.next_url(call.request, cursor)
    return Statement(
        activity_id=activity.id,
        currency=account.currency,
        zone=zone,
        balance_cents=account.balance_cents,
        reserved_cents=account.debits_pending_cents,
        available_cents=account.available_cents,
        items=[_movement(line) for line in lines[: wish.limit]],
        next=address,
        next_cursor=cursor,
    )


def _activity(purse: Purse) -> ActivityTold:
    activity: Any = purse.activity
    return ActivityTold(
        id=activity.id,
        number=activity.number,
        name=activity.name,
        part=purse.part,
        currency=purse.currency,
        balance_cents=purse.balance_cents,
        reserved_cents=purse.reserved_cents,
        available_cents=purse.available_cents,
        ends_on=activity.ends_on,
    )


def _movement(line: StatementLine) -> Movement:
    return Movement(
        at=line.at,
        code=line.code,
        state=line.state,
        title=line.title,
        reservation_id=line.reservation_id,
        out_cents=line.out_cents,
        in_cents=line.in_cents,
        reserved_cents=line.reserved_cents,
        balance_cents=line.balance_cents,
    )
