"""Activities: opening them, sharing them, what each person may use, and allotments from the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from booking import db, events, ledger, places, records
from booking.budgets.models import Activity, ActivityPerson, Allotment
from booking.errors import NotFound, Refused
from booking.i18n import lazy
from booking.ledger import Account
from booking.timespan import local_day

OWN_NAMESPACE = uuid5(NAMESPACE_URL, "https://share-the-desk.example/ledger")


class ActivityClosed(Refused):
    """The Activity has ended, or ends before the booking."""

    code = "activity_closed"
    text = lazy("The Activity %(name)s ends on %(ends_on)s, before this booking.")
    rule = lazy("An Activity pays only for bookings before its end.")

    @classmethod
    def for_good(cls, name: str) -> ActivityClosed:
        """For one that its treasurer has closed."""
        made = cls(name=name)
        made.text = lazy("The Activity %(name)s is closed, so it pays for nothing.")
        made.rule = lazy("A treasurer of its cooperative can open it again.")
        return made


class NoPartIn(Refused):
    """They were taken off the Activity that pays. What it has promised stays; more it does not pay."""

    code = "no_part_in_activity"
    text = lazy("You no longer book on the Activity %(name)s, so it pays no more than it has promised.")
    rule = lazy("Another time at the same price, a shorter one, and cancelling still work.")


class ReferenceUsed(Refused):
    """The books' reference stands for another allotment already."""

    code = "reference_used"
    text = lazy("The reference %(reference)s was used for another allotment.")
    rule = lazy("A reference of the books stands for one allotment, so that none is entered twice.")


class OverLimit(Refused):
    """More than this person may spend on the Activity, per reservation or per month."""

    code = "over_limit"
    text = lazy("You may spend %(limit_cents)s %(per)s on this Activity, and this needs %(amount_cents)s.")
    rule = lazy("The owner of an Activity sets how much each person may spend.")


@dataclass(frozen=True, slots=True)
class Purse:
    """An Activity as one of its people sees it; amounts in minor units of its currency."""

    activity: Activity
    part: str
    currency: str
    balance_cents: int
    reserved_cents: int
    available_cents: int


async def open_activity(
    number: str,
    name: str,
    *,
    entity_id: int,
    currency: str,
    owner_id: int,
    at: datetime,
    ends_on: date | None = None,
    demo: bool = False,
    by_id: int | None = None,
) -> Activity:
    """A new Activity with its ledger account and its owner."""
    account = await ledger.account(
        f"budget:{number}", kind="budget", currency=currency, entity_id=entity_id, limited=True
    )
    activity = await Activity.create(
        number=number,
        name=name,
        entity_id=entity_id,
        account_id=account.id,
        ends_on=ends_on,
        created_at=at,
        demo=demo,
    )
    await ActivityPerson.create(activity_id=activity.id, member_id=owner_id, part="owner")
    await events.record(
        "activity.opened", f"activity:{activity.id}", at=at, by_id=by_id, number=number, name=name
    )
    return activity


async def share_with(
    activity: Activity,
    member_id: int,
    *,
    part: str = "user",
    reservation_limit_cents: int | None = None,
    month_limit_cents: int | None = None,
    at: datetime,
    by_id: int | None = None,
) -> ActivityPerson:
    """Let someone book on the Activity, or change their part and limits."""
    person = await ActivityPerson.get_or_none(activity_id=activity.id, member_id=member_id)
    values: dict[str, Any] = {
        "part": part,
        "reservation_limit_cents": reservation_limit_cents,
        "month_limit_cents": month_limit_cents,
        "ended_at": None,
    }
    if person is None:
        person = await ActivityPerson.create(activity_id=activity.id, member_id=member_id, **values)
    else:
        await person.update_from_dict(values).save(update_fields=list(values))
    await events.record(
        "activity.shared", f"activity:{activity.id}", at=at, by_id=by_id, member_id=member_id, part=part
    )
    return person


_THEIRS = (
    "FROM activity_person p JOIN activity a ON a.id = p.activity_id "
    "WHERE p.member_id = ? AND p.ended_at IS NULL AND a.closed_at IS NULL"
)
_OF = (
    f"SELECT p.* {_THEIRS}",
    f"SELECT a.* {_THEIRS}",
    f"SELECT * FROM account WHERE id IN (SELECT a.account_id {_THEIRS})",
)


