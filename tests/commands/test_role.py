"""role grant, revoke and list: so that a real network gets its first administrator."""

import json

import pytest

from booking.commands import main
from tests import make
from tests.commands.test_data import asked, own_database  # noqa: F401


async def people() -> None:
    await make.member("Stella", email="stella@example.org")
    await make.venue(key="mill")


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert (
        main(["role", "grant", "Stella@example.org", "manager", "venue:mill", "--until", "2099-12-31"]) == 0
    )
    assert main(["role", "list"]) == 0
    assert (
        capsys.readouterr().out.splitlines()[-1]
        == "stella@example.org: manager of venue:mill until 2099-12-31"
    )
    assert main(["role", "revoke", "stella@example.org", "manager", "venue:mill"]) == 0
    assert main(["role", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"roles": []}


def test_the_first_administrator(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["role", "grant", "ada@example.org", "administrator"]) == 3
    assert "make this one with --name" in capsys.readouterr().err
    assert main(["role", "grant", "ada@example.org", "administrator", "--name", "Ada"]) == 0
    assert main(["role", "list", "--json"]) == 0
    [role] = json.loads(capsys.readouterr().out.splitlines()[-1])["roles"]
    assert (role["name"], role["role"], role["scope"]) == ("Ada", "administrator", "network")


@pytest.mark.parametrize(
    "arguments",
    [
        ["stella@example.org", "manager", "venue:nowhere"],
        ["stella@example.org", "manager"],
        ["stella@example.org", "treasurer", "venue:mill"],
        ["stella@example.org", "administrator", "venue:mill"],
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    asked(people)
    assert main(["role", "grant", *arguments]) == 3
    assert main(["role", "list"]) == 0
    assert capsys.readouterr().out == "Nobody has a role.\n"


def test_a_role_that_was_not_given(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert main(["role", "revoke", "stella@example.org", "manager", "venue:mill"]) == 3
    assert "does not have this role" in capsys.readouterr().err
