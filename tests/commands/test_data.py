"""migrate, demo, import and check: what they say, what they do, and how they end."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import settings
from booking import db as database
from booking.commands import main
from booking.events import Event
from booking.ledger import Account
from booking.members import Member
from booking.places import Venue
from tests import make
from tests.conftest import use

NETWORK = Path(__file__).parents[2] / "booking" / "demo_network"


@pytest.fixture(autouse=True)
def own_database(database_url: str) -> None:
    use(database_url)


def asked(question: Callable[[], Awaitable[Any]]) -> Any:
    """Ask the database something; commands open and close it themselves."""

    async def whole() -> Any:
        await database.connect(settings.TORTOISE_ORM)
        try:
            return await question()
        finally:
            await database.close()

    return asyncio.run(whole())


async def nothing() -> list[int]:
    return [await model.all().count() for model in (Venue, Member, Event)]


def test_import_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "network", str(NETWORK)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Done: 805 new, 0 changed, 0 as they were."
    assert main(["import", "network", str(NETWORK), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["dry_run"], answer["new"], answer["unchanged"], answer["changes"]) == (False, 0, 805, [])


def test_import_in_a_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "network", str(NETWORK), "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "new venue bazaar-st-so" in said
    assert said[-1] == "This would be: 805 new, 0 changed, 0 as they were. Nothing was saved."
    assert asked(nothing) == [0, 0, 0]


def test_import_of_everything_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "network", str(NETWORK)]) == 0
    for what, name in (
        ("members", "members"),
        ("roles", "roles"),
        ("skills", "member_skills"),
        ("activities", "activities"),
        ("allotments", "allotments"),
    ):
        assert main(["import", what, str(NETWORK / f"{name}.csv")]) == 0, capsys.readouterr().err
    assert asked(lambda: Account.filter(kind="budget").count()) == 10


def test_import_of_a_wrong_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("number,email,name\nB-1,nobody,Alice\nB-2,,Bob\n")
    assert main(["import", "members", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "members.csv, line 2, email: This does not look right: 'nobody'.",
        "members.csv, line 3, email: This is needed.",
        "Nothing was imported: 2 problems.",
    ]
    assert main(["import", "members", str(file), "--json"]) == 1
    [first, _second] = json.loads(capsys.readouterr().out)["problems"]
    assert (first["file"], first["place"], first["field"]) == ("members.csv", "line 2", "email")
    assert asked(nothing) == [0, 0, 0]


@pytest.mark.parametrize("arguments", [["network", "nowhere"], ["members", "nowhere.csv"]])
def test_import_of_nothing(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(["import", *arguments]) == 3
    assert "is not a f" in capsys.readouterr().err


def test_check_when_all_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "Everything holds.\n"
    assert main(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"findings": []}


def test_check_when_something_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    async def break_it() -> None:
        activity = await make.activity(await make.member())
        await Account.filter(id=activity.account_id).update(credits_posted_cents=1)
        await database.rows("DELETE FROM event_unread WHERE id > 0 RETURNING id")

    asked(break_it)
    assert main(["check"]) == 1
    assert capsys.readouterr().out.startswith(
        "I5: The totals that an account keeps are those of its transfers."
    )
    assert main(["check", "--json"]) == 1
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["count"]) == ("I5", 1)


def test_migrate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "The database is at the newest schema.\n"
    use(f"sqlite://{tmp_path}/new.sqlite3")
    assert main(["check"]) == 3
    assert "python -m booking migrate" in capsys.readouterr().err
    assert main(["migrate", "--json"]) == 0
    assert "0001_initial" in json.loads(capsys.readouterr().out)["applied"]
    assert main(["check"]) == 0


def test_a_database_that_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    use("postgres://nobody:x@127.0.0.1:1/nothing")
    for command in (["check"], ["migrate"], ["role", "list"]):
        assert main(command) == 3
        assert capsys.readouterr().err.startswith("The database does not answer")


def test_demo_in_a_database_with_other_data(capsys: pytest.CaptureFixture[str]) -> None:
    asked(make.member)
    assert main(["demo"]) == 3
    assert "This database has other data in it" in capsys.readouterr().err
    assert asked(nothing)[:2] == [0, 1]
