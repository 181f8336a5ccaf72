"""A numbered receipt for each payment and each refund: in the same transaction, without gaps, never changed."""

import pytest
from tortoise.exceptions import IntegrityError

from booking import db as database
from booking import payments, reservations
from booking.payments import Receipt, Refund
from booking.payments.printing import words_of
from booking.places import Entity
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, paid
from tests.payments.double import REFUND_FAILS, REFUND_PENDING


async def test_it_works(double, room, alice):
    made = await paid(double, room, alice)
    receipt = await Receipt.get().select_related("corrects")
    assert (receipt.label, receipt.kind, receipt.name) == ("2026-0001", "payment", "Alice")
    assert (receipt.net_cents, receipt.vat_cents, receipt.gross_cents) == (2000, 420, 2420)
    assert receipt.seller == room.venue.entity.name
    pdf = await payments.receipt_pdf(receipt)
    assert pdf.startswith(b"%PDF-")
    assert await payments.receipt_pdf(receipt) == pdf
    assert words_of(receipt)["total"] == ["Total", "€24.20"]
    # Heard of again and again, it stays one.
    await payments.settle_reservation(made.id, at=NOW)
    assert await Receipt.all().count() == 1


async def test_the_seller_is_copied_as_it_was(double, room, house, alice, monkeypatch):
    await Entity.filter(id=house.entity_id).update(
        legal_name="Acme Cooperative",
        address="Example street 1\n1000 Brussels",
        vat_number="BE0456789123",
        register_number="KBO 0456.789.123",
    )
    await paid(double, room, alice)
    await Entity.filter(id=house.entity_id).update(address="Other street 2")
    words = words_of(await Receipt.get())
    assert words["seller"] == [
        "Acme Cooperative",
        "Example street 1",
        "1000 Brussels",
        "Belgium",
        "VAT number BE0456789123",
        "Registered as KBO 0456.789.123",
    ]
    assert words["said"] == ["Paid by card."]
    # Where no money moves, it says so.
    import settings

    monkeypatch.setattr(settings, "DEMO", True)
    assert words_of(await Receipt.get())["said"][-1].startswith("Demonstration: no money was moved")


async def test_a_refund_has_its_own_and_names_the_first(double, room, alice):
    made = await paid(double, room, alice)
    await reservations.cancel(made.id, by=alice, at=NOW, reason="")
    await payments.settle_reservation(made.id, at=NOW)
    first, second = await payments.receipts_of(made.id)
    assert (second.label, second.kind, second.gross_cents) == ("2026-0002", "refund", 2420)
    assert (second.net_cents, second.vat_cents) == (2000, 420)
    assert second.corrects_id == first.id
    words = words_of(await payments.receipt(second.id))
    assert words["total"] == ["Total", "-€24.20"]
    assert "It corrects receipt 2026-0001." in words["said"]


async def test_a_refund_on_its_way_has_none_until_it_is_there(double, room, alice):
    made = await paid(double, room, alice, number=REFUND_PENDING)
    await reservations.cancel(made.id, by=alice, at=NOW, reason="")
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Refund.get()).status == "pending"
    assert [each.kind for each in await payments.receipts_of(made.id)] == ["payment"]
    double.later(seconds=30)
    await payments.settle_reservation(made.id, at=NOW)
    assert [each.kind for each in await payments.receipts_of(made.id)] == ["payment", "refund"]


async def test_a_refund_that_comes_back_is_taken_back_by_another(double, room, alice):
    made = await paid(double, room, alice, number=REFUND_FAILS)
    await reservations.cancel(made.id, by=alice, at=NOW, reason="")
    await payments.settle_reservation(made.id, at=NOW)
    double.later(seconds=30)
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Refund.get()).status == "failed"
    found = await payments.receipts_of(made.id)
    assert [(each.number, each.kind) for each in found] == [
        (1, "payment"),
        (2, "refund"),
        (3, "refund_back"),
    ]


async def test_what_was_never_paid_has_none(double, room, alice):
    made = await held(room, alice)
    await payments.checkout(made.id, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    assert await Receipt.all().count() == 0


async def test_each_entity_counts_for_itself(double, room, alice, monkeypatch):
    await paid(double, room, alice)
    await paid(double, room, alice, make.span("14:00", "15:00"))
    assert [each.number for each in await Receipt.all().order_by("number")] == [1, 2]
    other = await make.entity(zone="Europe/Stockholm")
    from booking.payments.receipts import next_number

    @database.atomic
    async def one_and_no_more() -> int:
        number = await next_number(other.id, 2026)
        raise ZeroDivisionError(number)

    with pytest.raises(ZeroDivisionError, match="1"):
        await one_and_no_more()
    # What failed gave its number back.
    with pytest.raises(ZeroDivisionError, match="1"):
        await one_and_no_more()


async def test_it_is_final(double, room, alice):
    await paid(double, room, alice)
    for change in ("UPDATE receipt SET gross_cents = 1", "DELETE FROM receipt"):
        with pytest.raises(IntegrityError) as error:
            async with database.transaction():
                await database.rows(change)
        assert database.violated(error.value) == "receipt_is_final"


@pytest.mark.parametrize("language", ["en", "nl", "fr", "de", "es", "it", "sv"])
async def test_it_speaks_the_customers_language(double, room, language):
    reader = await make.member("Zoë Łukasz", language=language, email=f"reader-{language}@example.org")
    await paid(double, room, reader)
    receipt = await Receipt.get().select_related("corrects")
    assert receipt.language == language
    assert (await payments.receipt_pdf(receipt)).startswith(b"%PDF-")
