"""Importing members, roles and inductions."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from booking import importing, members
from booking.events import Event
from booking.importing import Wrong
from booking.members import Member, MemberSkill, Role, Skill
from tests import make
from tests.conftest import NOW

HEADER = "number,email,name,language,entity,category,home_city,demo\n"
ALICE = "B-1,Alice@Example.org,Alice,fr,coop,member,Ghent,\n"


def table(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


async def problems(operation: Any, file: Path) -> list[str]:
    before = [await model.all().count() for model in (Member, Role, MemberSkill, Event)]
    with pytest.raises(Wrong) as wrong:
        await operation(file, at=NOW)
    assert [await model.all().count() for model in (Member, Role, MemberSkill, Event)] == before
    return [str(problem) for problem in wrong.value.problems]


async def test_it_works(db: str, tmp_path: Path) -> None:
    coop = await make.entity(key="coop")
    file = table(tmp_path, HEADER + ALICE + "B-2,bob@example.org,Bob,,,external,,\n")
    report = await importing.members(file, at=NOW)
    assert [str(change) for change in report.changes] == ["new member B-1", "new member B-2"]
    alice, bob = await Member.get(number="B-1"), await Member.get(number="B-2")
    assert (alice.email, alice.language, alice.entity_id) == ("alice@example.org", "fr", coop.id)
    assert (bob.entity_id, bob.category, bob.language) == (None, "external", "en")
    again = await importing.members(file, at=NOW)
    assert (again.changes, again.unchanged) == ([], 2)


async def test_the_number_knows_the_person(db: str, tmp_path: Path) -> None:
    await make.entity(key="coop")
    await importing.members(table(tmp_path, HEADER + ALICE), at=NOW)
    moved = ALICE.replace("Alice@Example.org", "alice@elsewhere.example").replace(",fr,", ",nl,")
    report = await importing.members(table(tmp_path, HEADER + moved), at=NOW)
    assert report.as_json()["changed"] == 1
    alice = await Member.get(number="B-1")
    # The language is hers to choose.
    assert (alice.email, alice.language) == ("alice@elsewhere.example", "fr")


async def test_events_hold_no_personal_data(db: str, tmp_path: Path) -> None:
    await make.entity(key="coop")
    await importing.members(table(tmp_path, HEADER + ALICE), at=NOW)
    await importing.members(table(tmp_path, HEADER + ALICE.replace(",Alice,", ",Alicia,")), at=NOW)
    told = [str(event.data) for event in await Event.filter(name="member.imported")]
    assert len(told) == 2
    assert not [text for text in told if "lic" in text.lower()]


async def test_a_dry_run(db: str, tmp_path: Path) -> None:
    await make.entity(key="coop")
    await importing.members(table(tmp_path, HEADER + ALICE), at=NOW, dry_run=True)
    assert await Member.all().count() == 0


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("B-1,nobody,Alice,fr,coop,member,,\n", "line 2, email: This does not look right: 'nobody'."),
        ("B-1,a@example.org,Alice,xx,coop,member,,\n", "line 2, language: xx is not one of en, nl"),
        ("B-1,a@example.org,Alice,fr,mars,member,,\n", "line 2, entity: There is no entity mars."),
        ("B-1,a@example.org,Alice,fr,coop,friend,,\n", "line 2, category: friend is not one of member"),
        ("B-1,a@example.org,,fr,coop,member,,\n", "line 2, name: This is needed."),
        (ALICE + ALICE, "line 3, number: It stands already in line 2."),
        (
            "B-9,old@example.org,Old,en,,member,,\n",
            "line 2, email: It belongs to the member with the number B-8.",
        ),
    ],
)
async def test_what_is_wrong_is_told(db: str, tmp_path: Path, line: str, complaint: str) -> None:
    await make.entity(key="coop")
    await Member.create(email="old@example.org", name="Old", number="B-8", created_at=NOW)
    found = await problems(importing.members, table(tmp_path, HEADER + line))
    assert any(complaint in problem for problem in found), found


async def test_a_wrong_header(db: str, tmp_path: Path) -> None:
    [problem] = await problems(
        importing.members, table(tmp_path, "email,email\na@example.org,b@example.org\n")
    )
    assert problem == "table.csv, line 1: The first line must name the columns, each once."


async def test_not_utf8(db: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes((HEADER + ALICE.replace("Ghent", "Liège")).encode("latin-1"))
    assert await problems(importing.members, file) == ["table.csv, line 2: This is not UTF-8 text."]


async def test_roles(db: str, tmp_path: Path) -> None:
    venue, stella = await make.venue(key="mill"), await make.member("Stella", email="stella@example.org")
    text = "email,role,scope,ends_on\nstella@example.org,manager,venue:mill,2028-12-31\n"
    report = await importing.roles(table(tmp_path, text), at=NOW)
    assert report.as_json()["new"] == 1
    assert (await members.active(stella, NOW)).manages(venue)
    assert (await importing.roles(table(tmp_path, text), at=NOW)).unchanged == 1
    later = await importing.roles(table(tmp_path, text.replace("2028", "2030")), at=NOW)
    assert later.changes[0].fields == {"ends_on": (date(2028, 12, 31), date(2030, 12, 31))}


async def test_roles_that_do_not_fit(db: str, tmp_path: Path) -> None:
    await make.venue(key="mill")
    await make.member("Stella", email="stella@example.org")
    text = (
        "email,role,scope\nnobody@example.org,manager,venue:mill\nstella@example.org,treasurer,venue:mill\n"
        "stella@example.org,king,network\nstella@example.org,host,venue:none\n"
    )
    found = await problems(importing.roles, table(tmp_path, text))
    assert ["line 4" in found[0], len(found)] == [True, 1]  # shapes first
    found = await problems(
        importing.roles, table(tmp_path, text.replace("stella@example.org,king,network\n", ""))
    )
    assert [problem.split(":")[0] for problem in found] == [
        f"table.csv, line {number}" for number in (2, 3, 4)
    ]


async def test_skills(db: str, tmp_path: Path) -> None:
    await make.venue(key="mill")
    alice = await make.member("Alice", email="alice@example.org")
    await Skill.create(key="SAW", names={"en": "Saw"}, valid_months=12)
    text = "email,skill,venue,given_on\nalice@example.org,SAW,mill,2026-02-28\n"
    await importing.skills(table(tmp_path, text), at=NOW)
    [given] = await members.skills_of(alice, NOW)
    assert given.expires_on == date(2027, 2, 28)
    assert (await importing.skills(table(tmp_path, text), at=NOW + timedelta(days=1))).changes == []
    [problem] = await problems(importing.skills, table(tmp_path, text.replace("SAW", "FLY")))
    assert problem == "table.csv, line 2, skill: There is no skill FLY."
