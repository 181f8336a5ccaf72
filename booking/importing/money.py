"""Activities and allotments, from CSV files. The cooperative's own books stay the source."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from booking import budgets, events, ledger
from booking.budgets.models import Activity, ActivityPerson, Allotment
from booking.importing.files import Record
from booking.importing.people import Email
from booking.importing.report import Run
from booking.importing.shapes import Currency, Name, Shape, Text
from booking.members import Member
from booking.places.models import Entity


class PersonShape(Shape):
    """Someone of an Activity, with the most that one booking and one month may cost, in its minor units."""

    email: Email
    part: Literal["owner", "manager", "user"]
    reservation_limit_cents: int | None = Field(default=None, ge=0)
    month_limit_cents: int | None = Field(default=None, ge=0)


def _one_owner(people: list[PersonShape]) -> list[PersonShape]:
    if sum(person.part == "owner" for person in people) != 1:
        raise ValueError("Exactly one owner is needed.")
    if len({person.email for person in people}) < len(people):
        raise ValueError("Somebody stands here twice.")
    return people


class ActivityShape(Shape):
    number: Annotated[Text, Field(min_length=1, max_length=40)]
    name: Name
    entity: str
    currency: Currency | None = None
    ends_on: date | None = None
    people: Annotated[list[PersonShape], AfterValidator(_one_owner)]
    demo: bool = False


class AllotmentShape(Shape):
    reference: Annotated[Text, Field(min_length=1, max_length=80)]
    activity: str
    amount_cents: int = Field(ge=-(10**12), le=10**12)
    currency: Currency
    on: date
    note: Annotated[Text, Field(max_length=200)] = ""


def unfold_activity(row: dict[str, str]) -> dict[str, Any]:
    """The `people` cell, 'EMAIL:PART:PER_BOOKING:PER_MONTH ...', as a list of objects."""
    found: dict[str, Any] = dict(row)
    people = []
    for word in row.get("people", "").split():
        parts = dict(zip(PersonShape.model_fields, word.split(":"), strict=False))
        if word.count(":") > 3:
            raise ValueError(f"people: EMAIL:PART, and if wanted two amounts, are needed, not {word}.")
        people.append({name: part for name, part in parts.items() if part})
    return found | {"people": people}


async def save_activities(rows: list[Record[ActivityShape]], run: Run) -> None:
    """Open what is new; change name, end and people where they differ. Who is no longer named may no longer book."""
    entities = {row.key: row for row in await Entity.all()}
    members = {row.email: row.id for row in await Member.all()}
    there = {row.number: row for row in await Activity.all().select_related("account")}
    seen: dict[str, Record[ActivityShape]] = {}
    for record in rows:
        wanted, entity = record.value, entities.get(record.value.entity)
        if (first := seen.setdefault(wanted.number, record)) is not record:
            run.reading.complain(record, "number", f"It stands already in {first.place}.")
        if entity is None:
            run.reading.complain(record, "entity", f"There is no entity {wanted.entity}.")
            continue
        for person in wanted.people:
            if person.email not in members:
                run.reading.complain(record, "people", f"There is no member with the address {person.email}.")
        currency = wanted.currency or entity.currency
        found = there.get(wanted.number)
        if found and found.account.currency != currency:
            run.reading.complain(
                record, "currency", f"Its budget is kept in {found.account.currency}, for ever."
            )
        if found and found.entity_id != entity.id:
            run.reading.complain(record, "entity", "An Activity stays with its entity.")
        if run.reading.problems:
            continue
        owner = next(person for person in wanted.people if person.part == "owner")
        activity = found or await budgets.open_activity(
            wanted.number,
            wanted.name,
            entity_id=entity.id,
            currency=currency,
            owner_id=members[owner.email],
            at=run.at,
            ends_on=wanted.ends_on,
            demo=wanted.demo,
        )
        fields: dict[str, tuple[Any, Any]] = {}
        if found:
            columns = {"name": wanted.name, "ends_on": wanted.ends_on, "demo": wanted.demo}
            _row, fields = await run.save(Activity, found, {}, columns)
        await _people(activity, wanted.people, members, run, fields)
        await run.note(
            "activity",
            wanted.number,
            activity.id,
            new=found is None,
            fields=fields if found else {},
            told=bool(found),
        )


async def _people(
    activity: Activity, people: list[PersonShape], members: dict[str, int], run: Run, fields: dict[str, Any]
) -> None:
    there = {row.member_id: row for row in await ActivityPerson.filter(activity_id=activity.id)}
    for person in people:
        member_id = members[person.email]
        row = there.pop(member_id, None)
        wanted = person.model_dump(exclude={"email"})
        before = {name: getattr(row, name) for name in wanted} if row and row.ended_at is None else None
        if before != wanted:
            await budgets.share_with(activity, member_id, **wanted, at=run.at)
            fields[f"person {member_id}"] = (before, wanted)
    for member_id, row in there.items():
        if row.ended_at is None:
            await ActivityPerson.filter(id=row.id, ended_at=None).update(ended_at=run.at)
            await events.record(
                "activity.unshared", f"activity:{activity.id}", at=run.at, member_id=member_id
            )
            fields[f"person {member_id}"] = (row.part, None)


async def save_allotments(rows: list[Record[AllotmentShape]], run: Run) -> None:
    """Put in each reference once. The same reference with other values is refused."""
    activities = {row.number: row for row in await Activity.all().select_related("account")}
    for record in rows:
        wanted, activity = record.value, activities.get(record.value.activity)
        if activity is None:
            run.reading.complain(record, "activity", f"There is no Activity {wanted.activity}.")
        elif activity.account.currency != wanted.currency:
            run.reading.complain(record, "currency", f"Its budget is kept in {activity.account.currency}.")
        elif wanted.amount_cents == 0:
            run.reading.complain(record, "amount_cents", "An allotment moves something.")
        elif done := await Allotment.get_or_none(reference=wanted.reference):
            same = (done.activity_id, done.amount_cents) == (activity.id, wanted.amount_cents)
            if not same or done.at.date() != wanted.on:
                run.reading.complain(record, "reference", "It was used for another allotment.")
            else:
                run.report.unchanged += 1
        elif not run.reading.problems:
            await _allot(record, activity, run)


async def _allot(record: Record[AllotmentShape], activity: Activity, run: Run) -> None:
    wanted = record.value
    # Noon: a date of the books, on that date all over Europe.
    at = datetime(wanted.on.year, wanted.on.month, wanted.on.day, 12, tzinfo=UTC)
    try:
        done, _new = await budgets.allot(
            wanted.reference, activity, wanted.amount_cents, at=at, note=wanted.note
        )
    except ledger.NotEnough as refusal:
        run.reading.complain(record, "amount_cents", refusal.sentence)
        return
    await run.note("allotment", wanted.reference, done.id, new=True, told=False)