async def of(member_id: int) -> list[Purse]:
    """The open Activities this member may book on, by name."""
    [purses] = await db.answers(of_asked(member_id))
    return purses


def of_asked(member_id: int) -> db.Asked[list[Purse]]:
    """`of`, to be asked together with other things."""
    return db.Asked(tuple((sql, member_id) for sql in _OF), _purses)


def _purses(parts: list[Any], activities: list[Any], accounts: list[Any]) -> list[Purse]:
    people = db.made(ActivityPerson, parts)
    by_id = {activity.id: activity for activity in db.made(Activity, activities)}
    account_of = {account.id: account for account in db.made(Account, accounts)}
    for person in people:
        activity = by_id[person.activity_id]
        records.attach(activity, "account", account_of[activity.account_id])
        records.attach(person, "activity", activity)
    return sorted(
        (
            Purse(
                activity=person.activity,
                part=person.part,
                currency=(account := person.activity.account).currency,
                balance_cents=account.balance_cents,
                reserved_cents=account.debits_pending_cents,
                available_cents=account.available_cents,
            )
            for person in people
        ),
        key=lambda purse: purse.activity.name.casefold(),
    )


_PART = "FROM activity_person p WHERE p.member_id = ? AND p.activity_id = ? AND p.ended_at IS NULL"
_OPEN_TO = (
    f"SELECT p.* {_PART}",
    f"SELECT * FROM activity WHERE id IN (SELECT p.activity_id {_PART})",
    f"SELECT * FROM account WHERE id IN (SELECT account_id FROM activity WHERE id IN (SELECT p.activity_id {_PART}))",
    f"SELECT * FROM entity WHERE id IN (SELECT entity_id FROM activity WHERE id IN (SELECT p.activity_id {_PART}))",
)


async def open_to(member_id: int, activity_id: int) -> tuple[Activity, ActivityPerson]:
    """The Activity and the member's part in it. Raises NotFound for somebody else's."""
    [found] = await db.answers(open_to_asked(member_id, activity_id))
    if found is None:
        raise NotFound
    return found


def open_to_asked(member_id: int, activity_id: int) -> db.Asked[tuple[Activity, ActivityPerson] | None]:
    """`open_to`, to be asked together with other things; None for somebody else's."""
    return db.Asked(tuple((sql, member_id, activity_id) for sql in _OPEN_TO), _open_to)


def _open_to(*found: list[Any]) -> tuple[Activity, ActivityPerson] | None:
    if not all(found):
        return None
    people, activities, accounts, *entities = found
    [person], [activity] = db.made(ActivityPerson, people), db.made(Activity, activities)
    [account] = db.made(Account, accounts)
    records.attach(activity, "account", account)
    for rows in entities:
        [entity] = db.made(places.Entity, rows)
        records.attach(activity, "entity", entity)
    records.attach(person, "activity", activity)
    return activity, person


# The account of `paying.reserve_money`, to which the Activity owes until the booking begins.
_DUE = (
    "SELECT * FROM account WHERE key = (SELECT 'due:' || a.entity_id || ':' || b.currency FROM activity a "
    f"JOIN account b ON b.id = a.account_id WHERE a.id IN (SELECT p.activity_id {_PART}))"
)


def to_pay_asked(
    member_id: int, activity_id: int
) -> db.Asked[tuple[Activity, ActivityPerson, Account | None] | None]:
    """`open_to_asked` without its entity, the Activity's account locked, and the account that it will owe to (None: not
    made yet)."""
    part, activity, account, _entity = _OPEN_TO

    def read(*found: list[Any]) -> tuple[Activity, ActivityPerson, Account | None] | None:
        *theirs, dues = found
        mine = _open_to(*theirs)
        return (*mine, next(iter(db.made(Account, dues)), None)) if mine else None

    asked = (part, activity, db.locking(account), _DUE)
    return db.Asked(tuple((sql, member_id, activity_id) for sql in asked), read)


async def paying_for(member_id: int, activity_id: int) -> tuple[Activity, ActivityPerson | None]:
    """The Activity that pays for a booking of theirs, and their part in it; None where that has ended meanwhile."""
    try:
        return await open_to(member_id, activity_id)
    except NotFound:
        return await Activity.get(id=activity_id).select_related("account", "entity"), None


