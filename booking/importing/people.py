"""Members, their roles and their inductions, from CSV files."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from booking import members
from booking.errors import Refused
from booking.i18n import LANGUAGES
from booking.importing.files import Record
from booking.importing.report import Run
from booking.importing.shapes import Category, FeatureKey, Name, Shape, Text
from booking.members import Member, MemberSkill, Skill
from booking.places.models import Entity, Venue


def _speaks(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"{language} is not one of {', '.join(LANGUAGES)}.")
    return language


Email = Annotated[
    str, AfterValidator(str.lower), Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$", max_length=254)
]


class MemberShape(Shape):
    number: Annotated[Text, Field(min_length=1, max_length=40)]
    email: Email
    name: Name
    language: Annotated[str, AfterValidator(_speaks)] = "en"
    entity: str | None = None
    category: Category = "member"
    home_city: Annotated[Text, Field(max_length=80)] = ""
    demo: bool = False


class RoleShape(Shape):
    email: Email
    role: Literal["host", "manager", "treasurer", "administrator"]
    scope: str
    ends_on: date | None = None


class MemberSkillShape(Shape):
    email: Email
    skill: FeatureKey
    venue: str | None = None
    given_on: date
    expires_on: date | None = None


async def save_members(rows: list[Record[MemberShape]], run: Run) -> None:
    """Recognise each person by number, else by e-mail; make who is new, change what differs."""
    entities = {row.key: row.id for row in await Entity.all()}
    there = await Member.all()
    by_number, by_email = {row.number: row for row in there if row.number}, {row.email: row for row in there}
    seen: dict[str, Record[MemberShape]] = {}
    for record in rows:
        person = record.value
        for name, mark in (("number", f"number {person.number}"), ("email", person.email)):
            if first := seen.get(mark):
                run.reading.complain(record, name, f"It stands already in {first.place}.")
            seen.setdefault(mark, record)
        if person.entity and person.entity not in entities:
            run.reading.complain(record, "entity", f"There is no entity {person.entity}.")
            continue
        found = by_number.get(person.number) or by_email.get(person.email)
        other = by_email.get(person.email)
        if found and found.number not in (None, person.number):
            run.reading.complain(record, "email", f"It belongs to the member with the number {found.number}.")
            continue
        if other and found and other.id != found.id:
            run.reading.complain(record, "email", "Another member has this address.")
            continue
        if run.reading.problems:
            continue
        wanted = person.model_dump(exclude={"entity"}) | {
            "entity_id": entities[person.entity] if person.entity else None,
            "guest": False,  # who booked as a guest before has an account now
        }
        if found:
            # What people have set themselves stays theirs.
            wanted = {name: value for name, value in wanted.items() if name not in ("language", "home_city")}
        row, fields = await run.save(Member, found, {"created_at": run.at}, wanted)
        by_number[person.number] = by_email[person.email] = row
        # Events are for ever, and names and addresses are not: they tell only which columns changed.
        await run.note("member", person.number, row.id, new=found is None, fields=fields, names_only=True)


async def save_roles(rows: list[Record[RoleShape]], run: Run) -> None:
    """Give each role; one that is held already gets its new last day."""
    for record in rows:
        wanted = record.value
        scope = "" if wanted.scope == "network" else wanted.scope
        held = {
            (role.kind, role.entity_id, role.venue_id): role.ends_on
            for role in await members.listed(run.at, email=wanted.email)
        }
        try:
            role = await members.grant(
                wanted.email, wanted.role, scope, ends_on=wanted.ends_on, by=None, at=run.at
            )
        except Refused as refusal:
            run.reading.complain(record, "", refusal.sentence)
            continue
        mark = (role.kind, role.entity_id, role.venue_id)
        changed = {} if held.get(mark) == role.ends_on else {"ends_on": (held.get(mark), role.ends_on)}
        key = f"{wanted.email} {wanted.role} {wanted.scope}"
        await run.note("role", key, role.id, new=mark not in held, fields=changed, told=False)


async def save_skills(rows: list[Record[MemberSkillShape]], run: Run) -> None:
    """Write down each induction; the same person, skill and venue again changes its dates."""
    skills = {row.key: row for row in await Skill.all()}
    venues = {row.key: row.id for row in await Venue.all()}
    for record in rows:
        given = record.value
        member, skill = await members.by_email(given.email), skills.get(given.skill)
        if member is None:
            run.reading.complain(record, "email", f"There is no member with the address {given.email}.")
        if skill is None:
            run.reading.complain(record, "skill", f"There is no skill {given.skill}.")
        if given.venue and given.venue not in venues:
            run.reading.complain(record, "venue", f"There is no venue {given.venue}.")
        if run.reading.problems or member is None or skill is None:
            continue
        marks: dict[str, Any] = {
            "member_id": member.id,
            "skill_id": skill.id,
            "venue_id": venues[given.venue] if given.venue else None,
        }
        expires_on = given.expires_on
        if expires_on is None and skill.valid_months:
            expires_on = _months_later(given.given_on, skill.valid_months)
        found = await MemberSkill.get_or_none(**marks)
        wanted: dict[str, Any] = {"expires_on": expires_on}
        given_at = _noon(given.given_on)
        row, fields = await run.save(MemberSkill, found, marks, wanted | {"given_at": given_at})
        key = f"{given.email} {given.skill} {given.venue or ''}".strip()
        await run.note("member_skill", key, row.id, new=found is None, fields=fields)


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    import calendar

    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _noon(day: date) -> Any:
    """A date without a place, as an instant that is on that date all over Europe."""
    from datetime import UTC, datetime

    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
