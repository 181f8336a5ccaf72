"""Who may see a receipt, and the treasurer's list of them."""

import pytest

from booking import payments
from booking.payments import Receipt
from tests import make
from tests.payments.conftest import alice, double, double_base, house, paid, room  # noqa: F401
from tests.queries import counted


@pytest.fixture
async def receipt(double, room, alice):
    await paid(double, room, alice)
    return await Receipt.get()


def address(receipt) -> str:
    return f"/reservations/{receipt.reservation_id}/receipts/{receipt.id}.pdf"


async def test_it_works(receipt, room, alice, client_of):
    browser = await client_of(alice)
    shown = await browser.get(f"/reservations/{receipt.reservation_id}")
    assert "Receipt 2026-0001" in shown.text
    assert address(receipt) in shown.text
    answer = await browser.get(address(receipt))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="receipt-2026-0001.pdf"'
    assert answer.content == await payments.receipt_pdf(await payments.receipt(receipt.id))


async def test_nobody_else_sees_it(receipt, room, client_of):
    stella = await make.manager(room.venue)
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=room.venue.entity)
    for member, status in [(None, 303), (await make.member("Charlie"), 404), (stella, 404), (theo, 200)]:
        assert (await (await client_of(member)).get(address(receipt))).status_code == status


async def test_not_by_another_booking(receipt, double, room, alice, client_of):
    other = await paid(double, room, alice, make.span("14:00", "15:00"))
    browser = await client_of(alice)
    answer = await browser.get(f"/reservations/{other.id}/receipts/{receipt.id}.pdf")
    assert answer.status_code == 404


async def test_the_books(receipt, double, room, alice, client_of):
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=room.venue.entity)
    browser = await client_of(theo)
    page = await browser.get("/books/receipts")
    assert "2026-0001" in page.text
    assert "€24.20" in page.text
    lines = (await browser.get(f"/books/receipts.csv?entity={room.venue.entity_id}&year=2026")).text
    assert "2026-0001,payment,2026-11-23T09:00:00+01:00,20.00,4.20,21,24.20,EUR,Alice" in lines
    assert "No receipts in this year." in (await browser.get("/books/receipts?year=2025")).text
    other = await make.entity()
    assert (await browser.get(f"/books/receipts?entity={other.id}")).status_code == 404
    assert (await browser.get("/books/receipts?year=x")).status_code == 422
    assert (await (await client_of(alice)).get("/books/receipts")).status_code == 404
    with counted() as few:
        await browser.get("/books/receipts")
    await paid(double, room, alice, make.span("14:00", "15:00"))
    with counted() as more:
        await browser.get("/books/receipts")
    assert len(more) == len(few)
