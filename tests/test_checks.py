"""Each invariant is broken once behind the rules' back, and found; a healthy database has no findings.

Where a guard of the database stands in the way, the test takes it away first: that is how such rows would come to be.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking import checks, guards, ledger, reservations
from booking import db as database
from booking.events import Event, Unread
from booking.ledger import Account, Transfer
from booking.notifications.models import Message
from booking.occupancy import Presence
from booking.payments import Difference, Payment, Refund
from booking.reservations import ByCard, Claim, Reservation
from tests import make
from tests.conftest import NOW

pytestmark = pytest.mark.breaks_invariants


async def codes() -> list[str]:
    return [finding.code for finding in await checks.run(NOW)]


async def booked() -> Reservation:
    """A confirmed reservation of tomorrow, paid by an Activity."""
    member = await make.member()
    made = await make.reservation(await make.resource(), member)
    await Unread.all().delete()
    assert made.pend_id
    return made


async def without_guard(name: str, table: str) -> None:
    """Take a guard away, on either engine."""
    if database.dialect() == "sqlite":
        for verb in ("", "_insert", "_update", "_delete"):
            await database.connection().execute_query(f"DROP TRIGGER IF EXISTS {name}{verb}")
        await database.connection().execute_query(f"DROP INDEX IF EXISTS {name}")
    elif (name, table) in guards.FINAL:
        await database.connection().execute_script(f"DROP TRIGGER {name} ON {table}")
    elif name == "transfer_pending_once":
        await database.connection().execute_script(f"DROP INDEX {name}")
    else:
        await database.connection().execute_script(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


async def test_it_works(db: str) -> None:
    await booked()
    assert await checks.run(NOW) == []
    assert await checks.run() == []


async def test_i1_two_reservations_on_one_unit(db: str) -> None:
    made = await booked()
    claim = await Claim.get(reservation_id=made.id)
    await without_guard("claim_no_overlap", "claim")
    later = timedelta(minutes=1)
    await Claim.create(
        unit_id=claim.unit_id,
        reservation_id=made.id,
        begins_at=claim.begins_at + later,
        ends_at=claim.ends_at,
    )
    findings = {finding.code: finding for finding in await checks.run(NOW)}
    assert findings["I1"].count == 1
    assert findings["I7"].examples == ("claim_no_overlap",)


async def test_i2_a_claim_without_a_live_reservation(db: str) -> None:
    made = await booked()
    await database.rows(
        "UPDATE reservation SET state = 'cancelled' WHERE id = ? RETURNING id",
        str(made.id) if db == "sqlite" else made.id,
    )
    assert "I2" in await codes()


async def test_i2_a_live_reservation_without_its_claim(db: str) -> None:
    made = await booked()
    await Claim.filter(reservation_id=made.id).delete()
    assert await codes() == ["I2"]


async def test_i2_a_claim_that_is_too_short(db: str) -> None:
    made = await booked()
    await Claim.filter(reservation_id=made.id).update(ends_at=made.ends_at - timedelta(minutes=1))
    assert await codes() == ["I2"]


async def test_i3_and_i4_two_currencies_in_one_transfer(db: str) -> None:
    await booked()
    kronor = await Account.create(key="x:SEK", kind="x", currency="SEK")
    euros = await Account.create(key="x:EUR", kind="x", currency="EUR")
    await transfer("move", debit_id=kronor.id, credit_id=euros.id)
    assert await codes() == ["I3", "I4"]


async def transfer(kind: str, **values: Any) -> Transfer:
    return await Transfer.create(
        **{
            "id": uuid4(),
            "kind": kind,
            "amount_cents": 100,
            "currency": "EUR",
            "code": "test",
            "subject": "test:1",
            "at": NOW,
            **values,
        }
    )


async def test_i4_more_posted_than_was_pended(db: str) -> None:
    made = await booked()
    pend = await Transfer.get(id=made.pend_id)
    await transfer("post", pending_id=pend.id, debit_id=pend.debit_id, credit_id=pend.credit_id,
                   amount_cents=pend.amount_cents + 1)  # fmt: skip
    assert "I4" in await codes()


async def test_i5_a_total_that_drifted(db: str) -> None:
    await booked()
    budget = await Account.get(kind="budget")
    await Account.filter(id=budget.id).update(credits_posted_cents=budget.credits_posted_cents + 1)
    assert await codes() == ["I5"]


async def test_i6_a_budget_below_its_limit(db: str) -> None:
    await booked()
    budget = await Account.get(kind="budget")
    other = await Account.create(key="x:EUR", kind="x", currency="EUR")
    await transfer("move", debit_id=budget.id, credit_id=other.id, amount_cents=10_000_000)
    assert await codes() == ["I5", "I6"]


async def test_i7_a_missing_guard(db: str) -> None:
    await without_guard("transfer_is_final", "transfer")
    [finding] = await checks.run(NOW)
    assert (finding.code, finding.examples) == ("I7", ("transfer_is_final",))


async def test_i8_a_live_reservation_without_its_money(db: str) -> None:
    made = await booked()
    pend = await Transfer.get(id=made.pend_id)
    await ledger.void(uuid4(), pend, at=NOW)
    assert await codes() == ["I8"]


async def test_i8_a_pend_that_its_reservation_does_not_know(db: str) -> None:
    made = await booked()
    await Reservation.filter(id=made.id).update(pend_id=None)
    assert await codes() == ["I8"]


async def test_i8_money_pended_for_nothing(db: str) -> None:
    made = await booked()
    pend = await Transfer.get(id=made.pend_id)
    await transfer("pend", debit_id=pend.debit_id, credit_id=pend.credit_id)
    assert await codes() == ["I5", "I8"]


async def by_card(**payment) -> Reservation:
    """A confirmed reservation that a card should have paid, and what is known of its payment."""
    entity = await make.entity()
    room = await make.resource(at=await make.venue(of=entity))
    made = await reservations.reserve(
        uuid4(),
        room.id,
        make.span(),
        by=await make.member(),
        at=NOW - timedelta(hours=1),
        card=ByCard(50, timedelta(hours=2)),
    )
    await Payment.create(
        id=uuid4(),
        reservation_id=made.id,
        entity_id=entity.id,
        number=1,
        method="charge",
        currency="EUR",
        amount_cents=2420,
        created_at=NOW,
        settled_at=NOW - timedelta(hours=1),
        **payment,
    )
    await Unread.all().delete()
    return made


async def test_i8_confirmed_before_the_card_has_paid(db: str) -> None:
    made = await by_card(status="open")
    assert await codes() == []
    await Reservation.filter(id=made.id).update(state="confirmed", held_until=None)
    assert await codes() == ["I8"]


async def test_i8_and_i11_paid_given_up_and_not_given_back(db: str) -> None:
    made = await by_card(status="paid", captured_cents=2420)
    await reservations.let_go(made.id, at=NOW - timedelta(minutes=30))
    await Unread.all().delete()
    # It is in no books either.
    assert sorted(await codes()) == ["I11", "I15", "I8"]
    payment = await Payment.get()
    await Refund.create(
        id=uuid4(),
        payment_id=payment.id,
        amount_cents=2420,
        currency="EUR",
        reason="claim_lost",
        created_at=NOW - timedelta(minutes=11),
    )
    # Promised, and nobody asks for it.
    assert sorted(await codes()) == ["I11", "I15", "I8"]


async def test_i14_a_difference_with_stripe(db: str) -> None:
    entity = await make.entity()
    await Difference.create(
        entity_id=entity.id,
        key="x",
        kind="unknown",
        object_id="pi_1",
        currency="EUR",
        ours_cents=0,
        theirs_cents=5,
        found_at=NOW,
        seen_at=NOW,
    )
    assert await codes() == ["I14"]


async def test_i9_a_hold_that_nobody_let_go(db: str) -> None:
    member = await make.member()
    resource = await make.resource(approval=True)
    made = await make.reservation(resource, member)
    await Unread.all().delete()
    assert made.state == "held"
    held_until = made.held_until
    assert await checks.run(held_until + timedelta(seconds=59)) == []
    late = [finding.code for finding in await checks.run(held_until + timedelta(seconds=61))]
    assert late == ["I9"]
    await reservations.expire_overdue(held_until + timedelta(seconds=61))
    await Unread.all().delete()
    assert await checks.run(held_until + timedelta(seconds=61)) == []


async def test_i10_resolved_twice(db: str) -> None:
    made = await booked()
    pend = await Transfer.get(id=made.pend_id)
    await without_guard("transfer_pending_once", "transfer")
    for kind in ("void", "void"):
        await transfer(kind, pending_id=pend.id, debit_id=pend.debit_id, credit_id=pend.credit_id)
    assert {"I7", "I10"} <= set(await codes())


async def test_i12_a_message_that_waits(db: str) -> None:
    member = await make.member()
    await Message.create(
        id=uuid4(), key="k", member_id=member.id, kind="reminder", to_email="a@example.org", language="en",
        subject="s", text="t", message_id="<1@x>", next_at=NOW - timedelta(minutes=6), created_at=NOW,
    )  # fmt: skip
    assert await codes() == ["I12"]
    assert await checks.run(NOW - timedelta(minutes=2)) == []
    assert await checks.run() == []


async def test_i12_an_event_that_nobody_told(db: str) -> None:
    await make.reservation(await make.resource(), await make.member())
    event = await Event.all().order_by("-id").first()
    await Unread.exclude(event_id=event.id).delete()
    await Unread.filter(reader="webhooks").delete()
    late = await checks.run(event.at + timedelta(minutes=6))
    assert [(finding.code, finding.count) for finding in late] == [("I12", 1)]
    await Unread.all().delete()


async def test_the_schema_has_no_float_money_and_no_naive_time(db: str) -> None:
    type_of_amount, type_of_time = ("REAL", "TIMESTAMP") if db == "sqlite" else ("float8", "timestamp")
    connection = database.connection()
    await connection.execute_script(
        f"CREATE TABLE purse (id INT, left_cents {type_of_amount}, made_at {type_of_time})"
    )
    await connection.execute_script("INSERT INTO purse VALUES (1, 1.5, '2026-11-23 08:00:00')")
    [finding] = await checks.run(NOW)
    assert finding.code == "schema"
    assert finding.count == 2


@pytest.mark.breaks_invariants
async def test_i13_a_stay_outside_of_its_booking_and_facts_that_contradict(db: str) -> None:
    made = await booked()
    values = {
        "venue_id": made.venue_id,
        "reservation_id": made.id,
        "source": "checked_in",
        "recorded_at": NOW,
    }
    early = made.begins_at - timedelta(minutes=16)
    await Presence.create(**values, begins_at=made.begins_at - timedelta(minutes=15))
    assert await codes() == []
    wrong = await Presence.create(**values, begins_at=early - timedelta(seconds=1))
    findings = [finding for finding in await checks.run(NOW) if finding.code == "I13"]
    assert [finding.examples for finding in findings] == [(f"presence {wrong.id}",)]
    await wrong.delete()
    late = await Presence.create(**values, begins_at=made.ends_at)
    assert await codes() == ["I13"]
    await late.delete()
    await Reservation.filter(id=made.id).update(checked_in_at=NOW, no_show_at=NOW)
    assert await codes() == ["I13"]


@pytest.mark.breaks_invariants
async def test_i13_somebody_in_two_places(db: str) -> None:
    made = await booked()
    await database.rows("DROP INDEX presence_open_once")
    for _place in range(2):
        await Presence.create(
            venue_id=made.venue_id,
            member_id=made.member_id,
            source="checked_in",
            begins_at=NOW,
            recorded_at=NOW,
        )
    assert "I13" in await codes()
