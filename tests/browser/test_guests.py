"""Somebody without an account finds a room, books it, confirms a code, pays, cancels, and takes the receipt."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import mail_to
from tests.demonstration import open_free_form, open_tuesday

pytestmark = pytest.mark.browser


def asked(page: Page, home: str, address: str, number: int) -> str:
    """From the search to the page that asks for the code: its address. The house in Lille takes cards."""
    page.goto(f"{home}/search?where=Lille&day={open_tuesday()}&group=rooms")
    page.get_by_role("link", name="Bazaar St-So").first.click()
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(number).click()
    room = re.search(r"/resources/(\d+)", page.url)
    assert room
    open_free_form(page, f"{home}/resources/{room[1]}")
    page.get_by_role("button", name="Book as a guest").click()
    page.wait_for_url("**/guest?*")
    page.get_by_label("Your name").fill("Greta Guest")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Company").fill("Atelier Guest")
    page.get_by_label("VAT number").fill("FR 12 345678901")
    page.get_by_label("What for").fill("Rehearsal")
    page.get_by_role("button", name="Go on: confirm your e-mail").click()
    page.wait_for_url("**/guest-booking/*")
    return page.url


def pay(page: Page) -> None:
    page.get_by_label("Card number").fill("4242424242424242")
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("G. Guest")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url("**/paid")


@pytest.mark.parametrize("width, number", [(1280, 2), (390, 3)])
def test_it_works(new_page, home, width, number):
    page = new_page(width)
    address = f"greta-{width}@guest.example"
    confirm = asked(page, home, address, number)
    told = mail_to(page, home, address, "Nothing is booked yet")
    code = re.search(r"^\s*(\d{6})\s*$", told, re.MULTILINE)
    assert code, told
    page.goto(confirm)
    page.get_by_label("Code of six digits").fill(code[1])
    page.get_by_role("button", name=re.compile("Book and pay")).click()
    page.wait_for_url("**/c/pay/**")
    pay(page)
    page.get_by_role("heading", name="Paid and booked").wait_for()
    page.get_by_role("link", name="See your booking").click()
    page.wait_for_url(re.compile(r"/guest/[\w-]{43}$"))
    page.get_by_text("was paid by card").wait_for()
    expect(page.get_by_role("link", name=re.compile(r"^Receipt \d{4}-\d{4}$"))).to_be_visible()
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_text("went back to the card").wait_for()
    refund = page.get_by_role("link", name=re.compile("^Receipt of a refund"))
    with page.expect_download() as download:
        refund.click()
    assert download.value.suggested_filename.startswith("receipt-")
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
