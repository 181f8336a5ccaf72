"""Whom a member's receipts are for: said once in the settings, copied onto each receipt, never onto earlier ones."""

from booking import events, payments, reservations
from booking.members import Member
from booking.payments import Receipt
from tests import make
from tests.make import NOW
from tests.payments.conftest import paid

COMPANY = {
    "company": "Atelier Alice SRL",
    "address": "Quai 7\r\n1000 Brussels",
    "vat_number": "be 0123.456.789",
}


async def test_it_works(double, room, alice, client_of):
    browser = await client_of(alice)
    assert 'name="vat_number"' in (await browser.get("/settings/receipts")).text
    answer = await browser.post("/settings/receipts", data=COMPANY)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/receipts")
    assert "Atelier Alice SRL" in (await browser.get("/settings")).text
    [told] = await events.history(f"member:{alice.id}")
    assert told.data == {"changed": ["receipts"]}
    await paid(double, room, alice, make.span(days=3))
    receipt = await Receipt.get()
    assert (receipt.company, receipt.vat_number) == ("Atelier Alice SRL", "BE0123456789")
    assert receipt.address.split() == ["Quai", "7", "1000", "Brussels"]
    said = payments.printing.words_of(receipt)
    assert said["customer"] == [
        "Atelier Alice SRL",
        "Alice",
        "Quai 7",
        "1000 Brussels",
        "VAT number BE0123456789",
    ]
    assert (await payments.receipt_pdf(receipt)).startswith(b"%PDF")


async def test_a_refund_says_what_its_payment_said(double, room, alice, client_of):
    browser = await client_of(alice)
    await browser.post("/settings/receipts", data=COMPANY)
    made = await paid(double, room, alice, make.span(days=3))
    await browser.post("/settings/receipts", data={"company": "Another", "address": "", "vat_number": ""})
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    [first, second] = await Receipt.all().order_by("number")
    assert (second.kind, second.company, second.address) == ("refund", first.company, first.address)


async def test_a_wrong_number_is_kept_in_the_form_and_changes_nothing(alice, client_of):
    browser = await client_of(alice)
    answer = await browser.post("/settings/receipts", data=COMPANY | {"vat_number": "12345"})
    assert answer.status_code == 422
    assert "Begin with the country" in answer.text
    assert "Atelier Alice SRL" in answer.text
    kept = await Member.get(id=alice.id)
    assert (kept.company, kept.receipt_address, kept.vat_number) == ("", "", "")
    assert await events.history(f"member:{alice.id}") == []
