"""Finding members, what they hold, and what they say about themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from booking import members
from booking.errors import NotFound
from booking.members.models import Member, MemberSkill, Skill
from tests import make
from tests.conftest import NOW


async def test_it_works(db: str) -> None:
    alice = await make.member()
    found = await members.by_email(f"  {alice.email.upper()} ")
    assert found is not None
    assert found.id == alice.id
    assert await members.by_email("nobody@example.org") is None
    assert (await members.get(alice.id)).email == alice.email


async def test_who_stands_for_others_is_nobody(db: str) -> None:
    """Imported bookings of people who are no members belong to one account, which is nobody's."""
    await make.member("Somebody, before", email="somebody@history.invalid", suspended_at=NOW)
    assert await members.find("Somebody", suspended=True) == []
    assert await members.by_email("somebody@history.invalid") is None


async def test_nobody_there(db: str) -> None:
    with pytest.raises(NotFound):
        await members.get(999)


async def test_demo_people(db: str) -> None:
    alice = await make.member(demo=True)
    await make.member("Bob")
    await make.member("Charlie", demo=True, suspended_at=NOW)
    assert [person.id for person in await members.for_demo()] == [alice.id]


async def test_skills_run_out(db: str) -> None:
    alice = await make.member()
    saw = await Skill.create(key="saw", names={"en": "Table saw"})
    today = NOW.date()
    for ends_on in (None, today, today - timedelta(days=1), date(2027, 1, 1)):
        await MemberSkill.create(member_id=alice.id, skill_id=saw.id, given_at=NOW, expires_on=ends_on)
    held = await members.skills_of(alice, NOW)
    assert [skill.expires_on for skill in held] == [None, today, date(2027, 1, 1)]
    assert held[0].skill.key == "saw"


async def test_describing_oneself_leaves_the_rest_alone(db: str) -> None:
    alice = await make.member()
    stale = await members.get(alice.id)
    await Member.filter(id=alice.id).update(category="staff")
    await members.describe(stale, name="Alice", language="sv", home_city="Gent", clock_hours=24, at=NOW)
    kept = await members.get(alice.id)
    assert (kept.category, kept.language, kept.home_city) == ("staff", "sv", "Gent")


async def test_a_language_nobody_speaks(db: str) -> None:
    alice = await make.member()
    with pytest.raises(ValueError, match="languages"):
        await members.speak(alice, "xx")
    with pytest.raises(ValueError, match="languages"):
        await members.describe(alice, name="Alice", language="xx", home_city="", clock_hours=24, at=NOW)
    assert (await members.get(alice.id)).language == "en"


async def test_suspending_twice(db: str) -> None:
    alice = await make.member()
    await members.suspend(alice, by=None, at=NOW)
    await members.suspend(alice, by=None, at=NOW + timedelta(days=1))
    assert (await members.get(alice.id)).suspended_at == NOW
