"""leave: an operator ends an account, by the rules of the member's own page."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from booking import clock, events, notifications, reservations
from booking.commands import main
from booking.members import Member
from booking.notifications import Message
from booking.payments import Payment, Refund
from booking.reservations import Reservation
from tests import make
from tests.commands.test_data import asked, own_database  # noqa: F401

ALICE = "alice@example.org"


async def people() -> None:
    """Alice with an Activity, a role, and a booking that she cancelled."""
    room = await make.resource(name="Quai")
    alice = await make.member("Alice", email=ALICE)
    await make.activity(alice, of=room.venue.entity, cents=12_345, name="Comics")
    await make.role("host", alice, venue=room.venue)
    booked = await make.reservation(room, alice)
    await reservations.cancel(booked.id, by=alice, at=make.NOW)
    await make.role("administrator", await make.member("Ada", email="ada@example.org"))


async def to_come() -> None:
    await people()
    # The command reads the real clock: whenever this runs, the booking is to come.
    await Reservation.all().update(
        state="confirmed", begins_at=make.NOW.replace(year=2098), ends_at=make.NOW.replace(year=2099)
    )


async def owed() -> None:
    await people()
    booked = await Reservation.get()
    paid = await Payment.create(
        id=uuid4(), reservation_id=booked.id, entity_id=1, number=1, method="charge", status="paid", currency="EUR",
        amount_cents=500, captured_cents=500, created_at=make.NOW, settled_at=make.NOW,
    )  # fmt: skip
    await Refund.create(
        id=uuid4(), payment_id=paid.id, amount_cents=500, currency="EUR", reason="cancelled", status="pending",
        stripe_id="re_1", created_at=make.NOW,
    )  # fmt: skip


async def happened() -> dict[str, Any]:
    alice = await Member.get(id=1)
    await notifications.write_messages(clock.now())
    return {
        "name": alice.name,
        "leaves": alice.leaves_at is not None,
        "events": [
            (one.name, one.by_id)
            for one in await events.history("member:1")
            if one.name in ("member.leaving", "member.forgotten")
        ],
        "mails": [each.text for each in await Message.filter(kind="leaving")],
    }


NOTHING = {"name": "Alice", "leaves": False, "events": [], "mails": []}


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert main(["leave", "Alice@example.org"]) == 0
    told = capsys.readouterr().out
    assert "until then they can keep it" in told
    assert "1 booking of the past stay" in told
    assert "Comics, €123.45 available" in told
    assert "Role that ends: host of" in told
    found = asked(happened)
    assert (found["name"], found["leaves"]) == ("Alice", True)
    assert found["events"] == [("member.leaving", None)]
    [mail] = found["mails"]
    assert "Whoever keeps this service asked for it." in mail
    assert "You asked for it." not in mail
    # Asked again, the first day stands.
    assert main(["leave", ALICE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["bookings_kept"] == 1
    assert len(asked(happened)["events"]) == 1


def test_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert main(["leave", ALICE, "--at-once"]) == 0
    assert "ends at once" in capsys.readouterr().out
    assert asked(happened) == {
        "name": "–", "leaves": False, "events": [("member.forgotten", None)], "mails": []
    }  # fmt: skip
    assert main(["leave", ALICE, "--at-once"]) == 3


@pytest.mark.parametrize("more", [[], ["--at-once"], ["--json"]])
def test_a_dry_run_changes_nothing(capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    asked(people)
    assert main(["leave", ALICE, "--dry-run", *more]) == 0
    said = capsys.readouterr().out
    assert ("Nothing was changed." in said) != ("--json" in more)
    assert asked(happened) == NOTHING


@pytest.mark.parametrize("more", [[], ["--at-once"], ["--dry-run"]])
@pytest.mark.parametrize(
    ("world", "said"),
    [(to_come, "alice@example.org still has bookings to come"), (owed, "Money is still on its way back")],
)
def test_refusals(capsys: pytest.CaptureFixture[str], world: Any, said: str, more: list[str]) -> None:
    asked(world)
    assert main(["leave", ALICE, *more]) == 3
    assert said in capsys.readouterr().err
    assert asked(happened) == NOTHING


def test_the_only_administrator_stays(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert main(["leave", "ada@example.org"]) == 3
    assert "only administrator" in capsys.readouterr().err
    assert asked(happened) == NOTHING


def test_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    asked(people)
    assert main(["leave", "nobody@example.org"]) == 3
    assert "Nobody here has the e-mail address nobody@example.org." in capsys.readouterr().err


async def guest() -> None:
    await make.member("Greta", email="greta@example.org", guest=True)


def test_a_guest_ends_at_once_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    asked(guest)
    assert main(["leave", "greta@example.org"]) == 3
    assert "--at-once" in capsys.readouterr().err
    assert main(["leave", "greta@example.org", "--at-once"]) == 0
