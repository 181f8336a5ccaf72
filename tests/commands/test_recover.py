"""recover: the way out for an administrator whom no other one can help."""

import json

import pytest

from booking import events, members
from booking.commands import main
from booking.members import sessions
from tests import make
from tests.commands.test_data import asked, own_database  # noqa: F401
from tests.conftest import NOW


async def people() -> None:
    ada = await make.member("Ada", email="ada@example.org")
    await make.role("administrator", ada)
    await members.Passkey.create(
        member_id=ada.id, credential_id="c", public_key="x", name="Key", created_at=NOW
    )
    await sessions.start(ada, agent="", at=NOW.replace(year=2099))


async def happened() -> list[tuple[str, int | None, str]]:
    ada = await members.by_email("ada@example.org")
    assert ada is not None
    return [(one.name, one.by_id, one.data["reason"]) for one in await events.history(f"member:{ada.id}")]


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert main(["recover", "Ada@example.org", "--reason", "Lost the key ring.", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told == {"email": "Ada@example.org", "passkeys": 1, "sessions": 1, "identities": 0}
    assert asked(happened) == [("member.recovered", None, "Lost the key ring.")]
    assert main(["recover", "ada@example.org", "--reason", "Once more."]) == 0
    assert "Ended: 0 passkeys, 0 sessions" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["nobody@example.org", "--reason", "Because."], ["ada@example.org", "--reason", " x "]],
)
def test_refusals(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    asked(people)
    assert main(["recover", *arguments]) == 3
    assert capsys.readouterr().err
    assert asked(happened) == []
