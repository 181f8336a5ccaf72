"""A dearer change by card in a real browser: a second payment swaps the new time in; abandoned, all stays as it was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_cards import to_the_page

pytestmark = pytest.mark.browser

VISA = "4242 4242 4242 4242"


def pay(page: Page) -> None:
    page.get_by_label("Card number").fill(VISA)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("A. Payer")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url("**/paid")


def paid(page: Page, home: str, number: int) -> str:
    """Alice has booked a room for half an hour and paid; the page of the booking is open. Its address."""
    to_the_page(page, home, number, shorter=True)
    pay(page)
    page.get_by_role("heading", name="Paid and booked").wait_for()
    page.get_by_role("link", name="See your booking").click()
    page.get_by_text("was paid by card").wait_for()
    return page.url


def to_the_second_page(page: Page) -> str:
    """One step longer, up to its payment page. What the end is to be."""
    page.get_by_role("link", name="Change", exact=True).click()
    ends = page.get_by_label("Until", exact=True)
    new = ends.locator("option:checked + option").get_attribute("value")
    assert new
    ends.select_option(new)
    page.get_by_text("Your booking stays as it is until then").wait_for()
    button = page.get_by_role("button", name=re.compile("^Pay .* and change$"))
    button.click()
    page.wait_for_url("**/c/pay/**")
    return new


def when(page: Page) -> str:
    return page.locator(".moment strong").inner_text()


def test_a_dearer_change_is_paid_and_swapped_in(new_page, home):
    page = new_page(1280)
    booking = paid(page, home, 0)
    before = when(page)
    new = to_the_second_page(page)
    # While it waits, the booking says so and stands as it was.
    page.goto(booking)
    assert when(page) == before
    page.get_by_text("You asked to change it to").wait_for()
    page.get_by_role("button", name=re.compile("^Pay .* and change$")).click()
    page.wait_for_url("**/c/pay/**")
    pay(page)
    page.get_by_role("heading", name="Paid and changed").wait_for()
    page.goto(booking)
    assert when(page) != before
    assert new in when(page)
    expect(page.get_by_text("You asked to change it to")).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile(r"^Receipt \d{4}-\d{4}"))).to_have_count(2)
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_text("went back to the card").wait_for()


def test_a_dearer_change_is_abandoned_and_all_stays_as_it_was(new_page, home):
    page = new_page(390)
    booking = paid(page, home, 1)
    before = when(page)
    to_the_second_page(page)
    page.get_by_role("link", name="Go back without paying").click()
    page.wait_for_url("**/paid")
    page.goto(booking)
    page.get_by_role("button", name="Leave it as it is").click()
    page.get_by_text("Left as it was.").wait_for()
    assert when(page) == before
    expect(page.get_by_text("You asked to change it to")).to_have_count(0)
    page.get_by_role("link", name="Change", exact=True).wait_for()
    expect(page.get_by_role("link", name=re.compile(r"^Receipt \d{4}-\d{4}"))).to_have_count(1)
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_text("went back to the card").wait_for()
