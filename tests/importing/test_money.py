"""Importing Activities and allotments: the books stay the source, and each reference counts once."""

from pathlib import Path
from typing import Any

import pytest

from booking import budgets, importing
from booking.budgets.models import Activity, ActivityPerson, Allotment
from booking.errors import NotFound
from booking.events import Event
from booking.importing import Wrong
from booking.ledger import Transfer
from tests import make
from tests.conftest import NOW

ACTIVITIES = (
    "number,name,entity,currency,ends_on,people,demo\n"
    "A-1,Illustration,coop,,2027-12-31,alice@example.org:owner bob@example.org:user:20000:60000,\n"
)
ALLOTMENTS = "reference,activity,amount_cents,currency,on,note\nR-1,A-1,180000,EUR,2026-09-01,An invoice\n"


def table(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


async def people(**values: Any) -> list[Any]:
    await make.entity(key="coop", **values)
    return [
        await make.member(name, email=f"{name.lower()}@example.org") for name in ("Alice", "Bob", "Charlie")
    ]


async def problems(operation: Any, file: Path) -> list[str]:
    before = [await model.all().count() for model in (Activity, ActivityPerson, Allotment, Transfer, Event)]
    with pytest.raises(Wrong) as wrong:
        await operation(file, at=NOW)
    assert [await m.all().count() for m in (Activity, ActivityPerson, Allotment, Transfer, Event)] == before
    return [str(problem) for problem in wrong.value.problems]


async def test_it_works(db: str, tmp_path: Path) -> None:
    _alice, bob, _charlie = await people()
    report = await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    assert [str(change) for change in report.changes] == ["new activity A-1"]
    await importing.allotments(table(tmp_path, ALLOTMENTS), at=NOW)
    [purse] = await budgets.of(bob.id)
    assert (purse.part, purse.available_cents, purse.currency) == ("user", 180_000, "EUR")
    _activity, person = await budgets.open_to(bob.id, purse.activity.id)
    assert (person.reservation_limit_cents, person.month_limit_cents) == (20_000, 60_000)


async def test_twice_changes_nothing(db: str, tmp_path: Path) -> None:
    await people()
    for _ in range(2):
        last_activities = await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
        last_allotments = await importing.allotments(table(tmp_path, ALLOTMENTS), at=NOW)
    assert (last_activities.changes, last_activities.unchanged) == ([], 1)
    assert (last_allotments.changes, last_allotments.unchanged) == ([], 1)
    assert await Transfer.all().count() == 1


async def test_a_dry_run(db: str, tmp_path: Path) -> None:
    await people()
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW, dry_run=True)
    assert await Activity.all().count() == 0
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    would = await importing.allotments(table(tmp_path, ALLOTMENTS), at=NOW, dry_run=True)
    assert [str(change) for change in would.changes] == ["new allotment R-1"]
    assert await Transfer.all().count() == 0


async def test_who_is_no_longer_named_may_no_longer_book(db: str, tmp_path: Path) -> None:
    alice, bob, charlie = await people()
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    activity = await Activity.get(number="A-1")
    changed = ACTIVITIES.replace("bob@example.org:user:20000:60000", "charlie@example.org:manager")
    report = await importing.activities(table(tmp_path, changed), at=NOW)
    assert set(report.changes[0].fields) == {f"person {bob.id}", f"person {charlie.id}"}
    with pytest.raises(NotFound):
        await budgets.open_to(bob.id, activity.id)
    assert (await budgets.open_to(charlie.id, activity.id))[1].part == "manager"
    assert (await budgets.open_to(alice.id, activity.id))[1].part == "owner"
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    assert (await budgets.open_to(bob.id, activity.id))[1].reservation_limit_cents == 20_000


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("coop", "mars", "line 2, entity: There is no entity mars."),
        ("bob@example.org:user", "bob@example.org:owner", "line 2, people: Exactly one owner is needed."),
        ("bob@example.org:user", "alice@example.org:user", "line 2, people: Somebody stands here twice."),
        (
            "bob@example.org",
            "zoe@example.org",
            "people: There is no member with the address zoe@example.org.",
        ),
        (
            ":20000:60000",
            ":20000:60000:1",
            "line 2, people: EMAIL:PART, and if wanted two amounts, are needed",
        ),
        (":20000:", ":-1:", "line 2, people[1].reservation_limit_cents: At least 0 is needed."),
        ("2027-12-31", "31/12/2027", "line 2, ends_on: A date like 2027-01-31 is needed."),
    ],
)
async def test_wrong_activities_are_told(
    db: str, tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    await people()
    found = await problems(importing.activities, table(tmp_path, ACTIVITIES.replace(before, after)))
    assert any(complaint in problem for problem in found), found


async def test_a_budget_keeps_its_currency(db: str, tmp_path: Path) -> None:
    await people()
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    found = await problems(importing.activities, table(tmp_path, ACTIVITIES.replace("coop,,", "coop,SEK,")))
    assert found == ["table.csv, line 2, currency: Its budget is kept in EUR, for ever."]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("R-2,A-9,100,EUR,2026-09-02,", "activity: There is no Activity A-9."),
        ("R-2,A-1,100,SEK,2026-09-02,", "currency: Its budget is kept in EUR."),
        ("R-2,A-1,0,EUR,2026-09-02,", "amount_cents: An allotment moves something."),
        ("R-2,A-1,1.5,EUR,2026-09-02,", "amount_cents: A whole number is needed."),
        ("R-1,A-1,180001,EUR,2026-09-01,", "reference: It was used for another allotment."),
        ("R-2,A-1,-190000,EUR,2026-09-02,", "amount_cents: There is €1,801.00 available"),
    ],
)
async def test_wrong_allotments_are_told(db: str, tmp_path: Path, line: str, complaint: str) -> None:
    await people()
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    await importing.allotments(table(tmp_path, ALLOTMENTS), at=NOW)
    text = f"{ALLOTMENTS}R-3,A-1,100,EUR,2026-09-03,\n{line}\n"
    [problem] = await problems(importing.allotments, table(tmp_path, text))
    assert problem.startswith("table.csv, line 4, ")
    assert complaint in problem


async def test_money_taken_back(db: str, tmp_path: Path) -> None:
    alice, *_ = await people()
    await importing.activities(table(tmp_path, ACTIVITIES), at=NOW)
    await importing.allotments(table(tmp_path, ALLOTMENTS + "R-2,A-1,-80000,EUR,2026-09-05,\n"), at=NOW)
    assert (await budgets.of(alice.id))[0].available_cents == 100_000