async def readable(
    member_id: int, activity_id: int, *, treasurer_of: frozenset[int] = frozenset(), everywhere: bool = False
) -> Activity:
    """The Activity, for its people and for the treasurers of its entity (administrators: everywhere).

    Raises NotFound for all others.
    """
    activity = await Activity.get_or_none(id=activity_id).select_related("account", "entity")
    if activity is None:
        raise NotFound
    if everywhere or activity.entity_id in treasurer_of:
        return activity
    if not await ActivityPerson.exists(activity_id=activity_id, member_id=member_id, ended_at=None):
        raise NotFound
    return activity


def check_open(activity: Activity, begins_at: datetime, zone: str) -> None:
    """Raises ActivityClosed when the Activity has ended by then."""
    ends_on = activity.ends_on
    if activity.closed_at:
        raise ActivityClosed.for_good(activity.name)
    if ends_on and local_day(begins_at, zone) > ends_on:
        raise ActivityClosed(name=activity.name, ends_on=ends_on, zone=zone)


def check_limits(
    person: ActivityPerson, currency: str, amount_cents: int, *, spent_this_month_cents: int
) -> None:
    """Raises OverLimit. `spent_this_month_cents` is what this person's other bookings of that month cost."""
    limit = person.reservation_limit_cents
    if limit is not None and amount_cents > limit:
        raise OverLimit(
            limit_cents=limit, amount_cents=amount_cents, currency=currency, per=lazy("per booking")
        )
    limit = person.month_limit_cents
    if limit is not None and spent_this_month_cents + amount_cents > limit:
        raise OverLimit(
            limit_cents=limit,
            amount_cents=spent_this_month_cents + amount_cents,
            currency=currency,
            per=lazy("per month"),
        )


async def allotted_before(reference: str, activity: Activity, amount_cents: int) -> Allotment | None:
    """The same allotment, where it was entered before. Raises ReferenceUsed and ActivityClosed, as `allot` would."""
    if done := await Allotment.get_or_none(reference=reference):
        if (done.activity_id, done.amount_cents) != (activity.id, amount_cents):
            raise ReferenceUsed(reference=reference)
        return done
    if amount_cents > 0 and await Activity.exists(id=activity.id, closed_at__isnull=False):
        raise ActivityClosed.for_good(activity.name)
    return None


@db.atomic
async def allot(
    reference: str,
    activity: Activity,
    amount_cents: int,
    *,
    at: datetime,
    note: str = "",
    by_id: int | None = None,
) -> tuple[Allotment, bool]:
    """Put money from the cooperative's books into an Activity, once per reference; a negative amount takes it back.

    Returns the allotment and whether it is new. Raises ledger.NotEnough when more is taken back than is available,
    ReferenceUsed when the reference was used for something else, ActivityClosed where it gets nothing any more.
    """
    assert amount_cents != 0
    await db.lock(Account, [activity.account_id])
    if done := await allotted_before(reference, activity, amount_cents):
        return done, False
    budget = await Account.get(id=activity.account_id)
    books = await ledger.account(
        f"books:{activity.entity_id}:{budget.currency}",
        kind="books",
        currency=budget.currency,
        entity_id=activity.entity_id,
    )
    debit, credit = (books, budget) if amount_cents > 0 else (budget, books)
    transfer = await ledger.move(
        transfer_id("allotment", reference),
        debit,
        credit,
        abs(amount_cents),
        code="allotment" if amount_cents > 0 else "allotment_back",
        subject=f"activity:{activity.id}",
        note=note or reference,
        at=at,
        by_id=by_id,
    )
    allotment = await Allotment.create(
        reference=reference,
        activity_id=activity.id,
        amount_cents=amount_cents,
        note=note,
        at=at,
        transfer_id=transfer.id,
    )
    await events.record(
        "activity.allotted",
        f"activity:{activity.id}",
        at=at,
        by_id=by_id,
        amount_cents=amount_cents,
        reference=reference,
    )
    return allotment, True


def transfer_id(*parts: object) -> UUID:
    """A transfer's id made from what it is for, so that doing it again finds the first one."""
    return uuid5(OWN_NAMESPACE, ":".join(str(part) for part in parts))
