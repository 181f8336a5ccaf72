"""Paying by card in a real browser, on the payment page of the double: passed, failed and abandoned 3-D Secure."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.demonstration import open_free_form
from tests.visiting import sign_in

pytestmark = pytest.mark.browser

NEEDS_3DS = "4000002760003184"


def to_the_page(page: Page, home: str, number: int, *, shorter: bool = False) -> None:
    """Alice books a room of the house in Lille, by card: up to the payment page.

    `shorter`: one step less than what is proposed, so that the step after it is free.
    """
    sign_in(page, home, "Alice")
    page.goto(f"{home}/venues/bazaar-st-so")
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(number).click()
    room = re.search(r"/resources/(\d+)", page.url)
    assert room
    open_free_form(page, f"{home}/resources/{room[1]}")
    if shorter:
        ends = page.get_by_label("Until", exact=True)
        ends.select_option(ends.locator("option:has(+ option:checked)").get_attribute("value"))
    page.get_by_label("Bank card").check()
    button = page.get_by_role("button", name=re.compile("Book and pay"))
    button.click()
    page.wait_for_url("**/c/pay/**")


def type_card(page: Page) -> None:
    page.get_by_label("Card number").fill(NEEDS_3DS)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("A. Payer")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url("**/3ds/**")


def test_3d_secure_passed_and_cancelled_again(new_page, home):
    page = new_page(1280)
    to_the_page(page, home, 0)
    type_card(page)
    page.get_by_role("button", name=re.compile("complete", re.I)).click()
    page.wait_for_url("**/paid")
    page.get_by_role("heading", name="Paid and booked").wait_for()
    page.get_by_role("link", name="See your booking").click()
    page.get_by_text("was paid by card").wait_for()
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_text("went back to the card").wait_for()


def test_3d_secure_failed_says_why_and_keeps_the_time(new_page, home):
    page = new_page(390)
    to_the_page(page, home, 1)
    type_card(page)
    page.get_by_role("button", name=re.compile("fail", re.I)).click()
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("link", name="Go back without paying").click()
    page.get_by_role("heading", name="Not paid yet").wait_for()
    page.get_by_text("could not make sure that it was you").wait_for()
    page.get_by_role("button", name=re.compile("Pay .* now")).click()
    page.wait_for_url("**/c/pay/**")


def test_3d_secure_abandoned_and_let_go(new_page, home):
    page = new_page(1280)
    to_the_page(page, home, 2)
    type_card(page)
    page.goto(f"{home}/reservations")
    page.locator(".list-row", has_text="To be paid").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_text("Let go. Nothing was paid.").wait_for()
