"""What a treasurer does with the Activities of their entity: open one, say who may book on it, enter an allotment."""

from __future__ import annotations

from datetime import date, datetime

from booking import db, events
from booking.budgets import activities
from booking.budgets.models import Activity, ActivityPerson, Allotment
from booking.errors import NotFound, Refused
from booking.i18n import lazy
from booking.ledger import Account
from booking.members import Member, roles
from booking.members.roles import UnknownMember


class NumberUsed(Refused):
    """The number stands for an Activity already."""

    code = "number_used"
    text = lazy("There is an Activity with the number %(number)s already.")


class OwnerStays(Refused):
    """An Activity has one owner."""

    code = "owner_stays"
    text = lazy("%(name)s is the owner. Make somebody else the owner first.")
    rule = lazy("An Activity has one owner.")


async def kept(activity_id: int, *, by: Member, at: datetime) -> Activity:
    """The Activity with account and entity, for the treasurer of its entity. Raises NotFound for all others."""
    activity = await Activity.get_or_none(id=activity_id).select_related("account", "entity")
    if activity is None or not (await roles.active(by, at)).keeps_books_of(activity.entity_id):
        raise NotFound
    return activity


@db.atomic
async def enter_allotment(
    activity_id: int, reference: str, amount_cents: int, *, note: str = "", by: Member, at: datetime
) -> tuple[Allotment, bool]:
    """Put money from the books into an Activity, or take it back, once per reference; see `allot`.

    Raises NotFound, ReferenceUsed, ledger.NotEnough.
    """
    activity = await kept(activity_id, by=by, at=at)
    return await activities.allot(reference, activity, amount_cents, at=at, note=note, by_id=by.id)


@db.atomic
async def open_for(
    entity_id: int,
    number: str,
    name: str,
    owner_email: str,
    *,
    currency: str,
    ends_on: date | None = None,
    by: Member,
    at: datetime,
) -> Activity:
    """Open an Activity of an entity. A second click finds the first one. Raises NotFound, UnknownMember, NumberUsed."""
    if not (await roles.active(by, at)).keeps_books_of(entity_id):
        raise NotFound
    owner = await _member(owner_email)
    await db.lock(Member, [owner.id])
    if there := await Activity.get_or_none(number=number):
        same = (there.entity_id, there.name, there.ends_on) == (entity_id, name, ends_on)
        if same and await ActivityPerson.exists(activity_id=there.id, member_id=owner.id, part="owner"):
            return there
        raise NumberUsed(number=number)
    return await activities.open_activity(
        number,
        name,
        entity_id=entity_id,
        currency=currency,
        owner_id=owner.id,
        ends_on=ends_on,
        at=at,
        by_id=by.id,
    )


@db.atomic
async def set_person(
    activity_id: int,
    email: str,
    part: str,
    *,
    reservation_limit_cents: int | None = None,
    month_limit_cents: int | None = None,
    by: Member,
    at: datetime,
) -> ActivityPerson:
    """Let somebody book on the Activity, or change their part and limits. A new owner makes the old one a manager.

    Raises NotFound, UnknownMember, OwnerStays.
    """
    activity = await kept(activity_id, by=by, at=at)
    member = await _member(email)
    await db.lock(Account, [activity.account_id])
    owner = await ActivityPerson.get_or_none(
        activity_id=activity.id, part="owner", ended_at=None
    ).select_related("member")
    if owner and owner.member_id == member.id and part != "owner":
        raise OwnerStays(name=member.name)
    if owner and owner.member_id != member.id and part == "owner":
        await activities.share_with(activity, owner.member_id, part="manager", at=at, by_id=by.id)
    return await activities.share_with(
        activity,
        member.id,
        part=part,
        reservation_limit_cents=reservation_limit_cents,
        month_limit_cents=month_limit_cents,
        at=at,
        by_id=by.id,
    )


@db.atomic
async def leave(activity_id: int, member_id: int, *, by: Member, at: datetime) -> None:
    """Somebody may no longer book on it. What they have booked stays. Raises NotFound, OwnerStays."""
    activity = await kept(activity_id, by=by, at=at)
    await db.lock(Account, [activity.account_id])
    person = await ActivityPerson.get_or_none(
        activity_id=activity.id, member_id=member_id, ended_at=None
    ).select_related("member")
    if person is None:
        return
    if person.part == "owner":
        raise OwnerStays(name=person.member.name)
    person.ended_at = at
    await person.save(update_fields=["ended_at"])
    await events.record(
        "activity.unshared", f"activity:{activity.id}", at=at, by_id=by.id, member_id=member_id
    )


async def _member(email: str) -> Member:
    found = await Member.get_or_none(email=email.strip().lower())
    if found is None:
        raise UnknownMember(email=email)
    return found
