"""Each guard, broken on purpose on a really migrated database."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from tortoise.exceptions import BaseORMException, IntegrityError

from booking import db as database
from booking import guards, ledger, members, reservations, webhooks
from booking.ledger import Transfer
from booking.occupancy import Demand, Display, Presence
from booking.payments import Dispute, Mandate, Payment, Payout, Receipt, Refund, StripeEvent
from booking.payments.models import PaymentCall
from booking.reservations import ByCard, ChangeHold, Claim, Reservation, Series
from tests import make
from tests.breaking import broken_by
from tests.make import NOW
from tests.payments.rows import receipt_of


@pytest.fixture
async def booked(db):
    """A reservation with its claim, its pend, its activity and its event."""
    room = await make.resource()
    await make.plan(room.venue, [room])
    alice = await make.member()
    await members.tokens.make(alice, name="x", scopes=["read"], days=1, at=NOW)
    hears = await webhooks.make(
        alice, name="x", url="https://example.org", names=["reservation.changed"], at=NOW
    )
    await webhooks.send_test(hears.id, by=alice, at=NOW)
    return await make.reservation(room, alice)


UPDATES = {
    "claim_span_forward": "UPDATE claim SET ends_at = begins_at",
    "reservation_span_forward": "UPDATE reservation SET ends_at = begins_at",
    "transfer_is_final": "UPDATE transfer SET amount_cents = 1",
    "event_is_final": "UPDATE event SET name = 'x'",
    "account_not_overdrawn": "UPDATE account SET debits_posted_cents = 1000000 WHERE limited",
    "account_totals_positive": "UPDATE account SET debits_pending_cents = -1 WHERE limited",
    "reservation_state_known": "UPDATE reservation SET state = 'draft'",
    "reservation_hold_ends": "UPDATE reservation SET state = 'held'",
    "reservation_price_adds_up": "UPDATE reservation SET vat_cents = vat_cents + 1",
    "reservation_counts_positive": "UPDATE reservation SET people = 0",
    "reservation_uid_fixed": "UPDATE reservation SET uid = 'another'",
    "resource_takes_known": "UPDATE resource SET takes = 'some'",
    "resource_rules_sane": "UPDATE resource SET longest_minutes = 5",
    "opening_hours_sane": "UPDATE opening_hours SET closes_minute = opens_minute",
    "floor_plan_sane": "UPDATE floor_plan SET width_cm = 20001",
    "placement_sane": "UPDATE placement SET w = 19",
    "api_token_ends": "UPDATE api_token SET expires_at = created_at",
    "webhook_endpoint_scope_fits": "UPDATE webhook_endpoint SET kind = 'venue'",
    "webhook_delivery_state_known": "UPDATE webhook_delivery SET state = 'lost'",
    "member_email_lower": "UPDATE member SET email = 'ALICE@EXAMPLE.ORG'",
    "member_clock_known": "UPDATE member SET clock_hours = 13",
}


@pytest.mark.parametrize("guard", UPDATES)
async def test_an_update_that_breaks_it_is_refused(booked, guard):
    assert await broken_by(UPDATES[guard]) == guard


@pytest.mark.parametrize("table, guard", [("transfer", "transfer_is_final"), ("event", "event_is_final")])
async def test_what_is_final_is_not_deleted(booked, table, guard):
    await database.rows("DELETE FROM event_unread")
    assert await broken_by(f"DELETE FROM {table}") == guard


async def test_two_claims_of_one_unit_never_overlap(booked):
    claim = await Claim.get()
    values = {"unit_id": claim.unit_id, "reservation_id": claim.reservation_id}
    hour = timedelta(hours=1)
    with pytest.raises(IntegrityError) as error:
        await Claim.create(**values, begins_at=claim.begins_at + hour, ends_at=claim.ends_at + hour)
    assert database.violated(error.value) == "claim_no_overlap"
    later = await Claim.create(**values, begins_at=claim.ends_at, ends_at=claim.ends_at + hour)
    with pytest.raises(IntegrityError) as error:
        await Claim.filter(id=later.id).update(begins_at=claim.begins_at)
    assert database.violated(error.value) == "claim_no_overlap"
    await later.delete()


async def test_amounts_and_accounts_of_a_transfer(booked):
    pend = await Transfer.get(kind="pend")
    values = {
        "debit_id": pend.debit_id,
        "credit_id": pend.credit_id,
        "amount_cents": 5,
        "currency": "EUR",
        "code": "x",
        "subject": "x:1",
        "at": NOW,
    }
    cases = [
        ("transfer_amount_positive", {"kind": "move", "amount_cents": 0}),
        ("transfer_two_accounts", {"kind": "move", "credit_id": pend.debit_id}),
        ("transfer_kind_known", {"kind": "gift"}),
        ("transfer_kind_known", {"kind": "post"}),
        ("transfer_kind_known", {"kind": "move", "pending_id": pend.id}),
    ]
    for guard, wrong in cases:
        with pytest.raises(IntegrityError) as error:
            await Transfer.create(id=uuid4(), **{**values, **wrong})
        assert database.violated(error.value) == guard


async def test_a_pend_is_resolved_once(booked):
    pend = await Transfer.get(kind="pend")
    await ledger.void(uuid4(), pend, at=NOW)
    await Reservation.all().update(state="cancelled", pend_id=None)
    await Claim.all().delete()
    values = (pend.debit_id, pend.credit_id, pend.id, NOW)
    for_both = "transfer_pending_once" if database.dialect() == "postgres" else "SQLITE_CONSTRAINT_UNIQUE"
    assert (
        await broken_by(
            "INSERT INTO transfer (id, kind, debit_id, credit_id, amount_cents, currency, code, subject, note, "
            f"pending_id, at) VALUES ('{uuid4()}', 'post', ?, ?, 5, 'EUR', 'x', 'x:1', '', ?, ?)",
            *(
                str(value) if value is pend.id and database.dialect() == "sqlite" else value
                for value in values
            ),
        )
        == for_both
    )


async def test_the_scope_fits_the_role(db):
    alice, house = await make.member(), await make.venue()
    for kind, scope in [
        ("administrator", {"venue": house}),
        ("treasurer", {"venue": house}),
        ("manager", {}),
        ("host", {"venue": house, "entity": house.entity}),
    ]:
        if scope.get("entity"):
            scope["entity"] = await scope["entity"]
        with pytest.raises(IntegrityError) as error:
            await make.role(kind, alice, **scope)
        assert database.violated(error.value) == "role_scope_fits"


async def test_closures_end_after_they_begin(db):
    house = await make.venue()
    assert (
        await broken_by(
            "INSERT INTO closure (venue_id, begins_at, ends_at, reason, created_at) VALUES (?, ?, ?, 'x', ?)",
            house.id,
            NOW,
            NOW,
            NOW,
        )
        == "closure_span_forward"
    )


async def test_a_stay_is_sane(db):
    house, alice = await make.venue(), await make.member()
    stay = {"venue_id": house.id, "begins_at": NOW, "source": "checked_in", "recorded_at": NOW}
    cases = [
        ("presence_span_forward", {"ends_at": NOW}),
        ("presence_people_sane", {"people": -1}),
        ("presence_people_sane", {"member_id": alice.id, "people": 2}),
        ("presence_source_known", {"source": "rumour"}),
    ]
    for guard, wrong in cases:
        with pytest.raises(IntegrityError) as error:
            await Presence.create(**{**stay, **wrong})
        assert database.violated(error.value) == guard
    await Presence.create(**stay, member_id=alice.id)
    with pytest.raises(IntegrityError) as error:
        await Presence.create(**stay, member_id=alice.id)
    assert database.violated(error.value) in ("presence_open_once", "SQLITE_CONSTRAINT_UNIQUE")


async def test_a_display_hangs_in_the_house_of_its_space(db):
    room, elsewhere = await make.resource(), await make.venue()
    values = {"name": "Door", "created_at": NOW}
    with pytest.raises(IntegrityError) as error:
        await Display.create(venue_id=elsewhere.id, resource_id=room.id, **values)
    assert database.violated(error.value) == "display_in_its_house"
    await Display.create(venue_id=room.venue_id, resource_id=room.id, **values)
    await Display.create(venue_id=elsewhere.id, **values)
    moved = "UPDATE display SET venue_id = ? WHERE resource_id IS NOT NULL"
    assert await broken_by(moved, elsewhere.id) == "display_in_its_house"
    assert await broken_by("UPDATE resource SET venue_id = ?", elsewhere.id) == "display_in_its_house"


async def test_a_date_stands_once_in_a_series_of_its_own_member(db):
    room = await make.resource()
    alice, bob = await make.member("Alice"), await make.member("Bob")
    one = await make.reservation(room, alice)
    other = await make.reservation(room, alice, make.span("15:00", "16:00"))
    series = [
        await Series.create(
            id=uuid4(), member_id=each.id, rule="FREQ=DAILY;COUNT=2", first_on=NOW.date(), created_at=NOW
        )
        for each in (alice, bob)
    ]
    dated = "UPDATE reservation SET series_id = ?, series_on = ? WHERE id = ?"
    assert await broken_by(dated, series[1].id, NOW.date(), one.id) == "reservation_in_own_series"
    assert await broken_by("UPDATE reservation SET series_id = ?", series[0].id) == "reservation_series_dated"
    assert await broken_by("UPDATE reservation SET beside_id = id") == "reservation_series_dated"
    assert await broken_by(dated, series[0].id, NOW.date(), one.id) == ""
    assert await broken_by(dated, series[0].id, NOW.date(), other.id) in (
        "series_date_once",
        "SQLITE_CONSTRAINT_UNIQUE",
    )


async def test_no_wishes_are_fewer_than_none(db):
    house = await make.venue()
    await Demand.create(
        venue_id=house.id, kind="desk", wanted_on=NOW.date(), hour=9, outcome="taken", since_at=NOW
    )
    assert await broken_by("UPDATE demand SET wishes = -1") == "demand_sane"
    assert await broken_by("UPDATE demand SET hour = 24") == "demand_sane"


@pytest.fixture
async def by_card(db):
    """A payment with a refund, a dispute, a mandate, a call and an event."""
    entity = await make.entity()
    room = await make.resource(at=await make.venue(of=entity))
    alice = await make.member()
    made = await reservations.reserve(
        uuid4(), room.id, make.span(), by=alice, at=NOW, card=ByCard(50, timedelta(minutes=32))
    )
    payment = await Payment.create(
        id=uuid4(),
        reservation_id=made.id,
        entity_id=entity.id,
        number=1,
        method="save",
        currency="EUR",
        amount_cents=2420,
        created_at=NOW,
        settled_at=NOW,
    )
    money = {"payment_id": payment.id, "amount_cents": 5, "currency": "EUR"}
    await Refund.create(id=uuid4(), **money, reason="changed", status="failed", created_at=NOW)
    await Dispute.create(**money, stripe_id="dp_1", status="won", opened_at=NOW)
    await Mandate.create(
        payment_id=payment.id,
        member_id=alice.id,
        words="I agree.",
        language="en",
        most_cents=5,
        currency="EUR",
        agreed_at=NOW,
    )
    await ChangeHold.create(**a_change(made))
    await Payout.create(
        entity_id=entity.id,
        stripe_id="po_1",
        amount_cents=5,
        currency="EUR",
        status="paid",
        created_at=NOW,
        seen_at=NOW,
    )
    await PaymentCall.create(key="k", payment_id=payment.id, verb="open", asked_at=NOW)
    await StripeEvent.create(
        event_id="evt_1", entity_id=entity.id, kind="x", happened_at=NOW, received_at=NOW, done_at=NOW
    )


def a_change(of):
    """A dearer change of this reservation that waits for its payment."""
    return {
        "id": uuid4(),
        "reservation_id": of.id,
        "begins_at": of.begins_at,
        "ends_at": of.ends_at,
        "quantity": 1,
        "quote": of.quote,
        "terms": of.terms,
        "card_cents": 5,
        "revision": 0,
        "by_id": of.member_id,
        "held_until": NOW + timedelta(hours=1),
        "created_at": NOW,
    }


async def test_one_change_at_a_time_waits_for_its_payment(by_card):
    made = await Reservation.get()
    with pytest.raises(IntegrityError):
        await ChangeHold.create(**a_change(made))
    await ChangeHold.all().update(state="given_up")
    await ChangeHold.create(**a_change(made))


BY_CARD = {
    "change_hold_sane": "UPDATE change_hold SET card_cents = 0",
    "payout_sane": "UPDATE payout SET status = 'lost'",
    "reservation_card_part": "UPDATE reservation SET card_cents = total_cents + 1",
    "payment_sane": "UPDATE payment SET status = 'paid'",
    "refund_sane": "UPDATE refund SET status = 'succeeded'",
    "dispute_amount_positive": "UPDATE dispute SET amount_cents = 0",
    "payment_call_fixed": "UPDATE payment_call SET key = 'another'",
    "stripe_event_fixed": "UPDATE stripe_event SET event_id = 'evt_2'",
    "refund_amount_fixed": "UPDATE refund SET amount_cents = 6",
    "mandate_words_fixed": "UPDATE mandate SET words = 'I agree to more.'",
}


@pytest.mark.parametrize("guard", BY_CARD)
async def test_what_a_card_is_asked_for_is_sane(by_card, guard):
    assert await broken_by(BY_CARD[guard]) == guard


async def test_receipts_add_up_and_stay(db):
    room = await make.resource()
    card = ByCard(50, timedelta(minutes=32))
    made = await reservations.reserve(
        uuid4(), room.id, make.span(), by=await make.member(), at=NOW, card=card
    )
    await receipt_of(made, at=NOW)
    assert await broken_by("UPDATE receipt SET number = 7") == "receipt_is_final"
    assert await broken_by("DELETE FROM receipt") == "receipt_is_final"
    assert await broken_by("UPDATE receipt_book SET used = -1") == "receipt_book_counts"
    [row] = await Receipt.all().values()
    wrong = row | {"id": uuid4(), "key": "payment:other", "number": 2, "net_cents": 1}
    with pytest.raises(IntegrityError) as error:
        await Receipt.create(**wrong)
    assert database.violated(error.value) == "receipt_adds_up"


def test_no_guard_is_left_untried():
    tried = (
        set(UPDATES)
        | set(BY_CARD)
        | {
            "display_in_its_house",
            "demand_sane",
            "presence_span_forward",
            "presence_people_sane",
            "presence_source_known",
            "presence_open_once",
            "claim_no_overlap",
            "transfer_amount_positive",
            "transfer_two_accounts",
            "transfer_kind_known",
            "transfer_pending_once",
            "role_scope_fits",
            "closure_span_forward",
            "change_hold_once",
            "reservation_in_own_series",
            "reservation_series_dated",
            "series_date_once",
            "receipt_adds_up",
            "receipt_book_counts",
            "receipt_is_final",
        }
    )
    assert tried == guards.names()


async def test_naive_times_are_refused(db):
    with pytest.raises((ValueError, BaseORMException)):
        await make.member(created_at=NOW.replace(tzinfo=None))
